"""Do effects of nearby regions resemble each other? Moran's I and local Moran for effects that are estimated with error.

Estimated effects of regions differ because true effects differ and because each has an error, and errors of regions that
share comparison firms move together. So estimates can form clusters, or hide them, though true effects are scattered at
random. The usual test, which rearranges the estimates, takes them for true effects and misses both. Here every reference
distribution is drawn with the joint noise of the estimate:

- sampling noise: tests of "no pattern in true effects" against draws of μ + u + ε, with independent true differences u and joint
  noise ε. Draws around the estimate itself would hold the noise twice, so they decide no test.
- posterior noise: every draw is a possible set of true effects; the index and the local classes are found in each draw, and how
  often they are found is reported. There are no p-values. Never give it shrunken means as if they were effects: shrinking
  towards neighbours makes clusters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import linalg, optimize

from impact.errors import InputError, counted
from impact.estimates import Estimate
from impact.inference.multiplicity import benjamini_hochberg
from impact.regions.neighbours import Weights

SOURCES = (
    "Moran, P. A. P. (1950). Notes on continuous stochastic phenomena. Biometrika 37(1/2), 17–23.",
    "Anselin, L. (1995). Local indicators of spatial association – LISA. Geographical Analysis 27(2), 93–115.",
    "Benjamini, Y. and Hochberg, Y. (1995). Controlling the false discovery rate. JRSS B 57(1), 289–300.",
    "Paule, R. C. and Mandel, J. (1982). Consensus values and weighting factors. J. of Research of the NBS 87(5), 377–385.",
)
CLASSES = ("high-high", "low-low", "high-low", "low-high")
NOT_CLEAR, NO_VALUE, NO_NEIGHBOURS = "not clear", "no value", "no neighbours"
FEWEST = 4  # regions; of three, the index hardly depends on the values
AT_ONCE = 1000  # draws that are held in memory at once


@dataclass(frozen=True)
class _Field:
    """Effects of the regions that have a value and a neighbour with a value, and the weights among them."""

    e: Estimate
    weights: Weights
    state: pd.Series  # of every region of the weights: "", or why it is left out

    @property
    def value(self) -> np.ndarray:
        return self.e.value.to_numpy(float)

    @property
    def size(self) -> int:
        return len(self.e.value)

    @property
    def sampling(self) -> bool:
        return self.e.noise.kind == "sampling"


def moran(
    e: Estimate,
    weights: Weights,
    draws: int,
    seed: int | np.random.Generator,
    permutations: int = 0,
    confidence: float = 0.95,
) -> pd.Series:
    """Return Moran's I of the effects of regions, what noise does to it, and tests of "no pattern".

    I = (n / S₀) · Σ_ij w_ij z_i z_j / Σ_i z_i² with z_i = θ_i − mean θ and S₀ = Σ_ij w_ij (Moran 1950). Above `expected`,
    −1/(n − 1), neighbours resemble each other, below it they differ. Entries:

    - `regions`: how many have a value and a neighbour with a value; the others are left out (`local` names them).
    - `moran`, `expected`: I at the estimate, and its mean if values were arranged at random.
    - `moran_without_noise`: an estimate of I of the true effects, (n / S₀) · (z'Wz − tr(MWMV)) / (z'z − tr(MV)), with
      M = 1 − 11'/n and the joint covariance V: what noise adds is taken off above and below the line. With few regions it may
      lie far off, even above 1. Blank where effects differ no more than noise does, and for a posterior.
    - `mean_of_draws`, `lower`, `upper`: I over draws. Of a posterior, a credible interval of I of the true effects. Of sampling
      noise, how much I would move if it were estimated again with the true effects equal to these estimates; it is drawn towards
      the I of the noise and is no confidence interval of I of the true effects.
    - `chance_above_expected`: of a posterior, the share of draws with I above `expected`.
    - `true_spread`: standard deviation τ of true effects beyond their noise (Paule & Mandel 1982, with the joint covariance).
    - `p_common_effect`: of "all regions have the same effect, and every pattern is noise": I against I of draws from
      N(μ1, V). Exact up to the draws for normal noise, whatever μ. A small value may come from differences without a pattern.
    - `p_no_pattern`: of "true effects may differ, but not by place": I against I of draws from N(μ1, τ²1 + V). This is the
      test of a spatial pattern. As τ is estimated, its size is 5 % only about (4 to 8 % in simulations of 36 regions), and
      τ counts true effects as normal.
    - `p_permutation`: I against rearranged estimates (with `permutations`); for comparison only, as it takes the noise of all
      regions for alike and independent.

    All p-values are two-sided and count the estimate itself among the draws. A posterior has none.

    >>> from impact.regions.neighbours import weights
    >>> chain = pd.DataFrame({"code": list("abcdefg"), "neighbour": list("bcdefgh")})
    >>> effects = pd.Series(np.arange(8.0), pd.Index(list("abcdefgh"), name="region"))
    >>> found = moran(Estimate.from_covariance(effects, np.eye(8)), weights(list("abcdefgh"), chain), draws=999, seed=1)
    >>> found[["moran", "moran_without_noise", "p_no_pattern"]].astype(float).round(2).tolist()
    [0.83, 1.03, 0.0]
    """
    field, rng = _field(e, weights), np.random.default_rng(seed)
    _must_draw(draws, "draws")
    if not 0 < confidence < 1:
        raise InputError(f"confidence must lie between 0 and 1; seen: {confidence}. Write 0.95 for 95 %.")
    here = float(_index(field.value[None], field.weights)[0])
    again = np.concatenate([_index(part, field.weights) for part in _around(field, draws, rng)])
    tails = (1 - confidence) / 2
    found = {
        "regions": field.size,
        "moran": here,
        "expected": -1 / (field.size - 1),
        "moran_without_noise": _without_noise(field) if field.sampling else np.nan,
        "mean_of_draws": again.mean(),
        "lower": np.quantile(again, tails),
        "upper": np.quantile(again, 1 - tails),
        "chance_above_expected": np.nan if field.sampling else np.mean(again > -1 / (field.size - 1)),
    }
    return pd.Series(found | _tests(field, here, draws, permutations, rng))


def over_draws(e: Estimate, weights: Weights, draws: int, seed: int | np.random.Generator) -> np.ndarray:
    """Return Moran's I of every draw around the estimate; `moran` says what it means for each kind of noise."""
    field, rng = _field(e, weights), np.random.default_rng(seed)
    _must_draw(draws, "draws")
    return np.concatenate([_index(part, field.weights) for part in _around(field, draws, rng)])


def local(
    e: Estimate,
    weights: Weights,
    draws: int,
    seed: int | np.random.Generator,
    permutations: int = 0,
    rate: float = 0.05,
) -> pd.DataFrame:
    """Return, for each region of the weights, whether its neighbours' effects are unusually like or unlike its own.

    Local Moran is I_i = z_i Σ_j w_ij z_j / m, m = Σ_i z_i² / n (Anselin 1995); with standardised weights its mean is Moran's I.
    A region is tested, as usual, given its own value: t_i = (lag_i − E[lag_i | z_i]) / sd[lag_i | z_i], lag_i = Σ_j w_ij z_j.

    - Sampling noise: the mean and the sd are those of N(μ1, τ²1 + V), so that noise shared with neighbours is no pattern;
      p-values, two-sided, compare t_i with `draws` from that distribution, and are adjusted by Benjamini & Hochberg (1995).
      A region is classed where the adjusted one is at most `rate`: of the classed regions the expected share without a
      pattern around them is then about `rate` at most. True effects count as normal: around an outlier among them the
      lags are large, and more is found (0.18 at a rate of 0.1 for true effects of t(3) without a pattern).
    - A posterior: in each of `draws` draws the mean and the sd are those of the draw's effects arranged at random, p-values
      compare t_i with `permutations` rearranged draws, and regions are classed at `rate` as above. A region is classed in the
      end where at least 1 − `rate` of the draws agree on its class; the columns `share_…` tell how many do.

    Columns: `code`, `estimate`, `lag`, `local_moran`, `p_value`, `p_benjamini_hochberg` (blank for a posterior),
    `share_high_high`, `share_low_low`, `share_high_low`, `share_low_high` (blank for sampling noise), `class`: high-high (a
    high effect among high ones), low-low, high-low, low-high, "not clear", or why there is none: "no value", "no neighbours"
    (that have a value). High and low are above and below the mean of the regions; for a neighbourhood, above and below what its
    own region lets expect.

    So few draws that no region alone could be found are refused: n regions need at least 2n / `rate`.

    >>> from impact.regions.neighbours import weights
    >>> codes = [f"{i:02}" for i in range(40)]
    >>> chain = weights([*codes, "island"], pd.DataFrame({"code": codes[:-1], "neighbour": codes[1:]}))
    >>> effects = pd.Series([2.0] * 4 + [-0.5, 0.5] * 18, pd.Index(codes, name="region"))
    >>> table = local(Estimate.from_covariance(effects, 0.01 * np.eye(40)), chain, draws=1999, seed=1)
    >>> table.groupby("class")["code"].apply(list).to_dict()["high-high"]
    ['01', '02']
    """
    field, rng = _field(e, weights), np.random.default_rng(seed)
    _must_find_one(field, draws, permutations, rate)
    tested = (_tested if field.sampling else _agreed)(field, draws, permutations, rate, rng)
    z = field.value - field.value.mean()
    lag = field.weights.matrix @ z
    known = {"estimate": field.value, "lag": lag, "local_moran": z * lag / np.mean(z**2)}
    frame = pd.DataFrame(known | tested, index=field.weights.codes).reindex(weights.codes)
    frame["estimate"] = e.value.reindex(weights.codes)
    frame["class"] = frame["class"].where(frame["class"].notna(), field.state)
    return frame.rename_axis("code").reset_index()


# ---- what is compared ----------------------------------------------------------------------------------------------


def _field(e: Estimate, weights: Weights) -> _Field:
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
    return _Field(chosen, left, state)


def _index(values: np.ndarray, weights: Weights) -> np.ndarray:
    """Return Moran's I of every row of values."""
    z = values - values.mean(axis=1, keepdims=True)
    across = np.einsum("ij,ij->i", z, _lags(z, weights))
    scale = values.shape[1] / weights.matrix.sum()
    with np.errstate(invalid="ignore"):  # without noise, all values of a draw are the same
        return np.asarray(scale * across / np.einsum("ij,ij->i", z, z))


def _lags(z: np.ndarray, weights: Weights) -> np.ndarray:
    return np.ascontiguousarray((weights.matrix @ z.T).T)


def _centred(matrix: np.ndarray) -> np.ndarray:
    """Return MAM: rows and columns minus their means."""
    rows = matrix - matrix.mean(axis=0)
    return np.asarray(rows - rows.mean(axis=1, keepdims=True))


def _without_noise(field: _Field) -> float:
    """Return I with the expected contribution of noise taken off its numerator and its denominator."""
    z, noise = field.value - field.value.mean(), _centred(field.e.noise.cov())
    across = z @ (field.weights.matrix @ z) - field.weights.matrix.multiply(noise.T).sum()
    spread = z @ z - np.trace(noise)
    return float(field.size / field.weights.matrix.sum() * across / spread) if spread > 0 else np.nan


def _spread(field: _Field) -> float:
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


# ---- draws ---------------------------------------------------------------------------------------------------------


def _around(field: _Field, draws: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Draw effects around the estimate, some at a time."""
    return (field.value + field.e.noise.draws(size, rng) for size in _sizes(draws))


def _scattered(field: _Field, spread: float, draws: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Draw estimates of effects that differ by τ² = spread, without a pattern; their common mean does not matter."""
    for size in _sizes(draws):
        errors = field.e.noise.draws(size, rng)
        yield errors + np.sqrt(spread) * rng.standard_normal((size, field.size))


def _rearranged(values: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """Rearrange rows of values at random, taking them in turn."""
    return rng.permuted(values[np.arange(size) % len(values)], axis=1)


def _sizes(draws: int) -> Iterator[int]:
    return (min(AT_ONCE, draws - start) for start in range(0, draws, AT_ONCE))


# ---- tests ---------------------------------------------------------------------------------------------------------


def _tests(field: _Field, here: float, draws: int, permutations: int, rng: np.random.Generator) -> dict[str, float]:
    """Return the p-values of Moran's I; a posterior has none."""
    names = ("true_spread", "p_common_effect", "p_no_pattern", "p_permutation")
    if not field.sampling:
        return dict.fromkeys(names, np.nan)
    spread = _spread(field)
    nulls = [
        np.concatenate([_index(part, field.weights) for part in _scattered(field, chosen, draws, rng)])
        for chosen in (0.0, spread)
    ]
    nulls += [_index(_rearranged(field.value[None], permutations, rng), field.weights)]
    return dict(zip(names, (np.sqrt(spread), *(_p_value(here, null) for null in nulls)), strict=True))


def _p_value(here: float, null: np.ndarray) -> float:
    """Return twice the smaller tail, the estimate itself counted; nothing without draws or where they have no index."""
    if not len(null) or np.isnan(null).any():
        return np.nan
    return float(_two_sided((null >= here).sum(), (null <= here).sum(), len(null)))


def _two_sided(above: np.ndarray, below: np.ndarray, draws: int) -> np.ndarray:
    return np.asarray(np.minimum(1, 2 * (1 + np.minimum(above, below)) / (1 + draws)))


def _tested(
    field: _Field, draws: int, permutations: int, rate: float, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Test every region against draws without a pattern that have the noise of the estimate."""
    spread = _spread(field)
    unusual = _given_own(field, spread)
    z = field.value - field.value.mean()
    t = unusual(z[None])[0]
    above, below = np.zeros(field.size), np.zeros(field.size)
    for part in _scattered(field, spread, draws, rng):
        null = unusual(part - part.mean(axis=1, keepdims=True))
        above, below = above + (null >= t).sum(axis=0), below + (null <= t).sum(axis=0)
    p = _two_sided(above, below, draws)
    adjusted = benjamini_hochberg(p)
    blank = {_column(name): np.full(field.size, np.nan) for name in CLASSES}
    classes = np.where(adjusted <= rate, _sides(z, t), NOT_CLEAR)
    return {"p_value": p, "p_benjamini_hochberg": adjusted, **blank, "class": classes}


def _agreed(
    field: _Field, draws: int, permutations: int, rate: float, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Test every region in every draw, and keep the class on which the draws agree."""
    values = np.concatenate(list(_around(field, draws, rng)))
    values = values - values.mean(axis=1, keepdims=True)
    t = _if_rearranged(values, field.weights)
    p = _against(t, _if_rearranged(_rearranged(values, permutations, rng), field.weights))
    adjusted = np.apply_along_axis(benjamini_hochberg, 1, p)
    found = np.where(adjusted <= rate, _sides(values, t), NOT_CLEAR)
    shares = {name: (found == name).mean(axis=0) for name in CLASSES}
    table = np.array(list(shares.values()))
    agreed = np.where(table.max(axis=0) >= 1 - rate, np.array(CLASSES)[table.argmax(axis=0)], NOT_CLEAR)
    blank = dict.fromkeys(("p_value", "p_benjamini_hochberg"), np.full(field.size, np.nan))
    return {**blank, **{_column(name): share for name, share in shares.items()}, "class": agreed}


def _given_own(field: _Field, spread: float) -> Callable[[np.ndarray], np.ndarray]:
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
    return lambda z: _ratio(_lags(z, field.weights) - slope * z, sd)


def _if_rearranged(z: np.ndarray, weights: Weights) -> np.ndarray:
    """Return t of every row of centred values, given the own one, if the other values are arranged at random.

    E[lag | z_i] = −s_i z_i / (n − 1) and var[lag | z_i] = m_i (q_i − s_i² / (n − 1)) (n − 1) / (n − 2), with s_i = Σ_j w_ij,
    q_i = Σ_j w_ij² and the variance m_i of the other values: the moments of a sum over a sample without replacement.
    """
    others = z.shape[1] - 1
    sums, squares = (np.asarray(one.sum(axis=1)).ravel() for one in (weights.matrix, weights.matrix.power(2)))
    variance = ((z**2).sum(axis=1, keepdims=True) - z**2) / others - (z / others) ** 2
    variance = variance * np.clip(squares - sums**2 / others, 0, None) * others / (others - 1)
    return _ratio(_lags(z, weights) + sums * z / others, np.sqrt(variance))


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Divide; 0 where nothing varies, so that nothing is found there."""
    safe = below > 1e-12 * np.max(below, initial=0)
    return np.where(safe, above / np.where(safe, below, 1), 0)


def _against(t: np.ndarray, null: np.ndarray) -> np.ndarray:
    """Return two-sided p-values of every column of t against the same column of the draws."""
    p = np.empty_like(t)
    for column, ordered in enumerate(np.sort(null, axis=0).T):
        below = np.searchsorted(ordered, t[:, column], side="right")
        above = len(ordered) - np.searchsorted(ordered, t[:, column], side="left")
        p[:, column] = _two_sided(above, below, len(ordered))
    return p


def _sides(z: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Name the class of every region: its own side of the mean, and the side of its neighbours."""
    own, around = (np.where(side > 0, "high", "low") for side in (z, t))
    return np.char.add(np.char.add(own, "-"), around)


def _column(name: str) -> str:
    return f"share_{name.replace('-', '_')}"


# ---- what is refused -----------------------------------------------------------------------------------------------


def _must_draw(size: int, name: str) -> None:
    if size < 1:
        raise InputError(f"{name} must be 1 or more; seen: {size}. 999 is usual.")


def _must_find_one(field: _Field, draws: int, permutations: int, rate: float) -> None:
    """Refuse a rate that is none, and so few draws that no p-value could be small enough."""
    if not 0 < rate < 1:
        raise InputError(f"rate must lie between 0 and 1; seen: {rate}. Write 0.05 for 5 % false discoveries.")
    _must_draw(draws, "draws")
    name, size = ("draws", draws) if field.sampling else ("permutations", permutations)
    needed = int(np.ceil(2 * field.size / rate))
    if size < needed:
        raise InputError(
            f"{name} must be at least 2 × regions / rate = {needed:,} for {counted(field.size, 'region')} at a rate of "
            f"{rate:g}, or no region alone could be found; seen: {size:,}."
        )
