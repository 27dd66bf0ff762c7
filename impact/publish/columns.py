"""How wide the columns of a table are to be: by the longest words in them, as a browser would have it."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import zip_longest

LONG = 36  # letters after which the words of a cell go on in the next line
BESIDE = 2  # letters that the space between two columns takes

Rows = Sequence[Sequence[str]]


def wanted(heads: Rows, rows: Rows) -> list[int]:
    """Return the letters that each column needs: no word of a head is broken, nor a short cell of the body.

    >>> wanted([["Region", "Possible ranks"]], [["Jeonnam Gangjin-gun", "1–163"]])
    [19, 8]
    """
    words = ([max(map(letters, cell.split()), default=0) for cell in row] for row in heads)
    lines = ([min(LONG, letters(cell)) for cell in row] for row in rows)
    return [max(column) for column in zip_longest(*words, *lines, fillvalue=0)]


def proportions(heads: Rows, rows: Rows) -> list[float]:
    """Return the share of each column; together they make one.

    >>> proportions([["a", "b"]], [["1", "2"]])
    [0.5, 0.5]
    """
    wide = [column + BESIDE for column in wanted(heads, rows)]
    return [column / sum(wide) for column in wide]


def letters(words: str) -> int:
    """Count letters; a Korean one is as wide as two.

    >>> letters("ab"), letters("서울")
    (2, 4)
    """
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in words)
