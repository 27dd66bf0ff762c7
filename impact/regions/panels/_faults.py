"""Whatever can be wrong with what is asked of a regional panel, in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

import numpy as np
import pandas as pd

from impact import checks, marks
from impact.checks import words
from impact.errors import InputError, counted, first_five
from impact.regions.panels import _firms, _support
from impact.regions.panels._firms import CODE, YEAR, Asked, Exposure, Firms, Unmatched
from impact.transforms import column_of

CORRECT = 'Correct them (were regions renamed or merged?), or leave them out and have them listed: unmatched="list".'
OURS = (
    *("first_supported", "n_firms", "n_rows", "n_supported", "n_newly_supported", marks.COLUMN),
    *("subsidy", "subsidy_new", "n_blank_subsidy", "jobs_reached", "n_blank_jobs_reached"),
    *("share_firms", "base_firms", "share_jobs", "base_jobs"),
)


def refuse_choices(asked: Asked, unmatched: Unmatched) -> None:
    """Report options that cannot be, before any row is read."""
    problems = []
    for name, value, allowed in (("exposure", asked.exposure, Exposure), ("unmatched", unmatched, Unmatched)):
        if value not in get_args(allowed):
            problems.append(f"{name} must be {' or '.join(map(repr, get_args(allowed)))}; seen: {value!r}.")
    if asked.exposure == "jobs" and asked.jobs is None:
        problems.append("exposure='jobs' needs the column of workers; jobs is None. Name it, or take exposure='firms'.")
    if not 0 <= asked.threshold < np.inf:
        problems.append(
            f"The threshold must be a share of 0 or more; seen: {asked.threshold}. 0.05 stands for five per cent."
        )
    if changed := [name for name in asked.read.outcomes if column_of(str(name)) != str(name)]:
        problems.append(
            f"Columns are added up as they are; seen: {first_five(changed)}. Give the column, and take the transform of the sum "
            "when estimating."
        )
    checks.refuse(problems)


def refuse_counts(counts: pd.DataFrame | None) -> None:
    """Report an official table without a sound key."""
    if counts is None:
        return
    if absent := [name for name in (CODE, YEAR) if name not in counts]:
        raise InputError(
            f"The official table must have the columns {CODE} and {YEAR}; absent: {', '.join(absent)}; its columns are: "
            f"{first_five(counts.columns)}. Rename them."
        )
    problems, key = [], counts[[CODE, YEAR]]
    blank = words.blank(key[CODE].to_numpy(object)) | words.blank(key[YEAR].to_numpy(object))
    if empty := int(blank.sum()):
        problems.append(
            f"Every row of the official table must have {CODE} and {YEAR}; blank in {counted(empty, 'row')} (data "
            f"row{'s' * (empty != 1)} {first_five(np.flatnonzero(blank)[:6] + 1)}). Fill them in, or leave the rows out."
        )
    years = pd.to_numeric(key[YEAR], errors="coerce")
    odd = ~blank & ((years % 1 != 0).to_numpy() | ~words.numeric(key[YEAR].to_numpy(object)))
    if odd.any():
        problems.append(
            f"Years of the official table must be whole numbers such as 2019; seen: {words.seen(key[YEAR].to_numpy()[odd])}. "
            "Convert the column to numbers."
        )
    if twice := first_five(f"{code} in {year}" for code, year in _once(key[key.duplicated() & ~blank])):
        problems.append(
            f"The official table must have each {CODE} and {YEAR} once; seen again: {twice}. Keep one row of each."
        )
    checks.refuse(problems)


def unmatched(read: Firms, counts: pd.DataFrame | None, unmatched: Unmatched) -> Iterator[str]:
    """Report codes without a counterpart, unless they are to be listed."""
    outside = read.labels[read.inside :]
    if unmatched == "refuse" and len(outside):
        rows = int((read.region_of >= read.inside).sum())
        yield (
            f"Every firm must be in one of the regions; seen: {counted(len(outside), 'code')} of firms in "
            f"{counted(rows, 'row')} that regions does not have: {first_five(outside)}. {CORRECT}"
        )
    if counts is not None:
        yield from _unmatched_counts(read, counts, unmatched == "refuse")


def of_base(read: Firms) -> Iterator[str]:
    years = read.rows.periods
    if read.asked.base is not None and read.asked.base not in years:
        yield f"The base year must be one from {years[0]} to {years[-1]}; seen: {read.asked.base}. The first one is usual."


def of_amounts(read: Firms) -> Iterator[str]:
    """Amounts are of a firm, not of a year, and belong to a year of support."""
    rows = read.rows
    for name, year in read.asked.amounts.items():
        values = rows.columns[name]
        first = values[rows.first][rows.unit_of]
        if len(changed := np.unique(rows.unit_of[(values != first) & ~(np.isnan(values) & np.isnan(first))])):
            yield (
                f"A firm must have one amount of support in all its rows; '{name}' changes within "
                f"{counted(len(changed), 'firm')}: {first_five(rows.units[changed])}. Write the whole amount in each row, or "
                "name payments by year in sums."
            )
        nothing = ~np.isfinite(_support.years_of(read, year)) & (np.nan_to_num(values[rows.first]) != 0)
        if nothing.any():
            yield (
                f"Money must have a year; '{name}' is not 0 for {counted(int(nothing.sum()), 'firm')} without one in '{year}': "
                f"{first_five(rows.units[nothing])}. Write the year of support, or 0 where the award lapsed."
            )


def of_names(asked: Asked, counts: pd.DataFrame | None) -> Iterator[str]:
    """Every column of the panel has a name of its own."""
    taken = (
        []
        if counts is None
        else ["in_counts", *map(str, counts.drop(columns=[CODE, YEAR]).drop(columns=marks.COLUMN, errors="ignore"))]
    )
    names = [asked.region, asked.roles.period, *asked.sums, *(f"n_blank_{name}" for name in asked.sums), *OURS, *taken]
    if twice := first_five(repr(name) for name in dict.fromkeys(names) if names.count(name) > 1):
        yield (
            f"Columns of the panel must have names of their own; it would have two of {twice}. Rename the column of the firms or "
            "of the official table, or name it once."
        )


def of_exposure(panel: pd.DataFrame, asked: Asked) -> Iterator[str]:
    """The share that decides when a region is first supported must be known where there is support."""
    base, share = panel[f"base_{asked.exposure}"], panel[f"share_{asked.exposure}"]
    lost = panel.loc[share.isna() & ~(base == 0) & (panel["n_supported"] > 0), asked.region].unique()
    if len(lost):
        yield (
            f"The share of jobs must be known where there is support; in {counted(len(lost), 'region')} all workers of the base "
            f"year or of supported firms are blank: {first_five(lost)}. Fill them in, or take exposure='firms'."
        )


def notes(panel: pd.DataFrame, asked: Asked) -> Iterator[str]:
    """Say what is blank among what was added up."""
    for name in asked.sums:
        blank = panel[f"n_blank_{name}"]
        if blank.any():
            yield (
                f"'{name}' is blank for {blank.sum():,} of {counted(int(panel['n_firms'].sum()), 'firm-year')} in business, in "
                f"{counted(int((blank > 0).sum()), 'region-year')}; they count as firms and add nothing (n_blank_{name})."
            )
    last = panel.drop_duplicates(asked.region, keep="last")
    for name, what in (("jobs_reached", "Workers before support"), ("subsidy", "The amount of support")):
        if name in panel and (lost := int(last[f"n_blank_{name}"].sum())):
            yield (
                f"{what} {'are' if name == 'jobs_reached' else 'is'} blank for {counted(lost, 'supported firm')}; {name} is "
                f"without them (n_blank_{name})."
            )


def _once(keys: pd.DataFrame) -> list[tuple[object, object]]:
    return list(dict.fromkeys(zip(*(keys[name].map(words.word) for name in (CODE, YEAR)), strict=True)))


def _unmatched_counts(read: Firms, counts: pd.DataFrame, refused: bool) -> Iterator[str]:
    """Report codes on one side only, where they are refused, and a table that has nothing in common with the panel."""
    inside = read.labels[: read.inside]
    code = pd.Index(counts[CODE].to_numpy(), dtype=object)
    if len(code) and isinstance(code[0], str) is not isinstance(inside[0], str):
        raise InputError(_firms.mixed([*inside[:6], *code[:6]]))
    unknown, lacking = code[~code.isin(inside)], inside[~inside.isin(code)]
    if refused and len(unknown):
        yield (
            f"Every code of the official table must be a region of the panel; seen: {counted(unknown.nunique(), 'code')} in "
            f"{counted(len(unknown), 'row')} that is none: {first_five(unknown.unique())}. If no firm is there, give regions, so "
            f"that it has zero firms. {CORRECT}"
        )
    if refused and len(lacking):
        yield (
            f"Every region must be in the official table; seen: {counted(len(lacking), 'region')} without a row: "
            f"{first_five(lacking)}. {CORRECT}"
        )
    years = read.rows.periods
    if not counts[YEAR].isin(years).any():
        yield (
            f"The official table must have years of the panel, {years[0]} to {years[-1]}; seen: "
            f"{first_five(words.word(year) for year in sorted(counts[YEAR].unique())) or 'none'}. Check the column {YEAR}."
        )
