"""Each mechanism alone is there, and gone when it is switched off."""

import numpy as np
import pandas as pd
import pytest

from impact.simulate import World
from impact.simulate.exposure import neighbours
from impact.simulate.facts import fact, number
from impact.simulate.firms import firms as all_firms
from impact.simulate.measured import truth_columns
from impact.simulate.places import on_sphere

YEARS = np.arange(2014, 2026)


def away_from(values, expected, sigmas=3.5):
    """Tell whether the mean of values is further from an expected one than so many standard errors."""
    values = np.asarray(values, float)
    return abs(values.mean() - expected) > sigmas * values.std(ddof=1) / np.sqrt(len(values))


def event_time(made, outcome="sales", regime="first"):
    """Return differences in logs to what would have been without support, with event time, of supported firms."""
    rows = (made.firms["first_supported"] > 0).to_numpy()
    truth, firms = made.truth[rows], made.firms[rows]
    e = (firms["year"] - firms["first_supported"]).to_numpy()
    return e, (np.log(truth[f"{outcome}_{regime}"]) - np.log(truth[f"{outcome}_0"])).to_numpy()


def test_nothing_happens_where_everything_is_off(alone, logs):
    made = alone()
    for outcome in truth_columns():
        for regime in ("first", "both"):
            pd.testing.assert_series_equal(
                made.truth[f"{outcome}_{regime}"], made.truth[f"{outcome}_0"], check_names=False
            )
    steps = np.diff(logs(made), axis=1)
    np.testing.assert_allclose(steps, fact("outcomes")["sales"]["slope"], atol=1e-9)
    assert made.firms["active"].all()
    assert len(made.firms) == 2000 * len(YEARS)


# --- effects ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", ["sales", "workers", "rnd", "defect_rate", "expected_accidents", "value_added"])
def test_the_effect_grows_from_completion_to_the_third_year(alone, outcome):
    e, difference = event_time(alone(effect=1), outcome)
    about = fact("outcomes")[outcome.removeprefix("expected_")]
    one, three = about["year_1"], about["year_3"]
    for time, expected in ((-1, 0), (0, one / 2), (1, one), (2, (one + three) / 2), (3, three), (6, three)):
        np.testing.assert_allclose(difference[e == time], expected, atol=1e-12)


def test_individual_effects_differ_and_some_are_not_above_zero(alone):
    e, difference = event_time(alone(firms=8000, effect=1, heterogeneity=1))
    full = difference[e == 3]
    assert 0.19 < (full <= 0).mean() < 0.26
    assert 1 < full.std() / full.mean() < 1.5
    assert not away_from(full, 0.12)
    e, difference = event_time(alone(effect=1))
    assert np.ptp(difference[e == 3]) < 1e-12


def test_effects_are_larger_in_firms_with_fewer_than_ten_workers(alone):
    made = alone(firms=8000, effect=1, heterogeneity=1)
    e, difference = event_time(made)
    size = made.firms.loc[made.firms["first_supported"] > 0, "log_size_before"].to_numpy()
    small = size < np.log(10)
    assert difference[(e == 3) & small].mean() > difference[(e == 3) & ~small].mean() + 0.03


def test_the_effect_of_experts_on_site_is_larger(alone):
    made = alone(firms=8000, effect=1, heterogeneity=1)
    e, difference = event_time(made)
    mentored = made.firms.loc[made.firms["first_supported"] > 0, "mentored"].to_numpy() == 1
    assert difference[(e == 3) & mentored].mean() > difference[(e == 3) & ~mentored].mean() + 0.02


def test_accidents_fall_by_counts_that_share_their_luck(alone):
    made = alone(firms=8000, effect=1, heterogeneity=0)
    truth = made.truth
    assert (truth["accidents_first"] <= truth["accidents_0"]).all()
    assert (truth["accidents_first"] < truth["accidents_0"]).any()
    assert not away_from(truth["accidents_0"] - truth["expected_accidents_0"], 0)


def test_second_support_comes_from_2023_to_earlier_beneficiaries_only(alone, each):
    made = alone(effect=1, second=0.5)
    firms = each(made)
    second = firms[firms["second_award"] > 0]
    assert set(second["second_award"]) == {2023, 2024}
    assert (second["first_supported"].between(1, 2023) & (second["first_supported"] < second["second_award"])).all()
    assert (second["subsidy_second"] > 0).all()
    assert (firms.loc[firms["second_award"] == 0, "subsidy_second"] == 0).all()
    rows = made.firms["second_supported"].gt(0) & made.firms["year"].sub(made.firms["second_supported"]).eq(1)
    added = np.log(made.truth.loc[rows, "sales_both"] / made.truth.loc[rows, "sales_first"])
    np.testing.assert_allclose(added, 0.5 * 0.06, atol=1e-12)


def test_without_second_support_nobody_has_it_and_all_else_is_the_same(whole):
    one, other = whole(), whole(second=0)
    assert (other.firms["second_award"] == 0).all()
    names = [name for name in one.truth if name.endswith(("_0", "_first")) and not name.startswith("tfp")]
    pd.testing.assert_frame_equal(one.truth[names], other.truth[names])
    tfp = one.truth["tfp_first"] - one.truth["tfp_0"]  # the mean of an industry is that of firms as they were
    np.testing.assert_allclose(tfp, other.truth["tfp_first"] - other.truth["tfp_0"], atol=1e-12)
    pd.testing.assert_series_equal(other.truth["sales_both"], other.truth["sales_first"], check_names=False)


# --- dates --------------------------------------------------------------------------------------------------------------------


def test_building_takes_six_to_nine_months_and_may_cross_the_year(alone, each):
    firms = each(alone(firms=8000, lag=True))
    firms = firms[firms["award_year"] > 0]
    later = firms["first_supported"] - firms["award_year"]
    assert set(later) == {0, 1}
    assert not away_from(later, np.mean([month + taken > 12 for month in range(1, 10) for taken in range(6, 10)]))


def test_without_building_time_awards_are_completed_in_their_year(alone, each):
    firms = each(alone())
    assert (firms["first_supported"] == firms["award_year"]).all()


def test_building_costs_sales_in_the_year_of_the_award(alone):
    made = alone(lag=True, anticipation=0.02)
    e, difference = event_time(made)
    crossed = (made.firms["first_supported"] > made.firms["award_year"])[made.firms["first_supported"] > 0].to_numpy()
    np.testing.assert_allclose(difference[(e == -1) & crossed], -0.02, atol=1e-12)
    np.testing.assert_allclose(difference[(e != -1) | ~crossed], 0, atol=1e-12)
    assert np.allclose(event_time(alone(lag=True))[1], 0)


# --- selection ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trait", ["log_size_before", "rnd_before", "growth_before"])
def test_firms_apply_and_score_by_traits(alone, each, trait):
    chosen, drawn = each(alone(selection=1)), each(alone())
    for firms, differ in ((chosen, True), (drawn, False)):
        supported, applied = firms["first_supported"] > 0, firms["applicant"] == 1
        assert away_from(firms.loc[applied, trait], firms[trait].mean()) == differ
        within = firms.loc[applied, [trait, "score"]].corr().iloc[0, 1]
        assert (within > 0.15) == differ
        assert away_from(firms.loc[supported, trait], firms[trait].mean()) == differ


def test_rejected_applicants_are_about_as_many_as_supported_and_score_lower(whole, each):
    firms = each(whole())
    applied = firms[firms["applicant"] == 1]
    won = applied["award_year"] > 0
    assert 0.9 < (~won).sum() / won.sum() < 1.3
    alive = applied[
        (applied["exit_year"] == 0) | (applied["exit_year"] > applied["applied"] + 1)
    ]  # no award lapsed there
    line = alive.groupby(["applied", "province"])["score"].transform(lambda s: s[won].min())
    assert (alive.loc[~won, "score"] <= line[~won].fillna(np.inf)).all()
    assert firms.loc[firms["applied"] == 0, "score"].isna().all()


def test_firms_in_depopulation_areas_come_first_from_2023(alone, each):
    first, off = each(alone(firms=8000, priority=12)), each(alone(firms=8000))
    share = first["depopulation_area"].mean()
    assert first.loc[first["award_year"] == 2023, "depopulation_area"].mean() > share + 0.1
    assert not away_from(first.loc[first["award_year"].between(1, 2022), "depopulation_area"], share)
    assert not away_from(off.loc[off["award_year"] == 2023, "depopulation_area"], share)


def test_awards_follow_the_published_years(whole, each):
    awards = each(whole(firms=8000, exit=0))["award_year"].value_counts()
    published = pd.Series(fact("awards")).rename(int)
    expected = 0.175 * 8000 * published / published.sum()
    assert (awards.drop(0).sort_index() - expected).abs().max() <= 9  # each of 17 provinces rounds its awards


def test_gyeongbuk_has_more_awards_for_its_applicants(alone, each):
    firms = each(alone(firms=8000))
    applied = firms[(firms["applicant"] == 1)]
    rate = (applied["award_year"] > 0).groupby(applied["province"] == "경상북도").mean()
    assert 1.1 < rate[True] / rate[False] < 1.4
    running = alone(firms=8000).firms.query("province == '경상북도'").groupby("year")["province_programme"].mean()
    assert running.to_dict() == {year: float(year >= 2015) for year in YEARS}


# --- trends and shocks --------------------------------------------------------------------------------------------------------


def test_trends_are_linear_in_traits_within_industry_group_and_class(alone, logs, each):
    made = alone(trends=1)
    firms, steps = each(made), np.diff(logs(made), axis=1)
    np.testing.assert_allclose(steps, steps[:, :1].repeat(11, axis=1), atol=1e-9)
    cells = pd.get_dummies(firms["industry_group"] + firms["risk_class"], dtype=float)
    x = np.column_stack([firms[["log_size_before", "rnd_before", "growth_before"]], cells])
    slope = np.linalg.lstsq(x, steps[:, 0], rcond=None)[0]
    np.testing.assert_allclose(x @ slope, steps[:, 0], atol=1e-9)
    np.testing.assert_allclose(slope[:3], list(fact("trait_trends").values()), atol=1e-9)


def test_the_shock_of_2020_differs_by_industry(alone, logs, each):
    made = alone(shock=0.1)
    sales, firms = logs(made), each(made)
    lost = (sales[2019] + sales[2021]) / 2 - sales[2020]
    relative = {code: row["loss"] for code, row in fact("industries").items()}
    np.testing.assert_allclose(lost, 0.1 * firms["industry"].map(relative), atol=1e-9)


def test_makers_of_pandemic_goods_gain_in_2020_and_2021(alone, logs, each):
    made = alone(pandemic=0.15)
    makers = each(made)["pandemic_goods"] == 1
    gained = logs(made) - logs(alone())
    np.testing.assert_allclose(gained.loc[makers, [2020, 2021]], 0.15, atol=1e-9)
    np.testing.assert_allclose(gained.loc[makers, [2019, 2022]], 0, atol=1e-9)
    np.testing.assert_allclose(gained[~makers], 0, atol=1e-9)


def test_noise_has_no_memory(alone, logs):
    noise = logs(alone(noise=1)) - logs(alone())
    assert abs(noise.to_numpy().std() - fact("outcomes")["sales"]["noise"]) < 0.01
    assert abs(np.corrcoef(noise[2015], noise[2016])[0, 1]) < 3.5 / np.sqrt(len(noise))


def test_growth_that_no_trait_shows_decides_on_support_as_a_violation(alone, logs, each):
    made = alone(violation="growth")
    steps, firms = np.diff(logs(made), axis=1), each(made)
    grown = steps[:, 0] - fact("outcomes")["sales"]["slope"]
    assert abs(grown.std() - number("unobserved_growth", "spread")) < 0.001
    assert away_from(grown[firms["first_supported"] > 0], grown.mean())


def test_firms_apply_after_a_bad_year_as_a_violation(alone, logs, each):
    for made, dips in ((alone(noise=1, violation="dip"), True), (alone(noise=1), False)):
        firms, sales = each(made), logs(made) - logs(alone())
        applied = firms.index[firms["applied"] > 0]
        before = [sales.loc[firm, firms["applied"][firm] - 1] for firm in applied]
        earlier = [sales.loc[firm, firms["applied"][firm] - 2] for firm in applied]
        assert (np.mean(before) < 0 and away_from(before, 0)) == dips
        assert not away_from(earlier, 0)


# --- others -------------------------------------------------------------------------------------------------------------------


def km(latitude, longitude):
    """Return great-circle distances between all firms."""
    point = on_sphere(latitude, longitude)
    return np.degrees(np.arccos((point @ point.T).clip(-1, 1))) * number("degree_km")


def test_neighbours_are_all_firms_within_10_km_but_for_the_width_of_a_cell():
    world = World(firms=1500)
    drawn = all_firms(world)
    crowd = neighbours(world, drawn, np.zeros(len(drawn), np.int16))
    distance = km(drawn.latitude, drawn.longitude)
    diagonal = np.sqrt(2) * number("spillover_cell") * number("degree_km")
    for year in (0, 11):
        there = drawn.founded <= world.years[year]
        counted = crowd.firms[crowd.of, year]
        assert (counted >= (distance < 10 - diagonal).astype(int) @ there).all()
        assert (counted <= (distance < 10 + diagonal).astype(int) @ there).all()


def test_near_firms_receive_spillover_and_far_ones_surely_not(alone, logs, each):
    made = alone(spillover=1)
    firms = each(made)
    received = (logs(made) - logs(alone()))[2025]
    supported = (firms["first_supported"] > 0).to_numpy()
    distance = km(firms["latitude"].to_numpy(), firms["longitude"].to_numpy())
    np.fill_diagonal(distance, np.inf)
    nearest = distance[:, supported].min(axis=1)
    assert (received[nearest < 7] > 0).all()
    assert (nearest > 30).any()
    assert (np.abs(received[nearest > 30]) < 1e-9).all()
    pd.testing.assert_series_equal(made.truth["sales_0"], made.truth["sales_both"], check_names=False)


def test_spillover_follows_completion(alone, logs):
    received = logs(alone(spillover=1)) - logs(alone())
    assert np.abs(received[2015]).max() < 1e-9
    assert (np.diff(received.mean()) > -1e-9).all()


def test_unsupported_firms_lose_sales_to_supported_rivals(alone, logs, each):
    made = alone(firms=3000, displacement=0.5)
    firms, off = each(made), alone(firms=3000)
    lost = {regime: (logs(made, regime=regime) - logs(off, regime=regime))[2025] for regime in ("0", "both")}
    supported = firms["first_supported"] > 0
    rivals = firms.groupby(["municipality", "industry"])
    others = rivals["active"].transform("size") - 1
    share = (rivals["first_supported"].transform(lambda s: (s > 0).sum()) - supported) / others.where(others > 0)
    np.testing.assert_allclose(lost["0"], -0.5 * share.fillna(0), atol=1e-9)
    np.testing.assert_allclose(lost["both"][supported], 0, atol=1e-9)
    assert lost["0"][supported].min() < 0


# --- own adoption, exit, entry ------------------------------------------------------------------------------------------------


def test_some_firms_adopt_with_their_own_money(alone, each, logs):
    made = alone(firms=8000, effect=1, adopters=0.01)
    firms = each(made)
    unsupported = firms["first_supported"] == 0
    expected = 1 - 0.99 ** len(YEARS)
    assert not away_from(firms.loc[unsupported, "adopted"] > 0, expected)
    gained = logs(made) - logs(alone(firms=8000, effect=1))
    year = firms["adopted"].where(unsupported & firms["adopted"].between(1, 2022)).dropna().astype(int)
    np.testing.assert_allclose([gained.loc[firm, at + 3] for firm, at in year.items()], 0.12, atol=1e-9)
    np.testing.assert_allclose(gained[unsupported & (firms["adopted"] == 0)], 0, atol=1e-9)
    assert (each(alone())["adopted"] == 0).all()


def test_the_effect_is_net_of_what_supported_firms_would_have_done(alone):
    made = alone(firms=8000, effect=1, adopters=0.05)
    e, difference = event_time(made)
    assert difference[e == 3].mean() < 0.12
    adopted = made.firms.loc[made.firms["first_supported"] > 0, "adopted"].to_numpy() > 0
    np.testing.assert_allclose(difference[adopted], 0, atol=1e-9)  # deadweight: they had it before


def test_own_adoption_does_not_depend_on_support(alone, each):
    firms = each(alone(firms=8000, selection=1, effect=1, adopters=0.05))
    early = firms["adopted"].between(1, 2015)
    assert not away_from(early[firms["award_year"] > 0], early.mean())


def test_firms_fail_more_often_without_support_and_in_bad_years(alone, logs):
    made = alone(firms=8000, exit=0.05, noise=1)
    firms, truth = made.firms, made.truth
    there = (firms["exit_year"] == 0) | (firms["year"] <= firms["exit_year"])
    rows = there & (firms["year"] > 2014)
    after = firms["first_supported"].between(1, 2024) & (firms["first_supported"] < firms["year"])
    fails = firms["year"] == firms["exit_year"]
    assert 0.04 < fails[rows & ~after].mean() < 0.06
    assert 0.02 < fails[rows & after].mean() < 0.035
    assert (truth["active_0"] <= truth["active_first"]).all()
    assert (truth["active_0"] < truth["active_first"]).any()
    noise = (logs(made) - logs(alone(firms=8000))).stack()
    bad = noise.loc[pd.MultiIndex.from_frame(firms.loc[fails, ["firm", "year"]])]
    assert bad.mean() < -0.1


def test_nobody_fails_without_exit(alone):
    made = alone()
    assert (made.firms["exit_year"] == 0).all()
    assert (made.truth[["active_0", "active_first", "active_both"]] == 1).all(axis=None)


def test_after_exit_outcomes_are_blank_and_go_on_in_the_truth(whole):
    made = whole()
    gone = (made.firms["exit_year"] > 0) & (made.firms["year"] >= made.firms["exit_year"])
    outcomes = made.firms[["workers", "sales", "accidents", "real_value_added_per_worker", "tfp"]]
    assert (made.firms["active"] == (~gone).astype(int)).all()
    assert outcomes[gone].isna().all(axis=None)
    assert outcomes[~gone].notna().all(axis=None)
    assert made.truth.loc[gone, ["workers_0", "sales_first", "tfp_both"]].notna().all(axis=None)
    exits = made.firms["year"] == made.firms["exit_year"]
    assert (made.firms.loc[exits, "jobs_growth"] == -2).all()
    assert made.firms.loc[gone & ~exits, "jobs_growth"].isna().all()


def test_firms_are_founded_later(alone, each):
    made = alone(firms=8000, entry=0.01)
    firms = each(made)
    later = firms["founded"] >= 2015
    assert not away_from(later, 0.11)
    begins = made.firms.groupby("firm")["year"].min()
    assert (begins == firms["founded"].clip(lower=2014)).all()
    first = made.firms["year"] == made.firms["founded"]
    assert (made.firms.loc[first, "jobs_growth"] == 2).all()
    assert (firms["founded"] < firms["applied"].where(firms["applied"] > 0, 9999)).all()
    assert (each(alone())["founded"] < 2014).all()


def test_a_province_has_a_programme_everywhere_or_nowhere(whole):
    running = whole().firms.groupby(["province", "year"])["province_programme"].nunique()
    assert (running == 1).all()
