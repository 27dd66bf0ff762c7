"""The page: small files of HTML, CSS and JavaScript joined, the data beside them as JSON, and a policy that forbids all else."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from impact import marks, where
from impact.atlas import compact, effects, regions, shapes, words
from impact.atlas.words import LANGUAGES, text
from impact.errors import InputError, counted, first_five
from impact.phrases import phrase
from impact.regions import boundaries as of_boundaries
from impact.regions import register
from impact.regions.boundaries import Boundaries
from impact.show.room import Room

FILE = "atlas.html"
STYLES = ("page", "map", "card", "table", "print")
SCRIPTS = (
    "numbers", "hangul", "words", "evidence", "moves", "address", "unpack", "view", "sentences", "csv",
    "elements", "patterns", "grounds", "naming", "map", "legend", "charts", "card", "table", "search", "choices", "main",
)  # fmt: skip
SAID = ' <span data-word="simulated.firms"></span>'  # what the mark means, where there is room beside it


@dataclass(frozen=True)
class Made:
    """The page that was made, and what was found on the way, a sentence each."""

    path: Path
    notes: tuple[str, ...] = ()


def make(place: Path, boundaries: Boundaries | Path | str | None = None, language: str | None = None) -> Made:
    """Make the atlas of a study from its released tables: one file, `atlas.html`, beside them.

    place: the folder of the study's results, in which `released` lies. boundaries: read ones, or a file of them; without, those
    that were fetched into the cache, and without these every region is a tile. language: in which the page opens, "en" or
    "ko"; that of the study without.

    Raises InputError where there are no released results, or none by region.
    """
    room = _room(place)
    if language not in (None, *LANGUAGES):
        raise InputError(f"An atlas opens in English ('en') or Korean ('ko'); seen: {language!r}. Choose one.")
    given, notes = _given(boundaries)
    data = content(room, given, language or room.language)
    path = room.place / FILE
    path.write_text(joined(data), encoding="utf-8", newline="\n")
    _listed(path)
    return Made(path, notes)


def content(room: Room, boundaries: Boundaries | None, language: str) -> dict[str, Any]:
    """Return everything that the page knows."""
    return {
        "study": _study(room),
        "language": language,
        "mark": marks.SIMULATED if room.simulated else "",
        **regions.described(),
        **compact.once({**regions.over_time(), **effects.of(room)}),
        "map": None if boundaries is None else shapes.drawn(boundaries, register.units()),
        "words": words.every(),
    }


def joined(data: Mapping[str, Any]) -> str:
    """Join templates and data into one page; a sign of data that would end the script or begin a tag is written as its number."""
    style = "".join(_part("css", name) for name in STYLES)
    script = f'(() => {{\n"use strict";\n{"".join(_part("js", name) for name in SCRIPTS)}}})();\n'
    parts = {
        "language": data["language"],
        "policy": policy(style, script),
        "title": html.escape(_title(data)),
        "mark": f'<p class="mark" id="mark"><b>{html.escape(data["mark"])}</b>{SAID}</p>' if data["mark"] else "",
        "no_script": "".join(f'<p lang="{one}">{phrase("atlas.no_script", one)}</p>' for one in LANGUAGES),
        "style": style,
        "data": json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c"),
        "script": script,
    }
    page = where.reports("atlas", "atlas.html").read_text(encoding="utf-8")
    return re.sub(r"{{(\w+)}}", lambda found: parts[found[1]], page)


def policy(style: str, script: str) -> str:
    """Return a Content-Security-Policy under which this style and this script work, and nothing else does."""
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(content: str) -> str:
    digest = hashlib.sha256(content.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _part(kind: str, name: str) -> str:
    """Return a template file without indents and whole lines of comment, which would only be carried about."""
    lines = where.reports("atlas", kind, f"{name}.{kind}").read_text(encoding="utf-8").splitlines()
    kept = (line.strip() for line in lines)
    return "".join(f"{line}\n" for line in kept if line and not line.startswith("//"))


def _title(data: Mapping[str, Any]) -> str:
    title = f"{data['study']['title']} – {phrase('atlas.atlas', data['language'])}"
    return f"{data['mark']}: {title}" if data["mark"] else title


# ---- what is read --------------------------------------------------------------------------------------------------


def _room(place: Path) -> Room:
    released = place / "released"
    if not (released / "manifest.json").is_file():
        raise InputError(
            f"There must be released results at {place}; there are none. Run the study first: impact run STUDY"
        )
    return Room.read(released)


def _study(room: Room) -> dict[str, Any]:
    said = room.about["study"]
    return {
        **{name: text(said[name]) for name in ("name", "title", "question")},
        "limits": [text(limit) for limit in said["limits"]],
        "language": room.language,
        "confidence": room.confidence,
        "minimum": room.about["minimum_firms"],
    }


def _given(given: Boundaries | Path | str | None) -> tuple[Boundaries | None, tuple[str, ...]]:
    """Return the boundaries to draw, and what must be known of them."""
    file = of_boundaries.cached("light") if given is None else given
    if file is None:
        return None, (phrase("map.no_boundaries", "en"),)
    read = file if isinstance(file, Boundaries) else of_boundaries.read(Path(file), detail=of_boundaries.LIGHT)
    known = register.units()["code"]
    if not read.frame["code"].isin(known).any():
        raise InputError(
            f"Boundaries of an atlas must be of units of the register; none of these are: {first_five(read.frame['code'])}. "
            "Prepare them with impact regions boundaries."
        )
    absent = known[~known.isin(read.frame["code"])]
    lost = (
        f"{counted(len(absent), 'region')} have no shape in the boundaries and are only on tiles: {first_five(absent)}."
    )
    return read, (lost,) if len(absent) else ()


def _listed(path: Path) -> None:
    """Write the page into the list of what the folder holds, so that both say the same."""
    file = path.parent / "manifest.json"
    manifest = json.loads(file.read_text(encoding="utf-8"))
    outputs = manifest["outputs"] | {path.name: hashlib.sha256(path.read_bytes()).hexdigest()}
    sorted_ = dict(sorted(outputs.items()))
    file.write_text(
        json.dumps({**manifest, "outputs": sorted_}, ensure_ascii=False, indent=2) + "\n",
        encoding="utf-8",
        newline="\n",
    )
