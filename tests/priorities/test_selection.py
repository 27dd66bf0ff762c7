"""How sure a choice is: against every draw solved by hand, and known cases."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from plans import best_by_hand, effects, marks

from impact import Draws, InputError
from impact.priorities.allocate import allocate
from impact.priorities.selection import beats, selection_frequency

COV = np.array([[0.04, 0.03, 0, 0], [0.03, 0.04, 0, 0], [0, 0, 0.01, 0], [0, 0, 0, 0.09]])
FOUR = effects([0.4, 0.35, 0.3, 0.1], cov=COV)


def refusal(function, *given, **named):
    with pytest.raises(InputError) as caught:
        function(*given, **named)
    return str(caught.value)


def test_shares_are_those_of_the_best_plan_of_every_draw():
    coast, cost = marks([0, 0, 1, 1]), pd.Series([1.0, 1.0, 1.5, 1.0], list("abcd"))
    rules = {"cost": cost, "budget": 2.6, "floors": {"coast": (coast, 0.35)}}
    found = selection_frequency(FOUR, draws=300, seed=5, **rules)
    thetas = FOUR.draws(300, 5)
    plans = [allocate(effects(theta), gap=0.0, **rules) for theta in thetas.to_numpy()]
    shares = np.mean([[region in plan.regions for region in "abcd"] for plan in plans], axis=0)
    assert found.table["share"].to_numpy() == pytest.approx(shares)
    best = [
        best_by_hand(t[:, None], cost.to_numpy()[:, None], 2.6, [1] * 4, [(coast.to_numpy(), 0.35)])
        for t in thetas.to_numpy()
    ]
    regret = np.array(best) - thetas.to_numpy() @ found.plan.times.to_numpy()
    assert found.regret == pytest.approx(regret.mean())
    assert found.regret_upper == pytest.approx(np.quantile(regret, 0.95))
    assert (regret > -1e-12).all()


def test_allocations_of_229_regions_and_three_levels_with_a_floor_are_chosen_in_shares():
    rng = np.random.default_rng(0)
    e = effects(rng.normal(0.02, 0.05, 229), cov=0.001 * np.eye(229))
    cost = pd.DataFrame(np.outer(rng.uniform(0.5, 2, 229), [1, 1.8, 3]), e.value.index, ["basic", "middle", "high"])
    levels, group = {"basic": 1.0, "middle": 1.5, "high": 2.0}, e.value.index[:89]
    found = selection_frequency(e, cost, 100.0, draws=100, seed=1, levels=levels, floors={"depopulation": (group, 0.6)})
    assert found.table["share"].between(0, 1).all()


def test_regions_are_core_contested_and_out():
    e = effects([5.0, 1.0, 1.0, -5.0])
    found = selection_frequency(e, cost=1, budget=2, seed=1)
    assert found.table["class"].tolist() == ["core", "contested", "contested", "out"]
    assert found.table["share"].iloc[[0, 3]].tolist() == [1.0, 0.0]
    assert found.table["share"].iloc[1] + found.table["share"].iloc[2] == pytest.approx(1.0)
    assert found.table["chosen"].tolist() == [1, 1, 0, 0]
    assert list(found.table["class"].cat.categories) == ["out", "contested", "core"]


def test_without_noise_the_plan_is_sure_and_nothing_is_regretted():
    found = selection_frequency(effects([0.3, 0.2, 0.1], cov=np.zeros((3, 3))), cost=1, budget=2, draws=100, seed=1)
    assert found.table["share"].tolist() == [1.0, 1.0, 0.0]
    assert (found.regret, found.regret_upper) == (pytest.approx(0), pytest.approx(0))


def test_a_plan_of_ones_own_is_judged_and_regrets_more():
    own = allocate(FOUR, cost=1, budget=2, floors={"coast": (marks([0, 0, 0, 1]), 0.5)})
    rules = {"cost": 1, "budget": 2, "seed": 3}
    judged = selection_frequency(FOUR, plan=own, **rules)
    assert judged.plan is own
    assert judged.regret > selection_frequency(FOUR, **rules).regret + 0.1


def test_firms_are_counted_and_regret_is_in_welfare():
    weights = pd.Series([1.0, 1.0, 1.0, 10.0], list("abcd"))
    found = selection_frequency(FOUR, cost=1, budget=5, caps=3, weights=weights, draws=200, seed=2)
    assert found.table["mean_firms"].sum() <= 5
    thetas = FOUR.draws(200, 2).to_numpy() * weights.to_numpy()
    best = [best_by_hand(t[:, None], np.ones((4, 1)), 5, [3] * 4) for t in thetas]
    assert found.regret == pytest.approx(
        np.mean(best - thetas @ found.plan.times.to_numpy()), abs=0.005 * np.mean(best)
    )


def test_the_order_of_regions_and_the_unit_of_money_do_not_matter():
    order = np.array([2, 0, 3, 1])
    resamples = pd.RangeIndex(200)
    errors = np.random.default_rng(0).multivariate_normal(np.zeros(4), COV, 200)
    drawn = replace(FOUR, noise=Draws(resamples, errors, "posterior"))
    one = selection_frequency(drawn, cost=1, budget=2, seed=4).table.set_index("region")
    other = selection_frequency(drawn.at(order), cost=7e6, budget=14e6, seed=4).table.set_index("region")
    pd.testing.assert_frame_equal(one, other.loc[one.index])


def test_the_same_seed_gives_the_same_and_another_one_does_not():
    tables = [selection_frequency(FOUR, cost=1, budget=2, seed=seed).table for seed in (1, 1, 2)]
    pd.testing.assert_frame_equal(tables[0], tables[1])
    assert not tables[0]["share"].equals(tables[2]["share"])


def test_one_plan_beats_another_as_often_as_the_joint_posterior_says():
    from scipy import stats

    a, b = allocate(FOUR, cost=1, budget=2), allocate(effects([0, 1, 1, 0]), cost=1, budget=2)
    assert (a.regions, b.regions) == (["a", "b"], ["b", "c"])
    exact = stats.norm.cdf(0.1 / np.sqrt(COV[0, 0] + COV[2, 2]))  # region b is in both
    found = beats(a, b, FOUR, draws=20_000, seed=1)
    assert found == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 20_000))
    assert beats(b, a, FOUR, draws=20_000, seed=1) == pytest.approx(1 - found)
    assert beats(a, a, FOUR) == 0.5


def test_noise_that_is_no_posterior_is_refused():
    raw = effects([0.3, 0.2], kind="sampling")
    assert refusal(selection_frequency, raw, 1, 1, seed=1) == (
        "How often a region is chosen needs a posterior; this estimate has sampling noise, and draws around it would "
        "hold the noise "
        "twice. Shrink it first: impact.shrink(estimate)."
    )
    plan = allocate(raw, 1, 1)
    assert refusal(beats, plan, plan, raw) == (
        "The probability that a plan is better needs a posterior; this estimate has sampling noise, and draws around "
        "it would hold "
        "the noise twice. Shrink it first: impact.shrink(estimate)."
    )


def test_a_plan_of_other_regions_is_refused():
    plan = allocate(effects([0.3, 0.2], labels=["x", "y"]), 1, 2)
    assert refusal(beats, plan, plan, FOUR) == (
        "A plan must be of regions that the estimate has; 2 regions of the plan are not: x, y. Give the estimate that "
        "the plan was "
        "made of, or one over the same regions."
    )


def test_few_draws_are_refused():
    assert refusal(selection_frequency, FOUR, 1, 1, draws=20, seed=1) == (
        "draws must be 100 or more, for a quantile in the tail; seen: 20. 2,000 is usual."
    )
