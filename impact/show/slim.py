"""An svg in half the room: what is drawn many times is described once, and lines are not broken for a reader."""

from __future__ import annotations

import re

from impact import marks

_MARKED = re.compile(rf'<g id="{marks.COLUMN}">.*?((?:<use [^>]*/>\s*)+)</g>', re.DOTALL)
_ONE = "one-mark"


def slim(svg: str) -> str:
    """Return the same picture, smaller: a page holds a dozen of them, each with some fifty marks of simulated firms."""
    return _on_few_lines(_marked_once(svg))


def _marked_once(svg: str) -> str:
    """Describe the letters of a mark where the first one stands; the others repeat them."""
    found = _MARKED.search(svg)
    if found is None:
        return svg
    letters, end = found[1], found.end(1)
    before = svg[: found.start(1)]
    return f'{before}<g id="{_ONE}">{letters}</g>' + svg[end:].replace(letters, f'<use xlink:href="#{_ONE}"/>')


def _on_few_lines(svg: str) -> str:
    """Take out what only indents: svg reads a line break as a blank, and blanks between elements say nothing."""
    return re.sub(r"> ?<", ">\n<", re.sub(r"\s*\n\s*", " ", svg)).strip() + "\n"
