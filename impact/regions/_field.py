"""What Moran's I is of: effects of regions that have neighbours, with their noise; their index, lags, and draws of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import linalg, optimize

from impact.errors import InputError
from impact.estimates import Estimate
from impact.regions.neighbours import Weights

NO_VALUE, NO_NEIGHBOURS = "no value", "no neighbours"
FEWEST = 4  # regions; of three, the index hardly depends on the values
AT_ONCE = 1000  # draws that are held in memory at once


@dataclass(frozen=True)
class Field:
    """Effects of the regions that have a value and a neighbour with a value, and the weights among them."""

    e: Estimate
    weights: Weights
    state: pd.Series  # of every region of the weights: "", or why it is left out

    @property
    def value(self) -> np.ndarray:
        """Return the effects."""
        return self.e.value.to_numpy(float)

    @property
    def size(self) -> int:
        """Count the regions."""
        return len(self.e.value)

    @property
    def sampling(self) -> bool:
        """Tell whether the noise is that of sampling; else it is a posterior."""
        return self.e.noise.kind == "sampling"


def of(e: Estimate, weights: Weights) -> Field:
    """Match effects and weights by label, and keep the regions of which a pattern can be told."""
    if e.noise.kind not in ("sampling", "posterior"):
        raise InputError(
            f"Moran's I needs sampling or posterior noise; this estimate has {e.noise.kind} noise, which says nothing about how "
            "far effects are from the truth. Give it the estimate itself."
        )
    if e.value.index.nlevels != 1:
        raise InputError(
            f"Moran's I needs one effect for each region; this estimate is over {', '.join(map(str, e.value.index.names))}. "
            'Average it first, for example with e.by("region").'
        )
    known = pd.Index(e.value.index[e.value.notna()])
    among = weights.among(known)  # refuses regions that the weights do not know
    ordered = weights.codes[weights.codes.isin(known)]
    left = weights.among(ordered.drop(among.isolates))
    if len(left.codes) < FEWEST:
        raise InputError(
            f"Moran's I needs at least {FEWEST} regions that have a value and a neighbour with a value; seen: {len(left.codes)}. "
            "Use larger regions, or weights with more neighbours."
        )
    chosen = e.at(e.value.index.get_indexer(left.codes))
    if np.ptp(chosen.value.to_numpy(float)) == 0:
        raise InputError("Moran's I needs effects that differ; all are the same.")
    state = pd.Series(NO_VALUE, weights.codes)
    state[among.isolates] = NO_NEIGHBOURS
    return Field(chosen, left, state)


def index(values: np.ndarray, weights: Weights) -> np.ndarray:
    """Return Moran's I of every row of values."""
    z = values - values.mean(axis=1, keepdims=True)
    across = np.einsum("ij,ij->i", z, lags(z, weights))
    scale = values.shape[1] / weights.matrix.sum()
    with np.errstate(invalid="ignore"):  # without noise, all values of a draw are the same
        return np.asarray(scale * across / np.einsum("ij,ij->i", z, z))


def lags(z: np.ndarray, weights: Weights) -> np.ndarray:
    """Return Σ_j w_ij z_j of every row of values."""
    return np.ascontiguousarray((weights.matrix @ z.T).T)


def _centred(matrix: np.ndarray) -> np.ndarray:
    """Return MAM: rows and columns minus their means."""
    rows = matrix - matrix.mean(axis=0)
    return np.asarray(rows - rows.mean(axis=1, keepdims=True))


def without_noise(field: Field) -> float:
    """Return I with the expected contribution of noise taken off its numerator and its denominator."""
    z, noise = field.value - field.value.mean(), _centred(field.e.noise.cov())
    across = z @ (field.weights.matrix @ z) - field.weights.matrix.multiply(noise.T).sum()
    spread = z @ z - np.trace(noise)
    return float(field.size / field.weights.matrix.sum() * across / spread) if spread > 0 else np.nan


def true_variance(field: Field) -> float:
    """Return the variance τ² of independent true differences, with which the weighted squares are what they should be.

    Σ_k u_k² / (τ² + λ_k) = n − 1 over the n − 1 eigenvectors of the covariance of contrasts; 0 where noise alone is enough.
    """
    contrasts = linalg.helmert(field.size)
    noise, vectors = linalg.eigh(contrasts @ field.e.noise.cov() @ contrasts.T)
    squares, noise = (vectors.T @ (contrasts @ field.value)) ** 2, np.clip(noise, 0, None)
    most = float(squares.sum())
    least = 1e-12 * most  # above zero, so that directions without noise do not divide by it

    def excess(spread: float) -> float:
        return float(np.sum(squares / (spread + noise))) - len(squares)

    return 0.0 if excess(least) <= 0 else float(optimize.brentq(excess, least, most))


# ---- lags, given the own value ------------------------------------------------------------------------------------


def given_own(field: Field, spread: float) -> Callable[[np.ndarray], np.ndarray]:
    """Return the function that makes t of rows of centred values, given the own one, if values are N(μ1, τ²1 + V).

    With C = M(τ²1 + V)M: E[lag | z_i] = z_i (WC)_ii / C_ii and var[lag | z_i] = (WCW')_ii − (WC)_ii² / C_ii.
    """
    matrix = field.weights.matrix
    joint = _centred(spread * np.eye(field.size) + field.e.noise.cov())
    lagged = matrix @ joint
    own, both = np.diag(joint), np.diag(lagged)
    slope = _ratio(both, own)
    rest = np.asarray(matrix.multiply(lagged).sum(axis=1)).ravel() - slope * both
    sd = np.sqrt(np.clip(rest, 0, None))
    return lambda z: _ratio(lags(z, field.weights) - slope * z, sd)


def if_rearranged(z: np.ndarray, weights: Weights) -> np.ndarray:
    """Return t of every row of centred values, given the own one, if the other values are arranged at random.

    E[lag | z_i] = −s_i z_i / (n − 1) and var[lag | z_i] = m_i (q_i − s_i² / (n − 1)) (n − 1) / (n − 2), with s_i = Σ_j w_ij,
    q_i = Σ_j w_ij² and the variance m_i of the other values: the moments of a sum over a sample without replacement.
    """
    others = z.shape[1] - 1
    sums, squares = (np.asarray(one.sum(axis=1)).ravel() for one in (weights.matrix, weights.matrix.power(2)))
    variance = ((z**2).sum(axis=1, keepdims=True) - z**2) / others - (z / others) ** 2
    variance = variance * np.clip(squares - sums**2 / others, 0, None) * others / (others - 1)
    return _ratio(lags(z, weights) + sums * z / others, np.sqrt(variance))


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Divide; 0 where nothing varies, so that nothing is found there."""
    safe = below > 1e-12 * np.max(below, initial=0)
    return np.where(safe, above / np.where(safe, below, 1), 0)


# ---- draws ---------------------------------------------------------------------------------------------------------


def around(field: Field, draws: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Draw effects around the estimate, some at a time."""
    return (field.value + field.e.noise.draws(size, rng) for size in _sizes(draws))


def scattered(field: Field, spread: float, draws: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Draw estimates of effects that differ by τ² = spread, without a pattern; their common mean does not matter."""
    for size in _sizes(draws):
        errors = field.e.noise.draws(size, rng)
        yield errors + np.sqrt(spread) * rng.standard_normal((size, field.size))


def rearranged(values: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """Rearrange rows of values at random, taking them in turn."""
    return rng.permuted(values[np.arange(size) % len(values)], axis=1)


def _sizes(draws: int) -> Iterator[int]:
    return (min(AT_ONCE, draws - start) for start in range(0, draws, AT_ONCE))
