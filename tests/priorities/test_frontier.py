"""What balance costs."""

import numpy as np
import pandas as pd
import pytest
from plans import best_by_hand, effects, marks
from scipy import stats

from impact import InputError
from impact.priorities.allocate import allocate
from impact.priorities.frontier import frontier, welfare_weights

RNG = np.random.default_rng(8)
NINE = effects(RNG.normal(0.1, 0.1, 9), cov=0.01 * np.eye(9) + 0.005)
GROUP = marks([0, 1, 0, 1, 0, 1, 0, 1, 0])
COST = pd.Series(RNG.uniform(1, 2, 9).round(2), NINE.value.index)


def refusal(function, *given, **named):
    with pytest.raises(InputError) as caught:
        function(*given, **named)
    return str(caught.value)


def test_every_point_is_the_best_plan_at_its_floor():
    floors = [0, 0.25, 0.5, 0.75]
    found = frontier(NINE, GROUP, COST, 6.0, floors=floors)
    by_hand = [
        best_by_hand(
            NINE.value.to_numpy()[:, None], COST.to_numpy()[:, None], 6.0, [1] * 9, [(GROUP.to_numpy(), floor)]
        )
        for floor in floors
    ]
    assert found["value"].tolist() == pytest.approx(by_hand)
    assert (found["share"] >= found["floor"] - 1e-9).all()
    assert found["kept"].tolist() == floors


def test_more_floor_never_brings_more_and_the_loss_is_against_none():
    found = frontier(NINE, GROUP, COST, 6.0, floors=[0.2, 0.4, 0.6, 0.8], floor_of="spent")
    assert (np.diff(found["value"]) <= 1e-12).all()
    free = allocate(NINE, COST, 6.0).value
    assert found["loss"].to_numpy() == pytest.approx(free - found["value"].to_numpy())
    assert found["loss_share"].to_numpy() == pytest.approx(1 - found["value"].to_numpy() / free)


def test_intervals_are_those_of_the_joint_posterior():
    found = frontier(NINE, GROUP, COST, 6.0, floors=[0, 0.75], confidence=0.9)
    plans = [allocate(NINE, COST, 6.0, floors={"x": (GROUP, floor)}).times.to_numpy() for floor in (0, 0.75)]
    z, cov = stats.norm.ppf(0.95), NINE.noise.cov()
    half = [z * np.sqrt(t @ cov @ t) for t in plans]
    assert found["upper"].to_numpy() - found["value"].to_numpy() == pytest.approx(half)
    apart = plans[0] - plans[1]
    assert found["loss_upper"].iloc[1] - found["loss"].iloc[1] == pytest.approx(z * np.sqrt(apart @ cov @ apart))
    assert found.loc[0, ["loss", "loss_lower", "loss_upper"]].tolist() == [0, 0, 0]


def test_a_floor_that_cannot_be_kept_is_shown_at_the_nearest_one():
    found = frontier(effects([0.4, 0.3, 0.2]), marks([0, 0, 1]), cost=1, budget=2, floors=[0.2, 0.9])
    assert found[["floor", "kept", "share"]].to_numpy().tolist() == [[0.2, 0.2, 0.5], [0.9, 0.5, 0.5]]


def test_other_rules_and_floors_are_kept_too():
    first = marks([1, 0, 0, 0, 0, 0, 0, 0, 0])
    rules = {"floors": [0.5], "floor_of": "firms", "firms": 3}
    found = frontier(NINE, GROUP, COST, 6.0, other_floors={"first": (first, 0.3)}, **rules)
    by_hand = best_by_hand(
        NINE.value.to_numpy()[:, None], COST.to_numpy()[:, None], 6.0, [1] * 9,
        [(GROUP.to_numpy(), 0.5), (first.to_numpy(), 0.3)], "firms", 3,
    )  # fmt: skip
    assert found["value"].tolist() == pytest.approx([by_hand])
    assert found["value"].iloc[0] < frontier(NINE, GROUP, COST, 6.0, **rules)["value"].iloc[0]


def test_if_no_plan_keeps_the_other_rules_that_is_said():
    provinces = pd.Series(list("xxxxxxxxy"), NINE.value.index)
    message = refusal(
        frontier, NINE, GROUP, COST, 6.0, floors=[0.5], provinces=provinces, province_limits={"y": (2, None)}
    )
    assert message == (
        "A plan must keep all its rules, and no plan does: the minimum of 2 for province y cannot be kept, given how "
        "many firms each "
        "region can have at most. Change one of them."
    )


@pytest.mark.parametrize(("floors", "seen"), [([], "none"), ([0.5, 1.5, -1], "1.5, -1")], ids=["none", "outside"])
def test_floors_must_be_shares(floors, seen):
    assert refusal(frontier, NINE, GROUP, COST, 6.0, floors=floors) == (
        f"Floors must be shares between 0 and 1, one or more; seen: {seen}. Write, for example, [0, 0.5, 0.9]."
    )


def test_raw_estimates_are_refused():
    raw = effects([0.3, 0.2], kind="sampling")
    assert refusal(frontier, raw, marks([0, 1]), 1, 1) == (
        "A frontier with intervals needs a posterior; this estimate has sampling noise, and draws around it would "
        "hold the noise "
        "twice. Shrink it first: impact.shrink(estimate)."
    )


# ---- welfare weights ---------------------------------------------------------------------------------------------------


def test_welfare_weights_are_the_formula_and_print_eta():
    index = pd.Series([0.2, 0.5, 1.0], list("abc"))
    weights = welfare_weights(index, 0.5)
    assert weights.tolist() == pytest.approx([5**0.5, 2**0.5, 1])
    plan = allocate(effects([0.2, 0.3, 0.4]), 1, 1, weights=weights)
    assert "(1 / risk index)^0.5" in repr(plan)
    assert plan.regions == ["a"]
    assert allocate(effects([0.2, 0.3, 0.4]), 1, 1, weights=welfare_weights(index, 0)).regions == ["c"]


def test_a_risk_index_must_be_above_zero_and_eta_a_number():
    assert refusal(welfare_weights, pd.Series([0.0, np.nan, 1.0], list("abc")), 1) == (
        "Every region must have a risk index above zero; seen: 2 regions without: a, b. Leave these regions out, or "
        "find their index."
    )
    assert refusal(welfare_weights, pd.Series([1.0], ["a"]), np.inf) == (
        "η must be a number; seen: inf. 0 counts regions alike, 1 is usual."
    )
