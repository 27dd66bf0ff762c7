"""Who is compared with whom, and every sentence about firms that cannot take part."""

import warnings

import numpy as np
import pandas as pd
import pytest

import impact
from impact.design import Design
from impact.errors import InputError, InputWarning
from impact.panel import Panel
from impact.roles import Roles


def panel_of(cohorts: list[float], periods: list[int], **roles: object) -> Panel:
    """Make a balanced panel of one firm for each cohort, numbered from 1; firms are in two regions in turn."""
    n, t = len(cohorts), len(periods)
    frame = pd.DataFrame({"firm": np.repeat(np.arange(1, n + 1), t), "year": np.tile(periods, n)})
    frame["g"] = np.repeat(cohorts, t)
    frame["y"] = np.arange(n * t) ** 1.5
    frame["region"] = np.where(frame["firm"] % 2, "odd", "even")
    return Panel.of(frame, Roles(unit="firm", period="year", first_supported="g", outcomes=("y",), **roles))


def refusal(*args: object, **choices: object) -> str:
    """Return the whole text with which a design is refused; what it notes before is not looked at."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InputWarning)
        with pytest.raises(InputError) as refused:
            Design.of(panel_of(*args), **choices)
    return str(refused.value)


def noted(*args: object, **choices: object) -> tuple[Design, list[str]]:
    """Return a design and what it notes."""
    with pytest.warns(InputWarning) as caught:
        design = Design.of(panel_of(*args), **choices)
    return design, [str(note.message) for note in caught]


# ---- refusals ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cohorts", "periods", "began", "span"),
    [
        ([2015, 2014, 0], [2015, 2016], "2014, 2015", "2015 to 2016"),
        ([2016, 2016], [2015, 2016], "2016", "2015 to 2016"),
        ([2016, 2018], [2015, 2019], "2016, 2018", "2015 to 2019"),
        ([2010, 2012], [2015, 2016], "2010, 2012", "2015 to 2016"),
        ([2016, 2016, 2015], [2016], "2015, 2016", "2016 to 2016"),
    ],
    ids=["all supported from the start", "one cohort", "a gap", "all supported long before", "one period"],
)
def test_supported_firms_without_comparison_firms_are_refused(cohorts, periods, began, span):
    assert refusal(cohorts, periods) == (
        "Supported firms must have comparison firms that are seen in the same periods and are not yet supported; there are none: "
        f"support began in {began}, and the table goes from {span}. Add firms without support, or earlier periods."
    )


@pytest.mark.parametrize(
    ("choice", "allowed"),
    [
        ("comparison", "'never' or 'not_yet'"),
        ("base", "'varying' or 'universal'"),
        ("unbalanced", "'pairs' or 'drop' or 'keep'"),
    ],
)
@pytest.mark.parametrize("value", ["all", None, ["never"]])
def test_a_choice_that_does_not_exist_is_refused(choice, allowed, value):
    assert refusal([2016, 0], [2015, 2016], **{choice: value}) == f"{choice} must be {allowed}; seen: {value!r}."


@pytest.mark.parametrize("value", [-1, 1.5, True, "1", None])
def test_anticipation_that_is_no_number_of_periods_is_refused(value):
    assert refusal([2016, 0], [2015, 2016], anticipation=value) == (
        f"anticipation must be a whole number of periods, 0 or more; seen: {value!r}."
    )


# ---- notes ---------------------------------------------------------------------------------------------------------


def test_without_never_supported_firms_the_last_cohort_serves_as_comparison():
    design, notes = noted([2016, 2018], [2015, 2016, 2017, 2018])
    assert notes == [
        'No firm is never supported, also with comparison="never". The last cohort (2018) serves as comparison until 2017, '
        "before it is supported; it gets no effect of its own, and later periods are left out."
    ]
    assert (design.cohort.tolist(), design.periods.tolist()) == ([2016, np.inf], [2015, 2016, 2017])


def test_with_anticipation_the_last_cohort_serves_a_shorter_time():
    design, notes = noted([2017, 2019], [2015, 2016, 2017, 2018, 2019], comparison="not_yet", anticipation=1)
    assert notes == [
        'No firm is never supported, also with comparison="not_yet". The last cohort (2019) serves as comparison until 2017, '
        "before it is supported; it gets no effect of its own, and later periods are left out."
    ]
    assert design.periods.tolist() == [2015, 2016, 2017]


def test_firms_supported_from_the_start_are_left_out_and_named():
    design, notes = noted([2015, 2014, 2016, 0], [2015, 2016])
    assert notes == [
        "Nothing is known of 2 firms before support, which began in or before the first period 2015; left out: 1, 2."
    ]
    np.testing.assert_array_equal(design.cohort, [np.nan, np.nan, 2016, np.inf])


def test_one_firm_supported_within_reach_of_the_start_is_left_out():
    design, notes = noted([2016, 2017, 0], [2015, 2016, 2017], anticipation=1)
    assert notes == [
        "Nothing is known of 1 firm before support, which began in or before the first period 2015 (with anticipation 1); "
        "left out: 1."
    ]
    assert design.cohorts.tolist() == [2017]


def test_six_firms_that_are_left_out_are_named_up_to_five():
    _, notes = noted([*[2014] * 6, 2016, 0], [2015, 2016])
    assert notes[0].endswith("left out: 1, 2, 3, 4, 5 and more.")


# ---- who is compared with whom -------------------------------------------------------------------------------------


def test_firms_supported_after_the_last_period_are_never_supported():
    design = Design.of(panel_of([2016, 2018, 0], [2015, 2016, 2017]))
    assert design.cohort.tolist() == [2016, np.inf, np.inf]


def test_firms_that_already_react_in_the_last_period_are_not_never_supported():
    design = Design.of(panel_of([2017, 2018, 0], [2015, 2016, 2017]), anticipation=1)
    assert design.cohort.tolist() == [2017, 2018, np.inf]


@pytest.mark.parametrize(
    ("base", "anticipation", "expected"),
    [
        ("varying", 0, {1: 0, 2: 1, 3: 1}),
        ("universal", 0, {0: 1, 1: 1, 2: 1, 3: 1}),
        ("varying", 1, {1: 0, 2: 0, 3: 0}),
        ("universal", 1, {0: 0, 1: 0, 2: 0, 3: 0}),
    ],
)
def test_cells_go_from_the_base_period_to_each_period(base, anticipation, expected):
    design = Design.of(panel_of([2017, 0], [2015, 2016, 2017, 2018]), base=base, anticipation=anticipation)
    assert {cell.period: cell.base for cell in design.cells} == expected
    assert all(cell.earlier == min(cell.period, cell.base) for cell in design.cells)


@pytest.mark.parametrize("comparison", ["never", "not_yet"])
@pytest.mark.parametrize("base", ["varying", "universal"])
@pytest.mark.parametrize("anticipation", [0, 1])
def test_every_cell_meets_exactly_the_firms_not_supported_until_its_later_period(comparison, base, anticipation):
    cohorts = [2017, 2018, 2018, 2020, 2021, 0, 0, 2017]
    design = Design.of(panel_of(cohorts, list(range(2015, 2022))), comparison, base, anticipation)
    seen = {cell: set(job.comparison) for job in design.jobs() for cell in job.cells}
    assert set(seen) == set(design.cells)
    for cell, firms in seen.items():
        until = design.periods[max(cell.period, cell.base)] + anticipation
        later = {i for i, g in enumerate(cohorts) if g > until and g != cell.cohort and comparison == "not_yet"}
        assert firms == later | {5, 6}


def test_groups_are_cohorts_by_region_and_know_their_firms():
    design = Design.of(panel_of([2016, 2016, 2017, 0, 2016], [2015, 2016, 2017], region="region"))
    assert design.groups.to_dict("list") == {"cohort": [2016, 2016, 2017], "region": ["even", "odd", "odd"]}
    assert design.group_of.tolist() == [1, 0, 2, -1, 1]
    assert [unit.tolist() for job in design.jobs() for unit in job.supported] == [[1], [0, 4], [2]]


def test_within_strata_firms_meet_only_their_own():
    design = Design.of(panel_of([2016, 2016, 0, 0], [2015, 2016], within=("region",)))
    met = {tuple(job.supported[0]): job.comparison.tolist() for job in design.jobs()}
    assert met == {(0,): [2], (1,): [3]}
    assert design.groups.to_dict("list") == {"cohort": [2016, 2016], "within": [0, 1]}
    assert [design.same_stratum(row).tolist() for row in (0, 1)] == [[False, True] * 2, [True, False] * 2]


def test_cells_are_labelled_by_cohort_period_and_groups():
    design = Design.of(panel_of([2016, 2016, 0], [2015, 2016], region="region"))
    assert design.index(np.array([0, 1]), np.array([2016, 2016])).to_frame(index=False).to_dict("list") == {
        "cohort": [2016, 2016],
        "period": [2016, 2016],
        "region": ["even", "odd"],
    }


# ---- effects that cannot be estimated ------------------------------------------------------------------------------


def estimated(frame: pd.DataFrame, **choices: object) -> tuple[pd.Series, str]:
    """Return effects, and the one sentence about those that cannot be estimated."""
    with pytest.warns(InputWarning) as caught:
        e = impact.estimate(frame, "y", "firm", "year", "g", **choices)
    assert (e.cells["state"] == np.where(e.value.isna(), "not identified", "shown")).all()
    return e.value, str(caught[-1].message)


def eight_firms() -> pd.DataFrame:
    """Eight firms, of which four are supported from 2016 on, in 2015 and 2016, and two covariates."""
    frame = pd.DataFrame({"firm": np.repeat(np.arange(8), 2), "year": [2015, 2016] * 8})
    frame["g"] = np.where(frame["firm"] < 4, 2016, 0)
    frame["y"] = np.random.default_rng(1).standard_normal(16)
    return frame.assign(x=frame["firm"] % 2 + 0.0, apart=frame["g"] / 2016, zero=0.0)


@pytest.mark.parametrize(("side", "g"), [("supported", 2016), ("comparison", 0)])
def test_a_cell_without_firms_seen_twice_is_not_identified(side, g):
    frame = eight_firms()
    value, sentence = estimated(frame.assign(y=frame["y"].mask((frame["g"] == g) & (frame["year"] == 2015))))
    assert value.isna().all()
    assert sentence == (
        f"1 effect cannot be estimated because no {side} firm is seen in both periods: cohort 2016 period 2016. It has no value "
        "and takes no part in averages."
    )


def test_several_cells_that_are_not_identified_are_named_five_at_most():
    frame = pd.concat([eight_firms().assign(year=lambda t, k=k: t["year"] + 2 * k) for k in range(4)])
    value, sentence = estimated(frame.assign(y=frame["y"].where(frame["g"] == 0)))
    assert value.isna().all()
    assert sentence == (
        "7 effects cannot be estimated because no supported firm is seen in both periods: cohort 2016 period 2016, cohort 2016 "
        "period 2017, cohort 2016 period 2018, cohort 2016 period 2019, cohort 2016 period 2020 and more. They have no value "
        "and take no part in averages."
    )


@pytest.mark.parametrize("method", ["dr", "reg"])
@pytest.mark.parametrize("covariates", ["zero", ("x", "x2")])
def test_covariates_that_are_collinear_are_named_as_the_reason(method, covariates):
    value, sentence = estimated(eight_firms().assign(x2=lambda t: 2 * t["x"]), covariates=covariates, method=method)
    assert value.isna().all()
    assert sentence == (
        "1 effect cannot be estimated because covariates are collinear, or more than the firms: cohort 2016 period 2016. It has "
        "no value and takes no part in averages."
    )


@pytest.mark.parametrize("method", ["dr", "ipw"])
def test_covariates_that_separate_are_named_as_the_reason(method):
    frame = eight_firms().assign(apart=lambda t: t["apart"] + t["firm"] / 100)
    value, sentence = estimated(frame, covariates="apart", method=method)
    assert value.isna().all()
    assert sentence == (
        "1 effect cannot be estimated because covariates separate supported from comparison firms: cohort 2016 period 2016. It "
        "has no value and takes no part in averages."
    )


def test_with_every_row_kept_a_side_must_be_seen_in_both_periods():
    frame = eight_firms()
    value, sentence = estimated(frame[(frame["g"] == 0) | (frame["year"] == 2015)], unbalanced="keep")
    assert value.isna().all()
    assert sentence == (
        "1 effect cannot be estimated because one side is not seen in one of the periods: cohort 2016 period 2016. It has no "
        "value and takes no part in averages."
    )


def test_two_by_two_says_which_cohort_cannot_be_estimated():
    frame = eight_firms()
    _, sentence = estimated(frame[(frame["g"] == 0) | (frame["year"] == 2015)], estimator="two_by_two")
    assert sentence == "The effect on cohort 2016 cannot be estimated: no firm is seen on both sides of it."


def test_two_by_two_refuses_what_it_cannot_use():
    with pytest.raises(InputError) as refused:
        impact.estimate(eight_firms(), "y", "firm", "year", "g", "two_by_two", "not_yet", "x", unbalanced="keep")
    assert str(refused.value) == (
        'two_by_two compares plain means with firms that are never supported; it cannot use covariates, comparison="not_yet", '
        'rows of firms that are not seen on both sides (unbalanced="keep", unit=None). Use callaway_santanna.'
    )


def test_firm_effects_without_a_firm_seen_twice_are_refused():
    with pytest.raises(InputError) as refused:
        impact.estimate(eight_firms(), "y", None, "year", "g", "twfe")
    assert str(refused.value) == (
        "Firm effects need firms that are seen in two periods or more; there is none. Name the column that identifies a firm as "
        'unit, or use estimator="callaway_santanna".'
    )


def test_firm_effects_in_one_cluster_are_refused():
    with pytest.raises(InputError) as refused:
        impact.estimate(eight_firms(), "y", "firm", "year", "g", "twfe", cluster="zero")
    assert str(refused.value) == (
        "Standard errors need two clusters or more, and more rows than coefficients; seen: 1 cluster, 16 rows and 3 "
        "coefficients. Use finer clusters, or more firms."
    )


def test_a_table_without_one_usable_firm_is_refused():
    frame = eight_firms()
    with pytest.warns(InputWarning, match="blank"), pytest.raises(InputError) as refused:
        impact.estimate(frame.assign(y=np.nan), "y", "firm", "year", "g")
    assert str(refused.value) == (
        "Some firm must be seen with 'y' and every covariate; none is. Check these columns for blanks; with unbalanced=\"drop\" "
        'a firm must be seen in every period, with "pairs" only in two.'
    )


def test_the_base_period_of_a_cohort_without_one_usable_firm_is_not_identified():
    frame = eight_firms()
    frame = frame[(frame["g"] == 0) | (frame["year"] == 2016) | (frame["firm"] > 2)].assign(
        g=lambda t: np.where(t["firm"] < 3, 2016, np.where(t["firm"] == 3, 2017, 0))
    )
    value, _ = estimated(
        pd.concat([frame, frame.assign(year=2017)[frame["year"] == 2016]]), base="universal", unbalanced="drop"
    )
    assert value.loc[2016].isna().all()
    assert value.loc[2017].notna().all()


# ---- until a period, among some firms -------------------------------------------------------------------------------


def test_until_a_period_later_cohorts_count_as_never_supported():
    design = Design.of(panel_of([2017, 2019, 2021, 0], list(range(2015, 2022))), until=2019)
    assert design.periods.tolist() == list(range(2015, 2020))
    assert design.cohort.tolist() == [2017, 2019, np.inf, np.inf]


def test_with_anticipation_a_cohort_that_reacts_within_reach_is_no_comparison():
    design = Design.of(panel_of([2017, 2020, 2021, 0], list(range(2015, 2022))), until=2019, anticipation=1)
    assert design.cohort.tolist() == [2017, 2020, np.inf, np.inf]


@pytest.mark.parametrize(
    ("until", "sentence"),
    [
        (2010, "until must be 2015 or later, the first period of the table; seen: 2010."),
        ("2019", "until must be a period such as 2022; seen: '2019'."),
        (True, "until must be a period such as 2022; seen: True."),
    ],
)
def test_a_last_period_that_is_none_is_refused(until, sentence):
    assert refusal([2016, 0], [2015, 2016], until=until) == sentence


def among(marks):
    frame = pd.DataFrame({"firm": np.repeat([1, 2, 3], 2), "year": [2015, 2016] * 3, "g": np.repeat([2016, 0, 0], 2)})
    frame = frame.assign(y=1.0, asked=np.repeat(marks, 2))
    return Panel.of(frame, Roles(unit="firm", period="year", first_supported="g", outcomes=("y",), among="asked"))


def test_only_marked_firms_serve_as_comparison_and_supported_ones_need_no_mark():
    design = Design.of(among([0, 1, 0]))
    assert design.cohort[:2].tolist() == [2016, np.inf]
    assert np.isnan(design.cohort[2])


def test_no_marked_firm_is_no_comparison():
    panel = among([1, 0, 0])
    with (
        pytest.warns(InputWarning, match="No firm is never supported"),
        pytest.raises(InputError, match="Supported firms must have comparison firms"),
    ):
        Design.of(panel)


def test_a_mark_that_is_none_is_refused():
    with pytest.raises(InputError) as refused:
        among([1, 2, 0])
    assert str(refused.value) == (
        "'asked' must be 1 for firms that may serve as comparison and 0 for others; 2 of 6 values are neither: 2. Recode it."
    )
