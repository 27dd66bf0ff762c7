"""A font that can write Korean, for figures."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path

from matplotlib import font_manager

PREFERRED = ("Noto Sans CJK KR", "Noto Sans KR", "NanumGothic", "Malgun Gothic", "Apple SD Gothic Neo")


@cache
def families() -> list[str]:
    """Return the fonts to use, in order: matplotlib's own for Latin letters, then one that can write Korean."""
    installed = {font.name for font in font_manager.fontManager.ttflist}
    korean = next((name for name in PREFERRED if name in installed), None) or _carried()
    return ["DejaVu Sans", *([korean] if korean else [])]


def _carried() -> str | None:
    """Register the font that koreanize-matplotlib carries; the package is not imported (it needs distutils)."""
    found = importlib.util.find_spec("koreanize_matplotlib")
    places = (found.submodule_search_locations or []) if found else []
    for file in (path for place in places for path in sorted(Path(place).rglob("NanumGothic.ttf"))):
        font_manager.fontManager.addfont(file)
        return "NanumGothic"
    return None
