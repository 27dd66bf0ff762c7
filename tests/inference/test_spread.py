"""How much effects differ beyond chance: known answers by hand, and τ found again where errors move together."""

import numpy as np
import pandas as pd
import pytest

from impact.estimates import Estimate
from impact.inference.spread import spread


def of(values, cov):
    index = pd.Index([f"r{number}" for number in range(len(values))], name="region")
    return Estimate.from_covariance(pd.Series(np.asarray(values, float), index), np.asarray(cov, float))


def dersimonian_laird(values, variance):
    """Return τ² as Controlled Clinical Trials 7(3), 177–188, prints it: (Q − (k − 1)) / (Σ w − Σ w² / Σ w)."""
    w = 1 / variance
    q = np.sum(w * (values - np.average(values, weights=w)) ** 2)
    return max(0.0, (q - (len(values) - 1)) / (w.sum() - (w**2).sum() / w.sum()))


@pytest.mark.parametrize("seed", range(5))
def test_independent_errors_give_the_estimator_of_dersimonian_and_laird(seed):
    rng = np.random.default_rng(seed)
    variance = rng.uniform(0.5, 3, 12)
    values = rng.normal(size=12) + rng.normal(size=12) * np.sqrt(variance)
    found = spread(of(values, np.diag(variance)))
    assert found["n"] == 12
    assert found["beyond"] == pytest.approx(np.sqrt(dersimonian_laird(values, variance)), abs=1e-12)


def test_equal_errors_make_it_the_plain_standard_deviation():
    found = spread(of([1.0, 2.0, 3.0, 6.0], np.eye(4)))
    assert found.to_dict() == pytest.approx(
        {"n": 4, "estimates": np.sqrt(14 / 3), "errors": 1.0, "beyond": np.sqrt(14 / 3 - 1)}
    )


def test_an_error_that_all_cells_share_is_no_spread():
    values, shared = [1.0, 2.0, 3.0, 6.0], 5.0
    alone, together = (spread(of(values, np.eye(4) + add)) for add in (0.0, shared))
    assert together["errors"] == pytest.approx(1.0)
    assert together["beyond"] == pytest.approx(alone["beyond"])


def test_effects_that_lie_closer_than_errors_do_have_no_spread_beyond_chance():
    found = spread(of([1.0, 1.1, 0.9], 4 * np.eye(3)))
    assert found["beyond"] == 0
    assert found["estimates"] < found["errors"]


@pytest.mark.parametrize("tau", [0.0, 0.7])
def test_the_spread_of_true_effects_is_found_again_where_errors_move_together(tau):
    rng, k, draws = np.random.default_rng(11), 30, 2000
    loading = rng.uniform(0.5, 1.5, k)
    cov = np.diag(rng.uniform(0.2, 1.0, k)) + 0.4 * np.outer(loading, loading)
    truth = 2 + tau * rng.standard_normal((draws, k))
    seen = truth + rng.multivariate_normal(np.zeros(k), cov, draws)
    found = pd.DataFrame([spread(of(values, cov)) for values in seen])
    squared = found["estimates"] ** 2 - found["errors"] ** 2  # τ² before it is kept from falling below zero: no bias
    assert abs(squared.mean() - tau**2) < 3.5 * squared.std() / np.sqrt(draws)
    assert np.allclose(found["beyond"], np.sqrt(squared.clip(lower=0)))


@pytest.mark.parametrize(
    ("values", "cov", "n"),
    [
        ([1.0], [[1.0]], 1),
        ([1.0, np.nan], np.eye(2), 1),
        ([1.0, 2.0], np.diag([1.0, 0.0]), 1),
        ([np.nan, np.nan], np.eye(2), 0),
    ],
)
def test_fewer_than_two_cells_with_an_error_say_nothing(values, cov, n):
    found = spread(of(values, cov))
    assert found["n"] == n
    assert found[["estimates", "errors", "beyond"]].isna().all()


def test_cells_without_a_value_or_an_error_take_no_part():
    cov = np.diag([1.0, 1.0, 0.0, 1.0, 1.0, 1.0])
    found = spread(of([1.0, 2.0, 99.0, np.nan, 3.0, 6.0], cov))
    pd.testing.assert_series_equal(found, spread(of([1.0, 2.0, 3.0, 6.0], np.eye(4))))
