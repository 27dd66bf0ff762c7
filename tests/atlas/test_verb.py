import os

import pytest
from atlas import regional

from impact.__main__ import main

NOTE = (
    "note: There are no boundaries, so each region is a tile. Name a file with boundaries, or fetch one: impact regions "
    "fetch.\n"
)


@pytest.fixture
def impact_(capsys, tmp_path, monkeypatch):
    """Return a function that gives a command in a folder that holds the study and its results."""
    regional.made(tmp_path)
    monkeypatch.chdir(tmp_path)

    def command(*words):
        try:
            code = main([str(word) for word in words])
        except SystemExit as left:
            code = left.code
        said = capsys.readouterr()
        return code, said.out, said.err

    return command


def test_the_atlas_is_made_from_an_earlier_run(impact_, tmp_path):
    page = os.path.join("results", "regional", "released", "atlas.html")
    assert impact_("atlas", "study") == (
        0,
        f"Made {page}. It opens in any browser and loads nothing from elsewhere.\n",
        NOTE,
    )
    assert (tmp_path / page).stat().st_size > 100_000


def test_another_place_another_language_and_boundaries_are_taken(impact_, tmp_path, shared):
    (tmp_path / "results").rename(tmp_path / "out")
    path = shared / "data" / "boundaries" / "kr_sigungu229_2024_light.parquet"
    code, out, err = impact_("atlas", "study", "--out", "out", "--language", "ko", "--boundaries", path)
    assert (code, err) == (0, "")
    assert out.startswith(f"Made {os.path.join('out', 'regional', 'released', 'atlas.html')}.")
    text = (tmp_path / "out" / "regional" / "released" / "atlas.html").read_text(encoding="utf-8")
    assert '<html lang="ko">' in text


def test_a_file_that_is_not_there_is_said_in_a_sentence(impact_, tmp_path):
    code, out, err = impact_("atlas", "study", "--boundaries", "nowhere.zip")
    assert (code, out) == (2, "")
    assert "nowhere.zip" in err
    assert not (tmp_path / "results" / "regional" / "released" / "atlas.html").exists()


def test_without_results_the_user_is_told_to_run_the_study(impact_):
    place = os.path.join("elsewhere", "regional")
    assert impact_("atlas", "study", "--out", "elsewhere") == (
        2,
        "",
        f"There must be released results at {place}; there are none. Run the study first: impact run STUDY\n",
    )


def test_the_atlas_stays_when_the_pages_are_made_again(impact_, tmp_path, monkeypatch):
    monkeypatch.setattr("impact.publish.documents.make", lambda room, kind, language, to: "lite")
    impact_("atlas", "study")
    assert impact_("report", "study")[0] == 0
    assert (tmp_path / "results" / "regional" / "released" / "atlas.html").is_file()


def test_a_new_run_takes_the_old_atlas_away(impact_, tmp_path, monkeypatch):
    monkeypatch.setattr("impact.publish.documents.make", lambda room, kind, language, to: "lite")
    monkeypatch.setattr("impact.show.figures.draw_all", lambda room: None)
    impact_("atlas", "study")
    assert impact_("run", "study")[0] == 0
    assert not (tmp_path / "results" / "regional" / "released" / "atlas.html").exists()
