import json
import re
import shutil

import numpy as np
import pandas as pd
import pytest
from studies import REGIONAL, only_tables, regional_firms, write

import impact
from impact import disclosure, run
from impact.__main__ import main
from impact.errors import InputError
from impact.priorities import costs, promise, shrink
from impact.prioritize import NAMES
from impact.prioritize.plans import next_firms
from impact.prioritize.regional import regional
from impact.prioritize.run import run as prioritize
from impact.prioritize.tables import tables
from impact.publish import documents
from impact.publish.priorities_page import Priorities
from impact.publish.study_page import Page
from impact.publish.study_words import Words
from impact.show.room import Room

ASKED = """
[priorities]
outcome = "Sales"
prior = ["precision", "coast"]
budget = 100
cost = 10
money = "million won"
in_units = true
take_up = 0.5
diminishing = 0.2
most_in_a_region = 2
floor_for = "coast"
floor = 0.4
value_per_unit = 3.5
years = 2
ladder = [2, 4]
"""


@pytest.fixture(scope="module", autouse=True)
def _lite():
    """Keep a Quarto of this machine out: it makes the same page, but slowly."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("impact.publish.quarto.find", lambda: None)
        yield


def study(folder, asked=ASKED, changed=lambda table: table, toml=REGIONAL):
    """Write a study of twelve towns with its priorities, and return its folder."""
    table, without = regional_firms()
    write(folder, toml + asked, changed(table))
    without.to_csv(folder / "without.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Run a study and its priorities, with pages and figures; return its rooms."""
    at = tmp_path_factory.mktemp("priorities")
    folder = study(at / "study")
    with pytest.MonkeyPatch.context() as patch:
        only_tables(patch)
        run.run(folder, at / "results")
    done = prioritize(folder, at / "results")
    assert done.complaint == ""
    return done.place


@pytest.fixture(scope="module")
def of(tmp_path_factory):
    """Estimate the regions of the same study by hand."""
    prepared = run.prepare(study(tmp_path_factory.mktemp("by-hand") / "study"))
    return regional(prepared), prepared.study


def csv(room, name):
    return pd.read_csv(room / f"{name}.csv", encoding="utf-8-sig", dtype={"region": str})


def facts(room):
    table = csv(room, "priorities_facts")
    return dict(zip(table["name"], table["value"], strict=True))


def made(folder, asked=ASKED, **more):
    """Return the tables of a study's priorities, without writing anything."""
    prepared = run.prepare(study(folder, asked, **more))
    return tables(regional(prepared), prepared.study)


# ---- tables --------------------------------------------------------------------------------------------------------


def test_every_region_has_a_row_with_what_shrinking_ranking_and_grading_say(place, of):
    about, asked = of
    table = csv(place / "internal", "priorities").set_index("region")
    assert list(table.index) == [f"t{town:02d}" for town in range(12)]
    e = impact.shrink(about.raw, ("precision", "coast"), about.about[["coast"]])
    told = shrink.told(e, confidence=asked.inference.confidence).set_index("region")
    for ours, theirs in (
        ("estimate", "mean"),
        ("std_error", "sd"),
        ("pr_positive", "pr_positive"),
        ("own_weight",) * 2,
    ):
        np.testing.assert_allclose(table[ours], told.loc[table.index, theirs], rtol=1e-12)
    known = about.raw.at(np.flatnonzero(about.raw.cells["state"] == "shown"))
    ranks = impact.rank_sets(known, seed=asked.inference.seed)
    assert table["rank_best"].dropna().tolist() == ranks["rank_best"].tolist()
    assert table.loc["t00", ["rank_best", "rank_worst"]].isna().all()
    assert table["grade"].tolist() == impact.grades(e).table.loc[table.index, "grade"].tolist()


def test_the_truth_stands_beside_the_effects_of_regions_with_supported_firms(place):
    table = csv(place / "internal", "priorities")
    coast = table["region"].str[1:].astype(int) % 2 == 1
    np.testing.assert_allclose(table.loc[~coast & (table["region"] != "t00"), "truth"], 0.3)
    np.testing.assert_allclose(table.loc[coast, "truth"], 0.5)


def test_a_plan_keeps_its_budget_its_floor_and_its_caps(place):
    table, known = csv(place / "internal", "priorities"), facts(place / "internal")
    assert table["firms"].max() <= 2
    assert 10 * table["firms"].sum() == known["spent"] <= known["budget"] == 100
    coast = table["region"].str[1:].astype(int) % 2 == 1
    assert 10 * table.loc[coast, "firms"].sum() >= 40
    assert known["value"] == pytest.approx((table["firms"] * table["next_effect"]).sum())
    assert known["value"] > known["value_spread"]
    assert known["core"] + known["contested"] + known["out"] == known["candidates"]


def test_the_next_firms_gain_what_the_last_did_less_diminishing_returns_at_their_own_level(place, of):
    about, _ = of
    table = csv(place / "internal", "priorities").set_index("region")
    had = table["n_supported"]
    covered = had / (had + table["eligible"])
    later = covered + 0.5 * (1 - covered)
    factor = (1 - 0.2 * (covered + later) / 2) / (1 - 0.2 * covered / 2)
    expected = np.expm1(table["estimate"] * factor) * about.about["level"]
    np.testing.assert_allclose(table["next_effect"], expected, rtol=1e-10)


def test_firms_that_could_be_next_were_never_supported_and_are_seen_in_the_last_year(of):
    about, _ = of
    frame, _ = regional_firms()
    last = frame[(frame["year"] == frame["year"].max()) & (frame["since"] == 0)]
    assert about.about["eligible"].to_dict() == {
        **dict.fromkeys(about.about.index, 0),
        **last.groupby("town").size().to_dict(),
    }
    np.testing.assert_allclose(about.about["level"].dropna(), last.groupby("town")["sales"].mean())


def test_what_plans_promise_is_the_function_of_the_package(place, of):
    about, asked = of
    posterior = impact.shrink(about.raw, ("precision", "coast"), about.about[["coast"]])
    next_ = next_firms(posterior, about, asked.priorities)
    raw = next_firms(about.raw.at(np.flatnonzero(about.raw.value.notna())), about, asked.priorities).estimate
    both = next_.estimate.at(np.flatnonzero(next_.estimate.value.index.isin(raw.value.index)))
    found = promise.over_promise(
        raw,
        both,
        cost=10,
        budget=100,
        caps=next_.firms.clip(upper=2),
        floors={"coast": (about.about["coast"] == "yes", 0.4)},
    )
    ours = csv(place / "internal", "promise")
    np.testing.assert_allclose(ours["claimed"][:2], found["claimed"], rtol=1e-9)
    assert ours["plan"].tolist() == ["raw estimates", "shrunken effects", "the truth"]
    best = ours.set_index("plan")["came_true"]
    assert best["the truth"] >= best.max() - 1e-9


def test_what_floors_cost_rises_with_them(place):
    table = csv(place / "internal", "frontier")
    assert table["floor"].tolist() == [round(0.1 * step, 1) for step in range(11)]
    assert (table["value"].diff().dropna() <= 1e-9).all()
    assert (table["share"] >= table["kept"] - 1e-9).all()


def test_the_floor_that_is_asked_for_is_among_those_that_are_priced(tmp_path):
    found = made(tmp_path / "a", ASKED.replace("floor = 0.4", "floor = 0.45"))["frontier"]
    assert 0.45 in found["floor"].tolist()
    assert len(found) == 12


def test_what_is_assumed_stands_among_the_numbers(place, tmp_path):
    known = facts(place / "internal")
    assert (known["take_up"], known["diminishing"]) == (0.5, 0.2)
    found = made(tmp_path / "a", ASKED.replace("take_up = 0.5\ndiminishing = 0.2\n", ""))["priorities_facts"]
    default = found.set_index("name")["value"]
    assert [default["take_up"], default["diminishing"]] == [costs.parameter("take_up"), costs.parameter("diminishing")]


def test_where_less_is_better_effects_are_turned(tmp_path):
    toml = REGIONAL.replace(
        'name = "Workers"\ncolumn = "workers"', 'name = "Workers"\ncolumn = "workers"\nbetter = "lower"'
    )
    asked = '[priorities]\noutcome = "Workers"\n'
    found = made(tmp_path / "a", asked, toml=toml)["priorities"]
    other = made(tmp_path / "b", asked)["priorities"]
    np.testing.assert_allclose(found["own_estimate"], -other["own_estimate"])
    np.testing.assert_allclose(found["estimate"], -other["estimate"], atol=1e-6)
    np.testing.assert_allclose(found["truth"].dropna(), -2)


def test_without_money_there_are_grades_and_no_plan(tmp_path):
    found = made(tmp_path / "a", "")
    assert set(found) == {"priorities", "winners", "priorities_facts"}
    assert "firms" not in found["priorities"]


# ---- what leaves ---------------------------------------------------------------------------------------------------


def test_what_is_said_of_a_region_of_few_firms_does_not_depend_on_them(place, tmp_path):
    hidden = csv(place / "released", "priorities").set_index("region").loc["t00"]
    assert hidden[["own_estimate", "own_std_error", "truth", "n_supported", "n_comparison"]].isna().all()
    assert hidden["state"] == "no evidence of its own"

    def other(table):
        few = (table["town"] == "t00") & (table["since"] > 0) & (table["year"] >= table["since"])
        return table.assign(sales=table["sales"].mask(few, 7 * table["sales"]))

    found = made(tmp_path / "other", changed=other)
    again = disclosure.released(found, 3)["priorities"].set_index("region")
    columns = ["estimate", "std_error", "pr_positive", "grade", "next_effect", "firms"]
    before = csv(place / "released", "priorities").set_index("region")
    np.testing.assert_allclose(again[columns].astype(float), before[columns], rtol=1e-6, atol=1e-9)
    assert found["priorities"].set_index("region").loc["t00", "own_estimate"] != pytest.approx(
        csv(place / "internal", "priorities").set_index("region").loc["t00", "own_estimate"]
    )


def test_nothing_of_a_region_leaves_where_its_few_firms_had_a_part_in_it(place):
    inside = csv(place / "internal", "priorities")
    least = int(inside["n_supported"].max()) + 1
    found = {name: csv(place / "internal", name) for name in NAMES}
    out = disclosure.released(found, least)
    few = inside["n_supported"] < least
    table = out["priorities"]
    assert set(table.loc[few & (inside["state"] == "shown"), "state"]) == {"suppressed"}
    numbers = table.columns.difference(["region", "state"])
    assert table.loc[few & (inside["state"] == "shown"), numbers].isna().all(axis=None)
    hidden = out["winners"]["state"] == "suppressed"
    assert out["winners"].loc[hidden, ["region", "naive", "estimate", "lower", "upper"]].isna().all(axis=None)


def test_sums_over_a_handful_do_not_leave_where_one_of_them_is_suppressed():
    regions = pd.DataFrame({"n_supported": [2, 9, 9], "n_comparison": 50})
    sums = pd.DataFrame({"plan": ["raw"], "claimed": [3.0], "state": "shown"})
    assert disclosure.released_sums(sums, regions, 3).to_dict("records") == [
        {"plan": "raw", "claimed": pytest.approx(np.nan, nan_ok=True), "state": "suppressed"}
    ]
    pd.testing.assert_frame_equal(disclosure.released_sums(sums, regions.iloc[1:], 3), sums)
    many = pd.concat([regions] * 4, ignore_index=True)
    pd.testing.assert_frame_equal(disclosure.released_sums(sums, many, 3), sums)


# ---- the page ------------------------------------------------------------------------------------------------------


def words(place, room):
    page = (place / room / "priorities.html").read_text(encoding="utf-8")
    return " ".join(re.sub(r"<[^>]+>", " ", re.sub(r"<(style|script|svg)[\s\S]*?</\1>", " ", page)).split())


def test_the_page_says_where_the_money_goes_how_sure_and_on_what(place):
    said, known = words(place, "released"), facts(place / "released")
    assert (
        f"100 million won supports {known['firms']:.0f} firms in {known['regions']:.0f} of {known['candidates']:.0f} regions"
        in said
    )
    for heading in (
        "Who is next",
        "How sure",
        "What plans promise",
        "What balance costs",
        "What it costs",
        "What is assumed",
    ):
        assert heading in said
    assert (
        "50 % of the firms that could be next take support when it is offered (the study's own assumption)"
        in said.replace("’", "'")
    )
    assert re.search(r"more million won \(95 % interval", said)


def test_its_figures_say_in_words_what_they_show(place):
    page = (place / "released" / "priorities.html").read_text(encoding="utf-8")
    grades, promised, balance = re.findall(r'<img[^>]*alt="([^"]*)"', page)
    table = csv(place / "released", "priorities")
    known = table[(table["state"] == "shown") & table["grade"].notna()]
    assert f"grade 1: {(known['grade'] == 1).sum()}" in grades
    assert f"Shrunken effects of {len(known)} regions lie between" in grades
    plan = csv(place / "released", "promise").iloc[0]
    raw = re.search(r"raw estimates: ([\d.]+), ([\d.]+), ([\d.]+) \(", promised)
    assert [float(one) for one in raw.groups()] == pytest.approx(
        [plan["claimed"], plan["delivered"], plan["came_true"]], rel=0.01
    )
    assert balance.startswith("What balance costs. 0 %:")


def test_no_rank_stands_without_its_set(place):
    said = words(place, "internal")
    table = said[said.index("Possible ranks are those") :]
    ranks = csv(place / "internal", "priorities").dropna(subset=["rank_best"])
    for row in ranks.itertuples():
        assert f"{row.rank_best:.0f}–{row.rank_worst:.0f}" in table


def test_both_languages_say_the_same_numbers(place, tmp_path):
    shutil.copytree(place / "released", tmp_path / "released")
    documents.make(tmp_path / "released", "priorities", "ko")
    (tmp_path / "released" / "priorities.ko.html").replace(tmp_path / "released" / "priorities.html")
    english, korean = (re.findall(r"\d[\d,.]*\d|\d", words(at, "released")) for at in (place, tmp_path))
    known = {f"{value:.0f}" for value in facts(place / "released").values() if value >= 10}
    assert known & set(english) <= set(korean)
    assert "다음은 누구인가" in words(tmp_path, "released")


def test_a_mean_change_is_one_of_the_firms_of_its_own_plan(place):
    room = Room.read(place / "internal")
    room.about["priorities"]["in_units"] = False
    of = Priorities(Page(room, Words(room)))
    assert of.size({"value": 2.0, "firms": 20}, "value") == "10.52 %"
    assert of.size({"value": 2.0, "firms": 10}, "value") == "22.14 %"


def test_a_handful_of_regions_with_a_suppressed_one_has_a_page_that_says_so(tmp_path, monkeypatch):
    def handful(table):
        town = table["firm"].astype(int).map(lambda number: "t00" if number > 216 else f"t{1 + number % 8:02d}")
        return table.assign(town=town, coast=town.isin(["t01", "t02", "t03"]).map({True: "yes", False: "no"}))

    asked = ASKED.replace("ladder = [2, 4]", "").replace('["precision", "coast"]', '["precision"]')
    folder = study(tmp_path / "study", asked, handful)
    table = handful(regional_firms()[1])
    table.to_csv(folder / "without.csv", index=False)
    with monkeypatch.context() as patch:
        only_tables(patch)
        run.run(folder, tmp_path / "results")
    done = prioritize(folder, tmp_path / "results")
    assert done.complaint == ""
    released, inside = words(done.place, "released"), words(done.place, "internal")
    assert released.count("Suppressed: there are few regions, and one of them has too few firms") == 2
    assert "100 million won supports" not in released
    assert "100 million won supports" in inside
    assert "What balance costs" not in released


def test_the_manifest_has_what_was_added(place):
    for room in ("internal", "released"):
        outputs = json.loads((place / room / "manifest.json").read_text(encoding="utf-8"))["outputs"]
        assert {f"{name}.csv" for name in NAMES} | {"priorities.html", "figures/priorities-balance.svg"} <= set(outputs)


def test_a_study_without_a_plan_has_a_page_that_says_so(tmp_path, monkeypatch):
    folder = study(tmp_path / "study", "")
    with monkeypatch.context() as patch:
        only_tables(patch)
        run.run(folder, tmp_path / "results")
    done = prioritize(folder, tmp_path / "results")
    said = words(done.place, "released")
    assert "The study names no budget" in said
    assert "What balance costs" not in said


# ---- mistakes ------------------------------------------------------------------------------------------------------


def said_by(capsys, *given):
    code = main([str(word) for word in given])
    return code, capsys.readouterr().err


def test_priorities_need_the_results_of_the_study_as_it_is(tmp_path, capsys, monkeypatch):
    folder = study(tmp_path / "study")
    out = tmp_path / "results"
    code, said = said_by(capsys, "prioritize", folder, "--out", out)
    assert code == 2
    assert said == f"There must be results at {out / 'small'}; there are none. Run the study first: impact run STUDY\n"
    with monkeypatch.context() as patch:
        only_tables(patch)
        run.run(folder, out)
    (folder / "study.toml").write_text(
        (folder / "study.toml").read_text(encoding="utf-8") + "# later\n", encoding="utf-8"
    )
    code, said = said_by(capsys, "prioritize", folder, "--out", out)
    assert code == 2
    assert said == (
        f"The results at {out / 'small'} must be of the study as it is now; study.toml changed since. Run it again: impact run "
        "STUDY\n"
    )


def test_priorities_need_regions(tmp_path, capsys):
    folder = write(tmp_path / "study")
    assert said_by(capsys, "prioritize", folder, "--out", tmp_path) == (
        2,
        "Priorities are of regions; [panel] names none. Add region = …, the column of their codes.\n",
    )


@pytest.mark.parametrize(
    ("asked", "changed", "said"),
    [
        (
            '[priorities]\nprior = ["hills", "precision"]\n',
            lambda table: table,
            "[priorities] prior and floor_for must be columns of the table; it lacks hills. Check the names.",
        ),
        (
            '[priorities]\nprior = ["industry"]\n',
            lambda table: table,
            "'industry' must say one thing of each region; it says several of 12 regions: t00, t01, t02, t03, t04 and more. Take "
            "it at one date, before support began.",
        ),
        (
            ASKED,
            lambda table: table.assign(coast=table["coast"].replace("no", "inland")),
            "[priorities] floor_for must be a column of 1 and 0 (or true and false, yes and no); seen: inland.",
        ),
    ],
)
def test_what_is_said_of_regions_must_be_known_and_one_thing(tmp_path, asked, changed, said):
    with pytest.raises(InputError) as caught:
        made(tmp_path / "study", asked, changed=changed)
    assert str(caught.value) == said


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (
            'outcome = "Profit"',
            "[priorities] outcome must be the name of an [[outcome]]: 'Sales', 'Workers'; seen: 'Profit'.",
        ),
        (
            "budget = 100",
            "[priorities] budget and cost (of one firm) go together; only one is given. Give both, or leave both out.",
        ),
        (
            "floor = 0.5",
            "[priorities] floor and floor_for go together; only one is given. Give both, or leave both out.",
        ),
        (
            "value_per_unit = 3",
            "[priorities] value_per_unit goes with budget and cost; they are not given. Give them, or leave it out.",
        ),
        (
            'outcome = "Workers"\nin_units = true',
            '[priorities] in_units goes with an outcome whose transform is "log"; others are in units already. Leave it out.',
        ),
        ("take_up = 1.5", "[priorities] take_up must be a share from 0 to 1; seen: 1.5."),
        ("budget = 0\ncost = 1", "[priorities] budget must be above 0; seen: 0.0."),
        ("budget = 1\ncost = inf", "[priorities] cost must be above 0; seen: inf."),
        ("years = 0", "[priorities] years must be above 0; seen: 0."),
        ("ladder = [2, 0]", "[priorities] ladder must be sizes of 1 or more; seen: 2, 0."),
    ],
)
def test_what_is_asked_must_make_sense(tmp_path, asked, said):
    with pytest.raises(InputError) as caught:
        run.prepare(study(tmp_path / "study", f"[priorities]\n{asked}\n"))
    assert list(caught.value.problems) == [f"study.toml: {said}"]


def test_priorities_go_with_regions(tmp_path):
    folder = write(tmp_path / "study")
    file = folder / "study.toml"
    file.write_text(file.read_text(encoding="utf-8") + "[priorities]\nthreshold = 0.1\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        run.prepare(folder)
    assert list(caught.value.problems) == [
        "study.toml: [priorities] goes with [panel] region, the column of regions; there is none. Name it, or leave this out."
    ]
