"""What became of the totals of municipalities that the programme reached: the study that ships, beside its truth."""

from pathlib import Path

import pandas as pd
import pytest
from studies import only_tables

from impact import marks, run
from impact.results import AVERAGES
from impact.show.room import Room

STUDY = Path(__file__).resolve().parents[2] / "analyses" / "regional-jobs"


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        only_tables(patch)
        return run.run(STUDY, tmp_path_factory.mktemp("regional"))


@pytest.fixture(scope="module")
def room(done):
    return Room.read(done.place / "released")


@pytest.fixture(scope="module")
def averages(room):
    truth = room.tables["truth"]
    return truth[truth["aggregation"].isin(AVERAGES)]


def test_the_study_runs_and_names_its_smallest_cohorts(done):
    assert done.complaint == ""
    assert done.notes == [
        "A cohort should have at least 5 firms; with fewer its effect is that of single firms: 2018 (2), 2019 (1). Join "
        "cohorts, or read averages only."
    ]


def test_the_truth_is_inside_the_interval_of_every_average_effect(averages):
    assert averages.groupby(["outcome", "estimator"]).size().to_dict() == {
        (outcome, estimator): len(AVERAGES)
        for outcome in ("Jobs", "Sales", "Establishments")
        for estimator in ("callaway_santanna", "never reached only")
    }
    assert (averages["state"] == "shown").all()
    missed = averages[(averages["truth"] < averages["lower"]) | (averages["upper"] < averages["truth"])]
    assert missed.empty, missed
    assert averages["covered"].astype(str).eq("True").all()


def test_support_adds_to_totals_what_it_adds_to_firms_and_the_firms_that_it_keeps_alive(averages):
    truth = averages[averages["aggregation"] == "average_cohort"].groupby("outcome")["truth"].first()
    assert truth["Sales"] > truth["Jobs"] > truth["Establishments"] > 0


def test_both_comparisons_are_of_the_same_municipalities(averages):
    cohort = averages[averages["aggregation"] == "average_cohort"].set_index(["outcome", "estimator"])
    assert set(cohort["n_supported"]) == {101}
    assert set(cohort.xs("callaway_santanna", level="estimator")["n_comparison"]) == {227}
    assert set(cohort.xs("never reached only", level="estimator")["n_comparison"]) == {128}


def test_the_test_before_support_notices_that_municipalities_are_reached_thinly_first(done, room):
    tests = Room.read(done.place / "internal").tables["pretests"].set_index(["outcome", "estimator"])["p_value"]
    assert tests["Establishments", "callaway_santanna"] < 0.01 < tests["Jobs", "callaway_santanna"]
    assert any("begins before the first year above 20 %" in one for one in room.about["study"]["limits"])


def test_a_test_that_would_tell_of_two_municipalities_does_not_leave(room):
    cohorts = room.rows("Jobs", "cohort")
    assert [int(row["cohort"]) for row in cohorts if row["state"] == "suppressed"] == [2018, 2019]
    assert (room.tables["pretests"]["state"] == "suppressed").all()


def test_every_table_is_marked(room):
    assert room.simulated
    for file in room.place.glob("*.csv"):
        assert set(pd.read_csv(file, encoding="utf-8-sig")[marks.COLUMN]) <= {marks.SIMULATED}
