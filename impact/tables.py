"""How an estimate looks: its tidy table, and how it prints itself."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from impact.inference import bands
from impact.inference.two_way import TwoWay
from impact.noise import Draws, Influence, Noise

if TYPE_CHECKING:
    from impact.estimates import Estimate

COUNTS = ("n_supported", "n_comparison")
STATISTICS = ("estimate", "std_error", "lower", "upper", "lower_uniform", "upper_uniform", "p_value")
TABLE_COLUMNS = (*STATISTICS, *COUNTS, "state")
NO_EVIDENCE = "no evidence of its own"  # state of a shrunken effect that is what is usual elsewhere
ROWS_SHOWN = 20


def tidy(
    e: Estimate, confidence: float, draws: int, seed: int | np.random.Generator | None, multiplier: str
) -> pd.DataFrame:
    """Return the tidy table of an estimate; see `Estimate.table`."""
    value, df = e.value.to_numpy(), e.cells["df"].to_numpy(float)
    std_error = bands.standard_errors(np.where(e.value.notna(), e.noise.variance(), np.nan))
    half = bands.pointwise_critical(confidence, df) * std_error
    wide = np.nan * std_error
    if draws:
        rng, chosen = np.random.default_rng(seed), {"multiplier": multiplier} if isinstance(e.noise, Influence) else {}
        errors = e.noise.draws(draws, rng, **chosen)
        wide = np.maximum(bands.uniform_critical(errors, std_error, confidence) * std_error, half)
    tests = e.noise.kind != "posterior"
    p_value = bands.p_values(value, std_error, df) if tests else np.nan * std_error
    columns = (value, std_error, value - half, value + half, value - wide, value + wide, p_value)
    frame = pd.DataFrame(dict(zip(STATISTICS, columns, strict=True)), index=e.value.index)
    counts = e.cells[[*COUNTS, "state"]].astype(dict.fromkeys(COUNTS, "Int64"))
    return _levels_as_columns(pd.concat([frame, counts], axis=1))


def _levels_as_columns(frame: pd.DataFrame) -> pd.DataFrame:
    named = [name for name in frame.index.names if name is not None]
    return frame.reset_index(level=named).reset_index(drop=True) if named else frame.reset_index(drop=True)


def shown(e: Estimate) -> pd.DataFrame:
    """Return the first rows of the table, rounded for a person."""
    head = e.at(np.arange(min(len(e.value), ROWS_SHOWN))).table()
    counts = {name: head[name].astype(object).where(head[name].notna(), "") for name in COUNTS}
    kept = head.drop(columns=["lower_uniform", "upper_uniform"]).assign(**counts)
    return kept.round({name: 4 for name in STATISTICS if name in kept})


def title(e: Estimate) -> str:
    """Say in a line what an estimate is over, and what its noise is from."""
    over = f"over {names(e)}" if names(e) else "over everything"
    return f"Estimate {over}: {len(e.value)} cell{'s' * (len(e.value) != 1)}, {source(e.noise)}"


def names(e: Estimate) -> str:
    """Name the levels of an estimate."""
    return ", ".join(str(name) for name in e.value.index.names if name is not None)


def source(noise: Noise) -> str:
    """Say what kind of noise it is, and from how many rows."""
    match noise:
        case Influence():
            return f"{noise.kind} noise from {len(noise.units):,} firms or clusters"
        case TwoWay():
            return f"{noise.kind} noise from {len(noise.first.units):,} by {len(noise.second.units):,} clusters"
        case Draws():
            return f"{noise.kind} noise from {len(noise.resamples):,} draws"
        case _:
            return f"{noise.kind} noise from a covariance"


def rest(e: Estimate) -> str:
    """Say how many rows are not shown."""
    more = len(e.value) - ROWS_SHOWN
    return f"\n… and {more} more cells: e.table() has all of them" if more > 0 else ""


def html(e: Estimate) -> str:
    """Show an estimate in a notebook."""
    return f"<p>{escape(title(e))}</p>{shown(e).to_html(index=False, na_rep='')}<p>{rest(e)}</p>"
