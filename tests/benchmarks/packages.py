"""How each package is called: as its documentation does it, with its defaults, and never in a slower way than we know.

Each function takes the panel's file and a task, puts the frame into the form that the package wants, and returns what is timed:
a function without arguments that returns effects and standard errors by event time. Making that form is not timed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from benchmarks import panels

DRAWS, SEED = 999, 1
X = panels.COVARIATES
TASKS = {
    "analytic": "doubly robust, comparison with never supported firms, analytic errors",
    "draws": f"the same with a uniform band from {DRAWS} draws",
    "not_yet": "doubly robust, comparison also with firms supported later, analytic errors",
    "twfe": "two-way fixed effects by event time, clustered by firm",
    "check": "checking the frame",
    "read": "reading the columns",
}
Call = Callable[[], pd.DataFrame | None]


@dataclass(frozen=True)
class Package:
    """A package, the tasks that it can do, how it is called, and the most firms that it is given."""

    prepare: Callable[[Path, str], Call]
    tasks: tuple[str, ...]
    most: int | None = None


def impact(panel: Path, task: str) -> Call:
    """Time the estimate, its average by event time and the table; or what checking the frame costs by itself."""
    import impact as ours
    from impact.roles import Roles

    frame = panels.read(panel)
    roles = Roles(unit="id", period="t", first_supported="g", outcomes=("y",), covariates=tuple(X))
    settings = {"covariates": X, "comparison": "not_yet" if task == "not_yet" else "never"}

    def check() -> None:
        ours.Panel.of(frame, roles)

    def call() -> pd.DataFrame:
        e = ours.estimate(frame, "y", "id", "t", "g", **({"estimator": "twfe"} if task == "twfe" else settings))
        table = e.by("event_time").table(draws=DRAWS if task == "draws" else 0, seed=SEED)
        return _numbers(table["event_time"], table["estimate"], table["std_error"])

    return check if task == "check" else call


def floor(panel: Path, task: str) -> Call:
    """Time ../shared/benchmarks/floor.py on plain arrays, which checks nothing."""
    run = _floor()
    arrays = {name: values.to_numpy() for name, values in panels.read(panel).items()}

    def call() -> pd.DataFrame:
        found = run(arrays, X, "notyet" if task == "not_yet" else "never", DRAWS if task == "draws" else 0)
        return _numbers(found["e"], found["att"], found["se"])

    return call


def diff_diff(panel: Path, task: str) -> Call:
    """Aggregate while fitting: it is to go in version 4, but doing so afterwards draws a second time."""
    from diff_diff import CallawaySantAnna

    frame = panels.read(panel)
    control = "not_yet_treated" if task == "not_yet" else "never_treated"

    def call() -> pd.DataFrame:
        model = CallawaySantAnna(control_group=control, n_bootstrap=DRAWS if task == "draws" else 0, seed=SEED)
        effects = model.fit(frame, "y", "id", "t", "g", covariates=X, aggregate="event_study").event_study_effects
        return _numbers(effects, *([of[what] for of in effects.values()] for what in ("effect", "se")))

    return call


def csdid(panel: Path, task: str) -> Call:
    """Draw only for the event study, not for the cells; its parallel draws are slower here, so they are left off."""
    from csdid.att_gt import ATTgt

    frame, draws = panels.read(panel), task == "draws"
    control = "notyettreated" if task == "not_yet" else "nevertreated"

    def call() -> pd.DataFrame:
        formula = "y ~ " + " + ".join(X)
        model = ATTgt("y", "t", "id", "g", frame, control_group=control, xformla=formula, cband=draws, biters=DRAWS)
        found = model.fit(est_method="dr", bstrap=False).aggte("dynamic", bstrap=draws, cband=draws).atte
        return _numbers(found["egt"], found["att_egt"], found["se_egt"])

    return call


def moderndid(panel: Path, task: str) -> Call:
    """Draw only for the event study; more than one job is slower here."""
    import moderndid as theirs

    frame, draws = panels.read(panel), task == "draws"
    settings = {"xformla": "~ " + " + ".join(X), "est_method": "dr", "boot": False, "cband": False}
    settings["control_group"] = "notyettreated" if task == "not_yet" else "nevertreated"

    def call() -> pd.DataFrame:
        cells = theirs.att_gt(frame, "y", "t", "id", "g", **settings)
        found = theirs.aggte(cells, type="dynamic", boot=draws, biters=DRAWS, cband=draws, random_state=SEED)
        return _numbers(found.event_times, found.att_by_event, found.se_by_event)

    return call


def differences(panel: Path, task: str) -> Call:
    """Give it the frame indexed by firm and period, never supported firms blank; more than one job is slower here."""
    from differences import ATTgt

    frame = panels.read(panel)
    indexed = frame.assign(g=frame["g"].where(frame["g"] > 0)).set_index(["id", "t"])
    control = "not_yet_treated" if task == "not_yet" else "never_treated"

    def call() -> pd.DataFrame:
        fit = ATTgt(indexed, cohort_column="g").fit(
            "y ~ " + " + ".join(X), est_method="dr", control_group=control, progress_bar=False
        )
        table = fit.aggregate("event", boot_iterations=DRAWS if task == "draws" else 0, random_state=SEED)
        return _numbers(table.index, table.iloc[:, 0], table.iloc[:, 1])

    return call


def pyfixest(panel: Path, task: str) -> Call:
    """Give it the event time as a column; never supported firms stand at the reference."""
    import pyfixest as theirs

    frame = panels.read(panel)
    frame["since"] = _event_time(frame)

    def call() -> pd.DataFrame:
        table = theirs.feols("y ~ i(since, ref=-1) | id + t", frame, vcov={"CRV1": "id"}).tidy()
        times = table.index.str.extract(r"(-?\d+)\]?$", expand=False).astype(int)
        return _numbers(times, table["Estimate"], table["Std. Error"])

    return call


def linearmodels(panel: Path, task: str) -> Call:
    """Give it a column of zeros and ones for each event time."""
    from linearmodels import PanelOLS

    frame = panels.read(panel)
    since = _event_time(frame)
    times = [int(e) for e in np.unique(since) if e != -1]
    index = pd.MultiIndex.from_frame(frame[["id", "t"]])
    columns = pd.DataFrame({f"e{e}": (since == e).astype(float) for e in times}).set_axis(index)
    outcome = frame["y"].set_axis(index)

    def call() -> pd.DataFrame:
        model = PanelOLS(outcome, columns, entity_effects=True, time_effects=True)
        found = model.fit(cov_type="clustered", cluster_entity=True)
        return _numbers(times, found.params, found.std_errors)

    return call


def pandas(panel: Path, task: str) -> Call:
    """Read the columns that the estimate needs, once."""

    def call() -> None:
        pd.read_parquet(panel, columns=panels.COLUMNS)

    return call


DID = ("analytic", "draws", "not_yet")
PACKAGES = {
    "impact": Package(impact, (*DID, "twfe", "check")),
    "floor.py": Package(floor, DID),
    "diff-diff": Package(diff_diff, DID),
    "csdid": Package(csdid, DID),
    "moderndid": Package(moderndid, DID),
    "differences": Package(differences, DID),
    "pyfixest": Package(pyfixest, ("twfe",)),
    "linearmodels": Package(linearmodels, ("twfe",), most=100_000),
    "pandas": Package(pandas, ("read",)),
}


def _floor() -> Callable:
    """Load floor.py from where it lies; that it is not there is said as for a package that is not installed."""
    import importlib.util

    path = panels.SHARED / "floor.py"
    if not path.is_file():
        raise ModuleNotFoundError("floor.py lies in ../shared/benchmarks, which is not here")
    spec = importlib.util.spec_from_file_location("floor", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.run


def _event_time(frame: pd.DataFrame) -> np.ndarray:
    return np.where(frame["g"] > 0, frame["t"] - frame["g"], -1)


def _numbers(times: Iterable, estimates: Iterable, errors: Iterable) -> pd.DataFrame:
    columns = {"estimate": np.ravel(list(estimates)), "std_error": np.ravel(list(errors))}
    return pd.DataFrame(columns, index=pd.Index([int(e) for e in times], name="event_time"), dtype=float)
