"""Years out of names of columns, the year out of months, codes of regions of one day."""

import pandas as pd
from intake.starting import firms, number, taken, tidy

from impact.intake.tidy import period_of, tidied
from impact.regions import register


def test_a_table_that_is_tidy_stays_as_it_is(tmp_path):
    made = tidy(tmp_path, firms())
    pd.testing.assert_frame_equal(made.frame, firms(), check_dtype=False)
    assert (made.notes, made.regions, period_of(made)) == ((), (), "기준연도")


def test_years_in_names_of_columns_become_rows(tmp_path):
    frame = pd.DataFrame({"기업번호": ["A01", "B02"], "2019년 매출": [10, 20], "2020년 매출": [11, 21]})
    made = tidy(tmp_path, frame)
    assert made.frame.to_dict("list") == {
        "기업번호": ["A01", "A01", "B02", "B02"],
        "year": [2019, 2020] * 2,
        "매출": [10, 11, 20, 21],
    }
    assert made.notes == ("2 columns with a year in the name became rows: 2019, 2020.",)
    assert period_of(made) == "year"


def test_a_single_year_in_a_name_is_a_name(tmp_path):
    frame = pd.DataFrame({"firm": ["A01", "B02"], "founded before 2010": [1, 0], "sales": [10, 20]})
    assert list(tidy(tmp_path, frame).frame) == list(frame)


def test_the_year_of_a_closing_month_is_taken(tmp_path):
    frame = pd.DataFrame(
        {"firm": ["A01", "A01", "B02", "B02"], "결산년월": [201912, 202012, 201903, 202003], "sales": [1, 2, 3, 4]}
    )
    made = tidy(tmp_path, frame)
    assert made.frame["year"].tolist() == [2019, 2020, 2019, 2020]
    assert made.notes == ("'year' is the year of '결산년월', which holds months such as 201912.",)


def test_codes_of_several_days_become_those_of_the_register(tmp_path):
    frame = pd.DataFrame(
        {"code": ["42110", "11110", "51110", "11110"], "year": [2022, 2022, 2024, 2024], "people": [1, 2, 3, 4]}
    )
    made = tidy(tmp_path, frame)
    assert made.frame["code"].tolist() == ["51110", "11110", "51110", "11110"]
    assert made.regions == ("code",)
    assert made.notes[-1].endswith("; 1 row now have the code of mois:2024-01-18.")
    assert set(made.frame["code"]) <= set(register.units()["code"])


def test_the_table_that_was_read_is_not_changed(tmp_path):
    read = taken(tmp_path, pd.DataFrame({"code": ["42110", "11110"], "2022년": [1, 2], "2023년": [3, 4]}))
    before = read.frame.copy()
    tidied(read)
    pd.testing.assert_frame_equal(read.frame, before)


def test_a_year_of_support_is_not_taken_for_the_period(tmp_path):
    frame = firms().rename(columns={"기준연도": "t"})
    assert period_of(tidy(tmp_path, frame)) == "t"


def test_business_numbers_get_their_zeros_back_and_one_way_of_writing(tmp_path):
    numbers = [number(f"{nine:09d}").replace("-", "") for nine in range(1_234_000, 1_234_010)]
    frame = pd.DataFrame({"사업자": [int(one) for one in numbers], "기준연도": 2020, "매출": range(10, 20)})
    made = tidy(tmp_path, frame)
    assert made.frame["사업자"].tolist() == numbers
    assert made.kinds["사업자"] == "code"
    assert made.notes == ("'사업자' holds business numbers; zeros were put back at the front of 10 numbers.",)


def test_other_numbers_of_ten_digits_are_left_alone(tmp_path):
    frame = pd.DataFrame({"매출": range(1_000_000_000, 1_000_000_050), "기준연도": 2020})
    made = tidy(tmp_path, frame)
    assert made.frame["매출"].tolist() == frame["매출"].tolist()
    assert made.notes == ()
