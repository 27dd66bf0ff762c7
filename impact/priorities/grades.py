"""Grades of regions: as many as the evidence tells apart, no more.

    maximise Σ_{i graded above j} (λ P_ij − P_ji),   P_ij = Pr(θ_i > θ_j)

A pair in different grades gains λ where the order is true and costs 1 where it is not, so two regions alone would be told apart
where P_ij > 1 / (1 + λ): 0.8 for λ = 0.25. λ = 0 gives a single grade, λ = 1 a full ranking.

Grades here follow the posterior mean: regions in this order are cut into grades by dynamic programming, which finds the best cuts
of all. With W_ij = λ P_ij − P_ji for i before j, the best gain lost within grades of the first m regions is
L(m) = min_{s < m} L(s) + Σ_{s < i < j ≤ m} W_ij. This is the best among gradings in the order of means, and usually, not always,
the best of all: where posterior standard deviations differ a lot, an integer programme over all gradings can find a better one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from impact.errors import InputError, first_five
from impact.estimates import Estimate
from impact.noise import Draws
from impact.priorities import _given
from impact.priorities._given import Given

SOURCES = (
    "Kline, P., Rose, E. K. and Walters, C. R. (2024). A discrimination report card. American Economic Review 114(8), 2472–2525.",
)
WEIGHT = 0.25
ONE_HOLDS_ALL = 0.8  # share in one grade beyond which the evidence does not separate the regions
AT_ONCE = 200  # draws that are compared at once


@dataclass(frozen=True)
class Grades:
    """Grades, and how often they are expected to be wrong.

    table: one row a label: `grade` (1 is the highest; blank without a posterior), `estimate` and `std_error` (of the
        posterior), and `discordance`: the share of regions in other grades that are expected on the other side of it.
    sizes: how many have each grade. weight: λ. gain: the sum that was maximised.
    discordance: the expected share of *all* pairs that are graded in the wrong order (Kline, Rose & Walters call it DR).
    discordance_of_separated: the expected share of pairs *in different grades* that are in the wrong order; blank where there
        are none.
    """

    table: pd.DataFrame
    sizes: pd.Series
    weight: float
    gain: float
    discordance: float
    discordance_of_separated: float

    @property
    def largest(self) -> float:
        """Return the share of the largest grade."""
        return float(self.sizes.max() / self.sizes.sum()) if len(self.sizes) else float("nan")

    @property
    def separates(self) -> bool:
        """Tell whether the evidence separates the regions: no grade holds more than 80 % of them."""
        return self.largest <= ONE_HOLDS_ALL


def grades(estimate: Estimate, weight: float = WEIGHT) -> Grades:
    """Return grades of regions: two regions get different grades only where the evidence tells them apart well enough.

    The estimand is the order of true effects; a grade says "these are above those" and is expected to be wrong about so many
    pairs as `discordance` says. See the formulas of this module.

    estimate: effects with posterior noise (`impact.shrink`), a mean and covariance or draws. Normal noise gives
        P_ij = Φ((m_i − m_j) / sd(θ_i − θ_j)), draws the share of them; equal ones count half. Regions without a value get no
        grade.
    weight: λ from 0 to 1, what a pair in the true order is worth against one in the wrong order. With 0.25 a wrong one costs as
        much as four right ones gain.

    Raises InputError for an estimate that was not shrunk (raw effects of small regions would fill the best and the worst grade),
    and for a weight beyond 0 to 1. Source: Kline, Rose & Walters (2024), American Economic Review 114(8); the dynamic
    programme is ours.

    >>> from impact.estimates import blank_cells
    >>> from impact.noise import Gaussian
    >>> mean = pd.Series([0.30, 0.28, 0.05], pd.Index(["a", "b", "c"], name="region"))
    >>> e = Estimate(mean, Gaussian(0.01 * np.eye(3), "posterior"), blank_cells(mean))
    >>> found = grades(e)
    >>> found.table["grade"].tolist(), round(found.discordance, 3), found.separates
    ([1, 1, 2], 0.03, True)
    """
    given = _given.posterior(estimate, "Grades")
    if not 0 <= weight <= 1:
        raise InputError(f"weight must lie from 0 (one grade) to 1 (a full ranking); seen: {weight}. 0.25 is usual.")
    p = _probabilities(estimate, given)
    order = np.argsort(-given.value, kind="stable")
    of = np.empty(len(order), int)
    of[order] = _cut(weight * p[np.ix_(order, order)] - p.T[np.ix_(order, order)])
    return _told(given, p, of, weight)


def probabilities(estimate: Estimate) -> pd.DataFrame:
    """Return P_ij = Pr(θ_i > θ_j), row above column, from a posterior; an exact tie counts half.

    >>> from impact.estimates import blank_cells
    >>> from impact.noise import Gaussian
    >>> mean = pd.Series({"a": 0.3, "b": 0.1})
    >>> e = Estimate(mean, Gaussian(0.02 * np.eye(2), "posterior"), blank_cells(mean))
    >>> probabilities(e).round(3)
           a      b
    a  0.500  0.841
    b  0.159  0.500
    """
    given = _given.posterior(estimate, "Probabilities of orders")
    return pd.DataFrame(_probabilities(estimate, given), given.labels, given.labels)


def discordance_rate(estimate: Estimate, grade: pd.Series) -> float:
    """Return the share of pairs in different grades that are expected in the wrong order, whatever made the grades.

        Σ_{i graded above j} P_ji / number of such pairs

    estimate: effects with posterior noise. grade: one number for each of its labels, 1 for the highest; blank: no grade.
    Returns a share, blank where no two are told apart. Raises InputError for other noise, or labels without a row.

    >>> from impact.estimates import blank_cells
    >>> from impact.noise import Gaussian
    >>> mean = pd.Series({"a": 0.3, "b": 0.1})
    >>> e = Estimate(mean, Gaussian(0.02 * np.eye(2), "posterior"), blank_cells(mean))
    >>> round(discordance_rate(e, pd.Series({"a": 1, "b": 2})), 3), round(discordance_rate(e, pd.Series({"a": 2, "b": 1})), 3)
    (0.159, 0.841)
    """
    given = _given.posterior(estimate, "Discordance rates")
    lost = given.labels[~given.labels.isin(grade.index)]
    if len(lost):
        raise InputError(
            f"Every label must have a row in `grade`; {len(lost)} have none: {first_five(lost)}. Add them."
        )
    of = pd.to_numeric(grade.loc[given.labels]).to_numpy(float, na_value=np.nan)
    return _shares(_probabilities(estimate, given), of)[1]


def _probabilities(estimate: Estimate, given: Given) -> np.ndarray:
    if isinstance(estimate.noise, Draws):
        return _by_draws(given.value + estimate.noise.take(np.flatnonzero(given.known)).errors)
    own = np.diag(given.covariance)
    both = own[:, None] + own
    variance = both - 2 * given.covariance
    sd = np.sqrt(np.where(variance > _given.ROUNDING * both, variance, 0))
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (given.value[:, None] - given.value) / sd
    return special.ndtr(np.nan_to_num(z, nan=0, posinf=np.inf, neginf=-np.inf))


def _by_draws(draws: np.ndarray) -> np.ndarray:
    """Count for each pair how often the first is above the second, a few draws at a time."""
    n = draws.shape[1]
    above = np.zeros((n, n))
    for at in range(0, len(draws), AT_ONCE):
        part = draws[at : at + AT_ONCE].T
        above += [np.count_nonzero(one > part, axis=1) for one in part]
    return (above + len(draws) - above.T) / (2 * len(draws))


def _cut(gain: np.ndarray) -> np.ndarray:
    """Cut labels in order into grades 0, 1, … so that the gain that is lost within grades is least."""
    n = len(gain)
    total = np.zeros((n + 1, n + 1))
    total[1:, 1:] = np.triu(gain, 1).cumsum(axis=0).cumsum(axis=1)
    lost, start = np.zeros(n + 1), np.zeros(n + 1, int)
    for end in range(1, n + 1):
        within = total[end, end] - total[:end, end] - total[end, :end] + np.diag(total)[:end]
        start[end] = np.argmin(lost[:end] + within)
        lost[end] = (lost[:end] + within)[start[end]]
    begins = np.zeros(n, int)
    while n:
        n = start[n]
        begins[n] = 1
    return begins.cumsum() - 1 if len(begins) else begins


def _told(given: Given, p: np.ndarray, of: np.ndarray, weight: float) -> Grades:
    above = of[:, None] < of
    grade = pd.Series(of + 1, given.labels, dtype="Int64")
    columns = {"grade": grade, "estimate": pd.Series(given.value, given.labels)}
    columns["std_error"] = pd.Series(np.sqrt(np.diag(given.covariance)), given.labels)
    columns["discordance"] = pd.Series(_own_share(p, above), given.labels)
    table = pd.DataFrame(columns).reindex(given.index)
    sizes = grade.value_counts().sort_index().rename("regions")
    return Grades(table, sizes, weight, float((weight * p - p.T)[above].sum()), *_shares(p, of))


def _own_share(p: np.ndarray, above: np.ndarray) -> np.ndarray:
    """Return for each label the expected share of those in other grades that are on the wrong side of it."""
    wrong, others = (p.T * above + p * above.T).sum(axis=1), (above | above.T).sum(axis=1)
    return np.divide(wrong, others, out=np.full(len(p), np.nan), where=others > 0)


def _shares(p: np.ndarray, of: np.ndarray) -> tuple[float, float]:
    """Return the expected share of wrong orders among all pairs, and among those in different grades."""
    above = of[:, None] < of
    pairs, separated, wrong = len(of) * (len(of) - 1) / 2, int(above.sum()), float(p.T[above].sum())
    return (wrong / pairs if pairs else float("nan")), (wrong / separated if separated else float("nan"))
