"""A folder for a new study: a commented study.toml and a README."""

from __future__ import annotations

from pathlib import Path

from impact import where
from impact.errors import InputError
from impact.study import FOLDER, can_name_a_folder

FILES = ("study.toml", "README.md")


def study(place: Path) -> Path:
    """Make the folder; one that is already there is left alone."""
    if place.exists():
        raise InputError(f"A new study needs a folder of its own; {place} is already there. Choose another name.")
    name = place.resolve().name
    if not can_name_a_folder(name):
        raise InputError(f"The name of a study must be {FOLDER}; seen: {name!r}. Choose another name.")
    place.mkdir(parents=True)
    for file in FILES:
        text = where.reports("new", file).read_text(encoding="utf-8")
        (place / file).write_text(text.replace("NAME", name), encoding="utf-8", newline="\n")
    return place
