"""Multiplier draws: rows of influence times random signs, summed."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np

UNITS_AT_ONCE = 4096


def rademacher(rows: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """Draw Σ_i s_i row_i with independent signs s_i = ±1; returns size × cells.

    Signs are bits, unpacked block by block, so memory does not grow with units × draws. Every block has its own child
    generator and blocks are added in order, so the result does not depend on how many threads worked.
    """
    starts = range(0, len(rows), UNITS_AT_ONCE)
    children = rng.spawn(len(starts))
    blocks = [rows[start : start + UNITS_AT_ONCE] for start in starts]
    total = np.zeros((size, rows.shape[1]))
    with ThreadPoolExecutor(min(len(blocks), os.cpu_count() or 1) or 1) as pool:
        for part in pool.map(lambda pair: _signed_sums(pair[0], size, pair[1]), zip(blocks, children, strict=True)):
            total += part
    return total


def _signed_sums(rows: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """Sum one block's rows under random signs: with bits b in {0, 1} the sign is 2b − 1."""
    packed = np.frombuffer(rng.bytes(size * (-(-len(rows) // 8))), np.uint8).reshape(size, -1)
    bits = np.unpackbits(packed, axis=1, count=len(rows))
    return 2.0 * (bits.astype(float) @ rows) - rows.sum(axis=0)
