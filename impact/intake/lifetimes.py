"""Lives of firms in a panel: when each was first and last seen, and whether it closed, is gone, or is there at the end.

A firm that vanishes from a database of financial statements is *gone*: it may have closed, merged, grown out of reporting or not
have handed in its books. Only a register of closures says that a firm closed. Tables of lives (`impact.intake.life_tables`)
keep the two apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from impact import marks
from impact.errors import InputError, counted, first_five

CLOSED, GONE, THERE = "closed", "gone", "there at the end"
STATES = (CLOSED, GONE, THERE)
NEVER, UNKNOWN = "never", "unknown"


@dataclass(frozen=True, eq=False)
class Lives:
    """One row per firm, and the periods of the panel.

    `firms`: `unit`; `first_seen`, `last_seen`; `seen` (periods with a row) and `gaps` (periods of the panel between the first and
        the last in which it has none: it lived on); `closed`, the period of closure, blank where none is known up to the end;
        `state`: "closed", "gone" (not seen in the last period, and nothing says closed) or "there at the end"; `entered_late`:
        not there in the panel's first period; `alive_until`: the last period in which it is known to have lived; and, where it
        was named, `first_supported`: 0 is never, blank is not known.
    `periods`: those of the panel. `notes`: what to check, in sentences.
    """

    firms: pd.DataFrame
    periods: tuple[int, ...]
    notes: tuple[str, ...]

    @property
    def counts(self) -> pd.DataFrame:
        """Return firms of each cohort ("never", "unknown" where blank) by state, those that entered late, and those with gaps."""
        cohort = cohort_names(self.firms)
        each = {state: self.firms["state"] == state for state in STATES}
        parts = {"firms": cohort.notna(), **each, "entered late": self.firms["entered_late"]}
        parts["with gaps"] = self.firms["gaps"] > 0
        counts = pd.DataFrame(parts).groupby(cohort).sum().rename_axis("cohort").reset_index()
        return marks.carried(self.firms, counts)

    def __str__(self) -> str:
        return "\n".join(self.notes)


def lives(
    frame: pd.DataFrame, unit: str, period: str, closed: str | None = None, first_supported: str | None = None
) -> Lives:
    """Say of each firm of a panel when it was seen, and what is known of its end.

    A row means that the firm lived in that period: leave out rows of firms that are kept on file after they closed.
    closed: the column that holds the period of closure (0 or blank for none), the same in every row of a firm, or 1 in the period
        of closure and 0 in others. A closure after the panel's last period means that the firm was there at the end.
    first_supported: the column with its first supported period; 0 is never, blank not known.

    These are tables of single firms, for the researcher: what leaves goes through `impact.disclosure`.

    Raises InputError where a column is absent or blank, a firm has two rows in a period, or rows after it closed.

    >>> years, ends = [2019, 2020, 2021, 2019, 2020, 2020], [0, 0, 0, 2021, 2021, 0]
    >>> frame = pd.DataFrame({"firm": list("aaabbc"), "year": years, "end": ends})
    >>> seen = lives(frame, "firm", "year", closed="end")
    >>> seen.firms[["unit", "last_seen", "state", "entered_late"]].values.tolist()
    [['a', 2021, 'there at the end', False], ['b', 2020, 'closed', False], ['c', 2020, 'gone', True]]
    """
    _refuse(frame, unit, period, closed, first_supported)
    by, periods = frame[unit], np.sort(frame[period].unique())
    seen = frame[period].groupby(by).agg(["min", "max", "size"]).set_axis(["first_seen", "last_seen", "seen"], axis=1)
    seen = seen.assign(gaps=_between(seen, periods) - seen["seen"])
    said = frame[period].groupby(by).min() * 0 if closed is None else _closures(frame, by, period, closed)
    seen = _ended(seen, said.reindex(seen.index), int(periods[-1]))
    seen = seen.assign(entered_late=seen["first_seen"] > periods[0])
    if first_supported is not None:
        seen["first_supported"] = _once(frame, by, first_supported)
    firms = marks.carried(frame, seen.rename_axis("unit").reset_index())
    made = Lives(firms, tuple(map(int, periods)), ())
    return Lives(firms, made.periods, tuple(_notes(made, closed, said)))


def cohort_names(firms: pd.DataFrame) -> pd.Series:
    """Name the cohort of each firm: its first supported period, "never" or "unknown"; "all" where nobody said."""
    if "first_supported" not in firms:
        return pd.Series("all", index=firms.index)
    first = firms["first_supported"]
    return first.astype(object).mask(first.isna(), UNKNOWN).mask((first == 0).fillna(False), NEVER).astype(str)


def _refuse(frame: pd.DataFrame, unit: str, period: str, closed: str | None, first_supported: str | None) -> None:
    named = [name for name in (unit, period, closed, first_supported) if name is not None]
    if absent := [name for name in named if name not in frame]:
        raise InputError(
            f"A panel must have the columns that are named; absent: {first_five(absent)}. It has: {first_five(frame.columns)}."
        )
    numbers = [name for name in named if name != unit]
    problems = [*_not_numbers(frame, numbers), *_keys(frame, unit, period)]
    if not problems:
        problems = [*_not_constant(frame, unit, first_supported), *_closed(frame, unit, period, closed)]
    if problems:
        raise InputError(problems)


def _not_numbers(frame: pd.DataFrame, names: list[str]) -> Iterator[str]:
    for name in names:
        if not pd.api.types.is_numeric_dtype(frame[name]):
            seen = first_five(frame[name].dropna().unique())
            yield f"Periods of firms must be numbers, such as 2019; '{name}' holds {seen}. Take the year of each."


def _keys(frame: pd.DataFrame, unit: str, period: str) -> Iterator[str]:
    blank = int((frame[unit].isna() | frame[period].isna()).sum())
    if blank:
        yield f"Every row of lives must name its firm and period; one of them is blank in {counted(blank, 'row')}. Fill it in."
    twice = frame.duplicated([unit, period])
    if twice.any():
        seen = frame.loc[twice, [unit, period]].astype(str).agg(" in ".join, axis=1)
        yield (
            f"A firm must have one row in a period; {counted(len(seen), 'row')} again: {first_five(seen)}. Leave one of each "
            "out, or add up places of business."
        )


def _not_constant(frame: pd.DataFrame, unit: str, name: str | None) -> Iterator[str]:
    if name is None:
        return
    many = frame.groupby(unit)[name].nunique(dropna=False)
    if (many > 1).any():
        odd = many.index[many > 1]
        yield (
            f"'{name}' must be the same in every row of a firm; it changes in {counted(len(odd), 'firm')}: {first_five(odd)}. "
            "Give the first one, or leave blank what is not known."
        )


def _closed(frame: pd.DataFrame, unit: str, period: str, name: str | None) -> Iterator[str]:
    """A closure has one period, and no rows after it."""
    if name is None:
        return
    if not _is_flag(frame[name]):
        yield from _not_constant(frame, unit, name)
    when = _closures(frame, frame[unit], period, name)
    after = frame.loc[(frame[period] > frame[unit].map(when.where(when > 0))).to_numpy(), unit].unique()
    if len(after):
        yield (
            f"A firm must have no rows after it closed; {counted(len(after), 'firm')} have: {first_five(after)}. Leave those "
            f"rows out, or correct '{name}'."
        )


def _is_flag(values: pd.Series) -> bool:
    return bool(values.dropna().isin([0, 1]).all())


def _closures(frame: pd.DataFrame, by: pd.Series, period: str, closed: str) -> pd.Series:
    """Return the period of closure of each firm, 0 where none is known."""
    values = frame[closed]
    if _is_flag(values):
        values = frame[period].where(values == 1)
    values = values.where(np.isfinite(values.astype(float)))
    return values.where(values > 0).groupby(by).min().fillna(0).astype(np.int64)


def _once(frame: pd.DataFrame, by: pd.Series, name: str) -> pd.Series:
    """Return what a column says of each firm; inf is never."""
    values = frame[name].groupby(by).first().astype("Float64")
    return values.replace([np.inf, -np.inf], 0).astype("Int64")


def _between(seen: pd.DataFrame, periods: npt.NDArray[np.int64]) -> pd.Series:
    """Count the periods of the panel from the first to the last in which a firm is seen."""
    first, last = (np.searchsorted(periods, seen[name]) for name in ("first_seen", "last_seen"))
    return pd.Series(last - first + 1, index=seen.index)


def _ended(seen: pd.DataFrame, closed: pd.Series, end: int) -> pd.DataFrame:
    """Give each firm its state at the end, and the last period in which it is known to have lived."""
    later = closed > end
    known = (closed > 0) & ~later
    there = later | (seen["last_seen"] == end)
    until = seen["last_seen"].mask(known, np.maximum(seen["last_seen"], closed - 1)).mask(later, end)
    state = np.select([known, there], [CLOSED, THERE], GONE)
    return seen.assign(closed=closed.where(known).astype("Int64"), alive_until=until, state=state)


def _notes(made: Lives, closed: str | None, said: pd.Series) -> Iterator[str]:
    """Say how lives end, and what is not known of them."""
    firms = made.firms
    many = {state: int((firms["state"] == state).sum()) for state in STATES}
    yield (
        f"{counted(len(firms), 'firm')} from {made.periods[0]} to {made.periods[-1]}: {many[CLOSED]:,} closed, {many[GONE]:,} "
        f"gone, {many[THERE]:,} there at the end."
    )
    if closed is None:
        yield "No column says which firms closed: whatever is not seen any more is gone, and survival can only be bounded."
    if many[GONE]:
        yield f"Gone is not closed: {_shares(firms)} are not seen in the last period, though nothing says that they closed."
    later = int((said > made.periods[-1]).sum())
    if later:
        yield f"{counted(later, 'firm')} closed after the last period of the panel: they count as there at the end."
    gaps = firms["gaps"] > 0
    if gaps.any():
        yield f"{counted(int(gaps.sum()), 'firm')} with gaps: not seen for a time, then again. They count as alive in between."


def _shares(firms: pd.DataFrame) -> str:
    """Say which share of firms is gone, of supported firms and others apart where it is known."""
    gone = firms["state"] == GONE
    if "first_supported" not in firms:
        return f"{gone.mean():.1%} of firms"
    supported = firms["first_supported"].fillna(0) > 0
    parts = ((supported, "supported firms"), (firms["first_supported"] == 0, "firms never supported"))
    return " and ".join(
        f"{gone[of.fillna(False)].mean():.1%} of {name}" for of, name in parts if of.fillna(False).any()
    )
