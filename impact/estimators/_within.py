"""Least squares with firm and period effects, fast where all firms of a cohort have the same regressors.

Firm effects are removed by subtracting each firm's mean, period effects enter as regressors (there are few of them), which is
exact for any pattern of missing firm-years. In a complete panel without weights and without covariates the regressors are the
same for all firms of a cohort: then the normal equations need only cohort means, and influence is
residuals (firms × periods) times one small matrix per cohort.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from impact.blocks import Block
from impact.design import Design
from impact.errors import InputError, counted
from impact.estimators._data import Data
from impact.noise import Gaussian, Influence


@dataclass(frozen=True)
class Fit:
    """Coefficients of support, then of covariates, with their noise.

    noise: influence by firm, scaled by the small-sample factor, or a covariance. df: degrees of freedom of t.
    covariates: which columns of covariates have a coefficient; the others are combinations of what stands before them.
    """

    value: np.ndarray
    noise: Influence | Gaussian
    df: float
    covariates: np.ndarray


@dataclass(frozen=True)
class Regression:
    """A regression row by row, each firm's mean taken off.

    value: coefficients of support, then of covariates. influence: rows × coefficients, which sum to the error.
    z: regressors (support, period effects, covariates), and the inverse of their weighted products.
    unit, period: of each row, as positions. covariates: as in `Fit`.
    """

    value: np.ndarray
    influence: np.ndarray
    z: np.ndarray
    inverse: np.ndarray
    weight: np.ndarray
    unit: np.ndarray
    period: np.ndarray
    covariates: np.ndarray


def fit(design: Design, data: Data, support: np.ndarray, small_sample: bool) -> Fit:
    """Regress on support (cohorts × periods × k, never supported last), covariates, firm and period effects."""
    plain = data.complete and data.constant and data.x.shape[2] == 1 and design.panel.roles.weight is None
    return (_by_cohort if plain else _by_row)(design, data, support, small_sample)


def _by_cohort(design: Design, data: Data, support: np.ndarray, small_sample: bool) -> Fit:
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
    factor, df = _small_sample(design, np.concatenate(members), n, len(beta) + z.shape[1], small_sample)
    cells = np.arange(len(beta))
    blocks = tuple(
        Block(units, part - common - zg @ beta, cells, factor * (zg @ inverse))
        for units, part, zg in zip(members, y, z, strict=True)
        if len(units)
    )
    return Fit(beta, Influence(design.panel.units, blocks, len(beta)), df, np.empty(0, int))


def _by_row(design: Design, data: Data, support: np.ndarray, small_sample: bool) -> Fit:
    """Fit any pattern of firm-years, weights and covariates."""
    found = regress(design, data, support)
    units, position = np.unique(found.unit, return_inverse=True)
    summed = np.stack([np.bincount(position, column, len(units)) for column in found.influence.T], axis=1)
    factor, df = _small_sample(design, units, len(found.unit), len(found.inverse) + 1, small_sample)
    block = Block(units, factor * summed, np.arange(len(found.value)))
    return Fit(found.value, Influence(design.panel.units, (block,), len(found.value)), df, found.covariates)


def regress(design: Design, data: Data, support: np.ndarray) -> Regression:
    """Regress row by row; a covariate that is a combination of what stands before it is left out."""
    unit, period, weight, columns = rows(design, data, support)
    k, effects = support.shape[2], len(design.periods) - 1
    columns = np.insert(columns, [k], _dummies(period, effects + 1), axis=1)
    off = columns - _means(columns, weight, unit)[unit]
    z, y = off[:, :-1], off[:, -1]
    wide = z * weight[:, None]
    gram = wide.T @ z
    _inverted(gram[:k, :k], len(y))
    kept = _independent(gram, k)
    z, wide, inverse = z[:, kept], wide[:, kept], _inverted(gram[np.ix_(kept, kept)], len(y))
    beta = inverse @ (wide.T @ y)
    named = np.flatnonzero((kept < k) | (kept >= k + effects))
    influence = (wide * (y - z @ beta)[:, None]) @ inverse[:, named]
    return Regression(beta[named], influence, z, inverse, weight, unit, period, kept[named[k:]] - k - effects)


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


def names(design: Design, data: Data) -> list[str]:
    """Name the columns of covariates: "size" where it changes, "size × 2020" where it is constant."""
    covariates, changing = np.array(design.panel.roles.covariates, object), _changing(data)
    crossed = [f"{name} × {period}" for name in covariates[~changing] for period in design.periods[1:]]
    return [*covariates[changing], *crossed]


def _dummies(period: np.ndarray, periods: int) -> np.ndarray:
    """Return indicators of all periods but the first."""
    return (period[:, None] == np.arange(1, periods)).astype(float)


def _covariates(data: Data, unit: np.ndarray, period: np.ndarray, dummies: np.ndarray) -> np.ndarray:
    """Return covariates that change as they are, and constant ones with a coefficient for each period."""
    values, changing = data.x[unit, period if data.x.shape[1] > 1 else 0, 1:], _changing(data)
    crossed = values[:, ~changing][:, :, None] * dummies[:, None, :]
    return np.hstack([values[:, changing], crossed.reshape(len(unit), -1)])


def _changing(data: Data) -> np.ndarray:
    """Tell which covariates change within some firm."""
    values = data.x[:, :, 1:]
    return ~((values == values[:, :1]) | np.isnan(values)).all(axis=(0, 1))


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
    kept = list(range(k))
    for position in k + np.flatnonzero(size[k:] > 0):
        trial = [*kept, int(position)]
        part = gram[np.ix_(trial, trial)] / np.outer(size[trial], size[trial])
        if np.linalg.eigvalsh(part)[0] > 1e-10:
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


def _small_sample(design: Design, units: np.ndarray, rows: int, coefficients: int, wanted: bool) -> tuple[float, float]:
    """Return the root of the small-sample factor, or one where it is not wanted, and the degrees of freedom of t, G − 1.

    K counts the firm effects as one, as fixest does, because they are nested in clusters.
    """
    clusters = len(np.unique(cluster_of(design, units)))
    factor = small_sample(rows, coefficients, clusters)
    return float(np.sqrt(factor)) if wanted else 1.0, float(clusters - 1)


def small_sample(rows: int, coefficients: int, clusters: int) -> float:
    """Return G/(G − 1) · (N − 1)/(N − K)."""
    if clusters < 2 or rows <= coefficients:
        raise InputError(
            "Standard errors need two clusters or more, and more rows than coefficients; seen: "
            f"{counted(clusters, 'cluster')}, {counted(rows, 'row')} and {counted(coefficients, 'coefficient')}. Use finer "
            "clusters, or more firms."
        )
    return clusters / (clusters - 1) * (rows - 1) / (rows - coefficients)


def cluster_of(design: Design, units: np.ndarray) -> np.ndarray:
    """Number the cluster of each firm: the design's, or the firm itself."""
    column = next(iter(design.panel.roles.clusters), None)
    return pd.factorize(design.panel.per_unit(column))[0][units] if column else units
