import datetime

import numpy as np
import pandas as pd
import pytest

from impact.intake.dates import dates


@pytest.mark.parametrize(
    ("seen", "year", "month", "day"),
    [
        (2021, 2021, 0, 0),
        (2021.0, 2021, 0, 0),
        ("2021년", 2021, 0, 0),
        ("FY2021", 2021, 0, 0),
        ("2021-07", 2021, 7, 0),
        ("2021.7.", 2021, 7, 0),
        ("2021/12", 2021, 12, 0),
        ("202107", 2021, 7, 0),
        (20210731, 2021, 7, 31),
        ("2021. 7. 15.", 2021, 7, 15),
        ("2021년 7월 3일", 2021, 7, 3),
        ("2021-07-31 00:00:00", 2021, 7, 31),
        ("2021년 3분기", 2021, 0, 0),
        ("2021 상반기", 2021, 0, 0),
        (datetime.date(2021, 7, 1), 2021, 7, 1),
        (pd.Timestamp("2021-07-02 09:00"), 2021, 7, 2),
        (2021.1, 2021, 0, 0),  # January or October
    ],
)
def test_a_date_is_read_by_what_stands_there(seen, year, month, day):
    read = dates([seen])
    assert (read.year[0], read.month[0], read.day[0]) == (year, month, day)
    assert not read.unreadable[0]
    assert not read.blank[0]


@pytest.mark.parametrize(
    "seen", ["21.7.1", "2021-13", "20217", 44408, "0", 0, "-", "2021 ~ 2022", "9999-12-31", np.inf]
)
def test_what_is_no_date_is_listed_and_not_guessed(seen):
    read = dates([seen])
    assert read.unreadable.tolist() == [True]
    assert read.year.tolist() == [0]


def test_blank_is_not_unreadable():
    read = dates(pd.Series([None, np.nan, pd.NaT, "", "  ", 2021], dtype=object))
    assert read.blank.tolist() == [True] * 5 + [False]
    assert not read.unreadable.any()


def test_columns_of_every_type_are_read():
    for column in (
        pd.Series(pd.to_datetime(["2021-07-03", None])),
        pd.Series(["2021-07-03", None], dtype="str"),
        pd.Series(pd.Categorical(["2021-07-03", None])),
        pd.Series([20210703, None], dtype="Int64"),
        pd.Series([20210703.0, np.nan]),
    ):
        assert dates(column).order.tolist() == [20210703, 0]
    assert dates([]).order.tolist() == []


def test_a_date_is_before_another_as_far_as_both_are_known():
    award = dates(["2021", "2021-07", "2021-07-02", "2021-07-02", "2022", None])
    done = dates(["2021-07", "2021", "2021-07-01", "2021-07-02", "2021-12", "2020"])
    assert done.before(award).tolist() == [False, False, True, False, True, False]
