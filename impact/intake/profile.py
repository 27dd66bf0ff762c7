"""What a table holds, before anybody estimates: columns, years, keys, gaps, and what looks like a mistake."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from impact.errors import counted, first_five
from impact.intake.door import read_table
from impact.intake.identifiers import business_numbers
from impact.intake.proposal import Proposal, proposed
from impact.intake.taken import Taken
from impact.intake.tidy import Tidy, are_business_numbers, period_of, tidied
from impact.regions.detect import detect

JUMP = 100  # times the typical value of the year before: won for thousand won is 1,000
COLUMNS = (
    "column",
    "kind",
    "unit",
    "known",
    "blank",
    "suppressed",
    "zero",
    "different",
    "lowest",
    "median",
    "highest",
    "such_as",
)


@dataclass(frozen=True, eq=False)
class Profile:
    """What a table holds.

    columns: one row a column, with `COLUMNS`; `blank` counts what is missing, `suppressed` what is known to be withheld, and neither
        is a `zero`.
    rows: rows by period; missing: share of rows without a value, by column and period, where any is; typical: medians of columns of
        numbers by period. All three are None where no column counts years.
    findings: sentences that say what to look at first.
    """

    taken: Taken
    tidy: Tidy
    parts: Proposal
    size: int
    columns: pd.DataFrame
    rows: pd.Series | None
    missing: pd.DataFrame | None
    typical: pd.DataFrame | None
    findings: tuple[str, ...]


def profile(path: str | Path) -> Profile:
    """Read a file and measure what it holds; nothing in it is changed.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "firms.csv"
    >>> _ = file.write_text("firm,year,sales\\na,2019,100\\na,2020,120000\\nb,2019,90\\nb,2020,100000\\n", encoding="utf-8")
    >>> print(profile(file).findings[0])
    A column should be in one unit in all periods; the median of 'sales' changes a hundredfold in 2020 (95 to 1.1e+05). Look for won, \
thousand won and million won in the files of these years.
    """
    return measured(read_table(path), Path(path).stat().st_size)


def measured(taken: Taken, size: int) -> Profile:
    """Measure a table that was read; size: of its file, in bytes."""
    tidy = tidied(taken)
    parts = proposed(tidy)
    columns = _columns(taken)
    period = period_of(tidy)
    rows = missing = typical = None
    if period is not None:
        rows = tidy.frame[period].value_counts().sort_index()
        missing, typical = _missing(tidy.frame, period), _typical(tidy, period, parts)
    findings = tuple(_findings(taken, tidy, parts, columns, typical))
    return Profile(taken, tidy, parts, size, columns, rows, missing, typical, findings)


def _columns(taken: Taken) -> pd.DataFrame:
    """Measure every column."""
    states = taken.cells.groupby(["column", "state"]).size() if len(taken.cells) else pd.Series(dtype=int)
    rows = [
        _column(taken.frame[name], name, kind, unit, int(states.get((name, "suppressed"), 0)))
        for name, kind, unit in taken.columns.itertuples(index=False)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _column(values: pd.Series, name: str, kind: str, unit: str, suppressed: int) -> tuple[object, ...]:
    known = int(values.notna().sum())
    numbers = values.dtype.kind in "iufb"
    _, different = pd.factorize(values)
    first = [str(one) for one in different[:3]]
    low, middle, high = (values.min(), values.median(), values.max()) if numbers and known else (None, None, None)
    zero = int((values == 0).sum()) if numbers else 0
    return (
        name,
        kind,
        unit,
        known,
        len(values) - known - suppressed,
        suppressed,
        zero,
        len(different),
        low,
        middle,
        high,
        first,
    )


def _missing(frame: pd.DataFrame, period: str) -> pd.DataFrame:
    """Return, for columns that miss a value somewhere, the share of rows without one by period."""
    some = [name for name in frame if frame[name].isna().any()]
    shares = (
        frame[some].isna().groupby(frame[period]).mean()
        if some
        else pd.DataFrame(index=np.sort(frame[period].unique()))
    )
    return shares.T


def _typical(tidy: Tidy, period: str, parts: Proposal) -> pd.DataFrame:
    """Return medians of columns of numbers by period, zeros aside."""
    numbers = [name for name in (*parts.outcomes, *parts.others) if name in tidy.frame]
    sizes = tidy.frame[numbers].abs()
    return sizes.where(sizes > 0).groupby(tidy.frame[period]).median().T


def _findings(
    taken: Taken, tidy: Tidy, parts: Proposal, columns: pd.DataFrame, typical: pd.DataFrame | None
) -> Iterator[str]:
    """Go through what looks like a mistake, most dangerous first."""
    if typical is not None:
        yield from _jumps(typical)
    yield from _keys(tidy, parts)
    yield from _gaps(tidy, parts)
    yield from _numbers_of_firms(taken)
    yield from _of_regions(tidy)
    yield from _of_no_use(columns)


def _jumps(typical: pd.DataFrame) -> Iterator[str]:
    for name, values in typical.iterrows():
        known = values.dropna()
        times = known.to_numpy()[1:] / known.to_numpy()[:-1]
        jumps = [int(at) for at in np.flatnonzero((times >= JUMP) | (times <= 1 / JUMP))]
        seen = [f"{known.index[at + 1]} ({known.iloc[at]:,.4g} to {known.iloc[at + 1]:,.4g})" for at in jumps]
        if seen:
            yield (
                f"A column should be in one unit in all periods; the median of '{name}' changes a hundredfold in {first_five(seen)}. "
                "Look for won, thousand won and million won in the files of these years."
            )


def _keys(tidy: Tidy, parts: Proposal) -> Iterator[str]:
    """Say what names a row, and where the nearest to it repeats."""
    if parts.unit is not None:
        beside = f" and '{parts.period}'" if parts.period else ""
        yield f"Each row is named by '{parts.unit}'{beside}: no two rows are alike in it."
        return
    keys = [] if parts.period is None else [parts.period]
    among = [name for name, kind in tidy.kinds.items() if kind in ("code", "text", "label") and name in tidy.frame]
    twice = {name: int(tidy.frame.duplicated([name, *keys]).sum()) for name in among}
    if not twice:
        return
    near = min(twice, key=lambda name: twice[name])
    other = next(
        (name for name in among if name != near and not tidy.frame.duplicated([near, name, *keys]).any()), None
    )
    if other is not None:
        yield f"Each row is named by '{near}' together with '{other}': where only one row a period is wanted, choose among or spread '{other}'."
        return
    seen = tidy.frame.loc[tidy.frame.duplicated([near, *keys]), near]
    yield (
        f"A row should be named by one column{' and the period' if keys else ''}; in '{near}', which is nearest to it, "
        f"{counted(twice[near], 'row')} repeat: {first_five(dict.fromkeys(seen))}. Add repeated rows up, or find out what tells them apart."
    )


def _gaps(tidy: Tidy, parts: Proposal) -> Iterator[str]:
    if parts.unit is None or parts.period is None:
        return
    spans = tidy.frame.groupby(parts.unit)[parts.period].agg(["min", "max", "count"])
    years = np.sort(tidy.frame[parts.period].unique())
    place = pd.Series(range(len(years)), years)
    gaps = spans.index[place[spans["max"]].to_numpy() - place[spans["min"]].to_numpy() + 1 > spans["count"].to_numpy()]
    lost = np.setdiff1d(np.arange(years[0], min(years[-1], years[0] + 1000) + 1), years)
    if len(lost):
        yield f"Periods should follow one another; nobody has {first_five(lost)} between {years[0]} and {years[-1]}. Is a file missing?"
    if len(gaps):
        yield (
            f"A unit should be there in every period from its first to its last; {counted(len(gaps), 'unit')} of {len(spans):,} "
            f"{'has' if len(gaps) == 1 else 'have'} gaps: {first_five(gaps)}. A file may be incomplete, or a number may have changed."
        )


def _numbers_of_firms(taken: Taken) -> Iterator[str]:
    """Say which columns hold business numbers, and how many of them cannot be right."""
    for name in taken.frame:
        values = pd.Series(taken.frame[name].dropna().unique())
        if not are_business_numbers(values):
            continue
        checked = business_numbers(values)
        wrong = len(checked.failures)
        yield f"'{name}' holds business numbers: {counted(len(values), 'different value')}, {wrong:,} that cannot be right."
        if wrong:
            yield f"Business numbers in '{name}' must pass their check digit; seen: {first_five(checked.failures['seen'])}. Look them up."


def _of_regions(tidy: Tidy) -> Iterator[str]:
    for name in tidy.regions:
        yield f"'{name}' holds codes of regions. {detect(tidy.frame[name].astype(str).unique()).sentence}"


def _of_no_use(columns: pd.DataFrame) -> Iterator[str]:
    """Say which columns are empty or the same in all rows."""
    empty = columns.loc[columns["known"] == 0, "column"]
    same = columns.loc[(columns["different"] == 1) & (columns["known"] > 1), "column"]
    if len(empty):
        yield f"{counted(len(empty), 'column')} without any value: {first_five(empty)}."
    if len(same):
        yield f"{counted(len(same), 'column')} with one value in all rows: {first_five(same)}."
