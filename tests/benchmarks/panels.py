"""The panel that everyone is given: that of ../shared/benchmarks/panel.py where it is there, otherwise one drawn here."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

SHARED = Path(__file__).resolve().parents[3] / "shared" / "benchmarks"
KEPT = Path(__file__).resolve().parent / ".panels"
COVARIATES = ["x1", "x2", "x3"]
COLUMNS = ["id", "t", "g", *COVARIATES, "y"]
SMALL = 1000  # firms of the panel on which everyone warms up


def source() -> str:
    """Say whose panel it is."""
    return "panel.py" if (SHARED / "panel.py").is_file() else "drawn"


def made(size: int, folder: Path = KEPT) -> Path:
    """Return the file of a panel of so many firms; it is made where it does not lie in the folder yet."""
    path = folder / (f"panel_{size}.parquet" if source() == "panel.py" else f"drawn_{size}.parquet")
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        _written(size, path) if source() == "panel.py" else _kept(drawn(size), path)
    return path


def small(folder: Path = KEPT) -> Path:
    """Return the file of a small panel, drawn here."""
    path = folder / f"drawn_{SMALL}.parquet"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        _kept(drawn(SMALL), path)
    return path


def read(path: Path) -> pd.DataFrame:
    """Read a panel, and give back to the system the memory that only reading took."""
    frame = pd.DataFrame({name: pq.read_table(path, columns=[name])[name].to_numpy() for name in COLUMNS}, copy=True)
    pa.default_memory_pool().release_unused()
    return frame


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


def _written(size: int, path: Path) -> None:
    """Run panel.py as it is, and keep only its parquet file."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        subprocess.run([sys.executable, SHARED / "panel.py", str(size)], cwd=folder, check=True, capture_output=True)
        (Path(folder) / "data" / f"panel_{size}.parquet").replace(path)


def _kept(frame: pd.DataFrame, path: Path) -> None:
    aside = path.with_suffix(".part")
    frame.to_parquet(aside, index=False)
    aside.replace(path)
