"""Life tables: the share of firms that survive so many periods, supported and comparison firms counted from the same start.

Why not compare lifetimes of firms that were ever supported with those of others: whoever was supported in its sixth year lived
for six years, so these years are *immortal* (Suissa 2008), and support seems to save firms though it does nothing. Here time
begins with support, and comparison firms begin in the same periods, alive and not yet supported. What remains is no effect of
support either: firms that are chosen differ from others.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from impact import marks
from impact.errors import InputError, InputWarning, counted
from impact.intake.lifetimes import CLOSED, GONE, Lives
from impact.intake.product_limit import Flags, Numbers, Spells, survival

By = Literal["supported", "all"]
Later = Literal["kept", "censored"]
SUPPORTED, COMPARISON, ALL = "supported", "comparison", "all"
COLUMNS = (
    "group", "since", "at_risk", "closed", "gone", "gone_share", "hazard", "survival", "std_error", "lower", "upper", "worst",
    "best",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Starts:
    """Firms from a start on, one entry for each firm and start: its position, the start and its weight."""

    firm: npt.NDArray[np.int64]
    start: npt.NDArray[np.int64]
    weight: Numbers


def life_table(
    lives: Lives,
    since: Literal["support", "entry"] | int = "support",
    by: By = "supported",
    *,
    later: Later = "kept",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Return the share of firms that have not closed so many periods after a start, and how sure that is.

    S(t) = Π_{j ≤ t} (1 − d_j / n_j), with n_j firms at risk and d_j closures j periods after the start (Kaplan & Meier 1958). Its
    variance is S² Σ d_j / (n_j (n_j − d_j)) (Greenwood 1926), and the interval is S^exp(±z σ / log S) with σ² that sum, which
    stays between 0 and 1. Firms that are gone are at risk up to the period in which they were last seen.

    since: "support" counts supported firms from their first supported period. Comparison firms begin in the same periods: each is
        there once for every start in which it lived and was not supported yet, weighted so that starts are as frequent as among
        supported firms. As one firm then counts several times, the variance is that of sums over firms,
        Σ_i (Σ_j w (dN_ij − Y_ij d_j / n_j) / (n_j − d_j))², which without weights is Greenwood's; weights are taken as given.
        A period, such as 2018, counts all firms that lived in it from there: supported by then, and not supported by then
        (a landmark, Anderson, Cain & Gelber 1983). "entry" counts firms that entered after the panel's first period from the
        first period in which they were seen, which need not be their founding; it is of all firms only, as no firm is supported
        before it has lived until then.
    by: "supported" or "all".
    later: what becomes of comparison firms that are supported later: "kept" compares support then with support later or never,
        and leaves nobody out because of what came after; "censored" follows them up to their own support, which is right only
        where that has nothing to do with how long they would live.

    Returns one row for each `group` ("supported", "comparison", "all") and periods `since` the start: different firms `at_risk`,
    those that `closed` and those `gone` (last seen) then, the `gone_share` so far of all that began (weighted), `hazard`
    (weighted), `survival`, `std_error`, `lower`, `upper`, and bounds for the same firms, which hold whatever happened to those
    that are gone (Manski 1990): `worst` if each closed in the first period in which it is missing, `best` if none did. An
    interval is blank as long as nobody has closed. Firms whose support is not known are left out, as are supported firms that
    are not known to live in the period of support.

    Numbers of firms may be small: a table is for the researcher, and goes through `impact.disclosure`, by `at_risk`, before it
    leaves.

    Raises InputError where these choices do not go together or no firm is left; warns where supported firms are left out.

    Sources: Kaplan & Meier (1958), JASA 53, 457; Greenwood (1926), Reports on Public Health 33; Anderson, Cain & Gelber (1983),
    Journal of Clinical Oncology 1, 710; Manski (1990), American Economic Review 80, 319; Suissa (2008), American Journal of
    Epidemiology 167, 492.

    >>> from impact.intake.lifetimes import lives
    >>> frame = pd.DataFrame({"firm": list("aabbc"), "year": [2020, 2021] * 2 + [2020], "end": [0] * 4 + [2021]})
    >>> table = life_table(lives(frame, "firm", "year", closed="end"), 2020, by="all")
    >>> table[["since", "at_risk", "closed", "survival"]].round(2)
       since  at_risk  closed  survival
    0      0        3       0      1.00
    1      1        3       1      0.67
    """
    _refuse(lives, since, by, later)
    groups = _groups(lives, since, by)
    parts = [_group(name, lives, starts, later, confidence) for name, starts in groups.items()]
    return marks.carried(lives.firms, pd.concat(parts, ignore_index=True)[[*COLUMNS]])


def _refuse(lives: Lives, since: object, by: object, later: object) -> None:
    named = since in ("support", "entry")
    problems = []
    if not named and since not in lives.periods:
        problems.append(
            f"since must be 'support', 'entry' or a period of the panel; seen: {since!r}. It goes from {lives.periods[0]} to "
            f"{lives.periods[-1]}."
        )
    if by not in get_args(By):
        problems.append(f"by must be 'supported' or 'all'; seen: {by!r}. A life table is of these groups only.")
    if later not in get_args(Later):
        problems.append(
            f"later must be 'kept' or 'censored'; seen: {later!r}. It is of comparison firms supported later."
        )
    if by == "supported" and "first_supported" not in lives.firms:
        problems.append(
            "by='supported' needs to know who was supported when; lives were made without first_supported. Name its column, or "
            "take by='all'."
        )
    if (since, by) == ("entry", "supported"):
        problems.append(
            "since='entry' must not be by support: whoever was supported lived until then, so support would seem to save firms. "
            "Take since='support', or by='all'."
        )
    if (since, by) == ("support", "all"):
        problems.append(
            "since='support' must be by support, as firms never supported have no such start. Take by='supported'."
        )
    if problems:
        raise InputError(problems)


def _groups(lives: Lives, since: object, by: By) -> dict[str, _Starts]:
    """Return who is followed from when, in each group."""
    firms = lives.firms
    if since == "entry":
        groups = {ALL: _from(firms, firms["entered_late"].to_numpy(bool), firms["first_seen"].to_numpy())}
    elif since == "support":
        groups = _matched(lives)
    else:
        groups = _landmark(firms, int(since), by)  # type: ignore[call-overload]
    empty = [name for name, starts in groups.items() if not len(starts.firm)]
    if empty:
        raise InputError(
            f"Every group must have a firm that lived at its start; none: {', '.join(empty)}. Count from another period."
        )
    return groups


def _landmark(firms: pd.DataFrame, period: int, by: By) -> dict[str, _Starts]:
    alive, start = _alive(firms, period), np.full(len(firms), period)
    if by == "all":
        return {ALL: _from(firms, alive, start)}
    supported = _support(firms)
    now = (supported > 0) & (supported <= period)
    return {
        SUPPORTED: _from(firms, alive & now, start),
        COMPARISON: _from(firms, alive & ~now & (supported >= 0), start),
    }


def _matched(lives: Lives) -> dict[str, _Starts]:
    """Let comparison firms begin when supported firms do: alive then and not supported yet, as often as supported firms."""
    firms, supported = lives.firms, _support(lives.firms)
    ours = np.zeros(len(firms), dtype=bool)
    theirs = []
    for start in np.unique(supported[supported > 0]):
        alive = _alive(firms, int(start))
        begin, beside = alive & (supported == start), np.flatnonzero(alive & ((supported == 0) | (supported > start)))
        if begin.any() and len(beside):
            ours |= begin
            weight = np.full(len(beside), begin.sum() / len(beside))
            theirs.append(_Starts(beside, np.full(len(beside), start), weight))
    _warn(int((supported > 0).sum()), int(ours.sum()))
    return {SUPPORTED: _from(firms, ours, supported), COMPARISON: _all_of(theirs)}


def _warn(every: int, left: int) -> None:
    if left and every > left:
        warnings.warn(
            f"{counted(every - left, 'supported firm')} of {every:,} left out of the life table: not known to live in the period "
            "of support, or without a comparison firm then. A firm that is only seen later must have lived until then.",
            InputWarning,
            stacklevel=5,
        )


def _support(firms: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Return the first supported period of each firm; -1 where it is not known."""
    return np.asarray(firms["first_supported"].fillna(-1).to_numpy(np.int64))


def _alive(firms: pd.DataFrame, period: int) -> Flags:
    return np.asarray((firms["first_seen"] <= period) & (firms["alive_until"] >= period))


def _from(firms: pd.DataFrame, who: Flags, start: npt.NDArray[Any]) -> _Starts:
    at = np.flatnonzero(who)
    return _Starts(at, np.asarray(start[at], dtype=np.int64), np.ones(len(at)))


def _all_of(parts: list[_Starts]) -> _Starts:
    none = [_Starts(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))]
    firm, start, weight = (
        np.concatenate([getattr(one, name) for one in parts or none]) for name in ("firm", "start", "weight")
    )
    return _Starts(firm, start, weight)


def _group(name: str, lives: Lives, starts: _Starts, later: Later, confidence: float) -> pd.DataFrame:
    """Return the life table of one group: as seen, and if all or none of the firms that are gone had closed."""
    seen, worst, best = (_spells(lives, starts, gone, later, name) for gone in ("censored", "closed", "alive"))
    table = survival(seen, confidence)
    for bound, spells in (("worst", worst), ("best", best)):
        table[bound] = survival(spells, confidence)["survival"].reindex(table.index)
    return table.assign(group=name).reset_index()


def _spells(lives: Lives, starts: _Starts, gone: str, later: Later, name: str) -> Spells:
    """Follow each entry to its closure, else to the last period in which its firm is known to have lived."""
    firms = lives.firms.iloc[starts.firm]
    state, until = firms["state"].to_numpy(), firms["alive_until"].to_numpy(np.int64)
    lost, closes = state == GONE, state == CLOSED
    end = np.where(closes, firms["closed"].fillna(0).to_numpy(np.int64), until)
    if gone == "closed":
        end, closes = np.where(lost, _next(lives, until), end), closes | lost
    if gone == "alive":
        end = np.where(lost, lives.periods[-1], end)
    if later == "censored" and name == COMPARISON:
        end, closes, lost = _until_support(_support(firms), end, closes, lost)
    return Spells(starts.firm, starts.weight, end - starts.start, closes, lost)


def _next(lives: Lives, until: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the period of the panel after one."""
    periods = np.array(lives.periods)
    return np.asarray(periods[np.minimum(np.searchsorted(periods, until, side="right"), len(periods) - 1)])


def _until_support(
    supported: npt.NDArray[np.int64], end: npt.NDArray[np.int64], closes: Flags, lost: Flags
) -> tuple[npt.NDArray[np.int64], Flags, Flags]:
    """Follow firms that are supported later up to that period: were they not at risk in it, those who close would weigh more."""
    first = (supported > 0) & (supported <= end)
    return np.where(first, supported, end), closes & ~first, lost & ~first
