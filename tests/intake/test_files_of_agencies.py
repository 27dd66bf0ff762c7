"""Two real files read without work by hand: the ministry's csv of residents, and a table of KOSIS with merged headers."""

import pandas as pd
import pytest

from impact.intake import read_table, spread, to_long
from impact.regions import codes

NATION_2016 = 51_696_216  # residents registered at the end of 2016: the national row of the file, and KOSIS DT_1B04005N


@pytest.fixture(scope="module")
def residents(shared):
    return read_table(shared / "data" / "fixtures" / "jumin_202212_202412.csv")


@pytest.fixture(scope="module")
def kosis(shared):
    return read_table(shared / "data" / "fixtures" / "pinkwink_population_raw_data.xlsx")


@pytest.fixture(scope="module")
def population(shared):
    return pd.read_csv(shared / "data" / "regions" / "sigungu_population_2015_2025.csv", dtype={"code": str})


def test_every_row_of_the_ministrys_file_is_in_the_table_or_set_aside(residents):
    assert residents.rows == 333
    assert len(residents.frame) == 262
    assert residents.aside["why"].value_counts().to_dict() == {
        "part of a row that is kept": 37,
        "province over its parts": 19,
        "not a unit": 14,
        "header": 1,
    }


def test_the_ministrys_rows_have_names_codes_and_numbers(residents):
    first = residents.frame.iloc[0]
    assert first[["행정구역", "행정구역_code"]].tolist() == ["서울특별시 종로구", "11110"]
    assert first["2022년_거주자_총인구수"] == 139_437
    assert residents.columns["kind"].value_counts().to_dict() == {"number": 207, "label": 1, "code": 1}


@pytest.mark.parametrize(("year", "day"), [(2022, "2022-12-31"), (2023, "2023-12-31"), (2024, "2024-12-31")])
def test_each_year_has_the_municipalities_of_its_day(residents, year, day):
    rows = to_long(residents.frame, ["행정구역", "행정구역_code"]).query("year == @year")
    units = codes.System("mois", day).table().query("level == 'unit'").index
    assert sorted(rows["행정구역_code"]) == sorted(units)


def test_municipalities_add_up_to_the_ministrys_own_provinces(residents):
    provinces = residents.totals[residents.totals["행정구역_code"].str.len() == 2]
    for column in residents.frame.columns[2:]:
        assert residents.frame[column].sum() == provinces[column].sum()


def test_districts_add_up_to_their_city(residents):
    assert residents.notes[-2:] == (
        "5,865 figures of totals equal to the sum of the parts.",
        "138 figures of totals not compared, because parts are blank, missing or suppressed.",
    )


def test_the_ministrys_residents_are_nearly_all_that_are_registered(residents, population):
    long = to_long(residents.frame, ["행정구역", "행정구역_code"]).query("year == 2024")
    both = long.set_index("행정구역_code").join(population.query("year == 2024").set_index("code")["total"])
    share = both["거주자_총인구수"] / both["total"]
    assert share.between(0.97, 1).all()  # registered are residents, those of unknown place and citizens abroad


def test_what_was_done_to_the_ministrys_file_is_said(residents):
    assert residents.notes[:3] == (
        "jumin_202212_202412.csv: read as cp949, values apart by a comma.",
        "204 columns read as numbers after taking off or reading: thousands commas (2022년_거주자_총인구수, "
        "2022년_거주자_연령구간인구수, 2022년_거주자_0~4세, 2022년_거주자_5~9세, 2022년_거주자_10~14세 and more).",
        "'행정구역' was split into a name and '행정구역_code', the code in brackets without zeros at its end.",
    )


def test_every_row_of_the_table_of_kosis_is_in_the_table_or_set_aside(kosis):
    assert kosis.rows == 848
    assert kosis.aside["why"].value_counts().to_dict() == {"part of a row that is kept": 105, "total": 54, "header": 2}
    assert kosis.frame.shape == (229 * 3, 17)


def test_merged_headers_are_joined_and_labels_filled(kosis):
    assert kosis.frame.columns[:6].tolist() == [
        "행정구역(동읍면)별(1)",
        "행정구역(동읍면)별(2)",
        "행정구역(동읍면)별(2)_code",
        "항목",
        "2016_계",
        "2016_20 - 24세",
    ]
    assert kosis.frame.iloc[1, :5].tolist() == ["서울특별시", "종로구", "11110", "남자인구수 (명)", 75_201]


def test_the_municipalities_of_kosis_are_those_of_its_day(kosis):
    units = codes.System("mois", "2016-12-31").table().query("level == 'unit'").index
    assert set(kosis.frame["행정구역(동읍면)별(2)_code"]) == set(units)


def test_municipalities_add_up_to_the_nation(kosis):
    rows = spread(kosis.frame, list(kosis.frame.columns[:3]), "항목")
    nation = kosis.totals.query("`행정구역(동읍면)별(1)` == '전국'").set_index("항목")
    assert rows["총인구수 (명)_2016_계"].sum() == nation.loc["총인구수 (명)", "2016_계"] == NATION_2016
    for item in ("총인구수 (명)", "남자인구수 (명)", "여자인구수 (명)"):
        for column in kosis.frame.columns[4:]:
            assert rows[f"{item}_{column}"].sum() == nation.loc[item, column]


def test_each_municipality_has_the_figure_that_another_source_has(kosis, population):
    ours = kosis.frame.query("항목 == '총인구수 (명)'")["2016_계"]
    assert sorted(ours) == sorted(population.query("year == 2016")["total"])


def test_what_was_done_to_the_table_of_kosis_is_said(kosis):
    assert kosis.notes == (
        "pinkwink_population_raw_data.xlsx: read the sheet '데이터' (13,559 filled cells).",
        "Other sheets were not read: '메타정보' (47 cells). Name one with sheet=.",
        "2 rows name the columns; their names are joined with _, such as '2016_계'.",
        "'행정구역(동읍면)별(1)': 828 blank cells taken for \"as above\". Check the first rows, or read with fill=False.",
        "'행정구역(동읍면)별(2)': 564 blank cells taken for \"as above\". Check the first rows, or read with fill=False.",
        "'행정구역(동읍면)별(2)': codes of mois:2014-07-01 were put beside the names of regions (264 names, 100% of them known; "
        "no other vintage has as many).",
        "54 rows set aside (total): 전국 소계 총인구수 (명), 전국 소계 남자인구수 (명), 전국 소계 여자인구수 (명), 서울특별시 "
        "소계 총인구수 (명), 서울특별시 소계 남자인구수 (명) and more.",
        "105 rows set aside (part of a row that is kept): 경기도 장안구 총인구수 (명), 경기도 장안구 남자인구수 (명), 경기도 "
        "장안구 여자인구수 (명), 경기도 권선구 총인구수 (명), 경기도 권선구 남자인구수 (명) and more.",
        "'행정구역(동읍면)별(2)': the table has 229 codes of base municipalities (mois).",
        "1,170 figures of totals equal to the sum of the parts.",
    )


def test_another_sheet_can_be_named(shared):
    notes = read_table(shared / "data" / "fixtures" / "pinkwink_population_raw_data.xlsx", sheet="메타정보", header=0)
    assert notes.frame.iloc[0].tolist() == ["○ 통계표ID", "DT_1B04005N"]
