"""The same seed gives the same firms, another one others; a dial that is turned leaves the draws of all others alone."""

from dataclasses import fields

import numpy as np
import pandas as pd
import pytest

from impact import productivity
from impact.simulate import World, panel, simulate, streams
from impact.simulate.firms import Firms, firms
from impact.simulate.programme import Support, support

SIZE = 600
OF_FIRMS = {"heterogeneity": "individual", "adopters": "adopts", "entry": "founded"}
OF_OUTCOMES = (
    "trends", "effect", "heterogeneity", "anticipation", "spillover", "displacement", "adopters", "shock", "pandemic",
)  # fmt: skip


def test_a_seed_gives_the_same_world():
    one, other = (simulate(World(firms=SIZE)) for _ in range(2))
    pd.testing.assert_frame_equal(one.firms, other.firms)
    pd.testing.assert_frame_equal(one.truth, other.truth)


def test_another_seed_gives_another_world():
    one, other = (simulate(World(firms=SIZE, seed=seed)).firms for seed in (1, 2))
    assert set(one["firm"]) != set(other["firm"])
    assert one["sales"].mean() != other["sales"].mean()


@pytest.mark.parametrize("dial", [dial.name for dial in fields(World) if dial.type in ("float", "bool")])
def test_a_dial_leaves_the_draws_of_the_others_alone(dial):
    before, after = firms(World(firms=SIZE)), firms(World(firms=SIZE, **{dial: 0}))
    changed = {
        part.name for part in fields(Firms) if not np.array_equal(getattr(before, part.name), getattr(after, part.name))
    }
    assert changed == ({OF_FIRMS[dial]} if dial in OF_FIRMS else set())


@pytest.mark.parametrize("violation", ["growth", "dip"])
def test_a_violation_leaves_the_draws_of_the_others_alone(violation):
    before, after = firms(World(firms=SIZE)), firms(World(firms=SIZE, violation=violation))
    changed = {
        part.name for part in fields(Firms) if not np.array_equal(getattr(before, part.name), getattr(after, part.name))
    }
    assert changed == ({"growth"} if violation == "growth" else set())


@pytest.mark.parametrize("dial", OF_OUTCOMES)
def test_a_dial_of_outcomes_leaves_support_alone(dial):
    before, after = (support(world, firms(world)) for world in (World(firms=SIZE), World(firms=SIZE, **{dial: 0})))
    for part in fields(Support):
        np.testing.assert_array_equal(getattr(before, part.name), getattr(after, part.name))


def test_a_dial_of_outcomes_leaves_other_outcomes_alone(whole):
    one, other = whole().truth, whole(pandemic=0).truth
    makers = whole().firms["pandemic_goods"] == 1
    pd.testing.assert_series_equal(one.loc[~makers, "sales_0"], other.loc[~makers, "sales_0"])


def test_blocks_make_one_world(monkeypatch):
    monkeypatch.setattr(streams, "BLOCK", 250)
    made = simulate(World(firms=SIZE)).firms
    assert made["firm"].nunique() == SIZE
    seen = made[made["active"] == 1]
    expected = productivity.tfp_index(
        *(seen[name] for name in ("value_added", "fixed_assets", "workers", "industry", "year")), labour_share=0.45
    )
    np.testing.assert_allclose(seen["tfp"], expected, atol=1e-10)


def test_memory_is_that_of_a_block(monkeypatch):
    monkeypatch.setattr(streams, "BLOCK", 200)
    world = World(firms=SIZE)
    sizes = {one.values["sales"]["0"].shape for one in panel.computed(world, panel.everyone(world))}
    assert sizes == {(200, 12)}
