"""The one-line door: a table in, an estimate out, or one error that lists every problem."""

import contextlib
import datetime
import warnings
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import impact
from impact import estimators
from impact.errors import InputError, InputWarning

ROLES = {"outcome": "y", "unit": "firm", "period": "year", "first_supported": "first"}


def refusal(frame: object, **changes: object) -> str:
    """Return the whole text with which the door refuses."""
    with pytest.raises(InputError) as refused:
        impact.estimate(frame, **{**ROLES, **changes})
    return str(refused.value)


@pytest.fixture(scope="module")
def frame(staggered):
    return staggered(n=60, seed=5)


def test_the_effect_of_four_firms_is_the_difference_of_four_means():
    frame = pd.DataFrame({"firm": [1, 1, 2, 2, 3, 3, 4, 4], "year": [2018, 2019] * 4, "first": [2019] * 4 + [0] * 4})
    e = impact.estimate(frame.assign(y=[1.0, 5, 3, 9, 2, 3, 4, 7]), **ROLES)
    assert e.value.to_dict() == {(2019, 2019): (7 - 2) - (5 - 3)}


def test_estimates_are_the_same_from_every_kind_of_frame_and_any_order_of_rows(frame):
    e = impact.estimate(frame, **ROLES, covariates="x")
    for other in (pl.from_pandas(frame), pa.Table.from_pandas(frame), frame.sort_values(["firm", "year"])):
        again = impact.estimate(other, **ROLES, covariates="x")
        pd.testing.assert_series_equal(e.value, again.value)
        np.testing.assert_array_equal(e.noise.cov(), again.noise.cov())


def test_the_frame_is_left_as_it_was(frame):
    mine = frame.sort_values(["firm", "year"], ignore_index=True)
    before = mine.copy(deep=True)
    with pytest.warns(InputWarning, match="cannot be estimated"):
        impact.estimate(mine, **ROLES, covariates=("x", "z"), weight="weight", cluster="town", region="region")
    pd.testing.assert_frame_equal(mine, before)


def test_an_outcome_may_have_parentheses_and_a_korean_name(frame):
    korean = frame.rename(columns={"sales": "매출액(백만원)"})
    plain = impact.estimate(frame, **{**ROLES, "outcome": "log(sales)"})
    named = impact.estimate(korean, **{**ROLES, "outcome": "log(매출액(백만원))"})
    pd.testing.assert_series_equal(plain.value, named.value)
    assert len(impact.estimate(korean, **{**ROLES, "outcome": "매출액(백만원)"}).value) == len(plain.value)


def test_firms_may_be_their_own_clusters(frame):
    alone, clustered = impact.estimate(frame, **ROLES), impact.estimate(frame, **ROLES, cluster="firm")
    np.testing.assert_allclose(alone.noise.cov(), clustered.noise.cov(), rtol=1e-12)


def test_clusters_are_those_of_the_column(frame):
    clustered = impact.estimate(frame, **ROLES, cluster="town")
    by_hand = impact.estimate(frame, **ROLES).cluster(frame.groupby("firm")["town"].first())
    assert clustered.noise.units.tolist() == sorted(frame["town"].unique())
    pd.testing.assert_frame_equal(clustered.cov(), by_hand.cov())


def test_comparisons_within_strata_are_averaged_over_the_strata(frame):
    e = impact.estimate(frame, **ROLES, comparison_within="sector")
    assert e.value.index.names == ["cohort", "period"]
    assert e.by("event_time").value.notna().all()


def test_several_outcomes_are_one_estimate_with_their_joint_covariance(frame):
    frame = frame.assign(z=2 * frame["y"] + frame["x"])
    both = impact.estimate(frame, **{**ROLES, "outcome": ["y", "z"]}).by("event_time")
    alone = impact.estimate(frame, **ROLES).by("event_time")
    assert both.value.index.names == ["outcome", "event_time"]
    pd.testing.assert_series_equal(both.select(outcome="y").value.droplevel("outcome"), alone.value)
    covariance = both.cov().to_numpy()
    half = len(alone.value)
    np.testing.assert_allclose(covariance[:half, :half], alone.cov().to_numpy(), rtol=1e-12)
    assert np.abs(covariance[:half, half:]).max() > 0


def test_errors_that_an_estimator_clusters_itself_are_not_clustered_again(frame):
    settings = {"estimator": "twfe", "effects": "static", "errors": "firm_and_period", "cluster": "group"}
    e = impact.estimate(frame.assign(group=frame["firm"] % 30), **ROLES, **settings)
    assert (e.table()["std_error"].dropna() > 0).all()


def test_a_regional_estimate_has_a_level_of_regions(frame):
    assert impact.estimate(frame, **ROLES, region="region").value.index.names == ["cohort", "period", "region"]


def test_an_estimator_that_does_not_exist_is_refused_with_the_nearest_name(frame):
    known = ", ".join(impact.door.estimators.names())
    assert refusal(frame, estimator="callaway_santana") == (
        f"The estimator must be one of {known}; seen: 'callaway_santana'. Did you mean 'callaway_santanna'?"
    )
    assert refusal(frame, estimator="xyz") == f"The estimator must be one of {known}; seen: 'xyz'."


def test_an_option_that_does_not_exist_is_refused(frame):
    assert refusal(frame, metod="reg") == "callaway_santanna has the options method; it has no 'metod'."


def test_a_method_that_does_not_exist_is_refused(frame):
    assert refusal(frame, method="ols") == "method must be 'dr', 'reg' or 'ipw'; seen: 'ols'."


def test_without_a_unit_every_row_is_a_firm_of_its_own(frame):
    e = impact.estimate(frame, **{**ROLES, "unit": None})
    assert len(e.noise.units) == len(frame)


def test_every_problem_is_listed(frame):
    sentences = refusal(frame.assign(y="1", weight=0), weight="weight", outcome="y").split("\n")
    assert [sentence.split(";")[0] for sentence in sentences] == [
        "'y' must hold numbers",
        "Every weight must be known and above zero",
    ]


# ---- ugly tables ---------------------------------------------------------------------------------------------------

UGLY = st.one_of(
    st.sampled_from(
        [None, np.nan, pd.NA, pd.NaT, "", " ", "2019", "2019년", "n/a", "1,000", True, False, np.inf, -np.inf]
    ),
    st.sampled_from(
        [10**400, -(10**400), 2**63, -(2**64), 10**20, Decimal("1.5"), Decimal("NaN"), Decimal("1e999"), 1j]
    ),
    st.sampled_from(
        [datetime.date(2019, 1, 1), pd.Timestamp("2019-01-01"), pd.Timedelta(1), b"x", (1, 2), object, float]
    ),
    st.builds(list, st.just([1])),
    st.builds(np.array, st.just([1, 2])),
    st.integers(-(2**70), 2**70),
    st.floats(-1e60, 1e60),
    st.text(max_size=3),
)
CLEAN = {
    "firm": st.integers(1, 5),
    "year": st.integers(2015, 2019),
    "first": st.sampled_from([0, 0, 2014, 2016, 2017, 2018, 2021, np.inf]),
    "y": st.floats(-100, 100),
    "x": st.floats(-2, 2),
    "w": st.floats(0.1, 2),
    "region": st.sampled_from(["a", "b"]),
}
OTHERS = [{"estimator": name} for name in estimators.names()]
EASY = {"first": [0, 2017], "region": ["a", "b"]}  # columns that belong to the firm, and firms that make a comparison


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    """Draw a small panel, drop and repeat some rows, and make a few cells ugly."""
    firms = draw(st.sampled_from([8, 5, 10, 0]))
    years = draw(st.sampled_from([[2015, 2016, 2017, 2018], [2016, 2017], [2015, 2016, 2019], [2016]]))
    rows = [(firm, year) for firm in range(firms) for year in years]
    frame = pd.DataFrame(rows, columns=["firm", "year"])
    for name in EASY:
        values = draw(st.lists(CLEAN[name], min_size=8, max_size=8)) + draw(
            st.sampled_from([EASY[name], EASY[name][:1] * 2])
        )
        frame[name] = frame["firm"].map(dict(enumerate(values[::-1])))
    for name in ("y", "x", "w"):
        frame[name] = draw(st.lists(CLEAN[name], min_size=len(frame), max_size=len(frame)))
    frame = frame.astype(object)
    if len(frame):
        row = st.integers(0, len(frame) - 1)
        frame = frame.drop(index=draw(st.lists(row, max_size=3, unique=True)))
        ugly = st.lists(st.tuples(st.sampled_from(list(CLEAN)), row, UGLY), max_size=4)
        for name, at, value in draw(st.one_of(st.just([]), ugly)):
            frame[name] = pd.Series(
                [value if i == at else old for i, old in frame[name].items()], frame.index, dtype=object
            )
        again = draw(st.one_of(st.just([]), st.just([]), st.lists(row, max_size=1)))
        frame = pd.concat([frame, frame.loc[frame.index.intersection(again)]])
    return frame.infer_objects() if draw(st.booleans()) else frame


@st.composite
def choices(draw: st.DrawFn) -> dict[str, object]:
    """Draw the arguments of the door."""
    return {
        "unit": draw(st.sampled_from(["firm", "firm", "firm", None])),
        "outcome": draw(st.sampled_from(["y", "asinh(y)", "w", "log(w)", "sqrt(y)"])),
        "covariates": draw(st.sampled_from([None, "x", ("x", "w"), "log1p(w)"])),
        "comparison": draw(st.sampled_from(["never", "not_yet"])),
        "base": draw(st.sampled_from(["varying", "universal"])),
        "anticipation": draw(st.integers(0, 2)),
        "unbalanced": draw(st.sampled_from(["pairs", "drop", "keep"])),
        "blank": draw(st.sampled_from(["refuse", "never"])),
        "weight": draw(st.sampled_from([None, "w"])),
        "cluster": draw(st.sampled_from([None, "region", "firm"])),
        "region": draw(st.sampled_from([None, "region"])),
        "comparison_within": draw(st.sampled_from([None, "region"])),
        **draw(st.sampled_from([{}, {"method": "reg"}, {"method": "ipw"}, *OTHERS])),
    }


@settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(tables(), choices())
def test_no_table_however_ugly_ends_in_anything_but_an_estimate_or_a_refusal(frame, chosen):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InputWarning)
        with contextlib.suppress(InputError):
            e = impact.estimate(frame, **{**ROLES, **chosen})
            assert len(e.table()) == len(e.value)
