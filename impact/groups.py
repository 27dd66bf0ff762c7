"""Effects by region, by what is known of regions, and by subgroup; whether they differ, and how much is a matter of place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from impact.errors import InputError
from impact.estimates import Estimate
from impact.inference.spread import spread

REGION, WITHIN, SUBGROUP = "region", "region_within", "subgroup"
POOLED = "pooled"
DIFFERENCE_COLUMNS = (
    "outcome",
    "estimator",
    "aggregation",
    "subgroup_of",
    "n_groups",
    "statistic",
    "df",
    "p_value",
    "state",
)
SPREAD_COLUMNS = ("outcome", "estimator", "comparison", "n_regions", "estimates", "errors", "beyond", "state")


@dataclass(frozen=True)
class Grouped:
    """An estimate averaged by group: its name among aggregations, the column that tells groups apart, the groups' effects."""

    aggregation: str
    column: str
    effects: Estimate


def grouped(e: Estimate, column: str, attributes: Sequence[str], within: bool) -> list[Grouped]:
    """Return every average by group: by region and by each attribute of regions, or by subgroup.

    within: comparison firms were those around a region, not all; only regions are told apart then.
    """
    levels = e.value.index.names
    if "subgroup" in levels:
        return [Grouped(SUBGROUP, column, e.by("subgroup"))]
    if "region" not in levels:
        raise InputError(
            "This estimator gives no effects by region or subgroup. Put one that does first, or leave region and subgroups out."
        )
    by_region = Grouped(WITHIN if within else REGION, column, e.by("region"))
    return [by_region, *([] if within else (Grouped(SUBGROUP, name, e.by(name)) for name in attributes))]


def differences(groups: Sequence[Grouped], outcome: str, estimator: str) -> pd.DataFrame:
    """Return, for each way of telling firms apart, the joint test that effects are the same on all groups."""
    rows = [
        {
            "outcome": outcome,
            "estimator": estimator,
            "aggregation": one.aggregation,
            "subgroup_of": one.column,
            "n_groups": int(one.effects.value.notna().sum()),
            **one.effects.equality(),
            "state": "shown",
        }
        for one in groups
        if one.effects.value.notna().sum() > 1
    ]
    return pd.DataFrame(rows, columns=list(DIFFERENCE_COLUMNS))


def spreads(found: Sequence[Grouped], outcome: str, estimator: str) -> pd.DataFrame:
    """Return how far effects by region lie apart beyond chance, beside all comparison firms and beside those around them.

    Only regions with evidence of their own in every comparison take part, so that the same regions are compared.
    """
    by_region = [one for one in found if one.aggregation in (REGION, WITHIN)]
    shown = [set(one.effects.value.index[(one.effects.cells["state"] == "shown").to_numpy()]) for one in by_region]
    both = set.intersection(*shown) if shown else set()
    rows = [
        {
            "outcome": outcome,
            "estimator": estimator,
            "comparison": POOLED if one.aggregation == REGION else WITHIN,
            **_spread(one.effects, both),
        }
        for one in by_region
    ]
    return pd.DataFrame(rows, columns=list(SPREAD_COLUMNS))


def joined(tables: Sequence[pd.DataFrame], columns: Sequence[str], counts: Sequence[str]) -> pd.DataFrame:
    """Put tables under one another; counts are whole numbers."""
    filled = [table for table in tables if len(table)]
    whole = pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=list(columns))
    return whole.astype(dict.fromkeys(counts, "Int64"))


def renamed(groups: Sequence[Grouped]) -> Iterator[Grouped]:
    """Call what tells groups apart `region` or `subgroup`, as tables of effects do."""
    for one in groups:
        level = REGION if one.aggregation in (REGION, WITHIN) else SUBGROUP
        index = one.effects.value.index.rename(level)
        value, cells = one.effects.value.set_axis(index), one.effects.cells.set_axis(index)
        yield Grouped(one.aggregation, one.column, Estimate(value, one.effects.noise, cells, one.effects.shares))


def _spread(e: Estimate, regions: set[object]) -> dict[str, object]:
    found = spread(e.at(np.flatnonzero(e.value.index.isin(list(regions)))))
    numbers = {name: float(found[name]) for name in ("estimates", "errors", "beyond")}
    state = "shown" if found["n"] > 1 else "not enough evidence"
    return {"n_regions": int(found["n"]), **numbers, "state": state}
