"""Columns of a firm × year table, as they are given: numbers, years and labels, one a row, or it is said why not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from impact.errors import InputError, counted, first_five

YEARS = (1000, 9999)


def labels(values: Any) -> Any:
    """Return labels that pandas can number; a blank in a list stays a blank."""
    if isinstance(values, (list, tuple)):
        return pd.Series(values)
    return values if isinstance(values, pd.Series) else np.asarray(values)


def numbers(name: str, values: Any) -> np.ndarray:
    """Return numbers, where a blank is not a number."""
    try:
        if isinstance(values, pd.Series):
            return values.to_numpy(dtype=float, na_value=np.nan)
        return np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise InputError(
            f"'{name}' must hold numbers; it holds {getattr(labels(values), 'dtype', 'text')}. Read it as numbers first."
        ) from None


def years_of(year: Any) -> np.ndarray:
    """Return whole years."""
    years = numbers("year", year)
    wrong = np.flatnonzero(~((years >= YEARS[0]) & (years <= YEARS[1]) & (years == np.floor(years))))
    if len(wrong):
        raise InputError(
            f"A year must be a whole number of four digits; seen: {counted(len(wrong), 'row')} without one: "
            f"{seen_in(wrong, years)}. Take the year of a month or date, and leave out rows without one."
        )
    return years.astype(np.int64)


def seen_in(rows: np.ndarray, values: np.ndarray) -> str:
    """Name the first five rows, with their values."""
    return first_five(f"row {row} ({values[row]:g})" for row in rows[:6])


def beside(**columns: np.ndarray) -> None:
    """Refuse columns that have not one value a row, as those of one table do."""
    lengths = {name: np.shape(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1 or any(len(shape) != 1 for shape in lengths.values()):
        seen = first_five(f"{name} {' × '.join(map(str, shape)) or 'one value'}" for name, shape in lengths.items())
        raise InputError(f"Columns must have one value a row; seen: {seen}. Take them from one table.")
