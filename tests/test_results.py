import numpy as np
import pandas as pd
import pytest
from studies import STUDY, firms, write

from impact import results, run
from impact.estimates import Estimate

LEVELS = ["cohort", "period", "event_time", "region", "subgroup_of", "subgroup"]
NUMBERS = ["estimate", "std_error", "lower", "upper", "lower_uniform", "upper_uniform", "p_value"]
AGGREGATIONS = {
    "cell": {"cohort", "period"},
    "event_time": {"event_time"},
    "period": {"period"},
    "cohort": {"cohort"},
    "average_event_time": set(),
    "average_period": set(),
    "average_cohort": set(),
    "overall": set(),
}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    text = STUDY.replace('unit = "firm"', 'unit = "firm"\nregion = "town"') + '[design]\nsubgroups = ["industry"]\n'
    return run.prepare(write(tmp_path_factory.mktemp("study"), text))


@pytest.fixture(scope="module")
def e(prepared):
    return estimate(prepared, None)


def estimate(prepared, level):
    from impact.estimators import callaway_santanna

    return callaway_santanna.estimate(
        prepared.designs[prepared.study.design, level], "log(sales)", callaway_santanna.Options()
    )


def test_the_columns_of_effects_are_in_the_documented_order(prepared, e):
    table = results.effects_of(results.averages_of(e), prepared.study, "Sales", "callaway_santanna")
    assert list(table.columns) == [
        "outcome", "estimator", "aggregation", *LEVELS, *NUMBERS, "n_supported", "n_comparison", "state",
    ]  # fmt: skip


def test_every_aggregation_is_there_with_its_own_levels_only(prepared, e):
    table = results.effects_of(results.averages_of(e), prepared.study, "Sales", "callaway_santanna")
    filled = {name: {level for level in LEVELS if of[level].notna().all()} for name, of in table.groupby("aggregation")}
    assert filled == AGGREGATIONS
    assert table.groupby("aggregation")[LEVELS].apply(lambda of: (of.notna().all() | of.isna().all()).all()).all()


def test_an_aggregation_has_the_numbers_of_the_estimate(prepared, e):
    table = results.effects_of(results.averages_of(e), prepared.study, "Sales", "callaway_santanna")
    average = table[table["aggregation"] == "average_cohort"].iloc[0]
    assert average["estimate"] == e.by("cohort", average=True).value.iloc[0]
    assert average["n_supported"] == 22


def by_group(prepared, column, level):
    averages = {level: estimate(prepared, column).by(level)}
    return results.effects_of(averages, prepared.study, "Sales", "a", column)


def test_effects_by_region_and_by_subgroup_stand_in_their_own_columns(prepared):
    region, group = by_group(prepared, "town", "region"), by_group(prepared, "industry", "subgroup")
    assert (set(region["aggregation"]), set(region["region"])) == ({"region"}, {"가", "나", "다"})
    assert region[["subgroup_of", "subgroup"]].isna().all(axis=None)
    assert (set(group["aggregation"]), set(group["subgroup_of"])) == ({"subgroup"}, {"industry"})
    assert set(group["subgroup"]) == {"01", "02"}
    assert group["region"].isna().all()


def test_an_estimate_over_event_time_alone_has_the_averages_that_it_knows(prepared, e):
    over_time = e.by("event_time")
    table = results.effects_of(results.averages_of(over_time), prepared.study, "Sales", "a")
    assert list(dict.fromkeys(table["aggregation"])) == ["event_time", "average_event_time"]
    assert table["cohort"].isna().all()
    assert len(results.pretests_of(results.averages_of(over_time), "Sales", "a")) == 1


def test_a_single_number_is_overall(prepared):
    one = Estimate.from_covariance({"overall": 0.25}, [[0.01]])
    table = results.effects_of(results.averages_of(one), prepared.study, "Sales", "a")
    assert table[["aggregation", "estimate", "std_error"]].to_numpy().tolist() == [["overall", 0.25, 0.1]]
    assert len(results.pretests_of(results.averages_of(one), "Sales", "a")) == 0


def test_joined_effects_keep_whole_numbers_whole_and_labels_text(prepared, e):
    tables = [
        results.effects_of(results.averages_of(e), prepared.study, "Sales", "a"),
        by_group(prepared, "town", "region"),
    ]
    whole = results.joined(tables)
    assert len(whole) == sum(map(len, tables))
    assert {name: str(whole[name].dtype) for name in results.WHOLE} == dict.fromkeys(results.WHOLE, "Int64")
    assert {name: str(whole[name].dtype) for name in ("region", "subgroup_of", "subgroup")} == dict.fromkeys(
        ("region", "subgroup_of", "subgroup"), "string"
    )


def test_a_band_depends_on_its_own_name_only(prepared, e):
    one, again, other = (
        results.effects_of(results.averages_of(e), prepared.study, name, "a") for name in ("Sales", "Sales", "Jobs")
    )
    pd.testing.assert_frame_equal(one, again)
    assert (one["upper_uniform"] != other["upper_uniform"]).any()
    pd.testing.assert_series_equal(one["upper"], other["upper"])


def test_a_pretest_has_one_row_and_its_state(e):
    table = results.pretests_of(results.averages_of(e), "Sales", "a")
    assert list(table.columns) == ["outcome", "estimator", "statistic", "df", "p_value", "state"]
    assert table[["outcome", "estimator", "state", "df"]].iloc[0].tolist() == ["Sales", "a", "shown", 2.0]
    assert table["p_value"].iloc[0] == e.by("event_time").pretest()["p_value"]


def test_periods_in_which_firms_may_react_already_are_not_tested(e):
    table = results.pretests_of(results.averages_of(e), "Sales", "a", anticipation=1)
    assert table["df"].iloc[0] == 1
    assert table["p_value"].iloc[0] == e.by("event_time").select(event_time=-2).pretest()["p_value"]


def test_no_effect_before_support_gives_no_pretest(e):
    after = e.select(cohort=2013, period=[2013, 2014])
    assert len(results.pretests_of(results.averages_of(after), "Sales", "a")) == 0
    assert len(results.pretests_of(results.averages_of(e.by("cohort")), "Sales", "a")) == 0
    assert list(results.tests_joined([results.no_pretest()] * 2).columns) == list(results.PRETEST_COLUMNS)


def test_paths_are_the_means_of_cohorts_with_their_firms(prepared):
    table = results.paths_of(prepared.design, "log(sales)", "Sales")
    frame = firms()
    means = np.log(frame["sales"]).groupby([frame["since"], frame["year"]]).mean()
    assert table["cohort"].unique().tolist() == ["2013", "2014", "never"]
    assert np.allclose(table[table["cohort"] == "2013"]["mean"], means[2013])
    assert np.allclose(table[table["cohort"] == "never"]["mean"], means[0])
    assert table.groupby("cohort")["n_firms"].unique().map(list).to_dict() == {
        "2013": [12],
        "2014": [10],
        "never": [30],
    }
    assert set(table["state"]) == {"shown"}


def test_a_mean_over_no_firms_is_missing_not_zero(tmp_path):
    frame = firms()
    frame.loc[(frame["since"] == 2013) & (frame["year"] == 2015), "sales"] = None
    table = results.paths_of(run.prepare(write(tmp_path, table=frame)).design, "log(sales)", "Sales")
    row = table[(table["cohort"] == "2013") & (table["period"] == 2015)].iloc[0]
    assert (row["n_firms"], row["state"]) == (0, "not identified")
    assert np.isnan(row["mean"])
