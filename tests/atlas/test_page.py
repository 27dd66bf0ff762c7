import base64
import hashlib
import html
import json
import re
import shutil
import subprocess

import pandas as pd
import pytest
from atlas import regional

from impact import atlas, where
from impact.atlas import page, words
from impact.errors import InputError
from impact.publish.offline import remote_references
from impact.regions import boundaries

TILES_MOST, SHAPES_MOST = 250_000, 600_000  # bytes
JS = sorted(where.reports("atlas", "js").glob("*.js"))


def refusal(*given, **named):
    with pytest.raises(InputError) as caught:
        atlas.make(*given, **named)
    return str(caught.value)


@pytest.fixture
def made(results):
    return atlas.make(results)


def read(path):
    return path.read_text(encoding="utf-8")


def data_of(text):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)[1])


# ---- one file ------------------------------------------------------------------------------------------------------


def test_the_page_lies_beside_the_released_tables_and_in_their_list(results, made):
    assert made.path == results / "released" / "atlas.html"
    listed = json.loads(read(results / "released" / "manifest.json"))["outputs"]
    assert listed["atlas.html"] == hashlib.sha256(made.path.read_bytes()).hexdigest()
    assert list(listed) == sorted(listed)


def test_the_same_tables_make_the_same_page(results, made):
    before = made.path.read_bytes()
    assert atlas.make(results).path.read_bytes() == before


def test_nothing_is_loaded_from_elsewhere(made):
    assert remote_references(read(made.path)) == []


def test_its_size_is_bounded(results, made, shared):
    assert made.path.stat().st_size <= TILES_MOST
    shapes = atlas.make(results, shared / "data" / "boundaries" / "kr_sigungu229_2024_full.parquet")
    assert shapes.path.stat().st_size <= SHAPES_MOST


def test_the_policy_names_the_style_and_the_script_that_are_there(made):
    text = read(made.path)
    said = html.unescape(re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1])
    for tag, kind in (("style", "style-src"), ("script", "script-src")):
        content = re.search(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)[1]
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{kind} 'sha256-{digest}'" in said
    assert said.startswith("default-src 'none'; ")
    assert "unsafe" not in said


def test_what_the_page_holds_is_what_was_gathered(results, made):
    assert data_of(read(made.path)) == json.loads(json.dumps(page.content(page._room(results), None, "en")))


def test_no_text_of_a_stranger_is_markup(made):
    text = read(made.path)
    assert text.count("<script") == text.count("</script>") == 2
    assert "<img" not in text
    assert "&lt;script&gt;document.title" in re.search(r"<title>(.*?)</title>", text)[1]
    assert data_of(text)["study"]["limits"] == ["The firms are <b>made up</b>."]


def test_a_place_for_a_part_in_a_text_of_a_stranger_stays_text(results):
    about = json.loads(read(results / "released" / "study.json"))
    about["study"]["title"] = "{{script}} {{data}} </script><!--"
    (results / "released" / "study.json").write_text(json.dumps(about), encoding="utf-8")
    text = read(atlas.make(results).path)
    assert text.count("</script>") == 2
    assert data_of(text)["study"]["title"] == "{{script}} {{data}} </script><!--"


# ---- what must not leave -------------------------------------------------------------------------------------------


def test_a_canary_of_a_suppressed_region_is_nowhere_in_the_file(tmp_path):
    """Two supported firms of one region sell ten thousand times as much after support: nothing of it may be seen."""
    table = regional.firms()
    first = regional.supported_firms().index[3]
    canary = (table["town"] == first) & (table["since"] > 0) & (table["year"] >= table["since"])
    table.loc[canary, "sales"] *= 1e7
    place = regional.made(tmp_path, table=table)
    inside = pd.read_csv(place / "internal" / "effects.csv", encoding="utf-8-sig", dtype={"region": str})
    mine = inside[inside["aggregation"].isin(["region", "region_within"]) & (inside["region"] == first)]
    sales = mine[mine["outcome"] == "Sales"]
    assert len(sales) == 2
    assert (sales["estimate"] > 15).all()
    data = data_of(read(atlas.make(place).path))
    columns = [regional.numbers(one, name) for one in data["estimates"] for name in ("estimate", "lower", "upper")]
    assert max(map(max, columns)) < 10
    text = read(atlas.make(place).path)
    for value in sales["estimate"]:
        assert f"{value:.4f}"[:5] not in text
    at = data["regions"]["code"].index(first)
    assert all(one["state"][at] == "2" for one in data["estimates"])


def test_only_the_released_tables_are_read(results):
    shutil.rmtree(results / "internal")
    assert atlas.make(results).path.is_file()


# ---- marks, words, languages ---------------------------------------------------------------------------------------


def test_the_mark_of_simulated_firms_is_in_title_page_and_data(made):
    text = read(made.path)
    assert text.count("SIMULATED / 모의자료") >= 3
    assert "<title>SIMULATED / 모의자료: " in text
    assert data_of(text)["mark"] == "SIMULATED / 모의자료"


def test_the_page_opens_in_the_language_of_the_study_or_another_one(results, made):
    assert '<html lang="en">' in read(made.path)
    text = read(atlas.make(results, language="ko").path)
    assert '<html lang="ko">' in text
    assert data_of(text)["language"] == "ko"


def test_the_words_that_must_stand_on_a_map_are_on_the_page_uncut(results, shared):
    source = shared / "data" / "source" / "vuski_sgg_20220309_vote_simple.geojson"
    said = data_of(read(atlas.make(results, source).path))["map"]["attribution"]
    words_ = boundaries.pinned().attribution
    assert said["ko"].startswith(words_.ko)
    assert said["en"].startswith(words_.en)


def test_every_phrase_that_scripts_and_template_ask_for_is_there_and_every_one_is_asked_for():
    source = "".join(map(read, JS)) + read(where.reports("atlas", "atlas.html"))
    said = words.every()
    asked = set(re.findall(r'say\("([\w.]+)"', source)) | set(re.findall(r'data-(?:word|label)="(\w+)"', source))
    assert asked <= set(said["en"])
    measures = [f"measure_{key}" for key in ("probability", "mean", "interval", "risk", "change", "designation")]
    built = {
        *measures,
        "standing_value",
        "standing_short",
        "risk_note",
        "change_note",
        "designation_note",
        "map.probability_note",
        "map.mean_note",
    }
    built |= {f"beside_{way}{end}" for way in ("all", "around", "shrunken") for end in ("", "_note")}
    built |= {"who.never", "who.not_yet"}
    named = {key for key in said["en"] if f'"{key}"' in source}
    assert set(said["en"]) - asked - built - named <= {"answer.percent_alone", "answer.unit_alone"}
    assert set(said["en"]) == set(said["ko"])


# ---- scripts -------------------------------------------------------------------------------------------------------


def test_every_script_and_style_is_joined():
    assert sorted(f"{name}.js" for name in page.SCRIPTS) == [file.name for file in JS]
    assert sorted(f"{name}.css" for name in page.STYLES) == sorted(
        file.name for file in where.reports("atlas", "css").glob("*.css")
    )


@pytest.mark.parametrize("file", JS, ids=lambda file: file.stem)
def test_a_script_makes_nothing_of_text_but_text(file):
    source = read(file)
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|\bvar\b",
        source,
    )
    assert all(line.count("`") % 2 == 0 for line in source.splitlines())  # lines are stripped when they are joined


@pytest.mark.parametrize("file", JS, ids=lambda file: file.stem)
def test_a_script_is_sound(file):
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs node, which is not installed")
    done = subprocess.run([node, "--check", str(file)], capture_output=True, text=True, check=False)
    assert done.stderr == ""


# ---- refusals and notes --------------------------------------------------------------------------------------------


def test_without_results_the_user_is_told_to_run_the_study(tmp_path):
    assert refusal(tmp_path / "none") == (
        f"There must be released results at {tmp_path / 'none'}; there are none. Run the study first: impact run STUDY"
    )


def test_a_language_that_the_page_does_not_have_is_refused(results):
    assert (
        refusal(results, language="fr") == "An atlas opens in English ('en') or Korean ('ko'); seen: 'fr'. Choose one."
    )


def test_without_boundaries_a_note_says_that_there_are_tiles(made):
    assert made.notes == (
        "There are no boundaries, so each region is a tile. Name a file with boundaries, or fetch one: impact regions fetch.",
    )
    assert data_of(read(made.path))["map"] is None


def test_fetched_boundaries_are_drawn_without_being_asked_for(results, shared, monkeypatch):
    path = shared / "data" / "boundaries" / "kr_sigungu229_2024_light.parquet"
    monkeypatch.setattr("impact.regions.boundaries.cached", lambda detail: path if detail == "light" else None)
    made = atlas.make(results)
    assert made.notes == ()
    assert len(data_of(read(made.path))["map"]["paths"]) == 229


def test_regions_that_the_boundaries_lack_are_named(results, shared):
    whole = boundaries.read(shared / "data" / "boundaries" / "kr_sigungu229_2024_light.parquet")
    part = boundaries.Boundaries(whole.frame[3:].reset_index(drop=True), whole.system, whole.attribution)
    made = atlas.make(results, part)
    assert made.notes == ("3 regions have no shape in the boundaries and are only on tiles: 11110, 11140, 11170.",)
    assert data_of(read(made.path))["map"]["paths"][:3] == [None, None, None]


def test_boundaries_of_other_regions_are_refused(results, shared):
    whole = boundaries.read(shared / "data" / "boundaries" / "kr_sigungu229_2024_light.parquet")
    frame = whole.frame.head(2).assign(code=["x", "y"])
    assert refusal(results, boundaries.Boundaries(frame, None, whole.attribution)) == (
        "Boundaries of an atlas must be of units of the register; none of these are: x, y. Prepare them with impact regions "
        "boundaries."
    )
