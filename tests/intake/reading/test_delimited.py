import random

import pandas as pd
import pytest
from intake.files import refusal, taken, written

from impact.intake import read_table
from impact.intake._reading import delimited, grid

TABLE = "a,b\nx,1\ny,2\n"


@pytest.mark.parametrize(
    ("separator", "said"), [(",", "a comma"), (";", "a semicolon"), ("\t", "a tab"), ("|", "a bar")]
)
def test_the_separator_is_found_and_said(tmp_path, separator, said):
    found = taken(tmp_path, TABLE.replace(",", separator))
    assert found.frame.to_dict("list") == {"a": ["x", "y"], "b": [1, 2]}
    assert found.notes == (f"a.csv: read as utf-8, values apart by {said}.",)


def test_commas_within_quotes_do_not_make_a_comma_the_separator(tmp_path):
    assert taken(tmp_path, 'a;b\n"1,5";2\n"2,5";3\n').frame.columns.tolist() == ["a", "b"]


def test_another_separator_can_be_named(tmp_path):
    found = taken(tmp_path, "a:b\nx:1\ny:2\n", separator=":")
    assert found.frame["b"].tolist() == [1, 2]
    assert found.notes == ("a.csv: read as utf-8, values apart by ':'.",)


def test_a_wrong_separator_is_refused_with_what_was_seen(tmp_path):
    assert refusal(tmp_path, TABLE, separator=";") == (
        "Values of a.csv must be apart by ';'; its rows have one value so, and 2 apart by a comma. Leave separator out, or write "
        "separator=','."
    )


def test_a_table_of_one_column_is_a_table(tmp_path):
    assert taken(tmp_path, "number\n1248100998\n").frame["number"].tolist() == [1_248_100_998]


def test_rows_have_their_number_in_the_file(tmp_path):
    found = taken(tmp_path, 'a,b\nx,1\n\n"two\nlines",2\nz,3\n')
    assert found.frame.index.tolist() == [2, 4, 5]
    assert found.frame.index.name == "row"
    assert found.aside[["row", "why"]].values.tolist() == [[1, "header"], [3, "blank"]]


def test_short_rows_are_filled_with_blanks_where_they_stand(tmp_path):
    found = taken(tmp_path, "a,b,c\nx,1,2\ny,3\nz,4,5\n")
    assert found.frame["c"].isna().tolist() == [False, True, False]
    assert found.frame.index.tolist() == [2, 3, 4]


def test_blanks_after_the_last_column_are_no_values(tmp_path):
    assert taken(tmp_path, "a,b\nx,1,,\ny,2\n").frame["b"].tolist() == [1, 2]


def test_a_row_with_more_values_is_set_aside_whole(tmp_path):
    found = taken(tmp_path, "a,b\n" + "x,1\n" * 30 + "y,1,234\n" + "z,2\n")
    assert found.aside.iloc[1].tolist() == [32, "more values than columns", "y,1,234"]
    assert found.frame.index[-1] == 33
    assert found.notes[1] == (
        "1 row with more values than columns set aside: row 32. A value with the separator in it lacks quotation marks: mend these "
        "rows, or they are missing from every sum."
    )


def test_many_rows_with_more_values_are_refused(tmp_path):
    assert refusal(tmp_path, "a,b\n" + "x,1\n" * 50 + "y,1,234\n" * 25) == (
        "Rows of a.csv must have 2 values, as most do; 25 have more, the first is row 52. Put values that hold the separator in "
        "quotation marks, or name the right separator."
    )


def test_a_header_with_fewer_names_than_values_is_refused(tmp_path):
    assert refusal(tmp_path, "a,b\nx,1,2\ny,3,4\n") == (
        "The header of a.csv must name all 3 columns; it names 2. Add the names that are missing, so that none stands over another's "
        "values."
    )


def test_a_quotation_mark_that_is_not_closed_is_refused(tmp_path):
    lines = ["a,b,c", *[f"x{at},{at},1" for at in range(20)]]
    lines[3] = 'x2,"2,1'
    assert refusal(tmp_path, "\n".join(lines) + '\n"') == (
        "Every quotation mark in a.csv must be closed; near row 4 a cell holds 17 rows. Close the mark in that row, or write the "
        "file anew."
    )


def test_lines_within_quotes_are_one_cell(tmp_path):
    found = taken(tmp_path, 'firm,address\nA,"경기도\n수원시\n장안구"\nB,서울\n')
    assert found.frame["address"].tolist() == ["경기도\n수원시\n장안구", "서울"]


def test_a_formula_stays_text(tmp_path):
    found = taken(tmp_path, 'a,b\nx,=1+1\ny,"=HYPERLINK(""http://a"")"\n')
    assert found.frame["b"].tolist() == ["=1+1", '=HYPERLINK("http://a")']


def test_an_empty_file_is_refused(tmp_path):
    empty = "a.csv must have rows; it is empty. Check that it was written completely."
    assert refusal(tmp_path, "") == refusal(tmp_path, " \n\n") == empty


def test_a_file_beyond_the_bound_is_refused_before_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(delimited, "MOST_BYTES", 5)
    assert refusal(tmp_path, TABLE) == (
        "A file of text must have at most 5 bytes as UTF-8; a.csv has 12. Split it, or save it as parquet with only the columns that are "
        "needed."
    )


def test_too_many_columns_are_refused(tmp_path):
    wide = ",".join(map(str, range(17_000)))
    assert refusal(tmp_path, f"{wide}\n{wide}\n") == (
        "a.csv must have at most 16,384 columns; seen: 17,000. Check what stands between values, or put what the columns hold into "
        "rows."
    )


def test_ten_thousand_columns_are_a_table(tmp_path):
    names = ",".join(f"c{at}" for at in range(10_000))
    found = taken(tmp_path, f"name,{names}\nx,{','.join(['1'] * 10_000)}\ny,{','.join(['2'] * 10_000)}\n")
    assert found.frame.shape == (2, 10_001)


def test_too_many_cells_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(grid, "MOST_CELLS", 5)
    assert refusal(tmp_path, TABLE) == (
        "a.csv must have at most 5 cells; seen: 3 rows × 2 columns. Read it in parts, or leave out columns that are not needed."
    )


def test_a_row_that_is_too_long_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(delimited, "LONGEST_ROW", 1000)
    sentence = refusal(tmp_path, f"a,b\nx,{'y' * 5000}\nz,1\n")
    assert sentence.startswith(
        "a.csv must be a readable csv file; it is not: straddling object straddles two block boundaries"
    )
    assert sentence.endswith(". Open it in the program that wrote it and save it again, or ask for it anew.")


def test_a_table_in_many_blocks_is_the_table_in_one(tmp_path, monkeypatch):
    rng = random.Random(1)
    text = "a,b,c\n" + "".join(f'"x\n{at}",{rng.random()},{"" if at % 7 else "-"}\n' for at in range(2_000))
    path = written(tmp_path, text)
    whole = read_table(path)
    monkeypatch.setattr(delimited, "LONGEST_ROW", 500)
    parts = read_table(path)
    pd.testing.assert_frame_equal(whole.frame, parts.frame)
    pd.testing.assert_frame_equal(whole.cells, parts.cells)


def test_text_that_does_not_fit_into_memory_is_refused():
    with pytest.raises(grid.InputError) as error, grid.calling("a.csv", "csv"):
        raise MemoryError
    assert str(error.value) == (
        "a.csv must fit into memory; it asks for more than there is. Check that it is what it says, or read it in parts."
    )
