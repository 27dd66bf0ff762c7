"""Shrunken effects: what each region's own evidence says, drawn towards what regions like it say, as far as it is noisy.

    θ̂ = θ + e,  e ~ N(0, V),    θ = Xβ + u,  u ~ N(0, τ² I),    Σ = V + τ² I           (Fay & Herriot 1979, with all of V)
    m = Xβ̂ + τ² Σ⁻¹ (θ̂ − Xβ̂),   β̂ = (X'Σ⁻¹X)⁻¹ X'Σ⁻¹ θ̂,   τ² by REML
    C = g1 + g2 + g3 + d d' · 2 / tr(P²):  g1 = τ² I − τ⁴ Σ⁻¹,   g2 = B (X'Σ⁻¹X)⁻¹ B',  B = VΣ⁻¹X,
        g3 = D Σ D · 2 / tr(P²),  D = Σ⁻¹VΣ⁻¹,   d = ∂m / ∂τ² = V P P θ̂,   P = Σ⁻¹ − Σ⁻¹X(X'Σ⁻¹X)⁻¹X'Σ⁻¹

g2 is the noise of β̂; g3 makes good that g1 at τ̂² is too small (Prasad & Rao 1990; Datta & Lahiri 2000 for REML). The last term is
the noise of τ̂² given these very estimates (Kass & Steffey 1989, JASA 84(407), 717–726): its mean is g3, but it moves all regions
that are chosen because they are high the same way, so that without it intervals of what a plan brings are too short.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import optimize, special, stats

from impact.errors import InputError, counted, first_five
from impact.estimates import Estimate
from impact.noise import Gaussian
from impact.tables import NO_EVIDENCE
from impact.threads import one_thread

PRECISION = "precision"
MANY = 3  # regions with evidence of their own that each column of the prior needs
BORROWED = 0.2  # weight on its own evidence below which a region is mostly borrowed
SMALL = 1e-8  # of the mean variance of estimates; τ² below it is zero


@dataclass(frozen=True)
class _Fit:
    """The pieces of the model on the regions with evidence: τ², β̂ with its covariance, Σ⁻¹ and P."""

    tau2: float
    beta: np.ndarray
    beta_cov: np.ndarray
    inverse: np.ndarray
    p: np.ndarray


@one_thread
def shrink(
    estimate: Estimate,
    prior: Sequence[str] = (PRECISION,),
    about: pd.DataFrame | None = None,
    benchmark: bool = True,
) -> Estimate:
    """Return the effects by region shrunk towards their prior mean, as an estimate whose noise is a posterior.

    The estimand is each region's true effect; regions that are alike in `prior` are taken for draws around a common mean, and
    how far they differ beyond chance (τ) is estimated. See the formulas of this module.

    estimate: over `region` (or over cohort, period and region: then it is averaged by region first, where the variances of thin
        regions learn from all). Errors that regions share count in full.
    prior: what the prior mean depends on: "precision" (log standard error) and columns of `about`, or of the estimate's own
        attributes of regions; numbers enter as they are, texts as groups.
    about: one row a region, by its index; regions without an estimate get the prior only.
    benchmark: move posterior means so that, weighted by supported firms, they add up to what the estimates do.

    Regions with fewer than five supported firms, or no estimate, take no part in fitting and get the prior mean: their state is
    "no evidence of its own". Returns an Estimate over `region`, posterior noise, whose `cells` also have `own_estimate`,
    `own_std_error` and `own_weight` (how much the region's own evidence counts, 0 to 1). Raises InputError for other noise than
    sampling, several outcomes at once, or too few regions for the prior.
    Source: Fay & Herriot (1979), JASA 74(366), eq. 2.1–2.3; Prasad & Rao (1990), JASA 85(409); Rao & Molina (2015), ch. 6.

    >>> values = pd.Series([0.3, 0.1, 0.2, 0.0], pd.Index(list("abcd"), name="region"))
    >>> e = Estimate.from_covariance(values, np.diag([0.04, 0.01, 0.01, 0.01]))
    >>> shrunken = shrink(e, prior=())
    >>> shrunken.noise.kind, shrunken.value.round(3).tolist()
    ('posterior', [0.195, 0.135, 0.135, 0.135])
    """
    e = _by_region(estimate)
    table = _about(e, prior, about)
    own = _evidence(e).reindex(table.index, fill_value=False).to_numpy(bool)
    value = e.value.reindex(table.index)
    known = e.at(e.value.index.get_indexer(table.index[own]))
    v = known.noise.cov()
    _must_be_usable(v, known)
    x = _columns(table, prior, known, own)
    fit = _fitted(known.value.to_numpy(), v, x[own], prior)
    mean, cov, weight = _posterior(known.value.to_numpy(), v, x, own, fit)
    if benchmark:
        mean, cov = _benchmarked(mean, cov, v, own, known, fit)
    cells = _cells(e, table.index, own, value, weight)
    series = pd.Series(mean, table.index, name="estimate")
    return Estimate(series, Gaussian(cov, "posterior"), cells, None, e.attributes)


def told(shrunken: Estimate, threshold: float = 0.0, confidence: float = 0.95, robust: bool = False) -> pd.DataFrame:
    """Return what a reader needs of shrunken effects, one row a region.

    Columns: region, own_estimate, own_std_error, own_weight, mean, sd, lower, upper, pr_positive (of an effect above zero),
    pr_above (above the threshold), false_sign (probability that the sign of the mean is wrong), mostly_borrowed, n_supported,
    state. robust: intervals that cover on average over regions whatever the distribution of true effects (`robust_half`).
    """
    if shrunken.noise.kind != "posterior":
        raise InputError(
            "This table is of shrunken effects; these have sampling noise. Shrink them first: impact.shrink(e)."
        )
    cells, mean = shrunken.cells, shrunken.value.to_numpy()
    sd = np.sqrt(shrunken.noise.variance())
    half = stats.norm.ppf(0.5 + confidence / 2) * sd
    if robust:
        own = cells["own_weight"].to_numpy(float)
        error = cells["own_std_error"].to_numpy(float)
        half = np.where(own > 0, robust_half(error, own, confidence), half)
    positive = stats.norm.sf(-mean / sd)
    columns = {
        "own_estimate": cells["own_estimate"],
        "own_std_error": cells["own_std_error"],
        "own_weight": cells["own_weight"],
        "mean": mean,
        "sd": sd,
        "lower": mean - half,
        "upper": mean + half,
        "pr_positive": positive,
        "pr_above": stats.norm.sf((threshold - mean) / sd),
        "false_sign": np.minimum(positive, 1 - positive),
        "mostly_borrowed": cells["own_weight"] < BORROWED,
        "n_supported": cells["n_supported"],
        "state": cells["state"],
    }
    return pd.DataFrame(columns, index=shrunken.value.index).reset_index()


def robust_half(std_error: np.ndarray, weight: np.ndarray, confidence: float = 0.95) -> np.ndarray:
    """Return half lengths of intervals around shrunken effects that cover on average for any distribution of true effects.

        half = χ(m) w σ,   m = σ² / τ² = (1 − w) / w,   sup over b with E b² = m of Pr(|Z + b| > χ) = 1 − confidence

    (Armstrong, Kolesár & Plagborg-Møller 2022, Econometrica 90(6), eq. 5 and 7 with second moments only.) std_error σ and
    weight w of each region's own evidence; NaN where there is none.
    """
    size = np.full(len(weight), np.nan)
    for i in np.flatnonzero((weight > 0) & (weight <= 1) & np.isfinite(std_error)):
        size[i] = _critical((1 - weight[i]) / weight[i], 1 - confidence) * weight[i] * std_error[i]
    return size


# ---- the model -----------------------------------------------------------------------------------------------------


def _by_region(e: Estimate) -> Estimate:
    if e.noise.kind != "sampling":
        raise InputError(
            f"Shrinking needs sampling noise; this estimate has {e.noise.kind} noise. Shrink what it was made of."
        )
    levels = set(e.value.index.names)
    e = e.by("region") if {"region", "cohort"} <= levels else e
    if list(e.value.index.names) != ["region"]:
        named = ", ".join(map(str, e.value.index.names))
        raise InputError(
            f"Shrinking takes effects over region alone; these are over {named}. Choose one outcome and average by region, such "
            'as e.select(outcome="sales").by("region").'
        )
    return e


def _evidence(e: Estimate) -> pd.Series:
    """Mark regions with evidence of their own: a value, and five supported firms or more where counts are known."""
    return e.value.notna() & (e.cells["state"] == "shown")


def _about(e: Estimate, prior: Sequence[str], about: pd.DataFrame | None) -> pd.DataFrame:
    """Return one row a region, those of the estimate first, with the columns of the prior."""
    named = [name for name in prior if name != PRECISION]
    table = (
        about if about is not None else e.attributes if e.attributes is not None else pd.DataFrame(index=e.value.index)
    )
    absent = [name for name in named if name not in table]
    if absent:
        raise InputError(
            f"The prior must be of columns that are known of regions; unknown: {first_five(absent)}. Known are precision"
            f"{''.join(f', {name}' for name in table)}. Give a table with one row a region: about=…"
        )
    lost = e.value.index.difference(table.index)
    if len(lost) or not table.index.is_unique:
        raise InputError(
            f"Every region must have one row in the table of what is known of regions; without: {first_five(lost) or 'none'}; "
            f"repeated: {first_five(table.index[table.index.duplicated()].unique()) or 'none'}. Add or drop rows."
        )
    whole = table.loc[[*e.value.index, *table.index.difference(e.value.index)], named]
    blank = whole.index[whole.isna().any(axis=1)]
    if len(blank):
        raise InputError(
            f"The prior must be known of every region; blank for {counted(len(blank), 'region')}: {first_five(blank)}."
        )
    return whole.rename_axis("region")


def _columns(table: pd.DataFrame, prior: Sequence[str], known: Estimate, own: np.ndarray) -> np.ndarray:
    """Return X: a constant, log standard errors (their mean where there is none), numbers, and groups of texts but the first."""
    parts = [np.ones((len(table), 1))]
    for name in prior:
        if name == PRECISION:
            log = np.log(np.sqrt(known.noise.variance()))
            column = np.full(len(table), log.mean())
            column[own] = log
            parts.append((column - log.mean())[:, None])
        elif pd.api.types.is_numeric_dtype(table[name]):
            numbers = table[name].to_numpy(float)
            parts.append((numbers - numbers[own].mean())[:, None])
        else:
            parts.append(pd.get_dummies(table[name].astype(str), dtype=float).iloc[:, 1:].to_numpy())
    x = np.hstack(parts)
    varying = np.r_[True, np.ptp(x[own][:, 1:], axis=0) > 0] if own.any() else np.ones(x.shape[1], bool)
    return x[:, varying]


def _must_be_usable(v: np.ndarray, known: Estimate) -> None:
    if len(v) < 3:
        raise InputError(f"Shrinking needs three regions with evidence of their own or more; there are {len(v)}.")
    bad = known.value.index[~(np.isfinite(np.diag(v)) & (np.diag(v) > 0))]
    if len(bad):
        raise InputError(
            f"Every region must have a standard error above zero; without one: {counted(len(bad), 'region')}, {first_five(bad)}. "
            "A zero error would make its estimate the truth."
        )


def _fitted(value: np.ndarray, v: np.ndarray, x: np.ndarray, prior: Sequence[str]) -> _Fit:
    """Fit τ² by REML, in the coordinates in which V is diagonal, then β."""
    if x.shape[1] * MANY > len(value) or np.linalg.matrix_rank(x) < x.shape[1]:
        raise InputError(
            f"The prior has {x.shape[1]} columns with its constant ({', '.join(prior) or 'no others'}), for {len(value)} regions "
            f"with evidence of their own; it needs {MANY} regions a column, and none that the others imply. Leave some out."
        )
    d, u = np.linalg.eigh(v)
    d = np.maximum(d, d.max() * 1e-12)
    turned, tx = u.T @ value, u.T @ x
    high = 10 * max(float(np.var(value)), float(np.mean(d)))
    low = SMALL * float(np.mean(d))
    found = optimize.minimize_scalar(
        lambda log: _loss(np.exp(log), d, turned, tx),
        bounds=(np.log(low), np.log(high)),
        method="bounded",
        options={"xatol": 1e-9},
    )
    tau2 = 0.0 if found.x < np.log(low) + 1e-3 or _loss(0.0, d, turned, tx) <= found.fun else float(np.exp(found.x))
    w = 1 / (d + tau2)
    beta_cov = np.linalg.inv(tx.T @ (w[:, None] * tx))
    inverse = (u * w) @ u.T
    p = inverse - inverse @ x @ beta_cov @ x.T @ inverse
    return _Fit(tau2, beta_cov @ (tx.T @ (w * turned)), beta_cov, inverse, p)


def _loss(tau2: float, d: np.ndarray, y: np.ndarray, x: np.ndarray) -> float:
    """Return minus twice the restricted log likelihood."""
    w = 1 / (d + tau2)
    gram = x.T @ (w[:, None] * x)
    beta = np.linalg.solve(gram, x.T @ (w * y))
    left = y - x @ beta
    return float(-np.log(w).sum() + np.linalg.slogdet(gram)[1] + left @ (w * left))


def _posterior(
    value: np.ndarray, v: np.ndarray, x: np.ndarray, own: np.ndarray, fit: _Fit
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return means, covariance and the weight on own evidence, over all regions; those without evidence have the prior."""
    mean, weight = x @ fit.beta, np.zeros(len(x))
    pull = fit.tau2 * fit.inverse
    mean[own] += pull @ (value - x[own] @ fit.beta)
    weight[own] = np.diag(pull)
    b = x.copy()
    b[own] = v @ fit.inverse @ x[own]
    cov = b @ fit.beta_cov @ b.T
    cov[~own, ~own] += fit.tau2
    inside = np.ix_(own, own)
    slope = fit.inverse @ v @ fit.inverse
    of_tau2 = slope @ (v + fit.tau2 * np.eye(len(v))) @ slope * 2 / np.sum(fit.p * fit.p.T)
    cov[inside] += fit.tau2 * np.eye(len(v)) - fit.tau2 * pull + of_tau2
    slope_of_mean, left = np.zeros(len(x)), fit.p @ value
    slope_of_mean[own] = v @ fit.p @ left
    slope_of_mean[~own] = -x[~own] @ fit.beta_cov @ x[own].T @ fit.inverse @ left
    cov += np.outer(slope_of_mean, slope_of_mean) * 2 / np.sum(fit.p * fit.p.T)
    return mean, (cov + cov.T) / 2, weight


def _benchmarked(
    mean: np.ndarray, cov: np.ndarray, v: np.ndarray, own: np.ndarray, known: Estimate, fit: _Fit
) -> tuple[np.ndarray, np.ndarray]:
    """Move means by λ (w'θ̂ − w'm), λ = V w / w'Vw: the noisier an estimate is, the further (Bell, Datta & Ghosh 2013).

    What is missing, w'(θ̂ − m) = w'V P θ̂, has mean zero, and the error of a best linear prediction does not move with it: the
    covariance grows by λλ' · w'V P V w (Steorts & Ghosh 2013, Statistica Sinica 23(2), 749–767).
    """
    firms = known.cells["n_supported"].to_numpy(float, na_value=np.nan)
    w = np.full(len(firms), 1 / len(firms)) if np.isnan(firms).any() else firms / firms.sum()
    vw, pull = v @ w, np.zeros(len(mean))
    pull[own] = vw / (w @ vw)
    missing = w @ (known.value.to_numpy() - mean[own])
    return mean + pull * missing, cov + np.outer(pull, pull) * float(vw @ fit.p @ vw)


def _cells(e: Estimate, regions: pd.Index, own: np.ndarray, value: pd.Series, weight: np.ndarray) -> pd.DataFrame:
    error = pd.Series(np.sqrt(e.noise.variance()), e.value.index).reindex(regions)
    cells = e.cells.reindex(regions)
    return cells.assign(
        n_supported=cells["n_supported"].fillna(0),
        df=np.inf,
        state=np.where(own, "shown", NO_EVIDENCE),
        own_estimate=value,
        own_std_error=error,
        own_weight=weight,
    )


def _critical(m: float, level: float) -> float:
    """Return χ such that the largest probability of missing, over all b with E b² = m, is `level`."""
    return float(optimize.brentq(lambda chi: _missed(m, chi) - level, 0.0, 10 + 10 * np.sqrt(m)))


def _missed(m: float, chi: float) -> float:
    """Return the least concave majorant, at m, of r(t) = Φ(−χ − √t) + Φ(−χ + √t): flat chord from 0 up to where it touches."""

    def r(t: float) -> float:
        return float(special.ndtr(-chi - np.sqrt(t)) + special.ndtr(-chi + np.sqrt(t)))

    if chi < np.sqrt(3):  # r is concave from zero on
        return r(m)
    touch = optimize.minimize_scalar(
        lambda t: -(r(t) - r(0)) / t, bounds=(chi**2 / 4, 4 * chi**2 + 4), method="bounded"
    ).x
    return r(m) if m >= touch else r(0) + m / touch * (r(touch) - r(0))
