"""Least squares with firm and period effects, fast where all firms of a cohort have the same regressors.

Firm effects are removed by subtracting each firm's mean, period effects enter as regressors (there are few of them), which is
exact for any pattern of missing firm-years. In a complete panel without weights and without covariates the regressors are the
same for all firms of a cohort: then the normal equations need only cohort means, and influence is
residuals (firms × periods) times one small matrix per cohort.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impact.design import Design
from impact.errors import InputError, counted
from impact.estimators._data import Data
from impact.noise import Block


@dataclass(frozen=True)
class Fit:
    """Coefficients of support, their influence by firm (scaled by the small-sample factor), degrees of freedom of t."""

    value: np.ndarray
    blocks: tuple[Block, ...]
    df: float


@dataclass(frozen=True)
class Stack:
    """Rows with the means of their firm taken off: z (rows × regressors, support first), y, weight, and the firm of each."""

    z: np.ndarray
    y: np.ndarray
    weight: np.ndarray
    unit: np.ndarray


def fit(design: Design, data: Data, support: np.ndarray) -> Fit:
    """Regress on support (cohorts × periods × k, never supported last), covariates, firm and period effects."""
    plain = data.complete and data.constant and data.x.shape[2] == 1 and design.panel.roles.weight is None
    return _by_cohort(design, data, support) if plain else _by_row(design, data, support)


def _by_cohort(design: Design, data: Data, support: np.ndarray) -> Fit:
    """Fit a complete panel, in which all firms of a cohort have the same regressors."""
    cohorts = np.append(design.cohorts, np.inf)
    members = [np.flatnonzero((design.cohort == g) & (data.share_weight > 0)) for g in cohorts]
    sizes = np.array([len(units) for units in members], float)
    z = support - support.mean(axis=1, keepdims=True)
    z = z - np.average(z, axis=0, weights=sizes)
    gram = np.einsum("g,gtk,gtl->kl", sizes, z, z)
    inverse = _inverted(gram, sizes.sum() * z.shape[1])
    y = [_off_firm(data.y[units]) for units in members]
    common = sum(part.sum(axis=0) for part in y) / sizes.sum()
    moment = sum(zg.T @ (part.sum(axis=0) - len(part) * common) for zg, part in zip(z, y, strict=True))
    beta = inverse @ moment
    n = int(sizes.sum()) * z.shape[1]
    factor, df = _small_sample(design, np.concatenate(members), n, len(beta))
    cells = np.arange(len(beta))
    blocks = tuple(
        Block(units, part - common - zg @ beta, cells, factor * (zg @ inverse))
        for units, part, zg in zip(members, y, z, strict=True)
        if len(units)
    )
    return Fit(beta, blocks, df)


def _by_row(design: Design, data: Data, support: np.ndarray) -> Fit:
    """Fit any pattern of firm-years, weights and covariates."""
    stack = _stack(design, data, support)
    weighted = stack.z * stack.weight[:, None]
    gram = weighted.T @ stack.z
    kept = _independent(gram, support.shape[2])
    inverse = _inverted(gram[np.ix_(kept, kept)], len(stack.y))
    z, wide = stack.z[:, kept], weighted[:, kept]
    beta = inverse @ (wide.T @ stack.y)
    scores = wide * (stack.y - z @ beta)[:, None]
    units, position = np.unique(stack.unit, return_inverse=True)
    k = support.shape[2]
    summed = np.stack([np.bincount(position, column, len(units)) for column in scores.T], axis=1)
    regressors = len(kept) - (len(design.periods) - 1)
    factor, df = _small_sample(design, units, len(stack.y), regressors)
    return Fit(beta[:k], (Block(units, factor * (summed @ inverse[:, :k]), np.arange(k)),), df)


def rows(design: Design, data: Data, support: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the rows of firms that are seen at least twice: unit, period, weight, and columns (support, covariates, y)."""
    seen = ~np.isnan(data.y)
    seen &= (seen.sum(axis=1) > 1)[:, None]
    if not seen.any():
        raise InputError(
            "Firm effects need firms that are seen in two periods or more; there is none. Name the column that identifies a "
            'firm as unit, or use estimator="callaway_santanna".'
        )
    unit, period = np.nonzero(seen)
    weight = data.weight[unit, period if data.weight.shape[1] > 1 else 0]
    cohort = np.searchsorted(np.append(design.cohorts, np.inf), design.cohort[unit])
    covariates = _covariates(data, unit, period, _dummies(period, seen.shape[1]))
    return unit, period, weight, np.column_stack([support[cohort, period], covariates, data.y[unit, period]])


def _stack(design: Design, data: Data, support: np.ndarray) -> Stack:
    """Take each firm's weighted mean off its rows; period effects stand behind support, before covariates."""
    unit, period, weight, columns = rows(design, data, support)
    columns = np.insert(columns, [support.shape[2]], _dummies(period, len(design.periods)), axis=1)
    off = columns - _means(columns, weight, unit)[unit]
    return Stack(off[:, :-1], off[:, -1], weight, unit)


def _dummies(period: np.ndarray, periods: int) -> np.ndarray:
    """Return indicators of all periods but the first."""
    return (period[:, None] == np.arange(1, periods)).astype(float)


def _covariates(data: Data, unit: np.ndarray, period: np.ndarray, dummies: np.ndarray) -> np.ndarray:
    """Return covariates that change as they are, and constant ones with a coefficient for each period."""
    values = data.x[:, :, 1:]
    if values.shape[1] == 1:
        fixed, changing = values[unit, 0], np.empty((len(unit), 0))
    else:
        same = np.array([_same(values[:, :, k]) for k in range(values.shape[2])], bool)
        fixed, changing = values[unit, period][:, same], values[unit, period][:, ~same]
    crossed = (fixed[:, :, None] * dummies[:, None, :]).reshape(len(unit), -1)
    return np.hstack([changing, crossed])


def _same(values: np.ndarray) -> bool:
    return bool(np.all((values == values[:, :1]) | np.isnan(values)))


def _means(columns: np.ndarray, weight: np.ndarray, unit: np.ndarray) -> np.ndarray:
    """Return weighted means of columns by unit."""
    total = np.bincount(unit, weight)
    sums = np.stack([np.bincount(unit, weight * column) for column in columns.T], axis=1)
    return sums / np.where(total > 0, total, 1)[:, None]


def _off_firm(y: np.ndarray) -> np.ndarray:
    return y - y.mean(axis=1, keepdims=True)


def _independent(gram: np.ndarray, k: int) -> np.ndarray:
    """Keep all regressors of support, and of the others those that are not combinations of ones before them."""
    size = np.sqrt(np.diag(gram))
    kept: list[int] = []
    for position in np.flatnonzero(size > 0):
        trial = [*kept, int(position)]
        part = gram[np.ix_(trial, trial)] / np.outer(size[trial], size[trial])
        if position < k or np.linalg.eigvalsh(part)[0] > 1e-10:
            kept = trial
    return np.array(kept, int)


def _inverted(gram: np.ndarray, rows: float) -> np.ndarray:
    size = np.sqrt(np.diag(gram))
    if (size <= 0).any() or np.linalg.eigvalsh(gram / np.outer(size, size))[0] < 1e-12 or rows <= len(gram):
        raise InputError(
            "Support must be told from firm and period effects; here it cannot, because some event time is seen in no "
            "firm that changes, or all firms are supported alike. Use callaway_santanna, or another reference."
        )
    return np.linalg.inv(gram)


def _small_sample(design: Design, units: np.ndarray, rows: int, regressors: int) -> tuple[float, float]:
    """Return √(G/(G − 1) · (N − 1)/(N − K)) and G − 1, as fixest counts them: firm effects are nested in clusters."""
    column = next(iter(design.panel.roles.clusters), None)
    clusters = design.panel.per_unit(column).iloc[units].nunique() if column else len(units)
    k = regressors + len(design.periods)
    if clusters < 2 or rows <= k:
        raise InputError(
            "Standard errors need two clusters or more, and more rows than coefficients; seen: "
            f"{counted(clusters, 'cluster')}, {counted(rows, 'row')} and {counted(k, 'coefficient')}. Use finer clusters, or "
            "more firms."
        )
    return float(np.sqrt(clusters / (clusters - 1) * (rows - 1) / (rows - k))), float(clusters - 1)
