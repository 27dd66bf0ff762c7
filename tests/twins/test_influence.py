"""Influence is a derivative: the change of an estimate when a firm counts a little more must be its influence row.

With sampling weights w the error of an estimate is Σ_i w_i ψ_i to first order, ψ_i = ∂τ / ∂w_i, so at w = 1 the influence row of
firm i is the derivative of the estimate by its weight. This needs no formula of influence, so it also decides between two that
disagree: R's DRDID 1.2.3 has a sign error in the doubly robust estimator for repeated cross-sections (see `test_cross_sections`
in tests/reference).
"""

import warnings

import numpy as np
import pytest

import impact

STEP = 1e-4
SETTINGS = {
    "pairs": {"missing": 0.15, "unbalanced": "pairs"},
    "drop": {"missing": 0.05, "unbalanced": "drop"},
    "keep": {"missing": 0.15, "unbalanced": "keep"},
    "cross-sections": {"missing": 0.15, "unit": None},
    "balanced": {"missing": 0.0},
}


def estimated(frame, method, unit="firm", unbalanced="pairs", **more):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", impact.InputWarning)
        return impact.estimate(
            frame,
            "y",
            unit,
            "year",
            "first",
            covariates=["x", "z"],
            method=method,
            unbalanced=unbalanced,
            weight="one",
            **more,
        )


def whole(frame, method, **more):
    """Return values and influence rows of all cells and of their averages by event time, and the units."""
    e = estimated(frame, method, **more)
    parts = (e, e.by("event_time"))
    return (
        np.concatenate([part.value for part in parts]),
        np.hstack([part.noise.rows() for part in parts]),
        e.noise.units,
    )


@pytest.mark.parametrize("method", ["dr", "reg"])
def test_influence_rows_of_regions_are_derivatives_by_weight(staggered, method):
    frame = staggered(n=160, periods=4, seed=12, missing=0.0)
    _, rows, units = whole(frame.assign(one=1.0), method, region="region")
    scale = np.sqrt((rows**2).sum(axis=0))
    for position in np.random.default_rng(5).choice(len(units), 6, replace=False):
        mine = frame["firm"].to_numpy() == units[position]
        up, down = (whole(frame.assign(one=1 + sign * STEP * mine), method, region="region")[0] for sign in (1, -1))
        assert np.all(np.abs(rows[position] - (up - down) / (2 * STEP)) <= 1e-6 * scale)


@pytest.mark.parametrize("method", ["dr", "reg", "ipw"])
@pytest.mark.parametrize("setting", SETTINGS)
def test_influence_rows_are_derivatives_by_weight(staggered, setting, method):
    chosen = dict(SETTINGS[setting])
    frame = (
        staggered(n=120, periods=5, seed=11, missing=chosen.pop("missing")).dropna(subset=["y"]).reset_index(drop=True)
    )
    _, rows, units = whole(frame.assign(one=1.0), method, **chosen)
    scale = np.sqrt((rows**2).sum(axis=0))
    firm_of_row = frame["firm"].to_numpy() if chosen.get("unit", "firm") else np.arange(len(frame))
    for position in np.random.default_rng(3).choice(len(units), 4, replace=False):
        mine = firm_of_row == units[position]
        up, down = (whole(frame.assign(one=1 + sign * STEP * mine), method, **chosen)[0] for sign in (1, -1))
        assert np.all(np.abs(rows[position] - (up - down) / (2 * STEP)) <= 1e-6 * scale)
