"""The arguments of the command line: what each verb takes, and what `--help` says of it."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import Any

CODES = (
    "exit codes: 0 done; 2 something in the command, the study or the data must be mended (said in a sentence each); "
    "3 tables and figures are written, but the page could not be made; 130 interrupted, earlier results left as they were"
)
STUDY = {"type": Path, "metavar": "STUDY", "help": "the folder of the study, or its study.toml"}
FROM: dict[str, Any] = {
    "default": "detected",
    "metavar": "SYSTEM",
    "help": "of which system the codes are, such as mois:2024-01-18 (default: detected)",
}
OUT = {"type": Path, "default": Path("results"), "metavar": "DIR", "help": "where results go (default: results)"}


def parser(verbs: Iterable[str]) -> argparse.ArgumentParser:
    """Return the parser of every verb; the verb that was asked for is its `verb`."""
    whole = argparse.ArgumentParser(
        prog="impact",
        description="Does support for firms work, where, for whom, and who should be supported next?",
        epilog=f"begin with: impact new my-study. {CODES}",
    )
    whole.add_argument(
        "--version", action="store_const", dest="verb", const="version", default="help", help="print the version"
    )
    group = whole.add_subparsers(title="verbs", metavar="VERB")
    for verb in verbs:
        if verb in ADDED:
            ADDED[verb](group)
    return whole


def of_the_door(asked: argparse.Namespace) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the settings of `impact.estimate` and the estimator's own options; other arguments are about the table."""
    others = {"verb", "table", "by", "confidence", "draws", "seed", "out", "method", "option"}
    settings = {name: value for name, value in vars(asked).items() if name not in others}
    return settings, dict(asked.option) | ({} if asked.method is None else {"method": asked.method})


def _option(given: str) -> tuple[str, str | int]:
    """Read NAME=VALUE; a whole number is one."""
    name, sign, value = given.partition("=")
    if not (name and sign):
        raise argparse.ArgumentTypeError(f"an option is written NAME=VALUE; seen: {given!r}")
    return name, int(value) if value.removeprefix("-").isdecimal() else value


def _verb(group: Any, name: str, help_: str, more: str, example: str) -> argparse.ArgumentParser:
    """Add a verb with its one line, what it does in sentences, and an example."""
    made = _task(group, name, help_, more, example)
    made.set_defaults(verb=name)
    return made


def _of_results(group: Any, *words: str) -> argparse.ArgumentParser:
    """Add a verb of a study and of where its results lie."""
    made = _verb(group, *words)
    made.add_argument("study", **STUDY)  # type: ignore[arg-type]
    made.add_argument("--out", **OUT)  # type: ignore[arg-type]
    return made


def _task(group: Any, name: str, help_: str, more: str, example: str) -> argparse.ArgumentParser:
    """Add a task, which is one of those of a verb."""
    made: argparse.ArgumentParser = group.add_parser(
        name, help=help_, description=f"{help_[0].upper()}{help_[1:]}. {more}", epilog=f"example: {example}"
    )
    return made


def _check(group: Any) -> None:
    made = _verb(
        group,
        "check",
        "read everything, report every problem at once, estimate nothing",
        "Says how many firms are supported, from when to when, and what you should know about the data.",
        "impact check analyses/training-grants --size",
    )
    made.add_argument("study", **STUDY)  # type: ignore[arg-type]
    made.add_argument("--size", action="store_true", help="also say rows, cells and memory")


def _run(group: Any) -> None:
    _of_results(
        group,
        "run",
        "run a study: tables, figures, page",
        "Results go to DIR/<name of the study>: internal/ holds everything, released/ what may leave (figures on too few "
        "firms are suppressed). They replace those of an earlier run when all is done.",
        "impact run analyses/training-grants --out results",
    )


def _report(group: Any) -> None:
    made = _of_results(
        group,
        "report",
        "make a document again from the tables of an earlier run",
        "Nothing is estimated and no data are read. The report is for researchers, the brief for whoever decides; priorities "
        "need impact prioritize first.",
        "impact report analyses/smart-factory --kind brief --to pdf --language ko",
    )
    made.add_argument(
        "--kind", choices=("report", "brief", "priorities"), default="report", help="which document (report)"
    )
    made.add_argument(
        "--to", choices=("html", "pdf", "docx"), default="html", help="a page, a PDF or a Word file (html)"
    )
    made.add_argument("--language", choices=("en", "ko"), help="in which it is written (default: that of the study)")


def _prioritize(group: Any) -> None:
    _of_results(
        group,
        "prioritize",
        "say who is supported next: shrunken effects, grades, a plan for the next money",
        "Takes the effects by region of an earlier run and writes priorities.html, tables and maps beside its results. What is "
        "asked stands in the study's section [priorities]; without a budget there are grades and no plan.",
        "impact prioritize analyses/smart-factory",
    )


def _atlas(group: Any) -> None:
    made = _of_results(
        group,
        "atlas",
        "make one page with the effects by region: map, tiles, a card a region, table",
        "Reads the released tables of an earlier run and writes atlas.html beside them; it opens in any browser, and nothing is "
        "loaded from elsewhere. What may not leave is not in it.",
        "impact atlas analyses/smart-factory --boundaries sigungu.zip --language ko",
    )
    made.add_argument(
        "--boundaries", type=Path, metavar="FILE",
        help="boundaries to draw (default: those that were fetched; without any every region is a tile)",
    )  # fmt: skip
    made.add_argument("--language", choices=("en", "ko"), help="in which the page opens (default: that of the study)")


def _profile(group: Any) -> None:
    made = _verb(
        group,
        "profile",
        "say what a file holds: columns, years, keys, gaps, and what looks like a mistake",
        "Reads csv (UTF-8 or CP949), xlsx, parquet and dta as agencies hand them out, sets totals aside and says so, and writes "
        "one page beside the file. Nothing in the file is changed.",
        "impact profile sales_2015_2024.csv --language ko",
    )
    made.add_argument("table", type=Path, metavar="FILE", help="a csv, txt, tsv, xlsx, xlsm, parquet or dta file")
    made.add_argument("--out", type=Path, metavar="PAGE", help="the page (default: FILE.html beside the file)")
    made.add_argument("--language", choices=("en", "ko"), default="en", help="of headings (en)")


def _new(group: Any) -> None:
    made = _verb(
        group,
        "new",
        "make the folder of a new study",
        "It gets a study.toml that explains every setting, and a README; a folder that is there is left alone. From a file the "
        "table is made tidy and the settings are proposed, so that the study runs.",
        "impact new analyses/my-study --from sales_2015_2024.csv --supported recipients.xlsx",
    )
    made.add_argument("name", metavar="NAME", help="the folder to make; its last part names the study")
    made.add_argument("--from", dest="source", type=Path, metavar="FILE", help="your table, as it was handed out")
    made.add_argument(
        "--supported", type=Path, metavar="LIST",
        help="with --from: a file of who was supported and since when, by the same numbers or codes",
    )  # fmt: skip


def _simulate(group: Any) -> None:
    made = _verb(
        group,
        "simulate",
        "draw firms of the smart-factory programme, with a known truth",
        "Writes firms.parquet (one row per firm and year), truth.parquet (what would have been without support, with first "
        "and with second support) and estimands.csv into a new folder. Every table says that its firms are simulated.",
        "impact simulate firms --firms 20000 --seed 2015",
    )
    made.add_argument("out", type=Path, metavar="DIR", help="the folder to make")
    made.add_argument("--firms", type=int, default=20_000, metavar="COUNT", help="how many firms (20000)")
    made.add_argument("--seed", type=int, default=2015, metavar="NUMBER", help="of all draws (2015)")
    made.add_argument(
        "--violation", choices=("none", "growth", "dip"), default="none",
        help="break parallel trends: support follows persistent growth, or a transitory dip (none)",
    )  # fmt: skip


def _regions(group: Any) -> None:
    made = _verb(
        group,
        "regions",
        "codes and boundaries of regions: name their system, convert them, prepare maps",
        "Two offices number regions, each anew now and then; codes of one joined to those of the other give wrong regions "
        "without an error. A system is written NAME:DAY, such as mois:2024-01-18.",
        "impact regions detect firms.csv --column sigungu --names province",
    )
    tasks = made.add_subparsers(title="tasks", metavar="TASK", dest="task", required=True)
    for task in (_detect, _convert, _boundaries, _fetch):
        task(tasks)


def _detect(tasks: Any) -> None:
    made = _task(
        tasks,
        "detect",
        "say of which system and day the codes in a table are",
        "Where codes are of several alike, all are named: a file's own date does not tell.",
        "impact regions detect firms.csv --column sigungu --names province",
    )
    _codes(made)


def _codes(made: argparse.ArgumentParser) -> None:
    """Add a table, its column of codes, and what stands beside them."""
    made.add_argument("table", type=Path, metavar="FILE", help="a csv, parquet or xlsx file")
    made.add_argument("--column", required=True, metavar="COLUMN", help="the column of codes")
    made.add_argument("--names", metavar="COLUMN", help="a column with names of provinces, regions or both")


def _convert(tasks: Any) -> None:
    made = _task(
        tasks,
        "convert",
        "write a table in the codes of another system or day",
        "Of every column must be said what becomes of it when regions are merged; that of names is left out. Rows that cannot be "
        "converted are listed, and written to a file beside the output; none is dropped silently.",
        "impact regions convert people.csv --column code --to mois:2026-07-01 --sum people --out new.csv",
    )
    _codes(made)
    made.add_argument("--from", dest="source", **FROM)
    made.add_argument("--to", required=True, metavar="SYSTEM", help="the wanted one, such as mois:2026-07-01")
    for name, help_ in (
        ("--sum", "columns to add up, such as people"),
        ("--by", "columns with which each code stands once, such as the year"),
        ("--drop", "columns to leave out"),
    ):
        made.add_argument(name, nargs="+", default=[], metavar="COLUMN", help=help_)
    for name, kind, metavar, help_ in (
        ("--average", _average, "COLUMN=WEIGHT", "columns to average, such as rates, each weighted by another column"),
        ("--split", _share, "SPLIT", "how divided regions divide: population, or weights such as 28110:28125=44000"),
    ):
        made.add_argument(name, nargs="+", type=kind, default=[], metavar=metavar, help=help_)
    made.add_argument("--out", type=Path, required=True, metavar="FILE", help="the table to write, csv or parquet")


def _boundaries(tasks: Any) -> None:
    made = _task(
        tasks,
        "boundaries",
        "prepare a file of boundaries: one sound shape per region, in codes of one system",
        "Finds coordinates and codes, repairs what does not fit together, joins shapes into regions. The words that must stand "
        "on every map are written into the file.",
        "impact regions boundaries sigungu.zip --out boundaries.parquet --light",
    )
    made.add_argument(
        "table", type=Path, metavar="FILE", help="a shapefile (zip or shp), GeoJSON, TopoJSON, GeoPackage or GeoParquet"
    )
    made.add_argument("--out", type=Path, required=True, metavar="FILE", help="what to write, parquet or geojson")
    made.add_argument("--column", metavar="COLUMN", help="the column of codes (default: the one that holds most)")
    made.add_argument("--from", dest="source", **{**FROM, "help": f"{FROM['help']}; none: of no system"})
    for name, metavar, help_ in (
        ("--to", "SYSTEM", "the wanted one (default: that of the register)"),
        ("--crs", "NAME", "coordinates such as EPSG:5179, where the file does not say them or says them wrongly"),
        ("--layer", "NAME", "which layer, where the file has several"),
        ("--attribution", "TEXT", "the words that must stand on every map"),
    ):
        made.add_argument(name, metavar=metavar, help=help_)
    made.add_argument("--light", action="store_true", help="simplify borders by about 400 m, for pages")
    made.add_argument(
        "--islets", type=float, default=0.0, metavar="KM2", help="leave out smaller parts of a region (default: none)"
    )


def _fetch(tasks: Any) -> None:
    _task(
        tasks,
        "fetch",
        "download Korea's boundaries into your cache, and prepare them",
        "One file, pinned by its sha256 and checked. Nothing else of the package needs it or a network.",
        "impact regions fetch",
    )


def _average(given: str) -> tuple[str, str]:
    """Read COLUMN=WEIGHT."""
    name, sign, weight = given.partition("=")
    if not (name and sign and weight):
        raise argparse.ArgumentTypeError(f"an average is written COLUMN=WEIGHT; seen: {given!r}")
    return name, weight


def _share(given: str) -> str | tuple[tuple[str, str], float]:
    """Read `population`, or FROM:TO=WEIGHT."""
    pair, sign, weight = given.partition("=")
    source, colon, target = pair.partition(":")
    if not sign:
        return given
    try:
        if source and colon and target:
            return (source, target), float(weight)
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"a weight is written FROM:TO=NUMBER; seen: {given!r}")


def _handbook(group: Any) -> None:
    made = _verb(
        group,
        "handbook",
        "make the handbook as a website that needs no internet",
        "First steps, recipes, methods, every name, verb, setting and message, in English and Korean. Its examples are run while "
        "it is made, which takes a minute or two.",
        "impact handbook --out handbook",
    )
    made.add_argument(
        "--out", type=Path, default=Path("results/handbook"), metavar="DIR", help="where it goes (results/handbook)"
    )


def _map(group: Any) -> None:
    made = _verb(
        group,
        "map",
        "draw a table with a column of region codes",
        "Without any option the picture lies beside the table, as png: effects by how surely they are above zero, anything else "
        "in classes. It is drawn on boundaries that are named or fetched, else on tiles. The same in words lies beside it.",
        "impact map people.csv",
    )
    made.add_argument("table", type=Path, metavar="FILE", help="a csv, parquet or xlsx file, one row per region")
    _shown(made)
    for name, help_ in (
        ("--column", "the column of codes (default: region, code, or the one that holds most)"),
        ("--over", "repeat the map for each value of this column, such as the year"),
    ):
        made.add_argument(name, metavar="COLUMN", help=help_)
    made.add_argument(
        "--where",
        nargs="+",
        type=_where,
        action="extend",
        default=[],
        metavar="COLUMN=VALUE",
        help="which rows to take",
    )
    made.add_argument(
        "--boundaries", type=Path, metavar="FILE", help="boundaries to draw (default: those that were fetched)"
    )
    made.add_argument("--tiles", action="store_true", help="draw each region as a tile")
    made.add_argument("--language", choices=("en", "ko"), default="en", help="of what is written on the map (en)")
    made.add_argument("--title", default="", metavar="TEXT", help="above the map")
    made.add_argument(
        "--out", type=Path, metavar="FILE", help="the picture, png, svg or pdf (default: FILE.png beside the table)"
    )


def _shown(made: argparse.ArgumentParser) -> None:
    """Add what of a table a map shows."""
    made.add_argument(
        "--value", metavar="COLUMN", help="the column to show (default: effects, or the only one there is)"
    )
    made.add_argument(
        "--kind", choices=("probability", "mean", "classes", "two"),
        help="how surely effects are above the threshold, effects themselves, classes of a column, or risk beside effect",
    )  # fmt: skip
    made.add_argument(
        "--threshold", type=float, default=0.0, metavar="NUMBER", help="in the measure of the estimate (0)"
    )
    made.add_argument("--breaks", nargs="+", type=float, metavar="NUMBER", help="edges of classes, as they are shown")
    made.add_argument("--percent", action="store_true", help="effects are logarithms: show them as per cent")
    made.add_argument("--unit", default="", metavar="TEXT", help="of the values")


def _where(given: str) -> tuple[str, str]:
    """Read COLUMN=VALUE."""
    name, sign, value = given.partition("=")
    if not (name and sign):
        raise argparse.ArgumentTypeError(f"rows are chosen with COLUMN=VALUE; seen: {given!r}")
    return name, value


def _estimate(group: Any) -> None:
    made = _verb(
        group,
        "estimate",
        "estimate from a table, without a study file",
        "Prints effects with intervals; nothing is suppressed, so what is printed is for you alone.",
        "impact estimate firms.csv --unit firm --period year --first-supported since --outcome 'log(sales)' --by overall",
    )
    made.add_argument(
        "table", type=Path, metavar="TABLE", help="a csv, parquet or xlsx file, one row per firm and period"
    )
    _columns(made)
    _choices(made)
    _printed(made)


def _columns(made: argparse.ArgumentParser) -> None:
    """Add the columns of the table by the part that they play."""
    for name, help_ in (
        ("--unit", "the column that names the firm"),
        ("--period", "the column of periods (whole numbers)"),
        ("--first-supported", "the column of the first supported period; 0 or inf = never"),
        ("--outcome", "the outcome, or a transform of it such as 'log(sales)'"),
    ):
        made.add_argument(name, required=True, metavar="COLUMN", help=help_)
    for name, help_ in (
        ("--covariates", "columns, or transforms of them, given which trends are parallel"),
        ("--comparison-within", "compare only firms with the same values of these columns"),
    ):
        made.add_argument(name, nargs="+", default=[], metavar="COLUMN", help=help_)
    for name, help_ in (
        ("--comparison-among", "a column that is 1 for unsupported firms that may serve as comparison, 0 for others"),
        ("--weight", "the column of sampling weights"),
        ("--cluster", "errors may depend within the values of this column"),
        ("--region", "effects by this column (then: --by region)"),
        ("--subgroup", "effects by this column (then: --by subgroup)"),
    ):
        made.add_argument(name, metavar="COLUMN", help=help_)


def _choices(made: argparse.ArgumentParser) -> None:
    """Add who is compared with whom, and how."""
    for name, default, help_ in (
        ("--estimator", "callaway_santanna", "the estimator (default: callaway_santanna)"),
        ("--method", None, "an option of callaway_santanna: dr (default), reg or ipw"),
        ("--comparison", "never", "compare with firms never supported (default), or not_yet: also with later ones"),
        ("--base", "varying", "each period before support against the one before it (default), or universal"),
        ("--unbalanced", "pairs", "firms seen in both periods of a comparison (default), or drop, or keep"),
        ("--blank", "refuse", "what a blank first supported period means: refuse (default) or never"),
    ):
        made.add_argument(name, default=default, metavar="NAME", help=help_)
    made.add_argument(
        "--option", type=_option, action="append", default=[], metavar="NAME=VALUE", help="an option of the estimator"
    )
    made.add_argument("--until", type=int, metavar="PERIOD", help="the last period used (the last of the table)")
    made.add_argument(
        "--anticipation", type=int, default=0, metavar="PERIODS", help="how long before support firms may react (0)"
    )


def _printed(made: argparse.ArgumentParser) -> None:
    """Add what is printed, and where."""
    made.add_argument(
        "--by", nargs="+", metavar="LEVEL", help="event_time (default), cohort, period, region, subgroup, overall"
    )
    made.add_argument("--confidence", type=float, default=0.95, metavar="SHARE", help="of intervals and bands (0.95)")
    made.add_argument("--draws", type=int, default=999, metavar="COUNT", help="for the band over all effects (999)")
    made.add_argument("--seed", type=int, default=1, metavar="NUMBER", help="of the draws (1)")
    made.add_argument("--out", type=Path, metavar="FILE", help="also write the table as csv")


ADDED = {
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
}
