"""What did the best regions really achieve? Estimates and intervals that know that the best were picked for being the best.

Picked for its large value, a winner j has an error that leans upwards. With σ² = V_jj, the part of all values that is
independent of θ̂_j is

    Z_k = θ̂_k − (V_kj / σ²) θ̂_j,      so that k is above j where   Z_k > (1 − V_kj / σ²) θ̂_j

Given Z, "j was selected" says only that θ̂_j lies in a set 𝒴(Z), a union of intervals between the values at which somebody
overtakes j, so θ̂_j is a normal truncated to 𝒴. Its distribution function F(θ̂_j; μ) falls in μ:

    conditional   μ̂_p solves F(θ̂_j; μ, 𝒴) = 1 − p;   the estimate is μ̂_½ (median-unbiased), the interval [μ̂_{α/2}, μ̂_{1−α/2}]
    hybrid        as conditional, with 𝒴 ∩ [μ − c_β σ, μ + c_β σ] and α replaced by (α − β) / (1 − β)

c_β is the quantile of max_k |e_k| / σ_k, e ~ N(0, V), with probability 1 − β. The conditional interval is valid given the
selection, but can be very long where a winner wins narrowly. The hybrid one is never longer than the one that is valid for all
labels at once at 1 − β, and is valid on average over selections.
"""

from __future__ import annotations

from functools import partial
from typing import Literal

import numpy as np
import pandas as pd
from scipy import optimize, special

from impact.errors import InputError, first_five
from impact.priorities import _given
from impact.priorities._given import ROUNDING, Given, Values
from impact.threads import one_thread

DRAWS = 10_000
METHODS = ("hybrid", "conditional")
SELECTIONS = ("among", "place")
BETA = 0.1  # share of 1 − confidence that the hybrid spends first, as Andrews, Kitagawa & McCloskey recommend
FAR = 1e5  # standard errors; a conditional bound further away than this is reported as infinite
SOURCES = (
    "Andrews, I., Kitagawa, T. and McCloskey, A. (2024). Inference on winners. Quarterly Journal of Economics 139(1), 305–358.",
    "Andrews, I., Bowen, D., Kitagawa, T. and McCloskey, A. (2022). Inference for losers. AEA Papers and Proceedings 112, "
    "635–640.",
)


def winners(
    values: Values,
    cov: pd.DataFrame | np.ndarray | None = None,
    best: int = 1,
    confidence: float = 0.95,
    method: Literal["hybrid", "conditional"] = "hybrid",
    beta: float | None = None,
    selection: Literal["among", "place"] = "among",
    draws: int = DRAWS,
    seed: int | np.random.Generator = 1,
) -> pd.DataFrame:
    """Return what the labels with the `best` largest values truly are, corrected for having been picked.

    The estimand is the true effect of each label that was selected. Its estimate is as often too high as too low, and its
    interval holds the truth as often as `confidence` says, for labels that are selected. See the formulas of this module.

    values: one number for each label (Series, mapping, array), or an Estimate, whose covariance is used. Labels without a value
        cannot be selected. cov: square; a DataFrame is matched by label, an array by order.
    best: how many were selected. method: "hybrid" or "conditional".
    beta: what the hybrid spends on the intervals for all labels at once; (1 − confidence) / 10 if it is not given.
    selection: what is known of each winner: "among" the best (the default), or that it had exactly its "place" (the j-th best).
    draws, seed: for c_β of the hybrid.

    Returns one row for each winner, the largest value first: `estimate` (median-unbiased), `lower`, `upper`, `naive` (the value
    itself). Conditional estimates and bounds may be infinite. A value without variance is known and stays. Raises InputError for
    noise that is not sampling noise, and for a tie that leaves open who was selected.
    Source: Andrews, Kitagawa & McCloskey (2024), QJE 139(1); for places, Andrews, Bowen, Kitagawa & McCloskey (2022).

    >>> winners({"a": 2.0, "b": 1.5, "c": 0.0}, np.eye(3)).round(2)
       estimate  lower  upper  naive
    a      0.93  -1.14   3.86    2.0
    """
    given = _given.sampled(values, cov, "Winners", "Shrunken effects are no longer too high for having been picked.")
    beta = _spent(method, confidence, beta)
    _must_be_asked(selection, best, draws, given)
    order = np.argsort(-given.value, kind="stable")
    _must_be_told_apart(given, order, best, selection)
    c = _all_at_once(given.covariance, 1 - beta, draws, seed) if method == "hybrid" else np.inf
    chances = _chances((1 - confidence - beta) / (1 - beta))
    rows = [_row(given, j, _places(place, best, selection), c, chances) for place, j in enumerate(order[:best], 1)]
    return pd.DataFrame(rows, given.labels[order[:best]], ["estimate", "lower", "upper", "naive"])


def _row(given: Given, j: int, above: tuple[int, int], c: float, chances: np.ndarray) -> list[float]:
    """Return the estimate, the bounds and the value of one winner."""
    value, sigma = given.value[j], np.sqrt(given.covariance[j, j])
    if sigma == 0:
        return [value] * 4
    low, high = _allowed(given, j, sigma, above)
    before, after = (low, np.minimum(high, 0)), (np.maximum(low, 0), high)
    below = partial(_chance_below, before=before, after=after, c=c)
    return [*(value + sigma * _solved(below, chance, c) for chance in chances), value]


def _allowed(given: Given, j: int, sigma: float, above: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Return the intervals of t = (y − θ̂_j) / σ in which the number of labels above j is within `above`, given Z.

    At t label k is ahead of j by gap − slope t, so it is overtaken at gap / slope (or overtakes, where the slope is negative).
    """
    others = np.arange(len(given.value)) != j
    gap = (given.value - given.value[j])[others]
    slope = (sigma - given.covariance[j] / sigma)[others]
    slope[np.abs(slope) <= ROUNDING * sigma] = 0
    first = (slope > 0).sum() + ((slope == 0) & (gap > 0)).sum()
    turns = np.flatnonzero(slope)
    turns = turns[np.argsort(gap[turns] / slope[turns], kind="stable")]
    count = first - np.concatenate([[0], np.sign(slope[turns]).cumsum()])
    edges = np.concatenate([[-np.inf], gap[turns] / slope[turns], [np.inf]])
    kept = (above[0] <= count) & (count <= above[1])
    return edges[:-1][kept], edges[1:][kept]


def _chance_below(
    mean: float, before: tuple[np.ndarray, np.ndarray], after: tuple[np.ndarray, np.ndarray], c: float
) -> float:
    """Return F(θ̂_j; μ) for μ = θ̂_j + `mean` σ: the share of the allowed mass that lies below t = 0."""
    masses = [_log_mass(np.maximum(low - mean, -c), np.minimum(high - mean, c)) for low, high in (before, after)]
    return float(special.expit(masses[0] - masses[1]))


def _log_mass(low: np.ndarray, high: np.ndarray) -> float:
    """Return log Σ (Φ(high) − Φ(low)) over intervals, exact in both tails; an empty interval counts nothing."""
    full = high > low
    low, high = low[full], high[full]
    right = low > 0
    a, b = np.where(right, -high, low), np.where(right, -low, high)
    upper = special.log_ndtr(b)
    with np.errstate(divide="ignore"):  # an interval too narrow to be told from nothing
        masses = upper + np.log(-np.expm1(special.log_ndtr(a) - upper))
    return float(np.logaddexp.reduce(masses, initial=-np.inf))


def _solved(below: partial[float], chance: float, c: float) -> float:
    """Find the mean at which F is `chance`; F falls in the mean, from 1 to 0. Infinite where it is too far away to be found."""
    ends = []
    for side in (-1, 1):
        reach = min(1.0, c)
        while side * (below(side * reach) - chance) > 0 and reach < min(c, FAR):
            reach = min(2 * reach, c, FAR)
        if side * (below(side * reach) - chance) > 0:
            return side * np.inf
        ends.append(side * reach)
    return float(optimize.brentq(lambda mean: below(mean) - chance, *ends))


def _chances(alpha: float) -> np.ndarray:
    return np.array([0.5, 1 - alpha / 2, alpha / 2])


def _places(place: int, best: int, selection: str) -> tuple[int, int]:
    """Return the fewest and the most labels that may be above a winner."""
    return (0, best - 1) if selection == "among" else (place - 1, place - 1)


@one_thread
def _all_at_once(v: np.ndarray, confidence: float, draws: int, seed: int | np.random.Generator) -> float:
    """Return the quantile of the largest |e_k| / σ_k."""
    varies = np.diag(v) > 0
    errors = _given.errors(v[np.ix_(varies, varies)], draws, np.random.default_rng(seed))
    largest = np.abs(errors / np.sqrt(np.diag(v)[varies])).max(axis=1, initial=0)
    return float(np.quantile(largest, confidence, method="inverted_cdf"))


def _spent(method: str, confidence: float, beta: float | None) -> float:
    """Return β; the conditional method spends nothing first."""
    _given.must_be_share("confidence", confidence, "0.95 for 95 %")
    if method not in METHODS:
        raise InputError(f"method must be one of {', '.join(METHODS)}; seen: {method!r}. Choose one of these.")
    if method == "conditional" and beta is not None:
        raise InputError(f"beta belongs to the hybrid method; seen: {beta} with method='conditional'. Leave it out.")
    if beta is not None and not 0 < beta < 1 - confidence:
        raise InputError(
            f"beta must lie between 0 and 1 − confidence = {1 - confidence:.3g}; seen: {beta}. A tenth of it is usual."
        )
    return 0.0 if method == "conditional" else BETA * (1 - confidence) if beta is None else beta


def _must_be_asked(selection: str, best: int, draws: int, given: Given) -> None:
    if selection not in SELECTIONS:
        raise InputError(f"selection must be one of {', '.join(SELECTIONS)}; seen: {selection!r}. Choose one of these.")
    _given.must_count("best", best, len(given.value), "labels with a value")
    _given.must_draw(draws)


def _must_be_told_apart(given: Given, order: np.ndarray, best: int, selection: str) -> None:
    """Refuse a tie between the last winner and the next, or between any winners where each place counts."""
    value = given.value[order[: best + 1]]
    ties = np.flatnonzero(np.diff(value) == 0)
    ties = ties if selection == "place" else ties[ties == best - 1]
    if len(ties):
        alike = given.labels[given.value == value[ties[0]]]
        seen = f"{len(alike)} have the same value {value[ties[0]]:g}: {first_five(alike)}"
        raise InputError(
            f"Places must be told apart by their values; {seen}. Ask for selection='among', with a number of winners that keeps "
            "them together."
            if selection == "place"
            else f"Winners must be told from others by their values; {seen}. Choose a number of winners that keeps them together."
        )
