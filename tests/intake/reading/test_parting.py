"""Totals, provinces, districts and branch offices apart from base rows, and whether totals equal their parts."""

import pandas as pd
import pytest
from intake.files import refusal, taken, workbook

from impact.intake import read_table
from impact.intake._reading.totals import is_total

CODED = """code,people,rate
11,101,5.5
11110,60,6
11140,40,5
26,30,1.5
26110,10,2
26140,20,3
41,50,3
41110,50,1
41111,30,2
41113,21,9
36,7,1
"""


def why(found):
    return found.aside["why"].tolist()[1:]


# ---- labels --------------------------------------------------------------------------------------------------------


def test_blank_labels_mean_as_above_where_the_layout_says_so(tmp_path):
    found = taken(tmp_path, "산업,업종,n\n제조,식품,1\n,섬유,2\n,금속,3\n건설,토목,4\n,건축,5\n")
    assert found.frame["산업"].tolist() == ["제조"] * 3 + ["건설"] * 2
    assert found.notes[1] == (
        "'산업': 3 blank cells taken for \"as above\". Check the first rows, or read with fill=False."
    )


def test_blank_labels_stay_blank_where_that_is_asked_for(tmp_path):
    found = taken(tmp_path, "산업,업종,n\n제조,식품,1\n,섬유,2\n건설,토목,4\n,건축,5\n", fill=False)
    assert found.frame["산업"].isna().tolist() == [False, True, False, True]


@pytest.mark.parametrize(
    "rows",
    [
        ",가,1\n제조,나,2\n,다,3\n",  # the first is blank: there is nothing above
        "제조,가,1\n,나,2\n제조,다,3\n,라,4\n",  # a label comes again: it is no layer
        "제조,가,1\n건설,나,2\n운수,다,3\n금융,라,4\n,마,5\n",  # a single blank is a gap
        "제조,가,1\n,,2\n건설,다,3\n,라,4\n",  # what stands right of it is blank too
        "제조,가,1\n건설,나,2\n,다,3\n",  # a label without blanks below it heads no block
    ],
)
def test_blanks_of_a_list_are_not_filled(tmp_path, rows):
    found = taken(tmp_path, "산업,업종,n\n" + rows)
    assert found.frame["산업"].isna().any()


def test_telephones_that_are_missing_are_not_those_of_the_firm_above(tmp_path):
    rows = "A,1,x,5\nB,,y,6\nC,3,z,7\nD,,u,8\nE,5,v,9\nF,,w,1\n"
    assert taken(tmp_path, "firm,전화번호,town,n\n" + rows).frame["전화번호"].isna().sum() == 3


def test_merged_labels_are_filled_and_merged_numbers_are_not(tmp_path):
    rows = [["산업", "업종", "n"], ["제조", "식품", 1], [None, "섬유", None], ["건설", "토목", 3]]
    found = read_table(workbook(tmp_path, {"s": rows}, ["A2:A3", "C2:C3"]))
    assert found.frame["산업"].tolist() == ["제조", "제조", "건설"]
    assert found.frame["n"].isna().tolist() == [False, True, False]
    assert found.notes[1] == "'산업': 1 merged cell filled with the label that stands in it."


def test_a_name_and_its_code_in_brackets_are_two_columns(tmp_path):
    found = taken(tmp_path, "행정구역,n\n서울특별시 종로구 (1111000000),5\n서울특별시  중구 (1114000000),6\n")
    assert found.frame.iloc[:, :2].values.tolist() == [["서울특별시 종로구", "11110"], ["서울특별시 중구", "11140"]]
    assert found.notes[1] == (
        "'행정구역' was split into a name and '행정구역_code', the code in brackets without zeros at its end."
    )


def test_brackets_without_a_code_in_every_cell_are_a_part_of_the_name(tmp_path):
    assert taken(tmp_path, "firm,n\nA (1),5\nB,6\n").frame["firm"].tolist() == ["A (1)", "B"]


# ---- totals by their label -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "word", ["계", "소계", "합계", "총계", "전국", "합 계", "[합계]", "Total", "TOTAL", "Grand total", "전체"]
)
def test_words_of_totals(word):
    assert is_total(word)


@pytest.mark.parametrize("word", ["계양구", "합계율", "전국은행", "totals of", "", None, "시계"])
def test_words_that_only_look_like_totals(word):
    assert not is_total(word)


def test_totals_are_set_aside_and_equal_their_parts(tmp_path):
    found = taken(tmp_path, "업종,n\n합계,6\n제조,1\n건설,2\n운수,3\n")
    assert found.frame["n"].sum() == found.totals["n"].item() == 6
    assert found.notes[1:] == ("1 row set aside (total): 합계.", "1 figure of totals equal to the sum of the parts.")


def test_totals_over_one_and_over_two_labels(tmp_path):
    rows = "계,계,10\n계,남,4\n계,여,6\n제조,계,7\n제조,남,3\n제조,여,4\n건설,계,3\n건설,남,1\n건설,여,2\n"
    found = taken(tmp_path, "업종,성별,n\n" + rows)
    assert found.frame["n"].tolist() == [3, 4, 1, 2]
    assert why(found) == ["total"] * 5
    assert found.notes[-1] == "5 figures of totals equal to the sum of the parts."


def test_a_total_without_its_parts_is_kept(tmp_path):
    found = taken(tmp_path, "업종,성별,n\n제조,계,7\n건설,계,3\n")
    assert found.frame["n"].tolist() == [7, 3]
    assert found.notes[1] == (
        "'성별' says in some rows that they are totals; they were kept, because none of their parts is in the table."
    )


def test_totals_of_each_year_are_compared_with_that_year(tmp_path):
    found = taken(tmp_path, "연도,업종,n\n2020,계,3\n2020,제조,1\n2020,건설,2\n2021,계,7\n2021,제조,3\n2021,건설,4\n")
    assert found.notes[-1] == "2 figures of totals equal to the sum of the parts."


def test_a_code_of_the_total_does_not_keep_it_from_its_parts(tmp_path):
    found = taken(tmp_path, "업종코드,업종,n\nT,계,3\nC,제조,1\nF,건설,2\n")
    assert found.frame["n"].tolist() == [1, 2]


def test_a_total_that_does_not_equal_its_parts_is_named_and_not_repaired(tmp_path):
    found = taken(tmp_path, "업종,n,m\n합계,7,5\n제조,1,2\n건설,2,3\n운수,3,0\n")
    assert found.totals["n"].item() == 7
    assert found.notes[-1] == (
        "1 figure of totals unequal to the sum of the parts: row 2 (합계) in 'n' 1 more. Nothing was repaired: ask the source which "
        "is right."
    )


def test_a_total_is_named_by_all_its_labels(tmp_path):
    found = taken(tmp_path, "지역,성별,n\n가,계,9\n가,남,4\n가,여,6\n나,계,1\n나,남,1\n나,여,0\n")
    assert found.notes[-1].startswith(
        "1 figure of totals unequal to the sum of the parts: row 2 (가 계) in 'n' 1 less."
    )


def test_rounded_parts_may_differ_by_what_rounding_explains(tmp_path):
    close = taken(tmp_path, "업종,n\n합계,10.1\n가,3.4\n나,3.4\n다,3.4\n")
    assert close.notes[-1] == "1 figure of totals equal to the sum of the parts."
    far = taken(tmp_path, "업종,n\n합계,10.5\n가,3.4\n나,3.4\n다,3.4\n")
    assert far.notes[-1].startswith("1 figure of totals unequal to the sum of the parts: row 2 (합계) in 'n' 0.3 more.")


def test_a_sum_of_withheld_parts_is_not_compared(tmp_path):
    found = taken(tmp_path, "업종,n\n합계,6\n제조,X\n건설,2\n운수,3\n")
    assert found.notes[-1] == "1 figure of totals not compared, because parts are blank, missing or suppressed."


# ---- regions -------------------------------------------------------------------------------------------------------


def test_provinces_over_municipalities_and_districts_beside_their_city_are_set_aside(tmp_path):
    found = taken(tmp_path, CODED)
    assert found.frame["code"].tolist() == ["11110", "11140", "26110", "26140", "41110", "36110"]
    assert found.aside["why"].value_counts().to_dict() == {
        "province over its parts": 3,
        "part of a row that is kept": 2,
        "header": 1,
    }


def test_what_was_found_of_regions_is_said(tmp_path):
    names = {
        "11": "서울",
        "11110": "종로구",
        "11140": "중구",
        "26": "부산",
        "26110": "중구",
        "26140": "서구",
        "41": "경기",
    }
    names |= {"41110": "수원시", "41111": "수원시 장안구", "41113": "수원시 권선구", "36": "세종"}
    lines = [f"{names.get(line.split(',')[0], 'name')},{line}" for line in CODED.split()]
    assert taken(tmp_path, "\n".join(lines)).notes[1:] == (
        "A province that is one municipality was taken for it: 36 is now 36110.",
        "3 rows set aside (province over its parts): 서울 11, 부산 26, 경기 41.",
        "2 rows set aside (part of a row that is kept): 수원시 장안구 41111, 수원시 권선구 41113.",
        "'name': the table has 6 codes of base municipalities (mois).",
        "2 figures of totals equal to the sum of the parts.",
        "2 figures of totals unequal to the sum of the parts: row 2 (서울) in 'people' 1 more, row 9 (수원시) in 'people' 1 less. "
        "Nothing was repaired: ask the source which is right.",
        "No total is the sum of its parts in 1 column: rate. A rate, a mean or a median does not add up: never sum it over rows.",
    )


def test_everything_is_kept_where_that_is_asked_for(tmp_path):
    found = taken(tmp_path, CODED, regions="all")
    assert len(found.frame) == 11
    assert refusal(tmp_path, CODED, regions="some") == "regions must be units or all; seen: some. Write one of these."


def test_districts_without_their_city_are_kept(tmp_path):
    found = taken(tmp_path, "code,n\n11110,1\n41111,2\n41113,3\n26110,4\n")
    assert found.frame["n"].tolist() == [1, 2, 3, 4]
    assert found.notes[-1] == "'code': the table has 2 codes of base municipalities (mois), and 2 rows of other places."


def test_towns_below_their_municipality_are_set_aside(tmp_path):
    rows = [
        "서울특별시 종로구 (1111000000),5",
        "서울특별시 종로구 사직동 (1111053000),2",
        "서울특별시 종로구 삼청동 (1111054000),3",
    ]
    rows += ["서울특별시 중구 (1114000000),1", "서울특별시 중구 명동 (1114055000),1"]
    found = taken(tmp_path, "행정구역,n\n" + "\n".join(rows))
    assert found.frame["행정구역_code"].tolist() == ["11110", "11140"]
    assert found.notes[-1] == "2 figures of totals equal to the sum of the parts."


def test_a_branch_office_without_people_is_not_a_unit(tmp_path):
    rows = "경기도 화성시 (4159000000),9\n경기도 화성시동부출장소 (4159200000),0\n경기도 평택시 (4122000000),5\n"
    found = taken(
        tmp_path, "행정구역,n\n" + rows + "경기도 송탄출장소 (4122200000),\n서울특별시 종로구 (1111000000),3\n"
    )
    assert why(found) == ["not a unit", "not a unit"]
    kept = taken(tmp_path, "행정구역,n\n" + rows.replace("(4159200000),0", "(4159200000),7"))
    assert kept.frame["n"].tolist() == [9, 7, 5]


def test_names_alone_are_placed_below_the_province_above_them(tmp_path):
    found = taken(tmp_path, "지역,n\n전국,10\n서울특별시,5\n종로구,2\n중구,3\n부산광역시,5\n중구,1\n서구,4\n")
    assert found.frame["지역_code"].tolist() == ["11110", "11140", "26110", "26140"]
    assert found.notes[1] == (
        "'지역': codes of mois:2024-01-18 were put beside the names of regions (6 names, 100% of them known; as many in "
        "mois:2010-07-01, mois:2012-01-01, mois:2012-07-01, mois:2013-09-23, mois:2014-07-01 and more)."
    )
    assert found.notes[-1] == "3 figures of totals equal to the sum of the parts."


def test_sejong_is_a_municipality_where_only_its_province_has_a_row(tmp_path):
    found = taken(tmp_path, "시도,시군구,n\n세종특별자치시,소계,5\n서울특별시,소계,3\n서울특별시,종로구,3\n")
    assert found.frame.iloc[:, 1:3].values.tolist() == [["소계", "36110"], ["종로구", "11110"]]


def test_names_of_no_region_are_named(tmp_path):
    names = ["종로구", "용산구", "성동구", "광진구", "노원구", "은평구", "마포구", "없는구"]
    found = taken(tmp_path, "지역,n\n" + "".join(f"{name},{at}\n" for at, name in enumerate(names)))
    assert found.frame["지역_code"].isna().tolist() == [False] * 7 + [True]
    assert found.notes[2] == "1 name of no region that is known, or of several: 없는구. Their code is blank."


def test_firms_of_districts_are_not_set_aside(tmp_path):
    found = taken(tmp_path, "id,region,sales\nA,11110,5\nB,41110,6\nC,41111,7\n")
    assert found.frame["id"].tolist() == ["A", "B", "C"]
    assert found.notes[1] == (
        "'region' holds regions of several levels, but rows are told apart by 'id', as in a list of firms: none was set aside. If "
        "they are figures of regions, leave 'id' out, or they are counted twice."
    )


def test_a_list_of_firms_with_several_in_a_region_is_left_alone(tmp_path):
    rows = "".join(f"F{at},{(41110, 41111, 11110)[at % 3 if at < 9 else 0]},{at}\n" for at in range(30))
    found = taken(tmp_path, "id,region,sales\n" + rows)
    assert len(found.frame) == 30
    assert len(found.notes) == 1


def test_codes_that_two_offices_use_are_left_alone_and_named(tmp_path):
    found = taken(tmp_path, "code,n\n11,30\n11110,10\n11140,20\n31110,5\n31140,6\n31,11\n")
    assert len(found.frame) == 6
    assert found.notes[1] == (
        "'code' holds codes that are regions of kostat and of mois: no row was set aside by them. Add the names of regions, or look "
        "for provinces and districts yourself before you sum."
    )


def test_rows_are_matched_to_the_file_by_their_number(tmp_path):
    found = taken(tmp_path, CODED)
    lines = CODED.split()
    for row, people in found.frame["people"].items():
        assert lines[row - 1].split(",")[1] == str(people)
    assert sorted([*found.frame.index, *found.aside["row"]]) == list(range(1, found.rows + 1))
    assert isinstance(found.totals, pd.DataFrame)
    assert found.totals.columns.equals(found.frame.columns)


def test_a_total_at_the_foot_of_a_list_whose_other_labels_are_blank_is_set_aside(tmp_path):
    path = tmp_path / "firms.csv"
    path.write_text(
        "firm,town,year,sales\nA1,Suwon,2020,5\nA1,Suwon,2021,6\nB2,Gumi,2020,7\n합계,,,18\n", encoding="utf-8"
    )
    taken = read_table(path)
    assert taken.frame["sales"].tolist() == [5, 6, 7]
    assert taken.aside["why"].tolist() == ["header", "total"]
    assert "1 figure of totals equal to the sum of the parts." in taken.notes


def test_a_column_of_numbers_with_the_label_of_a_total_in_it_is_no_fault(tmp_path):
    path = tmp_path / "firms.csv"
    path.write_text("number,year,sales\n1248100998,2020,5\n1248100998,2021,6\n합계,,11\n", encoding="utf-8")
    assert not any("stays text" in note for note in read_table(path).notes)
