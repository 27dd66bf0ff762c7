"""The 2×2 comparison of changes with covariates: outcome regression, inverse probability weighting, doubly robust.

With supported firms s, comparison firms c, changes ΔY and covariates X (a constant first), weights w:

    τ = Σ_s a_s (ΔY_s − X_s β) − Σ_c a_c (ΔY_c − X_c β),   a_s = w_s / Σ w,   a_c = w_c o_c / Σ w o,   o = π / (1 − π)

"reg" has no second sum, "ipw" has β = 0, "dr" has both (Sant'Anna & Zhao 2020, eq. 2.5–2.6 and the traditional doubly
robust estimator of their section 3; Hájek weights, as R's DRDID). Many periods are many right-hand sides of one fit.
Influence rows sum to the error: they carry no sample size.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from impact.blocks import Block, pieces

SEPARATED = 0.999  # R's did refuses a cell whose largest fitted probability of support reaches this
TRIMMED = 0.995  # DRDID gives comparison firms above it no weight
CAPPED = 1 - 1e-6


@dataclass(frozen=True)
class Side:
    """Supported or comparison firms: covariates (n × k), changes (n × m), sampling weights (n)."""

    x: np.ndarray
    change: np.ndarray
    weight: np.ndarray


@dataclass(frozen=True)
class Outcome:
    """How the changes of comparison firms depend on covariates: β (k × m), (X'WX)⁻¹ (k × k)."""

    beta: np.ndarray
    inverse: np.ndarray


@dataclass(frozen=True)
class Propensity:
    """Who is supported: π of supported (n_s) and comparison firms (n_c), inverse Hessian (k × k), coefficients (k)."""

    supported: np.ndarray
    comparison: np.ndarray
    inverse: np.ndarray
    beta: np.ndarray


@dataclass(frozen=True)
class Effect:
    """Effects (m) with the influence rows of supported (n_s × m) and comparison firms (n_c × m)."""

    value: np.ndarray
    supported: np.ndarray
    comparison: np.ndarray


@dataclass(frozen=True)
class Groups:
    """Supported firms of several groups, group after group: what is done for each of thousands is done for all at once.

    rows: the number of each group (G) in the design. units: positions of firms (n). counts: of each group's firms (G). side:
    what is known of them.
    """

    rows: np.ndarray
    units: np.ndarray
    counts: np.ndarray
    side: Side

    def mean(self, values: np.ndarray) -> np.ndarray:
        """Return Σ_s a_s values_s of each group (G × columns), a_s = w_s / Σ w over the group's firms."""
        return self._added(self._share[:, None] * values)

    def effect(self, left: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return τ = Σ_s a_s left_s of each group (G × m), and what its firms add to the error (n × m).

        left: what changes have beyond what is predicted for supported firms.
        """
        value = self.mean(left)
        return value, self._share[:, None] * (left - np.repeat(value, self.counts, axis=0))

    def sides(self) -> Iterator[Side]:
        """Go through the groups."""
        for start, end in itertools.pairwise([0, *np.cumsum(self.counts)]):
            yield Side(self.side.x[start:end], self.side.change[start:end], self.side.weight[start:end])

    def only(self, kept: np.ndarray) -> Groups:
        """Keep the groups that are marked."""
        if kept.all():
            return self
        at, of = np.repeat(kept, self.counts), self.side
        side = Side(of.x[at], of.change[at], of.weight[at])
        return Groups(self.rows[kept], self.units[at], self.counts[kept], side)

    @functools.cached_property
    def _share(self) -> np.ndarray:
        return self.side.weight / np.repeat(self._added(self.side.weight), self.counts)

    def _added(self, values: np.ndarray) -> np.ndarray:
        """Add up within groups, each of which has a firm."""
        return np.add.reduceat(values, np.cumsum(self.counts) - self.counts, axis=0)


def outcome_model(c: Side) -> Outcome | None:
    """Regress changes of comparison firms on covariates; None where the covariates are collinear."""
    weighted = c.x * c.weight[:, None]
    gram = weighted.T @ c.x
    inverse = _inverse(gram) if len(c.x) >= c.x.shape[1] else None
    return None if inverse is None else Outcome(np.linalg.solve(gram, weighted.T @ c.change), inverse)


def _inverse(matrix: np.ndarray) -> np.ndarray | None:
    """Return the inverse; None where the matrix is singular to rounding (its condition in the 1-norm)."""
    try:
        inverse = np.linalg.inv(matrix)
    except np.linalg.LinAlgError:
        return None
    condition = np.abs(matrix).sum(axis=0).max() * np.abs(inverse).sum(axis=0).max()
    return inverse if condition < 1 / np.finfo(float).eps else None


def residual(side: Side, model: Outcome | None) -> np.ndarray:
    """Return what the regression does not explain of the changes, or all of them, as an array of its own."""
    left = side.change.copy()
    if model is not None:
        for at in pieces(len(left)):
            left[at] -= side.x[at] @ model.beta
    return left


def propensity(s: Side, c: Side, start: np.ndarray | None = None) -> Propensity | None:
    """Fit the logit of support on covariates; None where covariates separate supported from comparison firms.

    start: coefficients to begin with, from a fit of nearly the same firms; the maximum is the same from anywhere.
    """
    x = np.concatenate([s.x.T, c.x.T], axis=1, out=np.empty((s.x.shape[1], len(s.x) + len(c.x))))
    size = np.abs([x.min(axis=1), x.max(axis=1)]).max(axis=0)
    size[size == 0] = 1
    x /= size[:, None]
    d = np.repeat([1.0, 0.0], [len(s.x), len(c.x)])
    weight = np.concatenate([s.weight, c.weight])
    fitted = _logit(x, d, weight, None if start is None else start * size)
    unweighted = fitted if np.all(weight == weight[0]) else _logit(x, d, np.ones(len(d)))
    if fitted is None or unweighted is None or unweighted[0].max() >= SEPARATED:
        return None
    probability = np.minimum(fitted[0], CAPPED)
    inverse, beta = fitted[1] / np.outer(size, size), fitted[2] / size
    return Propensity(probability[: len(s.x)], probability[len(s.x) :], inverse, beta)


def shared(c: Side, units: np.ndarray, model: Outcome, directions: np.ndarray) -> Block:
    """Return the influence of comparison firms at these units, −w (x'direction) × residual, group by group.

    directions: (X'WX)⁻¹ times the mean covariates of each group (groups × k). For more groups than covariates the factors are
    the products of covariates and residuals, which all groups share; for fewer the influence itself is smaller.
    """
    (groups, k), m, left = directions.shape, c.change.shape[1], residual(c, model)
    cells, weighted = np.arange(groups * m), c.weight[:, None] * c.x
    if groups <= k:
        influence = -(weighted @ directions.T)[:, :, None] * left[:, None, :]
        return Block(units, influence.reshape(len(c.x), -1), cells)
    return Block(units, weighted, cells, -np.kron(directions.T, np.eye(m)), crossed=left)


def effect(s: Side, c: Side, model: Outcome | None, score: Propensity) -> Effect:
    """Return τ and its influence, from a propensity score and, doubly robust, an outcome model (module docstring)."""
    a_s, a_c = s.weight / s.weight.sum(), _tilted(c, score)
    left_s, left_c = residual(s, model), residual(c, model)
    mean_s, mean_c = a_s @ left_s, a_c @ left_c
    tilt = (c.x[at].T @ (a_c[at, None] * (left_c[at] - mean_c)) for at in pieces(len(left_c)))
    slope = score.inverse @ sum(tilt)
    target = None if model is None else model.inverse @ (a_s @ s.x - a_c @ c.x)
    for at in pieces(len(left_s)):  # from here on, residuals become influence in place
        fitted = (s.weight[at] * (1 - score.supported[at]))[:, None] * (s.x[at] @ slope)
        left_s[at] = a_s[at, None] * (left_s[at] - mean_s) - fitted
    for at in pieces(len(left_c)):
        fitted = (c.weight[at] * score.comparison[at])[:, None] * (c.x[at] @ slope)
        regressed = 0 if target is None else (c.weight[at] * (c.x[at] @ target))[:, None] * left_c[at]
        left_c[at] = fitted - a_c[at, None] * (left_c[at] - mean_c) - regressed
    return Effect(mean_s - mean_c, left_s, left_c)


def _tilted(c: Side, score: Propensity) -> np.ndarray:
    """Weight comparison firms by their odds of support, so that they look like supported firms."""
    odds = np.where(score.comparison < TRIMMED, score.comparison / (1 - score.comparison), 0)
    weight = c.weight * odds
    return weight / weight.sum()


def _logit(
    x: np.ndarray, d: np.ndarray, weight: np.ndarray, start: np.ndarray | None = None, steps: int = 50
) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Maximise the logit likelihood by Newton's method: fitted probabilities, inverse Hessian and coefficients.

    x: covariates × firms, each covariate of a size near one.
    """
    beta = np.zeros(len(x)) if start is None else start
    for _ in range(steps):
        probability = _expit(beta @ x)
        curve = weight * probability * (1 - probability)
        hessian = sum((x[:, at] * curve[at]) @ x[:, at].T for at in pieces(len(d)))
        if not np.linalg.cond(hessian, 1) < 1 / np.finfo(float).eps:
            return None if start is None else _logit(x, d, weight)
        step = np.linalg.solve(hessian, x @ (weight * (d - probability)))
        beta = beta + step
        if np.abs(step).max() < 1e-12 * max(1.0, np.abs(beta).max()):
            return probability, np.linalg.inv(hessian), beta
    return None if start is None else _logit(x, d, weight)


def _expit(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(z, -700, 700)))
