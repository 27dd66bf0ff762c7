import logging

import pytest

from impact.show.maps import letters


def test_a_text_is_as_wide_as_it_is_long_and_large():
    assert letters.width("가나", 10) > letters.width("가", 10) > 0
    assert letters.width("abc", 20) == pytest.approx(2 * letters.width("abc", 10), rel=0.02)
    assert letters.width("abc", 10, bold=True) > 0


def test_what_is_too_wide_is_cut():
    assert letters.fitting("Gangseo", 10, 1000) == "Gangseo"
    cut = letters.fitting("Gangseo", 10, 30)
    assert cut.endswith("…")
    assert letters.width(cut, 10) <= 30
    assert letters.fitting("two\nlines", 10, 1000) == "two lines"


def test_a_text_is_broken_between_words_and_the_last_line_says_that_there_is_more():
    lines = letters.wrapped("one two three four five six", 10, 60)
    assert len(lines) > 1
    assert " ".join(lines) == "one two three four five six"
    assert all(letters.width(line, 10) <= 60 for line in lines)
    assert letters.wrapped("one two three four five six", 10, 60, most=2)[1].endswith("…")
    assert letters.wrapped("", 10, 60) == []


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("Yeongdeungpo", ["Yeong-", "deungpo"]),
        ("Gwangyang", ["Gwang-", "yang"]),
        ("Michuhol", ["Mi-", "chuhol"]),
        ("Eunpyeong", ["Eun-", "pyeong"]),
        ("Yeongam", ["Yeong-", "am"]),
        ("Gwacheon", ["Gwa-", "cheon"]),
        ("Jung", ["Jung"]),
        ("", [""]),
    ],
)
def test_a_romanised_name_is_broken_between_syllables(name, lines):
    assert letters.halves(name) == lines


def test_fonts_are_not_talked_about_while_a_map_is_drawn():
    log = logging.getLogger("matplotlib.font_manager")
    before = log.level
    with letters.typeset():
        assert not log.isEnabledFor(logging.WARNING)
    assert log.level == before
