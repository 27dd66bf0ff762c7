import numpy as np
import pandas as pd
import pytest

from impact import InputError, prices
from impact import productivity as p

NAN = float("nan")


def normal_firms(n=2000, seed=5):
    rng = np.random.default_rng(seed)
    industry, year = rng.choice(["C10", "C25", "C29"], n), rng.integers(2018, 2022, n)
    size = rng.normal(3, 0.8, n) + (industry == "C29")
    amounts = {name: np.exp(size + rng.normal(0, 0.4, n)) for name in ("value_added", "capital", "workers")}
    return {**amounts, "industry": industry, "year": year}


# deflators, which `impact.prices` holds and this module knows, too (data/parameters/deflators.toml names this file)


@pytest.mark.parametrize(
    ("name", "published"),  # changes in per cent, by other sources than the levels: their titles in the file say so
    [
        ("cpi", {2017: 1.9, 2018: 1.5, 2019: 0.4, 2020: 0.5, 2021: 2.5, 2022: 5.1, 2023: 3.6, 2024: 2.3, 2025: 2.1}),
        ("ppi", {2021: 6.4, 2022: 8.4, 2023: 1.6, 2024: 1.7}),
        ("ppi_petroleum", {2021: 45.9, 2022: 55.0}),
        ("ppi_metals", {2021: 26.0}),
        ("ppi_electronics", {2022: -2.1}),
    ],
)
def test_a_deflator_moves_as_was_published(name, published):
    change = 100 * p.deflators(name).pct_change()
    for year, value in published.items():
        assert change[year] == pytest.approx(value, abs=0.12)


def test_prices_are_known_here_too():
    for name in ("names", "deflators", "deflator_sources", "real"):
        assert getattr(p, name) is getattr(prices, name)


# value added per worker


def test_value_added_per_worker_by_hand():
    out = p.value_added_per_worker(
        [300.0, -50.0, 0.0, NAN], [4, 5, 2, 3], [2021, 2021, 2020, 2020], {2020: 100, 2021: 125}
    )
    assert out.tolist() == pytest.approx([60, -8, 0, NAN], nan_ok=True)


def test_the_row_of_a_closed_firm_and_blank_workers_stay_blank():
    frame = pd.DataFrame({"va": [NAN, 10.0], "workers": pd.array([0, None], "Int64"), "year": [2020, 2020]})
    assert np.isnan(p.value_added_per_worker(frame["va"], frame["workers"], frame["year"])).all()


def test_value_added_without_workers_is_refused():
    with pytest.raises(
        InputError, match=r"needs workers above zero; seen: 2 rows with value added and none: row 0 \(0\), row 2 \(-1\)"
    ):
        p.value_added_per_worker([1, 2, 3], [0, 1, -1], [2020] * 3)


# total factor productivity


def test_the_index_by_hand():
    v, k, n, share = np.array([[80.0, 120, 300], [40, 50, 90], [4, 5, 12], [0.5, 0.6, 0.7]])
    logs = [np.log(x) - np.log(x).mean() for x in (v, n, k)]
    s = (share + share.mean()) / 2
    expected = logs[0] - s * logs[1] - (1 - s) * logs[2]
    out = p.tfp_index(v, k, n, ["a"] * 3, [2020] * 3, share)
    np.testing.assert_allclose(out, expected, atol=1e-12)


def test_with_one_share_the_index_is_a_solow_residual_with_mean_zero():
    firms = normal_firms()
    out = p.tfp_index(**firms, labour_share=0.6)
    means = pd.Series(out).groupby([firms["industry"], firms["year"]]).mean()
    np.testing.assert_allclose(means, 0, atol=1e-12)
    logs = pd.DataFrame({name: np.log(firms[name]) for name in ("value_added", "workers", "capital")})
    solow = logs["value_added"] - 0.6 * logs["workers"] - 0.4 * logs["capital"]
    by = [firms["industry"], firms["year"]]
    np.testing.assert_allclose(out, solow - solow.groupby(by).transform("mean"), atol=1e-12)


@pytest.mark.parametrize("name", ["value_added", "capital", "workers"])
def test_units_of_measurement_do_not_matter(name):
    firms = normal_firms()
    share = np.random.default_rng(1).uniform(0.4, 0.8, len(firms["year"]))
    np.testing.assert_allclose(
        p.tfp_index(**{**firms, name: firms[name] * 1000}, labour_share=share),
        p.tfp_index(**firms, labour_share=share),
        atol=1e-11,
    )


def test_a_deflator_that_firms_of_an_industry_share_cancels():
    firms = normal_firms()
    prices = np.where(firms["industry"] == "C10", "ppi_food", "ppi_metals")
    firms["year"] = firms["year"] + 2
    amounts = {name: p.real(firms[name], firms["year"], prices) for name in ("value_added", "capital")}
    np.testing.assert_allclose(
        p.tfp_index(**{**firms, **amounts}, labour_share=0.6), p.tfp_index(**firms, labour_share=0.6), atol=1e-11
    )


def test_identical_firms_are_equally_productive():
    out = p.tfp_index([70.0] * 4, [30.0] * 4, [7] * 4, ["a", "a", "b", "b"], [2020] * 4, [0.3, 0.8, 0.5, 0.5])
    np.testing.assert_allclose(out, 0, atol=1e-14)


def test_ten_per_cent_more_of_the_same_inputs():
    out = p.tfp_index([100, 110], [5, 5], [5, 5], ["a", "a"], [2020, 2020], 0.5)
    assert out[1] - out[0] == pytest.approx(np.log(1.1))


def test_twice_of_everything_is_no_more_productive():
    np.testing.assert_allclose(p.tfp_index([1, 2], [1, 2], [1, 2], ["a", "a"], [2020, 2020], [0.2, 0.7]), 0, atol=1e-14)


def test_blanks_are_blank_and_move_no_mean():
    full = p.tfp_index([1, 2, 4], [1, 1, 1], [1, 1, 1], ["a"] * 3, [2020] * 3, 0.5)
    more = p.tfp_index([1, 2, 4, 9, 9], [1, 1, 1, NAN, 1], [1] * 5, ["a"] * 4 + [None], [2020] * 5, 0.5)
    np.testing.assert_allclose(more[:3], full)
    assert np.isnan(more[3:]).all()


def test_a_firm_alone_has_nobody_to_be_compared_with():
    assert np.isnan(p.tfp_index([5], [5], [5], ["a"], [2020], 0.5)).all()


def test_amounts_without_a_log_are_refused_all_at_once():
    with pytest.raises(InputError) as refused:
        p.tfp_index([1, -2, 0], [1, 1, 0], [1, 1, 1], ["a"] * 3, [2020] * 3, 0.5)
    assert len(refused.value.problems) == 2
    assert refused.value.problems[0] == (
        "The index needs value added above zero, for its log; seen: 2 rows without: row 1 (-2), row 2 (0). Blank them and say "
        "how many firms that leaves out, or use value added per worker, which keeps them."
    )


def test_a_share_outside_0_to_1_is_refused():
    with pytest.raises(
        InputError,
        match=r"^Labour's share must lie between 0 and 1; seen: 1 row outside: row 1 \(1\.3\)\. Use its share of costs",
    ):
        p.tfp_index([1, 2], [1, 1], [1, 1], ["a", "a"], [2020, 2020], [0.5, 1.3])


# outliers


def test_won_in_place_of_thousand_won_is_marked_and_nothing_else():
    firms = normal_firms()
    sales = firms["value_added"].copy()
    wrong = [3, 777, 1500]
    sales[wrong[:2]] *= 1000
    sales[wrong[2]] /= 1000
    marked = p.outliers(sales, firms["industry"], firms["year"])
    assert np.flatnonzero(marked).tolist() == wrong
    assert marked.dtype == bool


def test_a_clean_sample_is_marked_no_more_than_a_normal_tail():
    firms = normal_firms(200_000, seed=11)
    marked = p.outliers(firms["value_added"], firms["industry"], firms["year"], width=3)
    assert marked.mean() == pytest.approx(0.0027, abs=0.0006)
    assert p.outliers(firms["value_added"], firms["industry"], firms["year"]).sum() <= 2


def test_the_rule_by_hand():
    logs = np.array([0, 1, 2, 3, 4, 5, 6, 7, 8, 30.0])
    distance = np.abs(logs - 4.5) / (1.4826 * np.median(np.abs(logs - 4.5)))
    for width in (1.0, 2.0, distance[-1] - 0.01, distance[-1] + 0.01):
        marked = p.outliers(np.exp(logs), ["a"] * 10, [2020] * 10, width=width)
        assert marked.tolist() == (distance > width).tolist()


def test_the_unit_of_money_does_not_matter_to_the_rule():
    firms = normal_firms()
    for factor in (1.0, 1000.0):
        marked = p.outliers(firms["capital"] * factor, firms["industry"], firms["year"], width=2)
        assert marked.sum() == p.outliers(firms["capital"], firms["industry"], firms["year"], width=2).sum()


def test_what_cannot_be_judged_is_not_marked():
    few = p.outliers([1, 1, 1e9], ["a"] * 3, [2020] * 3)
    equal = p.outliers([5.0] * 19 + [1e9], ["a"] * 20, [2020] * 20)
    no_log = p.outliers([0, -5, NAN], ["a", "a", None], [2020] * 3, least=1)
    assert [marked.any() for marked in (few, equal, no_log)] == [False] * 3


def test_outliers_are_counted_in_words():
    sales = np.r_[np.linspace(90, 130, 20), 1e8, 2e8, 0, NAN]
    said = p.outliers_in_words(sales, ["a"] * 24, [2020] * 24, width=6)
    assert said == (
        "2 of 22 values are marked: their logs lie further than 6 robust standard deviations (1.4826 × MAD) from the median of "
        "their industry and year. 2 rows could not be judged (blank, zero or negative, or fewer than 10 values to judge by). "
        "Nothing was changed."
    )


def test_a_width_of_zero_is_refused():
    with pytest.raises(InputError, match=r"^The width must be above zero; seen: 0\."):
        p.outliers([1.0], ["a"], [2020], width=0)


# jobs


def test_growth_of_jobs_by_hand_and_in_any_order():
    frame = pd.DataFrame({"firm": list("aaabbb"), "year": [2019, 2020, 2021] * 2, "workers": [10, 15, 5, 8, 8, 0]})
    frame["growth"] = [NAN, 5 / 12.5, -10 / 10, NAN, 0, -2]
    for seed in range(3):
        mixed = frame.sample(frac=1, random_state=seed)
        out = p.job_growth(mixed["workers"], mixed["firm"], mixed["year"])
        np.testing.assert_allclose(out, mixed["growth"])


def test_entry_is_two_exit_is_minus_two_and_growth_is_symmetric():
    there_and_back = p.job_growth([0, 40, 100, 40, 0], [1] * 5, range(2016, 2021))
    assert there_and_back[1] == 2
    assert there_and_back[4] == -2
    assert there_and_back[2] == -there_and_back[3] == 60 / 70


def test_a_first_row_is_an_entry_only_where_the_firm_is_known_to_be_founded_then():
    args = ([5, 6, 7, 8], ["new", "old", "unknown", "unlinked"], [2020] * 4)
    assert np.isnan(p.job_growth(*args)).all()
    np.testing.assert_array_equal(p.job_growth(*args, founded=[2020, 2011, NAN, NAN]), [2, NAN, NAN, NAN])


def test_a_count_for_the_year_before_weighs_more_than_the_founding_year():
    assert p.job_growth([10, 12], ["a", "a"], [2019, 2020], founded=[2020, 2020])[1] == 2 / 11


def test_a_year_that_is_missing_between_is_not_jumped_over():
    out = p.job_growth([10, 20, 30], ["a"] * 3, [2018, 2020, 2021])
    np.testing.assert_array_equal(out, [NAN, NAN, 10 / 25])


def test_blanks_and_firms_absent_in_both_years_are_blank():
    workers = pd.array([10, None, 20, 0, 0], "Int64")
    assert np.isnan(p.job_growth(pd.Series(workers), ["a"] * 5, range(2016, 2021))).tolist() == [
        True,
        True,
        True,
        False,
        True,
    ]


def test_neighbouring_firms_are_not_mistaken_for_neighbouring_years():
    out = p.job_growth([1, 2, 3, 4], ["a", "a", "b", "b"], [2020, 2021, 2020, 2021])
    np.testing.assert_array_equal(out, [NAN, 2 / 3, NAN, 2 / 7])
    assert np.isnan(p.job_growth([1, 2], ["a", "b"], [2021, 2020])).all()


def test_weighted_growth_adds_up_to_the_growth_of_all_jobs():
    rng = np.random.default_rng(3)
    before, now = rng.integers(0, 50, 300), rng.integers(0, 50, 300)
    growth = p.job_growth(np.r_[before, now], np.tile(np.arange(300), 2), np.repeat([2020, 2021], 300))[300:]
    weight = (before + now) / 2
    known = weight > 0
    assert np.sum(growth[known] * weight[known]) == pytest.approx(now.sum() - before.sum())
    assert np.nanmin(growth) == -2
    assert np.nanmax(growth) == 2


def test_a_firm_with_two_rows_in_a_year_is_refused():
    with pytest.raises(
        InputError, match=r"^A firm must have one row a year; seen: 1 row too many \(in 2020\)\. Add repeated rows up"
    ):
        p.job_growth([1, 2, 3], ["a", "b", "a"], [2020, 2020, 2020])


def test_negative_workers_and_rows_of_no_firm_are_refused_at_once():
    with pytest.raises(InputError) as refused:
        p.job_growth([-1, 2], ["a", None], [2020, 2021])
    assert refused.value.problems == (
        "Workers must be zero or more; seen: 1 row below: row 0 (-1). Blank what is no count.",
        "Every row must name its firm; seen: 1 row without. Leave out rows of no firm.",
    )


# all


def test_tables_without_rows_pass():
    assert len(p.job_growth([], [], [])) == len(p.outliers([], [], [])) == len(p.real([], [])) == 0
    assert len(p.tfp_index([], [], [], [], [], 0.5)) == 0


def test_nothing_that_is_given_is_changed():
    firms = pd.DataFrame(normal_firms(60))
    firms["unit"] = np.arange(60)[::-1] // 2
    firms["year"] = 2020 + np.arange(60) % 2
    firms.loc[5, "workers"] = NAN
    before = firms.copy(deep=True)
    arrays = {name: firms[name].to_numpy() for name in firms}
    for name in ("value_added", "capital", "workers"):
        arrays[name] = arrays[name].copy()
        arrays[name].flags.writeable = False
    five = [arrays[name] for name in ("value_added", "capital", "workers", "industry", "year")]
    p.tfp_index(*five, labour_share=0.6)
    p.value_added_per_worker(five[0], five[2], five[4])
    p.outliers(five[0], five[3], five[4], least=3)
    p.job_growth(firms["workers"], firms["unit"], firms["year"], founded=firms["year"])
    pd.testing.assert_frame_equal(firms, before)


def test_any_frame_will_do():
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({"firm": ["a", "a"], "year": [2020, 2021], "workers": [5, 10], "va": [7.0, None]})
    np.testing.assert_allclose(p.job_growth(frame["workers"], frame["firm"], frame["year"]), [NAN, 5 / 7.5])
    np.testing.assert_allclose(p.value_added_per_worker(frame["va"], frame["workers"], frame["year"]), [1.4, NAN])
