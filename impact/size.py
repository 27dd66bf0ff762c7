"""How large a study is before anything is estimated: rows, cells and memory."""

from __future__ import annotations

import numpy as np

from impact.design import Design
from impact.errors import counted
from impact.run import Prepared

BYTES = 8  # of a number


def in_a_line(prepared: Prepared) -> str:
    """Say that the study is sound, and what it is of."""
    study, panel = prepared.study, prepared.design.panel
    said = (
        f"{counted(len(panel.unit_of), 'row')}",
        f"{counted(len(panel.units), 'firm')} ({_by_support(prepared.design.cohort)})",
        f"{panel.periods.min()} to {panel.periods.max()}",
        counted(len(study.outcome), "outcome"),
        counted(len(study.estimate), "estimator"),
    )
    return f"{study.study.name}: no problems. {', '.join(said)}."


def in_words(prepared: Prepared) -> str:
    """Add, for each outcome, the number of cells and the memory that its influence takes."""
    cells = [
        f"cohort × period{f' × {level}' if level else ''}: {counted(_cells(design), 'cell')}, about "
        f"{_megabytes(influence_bytes(design))} of influence for each outcome."
        for (chosen, level), design in prepared.designs.items()
        if chosen == prepared.study.design
    ]
    table = f"The table itself takes about {_megabytes(int(prepared.tables.frame.memory_usage(deep=True).sum()))}."
    return "\n".join([in_a_line(prepared), *cells, table])


def influence_bytes(design: Design) -> int:
    """Count the bytes that the influence of one outcome takes: firms on both sides × cells, for each group."""
    firms = (len(job.cells) * sum(len(units) + len(job.comparison) for units in job.supported) for job in design.jobs())
    return BYTES * sum(firms)


def _by_support(cohort: np.ndarray) -> str:
    supported, never, early = int(np.isfinite(cohort).sum()), int(np.isinf(cohort).sum()), int(np.isnan(cohort).sum())
    left_out = f", {early:,} left out" if early else ""
    return f"{supported:,} supported, {never:,} never{left_out}"


def _cells(design: Design) -> int:
    """Count the cells: every group of supported firms has those of its cohort."""
    return len(design.cells) // max(len(design.cohorts), 1) * len(design.groups)


def _megabytes(count: int) -> str:
    return f"{max(count / 1e6, 0.1):,.1f} MB"
