"""What an estimate should have found, where it is known what would have happened without support.

A simulation knows it; so does a study that hides a known effect in real data to test its method. The table `without` holds, for
every firm and period, what the same columns would have been without support.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from impact.design import Design
from impact.door import finished
from impact.errors import InputError, counted, first_five
from impact.estimates import Estimate
from impact.noise import Influence
from impact.panel import Panel
from impact.transforms import column_of, transformed


def of(e: Estimate, design: Design, outcome: str, without: pd.DataFrame) -> Estimate:
    """Return the estimate that would be without error: in each cell the mean effect on the supported firms seen there.

        θ_gt = mean over supported firms i of cohort g that are seen in t of  y_it − y_it(without support)

    Cells that are not identified stay so, and cells are averaged as those of the estimate are. e: as its estimator made it,
    before anything is averaged.
    """
    cells = _cells(design, effects(design.panel, outcome, without)[:, _used(design)])
    return finished(
        _without_error(replace(e, value=_over(e, cells).where(e.value.notna()))), design.panel, clustered=False
    )


def _without_error(e: Estimate) -> Estimate:
    """Take the noise off an estimate and off its shares."""
    shares = None if e.shares is None else _without_error(e.shares)
    return replace(e, noise=Influence(pd.Index([]), (), len(e.value)), shares=shares)


def effects(panel: Panel, outcome: str, without: pd.DataFrame) -> np.ndarray:
    """Return for every firm and period what support changed (units × periods), NaN where the outcome is not seen."""
    roles = panel.roles
    column = column_of(outcome)
    lost = [name for name in (roles.unit, roles.period, column) if name not in without]
    if lost:
        raise InputError(
            f"The table of what would have been without support must have the columns of the panel; it lacks {first_five(lost)}."
        )
    row = panel.units.get_indexer(pd.Index(without[roles.unit]))
    time = np.searchsorted(panel.periods, without[roles.period].to_numpy()).clip(max=len(panel.periods) - 1)
    there = (row >= 0) & (panel.periods[time] == without[roles.period].to_numpy())
    grid = np.full((len(panel.units), len(panel.periods)), np.nan)
    values = transformed(outcome, {column: without[column].to_numpy(float)})
    grid[row[there], time[there]] = values[there]
    observed = panel.wide(outcome)
    unknown = ~np.isnan(observed) & np.isnan(grid)
    if unknown.any():
        raise InputError(
            f"What would have been without support must be known wherever '{column}' is; it is not in "
            f"{counted(int(unknown.sum()), 'row')}, of {first_five(panel.units[unknown.any(axis=1)])}."
        )
    return observed - grid


def _used(design: Design) -> np.ndarray:
    return np.isin(design.panel.periods, design.periods)


def _cells(design: Design, effect: np.ndarray) -> pd.DataFrame:
    """Return the mean effect of every group of supported firms in every period, and how many firms it is of."""
    groups, periods = len(design.groups), len(design.periods)
    known = ~np.isnan(effect) & (design.group_of >= 0)[:, None]
    firm, period = np.nonzero(known)
    cell = design.group_of[firm] * periods + period
    n = np.bincount(cell, minlength=groups * periods)
    total = np.bincount(cell, effect[known], groups * periods)
    mean = np.divide(total, n, out=np.full(len(n), np.nan), where=n > 0)
    labels = design.groups.loc[np.repeat(np.arange(groups), periods)].reset_index(drop=True)
    return labels.assign(period=np.tile(design.periods, groups), effect=mean, n=n)


def _over(e: Estimate, cells: pd.DataFrame) -> pd.Series:
    """Average cells to the levels that the estimate has, every firm and period counting the same."""
    cells = cells.assign(event_time=cells["period"] - cells["cohort"])
    levels = [str(name) for name in e.value.index.names if name is not None]
    seen = cells[(cells["n"] > 0) & ((cells["event_time"] >= 0) | ("event_time" in levels) | ("period" in levels))]
    total = seen.assign(total=seen["effect"] * seen["n"])
    if not levels:
        return pd.Series(total["total"].sum() / total["n"].sum(), e.value.index, name="estimate")
    sums = total.groupby(levels, observed=True)[["total", "n"]].sum()
    return (sums["total"] / sums["n"]).reindex(e.value.index).rename("estimate")
