"""Effects by region, by what is known of regions and by subgroup: how they are told apart, tested and spread."""

import numpy as np
import pandas as pd
import pytest
from conftest import random_panel

import impact
from impact import groups
from impact.errors import InputError
from impact.estimates import Estimate
from impact.groups import Grouped
from impact.inference.spread import spread


@pytest.fixture(scope="module")
def frame():
    table = random_panel(n=400, seed=2)
    return table.assign(
        coast=np.where(table["town"] % 2, "yes", "no"), height=np.where(table["town"] < 4, "high", "low")
    )


def estimate(frame, **more):
    return impact.estimate(frame, "y", "firm", "year", "first", **more)


@pytest.fixture(scope="module")
def by_town(frame):
    return estimate(frame, region="town", region_attributes=["coast", "height"])


@pytest.fixture(scope="module")
def within(frame):
    return estimate(frame, region="town", comparison_within="sector")


def made(values, states, name="region", variance=1.0):
    """Make effects by region with states, as a table of them has."""
    index = pd.Index([f"r{number}" for number in range(len(values))], name=name)
    e = Estimate.from_covariance(pd.Series(values, index, dtype=float), variance * np.eye(len(values)))
    return Estimate(e.value, e.noise, e.cells.assign(state=states))


# ---- telling groups apart ------------------------------------------------------------------------------------------


def test_regions_are_averaged_by_themselves_and_by_each_attribute(by_town):
    ways = groups.grouped(by_town, "town", ("coast", "height"), within=False)
    assert [(one.aggregation, one.column) for one in ways] == [
        ("region", "town"),
        ("subgroup", "coast"),
        ("subgroup", "height"),
    ]
    for one, level in zip(ways, ("region", "coast", "height"), strict=True):
        pd.testing.assert_series_equal(one.effects.value, by_town.by(level).value)


def test_beside_the_firms_around_only_regions_are_told_apart(within):
    (one,) = groups.grouped(within, "town", ("coast",), within=True)
    assert (one.aggregation, one.column) == ("region_within", "town")
    pd.testing.assert_series_equal(one.effects.value, within.by("region").value)


def test_subgroups_are_told_apart_by_their_column(frame):
    e = estimate(frame, subgroup="sector")
    (one,) = groups.grouped(e, "sector", (), within=False)
    assert (one.aggregation, one.column) == ("subgroup", "sector")
    pd.testing.assert_series_equal(one.effects.value, e.by("subgroup").value)


def test_an_estimator_that_tells_no_groups_apart_is_refused(frame):
    with pytest.raises(InputError) as caught:
        groups.grouped(estimate(frame), "town", (), within=False)
    assert str(caught.value) == (
        "This estimator gives no effects by region or subgroup. Put one that does first, or leave region and subgroups out."
    )


def test_what_tells_groups_apart_is_called_region_or_subgroup(by_town):
    ways = list(groups.renamed(groups.grouped(by_town, "town", ("coast",), within=False)))
    assert [one.effects.value.index.name for one in ways] == ["region", "subgroup"]
    assert ways[1].effects.value.tolist() == by_town.by("coast").value.tolist()
    np.testing.assert_array_equal(ways[1].effects.noise.cov(), by_town.by("coast").noise.cov())
    assert ways[1].effects.cells["n_supported"].tolist() == by_town.by("coast").cells["n_supported"].tolist()


# ---- do they differ ------------------------------------------------------------------------------------------------


def test_every_way_of_telling_firms_apart_has_its_joint_test(by_town, within):
    ways = [*groups.grouped(by_town, "town", ("coast",), False), *groups.grouped(within, "town", (), True)]
    table = groups.differences(ways, "Sales", "main")
    assert list(table.columns) == list(groups.DIFFERENCE_COLUMNS)
    assert table[
        ["outcome", "estimator", "aggregation", "subgroup_of", "n_groups", "df", "state"]
    ].to_numpy().tolist() == [
        ["Sales", "main", "region", "town", 12, 11, "shown"],
        ["Sales", "main", "subgroup", "coast", 2, 1, "shown"],
        ["Sales", "main", "region_within", "town", 12, 11, "shown"],
    ]
    assert table["p_value"].tolist() == [one.effects.equality()["p_value"] for one in ways]


def test_two_groups_are_tested_by_their_difference(by_town):
    (_, coast) = groups.grouped(by_town, "town", ("coast",), False)
    row = groups.differences([coast], "Sales", "main").iloc[0]
    apart = by_town.by("coast").difference("yes", "no")
    assert row["statistic"] == pytest.approx(apart.value.iloc[0] ** 2 / apart.noise.variance()[0])


def test_a_single_group_is_not_tested():
    table = groups.differences([Grouped("region", "town", made([1.0], ["shown"]))], "Sales", "main")
    assert len(table) == 0
    assert list(table.columns) == list(groups.DIFFERENCE_COLUMNS)


# ---- how far they lie apart ----------------------------------------------------------------------------------------


def test_the_spread_is_that_of_regions_shown_in_both_comparisons():
    shown = "shown"
    pooled = made([1.0, 2.0, 3.0, 9.0, 5.0], [shown, shown, shown, "not enough evidence", shown])
    within = made([1.0, 2.5, 3.5, 8.0, 9.0], [shown, shown, shown, shown, "not enough evidence"])
    ways = [Grouped("region", "town", pooled), Grouped("region_within", "town", within)]
    table = groups.spreads(ways, "Sales", "main").set_index("comparison")
    both = np.arange(3)
    for name, e in (("pooled", pooled), ("region_within", within)):
        expected = spread(e.at(both))
        assert table.loc[name, ["n_regions", "estimates", "errors", "beyond"]].tolist() == expected.tolist()
    assert table["n_regions"].tolist() == [3, 3]
    assert table["state"].tolist() == [shown, shown]


def test_one_comparison_alone_has_its_spread_and_subgroups_have_none():
    regions, sectors = made([1.0, 2.0, 6.0], ["shown"] * 3), made([1.0, 2.0], ["shown"] * 2, "subgroup")
    ways = [Grouped("region", "town", regions), Grouped("subgroup", "sector", sectors)]
    assert groups.spreads(ways, "Sales", "main")["comparison"].tolist() == ["pooled"]
    assert len(groups.spreads(ways[1:], "Sales", "main")) == 0


@pytest.mark.parametrize("states", [["shown", "not enough evidence"], ["not enough evidence"] * 2])
def test_fewer_than_two_regions_with_evidence_are_not_enough_of_it(states):
    row = groups.spreads([Grouped("region", "town", made([1.0, 2.0], states))], "Sales", "main").iloc[0]
    assert (row["n_regions"], row["state"]) == (states.count("shown"), "not enough evidence")
    assert row[["estimates", "errors", "beyond"]].isna().all()


# ---- tables --------------------------------------------------------------------------------------------------------


def test_tables_are_joined_with_whole_counts_also_where_there_are_none():
    one = groups.spreads([Grouped("region", "town", made([1.0, 2.0], ["shown"] * 2))], "Sales", "main")
    none = groups.spreads([], "Jobs", "main")
    whole = groups.joined([none, one], groups.SPREAD_COLUMNS, ["n_regions"])
    empty = groups.joined([none], groups.SPREAD_COLUMNS, ["n_regions"])
    assert (len(whole), len(empty)) == (1, 0)
    assert list(whole.columns) == list(empty.columns) == list(groups.SPREAD_COLUMNS)
    assert str(whole["n_regions"].dtype) == str(empty["n_regions"].dtype) == "Int64"
