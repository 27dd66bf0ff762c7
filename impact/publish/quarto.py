"""Find the real Quarto, and let it make a page."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from impact.publish import PublishError, kernel, qmd
from impact.publish.words import words

# Without these Quarto loads mathematics, a font and a theme from the web, and keeps helpers beside the page.
_HTML = {
    "embed-resources": True,
    "html-math-method": "mathml",
    "minimal": True,
    "theme": "none",
    "css": "page.css",
    "fig-format": "svg",
    "tbl-colwidths": False,
}

_LOST = re.compile(r"Unable to resolve (?:crossref|cross reference)\S*\s*(.*)", re.IGNORECASE)


def find() -> Path | None:
    """Find the program: the one that QUARTO_PATH names, else on PATH, else in the package quarto-cli."""
    named = os.environ.get("QUARTO_PATH")
    if named:
        return _named(Path(named))
    found = shutil.which("quarto") or _packaged()
    return Path(found) if found else None


def _named(path: Path) -> Path:
    """Take the program, or the one in a folder; a wrong name is an error, or the page would come from elsewhere."""
    found = shutil.which(path) or shutil.which("quarto", path=str(path))
    if found:
        return Path(found)
    raise PublishError(
        f"QUARTO_PATH must name the program quarto or its folder; saw {path}, where there is none. "
        "Correct it, or unset it to use the lite engine."
    )


def _packaged() -> str | None:
    """Look where the package quarto-cli unpacks the program, and beside this Python."""
    spec = importlib.util.find_spec("quarto_cli")
    folders = [str(Path(folder) / "bin") for folder in (spec.submodule_search_locations or ())] if spec else []
    return shutil.which("quarto", path=os.pathsep.join([*folders, str(Path(sys.executable).parent)]))


def page(program: Path, document: qmd.Document, style: str) -> str:
    """Return the HTML that Quarto makes of a prepared template; it works on a copy in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="impact-", ignore_cleanup_errors=True) as folder:
        room = Path(folder)
        (room / "page.css").write_text(style, encoding="utf-8")
        (room / "page.qmd").write_text(qmd.write(_configured(document)), encoding="utf-8")
        log = _rendered(program, document.path, room)
        _refuse_lost_references(document.path.name, log)
        return (room / "page.html").read_text(encoding="utf-8")


def _configured(document: qmd.Document) -> qmd.Document:
    front = document.front
    execute = {"echo": False, "warning": False, **(front.get("execute") or {})}
    language = {key: word for key, word in words(front["lang"]).items() if not key.startswith("made-with")}
    made_with = qmd.Text(f"\n\n::: {{.engine}}\n{words(front['lang'])['made-with-quarto']}\n:::\n", 0)
    settings = {**front, "format": {"html": _HTML}, "execute": execute, "language": language}
    return replace(document, front=settings, blocks=(*document.blocks, made_with))


def _rendered(program: Path, template: Path, room: Path) -> str:
    """Call Quarto and return what it printed."""
    folder = str(template.resolve().parent)
    command = [str(program), "render", "page.qmd", "--to", "html", "--execute-dir", folder, "--no-execute-daemon"]
    environment = {**kernel.environment(room), "QUARTO_PYTHON": sys.executable}
    done: Any = subprocess.run(
        command,
        cwd=room,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    log = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout.decode(errors="replace"))
    if done.returncode or not (room / "page.html").is_file():
        raise PublishError(_failure(template.name, log))
    return log


def _failure(template: str, log: str) -> str:
    """Say which cell failed, as far as Quarto says so, and the error's last line."""
    labels = re.findall(r"#\|\s*label:\s*(\S+)", log)
    errors = re.findall(r"^\w*(?:Error|Exception|Exit|Interrupt)\b.*", log, re.MULTILINE)
    lines = [line.strip() for line in log.splitlines() if line.strip()] or ["no message"]
    cell = f"the cell {labels[-1]}" if labels else "Quarto"
    return (
        f"The page of {template} needs every cell to run; {cell} gave {(errors or lines)[-1].strip().rstrip('.')}. "
        "Mend the cell, or the results that it reads."
    )


def _refuse_lost_references(template: str, log: str) -> None:
    lost = _LOST.findall(log)
    if lost:
        raise PublishError(
            f"{template}: a reference must name the label of a figure, a table or a numbered section; "
            f"Quarto could not resolve {', '.join(name.strip() for name in lost)}. Correct it."
        )
