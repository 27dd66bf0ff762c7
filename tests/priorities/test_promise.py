"""What a plan claims and what it delivers; the known truth stands in tests/simulation/test_priorities_plans.py."""

import numpy as np
import pandas as pd
import pytest
from plans import effects
from scipy import stats

from impact import InputError
from impact.priorities.allocate import allocate
from impact.priorities.promise import over_promise

COV = np.array([[0.02, 0.01, 0.0], [0.01, 0.02, 0.0], [0.0, 0.0, 0.01]])
RAW = effects([0.9, 0.3, 0.2], kind="sampling", cov=np.diag([0.2, 0.02, 0.01]))
SHRUNK = effects([0.15, 0.25, 0.19], cov=COV)


def refusal(*given, **named):
    with pytest.raises(InputError) as caught:
        over_promise(*given, **named)
    return str(caught.value)


def test_raw_estimates_claim_their_own_sum_and_deliver_that_of_the_posterior():
    found = over_promise(RAW, SHRUNK, cost=1, budget=2, confidence=0.9).set_index("plan")
    raw = found.loc["raw estimates"]
    assert (raw["claimed"], raw["delivered"]) == (pytest.approx(1.2), pytest.approx(0.4))
    sd = np.sqrt(0.02 + 0.02 + 2 * 0.01)
    assert raw["upper"] - raw["delivered"] == pytest.approx(stats.norm.ppf(0.95) * sd)
    assert raw["keeps"] == pytest.approx(stats.norm.sf(0.8 / sd))
    shrunken = found.loc["shrunken effects"]
    assert (shrunken["claimed"], shrunken["delivered"], shrunken["keeps"]) == pytest.approx((0.44, 0.44, 0.5))


def test_with_a_truth_it_says_what_came_true_and_what_was_possible():
    truth = pd.Series([0.0, 0.1, 0.3], list("abc"))
    found = over_promise(RAW, SHRUNK, cost=1, budget=2, truth=truth).set_index("plan")
    assert found["came_true"].tolist() == pytest.approx([0.1, 0.4, 0.4])
    assert found.loc["the truth", "claimed"] == pytest.approx(0.4)
    assert found.index.tolist() == ["raw estimates", "shrunken effects", "the truth"]


def test_rules_hold_for_every_plan_and_the_figures_are_those_of_allocate():
    coast = pd.Series([False, False, True], list("abc"))
    rules = {"cost": 2, "budget": 4, "floors": {"coast": (coast, 0.5)}}
    found = over_promise(RAW, SHRUNK, **rules)
    assert found["claimed"].tolist() == [allocate(e, **rules).value for e in (RAW, SHRUNK)]
    assert found["spent"].tolist() == [4, 4]


def test_a_region_without_an_estimate_can_be_chosen_by_its_posterior_only():
    raw = effects([0.9, np.nan, 0.2], kind="sampling")
    found = over_promise(raw, SHRUNK, cost=1, budget=1).set_index("plan")
    assert found.loc["raw estimates", "delivered"] == pytest.approx(0.15)
    assert found.loc["shrunken effects", "delivered"] == pytest.approx(0.25)


def test_the_wrong_noise_is_refused():
    assert refusal(SHRUNK, SHRUNK, 1, 1) == (
        "Raw estimates have sampling noise; these have posterior noise. Give the estimate before it was shrunk."
    )
    assert refusal(RAW, RAW, 1, 1) == (
        "What a plan delivers needs a posterior; this estimate has sampling noise, and draws around it would hold the "
        "noise twice. "
        "Shrink it first: impact.shrink(estimate)."
    )


def test_a_confidence_that_is_no_share_is_refused():
    assert refusal(RAW, SHRUNK, 1, 1, confidence=95) == (
        "confidence must lie between 0 and 1; seen: 95. Write 0.95 for 95 %."
    )


def test_without_noise_or_with_very_much_of_it_probabilities_stay_between_0_and_1():
    known = effects([0.15, 0.25, 0.19], cov=np.zeros((3, 3)))
    assert over_promise(RAW, known, 1, 2)["keeps"].tolist() == [0.0, 1.0]
    unknown = effects([0.15, 0.25, 0.19], cov=1e18 * np.eye(3))
    assert over_promise(RAW, unknown, 1, 2)["keeps"].tolist() == pytest.approx([0.5, 0.5])


def test_regions_that_the_posterior_or_the_truth_lacks_are_refused():
    assert refusal(RAW, SHRUNK.at(np.array([0])), 1, 1) == (
        "The posterior must have every region that has an estimate; it lacks 2 regions: b, c. Shrink the very "
        "estimate that is given "
        "as `raw`."
    )
    assert refusal(RAW, SHRUNK, 1, 1, truth=pd.Series([0.1], ["a"])) == (
        "The truth must be known for every region; missing for 2 of 3: b, c. Leave `truth` out where it is not known."
    )
