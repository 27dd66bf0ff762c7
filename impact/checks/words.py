"""What checks say of values and rows: which are blank or no numbers, what was seen, and where."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pandas as pd

from impact.errors import counted, first_five
from impact.roles import Roles
from impact.table import Columns, Number, Rows, floats, is_blank
from impact.transforms import column_of


def measured(roles: Roles) -> list[str]:
    """Name the columns that hold measurements: outcomes, covariates and weights."""
    named = [*map(column_of, (*roles.outcomes, *roles.covariates)), *([roles.weight] if roles.weight else [])]
    return list(dict.fromkeys(named))


def numbers(columns: Columns, roles: Roles) -> list[str]:
    """Name the measured columns that do hold numbers; the others are reported by their own check."""
    return [name for name in measured(roles) if columns[name].dtype.kind in "iufb"]


def numeric(values: np.ndarray) -> np.ndarray:
    """Mark the values that are numbers; text never is, even if it looks like one."""
    if values.dtype.kind in "iufb":
        return np.ones(len(values), bool)
    if values.dtype.kind != "O":
        return np.zeros(len(values), bool)
    return np.array([isinstance(value, Number) for value in values], bool)


def blank(values: np.ndarray) -> np.ndarray:
    """Mark the values that are not there."""
    if values.dtype.kind in "iub":
        return np.zeros(len(values), bool)
    if values.dtype.kind == "f":
        return np.isnan(values)
    if values.dtype.kind != "O":
        return pd.isna(values)
    try:
        code, different = pd.factorize(values)  # looks at each different value once; what pandas calls missing gets −1
    except TypeError:  # a list cannot be looked up
        return np.array([is_blank(value) for value in values], bool)
    return np.array([*map(is_blank, different), True], bool)[code]


def no_indicator(values: np.ndarray) -> np.ndarray:
    """Mark the values that are neither 0 nor 1; a blank is neither, and so is text."""
    sound = numeric(values)
    sound[sound] = np.isin(floats(values[sound]), [0, 1])
    return ~sound


def dates(values: np.ndarray) -> np.ndarray:
    """Mark the numbers that are dates of 1900 to 2100 written as 201903 or 20190301."""
    number = np.nan_to_num(floats(values), nan=0.0, posinf=0.0, neginf=0.0)
    short = (number >= 190_001) & (number <= 210_012)
    long = (number >= 19_000_101) & (number <= 21_001_231)
    month = np.where(long, number // 100 % 100, number % 100)
    day = np.where(long, number % 100, 1)
    return (short | long) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31) & (number == np.floor(number))


def seen(values: np.ndarray) -> str:
    """Name the first five different values, text in quotes; a blank is called blank."""
    named = (repr(str(value)) if isinstance(value, str) else str(word(value)) for value in values)
    words = ("blank" if blank else name for name, blank in zip(named, blank(values), strict=True))
    return first_five(islice(dict.fromkeys(words), 6))


def count(bad: np.ndarray, among: np.ndarray | None = None) -> str:
    """Say "1 of 12 values is" or "2 of 12 values are"."""
    count, total = int(bad.sum()), len(bad) if among is None else int(among.sum())
    return f"{count:,} of {counted(total, 'value')} {'is' if count == 1 else 'are'}"


def where(columns: Columns, roles: Roles, bad: np.ndarray) -> str:
    """Count the rows, and name their firms and periods; where those are not known, their numbers without the header."""
    where, period = np.flatnonzero(bad), columns[roles.period]
    unit = columns[roles.unit] if roles.unit else None
    if unit is None or (blank(unit) | blank(period))[where].any():
        return f"{counted(len(where), 'row')} (data row{'s' * (len(where) != 1)} {first_five(where[:6] + 1)})"
    return f"{counted(len(where), 'row')} ({first_five(f'firm {unit[i]} in {word(period[i])}' for i in where[:6])})"


def word(value: object) -> object:
    """Write 2019.0 as 2019."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def named(rows: Rows, positions: np.ndarray) -> str:
    """Name firms and periods, each once."""
    pairs = dict.fromkeys((rows.unit_of[i], rows.period_of[i]) for i in positions)
    return first_five(f"firm {rows.units[unit]} in {rows.periods[period]}" for unit, period in islice(pairs, 6))
