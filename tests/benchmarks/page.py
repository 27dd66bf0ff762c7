"""The handbook's page of measurements, from bench.csv and the words in bench.md."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from benchmarks.packages import PACKAGES, TASKS

HERE = Path(__file__).resolve().parent
PAGE = HERE.parents[1] / "reports" / "handbook" / "bench.md"
OURS, FLOOR = "impact", "floor.py"
TIMED = ("analytic", "draws", "not_yet", "twfe")
COMPARED = ("analytic", "not_yet", "twfe")  # draws do not change the effects
TIMES = "×"
ROWS = 10  # of a firm in the panel: one a year
NO = "**no**"


def page(table: pd.DataFrame) -> str:
    """Fill the words of bench.md, which are written by hand, with what was measured."""
    return (
        (HERE / "bench.md")
        .read_text(encoding="utf-8")
        .format(
            machine="\n".join(machine(table)),
            targets="\n".join(targets(table)),
            speed="\n\n".join(f"### {_titled(task)}\n\n" + "\n".join(speed(table, task)) for task in TIMED),
            reading="\n".join(reading(table)),
            agreement="\n".join(agreement(table)),
            smallest=_firms(table["firms"].min()),
            versions=versions(table),
        )
    )


def machine(table: pd.DataFrame) -> list[str]:
    """Say for each size when and on what it was measured."""
    shared = ["date", "cores", "memory_gb", "python", "numpy", "pandas", "panel", "load"]
    rows = table.groupby("firms")[shared].first()
    rows["memory_gb"] = [f"{gigabytes} GB" for gigabytes in rows["memory_gb"]]
    return _table(
        ["firms", "date", "cores", "memory", "Python", "numpy", "pandas", "panel", "load"],
        ([f"{size:,}", *row] for size, row in rows.iterrows()),
    )


def versions(table: pd.DataFrame) -> str:
    """Name the packages with their versions."""
    seen = table[(table["version"] != "") & (table["package"] != "pandas")].drop_duplicates(["package", "version"])
    return ", ".join(f"{name} {version}" for name, version in zip(seen["package"], seen["version"], strict=True))


def speed(table: pd.DataFrame, task: str) -> list[str]:
    """Put seconds, the ratio to ours, the peak of memory and that beyond the frame side by side for every size."""
    sizes = sorted(table["firms"].unique())
    heads = [
        f"{_firms(size)}: s" if i == 0 else name for size in sizes for i, name in enumerate(("s", TIMES, "GB", "+ GB"))
    ]
    names = [name for name, package in PACKAGES.items() if task in package.tasks]
    return _table(
        ["package", *heads], ([name, *(c for size in sizes for c in _cells(table, name, task, size))] for name in names)
    )


def reading(table: pd.DataFrame) -> list[str]:
    """Put the time of reading the columns once beside that of checking them and of the whole estimate."""
    sizes = sorted(table["firms"].unique())
    read = [_seconds(table, "pandas", "read", size) for size in sizes]
    check = [_seconds(table, OURS, "check", size) for size in sizes]
    whole = [_seconds(table, OURS, "analytic", size) for size in sizes]
    per_rows = [seconds * 1e7 / (ROWS * size) for seconds, size in zip(check, sizes, strict=True)]
    ratios = [_over(w, r) for w, r in zip(whole, read, strict=True)]
    rows = {
        "reading the columns once, s": map(_number, read),
        "checking the frame, s": map(_number, check),
        "checking, s for ten million rows": map(_number, per_rows),
        "the whole analytic estimate, checking included, s": map(_number, whole),
        "the same beside reading": (_ratio(ratio) for ratio in ratios),
    }
    return _table(["", *map(_firms, sizes)], ([name, *cells] for name, cells in rows.items()))


def agreement(table: pd.DataFrame) -> list[str]:
    """Put each package's numbers beside ours, at the size where differences are largest: the smallest."""
    heads = ["task", "package"]
    heads += [
        head for name in ("event time 0", "mean from 0 on", "standard error at 0") for head in (name, "less ours")
    ]
    return _table(heads, (row for task in COMPARED for row in _agreement(table[table["task"] == task], task)))


def _agreement(of: pd.DataFrame, task: str) -> Iterable[list[str]]:
    of = of[(of["firms"] == of["firms"].min()) & of["effect_0"].notna()].set_index("package")
    ours = of.loc[OURS] if OURS in of.index else None
    for name, row in of.iterrows() if ours is not None else ():
        cells = [_plain(task), str(name)]
        for column in ("effect_0", "effect_mean", "std_error_0"):
            cells += [f"{row[column]:.6f}", "" if name == OURS else _apart(row[column] - ours[column])]
        yield cells


def targets(table: pd.DataFrame) -> list[str]:
    """Say what the project wants, what was seen, and whether it is met."""
    rows = (row for part in (_beside_floor, _beside_peers, _memory, _shape) for row in part(table))
    return _table(["target", "seen", "met"], rows)


def _beside_floor(table: pd.DataFrame) -> Iterable[list[str]]:
    for size in (100_000, 1_000_000):
        for task in ("analytic", "draws"):
            yield _apart_from_checking(table, task, size)


def _apart_from_checking(table: pd.DataFrame, task: str, size: int) -> list[str]:
    """Compare with the floor, which is given arrays and checks nothing: our time without checking the frame."""
    words = f"{_firms(size)}, {_plain(task)}: no slower than floor.py, checking the frame apart"
    ours, floor = (_seconds(table, name, task, size) for name in (OURS, FLOOR))
    ratio = _over(floor, ours - _seconds(table, OURS, "check", size))
    if math.isnan(ratio):
        return [words, _note(table, FLOOR, task, size), "not known"]
    return [words, f"floor.py takes {_ratio(ratio)} our time without checking", "yes" if ratio >= 1 else NO]


def _beside_peers(table: pd.DataFrame) -> Iterable[list[str]]:
    million = [(name, task, 1_000_000, 10) for task in ("analytic", "draws") for name in ("diff-diff", "csdid")]
    for name, task, size, least in [*million, ("pyfixest", "twfe", 100_000, 2)]:
        yield _faster(table, name, task, size, least, f"at least {least} {TIMES} as fast as {name}")


def _faster(table: pd.DataFrame, name: str, task: str, size: int, least: float, words: str) -> list[str]:
    """Compare a ratio with what it should be; of a package that was ended for its time only a lower bound is known."""
    note, ratio = _note(table, name, task, size), ratio_to_ours(table, name, task, size)
    words = f"{_firms(size)}, {_plain(task)}: {words}"
    if math.isnan(ratio):
        return [words, note, "not known"]
    seen = f"{name} takes {'more than ' if note else ''}{_ratio(ratio)} our time"
    return [words, seen, "yes" if ratio >= least else "not known" if note else NO]


def _memory(table: pd.DataFrame) -> Iterable[list[str]]:
    for size, most in ((100_000, 0.6), (1_000_000, 2.0)):
        peaks = [_value(table, OURS, task, size, "peak_gb") for task in ("analytic", "draws")]
        yield _at_most(f"{_firms(size)}: at most {most:g} GB, with Python and the frame", max(peaks), "GB", most)


def _shape(table: pd.DataFrame) -> Iterable[list[str]]:
    for size in (100_000, 1_000_000):
        ratio = _over(_seconds(table, OURS, "not_yet", size), _seconds(table, OURS, "analytic", size))
        yield _at_most(f"{_firms(size)}: not yet takes at most 3 {TIMES} as long as never", ratio, TIMES, 3)
    million = _firms(1_000_000)
    yield _at_most(f"{million}, two-way: at most 5 s", _seconds(table, OURS, "twfe", 1_000_000), "s", 5)
    yield _at_most(
        f"{million} (ten million rows): checked within 1 s", _seconds(table, OURS, "check", 1_000_000), "s", 1
    )


def _at_most(words: str, value: float, unit: str, most: float) -> list[str]:
    if math.isnan(value):
        return [words, "not measured", "not known"]
    return [words, f"{_number(value)} {unit}", "yes" if value <= most else NO]


def ratio_to_ours(table: pd.DataFrame, name: str, task: str, size: int) -> float:
    """Return how many times as long as ours a package takes; at least so many where it was ended for its time."""
    note = _note(table, name, task, size)
    theirs = float(note.split()[1]) if note.startswith("over") else _seconds(table, name, task, size)
    return _over(theirs, _seconds(table, OURS, task, size))


def _cells(table: pd.DataFrame, name: str, task: str, size: int) -> list[str]:
    note, ratio = _note(table, name, task, size), ratio_to_ours(table, name, task, size)
    memory = [_value(table, name, task, size, column) for column in ("peak_gb", "beyond_gb")]
    shown = "" if math.isnan(ratio) else ("> " if note else "") + _ratio(ratio)
    return [
        note or _number(_seconds(table, name, task, size)),
        shown,
        *("" if math.isnan(value) else f"{value:.2f}" for value in memory),
    ]


def _row(table: pd.DataFrame, name: str, task: str, size: int) -> pd.DataFrame:
    return table[(table["package"] == name) & (table["task"] == task) & (table["firms"] == size)]


def _note(table: pd.DataFrame, name: str, task: str, size: int) -> str:
    """Return why there is no number, or nothing where there is one."""
    row = _row(table, name, task, size)
    if row.empty:
        return "not measured"
    return "" if row["status"].iloc[0] == "measured" else str(row["status"].iloc[0])


def _value(table: pd.DataFrame, name: str, task: str, size: int, column: str) -> float:
    row = _row(table, name, task, size)
    return float(row[column].iloc[0]) if len(row) else math.nan


def _seconds(table: pd.DataFrame, name: str, task: str, size: int) -> float:
    return _value(table, name, task, size, "seconds")


def _over(above: float, below: float) -> float:
    return above / below if below > 0 else math.nan


def _ratio(value: float) -> str:
    return "" if math.isnan(value) else f"{_number(value)} {TIMES}"


def _number(value: float) -> str:
    """Write three significant digits, no more than three decimals, and no exponent."""
    if math.isnan(value):
        return ""
    places = 2 - math.floor(math.log10(abs(value))) if value else 0
    return f"{value:,.{max(0, min(places, 3))}f}"


def _apart(difference: float) -> str:
    return "0" if difference == 0 else f"{difference:.0e}"


def _firms(size: float) -> str:
    return f"{int(size):,} firms" if not np.isnan(size) else "no firms"


def _plain(task: str) -> str:
    return {"not_yet": "not yet", "twfe": "two-way"}.get(task, task)


def _titled(task: str) -> str:
    return TASKS[task][0].upper() + TASKS[task][1:]


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    lines = [f"| {' | '.join(map(str, row))} |" for row in rows]
    return [f"| {' | '.join(heads)} |", f"|---|{'---:|' * (len(heads) - 1)}", *lines]
