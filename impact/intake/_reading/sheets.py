"""Sheets of Excel: values, never formulas; which sheet is read, and which of its cells are merged."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import openpyxl
import pyarrow as pa

from impact.errors import InputError, counted
from impact.intake._reading.grid import MOST_COLUMNS, Grid, Span, calling, shown, texts
from impact.intake._reading.zipped import checked

MOST_CELLS = 12_000_000  # of a sheet: each is an object until all are read
MOST_SPANS = 100_000
FILLED = re.compile(rb"<(?:\w+:)?(?:v|is)>")
MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
UNCOUNTED = re.compile(
    rb"<(?:\w+:)?f(?:\s[^>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
MIDNIGHT = time()


@dataclass(frozen=True)
class _Sheet:
    """What the XML of a sheet tells at a glance: how many cells are filled, which are merged, how many formulas lack a value."""

    name: str
    filled: int
    spans: tuple[Span, ...]
    uncounted: int


def read(path: Path, sheet: str | None) -> Grid:
    """Read a sheet: the one that is named, else the one with the most filled cells."""
    with path.open("rb") as file, checked(file, path.name) as archive, closing(_opened(file, path.name)) as book:
        seen = [_glance(archive, book[name], path.name) for name in _with_cells(book)]
        chosen = _chosen(seen, sheet, path.name)
        with closing(_values(book[chosen.name], path.name)) as rows:
            columns, many = _columns(rows, path.name)
    notes = _notes(chosen, seen, path.name)
    return Grid(tuple(columns), np.arange(1, many + 1), tuple(notes), spans=chosen.spans)


def _opened(file: BinaryIO, name: str) -> Any:
    with calling(name, "Excel"):
        return openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)


def _with_cells(book: Any) -> list[str]:
    """Name the sheets of a workbook that have cells; a sheet may be a chart."""
    return [str(sheet.title) for sheet in book.worksheets]


def _glance(archive: zipfile.ZipFile, sheet: Any, name: str) -> _Sheet:
    with calling(name, "Excel"):
        text = archive.read(sheet._worksheet_path)
    found = [match.groups() for match, _ in zip(MERGED.finditer(text), range(MOST_SPANS), strict=False)]
    spans = tuple(_span(*(part.decode("ascii") for part in corners)) for corners in found)
    return _Sheet(sheet.title, len(FILLED.findall(text)), spans, len(UNCOUNTED.findall(text)))


def _span(left: str, top: str, right: str, bottom: str) -> Span:
    return Span(int(top) - 1, int(bottom) - 1, _letters(left), _letters(right))


def _letters(column: str) -> int:
    """Return the place of a column from its letters: A is 0, Z 25, AA 26."""
    place = 0
    for letter in column:
        place = 26 * place + ord(letter) - ord("A") + 1
    return place - 1


def _chosen(seen: list[_Sheet], sheet: str | None, name: str) -> _Sheet:
    if not seen:
        raise InputError(f"{name} must have a sheet with cells; it has none. Check that it is the right file.")
    if sheet is None:
        return max(seen, key=lambda one: one.filled)
    named = [one for one in seen if one.name == sheet]
    if not named:
        raise InputError(
            f"{name} must have the sheet that is asked for; seen: {shown(one.name for one in seen)}, not {sheet}. Name one "
            "of these, or leave sheet out for the largest."
        )
    return named[0]


def _notes(chosen: _Sheet, seen: list[_Sheet], name: str) -> Iterator[str]:
    others = [f"'{one.name}' ({counted(one.filled, 'cell')})" for one in seen if one is not chosen]
    yield f"{name}: read the sheet '{chosen.name}' ({counted(chosen.filled, 'filled cell')})."
    if others:
        yield f"Other sheets were not read: {shown(others)}. Name one with sheet=."
    if chosen.uncounted:
        yield (
            f"{counted(chosen.uncounted, 'formula')} without a stored value, read as blank: formulas are never computed here. "
            "Open the file in Excel and save it, so that values are stored."
        )


def _values(sheet: Any, name: str) -> Generator[tuple[Any, ...], None, None]:
    """Give the rows of a sheet as they are, without the size that the file claims."""
    sheet.reset_dimensions()
    with closing(sheet.iter_rows(values_only=True)) as rows:
        while True:
            with calling(name, "Excel"):
                row = next(rows, None)
            if row is None:
                return
            yield row


def _columns(rows: Iterable[tuple[Any, ...]], name: str) -> tuple[list[pa.ChunkedArray], int]:
    """Gather text by column; rows end where their last value is."""
    kept: list[list[str | None]] = []
    cells = 0
    for row in rows:
        kept.append(_row(row))
        cells += max(1, len(kept[-1]))
        if cells > MOST_CELLS:
            raise InputError(
                f"A sheet of {name} must have at most {MOST_CELLS:,} cells; it has more. Save the sheet as csv and read that."
            )
    while kept and not kept[-1]:
        kept.pop()
    width = max(map(len, kept), default=0)
    _refuse(width, len(kept), name)
    filled = [row + [None] * (width - len(row)) for row in kept]
    return [texts(pa.array([row[at] for row in filled], pa.large_string())) for at in range(width)], len(filled)


def _refuse(width: int, rows: int, name: str) -> None:
    if not width:
        raise InputError(f"The sheet of {name} must have cells; it is empty. Name another with sheet=.")
    if width > MOST_COLUMNS or width * rows > 4 * MOST_CELLS:
        raise InputError(
            f"A sheet of {name} must be a table; its cells are spread over {rows:,} rows × {width:,} columns. Delete cells far "
            "from the table, or save the table alone."
        )


def _row(values: tuple[Any, ...]) -> list[str | None]:
    row = [_text(value) for value in values]
    while row and row[-1] is None:
        row.pop()
    return row


def _text(value: Any) -> str | None:
    """Return a value as text: whole numbers without a point, days without an hour."""
    if value is None or value == "":
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == MIDNIGHT else value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)
