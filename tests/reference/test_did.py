"""Every number that R's did printed on the county panel: effects, standard errors, covariances, averages, pre-tests."""

import numpy as np
import pytest
from reference import calls
from scipy import stats

import impact

CASES = calls.cases()
NUMBERS = dict(iter(calls.numbers().groupby("case", sort=False)))
SIMULATED = "boot"
NOTED = {  # what did treats in the same way we say; the fact that each warning must name
    "alwaystreated": "13 firms",
    "ant1": "20 firms",
    "nonever": "2007",
    "unbalanced": "lemp",
    "keep": "lemp",
}


@pytest.fixture(scope="session")
def run(golden):
    """Run the call of a case once; what we warn about on the way is checked."""
    done = {}

    def of(case, **changed):
        key = (case, *changed.items())
        if key not in done:
            done[key] = _estimated(golden(CASES.loc[case, "data"]), case, changed)
        return done[key]

    return of


def _estimated(frame, case, changed):
    facts = [NOTED[part] for part in case.split(".") if part in NOTED]
    if not facts:
        return calls.estimated(frame, CASES.loc[case, "call"], **changed)
    with pytest.warns(impact.InputWarning) as seen:
        e = calls.estimated(frame, CASES.loc[case, "call"], **changed)
    said = [str(warning.message) for warning in seen]
    assert len(said) == len(facts)
    assert all(any(fact in sentence for sentence in said) for fact in facts)
    return e


@pytest.mark.parametrize("case", [case for case in CASES.index if case != SIMULATED])
def test_every_number_agrees(run, case):
    tolerance, reason = float(CASES.loc[case, "tolerance"]), CASES.loc[case, "reason"]
    counted = NUMBERS[case]["estimand"] == "n_units"
    theirs = NUMBERS[case][~counted]
    if reason.startswith("effects only"):
        theirs = theirs[theirs["estimand"] != "wald_pretest"]
    ours = calls.answers(run(case), theirs)
    right = calls.agrees(ours["value"], theirs["value"], tolerance, ours["scale"])
    if not reason.startswith("effects only"):
        right &= calls.agrees(ours["std_error"], theirs["std_error"], tolerance)
    assert right.all(), theirs.join(ours.add_prefix("our_"))[~right].to_string()
    one_by_one = {"cluster": None} if "cluster" in case else {}
    assert calls.units_used(run(case, **one_by_one)) == int(NUMBERS[case]["value"][counted].iloc[0])


def test_a_tolerance_looser_than_1e_8_says_its_reason():
    assert (CASES["reason"][CASES["tolerance"].astype(float) > 1e-8] != "").all()
    assert CASES["reason"].str.startswith("effects only").sum() == 8  # and each of them is explained elsewhere


def test_no_number_of_the_table_is_left_unread():
    assert set(NUMBERS) == set(CASES.index)
    read = {"n_units", "wald_pretest", "att_gt_bootstrap_se"}
    for estimand in set(calls.numbers()["estimand"]) - read:
        kind = (
            estimand.removeprefix("vcov_").removeprefix("uniform_crit_val_").partition(".")[0].removesuffix("_overall")
        )
        assert kind in calls.LEVELS


# ---- multiplier draws: Monte Carlo on both sides -------------------------------------------------------------------


DRAWS = 40_000  # as many as did drew


def test_standard_errors_from_the_quartiles_of_multiplier_draws(run):
    """did's bootstrap standard error is the interquartile range of draws over that of N(0, 1), not the analytic one."""
    rows = NUMBERS[SIMULATED]
    rows = rows[rows["estimand"] == "att_gt_bootstrap_se"]
    e = run(SIMULATED)
    ours = _quartile_errors(e.draws(DRAWS, 2024) - e.value)
    assert list(e.value.index) == list(zip(rows["cohort"].astype(int), rows["period"].astype(int), strict=True))
    assert calls.agrees(ours, rows["value"], 0.03).all()


@pytest.mark.parametrize("estimand", ["att_gt", "dynamic", "group", "calendar"])
def test_critical_values_of_uniform_bands(run, estimand):
    """did divides draws by their quartile standard errors; our bands divide by analytic ones (see inference/bands.py)."""
    rows = NUMBERS[SIMULATED]
    theirs = float(rows["value"][rows["estimand"] == f"uniform_crit_val_{estimand}"].iloc[0])
    e = calls.aggregated(run(SIMULATED), estimand)
    errors = (e.draws(DRAWS, 2024) - e.value).to_numpy()
    largest = np.abs(errors / _quartile_errors(errors)).max(axis=1)
    assert abs(np.quantile(largest, 0.95, method="inverted_cdf") - theirs) < 0.03


def _quartile_errors(errors):
    low, high = np.quantile(errors, [0.25, 0.75], axis=0, method="inverted_cdf")
    return (high - low) / (stats.norm.ppf(0.75) - stats.norm.ppf(0.25))
