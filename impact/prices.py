"""Prices by year, with their sources, and amounts without inflation.

Deflators stand in `data/parameters/deflators.toml`, each year with where it comes from. Amounts are columns of a firm × year
table: nothing that a function is given is changed, rows are never dropped, and blanks stay blank.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from impact import where
from impact.errors import InputError, counted, first_five
from impact.firm_years import YEARS, beside, labels, numbers, years_of


def names() -> list[str]:
    """Name the deflators that data/parameters/deflators.toml holds, such as "cpi" for wages and "ppi" for value added."""
    return list(_parameters()["series"])


def deflators(name: str) -> pd.Series:
    """Return a price index by year, where the base year is 100.

    Raises `InputError` for a name that is not among `names()`.

    >>> deflators("cpi").loc[[2019, 2020, 2021]].tolist()
    [99.466, 100.0, 102.5]
    """
    values = {row["year"]: float(row["value"]) for row in _series(name)["values"]}
    return pd.Series(values, name=name).rename_axis("year")


def deflator_sources(name: str) -> pd.DataFrame:
    """Return where each year of a deflator comes from: year, value, status, how, source, address and date.

    status is "confirmed" where independent sources agree, else "unverified": then `how` says how the value was obtained.
    Several sources of a year stand beside each other, separated by "; "; the date is that of the newest.

    >>> deflator_sources("cpi").set_index("year")["status"].loc[[2014, 2024]].tolist()
    ['unverified', 'confirmed']
    """
    series, sources = _series(name), _parameters()["sources"]
    rows = []
    for row in series["values"]:
        cited = [sources[key] for key in row["source"]]
        shared = series.get("how", "") if row["status"] == "unverified" else ""
        rows.append(
            {key: row[key] for key in ("year", "value", "status")}
            | {"how": row.get("how", shared), "source": "; ".join(one["title"] for one in cited)}
            | {"address": "; ".join(one["address"] for one in cited), "date": max(one["date"] for one in cited)}
        )
    return pd.DataFrame(rows)


def real(values: ArrayLike, year: ArrayLike, deflator: Any = "ppi") -> np.ndarray:
    """Return amounts at the prices of the deflator's base year: nominal / (index / 100).

    values: amounts at the prices of their year, in any unit of money. year: whole numbers of four digits.
    deflator: one of `names()`; or an index by year of your own (a dict, or a Series of numbers), such as the GDP deflator of
        manufacturing; or a name for every row, where industries have their own.

    Value added at prices of output is single deflation: it errs where inputs become dearer faster than output does. The deflator
    of value added itself (GDP by industry) is better, where there is one for the industry.

    Raises `InputError` where an amount is of a year that the deflator lacks: a year is never filled from its neighbours.

    >>> real([102.5, 107.72, None], [2021, 2022, 1999], "cpi").round(2).tolist()
    [100.0, 100.0, nan]
    """
    amounts, years = numbers("values", values), years_of(year)
    beside(values=amounts, year=years)
    index = np.full(len(years), np.nan)
    for name, prices, rows in _priced(deflator, len(years)):
        index[rows] = _by_year(years[rows], prices)
        _fail_if_without_index(name, prices, years[rows], ~np.isnan(amounts[rows]) & np.isnan(index[rows]))
    out: np.ndarray = amounts / (index / 100)
    return out


def _parameters() -> dict[str, Any]:
    return tomllib.loads(where.data("parameters", "deflators.toml").read_text(encoding="utf-8"))


def _series(name: str) -> dict[str, Any]:
    held = _parameters()["series"]
    if name not in held:
        raise InputError(
            f"A deflator must be one of {', '.join(held)}; seen: {name!r}. Choose one, or give an index by year of your own."
        )
    return dict(held[name])


def _priced(deflator: Any, n: int) -> Iterator[tuple[str, pd.Series, Any]]:
    """Give each index by year, its name, and the rows that it prices."""
    if isinstance(deflator, str):
        yield deflator, deflators(deflator), slice(None)
    elif isinstance(deflator, Mapping) or (isinstance(deflator, pd.Series) and pd.api.types.is_numeric_dtype(deflator)):
        yield "of your own", pd.Series(deflator, dtype=float), slice(None)
    else:
        codes, found = pd.factorize(labels(deflator))
        beside(deflator=codes, values=np.empty(n))
        if (codes < 0).any():
            raise InputError(
                f"Every row must have a deflator; seen: {counted(int((codes < 0).sum()), 'row')} without one. Give rows of "
                "other industries a general one, such as 'ppi'."
            )
        for code, name in enumerate(found):
            yield str(name), deflators(str(name)), np.flatnonzero(codes == code)


def _by_year(years: np.ndarray, prices: pd.Series) -> np.ndarray:
    """Look the index of each row's year up; one that is not above zero is none."""
    table = np.full(YEARS[1] + 1, np.nan)
    for year, value in prices[prices > 0].items():
        table[int(str(year))] = value
    found: np.ndarray = table[years]
    return found


def _fail_if_without_index(name: str, prices: pd.Series, years: np.ndarray, missing: np.ndarray) -> None:
    if missing.any():
        held = ", ".join(_spans(sorted(int(str(year)) for year in prices[prices > 0].index)))
        raise InputError(
            f"Every amount must be of a year that its deflator has; deflator '{name}' has {held or 'none'}; seen: "
            f"{counted(int(missing.sum()), 'row')} of {first_five(np.unique(years[missing]))}. Leave those years out, or give "
            "an index by year of your own: KOSIS and ECOS publish them."
        )


def _spans(years: list[int]) -> list[str]:
    """Say runs of years, "2014 to 2025"."""
    breaks = [at for at in range(1, len(years)) if years[at] - years[at - 1] > 1]
    runs = [years[a:b] for a, b in zip([0, *breaks], [*breaks, len(years)], strict=True) if b > a]
    return [f"{run[0]} to {run[-1]}" if len(run) > 1 else str(run[0]) for run in runs]
