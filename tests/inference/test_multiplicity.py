"""Adjusted p-values against another package, against brute force, and against what they promise."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.multitest import multipletests

from impact import Estimate, Gaussian, InputError
from impact.inference import multiplicity


@pytest.mark.parametrize("seed", range(20))
def test_holm_and_benjamini_hochberg_agree_with_statsmodels(seed):
    rng = np.random.default_rng(seed)
    p = rng.random(rng.integers(1, 9)) ** 3
    np.testing.assert_allclose(multiplicity.holm(p), multipletests(p, method="holm")[1], rtol=1e-12)
    np.testing.assert_allclose(multiplicity.benjamini_hochberg(p), multipletests(p, method="fdr_bh")[1], rtol=1e-12)


def test_romano_wolf_is_the_step_down_by_hand():
    statistic = np.array([1.0, 3.0, 2.0])
    draws = np.array([[0.5, 2.0, 1.0], [1.5, 0.1, 2.5], [0.2, 3.5, 0.3], [0.9, 0.8, 0.7]])
    # largest of all: 2.0, 2.5, 3.5, 0.9 → one reaches 3; of the first and third: 1.0, 2.5, 0.3, 0.9 → one reaches 2;
    # of the first alone: 0.5, 1.5, 0.2, 0.9 → one reaches 1
    np.testing.assert_allclose(multiplicity.romano_wolf(statistic, draws), [2 / 5, 2 / 5, 2 / 5])


def test_cells_that_move_together_lose_less_than_holm_says():
    covariance = 0.01 * (0.05 * np.eye(5) + 0.95)
    e = Estimate.from_covariance(pd.Series(np.full(5, 0.22), pd.Index(range(5), name="outcome")), covariance)
    table = multiplicity.adjusted(e, draws=4999, seed=1)
    assert (table["p_value"] < table["p_romano_wolf"]).all()
    assert (table["p_romano_wolf"] < 0.6 * table["p_holm"]).all()


def test_romano_wolf_bounds_the_chance_of_any_false_discovery():
    rng = np.random.default_rng(7)
    root = np.linalg.cholesky(0.3 * np.eye(4) + 0.7)
    repetitions, level = 1000, 0.1
    draws = np.abs(rng.standard_normal((499, 4)) @ root.T)
    false = [
        multiplicity.romano_wolf(np.abs(root @ rng.standard_normal(4)), draws).min() <= level
        for _ in range(repetitions)
    ]
    error = np.sqrt(level * (1 - level) * (1 / repetitions + 1 / 499))
    assert np.mean(false) < level + 3.5 * error


def test_a_base_period_is_not_tested_and_does_not_count():
    covariance = np.diag([0.0, 0.01])
    e = Estimate.from_covariance(pd.Series([0.0, 0.3], pd.Index([-1, 0], name="event_time")), covariance)
    table = multiplicity.adjusted(e, draws=99, seed=1)
    assert table.columns.tolist() == ["event_time", "p_value", "p_holm", "p_benjamini_hochberg", "p_romano_wolf"]
    assert table.loc[0].isna().sum() == 4
    assert table.loc[1, "p_holm"] == table.loc[1, "p_value"]


def test_a_posterior_is_refused():
    e = Estimate.from_covariance({"a": 1.0}, np.eye(1))
    with pytest.raises(InputError) as told:
        multiplicity.adjusted(Estimate(e.value, Gaussian(np.eye(1), "posterior"), e.cells), 99, 1)
    assert str(told.value) == "Tests need sampling noise; this estimate has posterior noise. Test what it was made of."


def test_without_draws_there_is_no_romano_wolf():
    e = Estimate.from_covariance({"a": 0.3, "b": 0.1}, 0.01 * np.eye(2))
    table = multiplicity.adjusted(e, draws=0, seed=1)
    assert table["p_romano_wolf"].isna().all()
    assert table["p_holm"].notna().all()
