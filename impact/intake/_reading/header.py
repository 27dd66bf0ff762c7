"""Where a table begins, how many rows name its columns, and what the columns are called.

Names of a column that stand in several rows are joined with "_", as the ministry's own wide tables do: 2016 over 계 is 2016_계. A
cell that is blank beside a filled one belongs to it, where the row below names the columns apart.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from impact.errors import InputError, counted, first_five
from impact.intake._reading.grid import Grid, Span, shown
from impact.intake._reading.marks import MARKS

LOOKED_AT, DEEPEST = 60, 3
NUMBER = re.compile(r"^[△▲+−-]?\(?[₩$]?\s*[\d,]*\.?\d+([eE][+-]?\d+)?\)?\s*(%|원|천원|명|개|건)?$")
PERIOD = re.compile(r"^(19|20)\d{2}(년|년도)?([./-]?(0[1-9]|1[0-2]|[1-4]/4))?(\s?p\)?)?$")
NOTE = re.compile(
    r"^\s*([※○●□■◎☞▪▶*＊]|\(?(주|자료|출처|비고|단위|기준|작성|Note|Source|Unit)\s*\d*\s*\)?\s*[:：)]|\(?단위|\d\)\s)"
)
UNIT_ROW = re.compile(r"^\(.*\)$|^(명|개|원|천원|백만원|억원|%|개소|건)$")
UNIT_SAID = re.compile(r"단위\s*[:：]?\s*([^)\]]+)")

Row = list[str | None]


@dataclass(frozen=True)
class Head:
    """Which rows stand above the table, which name its columns, and the names; rows are counted from 0."""

    titles: tuple[int, ...]
    rows: tuple[int, ...]
    names: tuple[str, ...]
    texts: tuple[Row, ...]
    notes: tuple[str, ...]

    @property
    def begin(self) -> int:
        """Return the first row below the header."""
        return len(self.titles) + len(self.rows)


def found(grid: Grid, depth: int | None, name: str) -> Head:
    """Find the header of a file, or take as many rows for it as are asked for."""
    if grid.names is not None:
        names, notes = _unique(list(grid.names))
        return Head((), (), names, (), tuple(notes))
    rows = grid.head(LOOKED_AT)
    numeric = _numeric(rows)
    begin = 0 if depth == 0 else _titles(rows, grid.spans)
    deep = depth if depth is not None else _depth(rows, begin, numeric, grid, name)
    if begin + deep >= len(grid.numbers) + (deep == 0):
        raise InputError(f"{name} must have rows below its header; seen: {_rows_said(grid)}. Check that it is whole.")
    texts = _spread(rows[begin : begin + deep], begin, grid.spans)
    names, notes = _unique(_joined(texts, len(grid.columns)))
    said = [*_said(rows, begin, deep, names), *notes]
    _refuse_short(grid, begin, deep, name)
    return Head(tuple(range(begin)), tuple(range(begin, begin + deep)), names, tuple(texts), tuple(said))


def _rows_said(grid: Grid) -> str:
    return counted(len(grid.numbers), "row")


def _numeric(rows: list[Row]) -> dict[int, bool]:
    """Tell which columns hold numbers below the first rows, and whether these are periods."""
    body = rows[min(DEEPEST, max(len(rows) - 1, 0)) :]
    found = {}
    for at in range(len(rows[0]) if rows else 0):
        kinds = [_kind(row[at]) for row in body if row[at] is not None]
        numbers = sum(kind != "text" for kind in kinds)
        if kinds and 2 * numbers >= len(kinds):
            found[at] = 2 * kinds.count("period") >= len(kinds)
    return found


def _kind(cell: str | None) -> str:
    if cell is None:
        return "blank"
    if PERIOD.match(cell):
        return "period"
    return "number" if NUMBER.match(cell) or cell.lower() in MARKS else "text"


def _titles(rows: list[Row], spans: tuple[Span, ...]) -> int:
    """Count the rows above the header: those that are blank, or hold one text that is no name over several columns."""
    if not rows or len(rows[0]) < 2:
        return 0
    for at, row in enumerate(rows):
        held = [(column, cell) for column, cell in enumerate(row) if cell is not None]
        if len(held) > 2 or (len(held) == 2 and not NOTE.match(held[0][1])):
            return at
        if len(held) == 1 and _is_over_columns(at, held[0][0], len(row), held[0][1], spans):
            return at
    return 0


def _is_over_columns(row: int, column: int, width: int, text: str, spans: tuple[Span, ...]) -> bool:
    """Tell whether the only text of a row is a name over some of the columns."""
    if spans:
        return any(
            one.top == row and one.left == column and 0 < one.right - one.left < width - 1 and not NOTE.match(text)
            for one in spans
        )
    return 0 < column < width - 1 and not NOTE.match(text)


def _depth(rows: list[Row], begin: int, numeric: dict[int, bool], grid: Grid, name: str) -> int:
    """Count the rows that name columns: at most three, none of which holds numbers where the table does."""
    if begin >= len(rows):
        return 1
    if numeric and not _can_name(rows[begin], numeric):
        raise InputError(
            f"{name} must have a row that names its columns; the first is {_shown(rows[begin])}. Add names, or read it with "
            "header=0 (no header) or header=2 (the names stand in two rows)."
        )
    deep = 1
    while deep < DEEPEST and begin + deep < len(rows) - 1 and _goes_on(rows, begin, deep, numeric, grid.spans):
        deep += 1
    return deep


def _shown(row: Row) -> str:
    return shown(cell for cell in row if cell is not None)


def _can_name(row: Row, numeric: dict[int, bool]) -> bool:
    """Tell whether a row may name columns: above numbers stand texts, periods, or numbers that count on."""
    above = [row[at] for at in numeric if row[at] is not None]
    if not above:
        return any(cell is not None for cell in row)
    return all(_names(row[at], periods) for at, periods in numeric.items()) or _counts_on(above)


def _names(cell: str | None, periods: bool) -> bool:
    kind = _kind(cell)
    return kind in ("blank", "text") or (kind == "period" and not periods)


def _counts_on(cells: list[str | None]) -> bool:
    """Tell whether numbers go up in equal steps, such as months; two could be so by accident."""
    if len(cells) < 3 or not all(cell and cell.isdecimal() for cell in cells):
        return False
    steps = np.diff([int(str(cell)[:15]) for cell in cells])
    return bool((steps > 0).all() and (steps == steps[0]).all())


def _goes_on(rows: list[Row], begin: int, deep: int, numeric: dict[int, bool], spans: tuple[Span, ...]) -> bool:
    """Tell whether the next row names columns too, and the rows so far do not name them apart (or it names units)."""
    row = rows[begin + deep]
    above = [row[at] for at in numeric if row[at] is not None]
    if spans and any(one.top < begin + deep <= one.bottom for one in spans if one.top >= begin):
        return True
    if not above or not all(_names(row[at], periods) for at, periods in numeric.items()):
        return False
    held = [cell for cell in row if cell is not None]
    if all(UNIT_ROW.match(cell) for cell in held):
        return True
    joined = _joined(_spread(rows[begin : begin + deep], begin, spans), len(row))
    return len(set(joined)) < len(joined) or "" in joined or (len(above) > 1 and len(set(above)) == len(above))


def _spread(rows: list[Row], begin: int, spans: tuple[Span, ...]) -> list[Row]:
    """Give merged cells of the header the text of their first, and blank ones that of the cell before them."""
    spread = [list(row) for row in rows]
    inside = [one for one in spans if begin <= one.top < begin + len(rows)]
    for one in inside:
        for row in range(one.top - begin, min(one.bottom - begin + 1, len(rows))):
            width = len(spread[row])
            spread[row][one.left : one.right + 1] = [rows[one.top - begin][one.left]] * (
                min(one.right + 1, width) - min(one.left, width)
            )
    if not inside:
        for upper in range(len(rows) - 1):
            _fill_right(spread[upper], rows[upper + 1])
    return spread


def _fill_right(row: Row, below: Row) -> None:
    for at in range(1, len(row)):
        if row[at] is None and below[at] is not None:
            row[at] = row[at - 1]


def _joined(rows: list[Row], width: int) -> list[str]:
    """Join the texts over each column; one that stands twice below itself counts once."""
    names = []
    for at in range(width):
        parts = [plain_name(row[at]) for row in rows if row[at]]
        names.append("_".join(part for place, part in enumerate(parts) if part and part not in parts[:place]))
    return names


def plain_name(text: str | None) -> str:
    """Write a name with single blanks and whole syllables (a Mac writes Hangul as separate letters)."""
    return " ".join(unicodedata.normalize("NFC", text or "").split())


def _unique(names: list[str]) -> tuple[tuple[str, ...], list[str]]:
    """Name columns that have no name, and number those that share one."""
    notes = []
    unnamed = [at + 1 for at, name in enumerate(names) if not name]
    given = [name or f"column_{at + 1}" for at, name in enumerate(names)]
    twice = [name for name, often in Counter(given).items() if often > 1]
    if unnamed:
        notes.append(
            f"{counted(len(unnamed), 'column')} without a name: {first_five(f'column_{at}' for at in unnamed)}."
        )
    if twice:
        notes.append(f"Names that stand over several columns were numbered: {shown(twice)}.")
    return tuple(_numbered(given)), notes


def _numbered(names: list[str]) -> Iterator[str]:
    taken = set(names)
    seen: Counter[str] = Counter()
    for name in names:
        seen[name] += 1
        new, number = name, seen[name]
        while number > 1 and (new := f"{name}_{number}") in taken:
            number += 1
        seen[name] = max(seen[name], number)
        taken.add(new)
        yield new


def _said(rows: list[Row], begin: int, deep: int, names: tuple[str, ...]) -> Iterator[str]:
    if begin:
        above = [cell for row in rows[:begin] for cell in row if cell]
        yield f"{counted(begin, 'row')} above the table set aside: {shown(above)}."
    if deep > 1:
        longest = max(names, key=lambda one: one.count("_"))
        yield f"{deep} rows name the columns; their names are joined with _, such as '{longest}'."
    for row in rows[:begin]:
        for unit in (UNIT_SAID.search(cell) for cell in row if cell):
            if unit:
                yield f"The file says: unit {shown([unit[1]])}. Declare it for its columns with units=, so that it is checked."


def _refuse_short(grid: Grid, begin: int, deep: int, name: str) -> None:
    """A header with fewer names than rows have values may belong to other columns than it stands over."""
    last = int(grid.numbers[begin + deep - 1]) if deep else 0
    have, width = grid.short.get(last, len(grid.columns)), len(grid.columns)
    if have < width and any(
        column.slice(begin + deep).null_count < len(grid.numbers) - begin - deep for column in grid.columns[have:]
    ):
        raise InputError(
            f"The header of {name} must name all {width:,} columns; it names {have:,}. Add the names that are missing, so that "
            "none stands over another's values."
        )
