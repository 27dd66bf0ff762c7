import itertools

import numpy as np
import pytest
from scipy import stats

from impact.show.maps import classes

LANGUAGES = ("en", "ko")


def labels(found):
    return [one.label for one in found]


@pytest.mark.parametrize(
    ("p", "key"),
    [
        (0, "very_unlikely"),
        (0.0499, "very_unlikely"),
        (0.05, "unlikely"),
        (0.2, "open"),
        (0.5, "open"),
        (0.7999, "open"),
        (0.8, "likely"),
        (0.95, "very_likely"),
        (1, "very_likely"),
    ],
)
def test_an_edge_belongs_to_the_class_above_it(p, key):
    (position,) = classes.of_probability([p])
    assert classes.probability("en")[position].key == key


def test_an_unknown_probability_has_no_class():
    assert classes.of_probability([np.nan]).tolist() == [-1]


def test_the_five_classes_are_named_in_both_languages():
    assert labels(classes.probability("en")) == [
        "very unlikely (below 5 %)",
        "unlikely (5–20 %)",
        "open (20–80 %)",
        "likely (80–95 %)",
        "very likely (from 95 %)",
    ]
    assert labels(classes.probability("ko")) == [
        "거의 아님 (5 % 미만)",
        "아닌 듯 (5–20 %)",
        "알 수 없음 (20–80 %)",
        "그런 듯 (80–95 %)",
        "거의 확실 (95 % 이상)",
    ]


def test_what_has_no_value_has_a_name_and_a_hatch_of_its_own():
    assert labels(classes.states("en")) == [
        "not enough evidence",
        "suppressed: too few firms",
        "cannot be estimated",
        "no data",
    ]
    looks = {(one.colour, one.hatch) for one in classes.states("en")}
    assert len(looks) == 4
    assert all(one.hatch for one in classes.states("ko"))


@pytest.mark.parametrize("df", [np.inf, 4.0])
def test_how_surely_an_effect_is_above_follows_from_its_degrees_of_freedom(df):
    found = classes.above([0.3, -0.3], [0.2, 0.2], 0.1, df)
    expected = stats.t.cdf([1.0, -2.0], df) if df < np.inf else stats.norm.cdf([1.0, -2.0])
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_few_degrees_of_freedom_make_an_effect_less_sure():
    normal, few = classes.above(0.2, 0.1), classes.above(0.2, 0.1, df=3)
    assert (classes.of_probability(normal), classes.of_probability(few)) == (4, 3)


def test_an_effect_without_an_error_is_not_sure_at_all():
    assert np.isnan(classes.above([0.1, 0.1, np.nan], [0.0, np.nan, 0.1])).all()


def test_degrees_of_freedom_come_back_from_a_p_value():
    value, error, df = np.array([0.2, -0.2, 0.001, 3.0, 0.2]), 0.1, np.array([2.5, 10.0, 60.0, 40.0, np.inf])
    p = 2 * stats.t.sf(np.abs(value) / error, df)
    np.testing.assert_allclose(classes.implied_df(value, np.full(5, error), p), df, rtol=1e-6)
    assert classes.implied_df([0.0, 0.1, 0.1], [0.1, 0.0, 0.1], [1.0, 0.5, np.nan]).tolist() == [np.inf] * 3


def test_classes_between_edges_are_written_with_a_true_minus_and_as_many_decimals_as_the_edges():
    written = classes.between([-2.5, 0, 1000], ("#000000",) * 4, (), "en", " %")
    assert labels(written) == ["below −2.5 %", "−2.5 % to 0.0 %", "0.0 % to 1,000.0 %", "1,000.0 % and more"]
    assert labels(classes.between([10, 20], ("#000000",) * 3, (), "ko", "명")) == [
        "10명 미만",
        "10명 이상 20명 미만",
        "20명 이상",
    ]


def test_classes_of_risk_go_from_high_to_very_low():
    assert labels(classes.of_risk("en")) == ["high", "entering", "caution", "low", "very low"]
    assert labels(classes.of_risk("ko"))[0] == "소멸 고위험"


def test_two_variables_have_nine_classes_row_by_row_from_low_risk():
    found = classes.two("en")
    assert labels(found)[0] == "low risk, below"
    assert labels(found)[-1] == "at risk, above"
    assert len({(one.colour, one.hatch) for one in found}) == 9


def test_further_texts_have_colours_that_came_before_with_another_hatch():
    found = classes.categories(f"{i}" for i in range(12))
    assert len({(one.colour, one.hatch) for one in found}) == 12


# ---- without colour ------------------------------------------------------------------------------------------------


def lightness(colour):
    """Return the lightness of a colour, 0 to 100 (CIE L*)."""
    linear = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(linear <= 0.04045, linear / 12.92, ((linear + 0.055) / 1.055) ** 2.4)
    y = linear @ [0.2126, 0.7152, 0.0722]
    return 116 * y ** (1 / 3) - 16 if y > 0.008856 else 903.3 * y


def without_green(colour):
    """Return a colour as people with deuteranopia see it (Machado, Oliveira and Fernandes 2009), in linear light."""
    seen = np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]])
    linear = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]) ** 2.2
    return np.clip(seen @ linear, 0, 1) ** (1 / 2.2)


def every_palette():
    yield "probability", classes.probability("en")
    yield "mean", classes.between(range(5), classes.DIVERGING, classes.BELOW, "en", "")
    yield "sequential", classes.between(range(4), classes.sequential(5), (), "en", "")
    yield "risk", classes.of_risk("en")
    yield "two", classes.two("en")
    yield "texts", classes.categories("abcdefgh")


PAIRS = [
    (name, a, b) for name, own in every_palette() for a, b in itertools.combinations([*own, *classes.states("en")], 2)
]


@pytest.mark.parametrize(("palette", "a", "b"), PAIRS, ids=lambda one: getattr(one, "key", one))
def test_a_grey_print_and_an_eye_without_green_tell_any_two_classes_apart(palette, a, b):
    """By the hatch, or by lightness and colour: 8 of 100 steps of lightness are seen side by side."""
    assert a.hatch != b.hatch or abs(lightness(a.colour) - lightness(b.colour)) >= 8
    assert a.hatch != b.hatch or np.abs(without_green(a.colour) - without_green(b.colour)).max() >= 0.08
