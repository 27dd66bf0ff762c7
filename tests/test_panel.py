"""A table becomes a panel: the same one whatever the frame, its types and the order of its rows."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from impact.errors import InputWarning
from impact.panel import Panel
from impact.roles import Roles, as_tuple

ROLES = Roles(
    unit="firm", period="year", first_supported="first", outcomes=("sales",), covariates=("z",), region="region"
)


def same(left: Panel, right: Panel) -> None:
    """Fail if two panels differ in anything."""
    assert left.units.equals(right.units)
    for name in ("periods", "unit_of", "period_of", "cohort"):
        np.testing.assert_array_equal(getattr(left, name), getattr(right, name))
    assert left.columns.keys() == right.columns.keys()
    for name, values in left.columns.items():
        np.testing.assert_array_equal(values, right.columns[name])


@pytest.fixture(scope="module")
def frame(staggered):
    return staggered(n=30, seed=3)


def test_a_panel_knows_its_units_periods_and_cohorts(frame):
    panel = Panel.of(frame, ROLES)
    first = frame.groupby("firm")["first"].first()
    assert panel.units.tolist() == sorted(frame["firm"].unique())
    assert panel.periods.tolist() == [2011, 2012, 2013, 2014, 2015]
    assert panel.cohort.tolist() == [np.inf if first[unit] == 0 else first[unit] for unit in panel.units]


def test_rows_in_any_order_give_the_same_panel(frame):
    same(Panel.of(frame, ROLES), Panel.of(frame.sort_values(["firm", "year"]), ROLES))
    same(Panel.of(frame, ROLES), Panel.of(frame.sort_values(["year", "firm"], ascending=False), ROLES))


@pytest.mark.parametrize("of", [pl.from_pandas, pa.Table.from_pandas], ids=["polars", "arrow"])
def test_every_kind_of_frame_gives_the_same_panel(frame, of):
    same(Panel.of(frame, ROLES), Panel.of(of(frame), ROLES))


@pytest.mark.parametrize(
    "types", [{"firm": "Int64", "year": "float64", "sales": "Float64"}, {"region": "category", "z": object}]
)
def test_types_of_the_columns_do_not_matter(frame, types):
    same(Panel.of(frame, ROLES), Panel.of(frame.astype(types), ROLES))


def test_a_panel_is_made_from_a_frame_with_any_index(frame):
    same(Panel.of(frame, ROLES), Panel.of(frame.set_index(["region", "town"], drop=False), ROLES))


def test_the_frame_is_left_as_it_was(frame):
    mine = frame.sort_values(["firm", "year"], ignore_index=True)
    before = mine.copy(deep=True)
    Panel.of(mine, ROLES).wide("log(sales)")[:] = 0
    pd.testing.assert_frame_equal(mine, before)


def test_wide_puts_units_in_rows_and_periods_in_columns(frame):
    expected = frame.pivot(index="firm", columns="year", values="sales")
    panel = Panel.of(frame, ROLES)
    assert panel.balanced
    np.testing.assert_array_equal(panel.wide("sales"), expected)
    np.testing.assert_array_equal(panel.wide("log(sales)"), np.log(expected))


def test_wide_is_blank_where_there_is_no_row(frame):
    gappy = frame.drop(frame.index[::7])
    panel = Panel.of(gappy, ROLES)
    assert not panel.balanced
    np.testing.assert_array_equal(panel.wide("sales"), gappy.pivot(index="firm", columns="year", values="sales"))


@pytest.mark.parametrize("every", [None, 7], ids=["complete", "gappy"])
def test_rows_know_their_unit_and_period(frame, every):
    rows = frame.drop(frame.index[::every] if every else []).sort_values(["firm", "year"])
    panel = Panel.of(rows, ROLES)
    assert panel.units[panel.unit_of].tolist() == rows["firm"].tolist()
    assert panel.periods[panel.period_of].tolist() == rows["year"].tolist()


@pytest.mark.parametrize("every", [None, 7], ids=["complete", "gappy"])
def test_per_unit_returns_one_value_for_each_firm(frame, every):
    rows = frame.drop(frame.index[::every] if every else [])
    expected = rows.groupby("firm")["region"].first()
    pd.testing.assert_series_equal(Panel.of(rows, ROLES).per_unit("region"), expected, check_names=False)


def test_a_complete_panel_in_order_holds_no_copy_of_the_table(frame):
    mine = frame.sort_values(["firm", "year"], ignore_index=True)
    panel = Panel.of(mine, ROLES)
    assert panel.place is None
    assert np.shares_memory(panel.wide("sales"), mine["sales"].to_numpy())


def test_columns_with_korean_names_and_parentheses_are_used_as_they_are(frame):
    korean = {
        "firm": "사업자번호",
        "year": "연도",
        "first": "최초지원연도",
        "sales": "매출액(백만원)",
        "z": "log(종사자",
        "region": "시군구",
    }
    roles = Roles(
        unit="사업자번호", period="연도", first_supported="최초지원연도", outcomes=("매출액(백만원)", "log(매출액(백만원))"),
        covariates=("log(종사자",), region="시군구",
    )  # fmt: skip
    panel = Panel.of(frame.rename(columns=korean), roles)
    np.testing.assert_array_equal(panel.wide("매출액(백만원)"), Panel.of(frame, ROLES).wide("sales"))
    np.testing.assert_array_equal(panel.wide("log(매출액(백만원))"), Panel.of(frame, ROLES).wide("log(sales)"))


def test_one_column_may_play_several_roles(frame):
    roles = Roles(
        unit="firm", period="year", first_supported="first", outcomes=("z", "year"), covariates=("z", "firm"), weight="weight",
        clusters=("firm",), region="region", within=("region", "sector"),
    )  # fmt: skip
    panel = Panel.of(frame, roles)
    assert panel.per_unit("firm").tolist() == panel.units.tolist()
    assert panel.wide("year")[0].tolist() == panel.periods.tolist()


def test_notes_point_at_the_line_of_the_user(frame):
    with pytest.warns(InputWarning, match="blank") as caught:
        Panel.of(frame.assign(z=np.nan), ROLES)
    assert caught[0].filename == __file__


def test_as_tuple_takes_one_name_several_or_none():
    assert (as_tuple(None), as_tuple("a"), as_tuple(["a", "b"])) == ((), ("a",), ("a", "b"))


def test_groups_are_named_once_and_support_by_whichever_column_says_it():
    roles = Roles(unit="u", period="t", supported="s", clusters=("c",), region="c", within=("d", "c"))
    assert (roles.groups, roles.support) == (("c", "d"), "s")
