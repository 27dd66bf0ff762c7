"""Names of regions to codes: a name that several regions have is refused, with all of them."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from impact.errors import InputError
from impact.regions.codes import BLANK, WHOLE, Placed, System


def from_names(names: Iterable[object], system: System, provinces: Iterable[object] | None = None) -> Placed:
    """Return the code of each name in a system; names are those of units or parts, with or without the province before them.

    >>> from_names(["해운대구", "강원 고성군", "수원시 장안구"], System("mois", "2024-01-18")).rows["code"].tolist()
    ['26350', '51820', '41111']
    """
    given = pd.Series(names)
    before = (
        pd.Series("", index=given.index)
        if provinces is None
        else pd.Series(list(provinces), index=given.index).fillna("")
    )
    asked = (
        (before.astype(str) + " " + given.astype(object).where(given.notna(), "").astype(str)).str.split().str.join(" ")
    )
    known = known_names(system)
    found = asked.map(lambda name: known.get(name, ()))
    several = asked[found.map(len) > 1]
    if len(several):
        raise InputError([_ambiguous(name, known[name], system) for name in several.unique()[:5]])
    rows = pd.DataFrame({"given": given, "code": found.map(lambda codes: codes[0] if codes else None).astype("str")})
    table = system.table()
    for column in ("level", "name", "province"):
        rows[column] = rows["code"].map(table[column])
    rows["unit"] = rows["code"].where(rows["level"] == "unit", rows["code"].map(table["within"]))
    rows["why"] = "not a name in this system on this day"
    rows.loc[rows["level"].isin(["unit", "part"]), "why"] = ""
    rows.loc[rows["level"] == "province", "why"] = WHOLE
    rows.loc[given.isna(), "why"] = BLANK
    return Placed(system, rows)


def known_names(system: System) -> dict[str, tuple[str, ...]]:
    """Return the codes that each spelling may mean; a province gives way to a unit of the same name, as in Sejong."""
    table = system.table()
    of_province = spellings(system)
    known: dict[str, list[str]] = {}
    for code, row in table[table["level"] != "province"].iterrows():
        for name in _written(str(row["name"])):
            for before in ("", *(f"{spelling} " for spelling in of_province[row["province_code"]])):
                known.setdefault(before + name, []).append(str(code))
    for code, names in of_province.items():
        for name in names:
            known.setdefault(name, [code])
    return {name: tuple(dict.fromkeys(codes)) for name, codes in known.items()}


def spellings(system: System) -> dict[str, tuple[str, ...]]:
    """Return how each province may be written."""
    provinces = system.table().query("level == 'province'")
    written = (provinces["name"] + ";" + provinces["also"].fillna("")).str.strip(";").str.split(";")
    return {str(code): tuple(names) for code, names in written.items()}


def _written(name: str) -> list[str]:
    """Return a name and, of a part, the name without that of its unit."""
    return list(dict.fromkeys([name, name.split()[-1]]))


def _ambiguous(name: str, codes: tuple[str, ...], system: System) -> str:
    table = system.table()
    named = ", ".join(f"{row.name} {row.Index} in {row.province}" for row in table.loc[list(codes)].itertuples())
    return f"A name must mean one region; {name} may be {named}. Give the province too, or use codes."
