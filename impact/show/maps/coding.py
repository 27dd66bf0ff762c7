"""The region of every row of a table that is to be drawn: codes brought to those of the map, and what found no place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import pandas as pd

from impact import marks
from impact.errors import InputError, counted, first_five
from impact.regions.codes import UNKNOWN, System, normal, place, systems
from impact.regions.crosswalk import recode
from impact.regions.detect import detect
from impact.regions.names import known_names
from impact.show.maps.places import Places

USUAL = ("region", "code", "municipality", "sigungu_code", "시군구코드", "행정구역코드")
ENOUGH = 0.5
NO_LABELS = ("state", marks.COLUMN)
CHOICES = 40  # values of a column up to which it may be what tells rows of one region apart


def placed(table: pd.DataFrame, column: str | None, places: Places, over: str | None) -> tuple[pd.DataFrame, list[str]]:
    """Return the rows that have a place, with its `code`, and sentences on those that have none."""
    if not len(table):
        raise InputError("A map needs rows; the table has none. Check how it was read.")
    if over is not None and over not in table:
        raise InputError(
            f"Maps are repeated over a column of the table; it has no '{over}', but {first_five(table)}. Check the name."
        )
    known = pd.Index(places.shapes.index)
    name = _column(table, column, known, places.system)
    codes = _taken(table[name]) if places.system is None else normal(table[name])
    unit = _units(codes, name, known, places.system)
    rows = table[unit.notna()].drop(columns=name).assign(code=unit.dropna())
    if not len(rows):
        raise InputError(
            f"Some code must be of a region of the map, such as {known[0]}; none of '{name}' is: "
            f"{first_five(table[name].unique())}. Name the column of codes with column (--column)."
        )
    _fail_if_repeated(rows, over)
    return rows, list(_lost(codes[unit.isna()], len(table)))


def where(table: pd.DataFrame, chosen: Mapping[str, str]) -> pd.DataFrame:
    """Return the rows in which columns have the values that are named.

    >>> where(pd.DataFrame({"outcome": ["Sales", "Jobs"], "estimate": [0.1, 0.2]}), {"outcome": "Jobs"})["estimate"].tolist()
    [0.2]
    """
    for name, value in chosen.items():
        if name not in table:
            raise InputError(
                f"Rows are chosen by columns of the table; it has no '{name}', but {first_five(table)}. Check the name."
            )
        held = table[name].map(_text, na_action="ignore")
        if not (held == value).any():
            raise InputError(
                f"Some row must have {value} in '{name}'; there is {first_five(held.dropna().unique()) or 'nothing'}. Check the "
                "spelling."
            )
        table = table[held == value]
    return table


# ---- codes ---------------------------------------------------------------------------------------------------------


def _column(table: pd.DataFrame, column: str | None, known: pd.Index, system: System | None) -> str:
    """Return the column of codes: the one named, one of the usual names, or the one that holds most codes."""
    if column is not None:
        if column not in table:
            raise InputError(
                f"Codes must be in a column of the table; it has no '{column}', but {first_five(table)}. Check the name."
            )
        return column
    usual = [name for name in USUAL if name in table]
    shares = {str(name): normal(table[name]).isin(known).mean() for name in table}
    best = max(shares, key=lambda name: shares[name])
    if usual or shares[best] >= ENOUGH:
        return usual[0] if usual else best
    for name in table:
        if system is not None and _are_names(table[name], system):
            raise InputError(_names(str(name), table[name].dropna()))
    raise InputError(
        f"A column must hold the codes of regions; none of {first_five(table)} does. Name it with column (--column)."
    )


def _taken(values: pd.Series) -> pd.Series:
    """Return codes of no system as text."""
    return values.map(_text, na_action="ignore").astype("str")


def _text(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


def _units(codes: pd.Series, name: str, known: pd.Index, system: System | None) -> pd.Series:
    """Return the region of the map for each code; where some are of another day or system, all are brought to the map's."""
    others = codes[codes.notna() & ~codes.isin(known)].unique()
    if system is None or (len(others) < codes.nunique() and not _elsewhere(others, system)):
        return codes.where(codes.isin(known))
    units = _recoded(codes, name, system)
    return units.where(units.isin(known))


def _elsewhere(codes: Iterable[str], system: System) -> bool:
    """Tell whether any of these codes is one of a unit or a part, on whatever day."""
    every = (other.table().query("level != 'province'").index for other in systems(system.folder))
    return any(set(codes) & set(held) for held in every)


def _recoded(codes: pd.Series, name: str, target: System) -> pd.Series:
    """Bring codes to those of a system; names are refused, and so are codes of several days."""
    given = codes.dropna().unique()
    found = detect(given, folder=target.folder)
    if not found.fits:
        raise InputError(_no_codes(given, name, target, found.sentence))
    mixed = _mixed(given, found.fits[-1])
    if mixed and len({fit.name for fit in found.fits}) == 1:
        raise InputError(
            f"All codes of '{name}' must be of one system and day; {mixed}. Bring them to one: impact regions convert."
        )
    ways = [recode(codes, fit, target).rows["unit"] for fit in found.fits]
    if any(not way.equals(ways[0]) for way in ways[1:]):
        raise InputError(
            f"The codes of '{name}' must tell what they are; {_small(found.sentence)} Bring them to one system first: impact "
            "regions convert."
        )
    return ways[0]


def _no_codes(given: object, name: str, target: System, sentence: str) -> str:
    """Say that these are no codes; names of regions get an advice of their own."""
    seen = pd.Series(given)
    if _are_names(seen, target):
        return _names(name, seen)
    return f"'{name}' must hold codes of regions; seen: {first_five(seen)}. {sentence} Name another column (--column)."


def _are_names(values: pd.Series, system: System) -> bool:
    return bool(values.isin(list(known_names(system))).mean() >= ENOUGH)


def _names(name: str, seen: pd.Series) -> str:
    return (
        f"'{name}' must hold codes; it holds names ({first_five(seen)}), and several regions have the same. Add a column of "
        "codes: impact.regions.names.from_names finds them with the names of provinces."
    )


def _small(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]


def _mixed(given: object, system: System) -> str:
    """Say which codes are of another system or day than the rest."""
    rows = place(pd.Series(given), system).rows
    unknown = set(rows.loc[rows["why"] == UNKNOWN, "code"])
    held = {other: sorted(unknown & set(other.table().index)) for other in systems(system.folder)} if unknown else {}
    best = max(reversed(held), key=lambda other: len(held[other]), default=None)  # of several the latest
    if best is None or not held[best]:
        return ""
    return f"{counted(len(held[best]), 'code')} of {len(rows):,} are not of {system} but of {best}: {first_five(held[best])}"


# ---- rows ----------------------------------------------------------------------------------------------------------


def _lost(codes: pd.Series, rows: int) -> Iterator[str]:
    """Say which rows are not on the map."""
    if blank := int(codes.isna().sum()):
        yield f"{blank:,} of {counted(rows, 'row')} without a code, so not on the map."
    if strange := first_five(codes.dropna().unique()):
        count = counted(int(codes.notna().sum()), "row")
        yield f"{count} with codes of no region of the map, so not on it: {strange}."


def _fail_if_repeated(rows: pd.DataFrame, over: str | None) -> None:
    """Refuse several rows of a region, and say by what they differ."""
    keys = ["code", *([over] if over else [])]
    twice = rows[rows.duplicated(keys, keep=False)]
    if not len(twice):
        return
    each = f" and {over}" if over else ""
    told = f"They differ in {'; '.join(_choices(twice, keys))}. " if any(_choices(twice, keys)) else ""
    raise InputError(
        f"A map needs one row a region{each}; several are of {counted(twice['code'].nunique(), 'region')}, such as "
        f"{first_five(twice['code'].unique()[:3])}. {told}Choose rows (--where COLUMN=VALUE), or repeat maps over a column "
        "(--over)."
    )


def _choices(rows: pd.DataFrame, keys: list[str]) -> Iterator[str]:
    """Yield the columns of labels in which rows of one region differ, with their values."""
    for name in rows.columns.difference([*keys, *NO_LABELS], sort=False):
        values = rows[name].dropna()
        labels = not pd.api.types.is_float_dtype(values) and not name.startswith("n_")
        if labels and 1 < values.nunique() <= CHOICES and rows.groupby(keys)[name].nunique().max() > 1:
            yield f"{name} ({first_five(values.map(_text).unique())})"
