"""Worlds with a known truth, small enough to be drawn thousands of times."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

YEARS = np.arange(2015, 2021)
COHORTS = np.array([0, 2018, 2019])


@dataclass(frozen=True)
class World:
    """How firms are drawn, how they are estimated, and what is true.

    draw: from a generator to a table with firm, year, first, y, x (and whatever `settings` name).
    truth: effect by event time, for event times from 0 on; before support it is zero.
    """

    name: str
    draw: Callable[[np.random.Generator], pd.DataFrame]
    truth: dict[int, float]
    settings: dict[str, Any] = field(default_factory=dict)
    biased: bool = False


def parallel(rng: np.random.Generator, n: int = 400, noise: float = 0.5) -> pd.DataFrame:
    """Draw firms whose trends are parallel given a trait x that also drives take-up."""
    x = rng.standard_normal(n)
    first = _take_up(rng, x)
    return _table(rng, x, first, trend=0.15 * x, noise=noise)


def clustered(rng: np.random.Generator, provinces: int = 17, n: int = 340) -> pd.DataFrame:
    """Draw firms in provinces that have shocks of their own, supported province by province."""
    province = np.arange(n) % provinces
    cohort = rng.permutation(np.resize(COHORTS, provinces))
    shocks = 0.3 * np.cumsum(rng.standard_normal((provinces, len(YEARS))), axis=1)
    frame = _table(rng, np.zeros(n), cohort[province], trend=np.zeros(n), noise=0.5)
    province_of, year = province[frame["firm"]], frame["year"].to_numpy() - YEARS[0]
    return frame.assign(y=frame["y"] + shocks[province_of, year], province=province_of)


def leaving(rng: np.random.Generator, n: int = 400) -> pd.DataFrame:
    """Draw firms of which the small ones leave: 10 % of supported, 28 % of comparison firms by the last years.

    The outcome's level rises with size, so a comparison of levels mistakes who is left for what happened; changes do not
    depend on size.
    """
    size = rng.standard_normal(n)
    first = rng.choice(COHORTS, n, p=(0.5, 0.25, 0.25))
    frame = _table(rng, size, first, trend=np.zeros(n), noise=0.3, level=1.0, effects=(0.1, 0.1, 0.1))
    rate = np.where(first > 0, 0.10, 0.28)
    leaves = size + 0.7 * rng.standard_normal(n)
    small = leaves < np.array([np.quantile(leaves[first == g], r) for g, r in zip(first, rate, strict=True)])
    gone = small[frame["firm"]] & (frame["year"] >= 2018)
    return frame[~gone]


def _take_up(rng: np.random.Generator, x: np.ndarray) -> np.ndarray:
    taste = np.array([0.9, 0.0, 0.2]) + x[:, None] * np.array([0, 0.5, 0.3]) + rng.gumbel(size=(len(x), 3))
    return COHORTS[taste.argmax(axis=1)]


def _table(
    rng: np.random.Generator,
    x: np.ndarray,
    first: np.ndarray,
    trend: np.ndarray,
    noise: float,
    level: float = 0.5,
    effects: tuple[float, float, float] = (0.1, 0.2, 0.3),
) -> pd.DataFrame:
    """Put together y = firm effect + year effect + trend (given x) + effect of support by event time + noise."""
    n, periods = len(x), len(YEARS)
    since = YEARS - first[:, None]
    effect = np.where((first[:, None] > 0) & (since >= 0), np.array(effects)[np.clip(since, 0, 2)], 0)
    firm = level * x[:, None] + 0.5 * rng.standard_normal((n, 1))
    year = np.array([0, 0.1, 0.15, 0.1, -0.1, 0.05])
    shock = noise * rng.standard_normal((n, periods))
    shock[:, 1:] += 0.4 * shock[:, :-1]
    y = firm + year + trend[:, None] * np.arange(periods) + effect + shock
    columns = {"firm": np.repeat(np.arange(n), periods), "year": np.tile(YEARS, n), "first": np.repeat(first, periods)}
    return pd.DataFrame({**columns, "x": np.repeat(x, periods), "y": y.ravel()})


RISING = {0: 0.1, 1: 0.2, 2: 0.3}
LEVEL = {0: 0.1, 1: 0.1, 2: 0.1}
PLAIN = {"covariates": ["x"]}
WORLDS = (
    World("trends parallel given x, dr", parallel, RISING, {**PLAIN, "method": "dr"}),
    World("trends parallel given x, reg", parallel, RISING, {**PLAIN, "method": "reg"}),
    World("trends parallel given x, ipw", parallel, RISING, {**PLAIN, "method": "ipw"}),
    World("trends parallel given x, dr, not yet", parallel, RISING, {**PLAIN, "method": "dr", "comparison": "not_yet"}),
    World("trends parallel given x, without x", parallel, RISING, {}, biased=True),
    World("17 provinces supported whole, firms as clusters", clustered, RISING, {}, biased=True),
    World(
        "17 provinces supported whole, provinces as clusters", clustered, RISING, {"cluster": "province"}, biased=True
    ),
    World("small firms leave, pairs", leaving, LEVEL, {"unbalanced": "pairs"}),
    World("small firms leave, drop", leaving, LEVEL, {"unbalanced": "drop"}),
    World("small firms leave, keep", leaving, LEVEL, {"unbalanced": "keep"}, biased=True),
)
