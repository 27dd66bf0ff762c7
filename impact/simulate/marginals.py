"""The simulated panel beside published figures, also where it misses them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from impact.simulate.facts import fact, number, published
from impact.simulate.panel import Simulated
from impact.simulate.places import places


@dataclass(frozen=True)
class Seen:
    """A panel, and what of it the figures need."""

    made: Simulated

    @cached_property
    def rows(self) -> pd.DataFrame:
        """Return the firm-years in business."""
        return self.made.firms[self.made.firms["active"] == 1]

    @cached_property
    def firms(self) -> pd.DataFrame:
        """Return one row for each firm."""
        return self.made.firms.drop_duplicates("firm").set_index("firm")

    @cached_property
    def supported(self) -> pd.DataFrame:
        """Return the firms that were ever supported."""
        return self.firms[self.firms["first_supported"] > 0]

    @cached_property
    def change(self) -> pd.DataFrame:
        """Return each supported firm's outcomes in the year before the award and in the year after completion."""
        names = ["workers", "sales", "real_value_added_per_worker", "defect_rate", "accidents"]
        by_year = self.rows.set_index(["firm", "year"])[names]
        firms = self.supported
        parts = {
            "before": by_year.reindex(pd.MultiIndex.from_arrays([firms.index, firms["award_year"] - 1])),
            "after": by_year.reindex(pd.MultiIndex.from_arrays([firms.index, firms["first_supported"] + 1])),
        }
        both = pd.concat({name: part.set_axis(firms.index) for name, part in parts.items()}, axis=1)
        return both.dropna()

    def log_change(self, outcome: str, small: bool = False) -> pd.Series:
        """Return changes in logs, of all supported firms or of small ones."""
        change = np.log(self.change["after", outcome]) - np.log(self.change["before", outcome])
        size = self.supported["log_size_before"].reindex(change.index)
        return change[size < np.log(number("small_workers"))] if small else change

    def growth(self, outcome: str, first: int, last: int) -> pd.Series:
        """Return the change in logs of each firm between two years."""
        wide = self.rows[self.rows["year"].isin([first, last])].pivot(index="firm", columns="year", values=outcome)
        return (np.log(wide[last]) - np.log(wide[first])).dropna()

    def gap(self, outcome: str) -> float:
        """Return how much more firms awarded in 2018 grew from 2017 to 2020 than firms that were never supported."""
        growth = self.growth(outcome, 2017, 2020)  # the years of KBIZ 2022-03-28
        firms = self.firms.loc[growth.index]
        return float(growth[firms["award_year"] == 2018].mean() - growth[firms["first_supported"] == 0].mean())

    def exits(self, supported: bool) -> float:
        """Return the share of firms that close in a year; support counts from the year after completion."""
        rows = self.made.firms
        rows = rows[((rows["exit_year"] == 0) | (rows["year"] <= rows["exit_year"])) & (rows["year"] > rows["founded"])]
        rows = rows[rows["year"] > self.made.world.first_year]
        after = (rows["first_supported"] > 0) & (rows["first_supported"] < rows["year"])
        rows = rows[after == supported]
        return float((rows["year"] == rows["exit_year"]).mean())

    def not_above_zero(self) -> float:
        """Return the share of supported firms whose true effect on sales is not above zero from the year after completion on."""
        truth = self.made.truth[["firm", "year", "sales_0", "sales_first"]]
        later = truth["year"] > truth["firm"].map(self.supported["first_supported"])
        effect = (np.log(truth["sales_first"]) - np.log(truth["sales_0"])).where(later)
        return float((effect.groupby(truth["firm"]).mean().dropna() <= 0).mean())

    def in_industry(self, name: str) -> float:
        """Return the share of supported firms in an industry."""
        code = next(code for code, row in fact("industries").items() if row["name"] == name)
        return float((self.supported["industry"] == code).mean())


def marginals(made: Simulated) -> pd.DataFrame:
    """Set figures of a panel beside published ones: what, published, source, simulated."""
    seen = Seen(made)
    rows = [(about["unit"], about["value"], about["source"], FIGURES[key](seen)) for key, about in published().items()]
    return pd.DataFrame(rows, columns=["what", "published", "source", "simulated"])


def _interest(seen: Seen) -> float:
    at = places()
    return float(seen.firms["municipality"].isin(at.code[at.interest]).mean())


def _third_phase(seen: Seen) -> float:
    firms = seen.supported
    third = (firms["award_year"] >= number("priority_from")) | (firms["second_award"] > 0)
    return float(firms.loc[third, "depopulation_area"].mean())


def _accidents(seen: Seen) -> float:
    return float(seen.change["after", "accidents"].mean() / seen.change["before", "accidents"].mean() - 1)


FIGURES: dict[str, Callable[[Seen], float]] = {
    "firms_in_depopulation_areas": lambda s: 100 * s.firms["depopulation_area"].mean(),
    "firms_in_interest_areas": lambda s: 100 * _interest(s),
    "workers": lambda s: s.rows["workers"].mean(),
    "workers_supported": lambda s: s.rows.loc[s.rows["first_supported"] > 0, "workers"].mean(),
    "small": lambda s: 100 * (s.firms["log_size_before"] < np.log(number("small_workers"))).mean(),
    "sales_per_worker": lambda s: s.rows["sales"].sum() / s.rows["workers"].sum(),
    "machinery": lambda s: 100 * s.in_industry("machinery"),
    "metal_products": lambda s: 100 * s.in_industry("metal products"),
    "auto_parts": lambda s: 100 * s.in_industry("auto parts"),
    "electronics": lambda s: 100 * s.in_industry("electronics"),
    "supported": lambda s: 100 * len(s.supported) / len(s.firms),
    "peak": lambda s: 100 * s.supported["award_year"].between(2019, 2021).mean(),
    "rejected": lambda s: s.firms["applicant"].sum() / len(s.supported) - 1,
    "second": lambda s: (s.supported["second_supported"] > 0).mean(),
    "third_phase_in_depopulation_areas": lambda s: 100 * _third_phase(s),
    "own_adopters": lambda s: 100 * s.firms["adopted"].between(1, 2023).mean(),
    "next_year": lambda s: 100 * (s.supported["first_supported"] > s.supported["award_year"]).mean(),
    "subsidy_first": lambda s: s.supported["subsidy_first"].mean(),
    "subsidy_second": lambda s: s.supported.loc[s.supported["second_award"] > 0, "subsidy_second"].mean(),
    "exit_unsupported": lambda s: 100 * s.exits(supported=False),
    "exit_supported": lambda s: 100 * s.exits(supported=True),
    "closed": lambda s: 100 * (s.supported["exit_year"] > 0).mean(),
    "jobs_not_up": lambda s: 100 * (s.log_change("workers") <= 0).mean(),
    "sales_down": lambda s: 100 * (s.log_change("sales") < 0).mean(),
    "jobs_change": lambda s: 100 * s.log_change("workers").mean(),
    "jobs_change_small": lambda s: 100 * s.log_change("workers", small=True).mean(),
    "sales_change": lambda s: 100 * s.log_change("sales").mean(),
    "sales_change_small": lambda s: 100 * s.log_change("sales", small=True).mean(),
    "productivity_change": lambda s: 100 * s.log_change("real_value_added_per_worker").mean(),
    "defects_change": lambda s: 100 * s.log_change("defect_rate").mean(),
    "accidents_change": lambda s: 100 * _accidents(s),
    "sales_gap": lambda s: 100 * s.gap("sales"),
    "jobs_gap": lambda s: 100 * s.gap("workers"),
    "shock": lambda s: 100 * _shock(s),
    "effects_not_above_zero": lambda s: 100 * s.not_above_zero(),
}


def _shock(seen: Seen) -> float:
    growth = seen.growth("sales", 2019, 2020)
    return float(growth[seen.firms.loc[growth.index, "first_supported"] == 0].mean())
