"""A simulated panel, from top to bottom: firms, support, crowds, outcomes, tables, truth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa

from impact.simulate.estimands import Sums
from impact.simulate.exposure import neighbours, rivals
from impact.simulate.firms import firms
from impact.simulate.measured import NOT_MEASURED, Measured, means_of, measured, truth_columns
from impact.simulate.outcomes import Block, Everyone, block_of
from impact.simulate.programme import support
from impact.simulate.streams import blocks
from impact.simulate.tables import firms_table, rows_of, truth_table
from impact.simulate.world import World


@dataclass(frozen=True)
class Simulated:
    """A panel with a known truth.

    firms: what an analyst sees, one row per firm and year. truth: every outcome without support (`_0`), with first support only
    (`_first`) and as it was, with second support (`_both`). estimands: mean effects on the supported.
    """

    firms: pd.DataFrame
    truth: pd.DataFrame
    estimands: pd.DataFrame
    world: World


def simulate(world: World) -> Simulated:
    """Simulate a world and keep it in memory: 20,000 firms are 0.2 GB; write larger worlds to files (`write`).

    >>> made = simulate(World(firms=200))
    >>> made.firms["simulated"].unique().tolist()
    ['SIMULATED / 모의자료']
    """
    sums, seen, known = Sums(), [], []
    for one in computed(world, everyone(world)):
        sums.add(one)
        rows = rows_of(one, pa.float64())
        seen.append(firms_table(one, rows))
        known.append(truth_table(one, rows))
    return Simulated(_frame(seen), _frame(known), sums.table(), world)


def without_support(made: Simulated) -> pd.DataFrame:
    """Return the table of firms as it would have been, had the firm itself not been supported; blank where firms are not seen."""
    names = [name for name in truth_columns() if name not in NOT_MEASURED]
    seen = {name: made.firms[name].notna() for name in names}
    return made.firms.assign(**{name: made.truth[f"{name}_0"].where(seen[name]) for name in names})


def everyone(world: World) -> Everyone:
    """Draw the firms, run the programme, and find who is near whom."""
    drawn = firms(world)
    made = support(world, drawn)
    near = neighbours(world, drawn, made.completed) if world.spillover else None
    rival = rivals(world, drawn, made.completed) if world.displacement else None
    return Everyone(drawn, made, near, rival)


def computed(world: World, all_firms: Everyone) -> Iterator[Measured]:
    """Yield block after block, computed."""
    means = means_of(world, _blocks(world, all_firms))
    for block in _blocks(world, all_firms):
        yield measured(block, means)


def _blocks(world: World, all_firms: Everyone) -> Iterator[Block]:
    for block, rows in blocks(world.firms):
        yield block_of(world, all_firms, block, rows)


def _frame(tables: list[pa.Table]) -> pd.DataFrame:
    return pa.concat_tables(tables).to_pandas()
