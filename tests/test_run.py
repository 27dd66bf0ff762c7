import base64
import hashlib
import html
import json
import re
import shutil
import warnings

import numpy as np
import openpyxl
import pandas as pd
import pytest
from studies import REGIONAL, STUDY, firms, only_tables, regional_firms, write

from impact import run
from impact.errors import InputError, InputWarning
from impact.publish.offline import remote_references
from impact.publish.study_words import Words, measured
from impact.show import figures
from impact.show.room import Room

BAND = ["lower_uniform", "upper_uniform"]
NUMBERS = ["estimate", "std_error", "lower", "upper", *BAND, "p_value"]
MORE = STUDY.replace('unit = "firm"', 'unit = "firm"\nregion = "town"') + (
    '[[outcome]]\nname = "Workers"\ncolumn = "workers"\n'
    '[design]\nsubgroups = ["industry"]\n'
    '[[estimate]]\nestimator = "callaway_santanna"\n[[estimate]]\nestimator = "two_by_two"\n'
)
STATIC = '[[estimate]]\nestimator = "callaway_santanna"\n[[estimate]]\nestimator = "twfe"\neffects = "static"\n'
OTHERS = ("paths", "pretests", "multiplicity", "differences", "spread", "twfe_weights", "bacon", "regression_parts")
KINDS = ("event-study", "heat", "groups", "paths", "bacon", "weights")
FILES = {
    "effects.csv", "effects.parquet", "effects.xlsx", "study.json", "manifest.json", "report.html",
    *(f"{name}.csv" for name in OTHERS),
    *(f"figures/{kind}-sales.{form}" for kind in KINDS for form in ("svg", "png")),
    *(f"figures/timeline.{form}" for form in ("svg", "png")),
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _lite():
    """Keep a Quarto of this machine out: it makes the same page, but slowly."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("impact.publish.quarto.find", lambda: None)
        yield


@pytest.fixture
def no_page(monkeypatch):
    only_tables(monkeypatch)


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    """Run a study with regions whose cohort of 2014 has two firms; return its rooms."""
    place = tmp_path_factory.mktemp("few")
    toml = STUDY.replace('unit = "firm"', 'unit = "firm"\nregion = "town"') + (
        '[[outcome]]\nname = "Workers"\ncolumn = "workers"\n'
        f'[design]\nsubgroups = ["industry"]\nregion_within = ["industry"]\n{STATIC}'
    )
    table = firms({0: 30, 2013: 12, 2014: 2})
    table["town"] = np.where(table["firm"].astype(int) % 2, "가", "나")
    table.loc[table["firm"].between("0031", "0032"), "industry"] = (
        "03"  # two supported firms in a subgroup of their own
    )
    write(place / "study", toml, table)
    done = run.run(place / "study", place / "results")
    assert done.complaint == ""
    return done.place


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    """Run a study with regions, subgroups, two outcomes and two estimators, without its page."""
    place = tmp_path_factory.mktemp("full")
    with pytest.MonkeyPatch.context() as patch:
        only_tables(patch)
        return run.run(write(place / "study", MORE), place / "results").place / "internal"


def files_of(room):
    return {one.relative_to(room).as_posix() for one in room.rglob("*") if one.is_file()}


def csv(room, name="effects"):
    return pd.read_csv(room / f"{name}.csv", encoding="utf-8-sig", dtype={"cohort": str, "subgroup": str})


# ---- what a run leaves ---------------------------------------------------------------------------------------------


def test_a_run_leaves_tables_figures_a_page_and_a_manifest_in_two_rooms(few):
    figures_of_workers = {name.replace("sales", "workers") for name in FILES if "sales" in name}
    for name in ("internal", "released"):
        assert files_of(few / name) == FILES | figures_of_workers


def test_the_pages_carry_all_that_they_show(few):
    for name in ("internal", "released"):
        page = (few / name / "report.html").read_text(encoding="utf-8")
        assert remote_references(page) == []
        assert page.count("<img") == 12


def test_the_manifest_has_the_checksums_of_what_came_in_and_of_what_went_out(few):
    for name in ("internal", "released"):
        manifest = json.loads((few / name / "manifest.json").read_text(encoding="utf-8"))
        study = few.parent.parent / "study"
        assert manifest["inputs"] == {file: sha256(study / file) for file in ("study.toml", "firms.csv")}
        assert manifest["outputs"] == {
            file: sha256(few / name / file) for file in sorted(files_of(few / name) - {"manifest.json"})
        }
        assert (manifest["study"], manifest["seed"], manifest["engine"]) == ("small", 7, "lite")
        assert set(manifest["versions"]) >= {"python", "impact", "numpy", "pandas"}


def sha256(file):
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_every_outcome_estimator_and_aggregation_is_in_one_table(full):
    table = csv(full)
    found = table.groupby(["outcome", "estimator"])["aggregation"].agg(lambda names: sorted(set(names))).to_dict()
    plain, times = (
        ["average_cohort", "cohort", "overall"],
        ["average_event_time", "average_period", "cell", "event_time", "period"],
    )
    main = sorted([*plain, *times, "region", "subgroup"])
    assert found == {
        (outcome, estimator): main if estimator == "callaway_santanna" else plain
        for outcome in ("Sales", "Workers")
        for estimator in ("callaway_santanna", "two_by_two")
    }


def test_csv_parquet_and_xlsx_hold_the_same(full):
    from_csv, from_parquet = csv(full), pd.read_parquet(full / "effects.parquet")
    from_xlsx = pd.read_excel(full / "effects.xlsx", sheet_name="effects", dtype={"cohort": str, "subgroup": str})
    assert list(from_csv.columns) == list(from_parquet.columns) == list(from_xlsx.columns)
    for name in [*NUMBERS, "n_supported", "n_comparison", "period", "event_time"]:
        plain = from_parquet[name].astype(float).to_numpy()
        assert np.array_equal(from_csv[name].astype(float), plain, equal_nan=True)
        np.testing.assert_allclose(from_xlsx[name].astype(float), plain, rtol=1e-14)  # a workbook keeps 16 digits
    for name in ("outcome", "estimator", "aggregation", "region", "subgroup_of", "subgroup", "state"):
        assert (
            from_csv[name].fillna("").tolist()
            == from_parquet[name].fillna("").tolist()
            == from_xlsx[name].fillna("").tolist()
        )


def test_the_workbook_has_the_other_tables_too(full):
    sheets = pd.read_excel(full / "effects.xlsx", sheet_name=None)
    assert list(sheets) == ["effects", *OTHERS]
    assert len(sheets["paths"]) == len(csv(full, "paths")) == 2 * 3 * 5
    assert len(sheets["pretests"]) == len(csv(full, "pretests")) == 2


def test_the_same_estimator_may_be_used_twice_under_two_names(tmp_path, no_page):
    toml = STUDY + "".join(
        f'[[estimate]]\nestimator = "callaway_santanna"\nname = "{name}"\nmethod = "{name}"\n'
        for name in ("reg", "ipw")
    )
    toml = toml.replace("[inference]", '[design]\ncovariates = ["log(workers)"]\n[inference]')
    table = csv(run.run(write(tmp_path / "s", toml), tmp_path / "r").place / "internal")
    average = table[table["aggregation"] == "overall"].set_index("estimator")["estimate"]
    assert list(average.index) == ["reg", "ipw"]
    assert average["reg"] != average["ipw"]


# ---- the same again ------------------------------------------------------------------------------------------------


@pytest.fixture
def numbers(tmp_path, no_page):
    """Return a function that runs a study of this text and gives its internal table of effects."""

    def of(toml, name):
        return run.run(write(tmp_path / name, toml), tmp_path / "results" / name).place / "internal"

    return of


def test_the_same_inputs_and_seed_give_the_same_bytes(numbers):
    one, again = numbers(STUDY, "one"), numbers(STUDY, "again")
    for file in ("effects.csv", *(f"{name}.csv" for name in OTHERS), "effects.parquet"):
        assert (one / file).read_bytes() == (again / file).read_bytes(), file


def test_another_seed_changes_the_bands_only(numbers):
    one, other = csv(numbers(STUDY, "one")), csv(numbers(STUDY.replace("seed = 7", "seed = 8"), "other"))
    pd.testing.assert_frame_equal(one.drop(columns=BAND), other.drop(columns=BAND))
    assert (one[BAND] != other[BAND]).any(axis=None)


def test_another_outcome_changes_no_number_of_the_first(numbers):
    more = STUDY.replace("[[outcome]]", '[[outcome]]\nname = "Workers"\ncolumn = "workers"\n[[outcome]]')
    one, both = csv(numbers(STUDY, "one")), csv(numbers(more, "both"))
    pd.testing.assert_frame_equal(one, both[both["outcome"] == "Sales"].reset_index(drop=True), check_exact=True)
    assert set(both["outcome"]) == {"Sales", "Workers"}


# ---- what may leave ------------------------------------------------------------------------------------------------


def test_cells_on_few_firms_are_suppressed_in_every_aggregation(few):
    table = csv(few / "released")
    hidden = table[table["state"] == "suppressed"]
    assert set(hidden[hidden["aggregation"].isin(["cell", "cohort"])]["cohort"]) == {"2014"}
    assert hidden[hidden["aggregation"] == "event_time"]["event_time"].unique().tolist() == [-2]  # of that cohort alone
    assert hidden[hidden["aggregation"] == "subgroup"]["subgroup"].unique().tolist() == ["03"]
    assert hidden[[*NUMBERS, "n_supported", "n_comparison"]].isna().all(axis=None)


def test_what_is_released_differs_by_suppression_only(few):
    keys = ("estimate", "mean", "statistic", "statistic", "beyond", "weight", "weight", "weight")
    for name, key in zip(["effects", *(one for one in OTHERS if one != "multiplicity")], keys, strict=True):
        inside, released = csv(few / "internal", name), csv(few / "released", name)
        hidden = released["state"] == "suppressed"
        assert hidden.any()
        pd.testing.assert_frame_equal(inside[~hidden], released[~hidden], check_dtype=False)
        assert inside[hidden][key].notna().all()
        assert not (inside["state"] == "suppressed").any()


def test_a_mean_of_few_firms_is_suppressed(few):
    paths = csv(few / "released", "paths")
    assert paths[paths["state"] == "suppressed"]["cohort"].unique().tolist() == ["2014"]
    assert paths[paths["cohort"] == "2014"][["mean", "n_firms"]].isna().all(axis=None)


def test_no_suppressed_number_is_in_any_released_file(few):
    hidden = suppressed_numbers(few)
    assert len(hidden) > 100
    for file in ("effects.csv", *(f"{name}.csv" for name in OTHERS), "study.json", "manifest.json"):
        assert not hidden & set(map(rounded, numbers_in((few / "released" / file).read_text(encoding="utf-8")))), file
    book = openpyxl.load_workbook(few / "released" / "effects.xlsx")
    cells = {cell for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row}
    assert not hidden & {rounded(cell) for cell in cells if isinstance(cell, float)}
    parquet = pd.read_parquet(few / "released" / "effects.parquet")[NUMBERS].to_numpy(float)
    assert not hidden & {rounded(number) for number in parquet[~np.isnan(parquet)]}


def suppressed_numbers(place):
    """Collect the internal numbers of what is suppressed, but those that stand for something released too."""
    hidden, shown = set(), set()
    for name in ("effects", *OTHERS):
        inside, released = csv(place / "internal", name), csv(place / "released", name)
        floats = inside.select_dtypes("float").drop(columns=["period", "event_time"], errors="ignore")
        few = released["state"] == "suppressed"
        hidden |= {rounded(number) for number in floats[few].to_numpy().ravel() if number % 1}
        shown |= {rounded(number) for number in floats[~few].to_numpy().ravel()}
    return hidden - shown


def rounded(number):
    return f"{number:.9g}"


def numbers_in(text):
    return [float(number) for number in re.findall(r"-?\d+\.\d+(?:e-?\d+)?", text)]


def test_no_suppressed_number_is_on_the_released_page_or_in_its_alternative_texts(few):
    inside, released = Room.read(few / "internal"), Room.read(few / "released")
    words, page = Words(inside), visible(few / "released")
    outcomes = {one["name"]: one for one in inside.outcomes}
    hidden = (released.effects["state"] == "suppressed").to_numpy()
    told = {
        " ".join(words.effect(outcomes[row["outcome"]], row | {"state": "shown"}, kind)).strip()
        for row in inside.effects[hidden].to_dict("records")
        for kind in ("", "_uniform")
    }
    assert len(told) > 10
    assert [one for one in told if one in page or one.split(" ", 1)[-1] in page] == []
    means = {
        measured(mean) for mean in inside.tables["paths"][released.tables["paths"]["state"] == "suppressed"]["mean"]
    }
    assert [mean for mean in means if re.search(rf"(?<![\d.]){re.escape(mean)}(?!\d)", page)] == []
    assert all(one in visible(few / "internal") for one in list(means)[:3])


def visible(room):
    """Return what a reader sees or hears of a page: its text and its alternative texts, pictures left out."""
    page = re.sub(r"data:image/[^\"]*", "", (room / "report.html").read_text(encoding="utf-8"))
    return html.unescape(page.split("<body>")[1])


def test_suppressed_is_named_on_the_page_with_the_rule(few):
    page = visible(few / "released")
    assert "2014 first" not in page
    assert "first supported 2014: suppressed, suppressed, suppressed, suppressed, suppressed" in page
    assert (
        "Where “suppressed” stands, fewer than 3 firms are behind a number, or it sums up so few groups that it would tell of "
        "one, so it must not leave. That is neither zero nor missing."
    ) in re.sub(r"\s+", " ", page)
    assert "suppressed" not in visible(few / "internal").replace("nothing in it is suppressed", "")


def test_the_released_figures_are_drawn_from_the_released_tables_alone(few, tmp_path):
    room = tmp_path / "room"
    shutil.copytree(few / "released", room, ignore=shutil.ignore_patterns("*.svg", "*.png"))
    figures.draw_all(room)
    for file in sorted(name for name in FILES if name.endswith("svg")):
        drawn, inside = (room / file).read_bytes(), (few / "internal" / file).read_bytes()
        assert drawn == (few / "released" / file).read_bytes() != inside
        page = (few / "released" / "report.html").read_text(encoding="utf-8")
        assert base64.b64encode(drawn).decode() in page
        assert base64.b64encode(inside).decode() not in page


def test_what_was_said_while_the_study_ran_stays_inside(few):
    inside, released = (
        json.loads((few / name / "study.json").read_text(encoding="utf-8")) for name in ("internal", "released")
    )
    assert {key for key in inside if inside[key] != released[key]} <= {"room", "notes"}
    assert released["notes"] == []


def test_a_study_may_ask_for_more_firms_behind_a_figure(tmp_path, no_page):
    toml = STUDY + "[disclosure]\nminimum_firms = 11\n"
    table = csv(run.run(write(tmp_path / "s", toml), tmp_path / "r").place / "released")
    cohorts = table[table["aggregation"] == "cohort"].set_index("cohort")["state"].to_dict()
    assert cohorts == {"2013": "shown", "2014": "suppressed"}


def test_a_study_that_lowers_the_number_is_told_so(tmp_path):
    toml = STUDY + "[disclosure]\nminimum_firms = 1\n"
    assert run.prepare(write(tmp_path, toml)).notes == [
        "[disclosure] minimum_firms = 1 lets figures leave on fewer than 3 firms (Hundepool, A. et al. (2012), Statistical "
        "Disclosure Control, Wiley, section 4.2.1 (minimum frequency rule, threshold three))."
    ]


# ---- regions -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def regional(tmp_path_factory):
    """Run a study by region, by what is known of regions and beside the firms around, beside its truth."""
    place = tmp_path_factory.mktemp("regional")
    table, without = regional_firms()
    folder = write(place / "study", REGIONAL, table)
    without.to_csv(folder / "without.csv", index=False)
    with pytest.MonkeyPatch.context() as patch:
        only_tables(patch)
        return run.run(folder, place / "results").place


def by_group(room):
    table = csv(room)
    return table[table["aggregation"].isin(["region", "region_within", "subgroup"])]


def test_effects_stand_by_region_by_attribute_and_by_subgroup_for_the_answer_alone(regional):
    table = by_group(regional / "internal")
    assert set(table["estimator"]) == {"callaway_santanna"}
    counts = table.groupby(["outcome", "aggregation", table["subgroup_of"].fillna("")]).size()
    assert counts.to_dict() == {
        (outcome, *way): n
        for outcome in ("Sales", "Workers")
        for way, n in {
            ("region", ""): 12,
            ("region_within", ""): 12,
            ("subgroup", "coast"): 2,
            ("subgroup", "size"): 2,
        }.items()
    }
    regions = table[table["aggregation"] != "subgroup"]
    assert set(regions["region"]) == {f"t{of:02d}" for of in range(12)}
    assert set(table.loc[table["subgroup_of"] == "coast", "subgroup"]) == {"no", "yes"}


def test_a_region_is_compared_with_all_firms_or_with_those_around_it(regional):
    table = by_group(regional / "internal").query("outcome == 'Sales'").set_index("region")
    pooled, within = (table[table["aggregation"] == way] for way in ("region", "region_within"))
    assert (pooled["n_comparison"] == 120).all()
    assert pooled["n_supported"].tolist() == within["n_supported"].tolist()
    assert (pooled["estimate"] != within["estimate"]).all()
    whole = (
        csv(regional / "internal")
        .query("outcome == 'Sales' and estimator == 'callaway_santanna'")
        .set_index("aggregation")
    )
    average = np.average(pooled["estimate"], weights=pooled["n_supported"])
    assert average == pytest.approx(whole.loc["overall", "estimate"], abs=0.03)


def test_a_region_of_few_firms_is_not_enough_evidence_and_does_not_leave(regional):
    for way in ("region", "region_within"):
        inside, released = (
            by_group(regional / room).query(f"aggregation == '{way}'") for room in ("internal", "released")
        )
        few, shown = (dict(zip(of["region"], of["state"], strict=True)) for of in (inside[:12], released[:12]))
        assert (few.pop("t00"), set(few.values())) == ("not enough evidence", {"shown"})
        assert (shown.pop("t00"), set(shown.values())) == ("suppressed", {"shown"})
        hidden = released[released["region"] == "t00"]
        assert hidden[[*NUMBERS, "n_supported", "n_comparison"]].isna().all(axis=None)


def test_whether_groups_differ_is_tested_for_every_way_of_telling_them_apart(regional):
    table = csv(regional / "internal", "differences")
    assert table[table["outcome"] == "Sales"][["aggregation", "subgroup_of", "n_groups", "df"]].to_numpy().tolist() == [
        ["region", "town", 12, 11],
        ["subgroup", "coast", 2, 1],
        ["subgroup", "size", 2, 1],
        ["region_within", "town", 12, 11],
    ]
    tests = table[table["outcome"] == "Sales"].set_index("subgroup_of")["p_value"]
    assert tests["coast"] < 0.001 < tests["size"]
    released = csv(regional / "released", "differences")
    pd.testing.assert_frame_equal(released, table)  # twelve towns are many, and no other group is small


def test_how_far_regions_lie_apart_counts_those_with_evidence(regional):
    table = csv(regional / "internal", "spread")
    assert table[["outcome", "comparison", "n_regions", "state"]].to_numpy().tolist() == [
        [outcome, way, 11, "shown"] for outcome in ("Sales", "Workers") for way in ("pooled", "region_within")
    ]
    pd.testing.assert_frame_equal(csv(regional / "released", "spread"), table)
    assert (table.loc[table["outcome"] == "Sales", "beyond"] > 0.05).all()


def test_effects_by_group_stand_beside_their_truth(regional):
    truth = csv(regional / "internal", "truth")
    truth = truth[truth["aggregation"].isin(["region", "region_within", "subgroup"]) & (truth["outcome"] == "Sales")]
    coast = truth[truth["subgroup_of"] == "coast"].set_index("subgroup")["truth"]
    assert coast.to_dict() == pytest.approx({"no": 0.3, "yes": 0.5})
    regions = truth[truth["region"].notna()]
    assert len(regions) == 24
    expected = [0.5 if int(name[1:]) % 2 else 0.3 for name in regions["region"]]
    assert regions["truth"].tolist() == pytest.approx(expected)
    assert regions["covered"].mean() > 0.8
    released = csv(regional / "released", "truth")
    assert released[released["region"] == "t00"][["truth", "covered"]].isna().all(axis=None)


def test_an_estimator_without_groups_cannot_stand_first_where_regions_are_asked_for(tmp_path):
    toml = STUDY.replace('unit = "firm"', 'unit = "firm"\nregion = "town"')
    toml += '[[estimate]]\nestimator = "twfe"\n'
    with pytest.raises(InputError) as caught:
        run.run(write(tmp_path / "s", toml), tmp_path / "r")
    assert caught.value.problems == (
        "Sales (twfe): This estimator gives no effects by region or subgroup. Put one that does first, or leave region and "
        "subgroups out.",
    )


# ---- what stands in the way ----------------------------------------------------------------------------------------


def test_what_is_wrong_with_the_table_and_with_its_subgroups_is_reported_at_once(tmp_path):
    table = firms()
    table.loc[0, "sales"] = None
    table["sales"] = table["sales"].astype(object)
    table.loc[1, "sales"] = "many"
    table.loc[0, "town"] = None
    toml = STUDY + '[design]\nsubgroups = ["town", "size"]\n'
    with pytest.raises(InputError) as caught:
        run.prepare(write(tmp_path, toml, table))
    assert len(caught.value.problems) == 3
    assert [re.sub(r" .*", "", problem) for problem in caught.value.problems] == ["'sales'", "Every", "The"]


def test_an_outcome_that_cannot_be_estimated_is_named(tmp_path):
    table = firms().assign(empty=np.nan, blank=np.nan)
    toml = STUDY + "".join(f'[[outcome]]\nname = "{name}"\ncolumn = "{name.lower()}"\n' for name in ("Empty", "Blank"))
    with pytest.raises(InputError) as caught:
        run.run(write(tmp_path / "s", toml, table), tmp_path / "r")
    assert [problem.split(": ")[0] for problem in caught.value.problems] == [
        "Empty (callaway_santanna)",
        "Blank (callaway_santanna)",
    ]
    assert list((tmp_path / "r").iterdir()) == []


def test_notes_are_collected_once_each():
    notes = ["known"]
    with run.noting(notes):
        for words in ("known", "new", "new"):
            warnings.warn(words, InputWarning, stacklevel=1)
    assert notes == ["known", "new"]


def test_other_warnings_go_their_way():
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        with run.noting([]):
            warnings.warn("other", UserWarning, stacklevel=1)
    assert [str(one.message) for one in heard] == ["other"]
