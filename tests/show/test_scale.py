import numpy as np
import pytest

from impact.show import scale

LOG, PLAIN = {"transform": "log"}, {"transform": "none"}


def test_an_effect_on_a_logarithm_is_shown_as_per_cent():
    assert scale.is_percent(LOG)
    assert scale.shown([np.log(1.5), np.log(0.75), 0.0], LOG) == pytest.approx([50, -25, 0])


@pytest.mark.parametrize("transform", ["none", "log1p", "asinh", "sqrt"])
def test_other_effects_are_shown_as_they_are(transform):
    assert not scale.is_percent({"transform": transform})
    assert scale.shown([0.5, -2.0], {"transform": transform}).tolist() == [0.5, -2.0]


@pytest.mark.parametrize(
    ("half", "places"), [(5e6, 0), (10, 0), (9.9, 1), (1, 1), (0.9, 2), (0.1, 2), (0.09, 3), (0.001, 4), (1e-15, 9)]
)
def test_half_an_interval_has_two_figures_that_matter(half, places):
    assert scale.digits(3.0, -half, half) == scale.digits(half, np.nan, np.nan) == places


def test_nothing_but_zero_needs_no_decimals():
    assert scale.digits(0.0, np.nan, np.nan) == scale.digits(0.0, 0.0, 0.0) == 0


@pytest.mark.parametrize(
    ("value", "places", "written"),
    [(-1234.56, 1, "−1,234.6"), (0.5, 2, "0.50"), (-0.2, 0, "0"), (-0.0, 1, "0.0"), (np.nan, 1, ""), (np.inf, 1, "")],
)
def test_a_number_is_written_with_a_true_minus_and_never_as_minus_zero(value, places, written):
    assert scale.number(value, places) == written
