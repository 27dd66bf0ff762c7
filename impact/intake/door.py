"""One door for files of any kind: `read_table`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from impact.errors import InputError, counted, first_five
from impact.intake import money as moneys
from impact.intake._reading import cells, columnar, delimited, labels, lines, sheets
from impact.intake._reading import header as headers
from impact.intake._reading.cells import Column
from impact.intake._reading.grid import Grid, shown
from impact.intake._reading.header import DEEPEST, Head
from impact.intake._reading.marks import marks_with
from impact.intake._reading.parting import Parted, parted
from impact.intake._reading.shapes import MONEY
from impact.intake.taken import COLUMNS, Taken
from impact.read import Source

Regions = Literal["units", "all"]
TEXT, EXCEL = (".csv", ".txt", ".tsv"), (".xlsx", ".xlsm")
WIDE = 50  # columns; a wide frame in pieces is slow, a long one that is copied takes memory
LONGEST_NAME = 1_000  # letters; joined headers of three rows have a hundred or two
KINDS = (*TEXT, *EXCEL, ".parquet", ".dta")


def read_table(
    path: str | Path,
    *,
    sheet: str | None = None,
    header: int | None = None,
    encoding: str | None = None,
    separator: str | None = None,
    marks: Mapping[str, str] | None = None,
    text: Iterable[str] = (),
    fill: bool = True,
    regions: Regions = "units",
    units: Mapping[str, str] | None = None,
    money: str | None = None,
) -> Taken:
    """Read a file as an agency hands it out: csv, txt, tsv, xlsx, xlsm, parquet or dta.

    What comes back is one table of base rows: no totals, no province over its municipalities, no district beside its city, so
    that a column may be summed. All that was set aside, converted or doubtful is named (see `Taken`).

    sheet: the name of the sheet of Excel; without it the one with the most filled cells.
    header: how many rows name the columns (0 to 3); without it they are found.
    encoding, separator: of files of text; without them they are found (UTF-8, CP949, UTF-16; comma, semicolon, tab, bar).
    marks: what marks stand for beside the usual ones, such as {"-": "missing"}; zero, missing, suppressed or unreadable.
    text: columns that stay text. Codes stay text by their zeros or their name.
    fill: whether blank labels may mean "as above", where the layout says so.
    regions: "units" leaves base municipalities; "all" sets aside only what says that it is a total.
    units: the unit of money of columns, such as {"sales": "천원"}; nothing is changed by it unless `money` names the one to
    convert to.

    Raises InputError with one sentence where the file is not there, is broken, is too large, or is not what its name says.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "a.csv"
    >>> lines = ["지역,기업체수", "합계,30", "서울,10", "부산,-", "제주,20"]
    >>> _ = file.write_bytes("\\n".join(lines).encode("cp949"))
    >>> taken = read_table(file)
    >>> taken.frame["기업체수"].tolist(), taken.aside["why"].tolist(), taken.cells["state"].tolist()
    ([10, 0, 20], ['header', 'total'], ['zero'])
    """
    path = Path(path)
    _refuse_wrong(path, header, regions)
    grid = _grid(path, sheet, encoding, separator)
    head = headers.found(grid, header, path.name)
    _refuse_long_names(head.names, path.name)
    why = lines.apart(grid, head)
    body = np.flatnonzero(why == "")
    columns = _columns(grid, head, body, marks_with(marks), tuple(text), path.name)
    marked = cells.listed(columns, grid.numbers[body])
    table = _labelled(columns, grid, body, fill)
    declared = _units(columns, units)
    converted, in_money = moneys.in_one_unit(table.frame, declared, money)
    base = parted(converted, table.labels, columns, marked, regions)
    kept = _kept(marked, base)
    read = [
        *_of_columns(columns),
        *cells.states(kept, columns),
        *(note for one in columns.values() for note in one.notes),
    ]
    notes = (*grid.notes, *_long(grid), *head.notes, *read, *table.notes, *in_money, *base.notes)
    return _taken(path, grid, why, base, kept, notes, _described(base.frame, columns, table.labels, declared, money))


def _refuse_wrong(path: Path, header: int | None, regions: str) -> None:
    if path.suffix.lower() not in KINDS:
        raise InputError(f"A table must be a {', '.join(KINDS)} file; seen: {path.name}. Save it as one of these.")
    if not path.is_file():
        raise InputError(f"A table must be at {path}; there is no such file. Check the path.")
    if header is not None and header not in range(DEEPEST + 1):
        raise InputError(
            f"header must be a number of rows from 0 to {DEEPEST}; seen: {header}. Leave it out to let it be found."
        )
    if regions not in get_args(Regions):
        raise InputError(f"regions must be {' or '.join(get_args(Regions))}; seen: {regions}. Write one of these.")


def _refuse_long_names(names: Iterable[str], file: str) -> None:
    """Refuse what is no name: a table in memory makes room for the longest in every place."""
    longest = max(map(len, names), default=0)
    if longest > LONGEST_NAME:
        raise InputError(
            f"Names of columns must have at most {LONGEST_NAME:,} letters; the longest of {file} has {longest:,}. Look at its "
            "first rows: a quotation mark that is not closed takes in what follows."
        )


def _grid(path: Path, sheet: str | None, encoding: str | None, separator: str | None) -> Grid:
    suffix = path.suffix.lower()
    if suffix in EXCEL:
        return sheets.read(path, sheet)
    if suffix in TEXT:
        return delimited.read(path, encoding, separator)
    return columnar.parquet(path) if suffix == ".parquet" else columnar.stata(path)


def _columns(
    grid: Grid, head: Head, body: npt.NDArray[np.int64], marks: Mapping[str, str], text: tuple[str, ...], name: str
) -> dict[str, Column]:
    """Read every column; one that has neither a name nor a value is none."""
    absent = [one for one in text if one not in head.names]
    if absent:
        raise InputError(
            f"Columns named in text must be in {name}; absent: {shown(absent)}. It has {shown(head.names)}."
        )
    found: dict[str, Column] = {}
    numbers = False
    for at, one in enumerate(head.names):
        if at in grid.typed:
            found[one] = cells.typed(grid.typed[at], one)
        else:
            texts = _rows(grid.columns[at], body)
            if one == f"column_{at + 1}" and texts.null_count == len(texts):
                continue
            found[one] = cells.converted(texts, one, marks, one in text, numbers)
        numbers = numbers or found[one].kind == "number"
    return found


def _rows(column: pa.ChunkedArray, body: npt.NDArray[np.int64]) -> pa.ChunkedArray:
    """Take the rows of the table; where nothing but its head is left out, nothing is copied."""
    first = int(body[0]) if len(body) else 0
    if len(body) and int(body[-1]) - first + 1 == len(body):
        return column.slice(first, len(body))
    return column.take(pa.array(body))


def _labelled(columns: Mapping[str, Column], grid: Grid, body: npt.NDArray[np.int64], fill: bool) -> labels.Labelled:
    """Make the frame, whose index is the number of each row in the file, and make its labels whole."""
    numbers = grid.numbers[body]
    index = pd.Index(numbers, name="row")
    held = {name: one.values.set_axis(index) for name, one in columns.items()}
    frame = pd.DataFrame(held, index=index, copy=len(held) > WIDE)
    whole = labels.filled(frame, labels.of(frame, columns), grid.spans, numbers, fill)
    split = labels.split(whole.frame, whole.labels)
    return labels.Labelled(split.frame, split.labels, (*whole.notes, *split.notes))


def _units(columns: Mapping[str, Column], units: Mapping[str, str] | None) -> dict[str, str]:
    """Return the units of money that are declared, and those that stand in the cells."""
    written = {name: one.unit for name, one in columns.items() if one.unit in MONEY}
    other = [name for name, unit in (units or {}).items() if written.get(name, unit) != unit]
    if other:
        raise InputError(
            f"A declared unit must be the one in the cells; '{other[0]}' is declared in {(units or {})[other[0]]} and written in "
            f"{written[other[0]]}. Leave its declaration out, or correct the file."
        )
    return {**written, **(units or {})}


def _long(grid: Grid) -> Iterator[str]:
    if grid.long:
        yield (
            f"{counted(len(grid.long), 'row')} with more values than columns set aside: row {first_five(sorted(grid.long))}. "
            "A value with the separator in it lacks quotation marks: mend these rows, or they are missing from every sum."
        )


def _of_columns(columns: Mapping[str, Column]) -> Iterator[str]:
    """Say how columns were read."""
    ways: dict[str, list[str]] = {}
    for name, one in columns.items():
        if one.did:
            ways.setdefault(one.did, []).append(name)
    for did, names in ways.items():
        yield f"{counted(len(names), 'column')} read as numbers after taking off or reading: {did} ({shown(names)})."


def _kept(marked: pd.DataFrame, base: Parted) -> pd.DataFrame:
    """Return the cells of rows that are in the table."""
    return marked[marked["row"].isin(base.frame.index)].reset_index(drop=True) if len(base.aside) else marked


def _described(
    frame: pd.DataFrame,
    columns: Mapping[str, Column],
    named: Iterable[str],
    units: Mapping[str, str],
    money: str | None,
) -> pd.DataFrame:
    """Say of each column what it is, and its unit."""
    names = [str(name) for name in frame]
    kinds = {name: columns[name].kind if name in columns else "code" for name in names}
    kinds |= {name: "label" for name in named if kinds.get(name) == "text"}
    unit = {name: columns[name].unit if name in columns else "" for name in names} | {
        name: money or one for name, one in units.items()
    }
    rows = [(name, kinds[name], unit[name]) for name in names]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype("str")


def _taken(
    path: Path,
    grid: Grid,
    why: npt.NDArray[np.object_],
    base: Parted,
    marked: pd.DataFrame,
    notes: Iterable[str],
    columns: pd.DataFrame,
) -> Taken:
    aside = _aside(grid, why, base.aside)
    with path.open("rb") as opened:
        source = Source(path.name, hashlib.file_digest(opened, "sha256").hexdigest())
    rows = len(grid.numbers) + len(grid.long)
    return Taken(base.frame, aside, marked, tuple(notes), base.rest, columns, rows, source)


def _aside(grid: Grid, why: npt.NDArray[np.object_], totals: pd.Series) -> pd.DataFrame:
    """List every row that is not in the table, with what stood there."""
    reasons = why.copy()
    reasons[np.searchsorted(grid.numbers, totals.index)] = totals.to_numpy(dtype=object)
    at = np.flatnonzero(reasons != "")
    rows = pd.DataFrame({"row": grid.numbers[at], "why": reasons[at], "seen": _seen(grid, at)})
    long = pd.DataFrame({"row": list(grid.long), "why": lines.LONG, "seen": list(grid.long.values())})
    both = pd.concat([rows, long]) if len(long) else rows
    return both.astype({"row": np.int64, "why": "str", "seen": "str"}).sort_values("row", ignore_index=True)


def _seen(grid: Grid, at: npt.NDArray[np.int64]) -> npt.NDArray[np.object_]:
    """Return the filled cells of rows as they stood; the library leaves out rows without any, so they are put back."""
    seen = np.full(len(at), "", dtype=object)
    held = [_texts_at(grid, column, at) for column in range(len(grid.columns))]
    full = np.any([texts.is_valid() for texts in held], axis=0) if len(at) else np.zeros(0, dtype=bool)
    if full.any():
        texts = [one.filter(pa.array(full)) for one in held]
        between = pa.scalar(" | ", pa.large_string())
        seen[full] = pc.binary_join_element_wise(*texts, between, null_handling="skip").to_pylist()
    return seen


def _texts_at(grid: Grid, column: int, at: npt.NDArray[np.int64]) -> pa.Array:
    if column in grid.typed:
        return pa.array(
            [None if pd.isna(value) else str(value) for value in grid.typed[column].iloc[at]], pa.large_string()
        )
    return pa.array(grid.columns[column].take(pa.array(at)).to_pylist(), pa.large_string())
