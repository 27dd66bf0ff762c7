"""Callaway and Sant'Anna (2021): the effect on supported firms, by cohort and period.

ATT(g, t) is how much the outcome of the firms first supported in g differs in t from what it would have been without
support, under trends that are parallel given covariates:

    ATT(g, t) = E[ (w_g − w_c) (Y_t − Y_b − m(X)) ],   b the base period,   w, m as in `_sides` (reg, ipw, dr).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from impact import checks
from impact.blocks import AnyBlock, Block, Tilted, pieces, sided
from impact.design import Cell, Design, Job
from impact.errors import InputError
from impact.estimates import Estimate
from impact.estimators import _data, _parts, _rows, _sides, _tilt
from impact.estimators._parts import Part
from impact.estimators._sides import Groups, Side

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

    >>> import pandas as pd
    >>> from impact.panel import Panel
    >>> from impact.roles import Roles
    >>> firms = {"firm": [1, 1, 2, 2, 3, 3], "year": [2019, 2020] * 3, "first": [2020, 2020, 0, 0, 0, 0]}
    >>> frame = pd.DataFrame({**firms, "y": [1.0, 4.0, 2.0, 3.0, 0.0, 1.0]})
    >>> panel = Panel.of(frame, Roles("firm", "year", "first", outcomes=("y",)))
    >>> float(estimate(Design.of(panel), "y", Options()).value.loc[2020, 2020])
    2.0
    """
    data = _data.read(design, outcome)
    checks.refuse(list(fail_if_odds_are_pooled(design, data, options.method)))
    starts: dict[int, np.ndarray] = {}
    parts = [part for job in design.jobs() for part in _fits(design, data, job, options.method, starts)]
    checks.warn(_parts.unidentified(design, parts))
    return _parts.estimate(design, data, parts)


def fail_if_odds_are_pooled(design: Design, data: _data.Data, method: Method) -> Iterator[str]:
    """Inverse probability alone has one set of odds for all supported firms, which fits no single region."""
    if method == "ipw" and data.x.shape[2] > 1 and _told_apart(design):
        yield (
            'Effects by region or subgroup need method="reg" or "dr"; seen: "ipw", whose odds of support make comparison firms '
            'like all supported firms, not like those of one region. Use "dr", which reweights them to each region.'
        )


def _fits(design: Design, data: _data.Data, job: Job, method: Method, starts: dict[int, np.ndarray]) -> Iterator[Part]:
    """Split a job into fits: cells share one as long as they share firms, covariates and weights.

    starts: for each group, the last coefficients of its propensity score, from which the next fit begins.
    """
    shared: dict[tuple[int, int], list[Cell]] = {}
    for cell in job.cells:
        if cell.base == cell.period:
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
    groups = _groups(design, data, job, cells)
    adjusted = c.x.shape[1] > 1
    needed = method != "ipw" or not adjusted
    model = _sides.outcome_model(c) if needed and len(c.x) else None
    reasons = [_reason(count, len(comparison), needed and model is None) for count in groups.counts]
    for row, count, reason in zip(groups.rows, groups.counts, reasons, strict=True):
        if reason:
            yield _parts.empty(design, row, cells, (count, len(comparison)), reason)
    groups = groups.only(np.array([not reason for reason in reasons]))
    if not len(groups.rows):
        return
    if model is not None and (method == "reg" or not adjusted):
        yield _regressed(design, cells, groups, comparison, c, model)
    elif model is not None and method == "dr" and _told_apart(design):
        yield from _tilted(design, cells, groups, comparison, c)
    else:
        yield from _scored(design, cells, groups, comparison, c, model, starts)


def _regressed(
    design: Design, cells: list[Cell], groups: Groups, comparison: np.ndarray, c: Side, model: _sides.Outcome
) -> Part:
    """Compare all groups with what one regression predicts: their influence shares the residuals of comparison firms."""
    left = groups.side.change - groups.side.x @ model.beta
    directions = groups.mean(groups.side.x) @ model.inverse
    return _of_groups(design, cells, groups, left, _sides.shared(c, comparison, model, directions))


def _tilted(design: Design, cells: list[Cell], groups: Groups, comparison: np.ndarray, c: Side) -> Iterator[Part]:
    """Compare each group with comparison firms reweighted to look like it; their influence is made again when needed."""
    fit = _tilt.balanced(c, groups.mean(groups.side.x))
    for row, count, found in zip(groups.rows, groups.counts, fit.found, strict=True):
        if not found:
            yield _parts.empty(design, row, cells, (count, len(comparison)), _tilt.ALONE)
    if fit.found.any():
        groups, tilt, slope = groups.only(fit.found), fit.tilt[:, fit.found], fit.slope[fit.found]
        left = [s.change - s.x @ beta for s, beta in zip(groups.sides(), slope, strict=True)]
        common = Tilted(comparison, c.x, c.change, c.weight, tilt, slope, np.arange(len(slope) * len(cells)))
        yield _of_groups(design, cells, groups, np.concatenate(left), common)


def _scored(
    design: Design, cells: list[Cell], groups: Groups, comparison: np.ndarray, c: Side,
    model: _sides.Outcome | None, starts: dict[int, np.ndarray],
) -> Iterator[Part]:  # fmt: skip
    """Compare each group with comparison firms weighted by their odds of being in it."""
    firms = np.split(groups.units, np.cumsum(groups.counts)[:-1])
    for row, supported, s in zip(groups.rows, firms, groups.sides(), strict=True):
        score = _sides.propensity(s, c, starts.get(row))
        if score is None:
            yield _parts.empty(design, row, cells, (len(supported), len(comparison)), _rows.SEPARATED)
            continue
        starts[row] = score.beta
        effect, local = _sides.effect(s, c, model, score), np.arange(len(cells))
        blocks = Block(supported, effect.supported, local, own=True), Block(comparison, effect.comparison, local)
        yield _parts.found(design, [row], cells, effect.value, ([len(supported)], len(comparison)), blocks)


def _of_groups(design: Design, cells: list[Cell], groups: Groups, left: np.ndarray, common: AnyBlock) -> Part:
    """Put the effects of groups that share their comparison firms under one another, group by group.

    left: what changes of supported firms have beyond what is predicted for them (n × m).
    """
    value, influence = groups.effect(left)
    own = sided(groups.units, groups.counts, influence)
    return _parts.found(design, groups.rows, cells, value.ravel(), (groups.counts, len(common.rows)), (own, common))


def _told_apart(design: Design) -> bool:
    """Tell whether supported firms are told apart by region or subgroup beside the same comparison firms."""
    return bool({"region", "subgroup"} & set(design.groups.columns))


def _groups(design: Design, data: _data.Data, job: Job, cells: list[Cell]) -> Groups:
    """Return the supported firms of all groups that are seen in both periods of the cells."""
    units, side = _side(data, job.everyone, cells)
    rows = np.array(job.groups)
    counts = np.bincount(np.searchsorted(rows, design.group_of[units]), minlength=len(rows))
    return Groups(rows, units, counts, side)


def _side(data: _data.Data, units: np.ndarray, cells: list[Cell]) -> tuple[np.ndarray, Side]:
    """Return the units that are seen in both periods of the cells, with their covariates, changes and weights."""
    after = [cell.period for cell in cells]
    before = [cell.base for cell in cells]
    change = np.empty((len(units), len(cells)))
    for at in pieces(len(units)):
        some = units[at, None]
        change[at] = data.y[some, after] - data.y[some, before]
    known = ~np.isnan(change).any(axis=1)
    if not known.all():
        units, change = units[known], change[known]
    at_x, at_w = (0 if values.shape[1] == 1 else cells[0].earlier for values in (data.x, data.weight))
    return units, Side(data.x[units, at_x], change, data.weight[units, at_w])


def _reason(supported: int, comparison: int, lost: bool) -> str:
    """Return why cells cannot be estimated; nothing where they can. lost: the regression that they need cannot be made."""
    if not supported or not comparison:
        return f"no {'comparison' if supported else 'supported'} firm is seen in both periods"
    return _rows.COLLINEAR if lost else ""


def _fit_rows(design: Design, data: _data.Data, job: Job, cell: Cell, method: Method) -> Iterator[Part]:
    """Compare levels of rows, where firms need not be seen in both periods."""
    c = _rows_of(data, job.comparison, cell)
    for row, units in zip(job.groups, job.supported, strict=True):
        d = _rows_of(data, units, cell)
        found = _rows.effect(d, c, method)
        if isinstance(found, str):
            yield _parts.empty(design, row, [cell], (len(np.unique(d.unit)), len(np.unique(c.unit))), found)
            continue
        own = replace(_rows.per_unit(d.unit, found.supported), own=True)
        common = _rows.per_unit(c.unit, found.comparison)
        counts = [len(own.rows)], len(common.rows)
        yield _parts.found(design, [row], [cell], np.array([found.value]), counts, (own, common))


def _rows_of(data: _data.Data, units: np.ndarray, cell: Cell) -> _rows.Rows:
    """Return the rows of the base period and of the period itself, each with its own covariates and weight."""
    periods = np.array([cell.base, cell.period], dtype=np.int64)
    known = ~np.isnan(data.y[np.ix_(units, periods)])
    position, after = np.nonzero(known)
    unit, at = units[position], periods[after]
    x = data.x[unit, at if data.x.shape[1] > 1 else 0]
    weight = data.weight[unit, at if data.weight.shape[1] > 1 else 0]
    return _rows.Rows(unit, after == 1, x, data.y[unit, at], weight)
