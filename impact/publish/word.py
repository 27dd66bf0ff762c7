"""Write a page as a Word file, for those who must edit it: pandoc writes it, and `docx` mends what pandoc leaves open."""

from __future__ import annotations

import base64
import struct
from typing import Any

from impact.publish import docx, pandoc, typst
from impact.publish.lint import CALLOUTS
from impact.publish.lite import Made
from impact.publish.tree import Change, Element, boxed, changed, classes

DOTS = 200  # to the inch, of a picture that was an SVG: sharp on paper, and small enough to send
WIDE, HIGH = 5.8, 4.6  # inches of a picture: two of them, with their captions and some words, stand on a page
LANGUAGES = {"en": "en-US", "ko": "ko-KR"}


def page(made: Made, style: str) -> bytes:
    """Return the Word file of a page; the same page gives the same bytes."""
    written = pandoc.write_bytes(_prepared(made), ["--to", "docx"])
    return docx.mended(written, style, made.mark, LANGUAGES[made.language])


def _prepared(made: Made) -> Element:
    """Return the tree as pandoc's Word writer needs it: with names of styles, and pictures that Word can show."""
    changes: dict[str, Change] = {
        "Span": lambda one: [{"t": "Strong", "c": one["c"][1]}] if "label" in classes(one) else [one],
        "Image": lambda one: [_image(made, one)],
        "Div": _div,
    }
    meta = {**made.tree["meta"], "lang": {"t": "MetaString", "c": LANGUAGES[made.language]}}
    made_with = _styled("Made With", [{"t": "Para", "c": meta.pop("made-with")["c"]}])
    return {**made.tree, "meta": meta, "blocks": [*changed(made.sheet(), changes), made_with]}


def _image(made: Made, image: Element) -> Element:
    _, said, (name, title) = image["c"]
    kind, content = made.picture(name)
    png = content if kind == "png" else typst.png(content, DOTS)
    address = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    width = ["width", f"{_width(png, 96 if kind == 'png' else DOTS):.3f}in"]
    return {"t": "Image", "c": [["", [], [width]], said, [address, title]]}


def _width(png: bytes, dots: float) -> float:
    """Return how many inches wide a picture is to be: its own width, unless a page has no room for that."""
    wide, high = struct.unpack(">II", png[16:24])
    place = png.find(b"pHYs", 0, png.find(b"IDAT"))
    if place > 0 and png[place + 12] == 1:  # dots to the metre
        dots = struct.unpack(">I", png[place + 4 : place + 8])[0] * 0.0254
    return float(min(wide / dots, WIDE, HIGH * wide / high))


def _div(div: Element) -> list[Element]:
    (label, names, _), content = div["c"]
    if label.startswith("tbl-"):
        return [boxed([_styled("Table Caption", content[:1]), *content[1:]], [], label=label)]
    if "table-box" in names:
        return list(content)
    if any(f"callout-{kind}" in names for kind in CALLOUTS):
        header, body = (part["c"][1] for part in content)
        return [_styled("Callout Title", header), _styled("Callout", body)]
    return [div]


def _styled(name: str, content: list[Any]) -> Element:
    return boxed(content, [], [["custom-style", name]])
