"""Open a file of shapes that somebody else made: bounded, one layer, and read only as what its name says.

The library that reads shapes knows formats that name other files, addresses or commands to run, and it takes a file for what is
inside it, not for what it is called. So each file is opened with the one driver of its suffix, and nothing else is tried.
"""

from __future__ import annotations

import re
import tempfile
import warnings
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import pyarrow.parquet as pq
import pyogrio

from impact.errors import InputError, counted, first_five

MOST_BYTES = 500_000_000  # of a file, also when it is unpacked; a country in full detail has a tenth
MOST_SHAPES = 50_000
CHUNK = 1 << 20
FOLDERS = re.compile(r"\S*[/\\](?=[^\s/\\])")
OF_A_SHAPEFILE = (".shp", ".shx", ".dbf", ".prj", ".cpg")


@dataclass(frozen=True)
class Opened:
    """What was in a file: shapes and their columns, what the file says of itself, and what was said while it was read."""

    frame: gpd.GeoDataFrame
    description: str = ""
    notes: tuple[str, ...] = ()


def opened(path: Path, layer: str | None = None) -> Opened:
    """Open a file; raises InputError where it is not there, no file of shapes, broken, too large, or of several layers."""
    _fail_if_not_there(path)
    try:
        found = _from_zip(path, layer) if path.suffix.lower() == ".zip" else _reader(path)(path, layer)
    except (InputError, OSError):
        raise
    except Exception as error:  # each library has its own errors for a broken file
        raise InputError(
            f"{path.name} must be a readable {path.suffix.lower()} file of boundaries; it is not: {_reason(error)}. "
            "Save it again, or take another one."
        ) from None
    if not len(found.frame):
        raise InputError(f"A file of boundaries must hold shapes; {path.name} holds none. Take another one.")
    return replace(found, frame=found.frame.reset_index(drop=True))


def _fail_if_not_there(path: Path) -> None:
    if not path.is_file():
        raise InputError(f"Boundaries must be at {path}; there is no such file. Check the path.")
    _reader(path)
    size = path.stat().st_size
    if size == 0:
        raise InputError(
            f"A file of boundaries must hold shapes; {path.name} is empty. Check that it was saved completely."
        )
    if size > MOST_BYTES:
        raise _too_large(path.name)


def _too_large(name: str) -> InputError:
    return InputError(
        f"Boundaries must have at most {MOST_BYTES // 1_000_000:,} MB, unpacked, and {MOST_SHAPES:,} shapes; {name} has more. "
        "Save it in less detail, or only the level of regions that you need."
    )


def _reason(error: Exception) -> str:
    """Return the first line of what a library said, without its full stop and without the folders of files."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return FOLDERS.sub("", lines[0]).rstrip(".")


def _reader(path: Path) -> Callable[[Path, str | None], Opened]:
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise InputError(
            f"Boundaries must be a {', '.join(READERS)} file; seen: {path.name}. Save them as one of these, or name the file of "
            "shapes that lies beside it."
        )
    return reader


def _from_zip(path: Path, layer: str | None) -> Opened:
    """Unpack the one file of shapes that is asked for, with what belongs to it, and open that."""
    with zipfile.ZipFile(path) as packed, tempfile.TemporaryDirectory() as room:
        found = _inside(packed)
        if not found:
            raise InputError(
                f"A zip must hold a file of shapes ({', '.join(INSIDE)}); {path.name} holds: "
                f"{first_five(packed.namelist()) or 'nothing'}. Take another one."
            )
        name = next(iter(found)) if len(found) == 1 else _one(list(found), layer, path.name)
        file = _unpacked(packed, found[name], Path(room), path.name)
        return _reader(file)(file, None if layer == name else layer)


def _inside(packed: zipfile.ZipFile) -> dict[str, list[zipfile.ZipInfo]]:
    """Return the files of shapes in a zip by their names, each first of all that belongs to it."""
    files = [one for one in packed.infolist() if not one.is_dir() and not one.filename.startswith("__MACOSX")]
    return {_name(one): [one, *_companions(one, files)] for one in files if Path(one.filename).suffix.lower() in INSIDE}


def _companions(of: zipfile.ZipInfo, files: Iterable[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
    stem = Path(of.filename).with_suffix("")
    beside = OF_A_SHAPEFILE[1:] if Path(of.filename).suffix.lower() == ".shp" else ()
    named = ((one, Path(one.filename)) for one in files)
    return [one for one, path in named if path.with_suffix("") == stem and path.suffix.lower() in beside]


def _name(member: zipfile.ZipInfo) -> str:
    """Return the name of a file in a zip; Korean systems write it in CP949 without saying so."""
    if member.flag_bits & 0x800:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("cp949")
    except UnicodeError:
        return member.filename


def _unpacked(packed: zipfile.ZipFile, members: Iterable[zipfile.ZipInfo], room: Path, name: str) -> Path:
    """Write files of a zip under names of our own, as much as may be: what a zip says of its size may be wrong."""
    left = MOST_BYTES
    written = []
    for member in members:
        if member.flag_bits & 0x1:
            raise InputError(
                f"A zip must open without a password; {name} needs one. Unpack it, and name the file of shapes."
            )
        target = room / _harmless(_name(member))
        with packed.open(member) as source, target.open("wb") as file:
            while chunk := source.read(CHUNK):
                left -= len(chunk)
                if left < 0:
                    raise _too_large(name)
                file.write(chunk)
        written.append(target)
    return written[0]


def _harmless(name: str) -> str:
    """Return the name of a file without its folders, short, and of nothing but letters, digits and dashes."""
    stem = "".join(sign if sign.isalnum() or sign in "-_" else "_" for sign in Path(name).stem[:80])
    return stem + Path(name).suffix.lower()


def _one(layers: list[str], layer: str | None, name: str) -> str:
    """Return the layer that is asked for, or the only one."""
    if layer in layers:
        return layer
    if layer is None and len(layers) == 1:
        return layers[0]
    seen = "several: " if layer is None else f"no {layer}, but "
    raise InputError(
        f"One layer of {name} must be read; it holds {seen}{first_five(layers) or 'none with shapes'}. Name one with layer "
        "(--layer)."
    )


def _json(path: Path, layer: str | None) -> Opened:
    try:
        return _through_gdal(f"GeoJSON:{path}", path, layer)
    except pyogrio.errors.DataSourceError:
        pass
    try:
        return _through_gdal(f"TopoJSON:{path}", path, layer)
    except pyogrio.errors.DataSourceError:
        raise ValueError("it is neither GeoJSON nor TopoJSON") from None


def _shapefile(path: Path, layer: str | None) -> Opened:
    _must_begin_with(path, b"\x00\x00\x27\x0a", "a shapefile")
    if any(path.with_suffix(suffix).is_file() for suffix in (".cpg", ".CPG")):
        return _through_gdal(str(path), path, layer)
    try:
        return _through_gdal(str(path), path, layer, encoding="cp949")  # what Korean systems write without saying so
    except UnicodeDecodeError:
        return _through_gdal(str(path), path, layer)


def _geopackage(path: Path, layer: str | None) -> Opened:
    _must_begin_with(path, b"SQLite format 3\x00", "a GeoPackage")
    return _through_gdal(f"GPKG:{path}", path, layer)


def _must_begin_with(path: Path, signature: bytes, kind: str) -> None:
    with path.open("rb") as file:
        if file.read(len(signature)) != signature:
            raise ValueError(f"it does not begin as {kind} does")


def _through_gdal(source: str, path: Path, layer: str | None, encoding: str | None = None) -> Opened:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        layers = [str(name) for name, kind in pyogrio.list_layers(source) if kind is not None]
        name = _one(layers, layer, path.name)
        about = pyogrio.read_info(source, layer=name)
        frame = pyogrio.read_dataframe(
            source,
            layer=name,
            encoding=encoding,
            force_2d=True,
            on_invalid="fix",
            max_features=MOST_SHAPES + 1,
        )
    if len(frame) > MOST_SHAPES:
        raise _too_large(path.name)
    said = dict.fromkeys(str(one.message) for one in caught if issubclass(one.category, RuntimeWarning))
    notes = tuple(f"In reading {path.name}: {_first_sentence(text)}." for text in said)
    return Opened(frame, (about["layer_metadata"] or {}).get("DESCRIPTION", ""), notes)


def _first_sentence(text: str) -> str:
    return text.strip().split(". ")[0].rstrip(".")


def _parquet(path: Path, layer: str | None) -> Opened:
    about = pq.read_metadata(path)
    size = sum(about.row_group(group).total_byte_size for group in range(about.num_row_groups))
    if about.num_rows > MOST_SHAPES or size > MOST_BYTES:
        raise _too_large(path.name)
    if b"geo" not in (about.metadata or {}):
        raise ValueError(f"it is a table of {counted(about.num_rows, 'row')} without shapes")
    frame = gpd.read_parquet(path)
    described = frame.attrs.get("description")
    frame.attrs = {}
    flat = frame.set_geometry(frame.geometry.force_2d())
    return Opened(flat, described if isinstance(described, str) else "")


INSIDE: dict[str, Callable[[Path, str | None], Opened]] = {
    ".shp": _shapefile,
    ".geojson": _json,
    ".json": _json,
    ".topojson": _json,
    ".gpkg": _geopackage,
    ".parquet": _parquet,
}
READERS = {".zip": _from_zip, **INSIDE}
