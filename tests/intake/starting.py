"""Little tables as agencies hand them out, for the tests of what begins with a file."""

from pathlib import Path

import numpy as np
import pandas as pd

from impact.intake.door import read_table
from impact.intake.taken import Taken
from impact.intake.tidy import Tidy, tidied


def file(folder: Path, frame: pd.DataFrame, name: str = "firms.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    frame.to_csv(path, index=False, encoding=encoding)
    return path


def taken(folder: Path, frame: pd.DataFrame) -> Taken:
    return read_table(file(folder, frame))


def tidy(folder: Path, frame: pd.DataFrame) -> Tidy:
    return tidied(taken(folder, frame))


def firms(supported: bool = True) -> pd.DataFrame:
    """Twenty firms from 2018 to 2021, six of them supported from 2020 on."""
    rng = np.random.default_rng(5)
    frame = pd.DataFrame(
        {"기업번호": np.repeat([f"F{at:03d}" for at in range(20)], 4), "기준연도": np.tile(range(2018, 2022), 20)}
    )
    if supported:
        frame["지원연도"] = np.repeat(np.where(np.arange(20) < 6, 2020, 0), 4)
    frame["매출액"] = np.exp(rng.normal(7, 1, 80)).round()
    frame["종업원수"] = rng.integers(5, 90, 80)
    frame["이익률"] = rng.normal(0, 5, 80).round(2)
    return frame


def number(nine):
    """Write a business number with the digit that checks the others."""
    digits = [int(sign) for sign in nine]
    total = sum(a * b for a, b in zip(digits, (1, 3, 7, 1, 3, 7, 1, 3, 5), strict=True)) + digits[8] * 5 // 10
    return f"{nine[:3]}-{nine[3:5]}-{nine[5:]}{(10 - total % 10) % 10}"
