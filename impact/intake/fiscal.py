"""Fiscal years as calendar years: a firm that closes its books in March 2024 did most of that business in 2023.

Convention: a fiscal year counts for the calendar year in which at least six of its twelve months lie. A year that closes in June
or later counts for the year in which it closes, one that closes from January to May for the year before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import pandas as pd

from impact.errors import InputError, counted
from impact.intake._reading.grid import shown

SIX_MONTHS, DECEMBER = 6, 12
PERIOD = re.compile(
    r"(?:FY\s?)?(?P<year>(?:19|20)\d{2})"
    r"(?:(?P<digits>0[1-9]|1[0-2])(?:\d{2})?"
    r"|\s*(?:[./-]|년도?)\s*(?:(?P<month>0?[1-9]|1[0-2])\s*(?:월|(?=\D|$))(?:\s*[./-]?\s*\d{1,2}\s*일?)?)?)?(?:\s*결산)?"
)


def calendar_year(period: object, closing_month: int | None = None) -> int:
    """Return the calendar year for which a fiscal year counts.

    period: the year, or year and month, in which the books were closed: 202403, 2024/12, 2024-03-31, 2024년 3월, FY2024.
    closing_month: the month, where the period does not say it.

    >>> calendar_year("202403"), calendar_year("2024/06"), calendar_year(2024, 3)
    (2023, 2024, 2023)
    """
    frame = fiscal_year([period], None if closing_month is None else [closing_month])
    return int(frame["year"].iloc[0])


def fiscal_year(periods: Iterable[object], closing_months: Iterable[object] | None = None) -> pd.DataFrame:
    """Return for each period the calendar `year`, the `closing_month`, and whether it closes in December (`calendar`).

    Rows keep the index of `periods`. Firms whose year is another are those where `calendar` is false; `said` names them.

    >>> fiscal_year(pd.Series(["202312", "2024/03"], index=["A", "B"])).to_dict("list")
    {'year': [2023, 2023], 'closing_month': [12, 3], 'calendar': [True, False]}
    """
    given = periods if isinstance(periods, pd.Series) else pd.Series(list(periods), dtype=object)
    found = {text: PERIOD.fullmatch(_plain(text)) for text in given.unique()}
    months = given.map({text: _month(match) for text, match in found.items()})
    if closing_months is not None:
        beside = pd.to_numeric(pd.Series(list(closing_months), index=given.index), errors="coerce").fillna(0)
        months = months.where(months > 0, beside).astype(int)
    wrong = given.map({text: match is None for text, match in found.items()}).astype(bool) | ~months.between(
        1, DECEMBER
    )
    if wrong.any():
        raise InputError(
            f"A fiscal year must say year and month of closing, such as 202312 or 2023/12; {counted(int(wrong.sum()), 'row')} "
            f"not: {shown(given[wrong].unique())}. Correct them, or give the months as closing_months."
        )
    closed = given.map({text: int(match["year"]) for text, match in found.items() if match}).astype(int)
    return pd.DataFrame(
        {"year": closed - (months < SIX_MONTHS), "closing_month": months, "calendar": months == DECEMBER}
    )


def said(years: pd.DataFrame) -> list[str]:
    """Name the firms (by index) whose fiscal year is not the calendar year.

    >>> said(fiscal_year(pd.Series(["202312", "2024/03"], index=["A", "B"])))[0][:65]
    '1 row closes its books in another month than December: B (3). Eac'
    """
    other = years[~years["calendar"]]
    if other.empty:
        return []
    named = [f"{label} ({month})" for label, month in other["closing_month"].items()]
    verb = "closes its" if len(other) == 1 else "close their"
    return [
        f"{counted(len(other), 'row')} {verb} books in another month than December: {shown(dict.fromkeys(named))}. Each "
        "counts for the calendar year with at least six of its months."
    ]


def _month(found: re.Match[str] | None) -> int:
    """Return the month that a period says, or 0."""
    return int(found["digits"] or found["month"] or 0) if found else 0


def _plain(period: object) -> str:
    """Write a period as text: a number without a point, a day without its hour."""
    if isinstance(period, float) and period.is_integer():
        return str(int(period))
    if isinstance(period, pd.Timestamp):
        return period.strftime("%Y-%m-%d")
    return str(period).strip().removesuffix(".0")
