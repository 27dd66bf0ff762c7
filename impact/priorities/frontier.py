"""What balance costs: the total effect of the best plan as a floor for a group of regions rises; and welfare weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from impact.errors import InputError, counted, first_five
from impact.estimates import Estimate
from impact.priorities import _conflict, _solve
from impact.priorities._known import Cost, Marked, Which
from impact.priorities._plan import Allocation, plan_of
from impact.priorities._rules import Problem, problem_of
from impact.priorities.allocate import GAP
from impact.priorities.selection import must_be_posterior

FLOORS = tuple(round(0.1 * step, 1) for step in range(11))
NONE = 0.0


def frontier(
    estimate: Estimate,
    group: Which,
    cost: Cost,
    budget: float,
    *,
    floors: Sequence[float] = FLOORS,
    name: str = "depopulation",
    other_floors: Marked | None = None,
    confidence: float = 0.95,
    **rules: Any,
) -> pd.DataFrame:
    """Return what a floor for a group of regions costs: the best plan for every floor, its effect, and what is lost.

    v(f) = max_x t(x)'m subject to the floor f, m the posterior means; its interval is that of t(x)'θ, θ from the posterior, and
    the loss v(0) − v(f) has the interval of (t(x_0) − t(x_f))'θ: plans share regions, so it is not that of the two apart.

    estimate: over `region`, posterior noise. group: which regions (depopulation areas): a list, or marks by region. cost, budget,
        rules: as in `allocate`. floors: shares (of what `floor_of` names) for the group, called `name`; other_floors: those of
        other groups, as in `allocate`.
    Columns: floor, kept (the floor that was held: the nearest that can be, where `floor` cannot), share (what the group gets),
    value, lower, upper, loss (against no floor for the group), loss_lower, loss_upper, loss_share (of the value without), firms,
    spent. Raises InputError as `allocate` does, and for noise that is no posterior.

    >>> from dataclasses import replace
    >>> effects = pd.Series([0.4, 0.3, 0.2, 0.1], pd.Index(list("abcd"), name="region"))
    >>> e = Estimate.from_covariance(effects, 0.001 * np.eye(4))
    >>> posterior = replace(e, noise=replace(e.noise, kind="posterior"))
    >>> coast = pd.Series([False, False, True, True], list("abcd"))
    >>> found = frontier(posterior, coast, cost=1, budget=2, floors=[0, 0.5, 1], name="the coast")
    >>> found[["share", "value", "loss_share"]].round(3).to_numpy().tolist()
    [[0.0, 0.7, 0.0], [0.5, 0.6, 0.143], [1.0, 0.3, 0.571]]
    """
    must_be_posterior(estimate, "A frontier with intervals")
    asked = _floors(floors)
    others = dict(other_floors or {})
    wanted = sorted({NONE, *asked})
    problems = [problem_of(estimate, cost, budget, floors={**others, name: (group, at)}, **rules) for at in wanted]
    points = _no_worse([_point(estimate, problem, name) for problem in problems])
    table = _table(estimate, points, wanted, confidence)
    return table[table["floor"].isin(asked)].reset_index(drop=True)


def welfare_weights(risk_index: pd.Series, eta: float) -> pd.Series:
    """Return how much an effect in each region counts: (1 / risk index)^η, named so that a plan prints η.

    At η = 0 regions count alike; at η = 1 an effect where the extinction index is 0.2 counts five times one where it is 1. η is
    a judgement about people, not a fact of data: show plans for several.

    risk_index: by region, above zero, lower is more at risk (`impact.regions.risk.extinction_index`). Raises InputError for an
    index that is missing or not above zero. Source: Atkinson, A. B. (1970), Journal of Economic Theory 2(3), 244–263 (weights of
    constant aversion to inequality).

    >>> weights = welfare_weights(pd.Series([0.2, 1.0], ["a", "b"]), eta=1)
    >>> weights.tolist(), weights.name
    ([5.0, 1.0], 'welfare weights (1 / risk index)^1')
    """
    index = pd.to_numeric(risk_index, errors="coerce")
    odd = risk_index[~(np.isfinite(index) & (index > 0))]
    if len(odd):
        raise InputError(
            f"Every region must have a risk index above zero; seen: {counted(len(odd), 'region')} without: "
            f"{first_five(odd.index)}. Leave these regions out, or find their index."
        )
    if not np.isfinite(eta):
        raise InputError(f"η must be a number; seen: {eta}. 0 counts regions alike, 1 is usual.")
    return ((1 / index) ** eta).rename(f"welfare weights (1 / risk index)^{eta:g}")


def _floors(floors: Sequence[float]) -> list[float]:
    odd = [floor for floor in floors if not 0 <= floor <= 1]
    if odd or not len(floors):
        raise InputError(
            f"Floors must be shares between 0 and 1, one or more; seen: {first_five(odd) or 'none'}. Write, for example, "
            "[0, 0.5, 0.9]."
        )
    return [float(floor) for floor in floors]


@dataclass(frozen=True)
class _Point:
    """The floor that was held, what the group gets, and the plan."""

    kept: float
    share: float
    plan: Allocation


def _point(estimate: Estimate, problem: Problem, name: str) -> _Point:
    """Return the best plan at a floor, or at the nearest one that can be kept."""
    floor = next(limit for limit in problem.limits if limit.kind == "floor" and limit.label == name)
    gain, kept = problem.weight * problem.effect(estimate.value.to_numpy(float)), floor.at_least
    found = _solve.best(problem, gain, GAP)
    if found is None:
        nearest = _conflict.nearest_floor(problem, floor.name)
        if nearest is None:
            raise _conflict.refusal(problem)
        kept, problem = nearest, problem.having(floor.name, nearest)
        found = _solve.best(problem, gain, GAP)
    assert found is not None  # `nearest_floor` found a plan
    return _Point(kept, floor.used(found.x), plan_of(estimate, problem, found))


def _no_worse(points: list[_Point]) -> list[_Point]:
    """Take the plan of a higher floor where it is better by what the search may miss: it keeps the lower floor too."""
    out = points[-1:]
    for point in points[-2::-1]:
        better = point.plan.welfare >= out[-1].plan.welfare
        out.append(point if better else replace(out[-1], kept=point.kept))
    return out[::-1]


def _table(estimate: Estimate, points: list[_Point], floors: list[float], confidence: float) -> pd.DataFrame:
    times = pd.DataFrame({at: point.plan.times for at, point in zip(floors, points, strict=True)})
    times.columns = pd.Index(floors, name="floor")
    total = estimate.linear(times).table(confidence)
    lost = estimate.linear(times.rsub(times[NONE], axis=0)).table(confidence)
    intervals = ["lower", "upper"]
    lost.loc[lost["estimate"] == 0, intervals] = lost.loc[lost["estimate"] == 0, intervals].fillna(0.0)
    columns = {
        "floor": floors,
        "kept": [point.kept for point in points],
        "share": [point.share for point in points],
        "value": total["estimate"],
        "lower": total["lower"],
        "upper": total["upper"],
        "loss": lost["estimate"],
        "loss_lower": lost["lower"],
        "loss_upper": lost["upper"],
        "loss_share": lost["estimate"] / total["estimate"].iloc[0],
        "firms": [point.plan.firms for point in points],
        "spent": [point.plan.spent for point in points],
    }
    return pd.DataFrame(columns)
