"""What a regional panel counts: firms, sums, support, money, jobs reached, shares."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from impact import marks
from impact.checks import rows as of_rows
from impact.regions.panels._firms import CODE, YEAR, Firms


def table(read: Firms) -> pd.DataFrame:
    """Return the rectangle of all regions and years, those that are left out too, before exposure begins to be told."""
    shape, asked = read.shape, read.asked
    every = {"n_firms": read.count(read.in_business), "n_rows": read.count(np.ones(len(read.cell), bool))}
    for name in asked.sums:
        every[name], every[f"n_blank_{name}"] = read.total(name)
    every |= _support_of(read)
    key = {
        asked.region: read.labels.infer_objects().repeat(shape[1]),
        asked.roles.period: np.tile(read.rows.periods, shape[0]),
    }
    return pd.DataFrame(key | {name: np.broadcast_to(values, shape).ravel() for name, values in every.items()})


def first(panel: pd.DataFrame, read: Firms) -> np.ndarray:
    """Return for each row the year in which its region's share first is above the threshold; 0 is never."""
    asked, shape = read.asked, (read.inside, read.shape[1])
    share, base = panel[f"share_{asked.exposure}"], panel[f"base_{asked.exposure}"]
    passed = ((share > asked.threshold) | ((base == 0) & (panel["n_supported"] > 0))).to_numpy().reshape(shape)
    first = np.where(passed.any(axis=1), read.rows.periods[passed.argmax(axis=1)], 0)
    return np.repeat(first, shape[1])


def joined(panel: pd.DataFrame, counts: pd.DataFrame | None, read: Firms) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Put the columns of the official table beside the panel; return it, and the rows that found no place."""
    if counts is None:
        return panel, pd.DataFrame({CODE: [], YEAR: [], "why": []})
    region = read.labels[: read.inside].get_indexer(pd.Index(counts[CODE].to_numpy(), dtype=object))
    year = counts[YEAR].to_numpy().astype(np.int64) - read.rows.periods[0]
    timely = (year >= 0) & (year < read.shape[1])
    used = np.flatnonzero((region >= 0) & timely)
    source = np.full(len(panel), -1)
    source[region[used] * read.shape[1] + year[used]] = used
    there = counts.drop(columns=[CODE, YEAR, marks.COLUMN], errors="ignore").reset_index(drop=True)
    flags = dict.fromkeys(there.select_dtypes("bool"), "boolean") if (source < 0).any() else {}
    beside = there.astype(flags).reindex(source).reset_index(drop=True)
    lost = counts.assign(why=np.where(region < 0, "no such region", "no such year"))
    keep = np.ones(len(counts), bool)
    keep[used] = False
    return pd.concat([panel.assign(in_counts=source >= 0), beside], axis=1), lost[keep].reset_index(drop=True)


def _support_of(read: Firms) -> dict[str, np.ndarray]:
    """Return what support reached by region and year, and shares of what was there in the base year."""
    asked, supports = read.asked, _supports(read, read.asked.roles.support)
    new, until = supports.counted(np.ones(len(supports.units), bool))
    made = {"n_supported": until, "n_newly_supported": new, **_subsidies(read)}
    base_firms = read.count(read.in_business)[:, [read.base]]
    if asked.jobs is not None:
        workers = _workers_before(read, supports)
        _, made["jobs_reached"], made["n_blank_jobs_reached"] = supports.added(workers)
    made |= {"share_firms": _share(until, base_firms, until), "base_firms": base_firms}
    if asked.jobs is not None:
        base_jobs = read.jobs[:, [read.base]]
        made |= {"share_jobs": _share(made["jobs_reached"], base_jobs, until), "base_jobs": base_jobs}
    return made


def _share(reached: np.ndarray, base: np.ndarray, supported: np.ndarray) -> np.ndarray:
    share = np.divide(reached, base, out=np.full(reached.shape, np.nan), where=base > 0)
    return np.where(supported == 0, 0.0, share)


def _subsidies(read: Firms) -> dict[str, np.ndarray]:
    """Add the amounts of all kinds of support up, each in its year."""
    kinds = []
    for name, year in read.asked.amounts.items():
        supports = _supports(read, year)
        kinds.append((supports, read.rows.columns[name][read.rows.first[supports.units]]))
    if not kinds:
        return {}
    parts = [np.concatenate([getattr(s, part) for s, _ in kinds]) for part in ("units", "region", "year")]
    joined = _Supports(parts[0], parts[1], parts[2], read.shape)
    new, until, blanks = joined.added(np.concatenate([values for _, values in kinds]))
    return {"subsidy": until, "subsidy_new": new, "n_blank_subsidy": blanks}


@dataclass(frozen=True)
class _Supports:
    """One row a supported firm: its region at support, the position of the year (below 0: before the first), its amount."""

    units: np.ndarray
    region: np.ndarray
    year: np.ndarray
    shape: tuple[int, int]

    def by_year(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Add values up by region: those of each year, and those until then with the ones before the first year."""
        size = self.shape[0] * self.shape[1]
        within = self.year >= 0
        cell = self.region * self.shape[1] + self.year
        new = np.bincount(cell[within], values[within], size).reshape(self.shape)
        before = np.bincount(self.region[~within], values[~within], self.shape[0])
        return new, before[:, None] + new.cumsum(axis=1)

    def counted(self, marked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Count marked supports by region: those of each year, and those until then."""
        new, until = self.by_year(marked.astype(float))
        return new.astype(np.int64), until.astype(np.int64)

    def added(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Add what is known up, by year and until then, blank where all of something is blank; count blanks until then."""
        known = ~np.isnan(values)
        sums = self.by_year(np.where(known, values, 0))
        blanks, knowns = self.counted(~known), self.counted(known)
        new, until = (
            np.where((blank > 0) & (there == 0), np.nan, added)
            for blank, there, added in zip(blanks, knowns, sums, strict=True)
        )
        return new, until, blanks[1]


def _supports(read: Firms, column: str) -> _Supports:
    """Return the firms that are supported by the last year, with the region of each at support."""
    years, periods = years_of(read, column), read.rows.periods
    units = np.flatnonzero(years <= periods[-1])
    year = (years[units] - periods[0]).astype(np.int64)
    regions = _history(read, units, read.region_of, -1)
    seen = regions >= 0
    until = np.where(seen, np.arange(len(periods)), -1)
    last = np.maximum.accumulate(until, axis=1)[np.arange(len(units)), np.maximum(year, 0)]
    row = np.where((last >= 0) & (year >= 0), last, seen.argmax(axis=1))
    return _Supports(units, regions[np.arange(len(units)), row], np.maximum(year, -1), read.shape)


def years_of(read: Firms, column: str) -> np.ndarray:
    """Return each firm's year of support; inf is never."""
    return of_rows.cohorts(read.rows, replace(read.asked.roles, first_supported=column))


def _history(read: Firms, units: np.ndarray, values: np.ndarray, nothing: float) -> np.ndarray:
    """Return a column as these firms × years."""
    rows = read.rows
    line = np.full(len(rows.units), -1, np.int32)
    line[units] = np.arange(len(units))
    used = np.flatnonzero(line[rows.unit_of] >= 0)
    grid = np.full((len(units), len(rows.periods)), nothing, values.dtype)
    grid[line[rows.unit_of[used]], rows.period_of[used]] = values[used]
    return grid


def _workers_before(read: Firms, supports: _Supports) -> np.ndarray:
    """Return the workers of each supported firm in the year before support, else in that year, else blank."""
    assert read.asked.jobs is not None
    known = _history(read, supports.units, read.rows.columns[read.asked.jobs], np.nan)
    firm, year = np.arange(len(supports.units)), supports.year
    before = np.where(year > 0, known[firm, np.maximum(year - 1, 0)], np.nan)
    return np.where(np.isnan(before) & (year >= 0), known[firm, np.maximum(year, 0)], before)
