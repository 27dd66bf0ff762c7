import html
import json
import re
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from studies import STUDY, firms, only_tables, write

from impact import run
from impact.publish import documents
from impact.publish.offline import remote_references
from impact.publish.study_page import Page
from impact.publish.study_words import Words, count, measured, missing, p_value, text, whole
from impact.show import figures
from impact.show.room import Room

LOG = {"name": "Scrap rate", "transform": "log", "unit": "items in 100", "better": "lower"}
HOURS = {"name": "Hours", "transform": "none", "unit": "hours a week", "better": "higher"}
SHOWN = {"state": "shown", "estimate": -0.3, "lower": -0.5, "upper": -0.1, "n_supported": 29, "n_comparison": 1250}


def words(language="en", **design):
    about = {
        "study": {"language": language},
        "inference": {"confidence": 0.95},
        "minimum_firms": 3,
        "design": {"comparison": "never", **design},
    }
    return Words(Room(Path(), about, {}))


def rooms(place, toml=STUDY, table=None, drawn=None):
    """Run a study without its pages; one room gets its figures."""
    with pytest.MonkeyPatch.context() as patch:
        only_tables(patch)
        made = run.run(write(place / "study", toml, table), place / "results").place
    with run.noting([]):
        if drawn:
            figures.draw_all(made / drawn)
    return made


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return rooms(tmp_path_factory.mktemp("small"), drawn="internal") / "internal"


@pytest.fixture(scope="module")
def rich(tmp_path_factory):
    toml = STUDY.replace('unit = "firm"', 'unit = "firm"\nregion = "town"\ncluster = "town"') + (
        '[[outcome]]\nname = "Workers"\ncolumn = "workers"\nunit = "people"\n'
        '[design]\nsubgroups = ["industry"]\ncovariates = ["log(workers)", "sales"]\nanticipation = 1\ncomparison = "not_yet"\n'
        'comparison_within = ["industry"]\n'
        '[[estimate]]\nestimator = "callaway_santanna"\nname = "regression"\nmethod = "reg"\n'
        '[[published]]\noutcome = "Sales"\nwhat = "fixed effects"\nestimate = 0.25\nstd_error = 0.1\nsource = "A (2019)"\n'
        'why_different = "One number for all."\n'
        '[[published]]\noutcome = "Sales"\nwhat = "means"\nestimate = -1\nsource = "B"\n'
    )
    return rooms(tmp_path_factory.mktemp("rich"), toml, firms({0: 60, 2013: 40, 2014: 35})) / "released"


def visible(room):
    """Return what a reader sees or hears of a page: its text and its alternative texts, pictures left out."""
    page = re.sub(r'data:image/[^"]*', "", (room / "report.html").read_text(encoding="utf-8"))
    return " ".join(html.unescape(page.split("<body>")[1]).split())


# ---- one effect in words -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "row", "english", "korean"),
    [
        (
            LOG,
            {},
            "For supported firms, “Scrap rate” was on average 26 % lower than it would have been without support (95 % interval: "
            "−39 % to −10 %).",
            "지원받은 기업의 ‘Scrap rate’은(는) 지원이 없었을 때보다 평균 26 % 낮았습니다 (95 % 구간: −39 % ~ −10 %).",
        ),
        (
            HOURS,
            {"estimate": 3.25, "lower": -1.5, "upper": 8.0},
            "For supported firms, “Hours” was on average 3.2 higher than it would have been without support (95 % interval: "
            "−1.5 to 8.0; hours a week).",
            "지원받은 기업의 ‘Hours’은(는) 지원이 없었을 때보다 평균 3.2 높았습니다 (95 % 구간: −1.5 ~ 8.0; hours a week).",
        ),
        (
            HOURS | {"unit": ""},
            {"estimate": -0.0042, "lower": -0.005, "upper": -0.0034},
            "For supported firms, “Hours” was on average 0.00420 lower than it would have been without support (95 % interval: "
            "−0.00500 to −0.00340).",
            "지원받은 기업의 ‘Hours’은(는) 지원이 없었을 때보다 평균 0.00420 낮았습니다 (95 % 구간: −0.00500 ~ −0.00340).",
        ),
        (
            LOG,
            {"lower": float("nan"), "upper": float("nan")},
            "For supported firms, “Scrap rate” was on average 26 % lower than it would have been without support.",
            "지원받은 기업의 ‘Scrap rate’은(는) 지원이 없었을 때보다 평균 26 % 낮았습니다.",
        ),
        (
            HOURS,
            {"estimate": 2.0, "lower": float("nan"), "upper": float("nan")},
            "For supported firms, “Hours” was on average 2.0 higher than it would have been without support; hours a week.",
            "지원받은 기업의 ‘Hours’은(는) 지원이 없었을 때보다 평균 2.0 높았습니다; hours a week.",
        ),
        (
            LOG,
            {"state": "suppressed"},
            "The effect on “Scrap rate” is suppressed: fewer than 3 firms stand on one side of the comparison.",
            "‘Scrap rate’에 대한 효과는 비공개입니다. 비교하는 두 집단 가운데 한쪽의 기업이 3개 미만입니다.",
        ),
        (
            LOG,
            {"state": "not identified"},
            "The effect on “Scrap rate” cannot be estimated from these data.",
            "이 자료로는 ‘Scrap rate’에 대한 효과를 추정할 수 없습니다.",
        ),
        (
            LOG,
            {"state": "not enough evidence"},
            "There is not enough evidence to show an effect on “Scrap rate”.",
            "‘Scrap rate’에 대한 효과를 보이기에는 증거가 부족합니다.",
        ),
    ],
)
def test_an_effect_is_a_sentence_with_its_interval(outcome, row, english, korean):
    said = [words(language).sentence(outcome, SHOWN | row) for language in ("en", "ko")]
    assert [one.replace("\\", "") for one in said] == [english, korean]


@pytest.mark.parametrize(
    ("better", "row", "english", "korean"),
    [
        (
            "lower",
            {},
            "The interval does not include zero, and the change is in the hoped-for direction.",
            "구간에 0이 들어 있지 않으며, 변화는 바라던 방향입니다.",
        ),
        (
            "higher",
            {},
            "The interval does not include zero, and the change is against the hoped-for direction.",
            "구간에 0이 들어 있지 않으며, 변화는 바라던 방향과 반대입니다.",
        ),
        (
            "higher",
            {"estimate": 0.3, "lower": 0.1, "upper": 0.5},
            "The interval does not include zero, and the change is in the hoped-for direction.",
            "구간에 0이 들어 있지 않으며, 변화는 바라던 방향입니다.",
        ),
        ("", {}, "The interval does not include zero.", "구간에 0이 들어 있지 않습니다."),
        (
            "lower",
            {"upper": 0.1},
            "The interval includes zero: these data do not settle whether support had an effect.",
            "구간에 0이 들어 있습니다. 이 자료만으로는 지원의 효과가 있었는지 판단할 수 없습니다.",
        ),
        (
            "lower",
            {"upper": 0.0},
            "The interval includes zero: these data do not settle whether support had an effect.",
            "구간에 0이 들어 있습니다. 이 자료만으로는 지원의 효과가 있었는지 판단할 수 없습니다.",
        ),
        (
            "lower",
            {"lower": float("nan"), "upper": float("nan")},
            "No interval can be given: the firms behind this number do not vary enough to tell how sure it is.",
            "구간을 제시할 수 없습니다. 이 수치의 근거가 되는 기업들로는 얼마나 확실한지 알 수 없습니다.",
        ),
        ("lower", {"state": "suppressed"}, "", ""),
    ],
)
def test_what_an_interval_says_and_no_more(better, row, english, korean):
    said = [words(language).verdict(LOG | {"better": better}, SHOWN | row) for language in ("en", "ko")]
    assert said == [english, korean]


@pytest.mark.parametrize(
    ("comparison", "english", "korean"),
    [
        (
            "never",
            "It compares 29 supported firms with 1,250 that were never supported.",
            "지원받은 기업 29개를 한 번도 지원받지 않은 기업 1,250개와 비교했습니다.",
        ),
        (
            "not_yet",
            "It compares 29 supported firms with 1,250 that were not supported at the time.",
            "지원받은 기업 29개를 그 시점까지 지원받지 않은 기업 1,250개와 비교했습니다.",
        ),
    ],
)
def test_the_firms_on_both_sides_are_counted(comparison, english, korean):
    said = [words(language, comparison=comparison).firms(SHOWN) for language in ("en", "ko")]
    assert said == [english, korean]
    assert words().firms(SHOWN | {"state": "suppressed"}) == ""


def test_numbers_are_written_as_people_read_them():
    assert (count(1250), count(pd.NA), whole(-2), whole(2019), whole(float("nan"))) == ("1,250", "", "−2", "2019", "")
    assert (measured(-0.2517), measured(None), measured(1234.5)) == ("−0.252", "", "1,234.500")
    assert (p_value(0.0004), p_value(0.0316), p_value(float("nan"))) == ("< 0.001", "0.032", "")
    assert [missing(value) for value in (None, pd.NA, float("nan"), pd.NaT, 0, "")] == [
        True,
        True,
        True,
        True,
        False,
        False,
    ]


def test_text_of_people_is_on_one_line_and_only_text():
    assert text("a|b\n<script>\u202e$x$") == r"a\|b \<script\>\$x\$"


# ---- sections ------------------------------------------------------------------------------------------------------


def test_a_study_with_one_outcome_and_one_estimator_has_no_empty_section(small):
    page = Page.read(str(small))
    assert page.question() == r"Did support raise sales\?"
    assert page.others() == page.published("## P", "c", "r") == page.notes("## N") == ""
    assert page.groups("## G", "r", "same", "c") == page.regions("## R", "spread", "regions") == ""
    assert page.estimators("## E", "c") == ""
    assert [len(one.splitlines()) for one in (page.summary("c"), page.cohorts("c"))] == [5, 6]


def test_only_the_page_that_must_not_leave_says_so(small, rich):
    assert Page.read(str(rich)).inside() == ""
    assert Page.read(str(small)).inside() == (
        "::: {.callout-important}\n"
        "This page is for the researcher: nothing in it is suppressed. What may leave lies in the folder `released`.\n"
        ":::"
    )


def test_the_answer_is_the_average_over_supported_firms(small):
    room = Room.read(small)
    row = room.average("Sales")
    said = Page.read(str(small)).answer()
    assert said.startswith(f"**{Words(room).sentence(room.outcomes[0], row)}** ")
    assert said.endswith("It compares 22 supported firms with 30 that were never supported.")
    assert row["estimate"] == room.frame("Sales", "average_cohort")["estimate"].iloc[0]


def test_the_table_of_the_answer_has_its_numbers(small):
    room = Room.read(small)
    head, rule, row, _, caption = Page.read(str(small)).summary("And so on.").splitlines()
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert head == "| Outcome | Effect | 95 % interval | p | Supported | Comparison |"
    assert rule == "| :--- | ---: | ---: | ---: | ---: | ---: |"
    said = "Average effects of support: the mean over supported firms of their mean effect since support."
    assert caption == f": {said} And so on. {{#tbl-summary}}"
    assert cells == ["Sales", *Words(room).numbers(room.outcomes[0], room.average("Sales"))]


def test_effects_unfold_in_figures_and_in_a_table(small):
    said = Page.read(str(small)).unfolding("## How", "Read it so.", "Caption.")
    assert said.startswith("## How\n\nRead it so.\n\n")
    assert said.count("data:image/svg+xml;base64,") == 1
    rows = [line.split("|")[2].strip() for line in said.splitlines() if line.startswith("| Sales")]
    assert rows == ["−2", "−1", "0", "1", "2"]
    assert said.endswith("\n\n: Caption. {#tbl-event}")


def test_what_the_data_cannot_say_comes_from_the_tables_and_from_the_author(tmp_path):
    toml = STUDY.replace('name = "small"', 'name = "small"\nlimits = ["Firms *chose*."]')
    room = rooms(tmp_path, toml, firms({0: 30, 2012: 9, 2014: 40})) / "internal"
    assert Page.read(str(room)).limits().replace("\\", "").splitlines() == [
        "- No effect before support can be tested for firms first supported in 2012: nothing shows whether they already moved "
        "apart from comparison firms (there is no pre-trend).",
        "- Few firms stand behind some effects, and intervals that rest on the normal distribution are then too short. Supported "
        "firms by first period of support: “Sales” 9 (2012).",
        "- Firms *chose*.",
    ]
    assert [line.split("|")[6].strip() for line in Page.read(str(room)).cohorts("c").splitlines()[2:4]] == ["0", "2"]


def test_a_suppressed_test_and_cohort_are_named_and_not_called_untested(tmp_path):
    page = Page.read(str(rooms(tmp_path, table=firms({0: 40, 2013: 40, 2014: 2})) / "released"))
    assert page.limits().replace("\\", "").splitlines() == [
        "- Where “suppressed” stands, fewer than 3 firms are behind a number, or it sums up so few groups that it would tell of "
        "one, so it must not leave. That is neither zero nor missing."
    ]
    assert page.pretests("c", "r").splitlines()[2] == "| Sales | suppressed |  |"
    assert page.cohorts("c").splitlines()[3] == "| 2014 | suppressed |  |  |  | suppressed |"
    assert page.pretests("Caption.", "Read it so.").endswith(": Caption. {#tbl-pretest}\n\nRead it so.")


def test_published_figures_stand_above_ours_in_their_own_measure(rich):
    room = Room.read(rich)
    heading, table, reasons, why = re.split(r"\n\n(?!:)", Page.read(str(rich)).published("## P", "c", "Why:"))
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:-2]]
    assert (heading, reasons) == ("## P", "Why:")
    assert rows[:2] == [["Sales", "fixed effects", "0.250", "0.100"], ["Sales", "means", "−1.000", ""]]
    assert rows[-1] == ["Sales", "regression, average over supported firms", *ours(room.average("Sales"))]
    assert [row[1] for row in rows[2:-1]] == [
        f"regression, since support: {e}" for e in ("−3", "−2", "−1", "0", "1", "2")
    ][-len(rows) + 3 :]
    assert why.replace("\\", "").splitlines() == [
        "- *fixed effects*: One number for all. Source: A (2019).",
        "- *means*: Source: B.",
    ]


def ours(row):
    return [measured(row["estimate"]), measured(row["std_error"])]


def test_estimators_stand_side_by_side_and_what_one_averages_is_said_where_it_differs(tmp_path):
    names = ("twfe", "callaway_santanna", "two_by_two")
    page = Page.read(
        str(rooms(tmp_path, STUDY + "".join(f'[[estimate]]\nestimator = "{name}"\n' for name in names)) / "internal")
    )
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in page.estimators("## E", "c").splitlines()[4:7]
    ]
    assert [row[1] for row in rows] == [
        "Two-way fixed effects",
        "Callaway–Sant'Anna, average over supported firms",
        "2×2 comparison, average over supported firms",
    ]
    assert (
        page.summary("c").splitlines()[-1]
        == ": Average effects of support: the plain mean over the periods since support. c {#tbl-summary}"
    )
    assert page.cohorts("c") == ""
    assert page.limits() == ""


def test_the_design_is_said_in_sentences(rich, small):
    assert Page.read(str(rich)).design().replace("\\", "") == (
        "Supported firms are compared with firms that were not supported at the time. Trends are held to be parallel given "
        "log(workers), sales. Firms are compared only with firms of the same industry. Firms may react up to 1 periods before "
        "support. A firm takes part in every comparison for which it is seen in both periods. Standard errors allow dependence "
        "within town. Bands come from 99 multiplier draws (seed 7)."
    )
    assert Page.read(str(small)).design() == (
        "Supported firms are compared with firms that were never supported. Trends are held to be parallel without adjusting "
        "for traits of firms. A firm takes part in every comparison for which it is seen in both periods. Bands come from 99 "
        "multiplier draws (seed 7)."
    )


def test_the_methods_and_the_data_are_named(small):
    page = Page.read(str(small))
    (method,) = page.methods().replace("\\", "").splitlines()
    assert method.startswith("- Callaway, B. and Sant'Anna, P. H. C. (2021).")
    assert page.source() == r"firms\.csv"


def test_what_was_said_while_the_study_ran_is_listed(tmp_path):
    table = firms()
    table.loc[0, "sales"] = None
    said = Page.read(str(rooms(tmp_path, table=table) / "internal")).notes("## Said").replace("\\", "")
    assert said == (
        "## Said\n\n- 'sales' is blank in 1 of 260 rows; a row without it takes no part in comparisons that need it."
    )


def test_the_alternative_texts_tell_every_point(small):
    page, room = Page.read(str(small)), Room.read(small)
    outcome = room.outcomes[0]
    assert re.fullmatch(r"(−?\d: −?[\d.]+ % \(−?[\d.]+ … −?[\d.]+ %\)(; )?){5}", page._event_points(outcome))
    means = [", ".join(map(measured, of["mean"])) for _, of in room.of("paths", "Sales").groupby("cohort")]
    assert page._path_points(outcome) == (
        f"first supported 2013: {means[0]}; first supported 2014: {means[1]}; never supported: {means[2]}"
    )


def test_names_that_look_like_numbers_or_blanks_stay_names(tmp_path):
    toml = STUDY.replace('"Sales"', '"NA"').replace(
        "[inference]", '[[outcome]]\nname = "7"\ncolumn = "workers"\n[inference]'
    )
    page = Page.read(str(rooms(tmp_path, toml, drawn="internal") / "internal"))
    assert [line.split("|")[1].strip() for line in page.pretests("c", "r").splitlines()[2:4]] == ["NA", "7"]
    assert page.path_figures().count("data:image") == 2


# ---- whole pages ---------------------------------------------------------------------------------------------------


def test_a_study_by_two_by_two_alone_has_a_page_without_an_event_study(tmp_path):
    room = rooms(tmp_path, STUDY + '[[estimate]]\nestimator = "two_by_two"\n', drawn="released") / "released"
    assert documents.make(room, "report", "en") == "lite"
    page = visible(room)
    assert re.findall(r"<h2[^>]*>(.*?)</h2>", page) == [
        "The question and the answer",
        "The data",
        "Who is compared with whom",
        "Estimates",
        "How sure, and why",
        "Methods",
        "Sources and files",
    ]
    assert page.count("<img") == 2  # when support came, and the paths of outcomes
    assert "No effect before support can be tested for firms first supported in 2013, 2014" in page
    assert not re.search(r"<(table|tbody|ul)[^>]*>\s*</", page)


HOSTILE = {
    "title": "<script>alert(1)</script> {0.__class__} ![](http://evil/a.png) \u202e62 %",
    "question": "`{python} 1/0` [x](javascript:alert(1)) <img src=x onerror=alert(1)> **?**",
    "name": "=cmd|' /C calc'!A0 | $\\frac{$ ``` ::: {#x} <b>b</b> \U0001f984 " + "very long " * 40,
    "unit": "{{< include /etc/passwd >}} \\input{/etc/passwd} @fig-x",
    "town": "=1+1 <i>|</i> ![](http://evil/b.png) \a",
}


def test_a_hostile_study_is_shown_as_text_and_does_nothing(tmp_path):
    quoted = {key: json.dumps(value, ensure_ascii=False) for key, value in HOSTILE.items()}
    toml = (
        STUDY.replace('"A small study"', quoted["title"] + f"\nlimits = [{quoted['unit']}, {quoted['name']}]")
        .replace('"Did support raise sales?"', quoted["question"])
        .replace('"Sales"', quoted["name"])
        .replace('"million won"', quoted["unit"])
    ) + '[design]\nsubgroups = ["town"]\n'
    room = rooms(tmp_path, toml, firms().assign(town=HOSTILE["town"]), "released") / "released"
    assert documents.make(room, "report", "en") == "lite"
    source = (room / "report.html").read_text(encoding="utf-8")
    assert remote_references(source) == []
    assert set(re.findall(r"<([a-z0-9]+)", re.sub(r"<style>.*?</style>", "", source, flags=re.DOTALL))) <= TAGS
    assert not re.search(r"<[^>]*\son\w+=|href=\"javascript:", source)
    page = " ".join(visible_text(source).split())
    for key in ("title", "question", "name", "unit"):
        assert " ".join(HOSTILE[key].replace("\u202e", "").split()) in page, key
    assert "town: =1+1 <i>|</i> ![](http://evil/b.png) \ufffd" in page
    assert "\u202e" not in source
    sheet = openpyxl.load_workbook(room / "effects.xlsx")["effects"]
    assert {cell.data_type for cell in sheet["A"]} == {"s"}
    assert sheet["A2"].value == HOSTILE["name"].strip()
    assert all(
        re.fullmatch(r"((event-study|heat|groups|paths)-[\w-]{1,60}|timeline)\.(svg|png)", one.name)
        for one in (room / "figures").iterdir()
    )


TAGS = {
    *("html", "head", "meta", "title", "link", "style", "body", "header", "main", "section", "footer", "div", "span"),
    *("h1", "h2", "h3", "p", "em", "strong", "a", "code", "ul", "li", "figure", "img", "figcaption"),
    *("table", "colgroup", "col", "thead", "tbody", "tr", "th", "td"),
}


def visible_text(source):
    """Return the words of a page as a browser shows them: tags gone first, then references read."""
    return html.unescape(re.sub(r"<[^>]+>", " ", source.split("<body>")[1]))
