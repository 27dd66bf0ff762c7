from itertools import combinations

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from impact.show import canvas, regression
from impact.show.words import WORDS

SALES = {"name": "Sales", "transform": "log", "unit": "won"}
NONE = float("nan")


def pairs(**changes):
    table = {
        "treated": ["2013", "2013", "2014", "2014"],
        "comparison": ["never", "2014", "never", "2013"],
        "type": ["never supported", "supported later", "never supported", "already supported"],
        "estimate": [0.1, 0.2, 0.3, -0.4],
        "weight": [0.4, 0.1, 0.3, 0.2],
        "state": "shown",
    }
    return pd.DataFrame(table | changes)


def cells(**changes):
    table = {
        "cohort": ["2013", "2013", "2014"],
        "period": [2013, 2014, 2014],
        "weight": [0.7, -0.1, 0.4],
        "state": "shown",
    }
    return pd.DataFrame(table | changes)


def drawn(figure):
    """Return the points of a figure."""
    signs = [line for line in figure.axes[0].lines if line.get_marker() not in ("None", " ")]
    return [point for line in signs for point in line.get_xydata()]


def legend(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_every_comparison_is_a_point_at_its_weight_and_estimate():
    figure = regression.comparisons(pairs(), 0.05, SALES, WORDS["en"])
    axes = figure.axes[0]
    assert sorted(map(tuple, drawn(figure))) == sorted(zip([0.4, 0.1, 0.3, 0.2], [0.1, 0.2, 0.3, -0.4], strict=True))
    assert legend(figure) == [
        "with firms never supported",
        "with firms supported later",
        "with firms already supported",
        "the coefficient: the weighted mean of all points",
    ]
    assert axes.get_ylabel() == "logarithm (won)"


def test_suppressed_comparisons_are_not_drawn_and_that_is_said():
    table = pairs(
        estimate=[0.1, NONE, NONE, NONE], weight=[0.4, NONE, NONE, NONE], state=["shown"] + ["suppressed"] * 3
    )
    figure = regression.comparisons(table, NONE, SALES, WORDS["ko"])
    assert legend(figure) == ["지원받지 않은 기업과 비교", "일부 비교는 기업 수가 적어 비공개"]
    assert [tuple(point) for point in drawn(figure)] == [(0.4, 0.1)]


def test_what_is_written_around_comparisons_fits_and_does_not_overlap():
    table = pairs(type=["never supported", "both supported", "covariates", "already supported"])
    table.loc[4] = table.loc[0].to_dict() | {"type": "supported later", "estimate": 0.2, "weight": 0.1}
    table.loc[5] = table.loc[0].to_dict() | {"estimate": NONE, "weight": NONE, "state": "suppressed"}
    with mpl.rc_context(canvas.style()):
        figure = regression.comparisons(table, 0.05, SALES, WORDS["en"])
        FigureCanvasAgg(figure).draw()
    axes, shown = figure.axes[0], figure.legends[0]
    assert len(legend(figure)) == 7
    around = [axes.get_tightbbox(), *(text.get_window_extent() for text in (*shown.get_texts(), *figure.texts))]
    assert not any(one.overlaps(other) for one, other in combinations(around, 2))
    assert all(figure.bbox.x0 <= one.x0 and one.x1 <= figure.bbox.x1 for one in around)


def test_weights_stand_in_their_cells_and_negative_ones_are_hatched():
    figure = regression.weights(cells(), SALES, WORDS["en"])
    axes = figure.axes[0]
    assert {text.get_text(): tuple(np.floor(text.get_position())) for text in axes.texts} == {
        "0.700": (0, 0),
        "−0.100": (1, 0),
        "0.400": (1, 1),
    }
    assert [patch.get_hatch() for patch in axes.collections if patch.get_hatch()] == ["////"]
    assert [text.get_text() for text in figure.texts] == ["hatched: negative weight"]


def test_a_suppressed_weight_is_crossed_and_has_no_number():
    table = cells(weight=[0.7, 0.3, NONE], state=["shown", "shown", "suppressed"])
    figure = regression.weights(table, SALES, WORDS["en"])
    assert len(figure.axes[0].texts) == 2
    assert [patch.get_hatch() for patch in figure.axes[0].collections if patch.get_hatch()] == ["xx"]
    assert [text.get_text() for text in figure.texts] == ["crossed: suppressed, too few firms"]


@pytest.mark.parametrize(("weight", "written"), [([0.0] * 3, ["0.000"] * 3), ([NONE] * 3, [])])
def test_weights_of_nothing_leave_cells_without_colour_and_sign(weight, written):
    figure = regression.weights(cells(weight=weight), SALES, WORDS["en"])
    axes = figure.axes[0]
    grid, *signs = axes.collections
    FigureCanvasAgg(figure).draw()
    shown = grid.get_facecolors()[~np.ma.getmaskarray(grid.get_array()).ravel()]
    np.testing.assert_allclose(shown, np.tile(grid.cmap(0.5), (len(written), 1)))
    assert [text.get_text() for text in axes.texts] == written
    assert signs == []
    assert [text.get_text() for text in figure.texts] == [""]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["2013", "2014"]
