"""Comparison firms reweighted until they look like the supported firms of a group, for many groups at once.

For each group r of supported firms with mean covariates x̄_r, comparison firms i get the weights that are closest to equal and
balance (entropy balancing, Hainmueller 2012; an exponential tilt):

    ω_ir = w_i exp(X_i λ_r),   Σ_i ω_ir = 1,   Σ_i ω_ir X_i = x̄_r,   τ_r = Σ_s a_s ΔY_s − Σ_i ω_ir ΔY_i

This is doubly robust (Zhao & Percival 2017): because the weights balance X, any regression on X drops out of τ, so τ is right if
trends are linear in X *or* if the odds of support in r are log-linear in X. With θ_r the regression of ΔY on X weighted by ω_r,
τ_r = Σ_s a_s (ΔY_s − X_s θ_r), and its error is

    Σ_s a_s (ΔY_s − X_s θ_r − τ_r) − Σ_i ω_ir (ΔY_i − X_i θ_r)

λ minimises the convex log Σ_i w_i exp(Z_i λ) − z̄_r λ (Z: covariates without the constant), by Newton's method over all groups
together; with many firms it begins on a part of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impact.blocks import NUMBERS_AT_ONCE, pieces
from impact.estimators._sides import Side

ALONE = (
    "no weights make comparison firms like them: their traits lie at the edge of, or outside, those of comparison firms"
)
STEPS, HALVINGS = 60, 30
DONE = 1e-6  # Newton's decrement below which one more step is exact to rounding
FLAT = 1e-12  # weights vary so little, in standard deviations, that no step is left: they sit on a few firms
START_FROM = 20_000  # firms on which the first steps are made
EDGE = 2  # firms a covariate over which the weights must at least spread (Kish's effective number)


@dataclass(frozen=True)
class Tilts:
    """Tilts λ (k × G; the first row makes weights sum to one), slopes θ (G × k × m), and which groups could be balanced."""

    tilt: np.ndarray
    slope: np.ndarray
    found: np.ndarray


@dataclass(frozen=True)
class _Sums:
    """What one look at all firms tells of weights: log of their sum, means (G × q) and covariances (G × q × q) of Z."""

    log: np.ndarray
    mean: np.ndarray
    cov: np.ndarray


def balanced(c: Side, target: np.ndarray) -> Tilts:
    """Balance comparison firms to the mean covariates (G × k, a constant first) of each group."""
    centre, size = c.x[:, 1:].mean(axis=0), c.x[:, 1:].std(axis=0)
    z, aim = (c.x[:, 1:] - centre) / size, (target[:, 1:] - centre) / size
    few = slice(None, None, max(1, len(z) // START_FROM))
    start, _ = _newton(z[few], c.weight[few], aim, np.zeros_like(aim))
    steps, found = _newton(z, c.weight, aim, start)
    steps[~found] = 0
    tilt = np.column_stack([-_sums(z, c.weight, steps).log - steps @ (centre / size), steps / size]).T
    slope, spread = _regressed(c, tilt)
    return Tilts(tilt, slope, found & (spread >= EDGE * c.x.shape[1]))


def _newton(z: np.ndarray, weight: np.ndarray, aim: np.ndarray, start: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return steps (G × q) and which groups are done; a step that does not lower the aim's function is halved."""
    at, done = start.copy(), np.zeros(len(aim), bool)
    left = np.arange(len(aim))
    step, height, halved = np.zeros_like(aim), np.full(len(aim), np.inf), np.zeros(len(aim), int)
    for _ in range(STEPS):
        if not len(left):
            break
        sums = _sums(z, weight, at[left])
        now = sums.log - np.einsum("gq,gq->g", at[left], aim[left])
        worse = ~(now <= height[left] + 1e-9 * (1 + np.abs(height[left])))
        step[left[worse]] /= 2
        at[left[worse]] -= step[left[worse]]
        halved[left[worse]] += 1
        better = left[~worse]
        move, decrement = _moves(sums, aim[left] - sums.mean)
        step[better], height[better] = move[~worse], now[~worse]
        at[better] += step[better]
        done[better] = decrement[~worse] < DONE
        lost = ~np.isfinite(at[left]).all(axis=1) | (halved[left] > HALVINGS)
        left = left[~done[left] & ~lost]
    return np.where(np.isfinite(at), at, 0), done


def _moves(sums: _Sums, gap: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return Newton's steps and decrements; a group whose weights hardly vary has no step."""
    lowest = np.linalg.eigvalsh(np.where(np.isfinite(sums.cov), sums.cov, 0)).min(axis=1)
    flat = ~(lowest > FLAT)
    cov = np.where(flat[:, None, None], np.eye(gap.shape[1]), sums.cov)
    move = np.linalg.solve(cov, gap[:, :, None])[:, :, 0]
    move[flat] = np.nan
    return move, np.sqrt(np.maximum(np.einsum("gq,gq->g", move, gap), 0))


def _sums(z: np.ndarray, weight: np.ndarray, tilt: np.ndarray) -> _Sums:
    """Add up over firms, some at a time; the exponents stay below the largest that a group can have."""
    (groups, q), (first, second) = tilt.shape, np.triu_indices(z.shape[1])
    top = np.maximum(tilt * z.max(axis=0), tilt * z.min(axis=0)).sum(axis=1)
    total = np.zeros((groups, 1 + q + len(first)))
    for at in pieces(len(z), max(1, NUMBERS_AT_ONCE // groups)):
        some = z[at]
        powers = np.column_stack([np.ones(len(some)), some, some[:, first] * some[:, second]])
        total += np.exp(some @ tilt.T - top).T @ (powers * weight[at, None])
    with np.errstate(divide="ignore", invalid="ignore"):
        mean, square = total[:, 1 : q + 1] / total[:, :1], total[:, q + 1 :] / total[:, :1]
        log = np.log(total[:, 0]) + top
    cov = np.empty((groups, q, q))
    cov[:, first, second] = cov[:, second, first] = square - mean[:, first] * mean[:, second]
    return _Sums(log, mean, cov)


def _regressed(c: Side, tilt: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return θ, the regression of changes on covariates under each group's weights, and Kish's number of firms."""
    (k, groups), m = tilt.shape, c.change.shape[1]
    gram, cross, squares = np.zeros((groups, k * k)), np.zeros((groups, k * m)), np.zeros(groups)
    for at in pieces(len(c.x), max(1, NUMBERS_AT_ONCE // groups)):
        x, tilted = c.x[at], c.weight[at, None] * np.exp(c.x[at] @ tilt)
        gram += tilted.T @ (x[:, :, None] * x[:, None, :]).reshape(len(x), -1)
        cross += tilted.T @ (x[:, :, None] * c.change[at][:, None, :]).reshape(len(x), -1)
        squares += np.einsum("ig,ig->g", tilted, tilted)
    slope = np.linalg.pinv(gram.reshape(groups, k, k), hermitian=True) @ cross.reshape(groups, k, m)
    return slope, 1 / squares
