"""What the command `impact map` does: a file in, a picture beside it."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from impact import read
from impact.show.maps import coding, make


def run(asked: Namespace) -> tuple[Path, str]:
    """Draw the map of a table; return where it lies, and its alternative text."""
    to = asked.out or asked.table.with_suffix(".png")
    make.fail_if_no_picture(to)
    named = [asked.column] if asked.column else list(coding.USUAL)
    frame = coding.where(read.file(asked.table, named), dict(asked.where))
    settings = {name: value for name, value in vars(asked).items() if name not in ("verb", "table", "where", "out")}
    made = make.draw(frame, **settings)
    return made.save(to), made.alt
