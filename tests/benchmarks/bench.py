"""Time and memory of an estimate beside those of other packages, in one run, on one machine, on one panel.

    make bench                          10,000 and 100,000 firms
    make bench SIZES="1000000"          a million (about an hour); what was measured at other sizes stays

Every package, task and size runs in a process of its own (measure.py). A run that takes longer than the limit, or more than
three quarters of the machine's memory, is ended and reported so. When all of a size is measured, bench.csv and the handbook's
page are written: a run that is interrupted leaves them as they were. Nothing is asserted: a machine that is busy must not fail a
test.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
from benchmarks import page, panels
from benchmarks.measure import memory
from benchmarks.packages import PACKAGES, TASKS

HERE = Path(__file__).resolve().parent
CSV = HERE / "bench.csv"
SIZES = (10_000, 100_000)
LIMIT = 600.0
NUMBERS = ["seconds", "runs", "peak_gb", "beyond_gb", "effect_0", "std_error_0", "effect_mean"]
COLUMNS = [
    *("firms", "task", "package", "version", "status", *NUMBERS),
    *("date", "cores", "memory_gb", "python", "numpy", "pandas", "panel", "load"),
]


def main(arguments: list[str]) -> None:
    """Measure every size in turn; write after each."""
    asked = _asked(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the process that is measured ends with this one
    for size in [] if asked.page else asked.sizes or SIZES:
        rows = one_size(size, asked.panels, asked.limit, asked.only)
        if asked.only:
            print("Only some packages were measured: nothing is written.")
        else:
            save(together(kept(), rows))
    if not asked.only:
        page.PAGE.write_text(page.page(kept()), encoding="utf-8", newline="\n")


def one_size(size: int, folder: Path, limit: float, only: list[str]) -> pd.DataFrame:
    """Measure everyone on one panel, and say each result in a line."""
    panel, small, machine = panels.made(size, folder), panels.small(), about()
    pairs = [(task, name) for task in TASKS for name, package in PACKAGES.items() if task in package.tasks]
    pairs = [(task, name) for task, name in pairs if not only or name in only]
    rows = []
    for number, (task, name) in enumerate(pairs, 1):
        row = {"firms": size, "task": task, "package": name, **measured(name, task, size, panel, small, limit)}
        print(f"{size:,} firms, {number}/{len(pairs)}: {name}, {task}: {_said(row)}", flush=True)
        rows.append({**row, **machine})
    return pd.DataFrame(rows).reindex(columns=COLUMNS)


def measured(name: str, task: str, size: int, panel: Path, small: Path, limit: float = LIMIT) -> dict[str, Any]:
    """Measure one package at one task, unless it is not given so many firms."""
    most = PACKAGES[name].most
    if most is not None and size > most:
        return {"status": f"only to {most:,}"}
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.measure", name, task, str(panel), str(small), folder]
        ended = watched(command, Path(folder), limit)
        return _row(_read(Path(folder)), ended)


def watched(command: list[str], folder: Path, limit: float) -> str:
    """Run a command; end it where it takes too long or too much memory, and return why it ended."""
    most, begun = 0.75 * _machine_memory(), time.time()
    process = subprocess.Popen(
        command, cwd=HERE.parent, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        while process.poll() is None:
            ready = folder / "ready"
            if time.time() - (ready.stat().st_mtime if ready.exists() else begun) > limit:
                return f"over {limit:g} s"
            if memory(process.pid) > most:
                return f"out of memory ({most / 1e9:.0f} GB)"
            time.sleep(0.05)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return "out of memory" if process.returncode == -signal.SIGKILL else f"ended with {process.returncode}"


def about() -> dict[str, Any]:
    """Describe the machine, what everyone shares, and how busy it is (its load before the run), without names or paths."""
    return {
        "date": date.today().isoformat(),
        "cores": os.cpu_count(),
        "memory_gb": round(_machine_memory() / 1e9),
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "pandas": version("pandas"),
        "panel": panels.source(),
        "load": round(os.getloadavg()[0], 1),
    }


def kept() -> pd.DataFrame:
    """Return what was measured before."""
    return read(CSV) if CSV.is_file() else pd.DataFrame(columns=COLUMNS)


def read(path: Path) -> pd.DataFrame:
    """Read a table of measurements; what is not said is an empty text or no number."""
    text = {name: str for name in COLUMNS if name not in (*NUMBERS, "firms", "cores", "memory_gb", "load")}
    table = pd.read_csv(path, dtype=text)
    return table.fillna(dict.fromkeys(text, ""))


def together(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Replace whole sizes, so that what stands side by side was measured in one run."""
    parts = [part for part in (old[~old["firms"].isin(new["firms"])], new) if len(part)]
    return pd.concat(parts, ignore_index=True).sort_values("firms", kind="stable", ignore_index=True)


def save(table: pd.DataFrame, path: Path = CSV) -> None:
    """Write aside, then put it in its place."""
    aside = path.with_suffix(".part")
    table.to_csv(aside, index=False, lineterminator="\n")
    aside.replace(path)


def _row(result: dict[str, Any], ended: str) -> dict[str, Any]:
    """Turn what a process left behind into a row; one that was ended counts with the runs that it finished."""
    if result.get("status") != "measured":
        return {"status": result.get("status", ended), "detail": result.get("detail", "")}
    gigabytes = {"peak_gb": result["peak"] / 1e9, "beyond_gb": (result["peak"] - result["before"]) / 1e9}
    rounded = {name: float(f"{value:.4g}") for name, value in {"seconds": result["seconds"], **gigabytes}.items()}
    return {**{name: result[name] for name in COLUMNS if name in result}, **rounded}


def _read(folder: Path) -> dict[str, Any]:
    path = folder / "result.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _said(row: dict[str, Any]) -> str:
    if row["status"] != "measured":
        return ", ".join(filter(None, (row["status"], row.get("detail", ""))))
    return f"{row['seconds']:.3g} s, {row['peak_gb']:.2f} GB, best of {row['runs']}"


def _machine_memory() -> float:
    return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))


def _asked(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.bench")
    parser.add_argument("sizes", nargs="*", type=int, help="numbers of firms")
    parser.add_argument(
        "--panels", type=Path, default=panels.KEPT, help="a folder that may hold panel_N.parquet already"
    )
    parser.add_argument("--limit", type=float, default=LIMIT, help="seconds after which a measurement is ended")
    parser.add_argument("--only", nargs="+", default=[], choices=PACKAGES, help="packages; nothing is written then")
    parser.add_argument("--page", action="store_true", help="only write the page again")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
