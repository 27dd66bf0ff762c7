"""A roster joined to a panel by number: who is found, who is not, and whether the two differ.

Firms of the roster that are not in the panel are in no estimate: where they differ from those that are, the estimate is of other
firms than the programme's. In the panel, 0 is never supported, and blank is not known.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from impact import marks
from impact.errors import InputError, counted, first_five
from impact.intake import losses
from impact.intake.awards import OPEN, UNCLEAR, Labels, labels_of
from impact.intake.rosters import Roster

NEVER, UNSOUND = "never", "number not sound"
ABSENT = "not in the panel"
ADDED = ("first_supported", "second_supported", "support_level", "support_amount", "support_state", "other_supported")
LARGE = 0.25  # normalised difference beyond which groups are too unlike for a regression alone (Imbens & Wooldridge 2009, 24)


@dataclass(frozen=True, eq=False)
class Joined:
    """A panel with support, and what was found on the way.

    `frame`: the panel, row by row as it was, with
        `first_supported`, `second_supported`: years; 0 is never, blank is not known,
        `support_state`: "supported", "never" (not in the roster), "open" (an award without completion), "unclear" (dates that
            contradict one another), "number not sound" (could not be looked up),
        `support_level`, `support_amount`: of the first support, where the roster tells; later ones may follow from what the first
            one did (see `Roster.firms` for them). The amount of firms never supported is 0, an unknown one is blank,
        `other_supported`: first year of support by another programme of the roster, where it has several; 0 and blank as above.
    `rates`: by "all", "year" (of the first award) and "province": `firms` of the roster, how many are `joined` and
        `not_joined`, and the `share` joined. Each firm counts once; a row of the list without a number counts as a firm.
    `not_joined`: firms of the roster that are not in the panel, with `why`: "not in the panel", or what is wrong with the number.
    `only_after`: firms that are in the panel from the year of support or later only: nothing is known of them before.
    `differ`: means of what the roster knows, joined and not joined, and their `normalised` difference
        (x̄₁ − x̄₀) / √((s₁² + s₀²) / 2); over 0.25 is large (Imbens & Wooldridge 2009, Journal of Economic Literature 47, 24).
    `notes`: what to check, in sentences.
    """

    frame: pd.DataFrame
    rates: pd.DataFrame
    not_joined: pd.DataFrame
    only_after: pd.DataFrame
    differ: pd.DataFrame
    notes: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(self.notes)


@dataclass(frozen=True, eq=False)
class _Met:
    """Firms of the roster by number, whether they are `joined`, and those of other programmes.

    `which`: the place of each row's firm among the `different` ones of the panel, -1 where it has none; `sound`: which are.
    """

    firms: pd.DataFrame
    others: pd.DataFrame | None
    which: npt.NDArray[np.int64]
    different: pd.Index
    sound: npt.NDArray[np.bool_]


def join(panel: pd.DataFrame, roster: Roster, firm: str, period: str, programme: str | None = None) -> Joined:
    """Give each row of a panel the support of its firm; no row is added, dropped or moved, and the panel is left as it was.

    firm: the panel's column of business numbers (or of labels, where the roster was made with numbers=False). period: its column
    of years. programme: which programme's support is meant, where the roster has several.

    Firms whose support is not known are blank, and `impact.estimate` refuses them: leave out those rows, and say how many they
    are. A firm that has several numbers, or got a new one, may be in the panel under another: it is then not joined, or its rows
    before are of another firm, which is never supported. Numbers alone cannot show it.

    Raises InputError where the panel has no such column or has columns of the names above, or the programme is not named.

    >>> from impact.intake.rosters import roster
    >>> awards = pd.DataFrame({"no": ["124-81-00998", "1248100997"], "year": [2020, 2021]})
    >>> made = roster(awards, "no", dated="awarded", awarded="year")
    >>> panel = pd.DataFrame({"firm": [1248100998, 1248100998, 9108128500], "year": [2019, 2020, 2020]})
    >>> joined = join(panel, made, "firm", "year")
    >>> joined.frame["first_supported"].tolist(), joined.not_joined["why"].tolist()
    ([2020, 2020, 0], ['number: check digit'])
    """
    _refuse(panel, roster, firm, period, programme)
    met = _met(labels_of(panel[firm], roster.told.numbers), roster, programme)
    simulated = marks.is_simulated(panel) or marks.is_simulated(roster.firms)
    frame = panel.assign(**{name: values.set_axis(panel.index) for name, values in _added(met).items()})
    after = _only_after(met, panel[period])
    parts = (frame, losses.rates(met.firms), _not_joined(met.firms), after, losses.differences(met.firms))
    whole, rates, lost, late, differ = (marks.marked(part) if simulated else part for part in parts)
    made = Joined(whole, rates, lost, late, differ, notes=())
    return replace(made, notes=tuple(_notes(made, met)))


def _refuse(panel: pd.DataFrame, roster: Roster, firm: str, period: str, programme: str | None) -> None:
    problems = [*_columns(panel, firm, period), *_programme(roster, programme)]
    if problems:
        raise InputError(problems)


def _columns(panel: pd.DataFrame, firm: str, period: str) -> Iterator[str]:
    absent = [name for name in (firm, period) if name not in panel]
    if absent:
        yield f"A panel must have the columns that are named; absent: {first_five(absent)}. It has: {first_five(panel.columns)}."
    elif not pd.api.types.is_numeric_dtype(panel[period]):
        seen = first_five(panel[period].unique())
        yield (
            f"The periods of a panel must be numbers, such as 2019; '{period}' holds {seen}. Take the year of each "
            "(impact.intake.fiscal_year)."
        )
    if taken := [name for name in ADDED if name in panel]:
        yield (
            f"A panel must not have the columns that joining adds; it has {first_five(taken)}. Rename or drop them: support "
            "must come from one source."
        )


def _programme(roster: Roster, programme: str | None) -> list[str]:
    known = roster.firms["programme"].unique().tolist() if "programme" in roster.firms else []
    if programme is None and len(known) > 1:
        return [
            f"One programme must be named, as the roster has several: {first_five(known)}. Write programme={known[0]!r}; "
            "support by others comes as other_supported."
        ]
    if programme is not None and programme not in known:
        return [f"The programme must be one of the roster; seen: {programme!r}. It has: {first_five(known) or 'none'}."]
    return []


def _met(labels: Labels, roster: Roster, programme: str | None) -> _Met:
    """Look up each different firm of the panel among those of the roster whose numbers are sound."""
    which, different = pd.factorize(labels.values)
    sound = np.zeros(len(different), dtype=bool)
    sound[which[labels.sound]] = True
    firms, others = _parts(roster, programme)
    found = firms.index.isin(different[sound]) & firms["sound"].to_numpy(bool)
    return _Met(firms.assign(joined=found), others, which, pd.Index(different), sound)


def _parts(roster: Roster, programme: str | None) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Return the firms of a programme by number, and those of the others, each once, where there are others."""
    if "programme" not in roster.firms:
        return roster.firms.set_index("firm"), None
    mine = roster.firms["programme"] == (roster.firms["programme"].iloc[0] if programme is None else programme)
    others = roster.firms[~mine].sort_values("first_supported", kind="stable").drop_duplicates("firm")
    return roster.firms[mine].set_index("firm"), others.set_index("firm") if len(others) else None


def _added(met: _Met) -> dict[str, pd.Series]:
    """Return the columns that are added to the panel, for each of its rows."""
    known = _known(met.firms, met)
    added = {
        "first_supported": known["first_supported"],
        "second_supported": known["second_supported"],
        "support_state": known["state"],
    }
    if "level_first" in known:
        added["support_level"] = known["level_first"]
    if "amount_first" in known:
        added["support_amount"] = known["amount_first"].mask(known["state"] == NEVER, 0.0)
    if met.others is not None:
        added["other_supported"] = _known(met.others, met)["first_supported"]
    return {name: values.iloc[met.which] for name, values in added.items()}


def _known(firms: pd.DataFrame, met: _Met) -> pd.DataFrame:
    """Return what is known of each different firm of the panel, and last of a firm without a number, whose place is -1."""
    sound = np.append(met.sound, False)
    known = firms[firms["sound"].astype(bool)].reindex(met.different.where(met.sound).append(pd.Index([None])))
    never = sound & known["state"].isna().to_numpy()
    state = known["state"].astype(object).mask(never, NEVER).mask(~sound, UNSOUND)
    years = {name: known[name].mask(never, 0) for name in ("first_supported", "second_supported")}
    return known.assign(state=state, **years)


def _not_joined(firms: pd.DataFrame) -> pd.DataFrame:
    lost = firms[~firms["joined"]].drop(columns=["joined", "sound"])
    return lost.assign(why=("number: " + lost["why"].astype(object)).where(lost["why"] != "", ABSENT)).reset_index()


def _only_after(met: _Met, period: pd.Series) -> pd.DataFrame:
    """List joined firms whose first row is of the year of support or later."""
    first = period.groupby(met.which).min()
    first = pd.Series(first.to_numpy(), index=[*(met.different[at] if at >= 0 else None for at in first.index)])
    firms = met.firms[met.firms["joined"]][["first_supported"]]
    seen = firms.assign(first_period=first.reindex(firms.index)).rename_axis("firm").reset_index()
    return seen[(seen["first_period"] >= seen["first_supported"]).fillna(False).to_numpy(bool)].reset_index(drop=True)


def _notes(made: Joined, met: _Met) -> Iterator[str]:
    """Say how many firms are not joined, whether they are unlike the others, and whose support is not known."""
    yield from _not_joined_said(made, met)
    yield from _differ_said(made)
    if len(made.only_after):
        yield (
            f"{counted(len(made.only_after), 'supported firm')} in the panel only from the year of support on: nothing is known "
            "before, so no change of theirs can be measured (see only_after)."
        )
    yield from _blank_said(made, met)


def _not_joined_said(made: Joined, met: _Met) -> Iterator[str]:
    every, lost = len(met.firms), len(made.not_joined)
    yield f"{every - lost:,} of {counted(every, 'firm')} of the roster are in the panel ({(every - lost) / every:.1%})."
    if not lost:
        return
    numbers = int((made.not_joined["why"] != ABSENT).sum())
    yield (
        f"{counted(lost, 'firm')} of the roster not joined: {lost - numbers:,} not in the panel, {numbers:,} with a number that "
        "is none. No estimate is of them, and in the panel some may stand as never supported, under another number."
    )
    same = int((made.not_joined["firm"].isin(met.different[~met.sound])).sum())
    if same:
        yield (
            f"{counted(same, 'number')} not sound in the roster and alike in the panel. If both hold pseudonyms and no business "
            "numbers, make the roster with numbers=False."
        )


def _differ_said(made: Joined) -> Iterator[str]:
    large = made.differ[made.differ["normalised"].abs() > LARGE]
    if len(large):
        order = large["normalised"].abs().round(6).sort_values(ascending=False, kind="stable").index
        named = [
            f"{one.what} {one.value}".strip() + f" ({one.normalised:+.2f})" for one in large.loc[order].itertuples()
        ]
        yield (
            f"Joined firms differ from those not joined in {first_five(named)} (normalised difference over {LARGE}): an estimate "
            "is of the joined ones, not of all that were supported (see differ and rates)."
        )


def _blank_said(made: Joined, met: _Met) -> Iterator[str]:
    blank = made.frame["first_supported"].isna().to_numpy()
    if blank.any():
        state = made.frame["support_state"].to_numpy()[blank]
        firms = pd.Series(state).groupby(met.which[blank]).first().value_counts()
        named = ", ".join(f"{firms[name]:,} {why}" for name, why in WHY_BLANK.items() if name in firms)
        yield (
            f"first_supported is blank in {counted(int(blank.sum()), 'row')} of the panel: {named}. They are not known to be "
            'never supported: leave them out with frame.dropna(subset="first_supported").'
        )


WHY_BLANK = {
    OPEN: "with awards but no completion",
    UNCLEAR: "with dates that are unclear",
    UNSOUND: "with a number that is none",
}
