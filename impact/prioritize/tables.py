"""The tables of a study's priorities: one row a region, and what is said of all of them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from impact.errors import InputError
from impact.estimates import Estimate
from impact.priorities import ladders
from impact.priorities.grades import Grades, grades
from impact.priorities.ranks import rank_sets
from impact.priorities.shrink import shrink, told
from impact.priorities.winners import winners
from impact.prioritize.plans import Planned, marked, planned
from impact.prioritize.regional import Regional
from impact.study import Inference, Prioritizing, Study
from impact.tables import NO_EVIDENCE

WINNERS = 10


def tables(of: Regional, study: Study) -> dict[str, pd.DataFrame]:
    """Return every table of a study's priorities by name; those of a plan are there where there is money to plan."""
    asked, inference = study.priorities, study.inference
    posterior = shrink(of.raw, asked.prior, of.about[list(asked.columns)])
    graded = grades(posterior)
    plan = None if asked.budget is None else planned(of, posterior, asked, inference)
    known = of.raw.at(np.flatnonzero(of.raw.value.notna() & (of.raw.cells["state"] == "shown")))
    regions = _regions(of, posterior, graded, known, plan, asked, inference)
    found = {
        "priorities": regions,
        "winners": _winners(known, inference),
        "priorities_facts": _facts(_of_evidence(regions, posterior, graded, of, asked) | (plan.facts if plan else {})),
    }
    if plan is None:
        return found
    made = {"frontier": plan.frontier, "promise": plan.promise}
    return found | {name: table.assign(state="shown") for name, table in made.items() if len(table)}


def _regions(
    of: Regional,
    posterior: Estimate,
    graded: Grades,
    known: Estimate,
    plan: Planned | None,
    asked: Prioritizing,
    inference: Inference,
) -> pd.DataFrame:
    """Return a row for every region with firms."""
    rows = told(posterior, asked.threshold, inference.confidence).set_index("region")
    rows = rows.rename(columns={"mean": "estimate", "sd": "std_error"})
    places = rank_sets(known, confidence=inference.confidence, seed=inference.seed)
    whole = rows.assign(
        grade=graded.table["grade"].astype("Int64"),
        rank_best=places["rank_best"].astype("Int64"),
        rank_worst=places["rank_worst"].astype("Int64"),
        n_comparison=of.raw.cells["n_comparison"],
        eligible=of.about["eligible"],
    )
    if plan is not None:
        whole = whole.join(_of_plan(plan))
    if of.true is not None:
        whole = whole.assign(truth=of.true)
    return whole.assign(n_supported=whole["n_supported"].fillna(0).astype("Int64")).reset_index()


def _of_plan(plan: Planned) -> pd.DataFrame:
    """Return what a plan says of each region: effect on one of the next firms, and firms in the plan."""
    chosen = plan.selection.table.set_index("region").rename(columns={"chosen": "firms"})
    chosen["class"] = chosen["class"].astype(str)
    return chosen.assign(next_effect=plan.next_.estimate.value)


def _winners(known: Estimate, inference: Inference) -> pd.DataFrame:
    """Return the regions with the largest estimates, corrected for having been picked."""
    best = min(WINNERS, len(known.value))
    try:
        found = winners(known, best=best, confidence=inference.confidence, seed=inference.seed)
    except InputError:  # a tie leaves open who they are
        return pd.DataFrame(
            columns=["region", "naive", "estimate", "lower", "upper", "n_supported", "n_comparison", "state"]
        )
    counts = known.cells[["n_supported", "n_comparison"]]
    return (
        found[["naive", "estimate", "lower", "upper"]]
        .join(counts)
        .assign(state="shown")
        .rename_axis("region")
        .reset_index()
    )


def _of_evidence(
    regions: pd.DataFrame, posterior: Estimate, graded: Grades, of: Regional, asked: Prioritizing
) -> dict[str, float]:
    """Return how much is known of regions: evidence, grades, and what a ladder would do to them."""
    own = regions["state"] == "shown"
    facts = {
        "regions_all": len(regions),
        "regions_own": int(own.sum()),
        "regions_borrowed": int((own & regions["mostly_borrowed"]).sum()),
        "regions_none": int((regions["state"] == NO_EVIDENCE).sum()),
        "grades": len(graded.sizes),
        "grade_largest": graded.largest,
        "separated": graded.separates,
        "grade_wrong": graded.discordance_of_separated,
    }
    if of.true is not None:
        inside = (regions["lower"] <= regions["truth"]) & (regions["truth"] <= regions["upper"])
        facts["covered"] = float(inside[own & regions["truth"].notna()].mean())
    return facts | _of_ladder(posterior, of, asked)


def _of_ladder(posterior: Estimate, of: Regional, asked: Prioritizing) -> dict[str, float]:
    """Return how often a ladder of official sizes would put two regions of the floor in the wrong order."""
    if not asked.ladder:
        return {}
    among = posterior
    if asked.floor_for is not None:
        inside = marked(of.about[asked.floor_for]).reindex(posterior.value.index)
        among = posterior.at(np.flatnonzero(inside))
    found = ladders.discordance(among, asked.ladder)
    return {"ladder_regions": len(among.value), "ladder_wrong": found.discordance, "ladder_top": found.top_belongs}


def _facts(facts: dict[str, float]) -> pd.DataFrame:
    table = pd.DataFrame({"name": list(facts), "value": [float(value) for value in facts.values()]})
    return table.assign(state="shown")
