"""Write the tables of numbers that R's did, fixest and bacondecomp printed (run by hand; the tests read only the results).

    python tests/reference/extract.py ../shared/golden/numbers.csv

Of did, left out, with the reason:
    fix_base_period and so on   another rule for weights that change; on these data all rules give the same numbers
    CONVERGED                   fastglm takes its last step back at tol=1e-15, so they repeat the others (test_logit.py)
    rows without covariates     of dr and ipw where rows are compared: without covariates the three methods are one
    covariances                 of event studies where rows are compared, or of dr and ipw without covariates (errors are kept)
    covariances of a base cell  they are zero; that its standard error is blank is kept
"""

import re
import sys
from pathlib import Path

import pandas as pd

HERE = Path(__file__).parent
LEFT_OUT = r"fix_base_period|fix_first_period|fix_varying|CONVERGED|(?:_rcs|allowTRUE)\.(?:dr|ipw)\.nocov"
NO_COVARIANCE = r"_rcs|allowTRUE|(?:dr|ipw)\.nocov"
NUMBERS = ["case", "estimand", "cohort", "period", "event_time", "label", "value", "std_error"]
ERRORS = {
    "'iid'": "iid",
    "'hetero'": "hetero",
    "'HC3'": "hc3",
    "~state": "state",
    "~countyreal+year": "firm_and_period",
    "~id+period": "firm_and_period",
    "vcov_DK(time='year', lag=1)": "driscoll_kraay",
    "vcov_NW(unit='countyreal', time='year', lag=1)": "newey_west",
    "ssc(K.adj=FALSE, G.adj=FALSE)": "raw",
    "ssc(K.adj=FALSE)": "no_K",
    "ssc(G.adj=FALSE)": "no_G",
    "ssc(K.fixef='full')": "full_K",
    "ssc(K.fixef='none')": "least_K",
}
LOGIT = (
    "did's logit (fastglm) stops when the deviance has settled to 1e-8, one step before ours; made to stop there, the twin "
    "agrees to 1e-10 (test_logit.py)"
)
SIGN = (
    "effects only: standard errors of DRDID 1.2.3 have a sign error in the regression of the earlier period; with it, the twin "
    "agrees to 1e-10 (test_cross_sections.py)"
)


def main(source: str) -> None:
    """Write the tables beside this file."""
    every = pd.read_csv(source, dtype=str, keep_default_na=False)
    fixest(every).to_csv(HERE / "fixest.csv", index=False)
    bacon(every).to_csv(HERE / "bacon.csv", index=False)
    rows = every
    rows = rows[rows["package"].eq("did") & ~rows["case"].str.contains(LEFT_OUT)]
    study, covariance = (rows["estimand"].str.startswith(name) for name in ("vcov_dynamic", "vcov"))
    rows = rows[~(covariance & rows["value"].eq("0")) & ~(study & rows["case"].str.contains(NO_COVARIANCE))]
    rows = rows.assign(case=rows["case"].map(bare), label=rows["label"].map(short))
    rows[NUMBERS].to_csv(HERE / "did.csv", index=False)
    cases(rows).to_csv(HERE / "did_cases.csv", index=False)


def bare(case: str) -> str:
    """Drop from a case's name what all of them have."""
    bare = case.removeprefix("did.mpdta").lstrip("._").replace(".allowFALSE", "")
    return bare.replace("unbalanced.allowTRUE", "keep")


def short(label: str) -> str:
    """Keep of a label what the other columns do not say: the second cell of a covariance, W, p."""
    if label.startswith("cov(e="):
        return label.split(",e=")[1].rstrip(")")
    if label.startswith("cov("):
        return label.removeprefix("cov")
    return label.split(" ")[0]


def cases(rows: pd.DataFrame) -> pd.DataFrame:
    """Name each case once, with its call."""
    first = rows.groupby("case", sort=False).first().reset_index()
    first["call"] = first["call"].str.removeprefix("r <- ").str.replace("set.seed(2024); ", "")
    loose = first["tolerance"] == "rel 1e-7"
    first["reason"] = [LOGIT if is_loose else "" for is_loose in loose]
    wrong = first["case"].str.match(r"(?:keep|rcs)\.dr\.lpop")
    first.loc[wrong, "reason"] = SIGN
    simulated = first["case"] == "boot"
    first.loc[simulated, "reason"] = "Monte Carlo: 40,000 multiplier draws there, 40,000 here"
    first["tolerance"] = first["tolerance"].str.extract(r"(\d\S*)")[0]
    columns = ["case", "package", "package_version", "call", "data", "tolerance", "reason"]
    return first[columns].rename(columns={"package_version": "version"})


def fixest(rows: pd.DataFrame) -> pd.DataFrame:
    """Keep two-way fixed effects by least squares; a case is named by its data, its form and its errors."""
    chosen = rows[rows["case"].str.match(r"fixest\.(?:twfe\.mpdta|base_did|ehec)")]
    bare = chosen["case"].str.removeprefix("fixest.").str.replace("twfe.mpdta", "twfe")
    errors = chosen["note"].str.extract(r"^vcov = (?:cluster ~ \w+ \+ )?(.*)$")[0].map(ERRORS)
    assert errors.notna().equals(chosen["note"].str.startswith("vcov = ")), "errors without a name"
    chosen = chosen.assign(case=bare.where(errors.isna(), bare + "." + errors.fillna("")))
    chosen["event_time"] = chosen["event_time"].where(chosen["label"].str.startswith("rel::"), "")
    return chosen[["case", "call", "estimand", "event_time", "label", "value", "std_error"]]


def bacon(rows: pd.DataFrame) -> pd.DataFrame:
    """Keep the decompositions; a comparison is named by its two cohorts, a sum by its type."""
    chosen = rows[rows["case"].str.startswith("bacon.")]
    labels = [re.sub(r"^treated (\d+) vs (\w+) .*$", r"\1 \2", label) for label in chosen["label"]]
    labels = [label.replace("Inf", "never") for label in labels]
    return chosen.assign(label=labels)[["case", "call", "estimand", "label", "value", "std_error"]]


if __name__ == "__main__":
    main(sys.argv[1])
