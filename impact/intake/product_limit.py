"""The product-limit estimate of survival, its standard error and its interval, for weighted entries of firms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import norm

Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Spells:
    """How long each entry is followed, and whether it then closed or was gone."""

    firm: npt.NDArray[np.int64]
    weight: Numbers
    lasts: npt.NDArray[np.int64]
    closes: Flags
    gone: Flags


def survival(spells: Spells, confidence: float) -> pd.DataFrame:
    """Return what happens since the start, period by period, as long as firms are at risk (see `life_table`)."""
    longest = int(spells.lasts.max())
    at = pd.RangeIndex(longest + 1, name="since")
    risk = _reverse(np.bincount(spells.lasts, spells.weight, longest + 1))
    closing = np.bincount(spells.lasts[spells.closes], spells.weight[spells.closes], longest + 1)
    hazard = np.where(_last(spells, longest), 1.0, closing / risk)
    share = np.cumprod(1 - hazard)
    spread = _spread(spells, hazard, risk)
    lower, upper = _interval(share, spread, confidence)
    most = pd.Series(spells.lasts).groupby(spells.firm).max().to_numpy()
    counts = {
        "at_risk": _reverse(np.bincount(most, minlength=longest + 1)),
        "closed": np.bincount(spells.lasts[spells.closes], minlength=longest + 1),
        "gone": np.bincount(spells.lasts[spells.gone], minlength=longest + 1),
        "gone_share": np.bincount(spells.lasts[spells.gone], spells.weight[spells.gone], longest + 1).cumsum()
        / risk[0],
    }
    varies = np.where((spread > 0) & (share > 0), share * spread, np.nan)
    values = {"hazard": hazard, "survival": share, "std_error": varies, "lower": lower, "upper": upper}
    return pd.DataFrame({**counts, **values}, index=at)


def _last(spells: Spells, longest: int) -> Flags:
    """Tell when all that are at risk close; weights may not add up to exactly as much."""
    risk = _reverse(np.bincount(spells.lasts, minlength=longest + 1))
    return np.asarray(risk == np.bincount(spells.lasts[spells.closes], minlength=longest + 1))


def _reverse(counts: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Add up from the end: those who last at least so long."""
    return np.asarray(counts[::-1].cumsum()[::-1])


def _spread(spells: Spells, hazard: Numbers, risk: Numbers) -> Numbers:
    """Return the standard error of log S: the root of the sum of squares of what each firm adds to its error."""
    with np.errstate(divide="ignore", invalid="ignore"):
        each = np.where(hazard < 1, 1 / (risk * (1 - hazard)), np.nan)
    taken = np.cumsum(hazard * each)
    _, firm = np.unique(spells.firm, return_inverse=True)
    squares = np.empty(len(hazard))
    for at in range(len(hazard)):
        closed = np.where(spells.closes & (spells.lasts <= at), each[spells.lasts], 0.0)
        squares[at] = (np.bincount(firm, spells.weight * (closed - taken[np.minimum(spells.lasts, at)])) ** 2).sum()
    return np.sqrt(squares)


def _interval(share: Numbers, spread: Numbers, confidence: float) -> tuple[Numbers, Numbers]:
    """Return the interval of S on the scale of log(−log S); blank while nobody has closed, and where all have."""
    critical = norm.ppf(0.5 + confidence / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.exp(critical * spread / -np.log(share))
        inside = (share > 0) & (share < 1)
        lower, upper = (np.where(inside, share**power, np.nan) for power in (factor, 1 / factor))
    return lower, upper
