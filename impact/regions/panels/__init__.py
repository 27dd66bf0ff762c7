"""Regional panels: firms × years and official counts become regions × years, with how far support reached.

Jobs and establishments of a municipality are outcomes of a study of their own: what firms gain from one another's loss within the
region cancels in its totals, which effects on firms cannot show.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from impact import checks, marks
from impact.regions.panels import _faults, _firms, _support
from impact.regions.panels._firms import Asked, Exposure, Unmatched
from impact.roles import Roles, as_tuple

__all__ = ["Regional", "to_panel"]


@dataclass(frozen=True)
class Regional:
    """A panel of regions, and what is not in it.

    panel: one row for every region and year, sorted.
    firms_left_out: the same columns but first_supported, for the codes of firms that are not in `regions`: the panel and these
        rows together have every row of the firms, and every unit of their sums.
    counts_left_out: the rows of the official table that found no place, with the reason in `why`.
    """

    panel: pd.DataFrame
    firms_left_out: pd.DataFrame
    counts_left_out: pd.DataFrame


def to_panel(
    firms: pd.DataFrame,
    region: str,
    period: str,
    unit: str,
    first_supported: str,
    sums: str | Sequence[str] = ("workers",),
    subsidy: str | Mapping[str, str] | None = None,
    jobs: str | None = "workers",
    active: str | None = None,
    counts: pd.DataFrame | None = None,
    regions: Iterable[object] | pd.DataFrame | None = None,
    exposure: Exposure = "firms",
    threshold: float = 0.0,
    base: int | None = None,
    unmatched: Unmatched = "refuse",
) -> Regional:
    """Return regions × years: establishments, jobs and other totals, and how far support reached.

    With `first_supported` of the regions, `impact.estimate(made.panel, "workers", region, period, "first_supported")` estimates
    what became of the totals of regions that support had reached, compared with regions that it had not. That is the effect on
    the region: gains of supported firms, less what other firms of the region lost to them, and with entry and exit. What firms
    of other regions lost is no part of it, and biases it where they are the comparison.

    firms: one row a firm and year (pandas); it is not changed. Every year from the first to the last must be there.
    region: the code of the region in which the firm is in that year. A firm that moves is counted each year where it is.
    period, unit, first_supported: as in `impact.estimate`; 0 or inf is never, and a blank is refused.
    sums: columns to be added up, such as workers (jobs) and sales, in their own units.
    subsidy: the column with the amount of a firm's support, the same in all its rows, which counts in its first supported year;
        or several, each with the column of its year: {"subsidy_first": "first_supported", "subsidy_second": "second_supported"}.
        Money by year of payment belongs in `sums`.
    jobs: the column of workers, for jobs reached; None for none.
    active: the column that is 1 in years in business and 0 in others; None: every row is a firm in business.
    counts: an official table with the columns code and year, such as `register.population()`; the others are joined as they are.
    regions: the codes of all regions, or a table with the column code, such as `register.units()`; a region without any firm then
        has zero firms and zero jobs, which is not missing. None: the codes that firms have.
    exposure, threshold: a region is first supported in the first year in which its share of "firms" or "jobs" is above the
        threshold; at 0, when its first firm is supported. It stays so.
    base: the year whose firms and jobs the shares are of, the first one if None. It is the same for all years, so that the
        denominator cannot answer to support; a year after support began could.
    unmatched: codes without a counterpart are refused, or left out and listed ("list").

    The panel has these columns, for region r and year t:

        n_firms             firms in business                             n_rows            rows of firms, in business or not
        workers, …          sum over firms of what is known               n_blank_workers…  firms in business with a blank
        n_supported         Σ_s≤t n_newly_supported                       n_newly_supported firms first supported in t
        subsidy             Σ_s≤t subsidy_new                             subsidy_new       amounts of support of t
        jobs_reached        workers of the n_supported before support     base_firms, base_jobs   of the base year
        share_firms         n_supported / base_firms                      share_jobs        jobs_reached / base_jobs
        first_supported     first t with a share above the threshold, 0 never
        in_counts           whether the official table has a row; its columns follow, blank where it has none

    Support counts in the region in which the firm was in the year of support (without a row in it: in the last one before, else
    in the first), and stays there when the firm moves or closes: what has reached a region does not shrink. Firms supported
    before the first year count from it on, but are new in none; those supported after the last year are not counted yet.
    jobs_reached takes the workers of the year before support, which support cannot have moved, or of the year of support where
    that is not known; with neither they are blank (n_blank_jobs_reached; n_blank_subsidy counts amounts). A sum is blank only
    where there was something to add and nothing of it is known. A share is 0 where nobody is supported, and blank where the base
    year has none; a region with support but nothing in the base year has passed every threshold.

    Sums of whole numbers are kept to the last unit. n_firms, n_supported and n_newly_supported are the counts that rules of
    disclosure ask for: nothing here is suppressed, so the panel must not be released as it is. A panel of simulated firms is
    marked. Returns `Regional`. Raises `InputError`; warns of blanks.

    >>> rows = {"firm": [1, 1, 2, 2], "year": [2019, 2020] * 2, "town": ["A", "A", "B", "B"], "first": [2020, 2020, 0, 0]}
    >>> firms = pd.DataFrame({**rows, "workers": [4, 6, 10, 9]})
    >>> made = to_panel(firms, "town", "year", "firm", "first", regions=["A", "B", "C"])
    >>> made.panel[["town", "year", "first_supported", "n_firms", "workers", "n_supported", "share_jobs"]]
      town  year  first_supported  n_firms  workers  n_supported  share_jobs
    0    A  2019             2020        1      4.0            0         0.0
    1    A  2020             2020        1      6.0            1         1.0
    2    B  2019                0        1     10.0            0         0.0
    3    B  2020                0        1      9.0            0         0.0
    4    C  2019                0        0      0.0            0         0.0
    5    C  2020                0        0      0.0            0         0.0
    """
    amounts = {subsidy: first_supported} if isinstance(subsidy, str) else dict(subsidy or {})
    asked = Asked(
        region, Roles(unit, period, first_supported), as_tuple(sums), amounts, jobs, active, exposure, threshold, base
    )
    _faults.refuse_choices(asked, unmatched)
    read = _firms.read(firms, asked, _firms.codes_of(regions))
    _faults.refuse_counts(counts)
    checks.refuse([*_faults.unmatched(read, counts, unmatched)])
    checks.refuse([*_faults.of_base(read), *_faults.of_amounts(read), *_faults.of_names(asked, counts)])
    table = _support.table(read)
    inside = read.inside * read.shape[1]
    panel, outside = table[:inside], table[inside:].reset_index(drop=True)
    checks.refuse([*_faults.of_exposure(panel, asked)])
    checks.warn(_faults.notes(panel, asked))
    panel.insert(2, "first_supported", _support.first(panel, read))
    joined, lost = _support.joined(panel, counts, read)
    simulated = marks.is_simulated(firms) or (counts is not None and marks.is_simulated(counts))
    return Regional(*(marks.marked(made) if simulated else made for made in (joined, outside, lost)))
