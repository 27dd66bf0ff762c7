"""What works on columns: units of money, fiscal years, identifiers, years in names."""

import numpy as np
import pandas as pd
import pytest
from intake.files import refusal, taken

from impact.errors import InputError
from impact.intake import (
    business_numbers,
    calendar_year,
    corporate_numbers,
    fiscal_year,
    industry_codes,
    plausible,
    spread,
    to_long,
)
from impact.intake.fiscal import said


def sentence(call, *arguments, **options):
    with pytest.raises(InputError) as error:
        call(*arguments, **options)
    return str(error.value)


# ---- money ---------------------------------------------------------------------------------------------------------

FIRMS = "firm,sales,workers\nA,4290000,14\nB,5200000,20\nC,2600000,10\n"


def test_nothing_is_changed_by_a_declaration(tmp_path):
    found = taken(tmp_path, FIRMS, units={"sales": "천원"})
    assert found.frame["sales"].tolist() == [4_290_000, 5_200_000, 2_600_000]
    assert found.columns.set_index("column")["unit"].to_dict() == {"firm": "", "sales": "천원", "workers": ""}


def test_declared_columns_are_converted_to_one_unit(tmp_path):
    found = taken(tmp_path, FIRMS, units={"sales": "천원"}, money="백만원")
    assert found.frame["sales"].tolist() == [4290, 5200, 2600]
    assert found.columns["unit"].tolist() == ["", "백만원", ""]
    assert found.notes[-1] == "'sales' was converted from 천원 to 백만원 (× 0.001)."


def test_a_unit_in_the_cells_is_known(tmp_path):
    found = taken(tmp_path, "firm,sales\nA,500천원\nB,700천원\n", money="원")
    assert found.frame["sales"].tolist() == [500_000, 700_000]


def test_totals_are_converted_with_their_parts(tmp_path):
    found = taken(tmp_path, "업종,n\n계,3000\n가,1000\n나,2000\n", units={"n": "천원"}, money="백만원")
    assert found.totals["n"].tolist() == [3]
    assert found.notes[-1] == "1 figure of totals equal to the sum of the parts."


def test_units_that_cannot_be_are_refused(tmp_path):
    assert refusal(tmp_path, FIRMS, units={"sales": "달러"}) == (
        "A unit of money must be one of 원, 천원, 만원, 백만원, 천만원, 억원, 조원; seen: 달러. Write one of these."
    )
    assert refusal(tmp_path, FIRMS, units={"profit": "원"}) == (
        "Columns that are named must be in the table; absent: profit. It has firm, sales, workers."
    )
    assert refusal(tmp_path, FIRMS, units={"firm": "원"}) == (
        "A column with a unit of money must hold numbers; text in: firm. See in the notes what cannot be read."
    )
    assert refusal(tmp_path, "firm,sales\nA,500천원\n", units={"sales": "원"}) == (
        "A declared unit must be the one in the cells; 'sales' is declared in 원 and written in 천원. Leave its declaration out, or "
        "correct the file."
    )


def test_a_plausible_unit_holds():
    firms = pd.DataFrame({"sales": [4_290_000, 5_200_000, 2_600_000, 0], "workers": [14, 20, 10, 0]})
    found = plausible(firms, "sales", "workers", "천원")
    assert found.holds
    assert found.median == 260_000_000
    assert str(found) == "In 천원, the median of sales per worker is 260,000,000 won, which is plausible."


def test_an_implausible_unit_names_the_one_that_would_fit():
    firms = pd.DataFrame({"sales": [4_290_000, 5_200_000, 2_600_000], "workers": [14, 20, 10]})
    assert str(plausible(firms, "sales", "workers", "원")) == (
        "In 원, the median of sales per worker is 260,000 won; between 10,000,000 and 2,000,000,000 is plausible. It would be "
        "plausible in 천원. Ask the source for the unit."
    )
    tiny = pd.DataFrame({"sales": [1e-9], "workers": [1]})
    assert str(plausible(tiny, "sales", "workers", "원")).endswith(
        " It is plausible in no unit. Ask the source for the unit."
    )


def test_firms_without_workers_tell_nothing_of_a_unit():
    firms = pd.DataFrame({"sales": [0, 5], "workers": [4, 0]})
    assert sentence(plausible, firms, "sales", "workers", "원") == (
        "There must be firms with sales and workers above zero; 'sales' and 'workers' have none together. Name the columns that hold "
        "them."
    )


# ---- fiscal years --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("period", "year", "month"),
    [
        ("202312", 2023, 12),
        ("2024/03", 2023, 3),
        ("2024-05-31", 2023, 5),
        ("2024.6", 2024, 6),
        ("20240930", 2024, 9),
        ("2024년 3월", 2023, 3),
        ("2024년 12월 결산", 2024, 12),
        (202403, 2023, 3),
        (202403.0, 2023, 3),
        (pd.Timestamp("2024-03-31"), 2023, 3),
    ],
)
def test_a_fiscal_year_counts_for_the_year_with_six_of_its_months(period, year, month):
    assert fiscal_year([period]).values.tolist() == [[year, month, month == 12]]


def test_the_month_may_stand_beside_the_year():
    assert calendar_year("FY2024", 3) == 2023
    assert fiscal_year(["2024", "2023년"], [12, "6"])["year"].tolist() == [2024, 2023]


def test_firms_that_close_in_other_months_are_named():
    closed = fiscal_year(pd.Series(["202312", "202403", "202406"], index=["A", "B", "C"]))
    assert said(closed) == [
        "2 rows close their books in another month than December: B (3), C (6). Each counts for the calendar year with at least six "
        "of its months."
    ]
    assert said(closed.loc[["A"]]) == []


def test_a_period_without_a_month_is_refused():
    assert sentence(fiscal_year, ["2024", "202403", "x", "202413"]) == (
        "A fiscal year must say year and month of closing, such as 202312 or 2023/12; 3 rows not: 2024, x, 202413. Correct them, or "
        "give the months as closing_months."
    )


# ---- identifiers ---------------------------------------------------------------------------------------------------


def slow_check(number, weights, tens=False):
    """The check digit as the formula says it, one digit after another."""
    total = sum(weight * int(digit) for weight, digit in zip(weights, number, strict=False))
    if tens:
        total += int(number[8]) * 5 // 10
    return (10 - total % 10) % 10 == int(number[-1])


def test_real_numbers_pass():
    assert business_numbers(["124-81-00998"]).values.tolist() == ["1248100998"]
    assert corporate_numbers(["130111-0006246"]).values.tolist() == ["1301110006246"]
    assert business_numbers(["124-81-00998"]).notes == corporate_numbers(["130111-0006246"]).notes == ()


def test_check_digits_are_those_of_the_formula():
    rng = np.random.default_rng(3)
    numbers = [str(one) for one in rng.integers(10**9, 10**10, size=500)]
    sound = business_numbers(numbers).sound
    assert sound.tolist() == [slow_check(one, (1, 3, 7, 1, 3, 7, 1, 3, 5), tens=True) for one in numbers]
    assert 20 < sound.sum() < 90
    longer = [str(one) for one in rng.integers(10**12, 10**13, size=500)]
    warned = corporate_numbers(longer)
    failing = sum(not slow_check(one, (1, 2) * 6) for one in longer)
    assert warned.sound.all()
    assert warned.notes[0].startswith(f"{failing} corporate numbers with an unusual check digit: ")
    assert warned.notes[0].endswith(" and more. Numbers given out since 2025 may have one: check those of older firms.")


def test_what_can_be_restored_is_and_what_cannot_is_listed():
    sound = ["101-00-00002", 1010000002.0, "'1010000002", " 1010000002.0", "12481002"]
    found = business_numbers(pd.Series([*sound, "1.24E+09", None, "", "abc", "124-81-00997"]))
    assert found.values.fillna("?").tolist() == [
        *["1010000002"] * 4,
        "0012481002",
        "1.24E+09",
        "?",
        "?",
        "abc",
        "1248100997",
    ]
    assert found.failures.values.tolist() == [
        [5, "1.24E+09", "digits lost"],
        [8, "abc", "not a number"],
        [9, "124-81-00997", "check digit"],
    ]
    assert found.restored.values.tolist() == [[4, "12481002", "0012481002"]]
    assert found.sound.tolist() == [True] * 5 + [False] * 5
    assert found.notes == (
        "1 business number with zeros put back at the front: 12481002.",
        "1 business number not sound (digits lost): 1.24E+09. Look them up at the source; none was dropped.",
        "1 business number not sound (not a number): abc. Look them up at the source; none was dropped.",
        "1 business number not sound (check digit): 124-81-00997. Look them up at the source; none was dropped.",
    )


@pytest.mark.parametrize("number", ["12345", "12345678901", "0000000000", "000-00-00000"])
def test_numbers_of_another_length_are_listed(number):
    assert business_numbers([number]).failures["why"].tolist() == ["wrong number of digits"]


def test_rows_are_named_by_the_index_and_none_is_dropped():
    given = pd.Series(["1248100998", "1248100997"], index=["A", "B"])
    found = business_numbers(given)
    assert found.values.index.equals(given.index)
    assert found.failures["row"].tolist() == ["B"]


def test_a_column_of_numbers_is_read_as_text():
    assert business_numbers(pd.Series([1248100998, 101000007])).values.tolist() == ["1248100998", "0101000007"]


def test_codes_of_industries_are_text_in_one_form():
    found = industry_codes(["C26110", "c26", "C", "26110", 26110.0, "1", "01", 3, "C-26.11", None])
    assert found.values.fillna("?").tolist() == ["C26110", "C26", "C", "26110", "26110", "01", "01", "03", "C2611", "?"]
    assert found.restored.values.tolist() == [[5, "1", "01"], [7, "3", "03"]]
    assert found.failures.empty


def test_codes_of_no_industry_are_listed():
    found = industry_codes(["Z10", "C47", "04", "x", "2.6E+04", "C261100"])
    assert found.failures["why"].tolist() == [
        "no code of an industry",
        "letter and digits disagree",
        "letter and digits disagree",
        "no code of an industry",
        "digits lost",
        "no code of an industry",
    ]
    assert found.values.tolist() == ["Z10", "C47", "04", "x", "2.6E+04", "C261100"]


# ---- from wide to long ---------------------------------------------------------------------------------------------

WIDE = pd.DataFrame(
    {
        "code": ["11110", "42110"],
        "2022년_계": [10.0, 5.0],
        "2023년_계": [12.0, np.nan],
        "2022년_여": [6, 3],
        "2023년_여": [7, np.nan],
    }
)


def test_years_in_names_become_rows():
    assert to_long(WIDE, "code").to_dict("list") == {
        "code": ["11110", "11110", "42110"],
        "year": [2022, 2023, 2022],
        "계": [10, 12, 5],
        "여": [6, 7, 3],
    }
    assert len(to_long(WIDE, "code", blank="keep")) == 4


def test_items_may_be_rows():
    long = to_long(WIDE, "code", items="rows")
    assert long.columns.tolist() == ["code", "year", "item", "value"]
    assert long.iloc[0].tolist() == ["11110", 2022, "계", 10]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("2022년_거주자_20~24세", ("거주자_20~24세", 2022, None)),
        ("sales_2022", ("sales", 2022, None)),
        ("2016_20 - 24세", ("20 - 24세", 2016, None)),
        ("2022", ("value", 2022, None)),
        ("매출(2022)", ("매출", 2022, None)),
        ("202403_계", ("계", 2024, 3)),
        ("2024년 3월 계", ("계", 2024, 3)),
    ],
)
def test_years_and_items_of_names(name, expected):
    item, year, month = expected
    row = to_long(pd.DataFrame({"id": ["a"], name: [1]}), "id").iloc[0].to_dict()
    assert row == {"id": "a", "year": year, **({"month": month} if month else {}), item: 1}


def test_names_without_a_year_are_refused():
    frame = pd.DataFrame({"id": ["a"], "name": ["b"], "2022": [1], "2022_2023": [1]})
    assert sentence(to_long, frame, "id") == (
        "Every column beside id must have one year in its name; without one or with several: name, 2022_2023. Name columns that hold "
        "for all years in id, and leave out the rest."
    )
    assert sentence(to_long, frame[["id"]], "id").startswith(
        "Every column beside id must have one year in its name; without one or with several: no other column."
    )
    assert sentence(to_long, frame, "key") == (
        "Columns that are named must be in the table; absent: key. It has id, name, 2022, 2022_2023."
    )


def test_an_item_that_stands_twice_is_refused():
    frame = pd.DataFrame({"id": ["a"], "2022_n": [1], "n_2022": [1]})
    assert sentence(to_long, frame, "id") == (
        "A year and an item must stand in one column; in several: 2022_n, n_2022. Rename or drop some."
    )


def test_items_in_rows_become_columns():
    frame = pd.DataFrame({"code": ["1", "1", "2", "2"], "sex": ["m", "f"] * 2, "n": [1, 2, 3, 4]})
    assert spread(frame, "code", "sex").to_dict("list") == {"code": ["1", "2"], "m_n": [1, 3], "f_n": [2, 4]}
    assert sentence(spread, pd.concat([frame, frame.head(1)]), "code", "sex") == (
        "Each item must stand once for each id; seen again: 1 m. Name more columns in id."
    )
