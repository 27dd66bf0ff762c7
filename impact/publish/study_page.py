"""The page of a study: what the template asks for, as Markdown made of the tables in a folder of results.

Nothing is computed here but words: every number comes from a table by name. Whatever a study or its data bring (names,
units, labels) is escaped.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from impact import estimators, where
from impact.publish.phrases import known, phrase
from impact.publish.qmd import escape, figure
from impact.show import scale
from impact.show.figures import slug

FEW = 30  # firms of a cohort below which the page warns of the normal approximation


def make(room: Path, language: str) -> str:
    """Render the page of a folder of results into `report.html`; return the engine used."""
    from impact.publish.render import render

    about = json.loads((room / "study.json").read_text(encoding="utf-8"))
    template = where.reports(f"study.{language}.qmd")
    title = about["study"]["title"]
    return render(template, room / "report.html", {"folder": str(room.resolve()), "title": title}, language)


@dataclass(frozen=True)
class Page:
    """The tables of one folder of results, and the words for them."""

    room: Path
    about: dict[str, Any]
    effects: pd.DataFrame
    paths: pd.DataFrame
    pretests: pd.DataFrame

    @classmethod
    def read(cls, folder: str) -> Page:
        """Read a folder of results."""
        room = Path(folder)
        about = json.loads((room / "study.json").read_text(encoding="utf-8"))
        paths = pd.read_csv(room / "paths.csv", dtype={"cohort": str}, encoding="utf-8-sig")
        pretests = pd.read_csv(room / "pretests.csv", encoding="utf-8-sig")
        return cls(room, about, pd.read_parquet(room / "effects.parquet"), paths, pretests)

    # ---- the answer --------------------------------------------------------------------------------------------------

    def question(self) -> str:
        """Return the question of the study."""
        return escape(self.about["study"]["question"])

    def answer(self) -> str:
        """Return the answer on the first outcome: one sentence with its interval, then what it means."""
        outcome = self.about["outcome"][0]
        row = self._average(outcome["name"])
        counts = {"supported": _count(row["n_supported"]), "comparison": _count(row["n_comparison"])}
        firms = self._say("answer.firms", who=self._who(), **counts) if row["state"] == "shown" else ""
        return f"**{self._sentence(outcome, row)}** {self._verdict(outcome, row)} {firms}"

    def others(self) -> str:
        """Return one sentence for each other outcome, as a list."""
        rest = self.about["outcome"][1:]
        rows = [(outcome, self._average(outcome["name"])) for outcome in rest]
        return "\n".join(f"- {self._sentence(outcome, row)} {self._verdict(outcome, row)}" for outcome, row in rows)

    def summary(self) -> str:
        """Return the table of average effects, one row an outcome."""
        names = ("outcome", "effect", "interval", "p", "supported", "comparison")
        rows = [
            [escape(outcome["name"]), *self._numbers(outcome, row)]
            for outcome in self.about["outcome"]
            for row in [self._average(outcome["name"])]
        ]
        return self._table(names, rows)

    # ---- how it unfolds ----------------------------------------------------------------------------------------------

    def event_figures(self) -> str:
        """Return the event study of every outcome as figures with captions and alternative texts."""
        return "\n\n".join(
            self._figure("event", "event-study", outcome, self._event_points(outcome))
            for outcome in self._with_periods()
        )

    def event_tables(self) -> str:
        """Return the numbers behind the event studies."""
        names = ("outcome", "since", "effect", "interval", "band", "supported", "comparison")
        rows = [
            [escape(outcome["name"]), _whole(row["event_time"]), *self._banded(outcome, row)]
            for outcome in self._with_periods()
            for row in self._rows(outcome["name"], "event_time")
        ]
        return self._table(names, rows)

    def path_figures(self) -> str:
        """Return the paths of mean outcomes."""
        return "\n\n".join(
            self._figure("paths", "paths", outcome, self._path_points(outcome)) for outcome in self.about["outcome"]
        )

    # ---- how sure ----------------------------------------------------------------------------------------------------

    def pretest_table(self) -> str:
        """Return the joint tests that effects before support are zero."""
        rows = [
            [escape(row["outcome"]), _p(row["p_value"]), _whole(row["df"])]
            for row in self.pretests[self.pretests["estimator"] == self._main].to_dict("records")
        ]
        return self._table(("outcome", "p", "df"), rows)

    def limits(self) -> str:
        """Return what these data cannot say: what the tables show of it, then what the study's author wrote."""
        said = [*self._no_before(), *self._few(), *map(escape, self.about["study"]["limits"])]
        return "\n".join(f"- {sentence}" for sentence in said)

    def groups_section(self, heading: str) -> str:
        """Return effects by region and subgroup; nothing where the study has none."""
        names = ("outcome", "group", "effect", "interval", "supported", "comparison")
        rows = [
            [escape(outcome["name"]), escape(self._group(row)), *self._without_p(outcome, row)]
            for outcome in self.about["outcome"]
            for row in [*self._rows(outcome["name"], "region"), *self._rows(outcome["name"], "subgroup")]
        ]
        return _section(heading, self._table(names, rows))

    def published_section(self, heading: str, reasons: str) -> str:
        """Return what others printed, ours below, and why they differ; nothing where nobody printed anything."""
        rows = [
            [escape(one["outcome"]), escape(one["what"]), _plain(one["estimate"]), _plain(one["std_error"])]
            for one in self.about["published"]
        ]
        named = [one for one in self.about["outcome"] if one["name"] in {p["outcome"] for p in self.about["published"]}]
        ours = [
            [escape(outcome["name"]), self._our_name(row), _plain(row["estimate"]), _plain(row["std_error"])]
            for outcome in named
            for kind in ("event_time", "average_cohort")
            for row in self._rows(outcome["name"], kind)
        ]
        table = self._table(("outcome", "what", "estimate", "error"), rows + ours if rows else [])
        why = [
            f"- *{escape(one['what'])}*: {escape(one['why_different'])} ({escape(one['source'])})"
            for one in self.about["published"]
        ]
        return _section(heading, table, reasons, "\n".join(why))

    # ---- who, and how ------------------------------------------------------------------------------------------------

    def cohorts(self) -> str:
        """Return the effect on the first outcome by cohort, and how many effects before support can be tested."""
        outcome = self.about["outcome"][0]
        cells = self._frame(outcome["name"], "cell")
        rows = [
            [
                _whole(row["cohort"]),
                *self._without_p(outcome, row),
                str(_testable(cells[cells["cohort"] == row["cohort"]])),
            ]
            for row in self._rows(outcome["name"], "cohort")
        ]
        return self._table(("cohort", "effect", "interval", "supported", "comparison", "before"), rows)

    def design(self) -> str:
        """Return the design in sentences."""
        design, inference = self.about["design"], self.about["inference"]
        said = [self._say("design.comparison", who=self._who())]
        listed = ", ".join(map(escape, design["covariates"]))
        said.append(self._say("design.covariates", covariates=listed) if listed else self._say("design.plain"))
        if design["comparison_within"]:
            said.append(self._say("design.within", within=", ".join(map(escape, design["comparison_within"]))))
        if design["anticipation"]:
            said.append(self._say("design.anticipation", anticipation=design["anticipation"]))
        said.append(self._say(f"design.{design['unbalanced']}"))
        cluster = inference["cluster"] or self.about["panel"]["cluster"]
        said += [self._say("design.clusters", cluster=escape(cluster))] if cluster else []
        said.append(self._say("design.draws", draws=inference["draws"], seed=inference["seed"]))
        return " ".join(said)

    def estimators(self) -> str:
        """Return the average effect by every estimator, side by side."""
        names = ("outcome", "estimator", "effect", "interval", "p", "supported", "comparison")
        rows = [
            [escape(outcome["name"]), self._estimator(one["estimator"]), *self._numbers(outcome, row)]
            for outcome in self.about["outcome"]
            for one in self.about["estimate"]
            for row in [self._average(outcome["name"], one["estimator"])]
        ]
        return self._table(names, rows)

    def sources(self) -> str:
        """Return the sources of the methods, and what the data are."""
        named = [estimators.named(one["estimator"]).SOURCE for one in self.about["estimate"]]
        data = self.about["panel"]["source"] or self.about["panel"]["file"]
        return "\n".join(f"- {escape(source)}" for source in [*dict.fromkeys(named), data])

    def notes_section(self, heading: str) -> str:
        """Return what was said while the study ran; nothing in what is released."""
        return _section(heading, "\n".join(f"- {escape(note)}" for note in self.about["notes"]))

    # ---- words for one row -------------------------------------------------------------------------------------------

    @property
    def _language(self) -> str:
        return str(self.about["study"]["language"])

    @property
    def _main(self) -> str:
        return str(self.about["estimate"][0]["estimator"])

    @property
    def _confidence(self) -> str:
        return f"{100 * self.about['inference']['confidence']:g}"

    def _say(self, key: str, **values: Any) -> str:
        return phrase(key, self._language, **values)

    def _who(self) -> str:
        return self._say(f"who.{self.about['design']['comparison']}")

    def _estimator(self, name: str) -> str:
        return self._say(f"estimator.{name}") if known(f"estimator.{name}") else escape(name)

    def _frame(self, outcome: str, aggregation: str, estimator: str | None = None) -> pd.DataFrame:
        effects = self.effects
        chosen = effects["estimator"] == (estimator or self._main)
        return effects[chosen & (effects["outcome"] == outcome) & (effects["aggregation"] == aggregation)]

    def _rows(self, outcome: str, aggregation: str, estimator: str | None = None) -> list[dict[str, Any]]:
        frame = self._frame(outcome, aggregation, estimator)
        return [dict(zip(frame.columns, row, strict=True)) for row in frame.itertuples(index=False)]

    def _average(self, outcome: str, estimator: str | None = None) -> dict[str, Any]:
        return self._rows(outcome, "average_cohort", estimator)[0]

    def _with_periods(self) -> list[dict[str, Any]]:
        return [outcome for outcome in self.about["outcome"] if len(self._frame(outcome["name"], "event_time"))]

    def _sentence(self, outcome: dict[str, Any], row: dict[str, Any]) -> str:
        if row["state"] != "shown":
            return f"{escape(outcome['name'])}: {self._state(row)}."
        value, lower, upper = scale.shown([row["estimate"], row["lower"], row["upper"]], outcome)
        places = scale.digits(upper - lower)
        words = {
            "name": escape(outcome["name"]),
            "size": scale.number(abs(value), places),
            "unit": f"; {escape(outcome['unit'])}" if outcome["unit"] else "",
            "direction": self._say("direction.up" if value >= 0 else "direction.down"),
            "confidence": self._confidence,
            "lower": scale.number(lower, places),
            "upper": scale.number(upper, places),
        }
        return self._say("answer.percent" if scale.is_percent(outcome) else "answer.unit", **words)

    def _verdict(self, outcome: dict[str, Any], row: dict[str, Any]) -> str:
        if row["state"] != "shown":
            return ""
        if row["lower"] <= 0 <= row["upper"]:
            return self._say("verdict.open")
        if not outcome["better"]:
            return self._say("verdict.clear")
        hoped = (row["estimate"] > 0) == (outcome["better"] == "higher")
        return self._say("verdict.better" if hoped else "verdict.worse")

    def _state(self, row: dict[str, Any]) -> str:
        return self._say(f"state.{str(row['state']).replace(' ', '_')}")

    def _effect(self, outcome: dict[str, Any], row: dict[str, Any], kind: str = "") -> tuple[str, str]:
        """Return the effect and its interval as they are shown, or the state where there is none."""
        if row["state"] != "shown":
            return self._state(row), ""
        shown = scale.shown([row["estimate"], row[f"lower{kind}"], row[f"upper{kind}"]], outcome)
        places, percent = scale.digits(shown[2] - shown[1]), " %" if scale.is_percent(outcome) else ""
        value, lower, upper = (scale.number(number, places) for number in shown)
        return f"{value}{percent}", f"{lower} … {upper}{percent}" if lower else ""

    def _numbers(self, outcome: dict[str, Any], row: dict[str, Any]) -> list[str]:
        effect, interval = self._effect(outcome, row)
        return [effect, interval, _p(row["p_value"]), _count(row["n_supported"]), _count(row["n_comparison"])]

    def _without_p(self, outcome: dict[str, Any], row: dict[str, Any]) -> list[str]:
        effect, interval, _, *counts = self._numbers(outcome, row)
        return [effect, interval, *counts]

    def _banded(self, outcome: dict[str, Any], row: dict[str, Any]) -> list[str]:
        effect, interval, _, *counts = self._numbers(outcome, row)
        return [effect, interval, self._effect(outcome, row, "_uniform")[1], *counts]

    def _group(self, row: dict[str, Any]) -> str:
        named = not pd.isna(row["subgroup_of"])
        return f"{row['subgroup_of']}: {row['subgroup']}" if named else str(row["region"])

    def _our_name(self, row: dict[str, Any]) -> str:
        name = self._estimator(self._main)
        if pd.isna(row["event_time"]):
            return self._say("ours.average", estimator=name)
        return self._say("ours.event", estimator=name, since=_whole(row["event_time"]))

    def _no_before(self) -> list[str]:
        cells = self._frame(self.about["outcome"][0]["name"], "cell")
        untested = [_whole(cohort) for cohort, of in cells.groupby("cohort") if not _testable(of)]
        return [self._say("sure.no_before", cohorts=", ".join(untested))] if untested else []

    def _few(self) -> list[str]:
        counts = [
            self._say("sure.few_one", name=escape(outcome["name"]), count=_count(n), cohort=_whole(cohort))
            for outcome in self.about["outcome"]
            for row in self._rows(outcome["name"], "cohort")
            for n, cohort in [(row["n_supported"], row["cohort"])]
            if not pd.isna(n) and n < FEW
        ]
        return [self._say("sure.few", counts="; ".join(counts))] if counts else []

    def _figure(self, kind: str, file: str, outcome: dict[str, Any], points: str) -> str:
        name = slug(outcome["name"])
        image = (self.room / "figures" / f"{file}-{name}.svg").read_bytes()
        position = self.about["outcome"].index(outcome) + 1
        caption = self._say(f"figure.{kind}", name=escape(outcome["name"]))
        return figure(
            image,
            f"fig-{kind}-{position}",
            caption,
            self._say(f"figure.{kind}_alt", name=outcome["name"], points=points),
        )

    def _event_points(self, outcome: dict[str, Any]) -> str:
        rows = self._rows(outcome["name"], "event_time")
        told = ((_whole(row["event_time"]), *self._effect(outcome, row)) for row in rows)
        return "; ".join(
            f"{when}: {effect}" + (f" ({interval})" if interval else "") for when, effect, interval in told
        )

    def _path_points(self, outcome: dict[str, Any]) -> str:
        of = self.paths[self.paths["outcome"] == outcome["name"]]
        return "; ".join(f"{cohort}: {', '.join(map(_plain, rows['mean']))}" for cohort, rows in of.groupby("cohort"))

    def _table(self, names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
        """Write a pipe table: the first column left, numbers right; nothing where there are no rows."""
        lines = [f"| {' | '.join(row)} |" for row in rows]
        if not lines:
            return ""
        texts = {"outcome", "what", "group", "estimator"}
        head = [self._say(f"column.{name}", confidence=self._confidence) for name in names]
        rule = [":---" if name in texts else "---:" for name in names]
        return "\n".join([f"| {' | '.join(head)} |", f"| {' | '.join(rule)} |", *lines])


def _section(heading: str, content: str, *more: str) -> str:
    """Put a heading over content; a section without content does not appear."""
    return "\n\n".join([heading, content, *more]) if content else ""


def _testable(cells: pd.DataFrame) -> int:
    """Count a cohort's effects before support that vary, so that they can be tested."""
    return int(((cells["period"] < cells["cohort"]) & cells["std_error"].notna()).sum())


def _count(value: Any) -> str:
    return "" if pd.isna(value) else f"{int(value):,}"


def _whole(value: Any) -> str:
    return "" if pd.isna(value) else f"{int(value)}".replace("-", "−")


def _plain(value: Any) -> str:
    return "" if value is None or pd.isna(value) else scale.number(float(value), 3)


def _p(value: Any) -> str:
    return "" if pd.isna(value) else "< 0.001" if value < 0.001 else f"{value:.3f}"
