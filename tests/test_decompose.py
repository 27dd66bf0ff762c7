"""What a two-way fixed-effects coefficient is made of, against the regression itself."""

import warnings

import numpy as np
import pandas as pd
import pytest

import impact
from impact import InputError, InputWarning, decompose
from impact.design import Design
from impact.panel import Panel
from impact.roles import Roles


def design(frame, **settings):
    return Design.of(Panel.of(frame, Roles("firm", "year", "first", outcomes=("y",))), **settings)


def staggered_effects(effect, sizes=(4, 3, 5)):
    """Make a complete panel of cohorts 2012, 2014 and never, whose outcome is an effect by cohort and year and nothing else."""
    years, firsts = np.arange(2010, 2017), np.repeat([2012, 2014, 0], sizes)
    firm, n = np.arange(len(firsts)), len(years)
    columns = {"firm": np.repeat(firm, n), "year": np.tile(years, len(firsts)), "first": np.repeat(firsts, n)}
    frame = pd.DataFrame(columns)
    on = (frame["first"] > 0) & (frame["year"] >= frame["first"])
    return frame.assign(y=np.where(on, effect(frame["first"], frame["year"]), 0.0))


def coefficient(frame):
    e = impact.estimate(frame, "y", "firm", "year", "first", "twfe", effects="static")
    return e.value.iloc[0]


def quietly(function, *arguments):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InputWarning)
        return function(*arguments)


@pytest.mark.parametrize("seed", range(3))
def test_weights_times_effects_are_the_coefficient(seed):
    rng = np.random.default_rng(seed)
    effects = {(g, t): rng.standard_normal() for g in (2012, 2014) for t in range(g, 2017)}
    frame = staggered_effects(lambda first, year: [effects.get(key, 0.0) for key in zip(first, year, strict=True)])
    weights = quietly(decompose.twfe_weights, design(frame), "y").set_index(["cohort", "period"])["weight"]
    assert weights.sum() == pytest.approx(1)
    assert coefficient(frame) == pytest.approx(sum(weights[key] * effect for key, effect in effects.items()), rel=1e-10)


def test_growing_effects_can_make_a_coefficient_smaller_than_every_effect():
    frame = staggered_effects(lambda first, year: 1.0 + 3.0 * (year - first), sizes=(9, 9, 1))
    assert frame.loc[frame["y"] > 0, "y"].min() == 1.0
    assert coefficient(frame) < 1.0


def test_negative_weights_are_said():
    frame = staggered_effects(lambda first, year: 1.0 + 0 * year, sizes=(9, 9, 1))
    with pytest.warns(InputWarning) as told:
        decompose.twfe_weights(design(frame), "y")
    assert str(told[0].message) == (
        "The two-way fixed-effects coefficient puts negative weight on 3 effects of 8, -0.429 in all (most on cohort 2012 in "
        "2014): larger effects there make it smaller. Do not read it as an average effect."
    )


@pytest.mark.parametrize("seed", range(3))
def test_comparisons_times_weights_are_the_coefficient(staggered, seed):
    frame = staggered(n=80, periods=6, seed=seed)
    table = decompose.bacon(design(frame), "y")
    assert table["weight"].sum() == pytest.approx(1)
    assert (table["weight"] * table["estimate"]).sum() == pytest.approx(coefficient(frame), rel=1e-10)


def test_comparisons_name_who_is_compared_with_whom():
    frame = staggered_effects(lambda first, year: 1.0 + 0 * year)
    table = decompose.bacon(design(frame), "y")
    assert [tuple(row) for row in table[["treated", "comparison", "type"]].to_numpy()] == [
        (2012, "2014", "supported later"),
        (2012, "never", "never supported"),
        (2014, "2012", "already supported"),
        (2014, "never", "never supported"),
    ]
    assert table["estimate"].tolist() == pytest.approx([1.0] * 4)


def test_firms_that_miss_a_year_are_refused_unless_they_are_dropped(staggered):
    frame = staggered(n=60, seed=1).iloc[1:]
    with pytest.raises(InputError) as told:
        decompose.bacon(design(frame), "y")
    assert str(told.value) == (
        "Every firm must be seen in every period to decompose a regression; with 'y' some are not. Use "
        'unbalanced="drop", which leaves out the others.'
    )
    assert decompose.bacon(design(frame, unbalanced="drop"), "y")["weight"].sum() == pytest.approx(1)
