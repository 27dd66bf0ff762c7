"""What a two-way fixed-effects coefficient is made of: its weights on effects, and its two-by-two comparisons.

Both are for the static regression y_it = α_i + λ_t + β D_it + γ'x_it + ε_it with covariates and weights as
`twfe` takes them, so that they belong to its coefficient. They are tidy tables, to be read beside an estimate that does not mix
cohorts.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, permutations

import numpy as np
import pandas as pd

from impact import checks
from impact.design import Design
from impact.errors import InputError, counted
from impact.estimators import _data, _within

WEIGHTS_SOURCE = (
    "de Chaisemartin, C. and D'Haultfœuille, X. (2020). Two-way fixed effects estimators with heterogeneous treatment "
    "effects. American Economic Review 110(9), 2964–2996. doi:10.1257/aer.20181169"
)
BACON_SOURCE = (
    "Goodman-Bacon, A. (2021). Difference-in-differences with variation in treatment timing. Journal of Econometrics "
    "225(2), 254–277. doi:10.1016/j.jeconom.2021.03.014"
)


TYPES = ("never supported", "supported later", "already supported", "both supported", "covariates")  # of comparisons
ROUNDING = 1e-12  # of a weight; all weights add up to one
NEGLIGIBLE = 1e-24  # a share of the variation of support below this is rounding: nothing is estimated from it


@dataclass(frozen=True)
class Groups:
    """Cohorts (never supported last), how many firms they have, their size (firms times weight), and mean outcomes by period."""

    cohorts: np.ndarray
    firms: np.ndarray
    sizes: np.ndarray
    y: np.ndarray


def twfe_weights(design: Design, outcome: str) -> pd.DataFrame:
    """Return the weight that the regression puts on the effect of each cohort and period.

    β = Σ_{g,t ≥ g} w_gt ATT(g, t) under parallel trends, w_gt = Σ_{i in g} D̃_it / Σ_it D̃_it D_it, D̃ the support indicator with
    firm effects, period effects and covariates taken off; with covariates trends are parallel given them, linearly, and ATT(g, t)
    stands for all firms of a cell. Each sum takes sampling weights. The weights sum to one; a negative one means that a larger
    effect there makes β smaller. Firms may miss periods.
    Columns: cohort, period, weight, n_supported. Warns where weights are negative.
    Source: de Chaisemartin & D'Haultfœuille (2020), theorem 1, and their web appendix on covariates.

    >>> from impact.panel import Panel
    >>> from impact.roles import Roles
    >>> firms = {"firm": np.repeat([1, 2, 3, 4], 3), "year": [2019, 2020, 2021] * 4, "first": np.repeat([2020, 2021, 0, 0], 3)}
    >>> frame = pd.DataFrame({**firms, "y": [1.0, 4.0, 6.0, 2.0, 3.0, 5.0, 0.0, 1.0, 2.0, 1.0, 1.0, 2.0]})
    >>> design = Design.of(Panel.of(frame, Roles("firm", "year", "first", outcomes=("y",))))
    >>> twfe_weights(design, "y").round(2)
       cohort  period  weight  n_supported
    0    2020    2020     0.4            1
    1    2020    2021     0.1            1
    2    2021    2021     0.5            1
    """
    found, off, _ = _off(design, _data.read(design, outcome))
    rows = pd.DataFrame({"cohort": design.cohort[found.unit], "period": design.periods[found.period], "weight": off})
    cells = rows[rows["period"] >= rows["cohort"]].groupby(["cohort", "period"], as_index=False)["weight"]
    table = cells.sum().assign(n_supported=cells.size()["size"]).astype({"cohort": int})
    checks.warn(warn_if_weights_are_negative(table))
    return table


def bacon(design: Design, outcome: str) -> pd.DataFrame:
    """Return the two-by-two comparisons that the regression averages, with their weights.

    Each cohort is compared with firms never supported, with cohorts supported later (before they are), and with cohorts that
    are already supported: the last are comparisons that nobody would choose, because the comparison firms' own effect is
    subtracted where it grows. Σ weight × estimate is the coefficient.

    With covariates, β = Ω β_w + (1 − Ω) Σ_kl s_kl β_kl. Take d̃, the support indicator with fixed effects and covariates taken
    off, apart into its mean d̄_kt by cohort and what differs between firms of a cohort: β_w is the coefficient on the second,
    Ω its share of Σ d̃². β_kl regresses the difference of two cohorts' mean outcomes on δ_t = d̄_kt − d̄_lt, and
    s_kl ∝ n_k n_l Σ_t δ_t². Two supported cohorts are then one comparison (type "both supported"), because d̃ changes in every
    period and cannot be told apart by who is supported first. The row of type "covariates" is β_w with weight Ω; it compares
    firms of the same cohort, which are supported alike, and so holds nothing but covariates.

    Columns: treated (a cohort; blank for covariates), comparison (a cohort, "never" or "same cohort"), type (of `TYPES`),
    estimate, weight, n_supported, n_comparison (firms). Raises InputError where some firm misses a period, or sampling weights
    change.
    Source: Goodman-Bacon (2021), theorem 1, and his section on controls.

    >>> from impact.panel import Panel
    >>> from impact.roles import Roles
    >>> firms = {"firm": np.repeat([1, 2, 3, 4], 3), "year": [2019, 2020, 2021] * 4, "first": np.repeat([2020, 2021, 0, 0], 3)}
    >>> frame = pd.DataFrame({**firms, "y": [1.0, 4.0, 6.0, 2.0, 3.0, 5.0, 0.0, 1.0, 2.0, 1.0, 1.0, 2.0]})
    >>> design = Design.of(Panel.of(frame, Roles("firm", "year", "first", outcomes=("y",))))
    >>> parts = bacon(design, "y")
    >>> parts[["treated", "comparison", "estimate"]]
       treated comparison  estimate
    0     2020       2021      2.00
    1     2020      never      3.00
    2     2021       2020      0.00
    3     2021      never      1.25
    >>> float((parts["estimate"] * parts["weight"]).sum().round(4))
    1.9
    """
    data = _complete(design, outcome)
    if data.weight.shape[1] > 1:
        raise InputError(
            "Weights must be the same in every period to take a regression apart into comparisons; "
            f"'{design.panel.roles.weight}' changes. Use each firm's weight of one period, or twfe_weights."
        )
    groups = _groups(design, data)
    rows = _adjusted(design, data, groups) if design.panel.roles.covariates else _plain(design, groups)
    return pd.DataFrame([row for row in rows if row["weight"] > NEGLIGIBLE]).astype({"treated": "Int64"})


def warn_if_weights_are_negative(table: pd.DataFrame) -> list[str]:
    """Say how many weights are negative, and what that means; what rounding leaves of zero is none."""
    negative = table[table["weight"] < -ROUNDING]
    if negative.empty:
        return []
    first = negative.sort_values("weight").iloc[0]
    return [
        f"The two-way fixed-effects coefficient puts negative weight on {counted(len(negative), 'effect')} of {len(table)}, "
        f"{negative['weight'].sum():.3f} in all (most on cohort {first['cohort']:.0f} in {first['period']:.0f}): larger effects "
        "there make it smaller. Do not read it as an average effect."
    ]


def _complete(design: Design, outcome: str) -> _data.Data:
    """Read the outcome, and refuse firms that miss a period."""
    data = _data.read(design, outcome)
    if not data.complete:
        raise InputError(
            f"Every firm must be seen in every period to decompose a regression; with '{outcome}' some are not. Use "
            'unbalanced="drop", which leaves out the others.'
        )
    return data


def _groups(design: Design, data: _data.Data) -> Groups:
    """Return the cohorts in which some firm is used."""
    cohorts = np.append(design.cohorts, np.inf)
    members = [np.flatnonzero((design.cohort == g) & (data.share_weight > 0)) for g in cohorts]
    present = [row for row, firms in enumerate(members) if len(firms)]
    weights = [data.share_weight[members[row]] for row in present]
    y = [np.average(data.y[members[row]], axis=0, weights=w) for row, w in zip(present, weights, strict=True)]
    firms = np.array([len(w) for w in weights])
    return Groups(cohorts[present], firms, np.array([w.sum() for w in weights]), np.array(y))


def _off(design: Design, data: _data.Data) -> tuple[_within.Regression, np.ndarray, float]:
    """Return the regression, and for each row w d̃ / Σ w d̃², by which β = Σ of it × y; and Σ w d̃²."""
    cohorts = np.append(design.cohorts, np.inf)
    support = (design.periods[None, :] >= cohorts[:, None])[:, :, None].astype(float)
    found = _within.regress(design, data, support)
    return found, found.weight * (found.z @ found.inverse[:, 0]), 1 / found.inverse[0, 0]


def _plain(design: Design, groups: Groups) -> list[dict]:
    """Return the comparisons of a regression without covariates."""
    pairs = permutations(range(len(groups.cohorts)), 2)
    rows = [_pair(design.periods, groups, k, other) for k, other in pairs if np.isfinite(groups.cohorts[k])]
    total = sum(row["weight"] for row in rows)
    return [{**row, "weight": row["weight"] / total} for row in rows]


def _pair(periods: np.ndarray, groups: Groups, k: int, other: int) -> dict:
    """Compare cohort k with another one over the periods in which the other does not change its status."""
    g, h = groups.cohorts[k], groups.cohorts[other]
    window = periods < h if g < h else periods >= h
    after = periods[window] >= g
    share = after.mean() if window.any() else 0.0
    pair = groups.sizes[k] + groups.sizes[other]
    size = groups.sizes[k] / pair
    weight = (pair * window.mean()) ** 2 * size * (1 - size) * share * (1 - share)
    change = [_change(groups.y[row, window], after) if 0 < share < 1 else np.nan for row in (k, other)]
    kind = "never supported" if np.isinf(h) else "supported later" if g < h else "already supported"
    return _row(groups, k, other, kind, change[0] - change[1], weight)


def _change(y: np.ndarray, after: np.ndarray) -> float:
    return float(y[after].mean() - y[~after].mean())


def _adjusted(design: Design, data: _data.Data, groups: Groups) -> list[dict]:
    """Return the comparisons of a regression with covariates, and last what comes from within cohorts."""
    found, off, total = _off(design, data)
    weight = data.share_weight[found.unit].reshape(-1, len(design.periods))
    d = off.reshape(weight.shape) * total / weight
    group = np.searchsorted(groups.cohorts, design.cohort[found.unit].reshape(weight.shape)[:, 0])
    mean = np.array(
        [np.average(d[group == k], axis=0, weights=weight[group == k, 0]) for k in range(len(groups.firms))]
    )
    within = d - mean[group]
    share = (weight * within**2).sum() / total
    pairs = combinations(range(len(groups.firms)), 2)
    rows = [_adjusted_pair(groups, k, other, mean[k] - mean[other], total) for k, other in pairs]
    y = data.y[found.unit, found.period].reshape(weight.shape)
    own = (weight * within * y).sum() / (share * total) if share > NEGLIGIBLE else np.nan
    last = {"treated": pd.NA, "comparison": "same cohort", "type": "covariates", "estimate": own, "weight": share}
    counts = {"n_supported": int(groups.firms[:-1].sum()), "n_comparison": int(groups.firms[-1])}
    return [*rows, {**last, **counts}]


def _adjusted_pair(groups: Groups, k: int, other: int, apart: np.ndarray, total: float) -> dict:
    """Regress the difference of two cohorts' outcomes on that of their support, covariates taken off both."""
    variation = apart @ apart
    weight = groups.sizes[k] * groups.sizes[other] / groups.sizes.sum() * variation / total
    estimate = apart @ (groups.y[k] - groups.y[other]) / variation if weight > NEGLIGIBLE else np.nan
    kind = "never supported" if np.isinf(groups.cohorts[other]) else "both supported"
    return _row(groups, k, other, kind, estimate, weight)


def _row(groups: Groups, k: int, other: int, kind: str, estimate: float, weight: float) -> dict:
    h = groups.cohorts[other]
    return {
        "treated": int(groups.cohorts[k]),
        "comparison": "never" if np.isinf(h) else str(int(h)),
        "type": kind,
        "estimate": float(estimate),
        "weight": float(weight),
        "n_supported": int(groups.firms[k]),
        "n_comparison": int(groups.firms[other]),
    }
