"""How sure is the choice? Which regions stay in the plan whatever the noise, and what a plan may cost by being wrong.

The plan is solved anew on each draw of the true effects. A posterior is needed: draws around raw estimates hold the noise twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from impact.errors import InputError, counted, first_five
from impact.estimates import Estimate
from impact.priorities import _solve
from impact.priorities._given import must_draw
from impact.priorities._known import Cost
from impact.priorities._plan import Allocation
from impact.priorities._rules import REGION, Problem, problem_of
from impact.priorities.allocate import solved

CORE, OUT = 0.8, 0.2  # shares of draws from which on a region is core, and up to which it is out
CLASSES = ("out", "contested", "core")
NEAR = 0.005  # of its value, by which the plan of a draw may fall short of the best


@dataclass(frozen=True)
class Selection:
    """How often each region is chosen, and how a plan compares with the best plan of each draw.

    table: a row for each region: `region`, `chosen` (firms in the plan), `share` (of draws in which the region is chosen),
        `mean_firms` (over draws), `class` (core, contested, out).
    plan: the plan that was judged. regret: the posterior mean of what the best plan of each draw has more welfare than it;
    regret_upper: exceeded in one draw of twenty. draws: how many.
    """

    table: pd.DataFrame
    plan: Allocation
    regret: float
    regret_upper: float
    draws: int


def selection_frequency(
    estimate: Estimate,
    cost: Cost,
    budget: float,
    *,
    draws: int = 500,
    seed: int | np.random.Generator,
    plan: Allocation | None = None,
    **rules: Any,
) -> Selection:
    """Return how often each region is in the best plan, over draws from the posterior of the true effects.

    share_r = Pr(region r is in the plan that is best for θ), θ from the posterior; "core" from 0.8 on, "out" up to 0.2, else
    "contested". The posterior regret of a plan x is E[max_x' w(x', θ) − w(x, θ)], w the welfare that `allocate` makes large.

    estimate: over `region`, posterior noise. cost, budget and rules: as in `allocate`. plan: the plan to judge, made under the
        same rules; by default the best one for the posterior means. seed: an integer or a Generator.
    The plan of a draw may fall short of its best by half a percent. Returns a `Selection`. Raises InputError for noise that is
    no posterior, fewer than 100 draws, and as `allocate` does.
    Source: Kline, Rose & Walters (2022), Quarterly Journal of Economics 137(4), on deciding under a posterior; Berger (1985),
    Statistical Decision Theory and Bayesian Analysis, section 4.4 (posterior expected loss).

    >>> from dataclasses import replace
    >>> effects = pd.Series([0.9, 0.5, 0.5, 0.1], pd.Index(list("abcd"), name="region"))
    >>> e = Estimate.from_covariance(effects, 0.01 * np.eye(4))
    >>> posterior = replace(e, noise=replace(e.noise, kind="posterior"))
    >>> selection_frequency(posterior, cost=1, budget=2, seed=1).table["class"].tolist()
    ['core', 'contested', 'contested', 'out']
    """
    must_be_posterior(estimate, "How often a region is chosen")
    must_draw(draws)
    problem = problem_of(estimate, cost, budget, **rules)
    judged = solved(estimate, problem) if plan is None else plan
    times = times_of(judged, estimate)
    thetas = estimate.draws(draws, np.random.default_rng(seed)).to_numpy()
    chosen, gains = zip(*(_best_of(problem, theta) for theta in thetas), strict=True)
    welfare = thetas @ (times * _weight_of_cells(problem, len(times)))
    regret = np.maximum(np.array(gains) - welfare, 0)
    return Selection(
        table=_table(estimate, problem, judged, np.array(chosen)),
        plan=judged,
        regret=float(regret.mean()),
        regret_upper=float(np.quantile(regret, 0.95)),
        draws=draws,
    )


def beats(
    a: Allocation, b: Allocation, estimate: Estimate, draws: int = 4000, seed: int | np.random.Generator = 0
) -> float:
    """Return the posterior probability that plan a has a larger total effect than plan b; equal effects count half.

    Pr(t_a'θ > t_b'θ) with t the times that each region's effect counts in a plan, over draws from the joint posterior: plans
    share regions, and regions share noise, so intervals of the two totals would not tell.

    >>> from dataclasses import replace
    >>> from impact.priorities.allocate import allocate
    >>> effects = pd.Series([0.3, 0.2], pd.Index(list("ab"), name="region"))
    >>> e = Estimate.from_covariance(effects, 0.001 * np.eye(2))
    >>> posterior = replace(e, noise=replace(e.noise, kind="posterior"))
    >>> two, one = allocate(e, cost=1, budget=2), allocate(e, cost=1, budget=1)
    >>> beats(two, one, posterior), beats(one, one, posterior)
    (1.0, 0.5)
    """
    must_be_posterior(estimate, "The probability that a plan is better")
    must_draw(draws)
    difference = times_of(a, estimate) - times_of(b, estimate)
    ahead = estimate.draws(draws, np.random.default_rng(seed)).to_numpy() @ difference
    return float(np.mean((ahead > 0) + 0.5 * (ahead == 0)))


def must_be_posterior(estimate: Estimate, what: str) -> None:
    """Refuse noise that is no posterior."""
    if estimate.noise.kind != "posterior":
        raise InputError(
            f"{what} needs a posterior; this estimate has {estimate.noise.kind} noise, and draws around it would hold the noise "
            "twice. Shrink it first: impact.shrink(estimate)."
        )


def times_of(plan: Allocation, estimate: Estimate) -> np.ndarray:
    """Return how often each cell of an estimate counts in a plan; every cell of the plan must be there."""
    used = plan.times[plan.times != 0]
    lost = used.index[~used.index.isin(estimate.value.index)]
    if len(lost):
        raise InputError(
            f"A plan must be of regions that the estimate has; {counted(len(lost), 'region')} of the plan are not: "
            f"{first_five(lost)}. Give the estimate that the plan was made of, or one over the same regions."
        )
    return plan.times.reindex(estimate.value.index, fill_value=0.0).to_numpy()


def _best_of(problem: Problem, theta: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the best plan of one draw, and its welfare."""
    gain = problem.weight * problem.effect(theta)
    found = _solve.best(problem, gain, NEAR, easy=0)
    assert found is not None  # the rules do not depend on the draw
    return found.x, float(gain @ found.x)


def _weight_of_cells(problem: Problem, size: int) -> np.ndarray:
    weight = np.ones(size)
    weight[problem.at] = problem.weight
    return weight


def _table(estimate: Estimate, problem: Problem, plan: Allocation, chosen: np.ndarray) -> pd.DataFrame:
    firms = chosen.reshape(len(chosen), len(problem.regions), -1).sum(axis=2)
    share = (firms > 0).mean(axis=0)
    place = (share > OUT).astype(int) + (share >= CORE)
    in_plan = plan.table.groupby(REGION, sort=False)["chosen"].sum()
    columns = {
        "share": share,
        "mean_firms": firms.mean(axis=0),
        "class": pd.Categorical.from_codes(place, pd.Index(CLASSES), ordered=True),
    }
    found = pd.DataFrame(columns, index=problem.regions)
    found.insert(0, "chosen", in_plan.reindex(found.index, fill_value=0))
    return found.loc[in_plan.index].rename_axis(REGION).reset_index()
