"""The different texts of a column: a long column is read by them, so that it costs little more than a short one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from impact.intake._reading.grid import Texts

LOOKED_AT = 100_000  # first cells, by which is told whether a column repeats its texts
REPEATS = 0.5  # share of different texts, above which looking for repetition costs more than it saves


@dataclass(frozen=True, eq=False)
class Distinct:
    """The different texts of a column, which of them each cell has (-1 where blank), and what each stands for if it is a mark."""

    column: Texts
    texts: pa.Array
    which: npt.NDArray[np.int64]
    states: npt.NDArray[np.object_]

    @property
    def plain(self) -> pa.Array:
        """Return the texts that are no marks."""
        return self.texts.filter(pa.array(self.states == ""))

    def cells(self, texts: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
        """Return the places of the cells that have one of these texts."""
        return np.flatnonzero(np.append(texts, False)[self.which])

    def matching(self, pattern: str) -> npt.NDArray[np.bool_]:
        """Tell which texts match a pattern."""
        return np.asarray(pc.match_substring_regex(self.texts, pattern).to_numpy(zero_copy_only=False), dtype=bool)


def distinct(column: Texts, marks: Mapping[str, str]) -> Distinct:
    """Find the different texts of a column, and the marks among them; a column that hardly repeats is taken as it is."""
    some = column.slice(0, LOOKED_AT)
    if len(column) > LOOKED_AT and len(pc.unique(some)) > REPEATS * len(some):
        texts = column.drop_null().combine_chunks()
        valid = column.is_valid().to_numpy()
        which = np.where(valid, np.cumsum(valid) - 1, -1)
    else:
        encoded = column.dictionary_encode().combine_chunks()
        texts = encoded.dictionary
        which = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)
    return Distinct(column, texts, which, _states(texts, marks))


def _states(texts: pa.Array, marks: Mapping[str, str]) -> npt.NDArray[np.object_]:
    """Return what each text stands for; blank where it is no mark. Marks are short, so long texts are not looked at."""
    states = np.full(len(texts), "", dtype=object)
    short = np.flatnonzero(pc.less_equal(pc.utf8_length(texts), max(map(len, marks))).to_numpy(zero_copy_only=False))
    small = pc.utf8_lower(texts.take(pa.array(short)))
    places = pc.fill_null(pc.index_in(small, value_set=pa.array(list(marks), small.type)), -1)
    states[short] = np.array([*marks.values(), ""], dtype=object)[places.to_numpy(zero_copy_only=False)]
    return states
