"""Walk through pandoc's syntax tree (its JSON form), change it, and make elements of it.

A tree's element is a dict with a type ``t`` and content ``c``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Element = dict[str, Any]
Change = Callable[[Element], list[Element]]


def elements(node: Any) -> Iterator[Element]:
    """Walk through a tree in the order of reading."""
    if isinstance(node, dict):
        if "t" in node:
            yield node
        for part in node.values():
            yield from elements(part)
    elif isinstance(node, list):
        for part in node:
            yield from elements(part)


def changed(node: Any, changes: Mapping[str, Change]) -> Any:
    """Build a tree anew from its leaves up; the change for a type gives the elements that stand in the place of one."""
    if isinstance(node, dict):
        return {key: changed(part, changes) for key, part in node.items()}
    if not isinstance(node, list):
        return node
    built: list[Any] = []
    for part in node:
        new = changed(part, changes)
        change = changes.get(part.get("t", "")) if isinstance(part, dict) else None
        built += change(new) if change else [new]
    return built


def text(node: Any) -> str:
    """Return the words in a tree without any mark-up."""
    spaces = {"Space": " ", "SoftBreak": " ", "LineBreak": " "}
    words = {"Str": lambda content: content, "Code": lambda content: content[1], "Math": lambda content: content[1]}
    return "".join(
        words[one["t"]](one["c"]) if one["t"] in words else spaces.get(one["t"], "") for one in elements(node)
    )


def classes(div: Element) -> list[str]:
    """Return the classes of a Div or a Span."""
    return list(div["c"][0][1])


def string(words: str) -> Element:
    """Make words of plain text."""
    return {"t": "Str", "c": words}


def plain(*inlines: Element) -> Element:
    """Make a block of inline elements."""
    return {"t": "Plain", "c": list(inlines)}


def raw(language: str, markup: str, kind: str = "RawBlock") -> Element:
    """Make mark-up of a target language, which pandoc writes as it is: never of a text that is not ours."""
    return {"t": kind, "c": [language, markup]}


def boxed(content: list[Element], names: list[str], pairs: list[list[str]] | None = None, label: str = "") -> Element:
    """Put blocks into a Div with classes."""
    return {"t": "Div", "c": [[label, names, pairs or []], content]}
