"""What makes it fast: how often something is fitted, and how much is held. No times: a busy machine must not fail a test."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest

import impact
from impact.estimators import _sides

COVARIATES = ["x", "z"]


@pytest.fixture
def peak():
    """Return the peak of memory, in bytes, that a function allocates beyond what is there when it begins."""

    def of(function):
        tracemalloc.start()
        try:
            function()
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    return of


@pytest.fixture
def regional():
    """Many regions: 1,200 firms, half of them never supported, in 40 regions, four years, two cohorts."""
    rng, n, years = np.random.default_rng(0), 1200, np.arange(2011, 2015)
    first = np.where(np.arange(n) % 2, 0, np.where(np.arange(n) % 4, 2013, 2014))
    columns = {"firm": np.arange(n), "first": first, "region": rng.integers(40, size=n), "x": rng.standard_normal(n)}
    long = {name: np.repeat(values, len(years)) for name, values in columns.items()}
    return pd.DataFrame({**long, "year": np.tile(years, n), "y": rng.standard_normal(n * len(years))})


def held(e):
    """Count the numbers that blocks of influence hold; what blocks share counts once."""
    arrays = {id(a): a for block in e.noise.blocks for a in (block.factors, block.loadings) if a is not None}
    return sum(a.size for a in arrays.values())


@pytest.mark.parametrize(("method", "logits", "regressions"), [("dr", 3, 3), ("reg", 0, 3), ("ipw", 3, 0)])
def test_one_fit_for_all_periods_of_a_cohort(staggered, monkeypatch, method, logits, regressions):
    calls = {"propensity": 0, "outcome_model": 0}
    for name in calls:
        monkeypatch.setattr(_sides, name, _counting(calls, name, getattr(_sides, name)))
    frame = staggered(n=200, periods=5, constant=True)
    impact.estimate(frame, "y", "firm", "year", "first", covariates=COVARIATES, method=method)
    assert calls == {"propensity": logits, "outcome_model": regressions}


def _counting(calls, name, function):
    def counted(*arguments):
        calls[name] += 1
        return function(*arguments)

    return counted


def test_memory_of_an_estimate_with_draws_stays_within_six_kilobytes_a_firm(staggered, peak):
    n = 4000  # 0.6 GB for 100,000 firms and ten years
    frame = staggered(n=n, periods=10, constant=True).sort_values(["firm", "year"], ignore_index=True)

    def whole():
        e = impact.estimate(frame, "y", "firm", "year", "first", covariates=["x", "z", "weight"])
        e.by("event_time").table(draws=999, seed=1)

    whole()  # what is loaded and cached once is no cost of an estimate
    assert peak(whole) < 6000 * n + 40e6  # and a fixed part: blocks of signs, on as many threads as there are


def test_draws_do_not_hold_a_sign_for_every_firm_and_draw(peak):
    units, draws = 60_000, 999
    noise = impact.Influence.dense(pd.RangeIndex(units), np.random.default_rng(0).standard_normal((units, 2)))
    noise.draws(draws, np.random.default_rng(1))
    assert peak(lambda: noise.draws(draws, np.random.default_rng(1))) < 8 * units * draws / 4


def test_an_average_holds_only_the_cells_that_are_asked_for(regional):
    e = impact.estimate(regional, "y", "firm", "year", "first", region="region")
    by_time = e.by("event_time")
    assert held(by_time) == len(by_time.value) * len(by_time.noise.units)
    assert len(by_time.value) < len(e.value) / 20


def test_supported_firms_stand_only_in_their_own_cells(regional):
    e = impact.estimate(regional, "y", "firm", "year", "first", region="region", covariates="x", method="reg")
    supported = set(regional.loc[regional["first"] > 0, "firm"])
    own = [block for block in e.noise.blocks if block.own]
    assert all(set(e.noise.units[block.rows]) <= supported for block in own)
    assert sum(block.factors.nnz for block in own) == e.cells["n_supported"].sum()


@pytest.mark.parametrize("design", [{}, {"covariates": "x", "method": "reg"}], ids=["plain", "reg"])
def test_comparison_firms_are_a_few_shared_factors(regional, design):
    e = impact.estimate(regional, "y", "firm", "year", "first", region="region", **design)
    assert held(e) < 0.1 * len(e.value) * len(e.noise.units)
