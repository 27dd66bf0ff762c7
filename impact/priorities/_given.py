"""What ranks, winners and grades are about: values with a covariance, or an estimate with the right kind of noise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from impact.errors import InputError, counted, first_five
from impact.estimates import Estimate
from impact.inference import multipliers
from impact.threads import one_thread

Values: TypeAlias = Estimate | pd.Series | np.ndarray | Sequence[float] | Mapping[Any, float]
ROUNDING = 1e-12  # a variance below this share of those that it is the difference of is rounding
FEWEST_DRAWS = 100


@dataclass(frozen=True)
class Given:
    """Every label, which of them have a value, and the values and the covariance of those that have."""

    index: pd.Index
    known: np.ndarray
    value: np.ndarray
    covariance: np.ndarray

    @property
    def labels(self) -> pd.Index:
        """Return the labels that have a value."""
        return self.index[self.known]


def sampled(values: Values, cov: pd.DataFrame | np.ndarray | None, what: str, instead: str) -> Given:
    """Return values whose noise is of sampling; `what` needs it, and `instead` says what to do where it is another."""
    if isinstance(values, Estimate):
        if cov is not None:
            raise InputError("An estimate brings its own covariance; leave `cov` out, or give values and `cov`.")
        _must_be(values, "sampling", what, instead)
        return _of(values.value, values.noise.cov())
    if cov is None:
        raise InputError(f"{what} need the covariance of the values; none was given. Give it as `cov`, or an Estimate.")
    return _of(_series(values), cov)


def posterior(estimate: Estimate, what: str) -> Given:
    """Return the values of an estimate whose noise is a posterior."""
    if not isinstance(estimate, Estimate):
        raise InputError(
            f"{what} need an Estimate with a posterior; seen: {type(estimate).__name__}. Shrink an estimate first: "
            "impact.shrink(estimate)."
        )
    _must_be(estimate, "posterior", what, "Shrink it first: impact.shrink(estimate).")
    return _of(estimate.value, estimate.noise.cov())


def errors(covariance: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Draw e ~ N(0, V), draws × labels."""
    sd, correlation = _scaled(covariance)
    return multipliers.normal(correlation, draws, rng) * sd


def must_be_share(name: str, value: float, example: str) -> None:
    """Refuse what is no share strictly between 0 and 1."""
    if not 0 < value < 1:
        raise InputError(f"{name} must lie between 0 and 1; seen: {value}. Write {example}.")


def must_count(name: str, value: object, most: int, of: str) -> None:
    """Refuse what is no whole number from 1 to `most`."""
    if not isinstance(value, (int, np.integer)) or not 1 <= value <= most:
        raise InputError(
            f"{name} must be a whole number from 1 to {most:,}, the number of {of}; seen: {value}. Choose another."
        )


def must_draw(draws: int) -> None:
    """Refuse fewer draws than can tell a quantile in the tail."""
    if draws < FEWEST_DRAWS:
        raise InputError(
            f"draws must be {FEWEST_DRAWS} or more, for a quantile in the tail; seen: {draws}. 2,000 is usual."
        )


def _must_be(estimate: Estimate, kind: str, what: str, otherwise: str) -> None:
    seen = estimate.noise.kind
    if seen != kind:
        article = "a posterior" if kind == "posterior" else f"{kind} noise"
        raise InputError(f"{what} need {article}; this estimate has {seen} noise. {otherwise}")


def _series(values: Values) -> pd.Series:
    dimensions = getattr(values, "ndim", 1)
    if dimensions != 1:
        raise InputError(
            f"Values must have one dimension, one number for each label; seen: {dimensions}. Choose one column."
        )
    return pd.Series(values)


@one_thread
def _of(values: pd.Series, cov: pd.DataFrame | np.ndarray) -> Given:
    """Leave out labels without a value, and check the rest as `Estimate.from_covariance` does."""
    known = values.notna().to_numpy(bool)
    matrix = cov if isinstance(cov, pd.DataFrame) else np.asarray(cov, float)
    if not isinstance(matrix, pd.DataFrame):
        if matrix.shape == (len(values), len(values)):
            matrix = matrix[np.ix_(known, known)]
        else:
            known = np.ones(len(values), bool)  # so that the shape is refused against every value
    e = Estimate.from_covariance(values[known], matrix)
    endless = e.value.index[~np.isfinite(e.value)]
    if len(endless):
        raise InputError(
            f"Values must be finite; of {counted(len(e.value), 'label')} these are not: {first_five(endless)}. Leave them blank "
            "where nothing is known."
        )
    return Given(values.index, known, e.value.to_numpy(), _repaired(e.noise.cov()))


def _repaired(covariance: np.ndarray) -> np.ndarray:
    """Set eigenvalues below zero to zero: a covariance printed with few digits misses being one."""
    sd, correlation = _scaled(covariance)
    values, vectors = np.linalg.eigh(correlation)
    if values.min(initial=0) >= -ROUNDING * len(values):
        return covariance
    return (vectors * np.clip(values, 0, None)) @ vectors.T * np.outer(sd, sd)


def _scaled(covariance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return standard deviations and correlations, in which a huge variance does not drown small ones."""
    sd = np.sqrt(np.diag(covariance))
    both = np.outer(sd, sd)
    return sd, np.divide(covariance, both, out=np.zeros_like(covariance), where=both > 0)
