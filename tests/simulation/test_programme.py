"""A small version of the programme's evidence: the sound set-up is found sound, and the unsound ones are noticed."""

import pandas as pd
import pytest
from simulation import programme

SETUPS = {setup.name: setup for setup in programme.SETUPS}
SMALL = [SETUPS[name] for name in ("with traits", "without traits", "violation dip, with traits")]
REPETITIONS = 20


@pytest.fixture(scope="module")
def table():
    return programme.evidence(programme.repetition(r, SMALL) for r in range(REPETITIONS))


@pytest.fixture(scope="module")
def committed():
    return pd.read_csv(programme.CSV)


def average(table, setup, outcome=programme.SALES):
    rows = table[(table["setup"] == setup) & (table["outcome"] == outcome) & (table["what"] == programme.AVERAGE)]
    return rows.iloc[0]


def test_with_the_traits_the_stored_truth_is_found_and_covered(table):
    found = programme.failures(table)
    assert found.empty, found.to_string()


@pytest.mark.parametrize("setup", ["without traits", "violation dip, with traits"])
def test_leaving_out_traits_and_a_violation_are_noticed(table, setup):
    row = average(table, setup)
    assert row["bias"] > programme.LIMIT * row["bias_mc_error"]
    assert row["coverage"] < programme.CONFIDENCE - programme.LIMIT * row["coverage_mc_error"]


def test_the_test_of_event_times_speaks_more_often_where_trends_are_not_parallel(table):
    sound, naive = (average(table, name)["speaks_event_times"] for name in ("with traits", "without traits"))
    assert naive > sound


def test_a_repetition_can_be_drawn_again():
    first, again = (programme.repetition(3, SMALL[:1]) for _ in range(2))
    pd.testing.assert_frame_equal(first, again)


def test_a_deviation_in_a_sound_setup_is_a_failure_and_in_another_is_not():
    row = {"bias": 1.0, "bias_mc_error": 0.1, "coverage": 0.99, "coverage_mc_error": 0.01}
    sound, unsound = (next(s.name for s in programme.SETUPS if s.sound == kind) for kind in (True, False))
    rows = [
        {**row, "setup": sound},
        {**row, "setup": unsound},
        {**row, "setup": sound, "bias": 0.0},
        {**row, "setup": sound, "bias": 0.0, "coverage": 0.9},
    ]
    assert programme.failures(pd.DataFrame(rows)).index.tolist() == [0, 3]


def test_the_committed_table_is_of_all_repetitions_and_has_no_failure(committed):
    assert (committed["repetitions"] == 2000).all()
    assert programme.failures(committed).empty


def test_the_page_follows_from_the_committed_table(committed):
    assert programme.PAGE.read_text(encoding="utf-8") == programme.page(committed)
    assert "SIMULATED / 모의자료" in programme.page(committed).splitlines()[0]
