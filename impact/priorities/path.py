"""Which firms next, for every budget at once: the path of plans as money grows, for a hundred thousand firms.

With one budget, levels of support and at most one level a firm (the multiple-choice knapsack), the best plan of the relaxed
problem takes steps in the order of what they bring for their money. A step raises one firm to the next level on its efficient
frontier: levels that lie below the line between two others are never worth their money and have no step.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from impact.errors import InputError, counted, first_five
from impact.priorities import _known
from impact.priorities._rules import ONE_LEVEL, SUPPORT

SOURCE = (
    "Sinha, P. and Zoltners, A. A. (1979). The multiple-choice knapsack problem. Operations Research 27(3), 503–515."
)
UNIT = "unit"


@dataclass(frozen=True)
class Path:
    """Steps in the order in which they are taken.

    steps: a row for each: `unit`, `support_level` (to which the firm is raised), `cost` and `effect` (what the step adds),
        `total_cost`, `total_effect`.
    """

    steps: pd.DataFrame

    def value(self, budget: float) -> float:
        """Return the total effect of the plan for a budget."""
        taken = self._taken(budget)
        return float(self.steps["total_effect"].iloc[taken - 1]) if taken else 0.0

    def bound(self, budget: float) -> float:
        """Return what no plan for this budget exceeds: the value if the last step could be taken in part."""
        costs = np.concatenate([[0.0], self.steps["total_cost"]])
        return float(np.interp(budget, costs, np.concatenate([[0.0], self.steps["total_effect"]])))

    def plan(self, budget: float) -> pd.DataFrame:
        """Return who is supported and at which level: `unit`, `support_level`, and the firm's whole `cost` and `effect`."""
        return _levels_of(self.steps.iloc[: self._taken(budget)])

    def plan_with_floor(self, budget: float, group: pd.Series, share: float) -> pd.DataFrame:
        """Return the plan in which at least a share of the budget is meant for a group of firms.

        Where the plan without a floor gives the group less, the group's own path gets share × budget and that of the others the
        rest; each part is exact to one step. group: True or False by firm.
        """
        if not 0 <= share <= 1:
            raise InputError(f"A floor must be a share between 0 and 1; seen: {share:g}. Write 0.5 for half.")
        firms = pd.Index(self.steps[UNIT].unique(), name="firm")
        marked = _known.by_region("a mark of the group", group, firms, "Write True or False.") > 0
        inside = self.steps[UNIT].isin(firms[marked]).to_numpy()
        plan = self.plan(budget)
        if plan.loc[plan[UNIT].isin(self.steps.loc[inside, UNIT]), "cost"].sum() >= share * budget:
            return plan
        parts = [(self._of(inside), share * budget), (self._of(~inside), (1 - share) * budget)]
        return pd.concat([part.plan(money) for part, money in parts if money > 0], ignore_index=True)

    def _taken(self, budget: float) -> int:
        if not budget > 0:
            raise InputError(
                f"The budget must be a number above zero; seen: {budget!r}. Write it in the unit of the costs."
            )
        return int(np.searchsorted(self.steps["total_cost"], budget * (1 + 1e-12), side="right"))

    def _of(self, rows: np.ndarray) -> Path:
        return Path(_added_up(self.steps[rows]))


def path(effect: pd.Series | pd.DataFrame, cost: _known.Cost) -> Path:
    """Return the plans for all budgets: the steps that bring most for their money come first.

    Steps are sorted by (e_l − e_k) / (c_l − c_k) along the upper convex hull of each firm's points (c_l, e_l) and (0, 0). After
    any number of whole steps the plan is the best one for the money that it takes. For a budget between two steps it is exact to
    one step: the best plan brings less than the next step more (`bound`). More money never takes support away.

    effect: by firm (or firm × level of support), of shrunken effects or scores. cost: of one firm, a number, or by firm, level
        or both. Firms without a positive effect have no step. Raises InputError for missing effects and costs.
    Source: Sinha & Zoltners (1979), section 2.

    >>> effect = pd.DataFrame({"basic": [2.0, 1.0], "advanced": [3.0, 4.0]}, index=["north", "south"])
    >>> steps = path(effect, {"basic": 1.0, "advanced": 3.0})
    >>> steps.plan(5.0)[["unit", "support_level"]].to_numpy().tolist()
    [['north', 'basic'], ['south', 'advanced']]
    >>> steps.value(4.0), steps.bound(5.0)
    (6.0, 6.5)
    """
    table = effect.to_frame(ONE_LEVEL) if isinstance(effect, pd.Series) else effect
    _must_be_numbers(table)
    costs = _known.costs_of(cost, table.index.rename("firm"), pd.Index(table.columns))
    order = np.argsort(costs, axis=1, kind="stable")
    costs, gains = (np.take_along_axis(one, order, axis=1) for one in (costs, table.to_numpy(float)))
    on, depth = _hulls(costs, gains)
    unit, step = np.nonzero(np.arange(on.shape[1]) < depth[:, None])
    level, before = on[unit, step], on[unit, np.maximum(step - 1, 0)]
    first = step == 0
    columns = {
        UNIT: table.index[unit],
        SUPPORT: np.asarray(table.columns)[order[unit, level]],
        "cost": costs[unit, level] - np.where(first, 0.0, costs[unit, before]),
        "effect": gains[unit, level] - np.where(first, 0.0, gains[unit, before]),
    }
    steps = pd.DataFrame(columns)
    best = np.argsort(-(steps["effect"] / steps["cost"]).to_numpy(), kind="stable")
    return Path(_added_up(steps.iloc[best]))


def _hulls(cost: np.ndarray, gain: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return, for every firm at once, the levels on its efficient frontier, and how many they are; costs must not fall."""
    n, levels = cost.shape
    on, depth, rows = np.zeros((n, levels), int), np.zeros(n, int), np.arange(n)

    def at(table: np.ndarray, place: np.ndarray) -> np.ndarray:
        return np.where(place >= 0, table[rows, on[rows, np.maximum(place, 0)]], 0.0)

    for level in range(levels):
        new = gain[:, level] > at(gain, depth - 1)
        while True:
            rise, run = gain[:, level] - at(gain, depth - 1), cost[:, level] - at(cost, depth - 1)
            steeper = rise * (at(cost, depth - 1) - at(cost, depth - 2)) >= run * (
                at(gain, depth - 1) - at(gain, depth - 2)
            )
            below = new & (depth > 0) & steeper
            if not below.any():
                break
            depth[below] -= 1
        on[rows[new], depth[new]] = level
        depth[new] += 1
    return on, depth


def _added_up(steps: pd.DataFrame) -> pd.DataFrame:
    totals = {"total_cost": steps["cost"].cumsum(), "total_effect": steps["effect"].cumsum()}
    return steps.assign(**totals).reset_index(drop=True)


def _levels_of(steps: pd.DataFrame) -> pd.DataFrame:
    """Return the level that each firm has reached, and all that was added on the way."""
    grouped = steps.groupby(UNIT, sort=False)
    whole = grouped[["cost", "effect"]].sum()
    return pd.concat([grouped[SUPPORT].last(), whole], axis=1).reset_index()


def _must_be_numbers(table: pd.DataFrame) -> None:
    twice = table.index[table.index.duplicated()].unique()
    if len(twice):
        raise InputError(
            f"Every firm must have one row of effects; seen several times: {counted(len(twice), 'firm')}, {first_five(twice)}. "
            "Keep one row of each."
        )
    blank = table.index[~np.isfinite(table.to_numpy(float)).all(axis=1)]
    if len(blank) or table.empty:
        raise InputError(
            f"Every firm must have an effect; seen: {counted(len(blank), 'firm')} of {len(table):,} without: "
            f"{first_five(blank) or 'none'}. Leave them out, or give them the effect of firms like them."
        )
