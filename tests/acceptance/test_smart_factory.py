"""The programme's own study on a smaller draw of simulated firms: what is right covers the truth, what is not misses it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from studies import only_tables

from impact import marks, run
from impact.show.room import Room

STUDY = Path(__file__).resolve().parents[2] / "analyses" / "smart-factory" / "study.toml"
SOUND = ("callaway_santanna", "until 2022", "dated by award", "beside applicants")


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    place = tmp_path_factory.mktemp("factory")
    text = STUDY.read_text(encoding="utf-8")
    assert "firms = 20000" in text
    (place / "study.toml").write_text(text.replace("firms = 20000", "firms = 6000"), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        only_tables(patch)
        made = run.run(place, place / "results").place
    return Room.read(made / "released")


@pytest.fixture(scope="module")
def averages(room):
    table = room.tables["truth"]
    kind = np.where(table["estimator"] == "twfe", "overall", "average_cohort")
    return table[table["aggregation"] == kind].set_index(["outcome", "estimator"])


def test_sound_comparisons_are_within_four_errors_of_the_truth_on_every_outcome(averages):
    sound = averages[averages.index.get_level_values("estimator").isin((*SOUND, "beside rejected applicants"))]
    assert len(sound) == 4 * 4 + 1
    assert ((sound["estimate"] - sound["truth"]).abs() < 4 * sound["std_error"]).all()


def test_comparisons_that_leave_the_traits_out_miss_it(averages):
    for outcome in ("Productivity", "Sales", "Jobs"):
        for estimator in ("without traits", "plain means", "twfe"):
            row = averages.loc[(outcome, estimator)]
            assert row["estimate"] - row["truth"] > 4 * row["std_error"]


def test_the_answer_on_survival_does_not_compare_with_firms_that_could_have_closed_before(room, averages):
    assert room.main("Survival") == "beside rejected applicants"
    naive = averages.loc[("Survival", "without traits")]
    assert naive["estimate"] - naive["truth"] > 4 * naive["std_error"]


def test_the_test_before_support_speaks_where_traits_are_left_out(room):
    tests = room.tables["pretests"].set_index(["outcome", "estimator"])["p_value"]
    assert tests.loc[("Sales", "without traits")] < 0.01
    assert tests.loc[("Sales", "callaway_santanna")] > 0.01


def test_every_table_is_marked(room):
    assert room.simulated
    for file in room.place.glob("*.csv"):
        assert set(pd.read_csv(file, encoding="utf-8-sig")[marks.COLUMN]) <= {marks.SIMULATED}
