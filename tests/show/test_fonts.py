from types import SimpleNamespace

import pytest
from matplotlib import font_manager

from impact.show import fonts


@pytest.fixture
def fresh():
    """Forget which fonts were found, before a test and after it."""
    for cached in (fonts.families, fonts._signs):
        cached.cache_clear()
    yield
    for cached in (fonts.families, fonts._signs):
        cached.cache_clear()


def test_korean_can_be_written():
    assert fonts.unwritable("지원받은 기업의 매출 − 95 %") == ""
    assert fonts.writable("지원 − 95 %") == "지원 − 95 %"


def test_what_no_font_has_becomes_a_box_and_is_named_once():
    assert fonts.writable("a\U00013000b") == "a□b"
    assert fonts.unwritable("a\U00013000b\U00013000") == "\U00013000"


@pytest.mark.parametrize("name", fonts.PREFERRED)
def test_an_installed_font_is_preferred(fresh, monkeypatch, name):
    monkeypatch.setattr(
        font_manager.fontManager, "ttflist", [SimpleNamespace(name="Other"), SimpleNamespace(name=name)]
    )
    assert fonts.families() == ["DejaVu Sans", name]


def test_the_carried_font_serves_where_none_is_installed(fresh, monkeypatch):
    added = []
    monkeypatch.setattr(font_manager.fontManager, "ttflist", [])
    monkeypatch.setattr(font_manager.fontManager, "addfont", added.append)
    assert fonts.families() == ["DejaVu Sans", "NanumGothic"]
    assert [file.name for file in added] == ["NanumGothic.ttf"]


def test_without_any_korean_font_latin_letters_are_still_written(fresh, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(font_manager.fontManager, "ttflist", [])
        patch.setattr(fonts.importlib.util, "find_spec", lambda name: None)
        assert fonts.families() == ["DejaVu Sans"]
    assert fonts.writable("매출 sales") == "□□ sales"
