"""The dials of a simulated world: what happens in it, and how strongly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from impact.errors import InputError

FEWEST, MOST = 100, 4_000_000  # fewer firms than that leave cohorts empty; there are no more business numbers to give
EARLIEST, LATEST = 2014, 2025  # deflators begin and end there (data/parameters/deflators.toml)
AWARDS_BEGIN = 2016  # data/parameters/programme.toml, awards


@dataclass(frozen=True)
class World:
    """Every dial of the simulation; 0 or False switches its mechanism off.

    firms, seed, first_year, last_year: how many firms, from which random numbers, over which years (2014 to 2025 at most).
    selection: how strongly firms apply and score by traits from before the programme: log size, R&D and growth (Chung 2022). The
        same traits bend trends (`trends`), so that a comparison that leaves them out is wrong.
    trends: trends of outcomes by trait, by industry group and by class of extinction risk.
    violation: "growth" lets firms also apply by growth that persists and that no trait shows; "dip" lets them apply after a bad
        year (Ashenfelter 1978). With "none" trends without support are parallel given the traits, within industry group and
        class of extinction risk.
    priority: points of score (10 are about one standard deviation) for firms in depopulation areas from 2023 (hankyung
        2023-05-24).
    effect: size of the effects of the technology, of support and of own adoption alike; 1 is what `outcomes` says in
        data/parameters/programme.toml.
    heterogeneity: spread of individual effects; 1 makes 20 to 25 % of them zero or negative (parliament, heraldcorp 2019-10-08).
    lag: building takes 6 to 9 months and may cross the year's end (NABO 2023); without it awards are completed in their year.
    anticipation: log points of sales that are lost in the year of the award where completion is in the next.
    second: effect of second support (advanced level, from 2023, earlier beneficiaries only) relative to that of the first.
    spillover: log points of sales gained by a firm all of whose neighbours within 10 km are supported (judgement).
    displacement: log points of sales that an unsupported firm loses, if all others of its industry and municipality are supported
        (judgement).
    adopters: share of firms that adopt with their own money each year: about 5 % by 2023 (31,782 adopters against nearly 24,000
        supported firms: smart manufacturing survey 2024, OECD).
    exit: hazard a year of an unsupported firm of median size; 4 to 6 % (judgement; 10 % in all industries). Supported firms have
        less, firms in a bad year more.
    entry: firms founded each year, as a share of all.
    shock: mean loss of log sales in 2020, by industry (KBIZ 2022-03-28: profits of comparison firms fell by 11.5 %).
    pandemic: log points of sales gained by makers of pandemic goods in 2020 and 2021 (judgement).
    noise: size of yearly noise; 0 makes outcomes smooth, for tests.
    """

    firms: int = 20_000
    seed: int = 2015
    first_year: int = EARLIEST
    last_year: int = LATEST
    selection: float = 1.0
    trends: float = 1.0
    violation: Literal["none", "growth", "dip"] = "none"
    priority: float = 12.0
    effect: float = 1.0
    heterogeneity: float = 1.0
    lag: bool = True
    anticipation: float = 0.02
    second: float = 0.5
    spillover: float = 0.05
    displacement: float = 0.03
    adopters: float = 0.006
    exit: float = 0.05
    entry: float = 0.01
    shock: float = 0.1
    pandemic: float = 0.15
    noise: float = 1.0

    def __post_init__(self) -> None:
        problems = [*_sizes(self), *_shares(self), *_names(self)]
        if problems:
            raise InputError(problems)

    @property
    def years(self) -> np.ndarray:
        """Return the years of the panel."""
        return np.arange(self.first_year, self.last_year + 1)


def _sizes(world: World) -> list[str]:
    problems = []
    if not FEWEST <= world.firms <= MOST:
        problems.append(f"World needs {FEWEST} to {MOST:,} firms; seen: {world.firms}. Choose another number.")
    if world.seed < 0:
        problems.append(f"World's seed must be 0 or more; seen: {world.seed}. Choose another one.")
    if not EARLIEST <= world.first_year < AWARDS_BEGIN < world.last_year <= LATEST:
        problems.append(
            f"World's years must begin in {EARLIEST} or {AWARDS_BEGIN - 1} and end between {AWARDS_BEGIN + 1} and {LATEST}; "
            f"seen: {world.first_year} to {world.last_year}. Awards begin in {AWARDS_BEGIN}, and deflators end in {LATEST}."
        )
    return problems


def _shares(world: World) -> list[str]:
    highest = {
        "adopters": 0.5,
        "exit": 0.5,
        "entry": 1 / (2 * (LATEST - EARLIEST)),
    }  # beyond them nothing is left of a world
    return [
        f"World's {name} must lie between 0 and {top:.3g}; seen: {getattr(world, name)}. Choose a smaller share."
        for name, top in highest.items()
        if not 0 <= getattr(world, name) <= top
    ] + [f"World's noise must be 0 or more; seen: {world.noise}." for _ in range(world.noise < 0)]


def _names(world: World) -> list[str]:
    known = ("none", "growth", "dip")
    if world.violation in known:
        return []
    return [f"World's violation must be one of {', '.join(known)}; seen: {world.violation!r}. Choose one of them."]
