"""What is true on average: effects of support on the supported, by outcome, by those who are counted, and by event time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from impact import marks
from impact.simulate.measured import Measured, truth_columns

LEVELS_ONLY = ("accidents", "active", "tfp", "jobs_growth")  # zero is possible, or the measure is a log already
FIRST_EVENT = -1  # the award may come a year before completion
COLUMNS = ("outcome", "measure", "estimand", "regime", "event_time", "value", "n", marks.COLUMN)
Key = tuple[str, str, str, str]


@dataclass
class Sums:
    """Sums of differences and counts by event time, from −1 on, for each outcome, measure, estimand and regime."""

    total: dict[Key, np.ndarray] = field(default_factory=dict)
    count: dict[Key, np.ndarray] = field(default_factory=dict)

    def add(self, one: Measured) -> None:
        """Add a block."""
        some = one.block.supported
        event_time = one.block.time.first[some]
        at, size = event_time - FIRST_EVENT, len(one.block.world.years) - FIRST_EVENT
        for key, difference, counted in _differences(one, some):
            use = counted & (at >= 0) & np.isfinite(difference)
            total = np.bincount(at[use], difference[use], minlength=size)
            self.total[key] = self.total.get(key, 0.0) + total
            self.count[key] = self.count.get(key, 0) + np.bincount(at[use], minlength=size)

    def table(self) -> pd.DataFrame:
        """Return the estimands; a blank event time is the mean over all firm-years from completion on."""
        rows = [(*key, *row) for key in self.total for row in _means(self.total[key], self.count[key])]
        frame = pd.DataFrame(rows, columns=list(COLUMNS[:-1])).astype({"event_time": "Int64", "n": "int64"})
        return marks.marked(frame)


def _differences(one: Measured, some: np.ndarray) -> Iterator[tuple[Key, np.ndarray, np.ndarray]]:
    """Yield the difference to what would have been without support, and who is counted, for supported firms × years."""
    there = one.block.there[some]
    alive = {regime: values[some] > 0 for regime, values in one.values["active"].items()}
    before_second = one.block.time.second[some] < 0
    before_second &= ~one.block.time.building_second[some]
    survivors = alive["0"] & alive["first"] & alive["both"]
    for name in truth_columns():
        seen = there if name in ("active", "jobs_growth") else alive["both"]
        zero = one.values[name]["0"][some]
        for regime, said in (("first", "first"), ("both", "as it was")):
            value = one.values[name][regime][some]
            for measure, difference in _measures(name, value, zero):
                yield (name, measure, "observed supported firm-years", said), difference, seen
                yield (name, measure, "always-survivors", said), difference, survivors
                if regime == "first":
                    yield (name, measure, "observed before second support", said), difference, seen & before_second


def _measures(name: str, value: np.ndarray, zero: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    yield "level", value - zero
    if name not in LEVELS_ONLY:
        yield "log", np.log(value) - np.log(zero)


def _means(total: np.ndarray, count: np.ndarray) -> Iterable[tuple[int | None, float, int]]:
    known = np.flatnonzero(count)
    yield None, _mean(total[-FIRST_EVENT:].sum(), count[-FIRST_EVENT:].sum()), int(count[-FIRST_EVENT:].sum())
    for at in known:
        yield int(at) + FIRST_EVENT, _mean(total[at], count[at]), int(count[at])


def _mean(total: float, count: int) -> float:
    return float(total / count) if count else np.nan
