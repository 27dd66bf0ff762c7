"""Parameters with their sources, net benefit, and the cost of an additional job."""

import tomllib

import numpy as np
import pandas as pd
import pytest
from plans import effects

from impact import Draws, Estimate, InputError, where
from impact.priorities import costs
from impact.priorities.fieller import fieller

REGIONS = pd.Index(["a", "b", "c"], name="region")
COV = np.array([[0.04, 0.01, 0.0], [0.01, 0.09, 0.0], [0.0, 0.0, 0.01]])
JOBS = effects([2.0, 1.5, 0.1], cov=COV)


def refusal(function, *given, **named):
    with pytest.raises(InputError) as caught:
        function(*given, **named)
    return str(caught.value)


# ---- parameters --------------------------------------------------------------------------------------------------------


def test_every_parameter_has_a_day_a_source_and_how_sure_it_is():
    table = costs.parameters()
    assert list(table.columns) == ["name", "value", "unit", "since", "status", "source"]
    assert table["name"].is_unique
    assert table["value"].between(0, 1e6).all()
    assert set(table["status"]) == {"confirmed", "unverified", "assumption"}
    assert (table["source"].str.len() > 30).all()
    assert all(day.year >= 2017 for day in table["since"])
    named = tomllib.loads(where.data("SOURCES.toml").read_text(encoding="utf-8"))["parameters"]["costs"]
    assert where.data(named["file"]).is_file()


def test_shares_add_up_and_the_value_of_a_job_is_what_its_source_says():
    assert sum(costs.parameter("matching_shares").values()) == pytest.approx(1)
    firm = costs.parameter("matching_shares")["firm"]
    assert costs.parameter("subsidy_share") == pytest.approx(1 - firm)
    month = costs.parameter("labour_cost_month")["below_300_workers"]
    assert costs.parameter("value_per_job") == pytest.approx(12 * month)


def test_an_unknown_parameter_is_refused_with_the_known_ones():
    assert refusal(costs.parameter, "price") == (
        "A parameter of cost must be one of subsidy_share, matching_shares, government_share, project_cost, "
        "ceiling_programme_2022, ceiling_programme_2025, ceiling_government_2022, ceiling_government_2023, "
        "small_firm_full, programme_third_phase, programme_2025, discount_rate, labour_cost_month, value_per_job, "
        "take_up, diminishing; seen: 'price'. Choose one, or give a number."
    )


def test_the_present_value_is_the_sum_of_discounted_years():
    assert costs.present_value(100.0, 3, 0.1) == pytest.approx(100 / 1.1 + 100 / 1.21 + 100 / 1.331)
    assert costs.present_value(100.0, 4, 0.0) == 400
    assert costs.present_value(1.0, 1) == pytest.approx(1 / 1.045)
    by_region = costs.present_value(pd.Series([1.0, 2.0], ["a", "b"]), 2, 0.0)
    assert by_region.tolist() == [2, 4]
    assert refusal(costs.present_value, 1.0, 1.5) == (
        "A present value needs whole years, 1 or more, and a rate above -1; seen: 1.5 years at 0.045. Write, for "
        "example, 3 and 0.045."
    )


# ---- net benefit -------------------------------------------------------------------------------------------------------


def test_net_benefit_is_linear_and_keeps_the_kind_of_noise_and_the_counts():
    e = Estimate(JOBS.value, JOBS.noise, JOBS.cells.assign(n_supported=[5, 6, 7]))
    value, cost = pd.Series([10.0, 20.0, 30.0], REGIONS[::-1]), pd.Series([1.0, 2.0, 3.0], REGIONS)
    found = costs.net_benefit(e, value, cost)
    assert found.value.tolist() == pytest.approx([30 * 2 - 1, 20 * 1.5 - 2, 10 * 0.1 - 3])
    scale = np.diag([30.0, 20.0, 10.0])
    assert found.noise.cov() == pytest.approx(scale @ COV @ scale)
    assert found.noise.kind == "posterior"
    assert found.cells["n_supported"].tolist() == [5, 6, 7]


def test_net_benefit_works_on_draws():
    errors = np.random.default_rng(0).standard_normal((50, 3))
    e = Estimate(JOBS.value, Draws(pd.RangeIndex(50), errors, "posterior"), JOBS.cells)
    found = costs.net_benefit(e, 60.0, 50.0)
    assert found.noise.errors == pytest.approx(60 * errors)


def test_additional_jobs_grow_with_the_effect_and_the_firm():
    e = effects([0.02, -0.01], kind="sampling", cov=np.array([[4e-4, 1e-4], [1e-4, 1e-4]]))
    workers = pd.Series([50.0, 20.0], ["a", "b"])
    found = costs.additional_jobs(e, workers)
    assert found.value.tolist() == pytest.approx([np.expm1(0.02) * 50, np.expm1(-0.01) * 20])
    slope = np.diag(np.exp([0.02, -0.01]) * [50, 20])
    assert found.noise.cov() == pytest.approx(slope @ e.noise.cov() @ slope)


def test_amounts_that_are_missing_endless_or_below_zero_are_refused():
    assert refusal(costs.net_benefit, JOBS, pd.Series([1.0], ["a"]), 1.0) == (
        "Every region must have a value; missing for 2 of 3: b, c. Write one number for all, or one by region."
    )
    assert (
        refusal(costs.net_benefit, JOBS, 1.0, -5.0)
        == "Costs must be 0 or more; seen: 3 costs below, -5.0, -5.0, -5.0. Correct them."
    )
    assert refusal(costs.net_benefit, JOBS, np.inf, 5.0) == (
        "Every region must have a value that is finite; seen: inf, inf, inf. Correct it."
    )


# ---- cost per additional job -------------------------------------------------------------------------------------------


def test_the_cost_of_a_job_has_fiellers_set():
    cost = pd.Series([60.0, 50.0, 40.0], REGIONS)
    table = costs.cost_per_job(JOBS, cost, confidence=0.9, cost_std_error=5.0)
    assert table["cost_per_job"].tolist() == pytest.approx([30, 100 / 3, 400])
    for row, jobs, variance in zip(table.itertuples(), JOBS.value, np.diag(COV), strict=True):
        by_hand = fieller(row.cost, jobs, np.diag([25.0, variance]), 0.9)
        assert (row.lower, row.upper, row.kind) == (by_hand.lower, by_hand.upper, by_hand.kind)
    assert table["kind"].tolist() == ["bounded", "bounded", "complement"]


def test_the_set_is_bounded_just_where_the_interval_of_jobs_has_no_zero():
    values = np.linspace(-0.5, 0.5, 21)
    table = costs.cost_per_job(effects(values, cov=0.01 * np.eye(21)), 60.0)
    crosses = (table["jobs_lower"] <= 0) & (table["jobs_upper"] >= 0)
    assert ((table["kind"] == "bounded") == ~crosses).all()


def test_regions_are_ranked_by_it_only_where_the_effect_is_clearly_above_zero():
    table = costs.cost_per_job(JOBS, pd.Series([60.0, 30.0, 40.0], REGIONS))
    assert refusal(costs.cheapest_first, table) == (
        "Regions can be ranked by the cost of a job only where the effect on jobs is clearly above zero in all of them; it "
        "is not in 1 of 3: c. Rank by net benefit (`net_benefit`), or leave these regions out."
    )
    assert costs.cheapest_first(table.iloc[:2])["region"].tolist() == ["b", "a"]
    below = costs.cost_per_job(effects([-2.0, 2.0]), 60.0)
    assert "in 1 of 2: a." in refusal(costs.cheapest_first, below)


def test_a_region_without_an_effect_has_no_cost_of_a_job_and_is_not_ranked():
    table = costs.cost_per_job(effects([2.0, np.nan, 1.5]), 60.0)
    assert table["kind"].tolist() == ["bounded", "not known", "bounded"]
    assert table.loc[1, ["jobs", "cost_per_job", "lower", "upper"]].isna().all()
    assert "it is not in 1 of 3: b." in refusal(costs.cheapest_first, table)


@pytest.mark.parametrize(("variance", "kind"), [(0.0, "bounded"), (1e18, "complement")])
def test_without_noise_or_with_very_much_of_it_the_set_is_a_point_or_says_nothing(variance, kind):
    table = costs.cost_per_job(effects([2.0, 1.5], cov=variance * np.eye(2)), 60.0)
    assert table["kind"].tolist() == [kind, kind]
    if variance == 0:
        assert table["lower"].tolist() == table["upper"].tolist() == pytest.approx([30, 40])


def test_costs_below_zero_and_odd_confidence_are_refused():
    assert refusal(costs.cost_per_job, JOBS, -1.0) == (
        "Costs and their standard errors must be 0 or more; some are below. Correct them."
    )
    assert refusal(costs.cost_per_job, JOBS, 1.0, confidence=1.0) == (
        "confidence must lie between 0 and 1; seen: 1.0. Write 0.95 for 95 %."
    )
