"""Firms that fail: more often in a bad year and when small, less often with support."""

from __future__ import annotations

import numpy as np

from impact.simulate.facts import fact, number
from impact.simulate.firms import NEVER, Firms
from impact.simulate.world import World


def leaves(world: World, firms: Firms, at: int, supported: np.ndarray) -> np.ndarray:
    """Tell which firms close at the beginning of the year in position `at`, if they were still there.

    λ_it = exit × r^supported_i × exp(−s (log size_i − log median) − k x_it − k² σ² / 2), where x = σ × luck is the shock to
    sales of the year and r < 1; a firm closes where its fate, a uniform number, is below λ. The same fate counts with and without
    support, so that support only ever keeps firms alive. The bad year itself is not seen: so survivors are lucky alike in every
    year, trends of survivors stay parallel before support, and after it supported survivors are a little less lucky than others.
    """
    if world.exit == 0 or at == 0:
        return np.zeros(len(firms), bool)
    sigma = float(fact("outcomes")["sales"]["noise"]) * world.noise
    k = number("exit_shock")
    size = firms.traits[:, 0] - np.log(number("workers_median"))
    log_hazard = -number("unsupported_exit_size") * size - k * sigma * firms.luck[:, at] - (k * sigma) ** 2 / 2
    hazard = world.exit * np.where(supported, number("exit_when_supported"), 1.0) * np.exp(log_hazard)
    there = firms.founded < world.years[at]
    return np.asarray(there & (firms.fate[:, at] < hazard))


def exit_year(world: World, firms: Firms, completed: np.ndarray) -> np.ndarray:
    """Return the first year in which a firm is closed, NEVER where it stays: support counts from the year after completion."""
    closed = np.full(len(firms), NEVER, np.int16)
    for at, year in enumerate(world.years):
        now = leaves(world, firms, at, (completed > 0) & (completed < year)) & (closed == NEVER)
        closed[now] = year
    return closed
