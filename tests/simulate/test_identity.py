"""What is seen is what is true in the regime that a firm was in."""

import numpy as np
import pandas as pd
import pytest

from impact import marks, productivity
from impact.simulate import without_support
from impact.simulate.columns import COLUMNS
from impact.simulate.measured import NOT_MEASURED, truth_columns

SEEN = [name for name in truth_columns() if name not in NOT_MEASURED]


def test_the_columns_are_those_that_are_described(whole):
    assert list(whole().firms) == list(COLUMNS)
    ends = [f"{name}_{regime}" for name in truth_columns() for regime in ("0", "first", "both")]
    assert list(whole().truth) == ["firm", "year", *ends, "simulated"]


def test_every_table_says_that_it_is_simulated(whole):
    for table in (whole().firms, whole().truth, whole().estimands):
        assert (table["simulated"] == marks.SIMULATED).all()


def test_truth_and_firms_have_the_same_rows(whole):
    pd.testing.assert_frame_equal(whole().firms[["firm", "year"]], whole().truth[["firm", "year"]])
    assert not whole().firms.duplicated(["firm", "year"]).any()


@pytest.mark.parametrize("outcome", SEEN)
def test_what_is_seen_is_true(whole, outcome):
    firms, truth = whole().firms, whole().truth
    seen = firms[outcome].notna().to_numpy()
    award, second = firms["award_year"].replace(0, 9999), firms["second_award"].replace(0, 9999)
    stages = {"0": firms["year"] < award, "first": (firms["year"] >= award) & (firms["year"] < second)}
    for regime, rows in (*stages.items(), ("both", firms["year"] > 0)):
        at = rows.to_numpy() & seen
        np.testing.assert_array_equal(firms.loc[at, outcome], truth.loc[at, f"{outcome}_{regime}"])


def test_regimes_part_where_support_begins(whole):
    firms, truth = whole().firms, whole().truth
    before = ((firms["award_year"] == 0) | (firms["year"] < firms["award_year"])).to_numpy()
    for outcome in truth_columns():
        np.testing.assert_array_equal(truth.loc[before, f"{outcome}_first"], truth.loc[before, f"{outcome}_0"])
        np.testing.assert_array_equal(truth.loc[before, f"{outcome}_both"], truth.loc[before, f"{outcome}_0"])


def test_derived_measures_are_those_of_the_package(whole):
    firms = whole().firms
    seen = firms[firms["active"] == 1]
    per_worker = productivity.value_added_per_worker(seen["value_added"], seen["workers"], seen["year"])
    np.testing.assert_allclose(seen["real_value_added_per_worker"], per_worker, rtol=1e-12)
    inputs = (seen[name] for name in ("value_added", "fixed_assets", "workers", "industry", "year"))
    np.testing.assert_allclose(seen["tfp"], productivity.tfp_index(*inputs, labour_share=0.45), atol=1e-10)
    staff = firms["workers"].where(firms["active"] == 1, 0)
    growth = productivity.job_growth(staff, firms["firm"], firms["year"], firms["founded"])
    np.testing.assert_allclose(firms["jobs_growth"], growth, rtol=1e-12)


def test_what_would_have_been_without_support_has_the_form_of_firms(whole):
    made = whole()
    without = without_support(made)
    assert list(without) == list(made.firms)
    for outcome in SEEN:
        assert without[outcome].isna().ge(made.firms[outcome].isna()).all()
        known = without[outcome].notna().to_numpy()
        np.testing.assert_array_equal(without.loc[known, outcome], made.truth.loc[known, f"{outcome}_0"])
    never = made.firms["award_year"] == 0
    pd.testing.assert_frame_equal(without[never], made.firms[never], check_dtype=False)


def test_support_is_dated_in_order(whole, each):
    firms = each(whole())
    firms = firms[firms["award_year"] > 0]
    assert (firms["applied"] == firms["award_year"]).all()
    done = firms[firms["first_supported"] > 0]
    assert done["first_supported"].sub(done["award_year"]).isin([0, 1]).all()
    assert ((done["exit_year"] == 0) | (done["exit_year"] > done["first_supported"])).all()
    assert done["subsidy_first"].between(1, 60).all()


def test_an_award_lapses_where_the_firm_closes_before_completion(whole, each):
    firms = each(whole())
    lapsed = firms[(firms["award_year"] > 0) & (firms["first_supported"] == 0)]
    assert 0 < len(lapsed) < 0.06 * (firms["award_year"] > 0).sum()
    assert (lapsed["exit_year"] == lapsed["award_year"] + 1).all()
    assert (lapsed[["subsidy_first", "second_award", "mentored"]] == 0).all(axis=None)


def test_what_a_firm_is_does_not_change(whole):
    yearly = {*truth_columns(), "year", "province_programme"}
    constant = [name for name in COLUMNS if name not in yearly]
    assert (whole().firms.groupby("firm")[constant].nunique(dropna=False) == 1).all(axis=None)
