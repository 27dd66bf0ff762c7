"""Rows below the header that are no rows of the table: blank ones, the header again, and notes."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from impact.intake._reading.grid import Grid, Texts, filled
from impact.intake._reading.header import NOTE, Head
from impact.regions.codes import IN_BRACKETS

BLANK, AGAIN, NOTED, HEADER, TITLE, LONG = (
    "blank",
    "heading again",
    "note",
    "header",
    "title",
    "more values than columns",
)
PROSE = 30  # characters; a longer text alone in a row below the table is a note
NOTED_ALONE = re.compile(r"^\s*([※☞]|\(?(주|자료|출처|Note|Source)\s*\d*\s*\)?\s*[:：)])")


def apart(grid: Grid, head: Head) -> npt.NDArray[np.object_]:
    """Say of each row why it is no row of the table; blank where it is one."""
    rows = len(grid.numbers)
    why = np.full(rows, "", dtype=object)
    why[list(head.titles)], why[list(head.rows)] = TITLE, HEADER
    if grid.typed:
        return why
    below = np.arange(rows) >= head.begin
    counts = filled(grid.columns, rows)
    why[below & (counts == 0)] = BLANK
    for row in _again(grid.columns, head, below & (why == "")):
        why[row] = AGAIN
    if len(grid.columns) > 1:
        why[_notes(grid, counts, below & (why == ""))] = NOTED
    return why


def _again(columns: tuple[Texts, ...], head: Head, open_: npt.NDArray[np.bool_]) -> list[int]:
    """Find rows that repeat a row of the header."""
    found = []
    for texts in head.texts:
        named = [at for at, text in enumerate(texts) if text]
        if len(named) < 2:
            continue
        first = pc.fill_null(pc.equal(columns[named[0]], texts[named[0]]), False).to_numpy()
        rows = np.flatnonzero(first & open_)
        same = sum(_equal(columns[at], rows, texts[at]) for at in named) if len(rows) else np.empty(0)
        found += rows[same >= max(2, 0.8 * len(named))].tolist()
    return found


def _equal(column: Texts, rows: npt.NDArray[np.int64], text: str | None) -> npt.NDArray[np.int64]:
    same = pc.fill_null(pc.equal(column.take(pa.array(rows)), text), False)
    return same.to_numpy().astype(np.int64)


def _notes(grid: Grid, counts: npt.NDArray[np.int64], open_: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Find notes: anywhere a row with nothing but a text that says it is one, and at the end what is no row of the table."""
    alone = np.flatnonzero(open_ & (counts == 1))
    texts = dict(zip(alone.tolist(), _only_text(grid.columns, alone), strict=True))
    said = {row for row, text in texts.items() if NOTED_ALONE.match(text)}
    return np.array(sorted(said | set(_at_the_end(grid, counts, texts))), dtype=np.int64)


def _only_text(columns: tuple[Texts, ...], rows: npt.NDArray[np.int64]) -> list[str]:
    """Return the only text of each of the rows."""
    if not len(rows):
        return []
    places = pa.array(rows)
    return pc.coalesce(*(column.take(places) for column in columns)).to_pylist()


def _at_the_end(grid: Grid, counts: npt.NDArray[np.int64], texts: dict[int, str]) -> list[int]:
    """Go up from the last row as long as rows are blank or notes."""
    found: list[int] = []
    after_blank: list[int] = []
    for row in range(len(counts) - 1, -1, -1):
        if counts[row] == 0:
            found, after_blank = found + after_blank, []
        elif counts[row] > 2 or _code(texts.get(row, "")):
            break
        elif _is_note(grid, row, texts.get(row) or _first(grid.columns, row)):
            found.append(row)
        elif counts[row] == 1:
            after_blank.append(row)
        else:
            break
    return found


def _code(text: str) -> bool:
    """Tell whether a text is a region with its code: a region without figures is a row."""
    return IN_BRACKETS.match(text) is not None


def _first(columns: tuple[Texts, ...], row: int) -> str:
    return next(str(column[row].as_py()) for column in columns if column[row].is_valid)


def _is_note(grid: Grid, row: int, text: str) -> bool:
    return (
        bool(NOTE.match(text))
        or len(text) > PROSE
        or grid.short.get(int(grid.numbers[row]), 9) <= 1 < len(grid.columns)
    )
