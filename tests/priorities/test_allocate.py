"""Plans under a budget: against every plan there can be, against HiGHS alone, and every refusal in its whole text."""

import numpy as np
import pandas as pd
import pytest
from plans import best_by_hand, effects, marks
from scipy import optimize

import impact
from impact import Estimate, Gaussian, InputError
from impact.priorities import _search
from impact.priorities.allocate import allocate

LEVELS = {"basic": 1.0, "advanced": 1.6}


def refusal(*given, **named):
    with pytest.raises(InputError) as caught:
        allocate(*given, **named)
    return str(caught.value)


# ---- the best plan -----------------------------------------------------------------------------------------------------


def case(seed):
    """Invent a small problem: with one or two levels, caps, floors of each kind, provinces, and a limit of firms."""
    rng = np.random.default_rng(seed)
    n, levels = (6, 1) if seed % 2 else (4, 2)
    value, cost = rng.normal(0.05, 0.1, n), rng.uniform(0.5, 2, (n, levels)).round(2)
    caps = rng.integers(0, 3, n)
    caps[0] = 1
    mask = rng.random(n) < 0.5
    of = ("budget", "spent", "firms")[seed % 3]
    share = (0.0, 0.4, 0.9)[rng.integers(3)]
    provinces = np.array(list("xxyyyy")[:n])
    limits = (rng.integers(0, 2), 3) if seed % 5 == 0 else None
    return value, cost, float(rng.uniform(2, 5)), caps, mask, of, share, provinces, limits, (None, 3)[seed % 4 == 0]


def solve(value, cost, budget, caps, mask, of, share, provinces, limits, firms, **named):
    e, index = effects(value), effects(value).value.index
    levels = None if cost.shape[1] == 1 else LEVELS
    table = pd.DataFrame(cost, index, list(LEVELS)[: cost.shape[1]] if levels else ["support"])
    where = None if limits is None else pd.Series(provinces, index)
    return allocate(
        e, table, budget, floors={"coast": (pd.Series(mask, index), share)}, floor_of=of, caps=pd.Series(caps, index),
        levels=levels, firms=firms, provinces=where, province_limits=limits, **named,
    )  # fmt: skip


def by_hand(value, cost, budget, caps, mask, of, share, provinces, limits, firms):
    gain = value[:, None] * np.array([1.0, 1.6])[: cost.shape[1]]
    return best_by_hand(gain, cost, budget, caps, [(mask, share)], of, firms, provinces, limits)


@pytest.mark.parametrize("many", [_search.MANY, 0], ids=["listed", "by HiGHS"])
@pytest.mark.parametrize("seed", range(30))
def test_no_plan_is_better(seed, many, monkeypatch):
    monkeypatch.setattr(_search, "MANY", many)
    given = case(seed)
    best = by_hand(*given)
    if best is None:
        with pytest.raises(InputError, match="A plan must keep all its rules, and no plan does"):
            solve(*given)
        return
    plan = solve(*given, gap=0.0)
    assert plan.value == pytest.approx(best, abs=1e-9)
    assert plan.gap == pytest.approx(0, abs=1e-6)
    keeps_its_rules(plan, *given)


def keeps_its_rules(plan, value, cost, budget, caps, mask, of, share, provinces, limits, firms):
    x = plan.table["chosen"].to_numpy().reshape(cost.shape)
    assert (x >= 0).all()
    assert (x.sum(axis=1) <= caps).all()
    assert plan.spent == pytest.approx((x * cost).sum())
    assert plan.spent <= budget + 1e-9
    whole = {"budget": budget, "spent": plan.spent, "firms": x.sum()}[of]
    inside = (x if of == "firms" else x * cost)[mask].sum()
    assert inside >= share * whole - 1e-9
    assert firms is None or x.sum() <= firms
    assert limits is None or all(limits[0] <= x[provinces == name].sum() <= limits[1] for name in "xy")


def test_some_invented_problems_have_a_plan_and_some_have_none():
    found = [by_hand(*case(seed)) is None for seed in range(30)]
    assert 2 <= sum(found) <= 20


def large(seed=0, n=229):
    rng = np.random.default_rng(seed)
    e = effects(rng.normal(0.02, 0.05, n))
    base = rng.uniform(0.5, 2, n)
    cost = pd.DataFrame(np.outer(base, [1, 1.8, 3]), e.value.index, ["basic", "middle", "high"])
    rules = {
        "levels": {"basic": 1.0, "middle": 1.5, "high": 2.0},
        "floors": {"depopulation": (pd.Series(np.arange(n) < 89, e.value.index), 0.6)},
        "provinces": pd.Series(np.arange(n) % 17, e.value.index),
        "province_limits": (1, 20),
    }
    return e, cost, 0.4 * base.sum(), rules


@pytest.mark.parametrize("seed", range(3))
def test_on_229_regions_and_three_levels_it_is_as_good_as_highs_on_the_whole_problem(seed):
    e, cost, budget, rules = large(seed)
    c, n = cost.to_numpy().ravel(), len(e.value)
    gain = np.outer(e.value, [1, 1.5, 2]).ravel()
    inside, region = np.repeat(np.arange(n) < 89, 3), np.repeat(np.arange(n), 3)
    limits = [
        optimize.LinearConstraint(c, -np.inf, budget),
        optimize.LinearConstraint(c * inside, 0.6 * budget, np.inf),
        optimize.LinearConstraint((region[None] == np.arange(n)[:, None]).astype(float), 0, 1),
        optimize.LinearConstraint((region[None] % 17 == np.arange(17)[:, None]).astype(float), 1, 20),
    ]
    whole = optimize.milp(
        -gain,
        integrality=np.ones(3 * n),
        bounds=optimize.Bounds(0, 1),
        constraints=limits,
        options={"mip_rel_gap": 1e-3},
    )
    plan = allocate(e, cost, budget, **rules)
    assert plan.gap <= 1e-3
    assert plan.value >= -whole.fun * (1 - 1e-3)
    assert plan.value <= -whole.mip_dual_bound + 1e-6


@pytest.mark.parametrize("seed", range(12))
def test_with_many_firms_a_region_it_is_as_good_as_highs_and_its_gap_is_true(seed):
    rng = np.random.default_rng(seed)
    n, value = 30, rng.normal(0.03, 0.06, 30)
    e, caps, mask = effects(value), rng.integers(0, 60, n), rng.random(n) < 0.4
    cost, times = np.outer(rng.uniform(0.5, 2, n), [1, 1.7, 2.9]), [1.0, 1.5, 2.2]
    budget, share, index = 0.2 * float((cost[:, 0] * caps).sum()), 0.3, e.value.index
    c, gain, inside = cost.ravel(), np.outer(value, times).ravel(), np.repeat(mask, 3)
    limits = [
        optimize.LinearConstraint(c, -np.inf, budget),
        optimize.LinearConstraint(c * (inside - share), 0, np.inf),
        optimize.LinearConstraint(np.kron(np.eye(n), np.ones(3)), -np.inf, caps),
    ]
    options = {"mip_rel_gap": 1e-6, "node_limit": 2000, "presolve": False}
    whole = optimize.milp(-gain, integrality=np.ones(3 * n), constraints=limits, options=options)
    plan = allocate(
        e,
        pd.DataFrame(cost, index, list("lmh")),
        budget,
        caps=pd.Series(caps, index),
        levels=dict(zip("lmh", times, strict=True)),
        floors={"coast": (index[mask], share)},
        floor_of="spent",
    )
    assert -whole.fun <= plan.value * (1 + plan.gap) + 1e-6
    assert plan.gap <= 1e-3
    assert plan.value <= -whole.mip_dual_bound + 1e-6


def test_firms_are_shared_out_up_to_the_caps():
    plan = allocate(effects([0.3, 0.2, 0.1]), cost=10, budget=65, caps=pd.Series([2, 3, 9], list("abc")))
    assert plan.table["chosen"].tolist() == [2, 3, 1]
    assert (plan.firms, plan.spent, plan.value) == (6, 60.0, pytest.approx(1.3))
    assert plan.table["cost"].tolist() == [20.0, 30.0, 10.0]
    assert plan.table["effect"].tolist() == pytest.approx([0.6, 0.6, 0.1])


def test_a_region_with_a_cap_of_zero_and_one_whose_effect_is_negative_get_nothing():
    plan = allocate(effects([0.3, -0.2, 0.1]), cost=1, budget=3, caps=pd.Series([0, 1, 1], list("abc")))
    assert plan.regions == ["c"]


def test_effects_may_differ_by_level_of_support():
    cells = pd.MultiIndex.from_product([["a", "b"], ["basic", "advanced"]], names=["region", "support_level"])
    e = Estimate.from_covariance(pd.Series([0.3, 0.35, 0.1, 0.5], cells), np.eye(4))
    plan = allocate(e, cost={"basic": 1, "advanced": 2}, budget=3)
    assert plan.table.loc[plan.table["chosen"] == 1, ["region", "support_level"]].to_numpy().tolist() == [
        ["a", "basic"],
        ["b", "advanced"],
    ]
    assert plan.times.loc[[("a", "basic"), ("b", "advanced")]].tolist() == [1, 1]
    assert plan.value == pytest.approx(0.8)


def test_229_regions_and_three_levels_keep_budget_and_floors():
    e, cost, budget, rules = large()
    plan = allocate(e, cost, budget, **rules)
    assert 0 < plan.spent <= budget
    for members, share in rules["floors"].values():
        inside = plan.table["region"].isin(members.index[members])
        spent = (plan.table["cost"] * plan.table["chosen"])[inside].sum()
        assert spent >= share * plan.spent - 1e-9


def test_three_lines_go_from_estimates_to_a_plan():
    values = pd.Series([0.3, 0.1, 0.2, 0.0], pd.Index(list("abcd"), name="region"))
    shrunken = impact.shrink(Estimate.from_covariance(values, np.diag([0.04, 0.01, 0.01, 0.01])), prior=())
    plan = impact.allocate(shrunken, cost=50, budget=100, floors={"depopulation": (["c", "d"], 0.5)})
    assert plan.table.columns.tolist() == ["region", "support_level", "chosen", "cost", "effect"]
    assert plan.table["region"].tolist() == list("abcd")
    assert (plan.regions, plan.spent) == (["a", "c"], 100.0)
    assert plan.value == pytest.approx(shrunken.value[["a", "c"]].sum())


@pytest.mark.parametrize("labels", [list("cab"), [11, 0, 1]], ids=["letters", "numbers"])
def test_which_regions_a_floor_is_for_can_be_said_in_every_natural_way(labels):
    e = effects([0.1, 0.3, 0.2], labels=labels)
    inside, last = [True, False, False], labels[0]
    ways = [
        pd.Series(inside, labels),
        pd.Series(inside, labels).astype(int).sample(frac=1, random_state=1),
        pd.Series([*inside, True], [*labels, 99]).astype("boolean"),
        dict(zip(labels, inside, strict=True)),
        inside,
        np.array(inside),
        [last],
        {last, 99},
        pd.Index([last]),
        pd.Series([last], [7]),
    ]
    for which in ways:
        assert allocate(e, cost=10, budget=20, floors={"coast": (which, 0.5)}).regions == [last, labels[1]], which


@pytest.mark.parametrize("form", [list, tuple, np.array])
def test_numbers_without_labels_stand_in_the_order_of_the_estimate(form):
    e = effects([0.1, 0.3, 0.2], labels=list("cab"))
    caps, provinces, weights = form([1, 2, 3]), form(list("xyy")), form([9.0, 1.0, 1.0])
    given = {"caps": caps, "provinces": provinces, "province_limits": {"y": (2, None)}, "weights": weights}
    labels = pd.Index(list("cab"))
    named = {key: pd.Series(list(value), labels) if key != "province_limits" else value for key, value in given.items()}
    one = allocate(e, form([5.0, 1.0, 2.0]), 9, **given)
    other = allocate(e, pd.Series([5.0, 1.0, 2.0], labels), 9, **named)
    pd.testing.assert_frame_equal(one.table, other.table)
    assert one.table["chosen"].tolist() == [1, 2, 1]


def test_cost_may_be_given_by_region_and_level_in_a_long_table():
    cost = pd.Series([1.0, 2.0, 1.5, 9.0], pd.MultiIndex.from_product([["a", "b"], list(LEVELS)]))
    plan = allocate(effects([0.3, 0.3]), cost, budget=3.5, levels=LEVELS)
    assert plan.table["chosen"].tolist() == [0, 1, 1, 0]


def test_the_total_effect_is_times_theta_whatever_theta_is():
    e, cost, budget, rules = large()
    plan = allocate(e, cost, budget, **rules)
    assert float(plan.times @ e.value) == pytest.approx(plan.value)
    assert plan.table["effect"].sum() == pytest.approx(plan.value)


def test_preferences_and_weights_change_the_plan_but_not_what_it_is_said_to_bring():
    e, half = effects([0.3, 0.28, 0.1]), pd.Series([0.0, 0.5, 0.0], list("abc"))
    assert allocate(e, 1, 1).regions == ["a"]
    plan = allocate(e, 1, 1, groups={"women-led firms": (half, 1.2)})
    assert plan.regions == ["b"]
    assert (plan.value, plan.welfare) == (pytest.approx(0.28), pytest.approx(0.308))
    assert plan.weighting == "women-led firms counts 1.2 times"
    weighted = allocate(e, 1, 1, weights=pd.Series([1.0, 1.0, 5.0], list("abc"), name="need"))
    assert (weighted.regions, weighted.weighting) == (["c"], "need")


# ---- what must not matter ----------------------------------------------------------------------------------------------


def chosen(plan):
    return plan.table.set_index(["region", "support_level"])["chosen"].sort_index()


def test_the_order_of_regions_does_not_matter():
    e, cost, budget, rules = large()
    order = np.random.default_rng(1).permutation(len(e.value))
    shuffled = {
        key: value.sample(frac=1, random_state=2) if isinstance(value, pd.Series) else value
        for key, value in rules.items()
    }
    one, other = allocate(e, cost, budget, **rules), allocate(e.at(order), cost.iloc[order[::-1]], budget, **shuffled)
    pd.testing.assert_series_equal(chosen(one), chosen(other))
    assert other.table["region"].drop_duplicates().tolist() == e.value.index[order].tolist()


@pytest.mark.parametrize("unit", [1e-8, 3.7, 1e10])
def test_the_unit_of_money_does_not_matter(unit):
    e, cost, budget, rules = large()
    one, other = allocate(e, cost, budget, **rules), allocate(e, cost * unit, budget * unit, **rules)
    pd.testing.assert_series_equal(chosen(one), chosen(other))
    assert other.spent == pytest.approx(one.spent * unit)
    prices = [plan.constraints["price"].iloc[0] for plan in (one, other)]
    assert prices[1] * unit == pytest.approx(prices[0])


@pytest.mark.parametrize("unit", [1e-6, 7.3, 1e9])
def test_the_unit_of_the_outcome_does_not_matter(unit):
    e, cost, budget, rules = large()
    scaled = effects(e.value.to_numpy() * unit)
    one, other = allocate(e, cost, budget, **rules), allocate(scaled, cost, budget, **rules)
    pd.testing.assert_series_equal(chosen(one), chosen(other))
    assert other.value == pytest.approx(one.value * unit)


def test_the_noise_does_not_matter():
    e = effects([0.3, 0.2, 0.1])
    raw = Estimate(e.value, Gaussian(np.eye(3), "sampling"), e.cells)
    pd.testing.assert_frame_equal(allocate(e, 1, 2).table, allocate(raw, 1, 2).table)


def test_among_regions_that_are_alike_the_first_by_label_is_chosen():
    e = effects([0.2, 0.2, 0.2, 0.2, 0.1])
    assert allocate(e, 1, 2).regions == ["a", "b"]
    assert allocate(e.at(np.array([4, 3, 2, 1, 0])), 1, 2).regions == ["b", "a"]


def test_what_was_given_is_not_changed():
    e, cost, budget, rules = large()
    before = cost.copy(), e.value.copy(), rules["floors"]["depopulation"][0].copy()
    allocate(e, cost, budget, **rules)
    pd.testing.assert_frame_equal(cost, before[0])
    pd.testing.assert_series_equal(e.value, before[1])
    pd.testing.assert_series_equal(rules["floors"]["depopulation"][0], before[2])


# ---- what holds it back ------------------------------------------------------------------------------------------------


def test_a_rule_that_holds_the_plan_back_has_a_price():
    e, coast = effects([0.4, 0.3, 0.2, 0.1]), marks([0, 0, 1, 1])
    plan = allocate(e, cost=1, budget=2, floors={"the coast": (coast, 0.5)})
    table = plan.constraints.set_index("constraint")
    assert plan.binding == ["the budget of 2", "the floor of 0.5 for the coast"]
    assert table.loc["the floor of 0.5 for the coast", "used"] == 0.5
    # in the relaxed problem one firm more elsewhere and one less on the coast is worth 0.3 − 0.2, and is half of the budget
    assert table.loc["the floor of 0.5 for the coast", "price"] == pytest.approx((0.3 - 0.2) * 2, abs=0.2 + 1e-9)
    free = allocate(e, cost=1, budget=9, floors={"the coast": (coast, 0.1)})
    assert free.binding == []


def test_prices_are_what_a_little_more_brings_in_the_relaxed_problem():
    e, cost, budget, rules = large()
    rules = {key: rules[key] for key in ("levels", "floors")}
    table = allocate(e, cost, budget, **rules).constraints
    relaxed = []
    for money, share in ((budget, 0.6), (budget * 1.0001, 0.6), (budget, 0.5999)):
        c, gain = cost.to_numpy().ravel(), np.outer(e.value, [1, 1.5, 2]).ravel()
        inside = np.repeat(np.arange(229) < 89, 3)
        a = np.vstack([c, -c * inside, np.kron(np.eye(229), np.ones(3))])
        b = np.concatenate([[money, -share * budget], np.ones(229)])
        relaxed.append(-optimize.linprog(-gain, a, b, bounds=(0, 1)).fun)
    assert table["price"].iloc[0] == pytest.approx((relaxed[1] - relaxed[0]) / (1e-4 * budget), rel=1e-3)
    assert table["price"].iloc[1] == pytest.approx((relaxed[2] - relaxed[0]) / 1e-4, rel=1e-3)


def test_a_plan_says_itself_in_two_sentences():
    plan = allocate(effects([0.4, 0.3, 0.2]), cost=1000, budget=2500)
    assert repr(plan) == (
        "Plan: 2 firms in 2 of 3 regions; 2,000 of 2,500 spent; total effect 0.7, the best plan (all regions count alike).\n"
        "It is held back by the budget of 2,500."
    )
    weights = pd.Series([1.0, 2.0, 3.0], list("abc"), name="welfare weights (1 / risk index)^1")
    all_of_them = allocate(effects([0.4, 0.3, 0.2]), cost=1, budget=4, weights=weights)
    assert repr(all_of_them) == (
        "Plan: 3 firms in 3 of 3 regions; 3 of 4 spent; total effect 0.9, the best plan (welfare weights (1 / risk "
        "index)^1).\n"
        "It is held back by nothing but how many firms each region can have."
    )


# ---- when no plan keeps all rules --------------------------------------------------------------------------------------


def test_a_floor_that_the_group_cannot_fill_is_refused_with_the_nearest_one():
    floors = {"depopulation": (marks([0, 0, 0, 1, 1]), 0.9)}
    assert refusal(effects([0.5, 0.4, 0.3, 0.2, 0.1]), cost=1, budget=4, floors=floors) == (
        "A plan must keep all its rules, and no plan does: the floor of 0.9 for depopulation cannot be kept, given "
        "how many firms "
        "each region can have at most. The nearest floor for depopulation that a plan can keep is 0.5: lower it, or "
        "change another "
        "of these rules."
    )
    assert allocate(
        effects([0.5, 0.4, 0.3, 0.2, 0.1]), cost=1, budget=4, floors={"depopulation": (floors["depopulation"][0], 0.5)}
    ).regions == ["a", "b", "d", "e"]


def test_two_floors_that_exclude_one_another_are_both_named():
    floors = {"north": (marks([1, 1, 0, 0]), 0.6), "south": (marks([0, 0, 1, 1]), 0.7)}
    assert refusal(effects([0.4, 0.3, 0.2, 0.1]), cost=1, budget=10, caps=10, floors=floors) == (
        "A plan must keep all its rules, and no plan does: the budget of 10, the floor of 0.6 for north and the floor "
        "of 0.7 for "
        "south exclude one another. The nearest floor for north that a plan can keep is 0.3: lower it, or change "
        "another of these "
        "rules. The nearest floor for south that a plan can keep is 0.4: lower it, or change another of these rules."
    )


def test_rules_without_a_floor_that_exclude_one_another_are_named():
    provinces = pd.Series(list("xxyy"), list("abcd"))
    assert refusal(effects([0.4, 0.3, 0.2, 0.1]), cost=10, budget=35, provinces=provinces, province_limits=(2, 2)) == (
        "A plan must keep all its rules, and no plan does: the budget of 35, the minimum of 2 for province x and the "
        "minimum of 2 for "
        "province y exclude one another. Change one of them."
    )
    assert refusal(
        effects([0.4, 0.3, 0.2, 0.1]), cost=10, budget=90, provinces=provinces, province_limits={"x": (3, None)}
    ) == (
        "A plan must keep all its rules, and no plan does: the minimum of 3 for province x cannot be kept, given how "
        "many firms each "
        "region can have at most. Change one of them."
    )


def test_where_no_floor_helps_it_is_said():
    provinces = pd.Series(list("xxyy"), list("abcd"))
    floors = {"north": (marks([1, 0, 0, 0]), 1.0)}
    message = refusal(
        effects([0.4, 0.3, 0.2, 0.1]), cost=10, budget=20, floors=floors, provinces=provinces, province_limits=(2, 2)
    )
    assert message == (
        "A plan must keep all its rules, and no plan does: the floor of 1 for north cannot be kept, given how many "
        "firms each region "
        "can have at most. No floor for north could be kept, not even 0: change another of these rules."
    )


@pytest.mark.parametrize("of", ["budget", "spent", "firms"])
def test_the_nearest_floor_can_be_kept_and_a_higher_one_cannot(of):
    e = effects([0.5, 0.4, 0.3, 0.2, 0.1])
    provinces = pd.Series(list("xxxyy"), list("abcde"))
    rules = {"cost": pd.Series([1.0, 1.1, 1.2, 1.3, 1.4], list("abcde")), "budget": 4.0, "floor_of": of, "provinces": provinces,
             "province_limits": (1, None)}  # fmt: skip
    message = refusal(e, floors={"y": (provinces == "y", 0.99)}, **rules)
    nearest = float(message.split("can keep is ")[1].split(":")[0])
    assert allocate(e, floors={"y": (provinces == "y", nearest)}, **rules).value > 0
    with pytest.raises(InputError):
        allocate(e, floors={"y": (provinces == "y", nearest + 0.0011)}, **rules)


# ---- bad input ---------------------------------------------------------------------------------------------------------

THREE = effects([0.3, 0.2, 0.1])
ABC = list("abc")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"cost": pd.Series([1.0, np.nan, np.nan], ABC), "budget": 2},
            "Every region must have a cost; missing for 2 of 3: b, c. Write what supporting a firm there costs.",
        ),
        (
            {"cost": pd.Series([1.0, -2.0, 0.0], ABC), "budget": 2},
            "Every cost must be a number above zero; not so for 2 of 3: b: -2, c: 0. Write what supporting one firm costs, "
            "in the unit of the budget.",
        ),
        (
            {"cost": pd.Series([1.0, 2.0, 3.0, 4.0], list("abca")), "budget": 2},
            "Every region must have a cost once; seen several times: a. Keep one row of each.",
        ),
        (
            {"cost": pd.DataFrame({"basic": [1.0, 1.0, 1.0]}, ABC), "levels": LEVELS, "budget": 2},
            "Costs must have a column for every level of support; missing: advanced. Add them, or leave the level out.",
        ),
        (
            {"cost": 50, "budget": 10},
            "The budget must pay for at least one firm; seen: a budget of 10, and the cheapest firm costs 50. Raise "
            "the budget, or "
            "write both in the same unit of money.",
        ),
        (
            {"cost": 50, "budget": -1},
            "The budget must be a number above zero; seen: -1. Write it in the unit of the costs.",
        ),
        (
            {"cost": 50, "budget": float("nan")},
            "The budget must be a number above zero; seen: nan. Write it in the unit of the costs.",
        ),
        (
            {"cost": 1, "budget": 2, "gap": 1.0},
            "gap must be a share of the value, from 0 to less than 1; seen: 1.0. Write 0.001 for a thousandth.",
        ),
        (
            {"cost": 1, "budget": 2, "caps": pd.Series([1, 2], ["a", "b"])},
            "Every region must have a cap; missing for 1 of 3: c. Write how many firms can be supported there at "
            "most, 0 for none.",
        ),
        (
            {"cost": 1, "budget": 2, "caps": pd.Series([1, 2.5, -1], ABC)},
            "Every cap must be a whole number of firms, 0 or more; seen: b: 2.5, c: -1. Write how many firms can be "
            "supported there "
            "at most, 0 for none.",
        ),
        (
            {"cost": 1, "budget": 2, "caps": 0},
            "A region must have firms that can be supported; all 3 regions have a cap of 0. Write how many firms can "
            "be supported "
            "there at most, 0 for none.",
        ),
        (
            {"cost": 1, "budget": 2, "firms": 1.5},
            "`firms` must be a whole number of firms, 1 or more; seen: 1.5. Leave it out where only money counts.",
        ),
        (
            {"cost": 1, "budget": 2, "levels": {"basic": None}},
            "`levels` must say by what the effect is multiplied at each level of support; seen: basic: None. Write, "
            "for example, "
            '{"basic": 1.0, "advanced": 1.5}.',
        ),
        (
            {"cost": 1, "budget": 2, "floor_of": "money"},
            "floor_of must be one of budget, spent, firms; seen: 'money'. Choose one.",
        ),
        (
            {"cost": 1, "budget": 2, "floors": {"coast": 0.5}},
            "The floor for coast must be a pair: which regions (a list of them, or a Series of True and False by region), "
            "and a number; seen: float. Write, for example, (depopulation, 0.5).",
        ),
        (
            {"cost": 1, "budget": 2, "floors": {"coast": (marks([1, 0, 0]), 50)}},
            "The floor for coast must be a share between 0 and 1; seen: 50. Write 0.5 for half.",
        ),
        (
            {"cost": 1, "budget": 2, "floors": {"coast": (pd.Series([True], ["a"]), 0.5)}},
            "Every region must have a mark for coast; missing for 2 of 3: b, c. Write True or False for each.",
        ),
        (
            {"cost": 1, "budget": 2, "floors": {"coast": (pd.Series([1, 2, 0], ABC), 0.5)}},
            "Marks for coast must be True and False, or shares between 0 and 1; seen: 2.0. Write which regions belong "
            "to it.",
        ),
        (
            {"cost": 1, "budget": 2, "province_limits": (1, 2)},
            "Limits by province need to know where regions lie. Give `provinces`, a Series with the province of each "
            "region.",
        ),
        (
            {"cost": 1, "budget": 2, "province_limits": (1, 2), "provinces": pd.Series(["x"], ["a"])},
            "Every region must have a province; missing for 2 of 3: b, c. Add them.",
        ),
        (
            {"cost": 1, "budget": 2, "province_limits": {"z": (1, 2)}, "provinces": pd.Series(list("xxy"), ABC)},
            "Limits must be of provinces that have regions here; seen: z. Check how provinces are written.",
        ),
        (
            {"cost": 1, "budget": 2, "province_limits": {"x": 2}, "provinces": pd.Series(list("xxy"), ABC)},
            "The limits of province x must be the fewest and the most firms, None where there is none; seen: 2. "
            "Write, for example, "
            "(1, 20).",
        ),
        (
            {"cost": 1, "budget": 2, "province_limits": {"x": (3, 2)}, "provinces": pd.Series(list("xxy"), ABC)},
            "The minimum of province x must not be above its maximum; seen: 3 and 2. Swap them.",
        ),
        (
            {"cost": 1, "budget": 2, "weights": pd.Series([1.0, -1.0, np.inf], ABC)},
            "Welfare weights must be numbers, 0 or more; seen: -1.0, inf. Correct them.",
        ),
        (
            {"cost": 1, "budget": 2, "groups": {"women-led": 2}},
            "The preference for women-led must be a pair: which regions (a list of them, or a Series of True and False "
            "by region), and a number; seen: int. Write, for example, (depopulation, 0.5).",
        ),
        (
            {"cost": 1, "budget": 2, "floors": (["a"], 0.5)},
            "`floors` must name each group, and say which regions are of it, with a number; seen: tuple. Write, for "
            'example, {"depopulation": (regions, 0.5)}.',
        ),
        (
            {"cost": 1, "budget": 2, "floors": {"coast": (["x", "y"], 0.5)}},
            "A group must have regions of the estimate; seen for coast: x, y. List regions as the estimate writes them, "
            "or give a Series of True and False by region.",
        ),
        (
            {"cost": 1, "budget": 2, "floors": {"coast": ([], 0.5)}},
            "A group must have regions of the estimate; seen for coast: none. List regions as the estimate writes them, "
            "or give a Series of True and False by region.",
        ),
        (
            {"cost": 1, "budget": 2, "floors": {"coast": (pd.Series([True, False, False]), 0.5)}},
            "Every region must have a mark for coast; missing for 3 of 3: a, b, c. Write True or False for each.",
        ),
        (
            {"cost": [1, 2], "budget": 2},
            "A list of costs without labels must have one entry for each of the 3 regions, in the order of the estimate; "
            "seen: 2. Give a Series by region.",
        ),
        (
            {"cost": np.ones((3, 2)), "budget": 2},
            "A list of costs without labels must have one entry for each of the 3 regions, in the order of the estimate; "
            "seen: 3 × 2. Give a Series by region.",
        ),
        (
            {"cost": pd.Series([1.0, 9.0, 9.0], ABC), "budget": 5, "caps": {"a": 0, "b": 1, "c": 1}},
            "The budget must pay for at least one firm; seen: a budget of 5, and the cheapest firm costs 9. Raise the "
            "budget, or write both in the same unit of money.",
        ),
    ],
)  # fmt: skip
def test_bad_input_is_refused_in_a_sentence(given, message):
    assert refusal(THREE, **given) == message


def test_an_estimate_that_is_no_effect_by_region_is_refused():
    assert refusal(pd.Series([0.3, 0.2], ["a", "b"]), 1, 2) == (
        "A plan needs an Estimate over region; seen: Series. Write impact.Estimate.from_covariance(effects, covariance), "
        "or shrink one: impact.shrink(estimate)."
    )
    years = Estimate.from_covariance(pd.Series([1.0], pd.Index([0], name="event_time")), np.eye(1))
    assert refusal(years, 1, 2) == (
        "A plan needs an estimate over region, or over region and support_level; this one is over event_time. Average "
        "it first, for "
        'example with e.by("region").'
    )
    assert refusal(effects([0.1, 0.2], kind="null"), 1, 2) == (
        "A plan needs effects; this estimate has null noise, drawn as if there were none. Give the estimate itself."
    )
    assert refusal(effects([0.1, np.nan, 0.2]), 1, 2) == (
        "Every region must have an effect; seen: 1 of 3 without one: b. Shrink the estimate first, which gives these "
        "regions what "
        "regions like them have, or leave them out."
    )


def test_an_estimate_with_levels_of_support_must_have_all_of_them_once():
    cells = pd.MultiIndex.from_tuples(
        [("a", "basic"), ("a", "high"), ("b", "basic")], names=["region", "support_level"]
    )
    e = Estimate.from_covariance(pd.Series([0.1, 0.2, 0.3], cells), np.eye(3))
    assert refusal(e, 1, 2) == (
        "Every region must have an effect at every level of support; not so for 1 of 2: b. Add it, or leave these "
        "regions out."
    )
    assert refusal(e.at(np.array([0, 1])), 1, 2, levels=LEVELS) == (
        "The estimate tells levels of support apart already, so `levels` must not multiply them again. Leave it out."
    )
