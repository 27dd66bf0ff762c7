"""A docstring of the house as Markdown: paragraphs, parameters as a list, formulas and examples as code."""

from __future__ import annotations

import re
from collections.abc import Iterator

from impact.publish.qmd import escape, fenced

_PARAMETERS = re.compile(r"(?P<names>\w+(?:, \w+)*): (?P<said>.+)", re.DOTALL)
_SENTENCES = ("Source", "Note", "Sources")  # what stands before a colon without being a parameter


def markdown(docstring: str) -> str:
    """Return a docstring as Markdown in which every sign is itself, but code is code.

    >>> print(markdown("Add them up.\\n\\na, b: numbers\\n    of any kind"))
    Add them up\\.
    <BLANKLINE>
    - `a, b`: numbers of any kind
    """
    blocks = re.split(r"\n\s*\n", docstring.strip("\n"))
    return "\n\n".join(_block(block.strip("\n")) for block in _examples_joined(blocks)).rstrip("\n")


def summary(docstring: str) -> str:
    """Return the first sentence or line of a docstring, as Markdown."""
    return _prose(docstring.strip().split("\n\n")[0])


def _examples_joined(blocks: list[str]) -> Iterator[str]:
    """Keep examples that follow one another in one block."""
    waiting: list[str] = []
    for block in blocks:
        if block.lstrip().startswith(">>>"):
            waiting.append(block)
            continue
        if waiting:
            yield "\n\n".join(waiting)
            waiting = []
        yield block
    if waiting:
        yield "\n\n".join(waiting)


def _block(block: str) -> str:
    if block.lstrip().startswith(">>>"):
        return fenced(_dedented(block), "python")
    lines = block.split("\n")
    if all(line.startswith("  ") for line in lines):
        return fenced(_dedented(block))
    entries = list(_entries(lines))
    if all(map(_is_parameter, entries)):
        return "\n".join(map(_parameter, entries))
    return _prose(block)


def _dedented(block: str) -> str:
    lines = block.split("\n")
    margin = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    return "\n".join(line[margin:] for line in lines)


def _entries(lines: list[str]) -> Iterator[str]:
    """Join each line with the indented ones below it."""
    entry = ""
    for line in lines:
        if line.startswith("  ") and entry:
            entry += " " + line.strip()
            continue
        if entry:
            yield entry
        entry = line
    yield entry


def _is_parameter(entry: str) -> bool:
    found = _PARAMETERS.fullmatch(entry)
    return found is not None and found["names"] not in _SENTENCES


def _parameter(entry: str) -> str:
    found = _PARAMETERS.fullmatch(entry)
    assert found is not None
    return f"- `{found['names']}`: {_prose(found['said'])}"


def _prose(text: str) -> str:
    """Escape words; what stands between backticks is code."""
    words = " ".join(text.split())
    pieces = words.split("`")
    if len(pieces) % 2 == 0:
        return escape(words)
    return "".join(_code(piece) if odd % 2 else _escaped(piece) for odd, piece in enumerate(pieces))


def _code(piece: str) -> str:
    return f"`{piece}`" if piece else ""


def _escaped(piece: str) -> str:
    """Escape, and keep the spaces at both ends."""
    before, after = piece[:1].isspace(), piece[-1:].isspace() and piece.strip()
    return " " * bool(before) + escape(piece) + " " * bool(after)
