"""Lists of supported firms: several awards per firm and programme become its first and second support, with level and amount.

    list of awards ─► `roster` ─► `Roster` ─► `join` to a panel (`impact.intake.joined`)

From which date support counts is never guessed. An award that was not completed, or whose dates contradict one another, does not
make its firm never supported: such firms have a blank where supported firms have a year and others 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from impact import marks
from impact.errors import counted, first_five
from impact.intake.awards import (
    AGAIN,
    COPY,
    NEGATIVE,
    OPEN,
    SAME_DAY,
    SUPPORTED,
    UNCLEAR,
    UNREADABLE,
    Dated,
    Told,
    awards,
)

COUNTS = ("awards", "supports", "open", "unclear")


@dataclass(frozen=True, eq=False)
class Roster:
    """Firms by number with what a list of awards says of them; every row of the list is in `awards`.

    `firms`: one row for each firm (and programme, where the list has several), with
        `state`: "supported", "open" (no award is completed) or "unclear" (no date can be taken as it stands),
        `first_supported`, `second_supported`: years of its first and second support by the date that counts; 0 in the second
            where there is none, blank where it is unknown,
        `awarded`: the year of its first award, or of its first completion where the list has no awards' dates,
        `awards` (copies left out) = `supports` + `open` + `unclear`,
        `level_first`, `level_highest`, `amount_first`, `amount_second`, `amount_total` (of what counts as support; blank where an
            amount is blank, as an unknown amount is not zero), `province`,
        `sound`, `why`: whether its number is one, and why not. A row without a number stands for a firm of its own.
    `awards`: each row of the list (`row` is its label there), with the `year` that counts and its `state`, "again" for copies.
    `faults`: `row`, `firm`, `why` and `seen`: numbers that are none, dates that cannot be read or contradict one another, copies.
    `notes`: what to check, in sentences. `told`: which column tells what, and which date counts.
    """

    firms: pd.DataFrame
    awards: pd.DataFrame
    faults: pd.DataFrame
    notes: tuple[str, ...]
    told: Told

    @property
    def open(self) -> pd.DataFrame:
        """Return the awards without a completion: still running, cancelled, or not written down."""
        if self.told.completed is None:
            return self.awards.iloc[:0]
        odd = self.awards["row"].isin(self.faults.loc[self.faults["why"] == UNREADABLE, "row"])
        return self.awards[self.awards["completed"].isna() & self.awards["state"].isin([SUPPORTED, OPEN]) & ~odd]

    def __str__(self) -> str:
        return "\n".join(self.notes)


def roster(
    table: pd.DataFrame,
    firm: str,
    *,
    dated: Dated,
    awarded: str | None = None,
    completed: str | None = None,
    programme: str | None = None,
    level: str | None = None,
    levels: Sequence[object] | None = None,
    amount: str | None = None,
    province: str | None = None,
    numbers: bool = True,
) -> Roster:
    """Make one row per firm of a list with one row per award.

    dated: "completed" or "awarded", from which date support counts; the year of that date is the first supported year. Building
        takes six to nine months and often crosses a year's end, so the two give different years, which is counted in the notes.
    firm: the column of business numbers, checked digit by digit. numbers: False takes its labels as they are, for lists and
        panels under the same pseudonyms.
    awarded, completed: columns of dates: years, months or days, as text, numbers or dates (see `impact.intake.dates`).
    programme: its column, where firms have one row for each programme. level: its column; levels: every level from the lowest to
        the highest, where they are text. amount: its column, in any unit. province: its column, for the rates of a join.

    The same row twice, with the same day, counts once; another award of the same firm on the same day counts, and is listed. A
    list without days cannot show copies. That a firm has several places of business, each with a number, or has got a new number
    (on becoming a company, on registering anew), cannot be seen in numbers: such a firm is two firms here.

    Raises InputError where a column is absent, an amount or a level cannot be read, or the date that counts has no column.

    >>> table = pd.DataFrame({"no": ["124-81-00998", 1248100998], "award": ["2019-11", "2022.3."], "done": ["2020-05-31", None]})
    >>> made = roster(table, "no", dated="completed", awarded="award", completed="done")
    >>> made.firms[["firm", "state", "first_supported", "second_supported", "awards", "open"]].values.tolist()
    [['1248100998', 'supported', 2020, <NA>, 2, 1]]
    >>> made.notes[1]
    'First award and its completion in different years: 1 firm. The other date would change the first supported year.'
    """
    told = Told(firm, dated, awarded, completed, programme, level, levels, amount, province, numbers)
    read = awards(table, told)
    firms = marks.carried(table, _firms(read.rows, told))
    rows = marks.carried(table, read.rows.drop(columns=["order", *told.untold]))
    made = Roster(firms, rows, read.faults, (), told)
    return Roster(firms, rows, read.faults, (*_notes(made), *read.notes), told)


def _firms(rows: pd.DataFrame, told: Told) -> pd.DataFrame:
    """Gather the awards of each firm: which comes first and second is by date, then by the order of the list."""
    rows = rows.assign(firm=_named(rows), highest=_heights(rows["level"], told))
    rows = rows[rows["state"] != AGAIN].sort_values(["order"], kind="stable")
    keys = told.keys
    whole = rows.groupby(keys, sort=True)
    good = rows[rows["state"] == SUPPORTED]
    firms = pd.concat([_counts(rows, keys), _supports(good, keys, told)], axis=1)
    said = whole[["sound", "why", "province"]].first()
    firms["awarded"] = whole["awarded" if told.awarded else "completed"].min()
    firms = _states(firms).join(said).reset_index()
    return firms[[*keys, *(name for name in _ORDER if name in firms and name not in told.untold)]]


_ORDER = (
    "state", "first_supported", "second_supported", "awarded", *COUNTS, "level_first", "level_highest", "amount_first",
    "amount_second", "amount_total", "province", "sound", "why",
)  # fmt: skip


def _named(rows: pd.DataFrame) -> pd.Series:
    """Let each row without a number stand for a firm of its own."""
    return rows["firm"].where(rows["firm"].notna(), "no number: row " + rows["row"].astype(str))


def _heights(level: pd.Series, told: Told) -> pd.Series:
    """Return how high each level is: its place among the levels, or itself where it is a number."""
    if told.levels is None:
        return pd.to_numeric(level).astype(float)
    return level.map({one: at for at, one in enumerate(told.levels)}).astype(float)


def _counts(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    states = rows["state"]
    each = {
        "awards": states != AGAIN,
        "supports": states == SUPPORTED,
        "open": states == OPEN,
        "unclear": states == UNCLEAR,
    }
    return rows.assign(**each).groupby(keys)[list(COUNTS)].sum()


def _supports(good: pd.DataFrame, keys: list[str], told: Told) -> pd.DataFrame:
    """Return what is known of the first, the second and all supports of each firm."""
    by, nth = good.groupby(keys), good.groupby(keys).cumcount()
    first, second = (good[nth == place].set_index(keys) for place in (0, 1))
    parts = {"first_supported": first["year"], "second_supported": second["year"]}
    if told.level:
        parts |= {"level_first": first["level"], "level_highest": _highest(by["highest"].max(), told)}
    if told.amount:
        total = by["amount"].sum().where(by["amount"].count() == by.size())
        parts |= {"amount_first": first["amount"], "amount_second": second["amount"], "amount_total": total}
    return pd.DataFrame(parts)


def _highest(height: pd.Series, told: Told) -> pd.Series:
    if told.levels is None:
        return height
    return height.map(dict(enumerate(told.levels)))


def _states(firms: pd.DataFrame) -> pd.DataFrame:
    """Give each firm its state, and a 0 for a second support only where nothing about it is unknown."""
    supported, sure = firms["supports"] > 0, (firms["open"] + firms["unclear"]) == 0
    state = np.select([supported, firms["open"] > 0], [SUPPORTED, OPEN], UNCLEAR)
    once = (firms["supports"] == 1) & sure
    firms = firms.assign(state=state, second_supported=firms["second_supported"].mask(once, 0))
    if "amount_second" in firms:
        firms["amount_second"] = firms["amount_second"].mask(once, 0.0)
    return firms


def _notes(made: Roster) -> Iterator[str]:
    """Say what a list is like, and what in it needs a look."""
    date = "completion" if made.told.dated == "completed" else "award"
    number = made.firms["firm"].nunique()
    yield f"{counted(len(made.awards), 'award')} of {counted(number, 'firm')}; support counts from the year of {date}."
    yield from _different_years(made)
    yield from _open(made)
    yield from _odd(made)
    yield from _amounts(made)


def _different_years(made: Roster) -> Iterator[str]:
    both = made.awards[made.awards["state"] == SUPPORTED].dropna(subset=["awarded", "completed"])
    first = both.sort_values("year", kind="stable").drop_duplicates(made.told.keys)
    different = first.loc[first["awarded"] != first["completed"], "firm"].nunique()
    if different:
        said = counted(different, "firm")
        yield f"First award and its completion in different years: {said}. The other date would change the first supported year."


def _open(made: Roster) -> Iterator[str]:
    if not len(made.open):
        return
    many = counted(len(made.open), "award")
    if made.told.dated == "awarded":
        yield f"{many} without a completion (running, cancelled, or not written down): here support counts from the award on."
        return
    alone = counted(int((made.firms["state"] == OPEN).sum()), "firm")
    yield (
        f"{many} without a completion (running, cancelled, or not written down). Without any other support: {alone}; the first "
        "supported year of these is blank, not 0."
    )


def _odd(made: Roster) -> Iterator[str]:
    unclear = made.awards[made.awards["state"] == UNCLEAR]
    if len(unclear):
        yield (
            f"{counted(len(unclear), 'award')} without a date that can be taken as it stands: row {first_five(unclear['row'])}. "
            "Correct them at the source (see faults); until then the years of their firms may be wrong or blank."
        )
    copies, same = (made.faults.loc[made.faults["why"] == why, "row"] for why in (COPY, SAME_DAY))
    if len(copies):
        many = counted(len(copies), "row")
        yield f"{many} like one before, with the same firm and day, counted once: row {first_five(copies)}."
    if len(same):
        yield (
            f"{counted(len(same), 'row')} of a firm that has another award on the same day, counted as a second one: row "
            f"{first_five(same)}. Is one of them a correction of the other?"
        )


def _amounts(made: Roster) -> Iterator[str]:
    if made.told.amount is None:
        return
    known = made.awards[made.awards["state"] == SUPPORTED]
    blank, below = int(known["amount"].isna().sum()), made.faults.loc[made.faults["why"] == NEGATIVE, "row"]
    if blank:
        yield f"{counted(blank, 'support')} without an amount: totals of their firms are blank, as unknown is not zero."
    if len(below):
        yield f"{counted(len(below), 'amount')} below zero, added as they are: row {first_five(below)}. Is it money paid back?"
