import html
import re

import pytest
from studies import STUDY, firms, only_tables, write

from impact import run
from impact.publish import documents
from impact.publish.study_page import Page
from impact.show import figures
from impact.show.room import Room

STATIC = '[[estimate]]\nestimator = "callaway_santanna"\n[[estimate]]\nestimator = "twfe"\neffects = "static"\n'
COHORTS = {0: 6, 2012: 25, 2013: 12, 2014: 2}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    place = tmp_path_factory.mktemp("regression")
    with pytest.MonkeyPatch.context() as patch:
        only_tables(patch)
        run.run(write(place / "study", STUDY + STATIC, firms(COHORTS)), place / "results")
    for room in ("internal", "released"):
        figures.draw_all(place / "results" / "small" / room)
    return place / "results" / "small"


def section(room):
    return html.unescape(Page.read(str(room)).regression("## H", "read", "beside", "parts", "hides"))


def numbers(page):
    """Return the numbers that a reader sees, in order; pictures and words left out."""
    body = re.sub(r"data:image/[^\"]*|<style>.*?</style>", "", page.split("<body>")[1], flags=re.DOTALL)
    part = body[body.index('id="tbl-twfe"') :]
    return sorted(re.findall(r"−?\d+(?:\.\d+)?", re.sub(r"<[^>]+>", " ", part)))


def test_the_section_has_the_answer_beside_the_coefficient_and_says_what_is_negative(made):
    text, room = section(made / "internal"), Room.read(made / "internal")
    parts = room.of("regression_parts", "Sales").set_index("part")
    assert text.startswith("## H\n\nread\n\n| Outcome | Estimator |")
    assert "| Callaway–Sant'Anna |" in text.replace("\\", "")
    assert "| Two-way fixed effects |" in text
    count = parts.loc["negative weights", "n_parts"]
    assert f"- “Sales”: **{count} of 9 effects have negative weight" in text
    assert f"“Sales”: {100 * parts.loc['already supported', 'weight']:.0f} % of the coefficient compares" in text
    assert [
        line.split("|")[2].strip() for line in text.split("hides")[1].splitlines() if line.startswith("| Sales")
    ] == [
        "with firms never supported",
        "with firms supported later, before that",
        "with firms already supported",
    ]
    assert text.count("data:image") == 2


def test_a_suppressed_figure_is_nowhere_on_the_page_that_leaves(made):
    inside, text = Room.read(made / "internal"), section(made / "released")
    assert "negative weight" not in text
    pairs = inside.of("bacon", "Sales")
    hidden = pairs[(pairs["treated"] == "2014") | (pairs["comparison"] == "2014")]
    for value in [*hidden["estimate"], *inside.of("regression_parts", "Sales")["estimate"].dropna()]:
        assert f"{value:.3f}".replace("-", "−") not in text
    assert "2014 – never supported: suppressed" in text
    assert "2014, 2014: suppressed" in text


@pytest.mark.parametrize("room", ["internal", "released"])
def test_both_languages_show_the_same_numbers(made, room):
    pages = []
    for language in ("en", "ko"):
        documents.make(made / room, "report", language)
        name = {"en": "report.html", "ko": "report.ko.html"}[language]
        pages.append((made / room / name).read_text(encoding="utf-8"))
    assert "What one regression would say" in pages[0]
    assert "회귀계수 하나로 말하면" in pages[1]
    assert numbers(pages[0]) == numbers(pages[1])


def test_a_study_without_a_regression_has_no_section(tmp_path, monkeypatch):
    only_tables(monkeypatch)
    run.run(write(tmp_path / "study"), tmp_path / "results")
    assert section(tmp_path / "results" / "small" / "internal") == ""


def test_outcomes_are_adjusted_on_the_page_where_there_are_several(tmp_path, monkeypatch):
    only_tables(monkeypatch)
    toml = STUDY + '[[outcome]]\nname = "Workers"\ncolumn = "workers"\n'
    run.run(write(tmp_path / "study", toml), tmp_path / "results")
    table = Page.read(str(tmp_path / "results" / "small" / "internal")).multiplicity("caption", "reading")
    assert (
        table.splitlines()[0] == "| Outcome | p | Holm-adjusted | Romano–Wolf-adjusted | Benjamini–Hochberg-adjusted |"
    )
    assert [line.split("|")[1].strip() for line in table.splitlines()[2:4]] == ["Sales", "Workers"]
    assert table.endswith("reading")
