"""What a two-way fixed-effects coefficient is made of: its weights on effects, and its two-by-two comparisons.

Both are for the static regression y_it = α_i + λ_t + β D_it + ε_it in a complete panel. They are tidy tables, to be read
beside an estimate that does not mix cohorts.
"""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd

from impact import checks
from impact.design import Design
from impact.errors import InputError, counted
from impact.estimators import _data

WEIGHTS_SOURCE = (
    "de Chaisemartin, C. and D'Haultfœuille, X. (2020). Two-way fixed effects estimators with heterogeneous treatment "
    "effects. American Economic Review 110(9), 2964–2996. doi:10.1257/aer.20181169"
)
BACON_SOURCE = (
    "Goodman-Bacon, A. (2021). Difference-in-differences with variation in treatment timing. Journal of Econometrics "
    "225(2), 254–277. doi:10.1016/j.jeconom.2021.03.014"
)


def twfe_weights(design: Design, outcome: str) -> pd.DataFrame:
    """Return the weight that the regression puts on the effect of each cohort and period.

    β = Σ_{g,t ≥ g} w_gt ATT(g, t) under parallel trends, w_gt = n_g D̃_gt / Σ n_g D̃_gt², D̃ the support indicator with firm
    and period effects taken off. The weights sum to one; a negative one means that a larger effect there makes β smaller.
    Columns: cohort, period, weight. Warns where weights are negative. Source: de Chaisemartin & D'Haultfœuille (2020),
    theorem 1.
    """
    cohorts, sizes, _ = _means(design, outcome)
    support = design.periods[None, :] >= cohorts[:, None]
    off = _off_effects(support.astype(float), sizes)
    share = sizes[:, None] * off / (sizes[:, None] * off * support).sum()
    row, column = np.nonzero(support)
    table = pd.DataFrame(
        {"cohort": cohorts[row].astype(int), "period": design.periods[column], "weight": share[row, column]}
    )
    checks.warn(warn_if_weights_are_negative(table))
    return table


def bacon(design: Design, outcome: str) -> pd.DataFrame:
    """Return the two-by-two comparisons that the regression averages, with their weights.

    Each cohort is compared with firms never supported, with cohorts supported later (before they are), and with cohorts that
    are already supported: the last are comparisons that nobody would choose, because the comparison firms' own effect is
    subtracted where it grows. Σ weight × estimate is the coefficient.
    Columns: treated, comparison (a cohort, or "never"), type, estimate, weight. Source: Goodman-Bacon (2021), theorem 1.
    """
    cohorts, sizes, y = _means(design, outcome)
    rows = [
        _pair(design.periods, cohorts, sizes, y, k, other)
        for k, other in permutations(range(len(cohorts)), 2)
        if np.isfinite(cohorts[k])
    ]
    table = pd.DataFrame([row for row in rows if row["weight"] > 0])
    return table.assign(weight=table["weight"] / table["weight"].sum())


def warn_if_weights_are_negative(table: pd.DataFrame) -> list[str]:
    """Say how many weights are negative, and what that means."""
    negative = table[table["weight"] < 0]
    if negative.empty:
        return []
    first = negative.sort_values("weight").iloc[0]
    return [
        f"The two-way fixed-effects coefficient puts negative weight on {counted(len(negative), 'effect')} of {len(table)}, "
        f"{negative['weight'].sum():.3f} in all (most on cohort {first['cohort']:.0f} in {first['period']:.0f}): larger effects "
        "there make it smaller. Do not read it as an average effect."
    ]


def _means(design: Design, outcome: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return cohorts (never supported last), their sizes, and their mean outcomes by period."""
    data = _data.read(design, outcome)
    if not data.complete:
        raise InputError(
            f"Every firm must be seen in every period to decompose a regression; with '{outcome}' some are not. Use "
            'unbalanced="drop", which leaves out the others.'
        )
    cohorts = np.append(design.cohorts, np.inf)
    members = [(design.cohort == g) & (data.share_weight > 0) for g in cohorts]
    sizes = np.array([firms.sum() for firms in members], float)
    present = np.flatnonzero(sizes)
    return cohorts[present], sizes[present], np.array([data.y[members[row]].mean(axis=0) for row in present])


def _off_effects(support: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Take firm and period means off support (cohorts × periods), cohorts weighted by size."""
    off = support - support.mean(axis=1, keepdims=True)
    return off - np.average(off, axis=0, weights=sizes)


def _pair(periods: np.ndarray, cohorts: np.ndarray, sizes: np.ndarray, y: np.ndarray, k: int, other: int) -> dict:
    """Compare cohort k with another one over the periods in which the other does not change its status."""
    g, h = cohorts[k], cohorts[other]
    window = periods < h if g < h else periods >= h
    after = periods[window] >= g
    share = after.mean() if window.any() else 0.0
    pair = sizes[k] + sizes[other]
    size = sizes[k] / pair
    weight = (pair * window.mean()) ** 2 * size * (1 - size) * share * (1 - share)
    change = [_change(y[row, window], after) if 0 < share < 1 else np.nan for row in (k, other)]
    kind = "never supported" if np.isinf(h) else "supported later" if g < h else "already supported"
    name = "never" if np.isinf(h) else str(int(h))
    return {"treated": int(g), "comparison": name, "type": kind, "estimate": change[0] - change[1], "weight": weight}


def _change(y: np.ndarray, after: np.ndarray) -> float:
    return float(y[after].mean() - y[~after].mean())
