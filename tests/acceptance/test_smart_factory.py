"""The programme's own study on a smaller draw of simulated firms: what is right covers the truth, what is not misses it."""

import re
import shutil
from datetime import date
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from studies import only_tables

from impact import marks, read, run
from impact.publish import documents
from impact.regions import register, risk
from impact.show.room import Room
from impact.study import Study

STUDY = Path(__file__).resolve().parents[2] / "analyses" / "smart-factory" / "study.toml"
SOUND = ("callaway_santanna", "until 2022", "dated by award", "beside applicants")


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """Run the study once; return the folder of its results."""
    place = tmp_path_factory.mktemp("factory")
    text = STUDY.read_text(encoding="utf-8")
    assert "firms = 20000" in text
    (place / "study.toml").write_text(text.replace("firms = 20000", "firms = 6000"), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        only_tables(patch)
        return run.run(place, place / "results").place


@pytest.fixture(scope="module")
def room(done):
    return Room.read(done / "released")


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


# ---- regions -------------------------------------------------------------------------------------------------------

BY_REGION = ("region", "region_within")


def by_region(done, outcome, aggregation, state="shown"):
    """Return the effects by municipality on an outcome beside the truth, as the researcher sees them."""
    table = Room.read(done / "internal").tables["truth"]
    chosen = (table["outcome"] == outcome) & (table["aggregation"] == aggregation) & (table["state"] == state)
    return table[chosen].assign(covered=lambda of: of["covered"].astype(str) == "True")


def error_of_coverage(n, coverage=0.95):
    """Return the Monte Carlo error of the share of n intervals that hold the truth."""
    return np.sqrt(coverage * (1 - coverage) / n)


@pytest.mark.parametrize("aggregation", BY_REGION)
@pytest.mark.parametrize("outcome", ["Productivity", "Sales", "Jobs", "Accidents"])
def test_intervals_of_municipalities_hold_the_truth_in_about_95_per_cent(done, outcome, aggregation):
    found = by_region(done, outcome, aggregation)
    assert len(found) > 70
    assert abs(found["covered"].mean() - 0.95) < 3.5 * error_of_coverage(len(found))
    thin = by_region(done, outcome, aggregation, "not enough evidence")
    assert thin["covered"].mean() > 0.95 - 3.5 * error_of_coverage(len(thin))


def test_intervals_of_survival_by_municipality_are_too_short_as_the_study_says(done):
    found = by_region(done, "Survival", "region")
    assert found["covered"].mean() < 0.95 - 3.5 * error_of_coverage(len(found))
    (limit,) = [one for one in Study.read(STUDY).study.limits if "survival by municipality are too short" in one]
    assert limit.startswith("Few firms close in one municipality")
    assert not len(by_region(done, "Survival", "region_within"))


def test_classes_of_risk_and_depopulation_areas_are_released_with_their_effects(room):
    effects = room.effects
    groups = effects[effects["aggregation"] == "subgroup"]
    for outcome in ("Productivity", "Sales", "Jobs", "Accidents", "Survival"):
        of = groups[groups["outcome"] == outcome].groupby("subgroup_of")["subgroup"].agg(sorted)
        assert of.to_dict() == {"risk_class": sorted(risk.CLASSES["en"]), "depopulation_area": ["0", "1"]}
    shown = groups[groups["state"] == "shown"]
    assert len(shown) >= 0.8 * len(groups)
    assert shown[["estimate", "std_error", "n_supported", "n_comparison"]].notna().all(axis=None)


def test_whether_groups_differ_and_how_far_is_released(room):
    ways = room.tables["differences"].groupby("outcome")[["aggregation", "subgroup_of"]].agg(list)
    assert [*zip(*ways.loc["Sales"], strict=True)] == [
        ("region", "municipality"),
        ("subgroup", "risk_class"),
        ("subgroup", "depopulation_area"),
        ("region_within", "municipality"),
    ]
    spread = room.tables["spread"]
    assert spread[["outcome", "comparison"]].to_numpy().tolist() == [
        *(
            [outcome, way]
            for outcome in ("Productivity", "Sales", "Jobs", "Accidents")
            for way in ("pooled", "region_within")
        ),
        ["Survival", "pooled"],
    ]
    assert (spread["state"] == "shown").all()


def test_no_number_of_a_suppressed_municipality_is_in_any_released_file(done):
    hidden = numbers_of_suppressed_regions(done)
    assert len(hidden) > 2000
    files = [one for one in (done / "released").rglob("*") if one.is_file()]
    assert {one.suffix for one in files} == {".csv", ".parquet", ".xlsx", ".json"}
    for file in files:
        assert not hidden & numbers_in(file), file
    inside = [numbers_in(done / "internal" / name) for name in ("effects.csv", "truth.csv")]
    assert hidden <= set.union(*inside)  # the same search finds them where they may stand
    assert hidden <= numbers_in(done / "internal" / "effects.xlsx")


def numbers_of_suppressed_regions(done):
    """Collect what the researcher knows of suppressed municipalities: effects, errors, intervals, truth.

    Outcomes in logs only: a mean of counts, such as 1 / 7, stands in other tables by chance.
    """
    hidden, shown = set(), set()
    for name in ("effects", "truth"):
        inside, released = (
            pd.read_csv(done / room / f"{name}.csv", low_memory=False) for room in ("internal", "released")
        )
        few = (released["state"] == "suppressed") & released["aggregation"].isin(BY_REGION)
        few &= released["outcome"].isin(["Productivity", "Sales", "Jobs"])
        floats = inside.select_dtypes("float").drop(
            columns=["cohort", "period", "event_time", "subgroup"], errors="ignore"
        )
        hidden |= {rounded(number) for number in floats[few].to_numpy().ravel() if number % 1}
        shown |= {rounded(number) for number in floats[~few].to_numpy().ravel()}
    return hidden - shown


def numbers_in(file):
    if file.suffix == ".parquet":
        table = pd.read_parquet(file).select_dtypes("float").to_numpy().ravel()
        return {rounded(number) for number in table[~np.isnan(table)]}
    if file.suffix == ".xlsx":
        book = openpyxl.load_workbook(file, read_only=True)
        cells = (cell for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row)
        return {rounded(cell) for cell in cells if isinstance(cell, float)}
    return {rounded(float(number)) for number in re.findall(r"-?\d+\.\d+(?:e-?\d+)?", file.read_text(encoding="utf-8"))}


def rounded(number):
    return f"{number:.9g}"


def test_what_is_known_of_municipalities_is_the_designated_list_and_the_risk_of_2015():
    frame = read.tables(Study.read(STUDY), STUDY.parent).frame
    known = frame.groupby("municipality")[["depopulation_area", "risk_class"]].agg(["nunique", "first"])
    assert (known[[("depopulation_area", "nunique"), ("risk_class", "nunique")]] == 1).all(axis=None)
    areas = register.designations(on=date(2025, 12, 31)).query("list == 'depopulation'")
    assert (len(areas), set(areas["valid_from"]), set(areas["valid_to"])) == (
        89, {pd.Timestamp(2021, 10, 19)}, {pd.Timestamp(2026, 10, 18)},
    )  # fmt: skip
    listed = known["depopulation_area", "first"] == 1
    assert set(known.index[listed]) == set(areas["code"]) & set(known.index)
    assert listed.sum() == 89
    people = register.population().query("year == 2015").set_index("code").loc[known.index]
    classes = risk.risk_class(risk.extinction_index(people["women_20_39"], people["age_65_plus"]))
    assert classes.astype(str).tolist() == known["risk_class", "first"].tolist()


def test_the_study_says_which_list_of_which_date_it_uses_and_what_is_not_known():
    limits = " ".join(Study.read(STUDY).study.limits)
    notices = register.designations(on=date(2025, 12, 31)).query("list == 'depopulation'")["notice"]
    assert set(notices) == {"2021-66"}
    for said in (
        "the 89 of notice 2021-66",
        "2021-10-19 to 2026-10-18",
        "due on 2026-10-19; it is not known here",
        "of 2015",
    ):
        assert said in limits


def test_every_table_is_marked(room):
    assert room.simulated
    for file in room.place.glob("*.csv"):
        assert set(pd.read_csv(file, encoding="utf-8-sig")[marks.COLUMN]) <= {marks.SIMULATED}


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_report_has_three_megabytes_at_most(done, tmp_path, monkeypatch, language):
    monkeypatch.setattr("impact.publish.quarto.find", lambda: None)
    room = tmp_path / "released"
    shutil.copytree(done / "released", room)
    documents.make(room, "report", language)
    page = room / ("report.html" if language == "en" else "report.ko.html")
    assert page.read_text(encoding="utf-8").count("<img") == 28
    assert page.stat().st_size <= 3_000_000
    shown = re.sub(r"<(style|code)\b.*?</\1>|<[^>]*>", " ", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    columns = {
        name
        for name in ("municipality", "risk_class", "log_size_before", "award_year", "industry_group")
        if name in shown
    }
    assert not (columns and language == "ko")
