"""Make a page of a template: the one door of this folder."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from impact import where
from impact.publish import PublishError, lint, lite, qmd, quarto, typst, word
from impact.publish.offline import remote_references
from impact.publish.words import words

# The kinds of file, each with the style that makes it look like the others.
STYLES = {"html": "page.css", "pdf": "page.typ", "docx": "page.word.xml"}


def render(
    template: Path,
    page: Path,
    parameters: Mapping[str, qmd.Value],
    language: str,
    engine: str | None = None,
    to: str = "html",
) -> str:
    """Make one self-contained page of a portable ``.qmd`` and return the engine used, "quarto" or "lite".

    ``to`` says what the page is: "html", "pdf" or "docx". HTML is made by Quarto where it is installed, by the lite
    engine elsewhere; ``engine`` asks for one of them. PDF and Word are always made by the lite engine for now, from the
    very tree that its HTML is made of, so that all three say the same. The parameters replace those that the template's
    cell tagged ``parameters`` declares; ``title`` and ``subtitle`` replace the front matter's. The style is ``page.css``,
    ``page.typ`` or ``page.word.xml`` beside the template, or impact's own. A page that would load anything from
    elsewhere is refused, and a page that cannot be made leaves the file of before untouched.

    Raises PublishError, whose message names the template, the place in it, and what to do.
    """
    template = Path(template)
    words(language)  # refuses a language that pages do not speak, before anything runs
    _refuse_kind(to)
    document = lint.check(qmd.read(template))
    program = quarto.find() if to == "html" and engine != "lite" else None
    used = _engine(engine, program, to)
    document = qmd.prepare(document, parameters, language)
    _write(Path(page), _content(to, program, document, _style(template, STYLES[to])))
    return used


def _refuse_kind(to: str) -> None:
    if to not in STYLES:
        raise PublishError(
            f"A page must be made to one of {', '.join(STYLES)}; asked for {to}. Choose html to read it on a screen, pdf to "
            "print or send it, docx to edit it."
        )


def _engine(asked: str | None, program: Path | None, to: str) -> str:
    used = "quarto" if program else "lite"
    if asked in (None, used):
        return used
    if to != "html" and asked == "quarto":
        raise PublishError(
            f"A {to} must be made by the lite engine; asked for quarto. Use the lite engine, or ask for html."
        )
    raise PublishError(
        f"The engine must be quarto or lite, and Quarto must be installed to be used; asked for {asked}. "
        "Install Quarto, set QUARTO_PATH, or use the lite engine."
    )


def _style(template: Path, name: str) -> str:
    beside = template.with_name(name)
    return (beside if beside.is_file() else where.reports(name)).read_text(encoding="utf-8")


def _content(to: str, program: Path | None, document: qmd.Document, style: str) -> bytes:
    if to == "pdf":
        return typst.page(lite.made(document), style)
    if to == "docx":
        return word.page(lite.made(document), style)
    html = quarto.page(program, document, style) if program else lite.page(document, style)
    _refuse_remote(document.path.name, html)
    return html.encode()


def _refuse_remote(template: str, html: str) -> None:
    found = remote_references(html)
    if found:
        raise PublishError(
            f"The page of {template} must carry all that it shows; it would load {', '.join(found[:5])}"
            f"{', …' if len(found) > 5 else ''} ({len(found)} in all). Embed it, or show it another way."
        )


def _write(page: Path, content: bytes) -> None:
    """Write aside, then rename: a reader sees the old page or the new one."""
    page.parent.mkdir(parents=True, exist_ok=True)
    aside = page.with_name(page.name + ".part")
    try:
        aside.write_bytes(content)
        os.replace(aside, page)
    finally:
        aside.unlink(missing_ok=True)
