"""The transforms that a study file may name."""

import numpy as np
import pytest

from impact.transforms import TRANSFORMS, column_of, parts, transformed


@pytest.mark.parametrize(
    ("specification", "expected"),
    [
        ("sales", (None, "sales")),
        ("log(sales)", ("log", "sales")),
        ("log1p(sales)", ("log1p", "sales")),
        ("asinh(매출액)", ("asinh", "매출액")),
        ("매출액(백만원)", (None, "매출액(백만원)")),
        ("log(매출액(백만원))", ("log", "매출액(백만원)")),
        ("exp(sales)", (None, "exp(sales)")),
        ("log()", (None, "log()")),
        ("log(sales) ", (None, "log(sales) ")),
        ("LOG(sales)", (None, "LOG(sales)")),
        ("log(log(sales))", ("log", "log(sales)")),
    ],
)
def test_a_specification_is_a_column_or_a_known_transform_of_one(specification, expected):
    assert parts(specification) == expected
    assert column_of(specification) == expected[1]


@pytest.mark.parametrize("name", TRANSFORMS)
def test_a_transform_is_the_function_of_its_name(name):
    values = np.array([0.5, 2.0, 7.0])
    exact = {"log": np.log, "log1p": np.log1p, "asinh": np.arcsinh, "sqrt": np.sqrt}[name]
    np.testing.assert_array_equal(transformed(f"{name}(x)", {"x": values}), exact(values))


@pytest.mark.parametrize("name", TRANSFORMS)
def test_a_blank_stays_blank(name):
    assert np.isnan(transformed(f"{name}(x)", {"x": np.array([np.nan])})).all()


def test_a_plain_column_of_whole_numbers_or_of_true_and_false_becomes_floats():
    assert transformed("x", {"x": np.array([1, 2])}).dtype == float
    assert transformed("x", {"x": np.array([True, False])}).tolist() == [1.0, 0.0]
