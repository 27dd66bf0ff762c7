"""Marks that stand for a number in statistical tables: zero, missing and suppressed are three things."""

from __future__ import annotations

from collections.abc import Mapping

from impact.errors import InputError
from impact.intake._reading.grid import shown

ZERO, MISSING, SUPPRESSED, UNREADABLE = "zero", "missing", "suppressed", "unreadable"
STATES = (ZERO, MISSING, SUPPRESSED, UNREADABLE)
# KOSIS explains its signs below every table: "-" no figure (0), "…" unknown, "X" withheld to protect those who answered.
MARKS: Mapping[str, str] = {
    **dict.fromkeys(("-", "–", "—", "－", "‐", "−"), ZERO),
    **dict.fromkeys(("…", "...", "....", "‥", "na", "n/a", "nan", "null", "미상", "."), MISSING),
    **dict.fromkeys(("x", "*", "**", "***", "ｘ", "＊", "×"), SUPPRESSED),
    **dict.fromkeys(("#n/a", "#div/0!", "#value!", "#ref!", "#name?", "#num!", "#null!"), UNREADABLE),
}


def marks_with(given: Mapping[str, str] | None) -> dict[str, str]:
    """Return what each mark means, in small letters; those that are given go first.

    >>> marks_with({"-": "missing"})["-"], marks_with(None)["x"]
    ('missing', 'suppressed')
    """
    wrong = {mark: state for mark, state in (given or {}).items() if state not in STATES}
    if wrong:
        raise InputError(
            f"A mark must stand for {', '.join(STATES)}; seen: {shown(map(' for '.join, wrong.items()))}. "
            'Write marks={"-": "missing"}.'
        )
    return {**MARKS, **{mark.strip().lower(): state for mark, state in (given or {}).items()}}
