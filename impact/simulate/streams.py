"""Random numbers: every mechanism has its own stream in every block of firms.

So switching one mechanism off leaves the draws of all others as they were, and a block of firms can be drawn alone, in any
order, whenever it is needed.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import numpy as np

BLOCK = 20_000  # firms that are drawn, computed and written together


def stream(seed: int, mechanism: str, block: int = 0) -> np.random.Generator:
    """Return the generator of a mechanism in a block of firms."""
    key = (zlib.crc32(mechanism.encode()), block)
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))


def blocks(firms: int) -> Iterator[tuple[int, slice]]:
    """Yield each block's number and its firms."""
    for block, start in enumerate(range(0, firms, BLOCK)):
        yield block, slice(start, min(start + BLOCK, firms))
