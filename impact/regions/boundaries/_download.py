"""Download one pinned file of Korea's boundaries into the user's cache, and prepare it there.

Nothing in the package needs it, and nothing downloads it but `fetch`.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, build_opener, getproxies

from impact import aside, progress
from impact.errors import InputError
from impact.regions.boundaries import _cache, _prepared, _read
from impact.regions.boundaries._cache import FILES, Pinned, folder, is_it
from impact.regions.boundaries._kinds import FULL, LIGHT

SECONDS = 30  # without a byte, then it has failed
CHUNK = 1 << 18


def steps(source: Pinned | None = None) -> int:
    """Return how many steps `fetch` tells at most: pieces of the file, and preparing it."""
    return (source or _cache.pinned()).size // CHUNK + 2 + len(FILES)


def fetch(source: Pinned | None = None, tell: progress.Tell = lambda _: None) -> Path:
    """Download the pinned file, unless it is there, prepare it in full and in light detail, and return where the full one lies.

    Raises InputError where it cannot be reached or is not the file that was pinned; then everything is as it was.
    """
    source = source or _cache.pinned()
    place = folder(source)
    with aside.written(place) as new:
        raw = new / source.name
        if is_it(place / source.name, source):
            shutil.copy(place / source.name, raw)
        else:
            _download(source, raw, tell)
        for name, detail in (("full", FULL), ("light", LIGHT)):
            tell(f"preparing {name} boundaries")
            _prepared.write(_read.read(raw, detail=detail, attribution=source.attribution), new / FILES[name])
    return place / FILES["full"]


def _download(source: Pinned, path: Path, tell: progress.Tell) -> None:
    """Write the file; never more than it should have, and only if it is what was pinned."""
    seen, size = hashlib.sha256(), 0
    with path.open("wb") as file:
        for chunk in _chunks(source):
            tell("downloading boundaries")
            seen.update(chunk)
            size += len(chunk)
            file.write(chunk)
            if size > source.size:
                break
    if seen.hexdigest() != source.sha256:
        more = " or more" if size > source.size else ""
        raise InputError(
            f"The file at {source.url} must be the one that was checked: {source.size:,} bytes, sha256 {source.sha256}; seen: "
            f"{size:,} bytes{more}, sha256 {seen.hexdigest()}. Nothing was kept. A proxy may have sent a page of its own: try "
            f"again from another network. {_by_hand(source)}"
        )


def _chunks(source: Pinned) -> Iterator[bytes]:
    """Read piece by piece; whatever goes wrong on the way is said in a sentence."""
    try:
        with _answer(source) as answer:
            while chunk := answer.read(CHUNK):
                yield chunk
    except HTTPError as error:
        error.close()
        do = (
            "The proxy wants a name and a password: set HTTPS_PROXY with them."
            if error.code == 407
            else "Try again later."
        )
        raise InputError(
            f"{_host(source)} must give {source.name}; the answer is {error.code} {error.reason}. {do} {_by_hand(source)}"
        ) from None
    except (OSError, HTTPException) as error:
        raise InputError(_unreachable(error, source)) from None


def _answer(source: Pinned) -> Any:
    """Ask for the file, through the proxy that is set now; an opener that is shared would remember an earlier one."""
    return build_opener().open(Request(source.url, headers={"User-Agent": "impact-evaluation"}), timeout=SECONDS)


def _unreachable(error: Exception, source: Pinned) -> str:
    reason = str(getattr(error, "reason", "") or error).rstrip(".") or type(error).__name__
    behind = urlsplit(source.url).scheme in getproxies()
    by = " through the proxy that is set" if behind else ""
    do = "Check HTTPS_PROXY." if behind else "Connect to a network; behind a proxy, set HTTPS_PROXY."
    return f"{_host(source)} must be reached for {source.name}; it cannot be{by}: {reason}. {do} {_by_hand(source)}"


def _host(source: Pinned) -> str:
    return urlsplit(source.url).netloc or "The place of the file"


def _by_hand(source: Pinned) -> str:
    return f"Or download {source.url} yourself, and: impact regions boundaries {source.name} --out boundaries.parquet"
