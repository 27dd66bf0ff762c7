"""The panel comes near to published figures, or its distance is known."""

import pandas as pd
import pytest

from impact.simulate import marginals
from impact.simulate.facts import published
from impact.simulate.marginals import FIGURES

NEAR = {  # key: the range in which the simulated figure must lie
    "firms_in_depopulation_areas": (9.5, 12),
    "firms_in_interest_areas": (5.2, 7.2),
    "workers_supported": (28.8, 55.3),
    "sales_per_worker": (265, 360),
    "machinery": (16, 20),
    "metal_products": (12, 16),
    "auto_parts": (8.5, 12),
    "electronics": (4.5, 7.5),
    "supported": (15, 20),
    "peak": (52, 60),
    "rejected": (0.9, 1.2),
    "second": (0.3, 0.4),
    "third_phase_in_depopulation_areas": (23, 31),
    "own_adopters": (4, 5.5),
    "next_year": (44, 54),
    "subsidy_first": (43, 52),
    "subsidy_second": (100, 150),
    "exit_unsupported": (4, 6),
    "exit_supported": (2, 3),
    "jobs_not_up": (44, 52),
    "sales_down": (35, 43),
    "sales_gap": (6, 16),
    "jobs_gap": (1, 5),
    "shock": (-12, -7),
    "effects_not_above_zero": (19, 26),
}
MISSED = {  # the simulated programme is larger firms, smaller effects than before and after suggest, and longer lives than it had
    "workers": (25, 34),
    "small": (17, 22),
    "closed": (8, 13),
    "jobs_change": (-1, 2),
    "jobs_change_small": (-1, 5),
    "sales_change": (9, 14),
    "sales_change_small": (0, 30),
    "productivity_change": (4, 11),
    "defects_change": (-27, -18),
    "accidents_change": (-16, -2),
}


@pytest.fixture(scope="module")
def table(whole):
    return marginals(whole(12_000))


def test_every_published_figure_has_a_simulated_one(table):
    assert list(published()) == list(FIGURES)
    assert set(NEAR) | set(MISSED) == set(FIGURES)
    assert list(table.columns) == ["what", "published", "source", "simulated"]
    assert table.notna().all(axis=None)
    pd.testing.assert_index_equal(table.index, pd.RangeIndex(len(FIGURES)))


@pytest.mark.parametrize(("key", "limits"), [*NEAR.items(), *MISSED.items()])
def test_a_figure_lies_in_its_range(table, key, limits):
    value = table["simulated"].iloc[list(FIGURES).index(key)]
    assert limits[0] <= value <= limits[1]


def test_every_fact_has_a_day_and_a_source():
    from impact.simulate import facts

    for entry in (*(e for k, e in facts._all().items() if k != "published"), *published().values()):
        assert {"value", "unit", "since", "source"} <= set(entry)
        assert len(entry["source"]) > 8
