"""The mark of simulated firms: whatever comes from them says so in itself, so that the mark survives cropping.

A table of simulated firms has a column `simulated` with the mark in every row. Tables of results, figures and pages that come
of it carry the mark on; nothing takes it away.
"""

from __future__ import annotations

import pandas as pd
from pandas.api.types import is_datetime64_any_dtype, is_numeric_dtype

COLUMN = "simulated"
ENGLISH, KOREAN = "SIMULATED", "모의자료"
SIMULATED = f"{ENGLISH} / {KOREAN}"


def is_simulated(frame: pd.DataFrame) -> bool:
    """Tell whether any row of a table is of a simulated firm; then all of it is, as mixing makes everything simulated.

    One of the two words is enough, and the column's name may go on: merging two marked tables makes `simulated_x` and
    `simulated_y` of it, and some programs write question marks for Korean letters.

    >>> is_simulated(pd.DataFrame({"firm": [1, 2], "simulated": [None, "SIMULATED / 모의자료"]}))
    True
    """
    places = (place for place, name in enumerate(frame.columns) if str(name).strip().lower().startswith(COLUMN))
    return any(_holds_a_mark(frame.iloc[:, place]) for place in places)


def marked(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with the mark in every row, in its last column; a table without rows has its header.

    >>> marked(pd.DataFrame({"estimate": [0.1]}))
       estimate         simulated
    0       0.1  SIMULATED / 모의자료
    """
    return table.drop(columns=COLUMN, errors="ignore").assign(**{COLUMN: SIMULATED})


def carried(source: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Return a table that was made of another one: marked where its source is, else as it is."""
    return marked(table) if is_simulated(source) else table


def _holds_a_mark(column: pd.Series) -> bool:
    if is_numeric_dtype(column) or is_datetime64_any_dtype(column):
        return False
    texts = map(str, column.dropna().unique())
    return any(ENGLISH.lower() in text.lower() or KOREAN in text for text in texts)
