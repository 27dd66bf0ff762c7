"""What comes back from reading a table: the table, and all that is not in it."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from impact.read import Source

ASIDE = ("row", "why", "seen")
CELLS = ("row", "column", "seen", "state")
COLUMNS = ("column", "kind", "unit")


@dataclass(frozen=True, eq=False)
class Taken:
    """A table as it was read; rows in the file are those of `frame` and those of `aside`, always.

    `frame`: one header row, typed columns, codes as text. Its index, `row`, is the number of each row in the file (the first row
    of a csv or a sheet is 1), by which rows, cells and rows set aside are matched.
    `aside`: `row`, `why` and `seen`, what stood there: header, title, note, blank, heading again, more values than columns,
    total, province over its parts, part of a row that is kept, not a unit.
    `cells`: `row`, `column`, `seen` and `state` (zero, missing, suppressed, unreadable) of cells of `frame` that are no plain
    value. `notes`: sentences that say what was done and what to check.
    `totals`: the rows that were set aside as totals, provinces, parts or branch offices, in the columns and types of `frame`.
    `columns`: `column`, `kind` (number, period, text, label, code) and `unit` (as declared or converted; blank where unknown).
    `rows`: how many rows the file has, headers and titles included. `source`: the file's name and sha256.
    """

    frame: pd.DataFrame
    aside: pd.DataFrame
    cells: pd.DataFrame
    notes: tuple[str, ...]
    totals: pd.DataFrame
    columns: pd.DataFrame
    rows: int
    source: Source

    def __post_init__(self) -> None:
        assert self.rows == len(self.frame) + len(self.aside), "a row is neither in the table nor set aside"

    def __str__(self) -> str:
        return "\n".join(self.notes)
