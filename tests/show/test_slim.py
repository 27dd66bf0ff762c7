import re

from impact.show import canvas
from impact.show.slim import slim


def drawn(tmp_path, simulated):
    with canvas.drawing():
        figure, axes = canvas.blank(3.5)
        axes.plot([0, 1], [0, 1], label="one")
        axes.set_title("a < b")
        canvas.save(figure, tmp_path / "one", simulated)
    return (tmp_path / "one.svg").read_text(encoding="utf-8")


def test_the_letters_of_a_mark_are_described_once(tmp_path):
    svg = drawn(tmp_path, True)
    assert svg.count('<g id="one-mark">') == 1
    assert svg.count('<use xlink:href="#one-mark"/>') == svg.count('<g id="simulated">') - 1
    assert svg.count('<g id="simulated">') == 2 * canvas.ROWS * (canvas.IN_A_ROW + 1)
    assert len(svg) < 60_000


def test_a_figure_without_marks_has_none(tmp_path):
    assert "one-mark" not in drawn(tmp_path, False)


def test_only_blanks_go():
    svg = '<svg>\n <path d="M 1 2 \nL 3 4 \nz\n"/>\n <!-- a < b -->\n\n</svg>\n'
    assert slim(svg) == '<svg>\n<path d="M 1 2 L 3 4 z "/>\n<!-- a < b -->\n</svg>\n'
    assert re.sub(r"\s+", "", slim(svg)) == re.sub(r"\s+", "", svg)
