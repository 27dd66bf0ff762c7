"""Several tests at once: how strong is the evidence when one may pick the best of many?

Holm and Romano–Wolf bound the probability of even one false discovery; Benjamini–Hochberg bounds the expected share of false
ones among discoveries. Romano–Wolf uses the joint noise of the cells, so it loses least where they move together.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from impact.errors import InputError
from impact.estimates import Estimate
from impact.inference import bands

SOURCES = (
    "Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 6, 65–70.",
    "Benjamini, Y. and Hochberg, Y. (1995). Controlling the false discovery rate. JRSS B 57(1), 289–300.",
    "Romano, J. P. and Wolf, M. (2005). Stepwise multiple testing as formalized data snooping. Econometrica 73(4), 1237–1282.",
)


def adjusted(e: Estimate, draws: int, seed: int | np.random.Generator) -> pd.DataFrame:
    """Return p-values of every cell, alone and adjusted for being one of many.

    Columns: the levels, `p_value`, `p_holm`, `p_benjamini_hochberg`, `p_romano_wolf` (blank without draws). Cells without a
    standard error are not tested and do not count. Raises InputError for noise that is not sampling noise.

    >>> e = Estimate.from_covariance({"sales": 0.5, "jobs": 0.3, "wages": 0.1}, np.diag([0.04, 0.04, 0.04]))
    >>> adjusted(e, draws=999, seed=1)[["p_value", "p_holm", "p_benjamini_hochberg"]].round(3)
       p_value  p_holm  p_benjamini_hochberg
    0    0.012   0.037                 0.037
    1    0.134   0.267                 0.200
    2    0.617   0.617                 0.617
    """
    if e.noise.kind != "sampling":
        raise InputError(
            f"Tests need sampling noise; this estimate has {e.noise.kind} noise. Test what it was made of."
        )
    value = e.value.to_numpy()
    std_error = bands.standard_errors(np.where(np.isnan(value), np.nan, e.noise.variance()))
    tested = np.flatnonzero(std_error > 0)
    alone = bands.p_values(value, std_error, e.cells["df"].to_numpy(float))
    errors = e.noise.draws(draws, np.random.default_rng(seed))[:, tested]
    joint = romano_wolf(np.abs(value / std_error)[tested], np.abs(errors) / std_error[tested])
    columns = {"p_value": alone[tested], "p_holm": holm(alone[tested])}
    columns |= {"p_benjamini_hochberg": benjamini_hochberg(alone[tested]), "p_romano_wolf": joint}
    frame = pd.DataFrame(columns, index=e.value.index[tested]).reindex(e.value.index)
    named = [name for name in frame.index.names if name is not None]
    return frame.reset_index(level=named).reset_index(drop=True) if named else frame.reset_index(drop=True)


def holm(p: np.ndarray) -> np.ndarray:
    """Adjust by Holm's step-down: the j-th smallest of m p-values times m − j + 1, never falling."""
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    return _back(np.minimum(stepped, 1), order)


def benjamini_hochberg(p: np.ndarray) -> np.ndarray:
    """Adjust by Benjamini–Hochberg's step-up: the j-th smallest of m p-values times m / j, never rising from above."""
    order = np.argsort(p, kind="stable")
    stepped = np.minimum.accumulate((p[order] * len(p) / np.arange(1, len(p) + 1))[::-1])[::-1]
    return _back(np.minimum(stepped, 1), order)


def romano_wolf(statistic: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Adjust by Romano–Wolf's step-down on draws (draws × cells) of |error| / se.

    The p-value of the largest statistic is the share of draws whose maximum over all cells reaches it, the next one's the
    share whose maximum over the remaining cells does, and so on, never falling; one is added to both counts.
    """
    order = np.argsort(-statistic, kind="stable")
    largest = np.maximum.accumulate(draws[:, order[::-1]], axis=1)[:, ::-1]
    share = (1 + (largest >= statistic[order]).sum(axis=0)) / (1 + len(draws))
    share = share if len(draws) else np.full(len(order), np.nan)
    return _back(np.maximum.accumulate(share), order)


def _back(values: np.ndarray, order: np.ndarray) -> np.ndarray:
    out = np.empty(len(order))
    out[order] = values
    return out
