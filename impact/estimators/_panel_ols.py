"""Less common covariances of two-way fixed effects, from linearmodels: independent errors, or dependence over time and firms."""

from __future__ import annotations

import numpy as np
import pandas as pd

from impact.design import Design
from impact.estimators import _within
from impact.estimators._data import Data
from impact.estimators._within import Fit
from impact.noise import Gaussian

KINDS = {
    "iid": {"cov_type": "unadjusted"},
    "hetero": {"cov_type": "robust"},
    "driscoll_kraay": {"cov_type": "kernel", "kernel": "bartlett"},
}


def fit(design: Design, data: Data, support: np.ndarray, errors: str, lag: int, small_sample: bool) -> Fit:
    """Fit with linearmodels' PanelOLS; N, K and T (rows, coefficients, periods) count as in R's fixest.

    "iid": SSR/(N − K) (X'X)⁻¹; "hetero": N/(N − K) times White's; both with t of N − K degrees of freedom.
    "driscoll_kraay": Bartlett weights up to `lag` periods, T/(T − 1) · (N − 1)/(N − K), t with T − 1 (Driscoll & Kraay 1998).
    Without small-sample factors: SSR/N (X'X)⁻¹, and the other two as they are.
    """
    from linearmodels.panel import PanelOLS

    kept = _within.regress(design, data, support).covariates
    y, x, weight = _long(design, data, support, kept)
    model = PanelOLS(y, x, entity_effects=True, time_effects=True, weights=weight)
    over_time = errors == "driscoll_kraay"
    settings = {**KINDS[errors], "bandwidth": lag} if over_time else KINDS[errors]
    found = model.fit(**settings, debiased=small_sample, auto_df=False, count_effects=small_sample)
    periods, n = y.index.get_level_values(1).nunique(), len(y)
    factor = periods / (periods - 1) * (n - 1) / n if over_time and small_sample else 1.0
    df = periods - 1.0 if over_time else float(found.df_resid)
    return Fit(found.params.to_numpy(), Gaussian(factor * found.cov.to_numpy()), df, kept)


def _long(
    design: Design, data: Data, support: np.ndarray, kept: np.ndarray
) -> tuple[pd.Series, pd.DataFrame, pd.Series | None]:
    """Return outcome, regressors (support, then covariates) and weights, None where there are none, by firm and period."""
    unit, period, weight, columns = _within.rows(design, data, support)
    index = pd.MultiIndex.from_arrays([unit, design.periods[period]])
    k = support.shape[2]
    x = pd.DataFrame(columns[:, [*range(k), *(k + kept)]], index).add_prefix("x")
    y, weighted = pd.Series(columns[:, -1], index, name="y"), design.panel.roles.weight is not None
    return y, x, pd.Series(weight, index) if weighted else None
