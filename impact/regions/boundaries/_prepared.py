"""Prepared boundaries as a file: the attribution and the system of codes are in the file itself, so that they travel with it."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio

from impact.errors import InputError
from impact.regions.boundaries._kinds import CHANGES, Attribution, Boundaries
from impact.regions.codes import System

SIGN = "impact boundaries"


def write(boundaries: Boundaries, path: Path) -> Path:
    """Write a GeoParquet or a GeoJSON file, by the suffix; what is at the path is replaced when all is written.

    Attribution and system stand in the description of the file, which both formats carry, and `read` finds them there.
    """
    with tempfile.TemporaryDirectory(prefix=f".{path.name}-", dir=checked(path).parent) as room:
        aside = Path(room) / path.name
        WRITERS[path.suffix.lower()](boundaries.frame, aside, _description(boundaries))
        os.replace(aside, path)
    return path


def checked(path: Path) -> Path:
    """Return a path at which boundaries can be written; raises InputError where it is none."""
    if path.suffix.lower() not in WRITERS:
        raise InputError(f"Boundaries are written as {' or '.join(WRITERS)}; seen: {path.name}. Choose one of these.")
    if not path.parent.is_dir():
        raise InputError(f"Boundaries must go to a folder that is there; {path.parent} is not. Make it first.")
    return path


def _description(boundaries: Boundaries) -> str:
    words = boundaries.attribution
    system = None if boundaries.system is None else str(boundaries.system)
    about = {"made_by": SIGN, "system": system, "ko": words.ko, "en": words.en, "changes": list(words.changes)}
    return json.dumps(about, ensure_ascii=False)


def _parquet(frame: gpd.GeoDataFrame, path: Path, description: str) -> None:
    described = frame.copy()
    described.attrs = {"description": description}
    described.to_parquet(path, index=False)


def _geojson(frame: gpd.GeoDataFrame, path: Path, description: str) -> None:
    pyogrio.write_dataframe(frame, path, driver="GeoJSON", layer_options={"DESCRIPTION": description})


WRITERS = {".parquet": _parquet, ".geojson": _geojson}


@dataclass(frozen=True)
class About:
    """What a prepared file says of itself."""

    system: System | None
    attribution: Attribution


def about(description: str, folder: Path | None = None) -> About | None:
    """Read the description of a file; None where it is not one of ours, whatever else it says."""
    try:
        said: Any = json.loads(description)
    except ValueError:
        return None
    if not isinstance(said, dict) or said.get("made_by") != SIGN:
        return None
    korean, english, system, changes = (said.get(name) for name in ("ko", "en", "system", "changes"))
    if not (isinstance(korean, str) and isinstance(english, str) and isinstance(changes, list)):
        return None
    known = tuple(change for change in CHANGES if change in changes)
    named = System.read(system, folder) if isinstance(system, str) else None
    return About(named, Attribution(korean, english, known))
