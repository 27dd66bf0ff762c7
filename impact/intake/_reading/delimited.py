"""Files of text whose values are apart by a comma, a semicolon, a tab or a bar."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from impact.errors import InputError, counted
from impact.intake._reading.encodings import decoded
from impact.intake._reading.grid import MOST_BYTES, Grid, calling, texts, within_bounds

SEPARATORS = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}
SAMPLE_BYTES, SAMPLE_ROWS, LOOKED_AT = 1 << 18, 200, 1_000
LONGEST_ROW = 1 << 25  # bytes; a longer row is a file whose rows are not apart
MOST_ODD = 0.05  # share of rows with more values than the others; beyond it the separator or the quotes are wrong
FEW = 20  # so many odd rows are no sign of a wrong separator


def read(path: Path, encoding: str | None, separator: str | None) -> Grid:
    """Read a file of text; the encoding and the separator are found where they are not given, and said."""
    raw = _bytes(path)
    text, encoding = decoded(raw, path.name, encoding)
    del raw
    _refuse_large(len(text), path.name)
    if not re.search(rb"\S", text):
        raise InputError(f"{path.name} must have rows; it is empty. Check that it was written completely.")
    sample = _sample(text)
    separator, width = _separator(sample, separator, path.name)
    within_bounds(path.name, 1, width)
    table, odd = _parsed(text, separator, width, path.name)
    del text
    within_bounds(path.name, table.num_rows, width)
    _refuse_open_quotes(table, odd, separator, path.name)
    notes = (f"{path.name}: read as {encoding}, values apart by {SEPARATORS.get(separator, repr(separator))}.",)
    return _grid(table, odd, separator, width, path.name, notes)


def _bytes(path: Path) -> bytes:
    _refuse_large(path.stat().st_size, path.name)
    return path.read_bytes()


def _refuse_large(size: int, name: str) -> None:
    if size > MOST_BYTES:
        raise InputError(
            f"A file of text must have at most {MOST_BYTES:,} bytes as UTF-8; {name} has {size:,}. Split it, or save it as "
            "parquet with only the columns that are needed."
        )


def _sample(text: bytes | bytearray) -> list[str]:
    """Return the first lines, the last of which is whole."""
    start = text[:SAMPLE_BYTES].decode("utf-8", errors="ignore")
    lines = start.splitlines(keepends=True)
    return lines if len(text) <= SAMPLE_BYTES or len(lines) < 2 else lines[:-1]


def _separator(sample: list[str], asked: str | None, name: str) -> tuple[str, int]:
    """Return what stands between values, and how many values a row has."""
    found = {one: _widths(sample, one) for one in SEPARATORS}
    best = max(found, key=lambda one: (found[one][1] >= 2, found[one][0], found[one][1]))
    if asked is None:
        return best, max(1, found[best][1])
    width = _widths(sample, asked)[1]
    if width < 2 and found[best][1] > 1:
        raise InputError(
            f"Values of {name} must be apart by {asked!r}; its rows have one value so, and {found[best][1]:,} apart by "
            f"{SEPARATORS[best]}. Leave separator out, or write separator={best!r}."
        )
    return asked, max(1, width)


def _widths(sample: list[str], separator: str) -> tuple[float, int]:
    """Return the share of rows that have the commonest number of values, and that number."""
    counts = Counter(len(row) for row in _rows(sample, separator) if len(row) > 1)
    rows = sum(1 for line in sample[:SAMPLE_ROWS] if line.strip())
    if not counts:
        return 0.0, 1
    width, often = max(counts.items(), key=lambda item: (item[1], item[0]))
    return often / max(rows, 1), width


def _rows(lines: Iterable[str], separator: str) -> list[list[str]]:
    """Split the first rows; a cell that is too long for the library ends them."""
    rows: list[list[str]] = []
    reader = csv.reader(lines, delimiter=separator)
    try:
        for row in reader:
            rows.append(row)
            if len(rows) >= SAMPLE_ROWS:
                break
    except csv.Error:
        return rows
    return rows


def _parsed(text: bytes | bytearray, separator: str, width: int, name: str) -> tuple[pa.Table, dict[int, str]]:
    """Split all rows; those with another number of values come back apart, by number."""
    odd: dict[int, str] = {}

    def aside(row: Any) -> str:
        odd[row.number] = row.text
        return "skip"

    columns = [str(at) for at in range(width)]
    with calling(name, "csv"):
        table = pyarrow.csv.read_csv(
            pa.py_buffer(text),
            read_options=pyarrow.csv.ReadOptions(
                use_threads=False, column_names=columns, block_size=min(max(len(text), 1), LONGEST_ROW)
            ),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=separator, newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=aside
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(columns, pa.large_string()), strings_can_be_null=False, check_utf8=False
            ),
        )
    return table, odd


def _refuse_open_quotes(table: pa.Table, odd: dict[int, str], separator: str, name: str) -> None:
    """A cell that holds whole rows began with a quotation mark that was never closed."""
    least = max(1, table.num_columns - 2)
    for number, cell in _cells_of_lines(table, odd, separator):
        held = sum(line.count(separator) >= least for line in cell.split("\n")[1:])
        if held > 1:
            raise InputError(
                f"Every quotation mark in {name} must be closed; near row {number:,} a cell holds {held:,} rows. Close the mark "
                "in that row, or write the file anew."
            )


def _cells_of_lines(table: pa.Table, odd: dict[int, str], separator: str) -> Iterator[tuple[int, str]]:
    """Give the cells with more than two lines, up to a bound, and the rows near which they stand."""
    for number, text in odd.items():
        if text.count("\n") > 1:
            yield from ((number, cell) for row in _rows([text], separator) for cell in row)
    for column in table.columns:
        at = np.flatnonzero(pc.greater(pc.count_substring(column, "\n"), 1).to_numpy())[:LOOKED_AT]
        yield from zip((at + 1).tolist(), column.take(pa.array(at)).to_pylist(), strict=True)


def _grid(table: pa.Table, odd: dict[int, str], separator: str, width: int, name: str, notes: tuple[str, ...]) -> Grid:
    """Put rows with fewer values back among the others; those with more stay apart."""
    split = {number: next(iter(_rows([text], separator)), []) for number, text in odd.items()}
    fit = {number: _fitted(row, width) for number, row in split.items()}
    long = {number: odd[number] for number, row in fit.items() if row is None}
    rows = table.num_rows + len(odd)
    if len(long) > max(FEW, MOST_ODD * rows):
        raise InputError(
            f"Rows of {name} must have {counted(width, 'value')}, as most do; {len(long):,} have more, the first is row "
            f"{min(long):,}. Put values that hold the separator in quotation marks, or name the right separator."
        )
    back = {number: row for number, row in fit.items() if row is not None}
    numbers = np.delete(np.arange(1, rows + 1), np.fromiter(odd, dtype=np.int64, count=len(odd)) - 1)
    merged, order = _put_back(table, numbers, back)
    short = {number: len(split[number]) for number in back}
    return Grid(tuple(map(texts, merged.columns)), order, notes, long, short)


def _fitted(row: list[str], width: int) -> list[str] | None:
    """Fill a short row up, cut blanks off a long one; nothing where it has values too many."""
    if any(cell.strip() for cell in row[width:]):
        return None
    return (row + [""] * width)[:width]


def _put_back(table: pa.Table, numbers: Any, back: dict[int, list[str]]) -> tuple[pa.Table, Any]:
    """Insert rows by their numbers; nothing is copied."""
    if not back:
        return table, numbers
    inserted = sorted(back)
    places = np.searchsorted(numbers, inserted)
    added = pa.table(
        {
            name: pa.array([back[n][at] for n in inserted], pa.large_string())
            for at, name in enumerate(table.column_names)
        }
    )
    pieces, begin = [], 0
    for line, place in enumerate(places):
        pieces += [table.slice(begin, place - begin), added.slice(line, 1)]
        begin = int(place)
    return pa.concat_tables([*pieces, table.slice(begin)]), np.insert(numbers, places, inserted)
