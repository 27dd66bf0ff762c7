"""A table of effects by region with every state, and places that are quick to draw."""

import numpy as np
import pandas as pd
import pytest

from impact.regions import register

CANARY = 0.7319  # of what is suppressed; nothing that is made may hold it


@pytest.fixture(scope="session")
def effects():
    """Effects by region with every state; what is suppressed has a value that must not be seen."""
    codes = register.units()["code"]
    rng = np.random.default_rng(7)
    table = pd.DataFrame({"region": codes, "estimate": rng.normal(0.05, 0.2, len(codes)), "std_error": 0.1})
    table["lower"], table["upper"] = table["estimate"] - 0.196, table["estimate"] + 0.196
    table["state"] = "shown"
    states = ("suppressed", "not enough evidence", "not identified")
    for i, state in enumerate(states):
        table.loc[i::10, "state"] = state
    hidden = table["state"] == "suppressed"
    table.loc[hidden, ["estimate", "std_error", "lower", "upper"]] = CANARY
    return table.iloc[:-3]


@pytest.fixture(scope="session")
def light(shared):
    """Real boundaries, which are not part of the project."""
    from impact.regions import boundaries

    return boundaries.read(shared / "data" / "boundaries" / "kr_sigungu229_2024_light.parquet")
