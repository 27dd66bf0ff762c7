"""Dates as lists of support have them: years, months or days, as text, numbers or dates, in one column."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

YEAR, MONTH, DAY = r"((?:19|20)\d{2})", r"(0?[1-9]|1[0-2])", r"(0?[1-9]|[12]\d|3[01])"
BETWEEN = r"\s*[-./년월]\s*"
ALONE = re.compile(rf"^(?:FY\s?)?{YEAR}\s*(?:\.|년도?)?$")
PART = re.compile(rf"^{YEAR}\s*[-./년]?\s*(?:상반기|하반기|[1-4]\s?/?\s?분기|[Qq][1-4]|[Hh][12])$")
WRITTEN = re.compile(rf"^{YEAR}{BETWEEN}{MONTH}(?:{BETWEEN}{DAY})?\s*[.월일]?(?:[ T]\d{{1,2}}:\d{{2}}.*)?$")
PACKED = re.compile(rf"^{YEAR}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])?$")
WAYS = (ALONE, PART, WRITTEN, PACKED)
HUNDRED = 100


@dataclass(frozen=True, eq=False)
class Dates:
    """A column of dates in the order of its rows: `year`, `month` and `day`, 0 where unknown.

    blank: rows where nothing stands. unreadable: rows where something stands that is no date from 1900 to 2099. seen: the texts.
    """

    year: npt.NDArray[np.int64]
    month: npt.NDArray[np.int64]
    day: npt.NDArray[np.int64]
    blank: npt.NDArray[np.bool_]
    unreadable: npt.NDArray[np.bool_]
    seen: npt.NDArray[np.object_]

    @property
    def order(self) -> npt.NDArray[np.int64]:
        """Return a number for each row by which dates are sorted, such as 20210731; what is unknown is 0."""
        return (self.year * HUNDRED + self.month) * HUNDRED + self.day

    def before(self, other: Dates) -> npt.NDArray[np.bool_]:
        """Tell which dates are before those of another column as far as both are known: July 2021 is not before 2021.

        >>> dates(["2021", "2021-06"]).before(dates(["2021-07", "2021-07"])).tolist()
        [False, True]
        """
        known = (self.year > 0) & (other.year > 0)
        months = (self.year == other.year) & (self.month > 0) & (other.month > 0)
        days = months & (self.month == other.month) & (self.day > 0) & (other.day > 0)
        earlier = (self.year < other.year) | (months & (self.month < other.month)) | (days & (self.day < other.day))
        return np.asarray(known & earlier)


def dates(values: Iterable[object]) -> Dates:
    """Read dates, each by what stands there: 2021, "2021-07", "2021.7.", 20210731, "2021/12", "2021년 7월", a date.

    Two digits of a year, or the number by which a spreadsheet keeps a day (44408), are listed as unreadable, not guessed.
    Of a number with a point, such as 2021.1, only the year is taken: it may be January or October.

    >>> read = dates(["2021-07", "2021.7.", 20210731, "2021/12", None, "21.7.1"])
    >>> read.year.tolist(), read.month.tolist(), read.unreadable.tolist()[-1]
    ([2021, 2021, 2021, 2021, 0, 0], [7, 7, 7, 12, 0, 0], True)
    """
    given = pd.Series(values if isinstance(values, pd.Series) else list(values), dtype=object)
    which, different = pd.factorize(given.to_numpy(), use_na_sentinel=True)
    texts = [*map(_plain, different), ""]  # the last one is of blank rows, whose place is -1
    parts = np.array([*map(_parts, texts)], dtype=np.int64).reshape(-1, 3)
    year, month, day = parts[which].T
    blank = np.array([not text for text in texts])[which]
    return Dates(year, month, day, blank, ~blank & (year == 0), np.array(texts, dtype=object)[which])


def _plain(value: object) -> str:
    """Write a value as text: a number without what follows its point, a day without its hour."""
    if isinstance(value, float | np.floating):
        return str(int(value)) if np.isfinite(value) else str(value)
    if hasattr(value, "strftime"):
        return str(value.strftime("%Y-%m-%d"))
    return str(value).strip().removesuffix(".0")


def _parts(text: str) -> tuple[int, int, int]:
    found = next(filter(None, (way.match(text) for way in WAYS)), None)
    if found is None:
        return 0, 0, 0
    year, month, day = (int(part or 0) for part in (*found.groups(), None, None)[:3])
    return year, month, day
