"""The path of plans for firms: against every plan there can be, the relaxed problem, and a hundred thousand firms."""

import numpy as np
import pandas as pd
import pytest
from plans import best_by_hand
from scipy import optimize

from impact import InputError
from impact.priorities.path import path


def refusal(function, *given, **named):
    with pytest.raises(InputError) as caught:
        function(*given, **named)
    return str(caught.value)


def invented(seed, n=6, levels=3):
    rng = np.random.default_rng(seed)
    index, names = [f"firm {i}" for i in range(n)], ["low", "middle", "high"][:levels]
    effect = pd.DataFrame(rng.normal(0.5, 1, (n, levels)), index, names)
    return effect, pd.DataFrame(rng.uniform(0.5, 3, (n, levels)), index, names)


@pytest.mark.parametrize("seed", range(12))
def test_it_is_the_relaxed_problem_for_every_budget(seed):
    effect, cost = invented(seed)
    found = path(effect, cost)
    each = np.kron(np.eye(6), np.ones(3))
    for budget in (0.4, 1.0, 2.5, 4.0, 30.0):
        a, b = np.vstack([cost.to_numpy().ravel(), each]), np.concatenate([[budget], np.ones(6)])
        relaxed = optimize.linprog(-effect.to_numpy().ravel(), a, b, bounds=(0, 1))
        assert found.bound(budget) == pytest.approx(-relaxed.fun)


@pytest.mark.parametrize("seed", range(12))
def test_no_plan_brings_as_much_more_as_the_next_step(seed):
    effect, cost = invented(seed, n=5, levels=2)
    found = path(effect, cost)
    for budget in (1.0, 3.0, 5.0):
        best = best_by_hand(effect.to_numpy(), cost.to_numpy(), budget, [1] * 5)
        after = found.steps.loc[found.steps["total_cost"] > budget, "effect"]
        step = after.iloc[0] if len(after) else 0.0
        assert found.value(budget) - 1e-9 <= best <= found.value(budget) + step + 1e-9
        assert best <= found.bound(budget) + 1e-9


@pytest.mark.parametrize("seed", range(5))
def test_after_whole_steps_the_plan_is_the_best_one(seed):
    effect, cost = invented(seed, n=5, levels=2)
    found = path(effect, cost)
    for step in found.steps.itertuples():
        best = best_by_hand(effect.to_numpy(), cost.to_numpy(), step.total_cost, [1] * 5)
        assert found.value(step.total_cost) == pytest.approx(best)


def test_a_plan_has_every_firm_once_at_its_level_for_its_whole_cost():
    effect, cost = invented(3)
    found = path(effect, cost)
    plan = found.plan(6.0)
    assert plan["unit"].is_unique
    for row in plan.itertuples():
        assert row.cost == pytest.approx(cost.loc[row.unit, row.support_level])
        assert row.effect == pytest.approx(effect.loc[row.unit, row.support_level])
    assert plan["cost"].sum() <= 6.0
    assert plan["effect"].sum() == pytest.approx(found.value(6.0))


def test_more_money_never_takes_support_away():
    effect, cost = invented(4)
    found = path(effect, cost)
    before: set = set()
    for budget in np.linspace(0.5, 12, 30):
        now = set(found.plan(budget)["unit"])
        assert before <= now
        before = now


def test_one_level_is_choosing_by_effect_per_won():
    effect = pd.Series([3.0, 2.0, -1.0, 2.0], list("abcd"))
    found = path(effect, pd.Series([3.0, 1.0, 1.0, 4.0], list("abcd")))
    assert found.steps["unit"].tolist() == ["b", "a", "d"]
    assert found.steps["support_level"].unique().tolist() == ["support"]
    assert found.plan(4.5)["unit"].tolist() == ["b", "a"]
    assert (found.value(4.5), found.value(0.5), found.value(99)) == (5.0, 0.0, 7.0)


def test_levels_of_one_cost_and_levels_below_the_line_have_no_step():
    effect = pd.DataFrame({"a": [1.0], "b": [2.0], "c": [2.1], "d": [4.0]}, ["firm"])
    cost = pd.DataFrame({"a": [1.0], "b": [1.0], "c": [2.0], "d": [3.0]}, ["firm"])
    assert path(effect, cost).steps["support_level"].tolist() == ["b", "d"]


def test_a_floor_for_a_group_gives_it_its_share_of_the_budget():
    effect = pd.Series([5.0, 4.0, 3.0, 2.0, 1.0, 0.5], list("abcdef"))
    group = pd.Series([0, 0, 0, 1, 1, 1], list("abcdef"), dtype=bool)
    found = path(effect, 1.0)
    assert found.plan_with_floor(4, group, 0.25)["unit"].tolist() == ["a", "b", "c", "d"]
    assert sorted(found.plan_with_floor(4, group, 0.5)["unit"]) == ["a", "b", "d", "e"]
    assert found.plan_with_floor(2, group, 1.0)["unit"].tolist() == ["d", "e"]


def test_a_hundred_thousand_firms_are_within_one_step_of_the_bound():
    rng = np.random.default_rng(0)
    effect = pd.DataFrame(rng.normal(0.02, 0.1, (100_000, 1)) * [1, 1.5, 2], columns=["low", "middle", "high"])
    cost = pd.DataFrame(rng.uniform(30, 60, (100_000, 1)) * [1, 1.8, 3], columns=effect.columns)
    found = path(effect, cost)
    plan = found.plan(300_000)
    assert plan["cost"].sum() <= 300_000
    assert found.bound(300_000) - found.value(300_000) < found.steps["effect"].max()


def test_bad_input_is_refused_in_a_sentence():
    effect = pd.Series([1.0, np.nan, 2.0], list("abc"))
    assert refusal(path, effect, 1.0) == (
        "Every firm must have an effect; seen: 1 firm of 3 without: b. Leave them out, or give them the effect of "
        "firms like them."
    )
    assert refusal(path, effect.fillna(1.0), pd.Series([1.0, 0.0, -1.0], list("abc"))) == (
        "Every cost must be a number above zero; not so for 2 of 3: b: 0, c: -1. Write what supporting one firm "
        "costs, in the unit of "
        "the budget."
    )
    assert refusal(path, pd.Series([1.0, 2.0, 3.0], list("aab")), 1.0) == (
        "Every firm must have one row of effects; seen several times: 1 firm, a. Keep one row of each."
    )
    found = path(effect.fillna(1.0), 1.0)
    assert (
        refusal(found.plan, 0) == "The budget must be a number above zero; seen: 0. Write it in the unit of the costs."
    )
    assert refusal(found.plan_with_floor, 2, effect > 0, 2.0) == (
        "A floor must be a share between 0 and 1; seen: 2. Write 0.5 for half."
    )
    assert refusal(found.plan_with_floor, 2, pd.Series([True], ["a"]), 0.5) == (
        "Every firm must have a mark of the group; missing for 2 of 3: c, b. Write True or False."
    )
