"""The pinned file of Korea's boundaries, and where in the user's cache it lies prepared.

It is named by commit and sha256 in `data/SOURCES.toml`.
"""

from __future__ import annotations

import hashlib
import os
import platform
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from impact import where
from impact.errors import InputError
from impact.regions.boundaries._kinds import Attribution

FILES = {"full": "full.parquet", "light": "light.parquet"}


@dataclass(frozen=True)
class Pinned:
    """A file to download: where it lies, what it must be to the bit, and what must be said on maps of it."""

    url: str
    sha256: str
    size: int
    attribution: Attribution

    @property
    def name(self) -> str:
        """Return the name of the file."""
        return urlsplit(self.url).path.rsplit("/", 1)[-1]


@lru_cache(maxsize=1)
def pinned() -> Pinned:
    """Return the file that `data/SOURCES.toml` names."""
    entry = tomllib.loads(where.data("SOURCES.toml").read_text(encoding="utf-8"))["downloads"]["boundaries"]
    words = Attribution(entry["attribution_ko"], entry["attribution_en"])
    return Pinned(entry["url"], entry["sha256"], entry["bytes"], words)


def cached(detail: str = "full") -> Path | None:
    """Return where the prepared boundaries lie, "full" or "light"; None where `fetch` has not been asked for them."""
    if detail not in FILES:
        raise InputError(f"The cache holds boundaries that are {' or '.join(FILES)}; seen: {detail}. Choose one.")
    path = folder(pinned()) / FILES[detail]
    return path if path.is_file() else None


def folder(source: Pinned) -> Path:
    """Return the folder of a pinned file, in the place that each system has for what can be made again."""
    roots = {
        "Windows": Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"),
        "Darwin": Path.home() / "Library" / "Caches",
    }
    named = Path(os.environ.get("XDG_CACHE_HOME", ""))
    elsewhere = named if named.is_absolute() else Path.home() / ".cache"
    return roots.get(platform.system(), elsewhere) / "impact-evaluation" / f"boundaries-{source.sha256[:12]}"


def is_it(path: Path, source: Pinned) -> bool:
    """Tell whether a file is the pinned one, to the bit."""
    if not path.is_file() or path.stat().st_size != source.size:
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == source.sha256
