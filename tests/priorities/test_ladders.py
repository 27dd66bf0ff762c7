"""The discordance of an official ladder: by hand, as measured, and against what is true; what is refused."""

import numpy as np
import pandas as pd
import pytest
from priorities.invented import posterior
from scipy import stats

from impact import Draws, Estimate, InputError
from impact.estimates import blank_cells
from impact.priorities.ladders import SIZES, STEPS, discordance

LIMIT = 3.5  # Monte Carlo errors beyond which a deviation counts


def test_it_is_what_it_is_by_hand():
    e = posterior([0.05, 0.30, 0.10], 0.02 * np.eye(3))
    found = discordance(e, (1, 2), draws=40_000)
    wrong = [stats.norm.cdf((0.05 - 0.30) / 0.2), stats.norm.cdf((0.10 - 0.30) / 0.2)]
    assert found.table["step"].tolist() == [2, 1, 2]
    assert found.discordance == pytest.approx(np.mean(wrong), abs=1e-12)
    first = 1 - stats.norm.expect(  # Pr(b is largest) = E Φ((θ_b − a) / s) Φ((θ_b − c) / s)
        lambda x: 1 - stats.norm.cdf(x, 0.05, np.sqrt(0.02)) * stats.norm.cdf(x, 0.10, np.sqrt(0.02)),
        (),
        0.30,
        np.sqrt(0.02),
    )
    error = LIMIT * np.sqrt(first * (1 - first) / 40_000)
    assert found.top_belongs == found.table["belongs"].iloc[1] == pytest.approx(first, abs=error)
    assert found.steps["regions"].to_dict() == {1: 1, 2: 2}
    assert found.steps["belongs"].loc[2] == pytest.approx(found.table["belongs"].iloc[[0, 2]].mean())


STATED = {0.2: (0.31, 0.27), 0.5: (0.19, 0.46), 0.8: (0.08, 0.66)}


@pytest.mark.parametrize("reliability", STATED)
def test_the_preset_is_as_wrong_as_was_measured_and_as_it_says(reliability):
    """89 regions on 8 / 11 / 30 / 40, sixty-four drawings: stated figures are rounded to 0.005, and expected is what happens."""
    rng, rows = np.random.default_rng(19), []
    step = np.repeat(range(4), SIZES)
    for _ in range(64):
        truth = np.sqrt(reliability) * rng.standard_normal(89)
        value = truth + np.sqrt(1 - reliability) * rng.standard_normal(89)
        found = discordance(
            posterior(reliability * value, reliability * (1 - reliability) * np.eye(89)), draws=200, seed=rng
        )
        true = truth[np.argsort(-value)]
        wrong = (true[:, None] < true)[step[:, None] < step].mean()
        rows.append((found.discordance, found.top_belongs, wrong, (true[:8] >= np.sort(true)[-8]).mean()))
    rows = np.array(rows)
    error = rows.std(axis=0) / 8
    for told, happened, stated in ((0, 2, STATED[reliability][0]), (1, 3, STATED[reliability][1])):
        assert abs(rows[:, happened].mean() - stated) < LIMIT * error[happened] + 0.005
        assert (
            abs(rows[:, told].mean() - rows[:, happened].mean()) < LIMIT * (rows[:, told] - rows[:, happened]).std() / 8
        )
    assert found.steps.index.tolist() == list(STEPS)
    assert found.table["step"].value_counts().to_dict() == dict(zip(STEPS, SIZES, strict=True))


def test_steps_that_were_announced_are_judged():
    e = posterior([0.3, 0.1, 0.2], 0.02 * np.eye(3))
    official = pd.Series({2: "high", 1: "high", 0: "low"})
    found = discordance(e, labels=("high", "low"), official=official)
    wrong = [stats.norm.cdf((0.3 - 0.1) / 0.2), stats.norm.cdf((0.3 - 0.2) / 0.2)]
    assert found.discordance == pytest.approx(np.mean(wrong), abs=1e-12)
    assert found.table["step"].tolist() == ["low", "high", "high"]
    assert found.steps["regions"].to_dict() == {"high": 2, "low": 1}


def test_a_step_that_nobody_has_is_empty():
    found = discordance(posterior([0.3, 0.1], 0.02 * np.eye(2)), official=pd.Series(["S", "S"]))
    assert found.steps["regions"].tolist() == [0, 2, 0, 0]
    assert found.steps["belongs"].isna().tolist() == [True, False, True, True]
    assert np.isnan(found.discordance)


def test_draws_do_as_a_posterior_and_regions_without_one_have_no_step():
    value = pd.Series([0.3, np.nan, 0.1])
    errors = np.column_stack([np.tile([1.0, -1.0], 50), np.zeros(100), np.zeros(100)])
    e = Estimate(value, Draws(pd.RangeIndex(100), errors, "posterior"), blank_cells(value))
    found = discordance(e, (1, 1))
    assert found.discordance == 0.5
    assert found.table["step"].isna().tolist() == [False, True, False]


def test_known_effects_are_on_their_steps():
    found = discordance(posterior([3.0, 2.0, 1.0], np.zeros((3, 3))), (1, 1, 1))
    assert found.discordance == 0
    assert found.table["belongs"].tolist() == [1, 1, 1]


E = posterior([0.3, 0.1, 0.0], np.eye(3))
REFUSED = {
    "Ladders need a posterior; this estimate has sampling noise. Shrink it first: impact.shrink(estimate).": lambda: (
        discordance(Estimate.from_covariance({"a": 1.0}, np.eye(1)), (1,))
    ),
    "The sizes of a ladder must be whole numbers from 1 that add up to the 3 regions with a posterior; seen: 8 + 11 + 30 + 40 = "
    "89. Change the sizes, or select the regions that it is for.": lambda: discordance(E),
    "The sizes of a ladder must be whole numbers from 1 that add up to the 3 regions with a posterior; seen: 4 + -1 = 3. Change "
    "the sizes, or select the regions that it is for.": lambda: discordance(E, (4, -1)),
    "The sizes of a ladder must be whole numbers from 1 that add up to the 3 regions with a posterior; seen: none = 0. Change "
    "the sizes, or select the regions that it is for.": lambda: discordance(E, ()),
    "A ladder must have as many names as sizes; seen: 1 name and 2 sizes. Name every step once.": lambda: discordance(
        E, (1, 2), labels=["top"]
    ),
    "Every region with a posterior must have an official step; 2 have none: 1, 2. Add them to `official`, or select the regions "
    "that the ladder is for.": lambda: discordance(E, official=pd.Series(["S"])),
    "Official steps must be among excellent, S, A, B; seen: C. Name the steps with `labels`, the highest first.": lambda: (
        discordance(E, official=pd.Series(["S", "A", "C"]))
    ),
    "draws must be 100 or more, for a quantile in the tail; seen: 1. 2,000 is usual.": lambda: discordance(
        E, (1, 2), draws=1
    ),
}


@pytest.mark.parametrize("message", REFUSED)
def test_a_ladder_that_does_not_fit_is_refused_with_its_sentence(message):
    with pytest.raises(InputError) as told:
        REFUSED[message]()
    assert str(told.value) == message
