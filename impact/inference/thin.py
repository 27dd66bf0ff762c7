"""Standard errors of groups with few supported firms: their own variance is replaced by one that learns from all groups.

The influence of two firms says how far these two lie apart, and their interval covers the truth in 60 % of cases instead of 95;
with one firm it says nothing at all. So, for a group ℓ with n_ℓ < 30 supported firms whose part of the variance is S_ℓ:

    u_ℓ = S_ℓ n_ℓ² / (n_ℓ − 1)                         variance of a single firm, unbiased
    log u0(n) = α + β log n                            the variance function, from all groups
    ũ_ℓ = (d0 u0(n_ℓ) + (n_ℓ − 1) u_ℓ) / (d0 + n_ℓ − 1)
    S̃_ℓ = ũ_ℓ / n_ℓ,   with d0 + n_ℓ − 1 degrees of freedom

d0, how many firms the variance function is worth, follows from how much u_ℓ varies beyond chance (moments of log χ²; Smyth
2004, Statistical Applications in Genetics and Molecular Biology 3(1), section 6.2). What comparison firms add stays as it is.
Groups of other outcomes or event times have a variance function of their own. Where fewer than ten groups can teach one, nothing
is replaced.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import optimize, sparse, special

from impact.blocks import Block
from impact.noise import Influence, Weights

THIN = 30  # supported firms from which on a group's own variance is enough
TEACHERS = 10  # groups that are needed to learn a variance function
EVIDENCE = 5  # supported firms below which a group has not enough evidence of its own
SILENT = 1e-12  # a variance below this share of others is rounding: these firms say nothing
LARGEST = 1e6  # degrees of freedom beyond which variances differ by chance only


@dataclass(frozen=True)
class Learnt:
    """Noise in which thin groups have the variance that was learnt, and the degrees of freedom of each (inf: untouched)."""

    noise: Influence
    df: np.ndarray


@dataclass(frozen=True)
class Function:
    """log u0 = intercept + slope log n, and the number of firms d0 that it is worth."""

    intercept: float
    slope: float
    worth: float

    def at(self, n: np.ndarray) -> np.ndarray:
        """Return the variance of a single firm in groups of n."""
        return np.exp(self.intercept + self.slope * np.log(n))


def learnt(noise: Influence, weights: Weights, family: np.ndarray, firms: list[np.ndarray]) -> Learnt | None:
    """Return the noise of the weighted sums of cells with learnt variances; None where there is nothing to learn.

    noise: of the cells, in whose blocks supported firms are told from others. weights: cells × groups. family: for each group,
    the number of the family within which variances are alike. firms: the positions of each group's supported firms.
    """
    table = sparse.csr_array(weights)
    n, part = np.array([len(rows) for rows in firms]), _supported(noise).combine(table).variance()
    target, df = part.copy(), np.full(len(n), np.inf)
    for one in np.unique(family):
        of = np.flatnonzero((family == one) & (n > 0))
        function = variance_function(n[of], part[of])
        few = of[n[of] < THIN]
        if function is not None and len(few):
            target[few], df[few] = shared(function, n[few], part[few])
    if np.isinf(df).all() and np.array_equal(target, part):
        return None
    return Learnt(_with(noise, table, firms, part, target), df)


def firms(shares: Influence, behind: Weights) -> list[np.ndarray]:
    """Return for each average the positions of its supported firms, or of their clusters.

    shares: the noise of the sizes of groups, in which each member of a group has a row. behind: marks the groups of each average.
    """
    found = sparse.csc_array((len(shares.units), behind.shape[1]))
    for block in (block for block in shares.blocks if block.own and isinstance(block, Block)):
        row, group, _ = sparse.find(block.table())
        member = sparse.csr_array(
            (np.ones(len(row)), (block.rows[row], block.cells[group])), shape=(len(shares.units), shares.size)
        )
        found = found + (member @ (behind != 0)).tocsc()
    return [np.sort(found.indices[start:end]) for start, end in itertools.pairwise(found.indptr)]


def variance_function(n: np.ndarray, part: np.ndarray) -> Function | None:
    """Learn how the variance of a single firm depends on the count; None from fewer than ten groups with two firms or more."""
    teaches = (n > 1) & (part > SILENT * part.max(initial=0))
    if teaches.sum() < TEACHERS:
        return None
    n, d = n[teaches], n[teaches] - 1.0
    logs = np.log(part[teaches] * n**2 / d) - special.digamma(d / 2) + np.log(d / 2)
    chance = special.polygamma(1, d / 2)
    x = np.column_stack([np.ones(len(n)), np.log(n)])[:, : 1 + (len(np.unique(n)) > 1)]
    root = 1 / np.sqrt(chance)
    beta = np.linalg.lstsq(x * root[:, None], logs * root, rcond=None)[0]
    left = logs - x @ beta
    beyond = np.sum(left**2 - chance * (1 - x.shape[1] / len(n))) / (len(n) - x.shape[1])
    return Function(float(beta[0]), float(beta[1]) if len(beta) > 1 else 0.0, 2 * _inverse_trigamma(beyond))


def shared(function: Function, n: np.ndarray, part: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return S̃ and its degrees of freedom: a group's own variance, drawn towards the variance function."""
    worth, d = min(function.worth, LARGEST), n - 1.0
    own = part * n**2 / np.maximum(d, 1)
    pooled = (worth * function.at(n) + d * own) / (worth + d)
    return pooled / n, np.where(worth + d >= LARGEST, np.inf, worth + d)


def _inverse_trigamma(value: float) -> float:
    """Return y with trigamma(y) = value; infinite where nothing varies beyond chance."""
    if value <= special.polygamma(1, LARGEST):
        return LARGEST
    return float(optimize.brentq(lambda y: special.polygamma(1, y) - value, 1e-6, LARGEST))


def _supported(noise: Influence) -> Influence:
    """Return what supported firms add to the noise, over these firms only."""
    own = [block for block in noise.blocks if block.own]
    present = np.unique(np.concatenate([np.empty(0, np.int64), *(block.rows for block in own)]))
    position = np.zeros(len(noise.units), np.int64)
    position[present] = np.arange(len(present))
    return Influence(noise.units[present], tuple(block.moved(position) for block in own), noise.size)


def _with(
    noise: Influence, weights: sparse.csr_array, firms: list[np.ndarray], part: np.ndarray, target: np.ndarray
) -> Influence:
    """Scale the rows of supported firms; a group whose firms say nothing gets the whole of what it should have."""
    silent = (part <= SILENT * target) & (target > 0)
    scale = np.sqrt(np.divide(target, part, out=np.ones_like(part), where=(part > 0) & ~silent))
    scaled = weights.multiply(scale[None, :]).tocsr()
    blocks = [block.combined(scaled if block.own else weights) for block in noise.blocks]
    filled = list(_filled(firms, target, silent))
    summed = Influence(noise.units, (*blocks, *filled), weights.shape[1], noise.kind)
    return summed.combine(sparse.eye_array(weights.shape[1], format="csr"))


def _filled(firms: list[np.ndarray], target: np.ndarray, silent: np.ndarray) -> Iterator[Block]:
    """Give the firms of a silent group rows whose squares add up to its variance."""
    for group in np.flatnonzero(silent):
        rows = firms[group]
        size = np.sqrt(target[group] / len(rows))
        yield Block(rows, np.full((len(rows), 1), size), np.array([group]), own=True)
