"""Set every reference number beside ours: the difference, the tolerance, whether it passes, and where it comes from.

    make conformance      # writes tests/reference/conformance.csv and reports/handbook/conformance.md

Inputs of other packages are read from ../shared; without that folder nothing is written.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from reference import calls

import impact
from impact import decompose
from impact.design import Design
from impact.panel import Panel
from impact.roles import Roles

HERE = Path(__file__).resolve().parent
SHARED = HERE.parents[2] / "shared" / "golden"
PAGE = HERE.parents[1] / "reports" / "handbook" / "conformance.md"
KEYS = ["package", "version", "case", "estimand", "cohort", "period", "event_time", "label"]
COLUMNS = [*KEYS, "what", "theirs", "ours", "difference", "tolerance", "passes", "reason"]


def did() -> Iterator[pd.DataFrame]:
    """Compare every number of R's did."""
    cases = calls.cases()
    for name, theirs in calls.numbers().groupby("case", sort=False):
        case = cases.loc[str(name)]
        if name == "boot":
            continue  # Monte Carlo on both sides: compared in test_did.py
        theirs = (
            theirs[theirs["estimand"] != "n_units"] if "cluster" in str(name) else theirs
        )  # there, units are clusters
        e = calls.estimated(_input(case["data"]), case["call"])
        ours, reason = calls.answers(e, theirs), case["reason"].partition(":")[0].partition(" (")[0]
        yield _beside(theirs, ours, case["package"], case["version"], float(case["tolerance"]), reason)


def fixest() -> Iterator[pd.DataFrame]:
    """Compare two-way fixed effects with R's fixest: static, by event time, weights, covariates by year, other errors."""
    numbers = pd.read_csv(HERE / "fixest.csv", dtype={"label": str}, keep_default_na=False, na_values=[""])
    frame = _input("mpdta.csv")
    for name, theirs in numbers.groupby("case", sort=False):
        settings = FIXEST[str(name)]
        e = impact.estimate(frame, "lemp", "countyreal", "year", "first.treat", "twfe", **settings)
        table = e.table().set_index("event_time").loc[theirs["event_time"]] if "effects" not in settings else e.table()
        ours = pd.DataFrame(
            {"value": table["estimate"].to_numpy(), "std_error": table["std_error"].to_numpy(), "scale": 0.0},
            theirs.index,
        )
        yield _beside(theirs, ours, "fixest", "0.14.2", 1e-8, "")


FIXEST = {
    "twfe": {"effects": "static"},
    "twfe.state": {"effects": "static", "cluster": "state"},
    "twfe.iid": {"effects": "static", "errors": "iid"},
    "twfe.hetero": {"effects": "static", "errors": "hetero"},
    "twfe.driscoll_kraay": {"effects": "static", "errors": "driscoll_kraay"},
    "twfe.weights": {"effects": "static", "weight": "w"},
    "twfe.lpopXyear": {"effects": "static", "covariates": ["lpop"]},
    "twfe.event": {},
}


def bacon() -> Iterator[pd.DataFrame]:
    """Compare the decomposition of a static regression with R's bacondecomp."""
    theirs = pd.read_csv(HERE / "bacon.csv", dtype={"label": str}, keep_default_na=False, na_values=[""])
    roles = Roles(unit="state", period="year", supported="post", outcomes=("l_homicide",))
    table = decompose.bacon(Design.of(Panel.of(_input("castle.csv"), roles)), "l_homicide")
    pairs = table.set_index(table["treated"].astype(str) + " " + table["comparison"])
    total = {"total": (table["weight"] * table["estimate"]).sum()}
    found = [
        total["total"] if kind == "bacon_total" else pairs.loc[label, kind.removeprefix("bacon_")]
        for kind, label in zip(theirs["estimand"], theirs["label"], strict=True)
    ]
    ours = pd.DataFrame({"value": found, "std_error": np.nan, "scale": 0.0}, theirs.index)
    yield _beside(theirs, ours, "bacondecomp", "0.1.3", 1e-7, "")


def conformance() -> pd.DataFrame:
    """Return one row for each number."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", impact.InputWarning)
        return pd.concat([part for source in (did, fixest, bacon) for part in source()], ignore_index=True)


def _beside(
    theirs: pd.DataFrame, ours: pd.DataFrame, package: str, version: str, tolerance: float, reason: str
) -> pd.DataFrame:
    """Put values and standard errors under one another, each beside ours; a number that nobody printed is left out."""
    parts = []
    for what in ("value", "std_error"):
        scale = ours["scale"] if what == "value" else 0.0
        wide = np.fmax(np.abs(theirs[what]), scale)
        passes = calls.agrees(ours[what], theirs[what], tolerance, ours["scale"] if what == "value" else 0.0)
        part = theirs.assign(package=package, version=version, what=what, theirs=theirs[what], ours=ours[what])
        part = part.assign(
            difference=(ours[what] - theirs[what]).abs() / wide, tolerance=tolerance, passes=passes, reason=reason
        )
        parts.append(part[theirs[what].notna() | ours[what].notna()])
    return pd.concat(parts).reindex(columns=COLUMNS)


def page(table: pd.DataFrame) -> str:
    """Write what a reader wants to know: how many numbers, how close, and what does not pass and why."""
    groups = table.groupby(["package", "version", "reason"])
    lines = [
        f"| {package} {version} | {reason or 'same algorithm'} | {len(of):,} | {of['tolerance'].iloc[0]:.0e} | "
        f"{of['difference'].max():.1e} | {int((~of['passes']).sum())} |"
        for (package, version, reason), of in groups
    ]
    return (
        (HERE / "conformance.md")
        .read_text(encoding="utf-8")
        .format(total=f"{len(table):,}", failing=int((~table["passes"]).sum()), rows="\n".join(lines))
    )


def main() -> None:
    """Write the table and the page."""
    if not SHARED.is_dir():
        sys.exit("The inputs of other packages are not here (../shared); nothing is written.")
    table = conformance()
    table.to_csv(HERE / "conformance.csv", index=False, float_format="%.12g", lineterminator="\n")
    PAGE.write_text(page(table), encoding="utf-8", newline="\n")
    print(table.groupby("package")["passes"].agg(["size", "sum"]))


def _input(name: str) -> pd.DataFrame:
    return pd.read_csv(SHARED / "data" / name)


if __name__ == "__main__":
    main()
