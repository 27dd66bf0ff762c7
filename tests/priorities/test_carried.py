"""Effects carried from firms that were supported to the next ones."""

import numpy as np
import pandas as pd
import pytest

from impact import Estimate, Gaussian, InputError
from impact.priorities.allocate import allocate
from impact.priorities.carried import carried
from impact.priorities.costs import parameter

NAMES = ["region", "subgroup"]
CELLS = pd.MultiIndex.from_tuples([("a", "small"), ("a", "large"), ("b", "small"), ("c", "large")], names=NAMES)
COV = 0.01 * np.eye(4) + 0.002


def estimate(n_supported=(10, 30, 20, 10), values=(0.3, 0.1, 0.2, 0.5), kind="sampling"):
    series = pd.Series(values, CELLS)
    e = Estimate.from_covariance(series, COV)
    return Estimate(e.value, Gaussian(COV, kind), e.cells.assign(n_supported=list(n_supported)))


def counts(**by_region):
    """Say eligible firms as region = (small, large)."""
    index = pd.MultiIndex.from_product([by_region, ["small", "large"]], names=NAMES)
    return pd.Series([number for pair in by_region.values() for number in pair], index)


ELIGIBLE = counts(a=(30, 10), b=(10, 30), c=(0, 5))


def refusal(*given, **named):
    with pytest.raises(InputError) as caught:
        carried(*given, **named)
    return str(caught.value)


def test_effects_are_weighted_by_the_next_firms_and_borrowed_where_none_was_like_them():
    found = carried(estimate(), ELIGIBLE, take_up=1.0, diminishing=0)
    large = (30 * 0.1 + 10 * 0.5) / 40  # of all regions that had large firms
    assert found.estimate.value.to_dict() == pytest.approx({"a": 0.25, "b": 0.25 * 0.2 + 0.75 * large, "c": 0.5})
    assert found.table["extrapolated"].tolist() == [0, 0.75, 0]
    assert found.table["state"].tolist() == ["shown", "not enough evidence", "shown"]
    assert found.estimate.cells["state"].tolist() == found.table["state"].tolist()
    weights = np.array([[0.75, 0.25, 0, 0], [0, 0.75 * 0.75, 0.25, 0.75 * 0.25], [0, 0, 0, 1]])
    assert found.estimate.noise.cov() == pytest.approx(weights @ COV @ weights.T)


def test_if_the_next_firms_are_like_the_last_ones_nothing_changes():
    e = estimate()
    past = e.cells["n_supported"].groupby(level="region", sort=False).sum()
    same = e.cells["n_supported"].reindex(ELIGIBLE.index, fill_value=0)
    found = carried(e, same, take_up=0.4, diminishing=0)
    means = (e.value * e.cells["n_supported"]).groupby(level="region", sort=False).sum() / past
    assert found.estimate.value.tolist() == pytest.approx(means.tolist())
    assert found.table["extrapolated"].tolist() == [0, 0, 0]


def test_a_cell_without_a_value_or_without_firms_is_borrowed():
    for e in (estimate(values=(np.nan, 0.1, 0.2, 0.5)), estimate(n_supported=(0, 30, 20, 10))):
        found = carried(e, ELIGIBLE, take_up=1.0, diminishing=0)
        assert found.estimate.value["a"] == pytest.approx(0.75 * 0.2 + 0.25 * 0.1)
        assert found.table["extrapolated"].iloc[0] == 0.75


def test_returns_diminish_along_a_falling_line():
    found = carried(estimate(), ELIGIBLE, take_up=pd.Series([0.5, 1.0, 0.0], list("abc")), diminishing=0.4)
    plain = carried(estimate(), ELIGIBLE, take_up=1.0, diminishing=0)

    def mean_of_line(low, high):
        at = np.linspace(low, high, 100_001)
        return np.mean(1 - 0.4 * at)

    for region, had, eligible, take_up in (("a", 40, 40, 0.5), ("b", 20, 40, 1.0), ("c", 10, 5, 0.0)):
        begin = had / (had + eligible)
        end = begin + take_up * (1 - begin)
        factor = mean_of_line(begin, end) / mean_of_line(0, begin)
        row = found.table.set_index("region").loc[region]
        assert (row["covered"], row["factor"]) == (pytest.approx(begin), pytest.approx(factor, rel=1e-4))
        assert found.estimate.value[region] == pytest.approx(plain.estimate.value[region] * factor, rel=1e-4)


def test_firms_that_take_support_are_caps_of_a_plan():
    found = carried(estimate(kind="posterior"), ELIGIBLE, take_up=0.5, diminishing=0)
    assert found.firms.to_dict() == {"a": 20, "b": 20, "c": 2}
    plan = allocate(found.estimate, cost=1, budget=25, caps=found.firms)
    assert plan.table.set_index("region")["chosen"].to_dict() == {"a": 20, "b": 3, "c": 2}
    assert found.estimate.noise.kind == "posterior"


def test_assumptions_are_those_of_the_parameters_and_are_said():
    found = carried(estimate(), ELIGIBLE)
    same = carried(estimate(), ELIGIBLE, take_up=parameter("take_up"), diminishing=parameter("diminishing"))
    pd.testing.assert_frame_equal(found.table, same.table)
    assert found.assumptions == (
        "Assumed: 50% of eligible firms take support; the last eligible firm of a region gains 30% less than the "
        "first; firms with "
        "the same traits gain the same."
    )
    varied = carried(estimate(), ELIGIBLE, take_up=pd.Series([0.2, 0.5, 0.4], list("abc")))
    assert varied.assumptions.startswith("Assumed: 20% to 50% of eligible firms take support;")


def test_effects_by_trait_alone_are_carried_to_every_region():
    cells = pd.Index(["small", "large"], name="subgroup")
    e = Estimate.from_covariance(pd.Series([0.3, 0.1], cells), 0.01 * np.eye(2))
    found = carried(e, ELIGIBLE, take_up=1.0, supported=pd.Series([40, 20, 10], list("abc")))
    plain = carried(e, ELIGIBLE, diminishing=0)
    assert plain.estimate.value.tolist() == pytest.approx([0.25, 0.15, 0.1])
    assert (found.estimate.value < plain.estimate.value).all()


def test_the_order_of_rows_does_not_matter():
    e, order = estimate(), np.array([2, 0, 3, 1])
    one = carried(e, ELIGIBLE)
    other = carried(e.at(order), ELIGIBLE.sample(frac=1, random_state=1).reorder_levels([1, 0]))
    assert other.estimate.value.loc[list("abc")].tolist() == pytest.approx(one.estimate.value.tolist())
    pd.testing.assert_frame_equal(
        one.table.sort_values("region", ignore_index=True), other.table.sort_values("region", ignore_index=True)
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"eligible": pd.Series([1, 2], pd.Index(["a", "b"], name="region"))},
            "Eligible firms must be counted by region and by the traits that the estimate tells apart; the estimate "
            "is over region, "
            "subgroup, the counts are over region. Estimate effects by subgroup, and count firms by region and the "
            "same subgroups.",
        ),
        (
            {"eligible": counts(a=(-1, 2), b=(np.nan, 1))},
            "Eligible firms must be counts, 0 or more, one for each region and trait, not all 0; seen: without a "
            "count ('a', "
            "'small'), ('b', 'small'), repeated none. Count the firms that could have support.",
        ),
        (
            {"eligible": counts(a=(0, 0))},
            "Eligible firms must be counts, 0 or more, one for each region and trait, not all 0; seen: without a "
            "count none, repeated "
            "none. Count the firms that could have support.",
        ),
        (
            {"take_up": 1.5},
            "Take-up must be a share between 0 and 1; seen: 1.5, 1.5, 1.5. Write 0.5 for half.",
        ),
        (
            {"take_up": pd.Series([0.5], ["a"])},
            "Every region must have a take-up; missing for 2 of 3: b, c. Write one number for all, or one by region.",
        ),
        (
            {"diminishing": -0.1},
            "diminishing must be a share between 0 and 1; seen: -0.1. Write 0 where returns do not diminish.",
        ),
        (
            {"estimate": estimate(n_supported=(pd.NA, 1, 1, 1))},
            "Diminishing returns need to know how many firms of each region have support already, and the estimate "
            "does not say. Give "
            "`supported`, or write diminishing=0.",
        ),
        (
            {"supported": pd.Series([1], ["a"])},
            "Every region must have a count of supported firms; missing for 2 of 3: b, c. Write 0 where there are none.",
        ),
        (
            {"estimate": estimate(n_supported=(10, 0, 20, 0))},
            "Effects must be known for every trait that eligible firms have; no supported firm anywhere is large. "
            "Join this trait with "
            "another, or leave these firms out.",
        ),
    ],
)
def test_bad_input_is_refused_in_a_sentence(given, message):
    assert refusal(**{"estimate": estimate(), "eligible": ELIGIBLE, **given}) == message
