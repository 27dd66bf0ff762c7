"""Checks of single columns, and what the user should know of them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from impact.checks import words
from impact.errors import counted
from impact.roles import Roles
from impact.table import Columns, floats
from impact.transforms import LOWEST, column_of, parts, transformed

LARGEST_PERIOD = 1e9  # a larger number is a date or a time that was read as a number


def fail_if_unit_is_blank(columns: Columns, roles: Roles) -> Iterator[str]:
    """Every row must say which firm it is of."""
    if roles.unit and (bad := words.blank(columns[roles.unit])).any():
        yield (
            f"Every row must name its firm; '{roles.unit}' is blank in {words.where(columns, roles, bad)}. Fill it in, or leave "
            "those rows out."
        )


def fail_if_label_is_mixed(columns: Columns, roles: Roles) -> Iterator[str]:
    """Firms and groups are named all by text or all by numbers: 1010 and '1010' would be two firms."""
    for column in (name for name in (roles.unit, *roles.groups) if name and columns[name].dtype.kind == "O"):
        values, known = columns[column], ~words.blank(columns[column])
        if pd.api.types.infer_dtype(values[known]) == "string":
            continue
        number, text = words.numeric(values), np.array([isinstance(value, str) for value in values], bool)
        bad = known & ~(text if text.sum() >= number.sum() else number)
        if bad.any():
            yield (
                f"'{column}' must be all text or all numbers; {words.count(bad, known)} something else: {words.seen(values[bad])}. "
                "Convert the column to text, and check that one firm or group is not written in two ways."
            )


def fail_if_period_is_no_whole_number(columns: Columns, roles: Roles) -> Iterator[str]:
    """Periods must be whole numbers, so that event time can be counted."""
    values = columns[roles.period]
    if values.dtype.kind in "iu" and len(values) and values.min() >= -LARGEST_PERIOD and values.max() <= LARGEST_PERIOD:
        return
    bad = ~words.numeric(values) | words.blank(values)
    number = floats(values[~bad])
    bad[~bad] = (np.floor(number) != number) | (np.abs(number) > LARGEST_PERIOD)
    if bad.any():
        yield (
            f"Periods must be whole numbers such as 2019; in '{roles.period}' {words.count(bad)} not: {words.seen(values[bad])}. Convert the "
            "column to numbers (of a date take the year; count quarters on, such as 2019 Q1 = 8076, 2019 Q2 = 8077)."
        )


def fail_if_period_is_a_date(columns: Columns, roles: Roles) -> Iterator[str]:
    """Periods that are dates written as numbers do not count on by one: 89 lie between 201912 and 202001."""
    values = columns[roles.period]
    if len(values) and words.numeric(values).all() and words.dates(values).all():
        yield (
            f"Periods must count on by one; in '{roles.period}' they are dates written as numbers: {words.seen(values)}. Take the year "
            f"(period // {100 if floats(values).max() < 1e6 else 10_000}), or count months on (12 * year + month)."
        )


def fail_if_first_supported_is_a_date(columns: Columns, roles: Roles) -> Iterator[str]:
    """A date of award among years would lie far after the last of them, and its firm would count as never supported."""
    if roles.first_supported is None:
        return
    values, period = columns[roles.first_supported], columns[roles.period]
    if not (words.numeric(values).all() and len(period) and words.numeric(period).all()) or words.dates(period).any():
        return
    bad = words.dates(values)
    if bad.any():
        yield (
            f"'{roles.first_supported}' must count time as '{roles.period}' does; {int(bad.sum()):,} of {counted(len(bad), 'value')} "
            f"look like dates: {words.seen(values[bad])}. Take the year of them, else these firms would count as never supported."
        )


def fail_if_first_supported_is_blank(columns: Columns, roles: Roles) -> Iterator[str]:
    """A blank first supported year may be an unlinked firm, so it is not taken for "never"."""
    if roles.first_supported is None or roles.blank == "never":
        return
    bad = words.blank(columns[roles.first_supported])
    if bad.any():
        yield (
            f"'{roles.first_supported}' must say for every firm when support began, or 0 (or inf) for never; it is blank in "
            f"{words.where(columns, roles, bad)}. A blank may be a firm that could not be linked: fill it in, or, if blank does "
            'mean never, write blank="never".'
        )


def fail_if_supported_is_blank(columns: Columns, roles: Roles) -> Iterator[str]:
    """An indicator of support must be known in every row."""
    if roles.supported and (bad := words.blank(columns[roles.supported])).any():
        yield (
            f"'{roles.supported}' must be 1 in periods with support and 0 in others; it is blank in "
            f"{words.where(columns, roles, bad)}. A blank may be a firm that could not be linked: fill it in, or leave the firm out."
        )


def fail_if_first_supported_is_no_whole_number(columns: Columns, roles: Roles) -> Iterator[str]:
    """The first supported period must be a period, 0 or inf."""
    if not roles.first_supported:
        return
    values = columns[roles.first_supported]
    known = ~words.blank(values)
    bad = known & ~words.numeric(values)
    number = floats(values[known & ~bad])
    bad[known & ~bad] = (np.floor(number) != number) | (number < 0) | ((number > LARGEST_PERIOD) & np.isfinite(number))
    if bad.any():
        yield (
            f"The first supported period must be a whole number such as 2019, 0 or inf; in '{roles.first_supported}' "
            f"{words.count(bad)} not: {words.seen(values[bad])}. Write the period in which support began, and 0 for never."
        )


def fail_if_supported_is_no_indicator(columns: Columns, roles: Roles) -> Iterator[str]:
    """An indicator of support must be 0 or 1."""
    if not roles.supported:
        return
    values = columns[roles.supported]
    bad = words.no_indicator(values) & ~words.blank(values)
    if bad.any():
        yield (
            f"'{roles.supported}' must be 1 in periods with support and 0 in others; {words.count(bad)} neither: "
            f"{words.seen(values[bad])}. Recode it, or name a column with the first supported period as first_supported."
        )


def fail_if_comparison_mark_is_no_indicator(columns: Columns, roles: Roles) -> Iterator[str]:
    """Whether a firm may serve as comparison is 0 or 1, and known."""
    if not roles.among:
        return
    values = columns[roles.among]
    bad = words.no_indicator(values)
    if bad.any():
        yield (
            f"'{roles.among}' must be 1 for firms that may serve as comparison and 0 for others; {words.count(bad)} neither: "
            f"{words.seen(values[bad])}. Recode it."
        )


def fail_if_value_is_no_number(columns: Columns, roles: Roles) -> Iterator[str]:
    """Outcomes, covariates and weights must be numbers."""
    for column in words.measured(roles):
        values = columns[column]
        bad = ~words.numeric(values) & ~words.blank(values)
        if bad.any():
            yield (
                f"'{column}' must hold numbers; {words.count(bad)} none: {words.seen(values[bad])}. Convert the column to numbers (without "
                "thousands separators and units), and leave unknown values blank."
            )


def fail_if_value_is_infinite(columns: Columns, roles: Roles) -> Iterator[str]:
    """Outcomes, covariates and weights must be finite."""
    for column in words.numbers(columns, roles):
        bad = np.isinf(columns[column].astype(float))
        if bad.any():
            yield (
                f"'{column}' must be finite; it is infinite in {words.where(columns, roles, bad)}. This is often a logarithm of zero "
                "or a division by zero: correct it, or leave the value blank where it is unknown."
            )


def fail_if_transform_is_impossible(columns: Columns, roles: Roles) -> Iterator[str]:
    """A logarithm needs values above zero; a zero is not dropped silently."""
    for specification in (*roles.outcomes, *roles.covariates):
        transform, column = parts(specification)
        if transform is None or transform not in LOWEST or column not in words.numbers(columns, roles):
            continue
        bad = ~np.isfinite(transformed(specification, columns)) & np.isfinite(columns[column].astype(float))
        if not bad.any():
            continue
        where = words.where(columns, roles, bad)
        if transform == "log":  # log1p and asinh are no way out: their effects depend on the unit of the column
            yield (
                f"{specification} needs values above zero; '{column}' is not above zero in {where}. There is no per cent change from zero, "
                "and log1p or asinh would give any number, depending on the unit (Chen and Roth 2024). "
                f"Take {column} itself, add being above zero as an outcome of its own, or leave the value blank where it is unknown."
            )
        else:
            yield (
                f"{specification} needs values {LOWEST[transform]}; '{column}' is not {LOWEST[transform]} in {where}. "
                f"Take {column} itself, or leave the value blank where it is unknown."
            )


def fail_if_weight_is_not_positive(columns: Columns, roles: Roles) -> Iterator[str]:
    """A sampling weight must be known and above zero."""
    if roles.weight is None or roles.weight not in words.numbers(columns, roles):
        return
    bad = ~(columns[roles.weight].astype(float) > 0)
    if bad.any():
        yield (
            f"Every weight must be known and above zero; '{roles.weight}' is not in {words.where(columns, roles, bad)}. Correct it, "
            "or leave those rows out if they are not to count."
        )


def fail_if_group_is_blank(columns: Columns, roles: Roles) -> Iterator[str]:
    """Every firm must have its region, cluster, subgroup."""
    for column in roles.groups:
        bad = words.blank(columns[column])
        if bad.any():
            yield (
                f"Every firm must have a '{column}'; it is blank in {words.where(columns, roles, bad)}. Fill it in, or write a name "
                "of its own for what is unknown, such as 'unknown'."
            )


def warn_if_value_is_blank(columns: Columns, roles: Roles) -> Iterator[str]:
    """A blank outcome or covariate takes its firm-year out of comparisons: say how many."""
    for column in dict.fromkeys(map(column_of, (*roles.outcomes, *roles.covariates))):
        blank = words.blank(columns[column])
        if blank.any():
            yield (
                f"'{column}' is blank in {int(blank.sum()):,} of {counted(len(blank), 'row')}; a row without it takes no part in "
                "comparisons that need it."
            )


def warn_if_blank_means_never(columns: Columns, roles: Roles) -> Iterator[str]:
    """Say how many rows were taken for never supported because they are blank."""
    if roles.blank == "never" and roles.first_supported:
        blank = words.blank(columns[roles.first_supported])
        if blank.any():
            yield (
                f"'{roles.first_supported}' is blank in {words.where(columns, roles, blank)}; blank=\"never\" takes these firms for "
                "never supported."
            )


ON_COLUMNS = (
    fail_if_unit_is_blank,
    fail_if_label_is_mixed,
    fail_if_period_is_no_whole_number,
    fail_if_period_is_a_date,
    fail_if_first_supported_is_a_date,
    fail_if_first_supported_is_blank,
    fail_if_supported_is_blank,
    fail_if_first_supported_is_no_whole_number,
    fail_if_supported_is_no_indicator,
    fail_if_comparison_mark_is_no_indicator,
    fail_if_value_is_no_number,
    fail_if_value_is_infinite,
    fail_if_transform_is_impossible,
    fail_if_weight_is_not_positive,
    fail_if_group_is_blank,
)
KEYED = (fail_if_unit_is_blank, fail_if_label_is_mixed, fail_if_period_is_no_whole_number)
NOTES = (warn_if_value_is_blank, warn_if_blank_means_never)
