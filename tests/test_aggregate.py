"""Averages against a slow loop over cells, and their noise against numerical derivatives by cells and by shares."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from impact import Estimate, Influence, InputError
from impact.estimates import blank_cells

COHORTS, PERIODS, REGIONS = (2016, 2017, 2018), (2015, 2016, 2017, 2018), ("a", "b")
UNITS = pd.RangeIndex(30)
Cells = dict[tuple[int, int, str], float]
Shares = dict[tuple[int, str], float]


def tiny(lost: tuple[tuple[int, int, str], ...] = (), noisy_shares: bool = True) -> Estimate:
    """Make effects of 3 cohorts in 4 periods and 2 regions, with shares, all with noise on the same 30 units."""
    rng = np.random.default_rng(0)
    groups = pd.MultiIndex.from_product([COHORTS, REGIONS], names=["cohort", "region"])
    index = pd.MultiIndex.from_product([COHORTS, PERIODS, REGIONS], names=["cohort", "period", "region"])
    share = pd.Series(rng.uniform(0.05, 0.2, len(groups)), groups, name="share")
    share_noise = Influence.dense(UNITS, noisy_shares * rng.standard_normal((30, len(groups))) / 30)
    value = pd.Series(rng.standard_normal(len(index)), index, name="estimate")
    value[list(lost)] = np.nan
    rows = np.where(value.isna(), 0, rng.standard_normal((30, len(index))) / 30)
    cells = blank_cells(value).assign(
        n_supported=pd.array(rng.integers(5, 20, len(index)), "Int64"),
        n_comparison=pd.array(rng.integers(50, 60, len(index)), "Int64"),
        df=rng.integers(5, 30, len(index)).astype(float),
    )
    shares = Estimate(share, share_noise, blank_cells(share).assign(n_supported=pd.array(range(1, 7), "Int64")))
    return Estimate(value, Influence.dense(UNITS, rows), cells, shares)


LOST = ((2016, 2017, "a"), (2017, 2017, "a"), (2017, 2017, "b"))
ESTIMATES = {"whole": tiny(), "with lost cells": tiny(LOST), "with known shares": tiny(noisy_shares=False)}


# ---- the slow loop -------------------------------------------------------------------------------------------------


def plain_mean(theta: Cells, p: Shares, key: Callable, keep: Callable) -> dict:
    """Average cells of each group by the shares of their cohort and region."""
    top, bottom = {}, {}
    for (g, t, r), effect in theta.items():
        if not np.isnan(effect) and keep(g, t, r):
            group = key(g, t, r)
            top[group] = top.get(group, 0) + p[g, r] * effect
            bottom[group] = bottom.get(group, 0) + p[g, r]
    return {group: top[group] / bottom[group] for group in sorted(top)}


def after(g, t, r):
    return t >= g


def always(g, t, r):
    return True


def over(theta: Cells, p: Shares, outer: Callable, inner: Callable, keep: Callable = after) -> dict:
    """Take the plain mean over the groups of `inner` that belong to a group of `outer`."""
    groups = {inner(*cell): outer(*cell) for cell in theta}
    means = plain_mean(theta, p, inner, keep)
    return {
        group: np.mean([mean for member, mean in means.items() if groups[member] == group])
        for group in sorted({groups[member] for member in means})
    }


BY = {
    "overall": lambda th, p: plain_mean(th, p, lambda g, t, r: 0, after),
    "event_time": lambda th, p: plain_mean(th, p, lambda g, t, r: t - g, always),
    "cohort": lambda th, p: plain_mean(th, p, lambda g, t, r: g, after),
    "period": lambda th, p: plain_mean(th, p, lambda g, t, r: t, after),
    "region": lambda th, p: plain_mean(th, p, lambda g, t, r: r, after),
    ("cohort", "period"): lambda th, p: plain_mean(th, p, lambda g, t, r: (g, t), always),
    ("region", "event_time"): lambda th, p: plain_mean(th, p, lambda g, t, r: (r, t - g), always),
    ("region", "cohort"): lambda th, p: plain_mean(th, p, lambda g, t, r: (r, g), after),
    ("event_time", "region", "cohort"): lambda th, p: plain_mean(th, p, lambda g, t, r: (t - g, r, g), always),
}
AVERAGE = {
    "event_time": lambda th, p: over(th, p, lambda g, t, r: 0, lambda g, t, r: t - g),
    "period": lambda th, p: over(th, p, lambda g, t, r: 0, lambda g, t, r: t),
    ("region", "event_time"): lambda th, p: over(th, p, lambda g, t, r: r, lambda g, t, r: (r, t - g)),
    ("cohort", "period"): lambda th, p: over(th, p, lambda g, t, r: g, lambda g, t, r: (g, t)),
    ("period", "region"): lambda th, p: over(th, p, lambda g, t, r: r, lambda g, t, r: (r, t)),
}


def weighted_over_cohorts(theta: Cells, p: Shares) -> dict:
    """Average the effects of cohorts by the shares of whole cohorts."""
    means = plain_mean(theta, p, lambda g, t, r: g, after)
    size = {g: sum(share for (h, _), share in p.items() if h == g) for g in means}
    return {0: sum(size[g] * means[g] for g in means) / sum(size.values())}


def check(e: Estimate, averaged: Estimate, loop: Callable[[Cells, Shares], dict]) -> None:
    """Compare an average with the loop, and its influence with the loop's derivatives by cells and by shares."""
    theta, p = e.value.to_dict(), e.shares.value.to_dict()
    expected = loop(theta, p)
    np.testing.assert_allclose(averaged.value, list(expected.values()), rtol=1e-12)
    if list(expected) != [0]:
        assert averaged.value.index.tolist() == list(expected)
    rows = np.zeros((len(UNITS), len(expected)))
    for moved, part in enumerate((e, e.shares)):
        for label, row in zip(part.value.index, part.noise.rows().T, strict=True):
            rows += np.outer(row, slope(loop, (theta, p), moved, label))
    np.testing.assert_allclose(averaged.noise.rows(), rows, rtol=1e-6, atol=1e-9)


def slope(loop: Callable, point: tuple[Cells, Shares], moved: int, label: tuple, step: float = 1e-5) -> np.ndarray:
    """Return the central difference of the loop by one cell or one share; nothing where the cell has no value."""
    ends = []
    for sign in (1, -1):
        at = [dict(part) for part in point]
        at[moved][label] += sign * step
        ends.append(np.array(list(loop(*at).values())))
    return (ends[0] - ends[1]) / (2 * step)


@pytest.mark.parametrize("name", ESTIMATES)
@pytest.mark.parametrize("levels", BY, ids=str)
def test_averages_and_their_noise_are_those_of_the_loop(name, levels):
    e = ESTIMATES[name]
    check(e, e.by(levels if isinstance(levels, str) else list(levels)), BY[levels])


@pytest.mark.parametrize("name", ESTIMATES)
@pytest.mark.parametrize("levels", AVERAGE, ids=str)
def test_overall_averages_over_time_and_their_noise_are_those_of_the_loop(name, levels):
    e = ESTIMATES[name]
    check(e, e.by(levels if isinstance(levels, str) else list(levels), average=True), AVERAGE[levels])


@pytest.mark.parametrize("name", ESTIMATES)
def test_the_overall_average_over_cohorts_and_its_noise_are_those_of_the_loop(name):
    check(ESTIMATES[name], ESTIMATES[name].by("cohort", average=True), weighted_over_cohorts)


def test_an_average_over_everything_is_the_overall_effect():
    e = tiny()
    assert e.by("overall", average=True).value.tolist() == e.by("overall").value.tolist()


# ---- window and balance --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("window", [(-1, 1), (None, 0), (0, None), (None, None), (1, 1)])
def test_a_window_keeps_event_times_inside_it(window):
    low, high = (-99 if window[0] is None else window[0]), (99 if window[1] is None else window[1])
    check(
        tiny(),
        tiny().by("event_time", window=window),
        lambda th, p: plain_mean(th, p, lambda g, t, r: t - g, lambda g, t, r: low <= t - g <= high),
    )


def test_a_window_may_restrict_any_average():
    check(
        tiny(),
        tiny().by("cohort", window=(0, 1)),
        lambda th, p: plain_mean(th, p, lambda g, t, r: g, lambda g, t, r: 0 <= t - g <= 1),
    )


@pytest.mark.parametrize("balance", [0, 1, 2])
def test_a_balanced_event_study_keeps_cohorts_that_are_seen_long_enough(balance):
    def keep(g, t, r):
        return 2018 - g >= balance and t - g <= balance

    check(
        tiny(),
        tiny().by("event_time", balance=balance),
        lambda th, p: plain_mean(th, p, lambda g, t, r: t - g, keep),
    )


def test_balance_and_window_hold_together():
    e = tiny().by("event_time", balance=1, window=(0, None))
    assert e.value.index.tolist() == [0, 1]
    assert e.value.equals(tiny().by("event_time", balance=1).value.loc[[0, 1]])


# ---- what travels with a cell --------------------------------------------------------------------------------------


def test_supported_firms_of_cohorts_and_regions_are_added_and_those_of_periods_are_the_same():
    e = tiny()
    used = e.cells.reset_index().query("period >= cohort")
    expected = used.groupby(["cohort", "region"])["n_supported"].max().groupby("cohort").sum()
    assert e.by("cohort").cells["n_supported"].tolist() == expected.tolist()
    assert e.by("overall").cells["n_supported"].tolist() == [expected.sum()]


def test_comparison_firms_are_the_largest_count_seen():
    e = tiny()
    used = e.cells.reset_index().query("period >= cohort")
    assert e.by("region").cells["n_comparison"].tolist() == used.groupby("region")["n_comparison"].max().tolist()


def test_comparison_firms_of_strata_are_added():
    index = pd.MultiIndex.from_product([[2016], [2016, 2017], [0, 1]], names=["cohort", "period", "within"])
    value = pd.Series(1.0, index, name="estimate")
    shares = pd.Series([0.1, 0.2], index.droplevel("period")[:2], name="share")
    cells = blank_cells(value).assign(
        n_supported=pd.array([3, 4, 2, 4], "Int64"), n_comparison=pd.array([10, 30, 11, 29], "Int64")
    )
    noise, share_noise = (Influence.dense(UNITS, np.ones((30, m))) for m in (4, 2))
    e = Estimate(value, noise, cells, Estimate(shares, share_noise, blank_cells(shares))).by("cohort")
    assert e.cells[["n_supported", "n_comparison"]].iloc[0].tolist() == [7, 41]


def test_counts_that_are_not_known_stay_unknown_and_of_the_same_type():
    e = replace(tiny(), cells=blank_cells(tiny().value)).by("event_time")
    assert e.cells["n_supported"].isna().all()
    assert e.cells.dtypes.equals(tiny().by("event_time").cells.dtypes)


def test_the_fewest_degrees_of_freedom_count():
    e = tiny()
    used = e.cells.reset_index().query("period >= cohort")
    assert e.by("cohort").cells["df"].tolist() == used.groupby("cohort")["df"].min().tolist()


def test_an_average_is_shown_if_one_of_its_cells_is():
    e = tiny()
    state = np.where(e.value.index.get_level_values("cohort") == 2016, "suppressed", e.cells["state"])
    mixed = replace(e, cells=e.cells.assign(state=state))
    assert mixed.by("cohort").cells["state"].tolist() == ["suppressed", "shown", "shown"]
    assert mixed.by("overall").cells["state"].tolist() == ["shown"]


def test_cells_that_are_not_identified_take_no_part_in_counts():
    e = tiny(tuple((2016, t, "a") for t in PERIODS))
    used = e.cells.reset_index().query("period >= cohort and cohort == 2016 and region == 'b'")
    assert e.by("cohort").cells["n_supported"].iloc[0] == used["n_supported"].max()


def test_shares_of_groups_that_are_still_told_apart_are_added():
    e = tiny()
    shares = e.by("region").shares
    assert shares.value.to_dict() == pytest.approx(e.shares.value.groupby("region").sum().to_dict())
    assert shares.cells["n_supported"].tolist() == [1 + 3 + 5, 2 + 4 + 6]
    adding = np.tile(np.eye(2), (3, 1))
    np.testing.assert_allclose(shares.noise.rows(), e.shares.noise.rows() @ adding)


def test_a_cell_of_an_event_time_has_the_share_of_the_cohorts_seen_there():
    e = tiny(LOST)
    frame = e.value.dropna().reset_index().assign(event_time=lambda f: f["period"] - f["cohort"])
    firms = frame.join(e.shares.value, on=["cohort", "region"]).groupby(["region", "event_time"])["share"].sum()
    assert e.by(["region", "event_time"]).shares.value.to_dict() == pytest.approx(firms.to_dict())


@pytest.mark.parametrize("first", [["event_time"], ["period"], ["region", "event_time"], ["region", "period"]])
def test_averaging_in_two_steps_is_averaging_in_one(first):
    e = tiny(LOST)
    for last in ["overall", *({"region", "event_time"} & set(first))]:
        once, twice = e.by(last), e.by(first).by(last)
        pd.testing.assert_series_equal(twice.value, once.value)
        np.testing.assert_allclose(twice.noise.rows(), once.noise.rows(), atol=1e-14)


def test_levels_that_are_no_groups_of_firms_always_stay():
    e = Estimate.stack({"sales": tiny(), "staff": tiny(LOST)}, "outcome")
    assert e.by("overall").value.to_dict() == {
        "sales": tiny().by("overall").value.iloc[0],
        "staff": tiny(LOST).by("overall").value.iloc[0],
    }
    assert e.by("event_time").value.index.names == ["outcome", "event_time"]
    assert e.by("event_time", average=True).value.index.names == ["outcome"]


def test_averages_of_an_estimate_with_event_time_leave_out_what_is_before_support():
    e = tiny().by("event_time")
    alone = Estimate(e.value, e.noise, e.cells)
    assert alone.by("event_time", average=True).value.iloc[0] == pytest.approx(e.value.loc[0:].mean())


# ---- refusals ------------------------------------------------------------------------------------------------------

NOTHING = "An average must have a cell from the first supported period on that is identified; there is none."


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            {"levels": ["town", "cohort", "size"]},
            "A level must be one of: cohort, period, region, event_time; seen: town, size.",
        ),
        (
            {"levels": ["event_time", "period"], "average": True},
            "average=True must average over one time; seen: event_time and period. Ask for one of them.",
        ),
        (
            {"levels": "cohort", "balance": 1},
            "balance must go with event time, across which it balances cohorts. Ask for by(\"event_time\", balance=2).",
        ),
        (
            {"levels": "event_time", "window": (5, 9)},
            "Some cell must be inside window=(5, 9) and balance=None; none is. Widen them.",
        ),
        (
            {"levels": "event_time", "balance": 9},
            "Some cell must be inside window=None and balance=9; none is. Widen them.",
        ),
        ({"levels": "cohort", "window": (-9, -1)}, NOTHING),
        ({"levels": "event_time", "window": (-9, -1), "average": True}, NOTHING),
    ],
    ids=lambda value: "" if isinstance(value, str) else str(value),
)  # fmt: skip
def test_an_average_that_cannot_be_is_refused(arguments, sentence):
    with pytest.raises(InputError) as refused:
        tiny().by(**arguments)
    assert str(refused.value) == sentence


def refusal(action) -> str:
    with pytest.raises(InputError) as refused:
        action()
    return str(refused.value)


def test_an_estimate_without_levels_can_only_be_averaged_overall():
    overall = tiny().by("overall")
    assert refusal(lambda: overall.by("cohort")) == "A level must be one of: none; seen: cohort."
    assert overall.by("overall").value.equals(overall.value)


def test_an_estimate_without_an_identified_cell_has_no_average():
    assert refusal(lambda: tiny(tuple(tiny().value.index)).by("event_time")) == NOTHING


def test_balance_needs_cohorts_and_periods():
    assert refusal(lambda: tiny().by("event_time").by("event_time", balance=1)) == (
        "A level must be one of: event_time; seen: cohort, period."
    )


def test_groups_without_a_share_are_refused():
    e = tiny()
    partly = replace(e, shares=e.shares.select(cohort=[2016, 2017]))
    assert refusal(lambda: partly.by("event_time")) == (
        "Shares must name every group of the estimate; they lack 2: (2018, 'a'), (2018, 'b')."
    )


def test_event_times_without_shares_cannot_be_weighted():
    known = replace(tiny().by("event_time"), shares=None)
    assert refusal(lambda: known.by("overall")).startswith("This estimate does not say how large its groups are")
