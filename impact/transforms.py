"""The small set of transforms that a study file may name, such as log(sales)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import numpy as np

TRANSFORMS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "log": np.log,
    "log1p": np.log1p,
    "asinh": np.arcsinh,
    "sqrt": np.sqrt,
}
LOWEST = {"log": "above zero", "log1p": "above −1", "sqrt": "zero or above"}
_CALL = re.compile(rf"({'|'.join(TRANSFORMS)})\((.+)\)")


def parts(specification: str) -> tuple[str | None, str]:
    """Split "log(sales)" into its transform and its column; a plain column has no transform."""
    call = _CALL.fullmatch(specification)
    return (call[1], call[2]) if call else (None, specification)


def column_of(specification: str) -> str:
    """Return the column that a specification reads."""
    return parts(specification)[1]


def transformed(specification: str, columns: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the values of a column or of its transform; a blank stays blank."""
    transform, column = parts(specification)
    values = columns[column].astype(float, copy=False)
    if transform is None:
        return values
    with np.errstate(invalid="ignore", divide="ignore"):
        return TRANSFORMS[transform](values)
