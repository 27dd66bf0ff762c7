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

from impact import checks
from impact.design import Cell, Design, Job
from impact.errors import InputError
from impact.estimates import Estimate
from impact.estimators import _data, _parts, _rows, _sides
from impact.estimators._parts import Part
from impact.noise import Block

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
    starts: dict[int, np.ndarray] = {}
    parts = [part for job in design.jobs() for part in _fits(design, data, job, options.method, starts)]
    checks.warn(_parts.unidentified(parts))
    return _parts.estimate(design, data, parts)


def _fits(design: Design, data: _data.Data, job: Job, method: Method, starts: dict[int, np.ndarray]) -> Iterator[Part]:
    """Split a job into fits: cells share one as long as they share firms, covariates and weights.

    starts: for each group, the last coefficients of its propensity score, from which the next fit begins.
    """
    shared: dict[tuple[int, int], list[Cell]] = {}
    for cell in job.cells:
        if cell.base is None:
            reason = "there is no period before support"
            yield from (_parts.empty(design, row, [cell], (0, 0), reason) for row in job.groups)
        elif cell.base == cell.period:
            yield _parts.base(design, data, job, cell)
        elif design.unbalanced == "keep" and not data.complete:
            yield from _fit_rows(design, data, job, cell, method)
        else:
            key = (0 if data.constant else cell.earlier, 0 if data.complete else cell.period)
            shared.setdefault(key, []).append(cell)
    for cells in shared.values():
        yield from _fit_changes(design, data, job, cells, method, starts)


def _fit_changes(
    design: Design, data: _data.Data, job: Job, cells: list[Cell], method: Method, starts: dict[int, np.ndarray]
) -> Iterator[Part]:
    """Fit the changes of comparison firms once, and compare each group of supported firms with them."""
    comparison, c = _side(data, job.comparison, cells)
    model = _sides.outcome_model(c) if len(c.x) and (method != "ipw" or c.x.shape[1] == 1) else None
    for row, units in zip(job.groups, job.supported, strict=True):
        supported, s = _side(data, units, cells)
        score = None
        if len(s.x) and len(c.x) and method != "reg" and s.x.shape[1] > 1:
            score = _sides.propensity(s, c, starts.get(row))
            starts |= {} if score is None else {row: score.beta}
        reason = _reason(s, c, model, score, method)
        if reason:
            yield _parts.empty(design, row, cells, (len(s.x), len(c.x)), reason)
            continue
        effect, local = _sides.effect(s, c, model, score), np.arange(len(cells))
        blocks = Block(supported, effect.supported, local), Block(comparison, effect.comparison, local)
        yield _parts.found(design, row, cells, effect.value, blocks)


def _side(data: _data.Data, units: np.ndarray, cells: list[Cell]) -> tuple[np.ndarray, _sides.Side]:
    """Return the units that are seen in both periods of the cells, with their covariates, changes and weights."""
    after = np.array([cell.period for cell in cells])
    before = np.array([cell.base for cell in cells if cell.base is not None])
    change = data.y[np.ix_(units, after)] - data.y[np.ix_(units, before)]
    known = ~np.isnan(change).any(axis=1)
    at_x, at_w = (0 if values.shape[1] == 1 else cells[0].earlier for values in (data.x, data.weight))
    x, weight = data.x[units, at_x], data.weight[units, at_w]
    return units[known], _sides.Side(x[known], change[known], weight[known])


def _reason(
    s: _sides.Side, c: _sides.Side, model: _sides.Outcome | None, score: _sides.Propensity | None, method: Method
) -> str:
    """Return why cells cannot be estimated; nothing where they can."""
    if not len(s.x) or not len(c.x):
        return f"no {'comparison' if len(s.x) else 'supported'} firm is seen in both periods"
    adjusted = s.x.shape[1] > 1
    if model is None and (method != "ipw" or not adjusted):
        return _rows.COLLINEAR
    return _rows.SEPARATED if score is None and method != "reg" and adjusted else ""


def _fit_rows(design: Design, data: _data.Data, job: Job, cell: Cell, method: Method) -> Iterator[Part]:
    """Compare levels of rows, where firms need not be seen in both periods."""
    c = _rows_of(data, job.comparison, cell)
    for row, units in zip(job.groups, job.supported, strict=True):
        d = _rows_of(data, units, cell)
        found = _rows.effect(d, c, method)
        if isinstance(found, str):
            counts = len(np.unique(d.unit)), len(np.unique(c.unit))
            yield _parts.empty(design, row, [cell], counts, found)
            continue
        blocks = _rows.per_unit(d.unit, found.supported), _rows.per_unit(c.unit, found.comparison)
        yield _parts.found(design, row, [cell], np.array([found.value]), blocks)


def _rows_of(data: _data.Data, units: np.ndarray, cell: Cell) -> _rows.Rows:
    """Return the rows of the base period and of the period itself, each with its own covariates and weight."""
    periods = np.array([cell.base, cell.period], dtype=np.int64)
    known = ~np.isnan(data.y[np.ix_(units, periods)])
    position, after = np.nonzero(known)
    unit, at = units[position], periods[after]
    x = data.x[unit, at if data.x.shape[1] > 1 else 0]
    weight = data.weight[unit, at if data.weight.shape[1] > 1 else 0]
    return _rows.Rows(unit, after == 1, x, data.y[unit, at], weight)
