"""Who is compared with whom: cohorts, comparison firms, periods and the cells to estimate.

What a policymaker should argue about lives here; a numerical choice lives in an estimator's options.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import numpy as np
import pandas as pd

from impact import checks
from impact.errors import InputError, counted, first_five
from impact.panel import Panel

Comparison = Literal["never", "not_yet"]
Base = Literal["varying", "universal"]
Unbalanced = Literal["pairs", "drop", "keep"]


@dataclass(frozen=True)
class Cell:
    """One effect to estimate: a cohort's change from the base period to a period.

    Periods are positions in `Design.periods`; `earlier` is the earlier of the two, whose covariates and weights count.
    """

    cohort: float
    period: int
    base: int

    @property
    def earlier(self) -> int:
        """Return the earlier of the two periods."""
        return min(self.period, self.base)


@dataclass(frozen=True)
class Job:
    """Cells of one cohort that share their comparison firms, within one stratum.

    supported: for each group of supported firms, the positions of its units; `groups` are rows of `Design.groups`.
    comparison: positions of the comparison units.
    """

    cells: tuple[Cell, ...]
    groups: tuple[int, ...]
    supported: tuple[np.ndarray, ...]
    comparison: np.ndarray

    @cached_property
    def everyone(self) -> np.ndarray:
        """Return the positions of all supported units, group after group."""
        return np.concatenate(self.supported)


@dataclass(frozen=True)
class Design:
    """Who is compared with whom.

    panel: the validated panel.
    cohort: per unit, its first supported period; inf for firms that are never supported within the periods used; nan for
        firms that are left out because they were supported from the start, or may not serve as comparison.
    periods: the periods used.
    comparison: "never" (firms that are never supported) or "not_yet" (also firms that are supported later).
    base: "varying" compares each period before support with the one before it; "universal" compares every period with
        the last one before support.
    anticipation: how many periods before support firms may already react.
    unbalanced: "pairs" uses firms seen in both periods of a comparison, "drop" only firms seen in every period, "keep" all
        rows of both periods, as R's did with allow_unbalanced_panel. Repeated cross-sections are always kept whole.

    >>> from impact.roles import Roles
    >>> firms = {"firm": [2, 2, 1, 1], "year": [2020, 2019] * 2, "first": [0, 0, 2020, 2020]}
    >>> frame = pd.DataFrame({**firms, "y": [3.0, 2.0, 4.0, 1.0]})
    >>> panel = Panel.of(frame, Roles("firm", "year", "first", outcomes=("y",)))
    >>> design = Design.of(panel, comparison="never")
    >>> design.cohorts.tolist(), len(design.cells)
    ([2020.0], 1)
    """

    panel: Panel
    cohort: np.ndarray
    periods: np.ndarray
    comparison: Comparison = "never"
    base: Base = "varying"
    anticipation: int = 0
    unbalanced: Unbalanced = "pairs"

    @classmethod
    def of(
        cls,
        panel: Panel,
        comparison: Comparison = "never",
        base: Base = "varying",
        anticipation: int = 0,
        unbalanced: Unbalanced = "pairs",
        until: int | None = None,
    ) -> Design:
        """Make a design; raises InputError where nobody can be compared, warns about firms that cannot take part.

        until: the last period used; firms supported only after it (and its anticipation) count as never supported.
        """
        _one_of("comparison", comparison, Comparison)
        _one_of("base", base, Base)
        _one_of("unbalanced", unbalanced, Unbalanced)
        if isinstance(anticipation, bool) or not isinstance(anticipation, int | np.integer) or anticipation < 0:
            raise InputError(f"anticipation must be a whole number of periods, 0 or more; seen: {anticipation!r}.")
        if until is not None and (isinstance(until, bool) or not isinstance(until, int | np.integer)):
            raise InputError(f"until must be a period such as 2022; seen: {until!r}.")
        cohort, periods = _within_reach(panel, comparison, anticipation, until)
        checks.refuse(list(fail_if_no_comparison(cohort, periods, panel)))
        kept: Unbalanced = "keep" if panel.roles.unit is None else unbalanced
        return cls(panel, cohort, periods, comparison, base, int(anticipation), kept)

    @cached_property
    def cohorts(self) -> np.ndarray:
        """Return the first supported periods of the supported firms, sorted."""
        return np.unique(self.cohort[np.isfinite(self.cohort)])

    @cached_property
    def groups(self) -> pd.DataFrame:
        """Return the groups of supported firms that get effects of their own: cohort by region, subgroup, stratum."""
        return self._numbered[0]

    @cached_property
    def group_of(self) -> np.ndarray:
        """Return for each unit the row of `groups` that it belongs to; −1 for firms that are not supported."""
        return self._numbered[1]

    @cached_property
    def attributes(self) -> pd.DataFrame | None:
        """Return what is known of each region, one row a region; None where nothing is."""
        roles = self.panel.roles
        if not roles.attributes or not roles.region:
            return None
        table = pd.DataFrame({name: self.panel.per_unit(name) for name in roles.attributes})
        return table.groupby(self.panel.per_unit(roles.region).rename("region")).first()

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """Return the cells: with a varying base from the second period on, with a universal base all periods."""
        first = 1 if self.base == "varying" else 0
        return tuple(self._cell(g, t) for g in self.cohorts for t in range(first, len(self.periods)))

    @cached_property
    def members(self) -> tuple[np.ndarray, ...]:
        """Return for each group the positions of its units."""
        order = np.argsort(self.group_of, kind="stable")
        starts = np.searchsorted(self.group_of[order], np.arange(len(self.groups) + 1))
        return tuple(order[start:end] for start, end in itertools.pairwise(starts))

    def jobs(self) -> Iterator[Job]:
        """Go through cells together that share cohort, stratum and comparison firms; equal comparisons are one array."""
        keys = pd.DataFrame({"cohort": self.groups["cohort"], "stratum": self._stratum_of_group})
        known: dict[tuple[float, float, int], np.ndarray] = {}
        for _, members in keys.groupby(["cohort", "stratum"]):
            cohort, stratum = float(members["cohort"].iloc[0]), int(members["stratum"].iloc[0])
            rows = tuple(int(row) for row in members.index)
            supported = tuple(self.members[row] for row in rows)
            for reach, cells in self._by_reach(cohort).items():
                key = (np.inf if np.isinf(reach) else cohort, reach, stratum)
                if key not in known:
                    known[key] = np.flatnonzero(self._compared(cohort, reach) & (self._stratum == stratum))
                yield Job(tuple(cells), rows, supported, known[key])

    def same_stratum(self, row: int) -> np.ndarray:
        """Mark the units that are in the stratum of this group."""
        return self._stratum == self._stratum_of_group[row]

    def index(self, rows: np.ndarray, periods: np.ndarray) -> pd.MultiIndex:
        """Return the labels of cells: the levels of their groups, and their periods."""
        frame = self.groups.iloc[rows].reset_index(drop=True)
        frame.insert(1, "period", periods)
        return pd.MultiIndex.from_frame(frame)

    def _cell(self, cohort: float, t: int) -> Cell:
        """Find the base period; there always is one, because firms that are supported from the start are left out."""
        last = int(np.flatnonzero(self.periods + self.anticipation < cohort)[-1])
        varying = self.base == "varying" and self.periods[t] < cohort
        return Cell(cohort, t, t - 1 if varying else last)

    def _by_reach(self, cohort: float) -> dict[float, list[Cell]]:
        """Sort a cohort's cells by the period until which their comparison firms must be unsupported."""
        sorted_cells: dict[float, list[Cell]] = {}
        for cell in (cell for cell in self.cells if cell.cohort == cohort):
            sorted_cells.setdefault(self._reach(cell), []).append(cell)
        return sorted_cells

    def _reach(self, cell: Cell) -> float:
        """Return the first cohort late enough to be compared with; cells with the same one share comparison firms."""
        if self.comparison == "never":
            return np.inf
        until = self.periods[max(cell.period, cell.base)] + self.anticipation
        later = self.cohorts[(self.cohorts > until) & (self.cohorts != cell.cohort)]
        return float(later[0]) if len(later) else np.inf

    def _compared(self, cohort: float, reach: float) -> np.ndarray:
        return (self.cohort >= reach) & (self.cohort != cohort)

    @cached_property
    def _stratum(self) -> np.ndarray:
        """Number, for each unit, the stratum within which it is compared."""
        within = self.panel.roles.within
        if not within:
            return np.zeros(len(self.cohort), int)
        values = pd.DataFrame({name: self.panel.per_unit(name) for name in within})
        return values.groupby(list(within), sort=True).ngroup().to_numpy()

    @cached_property
    def _stratum_of_group(self) -> np.ndarray:
        return self._stratum[[units[0] for units in self.members]]

    @cached_property
    def _numbered(self) -> tuple[pd.DataFrame, np.ndarray]:
        roles = self.panel.roles
        supported = np.flatnonzero(np.isfinite(self.cohort))
        levels = {"cohort": self.cohort[supported].astype(np.int64)}
        for level, column in (("region", roles.region), ("subgroup", roles.subgroup)):
            if column:
                levels[level] = self.panel.per_unit(column).to_numpy()[supported]
        if roles.within:
            levels["within"] = self._stratum[supported]
        grouped = pd.DataFrame(levels).groupby(list(levels), sort=True, observed=True)
        group_of = np.full(len(self.cohort), -1)
        group_of[supported] = grouped.ngroup().to_numpy()
        return grouped.size().index.to_frame(index=False), group_of


def fail_if_no_comparison(cohort: np.ndarray, periods: np.ndarray, panel: Panel) -> Iterator[str]:
    """Somebody must be there to compare with, before and after."""
    if len(periods) < 2 or not np.isfinite(cohort).any() or not np.isinf(cohort).any():
        years = first_five(np.unique(panel.cohort[np.isfinite(panel.cohort)]).astype(int))
        yield (
            "Supported firms must have comparison firms that are seen in the same periods and are not yet supported; there "
            f"are none: support began in {years}, and the table goes from {panel.periods.min()} to {panel.periods.max()}. "
            "Add firms without support, or earlier periods."
        )


def _within_reach(panel: Panel, comparison: str, anticipation: int, until: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Apply did's rules in its order: never supported in sight, no never-supported firms, supported from the start."""
    cohort, periods = panel.cohort.copy(), panel.periods
    periods = periods if until is None else periods[periods <= until]
    if not len(periods):
        raise InputError(f"until must be {panel.periods[0]} or later, the first period of the table; seen: {until}.")
    cohort[cohort > periods[-1] + anticipation] = np.inf
    if panel.roles.among:
        cohort[np.isinf(cohort) & (panel.per_unit(panel.roles.among).to_numpy() != 1)] = np.nan
    notes = []
    if not np.isinf(cohort).any():
        last = np.nanmax(cohort)
        periods = periods[periods < last - anticipation]
        cohort[cohort == last] = np.inf
        notes.append(_note_no_never(int(last), periods, comparison))
    if len(periods):
        early = cohort <= periods[0] + anticipation
        notes += [_note_early(panel, early, int(periods[0]), anticipation)] if early.any() else []
        cohort[early] = np.nan
    checks.warn(notes)
    return cohort, periods


def _note_no_never(last: int, periods: np.ndarray, comparison: str) -> str:
    until = f"until {periods[-1]}" if len(periods) else "in no period"
    return (
        f'No firm is never supported, also with comparison="{comparison}". The last cohort ({last}) serves as comparison '
        f"{until}, before it is supported; it gets no effect of its own, and later periods are left out."
    )


def _note_early(panel: Panel, early: np.ndarray, first: int, anticipation: int) -> str:
    reach = f" (with anticipation {anticipation})" if anticipation else ""
    return (
        f"Nothing is known of {counted(int(early.sum()), 'firm')} before support, which began in or before the first period "
        f"{first}{reach}; left out: {first_five(panel.units[early][:6])}."
    )


def _one_of(name: str, value: object, choices: object) -> None:
    allowed = get_args(choices)
    if value not in allowed:
        raise InputError(f"{name} must be {' or '.join(map(repr, allowed))}; seen: {value!r}.")
