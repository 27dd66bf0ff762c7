"""Every way that data can be wrong: a minimal bad table, and the whole text of the sentence that refuses it."""

import warnings
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from impact.checks import words
from impact.errors import InputError, InputWarning, counted, first_five
from impact.panel import Panel
from impact.roles import Roles

ROLES = {"unit": "firm", "period": "year", "first_supported": "g", "outcomes": ("y",)}
INDICATED = {"first_supported": None, "supported": "on"}


def good() -> pd.DataFrame:
    """Two firms supported from 2017 on, two that never are, from 2015 to 2018, and a column for every role."""
    frame = pd.DataFrame({"firm": np.repeat([1, 2, 3, 4], 4), "year": np.tile(np.arange(2015, 2019), 4)})
    frame["g"] = np.repeat([2017, 2017, 0, 0], 4)
    frame["on"] = ((frame["g"] > 0) & (frame["year"] >= frame["g"])).astype(int)
    frame["y"] = np.arange(16.0) + 1
    frame["x"] = np.repeat([0.5, 1.5, 1.0, 2.0], 4)
    frame["w"] = 1.0
    frame["region"] = np.repeat(["North", "South", "North", "South"], 4)
    return frame


def bad(column: str, rows: int | list[int], value: object) -> pd.DataFrame:
    """Put a value into some rows of the good table."""
    frame = good()
    frame[column] = frame[column].astype(object)
    for row in [rows] if isinstance(rows, int) else rows:
        frame.at[row, column] = value
    return frame


def problems(frame: object, **roles: object) -> tuple[str, ...]:
    """Return the sentences with which a table is refused."""
    with pytest.raises(InputError) as refused:
        Panel.of(frame, Roles(**{**ROLES, **roles}))
    return refused.value.problems


def notes(frame: object, **roles: object) -> list[str]:
    """Return the sentences that the user should know."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        Panel.of(frame, Roles(**{**ROLES, **roles}))
    assert all(note.category is InputWarning for note in caught)
    return [str(note.message) for note in caught]


def test_the_good_table_is_taken_without_a_word():
    assert notes(good(), covariates=("x",), weight="w", region="region", clusters=("region",), subgroup="region") == []


# ---- words ---------------------------------------------------------------------------------------------------------


def test_counted_says_one_row_and_two_rows():
    assert (counted(0, "row"), counted(1, "row"), counted(1200, "row")) == ("0 rows", "1 row", "1,200 rows")


def test_first_five_says_that_there_are_more():
    assert (first_five([1, 2, 3, 4, 5]), first_five(range(6))) == ("1, 2, 3, 4, 5", "0, 1, 2, 3, 4 and more")


def test_an_error_carries_its_sentences_one_by_one_and_prints_them_as_lines():
    error = InputError(["First.", "Second."])
    assert (error.problems, str(error)) == (("First.", "Second."), "First.\nSecond.")
    assert InputError("Only.").problems == ("Only.",)


# ---- names ---------------------------------------------------------------------------------------------------------


def test_a_column_that_is_missing_is_refused_with_the_nearest_name():
    assert problems(good().rename(columns={"y": "sales"}), outcomes=("salse",)) == (
        "The table must have a column 'salse'; it has none of that name. Did you mean 'sales'?",
    )


def test_a_column_that_is_missing_is_found_in_capitals_and_with_blanks():
    assert problems(good().rename(columns={"y": " SALES"}), outcomes=("sales",)) == (
        "The table must have a column 'sales'; it has none of that name. Did you mean ' SALES'?",
    )


def test_a_column_that_is_missing_is_refused_with_the_first_five_names():
    assert problems(good(), outcomes=("employees",)) == (
        "The table must have a column 'employees'; it has none of that name. Its columns are: firm, year, g, on, y and more.",
    )


def test_a_table_without_columns_is_refused_for_each_role():
    assert problems(pd.DataFrame()) == tuple(
        f"The table must have a column '{name}'; it has none of that name. Its columns are: none."
        for name in ("firm", "year", "g", "y")
    )


def test_a_column_behind_a_transform_is_missed_by_its_own_name():
    assert problems(good(), outcomes=("log(z)",), covariates=("asinh(xx)",)) == (
        "The table must have a column 'z'; it has none of that name. Its columns are: firm, year, g, on, y and more.",
        "The table must have a column 'xx'; it has none of that name. Did you mean 'x'?",
    )


def test_a_name_that_is_no_text_is_refused():
    frame = good().rename(columns={"firm": 0, "y": 1})
    assert problems(frame, unit=0, outcomes=(1,)) == (
        "Columns must be named by text; seen: 0, 1. Give the columns names first, for example with frame.columns = [...].",
    )


def test_other_columns_may_be_named_by_numbers():
    assert notes(good().assign(**{"z": 1}).rename(columns={"z": 7})) == []


def test_a_blank_can_only_be_refused_or_mean_never():
    assert problems(good(), blank="drop") == ("blank must be 'refuse' or 'never'; seen: 'drop'.",)


def test_a_table_without_a_column_of_support_is_refused():
    assert problems(good(), first_supported=None) == (
        "One column must say when support began; seen: none. Name either first_supported (a period for each firm) or "
        "supported (1 in periods with support, 0 in others).",
    )


def test_two_columns_of_support_are_refused():
    assert problems(good(), supported="on") == (
        "One column must say when support began; seen: 'g' and 'on'. Name either first_supported (a period for each firm) "
        "or supported (1 in periods with support, 0 in others).",
    )


def test_repeated_names_of_columns_are_refused():
    frame = pd.concat([good(), good()[["y", "x"]]], axis=1)
    assert problems(frame) == (
        "Every column must have a name of its own; these are repeated: 'y', 'x'. Rename them, or leave one of each out.",
    )


@pytest.mark.parametrize(
    ("frame", "seen"),
    [(None, "NoneType"), ([1], "list"), ({"y": [1]}, "dict"), ("file.csv", "str"), (np.eye(2), "ndarray")],
)
def test_what_is_no_table_is_refused(frame, seen):
    assert problems(frame) == (
        f"The table must be a pandas, polars or Arrow table; seen: {seen}. Read the file first, for example with "
        "pandas.read_csv.",
    )


def test_only_a_header_is_refused():
    assert problems(good().iloc[:0]) == (
        "The table must have rows; it is empty. Check that the file was written and read completely.",
    )


# ---- unit ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("blank", [None, np.nan, pd.NA, "", "  "])
def test_a_row_without_a_firm_is_refused(blank):
    assert problems(bad("firm", 2, blank)) == (
        "Every row must name its firm; 'firm' is blank in 1 row (data row 3). Fill it in, or leave those rows out.",
    )


def test_rows_without_a_firm_are_named_five_at_most():
    assert problems(bad("firm", list(range(6)), None)) == (
        "Every row must name its firm; 'firm' is blank in 6 rows (data rows 1, 2, 3, 4, 5 and more). Fill it in, or leave "
        "those rows out.",
    )


def test_firms_named_by_text_and_by_numbers_are_refused():
    assert problems(bad("firm", [0, 1], "1")) == (
        "'firm' must be all text or all numbers; 2 of 16 values are something else: '1'. Convert the column to text, and "
        "check that one firm or group is not written in two ways.",
    )


def test_a_number_among_regions_named_by_text_is_refused():
    assert problems(bad("region", [0, 1, 2, 3], 11), region="region") == (
        "'region' must be all text or all numbers; 4 of 16 values are something else: 11. Convert the column to text, and "
        "check that one firm or group is not written in two ways.",
    )


def test_a_list_is_no_name_of_a_firm():
    assert problems(bad("firm", 4, [2])) == (
        "'firm' must be all text or all numbers; 1 of 16 values is something else: [2]. Convert the column to text, and check "
        "that one firm or group is not written in two ways.",
    )


# ---- period --------------------------------------------------------------------------------------------------------


def test_text_is_no_period():
    assert problems(good().assign(year=good()["year"].astype(str) + "년")) == (
        "Periods must be whole numbers such as 2019; in 'year' 16 of 16 values are not: '2015년', '2016년', '2017년', '2018년'. "
        "Convert the column to numbers (of a date take the year; count quarters on, such as 2019 Q1 = 8076, 2019 Q2 = 8077).",
    )


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        ("2015", "'2015'"),
        (2015.5, "2015.5"),
        (None, "blank"),
        (np.nan, "blank"),
        (pd.NA, "blank"),
        (" ", "blank"),
        (np.inf, "inf"),
        (pd.Timestamp("2015-01-01"), "2015-01-01 00:00:00"),
        (1_420_070_400_000_000_000, "1420070400000000000"),
        (10**400, "inf"),
        ([2015], "[2015]"),
    ],
)
def test_a_value_that_is_no_whole_number_is_no_period(value, seen):
    assert problems(bad("year", 0, value)) == (
        f"Periods must be whole numbers such as 2019; in 'year' 1 of 16 values is not: {seen}. Convert the column to numbers "
        "(of a date take the year; count quarters on, such as 2019 Q1 = 8076, 2019 Q2 = 8077).",
    )


def test_dates_are_no_periods():
    (sentence,) = problems(good().assign(year=pd.to_datetime(good()["year"].astype(str)).astype("datetime64[s]")))
    assert sentence.startswith(
        "Periods must be whole numbers such as 2019; in 'year' 16 of 16 values are not: 2015-01-01T00:00:00, 2016-01-01T00"
    )


@pytest.mark.parametrize("dtype", ["complex", "timedelta64[s]", "string", "bytes"])
def test_columns_of_other_types_are_no_periods(dtype):
    (sentence,) = problems(good().assign(year=good()["year"].astype(dtype)))
    assert sentence.startswith("Periods must be whole numbers such as 2019; in 'year' 16 of 16 values are not: ")


@pytest.mark.parametrize(
    "dtype", ["float64", "float32", "Int64", "Float64", "category", "object", "uint16", "int64[pyarrow]"]
)
def test_whole_numbers_of_any_type_are_periods(dtype):
    panel = Panel.of(good().assign(year=good()["year"].astype(dtype)), Roles(**ROLES))
    assert panel.periods.tolist() == [2015, 2016, 2017, 2018]


def test_decimals_that_are_whole_are_periods():
    panel = Panel.of(good().assign(year=[Decimal(int(year)) for year in good()["year"]]), Roles(**ROLES))
    assert panel.periods.tolist() == [2015, 2016, 2017, 2018]


# ---- first supported period ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("blank", [None, np.nan, pd.NA, "", pd.NaT])
def test_a_blank_first_supported_period_is_refused(blank):
    assert problems(bad("g", [8, 9, 10, 11], blank)) == (
        "'g' must say for every firm when support began, or 0 (or inf) for never; it is blank in 4 rows (firm 3 in 2015, "
        "firm 3 in 2016, firm 3 in 2017, firm 3 in 2018). A blank may be a firm that could not be linked: fill it in, or, if "
        'blank does mean never, write blank="never".',
    )


@pytest.mark.parametrize("blank", [None, np.nan, pd.NA, "", pd.NaT])
def test_a_blank_that_means_never_is_counted(blank):
    assert notes(bad("g", [8, 9, 10, 11], blank), blank="never") == [
        "'g' is blank in 4 rows (firm 3 in 2015, firm 3 in 2016, firm 3 in 2017, firm 3 in 2018); blank=\"never\" takes these "
        "firms for never supported."
    ]


def test_zero_inf_and_a_blank_mean_never():
    frame = good().assign(g=np.repeat([2017, 0, np.inf, np.nan], 4))
    with pytest.warns(InputWarning, match="blank in 4 rows"):
        panel = Panel.of(frame, Roles(**ROLES, blank="never"))
    assert panel.cohort.tolist() == [2017, np.inf, np.inf, np.inf]


def test_zero_and_inf_and_a_blank_are_the_same_never_within_a_firm():
    frame = good().assign(g=[*[2017] * 8, 0, np.inf, np.nan, 0, *[0] * 4])
    with pytest.warns(InputWarning, match="blank in 1 row "):
        assert Panel.of(frame, Roles(**ROLES, blank="never")).cohort.tolist() == [2017, 2017, np.inf, np.inf]


@pytest.mark.parametrize(
    ("value", "seen"),
    [("2017", "'2017'"), (2017.5, "2017.5"), (-1, "-1"), (-np.inf, "-inf"), ("never", "'never'"), (2**63, str(2**63))],
)
def test_a_first_supported_period_that_is_none_is_refused(value, seen):
    assert problems(bad("g", [0, 1, 2, 3], value)) == (
        f"The first supported period must be a whole number such as 2019, 0 or inf; in 'g' 4 of 16 values are not: {seen}. "
        "Write the period in which support began, and 0 for never.",
    )


def test_one_first_supported_period_that_is_none_is_refused_in_the_singular():
    assert problems(bad("g", 0, "x")) == (
        "The first supported period must be a whole number such as 2019, 0 or inf; in 'g' 1 of 16 values is not: 'x'. Write "
        "the period in which support began, and 0 for never.",
    )


def test_a_first_supported_period_that_changes_is_refused():
    assert problems(bad("g", [3, 15], 2018)) == (
        "A firm must have one first supported period in all its rows; 'g' changes within 2 firms: 1, 4. Use the earliest "
        "period; what a later support adds is another question.",
    )


def test_a_blank_beside_a_first_supported_period_is_refused_even_if_blank_means_never():
    assert problems(bad("g", 0, None), blank="never") == (
        "A firm must have one first supported period in all its rows; 'g' changes within 1 firm: 1. Use the earliest period; "
        "what a later support adds is another question.",
    )


def test_a_table_in_which_nobody_is_supported_is_refused():
    assert problems(good().assign(g=0)) == (
        "Some firm must be first supported by 2018, the last period; 'g' says that none is. Check the column, and that it "
        "counts time as 'year' does.",
    )
    assert problems(good().assign(g=2030)) == problems(good().assign(g=0))


# ---- an indicator of support ---------------------------------------------------------------------------------------


def test_an_indicator_of_support_gives_the_first_supported_period():
    assert Panel.of(good(), Roles(**{**ROLES, **INDICATED})).cohort.tolist() == [2017, 2017, np.inf, np.inf]


def test_support_that_pauses_counts_from_its_first_period():
    frame = good().assign(on=[0, 1, 0, 1, *[0] * 12])
    assert Panel.of(frame, Roles(**{**ROLES, **INDICATED})).cohort.tolist() == [2016, np.inf, np.inf, np.inf]


@pytest.mark.parametrize(
    ("values", "none"),
    [
        (np.array([0, 1, 2]), [False, False, True]),
        (np.array([True, False]), [False, False]),
        (np.array([0.0, 1.0, 0.5, np.nan, np.inf]), [False, False, True, True, True]),
        (np.array([0, 1.0, True, "1", None, 10**400], object), [False, False, False, True, True, True]),
        (np.array(["2020-01-01"], "datetime64[ns]"), [True]),
        (np.array([]), []),
    ],
)
def test_an_indicator_is_0_or_1_and_nothing_else(values, none):
    before = values.copy()
    assert words.no_indicator(values).tolist() == none
    np.testing.assert_array_equal(values, before)


@pytest.mark.parametrize("dtype", ["bool", "boolean", "Int64", "float64", "object", "category"])
def test_an_indicator_of_support_may_have_any_type(dtype):
    panel = Panel.of(good().assign(on=good()["on"].astype(dtype)), Roles(**{**ROLES, **INDICATED}))
    assert panel.cohort.tolist() == [2017, 2017, np.inf, np.inf]


@pytest.mark.parametrize("blank", [None, np.nan, pd.NA, ""])
def test_a_blank_indicator_of_support_is_refused(blank):
    assert problems(bad("on", 5, blank), **INDICATED, blank="never") == (
        "'on' must be 1 in periods with support and 0 in others; it is blank in 1 row (firm 2 in 2016). A blank may be a firm "
        "that could not be linked: fill it in, or leave the firm out.",
    )


@pytest.mark.parametrize(("value", "seen"), [(2, "2"), ("1", "'1'"), ("yes", "'yes'"), (0.5, "0.5")])
def test_an_indicator_of_support_that_is_none_is_refused(value, seen):
    assert problems(bad("on", 5, value), **INDICATED) == (
        f"'on' must be 1 in periods with support and 0 in others; 1 of 16 values is neither: {seen}. Recode it, or name a "
        "column with the first supported period as first_supported.",
    )


def test_an_indicator_that_is_never_one_is_refused():
    assert problems(good().assign(on=0), **INDICATED) == (
        "Some firm must be first supported by 2018, the last period; 'on' says that none is. Check the column, and that it "
        "counts time as 'year' does.",
    )


# ---- values --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["outcomes", "covariates", "weight"])
def test_text_that_looks_like_a_number_is_refused(role):
    frame = bad("x", [0, 3], "1,200").assign(x2=good()["x"])
    assert problems(frame, **{role: "x" if role == "weight" else ("x",)}) == (
        "'x' must hold numbers; 2 of 16 values are none: '1,200'. Convert the column to numbers (without thousands separators "
        "and units), and leave unknown values blank.",
    )


@pytest.mark.parametrize("dtype", ["string", "category", "object"])
def test_a_column_of_text_is_no_outcome(dtype):
    (sentence,) = problems(good().assign(y=good()["y"].astype(str).astype(dtype)))
    assert sentence == (
        "'y' must hold numbers; 16 of 16 values are none: '1.0', '2.0', '3.0', '4.0', '5.0' and more. Convert the column to "
        "numbers (without thousands separators and units), and leave unknown values blank."
    )


@pytest.mark.parametrize("value", [pd.Timestamp("2015-01-01"), 1j, [1.0], (1, 2), b"1", object])
def test_what_is_no_number_is_no_outcome(value):
    (sentence,) = problems(bad("y", 0, value))
    assert sentence.startswith("'y' must hold numbers; 1 of 16 values is none: ")


@pytest.mark.parametrize(
    "dtype", ["Float64", "Int64", "bool", "boolean", "category", "object", "float32", "double[pyarrow]"]
)
def test_numbers_of_any_type_are_outcomes(dtype):
    panel = Panel.of(good().assign(y=(good()["y"] > 3).astype(int).astype(dtype)), Roles(**ROLES))
    assert panel.wide("y").sum() == 13


def test_decimals_are_numbers():
    panel = Panel.of(good().assign(y=[Decimal(str(value)) for value in good()["y"]]), Roles(**ROLES))
    assert panel.wide("y").sum() == good()["y"].sum()


def test_an_infinite_value_is_refused():
    assert problems(bad("y", [0, 9], np.inf)) == (
        "'y' must be finite; it is infinite in 2 rows (firm 1 in 2015, firm 3 in 2016). This is often a logarithm of zero or "
        "a division by zero: correct it, or leave the value blank where it is unknown.",
    )


def test_a_whole_number_too_large_for_a_float_is_infinite():
    assert problems(bad("y", 0, 10**400)) == (
        "'y' must be finite; it is infinite in 1 row (firm 1 in 2015). This is often a logarithm of zero or a division by "
        "zero: correct it, or leave the value blank where it is unknown.",
    )


@pytest.mark.parametrize(
    ("transform", "value", "lowest"),
    [("log1p", -1, "above −1"), ("sqrt", -0.5, "zero or above")],
)
def test_a_transform_that_is_impossible_is_refused(transform, value, lowest):
    assert problems(bad("y", [1, 2], value), outcomes=(f"{transform}(y)",)) == (
        f"{transform}(y) needs values {lowest}; 'y' is not {lowest} in 2 rows (firm 1 in 2016, firm 1 in 2017). Take y itself, "
        "or leave the value blank where it is unknown.",
    )


def test_a_logarithm_of_zero_is_refused_with_the_ways_out_and_the_reason():
    assert problems(bad("y", [1, 2], 0), outcomes=("log(y)",)) == (
        "log(y) needs values above zero; 'y' is not above zero in 2 rows (firm 1 in 2016, firm 1 in 2017). There is no per cent change "
        "from zero, and log1p or asinh would give any number, depending on the unit (Chen and Roth 2024). Take y itself, add being "
        "above zero as an outcome of its own, or leave the value blank where it is unknown.",
    )


def test_a_transform_of_a_covariate_is_checked_too():
    (sentence,) = problems(bad("x", 0, 0), covariates=("log(x)",))
    assert sentence.startswith("log(x) needs values above zero; 'x' is not above zero in 1 row (firm 1 in 2015).")


@pytest.mark.parametrize("transform", ["log", "log1p", "asinh", "sqrt"])
def test_a_blank_stays_blank_in_a_transform(transform):
    assert notes(bad("y", 0, None), outcomes=(f"{transform}(y)",)) == [
        "'y' is blank in 1 of 16 rows; a row without it takes no part in comparisons that need it."
    ]


@pytest.mark.parametrize("weight", [0, -1, None, np.nan, pd.NA, ""])
def test_a_weight_that_is_not_above_zero_is_refused(weight):
    assert problems(bad("w", [0, 1], weight), weight="w") == (
        "Every weight must be known and above zero; 'w' is not in 2 rows (firm 1 in 2015, firm 1 in 2016). Correct it, or leave "
        "those rows out if they are not to count.",
    )


@pytest.mark.parametrize("blank", [None, np.nan, pd.NA, ""])
def test_blank_outcomes_and_covariates_are_counted(blank):
    frame = bad("y", [0, 4], blank).assign(x=bad("x", 3, blank)["x"])
    assert notes(frame, covariates=("x",)) == [
        "'y' is blank in 2 of 16 rows; a row without it takes no part in comparisons that need it.",
        "'x' is blank in 1 of 16 rows; a row without it takes no part in comparisons that need it.",
    ]


# ---- groups --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["region", "clusters", "subgroup", "within"])
@pytest.mark.parametrize("blank", [None, np.nan, pd.NA, " "])
def test_a_firm_without_its_group_is_refused(role, blank):
    roles = {role: ("region",) if role in ("within", "clusters") else "region"}
    sentences = problems(bad("region", [0, 1, 2, 3], blank), **roles)
    assert sentences == (
        "Every firm must have a 'region'; it is blank in 4 rows (firm 1 in 2015, firm 1 in 2016, firm 1 in 2017, firm 1 in "
        "2018). Fill it in, or write a name of its own for what is unknown, such as 'unknown'.",
    )


@pytest.mark.parametrize("role", ["region", "clusters", "subgroup", "within"])
def test_a_firm_that_changes_its_group_is_refused(role):
    roles = {role: ("region",) if role in ("within", "clusters") else "region"}
    assert problems(bad("region", [3, 7], "West"), **roles) == (
        "A firm must have one 'region' in all its rows; it changes within 2 firms: 1, 2. Use the value from before support, so "
        "that it cannot be a result of support.",
    )


# ---- rows ----------------------------------------------------------------------------------------------------------


def test_a_repeated_row_is_refused():
    frame = pd.concat([good(), good().iloc[[0]]])
    assert problems(frame) == (
        "A firm must have one row a period; seen: 1 row too many (firm 1 in 2015). Add repeated rows up, or leave them out "
        "(two plants of one firm? a correction?).",
    )


def test_repeated_rows_are_named_once_and_five_at_most():
    frame = pd.concat([good(), good().iloc[:7], good().iloc[:1]])
    assert problems(frame) == (
        "A firm must have one row a period; seen: 8 rows too many (firm 1 in 2015, firm 1 in 2016, firm 1 in 2017, firm 1 in "
        "2018, firm 2 in 2015 and more). Add repeated rows up, or leave them out (two plants of one firm? a correction?).",
    )


# ---- several at once -----------------------------------------------------------------------------------------------


def test_all_problems_are_reported_at_once():
    frame = pd.concat([good(), good().iloc[[0]]]).reset_index(drop=True)
    frame = frame.assign(w=-1, region=[*["North"] * 3, "South", *frame["region"][4:]]).astype({"y": object})
    frame.loc[5, "y"] = "n/a"
    found = problems(frame, weight="w", region="region")
    assert [sentence.split(";")[0] for sentence in found] == [
        "'y' must hold numbers",
        "Every weight must be known and above zero",
        "A firm must have one row a period",
        "A firm must have one 'region' in all its rows",
    ]


def test_what_is_wrong_between_rows_waits_until_rows_can_be_put_in_order():
    frame = pd.concat([bad("year", 0, "2015"), good().iloc[[1]]])
    assert [sentence.split(";")[0] for sentence in problems(frame)] == ["Periods must be whole numbers such as 2019"]


def test_rows_of_a_table_without_firms_are_named_by_their_number():
    assert problems(bad("y", 3, np.inf), unit=None) == (
        "'y' must be finite; it is infinite in 1 row (data row 4). This is often a logarithm of zero or a division by zero: "
        "correct it, or leave the value blank where it is unknown.",
    )


def test_rows_without_a_period_are_named_by_their_number():
    frame = bad("year", 3, None).assign(y=bad("y", 3, np.inf)["y"])
    assert "'y' must be finite; it is infinite in 1 row (data row 4)." in problems(frame)[1]


def test_a_period_with_a_decimal_point_is_written_without():
    frame = bad("y", 3, np.inf).astype({"year": float})
    assert "(firm 1 in 2018)" in problems(frame)[0]


# ---- dates, separators, garbled names -------------------------------------------------------------------------------


def test_periods_that_are_dates_written_as_numbers_are_refused():
    frame = good().assign(year=lambda f: f["year"] * 100 + 12)
    assert problems(frame, first_supported="g") == (
        "Periods must count on by one; in 'year' they are dates written as numbers: 201512, 201612, 201712, 201812. Take the year "
        "(period // 100), or count months on (12 * year + month).",
    )
    days = good().assign(year=lambda f: f["year"] * 10_000 + 1231)
    assert "(period // 10000)" in problems(days)[0]


def test_a_date_of_award_among_years_is_refused_and_never_taken_for_never():
    assert problems(bad("g", range(4), 20170301)) == (
        "'g' must count time as 'year' does; 4 of 16 values look like dates: 20170301. Take the year of them, else these firms would "
        "count as never supported.",
    )


def test_numbers_that_are_no_dates_are_periods():
    assert (
        notes(
            good().assign(year=lambda f: f["year"] + 190_000, g=lambda f: f["g"].where(f["g"] == 0, f["g"] + 190_000))
        )
        == []
    )


@pytest.mark.parametrize(("wrong", "right"), [("latin-1", "utf-8"), ("latin-1", "cp949"), ("cp949", "utf-8")])
def test_names_that_were_read_in_another_encoding_are_told_from_missing_ones(wrong, right):
    garbled = "고용".encode(right).decode(wrong)
    first, *_ = problems(good().rename(columns={"y": garbled}), outcomes=("고용",))
    assert first == (
        f"Names of columns must be readable; seen: '{garbled}' (meant: '고용'). The file was read in another encoding than it was written "
        'in: read it again with encoding="utf-8-sig" or encoding="cp949".'
    )


def test_names_in_korean_or_with_accents_are_readable():
    frame = good().rename(columns={"y": "매출액", "x": "Größe"})
    assert notes(frame, outcomes=("매출액",), covariates=("Größe",)) == []
