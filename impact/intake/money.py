"""Units of money: declared, converted when asked, and held against what firms sell per worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from impact.errors import InputError
from impact.intake._reading.grid import shown

WON: Mapping[str, float] = {
    "원": 1.0,
    "천원": 1e3,
    "만원": 1e4,
    "백만원": 1e6,
    "천만원": 1e7,
    "억원": 1e8,
    "조원": 1e12,
}
# Sales per worker in won. Small Korean manufacturers sold 3.0 억 on average (42.9 억 over 14.1 workers in 2022); the bounds
# leave room for any industry, and are narrower than the step from one unit to the next that is used (천원 to 백만원 is 1,000).
LOWEST, HIGHEST = 1e7, 2e9


@dataclass(frozen=True)
class Plausible:
    """Whether a unit of money is plausible: `median` sales per worker in won, and the units (`fits`) in which it would be."""

    holds: bool
    unit: str
    median: float
    fits: tuple[str, ...]

    def __str__(self) -> str:
        seen = f"In {self.unit}, the median of sales per worker is {self.median:,.0f} won"
        if self.holds:
            return f"{seen}, which is plausible."
        other = f"It would be plausible in {', '.join(self.fits)}." if self.fits else "It is plausible in no unit."
        return f"{seen}; between {LOWEST:,.0f} and {HIGHEST:,.0f} is plausible. {other} Ask the source for the unit."


def plausible(frame: pd.DataFrame, sales: str, workers: str, unit: str) -> Plausible:
    """Say whether the declared unit of sales is plausible, by the median of sales per worker.

    A factor of a thousand is the commonest mistake with Korean firm data, and no estimate in logs would show it.

    >>> firms = pd.DataFrame({"sales": [4_290_000, 5_200_000, 2_600_000], "workers": [14, 20, 10]})
    >>> found = plausible(firms, "sales", "workers", "백만원")
    >>> found.holds, found.fits
    (False, ('천원',))
    """
    factor = _won(unit)
    _refuse_absent(frame, (sales, workers))
    known = frame[frame[workers].gt(0) & frame[sales].gt(0)]
    if known.empty:
        raise InputError(
            f"There must be firms with sales and workers above zero; '{sales}' and '{workers}' have none together. Name the "
            "columns that hold them."
        )
    per_worker = float(np.median(known[sales].to_numpy(dtype=float) / known[workers].to_numpy(dtype=float)))
    fits = tuple(one for one, won in WON.items() if LOWEST <= per_worker * won <= HIGHEST)
    return Plausible(unit in fits, unit, per_worker * factor, fits)


def in_one_unit(frame: pd.DataFrame, units: Mapping[str, str], money: str | None) -> tuple[pd.DataFrame, list[str]]:
    """Convert columns with a declared unit of money to one unit; without `money` nothing is changed.

    >>> in_one_unit(pd.DataFrame({"sales": [2_500]}), {"sales": "천원"}, "백만원")[0]["sales"].tolist()
    [2.5]
    """
    _refuse_absent(frame, units)
    factors = {name: _won(unit) for name, unit in units.items()}
    texts = [name for name in units if not pd.api.types.is_numeric_dtype(frame[name])]
    if texts:
        raise InputError(
            f"A column with a unit of money must hold numbers; text in: {shown(texts)}. See in the notes what cannot be "
            "read."
        )
    if money is None:
        return frame, []
    into = _won(money)
    changed = {name: frame[name] * (won / into) for name, won in factors.items() if won != into}
    notes = [f"'{name}' was converted from {units[name]} to {money} (× {factors[name] / into:g})." for name in changed]
    return frame.assign(**changed), notes


def _won(unit: str) -> float:
    if unit not in WON:
        raise InputError(f"A unit of money must be one of {', '.join(WON)}; seen: {unit}. Write one of these.")
    return WON[unit]


def _refuse_absent(frame: pd.DataFrame, names: Mapping[str, str] | tuple[str, ...]) -> None:
    absent = [name for name in names if name not in frame]
    if absent:
        raise InputError(
            f"Columns that are named must be in the table; absent: {shown(absent)}. It has {shown(frame.columns)}."
        )
