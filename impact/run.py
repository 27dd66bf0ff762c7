"""One study from top to bottom: read it, make the panel, estimate, decide what may leave, write the pages."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from impact import disclosure, estimators, folder, read, results
from impact.design import Design
from impact.door import finished
from impact.errors import InputWarning
from impact.panel import Panel
from impact.study import Estimating, Outcome, Study

RESULTS = Path("results")


@dataclass(frozen=True)
class Prepared:
    """A study whose data are read and found sound; nothing is estimated yet."""

    study: Study
    source: read.Source
    frame: pd.DataFrame
    designs: dict[str | None, Design]
    notes: list[str] = field(default_factory=list)

    @property
    def design(self) -> Design:
        """Return the design that tells no regions or subgroups apart."""
        return self.designs[None]


@dataclass(frozen=True)
class Done:
    """Where the results lie, what the user should know, and why there is no page (nothing where there is one)."""

    place: Path
    notes: list[str]
    complaint: str


def run(path: Path, out: Path = RESULTS) -> Done:
    """Run a study; its results replace those of an earlier run when all is done."""
    prepared = prepare(path)
    study = prepared.study
    with noting(prepared.notes):
        effects, pretests = _estimated(prepared)
    paths = pd.concat([results.paths_of(prepared.design, one.specification, one.name) for one in study.outcome])
    least = disclosure.minimum_firms(study.disclosure.minimum_firms)
    internal = folder.Tables(effects, paths, pretests, prepared.notes)
    released = folder.Tables(
        disclosure.released_effects(effects, least), disclosure.released_paths(paths, least), pretests, []
    )
    rooms = {"internal": internal, "released": released}
    place, complaint = folder.write(out / study.study.name, study, path, prepared.source, rooms)
    return Done(place, prepared.notes, complaint)


def prepare(path: Path) -> Prepared:
    """Read everything and report every problem at once; estimate nothing."""
    study = Study.read(path)
    frame, source = read.table(study, path if path.is_dir() else path.parent)
    notes: list[str] = []
    with noting(notes):
        designs = {level: design_of(study, frame, level) for level in (None, *study.levels)}
    return Prepared(study, source, frame, designs, notes)


def design_of(study: Study, frame: pd.DataFrame, level: str | None = None) -> Design:
    """Make the design of a study; with a level, supported firms are told apart by that column."""
    chosen = study.design
    panel = Panel.of(frame, study.roles(subgroup=level))
    return Design.of(panel, chosen.comparison, chosen.base, chosen.anticipation, chosen.unbalanced)


@contextmanager
def noting(notes: list[str]) -> Iterator[None]:
    """Collect what the user should know, once each; other warnings go their way."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", InputWarning)
        yield
    for one in caught:
        if not issubclass(one.category, InputWarning):
            warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)
        elif str(one.message) not in notes:
            notes.append(str(one.message))


def _estimated(prepared: Prepared) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Estimate every outcome with every estimator, and the first estimator also by region and subgroup."""
    study = prepared.study
    work: list[tuple[Outcome, Estimating, str | None]] = []
    work += [(outcome, one, None) for outcome in study.outcome for one in study.estimate]
    work += [(outcome, study.estimate[0], level) for outcome in study.outcome for level in study.levels]
    effects, pretests = [], []
    for outcome, one, level in tqdm(work, desc="estimating", delay=1, disable=None, leave=False):
        table, test = _one(study, prepared.designs[level], outcome, one, level)
        effects.append(table)
        pretests.append(test)
    return results.joined(effects), pd.concat([test for test in pretests if len(test)] or pretests[:1])


def _one(
    study: Study, design: Design, outcome: Outcome, chosen: Estimating, level: str | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    estimator = estimators.named(chosen.estimator)
    options = estimators.options(estimator, chosen.options)
    e = finished(estimator.estimate(design, outcome.specification, options), design.panel)
    effects = results.effects_of(e, study, outcome.name, chosen.estimator, level)
    return effects, results.pretests_of(e, outcome.name, chosen.estimator) if level is None else pd.DataFrame()
