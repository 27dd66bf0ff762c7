"""What fits yield, cell by cell, and how it becomes one estimate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from impact.aggregate import marked_thin
from impact.blocks import AnyBlock, gathered
from impact.design import Cell, Design, Job
from impact.errors import counted, first_five
from impact.estimates import Estimate
from impact.estimators import _data
from impact.noise import Influence

Counts = tuple[Sequence[int] | np.ndarray, int]  # supported firms of each group, comparison firms


@dataclass(frozen=True)
class Part:
    """What one fit yields: cells (rows of `Design.groups`, periods), effects, counts, influence by position, and why not."""

    groups: np.ndarray
    periods: np.ndarray
    value: np.ndarray
    n_supported: np.ndarray
    n_comparison: np.ndarray
    blocks: tuple[AnyBlock, ...] = ()
    reason: str = ""


def found(
    design: Design,
    rows: Sequence[int] | np.ndarray,
    cells: list[Cell],
    value: np.ndarray,
    counts: Counts,
    blocks: Sequence[AnyBlock],
) -> Part:
    """Describe the cells of some groups that could be estimated, group by group; blocks count positions in this order."""
    n_supported, n_comparison = counts
    supported = np.repeat(n_supported, len(cells))
    groups, periods = np.repeat(rows, len(cells)), np.tile(_periods(design, cells), len(rows))
    return Part(groups, periods, value, supported, np.full(len(groups), n_comparison), tuple(blocks))


def empty(design: Design, row: int, cells: list[Cell], counts: tuple[int, int], reason: str) -> Part:
    """Describe cells that cannot be estimated, and why."""
    n_supported, n_comparison = (np.full(len(cells), count) for count in counts)
    nothing = np.full(len(cells), np.nan)
    groups = np.full(len(cells), row)
    return Part(groups, _periods(design, cells), nothing, n_supported, n_comparison, reason=reason)


def base(design: Design, data: _data.Data, job: Job, cell: Cell) -> Part:
    """Describe the base period of a universal base: zero by construction, for every group of which a firm is used."""
    groups, n = np.array(job.groups), len(job.groups)
    supported, comparison = (_used(data, units) for units in (job.supported, (job.comparison,)))
    value = np.where(supported > 0, 0.0, np.nan)
    return Part(groups, np.full(n, design.periods[cell.period]), value, supported, np.full(n, comparison[0]))


def estimate(design: Design, data: _data.Data, parts: Sequence[Part]) -> Estimate:
    """Put parts together in the order of their labels."""
    groups, periods, values, n_supported, n_comparison = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("groups", "periods", "value", "n_supported", "n_comparison")
    )
    index = design.index(groups, periods)
    at = index.argsort()
    value = pd.Series(values[at], index[at], name="estimate")
    counts = {"n_supported": pd.array(n_supported[at], "Int64"), "n_comparison": pd.array(n_comparison[at], "Int64")}
    state = np.where(value.notna(), "shown", "not identified")
    cells = marked_thin(pd.DataFrame({**counts, "df": np.inf, "state": state}, index=value.index))
    units = design.panel.units
    noise = Influence(units, gathered(_placed(parts, np.argsort(at)), len(units), len(value)), len(value))
    return Estimate(value, noise, cells, _data.shares(design, data), design.attributes)


def unidentified(design: Design, parts: Sequence[Part]) -> list[str]:
    """Say which cells cannot be estimated, and why."""
    by_reason: dict[str, list[Part]] = {}
    for part in parts:
        if part.reason:
            by_reason.setdefault(part.reason, []).append(part)
    return [_unidentified(design, reason, of) for reason, of in by_reason.items()]


def _unidentified(design: Design, reason: str, parts: list[Part]) -> str:
    """Say of the cells that share a reason how many there are, and which are the first."""
    groups, periods = (np.concatenate([getattr(part, name) for part in parts]) for name in ("groups", "periods"))
    many = len(groups) > 1
    first = _labels(design.index(groups[:6], periods[:6]))
    return (
        f"{counted(len(groups), 'effect')} cannot be estimated because {reason}: {first_five(first)}. "
        f"{'They have' if many else 'It has'} no value and {'take' if many else 'takes'} no part in averages."
    )


def _used(data: _data.Data, groups: Sequence[np.ndarray]) -> np.ndarray:
    return np.array([np.count_nonzero(data.share_weight[units]) for units in groups])


def _placed(parts: Sequence[Part], place: np.ndarray) -> tuple[AnyBlock, ...]:
    """Give blocks the positions of their cells among all cells."""
    starts = np.cumsum([0, *(len(part.groups) for part in parts)])
    return tuple(
        block.placed(place[start + block.cells])
        for start, part in zip(starts[:-1], parts, strict=True)
        for block in part.blocks
    )


def _labels(index: pd.MultiIndex) -> list[str]:
    return [" ".join(f"{name} {value}" for name, value in zip(index.names, label, strict=True)) for label in index]


def _periods(design: Design, cells: list[Cell]) -> np.ndarray:
    periods: np.ndarray = design.periods[[cell.period for cell in cells]]
    return periods
