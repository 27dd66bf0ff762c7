"""Time the whole way from a table to a band, beside a hand-vectorised floor, in one process.

    python tests/benchmarks/bench.py [firms ...]        10000 100000 if nothing is said

Per size: seconds of `estimate`, `by` and `table` (999 draws), of the floor, their ratio, and the peak of memory, also beyond
that of the panel. Three covariates, doubly robust, comparison with firms that are never supported. The best of five runs
counts. The panel and the floor are those of ../shared/benchmarks where that folder exists (both run there as they are);
otherwise the panel is drawn here, and there is no floor. Nothing is asserted: a machine that is busy must not fail a test.
"""

from __future__ import annotations

import importlib.util
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd

SHARED = Path(__file__).resolve().parents[3] / "shared" / "benchmarks"
SIZES = (10_000, 100_000)
COVARIATES = ["x1", "x2", "x3"]
DRAWS = 999
RUNS = 5
HEADER = "    firms  estimate      by   table   whole   floor  ratio  peak GB  beyond panel"
LIMIT = "aim: 100,000 firms × 10 years with 999 draws within 1.5 s and 0.6 GB"


def main(arguments: list[str]) -> None:
    """Print a line per size; every size runs in a process of its own, so that its peak of memory is its own."""
    if arguments[:1] == ["--one"]:
        print(line(int(arguments[1])))
        return
    print(HEADER)
    for size in [int(argument) for argument in arguments] or SIZES:
        subprocess.run([sys.executable, __file__, "--one", str(size)], check=True)
    print(LIMIT)


def line(size: int) -> str:
    """Measure one size."""
    frame = panel(size)
    before = memory()
    with Watch() as watch:
        parts = np.array([ours(frame) for _ in range(RUNS)])
    best = parts[parts.sum(axis=1).argmin()]
    whole, floor = best.sum(), measured_floor(frame)
    cells = [*best, whole, floor, whole / floor]
    numbers = " ".join(f"{value:{width}.2f}" for value, width in zip(cells, (9, 7, 7, 7, 7, 6), strict=True))
    return f"{size:>9,} {numbers} {watch.peak / 1e9:8.2f} {(watch.peak - before) / 1e9:13.2f}"


def ours(frame: pd.DataFrame) -> tuple[float, float, float]:
    """Return the seconds of estimate, by and table."""
    import impact

    times = [time.perf_counter()]
    e = impact.estimate(frame, "y", "id", "t", "g", covariates=COVARIATES)
    times.append(time.perf_counter())
    by_time = e.by("event_time")
    times.append(time.perf_counter())
    by_time.table(draws=DRAWS, seed=1)
    times.append(time.perf_counter())
    return tuple(np.diff(times))


def measured_floor(frame: pd.DataFrame) -> float:
    """Return the best seconds of floor.py on the same arrays; nan where it is absent."""
    if not (SHARED / "floor.py").is_file():
        return float("nan")
    spec = importlib.util.spec_from_file_location("floor", SHARED / "floor.py")
    floor = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(floor)
    arrays = {name: frame[name].to_numpy() for name in frame.columns}
    return min(_seconds(lambda: floor.run(arrays, COVARIATES, "never", DRAWS)) for _ in range(RUNS))


def panel(size: int) -> pd.DataFrame:
    """Return the panel that ../shared/benchmarks/panel.py writes, or one like it."""
    if not (SHARED / "panel.py").is_file():
        return drawn(size)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, SHARED / "panel.py", str(size)], cwd=folder, check=True, capture_output=True)
        return pd.read_parquet(Path(folder) / "data" / f"panel_{size}.parquet")


def drawn(size: int, periods: int = 10) -> pd.DataFrame:
    """Draw firms over ten periods: half never supported, cohorts 4 to 8, take-up and trends that depend on covariates."""
    rng = np.random.default_rng(size)
    x, t = rng.standard_normal((size, 3)), np.arange(1, periods + 1)
    supported = rng.random(size) < 1 / (1 + np.exp(-0.4 * x[:, 0]))
    first = np.where(supported, rng.integers(4, 9, size), 0)
    since = t - first[:, None]
    effect = np.where(supported[:, None] & (since >= 0), 1 + 0.2 * since, 0)
    y = rng.standard_normal((size, 1)) + 0.1 * t * x[:, :1] + effect + rng.standard_normal((size, periods))
    long = {"id": np.repeat(np.arange(size), periods), "t": np.tile(t, size), "g": np.repeat(first, periods)}
    return pd.DataFrame(
        {**long, **{name: np.repeat(x[:, i], periods) for i, name in enumerate(COVARIATES)}, "y": y.ravel()}
    )


def memory() -> float:
    """Return the resident memory of this process in bytes, now; its peak so far where the system does not say."""
    status = Path("/proc/self/statm")
    if status.is_file():
        return int(status.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


class Watch:
    """Look at resident memory every two milliseconds and keep the highest."""

    def __enter__(self) -> Watch:
        self.peak, self._done = memory(), threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._done.wait(0.002):
            self.peak = max(self.peak, memory())


def _seconds(function) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


if __name__ == "__main__":
    main(sys.argv[1:])
