"""Variances of groups of few firms: what is learnt, what is replaced, and what stays as it is."""

import numpy as np
import pandas as pd
import pytest
from scipy import special
from simulation import regions

import impact
from impact.inference import thin

ROLES = {"outcome": "y", "unit": "firm", "period": "year", "first_supported": "first"}


def firms(counts, seed=0, comparison=60, effect=0.0, years=(2019, 2020, 2021)):
    """Make supported firms of each region and comparison firms; no traits."""
    rng = np.random.default_rng(seed)
    region = np.concatenate([np.repeat(np.arange(len(counts)), counts), rng.integers(0, len(counts), comparison)])
    supported = np.arange(len(region)) < sum(counts)
    y = rng.normal(size=(len(region), len(years))) + effect * supported[:, None] * (np.array(years) >= 2020)
    each = len(years)
    return pd.DataFrame(
        {
            "firm": np.repeat(np.arange(len(region)), each),
            "year": np.tile(years, len(region)),
            "first": np.repeat(np.where(supported, 2020, 0), each),
            "region": np.repeat(region, each),
            "large": np.repeat(np.array(["no", "yes"])[region % 2], each),
            "y": y.ravel(),
        }
    )


def estimated(frame, **more):
    return impact.estimate(frame, **ROLES, region="region", **more)


def sides(e, frame, region):
    """Return the variance that supported and comparison firms add to a region's effect, by hand."""
    wide = frame.pivot(index="firm", columns="year", values="y")
    change = wide[[2020, 2021]].mean(axis=1) - wide[2019]
    about = frame.groupby("firm")[["first", "region"]].first()
    own, others = change[(about["first"] > 0) & (about["region"] == region)], change[about["first"] == 0]
    return own.var(ddof=0) / len(own), others.var(ddof=0) / len(others), own


def test_a_variance_function_finds_the_variance_and_its_worth_again():
    rng = np.random.default_rng(1)
    n = rng.integers(2, 30, 4000)
    truth = 0.5 * n**0.3 / (rng.chisquare(12, 4000) / 12)
    part = truth * rng.chisquare(n - 1) / (n - 1) * (n - 1) / n**2
    found = thin.variance_function(n, part)
    assert found.slope == pytest.approx(0.3, abs=0.03)
    expected = np.log(0.5) - special.digamma(6) + np.log(6)
    assert found.intercept == pytest.approx(expected, abs=0.08)
    assert found.worth == pytest.approx(12, rel=0.15)


def test_groups_of_one_variance_are_worth_all_firms():
    rng = np.random.default_rng(2)
    n = rng.integers(2, 30, 400)
    found = thin.variance_function(n, rng.chisquare(n - 1) / n**2)
    variance, df = thin.shared(found, np.array([1, 2]), np.array([0.0, 1e-9]))
    assert found.worth > 100
    np.testing.assert_allclose(variance * np.array([1, 2]), found.at(np.array([1, 2])), rtol=0.05)
    assert (df > 100).all()


def test_a_groups_own_variance_counts_the_more_firms_it_has():
    function = thin.Function(intercept=0.0, slope=0.0, worth=10.0)
    variance, df = thin.shared(function, np.array([1, 11]), np.array([0.0, 3 * 10 / 121]))
    np.testing.assert_allclose(variance * np.array([1, 11]), [1, (10 * 1 + 10 * 3) / 20])
    assert df.tolist() == [10, 20]


def test_thin_regions_get_the_learnt_variance_and_comparison_firms_keep_theirs():
    counts = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 40]
    frame = firms(counts, seed=3)
    e = estimated(frame)
    found, n = e.by("region"), np.array(counts)
    parts = np.array([sides(e, frame, region)[:2] for region in range(len(counts))])
    function = thin.variance_function(n, parts[:, 0])
    learnt, df = thin.shared(function, n[:-1], parts[:-1, 0])
    expected = [*(learnt + parts[:-1, 1]), parts[-1].sum()]  # the region of forty firms is left as it is
    np.testing.assert_allclose(found.noise.variance(), expected, rtol=1e-10)
    np.testing.assert_allclose(found.cells["df"], [*df, np.inf])
    assert found.cells["n_supported"].tolist() == counts
    assert found.cells["state"].tolist() == ["not enough evidence"] * 4 + ["shown"] * 9
    shared = found.cov().to_numpy()[~np.eye(len(n), dtype=bool)]
    np.testing.assert_allclose(shared, parts[0, 1], rtol=1e-10)  # regions share comparison firms, and nothing else


def test_fewer_than_ten_regions_teach_nothing():
    frame = firms([1, 2, 3, 4, 5, 6, 7, 8, 9], seed=4)
    e = estimated(frame)
    found = e.by("region")
    parts = np.array([sides(e, frame, region)[:2] for region in range(9)])
    np.testing.assert_allclose(found.noise.variance(), parts.sum(axis=1), rtol=1e-10)
    assert np.isinf(found.cells["df"].astype(float)).all()


def test_cohorts_and_everything_together_keep_their_own_variance():
    frame = firms([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], seed=5)
    whole = impact.estimate(frame, **ROLES)
    e = estimated(frame)
    for level in ("overall", "event_time", "cohort"):
        np.testing.assert_allclose(e.by(level).noise.variance(), whole.by(level).noise.variance(), rtol=1e-10)


def test_event_times_and_outcomes_learn_apart():
    frame = firms([2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], seed=6)
    frame["loud"] = 100 * frame["y"]
    e = impact.estimate(frame, **{**ROLES, "outcome": ["y", "loud"]}, region="region")
    found = e.by(["region", "event_time"])
    std_error = pd.Series(np.sqrt(found.noise.variance()), found.value.index)
    np.testing.assert_allclose(std_error["loud"], 100 * std_error["y"], rtol=1e-9)
    alone = impact.estimate(frame, **ROLES, region="region").by(["region", "event_time"])
    np.testing.assert_allclose(std_error["y"], np.sqrt(alone.noise.variance()), rtol=1e-10)


def test_a_region_of_one_cluster_has_no_variance_of_its_own_and_learns_it():
    counts = [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]
    frame = firms(counts, seed=7)
    pairs = frame["firm"] // 2  # firms in pairs, so that the region of two firms is one cluster
    found = estimated(frame.assign(pair=np.where(frame["region"] == 0, -1, pairs)), cluster="pair").by("region")
    variance = found.noise.variance()
    assert variance[0] > found.cov().iloc[0, 1]  # more than what comparison firms add, which all share


def test_the_multiplier_bootstrap_draws_the_learnt_variance():
    found = estimated(firms([1, 1, *range(2, 14)], seed=8)).by("region")
    drawn = found.draws(20_000, 1).var()
    np.testing.assert_allclose(drawn, found.noise.variance(), rtol=0.06)


def test_attributes_of_regions_are_levels_to_average_by():
    frame = firms([2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], seed=9, effect=0.5)
    e = estimated(frame, region_attributes="large")
    by_subgroup = impact.estimate(frame, **ROLES, subgroup="large")
    for asked, same in ((["large"], ["subgroup"]), (["large", "event_time"], ["subgroup", "event_time"])):
        found, expected = e.by(asked), by_subgroup.by(same)
        assert found.value.index.names == asked
        np.testing.assert_allclose(found.value, expected.value, rtol=1e-12)
        np.testing.assert_allclose(found.noise.rows(), expected.noise.rows(), atol=1e-14)
        assert found.cells["n_supported"].tolist() == expected.cells["n_supported"].tolist()
    both = e.by(["region", "event_time"])
    assert both.by(["large", "event_time"]).value.index.names == ["large", "event_time"]
    np.testing.assert_allclose(both.by(["large", "event_time"]).value, e.by(["large", "event_time"]).value, rtol=1e-12)
    overall = e.by("large").by("overall")
    assert overall.value.iloc[0] == pytest.approx(
        np.average(e.by("large").value, weights=e.by("large").cells["n_supported"])
    )
    assert e.by("large").difference("yes", "no").value.size == 1
    assert e.by("event_time").value.index.names == ["event_time"]


def test_the_equality_of_all_regions_is_tested_jointly():
    counts = [*range(5, 17)]
    same, other = (firms(counts, seed=10, effect=effect) for effect in (0.5, 0.5))
    other.loc[(other["region"] == 3) & (other["first"] > 0) & (other["year"] >= 2020), "y"] += 5
    calm, loud = (estimated(frame).by("region").equality() for frame in (same, other))
    assert calm["df"] == loud["df"] == len(counts) - 1
    assert loud["p_value"] < 0.001 < calm["p_value"]


def refusal(frame, **roles):
    with pytest.raises(impact.InputError) as caught:
        impact.estimate(frame, **ROLES, **roles)
    return str(caught.value)


def test_attributes_are_of_regions():
    frame = firms([5] * 4)
    assert refusal(frame, region_attributes="large") == (
        "Attributes must be of regions; seen: 'large', and no region. Name the column of regions as region, or take the "
        "attribute as a subgroup."
    )
    frame["event_time"] = frame["large"]
    assert refusal(frame, region="region", region_attributes=["large", "event_time"]) == (
        "An attribute of regions must have a name of its own; taken: 'event_time'. Rename the column."
    )
    mixed = frame.assign(large=np.where(frame["firm"] == frame["firm"].max(), "perhaps", frame["large"]))
    region = frame.loc[frame["firm"].idxmax(), "region"]
    assert refusal(mixed, region="region", region_attributes="large") == (
        f"All firms of a region must have the same 'large'; it differs within 1 region: {region}. Take it from a table of "
        "regions, or name it as subgroup if it is of firms."
    )


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_learnt_variances_cover_where_own_ones_do_not(found, count):
    own, learnt = (
        found[(found["method"] == "reg") & (found["variance"] == variance) & (found["n_supported"] == count)].iloc[0]
        for variance in regions.VARIANCES
    )
    assert own["coverage"] < 0.9 < learnt["coverage"] + regions.LIMIT * learnt["coverage_mc_error"]
    assert abs(learnt["bias"]) < regions.LIMIT * learnt["bias_mc_error"]


@pytest.fixture(scope="module")
def found():
    return regions.evidence(regions.repetition(number)[0] for number in range(40))


def test_the_committed_evidence_holds_what_the_page_promises():
    committed = pd.read_csv(regions.CSV)
    joint = pd.read_csv(regions.CSV.with_name("regions_covariance.csv"))
    assert regions.failures(committed).empty
    assert set(committed["repetitions"]) >= {2000}
    assert regions.PAGE.read_text(encoding="utf-8") == regions.page(committed, joint)
