"""Two-way fixed effects: one regression on firm and period effects, static or by event time.

    y_it = α_i + λ_t + Σ_e β_e 1{t − g_i = e} + γ'x_it + ε_it        (event study; the static form has one β for t ≥ g_i)

It is what most published evaluations report, and it stands here to be read beside estimates that do not mix cohorts: with
staggered support its coefficients average effects of different cohorts and periods by weights that can be negative
(`impact.decompose`), because firms that are already supported serve as comparison.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd

from impact.design import Design
from impact.errors import InputError
from impact.estimates import Estimate, blank_cells
from impact.estimators import _data, _panel_ols, _sandwich, _within

SOURCE = (
    "Goodman-Bacon, A. (2021). Difference-in-differences with variation in treatment timing. Journal of Econometrics "
    "225(2), 254–277. doi:10.1016/j.jeconom.2021.03.014"
)

Effects = Literal["event_time", "static"]
Errors = Literal["clustered", "iid", "hetero", "hc3", "newey_west", "driscoll_kraay", "firm_and_period"]
CLUSTERED = ("clustered", "firm_and_period")


@dataclass(frozen=True)
class Options:
    """Numerical choices.

    effects: "event_time" or "static"; reference: the event time that is held to be zero.
    errors: "clustered" (by firm, or by the design's cluster); the others come as a covariance only: "iid", "hetero" (White),
        "hc3" (White with leverage, for few firms), "newey_west" (dependence within a firm over time), "driscoll_kraay"
        (dependence between firms and over time), both with Bartlett weights up to `lag` periods, and "firm_and_period"
        (clustered by firm, or the design's cluster, and by period).
    small_sample: multiply by the factors for few clusters and many coefficients, as R's fixest; `df` is the same without.
    """

    effects: Effects = "event_time"
    reference: int = -1
    errors: Errors = "clustered"
    lag: int = 1
    small_sample: bool = True

    def __post_init__(self) -> None:
        """Refuse what does not exist."""
        if self.effects not in get_args(Effects):
            raise InputError(f"effects must be 'event_time' or 'static'; seen: {self.effects!r}.")
        if self.errors not in get_args(Errors):
            raise InputError(f"errors must be one of {', '.join(get_args(Errors))}; seen: {self.errors!r}.")
        if isinstance(self.lag, bool) or not isinstance(self.lag, int) or self.lag < 0:
            raise InputError(f"lag must be a whole number of periods, 0 or more; seen: {self.lag!r}.")
        if not isinstance(self.small_sample, bool):
            raise InputError(f"small_sample must be true or false; seen: {self.small_sample!r}.")
        if isinstance(self.reference, bool) or not isinstance(self.reference, int):
            raise InputError(f"reference must be an event time such as -1; seen: {self.reference!r}.")


def estimate(design: Design, outcome: str, options: Options) -> Estimate:
    """Regress the outcome on firm effects, period effects and support.

    The estimand: a weighted mean of the effects of all cohorts and periods, with weights that the regression chooses; equal to
    the average effect only where effects are the same for all cohorts.

    design: whose firms and periods are used; its comparison rule does not matter here, because the regression compares every
    firm with every other. Covariates that change enter as they are, constant ones with a coefficient for each period.
    Returns an Estimate over `event_time` (the reference is zero without error), or over nothing (static). Standard errors are
    clustered by firm or by the design's cluster, with the degrees of freedom of R's fixest 0.14: G/(G − 1) · (N − 1)/(N − K), K
    counting the firm effects as one because they are nested in clusters, and t with G − 1. With other `errors`, K counts all
    firm and period effects and t has N − K degrees of freedom; over time T/(T − 1) · (N − 1)/(N − K) and t with T − 1; by firm
    and period K counts neither set of effects, G is the smaller number of clusters, and a result that is not positive
    semi-definite is repaired and warned about. Raises InputError where support cannot be told from the fixed effects, and
    where a cluster is named that `errors` do not use.
    Source: Goodman-Bacon (2021), eq. 2; small samples: Cameron, Gelbach, Miller (2011).
    """
    data, support, times = _read(design, outcome, options)
    fit = _fitted(design, data, support, options)
    index = pd.Index(times, name="event_time") if options.effects == "event_time" else pd.Index(["overall"])
    value = pd.Series(fit.value[: len(index)], index, name="estimate")
    cells = pd.DataFrame(
        {
            "n_supported": pd.array(_count(design, data, support), "Int64"),
            "n_comparison": int((np.isinf(design.cohort) & (data.share_weight > 0)).sum()),
            "df": fit.df,
            "state": "shown",
        },
        index=index,
    ).astype({"n_comparison": "Int64"})
    e = Estimate(value, fit.noise.take(np.arange(len(index))), cells)
    return _with_reference(e, options.reference) if options.effects == "event_time" else e


def coefficients(design: Design, outcome: str, options: Options) -> Estimate:
    """Return all coefficients of the regression that `estimate` runs, as a regression table prints them.

    The estimand: for support as in `estimate`; a covariate's coefficient is a conditional association, and no effect.
    Returns an Estimate over `term`: "support" (static) or "event time 2", then covariates, "size" or, where it is constant,
    "size × 2020". What the fixed effects absorb has no term. Errors and refusals are those of `estimate`.
    """
    data, support, times = _read(design, outcome, options)
    fit = _fitted(design, data, support, options)
    own = ["support"] if options.effects == "static" else [f"event time {time}" for time in times]
    names = np.array(_within.names(design, data), object)[fit.covariates]
    value = pd.Series(fit.value, pd.Index([*own, *names], name="term"), name="estimate")
    return Estimate(value, fit.noise, blank_cells(value).assign(df=fit.df))


def _read(design: Design, outcome: str, options: Options) -> tuple[_data.Data, np.ndarray, np.ndarray]:
    """Return outcome and covariates, indicators of support and their event times; refuse clusters that are not used."""
    clusters = design.panel.roles.clusters
    if len(clusters) > 1:
        raise InputError("twfe clusters by one column; two were named. Name one, or use callaway_santanna.")
    if clusters and options.errors not in CLUSTERED:
        raise InputError(
            f"errors={options.errors!r} must stand without a cluster; seen: '{clusters[0]}'. Leave one of the two out."
        )
    return _data.read(design, outcome), *_support(design, options)


def _fitted(design: Design, data: _data.Data, support: np.ndarray, options: Options) -> _within.Fit:
    """Return coefficients, their noise and degrees of freedom: influence where errors are clustered, else a covariance."""
    if options.errors == "clustered":
        return _within.fit(design, data, support, options.small_sample)
    source = _panel_ols if options.errors in _panel_ols.KINDS else _sandwich
    return source.fit(design, data, support, options.errors, options.lag, options.small_sample)


def _support(design: Design, options: Options) -> tuple[np.ndarray, np.ndarray]:
    """Return indicators of support, cohorts (never supported last) × periods × regressors, and their event times."""
    cohorts = np.append(design.cohorts, np.inf)
    since = design.periods[None, :] - cohorts[:, None]
    if options.effects == "static":
        return (since >= 0)[:, :, None].astype(float), np.array([0])
    times = np.unique(since[np.isfinite(since)]).astype(int)
    if options.reference not in times:
        raise InputError(
            f"The reference must be an event time that is seen ({times.min()} to {times.max()}); seen: {options.reference}."
        )
    times = times[times != options.reference]
    return (since[:, :, None] == times).astype(float), times


def _count(design: Design, data: _data.Data, support: np.ndarray) -> np.ndarray:
    """Count the firms that are seen with each regressor at one."""
    seen = ~np.isnan(data.y)
    counts = [
        (seen[design.cohort == g][:, :, None] & (support[row] > 0)).any(axis=1).sum(axis=0)
        for row, g in enumerate(design.cohorts)
    ]
    return np.sum(counts, axis=0)


def _with_reference(e: Estimate, reference: int) -> Estimate:
    """Put the reference among the event times: zero, by definition and without error."""
    times = np.sort(np.append(e.value.index.to_numpy(), reference))
    at = np.flatnonzero(times != reference)
    index = pd.Index(times, name="event_time")
    placing = np.zeros((len(e.value), len(times)))
    placing[np.arange(len(at)), at] = 1
    cells = e.cells.reindex(index).fillna({"state": "shown", "df": e.cells["df"].iloc[0]})
    firms = e.cells[["n_supported", "n_comparison"]].max()
    return Estimate(e.value.reindex(index, fill_value=0.0), e.noise.combine(placing), cells.fillna(firms))
