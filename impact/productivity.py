"""Productivity is real: value added per worker, an index of total factor productivity, an outlier rule, job growth.

Every function takes columns of one firm × year table, row by row, and gives back an array in the order of the rows; nothing that
it is given is changed, and rows are never dropped. Blanks stay blank. A deflator that all firms share moves every logarithm of a
year alike, so it cancels in a comparison of firms within years; one for each industry does not, and is the one that matters.
Deflators and their sources stand in `impact.prices`; its functions are known here, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from impact.errors import InputError, counted, first_five
from impact.firm_years import YEARS, beside, labels, numbers, seen_in, years_of
from impact.prices import deflator_sources, deflators, names, real

__all__ = [
    "deflator_sources",
    "deflators",
    "job_growth",
    "names",
    "outliers",
    "outliers_in_words",
    "real",
    "tfp_index",
    "value_added_per_worker",
]
MAD = 1.4826  # times the median absolute deviation is the standard deviation of a normal distribution
SOURCE = {
    "tfp_index": "Caves, Christensen and Diewert (1982), Economic Journal 92(365). doi:10.2307/2232257",
    "outliers": "Rousseeuw and Croux (1993), Journal of the American Statistical Association 88(424). "
    "doi:10.1080/01621459.1993.10476408",
    "job_growth": "Davis and Haltiwanger (1992), Quarterly Journal of Economics 107(3). doi:10.2307/2118365; "
    "Davis, Haltiwanger and Schuh (1996), Job Creation and Destruction, MIT Press",
}


def value_added_per_worker(
    value_added: ArrayLike, workers: ArrayLike, year: ArrayLike, deflator: Any = "ppi"
) -> np.ndarray:
    """Return labour productivity: real value added of a firm in a year for each of its workers.

    value_added: at the prices of its year, in any unit of money, which is the unit of what comes back. A loss can make it zero or
        negative; it stays, because leaving such firms out would select the better ones. Its logarithm is refused later, where a
        study asks for one: use the level, asinh, or growth that is defined at zero.
    workers: above zero wherever value added is known. The row of a closed firm (no workers, blank value added) stays blank.
    year, deflator: as in `real`.

    Raises `InputError` for value added without workers.

    >>> value_added_per_worker([533.4, -150.0], [5, 3], [2020, 2020]).round(2).tolist()
    [106.68, -50.0]
    """
    amounts, staff = real(value_added, year, deflator), numbers("workers", workers)
    beside(value_added=amounts, workers=staff)
    nobody = np.flatnonzero((staff <= 0) & ~np.isnan(amounts))
    if len(nobody):
        raise InputError(
            f"Value added per worker needs workers above zero; seen: {counted(len(nobody), 'row')} with value added and none: "
            f"{seen_in(nobody, staff)}. Count the owner who works, or blank value added where a firm was closed."
        )
    out = np.full(len(staff), np.nan)
    np.divide(amounts, staff, out=out, where=staff > 0)
    return out


def tfp_index(
    value_added: ArrayLike,
    capital: ArrayLike,
    workers: ArrayLike,
    industry: ArrayLike,
    year: ArrayLike,
    labour_share: ArrayLike,
) -> np.ndarray:
    """Return the log of total factor productivity: how much more a firm makes of its inputs than the mean firm of its industry
    and year.

        ln TFP_it = (v_it − v̄_jt) − s_it (l_it − l̄_jt) − (1 − s_it)(k_it − k̄_jt),    s_it = (S_it + S̄_jt) / 2

    in logs of value added v, workers l and capital k; a bar is the mean over firms of industry j in year t, and S is labour's
    share of costs. 0.1 is about ten per cent more than the mean firm. Constant returns, and inputs that are paid what they add,
    are assumed; nothing is estimated. It compares firms within an industry and year: what moves a whole industry cancels, and so
    does a deflator or a unit of money that its firms share, so that nominal amounts give the same as real ones.

    value_added, capital, workers: above zero. industry: any labels; a blank gives a blank. year: whole numbers of four digits.
    labour_share: between 0 and 1, one number or one a row: wages / (wages + cost of capital), or the industry's mean share of
        wages in value added. A firm's own share of value added jumps with its luck, and above 1 in a loss.

    A firm with a blank among its numbers has a blank and is no part of the means; so has a firm alone in its industry and year.
    Raises `InputError` for amounts that have no log and for shares outside 0 to 1.

    Source: Caves, Christensen and Diewert (1982), Economic Journal 92(365). doi:10.2307/2232257, with value added as the
    one output, and the mean firm of the industry and year as the firm that all are compared with.

    >>> tfp_index([100, 200], [50, 50], [10, 10], ["a", "a"], [2020, 2020], 0.6).round(3).tolist()
    [-0.347, 0.347]
    """
    amounts = {"value added": value_added, "capital": capital, "workers": workers}
    known = {name: numbers(name, column) for name, column in amounts.items()}
    group, share = _groups(industry, year), numbers("labour_share", labour_share)
    beside(**{name.replace(" ", "_"): column for name, column in known.items()}, industry=group)
    share = np.broadcast_to(share, len(group)) if share.ndim == 0 else share
    beside(labour_share=share, industry=group)
    _fail_if_without_log(known)
    _fail_if_no_share(share)
    v, k, l = (np.log(column) for column in known.values())  # noqa: E741, the paper's letter
    rows = np.flatnonzero((group >= 0) & np.isfinite(v + k + l + share))
    group, count = _numbered(group[rows])
    s = (share[rows] + _mean(share[rows], group, count)[group]) / 2
    v, k, l = (x[rows] - _mean(x[rows], group, count)[group] for x in (v, k, l))  # noqa: E741
    alone = np.bincount(group, minlength=count)[group] == 1
    out = np.full(len(share), np.nan)
    out[rows] = np.where(alone, np.nan, v - s * l - (1 - s) * k)
    return out


def outliers(
    values: ArrayLike, industry: ArrayLike, year: ArrayLike, width: float = 5.0, least: int = 10
) -> np.ndarray:
    """Mark firm-years whose log lies further than `width` robust standard deviations from the median of their industry and year.

        |x_it − med_jt| > width × 1.4826 × MAD_jt,    x = log(value),    MAD_jt = med |x − med_jt|

    The rule is meant for slips, such as won in place of thousand won (6.9 in logs), of which median and MAD take no notice. Of
    normal logs a width of 5 marks about one in two million; firms have heavier tails than that, so look at what is marked.

    values: amounts; blank, zero and negative ones have no log and are not marked. width: above zero.
    least: the fewest known values by which an industry and year are judged; nor are they judged where half of them are equal.

    Returns an array of true and false; nothing is changed or dropped. `outliers_in_words` counts what is marked.

    Source: Rousseeuw and Croux (1993), Journal of the American Statistical Association 88(424).
    doi:10.1080/01621459.1993.10476408

    >>> sales = [90.0, 95, 100, 105, 110, 115, 120, 125, 130, 120_000]
    >>> outliers(sales, ["C29"] * 10, [2020] * 10).tolist().index(True)
    9
    """
    return _distances(values, industry, year, width, least) > width


def outliers_in_words(
    values: ArrayLike, industry: ArrayLike, year: ArrayLike, width: float = 5.0, least: int = 10
) -> str:
    """Say how many values `outliers` marks, by what rule, and how many it could not judge.

    >>> sales = [90.0, 95, 100, 105, 110, 115, 120, 125, 130, 120_000, None]
    >>> print(outliers_in_words(sales, ["C29"] * 11, [2020] * 11))
    1 of 10 values is marked: its log lies further than 5 robust standard deviations (1.4826 × MAD) from the median of its \
industry and year. 1 row could not be judged (blank, zero or negative, or fewer than 10 values to judge by). Nothing was changed.
    """
    distances = _distances(values, industry, year, width, least)
    judged, marked = int((~np.isnan(distances)).sum()), int((distances > width).sum())
    are, their = ("is marked: its log lies", "its") if marked == 1 else ("are marked: their logs lie", "their")
    return (
        f"{marked:,} of {counted(judged, 'value')} {are} further than {width:g} robust standard deviations ({MAD} × MAD) from "
        f"the median of {their} industry and year. {counted(len(distances) - judged, 'row')} could not be judged (blank, zero or "
        f"negative, or fewer than {least} values to judge by). Nothing was changed."
    )


def job_growth(workers: ArrayLike, unit: ArrayLike, year: ArrayLike, founded: ArrayLike | None = None) -> np.ndarray:
    """Return the growth of a firm's jobs on the year before, in a measure that is defined at entry and exit.

        g_it = (E_it − E_i,t−1) / ((E_it + E_i,t−1) / 2)

    It lies between −2 (all jobs lost) and +2 (all jobs new), is symmetric, and is close to the change in logs where that is small
    (0.0952 and 0.0953 for ten per cent). Weighted by (E_it + E_i,t−1) / 2 it adds up to the growth of all jobs.

    workers: E, zero or more. unit: the firm. year: whole numbers; the year before is the one less by 1.
    founded: the year in which the firm was founded, on each of its rows; blank where it is not known.

    Entry is +2 where the year before is known to be without jobs: a row with zero workers, or `founded` in the year itself and no
    count for the year before. A first row is no entry by itself: the firm may have been there and not in the data. Exit is −2
    where a row says zero workers after a year with some. A firm that only vanishes from the data has no row for its exit: add a
    row with zero workers in the year it closed (from a business register) before calling this.
    Blank: the year before is not observed, either count is blank, or both are zero.

    Raises `InputError` for negative workers, a blank unit, and a unit with two rows in a year.

    Source: Davis and Haltiwanger (1992), Quarterly Journal of Economics 107(3). doi:10.2307/2118365; Davis, Haltiwanger and
    Schuh (1996), Job Creation and Destruction, MIT Press.

    >>> job_growth([10, 30, 0], ["a", "a", "a"], [2019, 2020, 2021], founded=[2019, 2019, 2019]).tolist()
    [2.0, 1.0, -2.0]
    """
    staff, years = numbers("workers", workers), years_of(year)
    units = pd.factorize(labels(unit))[0]
    beside(workers=staff, unit=units, year=years)
    _fail_if_no_jobs_or_firm(staff, units)
    key = units * (int(np.ptp(years)) + 2) + (years - years.min()) if len(years) else units
    order = slice(None) if (np.diff(key) > 0).all() else np.argsort(key, kind="stable")
    step, now = np.diff(key[order]), staff[order]
    _fail_if_twice(step, years[order])
    before = np.full(len(now), np.nan)
    before[1:][step == 1] = now[:-1][step == 1]
    if founded is not None:
        start = numbers("founded", founded)
        beside(founded=start, workers=staff)
        before[np.isnan(before) & (start[order] == years[order])] = 0
    out = np.empty(len(now))
    with np.errstate(invalid="ignore"):
        out[order] = 2 * (now - before) / (now + before)
    return out


def _fail_if_without_log(columns: Mapping[str, np.ndarray]) -> None:
    problems = []
    for name, column in columns.items():
        low = np.flatnonzero(column <= 0)
        if len(low):
            problems.append(
                f"The index needs {name} above zero, for its log; seen: {counted(len(low), 'row')} without: "
                f"{seen_in(low, column)}. Blank them and say how many firms that leaves out, or use "
                "value added per worker, which keeps them."
            )
    if problems:
        raise InputError(problems)


def _fail_if_no_share(share: np.ndarray) -> None:
    wrong = np.flatnonzero((share < 0) | (share > 1))
    if len(wrong):
        raise InputError(
            f"Labour's share must lie between 0 and 1; seen: {counted(len(wrong), 'row')} outside: "
            f"{seen_in(wrong, share)}. Use its share of costs, or the industry's mean share."
        )


def _fail_if_no_jobs_or_firm(staff: np.ndarray, units: np.ndarray) -> None:
    problems, negative = [], np.flatnonzero(staff < 0)
    if len(negative):
        problems.append(
            f"Workers must be zero or more; seen: {counted(len(negative), 'row')} below: {seen_in(negative, staff)}. "
            "Blank what is no count."
        )
    if (units < 0).any():
        problems.append(
            f"Every row must name its firm; seen: {counted(int((units < 0).sum()), 'row')} without. Leave out rows of no firm."
        )
    if problems:
        raise InputError(problems)


def _fail_if_twice(step: np.ndarray, years: np.ndarray) -> None:
    twice = np.flatnonzero(step == 0)
    if len(twice):
        raise InputError(
            f"A firm must have one row a year; seen: {counted(len(twice), 'row')} too many "
            f"(in {first_five(np.unique(years[twice]))}). Add repeated rows up, or leave them out."
        )


def _groups(industry: Any, year: Any) -> np.ndarray:
    """Number industries and years together; a blank industry is −1."""
    codes, years = pd.factorize(labels(industry))[0], years_of(year)
    beside(industry=codes, year=years)
    return np.where(codes < 0, -1, codes * (YEARS[1] + 1) + years)


def _numbered(group: np.ndarray) -> tuple[np.ndarray, int]:
    """Number groups from 0."""
    codes, found = pd.factorize(group)
    return codes, len(found)


def _mean(values: np.ndarray, group: np.ndarray, count: int) -> np.ndarray:
    """Return the mean of each group, all of which have rows."""
    return np.bincount(group, values, count) / np.bincount(group, minlength=count)


def _distances(values: Any, industry: Any, year: Any, width: float, least: int) -> np.ndarray:
    """Return how many robust standard deviations each log is from its median; blank where that cannot be judged."""
    if not width > 0:
        raise InputError(f"The width must be above zero; seen: {width}. Five is usual.")
    amounts, group = numbers("values", values), _groups(industry, year)
    beside(values=amounts, industry=group)
    rows = np.flatnonzero((group >= 0) & (amounts > 0) & (amounts < np.inf))
    rows = rows[np.argsort(_numbered(group[rows])[0], kind="stable")]
    logs, far = np.log(amounts[rows]), np.full(len(amounts), np.nan)
    starts = np.flatnonzero(np.diff(group[rows], prepend=-1))
    for low, high in zip(starts, [*starts[1:], len(rows)], strict=False):
        away = np.abs(logs[low:high] - np.median(logs[low:high]))
        spread = MAD * np.median(away)
        if high - low >= least and spread > 0:
            far[rows[low:high]] = away / spread
    return far
