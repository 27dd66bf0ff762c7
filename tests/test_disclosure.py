import pandas as pd
import pytest

from impact import disclosure
from impact.prioritize import NAMES
from impact.results import TABLES, TRUTH
from impact.tables import STATISTICS

WHOLE = {"n_supported": "Int64", "n_comparison": "Int64", "cohort": "Int64", "period": "Int64", "event_time": "Int64"}


def effects(*rows):
    """Make a table of effects: each row has firms on both sides, and perhaps more."""
    labels = {"outcome": "Sales", "estimator": "a", "aggregation": "cell", "cohort": 2013, "period": 2012}
    base = {**labels, "event_time": pd.NA, **dict.fromkeys(STATISTICS, 0.25), "state": "shown"}
    return pd.DataFrame([{**base, **row} for row in rows]).astype(WHOLE)


def pretests(*outcomes):
    numbers = {"estimator": "a", "statistic": 1.0, "df": 1.0, "p_value": 0.3, "state": "shown"}
    return pd.DataFrame([{"outcome": outcome, **numbers} for outcome in outcomes])


def both(supported, comparison, **more):
    return {"n_supported": supported, "n_comparison": comparison, **more}


def test_the_smallest_number_of_firms_is_the_studys_or_the_rule_with_its_source():
    assert disclosure.minimum_firms(None) == disclosure.default()["value"] == 3
    assert disclosure.minimum_firms(10) == 10
    assert "Statistical Disclosure Control" in disclosure.default()["source"]


@pytest.mark.parametrize("counts", [(1, 50), (2, 50), (50, 2), (2, 2)])
def test_an_effect_on_few_firms_on_either_side_has_no_number_and_no_count(counts):
    out = disclosure.released_effects(effects(both(*counts)), 3)
    assert out["state"].tolist() == ["suppressed"]
    assert out[[*STATISTICS, "n_supported", "n_comparison"]].isna().all(axis=None)


def test_an_effect_on_enough_firms_is_released_as_it_is():
    table = effects(both(3, 50), both(50, 3))
    pd.testing.assert_frame_equal(disclosure.released_effects(table, 3), table)


def test_what_is_for_the_researcher_is_not_changed():
    table = effects(both(2, 50))
    before = table.copy()
    disclosure.released_effects(table, 3)
    pd.testing.assert_frame_equal(table, before)


def test_suppressed_missing_and_zero_are_three_things():
    absent = dict.fromkeys(STATISTICS, float("nan")) | {"state": "not identified"}
    table = effects(both(2, 9), both(0, 9, **absent), both(2, 9, **absent), both(9, 9, estimate=0.0))
    out = disclosure.released_effects(table, 3)
    assert out["state"].tolist() == ["suppressed", "not identified", "not identified", "shown"]
    assert out["n_supported"].fillna(-1).tolist() == [-1, 0, -1, 9]
    assert out["estimate"].fillna(-1).tolist() == [-1, -1, -1, 0]


def test_a_study_may_ask_for_more_firms():
    assert disclosure.released_effects(effects(both(9, 50)), 10)["state"].tolist() == ["suppressed"]


def test_an_unknown_number_of_firms_is_not_few():
    table = effects(both(pd.NA, pd.NA))
    pd.testing.assert_frame_equal(disclosure.released_effects(table, 3), table)


def test_a_mean_of_few_firms_is_suppressed_and_one_of_none_is_missing():
    paths = pd.DataFrame(
        {"mean": [1.0, None, 2.0], "n_firms": [2, 0, 3], "state": ["shown", "not identified", "shown"]}
    ).astype({"n_firms": "Int64"})
    out = disclosure.released_paths(paths, 3)
    assert out["state"].tolist() == ["suppressed", "not identified", "shown"]
    assert out["n_firms"].fillna(-1).tolist() == [-1, 0, 3]
    assert out["mean"].fillna(-1).tolist() == [-1, -1, 2]


def test_a_test_of_a_suppressed_effect_is_suppressed_too():
    tests = pretests("Sales", "Jobs")
    cells = effects(both(2, 50), both(9, 50, outcome="Jobs"))
    out = disclosure.released_pretests(tests, cells, 3)
    assert out["state"].tolist() == ["suppressed", "shown"]
    assert out[["statistic", "df", "p_value"]].isna().all(axis=1).tolist() == [True, False]


@pytest.mark.parametrize(("time", "state"), [(-1, "suppressed"), (0, "shown")])
def test_an_effect_of_an_event_time_before_support_is_tested_too(time, state):
    table = effects(both(2, 50, aggregation="event_time", cohort=pd.NA, period=pd.NA)).assign(event_time=time)
    assert disclosure.released_pretests(pretests("Sales"), table, 3)["state"].tolist() == [state]


@pytest.mark.parametrize(
    "more", [{"period": 2013}, {"aggregation": "period"}, {"estimate": float("nan")}, {"estimator": "b"}]
)
def test_a_test_is_released_where_no_few_firms_are_behind_it(more):
    tests = pretests("Sales")
    pd.testing.assert_frame_equal(disclosure.released_pretests(tests, effects(both(2, 50, **more)), 3), tests)


def adjusted(*outcomes):
    numbers = {"estimator": "a", "aggregation": "overall", "p_value": 0.01, "p_holm": 0.02, "state": "shown"}
    return pd.DataFrame([{"outcome": outcome, **numbers} for outcome in outcomes])


def test_no_p_value_of_a_suppressed_effect_leaves_among_many():
    answers = effects(both(2, 50, aggregation="overall"), both(9, 50, aggregation="overall", outcome="Jobs"))
    out = disclosure.released_multiplicity(adjusted("Sales", "Jobs"), answers, 3)
    assert out["state"].tolist() == ["suppressed", "shown"]
    assert out[["p_value", "p_holm"]].isna().all(axis=1).tolist() == [True, False]


def test_one_outcome_is_not_among_many_and_its_table_without_rows_passes():
    table = adjusted("Sales")[:0]
    out = disclosure.released_multiplicity(table, effects(both(2, 50, aggregation="overall")), 3)
    pd.testing.assert_frame_equal(out, table)


# ---- between groups ------------------------------------------------------------------------------------------------


def between(n_groups, aggregation="region", column="town", **more):
    """Make a table of differences with one row."""
    numbers = {"n_groups": n_groups, "statistic": 4.0, "df": 1.0, "p_value": 0.05, "state": "shown"}
    row = {"outcome": "Sales", "estimator": "a", "aggregation": aggregation, "subgroup_of": column, **numbers, **more}
    return pd.DataFrame([row]).astype({"n_groups": "Int64"})


def by_region(*counts, aggregation="region", column=pd.NA):
    return effects(*(both(n, 50, aggregation=aggregation, subgroup_of=column) for n in counts))


@pytest.mark.parametrize(
    ("counts", "hidden"), [((9, 9), False), ((9, 2), True), ((9, 2, *[9] * 7), True), ((9, 2, *[9] * 8), False)]
)
def test_a_test_between_groups_hides_where_a_handful_has_a_small_one(counts, hidden):
    tests = between(len(counts))
    out = disclosure.released_differences(tests, by_region(*counts), 3)
    if hidden:
        assert out["state"].tolist() == ["suppressed"]
        assert out[["statistic", "df", "p_value"]].isna().all(axis=None)
        assert out["n_groups"].tolist() == [len(counts)]
    else:
        pd.testing.assert_frame_equal(out, tests)


def test_a_small_group_hides_the_tests_of_its_own_kind_only():
    tests = pd.concat(
        [between(2), between(2, "region_within"), between(2, "subgroup", "size"), between(2, "subgroup", "age")]
    )
    tests = tests.reset_index(drop=True)
    small = {
        "region": by_region(9, 2),
        "region_within": by_region(9, 2, aggregation="region_within"),
        "size": by_region(9, 2, aggregation="subgroup", column="size"),
        "age": by_region(9, 2, aggregation="subgroup", column="age"),
    }
    for position, few in enumerate(small.values()):
        states = disclosure.released_differences(tests, few, 3)["state"].tolist()
        assert states == ["suppressed" if at == position else "shown" for at in range(4)]
    for other in ({"outcome": "Jobs"}, {"estimator": "b"}):
        elsewhere = by_region(9, 2).assign(**other)
        assert disclosure.released_differences(tests, elsewhere, 3)["state"].tolist() == ["shown"] * 4


def spreads(*counts):
    numbers = {"outcome": "Sales", "estimator": "a", "estimates": 0.2, "errors": 0.1, "beyond": 0.17, "state": "shown"}
    rows = [{**numbers, "n_regions": n, "comparison": "pooled"} for n in counts]
    return pd.DataFrame(rows).astype({"n_regions": "Int64"})


def test_the_spread_of_a_handful_of_regions_does_not_leave():
    out = disclosure.released_spread(spreads(2, 9, 10, 200))
    assert out["state"].tolist() == ["suppressed", "suppressed", "shown", "shown"]
    assert out[["estimates", "errors", "beyond"]].isna().all(axis=1).tolist() == [True, True, False, False]
    assert out["n_regions"].tolist() == [2, 9, 10, 200]


def test_a_spread_that_was_never_there_is_not_suppressed():
    numbers = ["estimates", "errors", "beyond"]
    table = spreads(1).assign(state="not enough evidence", **dict.fromkeys(numbers, float("nan")))
    pd.testing.assert_frame_equal(disclosure.released_spread(table), table)


def test_every_table_of_a_study_has_its_rule():
    assert set(disclosure.RULES) == {*TABLES, TRUTH, *NAMES}


def test_tables_without_rows_pass():
    table, tests = (
        effects(both(9, 9))[:0],
        pd.DataFrame(columns=["outcome", "estimator", "statistic", "df", "p_value", "state"]),
    )
    assert len(disclosure.released_effects(table, 3)) == len(disclosure.released_pretests(tests, table, 3)) == 0
