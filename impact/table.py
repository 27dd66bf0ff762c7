"""The door for frames: pandas, polars or Arrow become plain columns, and rows get their unit and period."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from impact.errors import InputError, first_five
from impact.roles import Roles
from impact.transforms import column_of

Columns = dict[str, np.ndarray]
MANY_PERIODS = 1_000_000
Number = int | float | np.integer | np.floating | np.bool_ | Decimal


@dataclass(frozen=True)
class Rows:
    """Columns in the order of unit and period, and where each row belongs: positions of its unit and period, 32 bits each."""

    columns: Columns
    units: pd.Index
    periods: np.ndarray
    unit_of: np.ndarray
    period_of: np.ndarray

    @cached_property
    def first(self) -> np.ndarray:
        """Return the position of each unit's first row."""
        return np.flatnonzero(_begins(self.unit_of))


def names_of(frame: Any) -> list[str]:
    """Return the names of the columns."""
    return list(_opened(frame).columns)


def needed(roles: Roles) -> list[str]:
    """Name every column that the roles read, once."""
    named = [roles.unit, roles.period, roles.first_supported, roles.supported, roles.weight, *roles.groups]
    measured = map(column_of, (*roles.outcomes, *roles.covariates))
    return list(dict.fromkeys(name for name in (*named, *measured) if name is not None))


def columns_of(frame: Any, roles: Roles) -> Columns:
    """Take the columns of the roles as arrays; nothing is copied that need not be, and the frame is left as it was.

    Names of firms stay what they are: a long whole number made a float would lose its last digits.
    """
    opened = _opened(frame)
    columns = {name: _array(opened[name]) for name in needed(roles)}
    return {name: values if name == roles.unit else _plain(values) for name, values in columns.items()}


def rows_of(columns: Columns, roles: Roles) -> Rows:
    """Sort rows by unit and period; rows that are already in order are not moved."""
    periods, period_of = _whole_codes(columns[roles.period].astype(np.int64))
    n = len(period_of)
    unit_of, units = _codes(columns[roles.unit]) if roles.unit else (np.arange(n, dtype=np.int32), pd.RangeIndex(n))
    used = {name: columns[name] for name in needed(replace(roles, unit=None))}
    if not _in_order(unit_of, period_of):
        order = np.argsort(unit_of.astype(np.int64) * len(periods) + period_of, kind="stable")
        used, period_of, unit_of = {name: v[order] for name, v in used.items()}, period_of[order], unit_of[order]
    return Rows(used, units, periods, unit_of, period_of)


def _opened(frame: Any) -> nw.DataFrame:
    try:
        return nw.from_native(frame, eager_only=True)
    except TypeError:
        raise InputError(
            f"The table must be a pandas, polars or Arrow table; seen: {type(frame).__name__}. Read the file first, for "
            "example with pandas.read_csv."
        ) from None
    except nw.exceptions.DuplicateError:
        names = [str(name) for name in getattr(frame, "column_names", frame.columns)]
        repeated = dict.fromkeys(name for name in names if names.count(name) > 1)
        raise InputError(
            f"Every column must have a name of its own; these are repeated: {first_five(map(repr, repeated))}. "
            "Rename them, or leave one of each out."
        ) from None


def _array(series: nw.Series) -> np.ndarray:
    """Return a column as an array with one element a row, of Python's objects where numpy has no type for it.

    Arrow's own conversion of dictionary-encoded text fills blanks with a neighbour's value, so it is not used.
    """
    encoded = series.implementation.is_pyarrow() and series.dtype == nw.Categorical
    try:
        values = None if encoded else series.to_numpy()
    except Exception:  # each kind of frame has its own error for a type without a counterpart in numpy
        values = None
    if values is not None and values.ndim == 1:
        return values
    objects = np.empty(len(series), object)
    objects[:] = series.to_list()
    return objects


def _plain(values: np.ndarray) -> np.ndarray:
    """Turn whatever a frame calls a number into numpy's, and blanks among them into NaN; text and mixtures stay objects."""
    if values.dtype.kind != "O" or not all(isinstance(value, Number) or is_blank(value) for value in values):
        return values
    return floats(np.array([np.nan if is_blank(value) else value for value in values], dtype=object))


def is_blank(value: object) -> bool:
    """Tell whether a value says nothing: missing, or text of spaces only."""
    if isinstance(value, float | str):
        return not value.strip() if isinstance(value, str) else math.isnan(value)
    return value is None or value is pd.NA or value is pd.NaT


def floats(values: np.ndarray) -> np.ndarray:
    """Return numbers as floats; what no float can hold is infinite."""
    plain = values.dtype.kind in "iufb"
    return values.astype(float) if plain else np.array([_float(value) for value in values], float)


def _float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return np.inf if value > 0 else -np.inf


def _codes(values: np.ndarray) -> tuple[np.ndarray, pd.Index]:
    """Number the units in sorted order; whole numbers that are already sorted need no hashing."""
    if values.dtype.kind in "iu" and len(values) and (values[1:] >= values[:-1]).all():
        new = _begins(values)
        unit_of = np.cumsum(new, dtype=np.int32)
        unit_of -= 1
        return unit_of, pd.Index(values[new])
    codes, uniques = pd.factorize(values, sort=True)
    return codes.astype(np.int32), pd.Index(uniques).infer_objects()


def _begins(sorted_values: np.ndarray) -> np.ndarray:
    """Mark the values that differ from the one before."""
    return np.concatenate([[True], sorted_values[1:] != sorted_values[:-1]])


def _in_order(unit_of: np.ndarray, period_of: np.ndarray) -> bool:
    """Tell whether rows are sorted by unit and, within units, by period."""
    same, later = unit_of[1:] == unit_of[:-1], unit_of[1:] > unit_of[:-1]
    return bool((later | (same & (period_of[1:] >= period_of[:-1]))).all())


def _whole_codes(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Number whole numbers in sorted order, without sorting all of them where they are close together."""
    low = values.min()
    if values.max() - low > MANY_PERIODS:
        periods, codes = np.unique(values, return_inverse=True)
        return periods, codes.astype(np.int32)
    offset = (values - low).astype(np.int32)
    seen = np.bincount(offset) > 0
    codes = offset if seen.all() else (np.cumsum(seen, dtype=np.int32) - 1)[offset]
    return np.flatnonzero(seen) + low, codes
