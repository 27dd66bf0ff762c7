"""Maps in the figures of a study and on its page."""

import json
import re

import pandas as pd
import pytest

from impact import marks, run
from impact.publish import study_maps
from impact.publish.study_page import Page
from impact.show import figures
from impact.show.room import Room

CANARY = "7319"
ABOUT = {
    "room": "released",
    "study": {"name": "s", "language": "en"},
    "outcome": [
        {"name": "Sales", "transform": "log", "unit": "million won", "better": "higher"},
        {"name": "Jobs", "transform": "none", "unit": "workers", "better": "higher"},
    ],
    "estimate": [{"name": "did", "outcomes": []}],
    "inference": {"confidence": 0.95},
}


def room(place, effects, language="en", simulated=False):
    """Return a room of which only the effects by region are there."""
    both = pd.concat([effects.assign(outcome=name) for name in ("Sales", "Jobs")], ignore_index=True)
    table = both.assign(estimator="did", aggregation="region", p_value=float("nan"))
    about = {**ABOUT, "study": {"name": "s", "language": language}}
    return Room(place, about, {"effects": marks.marked(table) if simulated else table})


@pytest.fixture
def nothing_fetched(tmp_path, monkeypatch):
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))


@pytest.fixture
def drawn(tmp_path, effects, monkeypatch, nothing_fetched):
    """Draw the maps of a room, and no other figure."""
    (tmp_path / "figures").mkdir()

    def of(**options):
        read = room(tmp_path, effects, **options)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Room, "read", classmethod(lambda cls, place, language="": read))
            patch.setattr(figures, "_figures", lambda *of: iter(()))
            figures.draw_all(tmp_path)
        return read

    return of


def test_the_first_outcome_has_two_maps_and_each_other_one(drawn, tmp_path):
    read = drawn()
    assert [(kind, outcome["name"]) for kind, outcome in read.maps()] == [
        ("probability", "Sales"), ("mean", "Sales"), ("probability", "Jobs"),
    ]  # fmt: skip
    stems = ("map-probability-sales", "map-mean-sales", "map-probability-jobs")
    expected = sorted(f"{stem}.{end}" for stem in stems for end in ("png", "svg", "txt"))
    assert sorted(file.name for file in (tmp_path / "figures").iterdir()) == expected
    assert (
        (tmp_path / "figures" / "map-mean-sales.txt")
        .read_text(encoding="utf-8")
        .startswith("Effect on Sales. Map of 229")
    )


def test_the_same_tables_give_the_same_bytes(drawn, tmp_path):
    drawn()
    first = {file.name: file.read_bytes() for file in (tmp_path / "figures").iterdir()}
    drawn()
    assert first == {file.name: file.read_bytes() for file in (tmp_path / "figures").iterdir()}


def test_what_is_suppressed_is_in_no_file(drawn, tmp_path):
    drawn(simulated=True)
    for file in (tmp_path / "figures").iterdir():
        assert f"0.{CANARY}".encode() not in file.read_bytes()
        if file.suffix == ".txt":
            assert CANARY not in file.read_text(encoding="utf-8")


def test_maps_stand_on_the_page_with_the_same_in_words(drawn, tmp_path):
    read = drawn(simulated=True, language="ko")
    said = study_maps.section(Page(read, _words(read)))
    assert re.findall(r"{#(fig-map-\S+)}", said) == ["fig-map-probability-1", "fig-map-mean-1", "fig-map-probability-2"]
    assert said.count("data:image/") == 3
    assert f"\n\n{marks.SIMULATED}: 지역별로 “Sales”에 대한 효과가 0보다 클 확률(다섯 등급)." in said
    alts = re.findall(r'fig-alt="([^"]*)"', said)
    assert all("229개 지역의 지도" in alt and "SIMULATED" in alt for alt in alts)
    smaller = min((tmp_path / "figures").glob("map-mean-sales.[ps]*g"), key=lambda file: file.stat().st_size)
    assert f"data:image/{'png' if smaller.suffix == '.png' else 'svg+xml'};base64," in said


def _words(read):
    from impact.publish.study_words import Words

    return Words(read)


def test_results_of_an_earlier_run_without_maps_have_no_maps_on_the_page(tmp_path, effects):
    read = room(tmp_path, effects)
    assert study_maps.section(Page(read, _words(read))) == ""


@pytest.mark.parametrize(
    "change",
    [
        lambda effects: effects.assign(region="가"),  # regions of another kind
        lambda effects: effects.assign(region=effects["region"].mask(effects.index == 0, "99999")),
        lambda effects: effects.assign(state="suppressed"),  # nothing to show
        lambda effects: effects.iloc[:0],  # no regions in the study
    ],
)
def test_a_study_without_regions_of_the_register_has_no_maps(tmp_path, effects, change):
    assert list(room(tmp_path, change(effects)).maps()) == []


def test_a_study_runs_through_with_its_maps(tmp_path, nothing_fetched):
    """A small study in real municipalities: figures, page and manifest have the maps of both rooms."""
    from studies import STUDY, firms, write

    toml = STUDY.replace('unit = "firm"', 'unit = "firm"\nregion = "town"')
    table = firms({0: 90, 2013: 40, 2014: 35})
    table["town"] = table["town"].map({"가": "11110", "나": "26110", "다": "50110"})
    done = run.run(write(tmp_path / "study", toml, table), tmp_path / "results")
    for name in ("internal", "released"):
        place = done.place / name
        manifest = json.loads((place / "manifest.json").read_text(encoding="utf-8"))
        assert {"figures/map-probability-sales.svg", "figures/map-mean-sales.txt"} <= set(manifest["outputs"])
        page = (place / "report.html").read_text(encoding="utf-8")
        assert "Effect on Sales. Map of 229 regions. Is the effect above 0?" in page
