"""Two groups, two periods: the effect is the difference of four means, whoever computes it."""

import numpy as np
import pandas as pd
import pytest

import impact

# Card & Krueger (1994), Minimum wages and employment, AER 84(4), table 3: mean full-time equivalent employment per store.
NEW_JERSEY, PENNSYLVANIA = (20.44, 21.03), (23.33, 21.17)
PRINTED = 2.76


@pytest.fixture
def stores():
    """Four firms around each published mean, so that means of rows are the published ones."""
    spread = np.array([-3.0, -1.0, 1.0, 3.0])
    rows = [
        (f"{state}{i}", year, first, mean + s * (1 + year / 2))
        for state, means, first in (("NJ", NEW_JERSEY, 1), ("PA", PENNSYLVANIA, 0))
        for year, mean in enumerate(means)
        for i, s in enumerate(spread)
    ]
    return pd.DataFrame(rows, columns=["store", "wave", "first", "fte"])


@pytest.mark.parametrize("name", ["two_by_two", "callaway_santanna"])
def test_four_published_means(stores, name):
    e = impact.estimate(stores, "fte", "store", "wave", "first", estimator=name).by("overall")
    assert e.value.iloc[0] == pytest.approx((21.03 - 20.44) - (21.17 - 23.33), abs=1e-12)
    assert abs(e.value.iloc[0] - PRINTED) < 0.015  # their table rounds the means, then the difference


@pytest.mark.parametrize("name", ["two_by_two", "callaway_santanna"])
def test_the_standard_error_is_that_of_a_difference_of_two_mean_changes(stores, name):
    e = impact.estimate(stores, "fte", "store", "wave", "first", estimator=name).by("overall")
    changes = stores.pivot(index="store", columns="wave", values="fte").diff(axis=1)[1]
    supported = changes.index.str.startswith("NJ")
    variance = sum(side.var(ddof=0) / len(side) for side in (changes[supported], changes[~supported]))
    assert e.table()["std_error"].iloc[0] == pytest.approx(np.sqrt(variance), rel=1e-12)


@pytest.mark.parametrize("anticipation", [0, 1])
def test_many_periods_are_averaged_on_both_sides(staggered, anticipation):
    frame = staggered(seed=11)
    e = impact.estimate(frame, "y", "firm", "year", "first", estimator="two_by_two", anticipation=anticipation)
    for cohort in sorted(set(frame["first"]) - {0}):
        four = [
            side[side["year"] >= cohort]["y"].mean() - side[side["year"] + anticipation < cohort]["y"].mean()
            for side in (frame[frame["first"] == cohort], frame[frame["first"] == 0])
        ]
        assert e.value.loc[cohort] == pytest.approx(four[0] - four[1], abs=1e-12)
    assert e.value.index.names == ["cohort"]
