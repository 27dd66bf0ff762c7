"""Who is supported with the next money: the plan with the largest effect that keeps a budget, floors, caps and limits.

A plan made of raw estimates promises far more than it delivers, because it picks the regions whose noise is largest:
`impact.priorities.promise` says by how much. And one plan is never the answer: `impact.priorities.selection` says which
regions stay in it whatever the noise.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from impact.errors import InputError
from impact.estimates import Estimate
from impact.priorities import _conflict, _solve
from impact.priorities._known import Cost, Marked
from impact.priorities._plan import Allocation, plan_of
from impact.priorities._rules import Limits, Problem, problem_of

SOURCES = (
    "Kellerer, H., Pferschy, U. and Pisinger, D. (2004). Knapsack Problems. Springer, chapter 11.",
    "Huangfu, Q. and Hall, J. A. J. (2018). Parallelizing the dual revised simplex method. Math. Prog. Comp. 10 (HiGHS).",
)
GAP = 1e-3  # of the value: what a better plan could still bring, where the best one takes long


def allocate(
    estimate: Estimate,
    cost: Cost,
    budget: float,
    *,
    floors: Marked | None = None,
    floor_of: str = "budget",
    caps: int | Mapping[Any, int] | pd.Series = 1,
    levels: Mapping[str, float] | None = None,
    firms: int | None = None,
    provinces: pd.Series | None = None,
    province_limits: Limits | Mapping[Any, Limits] | None = None,
    groups: Marked | None = None,
    weights: pd.Series | None = None,
    gap: float = GAP,
) -> Allocation:
    """Return the plan whose total effect is largest: which regions get how many supported firms, at which level of support.

        max Σ_r Σ_l ω_r m_l θ_r x_rl   over whole numbers x_rl ≥ 0
        subject to  Σ c_rl x_rl ≤ budget,   Σ_l x_rl ≤ cap_r,   floors, limits by province

    with θ_r the effect on a firm of region r (or of supporting region r as a whole, where the cap is 1), m_l the multiplier of
    level l, c_rl what one firm costs and ω_r the welfare weight.

    estimate: effects over `region`, or over `region` and `support_level`. Only its values matter for the plan; give shrunken
        ones (`impact.shrink`).
    cost: of one firm: a number; numbers by region, by level, or by both (a DataFrame, regions × levels). budget: in the
        same unit of money.
    floors: {"depopulation": (which regions, 0.5)}: at least this share of what `floor_of` names goes to these regions: the
        "budget", spent or not; the money that is "spent"; or the "firms" that are chosen. Which regions: a list of them, or a
        Series of True and False by region; marks between 0 and 1 are shares of a region's firms.
    caps: the most firms of a region, one number or by region; 1 says that a region is chosen or not.
    levels: {"basic": 1.0, "advanced": 1.5}: by what the effect is multiplied at each level of support (an assumption, where
        the estimate does not tell levels apart).
    firms: the most firms in all. provinces, province_limits: the province of each region, and (fewest, most) firms for all
        provinces, or by province.
    groups: {"women-led": (share of each region's firms, 1.2)}: an effect on these firms counts 1.2 times. weights: a welfare
        weight for each region, such as `welfare_weights(risk_index, eta=1)`. Both change what is best, not what a plan brings.
    gap: how far, as a share, the plan may be from the best where that would take long to find; small problems are always solved
        exactly, and 0 asks for it whatever it takes. The plan says how far it can be.

    What goes by region is a Series or a dict; regions that the estimate does not have are passed over. A list or an array without
    labels must have one entry for each region, in the order of the estimate.

    Regions that are alike in everything are chosen in the order of their labels, so that ties have one answer. Returns an
    `Allocation`. Raises InputError for bad input, and where no plan keeps all rules: then it says which rules exclude one
    another, and the nearest floor that can be kept. Source: Kellerer, Pferschy & Pisinger (2004), chapter 11.

    >>> e = Estimate.from_covariance(pd.Series([0.3, 0.2, 0.1], pd.Index(list("abc"), name="region")), 0.01 * np.eye(3))
    >>> plan = allocate(e, cost=10, budget=20)
    >>> plan.regions, plan.value, plan.spent
    (['a', 'b'], 0.5, 20.0)
    >>> allocate(e, cost=10, budget=20, floors={"coast": (["c"], 0.5)}).regions
    ['a', 'c']
    """
    _must_be_gap(gap)
    problem = problem_of(
        estimate,
        cost,
        budget,
        floors=floors,
        floor_of=floor_of,
        caps=caps,
        levels=levels,
        firms=firms,
        provinces=provinces,
        province_limits=province_limits,
        groups=groups,
        weights=weights,
    )
    return solved(estimate, problem, gap)


def solved(estimate: Estimate, problem: Problem, gap: float = GAP) -> Allocation:
    """Return the best plan of a problem that was read before."""
    found = _solve.best(problem, problem.weight * problem.effect(estimate.value.to_numpy(float)), gap)
    if found is None:
        raise _conflict.refusal(problem)
    return plan_of(estimate, problem, found)


def _must_be_gap(gap: float) -> None:
    if not 0 <= gap < 1:
        raise InputError(
            f"gap must be a share of the value, from 0 to less than 1; seen: {gap}. Write 0.001 for a thousandth."
        )
