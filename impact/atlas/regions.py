"""What is known of the regions themselves: names, provinces, neighbours, population, extinction risk, designations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from impact.atlas.compact import joined, own, positions
from impact.atlas.words import both, text
from impact.phrases import known, phrase
from impact.regions import neighbours, register, risk
from impact.regions.tiles import of as tiles_of
from impact.show.maps.classes import Class
from impact.show.maps.kinds import Asked, mean, variable
from impact.show.maps.places import short

CHANGES = (-20.0, -10.0, 0.0, 10.0, 20.0)  # per cent; the same in all years
DESIGNATED = (("depopulation", "#b8542f", "//"), ("interest", "#e9b15f", ""), ("none", "#efefef", ""))
NONE = len(DESIGNATED) - 1


def described() -> dict[str, Any]:
    """Return names, provinces, neighbours and tiles, a list entry for each region in the order of the register."""
    units = register.units()
    codes = units["code"]
    provinces = units.drop_duplicates("province_code")
    place = {code: at for at, code in enumerate(provinces["province_code"])}
    tiles = tiles_of(codes)
    return {
        "regions": {
            "code": codes.tolist(),
            **both(lambda language: units[f"name_{language}"].map(text).tolist()),
            "province": units["province_code"].map(place).tolist(),
            "neighbours": _neighbours(codes),
        },
        "provinces": [_province(row) for row in provinces.to_dict("records")],
        "tiles": tiles[["row", "column"]].to_numpy(int).tolist(),
    }


def _province(row: dict[Any, Any]) -> dict[str, str]:
    names = both(lambda language: text(row[f"province_{language}"]))
    return {"code": str(row["province_code"]), **names, **{f"short_{key}": short(name) for key, name in names.items()}}


def _neighbours(codes: pd.Series) -> list[list[int]]:
    """Return the neighbours of each region that come after it; the page turns the pairs round."""
    place = {code: at for at, code in enumerate(codes)}
    pairs = neighbours.neighbours().groupby("code")["neighbour"]
    beside = {code: sorted(at for one in others if (at := place[one]) > place[code]) for code, others in pairs}
    return [beside.get(code, []) for code in codes]


# ---- population and risk -------------------------------------------------------------------------------------------


def over_time() -> dict[str, Any]:
    """Return population, extinction index and designations of each region, and the layers of the map made of them."""
    codes = register.units()["code"]
    people = register.population()
    total = people.pivot(index="code", columns="year", values="total").reindex(codes)
    index = _index(people).reindex(codes)
    years = [int(year) for year in total.columns]
    return {
        "years": years,
        "population": total.astype(object).where(total.notna(), None).to_numpy().tolist(),
        "risk": _thousandths(index),
        "designations": _listed(codes),
        "variables": [_risk(index), _change(total), _designated(codes, years)],
    }


def _index(people: pd.DataFrame) -> pd.DataFrame:
    index = risk.extinction_index(people["women_20_39"], people["age_65_plus"])
    return people.assign(index=index).pivot(index="code", columns="year", values="index")


def _risk(index: pd.DataFrame) -> dict[str, Any]:
    """Return the classes of extinction risk by year."""
    long = _long(index)
    of = both(lambda language: pd.DataFrame({"risk": risk.risk_class(long, language).astype(object)}))
    layers = both(lambda language: variable(of[language], Asked(language, "risk")))
    return {"key": "risk", **_by_year(index, layers["en"].position), "classes": own(layers)}


def _change(total: pd.DataFrame) -> dict[str, Any]:
    """Return the change of the population since the first year, in the colours around zero that effects have, too."""
    later = total.iloc[:, 1:]
    change = 100 * (later.div(total.iloc[:, 0], axis=0) - 1)
    nothing = np.full(change.size, np.nan)
    table = pd.DataFrame({"estimate": _long(change), "lower": nothing, "upper": nothing})
    layers = both(lambda language: mean(table, Asked(language, breaks=CHANGES, unit="%")))
    return {"key": "change", **_by_year(later, layers["en"].position), "classes": own(layers)}


def _designated(codes: pd.Series, years: list[int]) -> dict[str, Any]:
    """Return on which list each region was at the end of each year, from the year of the first list on."""
    first = register.designations()["valid_from"].min().year
    chosen = [year for year in years if year >= first]
    at = [_on_a_list(codes, year) for year in chosen]
    return {"key": "designation", "years": chosen, "at": at, "classes": joined(both(_of_lists))}


def _of_lists(language: str) -> list[Class]:
    return [Class(key, phrase(f"atlas.list_{key}", language), *look) for key, *look in DESIGNATED]


def _on_a_list(codes: pd.Series, year: int) -> str:
    lists = register.designations(on=pd.Timestamp(year, 12, 31).date())
    place = {key: at for at, (key, _, _) in enumerate(DESIGNATED)}
    of = lists.assign(at=lists["list"].map(place).fillna(NONE)).groupby("code")["at"].min()
    return positions(codes.map(of).fillna(NONE))


def _listed(codes: pd.Series) -> dict[str, Any]:
    """Return the entries of lists that there are, and which of them each region has, the oldest first."""
    rows = register.designations().sort_values("valid_from").to_dict("records")
    entries = [_entry(row) for row in rows]
    kinds = list({str(entry): entry for entry in entries}.values())
    of: dict[str, list[int]] = {}
    for row, entry in zip(rows, entries, strict=True):
        of.setdefault(row["code"], []).append(kinds.index(entry))
    return {"entries": kinds, "of": [of.get(code, []) for code in codes]}


def _entry(row: dict[Any, Any]) -> dict[str, Any]:
    names = both(lambda language: _list_name(str(row["list"]), language))
    days = {"from": _day(row["valid_from"]), "until": _day(row["valid_to"])}
    return {**names, **days, "notice": text(row["notice"])}


def _list_name(key: str, language: str) -> str:
    return phrase(f"atlas.list_{key}", language) if known(f"atlas.list_{key}") else text(key)


def _day(value: pd.Timestamp) -> str | None:
    return None if pd.isna(value) else f"{value:%Y-%m-%d}"


# ---- parts ---------------------------------------------------------------------------------------------------------


def _long(wide: pd.DataFrame) -> np.ndarray:
    """Put the columns of all years under one another, so that one layer gives all of them the same classes."""
    return wide.to_numpy(float).T.ravel()


def _by_year(wide: pd.DataFrame, position: np.ndarray) -> dict[str, Any]:
    years = [int(year) for year in wide.columns]
    return {"years": years, "at": [positions(row) for row in position.reshape(len(years), -1)]}


def _thousandths(wide: pd.DataFrame) -> list[list[int | None]]:
    return [[None if np.isnan(one) else round(1000 * one) for one in row] for row in wide.to_numpy(float)]
