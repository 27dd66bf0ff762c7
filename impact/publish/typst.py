"""Write a page as PDF: pandoc turns its tree into typst, and typst sets it on paper, with tags for those who listen.

Nothing that a study says becomes code of typst: its words are strings there, pandoc escapes the rest, and typst sees no
file but those in a room of its own.
"""

from __future__ import annotations

import importlib.util
import tempfile
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

from impact.publish import MISSING, PublishError, extra, pandoc
from impact.publish.columns import letters, proportions
from impact.publish.lint import CALLOUTS
from impact.publish.lite import Made
from impact.publish.tree import Change, Element, changed, classes, raw, string, text

STANDARD = "ua-1"  # PDF/UA: structure, language, title, and words for every picture
BOX = "□"
LINE = 100  # letters that a line has at most
WIDE = 90  # letters of a table's cells beside one another, beyond which it is wider than the sheet
_FAMILIES = (
    ("NanumGothic", "NanumGothicBold"),
    ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSans-BoldOblique"),
)
_ENDS = {"svg+xml": ".svg", "png": ".png"}
_TEMPLATE = """#import "page.typ": *
#show: page-of.with(
  title: [$title$],
$if(subtitle)$
  subtitle: [$subtitle$],
$endif$
  authors: ($for(author)$[$author$],$endfor$),
$if(date)$
  date: [$date$],
$endif$
  language: "$lang$",
  made-with: [$made-with$],
$if(mark)$
  mark: [$mark$],
$endif$
)

$body$
"""


def page(made: Made, style: str) -> bytes:
    """Return the PDF of a page; the same page gives the same bytes."""
    typst = extra("typst")
    with tempfile.TemporaryDirectory(prefix="impact-") as folder:
        room = Path(folder)
        main = _written(made, style, room)
        try:
            return bytes(_compiled(typst, main, room, pdf_standards=[STANDARD]))
        except typst.TypstError as error:
            raise PublishError(_failure(made.template, error)) from error


def png(svg: bytes, dots: int) -> bytes:
    """Draw an SVG as a PNG of so many dots to the inch, for programs that cannot show an SVG."""
    typst = extra("typst")
    with tempfile.TemporaryDirectory(prefix="impact-") as folder:
        room = Path(folder)
        (room / "picture.svg").write_bytes(svg)
        main = '#set page(width: auto, height: auto, margin: 0pt, fill: white)\n#image("picture.svg")'
        (room / "main.typ").write_text(main, encoding="utf-8")
        return bytes(_compiled(typst, room / "main.typ", room, format="png", ppi=float(dots)))


def _compiled(typst: Any, main: Path, room: Path, **how: Any) -> Any:
    """Let typst work with the files of its room and the fonts that come with packages, whatever this machine has."""
    where = {"root": str(room), "package_path": str(room), "package_cache_path": str(room)}
    fonts = [str(folder) for folder in _folders()]
    return typst.compile(str(main), font_paths=fonts, ignore_system_fonts=True, timestamp=0, **where, **how)


def _failure(template: str, error: Any) -> str:
    said = " ".join(str(error.message).split()).rstrip(".")
    return f"typst must set the page of {template} as PDF; it said: {said}. Report this."


def _written(made: Made, style: str, room: Path) -> Path:
    """Write into the room all that typst reads: the style, the pictures, and the page itself."""
    (room / "page.typ").write_text(style, encoding="utf-8")
    (room / "template.typ").write_text(_TEMPLATE, encoding="utf-8")
    tree = _prepared(made, partial(_saved, made, room))
    # Without `smart`, quotes and dashes are written as they are, and typst makes nothing else of them.
    words = pandoc.write(tree, ["--to", "typst-smart", "--wrap=none", "--template", str(room / "template.typ")])
    (room / "main.typ").write_text(words, encoding="utf-8")
    return room / "main.typ"


def _saved(made: Made, room: Path, name: str) -> str:
    kind, content = made.picture(name)
    file = room / f"{name.replace(':', '-')}{_ENDS[kind]}"
    file.write_bytes(content)
    return file.name


def _prepared(made: Made, saved: Callable[[str], str]) -> Element:
    """Return the tree as pandoc's typst writer needs it."""
    changes: dict[str, Change] = {
        "Str": _word,
        "Code": _code,
        "CodeBlock": _code,
        "Math": _formula,
        "Span": lambda one: [{"t": "Strong", "c": one["c"][1]}] if "label" in classes(one) else [one],
        "Figure": lambda one: _framed("image", one["c"][0][0], one["c"][1][1], one["c"][2]),
        "Table": _table,
        "Div": _div,
    }
    mark = {"mark": {"t": "MetaInlines", "c": [string(made.mark)]}} if made.mark else {}
    meta = {name: changed([value], changes)[0] for name, value in {**made.tree["meta"], **mark}.items()}
    # What looks at words comes before they become strings of typst.
    drawn = changed(made.sheet(), {"Image": lambda one: [_image(one, saved)], "Table": _proportioned})
    return {**made.tree, "meta": meta, "blocks": changed(_kept(drawn), changes)}


def _proportioned(table: Element) -> list[Element]:
    """Give the columns of a table that is wider than the sheet their shares of it, by the longest words in them."""
    attributes, caption, columns, head, bodies, foot = table["c"]
    heads = [[text(cell) for cell in row[1]] for row in head[1]]
    rows = [[text(cell) for cell in row[1]] for body in bodies for row in body[3]]
    if sum(max(map(letters, column)) for column in zip(*heads, *rows, strict=True)) <= WIDE:
        return [table]
    shares = proportions(heads, rows)
    wide = [[align, {"t": "ColWidth", "c": share}] for (align, _), share in zip(columns, shares, strict=True)]
    return [{"t": "Table", "c": [attributes, caption, wide, head, bodies, foot]}]


def _kept(blocks: list[Element]) -> list[Element]:
    """Keep a heading and the one line below it with what they introduce, on one sheet."""
    kept: list[Element] = []
    for block in blocks:
        short = block["t"] == "Para" and len(text(block)) <= LINE and kept and kept[-1]["t"] == "Header"
        kept += [raw("typst", "#kept["), block, raw("typst", "]")] if short else [block]
    return kept


def writable(words: str) -> str:
    """Return words with a box for every sign that the page's fonts do not have; PDF/UA admits none without a shape."""
    return "".join(sign if ord(sign) in _signs() else BOX for sign in words)


def _word(word: Element) -> list[Element]:
    """Write a word as a string of typst, in which no sign is mark-up: not even -- is a dash, nor -1 a minus."""
    words = writable(word["c"])
    return [string(words) if words.isalnum() else raw("typst", f"#{_quoted(words)};", "RawInline")]


def _code(code: Element) -> list[Element]:
    attributes, words = code["c"]
    lines = (writable(line) for line in words.split("\n"))
    return [{"t": code["t"], "c": [attributes, "\n".join(lines)]}]


def _formula(formula: Element) -> list[Element]:
    opening = raw("typst", f"#formula({_quoted(formula['c'][1])})[", "RawInline")
    return [opening, formula, raw("typst", "]", "RawInline")]


def _image(image: Element, saved: Callable[[str], str]) -> Element:
    _, said, (name, _) = image["c"]
    return raw("typst", f"#picture({_quoted(saved(name))}, {_quoted(text(said))})", "RawInline")


def _framed(kind: str, label: str, caption: list[Element], content: list[Element]) -> list[Element]:
    end = f"]) #label({_quoted(label)})" if label else "])"
    return [raw("typst", f"#framed({kind}, ["), *caption, raw("typst", "], ["), *content, raw("typst", end)]


def _table(table: Element) -> list[Element]:
    return [raw("typst", f"#columned({len(table['c'][2])})["), table, raw("typst", "]")]


def _div(div: Element) -> list[Element]:
    (label, names, _), content = div["c"]
    if label.startswith("tbl-"):
        return _framed("table", label, content[:1], content[1:])
    if "table-box" in names:
        return list(content)
    kinds = [kind for kind in CALLOUTS if f"callout-{kind}" in names]
    return _callout(kinds[0], *(part["c"][1] for part in content)) if kinds else [div]


def _callout(kind: str, header: list[Element], body: list[Element]) -> list[Element]:
    return [raw("typst", f'#callout("{kind}", ['), *header, raw("typst", "], ["), *body, raw("typst", "])")]


def _quoted(words: str) -> str:
    """Write any text as a string of typst."""
    escaped = words.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return f'"{escaped}"'


@cache
def _signs() -> frozenset[int]:
    """Return the signs that the page's fonts have in every weight; a space of any kind needs no shape."""
    signs: set[int] = set()
    for family in _FAMILIES:
        files = [file for folder in _folders() for name in family if (file := folder / f"{name}.ttf").is_file()]
        signs |= set.intersection(*(_charmap(file) for file in files))
    return frozenset(signs)


def _charmap(file: Path) -> set[int]:
    from matplotlib.font_manager import get_font

    return set(get_font(file).get_charmap())


@cache
def _folders() -> tuple[Path, ...]:
    """Find the fonts that come with packages: of koreanize-matplotlib, which is never imported, and of matplotlib."""
    import matplotlib as mpl

    found = importlib.util.find_spec("koreanize_matplotlib")
    if found is None or not found.submodule_search_locations:
        raise PublishError(MISSING)
    return Path(found.submodule_search_locations[0]) / "fonts", Path(mpl.get_data_path()) / "fonts" / "ttf"
