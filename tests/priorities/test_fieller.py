"""Fieller's set of a ratio: its definition, known cases of every kind, and its coverage."""

import numpy as np
import pytest
from scipy import stats

from impact import InputError
from impact.priorities.fieller import fieller

COV = np.array([[1.0, 0.1], [0.1, 0.25]])


def rejects(ratio, n, d, cov, confidence=0.95):
    """Test numerator − ratio × denominator = 0."""
    variance = cov[0, 0] - 2 * ratio * cov[0, 1] + ratio**2 * cov[1, 1]
    return (n - ratio * d) ** 2 > stats.norm.ppf(0.5 + confidence / 2) ** 2 * variance


@pytest.mark.parametrize(
    ("n", "d", "kind"),
    [(5.0, 3.0, "bounded"), (-4.0, 2.0, "bounded"), (5.0, 0.3, "complement"), (0.5, 0.3, "unbounded")],
)
def test_it_holds_the_ratios_that_are_not_rejected(n, d, kind):
    found = fieller(n, d, COV)
    assert found.kind == kind
    ratios = np.concatenate([np.linspace(-60, 60, 4001), [1e6, -1e6]])
    assert [found.holds(ratio) for ratio in ratios] == [not rejects(ratio, n, d, COV) for ratio in ratios]


def test_a_sure_denominator_gives_the_interval_of_the_numerator():
    found = fieller(6.0, 2.0, np.diag([1.0, 0.0]))
    z = stats.norm.ppf(0.975)
    assert (found.estimate, found.lower, found.upper) == (3.0, pytest.approx((6 - z) / 2), pytest.approx((6 + z) / 2))


def test_a_sure_numerator_gives_one_over_the_interval_of_the_denominator():
    found = fieller(60.0, 2.0, np.diag([0.0, 0.04]))
    z = stats.norm.ppf(0.975)
    assert (found.lower, found.upper) == (pytest.approx(60 / (2 + z * 0.2)), pytest.approx(60 / (2 - z * 0.2)))


def test_it_is_bounded_just_where_the_denominator_differs_from_zero():
    z = stats.norm.ppf(0.975)
    assert fieller(5.0, z * 0.5 * 1.001, COV).kind == "bounded"
    assert fieller(5.0, z * 0.5 * 0.999, COV).kind == "complement"
    edge = fieller(5.0, z, np.eye(2))
    assert (edge.kind, edge.lower) == ("complement", -np.inf)
    assert edge.upper == pytest.approx((25 - z**2) / (2 * 5 * z))
    assert fieller(-5.0, z, np.eye(2)).upper == np.inf


def test_changing_both_signs_or_units_changes_what_it_should():
    one, other = fieller(5.0, 3.0, COV), fieller(-5.0, -3.0, COV)
    assert (one.lower, one.upper) == pytest.approx((other.lower, other.upper))
    scale = np.diag([1e6, 10.0])
    scaled = fieller(5e6, 30.0, scale @ COV @ scale)
    assert (scaled.lower, scaled.upper) == pytest.approx((one.lower * 1e5, one.upper * 1e5))


def test_student_t_widens_it():
    normal, few = fieller(5.0, 3.0, COV), fieller(5.0, 3.0, COV, df=5)
    assert few.lower < normal.lower < normal.upper < few.upper


def test_it_covers_as_often_as_it_says_whatever_the_denominator():
    rng, n = np.random.default_rng(3), 4000
    error = np.sqrt(0.9 * 0.1 / n)
    for numerator, denominator in ((4.0, 2.0), (1.0, 0.2), (3.0, 0.6)):
        drawn = rng.multivariate_normal([numerator, denominator], COV, n)
        held = [fieller(a, b, COV, 0.9).holds(numerator / denominator) for a, b in drawn]
        assert abs(np.mean(held) - 0.9) < 3.5 * error


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            (1.0, 0.0, np.diag([1.0, 0.0])),
            "A ratio needs a denominator that can differ from zero; seen: 0 without noise. Choose another ratio.",
        ),
        (
            (1.0, 1.0, np.diag([1.0, -1.0])),
            "The covariance of a numerator and a denominator must be 2 × 2, symmetric, and without a negative "
            "variance; this one is "
            "not. Write [[variance, covariance], [covariance, variance]].",
        ),
        (
            (1.0, 1.0, np.eye(3)),
            "The covariance of a numerator and a denominator must be 2 × 2, symmetric, and without a negative "
            "variance; this one is "
            "not. Write [[variance, covariance], [covariance, variance]].",
        ),
        ((1.0, 1.0, np.eye(2), 95), "confidence must lie between 0 and 1; seen: 95. Write 0.95 for 95 %."),
    ],
)
def test_bad_input_is_refused_in_a_sentence(given, message):
    with pytest.raises(InputError) as caught:
        fieller(*given)
    assert str(caught.value) == message
