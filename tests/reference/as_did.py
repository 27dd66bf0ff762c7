"""Run the plain twin as did 2.5.1 and DRDID 1.2.3 compute, also in the two points in which they depart from the papers."""

import functools
from dataclasses import replace

import numpy as np
from reference import calls
from twins import callaway_santanna as twin
from twins.cross_sections import levels

from impact import Influence

CLOSE = 1e-10
NUMBERS = dict(iter(calls.numbers().groupby("case", sort=False)))
DESIGN = ("method", "comparison", "base", "anticipation")


def fastglm(x, d, w, tolerance=1e-8):
    """Take Fisher scoring steps from R's starting values for a binomial until the deviance settles."""
    p = (w * d + 0.5) / (w + 1)
    eta, before = np.log(p / (1 - p)), np.inf
    while True:
        v = p * (1 - p)
        gamma = np.linalg.solve((x.T * (w * v)) @ x, x.T @ (w * v * (eta + (d - p) / v)))
        eta = x @ gamma
        p = twin.expit(eta)
        deviance = -2 * w @ np.log(np.where(d == 1, p, 1 - p))
        if abs(deviance - before) / (0.1 + abs(deviance)) < tolerance:
            return p
        before = deviance


def disagreements(frame, case, sign_error=True):
    """Return the numbers of a case that the twin does not give; it stops where fastglm stops.

    sign_error: with the derivative by the regression of the earlier period as DRDID has it, where rows are compared.
    """
    call = calls.cases().loc[case, "call"]
    ours, asked = calls.estimated(frame, call, cluster=None), calls.arguments(call)
    effects = _effects(frame, asked, sign_error)
    assert list(ours.value.index) == effects.labels
    value = ours.value.copy()
    value[:] = effects.value
    e = replace(ours, value=value, noise=Influence.dense(ours.noise.units, effects.rows))
    theirs = NUMBERS[case][NUMBERS[case]["estimand"] != "n_units"]
    answers = calls.answers(e, theirs)
    right = calls.agrees(answers["value"], theirs["value"], CLOSE, answers["scale"])
    right &= calls.agrees(answers["std_error"], theirs["std_error"], CLOSE)
    return theirs.join(answers.add_prefix("our_"))[~right]


def _effects(frame, asked, sign_error):
    """Run the twin on all units of the frame; those that did leaves out have rows of zeros."""
    renamed = frame.rename(columns={"countyreal": "firm", "first.treat": "first"})
    if asked["unit"] is None:
        renamed = renamed.assign(firm=np.arange(len(renamed)))
    early = renamed["first"].between(1, renamed["year"].min() + asked["anticipation"])
    covariates = [asked["covariates"]] if asked["covariates"] else []
    by_rows = asked["unit"] is None or asked["unbalanced"] == "keep"
    kept = "keep" if by_rows else "drop"
    data, units = twin.sample(renamed[~early], "lemp", covariates, asked["weight"], kept)
    compare = functools.partial(levels, as_drdid=sign_error) if by_rows else twin.changes
    effects = twin.att_gt(data, **{name: asked[name] for name in DESIGN}, compare=compare, logit=fastglm)
    everyone = np.sort(renamed["firm"].unique())
    rows = np.zeros((len(everyone), len(effects.labels)))
    rows[np.searchsorted(everyone, units)] = effects.rows
    return twin.Effects(effects.labels, effects.value, rows)
