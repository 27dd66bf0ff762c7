"""The door for frames: pandas, polars or Arrow become plain columns, and rows get their unit and period."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from impact.errors import InputError
from impact.roles import Roles
from impact.transforms import column_of

Columns = dict[str, np.ndarray]


@dataclass(frozen=True)
class Rows:
    """Columns in the order of unit and period, and where each row belongs."""

    columns: Columns
    units: pd.Index
    periods: np.ndarray
    unit_of: np.ndarray
    period_of: np.ndarray

    @property
    def first(self) -> np.ndarray:
        """Return the position of each unit's first row."""
        return np.flatnonzero(np.diff(self.unit_of, prepend=-1))


def names_of(frame: Any) -> list[str]:
    """Return the names of the columns."""
    return list(_opened(frame).columns)


def needed(roles: Roles) -> list[str]:
    """Name every column that the roles read, once."""
    specified = [*roles.outcomes, *roles.covariates]
    named = [roles.unit, roles.period, roles.first_supported, roles.supported, roles.weight, *roles.groups]
    return list(dict.fromkeys(name for name in [*named, *map(column_of, specified)] if name is not None))


def columns_of(frame: Any, names: Iterable[str]) -> Columns:
    """Take columns as arrays; nothing is copied that need not be, and the frame is left as it was."""
    opened = _opened(frame)
    return {name: _plain(opened[name].to_numpy()) for name in names}


def rows_of(columns: Columns, roles: Roles) -> Rows:
    """Sort rows by unit and period; rows that are already in order are not moved."""
    period = columns[roles.period].astype(np.int64)
    unit_of, units = _codes(columns[roles.unit]) if roles.unit else (np.arange(len(period)), pd.RangeIndex(len(period)))
    low, high = int(period.min()), int(period.max())
    key = unit_of * (high - low + 1) + (period - low)
    order = None if (key[1:] >= key[:-1]).all() else np.argsort(key, kind="stable")
    used = {name: values for name, values in columns.items() if name != roles.unit}
    if order is not None:
        used, period, unit_of = {name: v[order] for name, v in used.items()}, period[order], unit_of[order]
    periods, period_of = _whole_codes(period - low)
    return Rows(used, units, periods + low, unit_of, period_of)


def _opened(frame: Any) -> nw.DataFrame:
    try:
        return nw.from_native(frame, eager_only=True)
    except TypeError:
        raise InputError(
            f"The table must be a pandas, polars or Arrow table; seen: {type(frame).__name__}. Read the file first, for "
            "example with pandas.read_csv."
        ) from None


def _plain(values: np.ndarray) -> np.ndarray:
    """Turn whatever a frame calls a number into numpy's; text and mixtures stay objects."""
    if values.dtype.kind != "O":
        return values
    present = [value for value in values if value is not None and value is not pd.NA]
    if all(isinstance(value, int | float | np.number) for value in present):
        return np.array([np.nan if value is None or value is pd.NA else value for value in values], dtype=float)
    return values


def _codes(values: np.ndarray) -> tuple[np.ndarray, pd.Index]:
    """Number the units in sorted order; whole numbers that are already sorted need no hashing."""
    if values.dtype.kind in "iu" and len(values) and (values[1:] >= values[:-1]).all():
        new = np.concatenate([[True], values[1:] != values[:-1]])
        return np.cumsum(new) - 1, pd.Index(values[new])
    codes, uniques = pd.factorize(values, sort=True)
    return codes.astype(np.int64), pd.Index(uniques)


def _whole_codes(offset: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Number small whole numbers without sorting them."""
    present = np.flatnonzero(np.bincount(offset))
    position = np.zeros(present[-1] + 1, np.int64)
    position[present] = np.arange(len(present))
    return present, position[offset]
