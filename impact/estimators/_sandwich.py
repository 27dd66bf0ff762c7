"""Covariances of two-way fixed effects from the influence of single rows: leverage, dependence in time, or two clusters."""

from __future__ import annotations

import numpy as np
import pandas as pd

from impact.design import Design
from impact.errors import InputError
from impact.estimators import _within
from impact.estimators._data import Data
from impact.estimators._within import Fit, Regression
from impact.inference.two_way import TwoWay
from impact.noise import Gaussian, Influence


def fit(design: Design, data: Data, support: np.ndarray, errors: str, lag: int, small_sample: bool) -> Fit:
    """Fit row by row; N, K, G and T (rows, coefficients, clusters, periods) count as in R's fixest.

    "hc3": each row's influence divided by one less its leverage; no other factor, t with N − K (MacKinnon & White 1985).
    "newey_west": products of a firm's rows up to `lag` periods apart, by Bartlett weights 1 − j/(lag + 1); T/(T − 1) ·
    (N − 1)/(N − K), t with T − 1 (Newey & West 1987).
    "firm_and_period": V_firm + V_period − V_row; G/(G − 1) · (N − 1)/(N − K), G the smaller number of clusters and K
    counting firm and period effects as one, since both are nested in clusters; t with G − 1. Where this is no covariance of
    the coefficients of support and covariates, its negative eigenvalues are set to zero, and this is said (Cameron, Gelbach
    & Miller 2011).
    """
    found = _within.regress(design, data, support)
    rows, groups = len(found.unit), len(np.unique(found.period))
    coefficients = len(found.inverse) + len(np.unique(found.unit))
    if errors == "hc3":
        return Fit(found.value, Gaussian(_hc3(found)), float(rows - coefficients), found.covariates)
    if errors == "firm_and_period":
        firms = _within.cluster_of(design, found.unit)
        groups, coefficients = min(groups, len(np.unique(firms))), len(found.value) + 1
    factor = _within.small_sample(rows, coefficients, groups)
    covariance = _newey_west(found, lag) if errors == "newey_west" else _two_way(found, firms)
    return Fit(found.value, Gaussian(covariance * (factor if small_sample else 1)), groups - 1.0, found.covariates)


def _hc3(found: Regression) -> np.ndarray:
    total = np.bincount(found.unit, found.weight)[found.unit]
    leverage = found.weight * (((found.z @ found.inverse) * found.z).sum(axis=1) + 1 / total)
    fitted = int((leverage > 1 - 1e-10).sum())
    if fitted:
        raise InputError(
            f'errors="hc3" needs rows that do not determine their own fitted value; {fitted:,} of {len(leverage):,} do, such '
            'as the only firm at an event time. Use errors="hetero" or "clustered".'
        )
    rows = found.influence / (1 - leverage)[:, None]
    return rows.T @ rows


def _newey_west(found: Regression, lag: int) -> np.ndarray:
    seen, period = np.unique(found.period, return_inverse=True)
    k = found.influence.shape[1]
    grid = np.zeros((int(found.unit.max()) + 1, len(seen), k))
    grid[found.unit, period] = found.influence
    covariance = found.influence.T @ found.influence
    for apart in range(1, min(lag, len(seen) - 1) + 1):
        product = grid[:, apart:].reshape(-1, k).T @ grid[:, :-apart].reshape(-1, k)
        covariance += (1 - apart / (lag + 1)) * (product + product.T)
    return covariance


def _two_way(found: Regression, firms: np.ndarray) -> np.ndarray:
    rows = Influence.dense(pd.RangeIndex(len(firms)), found.influence)
    return TwoWay.of(rows, pd.DataFrame({"firm": firms, "period": found.period})).cov()
