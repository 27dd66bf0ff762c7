"""What a user should know of data that can be used: a panel with one oddity each, and the whole text of the sentence."""

import numpy as np
import pandas as pd
import pytest

from impact.checks import advice
from impact.design import Design
from impact.panel import Panel
from impact.roles import Roles

YEARS = 4


def sound(firms=12):
    """Half of the firms supported from 2017 on, half never, from 2015 to 2018; nothing odd about them."""
    frame = pd.DataFrame({"firm": np.repeat(np.arange(firms), YEARS), "year": np.tile(np.arange(2015, 2019), firms)})
    frame["first"] = np.where(frame["firm"] < firms // 2, 2017, 0)
    rng = np.random.default_rng(3)
    frame["y"] = 100 + rng.random(len(frame))
    frame["x"] = np.repeat(rng.random(firms), YEARS)
    frame["z"] = np.repeat(rng.random(firms), YEARS)
    return frame


def said(frame, estimators=(), covariates=(), outcomes=("y",), **settings):
    roles = Roles("firm", "year", "first", outcomes=outcomes, covariates=covariates)
    return advice.of_design(Design.of(Panel.of(frame, roles), **settings), estimators)


def test_nothing_is_said_of_a_sound_panel():
    assert said(sound(), ["callaway_santanna", "twfe"], ("x", "z")) == []


def test_periods_that_nobody_has_are_named():
    frame = sound().query("year != 2016")
    assert said(frame) == [
        "Periods should follow one another; the table goes from 2015 to 2018 and nobody has 2016. Event time counts them all the same: "
        "number waves 1, 2, 3 if the survey was every other year, or add the missing file."
    ]


def test_firms_with_gaps_are_named_and_those_that_end_early_are_not():
    frame = sound()
    frame = frame[
        ~((frame["firm"].isin([1, 8])) & (frame["year"] == 2016)) & ~((frame["firm"] == 9) & (frame["year"] == 2018))
    ]
    assert said(frame) == [
        "A firm should have a row in every period from its first to its last; 2 firms of 12 have gaps: 1, 8. Look whether a file of one "
        'year is incomplete or a number changed; comparisons use firms seen in both of their periods (unbalanced = "pairs").'
    ]


def test_one_firm_with_a_gap_has_one():
    frame = sound()
    assert "; 1 firm of 12 has gaps: 3. " in said(frame[~((frame["firm"] == 3) & (frame["year"] == 2016))])[0]


def test_rows_without_firms_have_no_gaps():
    frame = sound().query("firm != 3 or year != 2016")
    roles = Roles(None, "year", "first", outcomes=("y",))
    assert list(advice.warn_if_firms_have_gaps(Panel.of(frame, roles))) == []


def test_cohorts_of_a_few_firms_are_named():
    frame = sound().assign(first=lambda f: f["first"].mask(f["firm"] == 0, 2018))
    assert said(frame) == [
        "A cohort should have at least 5 firms; with fewer its effect is that of single firms: 2018 (1). Join cohorts, or read averages "
        "only."
    ]


def test_an_outcome_that_is_part_of_the_support_is_named():
    frame = sound().assign(subsidy=lambda f: np.where((f["first"] > 0) & (f["year"] >= f["first"]), 50.0, 0.0))
    assert said(frame, outcomes=("y", "subsidy")) == [
        "An outcome should be able to change without support; 'subsidy' is 0 in all 36 rows without support and differs with it. If it "
        "is part of the support (a subsidy, an award), it is no result of it: take another outcome."
    ]


@pytest.mark.parametrize("transform", ["log1p", "asinh"])
def test_zeros_under_a_transform_that_takes_them_are_said_with_the_reason(transform):
    frame = sound().assign(y=lambda f: f["y"].mask(f["firm"] == 11, 0.0))
    assert said(frame, outcomes=(f"{transform}(y)",)) == [
        f"An effect should not depend on the unit; {transform}(y) with 'y' zero in 4 rows does: the move from zero counts for more, the "
        "smaller the unit (Chen and Roth 2024). Estimate the column itself, and being above zero as an outcome of its own."
    ]
    assert said(sound(), outcomes=(f"{transform}(y)",)) == []


@pytest.mark.parametrize(("value", "shown"), [(100_000.0, "1e+05"), (0.1, "0.1")])
def test_a_year_in_another_unit_is_named(value, shown):
    frame = sound().assign(y=lambda f: np.where(f["year"] == 2016, value, 100.0))
    assert said(frame) == [
        f"A column should be in one unit in all periods; the median of 'y' changes a hundredfold in 2016 (100 to {shown}), 2017 ({shown} "
        "to 100). Look for won, thousand won and million won in the files of these years."
    ]


def test_a_covariate_that_is_known_only_after_support_is_named():
    frame = sound().assign(x=lambda f: f["x"].mask((f["firm"] < 2) & (f["year"] < 2017)))
    with pytest.warns(UserWarning, match="blank"):
        sentences = said(frame, covariates=("x",))
    assert sentences == [
        "Covariates should be known from before support; 'x' is known only after it for 2 firms: 0, 1. These firms take no part; use a "
        "value from before support."
    ]


def test_a_covariate_that_may_answer_to_support_is_named_for_a_regression_only():
    frame = sound().assign(x=lambda f: f["x"] + f["year"])
    assert said(frame, ["callaway_santanna"], ("x", "z")) == []
    assert said(frame, ["callaway_santanna", "twfe"], ("log(x)", "z")) == [
        "Covariates should not be able to answer to support; twfe takes 'x' as measured in each period, also after support, and so takes "
        "part of the effect away. Use values of one period before support (other estimators do)."
    ]


def test_covariates_that_say_nothing_of_their_own_are_named():
    frame = sound().assign(one=1.0, both=lambda f: 2 * f["x"] - f["z"] + 7)
    assert said(frame, covariates=("one", "x", "z", "both")) == [
        "A covariate should say something of its own; one is the same for all firms. Leave it out.",
        "A covariate should say something of its own; both follows from the covariates before it. Leave it out.",
    ]
    assert said(sound().assign(x=lambda f: 1e9 + f["x"]), covariates=("x", "z")) == []
