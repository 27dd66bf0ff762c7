"""What fits yield, cell by cell, and how it becomes one estimate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from impact.design import Cell, Design, Job
from impact.errors import counted, first_five
from impact.estimates import Estimate
from impact.estimators import _data
from impact.noise import Block, Influence

Counts = tuple[Sequence[int], int]  # supported firms of each group, comparison firms


@dataclass(frozen=True)
class Part:
    """What one fit yields: cells by label, effects, counts, influence (by position within the part), and why not."""

    index: pd.MultiIndex
    value: np.ndarray
    n_supported: np.ndarray
    n_comparison: np.ndarray
    blocks: tuple[Block, ...] = ()
    reason: str = ""


def found(
    design: Design, rows: Sequence[int], cells: list[Cell], value: np.ndarray, counts: Counts, blocks: Sequence[Block]
) -> Part:
    """Describe the cells of some groups that could be estimated, group by group; blocks count positions in this order."""
    labels = design.periods[[cell.period for cell in cells]]
    index = design.index(np.repeat(rows, len(cells)), np.tile(labels, len(rows)))
    n_supported, n_comparison = counts
    supported = np.repeat(n_supported, len(cells))
    return Part(index, value, supported, np.full(len(index), n_comparison), tuple(blocks))


def empty(design: Design, row: int, cells: list[Cell], counts: tuple[int, int], reason: str) -> Part:
    """Describe cells that cannot be estimated, and why."""
    n_supported, n_comparison = (np.full(len(cells), count) for count in counts)
    nothing = np.full(len(cells), np.nan)
    return Part(_index(design, row, cells), nothing, n_supported, n_comparison, reason=reason)


def base(design: Design, data: _data.Data, job: Job, cell: Cell) -> Part:
    """Describe the base period of a universal base: zero by construction, for every group of which a firm is used."""
    index = design.index(np.array(job.groups), np.full(len(job.groups), design.periods[cell.period]))
    supported, comparison = (_used(data, units) for units in (job.supported, (job.comparison,)))
    return Part(index, np.where(supported > 0, 0.0, np.nan), supported, np.full(len(index), comparison[0]))


def estimate(design: Design, data: _data.Data, parts: Sequence[Part]) -> Estimate:
    """Put parts together in the order of their labels."""
    index = parts[0].index.append([part.index for part in parts[1:]])
    at = index.argsort()
    value = pd.Series(np.concatenate([part.value for part in parts])[at], index[at], name="estimate")
    counts = {
        name: pd.array(np.concatenate([getattr(part, name) for part in parts])[at], "Int64")
        for name in ("n_supported", "n_comparison")
    }
    state = np.where(value.notna(), "shown", "not identified")
    cells = pd.DataFrame({**counts, "df": np.inf, "state": state}, index=value.index)
    noise = Influence(design.panel.units, _placed(parts, np.argsort(at)), len(value))
    return Estimate(value, noise, cells, _data.shares(design, data))


def unidentified(parts: Sequence[Part]) -> list[str]:
    """Say which cells cannot be estimated, and why."""
    by_reason: dict[str, list[str]] = {}
    for part in parts:
        if part.reason:
            by_reason.setdefault(part.reason, []).extend(_labels(part.index))
    return [
        f"{counted(len(labels), 'effect')} cannot be estimated because {reason}: {first_five(labels)}. "
        f"{'They have' if len(labels) > 1 else 'It has'} no value and {'take' if len(labels) > 1 else 'takes'} no part in "
        "averages."
        for reason, labels in by_reason.items()
    ]


def _used(data: _data.Data, groups: Sequence[np.ndarray]) -> np.ndarray:
    return np.array([np.count_nonzero(data.share_weight[units]) for units in groups])


def _placed(parts: Sequence[Part], place: np.ndarray) -> tuple[Block, ...]:
    """Give blocks the positions of their cells among all cells."""
    starts = np.cumsum([0, *(len(part.index) for part in parts)])
    return tuple(
        Block(block.rows, block.factors, place[start + block.cells], block.loadings)
        for start, part in zip(starts[:-1], parts, strict=True)
        for block in part.blocks
    )


def _labels(index: pd.MultiIndex) -> list[str]:
    return [" ".join(f"{name} {value}" for name, value in zip(index.names, label, strict=True)) for label in index]


def _index(design: Design, row: int, cells: list[Cell]) -> pd.MultiIndex:
    return design.index(np.full(len(cells), row), design.periods[[cell.period for cell in cells]])
