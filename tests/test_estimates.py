"""The waist: what an estimate guarantees, its verbs, and its exits."""

import doctest
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import impact
from impact import Draws, Estimate, Gaussian, Influence, InputError, InputWarning, estimates
from impact.estimates import blank_cells

TIMES = pd.Index([-1, 0, 1], name="event_time")
COLUMNS = [
    "estimate", "std_error", "lower", "upper", "lower_uniform", "upper_uniform", "p_value", "n_supported", "n_comparison",
    "state",
]  # fmt: skip


def rows(seed: int = 0, n: int = 40, m: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, m)) / n


def noise_of(name: str) -> object:
    """Make noise of three cells by the name of its type, or of its kind."""
    table = rows()
    return {
        "influence": lambda: Influence.dense(pd.RangeIndex(40), table),
        "draws": lambda: Draws(pd.RangeIndex(40), 40 * table),
        "gaussian": lambda: Gaussian(table.T @ table),
        "null": lambda: Draws(pd.RangeIndex(40), 40 * table, "null"),
        "posterior": lambda: Gaussian(table.T @ table, "posterior"),
    }[name]()


NOISES = ["influence", "draws", "gaussian", "null", "posterior"]


def est(noise: object = None, values: object = (0.0, 0.1, -0.2), index: pd.Index = TIMES, **cells: object) -> Estimate:
    value = pd.Series(values, index, name="estimate", dtype=float)
    return Estimate(value, noise_of("influence") if noise is None else noise, blank_cells(value).assign(**cells))


@pytest.fixture(scope="module")
def regional(staggered) -> Estimate:
    """Effects by cohort, period and region, with shares."""
    return impact.estimate(staggered(n=240, seed=1), "y", "firm", "year", "first", region="region")


def refusal(action) -> str:
    with pytest.raises(InputError) as refused:
        action()
    return str(refused.value)


def same(left: Estimate, right: Estimate) -> None:
    """Fail if two estimates differ in values, covariance or cells."""
    pd.testing.assert_series_equal(left.value, right.value, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(left.noise.cov(), right.noise.cov(), rtol=1e-10, atol=1e-15)
    pd.testing.assert_frame_equal(left.cells, right.cells)


def test_the_examples_in_the_docstrings_run():
    ran = doctest.testmod(estimates)
    assert (ran.failed, ran.attempted > 0) == (0, True)


# ---- guarantees ----------------------------------------------------------------------------------------------------


def test_values_noise_and_cells_of_other_lengths_are_refused():
    value = pd.Series([1.0, 2.0], TIMES[:2])
    assert refusal(lambda: Estimate(value, Gaussian(np.eye(3)), blank_cells(value[:1]))) == (
        "An estimate must have as many values as columns of noise and rows of cells; seen: 2 values, 3 columns of noise and 1 "
        "row of cells."
    )


def test_cells_in_another_order_are_refused():
    value = pd.Series([1.0, 2.0], TIMES[:2])
    assert refusal(lambda: Estimate(value, Gaussian(np.eye(2)), blank_cells(value[::-1]))) == (
        "The rows of `cells` must be those of `value`, in the same order; their labels differ."
    )


def test_repeated_labels_are_refused():
    assert refusal(lambda: est(index=pd.Index([0, 1, 0], name="event_time"))) == (
        "Every cell of an estimate must have a label of its own; repeated: 0. Add the level that tells these cells apart."
    )


def test_cells_without_a_column_are_refused():
    value = pd.Series([1.0], TIMES[:1])
    assert refusal(lambda: Estimate(value, Gaussian(np.eye(1)), blank_cells(value)[["df", "n_supported"]])) == (
        "`cells` must have the columns n_supported, n_comparison, df, state; it lacks n_comparison, state."
    )


# ---- from a covariance ---------------------------------------------------------------------------------------------

COV = np.array([[0.04, 0.01, 0.0], [0.01, 0.09, 0.02], [0.0, 0.02, 0.16]])


def test_a_vector_and_a_covariance_make_an_estimate():
    e = Estimate.from_covariance(pd.Series([0.1, 0.2, 0.3], TIMES), COV)
    assert e.value.to_dict() == {-1: 0.1, 0: 0.2, 1: 0.3}
    np.testing.assert_array_equal(e.cov(), COV)
    assert e.table()["std_error"].tolist() == pytest.approx([0.2, 0.3, 0.4])


def test_a_mapping_from_labels_to_values_makes_an_estimate():
    e = Estimate.from_covariance({"a": 1, "b": 2}, np.eye(2))
    assert e.value.to_dict() == {"a": 1.0, "b": 2.0}


def test_a_labelled_covariance_is_matched_by_label():
    labelled = pd.DataFrame(COV, TIMES, TIMES).loc[[1, -1, 0], [0, 1, -1]]
    e = Estimate.from_covariance(pd.Series([0.1, 0.2, 0.3], TIMES), labelled)
    np.testing.assert_array_equal(e.noise.cov(), COV)


def test_a_labelled_covariance_may_know_more_cells():
    e = Estimate.from_covariance(pd.Series([0.3, 0.1], TIMES[[2, 0]]), pd.DataFrame(COV, TIMES, TIMES))
    np.testing.assert_array_equal(e.noise.cov(), COV[[2, 0]][:, [2, 0]])


def test_labels_of_several_levels_are_matched_too():
    index = pd.MultiIndex.from_tuples([(2016, 0), (2016, 1), (2017, 0)], names=["cohort", "event_time"])
    e = Estimate.from_covariance(pd.Series([1.0, 2, 3], index), pd.DataFrame(COV, index, index).iloc[::-1])
    np.testing.assert_array_equal(e.noise.cov(), COV)


def test_a_covariance_that_lacks_a_label_is_refused():
    labelled = pd.DataFrame(COV, TIMES, TIMES).drop(columns=0)
    assert refusal(lambda: Estimate.from_covariance(pd.Series([1.0, 2, 3], TIMES), labelled)) == (
        "The covariance must name every value; it lacks 1 of 3: 0. Give it the labels of the values on both sides."
    )


@pytest.mark.parametrize(
    ("cov", "seen"), [(np.eye(2), "2 × 2"), (np.ones((3, 2)), "3 × 2"), (np.ones(3), "3"), (1.0, "a single number")]
)
def test_a_covariance_of_another_size_is_refused(cov, seen):
    assert refusal(lambda: Estimate.from_covariance(pd.Series([1.0, 2, 3], TIMES), cov)) == (
        f"The covariance must be 3 × 3, as there are values; it is {seen}."
    )


@pytest.mark.parametrize("wrong", [0.02, np.nan, np.inf])
def test_a_covariance_that_is_not_symmetric_is_refused(wrong):
    cov = COV.copy()
    cov[0, 1] = wrong
    assert refusal(lambda: Estimate.from_covariance(pd.Series([1.0, 2, 3], TIMES), cov)) == (
        "A covariance must be symmetric and without blanks; this one is not. Check how it was read."
    )


def test_a_covariance_that_misses_symmetry_by_rounding_is_taken():
    cov = COV + 1e-12 * np.triu(np.ones((3, 3)))
    assert len(Estimate.from_covariance(pd.Series([1.0, 2, 3], TIMES), cov).value) == 3


@pytest.mark.parametrize(("diagonal", "lowest"), [([0.04, 0.09, -0.16], "-0.162"), ([0.0005, 0.09, 0.16], "-0.000635")])
def test_a_covariance_that_gives_a_sum_a_variance_below_zero_is_refused(diagonal, lowest):
    cov = COV.copy()
    np.fill_diagonal(cov, diagonal)
    assert refusal(lambda: Estimate.from_covariance(pd.Series([1.0, 2, 3], TIMES), cov)) == (
        "A covariance must be positive semi-definite (no sum of effects has a variance below zero); its lowest eigenvalue is "
        f"{lowest}. Check its signs, and that variances stand on the diagonal."
    )


def test_a_singular_covariance_printed_with_four_digits_is_taken():
    root = np.array([[0.123456], [0.234567], [0.345678]])
    printed = np.round(root @ root.T, 4)
    assert np.linalg.eigvalsh(printed).min() < 0
    assert (
        Estimate.from_covariance(pd.Series([1.0, 2, 3], TIMES), printed)
        .table(draws=9, seed=1)["upper_uniform"]
        .notna()
        .all()
    )


@pytest.mark.parametrize("values", [{"a": "many"}, pd.Series([object()]), {"a": [1, 2]}])
def test_values_that_are_no_numbers_are_refused(values):
    assert refusal(lambda: Estimate.from_covariance(values, np.eye(1))) == (
        "Values must be numbers, one for each label; these are not. Convert them to floats."
    )


def test_averages_of_a_vector_and_a_covariance_need_no_shares_over_time():
    e = Estimate.from_covariance(pd.Series([9.0, 0.2, 0.3], TIMES), COV)
    mean = e.by("event_time", average=True)
    assert mean.value.tolist() == pytest.approx([0.25])
    assert mean.noise.cov()[0, 0] == pytest.approx((0.09 + 0.16 + 2 * 0.02) / 4)


def test_averages_over_groups_of_unknown_size_are_refused():
    e = Estimate.from_covariance(pd.Series([9.0, 0.2, 0.3], TIMES), COV)
    assert refusal(lambda: e.by("overall")) == (
        "This estimate does not say how large its groups are, so they cannot be weighted. Ask for a plain mean over time with "
        "average=True, or give the weights yourself with e.linear(weights)."
    )


# ---- select --------------------------------------------------------------------------------------------------------


def test_cells_are_selected_by_one_value_or_several_of_a_level(regional):
    chosen = regional.select(cohort=2013, period=[2014, 2015], region=range(2))
    assert sorted(chosen.value.index) == [(2013, t, r) for t in (2014, 2015) for r in (0, 1)]
    pd.testing.assert_frame_equal(chosen.cov(), regional.cov().loc[chosen.value.index, chosen.value.index])
    pd.testing.assert_frame_equal(chosen.cells, regional.cells.loc[chosen.value.index])


@pytest.mark.parametrize(
    "wanted", [[0, 1], (0, 1), {0, 1}, range(2), np.array([0, 1]), pd.Series([0, 1]), pd.Index([0, 1])]
)
def test_several_values_may_come_in_any_container(wanted):
    assert est().select(event_time=wanted).value.index.tolist() == [0, 1]


def test_selecting_what_is_not_there_leaves_nothing():
    empty = est().select(event_time=7)
    assert (len(empty.value), list(empty.table().columns), len(empty.table())) == (0, ["event_time", *COLUMNS], 0)


def test_a_level_that_does_not_exist_cannot_be_selected(regional):
    assert refusal(lambda: regional.select(industry="C", cohort=2013)) == (
        "A level must be one of: cohort, period, region; seen: industry."
    )
    assert refusal(lambda: regional.by("overall").select(cohort=1)) == "A level must be one of: none; seen: cohort."


def test_an_average_of_selected_cells_is_the_selected_average(regional):
    same(
        regional.select(region=0).by("event_time"),
        regional.by(["region", "event_time"]).select(region=0).by("event_time"),
    )


# ---- by composes ---------------------------------------------------------------------------------------------------


def test_by_cohort_and_then_overall_is_the_average_over_cohorts(regional):
    same(regional.by("cohort").by("overall"), regional.by("cohort", average=True))


def test_by_region_and_then_overall_is_the_average_over_regions(regional):
    same(regional.by("region").by("overall"), regional.by("region", average=True))


@pytest.mark.parametrize("levels", ["event_time", "cohort", "period", ["cohort", "period"]])
def test_regions_may_be_averaged_away_first(regional, levels):
    same(regional.by(["cohort", "period"]).by(levels), regional.by(levels))


def test_by_region_and_event_time_has_a_cell_for_each_pair(regional):
    e = regional.by(["region", "event_time"])
    assert e.value.index.names == ["region", "event_time"]
    for region in (0, 1, 2):
        alone = regional.select(region=region).by("event_time")
        np.testing.assert_allclose(e.select(region=region).value, alone.value, rtol=1e-12)
        np.testing.assert_allclose(e.select(region=region).noise.cov(), alone.noise.cov(), rtol=1e-10, atol=1e-15)


def test_levels_may_be_named_twice_and_in_any_order(regional):
    assert regional.by(["event_time", "region", "region"]).value.index.names == ["event_time", "region"]


# ---- linear and delta_method ---------------------------------------------------------------------------------------


def test_weighted_sums_match_weights_by_label():
    weights = pd.DataFrame({"rise": [1.0, -1.0, 0.0], "sum": 1.0}, index=[1, 0, -1])
    e = est().linear(weights)
    assert e.value.to_dict() == pytest.approx({"rise": -0.3, "sum": -0.1})
    matrix = weights.loc[TIMES].to_numpy()
    np.testing.assert_allclose(e.cov(), matrix.T @ est().cov() @ matrix)
    assert e.cells["n_supported"].isna().all()


def test_a_cell_that_is_not_identified_does_no_harm_where_its_weight_is_zero():
    e = est(values=(np.nan, 1.0, 2.0)).linear(pd.DataFrame({"without": [0.0, 1, 1], "with": [1.0, 1, 1]}, TIMES))
    assert e.value["without"] == 3
    assert np.isnan(e.value["with"])
    assert e.cells["state"].to_dict() == {"without": "shown", "with": "not identified"}


def test_weights_that_do_not_name_every_cell_once_are_refused():
    weights = pd.DataFrame({"a": [1.0, np.nan, 1.0, 1.0]}, [-1, 0, 5, -1])
    assert refusal(lambda: est().linear(weights)) == (
        "Weights must have one row for each of the 3 cells, without blanks; seen: cells without weights 0, 1, rows that are no "
        "cell 5, repeated rows -1. Write 0 where a cell does not count."
    )
    assert refusal(lambda: est().linear(pd.DataFrame({"a": 1.0}, TIMES[1:]))) == (
        "Weights must have one row for each of the 3 cells, without blanks; seen: cells without weights -1, rows that are no "
        "cell none, repeated rows none. Write 0 where a cell does not count."
    )


def test_a_function_of_the_cells_gets_its_linearised_noise():
    index = pd.Index(["ratio", "product"], name="benefit")
    jacobian = np.array([[0, -1 / 4, 2 / 16 * -1], [0, -4.0, 2.0]])
    e = est(values=(0, 2, -4)).delta_method(lambda v: np.array([v[1] / v[2], v[1] * v[2]]), lambda v: jacobian, index)
    assert e.value.to_dict() == {"ratio": -0.5, "product": -8}
    np.testing.assert_allclose(e.cov(), jacobian @ est().cov() @ jacobian.T)
    assert e.table()["benefit"].tolist() == ["ratio", "product"]


@pytest.mark.parametrize("noise", NOISES)
def test_a_linear_function_by_delta_method_is_the_linear_verb(noise):
    e, weights = est(noise_of(noise)), pd.DataFrame({"a": [1.0, 2, 3], "b": [0.0, 1, -1]}, TIMES)
    same(
        e.linear(weights),
        e.delta_method(lambda v: weights.T.to_numpy() @ v, lambda v: weights.T.to_numpy(), weights.columns),
    )


def test_a_function_that_does_not_fit_its_index_is_refused():
    index = pd.Index(["a"], name="what")
    assert refusal(lambda: est().delta_method(lambda v: v, lambda v: np.eye(3), index)) == (
        "The function must return 1 value, as `index` has, and the Jacobian be 1 × 3 (new × old cells); their shapes are (3,) "
        "and (3, 3)."
    )


# ---- cluster -------------------------------------------------------------------------------------------------------


def test_clustering_sums_influence_of_effects_and_of_shares(regional):
    labels = pd.Series(np.arange(len(regional.noise.units)) // 3, regional.noise.units)
    clustered = regional.cluster(labels)
    summed = pd.DataFrame(regional.noise.rows(), labels).groupby(level=0).sum()
    np.testing.assert_allclose(clustered.noise.rows(), summed)
    assert clustered.shares.noise.units.equals(clustered.noise.units)
    same(clustered.by("event_time"), regional.by("event_time").cluster(labels))
    pd.testing.assert_frame_equal(regional.cov(cluster=labels), clustered.cov())
    pd.testing.assert_frame_equal(regional.table(cluster=labels), clustered.table())


@pytest.mark.parametrize(
    ("noise", "named"),
    [
        ("draws", "sampling noise from 40 draws"),
        ("gaussian", "sampling noise from a covariance"),
        ("posterior", "posterior noise from a covariance"),
    ],
)
def test_noise_without_rows_of_firms_cannot_be_clustered(noise, named):
    assert refusal(lambda: est(noise_of(noise)).cluster(pd.Series(dtype=float))) == (
        f"Clustering needs influence, one row for each firm; this estimate has {named}. Cluster where the draws or the "
        "covariance were made."
    )


# ---- stack ---------------------------------------------------------------------------------------------------------


def test_stacked_estimates_keep_their_joint_covariance(staggered):
    frame = staggered(n=90, seed=2)
    log = impact.estimate(frame[frame["firm"] < 170], "log(sales)", "firm", "year", "first")
    parts = {"log": log, "y": impact.estimate(frame, "y", "firm", "year", "first")}
    e = Estimate.stack(parts, "outcome")
    assert e.value.index.names == ["outcome", "cohort", "period"]
    rows = [pd.DataFrame(p.noise.rows(), p.noise.units).reindex(range(100, 190)).fillna(0) for p in parts.values()]
    joint = np.hstack(rows)
    np.testing.assert_allclose(e.noise.cov(), joint.T @ joint, rtol=1e-10, atol=1e-16)
    same(e.by("event_time"), Estimate.stack({name: part.by("event_time") for name, part in parts.items()}, "outcome"))


def test_stacked_parts_are_found_again(regional):
    e = Estimate.stack({"a": regional, "b": regional}, "outcome").select(outcome="b")
    np.testing.assert_array_equal(e.value, regional.value)
    np.testing.assert_array_equal(e.noise.cov(), regional.noise.cov())


def test_overall_effects_may_be_stacked(regional):
    overall = regional.by("overall")
    e = Estimate.stack({"first": overall, "second": overall}, "wave")
    assert e.table()["wave"].tolist() == ["first", "second"]
    assert e.by("overall").value.index.tolist() == ["first", "second"]


def test_estimates_with_other_levels_are_not_stacked(regional):
    assert refusal(lambda: Estimate.stack({"a": regional, "b": regional.by("overall")}, "outcome")) == (
        "Estimates must have the same levels to be stacked; seen: cohort, period, region; none. Average them by the same levels "
        "first."
    )
    assert refusal(lambda: Estimate.stack({}, "outcome")) == (
        "Estimates must have the same levels to be stacked; seen: no estimate. Average them by the same levels first."
    )


def test_a_level_that_exists_is_no_name_for_a_stack(regional):
    assert refusal(lambda: Estimate.stack({"a": regional}, "region")) == (
        "The new level must have a name of its own; the estimates have 'region' already. Choose another."
    )


def test_covariances_alone_are_not_stacked():
    with pytest.raises(InputError, match="known only by their covariances"):
        Estimate.stack({"a": est(noise_of("gaussian")), "b": est(noise_of("gaussian"))}, "outcome")


# ---- exits ---------------------------------------------------------------------------------------------------------


def test_the_covariance_is_labelled_on_both_sides():
    cov = est().cov()
    assert cov.index.equals(TIMES)
    assert cov.columns.equals(TIMES)


def test_draws_are_centred_at_the_estimate_and_known_by_their_seed():
    e = est(values=(5, 6, 7))
    assert e.draws(4, 1).equals(e.draws(4, np.random.default_rng(1)))
    assert e.draws(4, 1).columns.equals(TIMES)
    assert (e.draws(400, 1).mean() - e.value).abs().max() < 0.05


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("options", [{}, {"confidence": 0.9}, {"draws": 19, "seed": 1}], ids=str)
def test_the_columns_of_a_table_never_change(noise, options):
    table = est(noise_of(noise)).table(**options)
    assert list(table.columns) == ["event_time", *COLUMNS]
    assert table.index.equals(pd.RangeIndex(3))
    assert [str(dtype) for dtype in table.dtypes[1:10]] == ["float64"] * 7 + ["Int64"] * 2


def test_the_columns_of_a_table_never_change_with_the_levels(regional):
    labels = pd.Series(0, regional.noise.units)
    assert list(regional.table(cluster=labels).columns) == ["cohort", "period", "region", *COLUMNS]
    assert list(regional.by(["region", "event_time"]).table().columns) == ["region", "event_time", *COLUMNS]
    assert list(regional.by("overall").table().columns) == COLUMNS


def test_the_numbers_of_a_table_are_those_of_the_noise():
    e = est(
        df=[np.inf, np.inf, 4], n_supported=[3, 4, 5], n_comparison=[9, 9, 8], state=["shown", "suppressed", "shown"]
    )
    table = e.table(confidence=0.9)
    error = np.sqrt(np.diag(e.noise.cov()))
    critical = [stats.norm.ppf(0.95)] * 2 + [stats.t.ppf(0.95, 4)]
    np.testing.assert_allclose(table["std_error"], error)
    np.testing.assert_allclose(table["lower"], e.value - critical * error)
    np.testing.assert_allclose(table["upper"], e.value + critical * error)
    z = np.abs(e.value / error).to_numpy()
    np.testing.assert_allclose(table["p_value"], [*2 * stats.norm.sf(z[:2]), 2 * stats.t.sf(z[2], 4)])
    assert table["n_comparison"].tolist() == [9, 9, 8]
    assert table["state"].tolist() == ["shown", "suppressed", "shown"]
    assert table[["lower_uniform", "upper_uniform"]].isna().all(axis=None)


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("draws", [1, 9, 999])
def test_the_uniform_band_contains_the_pointwise_one_and_the_estimate(noise, draws):
    table = est(noise_of(noise), df=[np.inf, 3, 30]).table(draws=draws, seed=1)
    assert (table["lower_uniform"] <= table["lower"]).all()
    assert (table["upper_uniform"] >= table["upper"]).all()


def test_the_uniform_band_has_one_critical_value_for_all_cells():
    table = est().table(draws=999, seed=1)
    critical = (table["upper_uniform"] - table["estimate"]) / table["std_error"]
    np.testing.assert_allclose(critical, critical[0])
    assert 2.1 < critical[0] < 2.7  # √χ²: 1.96 for one cell, 2.39 for three independent ones


def test_a_cell_without_noise_has_a_value_but_no_standard_error():
    rows_of_base = rows() * [1, 0, 1]
    table = est(Influence.dense(pd.RangeIndex(40), rows_of_base)).table(draws=99, seed=1)
    base = table.loc[1]
    assert base["estimate"] == 0.1
    assert base[["std_error", "lower", "upper", "lower_uniform", "upper_uniform", "p_value"]].isna().all()
    assert table.loc[[0, 2], COLUMNS[:7]].notna().all(axis=None)


def test_a_cell_that_is_not_identified_is_blank_and_leaves_the_band_of_the_others_alone():
    whole, partly = est().table(draws=99, seed=1), est(values=(np.nan, 0.1, -0.2)).table(draws=99, seed=1)
    assert partly.loc[0, COLUMNS[:7]].isna().all()
    assert partly.loc[0, "state"] == "not identified"
    pd.testing.assert_frame_equal(partly.loc[1:, COLUMNS[:4]], whole.loc[1:, COLUMNS[:4]])
    assert (partly.loc[1:, "upper_uniform"] <= whole.loc[1:, "upper_uniform"]).all()


def test_a_posterior_has_no_p_value():
    assert est(noise_of("posterior")).table()["p_value"].isna().all()
    assert est(noise_of("null")).table()["p_value"].notna().all()


def test_a_seed_may_be_a_number_or_a_generator():
    rng = np.random.default_rng(5)
    assert est().table(draws=99, seed=5).equals(est().table(draws=99, seed=rng))
    assert not est().table(draws=99, seed=5).equals(est().table(draws=99, seed=rng))


@pytest.mark.parametrize(("draws", "named"), [(1, "1 draw"), (1999, "1,999 draws")])
def test_draws_without_a_seed_are_refused(draws, named):
    assert refusal(lambda: est().table(draws=draws)) == (
        f"A band from {named} must have a seed, so that it can be drawn again; seen: none. Write, for example, seed=1."
    )


def test_a_seed_of_zero_is_a_seed():
    assert est().table(draws=9, seed=0)["upper_uniform"].notna().all()


def test_draws_below_zero_are_refused():
    assert refusal(lambda: est().table(draws=-1, seed=1)) == (
        "draws must be 0 (no uniform band) or more; seen: -1. 999 is usual."
    )


@pytest.mark.parametrize("confidence", [0, 1, 95, -0.5, np.nan])
def test_confidence_outside_its_range_is_refused(confidence):
    assert refusal(lambda: est().table(confidence=confidence)) == (
        f"confidence must lie between 0 and 1; seen: {confidence}. Write 0.95 for 95 %."
    )


# ---- pretest -------------------------------------------------------------------------------------------------------


def test_the_pretest_is_the_wald_test_of_the_cells_before_support():
    index = pd.Index([-3, -2, -1, 0, 1], name="event_time")
    before = rows(m=5) * [1, 1, 0, 1, 1]
    e = est(Influence.dense(pd.RangeIndex(40), before), (0.02, np.nan, 0, 5, 5), index)
    test = e.pretest()
    statistic = 0.02**2 / (before[:, 0] ** 2).sum()
    assert test.to_dict() == pytest.approx({"statistic": statistic, "df": 1, "p_value": stats.chi2.sf(statistic, 1)})


def test_the_pretest_of_cohorts_and_periods_takes_those_before_support(regional):
    before = regional.value.index.get_level_values("period") < regional.value.index.get_level_values("cohort")
    value, cov = regional.value[before], regional.cov().loc[before, before]
    test = regional.pretest()
    assert test["df"] == before.sum()
    assert test["statistic"] == pytest.approx(value @ np.linalg.solve(cov, value))


def test_without_cells_before_support_the_pretest_is_blank():
    test = est().select(event_time=[0, 1]).pretest()
    assert (test["df"], np.isnan(test["statistic"]), np.isnan(test["p_value"])) == (0, True, True)


def test_a_posterior_has_no_pretest():
    assert refusal(est(noise_of("posterior")).pretest) == (
        "A posterior has no p-value; test the estimate before it was shrunk."
    )


def test_without_event_time_there_is_no_pretest(regional):
    assert refusal(regional.by("cohort").pretest) == "A level must be one of: cohort; seen: event_time."


# ---- how it looks --------------------------------------------------------------------------------------------------


def strange() -> Estimate:
    labels = [("<script>alert(1)</script>", 0), ("종로구", 1), ("b", 2)]
    index = pd.MultiIndex.from_tuples(labels, names=["<b>region", "event_time"])
    table = np.array([[0.1, 0.2, 0], [0, 0.1, 0]])
    return est(
        Influence.dense(pd.Index(["a", "b"]), table),
        (0.12345, -1, np.nan),
        index,
        n_supported=pd.array([5, None, 3], "Int64"),
    )


def test_an_estimate_prints_its_levels_and_its_table():
    assert repr(strange()) == (
        "Estimate over <b>region, event_time: 3 cells, sampling noise from 2 firms or clusters\n"
        "\n"
        "                <b>region  event_time  estimate  std_error   lower   upper  p_value n_supported n_comparison          state\n"  # noqa: E501
        "<script>alert(1)</script>           0    0.1234     0.1000 -0.0725  0.3194    0.217           5                       shown\n"  # noqa: E501
        "                      종로구           1   -1.0000     0.2236 -1.4383 -0.5617    0.000                                   shown\n"  # noqa: E501
        "                        b           2                                                         3              not identified"  # noqa: E501
    )


def test_an_overall_estimate_prints_one_row():
    overall = Estimate.from_covariance(pd.Series([1.0], ["overall"]), 0.01 * np.eye(1))
    assert repr(overall) == (
        "Estimate over everything: 1 cell, sampling noise from a covariance\n"
        "\n"
        " estimate  std_error  lower  upper  p_value n_supported n_comparison state\n"
        "      1.0        0.1  0.804  1.196      0.0                          shown"
    )


def test_a_long_estimate_prints_twenty_rows_and_says_so():
    e = Estimate.from_covariance(pd.Series(np.zeros(25), pd.RangeIndex(25, name="event_time")), np.eye(25))
    lines = repr(e).split("\n")
    assert (len(lines), lines[-1]) == (24, "… and 5 more cells: e.table() has all of them")


def test_an_empty_estimate_prints_too():
    assert repr(est().select(event_time=9)).startswith(
        "Estimate over event_time: 0 cells, sampling noise from 40 firms or clusters\n"
    )


def test_the_page_of_an_estimate_escapes_every_label():
    page = strange()._repr_html_()
    assert "<script>" not in page
    assert "<b>" not in page
    assert page.startswith(
        "<p>Estimate over &lt;b&gt;region, event_time: 3 cells, sampling noise from 2 firms or clusters</p>"
    )
    assert page[page.index("<tbody>") :] == (
        "<tbody>\n    <tr>\n      <td>&lt;script&gt;alert(1)&lt;/script&gt;</td>\n      <td>0</td>\n      <td>0.1234</td>\n"
        "      <td>0.1000</td>\n      <td>-0.0725</td>\n      <td>0.3194</td>\n      <td>0.217</td>\n      <td>5</td>\n"
        "      <td></td>\n      <td>shown</td>\n    </tr>\n    <tr>\n      <td>종로구</td>\n      <td>1</td>\n"
        "      <td>-1.0000</td>\n      <td>0.2236</td>\n      <td>-1.4383</td>\n      <td>-0.5617</td>\n      <td>0.000</td>\n"
        "      <td></td>\n      <td></td>\n      <td>shown</td>\n    </tr>\n    <tr>\n      <td>b</td>\n      <td>2</td>\n"
        "      <td></td>\n      <td></td>\n      <td></td>\n      <td></td>\n      <td></td>\n      <td>3</td>\n"
        "      <td></td>\n      <td>not identified</td>\n    </tr>\n  </tbody>\n</table><p></p>"
    )


def test_looking_at_an_estimate_warns_of_nothing(regional):
    with warnings.catch_warnings():
        warnings.simplefilter("error", InputWarning)
        assert "cohort" in repr(regional)


def test_a_variance_that_rounding_put_below_zero_is_zero():
    given = np.array([[1.0, 0.0], [0.0, -3e-17]])
    e = Estimate.from_covariance({"a": 0.1, "b": 0.2}, given)
    assert e.table()["std_error"].tolist()[0] == 1.0
    assert e.cov().loc["b", "b"] == 0
    assert given[1, 1] == -3e-17
    with pytest.raises(InputError):
        Estimate.from_covariance({"a": 0.1, "b": 0.2}, np.array([[1.0, 0.0], [0.0, -3e-9]]))
