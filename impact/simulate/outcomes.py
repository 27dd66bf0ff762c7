"""Outcomes of firms in every year and regime: what would have been without support, with the first, and as it was.

In logs, for outcome c of firm i in year t under regime d:

    y_it(d) = base_i + slope (t − t0) + follows × drift_it + noise_it + g_it(d)

where drift is the path of sales that is common to all regimes, and g what technology, rivals and building work make of it
(`effects`). Given the traits, nothing but g differs between supported and unsupported firms.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from impact.simulate import effects
from impact.simulate.effects import REGIMES, Since
from impact.simulate.exposure import Crowd, done_by
from impact.simulate.facts import fact, number
from impact.simulate.firms import FLAGS, TRAITS, Firms, centred, industries
from impact.simulate.places import places
from impact.simulate.programme import Support
from impact.simulate.streams import stream
from impact.simulate.world import World

Regimes = dict[str, np.ndarray]  # an array of firms × years for each regime
MOST_ACCIDENTS = 200  # in a firm and year: beyond what the largest mean can give


@dataclass(frozen=True)
class Block:
    """A block of firms with all that its outcomes need; drift and pressure are firms × years."""

    world: World
    number: int
    firms: Firms
    support: Support
    there: np.ndarray
    time: Since
    drift: np.ndarray
    pressure: np.ndarray

    @property
    def supported(self) -> np.ndarray:
        """Return the positions of firms that were ever supported: only theirs differ between regimes."""
        return np.flatnonzero(self.support.completed > 0)


@dataclass(frozen=True)
class Everyone:
    """All firms, their support, and the crowds in which they meet; None where the mechanism is off."""

    firms: Firms
    support: Support
    neighbours: Crowd | None
    rivals: Crowd | None


def block_of(world: World, everyone: Everyone, block: int, rows: slice) -> Block:
    """Return a block of firms."""
    firms, support, years = everyone.firms[rows], everyone.support[rows], world.years
    there, done = firms.founded[:, None] <= years, done_by(support.completed, years)
    near, rivals = (
        np.zeros(there.shape) if crowd is None else crowd.share(rows, there, done)
        for crowd in (everyone.neighbours, everyone.rivals)
    )
    path = drift(world, firms) + world.spillover * near
    return Block(world, block, firms, support, there, effects.since(firms, support, years), path, rivals)


def drift(world: World, firms: Firms) -> np.ndarray:
    """Return the path of log sales that trends and common shocks make: firms × years.

    drift_it = (trends of traits, industry group and risk class + growth that none shows) × (t − t0) + shock of 2020 + pandemic
    """
    years = world.years
    return (world.trends * _trend(firms) + firms.growth)[:, None] * (years - years[0]) + _shocks(world, firms)


def outcomes(block: Block, names: Iterable[str] | None = None) -> Iterator[tuple[str, Regimes]]:
    """Yield each outcome in every regime; accidents also by the number that is expected.

    An outcome is drawn from its own stream, so some can be had without the others, given those that they are ratios of.
    """
    base: dict[str, np.ndarray] = {"size": block.firms.traits[:, 0], "": np.zeros(len(block.firms))}
    base["research"] = base["size"] + np.log(number_of("sales", "level")) + block.firms.traits[:, 1]
    noise: dict[str, np.ndarray] = {}
    wanted = list(fact("outcomes")) if names is None else list(names)
    for name in wanted:
        about = fact("outcomes")[name]
        rng = stream(block.world.seed, f"outcome {name}", block.number)
        base[name] = (
            base[about["of"]] + np.log(about["level"]) + about["spread"] * rng.standard_normal(len(block.firms))
        )
        noise[name] = _noise(block, name, about, noise, rng)
        yield from _in_levels(name, _logs(block, about, base[name], noise[name]), rng)


def number_of(outcome: str, part: str) -> float:
    """Return a number about an outcome, such as its level."""
    return float(fact("outcomes")[outcome][part])


def _logs(block: Block, about: dict[str, Any], base: np.ndarray, noise: np.ndarray) -> Regimes:
    """Return the logs of an outcome in every regime; see the formula of the module."""
    years, some = block.world.years, block.supported
    common = base[:, None] + about["slope"] * (years - years[0]) + about["follows"] * block.drift + noise
    y_0 = common + effects.without(block.world, about, block.time, block.pressure)
    time, individual = _of(block.time, some), block.firms.individual[some]
    y_first, y_both = y_0.copy(), y_0.copy()
    y_first[some] = common[some] + effects.with_first(block.world, about, time, block.pressure[some], individual)
    y_both[some] = y_first[some] + effects.second_adds(block.world, about, time, individual)
    return dict(zip(REGIMES, (y_0, y_first, y_both), strict=True))


def _in_levels(name: str, logs: Regimes, rng: np.random.Generator) -> Iterator[tuple[str, Regimes]]:
    """Turn logs into levels; accidents are counts around them, with the same luck in every regime."""
    levels = {regime: np.exp(y) for regime, y in logs.items()}
    if name != "accidents":
        yield name, levels
        return
    luck = rng.random(logs["0"].shape)
    yield name, {regime: poisson(mean, luck) for regime, mean in levels.items()}
    yield "expected_accidents", levels


def poisson(mean: np.ndarray, luck: np.ndarray) -> np.ndarray:
    """Return counts: the smallest k with P(count ≤ k) ≥ luck, so that a lower mean never gives a higher count."""
    chance = np.exp(-mean)
    below, counts = chance.copy(), np.zeros(mean.shape)
    for k in range(1, MOST_ACCIDENTS):
        more = luck > below
        if not more.any():
            break
        counts += more
        chance = chance * mean / k
        below += chance
    return counts


def _noise(
    block: Block, name: str, about: dict[str, Any], noise: dict[str, np.ndarray], rng: np.random.Generator
) -> np.ndarray:
    """Return yearly noise: a share of another outcome's, and its own; that of sales is the firm's luck. It has no memory."""
    own = block.firms.luck if name == "sales" else rng.standard_normal(block.firms.luck.shape)
    carried = about["carries"] * noise[about["from"]] if about["from"] else 0.0
    return np.asarray(block.world.noise * about["noise"] * own + carried)


def _trend(firms: Firms) -> np.ndarray:
    """Return log points a year by trait (linear), industry group and class of extinction risk."""
    slopes = np.array([number("trait_trends", name) for name in TRAITS])
    by_trait = centred(firms.traits) @ slopes
    by_group = np.array([fact("group_trends")[group] for group in industries()[1]])[firms.industry]
    by_risk = np.array([fact("risk_trends")[name] for name in places().risk_class])[firms.place]
    return np.asarray(by_trait + by_group + by_risk)


def _shocks(world: World, firms: Firms) -> np.ndarray:
    """Return the loss of 2020 by industry (the mean loss × the industry's relative one) and the gain of pandemic goods."""
    years = world.years
    loss = world.shock * industries()[2][firms.industry][:, None] * (years == number("shock_year"))
    first, last = fact("pandemic_years")
    makes = firms.flags[:, FLAGS.index("pandemic_goods")][:, None]
    return np.asarray(world.pandemic * makes * ((years >= first) & (years <= last)) - loss)


def _of(time: Since, rows: np.ndarray) -> Since:
    return Since(time.adoption[rows], time.had[rows], time.first[rows], time.second[rows],
                 time.building[rows], time.building_second[rows])  # fmt: skip
