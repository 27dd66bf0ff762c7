"""The estimands are what a slow loop over the truth says."""

from collections import defaultdict

import numpy as np
import pytest

from impact.simulate import World, simulate

LOGS = ("sales", "workers", "defect_rate", "expected_accidents")
LEVELS = (*LOGS, "accidents", "active", "tfp", "jobs_growth")


@pytest.fixture(scope="module")
def made():
    return simulate(World(firms=200, seed=3))


def plain(made):
    """Go through every firm and year, and average differences."""
    found = defaultdict(list)
    for row, true in zip(made.firms.to_dict("records"), made.truth.to_dict("records"), strict=True):
        if not row["first_supported"]:
            continue
        event_time = row["year"] - row["first_supported"]
        survives = all(true[f"active_{regime}"] for regime in ("0", "first", "both"))
        first_only = not row["second_supported"] or row["year"] < row["second_award"]
        for outcome in LEVELS:
            seen = row["active"] == 1 or outcome in ("active", "jobs_growth")
            groups = [("observed supported firm-years", seen), ("always-survivors", survives)]
            for regime, said in (("first", "first"), ("both", "as it was")):
                more = [("observed before second support", seen and first_only)] if said == "first" else []
                value, zero = true[f"{outcome}_{regime}"], true[f"{outcome}_0"]
                measures = {"level": value - zero} | ({"log": np.log(value / zero)} if outcome in LOGS else {})
                for measure, difference in measures.items():
                    for estimand in [name for name, counts in groups + more if counts and np.isfinite(difference)]:
                        key = (outcome, measure, estimand, said)
                        if event_time >= -1:
                            found[*key, event_time].append(difference)
                        if event_time >= 0:
                            found[*key, None].append(difference)
    return found


def test_estimands_are_means_over_the_truth(made):
    expected = plain(made)
    table = made.estimands[made.estimands["outcome"].isin(LEVELS)]
    table = table[
        [(name in LOGS) or measure == "level" for name, measure in zip(table["outcome"], table["measure"], strict=True)]
    ]
    assert len(table) == len(expected)
    for row in table.itertuples():
        event_time = None if str(row.event_time) == "<NA>" else int(row.event_time)
        differences = expected[row.outcome, row.measure, row.estimand, row.regime, event_time]
        assert row.n == len(differences)
        assert row.value == pytest.approx(np.mean(differences), abs=1e-9)


def test_support_keeps_firms_alive(made):
    alive = made.estimands.query("outcome == 'active' and estimand == 'observed supported firm-years'")
    assert (alive["value"] >= 0).all()
    assert (made.estimands.query("outcome == 'active' and estimand == 'always-survivors'")["value"] == 0).all()
