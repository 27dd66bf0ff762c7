"""Rows that are totals of others by what their label says: 계, 소계, 합계, 총계, 전국, Total."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

WORDS = (
    "계",
    "소계",
    "합계",
    "총계",
    "총합계",
    "누계",
    "전국",
    "전국계",
    "전체",
    "전체합계",
    "total",
    "subtotal",
    "sum",
    "grandtotal",
)
TOTAL = "total"
PATTERN = r"(?i)^[\s(\[<]*(?:" + "|".join(r"\s*".join(word) for word in WORDS) + r")[\s)\]>]*$"


def is_total(text: object) -> bool:
    """Tell whether a label says that its row is a total.

    >>> is_total("합 계"), is_total("Grand total"), is_total("계양구")
    (True, True, False)
    """
    return isinstance(text, str) and re.match(PATTERN, text) is not None


@dataclass(frozen=True, eq=False)
class Group:
    """Totals over the same columns: their rows, and the columns that tell which rows are their parts."""

    rows: pd.Index
    over: tuple[str, ...]
    keys: tuple[str, ...]


def said(frame: pd.DataFrame, labels: Sequence[str]) -> pd.DataFrame:
    """Tell of each label whether it says that its row is a total."""
    return pd.DataFrame({name: _matches(frame[name]) for name in labels}, index=frame.index)


def _matches(texts: pd.Series) -> npt.NDArray[np.bool_]:
    found = pc.match_substring_regex(pa.array(texts), PATTERN)
    return np.asarray(pc.fill_null(found, False).to_numpy(zero_copy_only=False), dtype=bool)


def groups(
    frame: pd.DataFrame, totals: pd.DataFrame, labels: Sequence[str], periods: Sequence[str], codes: Sequence[str]
) -> tuple[Group, ...]:
    """Find the totals whose parts are in the table; one without parts is a row like others.

    totals: what `said` tells. codes: columns that only repeat in another form what the labels say, so that a total has another
    code than its parts.
    """
    if not totals.to_numpy().any():
        return ()
    return tuple(_with_parts(frame, totals, [*labels, *periods], codes))


def _with_parts(frame: pd.DataFrame, said: pd.DataFrame, names: Sequence[str], codes: Sequence[str]) -> Iterator[Group]:
    """Go from totals over one column to those over several: each stands for the rows that are a total in none of them."""
    held = said.to_numpy()
    pattern = held @ (1 << np.arange(held.shape[1]))
    for one in sorted(set(pattern.tolist()) - {0}, key=int.bit_count):
        over = [name for at, name in enumerate(said.columns) if one >> at & 1]
        rows = frame[pattern == one]
        parts = frame[pattern == 0] if len(over) > 1 else frame[~held[:, said.columns.get_loc(over[0])]]
        keys = [name for name in names if name not in over and name not in codes and not _repeats(frame, name, over)]
        inside = rows.index[_have(rows, parts, keys)]
        if len(inside):
            yield Group(inside, tuple(over), tuple(keys))
        yield from _over_what_is_blank(rows.drop(inside), parts, over, keys)


def _over_what_is_blank(
    rows: pd.DataFrame, parts: pd.DataFrame, over: Sequence[str], keys: Sequence[str]
) -> Iterator[Group]:
    """Find totals whose other labels are blank, as at the foot of a list: they stand for all values of these."""
    blank = rows[list(keys)].isna()
    for pattern, held in rows.groupby([blank[key] for key in keys], sort=False) if len(rows) and keys else ():
        filled = [key for key, is_blank in zip(keys, pattern, strict=True) if not is_blank]
        inside = held.index[_have(held, parts, filled)] if len(filled) < len(keys) else held.index[:0]
        if len(inside):
            yield Group(inside, (*over, *(key for key in keys if key not in filled)), tuple(filled))


def _repeats(frame: pd.DataFrame, name: str, over: Sequence[str]) -> bool:
    """Tell whether a column says the same as one of the others in other words."""
    for other in over:
        pairs = frame[[name, other]].drop_duplicates()
        if len(pairs) == pairs[name].nunique(dropna=False) == pairs[other].nunique(dropna=False) > 1:
            return True
    return False


def _have(rows: pd.DataFrame, parts: pd.DataFrame, keys: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Tell which rows share their keys with a part."""
    if not keys:
        return np.full(len(rows), len(parts) > 0)
    asked, known = (_keyed(one, keys) for one in (rows, parts.drop_duplicates(list(keys))))
    return np.asarray(asked.isin(known))


def _keyed(frame: pd.DataFrame, keys: Sequence[str]) -> pd.Index:
    """Return the keys of rows; blank is a key like others."""
    columns = [frame[name].astype("str").fillna("\0") for name in keys]
    return pd.MultiIndex.from_arrays(columns) if len(columns) > 1 else pd.Index(columns[0])


def rows_of(found: Sequence[Group]) -> pd.Index:
    """Return the rows of all totals."""
    return pd.Index(np.unique(np.concatenate([one.rows for one in found]))) if found else pd.Index([], dtype=np.int64)
