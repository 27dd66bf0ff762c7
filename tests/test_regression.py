import numpy as np
import pandas as pd
import pytest
from studies import STUDY, firms, only_tables, write

from impact import disclosure, regression, run
from impact.inference.multiplicity import holm
from impact.show.room import Room

STATIC = '[[estimate]]\nestimator = "callaway_santanna"\n[[estimate]]\nestimator = "twfe"\neffects = "static"\n'
TWO = '[[outcome]]\nname = "Workers"\ncolumn = "workers"\n'
COHORTS = {0: 6, 2012: 25, 2013: 12, 2014: 2}


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """Run a study with two outcomes and a regression; one cohort has two firms."""
    place = tmp_path_factory.mktemp("regression")
    with pytest.MonkeyPatch.context() as patch:
        only_tables(patch)
        run.run(write(place / "study", STUDY + TWO + STATIC, firms(COHORTS)), place / "results")
    return {name: Room.read(place / "results" / "small" / name) for name in ("internal", "released")}


def test_a_regression_is_taken_apart_only_where_a_study_names_it(tmp_path, monkeypatch):
    only_tables(monkeypatch)
    run.run(write(tmp_path / "study", STUDY + '[[estimate]]\nestimator = "twfe"\n'), tmp_path / "results")
    room = Room.read(tmp_path / "results" / "small" / "internal")
    assert [len(room.tables[name]) for name in ("twfe_weights", "bacon", "regression_parts")] == [0, 0, 0]
    assert room.static is None


def test_the_regression_is_the_one_that_the_study_names(done, tmp_path, monkeypatch):
    assert {room.static for room in done.values()} == {"twfe"}
    only_tables(monkeypatch)
    named = '[[estimate]]\nestimator = "twfe"\n[[estimate]]\nname = "usual"\nestimator = "twfe"\neffects = "static"\n'
    run.run(write(tmp_path / "study", STUDY + named), tmp_path / "results")
    for name in ("internal", "released"):
        room = Room.read(tmp_path / "results" / "small" / name)
        assert room.static == room.about["regression"] == "usual"
        assert set(room.frame("Sales", "overall", "usual")["estimator"]) == {"usual"}


def test_comparisons_and_parts_add_up_to_the_coefficient_on_every_outcome(done):
    room = done["internal"]
    for outcome in ("Sales", "Workers"):
        coefficient = room.coefficient(outcome)["estimate"]
        pairs, parts = room.of("bacon", outcome), room.of("regression_parts", outcome).dropna(subset="estimate")
        assert (pairs["weight"] * pairs["estimate"]).sum() == pytest.approx(coefficient, rel=1e-9)
        assert (parts["weight"] * parts["estimate"]).sum() == pytest.approx(coefficient, rel=1e-9)
        assert list(parts["part"]) == ["never supported", "supported later", "already supported"]
        assert parts["n_parts"].sum() == len(pairs)


def test_negative_weights_are_counted_and_summed(done):
    weights = done["internal"].of("twfe_weights", "Sales")
    parts = done["internal"].of("regression_parts", "Sales").set_index("part")
    negative = weights.loc[weights["weight"] < 0, "weight"]
    assert len(negative)
    assert parts.loc["negative weights", ["n_parts", "weight"]].tolist() == [
        len(negative),
        pytest.approx(negative.sum()),
    ]
    assert parts.loc["effects", "n_parts"] == len(weights)


def test_what_leaves_has_no_figure_on_few_firms_and_no_sum_in_which_one_stands(done):
    room = done["released"]
    pairs, weights, parts = (room.tables[name] for name in ("bacon", "twfe_weights", "regression_parts"))
    small = (pairs["treated"] == "2014") | (pairs["comparison"] == "2014")
    assert pairs.loc[small, ["estimate", "weight"]].isna().all(axis=None)
    assert set(pairs.loc[small, "state"]) == {"suppressed"}
    assert set(pairs.loc[~small, "state"]) == {"shown"}
    assert set(weights.loc[weights["cohort"] == "2014", "state"]) == {"suppressed"}
    assert weights.loc[weights["cohort"] == "2014", ["weight", "n_supported"]].isna().all(axis=None)
    assert set(parts["state"]) == {"suppressed"}
    assert parts[["weight", "estimate", "n_parts"]].isna().all(axis=None)


def test_a_table_without_a_rule_does_not_leave():
    with pytest.raises(KeyError):
        disclosure.released({"firms": pd.DataFrame()}, 3)


def test_p_values_across_outcomes_are_those_of_one_estimate_over_both(done):
    room = done["internal"]
    table = room.tables["multiplicity"]
    alone = np.array([room.average(outcome)["p_value"] for outcome in table["outcome"]])
    np.testing.assert_allclose(table["p_value"], alone, rtol=1e-12)
    np.testing.assert_allclose(table["p_holm"], holm(alone), rtol=1e-12)
    assert (table["p_romano_wolf"] <= 1).all()
    assert set(table["aggregation"]) == {"average_cohort"}


def test_the_p_value_of_a_suppressed_effect_is_suppressed_among_many(tmp_path, monkeypatch):
    only_tables(monkeypatch)
    run.run(write(tmp_path / "study", STUDY + TWO, firms({0: 20, 2013: 2})), tmp_path / "results")
    table = Room.read(tmp_path / "results" / "small" / "released").tables["multiplicity"]
    assert set(table["state"]) == {"suppressed"}
    assert table.filter(like="p_").isna().all(axis=None)


def test_one_outcome_is_not_adjusted_for_being_one_of_many(tmp_path, monkeypatch):
    only_tables(monkeypatch)
    run.run(write(tmp_path / "study"), tmp_path / "results")
    assert Room.read(tmp_path / "results" / "small" / "internal").tables["multiplicity"].empty


def test_outcomes_whose_joint_errors_are_not_known_are_not_adjusted_and_that_is_said(tmp_path, monkeypatch):
    only_tables(monkeypatch)
    toml = STUDY + TWO + '[[estimate]]\nestimator = "twfe"\nerrors = "iid"\n'
    done = run.run(write(tmp_path / "study", toml), tmp_path / "results")
    assert Room.read(tmp_path / "results" / "small" / "internal").tables["multiplicity"].empty
    assert any(
        note.startswith("P-values are not adjusted for the number of outcomes. Two estimates known only by")
        for note in done.notes
    )


def test_an_outcome_that_cannot_be_taken_apart_is_said_and_the_others_are(tmp_path, monkeypatch):
    only_tables(monkeypatch)
    table = firms()
    table.loc[3, "workers"] = None
    done = run.run(write(tmp_path / "study", STUDY + TWO + STATIC, table), tmp_path / "results")
    room = Room.read(tmp_path / "results" / "small" / "internal")
    assert set(room.tables["bacon"]["outcome"]) == {"Sales"}
    assert set(room.tables["twfe_weights"]["outcome"]) == {"Sales", "Workers"}
    assert [note for note in done.notes if note.startswith("Workers: ")] == [
        "Workers: Every firm must be seen in every period to decompose a regression; with 'workers' some are not. Use "
        'unbalanced="drop", which leaves out the others.'
    ]


def test_parts_of_nothing_are_nothing():
    empty = pd.DataFrame(columns=["outcome", "type", "estimate", "weight"])
    assert regression.parts(empty, empty).empty
