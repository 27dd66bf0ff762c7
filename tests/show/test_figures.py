import re
import warnings

import numpy as np
import pandas as pd
import pytest
from matplotlib import colors
from studies import STUDY, only_tables, write

from impact import run
from impact.errors import InputWarning
from impact.show import figures

SALES = {"name": "Sales", "transform": "log", "unit": "won"}
HOSTILE = r"$\frac{$ {0.__class__} <script> " + "long " * 60


def effects(**changes):
    """Make an event study of four event times, 0.1 more at each."""
    value = np.array([-0.1, 0.0, 0.1, 0.2])
    table = {"event_time": [-2, -1, 0, 1], "estimate": value, "state": "shown"}
    table |= {"lower": value - 0.1, "upper": value + 0.1, "lower_uniform": value - 0.2, "upper_uniform": value + 0.2}
    return pd.DataFrame(table | changes)


def paths(**changes):
    cohorts = np.repeat(["2013", "never"], 4)
    table = {"cohort": cohorts, "period": [2011, 2012, 2013, 2014] * 2, "mean": np.arange(8.0), "state": "shown"}
    return pd.DataFrame(table | changes)


def event(table, outcome=SALES, language="en", confidence="95"):
    return figures.event_study(table, outcome, figures.WORDS[language], confidence)


def hidden(table, which, columns):
    table = table.copy()
    table.loc[which, columns] = np.nan
    table.loc[which, "state"] = "suppressed"
    return table


def points(axes):
    """Return the points that are drawn, blank ones left out."""
    drawn = [line.get_xydata() for line in axes.lines if line.get_marker() != "None"]
    whole = np.concatenate(drawn)
    return sorted(map(tuple, whole[~np.isnan(whole).any(axis=1)].round(9)))


def legend(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def said(figure):
    axes = figure.axes[0]
    return axes.get_title(loc="left"), axes.get_xlabel(), axes.get_ylabel(), *(text.get_text() for text in figure.texts)


def test_an_event_study_shows_effects_in_per_cent_with_both_intervals():
    axes = event(effects()).axes[0]
    assert points(axes) == [
        (x, round(100 * np.expm1(v), 9)) for x, v in zip([-2, -1, 0, 1], [-0.1, 0, 0.1, 0.2], strict=True)
    ]
    lines, *bands = axes.collections[4], *axes.collections[:4]
    assert np.allclose(
        [segment[:, 1] for segment in lines.get_segments()],
        100 * np.expm1([[-0.2, 0], [-0.1, 0.1], [0, 0.2], [0.1, 0.3]]),
    )
    assert np.isclose(bands[0].get_paths()[0].vertices[:, 1].max(), 100 * np.expm1(0.1))


def test_points_before_support_are_hollow():
    after, before = (line for line in event(effects()).axes[0].lines if line.get_marker() == "o")
    assert (after.get_xdata().tolist(), before.get_xdata().tolist()) == ([0, 1], [-2, -1])
    assert colors.to_hex(before.get_markerfacecolor()) == "#ffffff"


def test_a_suppressed_effect_is_hatched_and_named_and_has_no_point():
    numbers = ["estimate", "lower", "upper", "lower_uniform", "upper_uniform"]
    figure = event(hidden(effects(), 3, numbers))
    assert [x for x, _ in points(figure.axes[0])] == [-2, -1, 0]
    assert [(patch.get_hatch(), round(patch.get_x(), 2)) for patch in figure.axes[0].patches] == [("///", 0.82)]
    assert said(figure)[-1].endswith("; hatched: suppressed, too few firms")


def test_a_missing_effect_is_a_gap_and_not_hatched():
    table = effects()
    table.loc[3, ["estimate", "lower", "upper", "lower_uniform", "upper_uniform"]] = np.nan
    table.loc[3, "state"] = "not identified"
    figure = event(table)
    assert list(figure.axes[0].patches) == []
    assert "suppressed" not in said(figure)[-1]


def test_the_words_of_an_event_study():
    assert said(event(effects())) == (
        "Effect on Sales",
        "Periods since first support",
        "per cent",
        "95 % interval: line for each period, band for all periods at once",
    )
    assert said(event(effects(), SALES | {"name": "매출", "transform": "none", "unit": "원"}, "ko", "90")) == (
        "매출에 대한 효과",
        "첫 지원 이후 기간",
        "원",
        "90 % 구간: 선은 기간별, 띠는 모든 기간 동시",
    )


@pytest.mark.parametrize(
    ("transform", "unit", "label"),
    [
        ("log", "won", "logarithm (won)"),
        ("none", "won", "won"),
        ("asinh", "", "asinh"),
        ("log", "", "logarithm"),
        ("none", "", ""),
    ],
)
def test_the_measure_is_named_with_its_transform_and_unit(transform, unit, label):
    figure = figures.outcome_paths(paths(), {"name": "A", "transform": transform, "unit": unit}, figures.WORDS["en"])
    assert said(figure)[:3] == ("Mean of A", "Period", label)


def test_paths_are_named_by_cohort_and_their_first_support_is_marked():
    axes = figures.outcome_paths(paths(), SALES, figures.WORDS["en"]).axes[0]
    assert legend(axes.figure) == ["first supported 2013", "never supported"]
    (marked,) = (line for line in axes.lines if line.get_markersize() == 9)
    assert marked.get_xydata().tolist() == [[2013, 2]]


@pytest.mark.parametrize(
    ("which", "label"),
    [([0, 1, 2, 3], "first supported 2013: suppressed"), ([0], "first supported 2013: gaps suppressed")],
)
def test_a_suppressed_path_is_named_and_not_drawn(which, label):
    axes = figures.outcome_paths(hidden(paths(), which, ["mean"]), SALES, figures.WORDS["en"]).axes[0]
    assert legend(axes.figure) == [label, "never supported"]
    line = axes.lines[0].get_ydata()
    assert np.isnan(line).nonzero()[0].tolist() == which


def test_many_cohorts_look_different_and_come_in_order_of_time():
    table = pd.DataFrame(
        {"cohort": ["never", *map(str, range(990, 1020))], "period": 1000, "mean": 1.0, "state": "shown"}
    )
    axes = figures.outcome_paths(table, SALES, figures.WORDS["en"]).axes[0]
    texts = legend(axes.figure)
    assert (texts[0], texts[10], texts[-1]) == ("first supported 990", "first supported 1000", "never supported")
    looks = {(line.get_color(), line.get_marker()) for line in axes.lines if line.get_label().startswith("first")}
    assert len(looks) == 30


def test_a_name_is_never_read_as_a_formula_and_never_longer_than_the_figure():
    outcome = {"name": HOSTILE, "transform": "none", "unit": HOSTILE}
    for figure in (event(effects(), outcome), figures.outcome_paths(paths(), outcome, figures.WORDS["en"])):
        title, _, unit = said(figure)[:3]
        assert r"$\frac{$ {0.__class__} <script> long" in title
        assert unit.replace("\n", " ").startswith(r"$\frac{$ {0.__class__} <script>")
        assert max(len(title), 2 * len(unit)) < 90
        assert max(map(len, unit.splitlines())) <= 28  # a low figure is no higher than that
        figure.draw_without_rendering()


def test_both_languages_have_the_same_words_with_the_same_places():
    places = {
        language: {key: sorted(re.findall(r"{\w+}", words)) for key, words in table.items()}
        for language, table in figures.WORDS.items()
    }
    assert places["en"] == places["ko"]


def test_every_figure_is_drawn_in_korean_without_a_warning_and_in_the_same_bytes(tmp_path, monkeypatch):
    toml = STUDY.replace('name = "small"', 'name = "small"\nlanguage = "ko"').replace('"Sales"', '"매출액"')
    draw = figures.draw_all
    only_tables(monkeypatch)
    room = run.run(write(tmp_path / "s", toml), tmp_path / "r").place / "internal"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        draw(room)
    drawn = {one.name: one.read_bytes() for one in (room / "figures").iterdir()}
    names = ("event-study-매출액", "heat-매출액", "paths-매출액", "timeline")
    assert sorted(drawn) == [f"{name}.{end}" for name in names for end in ("png", "svg")]
    draw(room)
    assert drawn == {one.name: one.read_bytes() for one in (room / "figures").iterdir()}


def test_a_sign_that_no_font_has_is_said():
    with pytest.warns(InputWarning) as heard:
        figures._note_unwritable([{"name": "A \U00013000\U00013001", "unit": "\U00013000"}])
    assert [str(one.message) for one in heard] == [
        'No font here can write \U00013000, \U00013001: figures show □ instead. Install a font that can (the extra "reports" '
        "brings one for Korean), or write the names and units of outcomes otherwise."
    ]
