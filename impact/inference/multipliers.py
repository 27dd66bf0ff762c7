"""Multiplier draws: rows of influence times independent random numbers of mean zero and variance one, summed.

Rademacher signs ±1 are the default; Mammen's two points and Webb's six are for few clusters, where signs give few different
draws (2^G with G clusters); "gaussian" draws from the normal distribution with the covariance of the rows.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from scipy import linalg

from impact.errors import InputError

UNITS_AT_ONCE = 4096
GOLDEN = (1 + np.sqrt(5)) / 2
POINTS = {  # Mammen (1993); Webb (2023), "Reworking wild bootstrap-based inference for clustered errors", table 1
    "mammen": (np.array([1 - GOLDEN, GOLDEN]), np.array([GOLDEN, GOLDEN - 1]) / np.sqrt(5)),
    "webb": (np.sqrt([1.5, 1, 0.5, 0.5, 1, 1.5]) * np.array([-1, -1, -1, 1, 1, 1]), np.full(6, 1 / 6)),
}
MULTIPLIERS = ("rademacher", *POINTS, "gaussian")


def draw(rows: np.ndarray, size: int, rng: np.random.Generator, multiplier: str = "rademacher") -> np.ndarray:
    """Draw Σ_i v_i row_i with independent v_i of the distribution named `multiplier`; returns size × cells."""
    if multiplier not in MULTIPLIERS:
        raise InputError(f"multiplier must be one of {', '.join(MULTIPLIERS)}; seen: {multiplier!r}.")
    if multiplier == "rademacher":
        return rademacher(rows, size, rng)
    if multiplier == "gaussian":
        return normal(rows.T @ rows, size, rng)
    values, chances = POINTS[multiplier]
    return _summed(rows, size, rng, lambda n, child: child.choice(values, (size, n), p=chances))


def normal(covariance: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """Draw from the normal distribution with this covariance, which may be singular."""
    values, vectors = linalg.eigh(covariance)
    root = vectors * np.sqrt(np.clip(values, 0, None))
    return rng.standard_normal((size, len(covariance))) @ root.T


def rademacher(rows: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """Draw Σ_i s_i row_i with independent signs s_i = ±1; returns size × cells.

    Signs are bits, unpacked block by block, so memory does not grow with units × draws. Every block has its own child
    generator and blocks are added in order, so the result does not depend on how many threads worked.
    """
    return _blockwise(rows, rng, lambda block, child: _signed_sums(block, size, child), size)


def _summed(
    rows: np.ndarray, size: int, rng: np.random.Generator, numbers: Callable[[int, Any], np.ndarray]
) -> np.ndarray:
    return _blockwise(rows, rng, lambda block, child: numbers(len(block), child) @ block, size)


def _blockwise(
    rows: np.ndarray, rng: np.random.Generator, sums: Callable[[np.ndarray, np.random.Generator], np.ndarray], size: int
) -> np.ndarray:
    """Add what each block of units yields, in order, each with a child generator of its own."""
    starts = range(0, len(rows), UNITS_AT_ONCE)
    blocks = [rows[start : start + UNITS_AT_ONCE] for start in starts]
    total = np.zeros((size, rows.shape[1]))
    with ThreadPoolExecutor(min(len(blocks), os.cpu_count() or 1) or 1) as pool:
        for part in pool.map(sums, blocks, rng.spawn(len(starts))):
            total += part
    return total


def _signed_sums(rows: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """Sum one block's rows under random signs: with bits b in {0, 1} the sign is 2b − 1."""
    packed = np.frombuffer(rng.bytes(size * (-(-len(rows) // 8))), np.uint8).reshape(size, -1)
    bits = np.unpackbits(packed, axis=1, count=len(rows))
    return 2.0 * (bits.astype(float) @ rows) - rows.sum(axis=0)
