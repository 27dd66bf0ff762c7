"""Pointwise and uniform bands, against their formulas and by simulation."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from impact import Estimate
from impact.inference import bands


def test_a_standard_error_is_the_root_of_a_variance_above_zero():
    np.testing.assert_array_equal(
        bands.standard_errors(np.array([4.0, 0.0, -1e-20, np.nan])), [2.0, np.nan, np.nan, np.nan]
    )


def test_the_pointwise_critical_value_is_normal_or_of_student():
    critical = bands.pointwise_critical(0.95, np.array([np.inf, 5.0]))
    np.testing.assert_allclose(critical, [1.959963984540054, 2.570581835636314], rtol=1e-12)


def test_p_values_are_two_sided():
    p = bands.p_values(np.array([1.96, -1.96, 0.0, 1.0]), np.array([1.0, 1.0, 2.0, np.nan]), np.full(4, np.inf))
    np.testing.assert_allclose(p, [0.04999579, 0.04999579, 1, np.nan], atol=1e-8)


def test_the_uniform_critical_value_is_the_smallest_draw_that_reaches_the_confidence():
    errors = np.array([[1.0, 0], [0, -4], [3, 1], [-2, 2], [0, 0]])  # largest |error| / se by draw: 1, 2, 3, 2, 0
    std_error = np.array([1.0, 2.0])
    for confidence, expected in [(0.2, 0), (0.21, 1), (0.6, 2), (0.8, 2), (0.81, 3), (0.99, 3)]:
        assert bands.uniform_critical(errors, std_error, confidence) == expected


def test_cells_that_cannot_vary_do_not_count():
    errors = np.array([[1.0, 100, 100], [2, 100, 100]])
    assert bands.uniform_critical(errors, np.array([1.0, 0, np.nan]), 0.9) == 2


def test_without_a_cell_that_varies_there_is_no_uniform_critical_value():
    assert np.isnan(bands.uniform_critical(np.zeros((5, 2)), np.array([0.0, np.nan]), 0.95))


def test_independent_cells_have_the_critical_value_of_sidak():
    errors = np.random.default_rng(0).standard_normal((20_000, 6))
    exact = stats.norm.ppf(0.5 + 0.95 ** (1 / 6) / 2)
    density = (
        12 * stats.norm.pdf(exact) * 0.95 ** (5 / 6)
    )  # of the largest |error|: its quantile has error √(pq/K) / density
    error = np.sqrt(0.95 * 0.05 / 20_000) / density
    assert abs(bands.uniform_critical(errors, np.ones(6), 0.95) - exact) < 3.5 * error


@pytest.fixture(scope="module")
def covered() -> pd.DataFrame:
    """Tell for 300 repetitions of eight correlated cells whether each band covers the truth in all cells at once."""
    index = pd.RangeIndex(8, name="event_time")
    cov = 0.5 ** np.abs(np.subtract.outer(np.arange(8), np.arange(8)))
    rng, found = np.random.default_rng(20), []
    for values in rng.multivariate_normal(np.zeros(8), cov, size=300):
        table = Estimate.from_covariance(pd.Series(values, index), cov).table(draws=499, seed=rng)
        inside = {band: table[f"lower{band}"].lt(0) & table[f"upper{band}"].gt(0) for band in ("", "_uniform")}
        found.append(
            {"pointwise": inside[""].mean(), "together": inside[""].all(), "uniform": inside["_uniform"].all()}
        )
    return pd.DataFrame(found).astype(float)


MONTE_CARLO = np.sqrt(0.95 * 0.05 / 300)


def test_the_uniform_band_covers_all_cells_at_once_as_often_as_it_says(covered):
    assert abs(covered["uniform"].mean() - 0.95) < 3.5 * MONTE_CARLO


def test_the_pointwise_band_covers_each_cell_as_often_as_it_says_but_not_all_at_once(covered):
    assert abs(covered["pointwise"].mean() - 0.95) < 3.5 * MONTE_CARLO
    assert covered["together"].mean() < 0.95 - 3.5 * MONTE_CARLO
