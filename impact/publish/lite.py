"""The lite engine: run a template's cells, and turn words and outputs into one page with pandoc.

It stands in where Quarto is not installed. Raw HTML is read by nobody here and the page forbids itself every script and
every address, so what a cell shows cannot become more than text, a table or a picture.
"""

from __future__ import annotations

import ast
import base64
import json
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape as as_attribute
from pathlib import Path
from typing import Any

from impact.publish import PublishError, crossref, extra, kernel, pandoc
from impact.publish.qmd import Chunk, Document, Text, escape, fenced, figure
from impact.publish.tree import Change, Element, changed, elements, raw, text
from impact.publish.words import words

_PICTURE = re.compile(r"(?<=\]\()data:image/(?:png|svg\+xml);base64,[A-Za-z0-9+/=]+(?=\))")

# The policy is the second lock: a browser loads nothing and runs nothing even if an address slipped in.
_TEMPLATE = """<!DOCTYPE html>
<html lang="$lang$">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="generator" content="impact, lite engine">
<title>$pagetitle$</title>
<link rel="icon" href="data:,">
<style>
STYLE
</style>
</head>
<body>
BEFORE<header id="title-block-header">
<h1 class="title">$title$</h1>
$if(subtitle)$
<p class="subtitle">$subtitle$</p>
$endif$
$for(author)$
<p class="author">$author$</p>
$endfor$
$if(date)$
<p class="date">$date$</p>
$endif$
</header>
<main>
$body$
</main>
<footer class="engine"><p>$made-with$</p></footer>
</body>
</html>
"""


@dataclass(frozen=True)
class Made:
    """A page before it is a file: its tree, and its pictures as data addresses by the names that the tree has for them."""

    template: str
    tree: Element
    pictures: Mapping[str, str]
    language: str

    @property
    def mark(self) -> str:
        """Return the mark of simulated firms, which stands at the head of every sheet; nothing on others."""
        return next((text(one["c"][1]) for one in elements(self.tree["blocks"]) if _is(one, "simulated-head")), "")

    def sheet(self) -> list[Element]:
        """Return the blocks as a sheet of paper needs them: headings from the first level down, and no mark among the words."""
        drawn = ("simulated-head", "simulated-paper")
        words = [block for block in self.tree["blocks"] if not any(_is(block, name) for name in drawn)]
        return list(changed(words, {"Header": _raised()}))

    def picture(self, name: str) -> tuple[str, bytes]:
        """Return a picture by its name in the tree: "png" or "svg+xml", and its content."""
        if name not in self.pictures:
            raise PublishError(
                f"The page of {self.template} must carry all that it shows; it would load {name}. "
                "Embed it, or show it another way."
            )
        kind, _, content = self.pictures[name].removeprefix("data:image/").partition(";base64,")
        return kind, base64.b64decode(content)


def page(document: Document, style: str) -> str:
    """Return the HTML of a prepared template, with its cells run and its style inside."""
    return html(made(document), style)


def html(done: Made, style: str, before: str = "") -> str:
    """Write what was made as one HTML page; `before` is HTML of ours that stands before its title, such as a navigation."""
    with tempfile.TemporaryDirectory(prefix="impact-") as room:
        template = Path(room) / "page.html"
        framed = _TEMPLATE.replace("STYLE", style.replace("$", "$$")).replace("BEFORE", before.replace("$", "$$"))
        template.write_text(framed, encoding="utf-8")
        text = written(done.tree, ["--template", str(template)])
    return _put_back(text, done.pictures)


def written(tree: Element, options: Sequence[str] = ()) -> str:
    """Write a tree as HTML."""
    framed = {**tree, "blocks": changed(tree["blocks"], {"Div": _framed, "CodeBlock": _reached})}
    text = pandoc.write(framed, ["--to", "html5", "--mathml", "--wrap=none", *options])
    return text.replace(
        '<math display="block"', '<math display="block" tabindex="0"'
    )  # a long formula scrolls by keyboard


def made(document: Document) -> Made:
    """Run the cells of a prepared template, and read what it says into one tree with its references resolved."""
    for module in ("yaml", "pypandoc"):
        extra(module)
    outputs = kernel.run(list(_cells(document)), document.path)
    markdown, pictures = _set_aside("\n\n".join(_shown(document, outputs)))
    with tempfile.TemporaryDirectory(prefix="impact-") as room:
        tree = _tree(document, markdown, Path(room))
    return Made(document.path.name, tree, pictures, document.front["lang"])


def _raised() -> Change:
    """Return what raises headings, in the order of reading: the first is of level one, and none skips a level."""
    above = 0

    def raised(header: Element) -> list[Element]:
        nonlocal above
        above = min(header["c"][0] - 1, above + 1)
        return [{"t": "Header", "c": [above, *header["c"][1:]]}]

    return raised


def _is(element: Element, name: str) -> bool:
    return element["t"] == "Div" and name in element["c"][0][1]


def _cells(document: Document) -> Iterator[kernel.Cell]:
    """List what is to be run: the cells, and the inline expressions between them."""
    for block in document.blocks:
        if isinstance(block, Chunk):
            yield kernel.Cell(block.name, block.source)
        else:
            yield from (kernel.Cell(name, expression) for expression, name in block.inline())


def _shown(document: Document, outputs: list[kernel.Outputs]) -> Iterator[str]:
    """Put what cells and inline expressions showed where they stand."""
    results = iter(outputs)
    for block in document.blocks:
        if isinstance(block, Text):
            yield _filled(block, results, document.path.name)
        else:
            yield _cell(document, block, next(results))


def _filled(block: Text, results: Iterator[kernel.Outputs], template: str) -> str:
    pieces = block.pieces()
    pieces[1::2] = [_value(name, next(results), template) for _, name in block.inline()]
    return "".join(pieces)


def _value(name: str, outputs: kernel.Outputs, template: str) -> str:
    """Show an inline expression: Markdown as it is, a text or a number as plain text."""
    data: dict[str, Any] = next((output["data"] for output in outputs if "data" in output), {})
    if "text/markdown" in data:
        return str(data["text/markdown"])
    try:
        return escape(str(ast.literal_eval(data.get("text/plain", ""))))
    except (ValueError, SyntaxError):
        seen = data.get("text/plain") or "nothing"
    raise PublishError(
        f"The page of {template} needs inline code to give a text, a number or Markdown(…); "
        f"{name} gave {seen}. Format it in the cell before."
    )


def _cell(document: Document, chunk: Chunk, outputs: kernel.Outputs) -> str:
    """Write one cell as Markdown: its code if asked for, then what it showed."""
    if not document.option(chunk, "include"):
        return ""
    code = fenced(chunk.source) if document.option(chunk, "echo") else ""
    shown = [text for output in outputs if (text := _output(document, chunk, output))]
    if chunk.label.startswith("fig-") and len(shown) != 1:
        _refuse(document, chunk, "must show one figure", f"{len(shown)} outputs", "Show one, and split the others off")
    body = "\n\n".join(shown)
    if chunk.label.startswith("tbl-") and body:  # a table with no rows to show leaves no caption either
        body = f"::::: {{#{chunk.label}}}\n\n{body}\n\n{chunk.options['tbl-cap']}\n\n:::::"
    return f"{code}\n\n{body}"


def _output(document: Document, chunk: Chunk, output: dict[str, Any]) -> str:
    """Write one output as Markdown, or nothing if the cell hides it."""
    shown = document.option(chunk, "output")
    if output["output_type"] == "stream":
        wanted = shown if output["name"] == "stdout" else document.option(chunk, "warning")
        return _verbatim(output["text"], shown == "asis" and output["name"] == "stdout") if wanted else ""
    return _display(document, chunk, output["data"], shown == "asis") if shown else ""


def _display(document: Document, chunk: Chunk, data: dict[str, Any], as_is: bool) -> str:
    if "text/html" in data:
        _refuse(
            document, chunk, "must show Markdown, text, SVG or PNG", "HTML (is it a frame?)", "Use display(Markdown(…))"
        )
    if "text/markdown" in data:
        return str(data["text/markdown"])
    for kind in ("image/svg+xml", "image/png"):
        if kind in data:
            return _picture(document, chunk, kind, data[kind])
    return _verbatim(data.get("text/plain", ""), as_is)


def _picture(document: Document, chunk: Chunk, kind: str, content: str) -> str:
    if not chunk.label.startswith("fig-"):
        _refuse(document, chunk, "must say what its figure is", "no label fig-…", "Add label, fig-cap and fig-alt")
    image = base64.b64decode(content) if kind == "image/png" else content
    return figure(image, chunk.label, chunk.options["fig-cap"], chunk.options["fig-alt"])


def _verbatim(text: str, as_is: bool) -> str:
    return text if as_is else fenced(text.rstrip("\n"))


def _refuse(document: Document, chunk: Chunk, must: str, seen: str, do: str) -> None:
    raise PublishError(f"In {document.path.name} the cell {chunk.name} {must}; saw {seen}. {do}.")


def _set_aside(markdown: str) -> tuple[str, dict[str, str]]:
    """Take the pictures out while pandoc reads: it needs a second for every megabyte of them."""
    pictures = {f"picture:{number}": address for number, address in enumerate(_PICTURE.findall(markdown))}
    names = iter(pictures)
    return _PICTURE.sub(lambda _: next(names), markdown), pictures


def _put_back(html: str, pictures: Mapping[str, str]) -> str:
    """Set the pictures in again; only pandoc can have written a sign like < unescaped, so no word is taken for one."""
    return re.sub(r'(?<=<img src=")picture:\d+(?=")', lambda match: pictures.get(match[0], match[0]), html)


def _tree(document: Document, markdown: str, room: Path) -> Element:
    """Let pandoc read the Markdown, and resolve its references."""
    keys = ("title", "subtitle", "author", "date", "lang")
    front = {key: _plain(document.front[key]) for key in keys if key in document.front}
    front["made-with"] = escape(words(document.front["lang"])["made-with-lite"])
    (room / "front.json").write_text(json.dumps(front), encoding="utf-8")
    read = pandoc.read(markdown, room / "front.json")
    numbered = bool(document.front.get("number-sections"))
    tree, problems = crossref.resolve(read, words(document.front["lang"]), numbered)
    if problems:
        raise PublishError("\n".join(f"{document.path.name}: {problem}" for problem in problems))
    return tree


def _plain(value: Any) -> Any:
    return value if isinstance(value, list) else str(value)


def _framed(div: Element) -> list[Element]:
    """Set the caption of a table above it; pandoc itself would set the caption of a figure below."""
    (label, _, _), content = div["c"]
    if not label.startswith("tbl-"):
        return [div]
    opening = f'<figure id="{as_attribute(label)}" class="table">\n<figcaption>'
    inside = [content[0], raw("html", "</figcaption>"), *content[1:]]
    return [raw("html", opening), *inside, raw("html", "</figure>")]


def _reached(code: Element) -> list[Element]:
    """Let code whose lines are longer than the page be scrolled with the keyboard."""
    (label, names, pairs), content = code["c"]
    return [{"t": "CodeBlock", "c": [[label, names, [*pairs, ["tabindex", "0"]]], content]}]
