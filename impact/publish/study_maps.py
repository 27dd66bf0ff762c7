"""Maps of effects by region on the page of a study, each with the same in words."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from impact.publish import qmd
from impact.publish.study_words import Outcome, text

if TYPE_CHECKING:
    from impact.publish.study_page import Page

LIGHT = 40_000  # bytes of an svg that takes little room: a page with thirty of them has two megabytes


def section(page: Page) -> str:
    """Return the maps that were drawn; nothing where a study's regions are not those of the register."""
    return "\n\n".join(filter(None, (drawn(page, kind, outcome) for kind, outcome in page.room.maps())))


def drawn(page: Page, kind: str, outcome: Outcome) -> str:
    """Return one map, as svg or png, whichever is smaller; its alternative text lies beside it and has the mark already."""
    files = [page.room.figures / f"map-{kind}-{page.room.stem(outcome)}{end}" for end in (".svg", ".png")]
    if not all(file.is_file() for file in files):
        return ""  # of an earlier run, which drew none
    position = page.room.outcomes.index(outcome) + 1
    said = page.words.say(f"map.caption_{kind}", name=text(outcome["name"]), confidence=page.room.confidence)
    alt = files[0].with_suffix(".txt").read_text(encoding="utf-8")
    return qmd.figure(smaller(files), f"fig-map-{kind}-{position}", page.marked(said), alt)


def smaller(files: Iterable[Path]) -> bytes:
    """Return the picture that takes less room; an svg that takes little is taken for its letters, which stay sharp."""
    pictures = {file.suffix: file.read_bytes() for file in files}
    svg = pictures.get(".svg", b"")
    return svg if 0 < len(svg) <= LIGHT else min(pictures.values(), key=len)
