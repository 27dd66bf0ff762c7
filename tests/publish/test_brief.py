import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from studies import STUDY, firms, write

from impact import run
from impact.__main__ import main
from impact.errors import InputError
from impact.publish import documents
from impact.publish.brief_page import Brief
from impact.publish.study_page import Page
from impact.publish.study_words import Words
from impact.show.room import Room
from impact.study import Study

KO = """
[translation.ko]
"A small study" = "작은 연구"
"Did support raise sales?" = "지원이 매출을 늘렸는가?"
"Sales" = "매출"
"Workers" = "고용"
"million won" = "백만원"
"plainly" = "단순하게"
"These firms are small." = "작은 기업들이다."
"""
TOML = (
    STUDY.replace(
        "[inference]", '[[outcome]]\nname = "Workers"\ncolumn = "workers"\nbetter = "higher"\n\n[inference]'
    ).replace('"Did support raise sales?"', '"Did support raise sales?"\nlimits = ["These firms are small."]')
    + '[[estimate]]\nestimator = "callaway_santanna"\n[[estimate]]\nname = "plainly"\nestimator = "two_by_two"\n'
    + KO
)


@pytest.fixture(scope="module", autouse=True)
def _lite():
    """Keep a Quarto of this machine out: it makes the same page, but slowly."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("impact.publish.quarto.find", lambda: None)
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Run a small study with words in Korean; return where it and its results lie."""
    at = tmp_path_factory.mktemp("brief")
    run.run(write(at / "study", TOML, firms({0: 60, 2013: 25, 2014: 25})), at / "results")
    return at


@pytest.fixture
def room(folder):
    return Room.read(folder / "results" / "small" / "released")


def brief(room):
    return Brief(Page(room, Words(room)))


def with_average(room, outcome, **numbers):
    """Return the room with other numbers in the answer on an outcome."""
    effects = room.effects.copy()
    row = room.average(outcome)
    keys = ("outcome", "estimator", "aggregation")
    mine = np.logical_and.reduce([effects[key] == row[key] for key in keys])
    effects.loc[mine, list(numbers)] = list(numbers.values())
    return replace(room, tables={**room.tables, "effects": effects})


# ---- what follows --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ({"estimate": 0.2, "lower": 0.1, "upper": 0.3}, "Sales: support did what was hoped for."),
        ({"estimate": 0.2, "lower": -0.1, "upper": 0.5}, "Sales: not settled."),
        ({"estimate": -0.2, "lower": -0.3, "upper": -0.1}, "Sales: the change is against what was hoped for."),
    ],
)
def test_what_to_do_follows_from_the_interval(room, numbers, said):
    changed = with_average(room, "Workers", state="suppressed")
    assert brief(with_average(changed, "Sales", **numbers)).do().startswith(f"- {said}")


def test_outcomes_of_one_kind_are_one_sentence_and_what_is_not_shown_has_none(room):
    up = {"estimate": 0.2, "lower": 0.1, "upper": 0.3}
    both = with_average(with_average(room, "Sales", **up), "Workers", **up)
    assert brief(both).do().startswith("- Sales, Workers: support did what was hoped for.")
    hidden = with_average(with_average(room, "Sales", state="suppressed"), "Workers", state="suppressed")
    assert brief(hidden).do() == ""


def test_periods_before_support_speak(room):
    def said(p):
        tests = room.tables["pretests"].assign(p_value=p, df=2.0)
        return brief(replace(room, tables={**room.tables, "pretests": tests})).sure().splitlines()[0]

    assert said(0.4) == (
        "- Before support, supported and comparison firms moved alike as far as these data tell (joint test of 2 periods: "
        "p = 0.400)."
    )
    assert said(0.01).startswith("- **Before support they already moved apart** (joint test of 2 periods: p = 0.010)")
    nothing = replace(room, tables={**room.tables, "pretests": room.tables["pretests"].iloc[:0]})
    assert brief(nothing).sure().startswith("- No period before support could be tested")


def test_other_ways_of_comparing_are_named(room):
    other = room.average("Sales", "plainly")
    shown, _ = Words(room).effect(room.outcomes[0], other)
    assert brief(room).sure().splitlines()[1] == f"- Another way of comparing gives {shown} (plainly)."


def test_a_study_without_regions_has_no_map_and_nothing_on_who_is_next(room):
    assert brief(room).where("## Where") == ""
    assert brief(room).next("## Next") == ""
    assert "priorities.html" not in brief(room).more()


# ---- documents -----------------------------------------------------------------------------------------------------


def words(file):
    page = file.read_text(encoding="utf-8")
    body = re.sub(r"<(style|script|svg)[\s\S]*?</\1>", "", page[page.index("<body>") :])
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def test_a_brief_says_the_same_in_both_languages_in_the_studys_own_words(folder, capsys):
    place = folder / "results" / "small" / "released"
    for language in ("en", "ko"):
        given = ["report", folder / "study", "--out", folder / "results", "--kind", "brief", "--language", language]
        assert main([str(word) for word in given]) == 0
    assert f"What may leave: {place / 'brief.ko.html'}" in capsys.readouterr().out
    english, korean = words(place / "brief.html"), words(place / "brief.ko.html")
    numbers = [set(re.findall(r"\d+(?:[.,]\d+)*", said)) - {"0"} for said in (english, korean)]  # in English it is zero
    assert numbers[0] == numbers[1]
    assert "매출" in korean
    assert "작은 기업들이다" in korean
    left = set(re.findall(r"[A-Za-z]{3,}", korean)) - {"report", "html", "effects", "xlsx", "figures", "impact"}
    assert left <= {"lite", "Quarto"}, left
    assert (place / "figures-ko").is_dir()


def test_a_document_in_another_language_has_it_in_its_name(room):
    assert documents.name(room, "brief", "pdf") == "brief.pdf"
    assert documents.name(replace(room, spoken="ko"), "brief", "pdf") == "brief.ko.pdf"


def test_priorities_need_their_tables(room):
    with pytest.raises(InputError) as caught:
        documents.make(room.place, "priorities")
    assert str(caught.value) == (
        f"The document on priorities needs its tables; {room.place} has none. Make them first: impact prioritize STUDY"
    )


# ---- words of another language -------------------------------------------------------------------------------------


def test_words_are_put_where_they_stand_alone_and_nowhere_else(room):
    korean = Room.read(room.place, "ko")
    assert [one["name"] for one in korean.outcomes] == ["매출", "고용"]
    assert set(korean.effects["outcome"]) == {"매출", "고용"}
    assert korean.outcomes[0]["column"] == "sales"
    assert korean.average("매출", "단순하게")["estimate"] == room.average("Sales", "plainly")["estimate"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            '"five" = "매출"\n',
            "[translation.ko] must keep apart what differs; two words become '매출'. Change one of them.",
        ),
        (
            '\n[translation.en]\n"Sales" = "Turnover"\n',
            "[translation.en] is the study's own language. Write its words where they stand, and translate others.",
        ),
        (
            '\n[translation.fr]\n"Sales" = "Ventes"\n',
            "[translation] fr must be 'en' or 'ko'; seen: 'fr'.",
        ),
    ],
)
def test_translations_must_be_clear(tmp_path, more, said):
    with pytest.raises(InputError) as caught:
        run.prepare(write(tmp_path / "study", TOML + more))
    assert list(caught.value.problems) == [f"study.toml: {said}"]


@pytest.mark.parametrize(
    "study", sorted((Path(__file__).parents[2] / "analyses").glob("*/study.toml")), ids=lambda file: file.parent.name
)
def test_the_projects_own_studies_speak_korean(study):
    read = Study.read(study)
    words = read.translation["ko"]
    own = [read.study.title, read.study.question, *read.study.limits]
    own += [text for one in read.outcome for text in (one.name, one.unit) if text]
    own += [one.name for one in read.estimate if one.name != one.estimator]
    own += [text for one in read.published for text in (one.what, one.source, one.why_different) if text]
    own += [*read.panel.region_attributes, *read.design.subgroups]
    assert [text for text in own if text not in words] == []
    spoken = {value for key, value in words.items() if key in own}
    assert all(re.search("[가-힣]", value) for value in spoken)
