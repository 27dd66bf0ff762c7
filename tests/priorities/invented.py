"""Invented regions with a known truth: true effects with sd 0.05, standard errors of 0.03 to 0.15."""

import numpy as np
import pandas as pd

from impact import Estimate, Gaussian
from impact.estimates import blank_cells

SIGNAL = 0.05


def regions(rng: np.random.Generator, n: int = 229, reliability: float | None = None) -> pd.DataFrame:
    """Draw truth, std_error and value; standard errors are scaled to a reliability: variance of truth / variance of values."""
    error = rng.uniform(0.03, 0.15, n)
    if reliability is not None:
        error *= SIGNAL * np.sqrt((1 / reliability - 1) / np.mean(error**2))
    truth = SIGNAL * rng.standard_normal(n)
    return pd.DataFrame({"truth": truth, "std_error": error, "value": truth + error * rng.standard_normal(n)})


def shrunken(drawn: pd.DataFrame) -> Estimate:
    """Return the posterior of these regions, with the prior known."""
    weight = _weight(drawn["std_error"].to_numpy())
    return posterior(weight * drawn["value"], np.diag(weight * drawn["std_error"] ** 2))


def posterior(mean, cov) -> Estimate:
    """Return an estimate whose noise is a posterior."""
    value = pd.Series(mean, name="estimate").astype(float)
    return Estimate(value, Gaussian(np.asarray(cov, float), "posterior"), blank_cells(value))


def _weight(error: np.ndarray) -> np.ndarray:
    return SIGNAL**2 / (SIGNAL**2 + error**2)
