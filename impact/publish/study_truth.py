"""The section of a study's page that sets every estimate beside the truth, where the firms are simulated and it is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from impact.publish.study_words import Outcome, missing, p_value, text
from impact.results import TRUTH
from impact.show.room import Row

if TYPE_CHECKING:
    from impact.publish.study_page import Page

NOTICED = 0.05  # a test of periods before support with a smaller p-value would have been noticed


def section(page: Page, heading: str, reading: str, caption: str) -> str:
    """Return the section; nothing where the truth is not known."""
    if TRUTH not in page.room.tables:
        return ""
    pairs = [(outcome, name) for outcome in page.room.outcomes for name in page.room.estimators(outcome["name"])]
    known = [(outcome, _row(page, outcome, name)) for outcome, name in pairs]
    names = ("outcome", "estimator", "truth", "effect", "interval", "covered", "before_p")
    table = page.table(names, [_cells(page, *of) for of in known], caption, "tbl-truth")
    said = "\n".join(f"- {_sentence(page, *of)}" for of in known if _misses(of[1]))
    return "\n\n".join(filter(None, [heading, reading, table, said]))


def _row(page: Page, outcome: Outcome, estimator: str) -> Row:
    """Return the average effect by an estimator with its truth and the test of periods before support."""
    average = page.room.average(outcome["name"], estimator)
    truths, tests = page.room.of(TRUTH, outcome["name"]), page.room.of("pretests", outcome["name"])
    same = (truths["estimator"] == estimator) & (truths["aggregation"] == average["aggregation"])
    before = tests.loc[(tests["estimator"] == estimator) & (tests["state"] == "shown"), "p_value"]
    row = truths[same].iloc[0].to_dict()
    return {**average, **row, "before_p": before.iloc[0] if len(before) else None}


def _cells(page: Page, outcome: Outcome, row: Row) -> list[str]:
    effect, interval = page.words.effect(outcome, row)
    truth, _ = page.words.effect(outcome, {**row, "estimate": row["truth"]})
    held = "" if missing(row["covered"]) else page.words.say("truth.yes" if _holds(row) else "truth.no")
    name = page.words.estimator(str(row["estimator"]))
    return [text(outcome["name"]), name, truth, effect, interval, held, p_value(row["before_p"])]


def _sentence(page: Page, outcome: Outcome, row: Row) -> str:
    """Say that an estimate misses the truth, by how much, and whether anything told so without knowing it."""
    effect, _ = page.words.effect(outcome, row)
    truth, _ = page.words.effect(outcome, {**row, "estimate": row["truth"]})
    p = row["before_p"]
    how = "untested" if missing(p) else "noticed" if p < NOTICED else "unnoticed"
    named = {"name": text(outcome["name"]), "estimator": page.words.estimator(str(row["estimator"]))}
    missed = page.words.say("truth.missed", **named, effect=effect, truth=truth)
    return f"{missed} {page.words.say(f'truth.{how}', p=p_value(p))}"


def _misses(row: Row) -> bool:
    return row["state"] == "shown" and not missing(row["covered"]) and not _holds(row)


def _holds(row: Row) -> bool:
    return str(row["covered"]) == "True"
