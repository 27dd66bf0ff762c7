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

import numpy as np
import pandas as pd

from impact.errors import InputError, counted
from impact.estimates import Estimate
from impact.inference.multiplicity import benjamini_hochberg
from impact.regions import _field
from impact.regions._field import Field
from impact.regions.neighbours import Weights

SOURCES = (
    "Moran, P. A. P. (1950). Notes on continuous stochastic phenomena. Biometrika 37(1/2), 17–23.",
    "Anselin, L. (1995). Local indicators of spatial association – LISA. Geographical Analysis 27(2), 93–115.",
    "Benjamini, Y. and Hochberg, Y. (1995). Controlling the false discovery rate. JRSS B 57(1), 289–300.",
    "Paule, R. C. and Mandel, J. (1982). Consensus values and weighting factors. J. of Research of the NBS 87(5), 377–385.",
)
CLASSES = ("high-high", "low-low", "high-low", "low-high")
NOT_CLEAR = "not clear"


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
    field, rng = _field.of(e, weights), np.random.default_rng(seed)
    _must_draw(draws, "draws")
    if not 0 < confidence < 1:
        raise InputError(f"confidence must lie between 0 and 1; seen: {confidence}. Write 0.95 for 95 %.")
    here = float(_field.index(field.value[None], field.weights)[0])
    again = np.concatenate([_field.index(part, field.weights) for part in _field.around(field, draws, rng)])
    tails = (1 - confidence) / 2
    found = {
        "regions": field.size,
        "moran": here,
        "expected": -1 / (field.size - 1),
        "moran_without_noise": _field.without_noise(field) if field.sampling else np.nan,
        "mean_of_draws": again.mean(),
        "lower": np.quantile(again, tails),
        "upper": np.quantile(again, 1 - tails),
        "chance_above_expected": np.nan if field.sampling else np.mean(again > -1 / (field.size - 1)),
    }
    return pd.Series(found | _tests(field, here, draws, permutations, rng))


def over_draws(e: Estimate, weights: Weights, draws: int, seed: int | np.random.Generator) -> np.ndarray:
    """Return Moran's I of every draw around the estimate; `moran` says what it means for each kind of noise."""
    field, rng = _field.of(e, weights), np.random.default_rng(seed)
    _must_draw(draws, "draws")
    return np.concatenate([_field.index(part, field.weights) for part in _field.around(field, draws, rng)])


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
    field, rng = _field.of(e, weights), np.random.default_rng(seed)
    _must_find_one(field, draws, permutations, rate)
    tested = (_tested if field.sampling else _agreed)(field, draws, permutations, rate, rng)
    z = field.value - field.value.mean()
    lag = field.weights.matrix @ z
    known = {"estimate": field.value, "lag": lag, "local_moran": z * lag / np.mean(z**2)}
    frame = pd.DataFrame(known | tested, index=field.weights.codes).reindex(weights.codes)
    frame["estimate"] = e.value.reindex(weights.codes)
    frame["class"] = frame["class"].where(frame["class"].notna(), field.state)
    return frame.rename_axis("code").reset_index()


# ---- tests ---------------------------------------------------------------------------------------------------------


def _tests(field: Field, here: float, draws: int, permutations: int, rng: np.random.Generator) -> dict[str, float]:
    """Return the p-values of Moran's I; a posterior has none."""
    names = ("true_spread", "p_common_effect", "p_no_pattern", "p_permutation")
    if not field.sampling:
        return dict.fromkeys(names, np.nan)
    spread = _field.true_variance(field)
    nulls = [
        np.concatenate([_field.index(part, field.weights) for part in _field.scattered(field, chosen, draws, rng)])
        for chosen in (0.0, spread)
    ]
    nulls += [_field.index(_field.rearranged(field.value[None], permutations, rng), field.weights)]
    return dict(zip(names, (np.sqrt(spread), *(_p_value(here, null) for null in nulls)), strict=True))


def _p_value(here: float, null: np.ndarray) -> float:
    """Return twice the smaller tail, the estimate itself counted; nothing without draws or where they have no index."""
    if not len(null) or np.isnan(null).any():
        return np.nan
    return float(_two_sided((null >= here).sum(), (null <= here).sum(), len(null)))


def _two_sided(above: np.ndarray, below: np.ndarray, draws: int) -> np.ndarray:
    return np.asarray(np.minimum(1, 2 * (1 + np.minimum(above, below)) / (1 + draws)))


def _tested(
    field: Field, draws: int, permutations: int, rate: float, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Test every region against draws without a pattern that have the noise of the estimate."""
    spread = _field.true_variance(field)
    unusual = _field.given_own(field, spread)
    z = field.value - field.value.mean()
    t = unusual(z[None])[0]
    above, below = np.zeros(field.size), np.zeros(field.size)
    for part in _field.scattered(field, spread, draws, rng):
        null = unusual(part - part.mean(axis=1, keepdims=True))
        above, below = above + (null >= t).sum(axis=0), below + (null <= t).sum(axis=0)
    p = _two_sided(above, below, draws)
    adjusted = benjamini_hochberg(p)
    blank = {_column(name): np.full(field.size, np.nan) for name in CLASSES}
    classes = np.where(adjusted <= rate, _sides(z, t), NOT_CLEAR)
    return {"p_value": p, "p_benjamini_hochberg": adjusted, **blank, "class": classes}


def _agreed(
    field: Field, draws: int, permutations: int, rate: float, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Test every region in every draw, and keep the class on which the draws agree."""
    values = np.concatenate(list(_field.around(field, draws, rng)))
    values = values - values.mean(axis=1, keepdims=True)
    t = _field.if_rearranged(values, field.weights)
    p = _against(t, _field.if_rearranged(_field.rearranged(values, permutations, rng), field.weights))
    adjusted = np.apply_along_axis(benjamini_hochberg, 1, p)
    found = np.where(adjusted <= rate, _sides(values, t), NOT_CLEAR)
    shares = {name: (found == name).mean(axis=0) for name in CLASSES}
    table = np.array(list(shares.values()))
    agreed = np.where(table.max(axis=0) >= 1 - rate, np.array(CLASSES)[table.argmax(axis=0)], NOT_CLEAR)
    blank = dict.fromkeys(("p_value", "p_benjamini_hochberg"), np.full(field.size, np.nan))
    return {**blank, **{_column(name): share for name, share in shares.items()}, "class": agreed}


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


def _must_find_one(field: Field, draws: int, permutations: int, rate: float) -> None:
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
