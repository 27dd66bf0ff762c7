"""Two-way clusters against sums over all pairs of firms, and where they are refused or repaired."""

import numpy as np
import pandas as pd
import pytest

import impact
from impact import Influence, InputError, InputWarning
from impact.inference.two_way import TwoWay


def noise_and_labels(seed=0, n=60, clusters=(12, 9)):
    rng = np.random.default_rng(seed)
    units = pd.Index([f"f{i}" for i in range(n)])
    labels = pd.DataFrame({name: rng.integers(k, size=n) for name, k in zip("ab", clusters, strict=True)}, index=units)
    return Influence.dense(units, rng.standard_normal((n, 3)) + rng.standard_normal(3) / 3), labels


@pytest.mark.parametrize("seed", range(3))
def test_the_covariance_adds_all_pairs_of_firms_that_share_a_cluster(seed):
    noise, labels = noise_and_labels(seed)
    rows, a, b = noise.rows(), labels["a"].to_numpy(), labels["b"].to_numpy()
    share = (a[:, None] == a) | (b[:, None] == b)
    expected = np.einsum("ik,ij,jl->kl", rows, share.astype(float), rows)
    if np.linalg.eigvalsh(expected)[0] > 0:
        np.testing.assert_allclose(TwoWay.of(noise, labels).cov(), expected, rtol=1e-10)


def test_averaging_first_and_clustering_first_are_the_same(staggered):
    frame = staggered(n=200, seed=8)
    labels = frame.groupby("firm")[["town", "region"]].first()
    e = impact.estimate(frame, "y", "firm", "year", "first")
    before, after = e.cluster(labels).by("event_time").noise, e.by("event_time").cluster(labels).noise
    for part in ("first", "second", "both"):
        np.testing.assert_allclose(getattr(before, part).cov(), getattr(after, part).cov(), rtol=1e-10, atol=1e-16)
    door = impact.estimate(frame, "y", "firm", "year", "first", cluster=["town", "region"]).by("event_time").noise
    np.testing.assert_allclose(door.both.cov(), after.both.cov(), rtol=1e-10, atol=1e-16)


def test_two_columns_that_say_the_same_are_one_way_clusters(staggered):
    frame = staggered(n=120, seed=2).assign(again=lambda f: f["town"])
    two, one = (impact.estimate(frame, "y", "firm", "year", "first", cluster=c) for c in (["town", "again"], "town"))
    np.testing.assert_allclose(two.noise.cov(), one.noise.cov(), rtol=1e-10, atol=1e-14)
    assert "noise from 12 by 12 clusters" in repr(two)


def test_a_matrix_that_is_no_covariance_is_repaired_and_this_is_said():
    rows = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    units = pd.RangeIndex(4)
    labels = pd.DataFrame({"a": [0, 0, 0, 0], "b": [1, 2, 1, 2]}, index=units)
    noise = TwoWay.of(Influence.dense(units, rows), labels.assign(a=[0, 1, 0, 1]))
    with pytest.warns(InputWarning) as told:
        repaired = TwoWay(noise.first, noise.second, Influence.dense(units, rows)).cov()
    assert str(told[0].message) == (
        "The two-way clustered covariance is not positive semi-definite, as happens with few clusters; its negative "
        "eigenvalues (lowest -2, highest -2) were set to zero."
    )
    np.testing.assert_array_equal(repaired, 0)


def test_draws_have_the_covariance_within_monte_carlo_error():
    noise = TwoWay.of(*noise_and_labels(1))
    exact, drawn = noise.cov(), noise.draws(4000, np.random.default_rng(0))
    error = np.sqrt((np.outer(np.diag(exact), np.diag(exact)) + exact**2) / 4000)
    assert (np.abs(drawn.T @ drawn / 4000 - exact) < 3.5 * error).all()


def test_three_columns_are_refused(staggered):
    with pytest.raises(InputError) as told:
        impact.estimate(staggered(), "y", "firm", "year", "first", cluster=["town", "region", "sector"])
    assert str(told.value) == "Errors can be clustered by one column or by two; seen: town, region, sector."


def test_twfe_refuses_two(staggered):
    with pytest.raises(InputError) as told:
        impact.estimate(staggered(), "y", "firm", "year", "first", "twfe", cluster=["town", "region"])
    assert str(told.value) == "twfe clusters by one column; two were named. Name one, or use callaway_santanna."
