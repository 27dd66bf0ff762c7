"""How large a study is before anything is estimated: rows, cells and memory."""

from __future__ import annotations

import numpy as np

from impact.design import Design
from impact.run import Prepared

BYTES = 8  # of a number


def in_a_line(prepared: Prepared) -> str:
    """Say that the study is sound, and what it is of."""
    design = prepared.design
    supported, never = int(np.isfinite(design.cohort).sum()), int(np.isinf(design.cohort).sum())
    return (
        f"{prepared.study.study.name}: no problems. {len(design.panel.unit_of):,} rows, {len(design.panel.units):,} firms "
        f"({supported:,} supported, {never:,} never), {design.panel.periods.min()} to {design.panel.periods.max()}, "
        f"{len(prepared.study.outcome)} outcomes, {len(prepared.study.estimate)} estimators."
    )


def in_words(prepared: Prepared) -> str:
    """Add, for each outcome, the number of cells and the memory that its influence takes."""
    lines = [in_a_line(prepared)]
    for level, design in prepared.designs.items():
        cells = len(design.cells) * len(design.groups) // max(len(design.cohorts), 1)
        name = "cohort × period" if level is None else f"cohort × period × {level}"
        lines.append(
            f"{name}: {cells:,} cells, about {influence_bytes(design) / 1e6:,.0f} MB of influence for each outcome."
        )
    lines.append(f"The table itself takes about {prepared.frame.memory_usage(deep=True).sum() / 1e6:,.0f} MB.")
    return "\n".join(lines)


def influence_bytes(design: Design) -> int:
    """Count the bytes that the influence of one outcome takes: firms on both sides × cells, for each group."""
    firms = (len(job.cells) * sum(len(units) + len(job.comparison) for units in job.supported) for job in design.jobs())
    return BYTES * sum(firms)
