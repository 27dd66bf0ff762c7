import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from impact.show import canvas, heat
from impact.show.words import WORDS

SALES = {"name": "Sales", "transform": "none", "unit": "won"}
NONE = float("nan")


def cells(rows, **changes):
    """Make effects of (cohort, period, estimate); an interval reaches one to both sides."""
    table = pd.DataFrame(rows, columns=["cohort", "period", "estimate"])
    return table.assign(lower=table["estimate"] - 1, upper=table["estimate"] + 1, state="shown", **changes)


FOUR = cells([(2013, 2012, 0.5), (2013, 2013, 2.0), (2014, 2012, -3.0), (2014, 2013, 0.0)])


def drawn(table, outcome=SALES, language="en"):
    with canvas.drawing():
        figure = heat.heat(table, outcome, WORDS[language], "95")
        FigureCanvasAgg(figure).draw()
    return figure


def written(figure):
    return {tuple(int(at) for at in text.get_position()): text.get_text() for text in figure.axes[0].texts}


def legend(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def hatches(figure):
    return [patch.get_hatch() for patch in figure.axes[0].collections if patch.get_hatch()]


def test_every_effect_stands_in_its_cell():
    figure = drawn(FOUR)
    assert written(figure) == {(0, 0): "0.5", (1, 0): "2.0", (0, 1): "−3.0", (1, 1): "0.0"}
    axes = figure.axes[0]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["2013", "2014"]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["2012", "2013"]
    assert (axes.get_title("left"), axes.get_xlabel(), axes.get_ylabel()) == (
        "Effect on Sales",
        "Period",
        "First supported",
    )
    assert legend(figure) == ["number: won", "bold: 95 % interval without zero", "left of the line: before support"]


def test_a_logarithm_is_shown_as_per_cent():
    figure = drawn(FOUR.assign(estimate=FOUR["estimate"] / 100), SALES | {"transform": "log"}, "ko")
    assert written(figure)[1, 0] == "2.0"
    assert legend(figure)[0] == "숫자: 퍼센트"


def test_colours_are_centred_at_zero_and_as_far_to_both_sides():
    mesh = drawn(FOUR).axes[0].collections[0]
    assert (mesh.norm.vmin, mesh.norm.vcenter, mesh.norm.vmax) == (-3, 0, 3)
    np.testing.assert_allclose(mesh.to_rgba(0.0), mesh.cmap(0.5))
    np.testing.assert_allclose(mesh.to_rgba(0.0)[:3], 0.968, atol=0.01)  # zero is nearly white


def test_an_interval_without_zero_is_bold():
    weights = {text.get_text(): text.get_weight() for text in drawn(FOUR).axes[0].texts}
    assert weights == {"0.5": "normal", "2.0": "bold", "−3.0": "bold", "0.0": "normal"}


def test_a_line_divides_before_from_after_support():
    (line,) = drawn(FOUR).axes[0].lines
    assert line.get_xydata().tolist() == [[1, 0], [1, 1], [2, 1], [2, 2]]


@pytest.mark.parametrize(
    ("state", "hatch", "said"),
    [
        ("suppressed", "xxx", "hatched: suppressed, too few firms"),
        ("not enough evidence", "...", "not enough evidence"),
        ("not identified", "\\\\", "cannot be estimated"),
    ],
)
def test_what_has_no_number_is_hatched_and_named(state, hatch, said):
    table = FOUR.copy()
    table.loc[1, ["estimate", "lower", "upper"]] = NONE
    table.loc[1, "state"] = state
    figure = drawn(table)
    assert (1, 0) not in written(figure)
    assert len(written(figure)) == 3
    assert hatches(figure) == [hatch]
    assert legend(figure)[-1] == said
    assert figure.axes[0].collections[0].norm.vmax == 3


def test_a_period_that_the_table_does_not_have_is_blank_and_not_hatched():
    figure = drawn(FOUR.drop(index=1))
    assert hatches(figure) == []
    assert len(written(figure)) == 3


def test_nothing_but_suppressed_cells_can_be_drawn():
    table = FOUR.assign(estimate=NONE, lower=NONE, upper=NONE, state="suppressed")
    figure = drawn(table)
    assert written(figure) == {}
    assert hatches(figure) == ["xxx"] * 4


def many(cohorts, periods):
    rng = np.random.default_rng(1)
    rows = [(1990 + g, 1990 + t, rng.normal(0, 10)) for g in range(cohorts) for t in range(periods)]
    return cells(rows)


def test_with_many_cohorts_signs_stand_for_numbers_and_a_scale_beside():
    figure = drawn(many(30, 40))
    assert set(written(figure).values()) == {"+", "−"}
    assert legend(figure)[0] == "colour and sign: won"
    assert len(figure.axes) == 2
    assert figure.get_figheight() < 8.5
    axes = figure.axes[0]
    assert len(axes.get_yticklabels()) <= heat.MOST_NAMES
    assert len(axes.get_xticklabels()) <= heat.MOST_NAMES


@pytest.mark.parametrize("size", [(9, 11), (14, 16), (30, 40)])
def test_what_is_written_stays_in_its_cell_and_reads_on_its_colour(size):
    figure = drawn(many(*size))
    axes = figure.axes[0]
    wide, high = axes.bbox.width / size[1], axes.bbox.height / size[0]
    for text in axes.texts:
        box = text.get_window_extent()
        assert box.width <= wide * 1.02, text.get_text()
        assert box.height <= high * 1.4  # a box of letters has room above and below them
    mesh = axes.collections[0]
    light = {"white": 1.0, "black": 0.0}
    for text in axes.texts:
        row, column = int(text.get_position()[1]), int(text.get_position()[0])
        behind = mesh.to_rgba(mesh.get_array().reshape(size)[row, column])[:3]
        linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in behind]
        dark, bright = sorted([light[text.get_color()], float(np.dot([0.2126, 0.7152, 0.0722], linear))])
        assert (bright + 0.05) / (dark + 0.05) >= 3.4


def test_long_units_and_names_fit():
    outcome = {"name": r"$\frac{$ " + "long " * 40, "transform": "none", "unit": r"$\frac{$ won " * 9}
    figure = drawn(many(9, 11), outcome)
    for text in (*figure.legends[0].get_texts(), figure.axes[0].title, figure.axes[0]._left_title):
        box = text.get_window_extent()
        assert box.x0 >= -1
        assert box.x1 <= figure.bbox.width + 1
