import numpy as np
import pytest
from intake.files import refusal, taken

from impact.intake._reading.marks import MARKS


def column(folder, cells, name="n", **options):
    quoted = "".join(f'x{at},"{cell}"\n' for at, cell in enumerate(cells))
    return taken(folder, f"label,{name}\n{quoted}", **options)


def values(folder, cells, **options):
    return column(folder, cells, **options).frame.iloc[:, -1].tolist()


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (["1,234", "56", "1,000,000"], [1234, 56, 1_000_000]),
        (["１２３", "４"], [123, 4]),
        (["1,234원", "0", "7 원"], [1234, 0, 7]),
        (["5천원", "1,200천원"], [5, 1200]),
        (["(1,234)", "5"], [-1234, 5]),
        (["△5", "▲6", "7"], [-5, -6, 7]),
        (["12.5%", "3%"], [12.5, 3.0]),
        (["₩1,000", "₩2"], [1000, 2]),
        (["-3", "+4", "0"], [-3, 4, 0]),
        (["1.5e3", "2"], [1500.0, 2.0]),
        ([".5", "0.25"], [0.5, 0.25]),
    ],
)
def test_a_column_that_reads_as_numbers_in_one_way_is_one(tmp_path, cells, numbers):
    assert values(tmp_path, cells) == numbers


@pytest.mark.parametrize(
    "cells",
    [
        ["1,23", "4"],
        ["1.234,5", "6.000,0"],
        ["5천원", "6원"],
        ["101호", "102호"],
        ["12 34", "5 6"],
        ["2024-01-05", "2024-02-05"],
        ["inf", "nan1"],
    ],
)
def test_what_is_written_in_no_one_way_stays_text(tmp_path, cells):
    assert values(tmp_path, cells) == cells


def test_what_was_taken_off_is_said(tmp_path):
    assert column(tmp_path, ["1,234원", "(5)원"]).notes[1] == (
        "1 column read as numbers after taking off or reading: the unit 원 after numbers, numbers in parentheses as negative, "
        "thousands commas (n)."
    )


def test_whole_numbers_are_whole_and_others_are_not(tmp_path):
    assert column(tmp_path, ["1", "2"]).frame["n"].dtype == np.int64
    assert column(tmp_path, ["1", ""]).frame["n"].dtype == np.float64
    assert column(tmp_path, ["1", "2.5"]).frame["n"].dtype == np.float64


def test_zero_missing_and_suppressed_are_three_things(tmp_path):
    found = column(tmp_path, ["5", "-", "…", "X", "*", "na", "...", "#DIV/0!", ""])
    assert found.frame["n"].fillna(-1).tolist() == [5, 0, -1, -1, -1, -1, -1, -1, -1]
    assert found.cells.values.tolist() == [
        [3, "n", "-", "zero"],
        [4, "n", "…", "missing"],
        [5, "n", "X", "suppressed"],
        [6, "n", "*", "suppressed"],
        [7, "n", "na", "missing"],
        [8, "n", "...", "missing"],
        [9, "n", "#DIV/0!", "unreadable"],
    ]
    assert found.notes[1:] == (
        "1 cell taken for 0: -.",
        "3 cells missing: …, na, ....",
        "2 cells suppressed, which is not 0: X, *.",
        "1 cell unreadable: #DIV/0!.",
    )


def test_cells_of_rows_that_are_set_aside_are_not_counted(tmp_path):
    found = taken(tmp_path, "업종,n\n합계,…\n제조,-\n건설,2\n")
    assert found.notes[1] == "1 cell taken for 0: -."
    assert found.cells.values.tolist() == [[3, "n", "-", "zero"]]
    assert found.totals["n"].isna().tolist() == [True]


def test_what_marks_mean_can_be_said(tmp_path):
    assert np.isnan(values(tmp_path, ["1", "-"], marks={"-": "missing"})[1])
    assert values(tmp_path, ["1", "없음"], marks={"없음": "zero"}) == [1, 0]


def test_a_mark_must_stand_for_one_of_four(tmp_path):
    assert refusal(tmp_path, "a,b\nx,1\n", marks={"-": "null"}) == (
        'A mark must stand for zero, missing, suppressed, unreadable; seen: - for null. Write marks={"-": "missing"}.'
    )


def test_every_mark_has_one_of_the_four_states():
    assert set(MARKS.values()) == {"zero", "missing", "suppressed", "unreadable"}
    assert all(mark == mark.lower() for mark in MARKS)


def test_marks_within_text_are_text(tmp_path):
    assert values(tmp_path, ["A", "-", "X"]) == ["A", "-", "X"]


def test_a_column_of_dashes_right_of_numbers_is_one_of_zeros(tmp_path):
    found = taken(tmp_path, "a,b,c,d\nx,1,-,X\ny,2,-,\n")
    assert found.frame["c"].tolist() == [0, 0]
    assert found.frame["d"].fillna("").tolist() == ["X", ""]  # a cross may be a flag


def test_a_column_of_dashes_alone_stays_text(tmp_path):
    assert values(tmp_path, ["-", "-"]) == ["-", "-"]


def test_a_rest_that_cannot_be_read_is_named_and_the_column_stays_text(tmp_path):
    found = column(tmp_path, ["1", "2", "3", "n.d", "4"])
    assert found.frame["n"].tolist() == ["1", "2", "3", "n.d", "4"]
    assert found.cells.values.tolist() == [[5, "n", "n.d", "unreadable"]]
    assert found.notes[1] == (
        "'n' stays text: 1 cell of 5 cannot be read as a number: n.d. Say what they stand for, such as "
        'marks={"n.d": "missing"}, or mend them.'
    )


def test_a_column_that_is_mostly_text_is_not_named(tmp_path):
    found = column(tmp_path, ["a", "b", "c", "1"])
    assert len(found.notes) == 1
    assert found.cells.empty


@pytest.mark.parametrize("name", ["행정코드", "사업자등록번호", "산업분류", "code", "firm_id", "brn"])
def test_codes_are_text_by_their_name(tmp_path, name):
    found = column(tmp_path, ["123", "456"], name=name)
    assert found.frame[name].tolist() == ["123", "456"]
    assert found.columns["kind"].tolist()[-1] == "code"


def test_codes_are_text_by_their_zeros_and_their_length(tmp_path):
    assert values(tmp_path, ["007", "123"]) == ["007", "123"]
    assert values(tmp_path, ["1234567890123456", "1"]) == ["1234567890123456", "1"]


def test_codes_of_regions_are_text_by_what_they_are(tmp_path):
    assert column(tmp_path, ["11110", "26350"], name="at").frame["at"].tolist() == ["11110", "26350"]
    assert values(tmp_path, ["11110", "99999"]) == [11110, 99999]


def test_other_columns_can_be_named_as_text(tmp_path):
    assert values(tmp_path, ["1", "2"], text=["n"]) == ["1", "2"]
    assert (
        refusal(tmp_path, "a,b\nx,1\n", text=["c"]) == "Columns named in text must be in a.csv; absent: c. It has a, b."
    )


def test_codes_that_were_numbers_once_are_said(tmp_path):
    assert column(tmp_path, ["11110.0", "26350.0"], name="코드").notes[1:2] == (
        "'코드' holds codes that were numbers once: 2 cells such as 11110.0. Leading zeros may be lost: check how many digits the "
        "codes must have.",
    )
    assert column(tmp_path, ["1.24E+09", "1248100998"], name="사업자등록번호").notes[1] == (
        "'사업자등록번호' holds codes of which digits are lost: 1 cell such as 1.24E+09. They cannot be restored: export the column "
        "again as text."
    )
    assert column(tmp_path, ["1.24E+09", "1248100998"]).notes[1] == (
        "'n' holds numbers of which digits are lost: 1 cell such as 1.24E+09. If they are codes, export the column again as text."
    )
    assert column(tmp_path, ["81234.0", "91234.0"]).notes[1] == (
        "'n' holds whole numbers that end in .0, such as 81234.0. If they are codes, name the column in text= and check their digits."
    )


def test_periods_are_no_amounts(tmp_path):
    found = taken(tmp_path, "year,made\n2020,1\n2021,2\n")
    assert found.columns.values.tolist() == [["year", "period", ""], ["made", "number", ""]]


def test_a_long_column_is_read_like_a_short_one(tmp_path):
    cells = [f"{at},000" if at % 3 else "-" for at in range(1, 400)] * 300
    found = column(tmp_path, cells)
    assert found.frame["n"].sum() == 300 * sum(at * 1000 for at in range(1, 400) if at % 3)
    assert len(found.cells) == 300 * 133


def test_a_long_column_that_never_repeats_is_read_like_another(tmp_path):
    cells = [str(at) if at % 7 else "" for at in range(100_000, 250_000)]
    found = taken(tmp_path, "label,n\n" + "".join(f"x,{cell}\n" for cell in cells))
    assert found.frame["n"].isna().sum() == sum(cell == "" for cell in cells)
    assert found.frame["n"].sum() == sum(int(cell) for cell in cells if cell)
