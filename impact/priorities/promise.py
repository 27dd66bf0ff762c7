"""How much a plan promises, and how much of it comes true: the figure that stands in every report on priorities.

Choosing the regions with the largest raw estimates picks those whose noise is largest as well, so the plan claims more than it
can deliver (the winner's curse). The posterior says by how much, for this very study.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from impact.errors import InputError, counted, first_five
from impact.estimates import Estimate
from impact.priorities._given import must_be_share
from impact.priorities._known import Cost
from impact.priorities._plan import Allocation
from impact.priorities.allocate import allocate
from impact.priorities.selection import must_be_posterior, times_of

RAW, SHRUNKEN, ORACLE = "raw estimates", "shrunken effects", "the truth"


def over_promise(
    raw: Estimate,
    shrunk: Estimate,
    cost: Cost,
    budget: float,
    *,
    truth: pd.Series | None = None,
    confidence: float = 0.95,
    **rules: Any,
) -> pd.DataFrame:
    """Return what choosing by raw estimates and by shrunken effects claims, and what it delivers.

    claimed = t(x)'θ̂ with the numbers by which x was chosen; delivered = E[t(x)'θ | data] = t(x)'m, with the interval of t(x)'θ
    under the posterior. For shrunken effects both are the same by construction: a posterior mean expects what it claims, if the
    model of the prior holds. Whether it does, a simulation with a known truth tells.

    raw: sampling noise, over `region`; regions without an estimate cannot be chosen by it. shrunk: a posterior over (at least)
        the same regions. cost, budget, rules: as in `allocate`. truth: true effects by region, where they are known.
    A row for each way of choosing, and one for choosing by the truth where it is given. Columns: plan, claimed, delivered,
    lower, upper, keeps (posterior probability that the plan brings what it claims or more), firms, spent, and with a truth
    came_true.
    Raises InputError for the wrong kind of noise, or regions that the posterior lacks.
    Source: Andrews, Kitagawa & McCloskey (2024), Quarterly Journal of Economics 139(1), 305–358 (the winner's curse).

    >>> from dataclasses import replace
    >>> region = pd.Index(list("abc"), name="region")
    >>> raw = Estimate.from_covariance(pd.Series([0.9, 0.3, 0.0], region), np.diag([0.09, 0.01, 0.01]))
    >>> shrunk = Estimate.from_covariance(pd.Series([0.25, 0.2, 0.1], region), 0.005 * np.eye(3))
    >>> shrunk = replace(shrunk, noise=replace(shrunk.noise, kind="posterior"))
    >>> over_promise(raw, shrunk, cost=1, budget=2)[["plan", "claimed", "delivered"]].round(2).to_numpy().tolist()
    [['raw estimates', 1.2, 0.45], ['shrunken effects', 0.45, 0.45]]
    """
    if raw.noise.kind != "sampling":
        raise InputError(
            f"Raw estimates have sampling noise; these have {raw.noise.kind} noise. Give the estimate before it was shrunk."
        )
    must_be_posterior(shrunk, "What a plan delivers")
    must_be_share("confidence", confidence, "0.95 for 95 %")
    known = raw.at(np.flatnonzero(raw.value.notna()))
    _must_hold(known, shrunk)
    chosen = {RAW: known, SHRUNKEN: shrunk} | ({} if truth is None else {ORACLE: _true(shrunk, truth)})
    rows = []
    for name, estimate in chosen.items():
        plan = allocate(estimate, cost, budget, **rules)
        rows.append({"plan": name, **_judged(plan, shrunk, confidence, truth)})
    return pd.DataFrame(rows)


def _judged(plan: Allocation, shrunk: Estimate, confidence: float, truth: pd.Series | None) -> dict[str, float]:
    times = times_of(plan, shrunk)
    mean = float(times @ shrunk.value.to_numpy())
    sd = float(np.sqrt(shrunk.noise.combine(times[:, None]).variance()[0]))
    half = float(stats.norm.ppf(0.5 + confidence / 2)) * sd
    keeps = float(stats.norm.sf((plan.value - mean) / sd)) if sd > 0 else float(mean >= plan.value)
    row = {"claimed": plan.value, "delivered": mean, "lower": mean - half, "upper": mean + half, "keeps": keeps}
    row |= {"firms": plan.firms, "spent": plan.spent}
    return (
        row if truth is None else row | {"came_true": float(times @ truth.reindex(shrunk.value.index).to_numpy(float))}
    )


def _true(shrunk: Estimate, truth: pd.Series) -> Estimate:
    """Write the true effects as an estimate without noise."""
    value = pd.Series(truth.reindex(shrunk.value.index).to_numpy(float), shrunk.value.index, name="estimate")
    lost = value.index[value.isna()]
    if len(lost):
        raise InputError(
            f"The truth must be known for every region; missing for {len(lost)} of {len(value)}: {first_five(lost)}. Leave "
            "`truth` out where it is not known."
        )
    return Estimate.from_covariance(value, np.zeros((len(value), len(value))))


def _must_hold(raw: Estimate, shrunk: Estimate) -> None:
    lost = raw.value.index[~raw.value.index.isin(shrunk.value.index)]
    if len(lost):
        raise InputError(
            f"The posterior must have every region that has an estimate; it lacks {counted(len(lost), 'region')}: "
            f"{first_five(lost)}. Shrink the very estimate that is given as `raw`."
        )
