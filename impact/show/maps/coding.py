"""The region of every row of a table that is to be drawn: codes brought to those of the map, and what found no place."""

from __future__ import annotations

import pandas as pd

from impact.errors import InputError, counted, first_five
from impact.regions.boundaries._codes import registered
from impact.regions.codes import normal
from impact.regions.crosswalk import recode
from impact.regions.detect import detect
from impact.regions.names import known_names

USUAL = ("region", "code", "municipality", "sigungu_code", "시군구코드", "행정구역코드")
ENOUGH = 0.5


def placed(
    table: pd.DataFrame, column: str | None, known: pd.Index, over: str | None, named: bool = False
) -> tuple[pd.DataFrame, list[str]]:
    """Return the rows that have a place, with its `code`, and sentences on those that have none.

    known: the codes of the map. named: these are a country's own, and taken as they are.
    """
    if not len(table):
        raise InputError("A map needs rows; the table is empty. Check how it was read.")
    if over is not None and over not in table:
        raise InputError(
            f"The table must have the column '{over}', over which maps are repeated; it has {first_five(table)}."
        )
    name = _column(table, column, known)
    codes = table[name].astype(str).str.strip() if named else normal(table[name])
    unit = codes.where(codes.isin(known)) if named or codes.dropna().isin(known).all() else _recoded(codes, name)
    lost = table[name][unit.isna()]
    rows = table[unit.notna()].assign(code=unit.dropna())
    if not len(rows):
        raise InputError(
            f"Some code must be of a region of the map; none of '{name}' is: {first_five(table[name].unique())}."
        )
    _fail_if_repeated(rows, name, over)
    notes = (
        [f"{counted(len(lost), 'row')} without a place on the map: {first_five(lost.unique())}."] if len(lost) else []
    )
    return rows, notes


def _column(table: pd.DataFrame, column: str | None, known: pd.Index) -> str:
    """Return the column of codes: the one named, one of the usual names, or the one that holds most codes."""
    if column is not None:
        if column not in table:
            raise InputError(f"The table must have the column '{column}'; it has {first_five(table)}.")
        return column
    usual = [name for name in USUAL if name in table]
    shares = {str(name): normal(table[name]).isin(known).mean() for name in table}
    best = max(shares, key=lambda name: shares[name])
    if usual or shares[best] >= ENOUGH:
        return usual[0] if usual else best
    raise InputError(
        f"The column of codes must be named; none of {first_five(table)} holds codes of this map. Name it with column (--column)."
    )


def _recoded(codes: pd.Series, name: str) -> pd.Series:
    """Bring codes to those of the register; names are refused, and so are codes of several days."""
    given = codes.dropna().unique()
    found = detect(given)
    if not found.fits:
        names = set(known_names(registered()))
        if pd.Series(given).isin(names).mean() >= ENOUGH:
            raise InputError(
                f"'{name}' must hold codes; it holds names ({first_five(given)}), and several regions have the same. Add a column "
                "of codes: impact.regions.names.from_names finds them with the names of provinces."
            )
        raise InputError(f"'{name}' must hold codes of regions; {found.sentence} Seen: {first_five(given)}.")
    ways = [recode(codes, fit, registered()).rows["unit"] for fit in found.fits]
    if any(not way.equals(ways[0]) for way in ways[1:]):
        raise InputError(
            f"The codes of '{name}' must tell where they are; {found.sentence} Convert them: impact regions convert."
        )
    if found.shares.max() < 1 and (mixed := _mixed(given, found.fits[-1])):
        raise InputError(
            f"All codes of '{name}' must be of one system and day; {mixed}. Bring them to one: impact regions convert."
        )
    return ways[0]


def _mixed(given: object, system: object) -> str:
    """Say which codes are of another day than the rest."""
    from impact.regions.codes import UNKNOWN, System, place, systems

    assert isinstance(system, System)
    rows = place(pd.Series(given), system).rows
    unknown = set(rows.loc[rows["why"] == UNKNOWN, "code"])
    for other in systems():
        if held := sorted(unknown & set(other.table().index)):
            return f"{counted(len(held), 'code')} are not of {system} but of {other}: {first_five(held)}"
    return ""


def _fail_if_repeated(rows: pd.DataFrame, name: str, over: str | None) -> None:
    keys = ["code", *([over] if over else [])]
    twice = rows[rows.duplicated(keys)]["code"].unique()
    if len(twice):
        raise InputError(
            f"A map needs one row a region{f' and {over}' if over else ''}; several are of {counted(len(twice), 'region')}: "
            f"{first_five(twice)}. Choose one outcome, year or estimate, or repeat maps over a column with over (--over)."
        )
