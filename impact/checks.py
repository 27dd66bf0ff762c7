"""One function per way that data can be wrong: "fail if …" and "warn if …"; all are reported at once.

Each check yields sentences in three parts: what must hold, what was seen (the first five, and a count), what to do.
To add one, write the function and name it in the list of its stage.
"""

from __future__ import annotations

import difflib
import inspect
import warnings
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import get_args

import numpy as np
import pandas as pd

from impact.errors import InputError, InputWarning, counted, first_five
from impact.roles import Blank, Roles
from impact.table import Columns, Number, Rows, floats, is_blank, needed
from impact.transforms import LOWEST, column_of, parts, transformed


def refuse(problems: list[str]) -> None:
    """Raise all problems at once, if there are any."""
    if problems:
        raise InputError(problems)


def warn(sentences: Iterable[str]) -> None:
    """Say what the user should know, though the work goes on; the warning points at the user's line."""
    level, frame = 1, inspect.currentframe()
    while frame and frame.f_globals.get("__name__", "").partition(".")[0] == "impact":
        level, frame = level + 1, frame.f_back
    for sentence in sentences:
        warnings.warn(sentence, InputWarning, stacklevel=level)


def of_names(names: list[str], roles: Roles) -> list[str]:
    """Report roles without a column, and columns that are not there."""
    return list(fail_if_name_is_no_text(roles)) or [
        *fail_if_blank_means_something_else(roles),
        *fail_if_support_is_unnamed(roles),
        *fail_if_column_is_missing(names, roles),
    ]


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
    keyed = (fail_if_unit_is_blank, fail_if_label_is_mixed, fail_if_period_is_no_whole_number)
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


def fail_if_name_is_no_text(roles: Roles) -> Iterator[str]:
    """Columns are named by text; a number could be a name or a position."""
    plain = (roles.unit, roles.period, roles.first_supported, roles.supported, roles.weight, *roles.groups)
    named = (*plain, *roles.outcomes, *roles.covariates)
    bad = [name for name in named if name is not None and not isinstance(name, str)]
    if bad:
        yield (
            f"Columns must be named by text; seen: {first_five(map(repr, bad))}. Give the columns names first, for example "
            "with frame.columns = [...]."
        )


def fail_if_blank_means_something_else(roles: Roles) -> Iterator[str]:
    """A blank first supported period is refused or means never."""
    if roles.blank not in get_args(Blank):
        yield f"blank must be {' or '.join(map(repr, get_args(Blank)))}; seen: {roles.blank!r}."


def fail_if_support_is_unnamed(roles: Roles) -> Iterator[str]:
    """Exactly one column must say who is supported, and since when."""
    if bool(roles.first_supported) == bool(roles.supported):
        seen = f"'{roles.first_supported}' and '{roles.supported}'" if roles.supported else "none"
        yield (
            f"One column must say when support began; seen: {seen}. Name either first_supported (a period for each firm) or "
            "supported (1 in periods with support, 0 in others)."
        )


def fail_if_column_is_missing(names: list[str], roles: Roles) -> Iterator[str]:
    """A column that is named must be in the table."""
    alike = {str(name).strip().casefold(): name for name in names}
    for lost in (name for name in needed(roles) if name not in names):
        near = difflib.get_close_matches(lost.strip().casefold(), alike, 1)
        hint = f"Did you mean '{alike[near[0]]}'?" if near else f"Its columns are: {first_five(names) or 'none'}."
        yield f"The table must have a column '{lost}'; it has none of that name. {hint}"


# ---- single columns ------------------------------------------------------------------------------------------------


def fail_if_unit_is_blank(columns: Columns, roles: Roles) -> Iterator[str]:
    """Every row must say which firm it is of."""
    if roles.unit and (bad := _blank(columns[roles.unit])).any():
        yield (
            f"Every row must name its firm; '{roles.unit}' is blank in {_rows(columns, roles, bad)}. Fill it in, or leave "
            "those rows out."
        )


def fail_if_label_is_mixed(columns: Columns, roles: Roles) -> Iterator[str]:
    """Firms and groups are named all by text or all by numbers: 1010 and '1010' would be two firms."""
    for column in (name for name in (roles.unit, *roles.groups) if name and columns[name].dtype.kind == "O"):
        values, known = columns[column], ~_blank(columns[column])
        if pd.api.types.infer_dtype(values[known]) == "string":
            continue
        number, text = _numeric(values), np.array([isinstance(value, str) for value in values], bool)
        bad = known & ~(text if text.sum() >= number.sum() else number)
        if bad.any():
            yield (
                f"'{column}' must be all text or all numbers; {_of(bad, known)} something else: {_seen(values[bad])}. "
                "Convert the column to text, and check that one firm or group is not written in two ways."
            )


def fail_if_period_is_no_whole_number(columns: Columns, roles: Roles) -> Iterator[str]:
    """Periods must be whole numbers, so that event time can be counted."""
    values = columns[roles.period]
    bad = ~_numeric(values) | _blank(values)
    number = floats(values[~bad])
    bad[~bad] = (np.floor(number) != number) | (np.abs(number) > LARGEST_PERIOD)
    if bad.any():
        yield (
            f"Periods must be whole numbers such as 2019; in '{roles.period}' {_of(bad)} not: {_seen(values[bad])}. Convert the "
            "column to numbers (of a date take the year; count quarters on, such as 2019 Q1 = 8076, 2019 Q2 = 8077)."
        )


def fail_if_first_supported_is_blank(columns: Columns, roles: Roles) -> Iterator[str]:
    """A blank first supported year may be an unlinked firm, so it is not taken for "never"."""
    if roles.first_supported is None or roles.blank == "never":
        return
    bad = _blank(columns[roles.first_supported])
    if bad.any():
        yield (
            f"'{roles.first_supported}' must say for every firm when support began, or 0 (or inf) for never; it is blank in "
            f"{_rows(columns, roles, bad)}. A blank may be a firm that could not be linked: fill it in, or, if blank does "
            'mean never, write blank="never".'
        )


def fail_if_supported_is_blank(columns: Columns, roles: Roles) -> Iterator[str]:
    """An indicator of support must be known in every row."""
    if roles.supported and (bad := _blank(columns[roles.supported])).any():
        yield (
            f"'{roles.supported}' must be 1 in periods with support and 0 in others; it is blank in "
            f"{_rows(columns, roles, bad)}. A blank may be a firm that could not be linked: fill it in, or leave the firm out."
        )


def fail_if_first_supported_is_no_whole_number(columns: Columns, roles: Roles) -> Iterator[str]:
    """The first supported period must be a period, 0 or inf."""
    if not roles.first_supported:
        return
    values = columns[roles.first_supported]
    known = ~_blank(values)
    bad = known & ~_numeric(values)
    number = floats(values[known & ~bad])
    bad[known & ~bad] = (np.floor(number) != number) | (number < 0) | ((number > LARGEST_PERIOD) & np.isfinite(number))
    if bad.any():
        yield (
            f"The first supported period must be a whole number such as 2019, 0 or inf; in '{roles.first_supported}' "
            f"{_of(bad)} not: {_seen(values[bad])}. Write the period in which support began, and 0 for never."
        )


def fail_if_supported_is_no_indicator(columns: Columns, roles: Roles) -> Iterator[str]:
    """An indicator of support must be 0 or 1."""
    if not roles.supported:
        return
    values = columns[roles.supported]
    known, number = ~_blank(values), _numeric(values)
    bad = known & ~number
    bad[known & number] = ~np.isin(floats(values[known & number]), [0, 1])
    if bad.any():
        yield (
            f"'{roles.supported}' must be 1 in periods with support and 0 in others; {_of(bad)} neither: "
            f"{_seen(values[bad])}. Recode it, or name a column with the first supported period as first_supported."
        )


def fail_if_value_is_no_number(columns: Columns, roles: Roles) -> Iterator[str]:
    """Outcomes, covariates and weights must be numbers."""
    for column in _measured(roles):
        values = columns[column]
        bad = ~_numeric(values) & ~_blank(values)
        if bad.any():
            yield (
                f"'{column}' must hold numbers; {_of(bad)} none: {_seen(values[bad])}. Convert the column to numbers (without "
                "thousands separators and units), and leave unknown values blank."
            )


def fail_if_value_is_infinite(columns: Columns, roles: Roles) -> Iterator[str]:
    """Outcomes, covariates and weights must be finite."""
    for column in _numbers(columns, roles):
        bad = np.isinf(columns[column].astype(float))
        if bad.any():
            yield (
                f"'{column}' must be finite; it is infinite in {_rows(columns, roles, bad)}. This is often a logarithm of zero "
                "or a division by zero: correct it, or leave the value blank where it is unknown."
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
                f"{specification} needs values {LOWEST[transform]}; '{column}' is not {LOWEST[transform]} in "
                f"{_rows(columns, roles, bad)}. Use asinh({column}), which takes every number, or leave the value blank where "
                "it is unknown."
            )


def fail_if_weight_is_not_positive(columns: Columns, roles: Roles) -> Iterator[str]:
    """A sampling weight must be known and above zero."""
    if roles.weight is None or roles.weight not in _numbers(columns, roles):
        return
    bad = ~(columns[roles.weight].astype(float) > 0)
    if bad.any():
        yield (
            f"Every weight must be known and above zero; '{roles.weight}' is not in {_rows(columns, roles, bad)}. Correct it, "
            "or leave those rows out if they are not to count."
        )


def fail_if_group_is_blank(columns: Columns, roles: Roles) -> Iterator[str]:
    """Every firm must have its region, cluster, subgroup."""
    for column in roles.groups:
        bad = _blank(columns[column])
        if bad.any():
            yield (
                f"Every firm must have a '{column}'; it is blank in {_rows(columns, roles, bad)}. Fill it in, or write a name "
                "of its own for what is unknown, such as 'unknown'."
            )


# ---- between rows --------------------------------------------------------------------------------------------------


def fail_if_duplicated(rows: Rows, roles: Roles) -> Iterator[str]:
    """A firm has one row a period."""
    same = np.flatnonzero((np.diff(rows.unit_of) == 0) & (np.diff(rows.period_of) == 0))
    if len(same):
        yield (
            f"A firm must have one row a period; seen: {counted(len(same), 'row')} too many ({_named(rows, same)}). Add repeated "
            "rows up, or leave them out (two plants of one firm? a correction?)."
        )


def fail_if_first_supported_changes(rows: Rows, roles: Roles) -> Iterator[str]:
    """A firm has one first supported period."""
    if not roles.first_supported or not _numeric(rows.columns[roles.first_supported]).all():
        return
    values = rows.columns[roles.first_supported].astype(float)
    values = np.where(np.isinf(values) | np.isnan(values), 0, values)
    changed = np.unique(rows.unit_of[values != values[rows.first][rows.unit_of]])
    if len(changed):
        yield (
            f"A firm must have one first supported period in all its rows; '{roles.first_supported}' changes within "
            f"{counted(len(changed), 'firm')}: {first_five(rows.units[changed])}. Use the earliest period; what a later support "
            "adds is another question."
        )


def fail_if_group_changes(rows: Rows, roles: Roles) -> Iterator[str]:
    """A firm stays in its region, cluster, subgroup."""
    for column in roles.groups:
        values, first = rows.columns[column], rows.first[rows.unit_of]
        known = ~_blank(values)
        values = np.where(known, values, "") if values.dtype.kind == "O" else values
        changed = np.unique(rows.unit_of[known & known[first] & (values != values[first])])
        if len(changed):
            yield (
                f"A firm must have one '{column}' in all its rows; it changes within {counted(len(changed), 'firm')}: "
                f"{first_five(rows.units[changed])}. Use the value from before support, so that it cannot be a result of support."
            )


def fail_if_nobody_is_supported(rows: Rows, roles: Roles) -> Iterator[str]:
    """Somebody must be supported within the periods."""
    if not _numeric(rows.columns[roles.support]).all():
        return
    cohort = cohorts(rows, roles)
    if not (np.isfinite(cohort) & (cohort <= rows.periods.max())).any():
        yield (
            f"Some firm must be first supported by {rows.periods.max()}, the last period; '{roles.support}' says that none is. "
            f"Check the column, and that it counts time as '{roles.period}' does."
        )


# ---- what the user should know -------------------------------------------------------------------------------------


def warn_if_value_is_blank(columns: Columns, roles: Roles) -> Iterator[str]:
    """A blank outcome or covariate takes its firm-year out of comparisons: say how many."""
    for column in dict.fromkeys(map(column_of, (*roles.outcomes, *roles.covariates))):
        blank = _blank(columns[column])
        if blank.any():
            yield (
                f"'{column}' is blank in {int(blank.sum()):,} of {counted(len(blank), 'row')}; a row without it takes no part in "
                "comparisons that need it."
            )


def warn_if_blank_means_never(columns: Columns, roles: Roles) -> Iterator[str]:
    """Say how many rows were taken for never supported because they are blank."""
    if roles.blank == "never" and roles.first_supported:
        blank = _blank(columns[roles.first_supported])
        if blank.any():
            yield (
                f"'{roles.first_supported}' is blank in {_rows(columns, roles, blank)}; blank=\"never\" takes these firms for "
                "never supported."
            )


LARGEST_PERIOD = 1e9  # a larger number is a date or a time that was read as a number
ON_COLUMNS = (
    fail_if_unit_is_blank,
    fail_if_label_is_mixed,
    fail_if_period_is_no_whole_number,
    fail_if_first_supported_is_blank,
    fail_if_supported_is_blank,
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
    return np.array([isinstance(value, Number) for value in values], bool)


def _blank(values: np.ndarray) -> np.ndarray:
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


def _seen(values: np.ndarray) -> str:
    """Name the first five different values, text in quotes; a blank is called blank."""
    named = (repr(str(value)) if isinstance(value, str) else str(_word(value)) for value in values)
    words = ("blank" if blank else name for name, blank in zip(named, _blank(values), strict=True))
    return first_five(islice(dict.fromkeys(words), 6))


def _of(bad: np.ndarray, among: np.ndarray | None = None) -> str:
    """Say "1 of 12 values is" or "2 of 12 values are"."""
    count, total = int(bad.sum()), len(bad) if among is None else int(among.sum())
    return f"{count:,} of {counted(total, 'value')} {'is' if count == 1 else 'are'}"


def _rows(columns: Columns, roles: Roles, bad: np.ndarray) -> str:
    """Count the rows, and name their firms and periods; where those are not known, their numbers without the header."""
    where, period = np.flatnonzero(bad), columns[roles.period]
    unit = columns[roles.unit] if roles.unit else None
    if unit is None or (_blank(unit) | _blank(period))[where].any():
        return f"{counted(len(where), 'row')} (data row{'s' * (len(where) != 1)} {first_five(where[:6] + 1)})"
    return f"{counted(len(where), 'row')} ({first_five(f'firm {unit[i]} in {_word(period[i])}' for i in where[:6])})"


def _word(value: object) -> object:
    """Write 2019.0 as 2019."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _named(rows: Rows, positions: np.ndarray) -> str:
    """Name firms and periods, each once."""
    pairs = dict.fromkeys((rows.unit_of[i], rows.period_of[i]) for i in positions)
    return first_five(f"firm {rows.units[unit]} in {rows.periods[period]}" for unit, period in islice(pairs, 6))
