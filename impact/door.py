"""The one-line door: a table in, an estimate out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from impact import estimators
from impact.design import Base, Comparison, Design, Unbalanced
from impact.errors import InputError
from impact.estimates import Estimate
from impact.noise import Gaussian
from impact.panel import Panel
from impact.roles import Blank, Roles, as_tuple
from impact.threads import one_thread


@one_thread
def estimate(
    frame: Any,
    outcome: str | Sequence[str],
    unit: str | None,
    period: str,
    first_supported: str,
    estimator: str = "callaway_santanna",
    comparison: Comparison = "never",
    covariates: str | Sequence[str] | None = None,
    base: Base = "varying",
    anticipation: int = 0,
    unbalanced: Unbalanced = "pairs",
    comparison_within: str | Sequence[str] | None = None,
    comparison_among: str | None = None,
    until: int | None = None,
    weight: str | None = None,
    cluster: str | Sequence[str] | None = None,
    region: str | None = None,
    region_attributes: str | Sequence[str] | None = None,
    subgroup: str | None = None,
    blank: Blank = "refuse",
    **options: Any,
) -> Estimate:
    """Estimate the effect of support on supported firms.

    frame: a firm × period table (pandas, polars, Arrow); it is not changed.
    outcome: a column, or a transform of one: log(sales), log1p, asinh, sqrt. Several make one estimate with the level
        `outcome`, whose joint covariance is known: the same firms stand behind all.
    unit, period: the columns that identify a row; periods are whole numbers. unit=None: repeated cross-sections, where
        every row is a firm of its own.
    first_supported: the first supported period of the firm; 0 or inf is never, a blank is refused (it may be a firm that
        could not be linked) unless blank="never".
    estimator: one of `impact.estimators.names()`; its own options, such as method="dr", "reg" or "ipw", follow by name.
    comparison: "never" compares with firms that are never supported, "not_yet" also with firms that are supported later.
    covariates: columns (or transforms) given which trends are parallel.
    base: "varying" compares each period before support with the one before it, "universal" with the last before support.
    anticipation: how many periods before support firms may already react.
    unbalanced: "pairs" uses firms seen in both periods of a comparison (firm effects difference out), "drop" firms that are
        seen in every period, "keep" every row of both periods (firm effects then do not difference out).
    comparison_within: compare only firms with the same values of these columns (province, industry, risk class).
    comparison_among: a column that is 1 for the unsupported firms that may serve as comparison (such as applicants), 0 for
        others. until: the last period used; firms supported only after it count as never supported.
    weight: sampling weights. cluster: errors may depend within it, or within either of two.
    region, subgroup: levels with effects of their own. Comparison firms are those of all regions (pooled): method "reg" takes
        one regression for all, "dr" reweights comparison firms to each region's supported firms, "ipw" is refused. A local
        shock then counts as an effect; `comparison_within="province"` compares within provinces only, which takes it out where
        it hits the whole province, and asks another question: beside the firms around them.
    region_attributes: columns that say something of the region, such as its class of risk: `e.by(["risk_class", "event_time"])`.

    Returns an `Estimate` over (cohort, period). Raises `InputError`, which lists every problem at once.

    >>> import pandas as pd
    >>> firms = {"firm": [1, 1, 2, 2, 3, 3], "year": [2019, 2020] * 3, "first": [2020, 2020, 0, 0, 0, 0]}
    >>> frame = pd.DataFrame({**firms, "y": [1.0, 4.0, 2.0, 3.0, 0.0, 1.0]})
    >>> e = estimate(frame, "y", "firm", "year", first_supported="first")
    >>> e.by("event_time").table()[["event_time", "estimate", "n_supported", "n_comparison"]]
       event_time  estimate  n_supported  n_comparison
    0           0       2.0            1             2
    """
    roles = Roles(
        unit=unit, period=period, first_supported=first_supported, outcomes=as_tuple(outcome), covariates=as_tuple(covariates),
        weight=weight, clusters=as_tuple(cluster), region=region, subgroup=subgroup, blank=blank,
        within=as_tuple(comparison_within), among=comparison_among, attributes=as_tuple(region_attributes),
    )  # fmt: skip
    chosen = estimators.named(estimator)
    settings = estimators.options(chosen, options)
    panel = Panel.of(frame, roles)
    design = Design.of(panel, comparison, base, anticipation, unbalanced, until)
    found = {name: finished(chosen.estimate(design, name, settings), panel) for name in roles.outcomes}
    return found[outcome] if isinstance(outcome, str) else Estimate.stack(found, "outcome")


def finished(e: Estimate, panel: Panel, clustered: bool = True) -> Estimate:
    """Average over the strata of a comparison within them, and (where asked) sum influence within clusters."""
    levels = [str(name) for name in e.value.index.names]
    if "within" in levels:
        e = e.by([name for name in levels if name != "within"])
    clusters = panel.roles.clusters
    if len(clusters) > 2:
        raise InputError(f"Errors can be clustered by one column or by two; seen: {', '.join(clusters)}.")
    told = isinstance(e.noise, Gaussian)  # a covariance came with the dependence that its estimator was told
    if told or not clustered or not clusters:
        return e
    labels = {name: panel.per_unit(name) for name in clusters}
    return e.cluster(pd.DataFrame(labels) if len(labels) == 2 else labels[clusters[0]])
