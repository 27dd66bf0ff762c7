"""One study from top to bottom: read it, make the panel, estimate, decide what may leave, write the pages."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from impact import checks, disclosure, estimators, folder, groups, progress, read, regression, results, truth
from impact.checks import advice
from impact.design import Design
from impact.door import finished
from impact.errors import InputError, InputWarning
from impact.estimates import Estimate
from impact.groups import Grouped
from impact.panel import Panel
from impact.study import Comparing, Estimating, Outcome, Study
from impact.threads import one_thread

RESULTS = Path("results")


@dataclass(frozen=True)
class Job:
    """One estimate to make: of an outcome, by an estimate of the study, comparing as it says.

    level: the column by which supported firms are told apart. within: beside the firms around each region, not all of them.
    """

    outcome: Outcome
    chosen: Estimating
    comparing: Comparing
    level: str | None = None
    within: bool = False


@dataclass(frozen=True)
class Prepared:
    """A study whose data are read and found sound; nothing is estimated yet."""

    study: Study
    tables: read.Tables
    designs: dict[tuple[Comparing, str | None], Design]
    notes: list[str] = field(default_factory=list)

    @property
    def design(self) -> Design:
        """Return the study's own design, which tells no regions or subgroups apart."""
        return self.designs[self.study.design, None]


@dataclass(frozen=True)
class Done:
    """Where the results lie, what the user should know, and why there is no page (nothing where there is one)."""

    place: Path
    notes: list[str]
    complaint: str


def run(path: Path, out: Path = RESULTS) -> Done:
    """Run a study; its results replace those of an earlier run when all is done."""
    prepared = prepare(path)
    study, notes = prepared.study, prepared.notes
    place = folder.checked(out / study.study.name)
    work = _work(study)
    with progress.steps(len(work) + 1 + folder.STEPS) as tell:
        with noting(notes):
            tables = _tables(prepared, work, tell)
        rooms = _rooms(prepared, tables)
        with noting(notes):
            complaint = folder.write(place, study, path, prepared.tables.source, rooms, tell)
    return Done(place, notes, complaint)


def prepare(path: Path) -> Prepared:
    """Read everything and report every problem at once; estimate nothing."""
    study = Study.read(path)
    tables = read.tables(study, path if path.is_dir() else path.parent)
    notes = _notes_on(study)
    with noting(notes):
        designs = _designs(study, tables.frame)
        checks.warn(advice.of_design(designs[study.design, None], [one.estimator for one in study.estimate]))
    return Prepared(study, tables, designs, notes)


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


def _notes_on(study: Study) -> list[str]:
    """Say where a study lets figures leave that the rule would hold back."""
    asked, rule = study.disclosure.minimum_firms, disclosure.default()
    if asked is None or asked >= rule["value"]:
        return []
    return [
        f"[disclosure] minimum_firms = {asked} lets figures leave on fewer than {rule['value']} firms ({rule['source']})."
    ]


def _designs(study: Study, frame: pd.DataFrame) -> dict[tuple[Comparing, str | None], Design]:
    """Make every design that an estimate asks for; what is wrong with any is reported at once."""
    designs: dict[tuple[Comparing, str | None], Design] = {}
    problems: list[str] = []
    asked = [(study.design, None), *((job.comparing, job.level) for job in _work(study))]
    for chosen, level in dict.fromkeys(asked):
        try:
            designs[chosen, level] = _made(Panel.of(frame, study.roles(chosen, level)), chosen)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(list(dict.fromkeys(problems)))
    return designs


def _made(panel: Panel, chosen: Comparing) -> Design:
    return Design.of(panel, chosen.comparison, chosen.base, chosen.anticipation, chosen.unbalanced, chosen.until)


def _work(study: Study) -> list[Job]:
    """List what is to be estimated: every outcome by every estimate, and by the first one for regions and subgroups."""
    whole = [
        Job(outcome, one, study.comparing(one))
        for outcome in study.outcome
        for one in study.estimate
        if one.is_for(outcome.name)
    ]
    return whole + [job for outcome in study.outcome for job in _by_group(study, outcome)]


def _by_group(study: Study, outcome: Outcome) -> Iterator[Job]:
    chosen = study.answer_on(outcome.name)
    comparing = study.comparing(chosen)
    for level in study.levels:
        yield Job(outcome, chosen, comparing, level)
    if comparing.region_within and study.panel.region:
        around = replace(comparing, comparison_within=comparing.region_within)
        yield Job(outcome, chosen, around, study.panel.region, within=True)


def estimated(prepared: Prepared, job: Job) -> tuple[Estimate, Estimate | None]:
    """Make one estimate of a study, and the same cells with their true effects where these are known."""
    design = prepared.designs[job.comparing, job.level]
    estimator = estimators.named(job.chosen.estimator)
    settings = estimators.options(estimator, job.chosen.options)
    raw = estimator.estimate(design, job.outcome.specification, settings)
    without = prepared.tables.without
    known = None if without is None else truth.of(raw, design, job.outcome.specification, without)
    return finished(raw, design.panel), known


@one_thread
def _tables(prepared: Prepared, work: list[Job], tell: progress.Tell) -> dict[str, pd.DataFrame]:
    """Estimate, and return every table; what stands in the way of any outcome is reported at once."""
    study, found, problems = prepared.study, _Found(prepared), []
    for job in work:
        tell(f"estimating {job.outcome.name}")
        try:
            found.add(job)
        except InputError as error:
            problems += [f"{job.outcome.name} ({job.chosen.name}): {problem}" for problem in error.problems]
    if problems:
        raise InputError(list(dict.fromkeys(problems)))
    tell("comparing outcomes and estimators")
    paths = (results.paths_of(prepared.design, one.specification, one.name) for one in study.outcome)
    return {
        "effects": results.joined(found.effects),
        "paths": results.paths_joined(paths),
        "pretests": results.tests_joined(found.pretests),
        "multiplicity": _across_outcomes(found, study),
        **found.between_groups(),
        **_regression(prepared),
        **({results.TRUTH: results.joined(found.truths, results.TRUTH_COLUMNS)} if found.truths else {}),
    }


@dataclass
class _Found:
    """What was estimated so far; answers are those of the first estimator, groups those of each outcome."""

    prepared: Prepared
    effects: list[pd.DataFrame] = field(default_factory=list)
    pretests: list[pd.DataFrame] = field(default_factory=list)
    truths: list[pd.DataFrame] = field(default_factory=list)
    answers: dict[str, tuple[str, Estimate]] = field(default_factory=dict)
    ways: dict[tuple[str, str], list[Grouped]] = field(default_factory=dict)

    def add(self, job: Job) -> None:
        """Estimate once more, and keep what the tables need of it."""
        keep = self._whole if job.level is None else self._apart
        keep(job, *estimated(self.prepared, job))

    def _whole(self, job: Job, e: Estimate, known: Estimate | None) -> None:
        averages = results.averages_of(e)
        self._tables(job, averages, None if known is None else results.averages_of(known))
        tests = results.pretests_of(averages, job.outcome.name, job.chosen.name, job.comparing.anticipation)
        self.pretests.append(tests)
        if job.chosen == self.prepared.study.answer_on(job.outcome.name):
            self.answers[job.outcome.name] = results.answer(averages)

    def _apart(self, job: Job, e: Estimate, known: Estimate | None) -> None:
        """Keep effects by group, each way of telling groups apart as a table of its own."""
        ways, true = (list(self._ways(job, of)) if of is not None else [] for of in (e, known))
        for position, one in enumerate(ways):
            also = {one.aggregation: true[position].effects} if true else None
            self._tables(job, {one.aggregation: one.effects}, also, one.column)
        self.ways.setdefault((job.outcome.name, job.chosen.name), []).extend(ways)

    def _ways(self, job: Job, e: Estimate) -> Iterator[Grouped]:
        attributes = () if job.within else self.prepared.study.panel.region_attributes
        return groups.renamed(groups.grouped(e, str(job.level), attributes, job.within))

    def _tables(
        self, job: Job, averages: results.Averages, known: results.Averages | None, column: str | None = None
    ) -> None:
        study, outcome, chosen = self.prepared.study, job.outcome.name, job.chosen.name
        self.effects.append(results.effects_of(averages, study, outcome, chosen, column))
        if known is not None:
            self.truths.append(results.truth_of(self.effects[-1], averages, known))

    def between_groups(self) -> dict[str, pd.DataFrame]:
        """Return the tests that groups do not differ, and how far regions lie apart."""
        tests = [groups.differences(of, *names) for names, of in self.ways.items()]
        apart = [groups.spreads(of, *names) for names, of in self.ways.items()]
        return {
            "differences": groups.joined(tests, groups.DIFFERENCE_COLUMNS, ["n_groups"]),
            "spread": groups.joined(apart, groups.SPREAD_COLUMNS, ["n_regions"]),
        }


def _regression(prepared: Prepared) -> dict[str, pd.DataFrame]:
    """Take the one coefficient of two-way fixed effects apart, where the study asks for it."""
    one = regression.wanted(prepared.study)
    if one is None:
        return regression.taken_apart(prepared.design, ())
    outcomes = [outcome for outcome in prepared.study.outcome if one.is_for(outcome.name)]
    return regression.taken_apart(prepared.designs[prepared.study.comparing(one), None], outcomes)


def _across_outcomes(found: _Found, study: Study) -> pd.DataFrame:
    """Adjust for the number of outcomes; where their errors are not known jointly, say so."""
    try:
        return results.multiplicity_of(found.answers, study)
    except InputError as error:
        checks.warn([f"P-values are not adjusted for the number of outcomes. {problem}" for problem in error.problems])
        return results.multiplicity_of({}, study)


def _rooms(prepared: Prepared, tables: dict[str, pd.DataFrame]) -> dict[str, folder.Tables]:
    """Put together what is for the researcher, and what may leave."""
    released = disclosure.released(tables, disclosure.minimum_firms(prepared.study.disclosure.minimum_firms))
    simulated = prepared.tables.simulated
    return {
        "internal": folder.Tables(tables, prepared.notes, simulated),
        "released": folder.Tables(released, [], simulated),
    }
