import numpy as np
import pandas as pd
import pytest

from impact import InputError, firm_years


def refusal(function, *given, **named):
    with pytest.raises(InputError) as caught:
        function(*given, **named)
    return str(caught.value)


@pytest.mark.parametrize("given", [[1, None], pd.Series([1, None], dtype="Int64"), np.array([1.0, np.nan])])
def test_a_blank_is_not_a_number(given):
    np.testing.assert_array_equal(firm_years.numbers("workers", given), [1.0, np.nan])


def test_text_is_no_number():
    assert refusal(firm_years.numbers, "values", pd.Series(["1억", "2억"], dtype=object)) == (
        "'values' must hold numbers; it holds object. Read it as numbers first."
    )


def test_years_are_whole_numbers():
    years = firm_years.years_of(pd.Series([2020.0, 2021.0]))
    assert (years.tolist(), years.dtype) == ([2020, 2021], np.int64)


@pytest.mark.parametrize(
    ("year", "seen"), [(202001, "202001"), (20.0, "20"), (2020.5, "2020.5"), (None, "nan"), (np.inf, "inf")]
)
def test_a_year_is_a_whole_number_of_four_digits(year, seen):
    assert refusal(firm_years.years_of, [2020, year]) == (
        f"A year must be a whole number of four digits; seen: 1 row without one: row 1 ({seen}). Take the year of a month or "
        "date, and leave out rows without one."
    )


def test_columns_of_different_tables_are_refused():
    assert refusal(firm_years.beside, values=np.ones(3), year=np.ones(2)) == (
        "Columns must have one value a row; seen: values 3, year 2. Take them from one table."
    )
    assert refusal(firm_years.beside, values=np.ones((3, 2)), share=np.array(0.5)) == (
        "Columns must have one value a row; seen: values 3 × 2, share one value. Take them from one table."
    )
    firm_years.beside(values=np.ones(3), year=np.zeros(3))


def test_rows_are_named_with_their_values_and_no_more_than_five():
    assert firm_years.seen_in(np.arange(7), np.arange(7) / 2) == (
        "row 0 (0), row 1 (0.5), row 2 (1), row 3 (1.5), row 4 (2) and more"
    )


def test_a_blank_label_of_a_list_is_a_blank():
    assert pd.factorize(firm_years.labels(["a", None, "a"]))[0].tolist() == [0, -1, 0]
