"""Effects by group on the page: which tables, in which words, in both languages."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from impact import marks
from impact.publish import study_groups
from impact.publish.study_page import Page
from impact.publish.study_words import Words
from impact.results import EFFECT_COLUMNS
from impact.show.room import Room

TEXTS = ("## Groups", "Read it so.", "Same?", "By subgroup.")
OF_REGIONS = ("## Regions", "How far apart.", "By region.")
DESIGN = {"comparison": "never", "region_within": ["industry", "province"]}
OUTCOMES = [
    {"name": "Sales", "transform": "log", "unit": "won", "better": "higher"},
    {"name": "Jobs", "transform": "none", "unit": "people", "better": "higher"},
]
ESTIMATES = [{"name": "main", "outcomes": [], "design": None}]


def effect(aggregation, state="shown", outcome="Sales", estimator="main", **levels):
    numbers = {"estimate": 0.1, "lower": 0.05, "upper": 0.15, "n_supported": 12, "n_comparison": 340}
    kept = numbers if state != "suppressed" else {}
    row = dict.fromkeys(EFFECT_COLUMNS) | kept | levels
    return row | {"outcome": outcome, "estimator": estimator, "aggregation": aggregation, "state": state}


def regions(*names, **more):
    return [effect("region", region=name, **more) for name in names]


WITHIN = [effect("region_within", region="가", subgroup_of=None)]


def spread(outcome, pooled, within, state="shown"):
    """Make the two rows of an outcome; a spread that is None has its row left out."""
    rows = [
        {"outcome": outcome, "estimator": "main", "comparison": name, "n_regions": 40, "estimates": 0.09, "errors": 0.07,
         "beyond": beyond, "state": state}
        for name, beyond in (("pooled", pooled), ("region_within", within))
        if beyond is not None
    ]  # fmt: skip
    return pd.DataFrame(rows)


def difference(aggregation, column, p_value=0.03, state="shown", outcome="Sales"):
    return {"outcome": outcome, "estimator": "main", "aggregation": aggregation, "subgroup_of": column, "n_groups": 1200,
            "p_value": p_value, "state": state}  # fmt: skip


def page(effects=(), spreads=None, differences=(), language="en", simulated=False, **about):
    said = {
        "study": {"language": language},
        "inference": {"confidence": 0.95},
        "minimum_firms": 3,
        "design": DESIGN,
        "outcome": OUTCOMES,
        "estimate": ESTIMATES,
        "simulated": simulated,
        **about,
    }
    tables = {
        "effects": pd.DataFrame(list(effects), columns=list(EFFECT_COLUMNS)),
        "differences": pd.DataFrame(list(differences)),
        "spread": pd.DataFrame() if spreads is None else spreads,
    }
    room = Room(Path(), said, tables)
    return Page(room, Words(room))


@pytest.fixture(autouse=True)
def no_figures(monkeypatch):
    """Leave figures out, which are files; those of groups have tests of their own."""
    monkeypatch.setattr(study_groups, "_figures", lambda page: [])


def written(of):
    """Return both sections as they are, that on groups and that on regions."""
    return "\n\n".join(filter(None, [study_groups.section(of, *TEXTS), study_groups.regions(of, *OF_REGIONS)]))


def section(**of):
    """Return both sections without their escapes."""
    return written(page(**of)).replace("\\", "")


def last(**of):
    return section(**of).split("\n\n")[-1]


def test_a_study_that_tells_no_groups_apart_has_no_section():
    assert section() == ""


def test_the_section_asks_whether_groups_differ_which_ones_and_how_far():
    said = section(
        effects=[*regions("가"), effect("subgroup", subgroup_of="size", subgroup="large"), *WITHIN],
        spreads=spread("Sales", 0.05, 0.04),
        differences=[
            difference("region", "town"),
            difference("subgroup", "size", 0.0004),
            difference("region_within", "town"),
        ],
    )
    assert said == (
        "## Groups\n\nRead it so.\n\n"
        "| Outcome | Told apart by | Groups | p |\n"
        "| :--- | :--- | ---: | ---: |\n"
        "| Sales | town | 1,200 | 0.030 |\n"
        "| Sales | size | 1,200 | < 0.001 |\n"
        "| Sales | town, beside the firms around | 1,200 | 0.030 |\n"
        "\n: Same? {#tbl-same}\n\n"
        "| Outcome | Group | Effect | 95 % interval | Supported | Comparison |\n"
        "| :--- | :--- | ---: | ---: | ---: | ---: |\n"
        "| Sales | size: large | 10.5 % | 5.1 … 16.2 % | 12 | 340 |\n"
        "\n: By subgroup. {#tbl-groups}\n\n"
        "## Regions\n\n"
        "**Two questions.** Beside *all* comparison firms, the effect of a region is how much more its supported firms changed "
        "than firms like them anywhere; something that hit the region in the same years counts as an effect. Beside the firms "
        "*around* it, it is how much more they changed than their neighbours; what hits all of them drops out, and fewer firms "
        "carry each comparison. Effects below are of the first kind where nothing else is said.\n\n"
        "| Outcome | Compared with | Regions | Spread of estimates | By chance alone | Beyond chance |\n"
        "| :--- | :--- | ---: | ---: | ---: | ---: |\n"
        "| Sales | all comparison firms | 40 | 0.090 | 0.070 | 0.050 |\n"
        "| Sales | the firms around | 40 | 0.090 | 0.070 | 0.040 |\n"
        "\n: How far apart. {#tbl-spread}\n\n"
        "- “Sales”: beside firms of the same industry, province, the spread between regions beyond chance is 0.040 instead of "
        "0.050: **20 % of it goes away**, and may have been a matter of place rather than of support.\n\n"
        "| Outcome | Group | Effect | 95 % interval | Supported | Comparison |\n"
        "| :--- | :--- | ---: | ---: | ---: | ---: |\n"
        "| Sales | 가 | 10.5 % | 5.1 … 16.2 % | 12 | 340 |\n"
        "\n: By region. {#tbl-regions}"
    )


def test_the_same_section_in_korean():
    said = section(
        effects=[*regions("가"), *WITHIN], spreads=spread("Sales", 0.05, 0.04),
        differences=[difference("region_within", "town")], language="ko",
    )  # fmt: skip
    for line in (
        "**두 가지 물음.** *모든* 비교 기업과 견주면 지역의 효과는 그 지역 지원 기업이 어디에 있든 비슷한 기업보다 "
        "얼마나 더 달라졌는가이며, 같은 해에 "
        "그 지역에 닥친 일도 효과로 셉니다. *주변* 기업과 견주면 이웃보다 얼마나 더 달라졌는가이며, 모두에게 닥친 "
        "일은 빠지지만 비교에 쓰이는 기업이 "
        "적어집니다. 따로 말하지 않으면 아래 효과는 앞의 것입니다.",
        "| 성과 | 나눈 기준 | 집단 수 | p값 |",
        "| Sales | town, 주변 기업과 비교 | 1,200 | 0.030 |",
        "| 성과 | 비교 대상 | 지역 수 | 추정치의 퍼짐 | 우연만으로 | 우연을 넘는 퍼짐 |",
        "| Sales | 모든 비교 기업 | 40 | 0.090 | 0.070 | 0.050 |",
        "| Sales | 주변 기업 | 40 | 0.090 | 0.070 | 0.040 |",
        "- ‘Sales’: industry, province이(가) 같은 기업과 견주면 지역 간 퍼짐(우연을 넘는 부분)이 0.050에서 0.040(으)로 "
        "바뀝니다. **20 %가 사라지며**, "
        "그만큼은 지원이 아니라 장소의 차이였을 수 있습니다.",
        "| 성과 | 집단 | 효과 | 95 % 구간 | 지원 | 비교 |",
    ):
        assert line in said.splitlines()


@pytest.mark.parametrize(
    ("pooled", "within", "english", "korean"),
    [
        (
            0.05,
            0.05,
            "- “Sales”: beside firms of the same industry, province, the spread between regions beyond chance is "
            "0.050 instead of "
            "0.050: nothing of it goes away.",
            "- ‘Sales’: industry, province이(가) 같은 기업과 견주어도 지역 간 퍼짐(우연을 넘는 부분)은 0.050에서 "
            "0.050(으)로, 줄지 않습니다.",
        ),
        (
            0.05,
            0.0,
            "- “Sales”: beside firms of the same industry, province, the spread between regions beyond chance is "
            "0.000 instead of "
            "0.050: **100 % of it goes away**, and may have been a matter of place rather than of support.",
            "- ‘Sales’: industry, province이(가) 같은 기업과 견주면 지역 간 퍼짐(우연을 넘는 부분)이 0.050에서 0.000(으)로 "
            "바뀝니다. **100 %가 사라지며**, "
            "그만큼은 지원이 아니라 장소의 차이였을 수 있습니다.",
        ),
        (
            0.0,
            0.02,
            "- “Sales”: regions differ no more than chance explains (0.020 beside firms of the same industry, province).",
            "- ‘Sales’: 지역 간 차이는 우연으로 설명되는 정도입니다(industry, province이(가) 같은 기업과 견주면 0.020).",
        ),
    ],
)
def test_how_much_of_the_spread_goes_away(pooled, within, english, korean):
    said = [last(spreads=spread("Sales", pooled, within), language=language) for language in ("en", "ko")]
    assert said == [english, korean]


@pytest.mark.parametrize(
    "spreads",
    [
        spread("Sales", 0.05, None),
        spread("Sales", 0.05, 0.04, "suppressed"),
        spread("Sales", float("nan"), float("nan"), "not enough evidence"),
    ],
)
def test_nothing_is_said_of_a_spread_that_is_alone_suppressed_or_not_known(spreads):
    assert last(spreads=spreads) == ": How far apart. {#tbl-spread}"


@pytest.mark.parametrize(
    ("state", "said"), [("suppressed", "suppressed"), ("not enough evidence", "not enough evidence")]
)
def test_a_spread_without_numbers_has_its_state(state, said):
    rows = section(spreads=spread("Sales", 0.05, 0.04, state)).splitlines()
    assert f"| Sales | the firms around | 40 | {said} |  |  |" in rows
    assert not [line for line in rows if "0.0" in line]


def test_a_test_without_numbers_has_its_state():
    rows = section(differences=[difference("subgroup", "size", float("nan"), "suppressed")]).splitlines()
    assert "| Sales | size | 1,200 | suppressed |" in rows


def test_the_firms_around_are_those_of_the_answer_on_the_outcome():
    own = {"name": "main", "outcomes": ["Sales"], "design": {**DESIGN, "region_within": ["applied"]}}
    other = {"name": "main", "outcomes": ["Jobs"], "design": None}
    both = pd.concat([spread("Sales", 0.05, 0.04), spread("Jobs", 0.05, 0.04)])
    sales, jobs = (
        last(spreads=both, estimate=[own], outcome=OUTCOMES[:1]),
        last(spreads=both, estimate=[other], outcome=OUTCOMES[1:]),
    )
    assert "beside firms of the same applied, the spread" in sales
    assert "beside firms of the same industry, province, the spread" in jobs


def test_regions_beside_all_firms_alone_are_one_question():
    said = section(effects=regions("가")).split("\n\n")[1]
    assert said == (
        "Beside the comparison firms of all regions, the effect of a region is how much more its supported firms changed than "
        "firms like them anywhere; something that hit the region in the same years counts as an effect."
    )
    assert section(effects=regions("가"), language="ko").split("\n\n")[1] == (
        "모든 지역의 비교 기업과 견줄 때 지역의 효과는 그 지역 지원 기업이 어디에 있든 비슷한 기업보다 얼마나 더 "
        "달라졌는가이며, 같은 해에 그 지역에 "
        "닥친 일도 효과로 셉니다."
    )


def test_subgroups_alone_raise_no_question_of_place():
    said = section(effects=[effect("subgroup", subgroup_of="size", subgroup="large")])
    assert said.split("\n\n")[1:2] == ["Read it so."]
    assert "**Two questions.**" not in said
    assert "tbl-spread" not in said
    assert "tbl-regions" not in said


def test_up_to_forty_regions_stand_on_the_page_and_more_in_the_file():
    forty = [f"r{number}" for number in range(40)]
    assert section(effects=regions(*forty)).count("| Sales | r") == 40
    assert last(effects=regions(*forty, "one more")) == (
        "The effects of 41 regions on “Sales” stand in `effects.csv` (aggregation `region`): 41 have evidence of "
        "their own, 0 have "
        "fewer than five supported firms. No ranking follows from them: which region stands first or last is partly chance."
    )


def many(*hidden):
    shown, few = (
        regions(*(f"{state}{n}" for n in range(30)), state=state) for state in ("shown", "not enough evidence")
    )
    return [*shown, *few, *regions(*hidden, state="suppressed")]


def test_many_regions_are_counted_by_what_is_known_of_them():
    assert last(effects=many()) == (
        "The effects of 60 regions on “Sales” stand in `effects.csv` (aggregation `region`): 30 have evidence of their own, 30 "
        "have fewer than five supported firms. No ranking follows from them: which region stands first or last is "
        "partly chance."
    )
    assert last(effects=many("x", "y")) == (
        "The effects of 62 regions on “Sales” stand in `effects.csv` (aggregation `region`): 30 have evidence of their own, 30 "
        "have too few supported firms for it, 2 are suppressed. No ranking follows from them: which region stands "
        "first or last "
        "is partly chance."
    )
    assert last(effects=many(), language="ko") == (
        "‘Sales’에 대한 60개 지역의 효과는 `effects.csv`(aggregation `region`)에 있습니다. 30개 지역은 자체 증거가 "
        "있고, 30개 지역은 지원 기업이 5개 "
        "미만입니다. 어느 지역이 맨 앞이나 맨 뒤에 서는지에는 우연이 섞여 있으므로 순위를 매길 수 없습니다."
    )
    assert last(effects=many("x", "y"), language="ko") == (
        "‘Sales’에 대한 62개 지역의 효과는 `effects.csv`(aggregation `region`)에 있습니다. 30개 지역은 자체 증거가 "
        "있고, 30개 지역은 지원 기업이 너무 "
        "적으며, 2개 지역은 비공개입니다. 어느 지역이 맨 앞이나 맨 뒤에 서는지에는 우연이 섞여 있으므로 순위를 매길 "
        "수 없습니다."
    )


def test_a_suppressed_region_has_its_name_and_no_number():
    rows = section(effects=[*regions("가"), *regions("나", state="suppressed")]).splitlines()
    assert "| Sales | 나 | suppressed |  |  |  |" in rows


def test_a_region_of_few_firms_is_not_enough_evidence():
    (row,) = [one for one in section(effects=regions("가", state="not enough evidence")).splitlines() if "가" in one]
    assert row == "| Sales | 가 | not enough evidence |  | 12 | 340 |"


def test_a_name_that_is_a_script_stays_text():
    hostile = "<script>alert(1)</script>|![](http://evil/a.png){spread}`{python} 1/0`"
    of = page(
        effects=[*regions(hostile), *WITHIN, effect("subgroup", subgroup_of=hostile, subgroup=hostile)],
        spreads=spread(hostile, 0.05, 0.04),
        differences=[difference("region", hostile), difference("region_within", hostile)],
        outcome=[OUTCOMES[0] | {"name": hostile}, OUTCOMES[0]],
    )
    said = written(of)
    assert "<" not in said.replace("\\<", "")
    assert said.count("\\<script\\>alert\\(1\\)") == said.count("script") / 2 >= 8
    assert said.replace("\\", "").count(hostile) == said.count("alert")


def test_every_table_of_simulated_firms_is_marked():
    of = {
        "effects": [*regions("가"), effect("subgroup", subgroup_of="size", subgroup="large")],
        "spreads": spread("Sales", 0.05, 0.04),
        "differences": [difference("region", "town")],
    }
    said = section(**of, simulated=True)
    assert said.count(f"| {marks.SIMULATED}: Outcome |") == said.count(f"\n: {marks.SIMULATED}: ") == 4
    assert marks.SIMULATED not in section(**of)


def test_a_page_that_lost_the_mark_is_marked_by_its_tables():
    of = page(effects=regions("가"))
    effects = marks.marked(of.room.tables["effects"])
    room = replace(of.room, tables={**of.room.tables, "effects": effects})
    assert f"| {marks.SIMULATED}: Outcome |" in written(Page(room, Words(room)))
