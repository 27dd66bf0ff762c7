"""What a plan may be: the firms that can be supported, what each brings and costs, and the rules that a plan must keep.

Everything is matched by label, and regions are put in the order of their labels, so that no plan depends on the order of rows.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from impact import tables
from impact.errors import InputError, counted, first_five
from impact.estimates import Estimate
from impact.priorities import _known
from impact.priorities._known import Cost, Marked, Marks, is_number

REGION, SUPPORT = "region", "support_level"
ONE_LEVEL = "support"  # the name of the only level of support, where none are told apart
FLOORS_OF = ("budget", "spent", "firms")
Limits: TypeAlias = tuple[int | None, int | None]


@dataclass(frozen=True)
class Limit:
    """A rule of the form at_least ≤ part'x / whole'x ≤ at_most, where `whole` may be one number, and x counts firms.

    name: as a sentence says it. label: of what (a group, a province).
    """

    name: str
    kind: str
    part: np.ndarray
    whole: np.ndarray | float = 1.0
    at_least: float = -np.inf
    at_most: float = np.inf
    label: str = ""

    @property
    def row(self) -> np.ndarray:
        """Return what a firm of each cell takes of it; a share of what is chosen is made linear."""
        fixed = np.ndim(self.whole) == 0
        out: np.ndarray = self.part / self.whole if fixed else self.part - self.at_least * self.whole
        return out

    @property
    def bounds(self) -> tuple[float, float]:
        """Return the lowest and highest value of row'x."""
        return (self.at_least, self.at_most) if np.ndim(self.whole) == 0 else (0.0, np.inf)

    def used(self, x: np.ndarray) -> float:
        """Return part'x / whole'x; a share of nothing is zero."""
        whole = float(np.dot(self.whole, x)) if np.ndim(self.whole) else float(np.asarray(self.whole))
        return float(self.part @ x) / whole if whole else 0.0

    def unit(self, x: np.ndarray) -> float:
        """Return by how much row'x may change where the bound changes by one."""
        return float(np.dot(self.whole, x)) if np.ndim(self.whole) else 1.0


@dataclass(frozen=True)
class Problem:
    """Cells are regions × levels of support, region by region.

    times: what the effect of its cell of the estimate is multiplied by for a firm of each cell (the level's multiplier).
    at: position in the estimate of each cell's effect. weight: welfare weight of each cell. cost: of a firm of each cell.
    caps: the most firms of each region. limits: the rules by name.
    """

    regions: pd.Index
    levels: pd.Index
    times: np.ndarray
    at: np.ndarray
    weight: np.ndarray
    weighting: str
    cost: np.ndarray
    caps: np.ndarray
    budget: float
    limits: tuple[Limit, ...]

    def effect(self, values: np.ndarray) -> np.ndarray:
        """Return the effect of supporting one firm of each cell, from the values of the estimate (last axis)."""
        out: np.ndarray = values[..., self.at] * self.times
        return out

    def without(self, name: str) -> Problem:
        """Drop a rule."""
        return replace(self, limits=tuple(one for one in self.limits if one.name != name))

    def having(self, name: str, at_least: float) -> Problem:
        """Set the lower bound of a rule anew."""
        return replace(
            self, limits=tuple(replace(one, at_least=at_least) if one.name == name else one for one in self.limits)
        )


def problem_of(
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
) -> Problem:
    """Read what `allocate` was given; every mistake is refused in a sentence."""
    regions, stages, times, at = _cells(estimate, levels)
    n, listed = len(stages), _listed(estimate)
    prices = _known.costs_of(_known.labelled("costs", cost, listed), regions, stages)
    most = _known.caps_of(_known.labelled("caps", caps, listed), regions)
    _known.must_pay(budget, prices[most > 0])
    shares = _known.marked("floors", "The floor for", floors, regions, listed)
    preferred = _known.marked("groups", "The preference for", groups, regions, listed)
    weight, weighting = _welfare(regions, preferred, _known.labelled("welfare weights", weights, listed))
    rules = [
        Limit(f"the budget of {budget:,.10g}", "budget", prices.ravel(), at_most=float(budget)),
        *_firms(firms, prices.size),
        *_floors(shares, floor_of, prices, float(budget)),
        *_provinces(_known.labelled("provinces", provinces, listed), province_limits, regions, n),
    ]
    return Problem(
        regions,
        stages,
        times,
        at,
        np.repeat(weight, n),
        weighting,
        prices.ravel(),
        most,
        float(budget),
        tuple(rules),
    )


# ---- the cells -----------------------------------------------------------------------------------------------------


def _cells(e: Estimate, levels: Mapping[str, float] | None) -> tuple[pd.Index, pd.Index, np.ndarray, np.ndarray]:
    """Return regions, levels of support, and each cell's multiplier and position in the estimate."""
    _must_be_effects(e)
    named = set(e.value.index.names)
    if named == {REGION, SUPPORT}:
        if levels is not None:
            raise InputError(
                "The estimate tells levels of support apart already, so `levels` must not multiply them again. Leave it out."
            )
        return _grid(e.value)
    if e.value.index.nlevels > 1 or not named <= {REGION, None}:
        raise InputError(
            f"A plan needs an estimate over region, or over region and {SUPPORT}; this one is over {tables.names(e)}. "
            'Average it first, for example with e.by("region").'
        )
    chosen = {ONE_LEVEL: 1.0} if levels is None else dict(levels)
    _must_be_multipliers(chosen)
    order = _ordered(e.value.index)
    times = np.tile(np.array(list(chosen.values()), float), len(order))
    return e.value.index[order].rename(REGION), pd.Index(chosen, name=SUPPORT), times, np.repeat(order, len(chosen))


def _listed(e: Estimate) -> pd.Index:
    """Return the regions in the order of the estimate: that of numbers without labels."""
    named = REGION in e.value.index.names
    return e.value.index.get_level_values(REGION if named else 0).unique()


def _grid(value: pd.Series) -> tuple[pd.Index, pd.Index, np.ndarray, np.ndarray]:
    """Read effects that differ by level of support: every region needs one at every level."""
    at = pd.Series(np.arange(len(value)), value.index).unstack(SUPPORT, sort=False)
    holes = at[at.isna().any(axis=1)].index
    if len(holes):
        raise InputError(
            f"Every region must have an effect at every level of support; not so for {len(holes)} of {len(at)}: "
            f"{first_five(holes)}. Add it, or leave these regions out."
        )
    at = at.iloc[_ordered(at.index)].astype(int)
    return at.index, pd.Index(at.columns, name=SUPPORT), np.ones(at.size), at.to_numpy().ravel()


def _ordered(labels: pd.Index) -> np.ndarray:
    return np.argsort(labels.astype(str).to_numpy(object), kind="stable")


def _must_be_effects(e: Estimate) -> None:
    if not isinstance(e, Estimate):
        raise InputError(
            f"A plan needs an Estimate over region; seen: {type(e).__name__}. Write "
            "impact.Estimate.from_covariance(effects, covariance), or shrink one: impact.shrink(estimate)."
        )
    if e.noise.kind == "null":
        raise InputError(
            "A plan needs effects; this estimate has null noise, drawn as if there were none. Give the estimate itself."
        )
    blank = e.value.index[~np.isfinite(e.value.to_numpy(float))]
    if len(blank) or e.value.empty:
        raise InputError(
            f"Every region must have an effect; seen: {len(blank)} of {len(e.value)} without one: {first_five(blank) or 'none'}. "
            "Shrink the estimate first, which gives these regions what regions like them have, or leave them out."
        )


def _must_be_multipliers(levels: Mapping[str, float]) -> None:
    odd = [f"{name}: {value}" for name, value in levels.items() if not (is_number(value) and np.isfinite(value))]
    if odd or not levels:
        raise InputError(
            f"`levels` must say by what the effect is multiplied at each level of support; seen: {first_five(odd) or 'none'}. "
            'Write, for example, {"basic": 1.0, "advanced": 1.5}.'
        )


# ---- rules -----------------------------------------------------------------------------------------------------------


def _firms(firms: int | None, size: int) -> Iterator[Limit]:
    if firms is None:
        return
    if not (is_number(firms) and firms >= 1 and firms == int(firms)):
        raise InputError(
            f"`firms` must be a whole number of firms, 1 or more; seen: {firms!r}. Leave it out where only money counts."
        )
    yield Limit(f"the limit of {counted(int(firms), 'firm')}", "firms", np.ones(size), at_most=float(firms))


def _floors(floors: Marks, of: str, prices: np.ndarray, budget: float) -> Iterator[Limit]:
    """Turn floors into rules on a share of the budget, of the money that is spent, or of the firms that are chosen."""
    if of not in FLOORS_OF:
        raise InputError(f"floor_of must be one of {', '.join(FLOORS_OF)}; seen: {of!r}. Choose one.")
    each = np.ones(prices.size) if of == "firms" else prices.ravel()
    whole = budget if of == "budget" else each
    for label, (inside, share) in floors.items():
        if not 0 <= share <= 1:
            raise InputError(
                f"The floor for {label} must be a share between 0 and 1; seen: {share:g}. Write 0.5 for half."
            )
        part = each * np.repeat(inside, prices.shape[1])
        yield Limit(f"the floor of {share:g} for {label}", "floor", part, whole, at_least=share, label=label)


def _provinces(
    provinces: pd.Series | None, given: Limits | Mapping[Any, Limits] | None, regions: pd.Index, n: int
) -> Iterator[Limit]:
    if given is None:
        return
    of = _province_of(provinces, regions)
    known = list(dict.fromkeys(sorted(of, key=str)))
    limits = given if isinstance(given, Mapping) else dict.fromkeys(known, given)
    unknown = [name for name in limits if name not in set(known)]
    if unknown:
        raise InputError(
            f"Limits must be of provinces that have regions here; seen: {first_five(unknown)}. Check how provinces are written."
        )
    for name, pair in limits.items():
        low, high = _low_and_high(name, pair)
        inside = np.repeat((of == name).astype(float), n)
        if low:
            yield Limit(
                f"the minimum of {low:g} for province {name}", "province", inside, at_least=low, label=str(name)
            )
        if np.isfinite(high):
            yield Limit(
                f"the maximum of {high:g} for province {name}", "province", inside, at_most=high, label=str(name)
            )


def _province_of(provinces: pd.Series | None, regions: pd.Index) -> np.ndarray:
    if provinces is None:
        raise InputError(
            "Limits by province need to know where regions lie. Give `provinces`, a Series with the province of each region."
        )
    of = pd.Series(provinces).reindex(regions)
    lost = regions[of.isna()]
    if len(lost):
        raise InputError(
            f"Every region must have a province; missing for {len(lost)} of {len(regions)}: {first_five(lost)}. Add them."
        )
    return of.to_numpy()


def _low_and_high(name: Hashable, pair: Any) -> tuple[float, float]:
    given: Sequence[Any] = pair if isinstance(pair, tuple | list) else ()
    if len(given) != 2 or not all(bound is None or (is_number(bound) and bound >= 0) for bound in given):
        raise InputError(
            f"The limits of province {name} must be the fewest and the most firms, None where there is none; seen: {pair!r}. "
            "Write, for example, (1, 20)."
        )
    low, high = (float(given[0] or 0), np.inf if given[1] is None else float(given[1]))
    if low > high:
        raise InputError(
            f"The minimum of province {name} must not be above its maximum; seen: {low:g} and {high:g}. Swap them."
        )
    return low, high


def _welfare(regions: pd.Index, groups: Marks, weights: pd.Series | None) -> tuple[np.ndarray, str]:
    """Return how much an effect in each region counts, and say why."""
    total, said = np.ones(len(regions)), []
    if weights is not None:
        total *= _known.by_region("a welfare weight", weights, regions, "Write 1 where an effect counts once.")
        said.append(str(getattr(weights, "name", None) or "welfare weights"))
    for label, (inside, weight) in groups.items():
        total *= 1 + inside * (weight - 1)
        said.append(f"{label} counts {weight:g} times")
    if not (np.isfinite(total) & (total >= 0)).all():
        odd = total[~(np.isfinite(total) & (total >= 0))]
        raise InputError(f"Welfare weights must be numbers, 0 or more; seen: {first_five(odd)}. Correct them.")
    return total, ", ".join(said) or "all regions count alike"
