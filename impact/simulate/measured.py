"""All outcomes of a block in all regimes, with survival and the measures that are derived from them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from impact import productivity
from impact.simulate.effects import REGIMES
from impact.simulate.exits import exit_year
from impact.simulate.facts import fact, number
from impact.simulate.firms import industries
from impact.simulate.outcomes import Block, Regimes, outcomes
from impact.simulate.world import World

INPUTS = ("sales", "value_added", "workers", "fixed_assets")  # what the index of total factor productivity needs
DERIVED = ("real_value_added_per_worker", "tfp", "jobs_growth")
NOT_MEASURED = ("expected_accidents",)  # known in the truth only


@dataclass(frozen=True)
class Means:
    """Mean logs of value added, workers and fixed assets of the firms that are seen, by industry and year."""

    value_added: np.ndarray
    workers: np.ndarray
    fixed_assets: np.ndarray


@dataclass(frozen=True)
class Measured:
    """A block's outcomes by name and regime, and the year of exit by regime; every array is firms × years but the exits."""

    block: Block
    exits: dict[str, np.ndarray]
    values: dict[str, Regimes]

    @property
    def active(self) -> np.ndarray:
        """Tell where a firm is in business, as it was."""
        return np.asarray(self.values["active"]["both"] > 0)


def truth_columns() -> list[str]:
    """Name the outcomes of the truth, in the order of its columns."""
    return [*_levels(), "active", *DERIVED]


def means_of(world: World, made: Iterable[Block]) -> Means:
    """Return the means of everyone that is seen, which the index of total factor productivity is relative to.

    In every regime the index is relative to the firms as they were, so that it differs by what support did to the firm itself.
    """
    shape = (len(industries()[0]), len(world.years))
    count, sums = np.zeros(shape), {name: np.zeros(shape) for name in INPUTS[1:]}
    for block in made:
        seen = _active(block, exit_year(world, block.firms, block.support.completed))
        cell = (block.firms.industry[:, None] * shape[1] + np.arange(shape[1]))[seen]
        count += np.bincount(cell, minlength=count.size).reshape(shape)
        for name, levels in outcomes(block, INPUTS):
            if name in sums:
                logs = np.log(levels["both"][seen])
                sums[name] += np.bincount(cell, logs, minlength=count.size).reshape(shape)
    count[count <= 1] = np.nan  # a firm that is alone has nothing to be compared with
    return Means(**{name: total / count for name, total in sums.items()})


def measured(block: Block, means: Means) -> Measured:
    """Compute a block."""
    never = np.zeros_like(block.support.completed)
    supported = exit_year(block.world, block.firms, block.support.completed)
    exits = dict(zip(REGIMES, (exit_year(block.world, block.firms, never), supported, supported), strict=True))
    values = dict(outcomes(block))
    values = {name: values[name] for name in _levels()}
    values["active"] = {regime: _active(block, exits[regime]).astype(float) for regime in REGIMES}
    for name, derive in (("real_value_added_per_worker", _per_worker), ("jobs_growth", _jobs_growth)):
        values[name] = {regime: derive(block, values, regime) for regime in REGIMES}
    values["tfp"] = {regime: _tfp(block, values, regime, means) for regime in REGIMES}
    return Measured(block, exits, {name: values[name] for name in truth_columns()})


def _levels() -> Iterator[str]:
    """Name outcomes as in the table of firms; the expected number of accidents stands after the count."""
    order = ("workers", "sales", "value_added")
    for name in (*order, *(other for other in fact("outcomes") if other not in order)):
        yield name
        if name == "accidents":
            yield "expected_accidents"


def _active(block: Block, closed: np.ndarray) -> np.ndarray:
    return np.asarray(block.there & (block.world.years < closed[:, None]))


def _per_worker(block: Block, values: dict[str, Regimes], regime: str) -> np.ndarray:
    """Return value added per worker at prices of 2020."""
    year = np.broadcast_to(block.world.years, block.there.shape).ravel()
    flat = productivity.value_added_per_worker(
        values["value_added"][regime].ravel(), values["workers"][regime].ravel(), year
    )
    return np.asarray(flat.reshape(block.there.shape))


def _jobs_growth(block: Block, values: dict[str, Regimes], regime: str) -> np.ndarray:
    """Return the growth of jobs: −2 in the year of exit, blank after it, 2 at founding, blank in a first year that is none."""
    there = block.there
    unit, at = np.nonzero(there)
    staff = np.where(values["active"][regime] > 0, values["workers"][regime], 0.0)[there]
    founded = block.firms.founded[unit]
    growth = np.full(there.shape, np.nan)
    growth[there] = productivity.job_growth(staff, unit, block.world.years[at], founded)
    return growth


def _tfp(block: Block, values: dict[str, Regimes], regime: str, means: Means) -> np.ndarray:
    """Return (v − v̄) − s (l − l̄) − (1 − s)(k − k̄) in logs, as `impact.productivity.tfp_index` with one share for all."""
    s, industry = number("labour_share"), block.firms.industry
    v, l, k = (  # noqa: E741, the paper's letter
        np.log(values[name][regime]) - getattr(means, name)[industry] for name in INPUTS[1:]
    )
    return np.asarray(v - s * l - (1 - s) * k)
