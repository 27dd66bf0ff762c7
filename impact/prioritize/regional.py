"""What a study says of its regions: their effects, and the firms that could be next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from impact import groups
from impact.design import Design
from impact.errors import InputError, counted, first_five
from impact.estimates import Estimate
from impact.noise import Gaussian
from impact.run import Job, Prepared, estimated
from impact.study import Outcome
from impact.transforms import column_of


@dataclass(frozen=True)
class Regional:
    """Effects by region, turned so that a larger one is better, and what is known of every region with firms.

    raw: as estimated, over the regions with supported firms. true: where it is known, over the same.
    about: a row a region: the columns that the study names, `eligible` (firms without support that are seen in the last period)
        and `level` (the mean of the outcome among them, before it is transformed).
    """

    raw: Estimate
    true: pd.Series | None
    about: pd.DataFrame


def regional(prepared: Prepared) -> Regional:
    """Estimate the effects by region on the outcome that a study's priorities name, by the estimate that answers on it."""
    study = prepared.study
    outcome = study.compared_by
    region, chosen = str(study.panel.region), study.answer_on(outcome.name)
    job = Job(outcome, chosen, study.comparing(chosen), region)
    e, known = estimated(prepared, job)
    sign = -1 if outcome.better == "lower" else 1
    true = None if known is None else sign * _by_region(known, region).value
    about = _about(prepared.tables.frame, region, study.priorities.columns)
    next_ = _with_firms(about, prepared.designs[job.comparing, region], outcome)
    return Regional(_turned(_by_region(e, region), sign), true, next_)


def _by_region(e: Estimate, region: str) -> Estimate:
    return groups.grouped(e, region, (), within=False)[0].effects


def _turned(e: Estimate, sign: int) -> Estimate:
    """Return an estimate of which more is better, with its covariance worked out."""
    value = (sign * e.value).rename("estimate")
    value.index = value.index.astype(str)
    cells = e.cells.set_axis(value.index)
    return Estimate(value, Gaussian(e.noise.cov()), cells)


def _about(frame: pd.DataFrame, region: str, columns: tuple[str, ...]) -> pd.DataFrame:
    """Return what a table says of each region; it must say one thing."""
    absent = [name for name in columns if name not in frame]
    if absent:
        raise InputError(
            f"[priorities] prior and floor_for must be columns of the table; it lacks {first_five(absent)}. Check the names."
        )
    named = frame[[region, *columns]].dropna(subset=[region])
    by_region = named.groupby(named[region].astype(str), sort=True)
    for name in columns:
        several = by_region[name].nunique(dropna=False)
        if (several > 1).any():
            odd = several.index[several > 1]
            raise InputError(
                f"'{name}' must say one thing of each region; it says several of {counted(len(odd), 'region')}: "
                f"{first_five(odd)}. Take it at one date, before support began."
            )
    return by_region[list(columns)].first().rename_axis("region")


def _with_firms(about: pd.DataFrame, design: Design, outcome: Outcome) -> pd.DataFrame:
    """Add the firms that could be next: those never supported so far that are seen in the last period."""
    panel = design.panel
    level = panel.wide(column_of(outcome.specification))[:, -1]
    next_ = np.isinf(panel.cohort) & ~np.isnan(panel.wide(outcome.specification)[:, -1])
    where = panel.per_unit(str(panel.roles.region)).astype(str)[next_]
    firms = pd.Series(level[next_]).groupby(where.to_numpy()).agg(["size", "mean"]).reindex(about.index)
    return about.assign(eligible=firms["size"].fillna(0).astype(int), level=firms["mean"])
