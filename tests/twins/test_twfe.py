"""Two-way fixed effects against linearmodels, on complete and incomplete panels, with weights and covariates."""

import contextlib

import numpy as np
import pandas as pd
import pytest
from linearmodels.panel import PanelOLS

import impact

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


def test_coefficients_do_not_depend_on_the_errors(staggered):
    frame = staggered(n=90, periods=5, seed=6)
    tables = [
        impact.estimate(frame, "y", "firm", "year", "first", "twfe", covariates=["x", "z"], errors=errors).table()
        for errors in ("clustered", "iid", "hetero", "driscoll_kraay")
    ]
    for other in tables[1:]:
        np.testing.assert_allclose(other["estimate"], tables[0]["estimate"], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        ({"errors": "HC3"}, "errors must be one of clustered, iid, hetero, driscoll_kraay; seen: 'HC3'."),
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
