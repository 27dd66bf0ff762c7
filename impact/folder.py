"""The folder of results: tables, figures, page and manifest, written aside and put in place when all is done."""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
from openpyxl import Workbook

from impact import where
from impact.errors import InputError
from impact.read import Source
from impact.study import Study

LIBRARIES = ("numpy", "scipy", "pandas", "pyarrow", "matplotlib", "linearmodels")


@dataclass(frozen=True)
class Tables:
    """What a folder of results is made of."""

    effects: pd.DataFrame
    paths: pd.DataFrame
    pretests: pd.DataFrame
    notes: list[str]


def write(place: Path, study: Study, path: Path, source: Source, rooms: Mapping[str, Tables]) -> tuple[Path, str]:
    """Write each room ("internal", "released") with its tables, figures, page and manifest; then put all in place.

    Returns the place, and why there is no page (nothing where there is one): tables never wait for a page.
    """
    complaint = ""
    with _aside(place) as aside:
        for name, tables in rooms.items():
            room = aside / name
            room.mkdir()
            _tables(room, tables)
            _about(room, study, tables, name)
            _figures(room)
            engine, complaint = _page(room, study.study.language)
            _manifest(room, study, path, source, engine)
    return place, complaint


def report(place: Path) -> str:
    """Make the pages again from the tables of an earlier run; return why there is none (nothing where there is one)."""
    rooms = [room for room in (place / "internal", place / "released") if (room / "manifest.json").is_file()]
    if not rooms:
        raise InputError(f"There must be results at {place}; there are none. Run the study first: impact run STUDY")
    complaint = ""
    for room in rooms:
        about = json.loads((room / "study.json").read_text(encoding="utf-8"))
        engine, complaint = _page(room, about["study"]["language"])
        manifest = json.loads((room / "manifest.json").read_text(encoding="utf-8"))
        _json(room / "manifest.json", {**manifest, "outputs": _outputs(room), "engine": engine})
    return complaint


@contextmanager
def _aside(place: Path) -> Iterator[Path]:
    """Work in a hidden folder beside the place; an interrupted run leaves the earlier results as they were."""
    place.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{place.name}-", dir=place.parent))
    try:
        yield aside
        aside.chmod(0o755)
        old = aside.with_name(aside.name + "-old")
        if place.exists():
            place.rename(old)
        aside.rename(place)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _tables(room: Path, tables: Tables) -> None:
    tables.effects.to_csv(room / "effects.csv", index=False, encoding="utf-8-sig", lineterminator="\n")
    tables.effects.to_parquet(room / "effects.parquet", index=False)
    _xlsx(room / "effects.xlsx", {"effects": tables.effects, "paths": tables.paths, "pretests": tables.pretests})
    tables.paths.to_csv(room / "paths.csv", index=False, encoding="utf-8-sig", lineterminator="\n")
    tables.pretests.to_csv(room / "pretests.csv", index=False, encoding="utf-8-sig", lineterminator="\n")


def _xlsx(file: Path, sheets: Mapping[str, pd.DataFrame]) -> None:
    """Write values as they are: text is text, even if it begins like a formula."""
    book = Workbook(write_only=False)
    del book["Sheet"]
    for name, table in sheets.items():
        sheet = book.create_sheet(name)
        sheet.append(list(table.columns))
        for row, values in enumerate(table.itertuples(index=False), start=2):
            for column, value in enumerate(values, start=1):
                if not pd.isna(value):
                    cell = sheet.cell(row, column, value)
                    cell.data_type = "s" if isinstance(value, str) else cell.data_type
        sheet.freeze_panes = "A2"
    book.save(file)


def _about(room: Path, study: Study, tables: Tables, name: str) -> None:
    about = {"room": name, "notes": tables.notes, **asdict(study)}
    _json(room / "study.json", about)


def _figures(room: Path) -> None:
    from impact.show import figures

    (room / "figures").mkdir()
    figures.draw_all(room)


def _page(room: Path, language: str) -> tuple[str | None, str]:
    """Make the page; return the engine, or why there is none."""
    from impact.publish import PublishError, study_page

    try:
        return study_page.make(room, language), ""
    except PublishError as error:
        return None, str(error)


def _manifest(room: Path, study: Study, path: Path, source: Source, engine: str | None) -> None:
    file = path / "study.toml" if path.is_dir() else path
    inputs = {file.name: _sha256(file), source.name: source.sha256}
    versions = {"python": platform.python_version(), "impact": where.version()}
    versions |= {name: version(name) for name in LIBRARIES}
    _json(
        room / "manifest.json",
        {
            "study": study.study.name,
            "inputs": inputs,
            "outputs": _outputs(room),
            "seed": study.inference.seed,
            "versions": versions,
            "commit": _commit(file.parent),
            "engine": engine,
        },
    )


def _outputs(room: Path) -> dict[str, str]:
    files = (one for one in sorted(room.rglob("*")) if one.is_file() and one.name != "manifest.json")
    return {one.relative_to(room).as_posix(): _sha256(one) for one in files}


def _json(file: Path, content: Mapping[str, Any]) -> None:
    file.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8", newline="\n")


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _commit(place: Path) -> str | None:
    """Return the commit of the folder that holds the study, marked where files have changed since; None outside git."""
    command = ["git", "-C", str(place), "describe", "--always", "--dirty", "--abbrev=40"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None
