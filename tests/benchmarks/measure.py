"""One measurement, in a process of its own: a warm-up on a small panel, then the best of several runs and the peak of memory.

    python -m benchmarks.measure package task panel small folder

The folder gets `ready` when the clock starts, and after every run `result.json`, so that runs that were finished count even
where a later one is stopped.
"""

from __future__ import annotations

import gc
import importlib.metadata
import json
import os
import resource
import sys
import threading
import time
import warnings
from pathlib import Path
from typing import Any

import pandas as pd
from benchmarks.packages import PACKAGES, Call

RUNS, BUDGET = 5, 120.0  # at most so many runs, and no further one that would end later than so many seconds


def main(package: str, task: str, panel: str, small: str, folder: str) -> None:
    """Measure, and write what was seen or why nothing was."""
    warnings.simplefilter("ignore")
    out = Path(folder)
    try:
        PACKAGES[package].prepare(Path(small), task)()
        call = PACKAGES[package].prepare(Path(panel), task)
        timed(call, out, {"version": version(package)})
    except ModuleNotFoundError as error:
        write(out, {"status": "not here", "detail": str(error)})
    except MemoryError:
        write(out, {"status": "out of memory"})
    except Exception as error:  # whatever a package raises is what is to be reported of it
        write(out, {"status": f"failed: {type(error).__name__}", "detail": str(error)})


def timed(call: Call, out: Path, about: dict[str, Any]) -> None:
    """Run several times; write the best time so far, the peak of memory so far and the numbers after each."""
    seconds: list[float] = []
    gc.collect()
    with Watch() as watch:
        (out / "ready").touch()
        while len(seconds) < RUNS and (not seconds or sum(seconds) + seconds[-1] < BUDGET):
            start = time.perf_counter()
            numbers = call()
            seconds.append(time.perf_counter() - start)
            measured = {"seconds": min(seconds), "runs": len(seconds), "peak": watch.peak, "before": watch.before}
            write(out, {"status": "measured", **about, **measured, **summary(numbers)})


def summary(numbers: pd.DataFrame | None) -> dict[str, float]:
    """Return the effect at event time 0 with its standard error, and the mean effect from then on."""
    if numbers is None:
        return {}
    first = numbers.loc[0]
    mean = numbers.loc[numbers.index >= 0, "estimate"].mean()
    return {"effect_0": float(first["estimate"]), "std_error_0": float(first["std_error"]), "effect_mean": float(mean)}


def version(package: str) -> str:
    """Return the installed version; a script has none."""
    return "" if package.endswith(".py") else importlib.metadata.version(NAMES.get(package, package))


NAMES = {"impact": "impact-evaluation"}


def write(out: Path, result: dict[str, Any]) -> None:
    """Write the result aside, then put it in its place."""
    aside = out / "result.part"
    aside.write_text(json.dumps(result), encoding="utf-8")
    aside.replace(out / "result.json")


class Watch:
    """The peak of resident memory from here on: the system's own mark where it can be reset, a look every 2 ms elsewhere."""

    def __enter__(self) -> Watch:
        self.before = self._highest = memory()
        self._done = threading.Event()
        self._marked = _reset()
        if not self._marked:
            threading.Thread(target=self._look, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()

    @property
    def peak(self) -> float:
        """Return the highest so far, in bytes."""
        return max(self._highest, _mark() if self._marked else memory())

    def _look(self) -> None:
        while not self._done.wait(0.002):
            self._highest = max(self._highest, memory())


def memory(process: int | str = "self") -> float:
    """Return the resident memory of a process in bytes, now; where the system does not say, of this one the peak so far."""
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):  # another system, or a process that has ended
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit if process == "self" else 0


def _reset() -> bool:
    """Set the system's mark of the highest resident memory to what it is now."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
        return _mark() < 1.1 * memory()
    except (OSError, StopIteration):
        return False


def _mark() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * float(next(line for line in lines if line.startswith("VmHWM")).split()[1])


if __name__ == "__main__":
    main(*sys.argv[1:])
