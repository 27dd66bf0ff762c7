"""What a file holds before anything is decided: text cells in columns, blank where nothing stands."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from impact.errors import InputError, first_five

MOST_BYTES = 450_000_000  # of a file of text, as UTF-8; all bounds keep the work on one file below 2 GB of memory
MOST_CELLS = 42_000_000
SHOWN, LONGEST_REASON = 60, 200  # characters of a cell, and of what a library says, in a sentence
MOST_COLUMNS = 16_384  # as many as a sheet of Excel has

AROUND = r"^[\s\p{Z}\x{FEFF}]|[\s\p{Z}\x{FEFF}]$"

Texts: TypeAlias = Any  # pa.ChunkedArray of large_string; the library ships no types


@dataclass(frozen=True)
class Span:
    """Cells of a sheet that were merged into one: first and last row, first and last column, counted from 0."""

    top: int
    bottom: int
    left: int
    right: int


@dataclass(frozen=True, eq=False)
class Grid:
    """The cells of a file: `columns` of text, and the number in the file of each row.

    `long`: rows with more values than there are columns, by number, as they stand; they are in no column.
    `short`: how many values rows with fewer have, by number. `spans`: merged cells. `names` and `typed` are known of files that
    have types of their own: there no header is looked for, and a typed column is taken as it is.
    """

    columns: tuple[Texts, ...]
    numbers: npt.NDArray[np.int64]
    notes: tuple[str, ...] = ()
    long: dict[int, str] = field(default_factory=dict)
    short: dict[int, int] = field(default_factory=dict)
    spans: tuple[Span, ...] = ()
    names: tuple[str, ...] | None = None
    typed: dict[int, pd.Series] = field(default_factory=dict)

    def head(self, rows: int) -> list[list[str | None]]:
        """Return the first rows as lists."""
        columns = [column.slice(0, rows).to_pylist() for column in self.columns]
        return [list(row) for row in zip(*columns, strict=True)]


def texts(column: pa.Array | Texts) -> Texts:
    """Return text without blanks around it; a cell without anything is null. What needs no change is not copied."""
    found = column.cast(pa.large_string())
    if pc.any(pc.match_substring_regex(found, AROUND)).as_py():
        found = pc.utf8_trim_whitespace(found)
    blank = pc.equal(found, "")
    if pc.any(blank).as_py():
        found = pc.if_else(blank, pa.scalar(None, found.type), found)
    return found if isinstance(found, pa.ChunkedArray) else pa.chunked_array([found])


def filled(columns: tuple[Texts, ...], rows: int) -> npt.NDArray[np.int64]:
    """Count the cells of each row that are not blank."""
    counts = np.zeros(rows, dtype=np.int64)
    for column in columns:
        counts += column.is_valid().to_numpy()
    return counts


def within_bounds(name: str, rows: int, columns: int) -> None:
    """Raise InputError where a table is larger than memory allows."""
    if columns > MOST_COLUMNS:
        raise InputError(
            f"{name} must have at most {MOST_COLUMNS:,} columns; seen: {columns:,}. Check what stands between values, or put "
            "what the columns hold into rows."
        )
    if rows * columns > MOST_CELLS:
        raise InputError(
            f"{name} must have at most {MOST_CELLS:,} cells; seen: {rows:,} rows × {columns:,} columns. Read it in parts, "
            "or leave out columns that are not needed."
        )


@contextmanager
def calling(name: str, kind: str) -> Iterator[None]:
    """Turn what a library says of a broken file into a sentence; nothing but the library's call stands inside."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except InputError:
        raise
    except MemoryError:
        raise InputError(
            f"{name} must fit into memory; it asks for more than there is. Check that it is what it says, or read it in parts."
        ) from None
    except Exception as error:  # each library has its own errors for a broken file
        raise InputError(
            f"{name} must be a readable {kind} file; it is not: {_reason(error)}. Open it in the program that wrote it and save "
            "it again, or ask for it anew."
        ) from None


def shown(cells: Iterable[object]) -> str:
    """Name the first five of what stands in cells, each in one line and cut where it is long."""
    return first_five(map(_short, cells))


def _short(cell: object) -> str:
    line = " ".join(str(cell).split())
    return line if len(line) <= SHOWN else f"{line[:SHOWN]}…"


def _reason(error: Exception) -> str:
    """Return the first line of what a library said, without its full stop; a long one is cut."""
    lines = str(error).strip().splitlines()
    said = " ".join(lines[0].split()).rstrip(".") if lines else type(error).__name__
    return said if len(said) <= LONGEST_REASON else f"{said[:LONGEST_REASON]}…"
