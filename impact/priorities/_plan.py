"""A plan: which regions get how many supported firms, at which level of support, and what that costs and brings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from impact.errors import counted
from impact.estimates import Estimate
from impact.priorities._rules import REGION, SUPPORT, Problem
from impact.priorities._solve import Found


@dataclass(frozen=True)
class Allocation:
    """A plan, and what holds it back.

    table: a row for every region and level of support: `region`, `support_level`, `chosen` (firms; 0 or 1 where a region is
        chosen or not), `cost` and `effect` of these firms together.
    times: over the cells of the estimate, how often each effect counts in the plan: its total effect is times'θ, whatever θ is.
    value: the total effect as the estimate has it. welfare: the same with welfare weights, which is what was made as large as
        possible. spent, budget: money. firms: how many are chosen.
    constraints: a row for every rule: `constraint`, `kind`, `at_least`, `at_most`, `used` (in its own unit: money, firms, or a
        share), `binding`, and `price`: by how much welfare would rise if the bound were one unit looser, in the relaxed
        problem where firms can be divided.
    gap: no plan has more welfare than this share above the plan's (0: it is the best).
    weighting: how welfare weighs regions, in words.
    """

    table: pd.DataFrame
    times: pd.Series
    value: float
    welfare: float
    spent: float
    budget: float
    firms: int
    constraints: pd.DataFrame
    gap: float
    weighting: str

    @property
    def regions(self) -> list:
        """List the regions that are chosen."""
        return list(self.table.loc[self.table["chosen"] > 0, REGION].unique())

    @property
    def binding(self) -> list[str]:
        """List the rules that hold the plan back."""
        return list(self.constraints.loc[self.constraints["binding"], "constraint"])

    def __repr__(self) -> str:
        """Say the plan in two sentences, and how regions are weighed."""
        of = counted(self.table[REGION].nunique(), "region")
        money = f"{self.spent:,.10g} of {self.budget:,.10g} spent"
        near = f"within {self.gap:.2%} of the best plan" if self.gap else "the best plan"
        held = ", ".join(self.binding) or "nothing but how many firms each region can have"
        return (
            f"Plan: {counted(self.firms, 'firm')} in {len(self.regions):,} of {of}; {money}; total effect {self.value:.4g}, "
            f"{near} ({self.weighting}).\nIt is held back by {held}."
        )


def plan_of(estimate: Estimate, problem: Problem, found: Found) -> Allocation:
    """Write a solution as a plan, in the order of the regions of the estimate."""
    effect = problem.effect(estimate.value.to_numpy(float))
    times = np.zeros(len(estimate.value))
    np.add.at(times, problem.at, problem.times * found.x)
    return Allocation(
        table=_table(estimate, problem, found.x, effect),
        times=pd.Series(times, estimate.value.index, name="times"),
        value=float(effect @ found.x),
        welfare=float((problem.weight * effect) @ found.x),
        spent=float(problem.cost @ found.x),
        budget=problem.budget,
        firms=int(found.x.sum()),
        constraints=_constraints(problem, found),
        gap=found.gap,
        weighting=problem.weighting,
    )


def _table(estimate: Estimate, problem: Problem, x: np.ndarray, effect: np.ndarray) -> pd.DataFrame:
    n = len(problem.levels)
    columns = {
        REGION: problem.regions.repeat(n),
        SUPPORT: np.tile(problem.levels, len(problem.regions)),
        "chosen": x.astype(int),
        "cost": problem.cost * x,
        "effect": effect * x,
    }
    order = np.argsort(problem.at.reshape(-1, n)[:, 0], kind="stable")
    rows = (order[:, None] * n + np.arange(n)).ravel()
    return pd.DataFrame(columns).iloc[rows].reset_index(drop=True)


def _constraints(problem: Problem, found: Found) -> pd.DataFrame:
    rows = [
        {
            "constraint": limit.name,
            "kind": limit.kind,
            "at_least": limit.at_least if np.isfinite(limit.at_least) else np.nan,
            "at_most": limit.at_most if np.isfinite(limit.at_most) else np.nan,
            "used": limit.used(found.x),
            "binding": bool(price > 0),
            "price": price * limit.unit(found.x),
        }
        for limit, price in zip(problem.limits, found.prices, strict=True)
    ]
    return pd.DataFrame(rows)
