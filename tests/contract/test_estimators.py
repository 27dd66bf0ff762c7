"""The contract that every estimator keeps. A new file in impact/estimators/ is tested the moment it exists.

An estimator has all of these properties. One that cannot have a property says so in `EXCEPT`, with the reason; one that needs
other designs than the plain one says so in `DESIGNS`.
"""

import dataclasses
import functools
import inspect
import re

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import impact
from impact import estimators
from impact.noise import Draws, Gaussian, Influence

DESIGNS = {
    "callaway_santanna": {
        "plain": {},
        "dr": {"covariates": ["x", "z"], "comparison": "not_yet", "region": "region"},
        "reg": {"covariates": ["x"], "method": "reg", "base": "universal", "weight": "weight", "subgroup": "sector"},
        "ipw": {"covariates": ["x"], "method": "ipw", "anticipation": 1, "cluster": "town"},
        "within": {"covariates": ["x"], "comparison_within": ["sector"]},
    },
    "two_by_two": {
        "plain": {},
        "regions": {"region": "region"},
        "within": {"comparison_within": ["sector"], "cluster": "town"},
    },
    "twfe": {
        "plain": {},
        "static": {"effects": "static", "cluster": "town"},
        "rows": {"covariates": ["x", "z"], "weight": "weight"},
    },
}
PROPERTIES = {
    "scale": "an outcome in other units gives effects and standard errors in other units",
    "order": "the order of rows and columns does not matter",
    "names": "the names of firms do not matter",
    "unit_effects": "what is fixed in a firm does not matter",
    "period_effects": "what is common in a period does not matter",
    "input": "the table is left as it was",
    "frames": "tables of any library are the same",
    "zero_sum": "influence sums to zero",
    "shares": "the sizes of groups are known, as shares of all firms",
    "copies": "with every firm twice the variance is half",
    "four_means": "two groups and two periods are the difference of four means",
}
EXCEPT = {
    ("twfe", "shares"): "a coefficient of a regression is no average over groups that could be weighted again",
    ("twfe", "copies"): "its small-sample factor counts firms and rows, so that variance shrinks by a little more",
}
FOUR_MEANS = {"twfe": {"effects": "static"}}
NAMES = estimators.names()
CASES = [(name, design) for name in NAMES for design in DESIGNS.get(name, {"plain": {}})]
FEW = settings(max_examples=3, deadline=None, derandomize=True, database=None)
SEEDS = st.integers(0, 10_000)


def having(prop):
    """Take every estimator and design that has a property."""
    assert prop in PROPERTIES, "a property is declared before it is tested"
    kept = [(name, design) for name, design in CASES if (name, prop) not in EXCEPT]
    return pytest.mark.parametrize(("name", "design"), kept, ids=[f"{name}-{design}" for name, design in kept])


def estimate(name, design, frame, outcome="y"):
    arguments = DESIGNS.get(name, {"plain": {}})[design]
    return impact.estimate(frame, outcome, "firm", "year", "first", estimator=name, **arguments)


@pytest.fixture(scope="session")
def panel(staggered):
    """Make a panel large enough that every cell of every design can be estimated; a few are made once."""
    return functools.cache(lambda seed=0: staggered(n=240, periods=4, seed=seed))


@pytest.fixture(scope="session")
def base(panel):
    """Estimate on a panel as it is, once."""
    return functools.cache(lambda name, design, seed=0: estimate(name, design, panel(seed)))


def same(left, right, factor=1.0):
    """Expect the same labels, and effects and covariance that differ by a factor."""
    assert left.value.index.equals(right.value.index)
    scale = np.nanmax(left.table()["std_error"])
    np.testing.assert_allclose(right.value, factor * left.value, rtol=1e-9, atol=1e-9 * factor * scale)
    np.testing.assert_allclose(right.cov(), factor**2 * left.cov(), rtol=0, atol=1e-9 * (factor * scale) ** 2)
    pd.testing.assert_frame_equal(left.cells, right.cells)


# ---- what a file must have -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_options_are_a_frozen_dataclass_that_needs_no_argument(name):
    options = estimators.named(name).Options
    assert dataclasses.is_dataclass(options)
    assert options.__dataclass_params__.frozen
    assert options() == options()


@pytest.mark.parametrize("name", NAMES)
def test_estimate_takes_a_design_an_outcome_and_options(name):
    chosen = estimators.named(name)
    assert list(inspect.signature(chosen.estimate).parameters) == ["design", "outcome", "options"]
    assert "The estimand:" in chosen.estimate.__doc__


@pytest.mark.parametrize("name", NAMES)
def test_its_source_can_be_found(name):
    assert re.search(r"\((19|20)\d\d\)", estimators.named(name).SOURCE)
    assert re.search(r"doi:10\.|ISBN", estimators.named(name).SOURCE)


@pytest.mark.parametrize("name", NAMES)
def test_an_option_that_it_does_not_have_is_refused(name, panel):
    with pytest.raises(impact.InputError, match=r"it has no 'bandwith'\.$"):
        impact.estimate(panel(), "y", "firm", "year", "first", estimator=name, bandwith=3)


def test_exceptions_name_estimators_properties_and_reasons():
    for (name, prop), reason in EXCEPT.items():
        assert name in NAMES
        assert prop in PROPERTIES
        assert len(reason.split()) > 3
    assert set(DESIGNS) | set(FOUR_MEANS) <= set(NAMES)


# ---- what an estimate must be --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "design"), CASES)
def test_an_estimate_has_named_levels_and_noise_and_counts_for_every_cell(name, design, base):
    e = base(name, design)
    assert isinstance(e, impact.Estimate)
    assert isinstance(e.noise, Influence | Draws | Gaussian)
    assert e.noise.size == len(e.value) == len(e.cells)
    assert e.noise.kind == "sampling"
    assert None not in e.value.index.names or len(e.value) == 1
    assert e.value.index.is_unique
    assert e.value.index.is_monotonic_increasing
    assert e.value.notna().all()
    assert (e.cells[["n_supported", "n_comparison"]] > 0).all(axis=None)
    assert set(e.cells["state"]) == {"shown"}
    np.testing.assert_allclose(np.diag(e.cov()), e.noise.variance(), rtol=1e-12)


@having("shares")
def test_shares_are_of_all_firms_and_add_up_to_the_supported_ones(name, design, panel, base):
    e = base(name, design)
    assert set(e.shares.value.index.names) <= set(e.value.index.names)
    first = panel().groupby("firm")[["first", "weight"]].first()
    if "weight" not in DESIGNS.get(name, {"plain": {}})[design]:
        assert e.shares.value.sum() == pytest.approx((first["first"] > 0).mean(), abs=1e-12)
    assert e.shares.value.min() > 0
    assert e.shares.value.sum() < 1


@having("zero_sum")
def test_influence_sums_to_zero(name, design, base):
    e = base(name, design)
    for part in [e] if e.shares is None else [e, e.shares]:
        rows = part.noise.rows()
        assert np.abs(rows.sum(axis=0)).max() <= 1e-12 * np.abs(rows).sum(axis=0).max()


# ---- what must not matter ------------------------------------------------------------------------------------------


@having("scale")
@FEW
@given(seed=SEEDS, power=st.floats(-4, 4))
def test_the_unit_of_the_outcome_scales_everything(name, design, panel, base, seed, power):
    frame, factor = panel(seed % 3), 10.0**power
    same(base(name, design, seed % 3), estimate(name, design, frame.assign(y=factor * frame["y"])), factor)


@having("order")
@FEW
@given(seed=SEEDS)
def test_the_order_of_rows_and_columns_does_not_matter(name, design, panel, base, seed):
    frame, rng = panel(seed % 3), np.random.default_rng(seed)
    shuffled = frame.iloc[rng.permutation(len(frame)), rng.permutation(frame.shape[1])]
    same(base(name, design, seed % 3), estimate(name, design, shuffled))


@having("names")
@FEW
@given(seed=SEEDS)
def test_the_names_of_firms_do_not_matter(name, design, panel, base, seed):
    frame, firms = panel(seed % 3), np.sort(panel(seed % 3)["firm"].unique())
    numbers = np.random.default_rng(seed).permutation(len(firms))
    names = pd.Series([f"기업 {number:04d}" for number in numbers], firms)
    e, renamed = base(name, design, seed % 3), estimate(name, design, frame.assign(firm=frame["firm"].map(names)))
    same(e, renamed)
    if isinstance(e.noise, Influence) and e.noise.units.equals(pd.Index(firms)):
        rows = pd.DataFrame(renamed.noise.rows(), renamed.noise.units).loc[names].to_numpy()
        np.testing.assert_allclose(rows, e.noise.rows(), rtol=0, atol=1e-9 * np.abs(rows).max())


@having("unit_effects")
@FEW
@given(seed=SEEDS, size=st.floats(0.1, 1000))
def test_what_is_fixed_in_a_firm_does_not_matter(name, design, panel, base, seed, size):
    frame, firms = panel(seed % 3), np.sort(panel(seed % 3)["firm"].unique())
    effect = pd.Series(size * np.random.default_rng(seed).standard_normal(len(firms)), firms)
    same(base(name, design, seed % 3), estimate(name, design, frame.assign(y=frame["y"] + frame["firm"].map(effect))))


@having("period_effects")
@FEW
@given(seed=SEEDS, size=st.floats(0.1, 1000))
def test_what_is_common_in_a_year_does_not_matter(name, design, panel, base, seed, size):
    frame, years = panel(seed % 3), np.sort(panel(seed % 3)["year"].unique())
    effect = pd.Series(size * np.random.default_rng(seed).standard_normal(len(years)), years)
    same(base(name, design, seed % 3), estimate(name, design, frame.assign(y=frame["y"] + frame["year"].map(effect))))


@having("input")
def test_the_table_is_left_as_it_was(name, design, panel):
    frame = panel().copy(deep=True)
    estimate(name, design, frame).table(draws=9, seed=1)
    pd.testing.assert_frame_equal(frame, panel())


@having("frames")
@pytest.mark.parametrize("library", [pl.DataFrame, pa.Table.from_pandas], ids=["polars", "pyarrow"])
def test_tables_of_any_library_are_the_same(name, design, panel, base, library):
    frame = panel()
    taken = library(frame.to_dict("list")) if library is pl.DataFrame else library(frame, preserve_index=False)
    same(base(name, design), estimate(name, design, taken))


@having("copies")
@pytest.mark.parametrize("copies", [2, 3])
def test_every_firm_twice_is_the_same_effect_with_half_the_variance(name, design, panel, base, copies):
    frame = panel()
    twins = pd.concat(
        [frame.assign(firm=frame["firm"] + 10_000 * k, town=frame["town"] + 100 * k) for k in range(copies)]
    )
    e, more = base(name, design), estimate(name, design, twins)
    np.testing.assert_allclose(more.value, e.value, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(more.cov(), e.cov() / copies, rtol=0, atol=1e-10 * np.abs(e.cov()).max(axis=None))


@pytest.mark.parametrize("name", [name for name in NAMES if (name, "four_means") not in EXCEPT])
@FEW
@given(seed=SEEDS)
def test_two_groups_and_two_periods_are_the_difference_of_four_means(name, staggered, seed):
    frame = staggered(n=40, periods=3, seed=seed)
    frame = frame[frame["year"] > frame["year"].min()]
    e = impact.estimate(frame, "y", "firm", "year", "first", estimator=name, **FOUR_MEANS.get(name, {}))
    e = e if len(e.value) == 1 else e.by("overall")
    means = frame.assign(supported=frame["first"] > 0).groupby(["supported", "year"])["y"].mean().unstack()
    change = means.iloc[:, 1] - means.iloc[:, 0]
    assert e.value.iloc[0] == pytest.approx(change[True] - change[False], abs=1e-12)


@pytest.mark.parametrize(("name", "design"), CASES)
@pytest.mark.parametrize("outcome", ["log(sales)", "asinh(sales)"])
def test_a_transform_is_the_transformed_column(name, design, panel, outcome):
    function = {"log(sales)": np.log, "asinh(sales)": np.arcsinh}[outcome]
    frame = panel()
    changed = frame.assign(y=function(frame["sales"]))
    same(estimate(name, design, frame, outcome), estimate(name, design, changed))
