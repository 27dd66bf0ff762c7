"""A font that can write Korean, for figures, and what no font here can write."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path

from matplotlib import font_manager

PREFERRED = ("Noto Sans CJK KR", "Noto Sans KR", "NanumGothic", "Malgun Gothic", "Apple SD Gothic Neo")
BOX = "□"


@cache
def families() -> list[str]:
    """Return the fonts to use, in order: matplotlib's own for Latin letters, then one that can write Korean."""
    installed = {font.name for font in font_manager.fontManager.ttflist}
    korean = next((name for name in PREFERRED if name in installed), None) or _carried()
    return ["DejaVu Sans", *([korean] if korean else [])]


def unwritable(text: str) -> str:
    """Return the signs of a text that none of these fonts has, each once."""
    return "".join(sign for sign in dict.fromkeys(text) if ord(sign) not in _signs())


def writable(text: str) -> str:
    """Return a text with a box for every sign that none of these fonts has."""
    return "".join(sign if ord(sign) in _signs() else BOX for sign in text)


@cache
def _signs() -> frozenset[int]:
    files = (font_manager.findfont(name, fallback_to_default=False) for name in families())
    return frozenset(sign for file in files for sign in font_manager.get_font(file).get_charmap())


def _carried() -> str | None:
    """Register the font that koreanize-matplotlib carries; the package is not imported (it needs distutils)."""
    found = importlib.util.find_spec("koreanize_matplotlib")
    places = (found.submodule_search_locations or []) if found else []
    for file in (path for place in places for path in sorted(Path(place).rglob("NanumGothic.ttf"))):
        font_manager.fontManager.addfont(file)
        return "NanumGothic"
    return None
