"""The package against its plain twin: effects, and every row of influence, on random panels."""

import itertools

import numpy as np
import pandas as pd
import pytest
from twins import callaway_santanna as twin
from twins.cross_sections import levels

import impact
from impact import blocks
from impact.estimators import _tilt

CLOSE = 1e-10
COVARIATES = ["x", "z"]


def ours(frame, **design):
    return impact.estimate(frame, "y", "firm", "year", "first", **design)


def same(e, effects, units):
    """Compare labels, effects, rows of influence (by unit) and their covariance."""
    assert list(e.value.index) == list(effects.labels)
    np.testing.assert_allclose(e.value, effects.value, rtol=CLOSE, atol=CLOSE)
    rows = e.noise.rows()[e.noise.units.get_indexer(units)]
    np.testing.assert_allclose(rows, effects.rows, rtol=0, atol=CLOSE * np.abs(effects.rows).max())
    others = np.setdiff1d(np.arange(len(e.noise.units)), e.noise.units.get_indexer(units))
    assert not e.noise.rows()[others].any()
    np.testing.assert_allclose(e.cov(), effects.cov, rtol=0, atol=CLOSE * np.abs(effects.cov).max())


def both(frame, covariates, weight, unbalanced="pairs", supported=None, **design):
    """Estimate with the twin; returns its effects, its sample and the labels of its units."""
    data, units = twin.sample(frame, "y", covariates, weight, unbalanced)
    return twin.att_gt(data, supported=supported, **design), data, units


def cohorts_of(data):
    return [int(g) for g in np.unique(data.cohort[np.isfinite(data.cohort)])]


def cohort_shares(data):
    return twin.shares(data, cohorts_of(data), list(data.cohort))


DESIGNS = list(itertools.product(("dr", "reg", "ipw"), ("never", "not_yet"), ("varying", "universal"), (0, 1)))


@pytest.mark.parametrize(("method", "comparison", "base", "anticipation"), DESIGNS)
@pytest.mark.parametrize("covariates", [[], COVARIATES], ids=["plain", "covariates"])
def test_every_design(staggered, method, comparison, base, anticipation, covariates):
    frame = staggered(seed=1)
    design = {"method": method, "comparison": comparison, "base": base, "anticipation": anticipation}
    effects, _, units = both(frame, covariates, None, **design)
    same(ours(frame, covariates=covariates, **design), effects, units)


@pytest.mark.parametrize("method", ["dr", "reg", "ipw"])
@pytest.mark.parametrize("constant", [True, False], ids=["constant", "changing"])
@pytest.mark.parametrize("comparison", ["never", "not_yet"])
def test_weights_and_covariates_that_change_or_do_not(staggered, method, constant, comparison):
    frame = staggered(seed=2, constant=constant)
    effects, _, units = both(frame, COVARIATES, "weight", method=method, comparison=comparison)
    same(ours(frame, covariates=COVARIATES, weight="weight", method=method, comparison=comparison), effects, units)


BLANK = pytest.mark.filterwarnings("ignore::impact.InputWarning")


@BLANK
@pytest.mark.parametrize("method", ["dr", "reg", "ipw"])
@pytest.mark.parametrize("unbalanced", ["pairs", "drop"])
@pytest.mark.parametrize("base", ["varying", "universal"])
def test_blanks(staggered, method, unbalanced, base):
    frame = staggered(n=200, seed=3, missing=0.08)
    for weight in (None, "weight"):
        effects, _, units = both(frame, COVARIATES, weight, unbalanced, method=method, base=base)
        e = ours(frame, covariates=COVARIATES, weight=weight, unbalanced=unbalanced, method=method, base=base)
        same(e, effects, units)


@BLANK
@pytest.mark.parametrize("unbalanced", ["pairs", "drop"])
def test_averages_with_blanks_count_every_firm_that_is_used(staggered, unbalanced):
    frame = staggered(n=200, seed=3, missing=0.08, constant=True)
    effects, data, units = both(frame, COVARIATES, "weight", unbalanced, method="dr")
    e = ours(frame, covariates=COVARIATES, weight="weight", unbalanced=unbalanced)
    same(e.by("event_time"), by_event_time(effects, cohort_shares(data)), units)


@BLANK
def test_a_row_that_is_not_there_is_like_a_blank_outcome(staggered):
    frame = staggered(n=200, seed=3, missing=0.08)
    for weight in (None, "weight"):
        blank = ours(frame, covariates=COVARIATES, weight=weight)
        absent = ours(frame.dropna(subset=["y"]), covariates=COVARIATES, weight=weight)
        np.testing.assert_array_equal(blank.value, absent.value)
        np.testing.assert_allclose(blank.by("event_time").value, absent.by("event_time").value, rtol=CLOSE)
        np.testing.assert_allclose(blank.by("event_time").cov(), absent.by("event_time").cov(), rtol=0, atol=1e-14)


@BLANK
@pytest.mark.parametrize("method", ["dr", "reg", "ipw"])
@pytest.mark.parametrize("comparison", ["never", "not_yet"])
@pytest.mark.parametrize("covariates", [[], COVARIATES], ids=["plain", "covariates"])
def test_every_row_kept(staggered, method, comparison, covariates):
    frame = staggered(n=240, seed=12, missing=0.15)
    design = {"method": method, "comparison": comparison}
    for weight in (None, "weight"):
        effects, data, units = both(frame, covariates, weight, compare=levels, **design)
        e = ours(frame, covariates=covariates, weight=weight, unbalanced="keep", **design)
        same(e, effects, units)
        p = twin.shares(data, cohorts_of(data), list(data.cohort), one=np.mean)
        same(e.by("event_time"), by_event_time(effects, p), units)


@pytest.mark.parametrize("method", ["dr", "reg", "ipw"])
def test_repeated_cross_sections(staggered, method):
    frame = staggered(n=240, seed=13).sort_values(["firm", "year"]).reset_index(drop=True)
    frame = frame.assign(firm=np.arange(len(frame)))
    effects, data, units = both(frame, COVARIATES, "weight", compare=levels, method=method)
    e = impact.estimate(frame, "y", None, "year", "first", covariates=COVARIATES, weight="weight", method=method)
    same(e, effects, units)
    same(e.by("cohort"), twin.averages(effects, cohort_shares(data), AVERAGES["cohort"], lambda cell: cell[0]), units)


@pytest.mark.filterwarnings("ignore::impact.InputWarning")
@pytest.mark.parametrize("comparison", ["never", "not_yet"])
@pytest.mark.parametrize("anticipation", [0, 1])
def test_without_firms_that_are_never_supported(staggered, comparison, anticipation):
    frame = staggered(n=150, seed=4, never=False)
    last = frame["first"].max()
    recoded = frame[frame["year"] < last - anticipation].assign(first=frame["first"].replace(last, 0))
    effects, _, units = both(recoded, COVARIATES, None, method="dr", comparison=comparison, anticipation=anticipation)
    e = ours(frame, covariates=COVARIATES, comparison=comparison, anticipation=anticipation)
    same(e, effects, units)


def test_a_comparison_firm_that_is_almost_surely_supported_has_no_weight(staggered):
    frame = staggered(n=300, periods=3, seed=5)
    supported = frame.groupby("firm")["first"].first() > 0
    x = np.clip(np.random.default_rng(5).standard_normal(len(supported)) + 1.6 * supported, None, 3.2)
    x[supported.index[~supported][0]] = 4.4
    frame = frame.assign(x=frame["firm"].map(x))
    data, units = twin.sample(frame, "y", ["x"], None)
    d = supported.to_numpy(float)
    p = twin.logit_by_optimisation(np.column_stack([np.ones(len(d)), data.x[:, 0, 0]]), d, np.ones(len(d)))
    assert p[d == 0].max() > twin.TRIMMED
    assert p.max() < 0.999
    same(ours(frame, covariates="x"), twin.att_gt(data, "dr"), units)


# ---- averages ------------------------------------------------------------------------------------------------------


def by_event_time(effects, p, group=lambda cell: cell[0]):
    return twin.averages(effects, p, lambda cell: cell[1] - cell[0], group)


def after(cell):
    return cell[1] >= cell[0]


AVERAGES = {
    "event_time": lambda cell: cell[1] - cell[0],
    "cohort": lambda cell: cell[0] if after(cell) else None,
    "period": lambda cell: cell[1] if after(cell) else None,
    "overall": lambda cell: "overall" if after(cell) else None,
}


@pytest.mark.parametrize("levels", AVERAGES)
@pytest.mark.parametrize("weight", [None, "weight"])
def test_averages_carry_the_noise_of_their_weights(staggered, levels, weight):
    frame = staggered(seed=6)
    effects, data, units = both(frame, COVARIATES, weight, method="dr")
    e = ours(frame, covariates=COVARIATES, weight=weight)
    same(e.by(levels), twin.averages(effects, cohort_shares(data), AVERAGES[levels], lambda cell: cell[0]), units)


def test_overall_effects(staggered):
    frame = staggered(seed=7)
    effects, data, units = both(frame, [], "weight", method="reg")
    e, p = ours(frame, weight="weight", method="reg"), cohort_shares(data)
    expected = {
        "event_time": twin.plain_mean(by_event_time(effects, p), lambda time: time >= 0),
        "period": twin.plain_mean(twin.averages(effects, p, AVERAGES["period"], lambda cell: cell[0])),
    }
    cohorts = twin.averages(effects, p, AVERAGES["cohort"], lambda cell: cell[0])
    expected["cohort"] = twin.weighted(cohorts, p, list(range(len(cohorts.labels))), lambda cohort: cohort)
    for asked, (value, rows) in expected.items():
        alone = twin.Effects(["overall"], np.array([value]), rows[:, None])
        same(e.by(asked, average=True), alone, units)


def test_clusters_add_up_their_units(staggered):
    frame = staggered(seed=8)
    effects, _, units = both(frame, COVARIATES, None, method="dr")
    town = frame.groupby("firm")["town"].first().loc[units].to_numpy()
    sums = np.array([effects.rows[town == one].sum(axis=0) for one in np.unique(town)])
    e = ours(frame, covariates=COVARIATES, cluster="town")
    same(e, twin.Effects(effects.labels, effects.value, sums), np.unique(town))


# ---- groups and strata ---------------------------------------------------------------------------------------------


TOLD_APART = {"dr": "tilted", "reg": "reg"}  # what "dr" is where groups share their comparison firms


def stacked(parts):
    """Put effects of several groups under one label (cohort, period, *group), in the order of labels."""
    labels = [(*cell, *group) for group, effects in parts.items() for cell in effects.labels]
    order = sorted(range(len(labels)), key=labels.__getitem__)
    value = np.concatenate([effects.value for effects in parts.values()])[order]
    rows = np.hstack([effects.rows for effects in parts.values()])[:, order]
    return twin.Effects([labels[i] for i in order], value, rows)


@pytest.mark.parametrize("method", ["dr", "reg"])
@pytest.mark.parametrize("comparison", ["never", "not_yet"])
@pytest.mark.parametrize("weight", [None, "weight"])
def test_each_group_of_supported_firms_is_compared_with_all_comparison_firms(staggered, method, comparison, weight):
    frame = staggered(n=240, seed=9)
    levels = {"region": "region", "subgroup": "sector", "weight": weight}
    e = ours(frame, covariates=COVARIATES, method=method, comparison=comparison, **levels)
    data, units = twin.sample(frame, "y", COVARIATES, weight)
    firms = frame.groupby("firm")[["region", "sector"]].first()
    parts = {}
    for region, sector in itertools.product(range(3), range(2)):
        chosen = ((firms["region"] == region) & (firms["sector"] == sector)).to_numpy()
        parts[region, sector] = twin.att_gt(data, TOLD_APART[method], comparison, supported=chosen)
    effects = stacked(parts)
    e = e.by(
        ["cohort", "period", "region", "subgroup"]
    )  # every cell on its own: the order of levels is the one asked for
    same(e, effects, units)
    groups = sorted({(cell[0], *cell[2:]) for cell in effects.labels})
    own = [(g, *row) for g, row in zip(data.cohort, firms.itertuples(index=False, name=None), strict=True)]
    p = twin.shares(data, groups, own)
    of = lambda cell: (cell[0], *cell[2:])  # noqa: E731
    same(e.by("event_time"), by_event_time(effects, p, of), units)
    regional = twin.averages(effects, p, lambda cell: (cell[2], cell[1] - cell[0]), of)
    same(e.by(["region", "event_time"]), regional, units)
    overall = twin.averages(effects, p, lambda cell: cell[2] if after(cell) else None, of)
    same(e.by("region"), overall, units)


@pytest.mark.parametrize("method", ["dr", "reg", "ipw"])
@pytest.mark.parametrize("weight", [None, "weight"])
@pytest.mark.parametrize("comparison", ["never", "not_yet"])
def test_comparison_within_strata(staggered, method, weight, comparison):
    frame, strata = staggered(n=320, seed=10), ["region", "sector"]
    e = ours(frame, covariates="x", weight=weight, comparison=comparison, comparison_within=strata, method=method)
    effects, p_cohort, units = within_strata(frame, method, weight, comparison)
    same(e, effects, units)
    same(e.by("event_time"), by_event_time(effects, p_cohort), units)


def within_strata(frame, method, weight, comparison):
    """Compare within each stratum on its own, then average over strata with the shares of their supported firms."""
    data, units = twin.sample(frame, "y", ["x"], weight)
    firms = frame.groupby("firm")[["region", "sector"]].first()
    stratum = list(firms.itertuples(index=False, name=None))
    parts = {}
    for one in sorted(set(stratum)):
        inside = np.array([own == one for own in stratum])
        alone = twin.att_gt(data.only(inside), method, comparison)
        rows = np.zeros((len(units), len(alone.labels)))
        rows[inside] = alone.rows
        parts[one] = twin.Effects(alone.labels, alone.value, rows)
    effects = stacked(parts)
    group = [(g, *one) for g, one in zip(data.cohort, stratum, strict=True)]
    p = twin.shares(data, sorted({(cell[0], *cell[2:]) for cell in effects.labels}), group)
    joined = twin.averages(effects, p, lambda cell: cell[:2], lambda cell: (cell[0], *cell[2:]))
    return joined, cohort_shares(data), units


@pytest.mark.filterwarnings("ignore:'y' is blank")
@pytest.mark.parametrize("method", ["dr", "reg", "ipw"])
@pytest.mark.parametrize("unbalanced", ["pairs", "keep"])
def test_firms_in_pieces_are_all_firms(staggered, monkeypatch, method, unbalanced):
    frame, design = staggered(n=120, seed=21, missing=0.1), {"covariates": COVARIATES, "method": method}
    whole = ours(frame, unbalanced=unbalanced, **design).by("event_time")
    monkeypatch.setattr(blocks, "FIRMS_AT_ONCE", 7)
    pieces = ours(frame, unbalanced=unbalanced, **design).by("event_time")
    np.testing.assert_allclose(pieces.value, whole.value, rtol=CLOSE)
    np.testing.assert_allclose(pieces.cov(), whole.cov(), rtol=CLOSE, atol=CLOSE)


@pytest.mark.parametrize("at_once", [1, 50, 2**17])
def test_reweighted_firms_in_pieces_and_clusters_are_all_firms(staggered, monkeypatch, at_once):
    frame, design = staggered(n=240, seed=22), {"covariates": COVARIATES, "region": "region"}
    whole = ours(frame, **design)
    monkeypatch.setattr(blocks, "NUMBERS_AT_ONCE", at_once)
    monkeypatch.setattr(_tilt, "NUMBERS_AT_ONCE", at_once)
    pieces = ours(frame, **design)
    np.testing.assert_allclose(pieces.value, whole.value, rtol=CLOSE)
    np.testing.assert_allclose(pieces.cov(), whole.cov(), rtol=CLOSE, atol=CLOSE)
    town = frame.groupby("firm")["town"].first()
    rows = pd.DataFrame(whole.noise.rows(), whole.noise.units).groupby(town).sum()
    clustered = pieces.cluster(town)
    np.testing.assert_allclose(clustered.noise.rows(), rows, rtol=0, atol=CLOSE)
    mixed = np.random.default_rng(4).standard_normal((len(whole.value), 3))
    np.testing.assert_allclose(clustered.noise.combine(mixed).rows(), rows @ mixed, rtol=0, atol=CLOSE)
    some = np.array([5, 0, 9])
    np.testing.assert_allclose(clustered.at(some).noise.rows(), rows.to_numpy()[:, some], rtol=0, atol=CLOSE)


def test_many_firms_start_from_some_and_end_in_the_same_weights(staggered, monkeypatch):
    frame = staggered(n=400, seed=23)
    whole = ours(frame, covariates=COVARIATES, region="region")
    monkeypatch.setattr(_tilt, "START_FROM", 40)
    started = ours(frame, covariates=COVARIATES, region="region")
    np.testing.assert_allclose(started.value, whole.value, rtol=CLOSE, atol=CLOSE)


def test_a_region_outside_the_traits_of_comparison_firms_has_no_effect_and_says_why(staggered):
    frame = staggered(n=240, seed=24)
    far = (frame["region"] == 1) & (frame["first"] > 0)
    frame.loc[far, "x"] += 100
    with pytest.warns(impact.InputWarning, match="no weights make comparison firms like them"):
        e = ours(frame, covariates=COVARIATES, region="region")
    states = e.cells.groupby("region")["state"].unique()
    assert states[1].tolist() == ["not identified"]
    assert states[0].tolist() == states[2].tolist() == ["shown"]
    rows = e.noise.rows()
    assert not rows[:, e.value.isna().to_numpy()].any()


@pytest.mark.parametrize("level", ["region", "subgroup"])
def test_inverse_probability_alone_does_not_tell_regions_apart(staggered, level):
    frame = staggered(n=240, seed=9)
    with pytest.raises(impact.InputError) as caught:
        ours(frame, covariates=COVARIATES, method="ipw", **{level: "region"})
    assert str(caught.value) == (
        'Effects by region or subgroup need method="reg" or "dr"; seen: "ipw", whose odds of support make comparison firms like '
        'all supported firms, not like those of one region. Use "dr", which reweights them to each region.'
    )
    assert len(ours(frame, method="ipw", **{level: "region"}).value)  # without traits there are no odds


@pytest.mark.parametrize("method", ["reg", "dr"])
def test_regions_average_to_the_effect_of_all_with_pooled_nuisances(staggered, method):
    """With one regression for all regions their mean is the effect itself; reweighting to each region is another model."""
    frame = staggered(n=400, seed=25)
    design = {"covariates": COVARIATES, "method": method}
    regions, whole = ours(frame, region="region", **design), ours(frame, **design)
    for level in ("overall", "event_time", "cohort", "period"):
        apart = np.abs(regions.by(level).value - whole.by(level).value).max()
        assert apart < CLOSE if method == "reg" else apart < 0.2
    weighted = regions.cells.assign(weighted=regions.value * regions.cells["n_supported"]).groupby(["cohort", "period"])
    mean = weighted["weighted"].sum() / weighted["n_supported"].sum()
    assert np.abs(mean - whole.value).max() < (CLOSE if method == "reg" else 0.3)


def test_regions_weighted_by_supported_firms_are_the_overall_effect(staggered):
    frame = staggered(n=400, seed=26)
    frame = frame[frame["first"].isin([0, frame.loc[frame["first"] > 0, "first"].min()])]
    design = {"covariates": COVARIATES, "method": "reg"}
    table, whole = ours(frame, region="region", **design).by("region").table(), ours(frame, **design).by("overall")
    mean = np.average(table["estimate"], weights=table["n_supported"])
    np.testing.assert_allclose(mean, whole.value.iloc[0], rtol=CLOSE)
