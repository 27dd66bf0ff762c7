"""Read reference numbers, translate R calls into calls of `impact.estimate`, and compare."""

import functools
import re
from pathlib import Path

import numpy as np
import pandas as pd

import impact

HERE = Path(__file__).parent
COMPARISON = {"nevertreated": "never", "notyettreated": "not_yet"}
LEVELS = {
    "att_gt": ["cohort", "period"],
    "simple": "overall",
    "dynamic": "event_time",
    "group": "cohort",
    "calendar": "period",
}
RESTRICTED = {
    "": {},
    "balance0": {"balance": 0},
    "balance1": {"balance": 1},
    "window": {"window": (-1, 1)},
    "max1": {"window": (None, 1)},
}
PLACE = ["cohort", "period", "event_time"]


def cases():
    """Return the table of cases, by name."""
    return pd.read_csv(HERE / "did_cases.csv", index_col="case", keep_default_na=False)


def numbers():
    """Return the table of numbers; R's NA is NaN."""
    return pd.read_csv(HERE / "did.csv", dtype={"label": str})


def arguments(call):
    """Translate did's att_gt(...) into keywords of `impact.estimate`; what the call does not say is did's default."""

    def said(name, otherwise):
        found = re.search(rf"\b{name}=(?:'([^']*)'|([^,)]+))", call)
        return (found[1] or found[2]) if found else otherwise

    return {
        "covariates": None if said("xformla", "~1") == "~1" else said("xformla", "~1")[1:],
        "comparison": COMPARISON[said("control_group", "nevertreated")],
        "base": said("base_period", "varying"),
        "anticipation": int(said("anticipation", "0")),
        "method": said("est_method", "dr"),
        "weight": said("weightsname", None),
        "cluster": said("clustervars", None),
        "unbalanced": "drop" if said("allow_unbalanced_panel", "FALSE") == "FALSE" else "keep",
        "unit": None if said("panel", "TRUE") == "FALSE" else "countyreal",
    }


def estimated(frame, call, **changed):
    """Run the call here."""
    return impact.estimate(
        frame, "lemp", period="year", first_supported="first.treat", **{**arguments(call), **changed}
    )


def aggregated(e, estimand):
    """Return what did calls `estimand` ("dynamic.balance1_overall"), as an Estimate."""
    name, overall = estimand.removesuffix("_overall"), estimand.endswith("_overall")
    kind, _, restriction = name.partition(".")
    return e if kind == "att_gt" else e.by(LEVELS[kind], average=overall, **RESTRICTED[restriction])


def units_used(e):
    """Count the units with any influence on the estimates or on the sizes of cohorts."""
    return np.count_nonzero((e.shares.noise.rows() != 0).any(axis=1) | (e.noise.rows() != 0).any(axis=1))


def answers(e, theirs):
    """Return our numbers for the rows of one case, in their order: value, std_error and the scale of each.

    The scale is what a digit is worth: an effect's standard error, and √(V_ii V_jj) of a covariance.
    """
    once = functools.cache(lambda estimand: aggregated(e, estimand))
    parts = [_block(e, once, estimand, rows) for estimand, rows in theirs.groupby("estimand", sort=False)]
    return pd.concat(parts).loc[theirs.index]


def term(label, first):
    """Translate a coefficient of fixest into ours; first: the first supported period, where one cohort stands for all."""
    if label in ("D", "tp"):
        return "support"
    if label.startswith("rel::"):
        return f"event time {label.removeprefix('rel::')}"
    crossed = re.fullmatch(r"\w+::(\d+):(\w+)", label)
    if not crossed:
        return label
    period, name = int(crossed[1]), crossed[2]
    return f"event time {period - first}" if name in ("D", "treat") else f"{name} × {period}"


def terms(e, theirs, first, rows):
    """Return our numbers for the rows of one case of fixest: coefficients, their covariance, and the rows used."""
    cov, table = e.cov(), e.table().set_index("term")
    ours = []
    for estimand, label in zip(theirs["estimand"], theirs["label"].fillna(""), strict=True):
        names = [term(part, first) for part in label.removeprefix("cov(").rstrip(")").split(", ")]
        found = {"coef": lambda n=names: table.loc[n[0], ["estimate", "std_error"]], "nobs": lambda: (rows, np.nan)}
        ours.append((cov.loc[names[0], names[-1]], np.nan) if estimand == "vcov" else tuple(found[estimand]()))
    return pd.DataFrame(ours, theirs.index, ["value", "std_error"]).assign(scale=0.0)


def agrees(ours, theirs, tolerance, scale=0.0):
    """Say which numbers agree: |ours − theirs| ≤ tolerance · max(|theirs|, scale), and NaN only where NaN is."""
    ours, theirs = np.asarray(ours, float), np.asarray(theirs, float)
    blank = np.isnan(ours) | np.isnan(theirs)
    with np.errstate(invalid="ignore"):
        close = np.abs(ours - theirs) <= tolerance * np.fmax(np.abs(theirs), np.nan_to_num(scale))
    return np.where(blank, np.isnan(ours) & np.isnan(theirs), close)


def _block(e, once, estimand, rows):
    if estimand == "wald_pretest":
        test = e.pretest()
        ours = [test["statistic"] if label == "W" else round(test["p_value"], 5) for label in rows["label"]]
        return _framed(rows, ours)
    if estimand == "n_units":
        return _framed(rows, [units_used(e)] * len(rows))
    if estimand.startswith("vcov_"):
        return _covariances(once(estimand.removeprefix("vcov_")), rows)
    table = once(estimand).table()
    asked = [name for name in PLACE if name in table]
    index = table.set_index(asked) if asked else table
    at = [0] * len(rows) if not asked else index.index.get_indexer(_keys(rows, asked))
    assert min(at) >= 0, f"{estimand}: cells of did that are not here"
    found = table.iloc[at]
    return _framed(rows, found["estimate"], found["std_error"], found["std_error"])


def _keys(rows, asked):
    whole = rows[asked].astype(int)
    return pd.MultiIndex.from_frame(whole) if len(asked) > 1 else pd.Index(whole[asked[0]])


def _covariances(e, rows):
    cov = e.cov().to_numpy()
    pairs = [_pair(row) for row in rows[["event_time", "label"]].itertuples(index=False)]
    first, second = (e.value.index.get_indexer(list(keys)) for keys in zip(*pairs, strict=True))
    assert min(*first, *second) >= 0
    return _framed(rows, cov[first, second], scale=np.sqrt(cov[first, first] * cov[second, second]))


def _pair(row):
    """Name the two cells of a covariance: (cohort, period) twice in the label, or an event time and a label."""
    cells = re.findall(r"\((\d+);(\d+)\)", row.label)
    if cells:
        return tuple(tuple(map(int, cell)) for cell in cells)
    return int(row.event_time), int(row.label)


def _framed(rows, value, std_error=np.nan, scale=0.0):
    columns = {"value": value, "std_error": std_error, "scale": scale}
    return pd.DataFrame(
        {name: np.broadcast_to(np.asarray(v, float), len(rows)) for name, v in columns.items()}, rows.index
    )
