"""What a reader has who runs the study that ships, and what a user has who makes one of their own."""

import html
import json
import re
import shutil
import subprocess
import sys
import warnings
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from studies import firms

from impact import run
from impact.__main__ import main
from impact.publish import documents
from impact.publish.offline import remote_references
from impact.show import figures

STUDY = Path(__file__).resolve().parents[2] / "analyses" / "training-grants"


@pytest.fixture(scope="module", autouse=True)
def _lite():
    """Keep a Quarto of this machine out: what it makes is compared with the lite engine elsewhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("impact.publish.quarto.find", lambda: None)
        yield


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    return run.run(STUDY, tmp_path_factory.mktemp("grants"))


@pytest.fixture(scope="module")
def released(done):
    return done.place / "released"


@pytest.fixture(scope="module")
def effects(released):
    return pd.read_csv(released / "effects.csv", encoding="utf-8-sig")


@pytest.fixture(scope="module")
def korean(released, tmp_path_factory):
    """Make the page of the same results in Korean; a missing letter in a figure would be an error."""
    room = tmp_path_factory.mktemp("korean") / "room"
    shutil.copytree(released, room)
    about = json.loads((room / "study.json").read_text(encoding="utf-8"))
    about["study"]["language"] = "ko"
    (room / "study.json").write_text(json.dumps(about), encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figures.draw_all(room)
    assert documents.make(room, "report", "ko") == "lite"
    return room


def source(room):
    return (room / "report.html").read_text(encoding="utf-8")


def visible(room):
    """Return what a reader sees or hears: the text and the alternative texts, pictures left out."""
    body = re.sub(r'src="data:image/[^"]*"', "", source(room).split("<body>")[1])
    alternative = " ".join(re.findall(r'alt="([^"]*)"', body))
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body) + alternative).split())


def one(effects, **levels):
    chosen = effects
    for name, value in levels.items():
        chosen = chosen[chosen[name] == value]
    (row,) = chosen.to_dict("records")
    return row


def test_the_run_is_whole_and_says_what_one_should_know(done):
    assert done.complaint == ""
    assert [note.split(" in ", 1)[1].split(";")[0] for note in done.notes[:4]] == [
        f"{blank} of 471 rows" for blank in (309, 98, 31, 81)
    ]
    assert [note.split(";")[0] for note in done.notes[4:]] == [
        f"{name}: Every firm must be seen in every period to decompose a regression"
        for name in ("Sales", "Employment", "Training hours")
    ]


def test_the_page_gives_the_answer_in_a_sentence_with_its_interval(released):
    assert (
        "For supported firms, “Scrap rate” was on average 26 % lower than it would have been without support (95 % "
        "interval: −48 % to 6 %). The interval includes zero: these data do not settle whether support had an effect. It "
        "compares 29 supported firms with 25 that were never supported."
    ) in visible(released)


def test_the_answer_is_the_number_of_the_table(effects):
    row = one(effects, outcome="Scrap rate", estimator="callaway_santanna", aggregation="average_cohort")
    assert (row["n_supported"], row["n_comparison"], row["state"]) == (29, 25, "shown")
    assert row["estimate"] == pytest.approx(-0.2959, abs=5e-4)
    assert row["lower_uniform"] <= row["lower"] < row["upper"] <= row["upper_uniform"]


def test_published_figures_stand_beside_ours_with_the_reason(released):
    page = visible(released)
    assert "two-way fixed effects, year of the grant (grant) −0.252 0.151" in page
    assert "two-way fixed effects, year after the grant (grant₋₁) −0.422 0.210" in page
    assert (
        page.index("−0.422 0.210")
        < page.index("since support: 0 −0.269")
        < page.index("They differ for these reasons:")
    )
    assert page.count("Source: Wooldridge, J. M., Introductory Econometrics, example 14.1") == 2


def test_one_regression_stands_beside_the_answer_and_is_taken_apart(released, effects):
    page = visible(released)
    row = one(effects, outcome="Scrap rate", estimator="twfe", aggregation="overall")
    parts = pd.read_csv(released / "regression_parts.csv", encoding="utf-8-sig").query("outcome == 'Scrap rate'")
    assert (parts["weight"] * parts["estimate"]).sum() == pytest.approx(row["estimate"], rel=1e-9)
    assert "Scrap rate Two-way fixed effects −24 % −45 … 5 % 0.092 29 25" in page
    assert "“Scrap rate”: none of the 3 effects has negative weight." in page
    assert (
        "“Scrap rate”: 10 % of the coefficient compares supported firms with firms that were already supported." in page
    )
    assert "“Sales”: its comparisons cannot be listed, because some firms are not seen in every period." in page


def test_the_page_says_what_the_data_cannot(released):
    page = visible(released)
    assert "No effect before support can be tested for firms first supported in 1988" in page
    assert "“Scrap rate” 19 (1988), 10 (1989)" in page
    assert "Three years are short" in page
    assert "1989 −6 % −30 … 27 % 10 25 1" in page


def test_the_event_study_of_every_outcome_is_shown_and_told(released, effects):
    page = source(released)
    alternatives = re.findall(r'alt="([^"]*)"', page)
    assert len(alternatives) == page.count("data:image/svg+xml;base64,") == 19
    assert all(len(alternative) > 60 for alternative in alternatives)
    times = effects[(effects["aggregation"] == "event_time") & (effects["estimator"] == "callaway_santanna")]
    assert times.groupby("outcome")["event_time"].agg(list).tolist() == [[-1, 0, 1]] * 4


def test_the_pages_load_nothing(done, korean):
    for room in (done.place / "internal", done.place / "released", korean):
        assert remote_references(source(room)) == []


def test_nothing_is_suppressed_here_and_notes_stay_inside(done, effects):
    assert set(effects["state"]) == {"shown"}
    assert "is blank in 309 of 471 rows" in visible(done.place / "internal")
    assert "is blank in" not in visible(done.place / "released")
    assert "Important This page is for the researcher" in visible(done.place / "internal")
    assert "for the researcher" not in visible(done.place / "released")


def test_both_languages_have_the_same_numbers(released, korean):
    told = [visible(room).replace("zero", "0") for room in (released, korean)]
    english, other = (Counter(re.findall(r"−?\d+(?:,\d{3})*(?:\.\d+)?", page)) for page in told)
    assert english == other
    assert english.total() > 400


def test_both_languages_have_the_same_sections_tables_and_figures(released, korean):
    shapes = [Counter(re.findall(r"<(h\d|table|tr|td|img|figure|li|p)\b", source(room))) for room in (released, korean)]
    assert shapes[0] == shapes[1]
    assert (shapes[0]["h2"], shapes[0]["table"], shapes[0]["img"]) == (7, 11, 19)


def test_the_korean_page_is_in_korean(korean):
    assert '<html lang="ko">' in source(korean)
    page = visible(korean)
    assert (
        "지원받은 기업의 ‘Scrap rate’은(는) 지원이 없었을 때보다 평균 26 % 낮았습니다 (95 % 구간: −48 % ~ 6 %). "
        "구간에 0이 들어 있습니다. 이 자료만으로는 지원의 효과가 있었는지 판단할 수 없습니다. "
        "지원받은 기업 29개를 한 번도 지원받지 않은 기업 25개와 비교했습니다."
    ) in page
    for word in ("Effect", "interval", "Supported", "Figure", "Table"):
        assert not re.search(rf"\b{word}\b", page), word


def test_a_new_study_runs_from_its_template_to_its_page(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["new", "my-study"]) == 0
    firms().rename(columns={"since": "first_supported"}).to_csv(tmp_path / "my-study" / "firms.csv", index=False)
    assert main(["check", "my-study"]) == 0
    assert capsys.readouterr().out == (
        "Made my-study. Put your table into it, mend study.toml, then: impact check my-study\n"
        "my-study: no problems. 260 rows, 52 firms (22 supported, 30 never), 2011 to 2015, 2 outcomes, 2 estimators.\n"
    )
    run_alone = [sys.executable, "-m", "impact", "run", "my-study"]
    done = subprocess.run(run_alone, cwd=tmp_path, capture_output=True, text=True, check=False)
    pages = [Path("results", "my-study", room, "report.html") for room in ("released", "internal")]
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"What may leave: {pages[0]}\nEverything:     {pages[1]}\n"
    assert all("<h1" in (tmp_path / page).read_text(encoding="utf-8") for page in pages)
