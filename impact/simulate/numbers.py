"""Business numbers: ten digits, the last of which checks the others."""

from __future__ import annotations

import numpy as np

WEIGHTS = (1, 3, 7, 1, 3, 7, 1, 3, 5)  # of the first nine digits; the check is documented by the tax office (국세청)
FIRST_OFFICE, OFFICES = 900, 100  # the last of the first three digits to be given out
KINDS = (81, 86, 87, 88)  # fourth and fifth digit of head offices of companies
SERIALS = 10_000
STRIDE = 1_799_999  # shares no factor with the count of numbers (2⁸ × 5⁶), so that steps of it meet each number once


def business_numbers(firms: np.ndarray, start: int) -> np.ndarray:
    """Return a valid number for each firm, by its position; no two positions have the same.

    They belong to nobody by intention, but one of them may happen to be the number of a real firm.
    """
    total = OFFICES * len(KINDS) * SERIALS
    place = (firms.astype(np.int64) * STRIDE + start) % total
    office, rest = np.divmod(place, len(KINDS) * SERIALS)
    kind, serial = np.divmod(rest, SERIALS)
    nine = (FIRST_OFFICE + office) * 1_000_000 + np.asarray(KINDS)[kind] * SERIALS + serial
    return nine * 10 + check_digit(nine)


def check_digit(nine: np.ndarray) -> np.ndarray:
    """Return the tenth digit: s = Σ wᵢdᵢ + ⌊5 d₉ / 10⌋, check = (10 − s mod 10) mod 10.

    >>> int(check_digit(np.array([124810099]))[0])
    8
    """
    digits = nine[:, None] // 10 ** np.arange(8, -1, -1) % 10
    s = digits @ np.asarray(WEIGHTS) + digits[:, -1] * WEIGHTS[-1] // 10
    return (10 - s % 10) % 10
