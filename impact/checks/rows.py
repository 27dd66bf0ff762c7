"""Checks between rows: one row a firm and period, one first supported period, one group."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from impact.checks import words
from impact.errors import counted, first_five
from impact.roles import Roles
from impact.table import Rows


def cohorts(rows: Rows, roles: Roles) -> np.ndarray:
    """Return each unit's first supported period; inf is never."""
    if roles.first_supported:
        values = rows.columns[roles.first_supported][rows.first].astype(float)
        return np.where((values == 0) | np.isnan(values), np.inf, values)
    supported = rows.columns[roles.support].astype(float) == 1
    first = np.full(len(rows.units), np.inf)
    np.minimum.at(first, rows.unit_of[supported], rows.periods[rows.period_of[supported]])
    return first


def fail_if_duplicated(rows: Rows, roles: Roles) -> Iterator[str]:
    """A firm has one row a period."""
    same = np.flatnonzero((np.diff(rows.unit_of) == 0) & (np.diff(rows.period_of) == 0))
    if len(same):
        yield (
            f"A firm must have one row a period; seen: {counted(len(same), 'row')} too many ({words.named(rows, same)}). Add repeated "
            "rows up, or leave them out (two plants of one firm? a correction?)."
        )


def fail_if_first_supported_changes(rows: Rows, roles: Roles) -> Iterator[str]:
    """A firm has one first supported period."""
    if not roles.first_supported or not words.numeric(rows.columns[roles.first_supported]).all():
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
        known = ~words.blank(values)
        values = np.where(known, values, "") if values.dtype.kind == "O" else values
        changed = np.unique(rows.unit_of[known & known[first] & (values != values[first])])
        if len(changed):
            yield (
                f"A firm must have one '{column}' in all its rows; it changes within {counted(len(changed), 'firm')}: "
                f"{first_five(rows.units[changed])}. Use the value from before support, so that it cannot be a result of support."
            )


def fail_if_attribute_differs_within_region(rows: Rows, roles: Roles) -> Iterator[str]:
    """What is said of a region is the same for all its firms."""
    if roles.region is None:
        return
    region, labels = pd.factorize(rows.columns[roles.region][rows.first])
    for column in roles.attributes:
        values, _ = pd.factorize(rows.columns[column][rows.first])
        pairs = np.unique(np.column_stack([region, values]), axis=0)[:, 0]
        changed = pairs[1:][pairs[1:] == pairs[:-1]]
        if len(changed):
            names = labels[np.unique(changed)]
            yield (
                f"All firms of a region must have the same '{column}'; it differs within {counted(len(names), 'region')}: "
                f"{first_five(names)}. Take it from a table of regions, or name it as subgroup if it is of firms."
            )


def fail_if_nobody_is_supported(rows: Rows, roles: Roles) -> Iterator[str]:
    """Somebody must be supported within the periods."""
    if not words.numeric(rows.columns[roles.support]).all():
        return
    cohort = cohorts(rows, roles)
    if not (np.isfinite(cohort) & (cohort <= rows.periods.max())).any():
        yield (
            f"Some firm must be first supported by {rows.periods.max()}, the last period; '{roles.support}' says that none is. "
            f"Check the column, and that it counts time as '{roles.period}' does."
        )


ON_ROWS = (
    fail_if_duplicated,
    fail_if_first_supported_changes,
    fail_if_group_changes,
    fail_if_attribute_differs_within_region,
    fail_if_nobody_is_supported,
)
