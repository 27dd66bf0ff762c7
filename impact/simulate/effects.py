"""The effect of the technology by the years since it is in use, with and without support."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from impact.simulate.facts import number
from impact.simulate.firms import Firms
from impact.simulate.programme import Support
from impact.simulate.world import World

REGIMES = ("0", "first", "both")  # not supported; first support only; as it was, with second support


@dataclass(frozen=True)
class Since:
    """Years since own adoption, since completion of first and of second support, and whether an award is still being built.

    Each is firms × years, and a number below 0 is a year before; `had` says of each firm whether it adopted before its award.
    """

    adoption: np.ndarray
    had: np.ndarray
    first: np.ndarray
    second: np.ndarray
    building: np.ndarray
    building_second: np.ndarray


def since(firms: Firms, support: Support, years: np.ndarray) -> Since:
    """Return for each firm and year how long ago things began; what never began is in the future."""
    return Since(
        adoption=years - firms.adopts[:, None].astype(np.int64),
        had=(firms.adopts < support.award)[:, None],
        first=_from(support.completed, years),
        second=_from(support.second_completed, years),
        building=_between(support.award, support.completed, years),
        building_second=_between(support.second_award, support.second_completed, years),
    )


def ramp(outcome: dict[str, Any], event_time: np.ndarray) -> np.ndarray:
    """Return the mean effect in logs: half of the first year's at completion, then a line from year 1 to year 3, then flat."""
    one, three = outcome["year_1"], outcome["year_3"]
    steps = np.array([0.0, number("completion_year_part") * one, one, (one + three) / 2, three])
    return np.asarray(steps[np.clip(event_time, -1, 3) + 1])


def without(world: World, outcome: dict[str, Any], time: Since, pressure: np.ndarray) -> np.ndarray:
    """Return what own adoption adds and supported rivals take: g_0 = e ramp(t − adoption) − follows × displacement × pressure."""
    return world.effect * ramp(outcome, time.adoption) - outcome["follows"] * world.displacement * pressure


def with_first(
    world: World, outcome: dict[str, Any], time: Since, pressure: np.ndarray, individual: np.ndarray
) -> np.ndarray:
    """Return what first support makes of it.

    g_first = e (had ramp(t − adoption) + (1 − had) h_i ramp(t − completion)) − follows × (displacement × pressure + anticipation
    × building), where rivals take nothing any more from completion on. The firm that had adopted with its own money gains no
    technology (deadweight); the one that would have adopted later does not, so the effect is net of what it would have done.
    """
    own, given = time.had * ramp(outcome, time.adoption), ~time.had * individual[:, None] * ramp(outcome, time.first)
    lost = world.displacement * np.where(time.first < 0, pressure, 0.0) + world.anticipation * time.building
    return np.asarray(world.effect * (own + given) - outcome["follows"] * lost)


def second_adds(world: World, outcome: dict[str, Any], time: Since, individual: np.ndarray) -> np.ndarray:
    """Return what second support adds: second × h_i e ramp(t − completion), less what the building work costs."""
    given = world.second * world.effect * individual[:, None] * ramp(outcome, time.second)
    return given - outcome["follows"] * world.anticipation * time.building_second


def _from(year: np.ndarray, years: np.ndarray) -> np.ndarray:
    return np.where(year[:, None] > 0, years - year[:, None].astype(np.int64), -len(years) - 1)


def _between(award: np.ndarray, completed: np.ndarray, years: np.ndarray) -> np.ndarray:
    return (award[:, None] > 0) & (award[:, None] <= years) & (years < completed[:, None])
