"""Number figures, tables and sections, and make references to them links; give callouts and tables their boxes.

All of this works on pandoc's syntax tree, where a reference cannot be confused with text that looks like one. What comes
of it says nothing of the kind of file: a table and its caption are a Div with the table's label, which each writer draws.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import partial
from typing import Any

from impact.publish.lint import CALLOUTS
from impact.publish.tree import Element, boxed, changed, elements, plain, string

# In each element with attributes, where they stand in its content.
_ATTRIBUTES = {"Header": 1, "Div": 0, "Figure": 0, "Table": 0, "Image": 0}
_FAMILIES = {"Header": ("sec",), "Div": ("fig", "tbl"), "Figure": ("fig",), "Table": ("tbl",)}
_SPACE = "\N{NO-BREAK SPACE}"


def resolve(tree: Element, words: dict[str, str], numbered: bool) -> tuple[Element, list[str]]:
    """Return the tree with numbers, links and boxes, and the problems that forbid a page."""
    inside = list(elements(tree["blocks"]))
    labels = [label for element in inside if (label := _label(element))]
    numbers = {**_counted(labels), **(_sections(inside) if numbered else {})}
    found = [*_duplicates(labels), *_unresolved(inside, numbers), *_pictures(inside), *_links(inside)]
    if found:
        return tree, found
    changes = {
        "Cite": _cite,
        "Header": _header,
        "Image": _image,
        "Figure": _figure,
        "Table": _table,
        "Div": _div,
        "CodeBlock": _code,
    }
    bound = {kind: partial(change, numbers=numbers, words=words) for kind, change in changes.items()}
    return {**tree, "blocks": changed(tree["blocks"], bound)}, []


def _identifier(element: Element) -> str:
    return str(element["c"][_ATTRIBUTES[element["t"]]][0])


def _label(element: Element) -> str:
    """Return the label that a reference can name, or nothing."""
    families = _FAMILIES.get(element["t"], ())
    return (
        _identifier(element) if families and _identifier(element).startswith(tuple(f"{f}-" for f in families)) else ""
    )


def _counted(labels: list[str]) -> dict[str, str]:
    """Number figures and tables, each family by itself, in the order of reading."""
    counts: Counter[str] = Counter()
    numbers = {}
    for label in labels:
        family = label.partition("-")[0]
        if family != "sec" and label not in numbers:
            counts[family] += 1
            numbers[label] = str(counts[family])
    return numbers


def _sections(elements: list[Element]) -> dict[str, str]:
    """Number the headings 1, 1.1, 1.2, 2 …, from the highest level that the page uses."""
    headers = [e for e in elements if e["t"] == "Header" and "unnumbered" not in e["c"][1][1]]
    top = min((header["c"][0] for header in headers), default=1)
    counts: list[int] = []
    numbers = {}
    for header in headers:
        depth = header["c"][0] - top + 1
        counts = (counts + [0] * depth)[:depth]
        counts[-1] += 1
        numbers[_identifier(header)] = ".".join(map(str, counts))
    return numbers


def _duplicates(labels: list[str]) -> list[str]:
    return [
        f"a label must be used once; saw {label} {times} times. Give each its own."
        for label, times in Counter(labels).items()
        if times > 1
    ]


def _unresolved(elements: list[Element], numbers: dict[str, str]) -> list[str]:
    return [
        f"a reference must name the label of a figure, a table or a numbered section; saw @{cited['citationId']}. "
        "Correct it, put brackets around a reference that a letter follows, as in [@fig-x]은, or write \\@ for a plain sign."
        for element in elements
        if element["t"] == "Cite"
        for cited in element["c"][0]
        if cited["citationId"] not in numbers
    ]


def _pictures(elements: list[Element]) -> list[str]:
    """Admit only pictures that the page carries, each with words for those who cannot see it."""
    pictures = [element["c"] for element in elements if element["t"] == "Image"]
    outside = [target for _, _, (target, _) in pictures if not target.startswith("picture:")]
    silent = [attributes for attributes, alt, _ in pictures if not alt and not dict(attributes[2]).get("fig-alt")]
    return [
        *(
            f"a figure must come from a cell, as SVG or PNG; saw the address {target}. Draw it there."
            for target in outside
        ),
        *("a figure must have an alternative text; saw none. Add fig-alt." for _ in silent),
    ]


def _links(elements: list[Element]) -> list[str]:
    targets = [element["c"][2][0] for element in elements if element["t"] == "Link"]
    return [
        f"a link must lead to http, https, mailto or a place on the page; saw {target}. Change it."
        for target in targets
        if _scheme(target) not in {"", "http", "https", "mailto"}
    ]


def _scheme(address: str) -> str:
    """Read the scheme as a browser does, which passes over white space and control characters."""
    found = re.match(r"([A-Za-z][\w+.-]*):", re.sub(r"[\x00-\x20]", "", address))
    return found[1].lower() if found else ""


def _cite(cite: Element, numbers: dict[str, str], words: dict[str, str]) -> list[Element]:
    links: list[Element] = []
    for cited in cite["c"][0]:
        label, number = cited["citationId"], numbers[cited["citationId"]]
        prefix = words.get(f"crossref-{label.partition('-')[0]}-prefix", "") + _SPACE
        shown = number if cited["citationMode"]["t"] == "SuppressAuthor" else prefix + number
        links += [string(", ")] if links else []
        links.append({"t": "Link", "c": [["", ["reference"], []], [string(shown)], [f"#{label}", ""]]})
    return links


def _header(header: Element, numbers: dict[str, str], words: dict[str, str]) -> list[Element]:
    level, attributes, text = header["c"]
    if attributes[0] in numbers:
        number = {"t": "Span", "c": [["", ["header-section-number"], []], [string(numbers[attributes[0]])]]}
        text = [number, {"t": "Space"}, *text]
    return [{"t": "Header", "c": [level, attributes, text]}]


def _image(image: Element, numbers: dict[str, str], words: dict[str, str]) -> list[Element]:
    """Let the alternative text of Quarto's ``fig-alt`` be the picture's own."""
    (identifier, classes, pairs), alt, target = image["c"]
    rest = dict(pairs)
    described = rest.pop("fig-alt", "")
    attributes = [identifier, classes, list(rest.items())]
    return [{"t": "Image", "c": [attributes, [string(described)] if described else alt, target]}]


def _code(code: Element, numbers: dict[str, str], words: dict[str, str]) -> list[Element]:
    """Show code in one colour: pandoc's colours need a style sheet of their own."""
    return [{"t": "CodeBlock", "c": [["", [], []], code["c"][1]]}]


def _figure(figure: Element, numbers: dict[str, str], words: dict[str, str]) -> list[Element]:
    attributes, (short, caption), content = figure["c"]
    captioned = _captioned(attributes[0], caption, numbers, words)
    return [{"t": "Figure", "c": [attributes, [short, captioned], content]}]


def _table(table: Element, numbers: dict[str, str], words: dict[str, str]) -> list[Element]:
    """Put a table into a box of its own, in which a wide one scrolls; pandoc's guesses at column widths are dropped."""
    attributes, (short, caption), columns, *rest = table["c"]
    free = [[align, {"t": "ColWidthDefault"}] for align, _ in columns]
    if not attributes[0].startswith("tbl-"):
        return [_scrolled({"t": "Table", "c": [attributes, [short, caption], free, *rest]}, "", words)]
    bare = {"t": "Table", "c": [["", *attributes[1:]], [None, []], free, *rest]}
    return _framed(attributes[0], caption, [_scrolled(bare, numbers.get(attributes[0], ""), words)], numbers, words)


def _scrolled(table: Element, number: str, words: dict[str, str]) -> Element:
    """Put a table into a box in which it scrolls, also for those who have a keyboard only; they hear its name there."""
    name = f"{words['crossref-tbl-title']} {number}".strip()
    return boxed([table], ["table-box"], [["role", "group"], ["tabindex", "0"], ["aria-label", name]])


def _div(div: Element, numbers: dict[str, str], words: dict[str, str]) -> list[Element]:
    (identifier, classes, pairs), content = div["c"]
    if identifier.startswith("tbl-"):
        return _framed(identifier, content[-1:], content[:-1], numbers, words)
    if identifier.startswith("fig-"):
        caption = _captioned(identifier, content[-1:], numbers, words)
        picture = [{"t": "Plain", "c": block["c"]} for block in content[:-1]]
        return [{"t": "Figure", "c": [[identifier, [], []], [None, caption], picture]}]
    kinds = [kind for kind in CALLOUTS if f"callout-{kind}" in classes]
    return [_callout(kinds[0], dict(pairs).get("title", ""), content, words)] if kinds else [div]


def _callout(kind: str, title: str, content: list[Element], words: dict[str, str]) -> Element:
    header = boxed([plain(string(title or words[f"callout-{kind}-title"]))], ["callout-header"])
    return boxed([header, boxed(content, ["callout-body"])], ["callout", f"callout-{kind}"], [["role", "note"]])


def _framed(label: str, caption: list[Element], content: list[Element], numbers: Any, words: Any) -> list[Element]:
    """Put a table under its caption: the first block of the Div, then what it is the caption of."""
    return [boxed([*_captioned(label, caption, numbers, words), *content], [], label=label)]


def _captioned(label: str, caption: list[Element], numbers: dict[str, str], words: dict[str, str]) -> list[Element]:
    """Begin a caption with "Figure 1: " in the words of the page."""
    if label not in numbers:
        return caption
    name = words[f"crossref-{label.partition('-')[0]}-title"] + _SPACE + numbers[label] + ":"
    text = [inline for block in caption for inline in block["c"]]
    return [plain({"t": "Span", "c": [["", ["label"], []], [string(name)]]}, {"t": "Space"}, *text)]
