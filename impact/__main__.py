"""Arguments become a verb; a user's mistake becomes sentences and a documented exit code."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from impact.estimates import Estimate

DONE, MISTAKE, NO_PAGE, INTERRUPTED = 0, 2, 3, 130


def main(given: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit code."""
    from impact import arguments

    _write_every_letter()
    asked = arguments.parser(VERBS).parse_args(given)
    try:
        code = _said(VERBS[asked.verb], asked)
        sys.stdout.flush()
    except KeyboardInterrupt:
        print("Interrupted. Nothing was replaced.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # whoever read has gone, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    return code


def _said(verb: Callable[[Namespace], int], asked: Namespace) -> int:
    """Run a verb; what the user must mend is printed as sentences."""
    from impact.errors import InputError

    try:
        return verb(asked)
    except InputError as error:
        _say(error.problems)
    except BrokenPipeError:
        raise
    except OSError as error:
        what, why = error.filename or "A file", error.strerror or error
        _say([f"{what} cannot be read or written: {why}. Check the path, its permissions and the space on the disk."])
    return MISTAKE


def _check(asked: Namespace) -> int:
    from impact import run, size

    prepared = run.prepare(asked.study)
    _notes(prepared.notes)
    print(size.in_words(prepared) if asked.size else size.in_a_line(prepared))
    return DONE


def _run(asked: Namespace) -> int:
    from impact import run

    done = run.run(asked.study, asked.out)
    _notes(done.notes)
    return _where(done.place, done.complaint)


def _report(asked: Namespace) -> int:
    from impact import folder
    from impact.study import Study

    study = Study.read(asked.study).study
    place, language = asked.out / study.name, asked.language or study.language
    own = "" if language == study.language else f".{language}"
    complaint = folder.report(place, asked.kind, asked.to, language)
    return _where(place, complaint, f"{asked.kind}{own}.{asked.to}")


def _prioritize(asked: Namespace) -> int:
    from impact import prioritize
    from impact.prioritize.run import run

    done = run(asked.study, asked.out)
    _notes(done.notes)
    return _where(done.place, done.complaint, prioritize.FILE)


def _atlas(asked: Namespace) -> int:
    from impact import atlas
    from impact.study import Study

    made = atlas.make(asked.out / Study.read(asked.study).study.name, asked.boundaries, asked.language)
    _notes(made.notes)
    print(f"Made {made.path}. It opens in any browser and loads nothing from elsewhere.")
    return DONE


def _estimate(asked: Namespace) -> int:
    from impact import arguments, door, marks, read, run

    settings, options = arguments.of_the_door(asked)
    codes = [asked.unit, asked.region, asked.cluster, asked.subgroup, *asked.comparison_within]
    notes: list[str] = []
    with run.noting(notes):
        frame = read.file(asked.table, [name for name in codes if name])
        e = door.estimate(frame, **settings, **options)
    _notes(notes)
    table = marks.carried(frame, _by(e, asked.by).table(asked.confidence, asked.draws, asked.seed))
    print(table.round(4).to_string(index=False, na_rep=""))
    if asked.out:
        table.to_csv(asked.out, index=False, encoding="utf-8-sig", lineterminator="\n")
    return DONE


def _by(e: Estimate, asked: list[str] | None) -> Estimate:
    """Average as asked for; unasked by event time, else by cohort, else not at all: what the estimate knows of these."""
    if asked:
        return e.by("overall" if asked == ["overall"] else asked)
    levels = set(e.value.index.names)
    known = "event_time" if levels & {"event_time", "period"} else "cohort" if "cohort" in levels else None
    return e.by(known) if known else e


def _handbook(asked: Namespace) -> int:
    from impact.handbook import site
    from impact.publish import PublishError

    try:
        first = site.build(asked.out)
    except PublishError as error:
        _say([str(error)])
        return NO_PAGE
    print(f"Made {first}. It opens in any browser and loads nothing from elsewhere.")
    return DONE


def _new(asked: Namespace) -> int:
    from impact import new

    if asked.source is not None:
        return _start(asked)
    if asked.supported is not None:
        _say(
            [
                "--supported lists who was supported in the table of --from FILE; seen: no --from. Name the table as well."
            ]
        )
        return MISTAKE
    place = new.study(Path(asked.name))
    print(f"Made {place}. Put your table into it, mend study.toml, then: impact check {place}")
    return DONE


def _start(asked: Namespace) -> int:
    from impact.intake import starter

    started = starter.start(Path(asked.name), asked.source, asked.supported)
    _notes(started.notes)
    made = "the table, tidied, and a study.toml with a proposal for each setting"
    print(f"Made {started.place}: {made}. Read it, then: impact check {started.place}")
    return DONE


def _profile(asked: Namespace) -> int:
    from impact.intake.profile import profile
    from impact.intake.profile_page import written
    from impact.publish import PublishError

    found = profile(asked.table)
    _notes([*found.taken.notes, *found.tidy.notes])
    _say(found.findings, sys.stdout)
    try:
        page = written(found, asked.out or asked.table.with_name(f"{asked.table.name}.html"), asked.language)
    except PublishError as error:
        _say([str(error)])
        return NO_PAGE
    print(f"Made {page}. It opens in any browser and loads nothing from elsewhere; it shows values of single firms.")
    return DONE


def _simulate(asked: Namespace) -> int:
    from impact import progress, simulate

    world = simulate.World(firms=asked.firms, seed=asked.seed, violation=asked.violation)
    with progress.steps(simulate.STEPS) as tell:
        place = simulate.write(world, asked.out, tell)
    print(
        f"Made {place}: firms.parquet, truth.parquet, estimands.csv. These firms are simulated, and every table says so."
    )
    return DONE


def _regions(asked: Namespace) -> int:
    from impact.regions import verbs

    said = verbs.TASKS[asked.task](asked)
    _notes(said.notes)
    _say(said.lines, sys.stdout)
    return DONE


def _map(asked: Namespace) -> int:
    from impact import run
    from impact.show.maps import verb

    notes: list[str] = []
    with run.noting(notes):
        path, alt = verb.run(asked)
    _notes(notes)
    _say([f"{path}: {alt}"], sys.stdout)
    return DONE


def _help(asked: Namespace) -> int:
    from impact import arguments

    arguments.parser(VERBS).print_help()
    return DONE


def _version(asked: Namespace) -> int:
    import impact

    print(impact.__version__)
    return DONE


VERBS: dict[str, Callable[[Namespace], int]] = {
    "check": _check,
    "run": _run,
    "report": _report,
    "prioritize": _prioritize,
    "atlas": _atlas,
    "estimate": _estimate,
    "profile": _profile,
    "new": _new,
    "simulate": _simulate,
    "regions": _regions,
    "map": _map,
    "handbook": _handbook,
    "help": _help,
    "version": _version,
}


def _where(place: Path, complaint: str, page: str = "report.html") -> int:
    """Say where the pages lie, or why there is none."""
    if complaint:
        _say([complaint, f"Tables and figures: {place}"])
        return NO_PAGE
    print(f"What may leave: {place / 'released' / page}\nEverything:     {place / 'internal' / page}")
    return DONE


def _notes(notes: Iterable[str]) -> None:
    _say(f"note: {note}" for note in notes)


def _say(sentences: Iterable[str], stream: TextIO | None = None) -> None:
    """Print sentences for the user; a sign in a file that would steer the terminal does not."""
    for line in "\n".join(sentences).splitlines():
        print("".join(sign if sign.isprintable() else "�" for sign in line), file=stream or sys.stderr)


def _write_every_letter() -> None:
    """Where a terminal cannot show a letter, show a question mark rather than stop."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


if __name__ == "__main__":
    sys.exit(main())
