import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from impact import marks
from impact.show import canvas, fonts


@pytest.fixture
def marked():
    """Return a function that gives a figure of a height in inches, with marks, and the marks' boxes as shares of it."""

    def of(high, width=canvas.WIDTH):
        with canvas.drawing():
            figure, axes = canvas.blank(high, width=width)
            axes.plot([0, 1], [0, 1])
            canvas.mark(figure)
            renderer = FigureCanvasAgg(figure).get_renderer()
            size = figure.get_size_inches() * figure.dpi
            boxes = [text.get_window_extent(renderer).get_points() / size for text in axes.texts]
        return figure, np.array(boxes)

    return of


@pytest.mark.parametrize("high", [1.82, 2.5, 3.5, 3.9, 6.2])
@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("width", [canvas.WIDTH, canvas.PHONE])
def test_every_third_of_a_figure_however_cut_holds_a_whole_mark(marked, high, side, width):
    _, boxes = marked(high, width)
    for start in np.linspace(0, 2 / 3, 60):
        whole = (boxes >= 0) & (boxes <= 1)
        whole[:, :, side] &= (boxes[:, :, side] >= start) & (boxes[:, :, side] <= start + 1 / 3)
        assert whole.all(axis=(1, 2)).any(), start


@pytest.mark.parametrize("high", [1.82, 3.5, 6.2])
def test_marks_do_not_touch(marked, high):
    figure, _ = marked(high)
    slope = np.radians(figure.axes[0].texts[0].get_rotation())
    places = np.array([text.get_position() for text in figure.axes[0].texts if text.get_color() == "black"])
    apart = (places[:, None] - places) * figure.get_size_inches()
    along = np.abs(apart @ [np.cos(slope), np.sin(slope)])
    across = np.abs(apart @ [-np.sin(slope), np.cos(slope)])
    np.fill_diagonal(along, np.inf)
    assert ((along >= canvas.LONG) | (across >= canvas.THICK)).all()


def test_marks_stand_below_lines_and_take_no_room(marked):
    figure, _ = marked(3.5)
    (line,) = figure.axes[0].lines
    assert {text.get_text() for text in figure.axes[0].texts} == {marks.SIMULATED}
    assert all(text.get_zorder() < line.get_zorder() and text.get_alpha() < 0.5 for text in figure.axes[0].texts)
    with canvas.drawing():
        plain, axes = canvas.blank(3.5)
        axes.plot([0, 1], [0, 1])
        for one in (plain, figure):
            one.draw_without_rendering()
    assert np.allclose(axes.get_position(), figure.axes[0].get_position())


def test_where_no_font_is_korean_the_english_word_is_written(marked, monkeypatch):
    monkeypatch.setattr(fonts, "unwritable", lambda text: "모")
    figure, _ = marked(3.5)
    assert {text.get_text() for text in figure.axes[0].texts} == {"SIMULATED"}


def test_a_figure_is_marked_and_titled_where_it_is_asked_for(tmp_path):
    for name, simulated in (("real", False), ("made", True)):
        with canvas.drawing():
            canvas.save(canvas.blank(2)[0], tmp_path / name, simulated)
    for form in ("svg", "png"):
        assert "모의자료".encode() in (tmp_path / f"made.{form}").read_bytes()
        assert "모의자료".encode() not in (tmp_path / f"real.{form}").read_bytes()


def test_letters_of_a_figure_for_a_phone_can_be_read_on_one():
    pixels = 328 / (72 * canvas.PHONE)  # to the point, on a screen of 360 with margins of 16
    assert canvas.style()["font.size"] * pixels > 9
    assert canvas.DPI * canvas.PHONE >= 2.5 * 328


def test_a_font_without_a_bold_weight_is_not_worth_a_message(caplog):
    with canvas.drawing():
        figure, axes = canvas.blank(2)
        axes.set_title("굵은 글씨", weight="bold")
        figure.draw_without_rendering()
    assert caplog.records == []
