"""Worlds with a single mechanism, and the whole world; each is simulated once."""

from functools import cache

import numpy as np
import pytest

from impact.simulate import World, simulate

OFF = {
    **dict.fromkeys(("selection", "trends", "priority", "effect", "heterogeneity", "anticipation", "second"), 0),
    **dict.fromkeys(("spillover", "displacement", "adopters", "exit", "entry", "shock", "pandemic", "noise"), 0),
    "lag": False,
}


@pytest.fixture(scope="session")
def alone():
    """Simulate a world in which only the named dials are on."""

    @cache
    def of(firms=2000, seed=1, **on):
        return simulate(World(firms=firms, seed=seed, **{**OFF, **on}))

    return of


@pytest.fixture(scope="session")
def whole():
    """Simulate the world as it is by default, but for the named dials."""

    @cache
    def of(firms=4000, seed=1, **dials):
        return simulate(World(firms=firms, seed=seed, **dials))

    return of


@pytest.fixture(scope="session")
def logs():
    """Return the log of an outcome as it would have been in a regime, firms × years."""

    def of(made, outcome="sales", regime="0"):
        return np.log(made.truth.pivot(index="firm", columns="year", values=f"{outcome}_{regime}"))

    return of


@pytest.fixture(scope="session")
def each():
    """Return one row for each firm, in the order of `logs`."""
    return lambda made: made.firms.drop_duplicates("firm").set_index("firm").sort_index()
