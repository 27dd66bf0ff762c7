"""One function per way that data can be wrong: "fail if …" and "warn if …"; all are reported at once.

Each check yields sentences in three parts: what must hold, what was seen (the first five, and a count), what to do.
To add one, write the function and name it in the list of its stage.
"""

from __future__ import annotations

import difflib
import warnings
from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd

from impact.errors import InputError, InputWarning, first_five
from impact.roles import Roles
from impact.table import Columns, Rows, needed
from impact.transforms import LOWEST, column_of, parts, transformed


def refuse(problems: list[str]) -> None:
    """Raise all problems at once, if there are any."""
    if problems:
        raise InputError(problems)


def warn(sentences: Iterable[str]) -> None:
    """Say what the user should know, though the work goes on."""
    for sentence in sentences:
        warnings.warn(sentence, InputWarning, stacklevel=4)


def of_names(names: list[str], roles: Roles) -> list[str]:
    """Report columns that are not there."""
    return list(fail_if_column_is_missing(names, roles))


def of_columns(columns: Columns, roles: Roles) -> list[str]:
    """Report what is wrong with single columns."""
    if not len(columns[roles.period]):
        return ["The table must have rows; it is empty. Check that the file was written and read completely."]
    return [sentence for check in ON_COLUMNS for sentence in check(columns, roles)]


def of_rows(rows: Rows, roles: Roles) -> list[str]:
    """Report what is wrong between rows."""
    return [sentence for check in ON_ROWS for sentence in check(rows, roles)]


def notes_on_columns(columns: Columns, roles: Roles) -> list[str]:
    """Say what the user should know of single columns."""
    return [sentence for check in NOTES for sentence in check(columns, roles)]


def keys_are_sound(columns: Columns, roles: Roles) -> bool:
    """Tell whether rows can be put in order: then what is wrong between rows can be reported too."""
    keyed = (fail_if_unit_is_blank, fail_if_period_is_no_whole_number)
    return len(columns[roles.period]) > 0 and not any(list(check(columns, roles)) for check in keyed)


def cohorts(rows: Rows, roles: Roles) -> np.ndarray:
    """Return each unit's first supported period; inf is never."""
    if roles.first_supported:
        values = rows.columns[roles.first_supported][rows.first].astype(float)
        return np.where((values == 0) | np.isnan(values), np.inf, values)
    supported = rows.columns[roles.support].astype(float) == 1
    first = np.full(len(rows.units), np.inf)
    np.minimum.at(first, rows.unit_of[supported], rows.periods[rows.period_of[supported]])
    return first


# ---- names ---------------------------------------------------------------------------------------------------------


def fail_if_column_is_missing(names: list[str], roles: Roles) -> Iterator[str]:
    """A column that is named must be in the table."""
    for lost in (name for name in needed(roles) if name not in names):
        near = difflib.get_close_matches(lost, [str(name) for name in names], 1)
        hint = f"Did you mean '{near[0]}'?" if near else f"It has {len(names)} columns: {first_five(names)}."
        yield f"The table must have a column '{lost}'; it has none. {hint}"


# ---- single columns ------------------------------------------------------------------------------------------------


def fail_if_unit_is_blank(columns: Columns, roles: Roles) -> Iterator[str]:
    """Every row must say which firm it is of."""
    if roles.unit and (count := int(_blank(columns[roles.unit]).sum())):
        yield (
            f"Every row must name its firm; '{roles.unit}' is blank in {count} rows{_at(_blank(columns[roles.unit]))}. "
            "Fill them in, or leave those rows out."
        )


def fail_if_period_is_no_whole_number(columns: Columns, roles: Roles) -> Iterator[str]:
    """Periods must be whole numbers, so that event time can be counted."""
    values = columns[roles.period]
    bad = ~_numeric(values) | _blank(values)
    bad[~bad] = values[~bad].astype(float) % 1 != 0
    if bad.any():
        yield (
            f"Periods must be whole numbers such as 2019; '{roles.period}' has {int(bad.sum())} others: "
            f"{_seen(values[bad])}. Convert the column to numbers (for quarters, count them: 2019 Q1 = 8076)."
        )


def fail_if_first_supported_is_blank(columns: Columns, roles: Roles) -> Iterator[str]:
    """A blank first supported year may be an unlinked firm, so it is not taken for "never"."""
    if roles.blank == "never" and roles.first_supported:
        return
    if count := int(_blank(columns[roles.support]).sum()):
        firms = _firms_of(columns, roles, _blank(columns[roles.support]))
        yield (
            f"'{roles.support}' must say for every firm when support began, or 0 (or inf) for never; it is blank in "
            f"{count} rows{firms}. A blank may be a firm that could not be linked: fill it in, or, if blank does mean "
            'never, write blank="never".'
        )


def fail_if_first_supported_is_no_whole_number(columns: Columns, roles: Roles) -> Iterator[str]:
    """The first supported period must be a period, 0 or inf."""
    if not roles.first_supported:
        return
    values = columns[roles.first_supported]
    bad = ~_numeric(values) & ~_blank(values)
    numbers = _numeric(values) & ~_blank(values)
    real = values[numbers].astype(float)
    bad[numbers] = ((real % 1 != 0) & ~np.isinf(real)) | (real < 0)
    if bad.any():
        yield (
            f"The first supported period must be a whole number such as 2019, 0 or inf; '{roles.first_supported}' has "
            f"{int(bad.sum())} others: {_seen(values[bad])}. Write the year in which support began."
        )


def fail_if_supported_is_no_indicator(columns: Columns, roles: Roles) -> Iterator[str]:
    """An indicator of support must be 0 or 1."""
    if not roles.supported:
        return
    values = columns[roles.supported]
    bad = ~_blank(values) & ~np.isin(values, [0, 1])
    if bad.any():
        yield (
            f"'{roles.supported}' must be 1 in periods with support and 0 in others; it has {int(bad.sum())} "
            f"other values: {_seen(values[bad])}. Recode it, or name the first supported period with first_supported."
        )


def fail_if_value_is_no_number(columns: Columns, roles: Roles) -> Iterator[str]:
    """Outcomes, covariates and weights must be numbers."""
    for column in _measured(roles):
        values = columns[column]
        bad = ~_numeric(values) & ~_blank(values)
        if bad.any():
            yield (
                f"'{column}' must hold numbers; {int(bad.sum())} of its {len(bad)} values are not: "
                f"{_seen(values[bad])}. Convert them (thousands separators and units included), and leave unknown values blank."
            )


def fail_if_value_is_infinite(columns: Columns, roles: Roles) -> Iterator[str]:
    """Outcomes, covariates and weights must be finite."""
    for column in _numbers(columns, roles):
        bad = np.isinf(columns[column].astype(float))
        if bad.any():
            yield (
                f"'{column}' must be finite; it is infinite in {int(bad.sum())} rows{_firms_of(columns, roles, bad)}. "
                "This is often a logarithm of zero or a division by zero: leave unknown values blank."
            )


def fail_if_transform_is_impossible(columns: Columns, roles: Roles) -> Iterator[str]:
    """A logarithm needs values above zero; a zero is not dropped silently."""
    for specification in (*roles.outcomes, *roles.covariates):
        transform, column = parts(specification)
        if transform not in LOWEST or column not in _numbers(columns, roles):
            continue
        bad = ~np.isfinite(transformed(specification, columns)) & np.isfinite(columns[column].astype(float))
        if bad.any():
            yield (
                f"{specification} needs values {LOWEST[transform]}; '{column}' is not in {int(bad.sum())} rows"
                f"{_firms_of(columns, roles, bad)}. Use asinh({column}), or leave the value blank where it is unknown."
            )


def fail_if_weight_is_not_positive(columns: Columns, roles: Roles) -> Iterator[str]:
    """A sampling weight must be known and above zero."""
    if roles.weight is None or roles.weight not in _numbers(columns, roles):
        return
    bad = ~(columns[roles.weight].astype(float) > 0)
    if bad.any():
        yield (
            f"Every weight must be above zero; '{roles.weight}' is not in {int(bad.sum())} rows"
            f"{_firms_of(columns, roles, bad)}. Leave those rows out yourself if they shall not count."
        )


def fail_if_group_is_blank(columns: Columns, roles: Roles) -> Iterator[str]:
    """Every firm must have its region, cluster, subgroup."""
    for column in roles.groups:
        bad = _blank(columns[column])
        if bad.any():
            yield (
                f"Every firm must have a '{column}'; it is blank in {int(bad.sum())} rows"
                f"{_firms_of(columns, roles, bad)}. Fill it in, or give those firms a name of their own such as 'unknown'."
            )


# ---- between rows --------------------------------------------------------------------------------------------------


def fail_if_duplicated(rows: Rows, roles: Roles) -> Iterator[str]:
    """A firm has one row a period."""
    same = (np.diff(rows.unit_of) == 0) & (np.diff(rows.period_of) == 0)
    if same.any():
        yield (
            f"A firm must have one row a period; {int(same.sum())} rows repeat one: {_named(rows, np.flatnonzero(same))}. "
            "Add up or leave out the repeated rows (two plants of a firm? a correction?)."
        )


def fail_if_first_supported_changes(rows: Rows, roles: Roles) -> Iterator[str]:
    """A firm has one first supported period."""
    if not roles.first_supported or not _numeric(rows.columns[roles.first_supported]).all():
        return
    values = rows.columns[roles.first_supported].astype(float)
    values = np.where(np.isinf(values), 0, values)
    first = values[rows.first][rows.unit_of]
    changed = np.unique(rows.unit_of[(values != first) & ~(np.isnan(values) & np.isnan(first))])
    if len(changed):
        yield (
            f"A firm must have one first supported period in all its rows; '{roles.first_supported}' changes within "
            f"{len(changed)} firms: {first_five(rows.units[changed])}. Use the earliest one; a later support is another "
            "question."
        )


def fail_if_group_changes(rows: Rows, roles: Roles) -> Iterator[str]:
    """A firm stays in its region, cluster, subgroup."""
    for column in roles.groups:
        values = rows.columns[column]
        changed = np.unique(rows.unit_of[values != values[rows.first][rows.unit_of]])
        if len(changed):
            yield (
                f"A firm must have one '{column}' in all its rows; it changes within {len(changed)} firms: "
                f"{first_five(rows.units[changed])}. Use the one from before support, so that it is no result of it."
            )


def fail_if_nobody_is_supported(rows: Rows, roles: Roles) -> Iterator[str]:
    """Somebody must be supported within the periods."""
    if list(fail_if_first_supported_is_no_whole_number(rows.columns, roles)):
        return
    cohort = cohorts(rows, roles)
    if not (np.isfinite(cohort) & (cohort <= rows.periods.max())).any():
        yield (
            f"Some firm must be supported between {rows.periods.min()} and {rows.periods.max()}; '{roles.support}' says "
            "that none is. Check the column, and that it counts in the same periods as the table."
        )


# ---- what the user should know -------------------------------------------------------------------------------------


def warn_if_value_is_blank(columns: Columns, roles: Roles) -> Iterator[str]:
    """A blank outcome or covariate takes its firm-year out of comparisons: say how many."""
    for column in dict.fromkeys(map(column_of, (*roles.outcomes, *roles.covariates))):
        blank = _blank(columns[column])
        if blank.any():
            yield (
                f"'{column}' is blank in {int(blank.sum())} of {len(blank)} rows; these firm-years take no part in "
                "comparisons that need it."
            )


def warn_if_blank_means_never(columns: Columns, roles: Roles) -> Iterator[str]:
    """Say how many rows were taken for never supported because they are blank."""
    if roles.blank == "never" and roles.first_supported:
        blank = _blank(columns[roles.first_supported])
        if blank.any():
            yield (
                f"'{roles.first_supported}' is blank in {int(blank.sum())} rows, which are taken for never supported, as "
                'blank="never" says.'
            )


ON_COLUMNS = (
    fail_if_unit_is_blank,
    fail_if_period_is_no_whole_number,
    fail_if_first_supported_is_blank,
    fail_if_first_supported_is_no_whole_number,
    fail_if_supported_is_no_indicator,
    fail_if_value_is_no_number,
    fail_if_value_is_infinite,
    fail_if_transform_is_impossible,
    fail_if_weight_is_not_positive,
    fail_if_group_is_blank,
)
ON_ROWS = (fail_if_duplicated, fail_if_first_supported_changes, fail_if_group_changes, fail_if_nobody_is_supported)
NOTES = (warn_if_value_is_blank, warn_if_blank_means_never)


# ---- words ---------------------------------------------------------------------------------------------------------


def _measured(roles: Roles) -> list[str]:
    named = [*map(column_of, (*roles.outcomes, *roles.covariates)), *([roles.weight] if roles.weight else [])]
    return list(dict.fromkeys(named))


def _numbers(columns: Columns, roles: Roles) -> list[str]:
    """Name the measured columns that do hold numbers; the others are reported by their own check."""
    return [name for name in _measured(roles) if columns[name].dtype.kind in "iufb"]


def _numeric(values: np.ndarray) -> np.ndarray:
    """Mark the values that are numbers; text never is, even if it looks like one."""
    if values.dtype.kind in "iufb":
        return np.ones(len(values), bool)
    if values.dtype.kind != "O":
        return np.zeros(len(values), bool)
    return np.array([isinstance(value, int | float | np.number) for value in values], bool)


def _blank(values: np.ndarray) -> np.ndarray:
    if values.dtype.kind in "iub":
        return np.zeros(len(values), bool)
    if values.dtype.kind == "f":
        return np.isnan(values)
    return pd.isna(values) | np.array([isinstance(value, str) and not value.strip() for value in values], bool)


def _seen(values: np.ndarray) -> str:
    return first_five(repr(str(value)) for value in dict.fromkeys(values.tolist()))


def _at(bad: np.ndarray) -> str:
    return f" (row {first_five(np.flatnonzero(bad) + 1)})"


def _firms_of(columns: Columns, roles: Roles, bad: np.ndarray) -> str:
    """Name firms and periods of the rows, as far as rows say them."""
    if not roles.unit:
        return _at(bad)
    where = np.flatnonzero(bad)[:6]
    return f" ({first_five(f'firm {columns[roles.unit][i]} in {columns[roles.period][i]}' for i in where)})"


def _named(rows: Rows, positions: np.ndarray) -> str:
    chosen = positions[:6]
    return first_five(f"firm {rows.units[rows.unit_of[i]]} in {rows.periods[rows.period_of[i]]}" for i in chosen)
