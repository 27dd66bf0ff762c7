"""The section of a study's page on the regression that most evaluations report: beside the answer, and taken apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from impact.publish.study_words import Outcome, measured, text, whole
from impact.regression import EFFECTS, NEGATIVE
from impact.show.room import Row
from impact.show.text import plain

if TYPE_CHECKING:
    from impact.publish.study_page import Page


def section(page: Page, heading: str, reading: str, beside: str, parts: str, hides: str) -> str:
    """Return the whole section; nothing where the study has no such regression."""
    if page.room.static is None:
        return ""
    having = [outcome for outcome in page.room.outcomes if page.room.static in page.room.estimators(outcome["name"])]
    found = [outcome for outcome in having if len(page.room.of("regression_parts", outcome["name"]))]
    said = "\n".join(f"- {sentence}" for outcome in having for sentence in _sentences(page, outcome))
    figures = [figure for outcome in found for figure in _figures(page, outcome)]
    table = page.table(("outcome", "compared", "estimate", "weight"), _parts(page, found), parts, "tbl-parts")
    return "\n\n".join(
        filter(None, [heading, reading, _beside(page, having, beside), hides if found else "", said, table, *figures])
    )


def _beside(page: Page, outcomes: list[Outcome], caption: str) -> str:
    """Return a table with the answer and the coefficient for every outcome that has one."""
    rows = [
        [text(outcome["name"]), page.words.estimator(row["estimator"]), *page.words.numbers(outcome, row)]
        for outcome in outcomes
        for row in (page.room.average(outcome["name"]), page.room.coefficient(outcome["name"]))
    ]
    return page.table(
        ("outcome", "estimator", "effect", "interval", "p", "supported", "comparison"), rows, caption, "tbl-twfe"
    )


def _sentences(page: Page, outcome: Outcome) -> list[str]:
    """Say in words how much of the coefficient is what nobody would choose, or why that is not known."""
    rows = {row["part"]: row for row in page.room.of("regression_parts", outcome["name"]).to_dict("records")}
    negative, effects, already = rows.get(NEGATIVE), rows.get(EFFECTS), rows.get("already supported")
    known = len(page.room.of("bacon", outcome["name"])) > 0
    gaps = [] if known else [page.words.say("regression.gaps", name=text(outcome["name"]))]
    return [*_negative(page, outcome, negative, effects), *_already(page, outcome, already), *gaps]


def _negative(page: Page, outcome: Outcome, negative: Row | None, effects: Row | None) -> list[str]:
    if negative is None or effects is None or negative["state"] != "shown":
        return []
    counts = {"n": whole(negative["n_parts"]), "all": whole(effects["n_parts"]), "sum": measured(negative["weight"])}
    kind = "negative" if negative["n_parts"] else "positive"
    return [page.words.say(f"regression.{kind}", name=text(outcome["name"]), **counts)]


def _already(page: Page, outcome: Outcome, already: Row | None) -> list[str]:
    if already is None or already["state"] != "shown":
        return []
    return [page.words.say("regression.already", name=text(outcome["name"]), percent=f"{100 * already['weight']:.0f}")]


def _parts(page: Page, outcomes: list[Outcome]) -> list[list[str]]:
    """Return a row for each type of comparison: what it estimates by itself, and its weight."""
    return [
        [text(outcome["name"]), page.words.say(f"compared.{_key(row['part'])}"), *_numbers(page, row)]
        for outcome in outcomes
        for row in page.room.of("regression_parts", outcome["name"]).to_dict("records")
        if row["part"] not in (NEGATIVE, EFFECTS)
    ]


def _numbers(page: Page, row: Row) -> list[str]:
    return (
        [measured(row["estimate"]), measured(row["weight"])] if row["state"] == "shown" else [page.words.state(row), ""]
    )


def _figures(page: Page, outcome: Outcome) -> list[str]:
    pairs, weights = (page.room.of(table, outcome["name"]).to_dict("records") for table in ("bacon", "twfe_weights"))
    made = []
    if weights and outcome is page.room.outcomes[0]:
        made.append(page.figure("weights", "weights", outcome, "; ".join(_weight(page, row) for row in weights)))
    if pairs:
        made.append(page.figure("bacon", "bacon", outcome, "; ".join(_pair(page, row) for row in pairs)))
    return made


def _weight(page: Page, row: Row) -> str:
    told = measured(row["weight"]) if row["state"] == "shown" else page.words.state(row)
    return f"{row['cohort']}, {whole(row['period'])}: {told}"


def _pair(page: Page, row: Row) -> str:
    told = (
        f"{measured(row['estimate'])} × {measured(row['weight'])}" if row["state"] == "shown" else page.words.state(row)
    )
    if row["type"] == "covariates":
        return f"{page.words.say('compared.covariates')}: {told}"
    who = page.words.say("path.never") if row["comparison"] == "never" else plain(row["comparison"])
    return f"{row['treated']} – {who}: {told}"


def _key(part: str) -> str:
    return part.replace(" ", "_")
