"""The page of a study: what the template asks for, as Markdown made of the tables in a folder of results.

Nothing is computed here but words: every number comes from a table by name. A section that has nothing to show is not
there, heading and all.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from impact import marks
from impact.publish import qmd, study_differences, study_groups, study_maps, study_regression, study_truth
from impact.publish.study_words import Outcome, Words, count, measured, missing, text, whole
from impact.show.room import Room, Row
from impact.show.text import plain

FEW = 30  # firms of a cohort below which the page warns of the normal approximation
# What is repeated behind the words of a page on simulated firms; the page's style places it.
_TILE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="340" height="170" font-family="sans-serif" font-size="17" opacity="0.07">'
    f'<g text-anchor="middle"><text transform="translate(85 50) rotate(-18)">{marks.SIMULATED}</text>'
    f'<text transform="translate(255 135) rotate(-18)">{marks.SIMULATED}</text></g></svg>'
)
LEFT = {
    "outcome",
    "what",
    "group",
    "estimator",
    "cohort",
    "compared",
    "told_apart",
    "compared_with",
    "region",
    "chosen_by",
}  # columns of words; numbers stand to the right


@dataclass(frozen=True)
class Page:
    """What a template can ask for."""

    room: Room
    words: Words

    @classmethod
    def read(cls, folder: str, language: str = "") -> Page:
        """Read a folder of results; without a language it speaks the study's."""
        room = Room.read(Path(folder), language)
        return cls(room, Words(room))

    # ---- the answer --------------------------------------------------------------------------------------------------

    def question(self) -> str:
        """Return the question of the study."""
        return text(self.room.about["study"]["question"])

    def inside(self) -> str:
        """Return a warning on the page that must not leave, and one on simulated firms; nothing on others."""
        internal = self.room.about["room"] != "released"
        said = [self.words.say("room.internal")] * internal
        callouts = [f"::: {{.callout-important}}\n{sentence}\n:::" for sentence in [*self._simulated(), *said]]
        return "\n\n".join([*callouts, *self._paper()])

    def answer(self) -> str:
        """Return the answer on the first outcome: one sentence with its interval, then what it means."""
        outcome = self.room.outcomes[0]
        row = self.room.average(outcome["name"])
        sentence = self.marked(self.words.sentence(outcome, row))
        return " ".join(filter(None, [f"**{sentence}**", self.words.verdict(outcome, row), self.words.firms(row)]))

    def others(self) -> str:
        """Return one sentence for each other outcome, as a list."""
        rows = [(outcome, self.room.average(outcome["name"])) for outcome in self.room.outcomes[1:]]
        return "\n".join(f"- {self.marked(self.words.sentence(*of))} {self.words.verdict(*of)}".rstrip() for of in rows)

    def summary(self, caption: str) -> str:
        """Return the table of average effects, one row an outcome; its caption begins with what they average."""
        averages = [(outcome, self.room.average(outcome["name"])) for outcome in self.room.outcomes]
        rows = [[text(outcome["name"]), *self.words.numbers(outcome, row)] for outcome, row in averages]
        names = ("outcome", "effect", "interval", "p", "supported", "comparison")
        said = self.words.say(f"average.{averages[0][1]['aggregation']}")
        return self.table(names, rows, f"{said} {caption}", "tbl-summary")

    # ---- how it unfolds ----------------------------------------------------------------------------------------------

    def unfolding(self, heading: str, reading: str, caption: str) -> str:
        """Return the event study of every outcome, as figures and as a table; nothing where effects have no time."""
        names = ("outcome", "since", "effect", "interval", "band", "supported", "comparison")
        rows = [
            [text(outcome["name"]), whole(row["event_time"]), *self.words.banded(outcome, row)]
            for outcome in self._with_periods()
            for row in self.room.rows(outcome["name"], "event_time")
        ]
        figures = map(self.event_figure, self._with_periods())
        return _section(self.table(names, rows, caption, "tbl-event"), heading, reading, *figures)

    def path_figures(self) -> str:
        """Return the paths of mean outcomes."""
        return "\n\n".join(
            self.figure("paths", "paths", outcome, self._path_points(outcome)) for outcome in self.room.outcomes
        )

    # ---- how sure ----------------------------------------------------------------------------------------------------

    def limits(self) -> str:
        """Return what these data cannot say: what the tables show of it, then what the study's author wrote."""
        written = map(text, self.room.about["study"]["limits"])
        said = [*self._untested(), *self._few(), *self._suppressed(), *written]
        return "\n".join(f"- {sentence}" for sentence in said)

    def pretests(self, caption: str, reading: str) -> str:
        """Return the joint tests that effects before support are zero; nothing where there is none."""
        tests = self.room.tables["pretests"]
        chosen = [row for row in tests.to_dict("records") if row["estimator"] == self.room.main(row["outcome"])]
        rows = [[text(row["outcome"]), *self.words.tested(row)] for row in chosen]
        table = self.table(("outcome", "p", "df"), rows, caption, "tbl-pretest")
        return f"{table}\n\n{reading}" if rows else ""

    def multiplicity(self, caption: str, reading: str) -> str:
        """Return p-values on all outcomes, adjusted for their number; nothing where there is one outcome."""
        rows = [
            [text(row["outcome"]), *self.words.adjusted(row)]
            for row in self.room.tables["multiplicity"].to_dict("records")
        ]
        names = ("outcome", "p", "holm", "romano_wolf", "benjamini_hochberg")
        table = self.table(names, rows, caption, "tbl-multiplicity")
        return f"{table}\n\n{reading}" if rows else ""

    def cohorts(self, caption: str) -> str:
        """Return the effect on the first outcome by cohort, and how many effects before support can be tested."""
        outcome = self.room.outcomes[0]
        rows = [
            [whole(row["cohort"]), *self.words.without_p(outcome, row), self._testable(row["cohort"])]
            for row in self.room.rows(outcome["name"], "cohort")
        ]
        names = ("cohort", "effect", "interval", "supported", "comparison", "before")
        return self.table(names, rows, caption, "tbl-cohorts")

    def groups(self, heading: str, reading: str, same: str, caption: str) -> str:
        """Return effects by subgroup, and whether groups differ; nothing where the study tells none apart."""
        return study_groups.section(self, heading, reading, same, caption)

    def regions(self, heading: str, spread: str, regions: str) -> str:
        """Return how far regions lie apart, and the effect of each; nothing where the study tells none apart."""
        return study_groups.regions(self, heading, spread, regions)

    def maps(self) -> str:
        """Return maps of effects by region; nothing where regions are not those of the register."""
        return study_maps.section(self)

    def published(self, heading: str, caption: str, reasons: str) -> str:
        """Return what others printed, ours below, and why they differ; nothing where nobody printed anything."""
        theirs = self.room.about["published"]
        rows = [
            [text(one["outcome"]), text(one["what"]), measured(one["estimate"]), measured(one["std_error"])]
            for one in theirs
        ]
        table = self.table(("outcome", "what", "estimate", "error"), rows + self._ours(), caption, "tbl-published")
        why = "\n".join(f"- *{text(one['what'])}*: {self._why(one)}" for one in theirs)
        return "\n\n".join([heading, table, reasons, why]) if theirs else ""

    # ---- who, and how ------------------------------------------------------------------------------------------------

    def design(self) -> str:
        """Return the design in sentences."""
        about, say = self.room.about, self.words.say
        design, inference = about["design"], about["inference"]
        covariates, within = (", ".join(map(text, design[key])) for key in ("covariates", "comparison_within"))
        cluster = inference["cluster"] or about["panel"]["cluster"]
        said = [
            say("design.comparison", who=self.words.who()),
            say("design.covariates", covariates=covariates) if covariates else say("design.plain"),
            say("design.within", within=within) if within else "",
            say("design.anticipation", anticipation=design["anticipation"]) if design["anticipation"] else "",
            say(f"design.{design['unbalanced']}"),
            say("design.clusters", cluster=text(cluster)) if cluster else "",
            say("design.draws", draws=count(inference["draws"]), seed=inference["seed"]) if inference["draws"] else "",
        ]
        return " ".join(filter(None, said))

    def estimators(self, heading: str, caption: str) -> str:
        """Return the average effect by every estimator, side by side; nothing where there is only one.

        One coefficient of two-way fixed effects has a section of its own.
        """
        chosen = {outcome["name"]: self._others(outcome) for outcome in self.room.outcomes}
        rows = [
            [text(outcome["name"]), self.beside(row), *self.words.numbers(outcome, row)]
            for outcome in self.room.outcomes
            for one in chosen[outcome["name"]]
            for row in [self.room.average(outcome["name"], one)]
        ]
        names = ("outcome", "estimator", "effect", "interval", "p", "supported", "comparison")
        if max(map(len, chosen.values())) < 2:
            return ""
        table = self.table(names, rows, caption, "tbl-estimators")
        return _section("\n\n".join(filter(None, [table, study_differences.listed(self)])), heading)

    def truth(self, heading: str, reading: str, caption: str) -> str:
        """Return every estimate beside the truth; nothing where it is not known."""
        return study_truth.section(self, heading, reading, caption)

    def regression(self, heading: str, reading: str, beside: str, parts: str, hides: str) -> str:
        """Return what one regression with firm and period effects says, and what it is made of; nothing without one."""
        return study_regression.section(self, heading, reading, beside, parts, hides)

    def methods(self) -> str:
        """Return where the methods are from."""
        return "\n".join(f"- {text(source)}" for source in dict.fromkeys(self.room.about["methods"]))

    def source(self) -> str:
        """Return where the data are from."""
        return text(self.room.about["panel"]["source"] or self.room.about["panel"]["file"])

    def notes(self, heading: str) -> str:
        """Return what was said while the study ran; nothing in what is released."""
        return _section("\n".join(f"- {text(note)}" for note in self.room.about["notes"]), heading)

    # ---- the mark of simulated firms ---------------------------------------------------------------------------------

    def marked(self, said: str) -> str:
        """Begin words with the mark; leave those on real firms as they are."""
        return f"{marks.SIMULATED}: {said}" if self.room.simulated else said

    def _simulated(self) -> list[str]:
        return [f"**{self.marked(self.words.say('simulated.firms'))}**"] if self.room.simulated else []

    def _paper(self) -> list[str]:
        """Write the mark onto the paper: a line at the head of every sheet, and faintly behind the words."""
        if not self.room.simulated:
            return []
        tile = base64.b64encode(_TILE.encode()).decode()
        behind = (
            f'{{.simulated-paper aria-hidden="true" style="background-image: url(data:image/svg+xml;base64,{tile})"}}'
        )
        return [f"::: {{.simulated-head}}\n{marks.SIMULATED}\n:::", f"::: {behind}\n:::"]

    # ---- parts -------------------------------------------------------------------------------------------------------

    def _others(self, outcome: Outcome) -> list[str]:
        """Name the estimators of an outcome but one coefficient of two-way fixed effects, which has a section of its own."""
        return [name for name in self.room.estimators(outcome["name"]) if name != self.room.static]

    def _with_periods(self) -> list[Outcome]:
        return [outcome for outcome in self.room.outcomes if len(self.room.frame(outcome["name"], "event_time"))]

    def _before(self) -> pd.DataFrame:
        """Return the effects on the first outcome before support that vary or are suppressed, so that they can be tested."""
        cells = self.room.frame(self.room.outcomes[0]["name"], "cell")
        return cells[
            (cells["period"] < cells["cohort"]) & (cells["std_error"].notna() | (cells["state"] == "suppressed"))
        ]

    def _testable(self, cohort: Any) -> str:
        before = self._before()
        before = before[before["cohort"] == cohort]
        hidden = before[before["state"] == "suppressed"]
        return self.words.state(hidden.iloc[0].to_dict()) if len(hidden) else str(len(before))

    def _untested(self) -> list[str]:
        cohorts = self.room.frame(self.room.outcomes[0]["name"], "cohort")["cohort"]
        untested = cohorts[~cohorts.isin(self._before()["cohort"])]
        if not len(untested):
            return []
        return [self.words.say("sure.untested", cohorts=", ".join(map(whole, untested)))]

    def _few(self) -> list[str]:
        counts = [said for outcome in self.room.outcomes if (said := self._few_firms(outcome))]
        return [self.words.say("sure.few", counts="; ".join(counts))] if counts else []

    def _few_firms(self, outcome: Outcome) -> str:
        rows = self.room.rows(outcome["name"], "cohort")
        few = [row for row in rows if not missing(row["n_supported"]) and row["n_supported"] < FEW]
        counts = ", ".join(f"{count(row['n_supported'])} ({whole(row['cohort'])})" for row in few)
        return self.words.say("sure.few_one", name=text(outcome["name"]), counts=counts) if few else ""

    def _suppressed(self) -> list[str]:
        if not any((table["state"] == "suppressed").any() for table in self.room.tables.values()):
            return []
        return [self.words.say("sure.suppressed", minimum=self.room.about["minimum_firms"])]

    def _ours(self) -> list[list[str]]:
        theirs = {one["outcome"] for one in self.room.about["published"]}
        return [
            [text(name), self.words.ours(row), *self._raw(row)]
            for name in (outcome["name"] for outcome in self.room.outcomes)
            if name in theirs
            for row in [*self.room.rows(name, "event_time"), self.room.average(name)]
        ]

    def beside(self, row: Row) -> str:
        """Name an estimator, and what it averages where that is not what the study's answer averages."""
        answer = self.room.average(row["outcome"])
        same = row["aggregation"] == answer["aggregation"]
        return self.words.estimator(row["estimator"]) if same else self.words.ours(row)

    def _raw(self, row: Row) -> list[str]:
        """Return an estimate and its standard error as they are in the table, not as per cent."""
        if row["state"] != "shown":
            return [self.words.state(row), ""]
        return [measured(row["estimate"]), measured(row["std_error"])]

    def _why(self, one: dict[str, Any]) -> str:
        source = self.words.say("published.source", source=text(one["source"]))
        return f"{text(one['why_different'])} {source}".strip()

    def event_figure(self, outcome: Outcome) -> str:
        """Return the event study of an outcome."""
        more = self.hatched(self.room.frame(outcome["name"], "event_time"))
        return self.figure("event", "event-study", outcome, self._event_points(outcome), more)

    def hatched(self, table: pd.DataFrame) -> str:
        """Return what a caption adds where a figure has something to hide; nothing where all may be seen."""
        return f" {self.words.say('figure.hatched')}" if (table["state"] == "suppressed").any() else ""

    def figure(self, kind: str, file: str, outcome: Outcome, points: str, more: str = "") -> str:
        """Return a figure of an outcome with its caption, and the points that it shows as alternative text."""
        position = self.room.outcomes.index(outcome) + 1
        caption = self.words.say(f"figure.{kind}", name=text(outcome["name"]), confidence=self.room.confidence)
        alt = self.words.say(f"figure.{kind}_alt", name=plain(outcome["name"]), points=points)
        return self.pictured(f"{file}-{self.room.stem(outcome)}", f"fig-{kind}-{position}", caption + more, alt)

    def pictured(self, file: str, label: str, caption: str, alt: str) -> str:
        """Return a figure by the name of its files, with its caption and its alternative text, both with the mark."""
        files = [self.room.figures / f"{file}{end}" for end in (".svg", ".png")]
        return qmd.figure(study_maps.smaller(files), label, self.marked(caption), self.marked(alt))

    def _event_points(self, outcome: Outcome) -> str:
        rows = self.room.rows(outcome["name"], "event_time")
        told = ((whole(row["event_time"]), *self.words.effect(outcome, row)) for row in rows)
        return "; ".join(
            f"{when}: {effect}" + (f" ({interval})" if interval else "") for when, effect, interval in told
        )

    def _path_points(self, outcome: Outcome) -> str:
        paths = self.room.of("paths", outcome["name"]).groupby("cohort", sort=False)
        return "; ".join(
            self.words.say("path.never" if cohort == "never" else "path.cohort", cohort=cohort)
            + f": {', '.join(map(self.words.told, rows.to_dict('records')))}"
            for cohort, rows in paths
        )

    def table(self, names: Sequence[str], rows: Iterable[Sequence[str]], caption: str = "", label: str = "") -> str:
        """Write a pipe table: words to the left, numbers to the right; nothing where there are no rows.

        The mark of simulated firms stands in its caption and in its head, which goes with it wherever it is copied to.
        """
        lines = [f"| {' | '.join(row)} |" for row in rows]
        if not lines:
            return ""
        first, *others = [self.words.say(f"column.{name}", confidence=self.room.confidence) for name in names]
        head = [self.marked(first), *others]
        rule = [":---" if name in LEFT else "---:" for name in names]
        below = [f"\n: {self.marked(caption)} {{#{label}}}"] if caption else []
        return "\n".join([f"| {' | '.join(head)} |", f"| {' | '.join(rule)} |", *lines, *below])


def _section(content: str, *before: str) -> str:
    """Put a heading and words over content; a section without content does not appear."""
    return "\n\n".join([*before, content]) if content else ""
