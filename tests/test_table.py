"""The door for frames: pandas, polars and Arrow give the same rows, in order, and are left as they were."""

import datetime

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from impact.roles import Roles
from impact.table import MANY_PERIODS, columns_of, floats, names_of, needed, rows_of

ROLES = Roles(
    unit="firm", period="year", first_supported="g", outcomes=("log(y)",), covariates=("y", "asinh(x)"), weight="w",
    clusters=("region",), region="region", within=("sector",),
)  # fmt: skip
PLAIN = Roles(unit="firm", period="year", first_supported="g", outcomes=("y",))


def table() -> dict[str, list]:
    return {
        "firm": ["b", "a", "b", "a"],
        "year": [2016, 2016, 2015, 2015],
        "g": [2016, 0, 2016, 0],
        "y": [4.0, 2.0, None, 1.0],
    }


def as_pandas():
    return pd.DataFrame(table())


def as_polars():
    return pl.DataFrame(table())


def as_arrow():
    return pa.table(table())


FRAMES = [as_pandas, as_polars, as_arrow]


@pytest.mark.parametrize("frame", FRAMES)
def test_names_are_those_of_the_frame(frame):
    assert names_of(frame()) == ["firm", "year", "g", "y"]


def test_needed_names_every_column_once_and_by_its_own_name():
    assert needed(ROLES) == ["firm", "year", "g", "w", "region", "sector", "y", "x"]


@pytest.mark.parametrize("frame", FRAMES)
def test_rows_come_sorted_by_unit_and_period(frame):
    rows = rows_of(columns_of(frame(), PLAIN), PLAIN)
    assert (rows.units.tolist(), rows.periods.tolist()) == (["a", "b"], [2015, 2016])
    assert (rows.unit_of.tolist(), rows.period_of.tolist(), rows.first.tolist()) == ([0, 0, 1, 1], [0, 1, 0, 1], [0, 2])
    np.testing.assert_array_equal(rows.columns["y"], [1, 2, np.nan, 4])


@pytest.mark.parametrize("frame", FRAMES)
def test_the_frame_is_left_as_it_was(frame):
    mine = frame()
    rows = rows_of(columns_of(mine, PLAIN), PLAIN)
    rows.columns["y"][:] = -1
    assert pd.DataFrame(mine if frame is as_pandas else mine.to_pandas()).equals(as_pandas())


def test_rows_in_order_are_not_moved():
    frame = as_pandas().sort_values(["firm", "year"], ignore_index=True)
    columns = columns_of(frame, PLAIN)
    assert rows_of(columns, PLAIN).columns["y"] is columns["y"]


def test_without_a_unit_every_row_is_a_firm_of_its_own():
    repeated = Roles(unit=None, period="year", first_supported="g", outcomes=("y",))
    rows = rows_of(columns_of(as_pandas(), repeated), repeated)
    assert (rows.units.tolist(), rows.unit_of.tolist()) == ([0, 1, 2, 3], [0, 1, 2, 3])


def test_long_identifiers_keep_their_last_digits():
    frame = as_pandas().assign(firm=pd.Series([10**20 + 1, 10**20, 10**20 + 1, 10**20], dtype=object))
    assert rows_of(columns_of(frame, PLAIN), PLAIN).units.tolist() == [10**20, 10**20 + 1]


def test_identifiers_of_any_type_are_numbered_in_their_order():
    for dtype in ("int64", "float64", "Int64", "object", "category", "string", "int64[pyarrow]"):
        frame = as_pandas().assign(firm=pd.Series([7, 3, 7, 3]).astype(dtype))
        assert [int(unit) for unit in rows_of(columns_of(frame, PLAIN), PLAIN).units] == [3, 7], dtype


def test_a_unit_that_is_also_the_cluster_stays_a_column():
    roles = Roles(unit="firm", period="year", first_supported="g", outcomes=("y",), clusters=("firm",))
    assert rows_of(columns_of(as_pandas(), roles), roles).columns["firm"].tolist() == ["a", "a", "b", "b"]


def test_periods_that_are_far_apart_are_numbered_without_a_long_count():
    frame = as_pandas().assign(year=[20_191_231, 20_191_231, 1, 1])
    rows = rows_of(columns_of(frame, PLAIN), PLAIN)
    assert rows.periods[-1] - rows.periods[0] > MANY_PERIODS
    assert (rows.periods.tolist(), rows.period_of.tolist()) == ([1, 20_191_231], [0, 1, 0, 1])


def test_periods_with_a_gap_are_numbered_without_it():
    rows = rows_of(columns_of(as_pandas().assign(year=[2019, 2019, 2011, 2011]), PLAIN), PLAIN)
    assert (rows.periods.tolist(), rows.period_of.tolist()) == ([2011, 2019], [0, 1, 0, 1])


@pytest.mark.parametrize("years", [[2016, 2016, 2015, 2015], [2019, 2019, 2011, 2011], [20_191_231, 20_191_231, 1, 1]])
@pytest.mark.parametrize("firms", [["b", "a", "b", "a"], [1, 1, 2, 2]], ids=["text", "sorted numbers"])
def test_positions_take_half_the_memory_of_a_number(years, firms):
    rows = rows_of(columns_of(as_pandas().assign(year=years, firm=firms), PLAIN), PLAIN)
    assert (rows.unit_of.dtype, rows.period_of.dtype) == (np.int32, np.int32)


def test_negative_periods_are_periods():
    rows = rows_of(columns_of(as_pandas().assign(year=[-1, -1, -2, -2]), PLAIN), PLAIN)
    assert rows.periods.tolist() == [-2, -1]


def column(frame):
    """Return the column x after the door."""
    roles = Roles(unit=None, period="x", supported="x")
    return columns_of(frame, roles)["x"]


@pytest.mark.parametrize(
    "values",
    [
        pd.array([1, None], "Int64"),
        pd.array([1.0, None], "Float64"),
        pd.array([True, None], "boolean"),
        pd.Categorical([1, None]),
        pd.array([1, None], "int64[pyarrow]"),
        pd.Series([1, None], dtype=object),
        pd.Series([1, pd.NA], dtype=object),
        pd.Series([np.float32(1), ""], dtype=object),
        pd.Series([1, "  "], dtype=object),
        pd.Series([np.True_, pd.NaT], dtype=object),
    ],
    ids=repr,
)
def test_numbers_with_a_blank_become_floats(values):
    np.testing.assert_array_equal(column(pd.DataFrame({"x": values})), [1.0, np.nan], strict=True)


@pytest.mark.parametrize("frame", [pl.DataFrame, pa.table])
@pytest.mark.parametrize("values", [[1, None], [1.0, None], [True, None]])
def test_numbers_with_a_blank_become_floats_from_every_kind_of_frame(frame, values):
    np.testing.assert_array_equal(column(frame({"x": values})), [1.0, np.nan], strict=True)


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame, pa.table])
def test_a_column_of_blanks_becomes_numbers_that_are_blank(frame):
    np.testing.assert_array_equal(column(frame({"x": [None, None]})), [np.nan, np.nan])


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame, pa.table])
def test_text_stays_text(frame):
    assert column(frame({"x": ["1", "2"]})).tolist() == ["1", "2"]


def test_text_that_arrow_encodes_keeps_its_blanks():
    encoded = pa.table({"x": pa.chunked_array([pa.array(["a", None, "b"]).dictionary_encode()])})
    assert column(encoded).tolist() == ["a", None, "b"]


@pytest.mark.parametrize(
    "series",
    [
        pl.Series([1, 2], dtype=pl.Int128),
        pl.Series([{"a": 1}, {"a": 2}]),
        pl.Series([[1], [2]]),
        pl.Series([datetime.date(2019, 1, 1), None]),
    ],
    ids=lambda series: str(series.dtype),
)
def test_types_that_numpy_lacks_still_give_one_element_a_row(series):
    assert column(pl.DataFrame({"x": series})).shape == (2,)


def test_what_no_float_can_hold_is_infinite():
    assert floats(np.array([10**400, -(10**400), 1], object)).tolist() == [np.inf, -np.inf, 1]
