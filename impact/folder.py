"""The folder of results: tables, figures, page and manifest, written aside and put in place when all is done."""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from impact import aside, disclosure, estimators, marks, progress, regression, where
from impact.errors import InputError
from impact.read import Source
from impact.study import Study

LIBRARIES = ("numpy", "scipy", "pandas", "pyarrow", "matplotlib", "linearmodels")
ROOMS = ("internal", "released")
STEPS = 3 * len(ROOMS)  # tables, figures and page of each room
BY_SYSTEMS = (".DS_Store", "Thumbs.db", "desktop.ini")  # what a file browser leaves in a folder that was looked at


@dataclass(frozen=True)
class Tables:
    """What a folder of results is made of: tables by name (`results.TABLES`), and what was said while the study ran.

    simulated: whether the firms are; then everything in the folder carries the mark (`marks.SIMULATED`).
    """

    named: Mapping[str, pd.DataFrame]
    notes: list[str]
    simulated: bool = False


def checked(place: Path) -> Path:
    """Return the place, made ready to be written; refuse one that is no place for results, before anything is estimated."""
    if place.exists() and not _is_ours(place):
        raise InputError(
            f"Results replace what is at {place}, which must be the results of an earlier run; it is something else. Choose "
            "another folder for them with --out, or another [study] name."
        )
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryDirectory(dir=place.parent).cleanup()
    except OSError as error:
        raise InputError(
            f"Results must go to a folder that can be written; {place.parent} is none: {error.strerror}. Choose another with "
            "--out."
        ) from None
    return place


def write(
    place: Path, study: Study, path: Path, source: Source, rooms: Mapping[str, Tables], tell: progress.Tell
) -> str:
    """Write each room ("internal", "released") with its tables, figures, page and manifest; then put all in place.

    Returns why there is no page (nothing where there is one): tables never wait for a page.
    """
    complaints: list[str] = []
    with aside.written(place) as new:
        for name, tables in rooms.items():
            room = new / name
            room.mkdir()
            tell(f"writing {name} tables")
            _tables(room, tables)
            _about(room, study, tables, name)
            tell(f"drawing {name} figures")
            _figures(room)
            tell(f"making the {name} page")
            engine = _page(room, complaints)
            _manifest(room, study, path, source, engine, tables.simulated)
    return _in_one(complaints)


def report(place: Path, kind: str = "report", to: str = "html", language: str = "") -> str:
    """Make a document again from the tables of an earlier run; return why there is none (nothing where there is one).

    kind: "report", "brief" or "priorities". to: "html", "pdf" or "docx". language: the study's, unless another is named.
    """
    rooms = [name for name in ROOMS if (place / name / "manifest.json").is_file()]
    if not rooms:
        raise InputError(f"There must be results at {place}; there are none. Run the study first: impact run STUDY")
    complaints: list[str] = []
    with progress.steps(len(rooms)) as tell, aside.written(place) as new:
        shutil.copytree(place, new, dirs_exist_ok=True)
        for name in rooms:
            tell(f"making the {name} page")
            _again(new / name, complaints, kind, to, language)
    return _in_one(complaints)


def add(place: Path, rooms: Mapping[str, Tables], draw: Callable[[Path], None], kind: str) -> str:
    """Add tables to the rooms of an earlier run, with their figures and their document; return why there is none."""
    complaints: list[str] = []
    with aside.written(place) as new:
        shutil.copytree(place, new, dirs_exist_ok=True)
        for name, tables in rooms.items():
            room = new / name
            _csvs(room, tables.named, tables.simulated)
            draw(room)
            _again(room, complaints, kind)
    return _in_one(complaints)


def must_be_of(place: Path, path: Path, source: Source) -> None:
    """Refuse to add to results that are not there, or are of another study or of other data."""
    manifests = [place / name / "manifest.json" for name in ROOMS]
    if not all(one.is_file() for one in manifests):
        raise InputError(f"There must be results at {place}; there are none. Run the study first: impact run STUDY")
    inputs = json.loads(manifests[0].read_text(encoding="utf-8"))["inputs"]
    changed = [name for name, sha256 in _inputs(path, source).items() if inputs.get(name) != sha256]
    if changed:
        raise InputError(
            f"The results at {place} must be of the study as it is now; {', '.join(changed)} changed since. Run it again: impact "
            "run STUDY"
        )


def _again(room: Path, complaints: list[str], kind: str, to: str = "html", language: str = "") -> None:
    """Make one document of a room; the manifest knows it, and what else is new there."""
    engine = _page(room, complaints, kind, language, to)
    manifest = json.loads((room / "manifest.json").read_text(encoding="utf-8"))
    _json(room / "manifest.json", {**manifest, "outputs": _outputs(room), "engine": engine or manifest["engine"]})


def _in_one(complaints: list[str]) -> str:
    return "\n".join(dict.fromkeys(complaints))


def _is_ours(place: Path) -> bool:
    """Tell whether a folder is empty, or holds the results of an earlier run and nothing that a user put there."""
    return place.is_dir() and all(
        one.name in BY_SYSTEMS or (one.name in ROOMS and (one / "manifest.json").is_file()) for one in place.iterdir()
    )


def _tables(room: Path, tables: Tables) -> None:
    named = _csvs(room, tables.named, tables.simulated)
    named["effects"].to_parquet(room / "effects.parquet", index=False)
    _xlsx(room / "effects.xlsx", named)


def _csvs(room: Path, tables: Mapping[str, pd.DataFrame], simulated: bool) -> dict[str, pd.DataFrame]:
    """Write each table as csv, with the mark where firms are simulated; return them so."""
    named = {name: marks.marked(table) if simulated else table for name, table in tables.items()}
    for name, table in named.items():
        table.to_csv(room / f"{name}.csv", index=False, encoding="utf-8-sig", lineterminator="\n")
    return named


def _xlsx(file: Path, sheets: Mapping[str, pd.DataFrame]) -> None:
    """Write values as they are: text is text, even if it begins like a formula."""
    book = Workbook(write_only=False)
    del book["Sheet"]
    for name, table in sheets.items():
        sheet = book.create_sheet(name)
        sheet.append(list(table.columns))
        for row, values in enumerate(table.itertuples(index=False), start=2):
            for column, value in enumerate(values, start=1):
                if isinstance(value, str):
                    sheet.cell(row, column, ILLEGAL_CHARACTERS_RE.sub("\ufffd", value)).data_type = "s"
                elif not pd.isna(value):
                    sheet.cell(row, column, value)
        sheet.freeze_panes = "A2"
    book.save(file)


def _about(room: Path, study: Study, tables: Tables, name: str) -> None:
    taken_apart = regression.wanted(study)
    _json(
        room / "study.json",
        {
            "room": name,
            "notes": tables.notes,
            "minimum_firms": disclosure.minimum_firms(study.disclosure.minimum_firms),
            "methods": [estimators.named(one.estimator).SOURCE for one in study.estimate],
            "regression": taken_apart.name if taken_apart else None,
            **asdict(study),
            **_mark(tables.simulated),
        },
    )


def _figures(room: Path) -> None:
    from impact.show import figures

    figures.draw_all(room)


def _page(room: Path, complaints: list[str], kind: str = "report", language: str = "", to: str = "html") -> str | None:
    """Make a document and return the engine; where there is none, complain."""
    from impact.publish import PublishError, documents

    try:
        return documents.make(room, kind, language, to)
    except PublishError as error:
        complaints.append(str(error))
        return None


def _mark(simulated: bool) -> dict[str, bool]:
    """Say that firms are simulated; nothing where they are not."""
    return {"simulated": True} if simulated else {}


def _manifest(room: Path, study: Study, path: Path, source: Source, engine: str | None, simulated: bool) -> None:
    versions = {"python": platform.python_version(), "impact": where.version()}
    versions |= {name: version(name) for name in LIBRARIES}
    _json(
        room / "manifest.json",
        {
            "study": study.study.name,
            "inputs": _inputs(path, source),
            "outputs": _outputs(room),
            "seed": study.inference.seed,
            "versions": versions,
            "commit": _commit(_file(path).parent),
            "engine": engine,
            **_mark(simulated),
        },
    )


def _file(path: Path) -> Path:
    return path / "study.toml" if path.is_dir() else path


def _inputs(path: Path, source: Source) -> dict[str, str]:
    """Return the sha256 of the study and of its table, by name."""
    return {_file(path).name: _sha256(_file(path)), source.name: source.sha256}


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
