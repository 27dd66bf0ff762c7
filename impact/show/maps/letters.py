"""Letters on a map: their font, how much room a text takes in points, and where it is broken."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import matplotlib as mpl
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from impact.show import canvas, fonts
from impact.show.text import ELLIPSIS, plain

# Where a romanised name may be broken: after ng, or before a consonant (not the h of ch), perhaps a glide, and a vowel.
AFTER = r"(?<=ng)(?=[aeiouwy])"
BEFORE = r"(?<=[a-z])(?!(?<=n)g)(?!(?<=c)h)(?!(?<=[^aeiounmlgr])[wy])(?=(?:ch|[bcdghjklmnprstwy])[wy]?[aeiou])"
SYLLABLE = re.compile(f"{AFTER}|{BEFORE}")
HANGUL = "\u1100"  # from here on letters are taken as wide ones
# Without hinting letters are as wide as they were measured, at any size.
TYPE: dict[Any, Any] = {"hatch.linewidth": 0.45, "pdf.fonttype": 42, "text.hinting": "none"}
HIGH = 1.16  # of a line of letters, for its size


def families() -> list[str]:
    """Return the fonts of a map: the Korean one first, so that letters of both kinds are of one hand."""
    return fonts.families()[::-1]


@contextmanager
def typeset() -> Iterator[None]:
    """Set type while a map is drawn or saved; what libraries say of weights and tables of fonts is not worth a message."""
    logs = [logging.getLogger(name) for name in ("matplotlib.font_manager", "fontTools.subset")]
    before = [log.level for log in logs]
    for log in logs:
        log.setLevel(logging.ERROR)
    try:
        with mpl.rc_context({**canvas.style(), **TYPE, "font.family": families()}):
            yield
    finally:
        for log, level in zip(logs, before, strict=True):
            log.setLevel(level)


@lru_cache(maxsize=8192)
def width(text: str, size: float, bold: bool = False) -> float:
    """Return the points that a text takes in a line."""
    font = FontProperties(family=families(), size=size, weight="bold" if bold else "normal")
    wide, _, _ = text_to_path.get_text_width_height_descent(text, font, ismath=False)
    return float(wide)


def fitting(text: str, size: float, wide: float, bold: bool = False) -> str:
    """Return a text on one line, cut where it is wider than so many points; signs that no font has are boxes."""
    whole = fonts.writable(plain(text))
    if width(whole, size, bold) <= wide:
        return whole
    left = whole
    while left and width(left + ELLIPSIS, size, bold) > wide:
        left = left[:-1].rstrip()
    return left + ELLIPSIS


def wrapped(text: str, size: float, wide: float, most: int = 99, bold: bool = False) -> list[str]:
    """Break a text into lines of up to so many points, at most so many; the last one is cut where there is more."""
    lines: list[str] = []
    for word in fonts.writable(plain(text)).split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width(longer, size, bold) <= wide:
            lines[-1] = longer
        else:
            lines.append(word)
    kept = [*lines[: most - 1], " ".join(lines[most - 1 :])] if len(lines) > most else lines
    return [fitting(line, size, wide, bold) for line in kept]


def halves(name: str) -> list[str]:
    """Break a romanised name into two lines as alike as can be; one that has no place to break stays whole.

    >>> [halves(name) for name in ("Yeongdeungpo", "Gwangyang", "Eunpyeong", "Jung")]
    [['Yeong-', 'deungpo'], ['Gwang-', 'yang'], ['Eun-', 'pyeong'], ['Jung']]
    """
    places = [found.start() for found in SYLLABLE.finditer(name)]
    if not places:
        return [name]
    at = min(places, key=lambda place: max(place + 1, len(name) - place))
    return [f"{name[:at]}-", name[at:]]


def is_wide(text: str) -> bool:
    """Tell whether a name is written in letters such as Korean ones, of which two or three say it."""
    return text[:1] >= HANGUL
