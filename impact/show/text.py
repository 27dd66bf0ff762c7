"""Names that people wrote, made fit for a figure, a page or a file name: what they say stays, what they do does not."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

ELLIPSIS = "…"
LONGEST_FILE_NAME = 60
# Marks that turn the direction of the words after them, and so could make one number read as another.
_TURNS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")  # what no picture and no page can hold


def plain(text: str) -> str:
    """Return a text on one line, without marks that turn the direction of what follows and without control characters."""
    return _CONTROL.sub("\ufffd", " ".join(_TURNS.sub("", text).split()))


def short(text: str, width: int) -> str:
    """Cut a text that is wider than so many columns; a Korean letter takes two."""
    whole = plain(text)
    ends = [end for end, used in enumerate(_columns(whole), start=1) if used <= width]
    return whole if len(ends) == len(whole) else whole[: max(len(ends) - 1, 0)].rstrip() + ELLIPSIS


def folded(text: str, width: int) -> str:
    """Break a text that is wider than so many columns at the space nearest to its middle.

    >>> print(folded("logarithm (million won of 2020 a worker)", 28))
    logarithm (million
    won of 2020 a worker)
    """
    spaces = [at for at, sign in enumerate(text) if sign == " "]
    if not spaces or wide(text) <= width:
        return text
    middle = min(spaces, key=lambda at: abs(at - len(text) / 2))
    return f"{text[:middle]}\n{text[middle + 1 :]}"


def wide(text: str) -> int:
    """Count the columns that a text takes."""
    return max(_columns(text), default=0)


def stems(names: Sequence[str]) -> dict[str, str]:
    """Give each name a file name of its own: letters (of any alphabet) and digits, joined by hyphens."""
    taken: dict[str, str] = {}
    for name in names:
        taken[name] = _free(_slug(name), set(taken.values()))
    return taken


def _slug(name: str) -> str:
    letters = unicodedata.normalize("NFKC", name).casefold()
    return re.sub(r"[^\w]+", "-", letters)[:LONGEST_FILE_NAME].strip("-") or "outcome"


def _free(stem: str, taken: set[str]) -> str:
    number = 2
    free = stem
    while free in taken:
        free, number = f"{stem}-{number}", number + 1
    return free


def _columns(text: str) -> Iterator[int]:
    used = 0
    for sign in text:
        used += 2 if unicodedata.east_asian_width(sign) in "WF" else 1
        yield used
