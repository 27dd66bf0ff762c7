"""What a plan is told of regions: costs, caps and marks, matched by label; every region needs one.

Only what has no labels at all goes by position: a list or an array with one entry for each region of the estimate.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from impact.errors import InputError, counted, first_five

Cost: TypeAlias = float | Mapping[Any, float] | Sequence[float] | np.ndarray | pd.Series | pd.DataFrame
Which: TypeAlias = pd.Series | pd.Index | Mapping[Any, float] | np.ndarray | Sequence[Any] | AbstractSet[Any]
Marked: TypeAlias = Mapping[str, tuple[Which, float]]
Marks: TypeAlias = dict[str, tuple[np.ndarray, float]]


def labelled(what: str, given: Any, listed: pd.Index) -> Any:
    """Name numbers that have no labels: there must be one for each region, in the order in which they are listed."""
    if not isinstance(given, list | tuple | np.ndarray) or np.ndim(given) == 0:
        return given
    if np.shape(given) != (len(listed),):
        seen = " × ".join(f"{size:,}" for size in np.shape(given))
        raise InputError(
            f"A list of {what} without labels must have one entry for each of the {counted(len(listed), 'region')}, in the order "
            f"of the estimate; seen: {seen}. Give a Series by region."
        )
    return pd.Series(given, listed)


def marked(name: str, what: str, given: Marked | None, regions: pd.Index, listed: pd.Index) -> Marks:
    """Read groups of regions, each with a number: how much of each region is of the group, and the number."""
    if not isinstance(given, Mapping | None):
        raise InputError(
            f"`{name}` must name each group, and say which regions are of it, with a number; seen: {type(given).__name__}. "
            'Write, for example, {"depopulation": (regions, 0.5)}.'
        )
    pairs = {str(label): _pair(f"{what} {label}", pair) for label, pair in (given or {}).items()}
    return {label: (share_of(label, which, regions, listed), number) for label, (which, number) in pairs.items()}


def _pair(what: str, given: Any) -> tuple[Any, float]:
    if not (isinstance(given, tuple | list) and len(given) == 2 and is_number(given[1])):
        raise InputError(
            f"{what} must be a pair: which regions (a list of them, or a Series of True and False by region), and a number; "
            f"seen: {type(given).__name__}. Write, for example, (depopulation, 0.5)."
        )
    return given[0], float(given[1])


def by_region(what: str, given: Any, regions: pd.Index, need: str) -> np.ndarray:
    """Match numbers by region: a label that is unknown here is passed over, a region without a number is refused."""
    series, thing = pd.Series(given), str(regions.name or "region")
    twice = series.index[series.index.duplicated()].unique()
    if len(twice):
        raise InputError(
            f"Every {thing} must have {what} once; seen several times: {first_five(twice)}. Keep one row of each."
        )
    numbers = pd.to_numeric(series, errors="coerce").reindex(regions)
    lost = regions[numbers.isna()]
    if len(lost):
        raise InputError(
            f"Every {thing} must have {what}; missing for {len(lost)} of {len(regions)}: {first_five(lost)}. {need}"
        )
    return numbers.to_numpy(float)


def for_each(what: str, given: Any, index: pd.Index) -> np.ndarray:
    """Return a number for each region: one for all, or matched by region."""
    if is_number(given):
        return np.full(len(index), float(given))
    return by_region(what, given, index, "Write one number for all, or one by region.")


def costs_of(cost: Cost, regions: pd.Index, levels: pd.Index) -> np.ndarray:
    """Return the cost of a firm, regions × levels."""
    prices = _prices(cost, regions, levels)
    wrong = ~(np.isfinite(prices) & (prices > 0))
    if wrong.any():
        seen = [f"{regions[row]}: {prices[row, column]:g}" for row, column in np.argwhere(wrong)]
        raise InputError(
            f"Every cost must be a number above zero; not so for {len(seen)} of {prices.size}: {first_five(seen)}. "
            "Write what supporting one firm costs, in the unit of the budget."
        )
    return prices


def _prices(cost: Cost, regions: pd.Index, levels: pd.Index) -> np.ndarray:
    shape, need = (len(regions), len(levels)), "Write what supporting a firm there costs."
    if is_number(cost):
        return np.full(shape, float(cost))  # type: ignore[arg-type]
    if isinstance(cost, pd.Series) and cost.index.nlevels == 2:
        cost = cost.unstack()
    if isinstance(cost, pd.DataFrame):
        _must_have_levels(cost.columns, levels)
        return np.column_stack([by_region("a cost", cost[level], regions, need) for level in levels])
    series = pd.Series(cost)
    if set(levels) <= set(series.index) and not set(regions) <= set(series.index):
        by_level = pd.to_numeric(series.loc[list(levels)], errors="coerce").to_numpy(float)
        return np.tile(by_level, (len(regions), 1))
    return np.tile(by_region("a cost", series, regions, need)[:, None], (1, len(levels)))


def _must_have_levels(columns: Iterable[Hashable], levels: pd.Index) -> None:
    lost = [level for level in levels if level not in set(columns)]
    if lost:
        raise InputError(
            f"Costs must have a column for every level of support; missing: {first_five(lost)}. Add them, or leave the level out."
        )


def must_pay(budget: float, prices: np.ndarray) -> None:
    if not (is_number(budget) and np.isfinite(budget) and budget > 0):
        raise InputError(
            f"The budget must be a number above zero; seen: {budget!r}. Write it in the unit of the costs."
        )
    if budget < prices.min():
        raise InputError(
            f"The budget must pay for at least one firm; seen: a budget of {budget:,.10g}, and the cheapest firm costs "
            f"{prices.min():,.10g}. Raise the budget, or write both in the same unit of money."
        )


def caps_of(caps: Any, regions: pd.Index) -> np.ndarray:
    need = "Write how many firms can be supported there at most, 0 for none."
    given = np.full(len(regions), float(caps)) if is_number(caps) else by_region("a cap", caps, regions, need)
    odd = ~np.isfinite(given) | (given < 0) | (given != np.round(given))
    if odd.any():
        seen = [f"{region}: {cap:g}" for region, cap in zip(regions[odd], given[odd], strict=True)]
        raise InputError(f"Every cap must be a whole number of firms, 0 or more; seen: {first_five(seen)}. {need}")
    if not given.any():
        raise InputError(
            f"A region must have firms that can be supported; all {counted(len(regions), 'region')} have a cap of 0. {need}"
        )
    return given


def share_of(label: str, which: Any, regions: pd.Index, listed: pd.Index) -> np.ndarray:
    """Return how much of each region is of the group: 0 or 1, or the share of its firms that are."""
    inside = by_region(f"a mark for {label}", _marks(label, which, listed), regions, "Write True or False for each.")
    odd = (inside < 0) | (inside > 1)
    if odd.any():
        raise InputError(
            f"Marks for {label} must be True and False, or shares between 0 and 1; seen: {first_five(inside[odd])}. "
            "Write which regions belong to it."
        )
    return inside


def _marks(label: str, which: Any, listed: pd.Index) -> Any:
    """Return marks by region, also where regions are listed, or marks without labels stand in the order of the regions."""
    if isinstance(which, Mapping) or (isinstance(which, pd.Series) and not _lists(which, listed)):
        return which
    names = [which] if isinstance(which, str) else list(which) if isinstance(which, Iterable) else []
    if names and all(isinstance(name, bool | np.bool_) for name in names):
        return labelled(f"marks for {label}", names, listed)
    inside = listed.isin(names)
    if not inside.any():
        raise InputError(
            f"A group must have regions of the estimate; seen for {label}: {first_five(names) or 'none'}. List regions as the "
            "estimate writes them, or give a Series of True and False by region."
        )
    return pd.Series(inside, listed)


def _lists(which: pd.Series, listed: pd.Index) -> bool:
    """Tell whether a Series names regions in its values, and not in its labels."""
    marks = which.index.isin(listed).any() or pd.api.types.is_bool_dtype(which)
    return not marks and bool(which.isin(listed).any())


def is_number(value: object) -> bool:
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
