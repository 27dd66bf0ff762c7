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
from impact.door import finished
from impact.estimators import _data, _within, twfe
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
    """Compare two-way fixed effects with R's fixest: static and by event time, weights, covariates, every kind of errors."""
    numbers = pd.read_csv(HERE / "fixest.csv", dtype={"label": str}, keep_default_na=False, na_values=[""])
    for name, theirs in numbers.groupby("case", sort=False):
        e, rows = _coefficients(str(name))
        times = FACTORS.get(str(name), 1.0)
        ours = calls.terms(e, theirs, FIRST.get(str(name).partition(".")[0], 0), rows)
        ours["std_error"] *= np.sqrt(times)
        yield _beside(theirs, ours, "fixest", "0.14.2", 1e-8, "raw, times its factor" if times != 1 else "")


def _coefficients(name: str) -> tuple[impact.Estimate, int]:
    """Run a case of fixest here: all coefficients, and the number of rows."""
    study, *words = name.split(".")
    file, outcome, columns = STUDIES[study]
    chosen = [SETTINGS[word] for word in words if word in SETTINGS]
    roles = Roles(
        **columns, outcomes=(outcome,), **{key: value for said in chosen for key, value in said.items() if key in ROLES}
    )
    options = {key: value for said in chosen for key, value in said.items() if key not in ROLES}
    effects = "event_time" if "event" in words else "static"
    design = Design.of(Panel.of(_input(file).pipe(PREPARED.get(study, lambda frame: frame)), roles))
    e = finished(twfe.coefficients(design, outcome, twfe.Options(effects=effects, **options)), design.panel)
    nothing = np.zeros((len(design.cohorts) + 1, len(design.periods), 0))
    return e, len(_within.rows(design, _data.read(design, outcome), nothing)[0])


STUDIES = {
    "twfe": ("mpdta.csv", "lemp", {"unit": "countyreal", "period": "year", "first_supported": "first.treat"}),
    "base_did": (
        "base_did.csv",
        "y",
        {"unit": "id", "period": "period", "first_supported": "first", "covariates": ("x1",)},
    ),
    "ehec": ("ehec.csv", "dins", {"unit": "stfips", "period": "year", "first_supported": "yexp2", "blank": "never"}),
}
FIRST = {"base_did": 6, "ehec": 2014}  # one cohort; in ehec those of 2016 and later are never supported in sight
PREPARED = {
    "base_did": lambda frame: frame.assign(first=FIRST["base_did"] * frame["treat"]),
    "ehec": lambda frame: frame[(frame["year"] < 2016) & (frame["yexp2"] != 2015)],
}
ROLES = ("clusters", "weight", "covariates")
SETTINGS = {
    "weights": {"weight": "w"},
    "lpopXyear": {"covariates": ("lpop",)},
    "state": {"clusters": ("state",)},
    **{name: {"errors": name} for name in ("iid", "hetero", "hc3", "newey_west", "driscoll_kraay", "firm_and_period")},
    **{name: {"small_sample": False} for name in ("raw", "no_K", "no_G", "full_K", "least_K")},
}
FACTORS = {  # N = 2,500 rows, G = 500 clusters; we have one switch for both factors, fixest one for each, and three for K
    "twfe.no_K": 500 / 499,
    "twfe.no_G": 2499 / 2494,
    "twfe.full_K": 500 / 499 * 2499 / 1995,
    "twfe.least_K": 500 / 499 * 2499 / 2499,
}


def bacon() -> Iterator[pd.DataFrame]:
    """Compare the decomposition of a static regression with R's bacondecomp, without and with covariates."""
    numbers = pd.read_csv(HERE / "bacon.csv", dtype={"label": str}, keep_default_na=False, na_values=[""])
    for name, theirs in numbers.groupby("case", sort=False):
        covariates = ("l_pop", "l_income") if str(name).endswith(".controls") else ()
        roles = Roles(unit="state", period="year", supported="post", outcomes=("l_homicide",), covariates=covariates)
        design = Design.of(Panel.of(_input("castle.csv"), roles))
        found = _decomposed(decompose.bacon(design, "l_homicide"))
        found["twfe", ""] = twfe.estimate(design, "l_homicide", twfe.Options(effects="static")).value.iloc[0]
        keys = zip(theirs["estimand"].str.removeprefix("bacon_"), theirs["label"].fillna(""), strict=True)
        ours = pd.DataFrame({"value": [found[key] for key in keys], "std_error": np.nan, "scale": 0.0}, theirs.index)
        yield _beside(theirs, ours, "bacondecomp", "0.1.3", 1e-7, "")


def _decomposed(table: pd.DataFrame) -> dict[tuple[str, str], float]:
    """Return what bacondecomp calls its numbers: comparisons weighted to one, and by type, the within part apart."""
    within = table["type"] == "covariates"
    pairs, own = table[~within], table[within]
    share = own["weight"].sum()
    found = {("Omega", ""): share, ("beta_within", ""): own["estimate"].sum()}
    found["total", ""] = (table["weight"] * table["estimate"]).sum()
    for row in pairs.itertuples():
        label = f"{row.treated} {row.comparison}"
        found |= {("estimate", label): row.estimate, ("weight", label): row.weight / (1 - share)}
    for kind, of in pairs.groupby("type"):
        average = (of["weight"] * of["estimate"]).sum() / of["weight"].sum()
        found |= {("type_weight", TYPES[kind]): of["weight"].sum(), ("type_average", TYPES[kind]): average}
    return found


TYPES = {
    "never supported": "Treated vs Untreated",
    "supported later": "Earlier vs Later Treated",
    "already supported": "Later vs Earlier Treated",
    "both supported": "Both Treated",
}


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
