"""Two-way fixed effects against linearmodels, and its covariances against plain ones on dense dummies.

Panels are complete and incomplete, with weights and covariates.
"""

import contextlib
import warnings
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from linearmodels.panel import PanelOLS

import impact
from impact.design import Design
from impact.estimators import twfe
from impact.panel import Panel
from impact.roles import Roles

SETTINGS = {
    "complete": {"missing": 0.0},
    "incomplete": {"missing": 0.15},
    "weights": {"missing": 0.1, "weight": "weight"},
    "covariate that changes": {"missing": 0.1, "covariates": ["z"]},
}


def theirs(frame, regressors, weight):
    data = frame.dropna(subset=["y"]).set_index(["firm", "year"])
    weights = None if weight is None else data[weight]
    model = PanelOLS(data["y"], data[regressors], entity_effects=True, time_effects=True, weights=weights)
    return model.fit(cov_type="clustered", cluster_entity=True, debiased=False, auto_df=False, count_effects=False)


def small_sample(frame, regressors):
    """Return fixest's factor: firms are nested in clusters and count as one, firms seen once do not count at all."""
    seen = frame.dropna(subset=["y"])
    seen = seen[seen.groupby("firm")["y"].transform("size") > 1]
    g, n, k = seen["firm"].nunique(), len(seen), regressors + seen["year"].nunique()
    return np.sqrt(g / (g - 1) * (n - 1) / (n - k))


@pytest.mark.parametrize("effects", ["static", "event_time"])
@pytest.mark.parametrize("setting", SETTINGS)
def test_it_is_what_linearmodels_says(staggered, setting, effects):
    chosen = dict(SETTINGS[setting])
    frame = staggered(n=120, periods=6, seed=4, missing=chosen.pop("missing"))
    since = np.where(frame["first"] > 0, frame["year"] - frame["first"], -1)
    times = [None] if effects == "static" else [e for e in np.unique(since) if e != -1]
    dummies = {f"D{e}": ((frame["first"] > 0) & (since >= 0)) if e is None else since == e for e in times}
    frame = frame.assign(**{name: values.astype(float) for name, values in dummies.items()})
    regressors = [*dummies, *chosen.get("covariates", [])]
    fit = theirs(frame, regressors, chosen.get("weight"))
    with pytest.warns(impact.InputWarning) if setting != "complete" else contextlib.nullcontext():
        e = impact.estimate(frame, "y", "firm", "year", "first", "twfe", effects=effects, **chosen)
    table = e.table() if effects == "static" else e.table().set_index("event_time").loc[times]
    np.testing.assert_allclose(table["estimate"], fit.params[list(dummies)], rtol=1e-10, atol=1e-12)
    errors = fit.std_errors[list(dummies)] * small_sample(frame, len(regressors))
    np.testing.assert_allclose(table["std_error"], errors, rtol=1e-8)


def test_the_fast_path_is_the_slow_one(staggered):
    frame = staggered(n=90, periods=5, seed=2).assign(one=1.0)
    fast, slow = (impact.estimate(frame, "y", "firm", "year", "first", "twfe", weight=w) for w in (None, "one"))
    pd.testing.assert_frame_equal(fast.table(), slow.table(), rtol=1e-10)
    np.testing.assert_allclose(fast.noise.rows(), slow.noise.rows(), atol=1e-12)


@pytest.mark.parametrize(
    ("errors", "std_error", "df"),
    [("iid", 0.012646473525659, 1995), ("hetero", 0.012360100485449, 1995), ("driscoll_kraay", 0.006548050881093, 4)],
)
def test_less_common_covariances_are_those_of_fixest(mpdta, errors, std_error, df):
    e = impact.estimate(mpdta, "lemp", "countyreal", "year", "first.treat", "twfe", effects="static", errors=errors)
    assert e.table()["std_error"].iloc[0] == pytest.approx(std_error, rel=1e-8)
    assert e.cells["df"].tolist() == [df]


def quietly(function, *arguments, **settings):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", impact.InputWarning)
        return function(*arguments, **settings)


def dense(frame, regressors, weight):
    """Regress on a dummy for each firm and each year; return what every covariance is made of."""
    data = frame.dropna(subset=["y"]).sort_values(["firm", "year"])
    data = data[data.groupby("firm")["y"].transform("size") > 1]
    firm, year = (pd.get_dummies(data[name]).to_numpy(float) for name in ("firm", "year"))
    x, y = np.hstack([data[regressors], firm, year[:, 1:]]), data["y"].to_numpy()
    w = np.ones(len(y)) if weight is None else data[weight].to_numpy()
    inverse = np.linalg.inv(x.T @ (w[:, None] * x))
    residual = y - x @ (inverse @ x.T @ (w * y))
    leverage = np.array([wi * xi @ inverse @ xi for wi, xi in zip(w, x, strict=True)])
    scores = (w * residual)[:, None] * x
    found = {"data": data, "inverse": inverse, "leverage": leverage, "scores": scores, "n": len(y), "all": x.shape[1]}
    return {**found, "squares": w @ residual**2}


def by(found, labels):
    """Sum products of the scores of rows that have the same label."""
    sums = [found["scores"][(labels == label).to_numpy()].sum(axis=0) for label in labels.unique()]
    return sum(np.outer(s, s) for s in sums)


def iid(found, regressors):
    n, k = found["n"], found["all"]
    return found["squares"] / n * np.linalg.inv(found["inverse"]), n / (n - k), n - k


def hetero(found, regressors):
    n, k = found["n"], found["all"]
    return found["scores"].T @ found["scores"], n / (n - k), n - k


def driscoll_kraay(found, regressors, lag=2):
    years, n = found["data"]["year"], found["n"]
    sums = {year: found["scores"][(years == year).to_numpy()].sum(axis=0) for year in years.unique()}
    near = [(s, t, 1 - abs(s - t) / (lag + 1)) for s in sums for t in sums if abs(s - t) <= lag]
    meat = sum(weight * np.outer(sums[s], sums[t]) for s, t, weight in near)
    return meat, len(sums) / (len(sums) - 1) * (n - 1) / (n - found["all"]), len(sums) - 1


def hc3(found, regressors):
    rows = zip(found["scores"], found["leverage"], strict=True)
    return sum(np.outer(s, s) / (1 - h) ** 2 for s, h in rows), 1.0, found["n"] - found["all"]


def newey_west(found, regressors, lag=2):
    scores, data, meat = found["scores"], found["data"], 0.0
    for i, (a, s) in enumerate(zip(data["firm"], data["year"], strict=True)):
        for j, (b, t) in enumerate(zip(data["firm"], data["year"], strict=True)):
            if a == b and abs(s - t) <= lag:
                meat = meat + (1 - abs(s - t) / (lag + 1)) * np.outer(scores[i], scores[j])
    periods, n = data["year"].nunique(), found["n"]
    return meat, periods / (periods - 1) * (n - 1) / (n - found["all"]), periods - 1


def firm_and_period(found, regressors, firms="firm"):
    data, n = found["data"], found["n"]
    both = data[firms].astype(str) + " " + data["year"].astype(str)
    g = min(data[firms].nunique(), data["year"].nunique())
    meat = by(found, data[firms]) + by(found, data["year"]) - by(found, both)
    return meat, g / (g - 1) * (n - 1) / (n - regressors - 1), g - 1


def sandwiched(found, regressors, meat):
    """Return the covariance of the named regressors, negative eigenvalues set to zero."""
    whole = (found["inverse"] @ meat @ found["inverse"])[: len(regressors), : len(regressors)]
    values, vectors = np.linalg.eigh(whole)
    return (vectors * np.clip(values, 0, None)) @ vectors.T


def with_dummies(frame, effects):
    since = np.where(frame["first"] > 0, frame["year"] - frame["first"], -1)
    if effects == "static":
        return frame.assign(D=((frame["first"] > 0) & (since >= 0)).astype(float)), ["D"]
    dummies = {f"D{e}": (since == e).astype(float) for e in np.unique(since) if e != -1}
    return frame.assign(**dummies), list(dummies)


@pytest.mark.parametrize("effects", ["static", "event_time"])
@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("errors", [iid, hetero, hc3, newey_west, driscoll_kraay, firm_and_period])
@pytest.mark.parametrize("small_sample", [True, False])
def test_covariances_are_those_of_dense_dummies(staggered, setting, effects, errors, small_sample):
    chosen = dict(SETTINGS[setting])
    frame, own = with_dummies(staggered(n=40, periods=5, seed=4, missing=chosen.pop("missing")), effects)
    regressors = [*own, *chosen.get("covariates", [])]
    found = dense(frame, regressors, chosen.get("weight"))
    meat, factor, df = errors(found, len(regressors))
    expected = sandwiched(found, regressors, meat * (factor if small_sample else 1))[: len(own), : len(own)]
    options = {"effects": effects, "errors": errors.__name__, "lag": 2, "small_sample": small_sample}
    e = quietly(impact.estimate, frame, "y", "firm", "year", "first", "twfe", **options, **chosen)
    kept = np.flatnonzero(e.value != 0)
    np.testing.assert_allclose(e.cov().to_numpy()[np.ix_(kept, kept)], expected, rtol=1e-8, atol=1e-12)
    assert set(e.cells["df"]) == {df}


def test_two_way_clusters_can_be_coarser_than_firms(staggered):
    frame, own = with_dummies(staggered(n=60, periods=5, seed=3), "static")
    found = dense(frame, own, None)
    meat, factor, df = firm_and_period(found, len(own), "town")
    roles = Roles("firm", "year", "first", outcomes=("y",), clusters=("town",))
    options = twfe.Options(effects="static", errors="firm_and_period")
    e = twfe.estimate(Design.of(Panel.of(frame, roles)), "y", options)
    np.testing.assert_allclose(e.cov(), sandwiched(found, own, factor * meat), rtol=1e-9)
    assert e.cells["df"].tolist() == [df]


def test_a_two_way_covariance_that_is_none_is_said(staggered):
    with pytest.warns(impact.InputWarning, match="is not positive semi-definite") as told:
        e = impact.estimate(staggered(n=40, seed=4), "y", "firm", "year", "first", "twfe", errors="firm_and_period")
    assert len(told) == 1
    assert np.linalg.eigvalsh(e.cov()).min() > -1e-12


def test_clustered_errors_without_small_sample_factors(staggered):
    frame = staggered(n=50, periods=5, seed=6)
    adjusted, raw = (
        impact.estimate(frame, "y", "firm", "year", "first", "twfe", effects="static", small_sample=on)
        for on in (True, False)
    )
    np.testing.assert_allclose(adjusted.cov(), small_sample(frame, 1) ** 2 * raw.cov(), rtol=1e-10)
    assert adjusted.cells["df"].tolist() == raw.cells["df"].tolist() == [49]


@pytest.mark.parametrize("errors", ["clustered", "iid", "newey_west"])
def test_all_coefficients_begin_with_those_of_support(staggered, errors):
    frame, own = with_dummies(staggered(n=90, periods=4, seed=2), "event_time")
    design = Design.of(Panel.of(frame, Roles("firm", "year", "first", outcomes=("y",), covariates=("x", "z"))))
    options = twfe.Options(errors=errors)
    e, whole = twfe.estimate(design, "y", options), twfe.coefficients(design, "y", options)
    times = [time for time in e.value.index if time != -1]
    crossed = [f"x × {year}" for year in (2012, 2013, 2014)]
    assert list(whole.value.index) == [*(f"event time {time}" for time in times), "z", *crossed]
    np.testing.assert_allclose(whole.value[: len(times)], e.value[times], rtol=1e-12)
    np.testing.assert_allclose(whole.cov().iloc[: len(times), : len(times)], e.cov().loc[times, times], rtol=1e-12)
    frame = frame.assign(**{name: frame["x"] * (frame["year"] == int(name[-4:])) for name in crossed})
    params = theirs(frame, [*own, "z", *crossed], None).params
    np.testing.assert_allclose(whole.value, params, rtol=1e-9, atol=1e-12)


def test_covariates_that_fixed_effects_absorb_have_no_coefficient(staggered):
    frame = staggered(n=60, periods=4, seed=2).assign(common=lambda f: f["year"] ** 2.0)
    design = Design.of(Panel.of(frame, Roles("firm", "year", "first", outcomes=("y",), covariates=("common", "z"))))
    for errors in ("clustered", "hetero", "hc3"):
        found = twfe.coefficients(design, "y", twfe.Options(effects="static", errors=errors))
        assert list(found.value.index) == ["support", "z"]


def test_coefficients_do_not_depend_on_the_errors(staggered):
    frame = staggered(n=90, periods=5, seed=6)
    tables = [
        quietly(
            impact.estimate, frame, "y", "firm", "year", "first", "twfe", covariates=["x", "z"], errors=errors
        ).table()
        for errors in get_args(twfe.Errors)
    ]
    for other in tables[1:]:
        np.testing.assert_allclose(other["estimate"], tables[0]["estimate"], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        (
            {"errors": "HC3"},
            "errors must be one of clustered, iid, hetero, hc3, newey_west, driscoll_kraay, firm_and_period; seen: 'HC3'.",
        ),
        ({"small_sample": 1}, "small_sample must be true or false; seen: 1."),
        (
            {"errors": "iid", "cluster": "town"},
            "errors='iid' must stand without a cluster; seen: 'town'. Leave one of the two out.",
        ),
        ({"lag": -1}, "lag must be a whole number of periods, 0 or more; seen: -1."),
    ],
)
def test_options_that_do_not_exist_are_refused(staggered, option, sentence):
    with pytest.raises(impact.InputError) as told:
        impact.estimate(staggered(), "y", "firm", "year", "first", "twfe", **option)
    assert str(told.value) == sentence


def test_support_of_all_at_once_cannot_be_told_from_a_period(staggered):
    frame = staggered(n=80, seed=1)
    cohort = frame["first"].max()
    alone = frame[frame["first"].isin([0, cohort])].assign(y=lambda f: f["y"].where(f["first"] > 0))
    with pytest.raises(impact.InputError) as told, pytest.warns(impact.InputWarning):
        impact.estimate(alone, "y", "firm", "year", "first", "twfe", effects="static")
    assert str(told.value) == (
        "Support must be told from firm and period effects; here it cannot, because some event time is seen in no firm that "
        "changes, or all firms are supported alike. Use callaway_santanna, or another reference."
    )


def test_an_event_time_that_nobody_is_seen_at_is_refused(staggered):
    frame = staggered(n=80, periods=5, seed=1)
    latest = frame["year"] - frame["first"] == 2
    with (
        pytest.raises(impact.InputError, match="some event time is seen in no firm"),
        pytest.warns(impact.InputWarning),
    ):
        impact.estimate(frame.assign(y=frame["y"].mask(latest)), "y", "firm", "year", "first", "twfe")


def test_rows_that_determine_their_own_fit_have_no_hc3(staggered):
    frame = staggered(n=80, periods=5, seed=1)
    latest = frame[frame["year"] - frame["first"] == 2]
    frame = frame.drop(latest.index[1:])
    with pytest.raises(impact.InputError) as told:
        impact.estimate(frame, "y", "firm", "year", "first", "twfe", errors="hc3")
    assert str(told.value) == (
        f'errors="hc3" needs rows that do not determine their own fitted value; 1 of {len(frame)} do, such as the only firm at '
        'an event time. Use errors="hetero" or "clustered".'
    )


def test_one_cluster_has_no_standard_error(staggered):
    frame = staggered(n=12, periods=4, seed=1).assign(one=1)
    with pytest.raises(impact.InputError) as told:
        impact.estimate(frame, "y", "firm", "year", "first", "twfe", effects="static", cluster="one")
    assert str(told.value) == (
        "Standard errors need two clusters or more, and more rows than coefficients; seen: 1 cluster, 48 rows and 5 "
        "coefficients. Use finer clusters, or more firms."
    )
