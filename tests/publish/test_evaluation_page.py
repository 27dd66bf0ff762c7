"""The report: its sections in order, its new figures with their words, and nothing suppressed in any of it."""

import base64
import html
import json
import re
import shutil
from itertools import pairwise

import pytest
from studies import REGIONAL, STUDY, firms, only_tables, regional_firms, write

from impact import marks, run
from impact.prioritize.run import run as prioritize
from impact.publish import documents
from impact.publish.evaluation_page import Evaluation
from impact.show import figures
from impact.show.room import Room

ENGLISH = ["The question and the answer", "The data", "Who is compared with whom", "Estimates", "How sure, and why",
           "Regions", "Who is next", "Methods", "Sources and files"]  # fmt: skip
KOREAN = ["물음과 답", "자료", "누구를 누구와 비교했나", "추정치", "얼마나 확실하며, 왜 그런가", "지역", "다음은 누구인가",
          "방법", "출처와 파일"]  # fmt: skip
PRIORITIES = '[priorities]\noutcome = "Sales"\nbudget = 100\ncost = 10\nmoney = "million won"\nin_units = true\n'
FEW = {0: 30, 2013: 12, 2014: 2}  # firms by first support; those of 2014 are suppressed


def tables(place, toml=STUDY, table=None, others=()):
    """Run a study without figures and pages, and return its rooms."""
    folder = write(place / "study", toml, table)
    for name, other in others:
        other.to_csv(folder / name, index=False)
    with pytest.MonkeyPatch.context() as patch:
        only_tables(patch)
        return folder, run.run(folder, place / "results").place


@pytest.fixture(scope="module")
def rooms(tmp_path_factory):
    """Return the rooms of a study of towns, without priorities."""
    table, without = regional_firms()
    return tables(tmp_path_factory.mktemp("rooms"), REGIONAL + PRIORITIES, table, [("without.csv", without)])


def of_few(place, factor=1.0):
    """Return the rooms of a study in which one cohort and one group have two firms, whose sales are so many times larger."""
    table = firms(FEW)
    tiny = table["since"] == 2014
    sales, size = table["sales"].mask(tiny, factor * table["sales"]), tiny.map({True: "tiny", False: "other"})
    toml = STUDY + '[design]\nsubgroups = ["size"]\n'
    return tables(place, toml, table.assign(sales=sales, size=size))[1]


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    """Return such rooms, with the figures of the one that may leave."""
    place = of_few(tmp_path_factory.mktemp("few"))
    figures.draw_all(place / "released")
    return place


def headings(page):
    return re.findall(r"<h2[^>]*>(.*?)</h2>", page)


def made(room, language="en"):
    documents.make(room, "report", language)
    own = json.loads((room / "study.json").read_text(encoding="utf-8"))["study"]["language"]
    name = "report.html" if language == own else f"report.{language}.html"
    return (room / name).read_text(encoding="utf-8")


# ---- sections ------------------------------------------------------------------------------------------------------


def test_sections_come_in_order_and_priorities_only_where_they_are(rooms, tmp_path):
    folder, place = rooms
    copy = tmp_path / "results" / place.name
    shutil.copytree(place, copy)
    before = made(copy / "released")
    assert headings(before) == [one for one in ENGLISH if one != "Who is next"]
    assert prioritize(folder, tmp_path / "results").complaint == ""
    assert (copy / "released" / "report.html").read_text(encoding="utf-8") == before  # priorities do not write it again
    after = made(copy / "released")
    assert headings(after) == ENGLISH
    section = after[after.index("Who is next") : after.index("Methods</h2>")]
    assert "100 million won supports" in section
    assert '<a href="priorities.html">priorities.html</a>' in section
    assert section.count("<img") == 1
    assert headings(made(copy / "released", "ko")) == KOREAN


def test_the_link_goes_to_the_document_in_the_same_language_where_there_is_one(rooms, tmp_path):
    folder, place = rooms
    shutil.copytree(place, tmp_path / "results" / place.name)
    prioritize(folder, tmp_path / "results")
    room = tmp_path / "results" / place.name / "released"
    page = Evaluation.read(str(room), "ko")
    figures.draw_all(room, "ko")
    documents._drawn(Room.read(room, "ko"))
    assert page.priorities("## P").endswith(r"[priorities\.html](priorities\.html)에 있습니다.")
    (room / "priorities.ko.html").write_text("", encoding="utf-8")
    assert page.priorities("## P").endswith(r"[priorities\.ko\.html](priorities\.ko\.html)에 있습니다.")


def test_no_heading_stands_over_nothing(few, rooms):
    for room in (few / "released", rooms[1] / "released"):
        marked = re.findall(r"<h([23])[^>]*>(.*?)</h\1>|<(p|figure|ul|img|table)\b", made(room))
        for one, other in pairwise(marked):
            deeper = other[0] > one[0]
            assert not one[0] or other[2] or deeper, one
        assert marked[-1][2]


def test_where_nothing_is_known_there_is_no_heading(few):
    page = Evaluation.read(str(few / "released"))
    assert page.headed("## H", "", "") == ""
    assert page.headed("## H", "", "words") == "## H\n\nwords"
    assert page.priorities("## P") == page.maps("### M") == ""


def plain(said):
    """Return Markdown without its escapes."""
    return html.unescape(said.replace("\\", ""))


# ---- the data ------------------------------------------------------------------------------------------------------


def test_what_the_table_holds_is_said_with_numbers_of_the_table(rooms):
    room = rooms[1] / "internal"
    figures.draw_all(room)
    said, source, figure = plain(Evaluation.read(str(room)).data()).split("\n\n", 2)
    assert said == (
        "The table covers 5 periods, from 2011 to 2015. Firms were first supported in 2 periods; 120 firms were never supported. "
        "Not every firm is seen in every period or with every outcome, so a number is the largest number of firms seen at once."
    )
    assert source == "The data are from: firms.csv."
    assert 'fig-alt="Firms by the period of their first support: 2013: 60; 2014: 38; never supported: 120."' in figure


def test_a_suppressed_cohort_is_named_and_not_counted(few):
    figures.draw_all(few / "released", "ko")
    said = plain(Evaluation.read(str(few / "released"), "ko").data())
    assert 'fig-alt="첫 지원 시기별 기업 수: 2013: 12; 2014: 비공개; 지원받지 않은 기업: 30."' in said
    assert "빗금: 기업 수가 적어 비공개." in said


# ---- figures -------------------------------------------------------------------------------------------------------


def alts(room):
    return [html.unescape(one) for one in re.findall(r'alt="([^"]*)"', made(room))]


def test_every_figure_has_its_words(few):
    page = made(few / "released")
    pictures = re.findall(r"<img[^>]*>", page)
    assert all(re.search(r'alt="[^"]{20,}"', one) for one in pictures)
    timeline, paths, event, heat, groups = alts(few / "released")
    assert timeline.startswith("Firms by the period of their first support: 2013: 12; 2014: suppressed")
    assert heat.startswith("Effects on Sales by first support and period: first supported 2013: 2012 ")
    assert heat.endswith("first supported 2014: suppressed.")
    assert re.search(r"2013: 2012 −?[\d.]+ %, 2013 [\d.]+ %, 2014 [\d.]+ %, 2015 [\d.]+ %;", heat)
    assert "size: tiny: suppressed" in groups
    assert re.search(r"size: other: [\d.]+ % \([\d.]+ … [\d.]+ %\), 12 / 30", groups)
    assert paths
    assert event


def test_what_few_firms_did_is_in_no_figure_and_no_alternative_text(few, tmp_path):
    place = of_few(tmp_path, 7)
    figures.draw_all(place / "released")
    for name in ("timeline", "heat-sales", "groups-sales"):
        for end in ("svg", "png"):
            one, other = ((at / "released" / "figures" / f"{name}.{end}").read_bytes() for at in (few, place))
            assert one == other, name
    figures.draw_all(place / "internal")
    inside = (place / "internal" / "figures" / "heat-sales.svg").read_bytes()
    assert inside != (place / "released" / "figures" / "heat-sales.svg").read_bytes()
    before, after = (alts(at / "released") for at in (few, place))
    told = (0, 3, 4)  # when support came, effects by cohort and period, effects by group
    assert [before[at] for at in told] == [after[at] for at in told]


def test_figures_of_simulated_firms_are_marked_in_both_kinds_of_files_and_in_their_words(tmp_path):
    _, place = tables(tmp_path, STUDY, marks.marked(firms()))
    room = place / "released"
    page = made(room)
    for file in (room / "figures").iterdir():
        assert "모의자료".encode() in file.read_bytes(), file.name
    assert all(alt.startswith(marks.SIMULATED) for alt in alts(room))
    assert "SIMULATED" in page


def test_figures_that_an_earlier_version_left_out_are_drawn_and_others_stay(few, tmp_path):
    room = tmp_path / "released"
    shutil.copytree(few / "released", room)
    (room / "figures" / "heat-sales.png").unlink()
    (room / "figures" / "timeline.svg").unlink()
    (room / "figures" / "paths-sales.svg").write_bytes(b"<svg/>")
    page = made(room)
    assert {one.name for one in (few / "released" / "figures").iterdir()} == {
        one.name for one in (room / "figures").iterdir()
    }
    assert base64.b64encode(b"<svg/>").decode() in page
