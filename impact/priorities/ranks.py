"""Which place may a region have? Confidence sets for ranks, from tests of which region's effect is larger.

    r_j = 1 + Σ_k 1{θ_k > θ_j}                                             (the rank of region j; 1 is the largest effect)
    t_jk = (θ̂_j − θ̂_k) / s_jk,   s²_jk = V_jj + V_kk − 2 V_jk
    j is proven above k where t_jk > c
    R_j = {1 + number proven above j, …, n − number that j is proven above}

For a *marginal* set the tests are those of j against each other region, for *simultaneous* sets those of all pairs, in both
directions. The single-step c is the quantile of the largest (e_j − e_k) / s_jk among these tests with e ~ N(0, V), so that, with
the confidence asked for, nothing false is proven. Stepping down, tests that are decided leave the maximum and c falls, until
nothing more is proven (Romano & Wolf 2005). Each direction of a pair is a hypothesis of its own, and only the one that was
rejected leaves: this keeps the promise about signs too. Only the covariance decides; degrees of freedom of single cells are not
used.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
import pandas as pd

from impact.errors import InputError
from impact.priorities import _given
from impact.priorities._given import ROUNDING, Given, Values
from impact.threads import one_thread

DRAWS = 2000
KINDS = ("marginal", "simultaneous")
SOURCES = (
    "Mogstad, M., Romano, J. P., Shaikh, A. M. and Wilhelm, D. (2024). Inference for ranks with applications to mobility across "
    "neighbourhoods and academic achievement across countries. Review of Economic Studies 91(1), 476–518.",
    "Romano, J. P. and Wolf, M. (2005). Stepwise multiple testing as formalized data snooping. Econometrica 73(4), 1237–1282.",
)
INSTEAD = "Rank what it was made of, or grade it: impact.grades(estimate)."


def rank_sets(
    values: Values,
    cov: pd.DataFrame | np.ndarray | None = None,
    kind: Literal["marginal", "simultaneous"] = "marginal",
    confidence: float = 0.95,
    best: int | None = None,
    draws: int = DRAWS,
    seed: int | np.random.Generator = 1,
    stepdown: bool = True,
) -> pd.DataFrame:
    """Return for each label the places that it may have among all: from `rank_best` to `rank_worst`; 1 is the largest value.

    The estimand is the rank of each true effect, r_j = 1 + Σ_k 1{θ_k > θ_j}. A set with confidence 0.95 holds it in 95 of 100
    repetitions: the set of each label for itself if `kind` is "marginal", all sets at once if it is "simultaneous". See the
    formulas of this module.

    values: one number for each label (Series, mapping, array), or an Estimate, whose covariance is used. Labels without a value
        may have any place, and count among those that may be above others.
    cov: square; a DataFrame is matched by label, an array by order.
    best: also return `possible` and `certain` (see `among_best`), which are always simultaneous.
    draws: of the largest difference, for critical values. seed: an integer or a Generator.
    stepdown: shorten the sets by stepping down; never wider than without.

    Differences without any variance are known: they are ordered as their values are, and equal ones share a place. Raises
    InputError for noise that is not sampling noise: ranks of shrunken effects would be ranks of what was borrowed.
    Source: Mogstad, Romano, Shaikh & Wilhelm (2024), Review of Economic Studies 91(1), section 3.

    >>> rank_sets({"a": 3.0, "b": 1.0, "c": 0.9}, 0.09 * np.eye(3))
       rank_best  rank_worst
    a          1           1
    b          2           3
    c          2           3
    """
    given = _given.sampled(values, cov, "Rank sets", INSTEAD)
    how = _how(kind, confidence, draws, seed, stepdown)
    places = _places(given, kind == "simultaneous", how)
    if best is None:
        return places
    _given.must_count("best", best, len(given.index), "labels")
    return places.join(_among(places if kind == "simultaneous" else _places(given, True, how), best))


def among_best(
    values: Values,
    cov: pd.DataFrame | np.ndarray | None = None,
    best: int = 1,
    confidence: float = 0.95,
    draws: int = DRAWS,
    seed: int | np.random.Generator = 1,
    stepdown: bool = True,
) -> pd.DataFrame:
    """Return for each label whether it may be among the `best` largest (`possible`), and whether it must be (`certain`).

    The estimand is the set of the k best, {j : r_j ≤ k}. With the confidence asked for, at once: every one of them is marked
    `possible`, and nothing is marked `certain` that is not one of them. `possible` is the upper set {j : min R_j ≤ k},
    `certain` the lower set {j : max R_j ≤ k}, with simultaneous R_j.

    values, cov, confidence, draws, seed, stepdown: as in `rank_sets`. best: k, from 1 to the number of labels.
    Raises InputError as `rank_sets` does, and for a k that is no such number.
    Source: Mogstad, Romano, Shaikh & Wilhelm (2024), Review of Economic Studies 91(1), section 3 (the τ-best, by projection).

    >>> among_best({"a": 3.0, "b": 1.0, "c": 0.9}, 0.09 * np.eye(3), best=2)
       possible  certain
    a      True     True
    b      True    False
    c      True    False
    """
    given = _given.sampled(values, cov, "Rank sets", INSTEAD)
    _given.must_count("best", best, len(given.index), "labels")
    return _among(_places(given, True, _how("simultaneous", confidence, draws, seed, stepdown)), best)


@dataclass(frozen=True)
class _How:
    confidence: float
    draws: int
    seed: int | np.random.Generator
    stepdown: bool


@dataclass(frozen=True)
class _Pairs:
    """Statistics t_jk (n × n; ±∞ where the difference is known), 1 / s_jk (0 there), and errors by label and draw."""

    statistic: np.ndarray
    inverse: np.ndarray
    errors: np.ndarray


def _among(simultaneous: pd.DataFrame, best: int) -> pd.DataFrame:
    marks = {"possible": simultaneous["rank_best"] <= best, "certain": simultaneous["rank_worst"] <= best}
    return pd.DataFrame(marks)


@one_thread
def _places(given: Given, simultaneous: bool, how: _How) -> pd.DataFrame:
    """Count how many are proven above each label, and how many it is proven above."""
    pairs = _pairs(given, how.draws, np.random.default_rng(how.seed))
    above, below = (_all_at_once if simultaneous else _one_by_one)(pairs, how)
    n = len(given.index)
    best, worst = np.ones(n, int), np.full(n, n)
    best[given.known] += below
    worst[given.known] -= above
    return pd.DataFrame({"rank_best": best, "rank_worst": worst}, given.index)


def _pairs(given: Given, draws: int, rng: np.random.Generator) -> _Pairs:
    value, v = given.value, given.covariance
    own = np.diag(v)
    both = own[:, None] + own
    variance = both - 2 * v
    s = np.sqrt(np.where(variance > ROUNDING * both, variance, 0))
    difference = value[:, None] - value
    difference[np.abs(difference) <= ROUNDING * np.abs(value).max(initial=0)] = 0
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic, inverse = difference / s, 1 / s
    statistic[np.isnan(statistic)], inverse[s == 0] = 0, 0
    return _Pairs(statistic, inverse, np.ascontiguousarray(_given.errors(v, draws, rng).T))


def _one_by_one(pairs: _Pairs, how: _How) -> tuple[np.ndarray, np.ndarray]:
    """Count for each label how many it is proven above and below, each by its own tests."""
    above, below = np.empty((2, len(pairs.errors)), int)
    for j, t in enumerate(pairs.statistic):
        z = (pairs.errors[j] - pairs.errors) * pairs.inverse[j][:, None]
        up, down = _proven(t, partial(_largest, z), how)
        above[j], below[j] = up.sum(), down.sum()
    return above, below


def _all_at_once(pairs: _Pairs, how: _How) -> tuple[np.ndarray, np.ndarray]:
    """Count for each label how many it is proven above and below, by the tests of all pairs j < k."""
    n = len(pairs.errors)
    j, k = np.triu_indices(n, 1)
    up, down = _proven(pairs.statistic[j, k], partial(_largest_of_all, pairs), how)
    winner, loser = np.concatenate([j[up], k[down]]), np.concatenate([k[up], j[down]])
    return np.bincount(winner, minlength=n), np.bincount(loser, minlength=n)


def _proven(
    t: np.ndarray, largest: Callable[[np.ndarray, np.ndarray], np.ndarray], how: _How
) -> tuple[np.ndarray, np.ndarray]:
    """Mark the pairs whose first is proven above, and below, the second.

    largest: from the pairs that are open upwards and downwards to the largest statistic of each draw, never below 0.
    """
    up, down = np.ones((2, len(t)), bool)  # still open
    while True:
        critical = np.quantile(largest(up, down), how.confidence, method="inverted_cdf")
        new_up, new_down = up & (t > critical), down & (-t > critical)
        up, down = up & ~new_up, down & ~new_down
        if not how.stepdown or not (new_up.any() or new_down.any()):
            return ~up, ~down


def _largest(z: np.ndarray, up: np.ndarray, down: np.ndarray) -> np.ndarray:
    """Return the largest of z (pairs × draws) over pairs open upwards, and of −z over those open downwards."""
    highest, lowest = (z if kept.all() else z[kept] for kept in (up, down))
    return np.maximum(highest.max(axis=0, initial=0), -lowest.min(axis=0, initial=0))


def _largest_of_all(pairs: _Pairs, up: np.ndarray, down: np.ndarray) -> np.ndarray:
    """Go through the pairs label by label, so that pairs × draws are never held at once."""
    found, end = np.zeros(pairs.errors.shape[1]), 0
    for j in range(len(pairs.errors) - 1):
        start, end = end, end + len(pairs.errors) - 1 - j
        z = (pairs.errors[j] - pairs.errors[j + 1 :]) * pairs.inverse[j, j + 1 :, None]
        np.maximum(found, _largest(z, up[start:end], down[start:end]), out=found)
    return found


def _how(kind: str, confidence: float, draws: int, seed: int | np.random.Generator, stepdown: bool) -> _How:
    if kind not in KINDS:
        raise InputError(f"kind must be one of {', '.join(KINDS)}; seen: {kind!r}. Choose one of these.")
    _given.must_be_share("confidence", confidence, "0.95 for 95 %")
    _given.must_draw(draws)
    return _How(confidence, draws, seed, stepdown)
