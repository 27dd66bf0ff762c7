"""From wide to long: years that stand in names of columns become rows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

import pandas as pd

from impact.errors import InputError
from impact.intake._reading.grid import shown

YEAR = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d{2})(?:\s?년\s?(?P<month>1[0-2]|0?[1-9])월|(?P<digits>0[1-9]|1[0-2]))?(?!\d)\s?(?:년도|년)?"
)
BESIDE = " _-./()"
Items = Literal["columns", "rows"]


def to_long(
    frame: pd.DataFrame, id: str | Iterable[str], *, items: Items = "columns", blank: Literal["drop", "keep"] = "drop"
) -> pd.DataFrame:
    """Turn columns with a year in their name, such as 2022년_거주자_총인구수, into rows with the column `year`.

    id: the columns that say what a row is of; columns without a year that are not named here must not exist.
    items: "columns" gives one column for each item (거주자_총인구수), "rows" gives the columns `item` and `value`.
    blank: "drop" leaves out rows in which no item has a value: a municipality that did not exist in that year has no row.

    Where names hold months too (202403, 2024년 3월), a column `month` is added.

    >>> wide = pd.DataFrame({"code": ["11110"], "2023년_계": [10], "2024년_계": [12]})
    >>> to_long(wide, "code").to_dict("list")
    {'code': ['11110', '11110'], 'year': [2023, 2024], '계': [10, 12]}
    """
    ids = [id] if isinstance(id, str) else list(id)
    named = _named(frame, ids)
    keys = ["year", "month"] if any(month for _, month, _ in named.values()) else ["year"]
    parts = [
        _part(frame, ids, when, named, keys) for when in sorted({(year, month) for year, month, _ in named.values()})
    ]
    whole = pd.concat(parts)
    order = list(dict.fromkeys(item for _, _, item in named.values()))
    if blank == "drop":
        whole = whole[whole[order].notna().any(axis=1)]
    place = {label: at for at, label in enumerate(frame.index)}
    whole = whole.iloc[sorted(range(len(whole)), key=lambda at: place[whole.index[at]])].reset_index(drop=True)
    wide = _whole(whole[[*ids, *keys, *order]], order)
    return (
        wide if items == "columns" else wide.melt([*ids, *keys], var_name="item", value_name="value", ignore_index=True)
    )


def _named(frame: pd.DataFrame, ids: list[str]) -> dict[str, tuple[int, int, str]]:
    """Return year, month (0 where there is none) and item of each column."""
    absent = [name for name in ids if name not in frame]
    if absent:
        raise InputError(
            f"Columns that are named must be in the table; absent: {shown(absent)}. It has {shown(frame.columns)}."
        )
    others = [str(name) for name in frame if name not in ids]
    found = {name: list(YEAR.finditer(name)) for name in others}
    odd = [name for name, years in found.items() if len(years) != 1]
    if odd or not others:
        raise InputError(
            "Every column beside id must have one year in its name; without one or with several: "
            f"{shown(odd) or 'no other column'}. Name columns that hold for all years in id, and leave out the rest."
        )
    named = {name: _parts(name, years[0]) for name, years in found.items()}
    if len(set(named.values())) < len(named):
        twice = [name for name in others if list(named.values()).count(named[name]) > 1]
        raise InputError(
            f"A year and an item must stand in one column; in several: {shown(twice)}. Rename or drop some."
        )
    return named


def _parts(name: str, year: re.Match[str]) -> tuple[int, int, str]:
    month = year["month"] or year["digits"] or "0"
    before, after = name[: year.start()].rstrip(BESIDE), name[year.end() :].lstrip(BESIDE)
    return int(year["year"]), int(month), "_".join(part for part in (before, after) if part) or "value"


def _part(
    frame: pd.DataFrame, ids: list[str], when: tuple[int, int], named: dict[str, tuple[int, int, str]], keys: list[str]
) -> pd.DataFrame:
    """Return the columns of one year (and month)."""
    here = {name: item for name, (year, month, item) in named.items() if (year, month) == when}
    part = frame[[*ids, *here]].rename(columns=here)
    return part.assign(**dict(zip(keys, when, strict=False)))


def _whole(frame: pd.DataFrame, numbers: Iterable[str]) -> pd.DataFrame:
    """Make counts whole numbers again, where rows with blanks are gone."""
    whole = {
        name: frame[name].astype("int64")
        for name in numbers
        if frame[name].dtype.kind == "f" and frame[name].notna().all() and (frame[name] % 1 == 0).all()
    }
    return frame.assign(**whole)


def spread(frame: pd.DataFrame, id: str | Iterable[str], item: str) -> pd.DataFrame:
    """Turn the items in rows, such as total, men and women, into columns: 총인구수 (명)_2016_계.

    id: the columns that say what a row is of. item: the column that names the items. A row must be of one item of one id.

    >>> rows = pd.DataFrame({"code": ["11110", "11110"], "sex": ["men", "women"], "total": [5, 6]})
    >>> spread(rows, "code", "sex").to_dict("list")
    {'code': ['11110'], 'men_total': [5], 'women_total': [6]}
    """
    ids = [id] if isinstance(id, str) else list(id)
    twice = frame.duplicated([*ids, item])
    if twice.any():
        seen = frame.loc[twice, [*ids, item]].astype(str).agg(" ".join, axis=1)
        raise InputError(f"Each item must stand once for each id; seen again: {shown(seen)}. Name more columns in id.")
    values = [name for name in frame if name not in (*ids, item)]
    parts = [
        held.set_index(ids)[values].add_prefix(f"{one}_") for one, held in frame.groupby(item, sort=False, dropna=False)
    ]
    return pd.concat(parts, axis=1).reset_index()
