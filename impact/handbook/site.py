"""The handbook as a website: every page of `reports/handbook`, rendered by the lite engine, with a way from each to all others.

Which pages there are, and in what order, stands in `_quarto.yml`, from which Quarto makes the same site: quarto render
reports/handbook. A page is portable qmd, or Markdown whose first line is its title.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import Any

from impact import aside, progress, where
from impact.publish import PublishError, extra, lint, lite, qmd
from impact.publish.offline import remote_references
from impact.publish.tree import Element, changed

HOME = "index.qmd"
MARK = "impact-handbook.txt"  # lies in a handbook that was made, and nowhere else
PAGES = (".qmd", ".md")
_PICTURE = re.compile(r"!\[([^\]\n]*)\]\(([\w-]+\.(?:png|svg))\)")
_TITLE = re.compile(r"\A# (.+)\n")


@dataclass(frozen=True)
class Part:
    """A part of the way through the handbook: its title, and its pages with their titles."""

    title: str
    pages: Mapping[str, str]


@dataclass(frozen=True)
class Site:
    """The handbook: its title, its pages as they were read, and the way through it in each language."""

    title: str
    pages: Mapping[str, qmd.Document]
    ways: Mapping[str, tuple[Part, ...]]

    @classmethod
    def read(cls, folder: Path) -> Site:
        """Read a handbook: `_quarto.yml`, and the pages that it names."""
        website = extra("yaml").safe_load((folder / "_quarto.yml").read_text(encoding="utf-8"))["website"]
        named = {bar["id"]: list(_parts(bar["contents"])) for bar in website["sidebar"]}
        files = [file for parts in named.values() for _, inside in parts for file in inside]
        pages = {file: _page(folder, file) for file in dict.fromkeys([HOME, *files])}
        ways = {
            language: tuple(
                Part(title, {file: str(pages[file].front["title"]) for file in inside}) for title, inside in parts
            )
            for language, parts in named.items()
        }
        return cls(str(website["title"]), pages, ways)

    def language(self, file: str) -> str:
        """Return the language of a page: the one that its name says, else the first."""
        said = file.split(".")[-2]
        return said if said in self.ways else next(iter(self.ways))


def build(place: Path, folder: Path | None = None) -> Path:
    """Make every page of the handbook, in a folder that is replaced when all are done; return its first page.

    place: where it goes; a folder that is there must be an earlier handbook. folder: where its sources lie (those of
    impact). Raises PublishError, which names the page and the place in it; nothing is replaced then.
    """
    site = Site.read(folder or where.reports("handbook"))
    _refuse_other(place)
    style = "".join(where.reports(name).read_text(encoding="utf-8") for name in ("page.css", "site.css"))
    with progress.steps(len(site.pages)) as tell, aside.written(place) as new:
        for file in site.pages:
            tell(file)
            made = new / _address(file)
            made.parent.mkdir(parents=True, exist_ok=True)
            made.write_text(_html(site, file, style), encoding="utf-8", newline="\n")
        (new / MARK).write_text(f"The handbook of impact {where.version()}.\n", encoding="utf-8", newline="\n")
    return place / _address(HOME)


def _refuse_other(place: Path) -> None:
    """Let only an earlier handbook be replaced: its mark, and pages, and nothing that a user put there."""
    if place.exists() and not (place.is_dir() and _is_ours([one for one in place.rglob("*") if not one.is_dir()])):
        raise PublishError(
            f"The handbook replaces what is at {place}, which must be an earlier one; it is something else. Choose another "
            "folder with --out."
        )


def _is_ours(files: list[Path]) -> bool:
    names = {one.name for one in files}
    return not names or (MARK in names and all(name == MARK or name.endswith(".html") for name in names))


def _parts(contents: list[Any]) -> Iterator[tuple[str, list[str]]]:
    """Go through the sections of a sidebar; pages before the first section are a part without a title."""
    alone = [one for one in contents if isinstance(one, str)]
    if alone:
        yield "", alone
    for one in contents:
        if isinstance(one, dict):
            yield str(one["section"]), list(one["contents"])


def _page(folder: Path, file: str) -> qmd.Document:
    """Read a page; that of a Markdown file has its first heading as title."""
    path = folder / file
    if not path.is_file():
        raise PublishError(
            f"_quarto.yml must name pages that are there; there is no {file}. Write it, or take its name away."
        )
    page = qmd.read(path)
    if path.suffix == ".md":
        page = _titled(page)
    lint.check(_with_pictures(page, lambda found: found[1]))
    return _with_pictures(page, lambda found: _picture(found, path.parent))


def _titled(page: qmd.Document) -> qmd.Document:
    first = page.blocks[0]
    title = _TITLE.match(first.text) if isinstance(first, qmd.Text) else None
    if title is None:
        raise PublishError(
            f"{page.path.name} must begin with its title; it does not. Write # and the title as its first line."
        )
    below = qmd.Text(first.text[title.end() :], first.line + 1)  # type: ignore[union-attr]
    return replace(page, front={"title": title[1]}, blocks=(below, *page.blocks[1:]))


def _with_pictures(page: qmd.Document, put: Callable[[re.Match[str]], str]) -> qmd.Document:
    """Put something in the place of each picture that lies beside a page."""
    blocks = (
        replace(block, text=_PICTURE.sub(put, block.text)) if isinstance(block, qmd.Text) else block
        for block in page.blocks
    )
    return replace(page, blocks=tuple(blocks))


def _picture(found: re.Match[str], folder: Path) -> str:
    """Put a picture into the page that names it; it must lie in the page's folder."""
    path = folder / found[2]
    if not path.is_file():
        raise PublishError(f"A page must name pictures that lie beside it; there is no {found[2]}. Correct its name.")
    kind = "png" if path.suffix == ".png" else "svg+xml"
    return f"![{found[1]}](data:image/{kind};base64,{base64.b64encode(path.read_bytes()).decode()})"


def _html(site: Site, file: str, style: str) -> str:
    """Make one page."""
    language = site.language(file)
    made = lite.made(qmd.prepare(site.pages[file], {}, language))
    lost: list[str] = []
    blocks = changed(made.tree["blocks"], {"Link": lambda link: [_linked(link, site, file, lost)]})
    if lost:
        raise PublishError(
            f"{file}: a link must lead to a page of the handbook; there is no {', '.join(lost)}. Correct it."
        )
    html = lite.html(replace(made, tree={**made.tree, "blocks": blocks}), style, _navigation(site, file, language))
    found = remote_references(html)
    if found:
        raise PublishError(f"{file} must carry all that it shows; it would load {', '.join(found[:5])}. Embed it.")
    return html


def _linked(link: Element, site: Site, file: str, lost: list[str]) -> Element:
    """Let a link to a page lead to what is made of it."""
    attributes, words, (address, title) = link["c"]
    path, sign, anchor = address.partition("#")
    if not path.endswith(PAGES) or "://" in path:
        return link
    wanted = _joined(file, path)
    if wanted not in site.pages:
        lost.append(path)
    return {"t": "Link", "c": [attributes, words, [f"{_address(path)}{sign}{anchor}", title]]}


def _joined(file: str, path: str) -> str:
    """Return the page that a link of another page names."""
    parts: list[str] = list(Path(file).parent.parts)
    for part in Path(path).parts:
        parts = parts[:-1] if part == ".." else [*parts, part]
    return "/".join(parts)


def _address(file: str) -> str:
    return f"{file.rpartition('.')[0]}.html"


def _navigation(site: Site, file: str, language: str) -> str:
    """Write the way through the handbook, where this page lies on it, and the same page in the other languages."""
    up = "../" * file.count("/")
    parts = "\n".join(_part(part, file, up) for part in site.ways[language])
    top = f'<a class="home" href="{up}{_address(HOME)}">{escape(site.title)}</a>'
    switch = " ".join(
        f'<a lang="{code}" hreflang="{code}" href="{up}{_address(page)}">{_NAMES[code]}</a>'
        for code, page in _others(site, file, language)
    )
    return f'<nav class="site" aria-label="{_CONTENTS[language]}">\n<p>{top} {switch}</p>\n{parts}\n</nav>\n'


_NAMES = {"en": "English", "ko": "한국어"}
_CONTENTS = {"en": "Contents", "ko": "차례"}


def _others(site: Site, file: str, language: str) -> Iterator[tuple[str, str]]:
    """Go through the other languages and the page that says the same in them, where there is one."""
    for code in site.ways:
        twin = file.replace(f".{language}.", f".{code}.")
        if code != language and twin in site.pages and twin != file:
            yield code, twin


def _part(part: Part, file: str, up: str) -> str:
    lines = "\n".join(
        f'<li><a href="{up}{_address(page)}"{_HERE if page == file else ""}>{escape(title)}</a></li>'
        for page, title in part.pages.items()
    )
    title = f"<p>{escape(part.title)}</p>\n" if part.title else ""
    return f"{title}<ul>\n{lines}\n</ul>"


_HERE = ' aria-current="page"'
