"""The joint test of several cells."""

import numpy as np
import pytest
from scipy import stats

from impact.inference.joint import wald


def test_the_statistic_is_the_quadratic_form_and_chi_square():
    value, covariance = np.array([0.3, -0.2]), np.array([[0.04, 0.01], [0.01, 0.09]])
    test = wald(value, covariance)
    statistic = value @ np.linalg.solve(covariance, value)
    assert test.to_dict() == pytest.approx({"statistic": statistic, "df": 2, "p_value": stats.chi2.sf(statistic, 2)})


def test_one_cell_gives_its_two_sided_p_value():
    assert wald(np.array([1.96]), np.eye(1))["p_value"] == pytest.approx(2 * stats.norm.sf(1.96))


def test_the_statistic_does_not_depend_on_how_cells_are_combined():
    rng = np.random.default_rng(0)
    value, root, turn = rng.standard_normal(4), rng.standard_normal((4, 4)), rng.standard_normal((4, 4))
    covariance = root @ root.T
    assert wald(value, covariance)["statistic"] == pytest.approx(
        wald(turn @ value, turn @ covariance @ turn.T)["statistic"]
    )


def test_a_singular_covariance_tests_the_directions_that_the_data_can_tell():
    value, covariance = np.array([1.0, 2.0]), np.array([[0.25, 0.5], [0.5, 1.0]])
    assert wald(value, covariance).to_dict() == pytest.approx({"statistic": 4, "df": 1, "p_value": stats.chi2.sf(4, 1)})


def test_nothing_to_test_has_no_p_value():
    test = wald(np.empty(0), np.empty((0, 0)))
    assert (test["df"], np.isnan(test["statistic"]), np.isnan(test["p_value"])) == (0, True, True)


def test_true_hypotheses_are_rejected_as_often_as_they_should():
    rng = np.random.default_rng(3)
    root = rng.standard_normal((3, 3))
    p = [wald(root @ rng.standard_normal(3), root @ root.T)["p_value"] for _ in range(1000)]
    assert abs(np.mean(np.array(p) < 0.1) - 0.1) < 3.5 * np.sqrt(0.1 * 0.9 / 1000)
