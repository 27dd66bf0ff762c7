"""Simulated firms: every table, figure and page that comes of them carries the mark, and nothing else does."""

import base64
import html
import json
import re
import shutil

import numpy as np
import openpyxl
import pandas as pd
import pytest
from matplotlib import image
from studies import STUDY, firms, only_tables, write

from impact import marks, run
from impact.publish import documents, study_page
from impact.publish.offline import remote_references

TOML = STUDY.replace('unit = "firm"', 'unit = "firm"\nregion = "town"') + (
    '[[estimate]]\nestimator = "callaway_santanna"\n[[estimate]]\nestimator = "twfe"\neffects = "static"\n'
    '[[outcome]]\nname = "Workers"\ncolumn = "workers"\n[design]\nsubgroups = ["industry"]\n'
    'region_within = ["industry"]\n'
)
ROOMS = ("internal", "released")
TEXTS = {".csv", ".json", ".html", ".svg"}


def study(place, table):
    """Run a study of this table, with its figures and pages, and return its rooms."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("impact.publish.quarto.find", lambda: None)
        done = run.run(write(place / "study", TOML, table), place / "results")
    assert done.complaint == ""
    return done.place


@pytest.fixture(scope="module")
def table():
    return firms({0: 30, 2013: 12, 2014: 2, 2015: 10})


@pytest.fixture(scope="module")
def real(tmp_path_factory, table):
    return study(tmp_path_factory.mktemp("real"), table)


@pytest.fixture(scope="module")
def simulated(tmp_path_factory, table):
    """Run the same study on a table in which one row is marked."""
    mixed = table.assign(simulated="")
    mixed.loc[17, "simulated"] = marks.SIMULATED
    return study(tmp_path_factory.mktemp("simulated"), mixed)


def files(place, *endings):
    return sorted(one.relative_to(place) for one in place.rglob("*") if one.suffix in endings)


# ---- which tables are simulated ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("simulated", [marks.SIMULATED] * 3),
        ("simulated", [None, None, marks.SIMULATED]),
        ("simulated", [0, "no", marks.SIMULATED]),
        ("simulated", ["", "SIMULATED / ????", ""]),
        ("simulated", ["", "", " 모의자료"]),
        ("simulated_x", [marks.SIMULATED, None, None]),
        (" Simulated", [marks.SIMULATED, None, None]),
        ("simulated", pd.Categorical([marks.SIMULATED, None, None])),
    ],
)
def test_one_marked_row_makes_everything_simulated(column, values):
    assert marks.is_simulated(pd.DataFrame({"firm": [1, 2, 3], column: values}))


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"firm": [1, 2]}),
        pd.DataFrame({"firm": [1, 2], "simulated": [None, None]}),
        pd.DataFrame({"firm": [1, 2], "simulated": ["", "no"]}),
        pd.DataFrame({"firm": [1, 2], "simulated": [0.0, 1.0], "simulated_on": pd.to_datetime(["2020-01-01"] * 2)}),
        pd.DataFrame({"firm": [], "simulated": []}),
        pd.DataFrame({"simulator": [marks.SIMULATED], 7: [marks.SIMULATED]}),
    ],
)
def test_other_tables_are_not(frame):
    assert not marks.is_simulated(frame)
    assert marks.carried(frame, frame) is frame


def test_two_marked_tables_that_were_merged_are_still_marked():
    one, other = (marks.marked(pd.DataFrame({"firm": [1], name: [2]})) for name in "ab")
    assert marks.is_simulated(one.merge(other, on="firm"))


def test_a_table_is_marked_in_its_last_column_once():
    twice = marks.marked(marks.marked(pd.DataFrame({"a": [1, 2]})).assign(b=3))
    assert list(twice.columns) == ["a", "b", "simulated"]
    assert twice["simulated"].tolist() == [marks.SIMULATED] * 2
    assert list(marks.marked(pd.DataFrame({"a": []})).columns) == ["a", "simulated"]
    assert marks.is_simulated(marks.carried(twice, pd.DataFrame({"estimate": [0.1]})))


# ---- tables --------------------------------------------------------------------------------------------------------


def test_every_table_of_simulated_firms_is_marked_in_every_row_and_otherwise_the_same(simulated, real):
    empty = 0
    for file in files(simulated, ".csv"):
        lines, plain = ((place / file).read_text(encoding="utf-8-sig").splitlines() for place in (simulated, real))
        assert [line.rsplit(",", 1)[1] for line in lines] == ["simulated"] + [marks.SIMULATED] * (len(lines) - 1)
        assert [line.rsplit(",", 1)[0] for line in lines] == plain, file
        empty += len(lines) == 1
    assert len(files(simulated, ".csv")) == len(files(real, ".csv")) >= 14
    for file in files(simulated, ".parquet"):
        marked = pd.read_parquet(simulated / file)
        assert set(marked["simulated"]) == {marks.SIMULATED}
        pd.testing.assert_frame_equal(marked.drop(columns="simulated"), pd.read_parquet(real / file))


def test_every_sheet_of_simulated_firms_is_marked(simulated):
    for room in ROOMS:
        book = openpyxl.load_workbook(simulated / room / "effects.xlsx")
        assert len(book.sheetnames) == len(files(simulated / room, ".csv"))
        for sheet in book:
            head, *rows = [row[-1] for row in sheet.iter_rows(values_only=True)]
            assert (head, set(rows)) == ("simulated", {marks.SIMULATED})


def test_a_table_without_rows_keeps_its_head(tmp_path, monkeypatch, table):
    only_tables(monkeypatch)
    place = run.run(write(tmp_path / "s", STUDY, marks.marked(table)), tmp_path / "r").place
    for room in ROOMS:
        lines = (place / room / "multiplicity.csv").read_text(encoding="utf-8-sig").splitlines()
        assert [line.rsplit(",", 1)[1] for line in lines] == ["simulated"]


def test_the_study_and_its_manifest_say_so(simulated, real):
    for room in ROOMS:
        for name in ("study.json", "manifest.json"):
            said, plain = (json.loads((place / room / name).read_text(encoding="utf-8")) for place in (simulated, real))
            assert said["simulated"] is True
            assert set(said) - set(plain) == {"simulated"}


def test_the_mark_also_comes_from_the_table_of_what_would_have_been(tmp_path, monkeypatch, table):
    only_tables(monkeypatch)
    toml = STUDY.replace('file = "firms.csv"', 'file = "firms.csv"\nwithout_support = "without.csv"')
    folder = write(tmp_path / "s", toml, table)
    marks.marked(table).to_csv(folder / "without.csv", index=False)
    place = run.run(folder, tmp_path / "r").place
    for room in ROOMS:
        for name in ("study.json", "manifest.json"):
            assert json.loads((place / room / name).read_text(encoding="utf-8"))["simulated"] is True
        for file in files(place / room, ".csv"):
            head, *rows = (place / room / file).read_text(encoding="utf-8-sig").splitlines()
            assert (head.rsplit(",", 1)[1], {row.rsplit(",", 1)[1] for row in rows} - {marks.SIMULATED}) == (
                "simulated",
                set(),
            )
        assert marks.is_simulated(pd.read_csv(place / room / "truth.csv"))


def test_what_comes_of_results_that_are_marked_is_marked(simulated):
    assert marks.is_simulated(pd.read_csv(simulated / "released" / "effects.csv"))


# ---- figures -------------------------------------------------------------------------------------------------------


def thirds(size):
    """Go through windows of a third of a side, a twelfth of it apart."""
    return [slice(at * size // 12, at * size // 12 + size // 3) for at in range(9)]


def pixels(file):
    return image.imread(file)[..., :3]


def test_every_third_of_every_picture_shows_that_firms_are_simulated(simulated, real):
    assert len(files(simulated, ".png")) == 26
    for file in files(simulated, ".png"):
        marked, plain = pixels(simulated / file), pixels(real / file)
        assert marked.shape == plain.shape
        changed = (np.abs(marked - plain) > 0.05).any(axis=2)
        high, wide = changed.shape
        shares = [*(changed[rows].mean() for rows in thirds(high)), *(changed[:, at].mean() for at in thirds(wide))]
        assert min(shares) > 0.008, file
        assert np.abs(marked - plain).max() < 0.5, file  # faint: no sign of the data is hidden


def test_files_of_figures_are_titled_with_the_mark_and_hold_it_as_words_nowhere_but_there(simulated, real):
    for file in files(simulated, ".svg"):
        drawn = (simulated / file).read_text(encoding="utf-8")
        assert f"<title>{marks.SIMULATED}</title>" in drawn
        assert drawn.count('<g id="simulated') >= 16
        assert "<text" not in drawn
    for file in files(simulated, ".png"):
        assert "모의자료".encode() in (simulated / file).read_bytes()


# ---- pages ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["en", "ko"])
def page(request, simulated, tmp_path_factory):
    """Make the released page in a language."""
    room = tmp_path_factory.mktemp("page") / "released"
    shutil.copytree(simulated / "released", room)
    about = json.loads((room / "study.json").read_text(encoding="utf-8"))
    about["study"]["language"] = request.param
    (room / "study.json").write_text(json.dumps(about), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("impact.publish.quarto.find", lambda: None)
        documents.make(room, "report", request.param)
    return (room / "report.html").read_text(encoding="utf-8")


def test_every_caption_alternative_text_and_table_of_the_page_is_marked(page):
    parts = {
        "caption": re.findall(r"<figcaption>(.*?)</figcaption>", page, re.DOTALL),
        "alternative text": re.findall(r'<img [^>]*?alt="([^"]*)"', page),
        "table": re.findall(r"<table.*?<thead>(.*?)</thead>", page, re.DOTALL),
    }
    assert {name: len(found) for name, found in parts.items()} == {"caption": 23, "alternative text": 12, "table": 11}
    for name, found in parts.items():
        assert [one for one in found if marks.SIMULATED not in " ".join(html.unescape(one).split())] == [], name
    assert page.count("<img") == 12
    assert page.count("<table") == 11


def test_the_page_says_so_in_its_title_at_its_top_and_on_every_sheet(page):
    assert re.search(f"<title>{marks.SIMULATED}: A small study</title>", page)
    said = "These firms are simulated" if 'lang="en"' in page else "모의 기업입니다"
    first, _ = page.split("<body>")[1].split("<h2", 1)
    assert re.search(f"callout-important.*callout-body.*{marks.SIMULATED}: .*{said}", first, re.DOTALL)
    assert re.search(rf'<div class="simulated-head">\s*<p>{marks.SIMULATED}</p>', page)
    tile = re.search(r'class="simulated-paper" aria-hidden="true" style="background-image: url\((.*?)\)"', page)
    assert base64.b64decode(tile[1].partition("base64,")[2]).decode().count(marks.SIMULATED) == 2
    assert remote_references(page) == []


def test_sentences_with_an_answer_are_marked(page):
    answers = re.findall(r"<(?:strong|li)>\s*(.*?95 %.*?)</(?:strong|li)>", page)
    assert len(answers) == 2
    assert all(answer.startswith(f"{marks.SIMULATED}: ") for answer in answers)


def test_a_page_is_marked_by_its_tables_where_its_study_lost_the_mark(simulated, tmp_path):
    room = tmp_path / "released"
    shutil.copytree(simulated / "released", room)
    about = json.loads((room / "study.json").read_text(encoding="utf-8"))
    del about["simulated"]
    (room / "study.json").write_text(json.dumps(about), encoding="utf-8")
    assert marks.SIMULATED in study_page.Page.read(str(room)).summary("c")


# ---- real firms ----------------------------------------------------------------------------------------------------


def test_a_study_of_real_firms_has_the_mark_nowhere(real):
    assert {one.suffix for one in files(real, *TEXTS, ".png", ".parquet")} == {*TEXTS, ".png", ".parquet"}
    for file in files(real, *TEXTS, ".png", ".parquet"):
        content = (real / file).read_bytes()
        assert b"SIMULATED" not in content, file
        assert "모의자료".encode() not in content, file
    for room in ROOMS:
        source = (real / room / "report.html").read_text(encoding="utf-8")
        assert 'class="simulated' not in source
        assert "simulated" not in json.loads((real / room / "study.json").read_text(encoding="utf-8"))
        for sheet in openpyxl.load_workbook(real / room / "effects.xlsx"):
            assert "simulated" not in [cell.value for cell in sheet[1]]
