"""Firms as they are read for a regional panel: checked, sorted, each row with its region."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd

from impact import checks
from impact.checks import columns as of_columns
from impact.checks import rows as of_rows
from impact.checks import words
from impact.errors import InputError, counted, first_five
from impact.roles import Roles
from impact.table import Columns, Rows, columns_of, is_blank, names_of, rows_of

CODE, YEAR = "code", "year"  # the key of an official table, as in the register
Exposure = Literal["firms", "jobs"]
Unmatched = Literal["refuse", "list"]


@dataclass(frozen=True)
class Asked:
    """What the user asked for."""

    region: str
    roles: Roles
    sums: tuple[str, ...]
    amounts: Mapping[str, str]
    jobs: str | None
    active: str | None
    exposure: Exposure
    threshold: float
    base: int | None

    @property
    def read(self) -> Roles:
        """Name every column but the region, as what is to be checked and sorted with the keys."""
        named = (*self.sums, *self.amounts, *self.amounts.values(), self.jobs, self.active)
        return replace(self.roles, outcomes=tuple(dict.fromkeys(name for name in named if name is not None)))

    @property
    def supports(self) -> list[str]:
        """Name the columns with years of support."""
        return list(dict.fromkeys((self.roles.support, *self.amounts.values())))


@dataclass(frozen=True)
class Firms:
    """Firms in the order of unit and year; the first `inside` labels are regions of the panel, the others are left out."""

    asked: Asked
    rows: Rows
    labels: pd.Index
    inside: int
    region_of: np.ndarray

    @property
    def shape(self) -> tuple[int, int]:
        """Count regions and years."""
        return len(self.labels), len(self.rows.periods)

    @property
    def base(self) -> int:
        """Return the position of the base year."""
        return 0 if self.asked.base is None else int(np.searchsorted(self.rows.periods, self.asked.base))

    @cached_property
    def cell(self) -> np.ndarray:
        """Return for each row the position of its region and year."""
        cell: np.ndarray = self.region_of * np.int32(self.shape[1]) + self.rows.period_of
        return cell

    @cached_property
    def in_business(self) -> np.ndarray:
        """Mark the rows of firms in business."""
        if self.asked.active is None:
            return np.ones(len(self.cell), bool)
        marked: np.ndarray = self.rows.columns[self.asked.active] == 1.0
        return marked

    def count(self, marked: np.ndarray) -> np.ndarray:
        """Count marked rows by region and year."""
        numbers: np.ndarray = np.bincount(self.cell[marked], minlength=self.shape[0] * self.shape[1])
        return numbers.reshape(self.shape)

    def total(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Add a column up by region and year; count the blanks of firms in business."""
        values = self.rows.columns[name]
        known = ~np.isnan(values)
        size = self.shape[0] * self.shape[1]
        added = np.bincount(self.cell[known], values[known], size).reshape(self.shape)
        blanks = self.count(~known & self.in_business)
        return np.where((blanks > 0) & (self.count(known) == 0), np.nan, added), blanks

    @cached_property
    def jobs(self) -> np.ndarray:
        """Return jobs by region and year."""
        assert self.asked.jobs is not None
        return self.total(self.asked.jobs)[0]


def read(firms: pd.DataFrame, asked: Asked, regions: list[Any] | None) -> Firms:
    """Check the firms and sort them by unit and year; number their regions, with those of the panel first."""
    with_region = replace(asked.read, covariates=(asked.region,))
    checks.refuse(checks.of_names(names_of(firms), with_region))
    code, seen = pd.factorize(firms[asked.region])
    labels, inside = _labels(list(seen), regions)
    columns, names = _columns(firms, asked)
    problems = [*_of_columns(columns, asked), *_of_region(columns, code, seen, asked)]
    if problems and names is not None:  # to be said with the names of firms
        columns, names = columns_of(firms, asked.read), None
        problems = [*_of_columns(columns, asked), *_of_region(columns, code, seen, asked)]
    place = labels.get_indexer(pd.Index(list(seen), dtype=object)).astype(np.int32)
    columns[asked.region] = place[code] if len(place) else code
    rows = rows_of(columns, with_region) if checks.keys_are_sound(columns, asked.read) else None
    if rows is not None and names is not None:
        rows = replace(rows, units=names[rows.units])
    checks.refuse(problems + ([*checks.of_rows(rows, asked.read), *_of_order(rows, asked)] if rows else []))
    assert rows is not None
    numbers = {name: values.astype(float, copy=False) for name, values in rows.columns.items() if name != asked.region}
    return Firms(asked, replace(rows, columns=numbers), labels, inside, rows.columns[asked.region])


def _columns(firms: pd.DataFrame, asked: Asked) -> tuple[Columns, pd.Index | None]:
    """Take the columns; firms named by text are numbered, as text of millions of rows is slow, and their names returned."""
    unit = str(asked.roles.unit)
    if not pd.api.types.is_integer_dtype(firms[unit].dtype):
        code, names = pd.factorize(firms[unit])
        if len(code) and code.min() >= 0 and all(isinstance(name, str) and name.strip() for name in names):
            return {**columns_of(firms, replace(asked.read, unit=None)), unit: code}, pd.Index(names)
    return columns_of(firms, asked.read), None


def _of_columns(columns: Columns, asked: Asked) -> list[str]:
    return [*checks.of_columns(columns, asked.read), *_of_years(columns, asked)]


def _labels(seen: list[object], regions: list[Any] | None) -> tuple[pd.Index, int]:
    """Return the sorted codes of the panel, followed by those of firms that are none of them; and how many the panel has."""
    known: list[Any] = [code for code in seen if not is_blank(code)]
    inside = known if regions is None else regions
    try:
        kept, others = sorted(inside), sorted(set(known) - set(inside))
        sorted([*kept[:1], *others[:1]])
    except TypeError:
        raise InputError(mixed([*inside, *known])) from None
    return pd.Index([*kept, *others], dtype=object), len(kept)


def mixed(codes: Iterable[object]) -> str:
    text, other = ([repr(code) for code in codes if isinstance(code, str) is is_text] for is_text in (True, False))
    return (
        f"Codes of regions must be all text or all numbers; seen: {first_five(dict.fromkeys(text))} as text, "
        f"{first_five(dict.fromkeys(other))} as numbers. Read codes as text everywhere (dtype=str): 01010 would lose its zero."
    )


def codes_of(regions: Iterable[object] | pd.DataFrame | None) -> list[Any] | None:
    """Return the codes of the regions that were given, each of which stands once and is not blank."""
    if regions is None:
        return None
    if isinstance(regions, str) or (isinstance(regions, pd.DataFrame) and CODE not in regions):
        seen = repr(regions) if isinstance(regions, str) else f"a table with {first_five(regions.columns)}"
        raise InputError(
            f"regions must be codes, or a table with the column {CODE}; seen: {seen}. Give a list of codes."
        )
    codes = pd.Series(list(regions[CODE] if isinstance(regions, pd.DataFrame) else regions), dtype=object)
    problems = []
    if blank := int(words.blank(codes.to_numpy()).sum()):
        problems.append(f"Every region must have a code; seen: {counted(blank, 'region')} without. Fill it in.")
    if twice := first_five(codes[codes.duplicated() & codes.notna()].unique()):
        problems.append(f"Every region must stand once in regions; seen again: {twice}. Leave the second one out.")
    if codes.empty:
        problems.append("regions must name at least one region; it is empty. Leave it out to take those of the firms.")
    checks.refuse(problems)
    return list(codes)


def _of_region(columns: Columns, code: np.ndarray, seen: pd.Index, asked: Asked) -> Iterator[str]:
    blank = np.append(words.blank(np.array(list(seen), object)), True)[code]
    if blank.any():
        yield (
            f"Every row must have the code of its region; '{asked.region}' is blank in "
            f"{words.where(columns, asked.roles, blank)}. Fill it in, or leave those rows out."
        )


def _of_years(columns: Columns, asked: Asked) -> Iterator[str]:
    """Report years of further support that are none, and an indicator of business that is none."""
    for name in asked.supports[1:]:
        of_year = replace(asked.roles, first_supported=name)
        yield from of_columns.fail_if_first_supported_is_blank(columns, of_year)
        yield from of_columns.fail_if_first_supported_is_no_whole_number(columns, of_year)
    if asked.active is not None and words.numeric(columns[asked.active]).all():
        wrong = words.no_indicator(columns[asked.active])
        if wrong.any():
            yield (
                f"'{asked.active}' must be 1 in years in business and 0 in others; {words.count(wrong)} neither: "
                f"{words.seen(columns[asked.active][wrong])}. Recode it."
            )


def _of_order(rows: Rows, asked: Asked) -> Iterator[str]:
    """Report years without any firm, further years of support that change, and negative workers."""
    for name in asked.supports[1:]:
        yield from of_rows.fail_if_first_supported_changes(rows, replace(asked.roles, first_supported=name))
    years = rows.periods
    if absent := first_five(sorted(set(range(years[0], years[-1] + 1)) - set(years.tolist()))):
        yield (
            f"Every year from {years[0]} to {years[-1]} must have firms; there is no row of {absent}. A year that was not "
            "collected is not a year without firms: add it, or give the years after it only."
        )
    if asked.jobs is not None and words.numeric(rows.columns[asked.jobs]).all():
        below = np.flatnonzero(rows.columns[asked.jobs].astype(float) < 0)
        if len(below):
            yield (
                f"Workers must be zero or more; '{asked.jobs}' is below in {counted(len(below), 'row')} "
                f"({words.named(rows, below)}). Blank what is no count."
            )
