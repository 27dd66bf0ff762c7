"""A table becomes a panel: validated, sorted, uniquely keyed by (unit, period), its roles known by name.

Dirt stops here: after `Panel.of` nobody checks that a column exists.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from impact import checks
from impact.roles import Roles
from impact.table import Columns, Rows, columns_of, names_of, rows_of
from impact.transforms import transformed


@dataclass(frozen=True)
class Panel:
    """One long table, sorted by unit and period, with its roles.

    roles: which column plays which part.
    units: labels of the units, sorted; periods: whole numbers, sorted.
    place: for each row, its position in the table of units × periods; None where every unit has a row in every period, because
        rows then are that table already (positions of ten million rows would take as much memory as a column).
    cohort: per unit, the first supported period; inf is never.
    columns: the columns that are used, in the order of the rows.

    >>> from impact.roles import Roles
    >>> firms = {"firm": [2, 2, 1, 1], "year": [2020, 2019] * 2, "first": [0, 0, 2020, 2020]}
    >>> frame = pd.DataFrame({**firms, "y": [3.0, 2.0, 4.0, 1.0]})
    >>> panel = Panel.of(frame, Roles("firm", "year", "first", outcomes=("y",)))
    >>> panel.units.tolist(), panel.periods.tolist(), panel.cohort.tolist()
    ([1, 2], [2019, 2020], [2020.0, inf])
    >>> panel.wide("y").tolist()
    [[1.0, 4.0], [2.0, 3.0]]
    """

    roles: Roles
    units: pd.Index
    periods: np.ndarray
    place: np.ndarray | None
    cohort: np.ndarray
    columns: Columns

    @classmethod
    def of(cls, frame: Any, roles: Roles) -> Panel:
        """Check a table and make a panel of it; every problem is reported at once, and the table is left as it was.

        frame: pandas, polars or Arrow. Raises InputError with one sentence per problem; warns where work can go on.
        """
        checks.refuse(checks.of_names(names_of(frame), roles))
        columns = columns_of(frame, roles)
        problems = checks.of_columns(columns, roles)
        rows = rows_of(columns, roles) if checks.keys_are_sound(columns, roles) else None
        checks.refuse(problems + (checks.of_rows(rows, roles) if rows else []))
        assert rows is not None
        checks.warn(checks.notes_on_columns(columns, roles))
        cohort = checks.cohorts(rows, roles)
        return cls(roles, rows.units, rows.periods, _place(rows), cohort, rows.columns)

    @property
    def balanced(self) -> bool:
        """Tell whether every unit has a row in every period."""
        return self.place is None

    @property
    def unit_of(self) -> np.ndarray:
        """Return for each row the position of its unit; worked out whenever it is asked for."""
        return self._placed // len(self.periods)

    @property
    def period_of(self) -> np.ndarray:
        """Return for each row the position of its period; worked out whenever it is asked for."""
        return self._placed % len(self.periods)

    def wide(self, specification: str) -> np.ndarray:
        """Return a column, or a transform of it, as units × periods; NaN where there is no row or no value."""
        long = transformed(specification, self.columns)
        shape = len(self.units), len(self.periods)
        if self.place is None:
            return long.reshape(shape)
        grid = np.full(shape, np.nan)
        grid.ravel()[self.place] = long
        return grid

    def per_unit(self, column: str) -> pd.Series:
        """Return a column that does not change within units, indexed by unit."""
        return pd.Series(self.columns[column][self._first], self.units, name=column)

    @cached_property
    def _first(self) -> np.ndarray:
        if self.place is None:
            return np.arange(len(self.units)) * len(self.periods)
        return np.flatnonzero(np.diff(self.unit_of, prepend=-1))

    @property
    def _placed(self) -> np.ndarray:
        return np.arange(len(self.units) * len(self.periods)) if self.place is None else self.place


def _place(rows: Rows) -> np.ndarray | None:
    """Return the position of each row among units × periods; None where rows, which are sorted and unique, fill it."""
    if len(rows.unit_of) == len(rows.units) * len(rows.periods):
        return None
    return rows.unit_of.astype(np.int64) * len(rows.periods) + rows.period_of
