"""Multiplier draws: signs that are fair, known by their seed alone, and right on average."""

import numpy as np
import pandas as pd
import pytest

from impact import Estimate, InputError
from impact.estimates import blank_cells
from impact.inference import multipliers
from impact.inference.multipliers import UNITS_AT_ONCE, rademacher
from impact.noise import Gaussian, Influence


def test_every_unit_gets_a_sign():
    signs = rademacher(np.eye(13), 200, np.random.default_rng(0))
    assert set(signs.ravel()) == {-1.0, 1.0}
    assert len(np.unique(signs, axis=0)) > 150


def test_signs_are_fair_and_independent_between_units_and_draws():
    signs = rademacher(np.eye(9), 4000, np.random.default_rng(1))
    products = signs.T @ signs / 4000 - np.eye(9)
    following = (signs[1:] * signs[:-1]).mean(axis=0)
    bound = 4.5 / np.sqrt(4000)  # a mean of 4,000 signs has the standard error 1/√4000
    assert max(np.abs(signs.mean(axis=0)).max(), np.abs(products).max(), np.abs(following).max()) < bound


@pytest.mark.parametrize("n", [1, 7, 8, 9, UNITS_AT_ONCE - 1, UNITS_AT_ONCE, UNITS_AT_ONCE + 1, 3 * UNITS_AT_ONCE + 5])
def test_draws_do_not_depend_on_the_number_of_threads(n, monkeypatch):
    rows, drawn = np.random.default_rng(0).standard_normal((n, 2)), []
    for threads in (1, 2, 7, None):
        monkeypatch.setattr(multipliers.os, "cpu_count", lambda threads=threads: threads)
        drawn.append(rademacher(rows, 5, np.random.default_rng(3)))
    assert all((other == drawn[0]).all() for other in drawn)


def test_draws_are_known_by_their_seed():
    rows = np.random.default_rng(0).standard_normal((50, 2))
    first, again, other = (rademacher(rows, 9, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()


def test_one_generator_gives_new_draws_each_time():
    rows, rng = np.random.default_rng(0).standard_normal((50, 2)), np.random.default_rng(1)
    assert (rademacher(rows, 9, rng) != rademacher(rows, 9, rng)).any()


def test_no_rows_give_no_error():
    assert (rademacher(np.empty((0, 3)), 4, np.random.default_rng(0)) == np.zeros((4, 3))).all()


@pytest.mark.parametrize("kind", ["influence", "gaussian"])
def test_draws_have_the_covariance_of_their_noise_within_monte_carlo_error(kind):
    """Var(D_a D_b) ≤ V_aa V_bb + V_ab² (equal for normal draws), so a mean of K products has at most that over K."""
    rows, size = np.random.default_rng(0).standard_normal((300, 4)), 4000
    rows[:, 3] = rows[:, 0] + 0.1 * rows[:, 1]
    noise = Influence.dense(pd.RangeIndex(300), rows) if kind == "influence" else Gaussian(rows.T @ rows)
    drawn, exact = noise.draws(size, np.random.default_rng(7)), rows.T @ rows
    error = np.sqrt((np.outer(np.diag(exact), np.diag(exact)) + exact**2) / size)
    assert (np.abs(drawn.T @ drawn / size - exact) < 3.5 * error).all()
    assert (np.abs(drawn.mean(axis=0)) < 3.5 * np.sqrt(np.diag(exact) / size)).all()


# ---- other distributions -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", multipliers.MULTIPLIERS)
def test_multipliers_have_mean_zero_and_variance_one(name):
    """The mean of K numbers has the standard error 1/√K, that of their squares at most √(kurtosis/K), kurtosis ≤ 3 here."""
    drawn = multipliers.draw(np.eye(5), 8000, np.random.default_rng(2), name).ravel()
    assert abs(drawn.mean()) < 3.5 / np.sqrt(len(drawn))
    assert abs((drawn**2).mean() - 1) < 3.5 * np.sqrt(3 / len(drawn))


def test_mammen_has_two_points_and_third_moment_one():
    values, chances = multipliers.POINTS["mammen"]
    assert chances.sum() == pytest.approx(1)
    assert [values**k @ chances for k in (1, 2, 3)] == pytest.approx([0, 1, 1])


def test_webb_has_six_points_and_variance_one():
    values, chances = multipliers.POINTS["webb"]
    assert len(set(values)) == 6
    assert [values**k @ chances for k in (1, 2, 3)] == pytest.approx([0, 1, 0])


@pytest.mark.parametrize("name", multipliers.MULTIPLIERS)
def test_bands_of_all_multipliers_agree_within_monte_carlo_error_where_there_are_many_firms(name):
    rows = np.random.default_rng(0).standard_normal((500, 4)) / 500
    e = Estimate(pd.Series(np.zeros(4)), Influence.dense(pd.RangeIndex(500), rows), blank_cells(pd.Series(np.zeros(4))))
    table = e.table(draws=1999, seed=1, multiplier=name)
    critical = (table["upper_uniform"] / table["std_error"]).iloc[0]
    # sup-t of four independent cells: Φ⁻¹((1 + 0.95^(1/4)) / 2) = 2.49; its quantile from 1,999 draws has the standard error
    # √(0.05 · 0.95 / 1999) / f(2.49) = 0.035, f the density of the maximum; 0.12 is 3.5 of them
    assert critical == pytest.approx(2.49, abs=0.12)


def test_an_unknown_multiplier_is_refused():
    with pytest.raises(InputError) as told:
        multipliers.draw(np.eye(2), 3, np.random.default_rng(0), "radmacher")
    assert str(told.value) == "multiplier must be one of rademacher, mammen, webb, gaussian; seen: 'radmacher'."
