"""Differences between groups and their equality, with the joint noise."""

import numpy as np
import pandas as pd
import pytest

import impact
from impact import Estimate, InputError


def known(values, cov, name="subgroup", labels=("large", "small", "tiny")):
    return Estimate.from_covariance(pd.Series(values, pd.Index(labels[: len(values)], name=name)), np.array(cov))


def test_a_difference_uses_the_covariance_of_both():
    e = known([0.5, 0.2], [[0.04, 0.03], [0.03, 0.05]]).difference("large", "small")
    assert e.value.iloc[0] == pytest.approx(0.3)
    assert e.noise.variance()[0] == pytest.approx(0.04 + 0.05 - 2 * 0.03)


def test_a_difference_is_taken_for_every_combination_of_the_other_levels():
    index = pd.MultiIndex.from_product([["large", "small"], [0, 1, 2]], names=["subgroup", "event_time"])[:5]
    e = Estimate.from_covariance(pd.Series([1.0, 2.0, 3.0, 0.5, 0.25], index), np.eye(5)).difference("large", "small")
    assert e.value.to_dict() == {0: 0.5, 1: 1.75}
    assert e.value.index.names == ["event_time"]


def test_equality_is_the_wald_test_of_all_differences():
    covariance = np.array([[0.04, 0.01, 0], [0.01, 0.05, 0.02], [0, 0.02, 0.03]])
    e = known([0.5, 0.2, 0.4], covariance)
    contrast = np.array([[1, -1, 0], [0, 1, -1]])
    d = contrast @ e.value.to_numpy()
    assert e.equality()["statistic"] == pytest.approx(d @ np.linalg.solve(contrast @ covariance @ contrast.T, d))
    assert e.equality()["df"] == 2


def test_equality_of_two_groups_is_their_difference_squared():
    e = known([0.5, 0.2], [[0.04, 0.03], [0.03, 0.05]])
    row = e.difference("large", "small").table().iloc[0]
    assert e.equality()["p_value"] == pytest.approx(row["p_value"])


def test_subgroups_share_comparison_firms_so_their_difference_is_surer_than_independent_ones(staggered):
    frame = staggered(n=300, seed=5)
    e = impact.estimate(frame, "y", "firm", "year", "first", subgroup="sector").by("subgroup")
    apart = e.difference(0, 1).noise.variance()[0]
    assert apart < e.noise.variance().sum()


def test_values_of_no_level_are_refused():
    with pytest.raises(InputError) as told:
        known([0.5, 0.2], np.eye(2)).difference("large", "huge")
    assert str(told.value) == (
        "A difference needs two values of one level; 'large' and 'huge' are in 0 levels. Seen are subgroup: large, small."
    )


def test_a_posterior_has_no_test_of_equality():
    e = known([0.5, 0.2], np.eye(2))
    posterior = Estimate(e.value, impact.Gaussian(np.eye(2), "posterior"), e.cells)
    with pytest.raises(InputError) as told:
        posterior.equality()
    assert str(told.value) == (
        "A test needs sampling noise; this estimate has posterior noise. Test what it was made of."
    )
