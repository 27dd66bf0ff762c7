import numpy as np
import pytest

from impact.errors import InputError
from impact.show.maps import breaks


@pytest.mark.parametrize(
    ("values", "step"),
    [
        ([0.001, -0.002], 0.001),
        ([3, -9, 1], 5),
        ([40, 10], 20),
        ([0, 0], 1),
        ([np.nan], 1),
        ([10], 5),
        ([np.nan, 4], 2),
    ],
)
def test_edges_of_effects_lie_around_zero_in_round_steps(values, step):
    np.testing.assert_allclose(breaks.around_zero(np.array(values, float)), step * np.arange(-2, 3))


def test_edges_of_anything_else_leave_as_many_values_between_them():
    values = np.arange(1000.0)
    edges = breaks.alike(values)
    assert edges.tolist() == [200, 400, 600, 800]
    assert np.bincount(breaks.within(values, edges)).tolist() == [200] * 5


@pytest.mark.parametrize(
    ("values", "edges"),
    [
        ([1.0, 2.0], [2.0]),
        ([1.0, 2.0, 3.0], [2.0]),
        ([0.0] * 200 + [1.0, 2.0, 3.0], [1.0]),
        ([1001.01, 1001.02, 1001.03, 1001.04, 1001.05], [1001.02, 1001.03, 1001.04]),
        ([-0.5, -0.25, 0.0, 0.25, 0.5], [-0.25, 0.0, 0.25]),
    ],
)
def test_edges_stay_apart_however_close_or_alike_values_are(values, edges):
    np.testing.assert_allclose(breaks.alike(np.array(values)), edges)


def test_blanks_have_no_part_in_edges():
    values = np.arange(50.0)
    assert breaks.alike(np.r_[values, np.nan]).tolist() == breaks.alike(values).tolist()


def test_an_edge_belongs_to_the_class_above():
    assert breaks.within(np.array([9.99, 10, 19.99, 20, np.nan]), np.array([10.0, 20.0])).tolist() == [0, 1, 1, 2, -1]


@pytest.mark.parametrize(
    ("given", "seen"), [([], "none"), ([1, 1], "1 1"), ([3, 2], "3 2"), ([1, np.inf], "1 inf"), ([np.nan], "nan")]
)
def test_breaks_that_do_not_grow_are_refused(given, seen):
    with pytest.raises(InputError) as refused:
        breaks.given(given)
    assert str(refused.value) == f"Breaks must be numbers that grow; seen: {seen}. Write them so, such as 10 20 50."


def test_effects_take_five_breaks():
    with pytest.raises(InputError) as refused:
        breaks.given([-10, 0, 10], 5)
    assert str(refused.value) == (
        "A map of effects has six classes around zero, so 5 breaks; seen: -10 0 10. Give 5, such as -10 -5 0 5 10."
    )
