"""Which column probably plays which part: a proposal that a person reads and corrects, with the reason for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from impact.intake.tidy import Tidy, names_of, period_of

OUTCOMES = 3  # as many are proposed; the others are named
# What columns are called, in the order in which a proposal prefers them.
UNITS = ("사업자", "법인", "기업", "업체", "firm", "unit", "brn", "company", "code", "코드", "id")
STARTS = (
    "first_supported",
    "first_treat",
    "지원",
    "선정",
    "완료",
    "도입",
    "support",
    "treat",
    "first",
    "award",
    "since",
)
MEASURES = (
    ("매출", "sales", "revenue", "turnover"),
    ("고용", "종업원", "종사자", "근로자", "workers", "employ", "jobs", "인구", "population", "people"),
    ("부가가치", "value_added", "생산성", "productivity", "영업이익", "profit", "output"),
)


@dataclass(frozen=True)
class Proposal:
    """The part that each column probably plays; nothing where none is found.

    `reasons` says why, by part; `others` names the columns of numbers that could be outcomes as well.
    """

    unit: str | None = None
    period: str | None = None
    first_supported: str | None = None
    supported: str | None = None
    region: str | None = None
    outcomes: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    reasons: Mapping[str, str] = field(default_factory=dict)


def proposed(tidy: Tidy) -> Proposal:
    """Propose the part of each column of a table with one row a unit and period.

    >>> firms = {"firm": ["a", "a", "b", "b"], "year": [2019, 2020] * 2, "since": [2020, 2020, 0, 0]}
    >>> frame = pd.DataFrame({**firms, "sales": [1.5, 3, 2, 2]})
    >>> parts = proposed(Tidy(frame, {"firm": "text", "year": "period", "since": "number", "sales": "number"}))
    >>> parts.unit, parts.period, parts.first_supported, parts.outcomes
    ('firm', 'year', 'since', ('sales',))
    """
    frame, period = tidy.frame, period_of(tidy)
    unit = _unit(tidy, period)
    start = _start(frame, unit, period)
    mark = None if start else _mark(frame, unit, period)
    region = next((name for name in tidy.regions if _constant(frame, name, unit)), None)
    taken = {unit, period, start, mark, *tidy.regions}
    numbers = [name for name in names_of(frame) if name not in taken and _is_measure(tidy, name)]
    chosen = _outcomes(numbers)
    reasons = dict(_reasons(frame, unit, period, start, mark, region))
    return Proposal(
        unit, period, start, mark, region, chosen, tuple(name for name in numbers if name not in chosen), reasons
    )


def _unit(tidy: Tidy, period: str | None) -> str | None:
    """Find what names the rows of a period, each once; of several the one that is called so, else the first."""
    frame = tidy.frame
    keys = [] if period is None else [period]
    whole = (
        name
        for name in names_of(frame)
        if frame[name].dtype.kind not in "fb" and name != period and _may_name(tidy, name)
    )
    found = [name for name in whole if frame[name].notna().all() and not frame.duplicated([name, *keys]).any()]
    if period is not None:
        found = [name for name in found if frame[name].nunique() < len(frame)] or found
    return _called(found, UNITS) or next(iter(found), None)


def _may_name(tidy: Tidy, name: str) -> bool:
    """Tell whether a column may name units: amounts do not, even where no two are alike."""
    return tidy.kinds.get(name) != "number" or _called([name], UNITS) is not None


def _start(frame: pd.DataFrame, unit: str | None, period: str | None) -> str | None:
    """Find the first supported period: years (0, blank for never) that do not change within a unit."""
    if unit is None or period is None:
        return None
    low, high = frame[period].min(), frame[period].max()
    found = []
    for name in names_of(frame.drop(columns=[unit, period])):
        values = frame[name]
        if values.dtype.kind not in "iuf" or not _constant(frame, name, unit):
            continue
        years = values[values.notna() & (values != 0) & ~np.isinf(values.astype(float))]
        if len(years) and ((years % 1 == 0) & years.between(low - 50, high + 50)).all():
            found.append(name)
    return _called(found, STARTS) or None


def _mark(frame: pd.DataFrame, unit: str | None, period: str | None) -> str | None:
    """Find a mark of support: 0, and 1 from some period on."""
    if unit is None or period is None:
        return None
    ordered = frame.sort_values([unit, period])
    found = []
    for name in names_of(frame.drop(columns=[unit, period])):
        values = ordered[name]
        if values.dtype.kind in "iufb" and values.isin([0, 1]).all() and values.nunique() == 2:
            falls = values.astype(int).diff().lt(0) & ordered[unit].eq(ordered[unit].shift())
            if not falls.any():
                found.append(name)
    return _called(found, STARTS) or None


def _called(names: Sequence[str], words: Sequence[str]) -> str | None:
    """Return the first name that holds one of the words, in the order of the words."""
    return next((name for word in words for name in names if word in str(name).casefold()), None)


def _constant(frame: pd.DataFrame, name: str, unit: str | None) -> bool:
    """Tell whether a column is the same in all rows of a unit."""
    return unit is not None and (name == unit or bool((frame.groupby(unit)[name].nunique(dropna=False) <= 1).all()))


def _is_measure(tidy: Tidy, name: str) -> bool:
    values = tidy.frame[name]
    return tidy.kinds.get(name) in ("number", None) and values.dtype.kind in "iuf" and values.nunique() > 2


def _outcomes(numbers: Sequence[str]) -> tuple[str, ...]:
    """Choose outcomes: what is called so, else the first columns of numbers."""
    named = [found for words in MEASURES if (found := _called(numbers, words))]
    return tuple(dict.fromkeys(named or numbers[:1]))[:OUTCOMES]


def _reasons(
    frame: pd.DataFrame, unit: str | None, period: str | None, start: str | None, mark: str | None, region: str | None
) -> Iterator[tuple[str, str]]:
    """Say why, in words that go into a study file as comments."""
    if unit is not None:
        yield "unit", f"{frame[unit].nunique():,} different values, each once a period"
    if period is not None:
        yield "period", f"{frame[period].min()} to {frame[period].max()}"
    if start is not None:
        years = frame.drop_duplicates(unit)[start]
        yield (
            "first_supported",
            f"{int((years.fillna(0) != 0).sum()):,} of {len(years):,} have a year, which never changes",
        )
    if mark is not None:
        yield "supported", "0, and 1 from some period on"
    if region is not None:
        yield "region", f"{frame[region].nunique():,} codes of municipalities"
