"""The programme: who applies, who is scored above the line, when the work is done, and who is supported a second time.

Only traits from before the programme, designation, province and noise decide, so that given the traits nothing that moves
outcomes differs between supported and unsupported firms; `World.violation` breaks that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np

from impact.simulate.exits import leaves
from impact.simulate.facts import by_year, fact, number
from impact.simulate.firms import FLAGS, TRAITS, Firms, standardised
from impact.simulate.places import places
from impact.simulate.streams import blocks, stream
from impact.simulate.world import World

LAST_MONTH = 12


@dataclass(frozen=True)
class Support:
    """One entry for each firm; years are 0 where it never came to that."""

    applied: np.ndarray
    score: np.ndarray
    award: np.ndarray
    completed: np.ndarray
    second_award: np.ndarray
    second_completed: np.ndarray

    def __getitem__(self, rows: slice | np.ndarray) -> Support:
        """Return the support of some of the firms."""
        return Support(*(getattr(self, part.name)[rows] for part in fields(self)))


def support(world: World, firms: Firms) -> Support:
    """Run the programme year by year; a firm applies once, and its award lapses where it closes before completion."""
    n = len(firms)
    years = {part.name: np.zeros(n, np.int16) for part in fields(Support) if part.name != "score"}
    made = Support(score=np.full(n, np.nan), **years)
    alive = np.ones(n, bool)
    for at, year in enumerate(world.years):
        alive &= ~leaves(world, firms, at, (made.completed > 0) & (made.completed < year))
        _lapse(made, alive, int(year))
        if year == world.last_year:
            break  # what is awarded in the last year may end after it
        here = alive & (firms.founded < year)
        _first(world, firms, made, here, at)
        if world.second:
            _second(world, firms, made, here, at)
    return made


def index(world: World, firms: Firms) -> np.ndarray:
    """Return what traits say of applying: selection × Σ weight × trait in standard deviations (+ the growth that none shows)."""
    weights = np.array([number("application_weights", name) for name in TRAITS])
    seen = world.selection * (standardised(firms.traits) @ weights)
    if world.violation == "growth":
        return np.asarray(
            seen + number("unobserved_growth", "weight") * firms.growth / number("unobserved_growth", "spread")
        )
    return np.asarray(seen)


def province_programme(year: int) -> np.ndarray:
    """Tell in which municipalities the province runs a programme of its own in a year."""
    begin = fact("province_programmes")
    return np.array([year >= begin.get(code, year + 1) for code in places().province_code])


def subsidies(world: World, block: int, made: Support) -> tuple[np.ndarray, np.ndarray]:
    """Return what a block's firms are paid, first and second: min(cap of the year, share × log-normal cost of the project)."""
    cost, caps = fact("project_cost"), fact("subsidy")
    spread = np.exp(cost["spread"] * stream(world.seed, "costs", block).standard_normal((len(made.award), 2)))
    starts = sorted((int(year), cap) for year, cap in caps["first"].items())
    cap = np.select([made.award >= year for year, _ in reversed(starts)], [top for _, top in reversed(starts)], 0.0)
    first = np.minimum(cap, cost["share"] * cost["first"] * spread[:, 0])
    second = np.minimum(caps["second"], cost["share"] * cost["second"] * spread[:, 1])
    return np.where(made.completed > 0, first, 0.0), np.where(made.second_completed > 0, second, 0.0)


def _lapse(made: Support, alive: np.ndarray, year: int) -> None:
    """Let awards lapse where the firm closed before completion: there is an award, but nothing is completed or paid."""
    for completed in (made.completed, made.second_completed):
        completed[~alive & (completed >= year)] = 0


def _first(world: World, firms: Firms, made: Support, here: np.ndarray, at: int) -> None:
    """Let firms apply, score them, and award the year's budget by province."""
    year = int(world.years[at])
    share = by_year("awards").get(year, 0.0) / sum(by_year("awards").values())
    budget = number("supported_share") * world.firms * share
    if not budget:
        return
    bonus = _priority(world, firms, year)
    wish = index(world, firms) + number("call_to_priority_areas", "first") * bonus + _dip(world, firms, at)
    wish += _each(world, f"applying {year}", lambda rng, n: rng.gumbel(size=n))
    applicants = _highest(wish, here & (made.applied == 0), round(budget * number("applicants_per_award")))
    made.applied[applicants] = year
    made.score[applicants] = (_points(world, firms, year) + bonus)[applicants]
    winners = _above_the_line(made.score, firms.place, applicants, year, budget)
    made.award[winners] = year
    made.completed[winners] = _completion(world, f"building {year}", year)[winners]


def _second(world: World, firms: Firms, made: Support, here: np.ndarray, at: int) -> None:
    """Award second support to firms whose first project is done: by traits, priority and noise."""
    year = int(world.years[at])
    first, last = fact("second_years")
    if not first <= year <= last:
        return
    wish = number("second_weight") * index(world, firms)
    wish += number("call_to_priority_areas", "second") * _priority(world, firms, year)
    wish += _each(world, f"second {year}", lambda rng, n: rng.gumbel(size=n))
    ready = here & (made.completed > 0) & (made.completed < year) & (made.second_award == 0)
    count = number("second_share") * np.count_nonzero(made.award) / (last - first + 1)
    winners = _highest(wish, ready, round(count))
    made.second_award[winners] = year
    made.second_completed[winners] = _completion(world, f"second building {year}", year)[winners]


def _priority(world: World, firms: Firms, year: int) -> np.ndarray:
    """Return the points for firms in depopulation areas, from the year on in which they come first."""
    points = world.priority if year >= number("priority_from") else 0.0
    return np.asarray(points * places().depopulation[firms.place])


def _dip(world: World, firms: Firms, at: int) -> np.ndarray:
    """Return how much more firms apply after a bad year (Ashenfelter 1978); nothing unless it is a violation."""
    weight = number("dip_weight") if world.violation == "dip" else 0.0
    return np.asarray(-weight * firms.luck[:, at - 1])


def _points(world: World, firms: Firms, year: int) -> np.ndarray:
    """Score firms: middle + points per unit of index + a few points for social aims + the judges' noise."""
    score = fact("score")
    social = sum(fact("bonus").get(name, 0.0) * firms.flags[:, k] for k, name in enumerate(FLAGS))
    noise = score["noise"] * _each(world, f"scoring {year}", lambda rng, n: rng.standard_normal(n))
    return np.asarray(score["middle"] + score["per_index"] * index(world, firms) + social + noise)


def _above_the_line(
    score: np.ndarray, place: np.ndarray, applicants: np.ndarray, year: int, budget: float
) -> np.ndarray:
    """Return the winners: each province has awards in proportion to its applicants, and its line where they end."""
    _, province = np.unique(places().province_code[place[applicants]].astype(str), return_inverse=True)
    weight = np.where(province_programme(year)[place[applicants]], number("province_quota"), 1.0)
    quota = np.rint(budget * np.bincount(province, weight) / weight.sum())
    order = np.lexsort((-score[applicants], province))
    begins = np.searchsorted(province[order], np.arange(len(quota)))
    rank = np.arange(len(order)) - begins[province[order]]
    return np.asarray(applicants[order[rank < quota[province[order]]]])


def _completion(world: World, mechanism: str, year: int) -> np.ndarray:
    """Return the year in which a project awarded in a year is done, for every firm: 6 to 9 months after a month of the year."""
    if not world.lag:
        return np.full(world.firms, year, np.int16)
    begin, taken = _months(world, f"{mechanism} begin", "award_months"), _months(world, mechanism, "building_months")
    return (year + (begin + taken > LAST_MONTH)).astype(np.int16)


def _months(world: World, mechanism: str, name: str) -> np.ndarray:
    first, last = fact(name)
    return _each(world, mechanism, lambda rng, n: rng.integers(first, last + 1, n))


def _highest(wish: np.ndarray, who: np.ndarray, count: int) -> np.ndarray:
    """Return the positions of the firms, among some, that wish most."""
    among = np.flatnonzero(who)
    if count >= len(among):
        return among
    return np.sort(among[np.argpartition(-wish[among], count)[:count]])


def _each(world: World, mechanism: str, draw: Callable[[np.random.Generator, int], np.ndarray]) -> np.ndarray:
    """Draw a number for every firm, block by block."""
    return np.concatenate([draw(stream(world.seed, mechanism, b), r.stop - r.start) for b, r in blocks(world.firms)])
