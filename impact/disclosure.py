"""The only door out: what may leave, and what is suppressed.

A figure that stands on fewer than a minimum of firms, on either side of the comparison, is suppressed: it has no value,
no count, and the state "suppressed". That is neither missing (a figure that was never there keeps its state) nor zero (a
count of no firms says nothing about any firm and stays).
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from impact import where
from impact.tables import STATISTICS

OF_NEXT = ("firms", "mean_firms", "share", "class", "next_effect")  # what a plan says of the firms that could be next
MANY_GROUPS = 10  # groups among which a statistic of all of them tells nothing of a single one


def minimum_firms(setting: int | None) -> int:
    """Return the smallest number of firms behind a released figure: the study's, or the default with its source."""
    return setting if setting is not None else int(default()["value"])


def default() -> dict[str, Any]:
    """Return the rule that holds where a study says nothing: its value, and the source that it has."""
    rules = tomllib.loads(where.data("parameters", "disclosure.toml").read_text(encoding="utf-8"))
    return dict(rules["minimum_firms"])


def released(tables: Mapping[str, pd.DataFrame], minimum: int) -> dict[str, pd.DataFrame]:
    """Return the tables of a study as they may leave; every table has its rule, and none leaves without one."""
    return {name: RULES[name](tables, minimum) for name in tables}


def released_effects(effects: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """Return the tidy table of effects as it may leave."""
    return _suppressed(effects, _on_few(effects, minimum), (*STATISTICS, "n_supported", "n_comparison"))


def released_truth(truth: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """Return estimates beside the truth as they may leave."""
    numbers = ("estimate", "std_error", "lower", "upper", "truth", "covered", "n_supported", "n_comparison")
    return _suppressed(truth, _on_few(truth, minimum), numbers)


def released_paths(paths: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """Return mean outcomes by cohort and period as they may leave."""
    return _suppressed(paths, _few(paths["n_firms"], minimum), ("mean", "n_firms"))


def released_pretests(pretests: pd.DataFrame, effects: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """Return the tests as they may leave: a test of a single suppressed effect would tell its p-value."""
    tested = effects[_before(effects) & effects["estimate"].notna() & _on_few(effects, minimum)]
    few = {(row.outcome, row.estimator) for row in tested.itertuples()}
    marked = pd.Series([(row.outcome, row.estimator) in few for row in pretests.itertuples()], pretests.index, bool)
    return _suppressed(pretests, marked, ("statistic", "df", "p_value"))


def released_multiplicity(multiplicity: pd.DataFrame, effects: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """Return p-values across outcomes as they may leave: none of an effect that is suppressed."""
    keys = ["outcome", "estimator", "aggregation"]
    few = {*effects.loc[_on_few(effects, minimum), keys].itertuples(index=False, name=None)}
    hidden = [key in few for key in multiplicity[keys].itertuples(index=False, name=None)]
    numbers = tuple(name for name in multiplicity.columns if name.startswith("p_"))
    return _suppressed(multiplicity, pd.Series(hidden, multiplicity.index, bool), numbers)


def released_weights(weights: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """Return the weights of a regression as they may leave: that of a cohort of few firms tells how many they are."""
    return _suppressed(weights, _few(weights["n_supported"], minimum), ("weight", "n_supported"))


def released_comparisons(comparisons: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """Return the two-by-two comparisons of a regression as they may leave."""
    counts = ("n_supported", "n_comparison")
    return _suppressed(comparisons, _on_few(comparisons, minimum), ("estimate", "weight", *counts))


def released_parts(parts: pd.DataFrame, weights: pd.DataFrame, comparisons: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """Return what sums up a regression as it may leave: no sum in which a suppressed figure stands."""
    pairs = comparisons[_on_few(comparisons, minimum)]
    few = {*pairs[["outcome", "type"]].itertuples(index=False, name=None)}
    small = {*weights.loc[_few(weights["n_supported"], minimum), "outcome"]}
    kinds = {*comparisons["type"]}
    marked = [
        (row.outcome, row.part) in few or (row.outcome in small and row.part not in kinds) for row in parts.itertuples()
    ]
    return _suppressed(parts, pd.Series(marked, parts.index, bool), ("weight", "estimate", "n_parts"))


def released_differences(differences: pd.DataFrame, effects: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """Return the tests between groups as they may leave: of a handful, one test would tell what a suppressed group must be."""
    few = effects[_on_few(effects, minimum)]
    keys = ["outcome", "estimator", "aggregation"]
    by = [few[key] for key in keys]
    small = {*zip(*by, few["subgroup_of"].fillna(""), strict=True)}
    of = differences["subgroup_of"].where(differences["aggregation"] == "subgroup", "")
    there = [key in small for key in zip(*(differences[key] for key in keys), of, strict=True)]
    marked = (differences["n_groups"] < MANY_GROUPS).fillna(True).astype(bool) & pd.Series(
        there, differences.index, bool
    )
    return _suppressed(differences, marked, ("statistic", "df", "p_value"))


def released_spread(spread: pd.DataFrame) -> pd.DataFrame:
    """Return how far regions lie apart as it may leave: not of a handful, where it would tell what single regions are."""
    few = (spread["n_regions"] < MANY_GROUPS).fillna(True).astype(bool)
    return _suppressed(spread, few, ("beyond", "estimates", "errors"))


def released_priorities(regions: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """Return what is said of each region as it may leave.

    A region of few supported firms keeps what it was given from others where its own firms had no part in it; where they had,
    nothing of it leaves. Few firms that could be next are not counted, nor is how many of them a plan takes.
    """
    few = _on_few(regions, minimum)
    own = regions["state"] == "shown"
    numbers = [name for name in regions.columns if name not in ("region", "state", "eligible", *OF_NEXT)]
    out = _suppressed(regions, few & own, ("estimate", *numbers))
    out = _suppressed(
        out, few & ~own, ("own_estimate", "own_std_error", "truth", "n_supported", "n_comparison"), mark=False
    )
    named = [name for name in ("eligible", *OF_NEXT) if name in out]
    return out.assign(**{name: out[name].mask(_few(regions["eligible"], minimum) | (few & own)) for name in named})


def released_winners(winners: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """Return the regions with the largest estimates as they may leave: a row of few firms does not even name its region."""
    few = _on_few(winners, minimum)
    return _suppressed(winners, few, ("estimate", "naive", "lower", "upper", "n_supported", "n_comparison", "region"))


def released_sums(sums: pd.DataFrame, regions: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """Return sums over regions as they may leave: not of a handful among which one is suppressed."""
    told = len(regions) < MANY_GROUPS and bool(_on_few(regions, minimum).any())
    numbers = tuple(name for name in sums.columns if name not in ("name", "plan", "floor", "state"))
    return _suppressed(sums, pd.Series(told, sums.index, bool), numbers)


RULES: dict[str, Callable[[Mapping[str, pd.DataFrame], int], pd.DataFrame]] = {
    "effects": lambda tables, least: released_effects(tables["effects"], least),
    "truth": lambda tables, least: released_truth(tables["truth"], least),
    "paths": lambda tables, least: released_paths(tables["paths"], least),
    "pretests": lambda tables, least: released_pretests(tables["pretests"], tables["effects"], least),
    "multiplicity": lambda tables, least: released_multiplicity(tables["multiplicity"], tables["effects"], least),
    "differences": lambda tables, least: released_differences(tables["differences"], tables["effects"], least),
    "spread": lambda tables, least: released_spread(tables["spread"]),
    "twfe_weights": lambda tables, least: released_weights(tables["twfe_weights"], least),
    "bacon": lambda tables, least: released_comparisons(tables["bacon"], least),
    "regression_parts": lambda tables, least: released_parts(
        tables["regression_parts"], tables["twfe_weights"], tables["bacon"], least
    ),
    "priorities": lambda tables, least: released_priorities(tables["priorities"], least),
    "winners": lambda tables, least: released_winners(tables["winners"], least),
    "frontier": lambda tables, least: released_sums(tables["frontier"], tables["priorities"], least),
    "promise": lambda tables, least: released_sums(tables["promise"], tables["priorities"], least),
    "priorities_facts": lambda tables, least: released_sums(tables["priorities_facts"], tables["priorities"], least),
}


def _before(effects: pd.DataFrame) -> pd.Series:
    """Mark effects before support: of a cohort in a period, or of an event time."""
    cells = (effects["aggregation"] == "cell") & (effects["period"] < effects["cohort"]).fillna(False)
    return cells | ((effects["aggregation"] == "event_time") & (effects["event_time"] < 0).fillna(False))


def _on_few(effects: pd.DataFrame, minimum: int) -> pd.Series:
    return _few(effects["n_supported"], minimum) | _few(effects["n_comparison"], minimum)


def _few(firms: pd.Series, minimum: int) -> pd.Series:
    """Mark counts of some firms, but fewer than the minimum."""
    return ((firms > 0) & (firms < minimum)).fillna(False).astype(bool)


def _suppressed(table: pd.DataFrame, few: pd.Series, blanked: tuple[str, ...], mark: bool = True) -> pd.DataFrame:
    """Blank what must not leave; the first of the columns tells whether there was anything to suppress.

    mark: say so in the state; a row that keeps what matters keeps its state.
    """
    out = table.copy()
    if mark:
        out["state"] = out["state"].mask(few & out[blanked[0]].notna(), "suppressed")
    for column in blanked:
        if column in out:
            out[column] = out[column].mask(few)
    return out
