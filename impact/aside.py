"""A folder that is written aside, and put in place when all is done."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def written(place: Path) -> Iterator[Path]:
    """Work in a hidden folder beside the place, then put it there; whatever happens before leaves the place as it was.

    What is at the place is replaced: whether it may be is for the caller to say, before.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    room = Path(tempfile.mkdtemp(prefix=f".{place.name}-", dir=place.parent))
    new, old = room / "new", room / "old"
    try:
        new.mkdir()
        yield new
        _swap(place, new, old)
    finally:
        if old.exists() and not place.exists():
            old.rename(place)
        shutil.rmtree(room, ignore_errors=True)


def _swap(place: Path, new: Path, old: Path) -> None:
    if place.exists():
        place.rename(old)
    new.rename(place)
