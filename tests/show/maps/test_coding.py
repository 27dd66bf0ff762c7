import numpy as np
import pandas as pd
import pytest
from squares import grid, korea

from impact.errors import InputError
from impact.regions import boundaries, register
from impact.regions.codes import System
from impact.show.maps import coding, places

CODES = register.units()["code"].tolist()
TILES = places.korean_tiles("en")


@pytest.fixture
def read(tmp_path):
    def of(frame, **options):
        frame.to_parquet(tmp_path / "boundaries.parquet")
        return boundaries.read(tmp_path / "boundaries.parquet", **options)

    return of


def placed(table, column=None, ground=TILES, over=None):
    rows, notes = coding.placed(pd.DataFrame(table), column, ground, over)
    return rows["code"].tolist(), notes


def refusal(table, column=None, ground=TILES, over=None):
    with pytest.raises(InputError) as refused:
        coding.placed(pd.DataFrame(table), column, ground, over)
    return str(refused.value)


# ---- the column ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["region", "code", "시군구코드", "anything"])
def test_the_column_of_codes_is_found_by_its_name_or_by_what_it_holds(name):
    assert placed({"people": range(3), name: CODES[:3]}) == (CODES[:3], [])


def test_a_column_that_is_named_is_taken():
    assert placed({"region": ["a", "b"], "mine": CODES[:2]}, "mine")[0] == CODES[:2]


def test_the_column_of_codes_is_gone_so_that_it_is_no_variable():
    rows, _ = coding.placed(pd.DataFrame({"mine": CODES[:2], "people": [1, 2]}), None, TILES, None)
    assert list(rows) == ["people", "code"]


@pytest.mark.parametrize(
    "codes",
    [
        [11110, 26350],
        [11110.0, 26350.0],
        ["1111000000", "2635000000"],
        ["서울특별시 종로구 (1111000000)", "부산광역시 해운대구 (2635000000)"],
        ["11110 ", "26350"],
    ],
)
def test_codes_may_be_whole_numbers_or_longer_texts(codes):
    assert placed({"code": codes}) == (["11110", "26350"], [])


# ---- other days and systems ----------------------------------------------------------------------------------------


def test_codes_of_another_system_are_brought_to_those_of_the_map():
    old = System("kostat", "2020-01-01").table().query("level == 'unit'").index
    codes, notes = placed({"code": old})
    assert set(codes) <= set(CODES)
    assert len(codes) > 220
    assert notes == []


def test_few_codes_are_enough():
    assert placed({"code": ["11020", "11030"]})[0] == ["11140", "11170"]  # two districts of Seoul to Statistics Korea


def test_a_map_of_another_day_takes_codes_of_that_day(read):
    now = System("mois", "2026-07-01")
    ground = places.of_boundaries(read(korea(), to=now), "en")
    assert ground.system == now
    codes, _ = placed({"code": ["46230"]}, ground=ground)  # Gwangyang, before its province was another one
    assert [ground.name[code] for code in codes] == ["광양시"]


def test_codes_of_several_days_are_refused():
    old = ["42110", "42130", "42150"]  # of Gangwon until 2023
    assert refusal({"code": [*CODES, *old]}) == (
        "All codes of 'code' must be of one system and day; 3 codes of 232 are not of mois:2024-01-18 but of mois:2018-07-01: "
        "42110, 42130, 42150. Bring them to one: impact regions convert."
    )


def test_codes_that_do_not_tell_what_they_are_are_refused():
    assert refusal({"code": ["31110", "21060", "42110"]}) == (
        "The codes of 'code' must tell what they are; the codes do not tell their system: 66.6% of them are in each of kostat "
        "2010-01-01 to 2024-12-31; mois 2010-07-01 to 2023-06-10. Bring them to one system first: impact regions convert."
    )


def test_names_instead_of_codes_are_refused_with_an_advice():
    names = register.units()["name_ko"]
    assert refusal({"code": names}) == (
        "'code' must hold codes; it holds names (종로구, 중구, 용산구, 성동구, 광진구 and more), and several regions have the "
        "same. Add a column of codes: impact.regions.names.from_names finds them with the names of provinces."
    )


def test_names_are_told_from_codes_in_a_column_of_any_name():
    assert refusal({"where": ["중구", "고성군"], "people": [3, 4]}) == (
        "'where' must hold codes; it holds names (중구, 고성군), and several regions have the same. Add a column of codes: "
        "impact.regions.names.from_names finds them with the names of provinces."
    )


def test_codes_of_two_days_are_named_where_several_days_explain_most():
    assert refusal({"code": ["42110", "51110", "45111"]}) == (
        "All codes of 'code' must be of one system and day; 1 code of 3 are not of mois:2023-07-01 but of mois:2018-07-01: 42110. "
        "Bring them to one: impact regions convert."
    )


def test_what_is_no_code_is_refused():
    assert refusal({"code": ["a", "b"]}) == (
        "'code' must hold codes of regions; seen: a, b. The codes are of no system that is known: at most 0% of them are in one. "
        "Name another column (--column)."
    )


# ---- another country -----------------------------------------------------------------------------------------------


def test_codes_of_another_country_are_taken_as_they_are(read):
    ground = places.of_boundaries(read(grid(["01", "02", "11110"]), column="code", system=None), "en")
    assert placed({"code": ["02", "11110", "1"]}, ground=ground) == (
        ["02", "11110"],
        ["1 row with codes of no region of the map, so not on it: 1."],
    )
    assert ground.name.tolist() == ["01", "02", "11110"]  # not Jongno-gu


# ---- rows ----------------------------------------------------------------------------------------------------------


def test_rows_without_a_place_are_said():
    codes, notes = placed({"code": ["11110", None, "99999", "11"], "people": range(4)})
    assert codes == ["11110"]
    assert notes == [
        "1 of 4 rows without a code, so not on the map.",
        "2 rows with codes of no region of the map, so not on it: 99999, 11.",
    ]


def test_several_rows_of_a_region_are_refused_with_what_they_differ_in():
    table = pd.DataFrame({"code": ["11110"] * 4 + ["11140"], "outcome": ["Sales", "Jobs"] * 2 + ["Sales"]})
    table = table.assign(
        year=[2015, 2015, 2016, 2016, 2015], estimate=np.arange(5) / 7, n_supported=range(5), state="shown"
    )
    assert refusal(table) == (
        "A map needs one row a region; several are of 1 region, such as 11110. They differ in outcome (Sales, Jobs); year "
        "(2015, 2016). Choose rows (--where COLUMN=VALUE), or repeat maps over a column (--over)."
    )
    assert refusal(table, over="year") == (
        "A map needs one row a region and year; several are of 1 region, such as 11110. They differ in outcome (Sales, Jobs). "
        "Choose rows (--where COLUMN=VALUE), or repeat maps over a column (--over)."
    )
    assert refusal({"code": ["11110", "11110"], "x": [0.1, 0.2]}) == (
        "A map needs one row a region; several are of 1 region, such as 11110. Choose rows (--where COLUMN=VALUE), or repeat maps "
        "over a column (--over)."
    )


def test_rows_are_chosen_by_the_values_of_columns():
    table = pd.DataFrame({"outcome": ["Sales", "Jobs"], "year": [2015, 2016.0], "x": [1, 2]})
    assert coding.where(table, {"outcome": "Jobs", "year": "2016"})["x"].tolist() == [2]
    assert coding.where(table, {})["x"].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("table", "asked", "said"),
    [
        ({"code": []}, {}, "A map needs rows; the table has none. Check how it was read."),
        (
            {"code": ["11110"]},
            {"over": "year"},
            "Maps are repeated over a column of the table; it has no 'year', but code. Check the name.",
        ),
        (
            {"people": [1]},
            {"column": "code"},
            "Codes must be in a column of the table; it has no 'code', but people. Check the name.",
        ),
        (
            {"people": [1, 2], "note": ["a", "b"]},
            {},
            "A column must hold the codes of regions; none of people, note does. Name it with column (--column).",
        ),
        (
            {"code": ["11", "26"]},
            {},
            "Some code must be of a region of the map, such as 11110; none of 'code' is: 11, 26. Name the column of codes with "
            "column (--column).",
        ),
    ],
)
def test_what_cannot_be_placed_is_refused(table, asked, said):
    assert refusal(table, **asked) == said


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        (
            {"result": "Sales"},
            "Rows are chosen by columns of the table; it has no 'result', but outcome. Check the name.",
        ),
        ({"outcome": "Sale"}, "Some row must have Sale in 'outcome'; there is Sales, Jobs. Check the spelling."),
    ],
)
def test_rows_that_are_not_there_cannot_be_chosen(chosen, said):
    with pytest.raises(InputError) as refused:
        coding.where(pd.DataFrame({"outcome": ["Sales", "Jobs"]}), chosen)
    assert str(refused.value) == said
