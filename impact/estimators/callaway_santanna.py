"""Callaway and Sant'Anna (2021): the effect on supported firms, by cohort and period.

ATT(g, t) is how much the outcome of the firms first supported in g differs in t from what it would have been without
support, under trends that are parallel given covariates:

    ATT(g, t) = E[ (w_g − w_c) (Y_t − Y_b − m(X)) ],   b the base period,   w, m as in `_sides` (reg, ipw, dr).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd

from impact import checks
from impact.design import Cell, Design, Job
from impact.errors import InputError, counted, first_five
from impact.estimates import Estimate
from impact.estimators import _data, _sides
from impact.noise import Block, Influence

SOURCE = (
    "Callaway, B. and Sant'Anna, P. H. C. (2021). Difference-in-differences with multiple time periods. "
    "Journal of Econometrics 225(2), 200–230. doi:10.1016/j.jeconom.2020.12.001"
)

Method = Literal["dr", "reg", "ipw"]


@dataclass(frozen=True)
class Options:
    """Numerical choices. method: "dr" doubly robust, "reg" outcome regression, "ipw" inverse probability weighting."""

    method: Method = "dr"

    def __post_init__(self) -> None:
        """Refuse a method that does not exist."""
        if self.method not in get_args(Method):
            raise InputError(f"method must be 'dr', 'reg' or 'ipw'; seen: {self.method!r}.")


@dataclass(frozen=True)
class Part:
    """What one fit yields: cells by label, effects, counts, influence, and why a cell is not identified."""

    index: pd.MultiIndex
    value: np.ndarray
    n_supported: np.ndarray
    n_comparison: np.ndarray
    blocks: tuple[Block, ...]
    reason: str = ""


def estimate(design: Design, outcome: str, options: Options) -> Estimate:
    """Estimate ATT(g, t) for every cohort g and period t of the design.

    The estimand: by how much support changed the outcome of the firms first supported in g, in period t, on average.

    design: who is compared with whom. outcome: a column, or a transform of one. options: the method.
    Returns an Estimate over (cohort, period) and, where the design has them, region, subgroup or stratum; a cell that cannot
    be estimated has no value and the state "not identified". Raises InputError where no firm can be used; warns about
    cells that cannot be estimated.
    Source: Callaway & Sant'Anna (2021), eq. 2.3–2.4 and section 4; influence: theorem 2. Conventions of R's did 2.5.1.

    >>> import impact
    >>> e = impact.estimate(frame, "y", "firm", "year", first_supported="g")  # doctest: +SKIP
    """
    data = _data.read(design, outcome)
    parts = [part for job in design.jobs() for part in _parts(design, data, job, options.method)]
    checks.warn(_unidentified(parts))
    return _assembled(design, data, parts)


def _parts(design: Design, data: _data.Data, job: Job, method: Method) -> Iterator[Part]:
    """Split a job into fits: cells share one as long as they share firms, covariates and weights."""
    bases = [cell for cell in job.cells if cell.base == cell.period]
    yield from (_base_part(design, job, cell) for cell in bases)
    shared: dict[tuple[int, int], list[Cell]] = {}
    for cell in (cell for cell in job.cells if cell.base != cell.period):
        key = (0 if data.constant else cell.earlier, 0 if data.complete else cell.period)
        shared.setdefault(key, []).append(cell)
    for cells in shared.values():
        yield from _fit(design, data, job, cells, method)


def _fit(design: Design, data: _data.Data, job: Job, cells: list[Cell], method: Method) -> Iterator[Part]:
    """Fit the outcome of comparison firms once, and compare each group of supported firms with it."""
    if cells[0].base is None:
        yield from (_empty(design, row, cells, 0, 0, "there is no period before support") for row in job.groups)
        return
    known, c = _side(data, job.comparison, cells)
    comparison = job.comparison[known]
    model = _sides.outcome_model(c) if method != "ipw" and len(c.x) else None
    for row, units in zip(job.groups, job.supported, strict=True):
        seen, s = _side(data, units, cells)
        reason, score = _reason(s, c), None
        if not reason and method != "ipw" and model is None:
            reason = "covariates of comparison firms are collinear, or more than the firms"
        if not reason and method != "reg" and s.x.shape[1] > 1:
            score = _sides.propensity(s, c)
            reason = "" if score else "covariates separate supported from comparison firms"
        if reason:
            yield _empty(design, row, cells, len(s.x), len(c.x), reason)
            continue
        yield _found(design, row, cells, units[seen], comparison, _effect(s, c, model, score))


def _effect(
    s: _sides.Side, c: _sides.Side, model: _sides.Outcome | None, score: _sides.Propensity | None
) -> _sides.Effect:
    """Compare; without covariates all methods are the difference of mean changes, which regression on a constant is."""
    alone = _sides.outcome_model(c) if model is None and score is None else model
    return _sides.effect(s, c, alone, score)


def _side(data: _data.Data, units: np.ndarray, cells: list[Cell]) -> tuple[np.ndarray, _sides.Side]:
    """Return which of the units are seen in both periods of the cells, and their covariates, changes and weights."""
    y = data.y if len(units) == len(data.y) else data.y[units]
    change = y[:, [cell.period for cell in cells]] - y[:, [cell.base for cell in cells if cell.base is not None]]
    known = ~np.isnan(change).any(axis=1)
    at_x, at_w = (0 if values.shape[1] == 1 else cells[0].earlier for values in (data.x, data.weight))
    x, weight = data.x[units, at_x], data.weight[units, at_w]
    return known, _sides.Side(x[known], change[known], weight[known])


def _reason(s: _sides.Side, c: _sides.Side) -> str:
    if not len(s.x):
        return "no supported firm is seen in both periods"
    return "" if len(c.x) else "no comparison firm is seen in both periods"


def _found(
    design: Design, row: int, cells: list[Cell], supported: np.ndarray, comparison: np.ndarray, effect: _sides.Effect
) -> Part:
    """Describe cells that could be estimated; the positions of cells are set when the parts are put together."""
    index = _index(design, row, cells)
    local = np.arange(len(cells))
    blocks = (Block(supported, effect.supported, local), Block(comparison, effect.comparison, local))
    n_supported, n_comparison = np.full(len(cells), len(supported)), np.full(len(cells), len(comparison))
    return Part(index, effect.value, n_supported, n_comparison, blocks)


def _empty(design: Design, row: int, cells: list[Cell], n_supported: int, n_comparison: int, reason: str) -> Part:
    m = len(cells)
    counts = np.full(m, n_supported), np.full(m, n_comparison)
    return Part(_index(design, row, cells), np.full(m, np.nan), counts[0], counts[1], (), reason)


def _base_part(design: Design, job: Job, cell: Cell) -> Part:
    """Describe the base period of a universal base: zero by construction, for every group."""
    index = design.index(np.array(job.groups), np.full(len(job.groups), design.periods[cell.period]))
    supported = np.array([len(units) for units in job.supported])
    return Part(index, np.zeros(len(index)), supported, np.full(len(index), len(job.comparison)), ())


def _index(design: Design, row: int, cells: list[Cell]) -> pd.MultiIndex:
    return design.index(np.full(len(cells), row), design.periods[[cell.period for cell in cells]])


def _assembled(design: Design, data: _data.Data, parts: list[Part]) -> Estimate:
    """Put parts together in the order of their labels."""
    index = parts[0].index.append([part.index for part in parts[1:]])
    order = np.argsort(index.argsort())
    starts = np.cumsum([0, *(len(part.index) for part in parts)])
    blocks = [
        Block(block.rows, block.factors, order[start + block.cells], block.loadings)
        for start, part in zip(starts[:-1], parts, strict=True)
        for block in part.blocks
    ]
    at = np.argsort(order)
    value = pd.Series(np.concatenate([part.value for part in parts])[at], index[at], name="estimate")
    state = np.where(value.notna(), "shown", "not identified")
    counts = {
        name: pd.array(np.concatenate([getattr(part, name) for part in parts])[at], "Int64")
        for name in ("n_supported", "n_comparison")
    }
    cells = pd.DataFrame({**counts, "df": np.inf, "state": state}, index=value.index)
    noise = Influence(design.panel.units, tuple(blocks), len(value))
    return Estimate(value, noise, cells, _data.shares(design, data))


def _unidentified(parts: list[Part]) -> list[str]:
    """Say which cells cannot be estimated, and why."""
    by_reason: dict[str, list[str]] = {}
    for part in parts:
        if part.reason:
            names = list(part.index.names)
            labels = [" ".join(f"{n} {v}" for n, v in zip(names, label, strict=True)) for label in part.index]
            by_reason.setdefault(part.reason, []).extend(labels)
    return [
        f"{counted(len(labels), 'effect')} cannot be estimated because {reason}: {first_five(labels)}. Such an effect has no "
        "value and takes no part in averages."
        for reason, labels in by_reason.items()
    ]
