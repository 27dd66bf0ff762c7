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


def design(frame, covariates=(), weight=None, **settings):
    roles = Roles("firm", "year", "first", outcomes=("y",), covariates=covariates, weight=weight)
    return Design.of(Panel.of(frame, roles), **settings)


def staggered_effects(effect, sizes=(4, 3, 5)):
    """Make a complete panel of cohorts 2012, 2014 and never, whose outcome is an effect by cohort and year and nothing else."""
    years, firsts = np.arange(2010, 2017), np.repeat([2012, 2014, 0], sizes)
    firm, n = np.arange(len(firsts)), len(years)
    columns = {"firm": np.repeat(firm, n), "year": np.tile(years, len(firsts)), "first": np.repeat(firsts, n)}
    frame = pd.DataFrame(columns)
    on = (frame["first"] > 0) & (frame["year"] >= frame["first"])
    return frame.assign(y=np.where(on, effect(frame["first"], frame["year"]), 0.0))


def coefficient(frame, **settings):
    e = impact.estimate(frame, "y", "firm", "year", "first", "twfe", effects="static", **settings)
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


def test_weights_hold_for_firms_that_come_and_go():
    effects = {(g, t): np.sin(g + t) for g in (2012, 2014) for t in range(g, 2017)}
    frame = staggered_effects(lambda first, year: [effects.get(key, 0.0) for key in zip(first, year, strict=True)])
    frame = frame.drop(index=[3, 9, 10, 20, 40, 77])
    weights = quietly(decompose.twfe_weights, design(frame), "y").set_index(["cohort", "period"])
    seen = frame[(frame["first"] > 0) & (frame["year"] >= frame["first"])].groupby(["first", "year"]).size()
    assert weights["n_supported"].tolist() == seen.tolist()
    assert coefficient(frame) == pytest.approx(
        sum(weights.loc[key, "weight"] * effect for key, effect in effects.items()), rel=1e-10
    )


@pytest.mark.parametrize("weight", [None, "weight"])
@pytest.mark.parametrize("covariates", [("x",), ("z",), ("x", "z")])
def test_weights_with_covariates_are_those_of_the_coefficient_with_covariates(staggered, covariates, weight):
    frame, rng = staggered(n=70, periods=6, seed=3), np.random.default_rng(3)
    on = (frame["first"] > 0) & (frame["year"] >= frame["first"])
    effect = (
        frame.assign(effect=0.0).loc[on].groupby(["first", "year"])["effect"].transform(lambda _: rng.standard_normal())
    )
    line = frame["firm"] % 7 + (frame["year"] - 2011) ** 2
    line += sum({"x": frame["x"] * np.sqrt(frame["year"] - 2000), "z": 3 * frame["z"]}[name] for name in covariates)
    frame = frame.assign(y=line + effect.reindex(frame.index, fill_value=0.0))
    table = quietly(decompose.twfe_weights, design(frame, covariates, weight), "y")
    effects = frame.assign(effect=effect)[on].groupby(["first", "year"])["effect"].first()
    given = effects.loc[list(zip(table["cohort"], table["period"], strict=True))].to_numpy()
    assert table["weight"].sum() == pytest.approx(1, rel=1e-10)
    ours = coefficient(frame, covariates=list(covariates), weight=weight)
    assert (table["weight"] * given).sum() == pytest.approx(ours, rel=1e-9)
    plain = quietly(decompose.twfe_weights, design(frame), "y")
    assert np.abs(plain["weight"] - table["weight"]).max() > 1e-4


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


@pytest.mark.parametrize("weight", [None, "weight"])
@pytest.mark.parametrize("covariates", [(), ("x",), ("z",), ("x", "z")])
def test_comparisons_are_the_coefficient_with_covariates_and_weights(staggered, covariates, weight):
    frame = staggered(n=80, periods=6, seed=5)
    frame["weight"] = frame.groupby("firm")["weight"].transform("first")
    table = decompose.bacon(design(frame, covariates, weight), "y")
    ours = coefficient(frame, covariates=list(covariates), weight=weight)
    assert table["weight"].sum() == pytest.approx(1, rel=1e-10)
    assert (table["weight"] * table["estimate"]).sum() == pytest.approx(ours, rel=1e-10)


def dummies(frame):
    return pd.get_dummies(frame[["firm", "year"]].astype(str)).to_numpy(float)


def off(columns, others):
    """Take from columns what is a combination of others."""
    return columns - others @ np.linalg.lstsq(others, columns, rcond=None)[0]


def test_comparisons_with_covariates_are_regressions_of_two_cohorts(staggered):
    frame = staggered(n=50, periods=5, seed=2).sort_values(["firm", "year"], ignore_index=True)
    on = ((frame["first"] > 0) & (frame["year"] >= frame["first"])).astype(float)
    frame["d"] = off(on, np.column_stack([dummies(frame), frame["z"]]))
    frame["mean"] = frame.groupby(["first", "year"])["d"].transform("mean")
    within = frame["d"] - frame["mean"]
    table = decompose.bacon(design(frame, ("z",)), "y")
    *pairs, last = table.to_dict("records")
    share = within @ within / (frame["d"] @ frame["d"])
    assert last["type"] == "covariates"
    assert (last["weight"], last["estimate"]) == pytest.approx((share, within @ frame["y"] / (within @ within)))
    for pair in pairs:
        both = frame[
            frame["first"].isin([pair["treated"], 0 if pair["comparison"] == "never" else int(pair["comparison"])])
        ]
        residual = off(both["mean"].to_numpy(), dummies(both))
        firms = both["firm"].nunique() / frame["firm"].nunique()
        assert pair["estimate"] == pytest.approx(residual @ both["y"] / (residual @ residual), rel=1e-8)
        assert pair["weight"] == pytest.approx(firms * residual @ residual / (frame["d"] @ frame["d"]), rel=1e-8)


def test_two_supported_cohorts_are_one_comparison_with_covariates(staggered):
    frame = staggered(n=60, periods=4, seed=2)
    table = decompose.bacon(design(frame, ("z",)), "y")
    assert [tuple(row) for row in table[["treated", "comparison", "type"]].astype(object).to_numpy()[:-1]] == [
        (2013, "2014", "both supported"),
        (2013, "never", "never supported"),
        (2014, "never", "never supported"),
    ]
    assert table["treated"].isna().tolist() == [False, False, False, True]
    assert table["comparison"].iloc[-1] == "same cohort"
    assert set(table["type"]) <= set(decompose.TYPES)
    supported = frame[frame["first"] > 0].groupby("first")["firm"].nunique().tolist()
    never = frame.loc[frame["first"] == 0, "firm"].nunique()
    assert table["n_supported"].tolist() == [supported[0], *supported, sum(supported)]
    assert table["n_comparison"].tolist() == [supported[1], never, never, never]


def test_covariates_that_are_the_same_within_cohorts_have_no_part_of_their_own(staggered):
    frame = staggered(n=60, periods=5, seed=2)
    frame["common"] = np.sin(frame["first"] + frame["year"] ** 2.0)
    table = decompose.bacon(design(frame, ("common",)), "y")
    assert "covariates" not in set(table["type"])
    total = (table["weight"] * table["estimate"]).sum()
    assert total == pytest.approx(coefficient(frame, covariates=["common"]), rel=1e-10)


def test_weights_that_change_are_refused(staggered):
    with pytest.raises(InputError) as told:
        decompose.bacon(design(staggered(), weight="weight"), "y")
    assert str(told.value) == (
        "Weights must be the same in every period to take a regression apart into comparisons; 'weight' changes. Use each "
        "firm's weight of one period, or twfe_weights."
    )


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


def test_what_rounding_leaves_of_zero_is_no_negative_weight():
    table = pd.DataFrame({"cohort": [2020, 2020], "period": [2020, 2021], "weight": [1.0, -1e-16]})
    assert decompose.warn_if_weights_are_negative(table) == []
