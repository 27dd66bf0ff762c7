"""The next money of a study: who gets it, how sure that is, what balance costs, and what plans promise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from impact.errors import InputError, first_five
from impact.estimates import Estimate
from impact.priorities import costs
from impact.priorities.allocate import allocate
from impact.priorities.carried import Carried, carried
from impact.priorities.frontier import FLOORS, frontier
from impact.priorities.promise import over_promise
from impact.priorities.selection import Selection, selection_frequency, times_of
from impact.prioritize.regional import Regional
from impact.study import Inference, Prioritizing

DRAWS = 500
YES = ("1", "1.0", "true", "yes", "y")


@dataclass(frozen=True)
class Planned:
    """The next firms by region, the plan among them, and what is said of it.

    next_: effects on the next firms, and how many there are. selection: the plan, and how often each region is in the best one.
    frontier: what a floor costs. promise: what plans claim and bring. facts: single numbers by name.
    """

    next_: Carried
    selection: Selection
    frontier: pd.DataFrame
    promise: pd.DataFrame
    facts: dict[str, float]


def planned(of: Regional, posterior: Estimate, asked: Prioritizing, inference: Inference) -> Planned:
    """Plan the next money on shrunken effects, and judge the plan by their posterior and, where it is known, by the truth."""
    next_ = next_firms(posterior, of, asked)
    money: dict[str, Any] = {"cost": asked.cost, "budget": asked.budget, "caps": _caps(next_, asked)}
    group = None if asked.floor_for is None else marked(of.about[asked.floor_for])
    floors = None if group is None else {str(asked.floor_for): (group, asked.floor)}
    selection = selection_frequency(next_.estimate, **money, floors=floors, draws=DRAWS, seed=_stream(inference, 1))
    balance = _frontier(next_, of, group, money, asked, inference)
    promise = _promise(next_, of, floors, money, asked, inference)
    facts = {
        **_assumed(asked),
        **_of_plan(next_, selection, asked, inference),
        **_of_money(next_, selection, asked, inference),
        **_against_truth(next_, of, selection, {**money, "floors": floors}, asked),
    }
    return Planned(next_, selection, balance, promise, facts)


def next_firms(e: Estimate, of: Regional, asked: Prioritizing) -> Carried:
    """Carry effects to the firms that could be next; on a logarithm, in the outcome's own unit if that is asked for."""
    known = of.about.loc[of.about.index.isin(e.value.index)]
    found = carried(
        e,
        known["eligible"],
        **_assumed(asked),
        supported=of.raw.cells["n_supported"].reindex(known.index).fillna(0),
    )
    if not asked.in_units:
        return found
    level = of.about["level"].reindex(found.estimate.value.index)
    return Carried(costs.additional_jobs(found.estimate, level), found.firms, found.table, found.assumptions)


def _assumed(asked: Prioritizing) -> dict[str, float]:
    """Return the shares that are assumed: the study's own, or those of data/parameters."""
    own = {"take_up": asked.take_up, "diminishing": asked.diminishing}
    return {name: costs.parameter(name) if share is None else share for name, share in own.items()}


def _caps(next_: Carried, asked: Prioritizing) -> pd.Series:
    most = asked.most_in_a_region
    return next_.firms if most is None else next_.firms.clip(upper=most)


def marked(values: pd.Series) -> pd.Series:
    """Read which regions a floor is for: true, 1 or yes."""
    if pd.api.types.is_bool_dtype(values):
        return values
    read = values.astype(str).str.strip().str.lower()
    strange = sorted(set(read) - {*YES, "0", "0.0", "false", "no", "n"})
    if strange:
        raise InputError(
            f"[priorities] floor_for must be a column of 1 and 0 (or true and false, yes and no); seen: {first_five(strange)}."
        )
    return read.isin(YES)


def _stream(inference: Inference, which: int) -> np.random.Generator:
    return np.random.default_rng([inference.seed, which])


def _frontier(
    next_: Carried,
    of: Regional,
    group: pd.Series | None,
    money: dict[str, Any],
    asked: Prioritizing,
    inference: Inference,
) -> pd.DataFrame:
    """Return what floors cost; where the truth is known, what they truly cost, over regions where it is."""
    if group is None:
        return pd.DataFrame()
    name, confidence = str(asked.floor_for), inference.confidence
    floors = sorted({*FLOORS, asked.floor})
    table = frontier(next_.estimate, group, **money, floors=floors, name=name, confidence=confidence)
    among, true = _known(next_, of, asked)
    if true is None:
        return table
    came_true = [_came_true(among, true, {**money, "floors": {name: (group, at)}}) for at in table["kept"]]
    return table.assign(came_true=came_true)


def _came_true(among: Estimate, true: pd.Series, rules: dict[str, Any]) -> float:
    """Return the true effect of the best plan; blank where none keeps the rules over regions whose truth is known."""
    try:
        plan = allocate(among, **rules)
    except InputError:
        return np.nan
    return float(times_of(plan, among) @ true)


def _promise(
    next_: Carried, of: Regional, floors: Any, money: dict[str, Any], asked: Prioritizing, inference: Inference
) -> pd.DataFrame:
    """Return what plans made of raw and of shrunken effects claim and bring, over regions that have both."""
    shrunk, true = _known(next_, of, asked)
    shared = of.raw.at(np.flatnonzero(of.raw.value.notna() & of.raw.value.index.isin(shrunk.value.index)))
    raw = next_firms(shared, of, asked).estimate
    both = shrunk.at(np.flatnonzero(shrunk.value.index.isin(raw.value.index)))
    truth = None if true is None else true.reindex(both.value.index)
    return over_promise(raw, both, **money, truth=truth, confidence=inference.confidence, floors=floors)


def _known(next_: Carried, of: Regional, asked: Prioritizing) -> tuple[Estimate, pd.Series | None]:
    """Return the effects on the next firms, and the true ones, over regions where these are known."""
    if of.true is None:
        return next_.estimate, None
    true = of.true.dropna()
    e = Estimate.from_covariance(true.rename("estimate"), np.zeros((len(true), len(true))))
    carried_ = next_firms(e, of, asked).estimate.value
    there = next_.estimate.value.index.isin(carried_.index)
    among = next_.estimate.at(np.flatnonzero(there))
    return among, carried_.reindex(among.value.index)


# ---- single numbers ------------------------------------------------------------------------------------------------


def _of_plan(next_: Carried, selection: Selection, asked: Prioritizing, inference: Inference) -> dict[str, float]:
    """Return what the plan spends and brings, and how many regions are in it whatever the noise."""
    plan, classes = selection.plan, selection.table["class"].value_counts()
    total = _weighed(next_.estimate, plan.times).table(inference.confidence).iloc[0]
    spread = pd.Series(next_.firms.to_numpy(float), next_.estimate.value.index)
    alike = _weighed(next_.estimate, spread * plan.firms / spread.sum()).value.iloc[0]
    return {
        "budget": plan.budget,
        "spent": plan.spent,
        "firms": plan.firms,
        "regions": len(plan.regions),
        "candidates": len(next_.estimate.value),
        "value": plan.value,
        "value_lower": total["lower"],
        "value_upper": total["upper"],
        "value_spread": float(alike),
        **{str(name): int(count) for name, count in classes.items()},
        "draws": selection.draws,
        "regret": selection.regret,
        "regret_upper": selection.regret_upper,
        "gap": plan.gap,
    }


def _of_money(next_: Carried, selection: Selection, asked: Prioritizing, inference: Inference) -> dict[str, float]:
    """Return what one unit of the outcome costs under the plan, with Fieller's set, and what it is worth."""
    plan = selection.plan
    if not (asked.in_units and plan.firms):
        return {}
    mean = _weighed(next_.estimate, plan.times / plan.firms)
    mean.value.index = pd.Index(["plan"], name="region")
    price = costs.cost_per_job(mean, float(asked.cost or 0), inference.confidence).iloc[0]
    found = {
        f"unit_{name}": float(price[of])
        for name, of in (("cost", "cost_per_job"), ("lower", "lower"), ("upper", "upper"))
    }
    found["unit_bounded"] = float(price["kind"] == "bounded")
    if asked.value_per_unit is None:
        return found
    worth = costs.present_value(asked.value_per_unit, asked.years)
    assert isinstance(worth, float)
    benefit = costs.net_benefit(mean, worth, float(asked.cost or 0)).table(inference.confidence).iloc[0]
    return found | {
        "unit_worth": worth,
        "net": benefit["estimate"],
        "net_lower": benefit["lower"],
        "net_upper": benefit["upper"],
    }


def _against_truth(
    next_: Carried, of: Regional, selection: Selection, rules: dict[str, Any], asked: Prioritizing
) -> dict[str, float]:
    """Return how many regions of each class the plan made of the truth has; nothing where the truth is not known."""
    _, true = _known(next_, of, asked)
    if true is None:
        return {}
    exact = Estimate.from_covariance(true.rename("estimate"), np.zeros((len(true), len(true))))
    best = set(allocate(exact, **rules).regions)
    table = selection.table
    found = {
        f"{name}_in_best": int(table.loc[table["class"] == name, "region"].isin(best).sum())
        for name in ("core", "contested", "out")
    }
    return {"known": len(true), "best_regions": len(best), **found}


def _weighed(e: Estimate, weights: pd.Series) -> Estimate:
    return e.linear(weights.to_frame("plan"))
