"""Awards of support, row by row: whose they are, of which year, and which of them cannot be taken as they stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from impact.errors import InputError, first_five
from impact.intake.dates import Dates, dates
from impact.intake.identifiers import business_numbers

Dated = Literal["awarded", "completed"]
SUPPORTED, OPEN, UNCLEAR, AGAIN = "supported", "open", "unclear", "again"
BLANK, UNREADABLE, BACKWARDS = "no date", "no readable date", "completed before it was awarded"
COPY, SAME_DAY, NEGATIVE = "same row again, counted once", "another award on the same day, counted", "amount below zero"
NO_NUMBER = "no number"
FAULTS = ("row", "firm", "why", "seen")


@dataclass(frozen=True)
class Told:
    """Which column of a list tells what, and what was chosen."""

    firm: str
    dated: Dated
    awarded: str | None = None
    completed: str | None = None
    programme: str | None = None
    level: str | None = None
    levels: Sequence[object] | None = None
    amount: str | None = None
    province: str | None = None
    numbers: bool = True

    @property
    def keys(self) -> list[str]:
        """Name what a row of firms is of: a firm, or a firm and a programme."""
        return ["firm", "programme"] if self.programme else ["firm"]

    @property
    def untold(self) -> list[str]:
        """Name what the list does not tell of awards."""
        return [name for name in ("programme", "level", "amount", "province") if getattr(self, name) is None]

    @property
    def columns(self) -> list[str]:
        """Name the columns that are read, each once."""
        named = (self.firm, self.awarded, self.completed, self.programme, self.level, self.amount, self.province)
        return list(dict.fromkeys(name for name in named if name is not None))


@dataclass(frozen=True, eq=False)
class Awards:
    """One row for each row of the list, in its order, and what is wrong with rows (`row`, `firm`, `why`, `seen`)."""

    rows: pd.DataFrame
    faults: pd.DataFrame
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Labels:
    """Labels of firms in their one form, whether each is sound, why not, and what to check."""

    values: pd.Series
    sound: npt.NDArray[np.bool_]
    why: npt.NDArray[np.object_]
    notes: tuple[str, ...]


def awards(table: pd.DataFrame, told: Told) -> Awards:
    """Read the awards of a list; nothing is dropped: each has a state, and what is odd about it is among the faults.

    States: "supported" has the date that counts, "open" has no completion where completion counts, "unclear" has a date that
    cannot be read, none at all, or a completion before its award, and "again" is a copy of a row before it.
    """
    _refuse(table, told)
    labels = labels_of(table[told.firm], told.numbers)
    awarded, completed = (_dates(table, name) for name in (told.awarded, told.completed))
    state, why, seen = _states(awarded, completed, told)
    rows = pd.DataFrame(
        {
            "row": table.index.to_numpy(),
            "firm": labels.values.to_numpy(object),
            "sound": labels.sound,
            "why": labels.why,
            "programme": _of(table, told.programme),
            "awarded": _year(awarded),
            "completed": _year(completed),
            "year": _year(awarded if told.dated == "awarded" else completed),
            "order": (awarded if told.dated == "awarded" else completed).order,
            "state": state,
            "level": _of(table, told.level),
            "amount": _of(table, told.amount).astype(float) if told.amount else np.nan,
            "province": _of(table, told.province),
        }
    )
    again = _again(rows, awarded, completed)
    rows["state"] = rows["state"].mask(again == COPY, AGAIN)
    odd = [
        _faults(rows, "number: " + rows["why"].astype(object), table[told.firm], ~labels.sound),
        _faults(rows, why, seen, why != ""),
        _faults(rows, again, rows["year"], again != ""),
        _faults(rows, NEGATIVE, rows["amount"], rows["amount"] < 0),
    ]
    return Awards(rows, pd.concat(odd, ignore_index=True), labels.notes)


def labels_of(column: pd.Series, numbers: bool) -> Labels:
    """Bring the labels of firms into one form: business numbers of ten digits, else the text as it is."""
    column = column.reset_index(drop=True)
    if numbers:
        checked = business_numbers(column)
        why = np.full(len(column), "", dtype=object)
        why[checked.failures["row"].to_numpy()] = checked.failures["why"].to_numpy()
        why[checked.values.isna()] = "blank"
        return Labels(checked.values, why == "", why, checked.notes)
    which, different = pd.factorize(column)
    texts = pd.Series([*map(_plain, different), ""], dtype="str")
    values = texts.where(texts != "").iloc[which].reset_index(drop=True)
    return Labels(values, values.notna().to_numpy(), np.where(values.isna(), "blank", ""), ())


def _plain(label: object) -> str:
    whole = isinstance(label, float | np.floating) and float(label).is_integer()
    return str(int(label)) if whole else str(label).strip()  # type: ignore[call-overload]


def _refuse(table: pd.DataFrame, told: Told) -> None:
    """Refuse what cannot be read at all, every mistake at once."""
    problems = [*_choice(told), *_names(table, told)]
    if not problems:
        problems = [*_amounts(table, told), *_levels(table, told), *_programmes(table, told)]
    if problems:
        raise InputError(problems)


def _choice(told: Told) -> list[str]:
    if told.dated not in get_args(Dated):
        return [
            f"dated must say from which date support counts, 'awarded' or 'completed'; seen: {told.dated!r}. Projects are mostly "
            "completed six to nine months after their award, and only then can they have an effect."
        ]
    if getattr(told, told.dated) is None:
        return [
            f"dated='{told.dated}' needs the column with that date; {told.dated} is None. Name it, or let the other date count."
        ]
    return []


def _names(table: pd.DataFrame, told: Told) -> list[str]:
    absent = [name for name in told.columns if name not in table]
    if absent:
        return [
            f"A list of awards must have the columns that are named; absent: {first_five(absent)}. It has: "
            f"{first_five(table.columns)}."
        ]
    return [] if len(table) else ["A list of awards must have at least one row; it has none. Read the right sheet."]


def _amounts(table: pd.DataFrame, told: Told) -> list[str]:
    if told.amount is None or pd.api.types.is_numeric_dtype(table[told.amount]):
        return []
    values = table[told.amount].dropna()
    wrong = values[pd.to_numeric(values, errors="coerce").isna()]
    seen = first_five((wrong if len(wrong) else values).unique())
    return [
        f"Amounts must be numbers; '{told.amount}' holds text: {seen}. Read the file with impact.intake.read_table, or take out "
        "commas and units."
    ]


def _levels(table: pd.DataFrame, told: Told) -> list[str]:
    """Levels that are text have no order of their own."""
    if told.level is None or (told.levels is None and pd.api.types.is_numeric_dtype(table[told.level])):
        return []
    seen, known = table[told.level].dropna().unique(), list(told.levels or ())
    if lost := [level for level in seen if level not in known]:
        return [
            f"levels must name every level of support from the lowest to the highest; not named: {first_five(lost)}. "
            'Write levels=["기초", "중간1", "중간2", "고도"].'
        ]
    return []


def _programmes(table: pd.DataFrame, told: Told) -> list[str]:
    if told.programme is None or not (blank := table[told.programme].isna()).any():
        return []
    return [
        f"Every award must name its programme; '{told.programme}' is blank in row {first_five(table.index[blank])}. Fill it in."
    ]


def _dates(table: pd.DataFrame, name: str | None) -> Dates:
    return dates(table[name] if name is not None else np.full(len(table), None, dtype=object))


def _of(table: pd.DataFrame, name: str | None) -> pd.Series:
    return (
        pd.Series(None, index=range(len(table)), dtype=object) if name is None else table[name].reset_index(drop=True)
    )


def _year(read: Dates) -> pd.Series:
    return pd.Series(read.year).astype("Int64").where(pd.Series(read.year > 0))


def _states(
    awarded: Dates, completed: Dates, told: Told
) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.object_], npt.NDArray[np.object_]]:
    """Return the state of each award, what is wrong with its dates, and what stands there."""
    dated = awarded if told.dated == "awarded" else completed
    backwards, unreadable = completed.before(awarded), awarded.unreadable | completed.unreadable
    nothing = dated.blank & (told.dated == "awarded")
    why = np.select([backwards, unreadable, nothing], [BACKWARDS, UNREADABLE, BLANK], "").astype(object)
    unclear = backwards | dated.unreadable | nothing
    state = np.select([unclear, dated.blank], [UNCLEAR, OPEN], SUPPORTED).astype(object)
    return state, why, awarded.seen + " → " + completed.seen


def _again(rows: pd.DataFrame, awarded: Dates, completed: Dates) -> npt.NDArray[np.object_]:
    """Tell which rows repeat one before them of the same firm, programme and day; without days two awards may be two."""
    days = (awarded.day > 0) | (completed.day > 0)
    keys = rows[["firm", "programme", "level", "amount"]].assign(awarded=awarded.order, completed=completed.order)
    alike = keys.duplicated().to_numpy() & days & rows["firm"].notna().to_numpy()
    same_day = keys.duplicated(["firm", "programme", "awarded", "completed"]).to_numpy() & days
    same_day &= rows["firm"].notna().to_numpy()
    return np.select([alike, same_day], [COPY, SAME_DAY], "").astype(object)


def _faults(rows: pd.DataFrame, why: object, seen: object, where: object) -> pd.DataFrame:
    """List rows with what is wrong with them and what stands there."""
    at = np.flatnonzero(np.asarray(where))
    whole = np.asarray(why, dtype=object) if not isinstance(why, str) else np.full(len(rows), why, dtype=object)
    seen = np.asarray(seen, dtype=object)[at]
    return pd.DataFrame(
        {"row": rows["row"].to_numpy()[at], "firm": rows["firm"].to_numpy()[at], "why": whole[at], "seen": seen}
    )
