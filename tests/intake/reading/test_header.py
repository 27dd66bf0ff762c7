import pytest
from intake.files import refusal, taken, workbook

from impact.intake import read_table


def columns(folder, text, **options):
    return taken(folder, text, **options).frame.columns.tolist()


def test_one_row_names_the_columns(tmp_path):
    assert columns(tmp_path, "firm,year,region\nA,2019,x\nB,2020,y\n") == ["firm", "year", "region"]


def test_years_may_name_columns(tmp_path):
    assert columns(tmp_path, "업종,2015,2016\n제조,10,11\n건설,12,13\n") == ["업종", "2015", "2016"]


def test_numbers_that_count_on_may_name_columns(tmp_path):
    assert columns(tmp_path, "업종,1,2,3\n제조,10,20,30\n건설,40,50,60\n") == ["업종", "1", "2", "3"]


def test_two_rows_are_joined_where_the_first_does_not_tell_columns_apart(tmp_path):
    found = taken(tmp_path, "시점,2016,2016,2017\n업종,계,여,계\n제조,10,5,12\n건설,20,9,22\n")
    assert found.frame.columns.tolist()[1:] == ["2016_계", "2016_여", "2017_계"]
    assert found.notes[1] == "2 rows name the columns; their names are joined with _, such as '시점_업종'."


def test_a_blank_name_belongs_to_the_one_before_it(tmp_path):
    head = "지역,2016,,2017,\n,계,여,계,여\n"
    assert columns(tmp_path, head + "서울,10,5,12,6\n부산,20,9,22,9\n")[2:] == [
        "2016_계",
        "2016_여",
        "2017_계",
        "2017_여",
    ]


def test_a_row_of_units_is_part_of_the_header(tmp_path):
    assert columns(tmp_path, "firm,sales,workers\n,(천원),(명)\nA,10,5\nB,20,7\n") == [
        "firm",
        "sales_(천원)",
        "workers_(명)",
    ]


def test_names_in_a_second_language_are_part_of_the_header(tmp_path):
    head = "지역,사업체,종사자\nregion,establishments,workers\n"
    assert columns(tmp_path, head + "서울,10,50\n부산,20,60\n")[-1] == "종사자_workers"


def test_how_many_rows_name_columns_can_be_said(tmp_path):
    assert columns(tmp_path, "a,b\nc,d\nx,y\nz,w\n", header=2) == ["a_c", "b_d"]
    found = taken(tmp_path, "A,1\nB,2\n", header=0)
    assert found.frame.to_dict("list") == {"column_1": ["A", "B"], "column_2": [1, 2]}
    assert found.notes[1] == "2 columns without a name: column_1, column_2."


def test_a_table_of_text_has_one_row_of_names(tmp_path):
    assert columns(tmp_path, "이름,주소\n가,서울\n나,부산\n") == ["이름", "주소"]


def test_titles_are_set_aside_and_their_unit_is_said(tmp_path):
    found = taken(tmp_path, "시군구별 사업체,,\n,,(단위: 천원)\n지역,매출,종사자\n서울,10,5\n부산,20,6\n")
    assert found.aside["why"].tolist() == ["title", "title", "header"]
    assert found.frame.index.tolist() == [4, 5]
    assert found.notes[1:3] == (
        "2 rows above the table set aside: 시군구별 사업체, (단위: 천원).",
        "The file says: unit 천원. Declare it for its columns with units=, so that it is checked.",
    )


def test_names_that_stand_twice_are_numbered(tmp_path):
    found = taken(tmp_path, "a,b,b,b_2\nx,1,2,3\ny,4,5,6\n")
    assert found.frame.columns.tolist() == ["a", "b", "b_3", "b_2"]
    assert found.notes[1] == "Names that stand over several columns were numbered: b."


def test_names_have_single_blanks(tmp_path):
    assert columns(tmp_path, '"행정  구역\n(별)",n\nx,1\ny,2\n')[0] == "행정 구역 (별)"


def test_a_column_without_name_and_values_is_none(tmp_path):
    assert columns(tmp_path, "a,b,\nx,1,\ny,2,\n") == ["a", "b"]


def test_a_table_without_names_is_refused(tmp_path):
    assert refusal(tmp_path, "서울,10,20\n부산,30,41\n대구,50,60\n") == (
        "a.csv must have a row that names its columns; the first is 서울, 10, 20. Add names, or read it with header=0 (no header) "
        "or header=2 (the names stand in two rows)."
    )


def test_a_header_alone_is_refused(tmp_path):
    assert refusal(tmp_path, "a,b\n") == "a.csv must have rows below its header; seen: 1 row. Check that it is whole."


def test_a_header_can_have_at_most_three_rows(tmp_path):
    assert refusal(tmp_path, "a,b\nx,1\n", header=4) == (
        "header must be a number of rows from 0 to 3; seen: 4. Leave it out to let it be found."
    )


def test_merged_names_of_a_sheet_are_spread_and_joined_once(tmp_path):
    head = [["지역", "2023", None, "2024"], [None, "계", "여", "계"]]
    path = workbook(tmp_path, {"s": [*head, ["서울", 10, 5, 11], ["부산", 20, 9, 21]]}, ["A1:A2", "B1:C1"])
    assert read_table(path).frame.columns.tolist()[2:] == ["2023_계", "2023_여", "2024_계"]


def test_a_title_merged_over_the_table_is_no_header(tmp_path):
    rows = [["제목", None, None], ["지역", "계", "여"], ["서울", 10, 5], ["부산", 20, 9]]
    found = read_table(workbook(tmp_path, {"s": rows}, ["A1:C1"]))
    assert found.frame.columns.tolist()[2:] == ["계", "여"]
    assert found.aside["why"].tolist() == ["title", "header"]


@pytest.mark.parametrize("again", ["a,b\n", "a,b,\n"])
def test_the_header_again_is_set_aside(tmp_path, again):
    found = taken(tmp_path, f"a,b\nx,1\n{again}y,2\n")
    assert found.frame["b"].tolist() == [1, 2]
    assert found.aside["why"].tolist() == ["header", "heading again"]


def test_notes_below_the_table_are_set_aside(tmp_path):
    notes = "\n주: 2024년은 잠정치\n자료: 통계청,전국사업체조사\n"
    found = taken(tmp_path, "지역,n\n서울,1\n부산,2\n" + notes)
    assert found.frame["n"].tolist() == [1, 2]
    assert found.aside["why"].tolist() == ["header", "blank", "note", "note"]
    assert found.aside["seen"].tolist()[2:] == ["주: 2024년은 잠정치", "자료: 통계청 | 전국사업체조사"]


def test_a_note_among_the_rows_is_set_aside(tmp_path):
    found = taken(tmp_path, "지역,n\n서울,1\n※ 잠정치,\n부산,2\n")
    assert found.aside["why"].tolist() == ["header", "note"]


def test_a_region_without_figures_at_the_end_is_a_row(tmp_path):
    found = taken(tmp_path, "행정구역,n\n서울특별시 종로구 (1111000000),5\n서울특별시 중구 (1114000000),\n")
    assert found.frame["행정구역"].tolist() == ["서울특별시 종로구", "서울특별시 중구"]
