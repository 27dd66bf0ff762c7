"""Arguments become a verb; a user's mistake becomes sentences and a documented exit code."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

DONE, MISTAKE, NO_PAGE, INTERRUPTED = 0, 2, 3, 130
CODES = (
    "exit codes: 0 done; 2 something in the command, the study or the data must be mended (said in a sentence each); "
    "3 tables and figures are written, but the page could not be made; 130 interrupted, earlier results left as they were"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit code."""
    parser = _parser()
    given = parser.parse_args(arguments)
    if not hasattr(given, "verb"):
        parser.print_help()
        return DONE
    try:
        return _said(given.verb, given)
    except KeyboardInterrupt:
        print("Interrupted. Nothing was replaced.", file=sys.stderr)
        return INTERRUPTED


def _said(verb: Callable[[argparse.Namespace], int], given: argparse.Namespace) -> int:
    """Run a verb; what the user must mend is printed as sentences."""
    from impact.errors import InputError

    try:
        return verb(given)
    except InputError as error:
        print("\n".join(error.problems), file=sys.stderr)
        return MISTAKE
    except BrokenPipeError:
        sys.stderr.close()
        return DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="impact", description="Does support for firms work, where, for whom, and who should be supported next?",
        epilog=CODES,
    )  # fmt: skip
    parser.add_argument("--version", action="store_const", dest="verb", const=_version, help="print the version")
    verbs = parser.add_subparsers(title="verbs", metavar="VERB")
    _study(verbs, "check", _check, "read everything, report every problem at once, estimate nothing").add_argument(
        "--size", action="store_true", help="say rows, cells and memory"
    )
    for name, verb, help_ in (
        ("run", _run, "run a study: tables, figures, page"),
        ("report", _report, "make the page again from the tables of an earlier run"),
    ):
        _study(verbs, name, verb, help_).add_argument(
            "--out", type=Path, default=Path("results"), metavar="DIR", help="where results go (default: results)"
        )
    _estimate_arguments(verbs.add_parser("estimate", help="estimate from a table, without a study file"))
    new = verbs.add_parser("new", help="make the folder of a new study")
    new.add_argument("name", metavar="NAME", help="the folder to make")
    new.set_defaults(verb=_new)
    return parser


def _study(verbs: argparse._SubParsersAction, name: str, verb: Callable, help_: str) -> argparse.ArgumentParser:
    parser = verbs.add_parser(name, help=help_, description=help_)
    parser.add_argument("study", type=Path, metavar="STUDY", help="the folder of the study, or its study.toml")
    parser.set_defaults(verb=verb)
    return parser


def _estimate_arguments(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(verb=_estimate)
    parser.add_argument(
        "table", type=Path, metavar="TABLE", help="a csv, parquet or xlsx file, one row per firm and period"
    )
    for name, help_ in (
        ("--unit", "the column that names the firm"),
        ("--period", "the column of periods (whole numbers)"),
        ("--first-supported", "the column of the first supported period; 0 or inf = never"),
        ("--outcome", "the outcome, or a transform of it such as 'log(sales)'"),
    ):
        parser.add_argument(name, required=True, metavar="COLUMN", help=help_)
    parser.add_argument("--estimator", default="callaway_santanna")
    parser.add_argument("--method", help="dr, reg or ipw")
    parser.add_argument("--comparison", default="never", help="never or not_yet")
    parser.add_argument("--base", default="varying", help="varying or universal")
    parser.add_argument("--unbalanced", default="pairs", help="pairs or drop")
    parser.add_argument("--anticipation", type=int, default=0, metavar="PERIODS")
    parser.add_argument("--blank", default="refuse", help="what a blank first supported period means: refuse or never")
    for name in ("--covariates", "--comparison-within"):
        parser.add_argument(name, nargs="+", default=[], metavar="COLUMN")
    for name in ("--weight", "--cluster", "--region", "--subgroup"):
        parser.add_argument(name, metavar="COLUMN")
    parser.add_argument(
        "--by", nargs="+", metavar="LEVEL", help="event_time, cohort, period, region, subgroup, overall"
    )
    parser.add_argument("--confidence", type=float, default=0.95)
    parser.add_argument("--draws", type=int, default=999)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, metavar="FILE", help="also write the table as csv")


def _check(given: argparse.Namespace) -> int:
    from impact import run, size

    prepared = run.prepare(given.study)
    _notes(prepared.notes)
    print(size.in_words(prepared) if given.size else size.in_a_line(prepared))
    return DONE


def _run(given: argparse.Namespace) -> int:
    from impact import run

    done = run.run(given.study, given.out)
    _notes(done.notes)
    return _where(done.place, done.complaint)


def _report(given: argparse.Namespace) -> int:
    from impact import folder
    from impact.study import Study

    place = given.out / Study.read(given.study).study.name
    return _where(place, folder.report(place))


def _estimate(given: argparse.Namespace) -> int:
    from impact import door, read, run

    fixed = {"verb", "table", "by", "confidence", "draws", "seed", "out", "method"}
    settings = {name: value for name, value in vars(given).items() if name not in fixed}
    options = {} if given.method is None else {"method": given.method}
    notes: list[str] = []
    codes = [name for name in (given.unit, given.region, given.cluster) if name]
    with run.noting(notes):
        e = door.estimate(read.file(given.table, codes), **settings, **options)
    _notes(notes)
    has_time = "period" in e.value.index.names
    table = e.by(
        given.by[0] if given.by == ["overall"] else given.by or ("event_time" if has_time else "cohort")
    ).table(given.confidence, given.draws, given.seed)
    print(table.round(4).to_string(index=False, na_rep=""))
    if given.out:
        table.to_csv(given.out, index=False, encoding="utf-8-sig", lineterminator="\n")
    return DONE


def _new(given: argparse.Namespace) -> int:
    from impact import new

    place = new.study(Path(given.name))
    print(f"Made {place}. Put your table into it, mend study.toml, then: impact check {place}")
    return DONE


def _version(given: argparse.Namespace) -> int:
    import impact

    print(impact.__version__)
    return DONE


def _notes(notes: Sequence[str]) -> None:
    for note in notes:
        print(f"note: {note}", file=sys.stderr)


def _where(place: Path, complaint: str) -> int:
    """Say where the pages lie, or why there is none."""
    if complaint:
        print(f"{complaint}\nTables and figures: {place}", file=sys.stderr)
        return NO_PAGE
    print(f"What may leave: {place / 'released' / 'report.html'}\nEverything:     {place / 'internal' / 'report.html'}")
    return DONE


if __name__ == "__main__":
    sys.exit(main())
