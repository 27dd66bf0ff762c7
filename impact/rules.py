"""What a study file must hold: every key known, every value of its kind, and the few rules between them.

Each rule is one function that yields sentences; to add one, write it and name it in RULES.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any

from pydantic import TypeAdapter, ValidationError

from impact import estimators
from impact.errors import InputError
from impact.study import (
    FOLDER,
    About,
    Comparing,
    Disclosure,
    Estimating,
    Inference,
    Outcome,
    Prioritizing,
    Published,
    Simulating,
    Study,
    Table,
    can_name_a_folder,
)

SECTIONS: dict[str, type] = {
    "study": About,
    "panel": Table,
    "outcome": Outcome,
    "design": Comparing,
    "estimate": Estimating,
    "inference": Inference,
    "disclosure": Disclosure,
    "published": Published,
    "simulate": Simulating,
    "priorities": Prioritizing,
}
REPEATED = ("outcome", "estimate", "published")
KINDS = {
    "string_type": "text, in quotes",
    "string_too_short": "text, and not blank",
    "int_type": "a whole number",
    "float_type": "a number",
    "tuple_type": "a list, in square brackets",
}


def checked(raw: dict[str, Any]) -> tuple[Study | None, list[str]]:
    """Return the study, or every problem in it."""
    try:
        study = TypeAdapter(Study).validate_python(raw)
    except ValidationError as error:
        return None, [_sentence(one["type"], one["loc"], one) for one in error.errors()]
    problems = [sentence for rule in RULES for sentence in rule(study)]
    return (None if problems else study), problems


def _sentence(kind: str, place: Sequence[int | str], error: Any) -> str:
    """Say what must hold at a place of the file, and what was seen there."""
    if kind == "unexpected_keyword_argument":
        return _unknown(str(place[-1]), place[:-1])
    where, must = _where(place), KINDS.get(kind, "")
    if kind == "missing":
        return f"{where} must be given; it is not."
    if kind == "literal_error":
        must = error["ctx"]["expected"]
    if kind == "dataclass_type":
        must = "a section of its own, with a line for each setting"
    if kind == "tuple_type" and len(place) == 1:
        must = "written in double brackets, once for each"
    return f"{where} must be {must}; seen: {_seen(error['input'])}."


def _unknown(key: str, place: Sequence[int | str]) -> str:
    """Refuse a key that is not known, with the nearest known one."""
    kind = Comparing if place and place[-1] == "design" else SECTIONS[str(place[0])] if place else Study
    known = [one.name for one in fields(kind)]
    near = difflib.get_close_matches(key, known, 1)
    hint = f"Did you mean '{near[0]}'?" if near else f"Known are {', '.join(known)}."
    return f"{_where(place) if place else 'the file'} has no {key!r}. {hint}"


def _where(place: Sequence[int | str]) -> str:
    """Name a place as the file writes it: "[panel] unit", "[[outcome]] 2 column"."""
    section = str(place[0])
    named = f"[[{section}]]" if section in REPEATED else f"[{section}]"
    which = [str(part + 1) if isinstance(part, int) else part for part in place[1:] if part != "[key]"]
    return " ".join([named, *which])


def _seen(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:79]}…"


# ---- what a study must hold beyond the kinds of its values --------------------------------------------------------------


def simulation_is_unclear(study: Study) -> Iterator[str]:
    """Dials of simulated firms go with simulated firms."""
    source = str(study.panel.source)
    if study.simulate != Simulating() and source not in ("impact.simulate", "impact.simulate.regions"):
        yield '[simulate] goes with [panel] source = "impact.simulate"; here firms come from elsewhere. Leave it out.'
    if study.simulate.threshold and source == "impact.simulate":
        yield '[simulate] threshold goes with source = "impact.simulate.regions"; here are firms, not regions. Leave it out.'
    if not 0 <= study.simulate.threshold < 1:
        yield f"[simulate] threshold must be a share of firms from 0 up to 1; seen: {study.simulate.threshold}."
    if study.simulate.firms < 1:
        yield f"[simulate] firms must be 1 or more; seen: {study.simulate.firms}."


def name_is_no_folder(study: Study) -> Iterator[str]:
    """The results go to a folder of the study's name, and nowhere else."""
    name = study.study.name
    if not can_name_a_folder(name):
        yield f"[study] name must be {FOLDER}: its results go to a folder of that name; seen: {_seen(name)}."


def table_is_unclear(study: Study) -> Iterator[str]:
    """There is one table."""
    if (study.panel.file is None) == (study.panel.source is None):
        yield f"[panel] must name either a file or a source; {_either(study.panel.file)}."


def support_is_unclear(study: Study) -> Iterator[str]:
    """One column says when support began."""
    table = study.panel
    if (table.first_supported is None) == (table.supported is None):
        yield (
            "[panel] must name either first_supported (a column of years) or supported (a column that is 1 in years with "
            f"support); {_either(table.supported)}."
        )


def outcomes_are_unclear(study: Study) -> Iterator[str]:
    """There is an outcome, and no two share a name."""
    if not study.outcome:
        yield "[[outcome]] must be given at least once; it is not."
    for name in _repeated([one.name for one in study.outcome]):
        yield f"[[outcome]] names must differ; {_seen(name)} is used more than once."


def estimators_are_unclear(study: Study) -> Iterator[str]:
    """There is an estimator, no two share a name, and each has only options that it knows."""
    if not study.estimate:
        yield "[[estimate]] must be given at least once, or left out altogether; seen: an empty list."
    for name in _repeated([one.name for one in study.estimate]):
        yield f'[[estimate]] names must differ; {_seen(name)} is used more than once. Add a line such as name = "{name} 2".'
    for one in study.estimate:
        try:
            estimators.options(estimators.named(one.estimator), one.options)
        except InputError as error:
            yield from (f"[[estimate]] {problem}" for problem in error.problems)


def estimates_and_outcomes_differ(study: Study) -> Iterator[str]:
    """An estimate is for outcomes that there are, and every outcome has an estimate."""
    names = [one.name for one in study.outcome]
    for one in study.estimate:
        for name in one.outcomes:
            if name not in names:
                yield f"[[estimate]] outcomes must be among {', '.join(map(_seen, names))}; seen: {_seen(name)}."
    for name in names if study.estimate else ():
        if not any(one.is_for(name) for one in study.estimate):
            yield f"Every outcome must have an [[estimate]] that is for it; {_seen(name)} has none."


def regions_are_unclear(study: Study) -> Iterator[str]:
    """What is said of regions needs the column of regions."""
    table, within = study.panel, [one.region_within for one in (study.design, *map(study.comparing, study.estimate))]
    if table.region is None and (table.region_attributes or any(within)):
        named = "[panel] region_attributes" if table.region_attributes else "[design] region_within"
        yield f"{named} goes with [panel] region, the column of regions; there is none. Name it, or leave this out."
    twice = [name for name in table.region_attributes if name in study.design.subgroups or name == table.region]
    if twice:
        yield (
            "[panel] region_attributes and [design] subgroups must not name the same column, nor that of regions; seen: "
            f"{', '.join(map(_seen, twice))}. Name it once."
        )


def priorities_are_unclear(study: Study) -> Iterator[str]:
    """Who is next is asked of regions, by an outcome that there is, with money that is money."""
    asked = study.priorities
    if asked != Prioritizing() and study.panel.region is None:
        yield "[priorities] goes with [panel] region, the column of regions; there is none. Name it, or leave this out."
    names = [one.name for one in study.outcome]
    if asked.outcome is not None and asked.outcome not in names:
        named = ", ".join(map(_seen, names))
        yield f"[priorities] outcome must be the name of an [[outcome]]: {named}; seen: {_seen(asked.outcome)}."
    if (asked.budget is None) != (asked.cost is None):
        yield "[priorities] budget and cost (of one firm) go together; only one is given. Give both, or leave both out."
    if (asked.floor > 0) != (asked.floor_for is not None):
        yield "[priorities] floor and floor_for go together; only one is given. Give both, or leave both out."
    if asked.value_per_unit is not None and asked.cost is None:
        yield "[priorities] value_per_unit goes with budget and cost; they are not given. Give them, or leave it out."
    if asked.in_units and study.outcome and study.compared_by.transform != "log":
        yield '[priorities] in_units goes with an outcome whose transform is "log"; others are in units already. Leave it out.'
    yield from _amounts_out_of_range(asked)


def _amounts_out_of_range(asked: Prioritizing) -> Iterator[str]:
    """Shares are shares; money and counts are above zero."""
    for name in ("floor", "take_up", "diminishing"):
        share = getattr(asked, name)
        if share is not None and not 0 <= share <= 1:
            yield f"[priorities] {name} must be a share from 0 to 1; seen: {share}."
    for name in ("budget", "cost", "value_per_unit", "years", "most_in_a_region"):
        amount = getattr(asked, name)
        if amount is not None and not 0 < amount < float("inf"):
            yield f"[priorities] {name} must be above 0; seen: {amount}."
    if any(size < 1 for size in asked.ladder):
        yield f"[priorities] ladder must be sizes of 1 or more; seen: {', '.join(map(str, asked.ladder))}."


def translations_are_unclear(study: Study) -> Iterator[str]:
    """Words are translated into the other language, and two that differ stay different."""
    for language, words in study.translation.items():
        if language == study.study.language:
            yield f"[translation.{language}] is the study's own language. Write its words where they stand, and translate others."
        for word in _repeated(list(words.values())):
            yield f"[translation.{language}] must keep apart what differs; two words become {_seen(word)}. Change one of them."


def clusters_differ(study: Study) -> Iterator[str]:
    """Errors depend within one column."""
    ours, theirs = study.inference.cluster, study.panel.cluster
    if ours is not None and theirs is not None and ours != theirs:
        yield f"[inference] cluster and [panel] cluster must agree; seen: {_seen(ours)} and {_seen(theirs)}."


def published_outcome_is_unknown(study: Study) -> Iterator[str]:
    """What others published stands beside one of our outcomes."""
    names = [one.name for one in study.outcome]
    for one in study.published:
        if one.outcome not in names:
            named = ", ".join(map(_seen, names))
            yield f"[[published]] outcome must be the name of an [[outcome]]: {named}; seen: {_seen(one.outcome)}."


def number_is_out_of_range(study: Study) -> Iterator[str]:
    """Numbers lie where they make sense."""
    inference, least, anticipation = study.inference, study.disclosure.minimum_firms, study.design.anticipation
    checks = (
        ("[design] anticipation must be 0 or more", anticipation >= 0, anticipation),
        ("[inference] confidence must lie between 0 and 1, such as 0.95", 0 < inference.confidence < 1, inference.confidence),
        ("[inference] draws must be 0 or more, such as 999", inference.draws >= 0, inference.draws),
        ("[inference] seed must be 0 or more", inference.seed >= 0, inference.seed),
        ("[disclosure] minimum_firms must be 1 or more", least is None or least >= 1, least),
    )  # fmt: skip
    yield from (f"{must}; seen: {seen}." for must, holds, seen in checks if not holds)


def _either(one_of_them: str | None) -> str:
    return "it names neither" if one_of_them is None else "it names both"


def _repeated(names: Sequence[str]) -> list[str]:
    return [name for name in dict.fromkeys(names) if names.count(name) > 1]


RULES = (
    simulation_is_unclear,
    name_is_no_folder,
    table_is_unclear,
    support_is_unclear,
    outcomes_are_unclear,
    estimators_are_unclear,
    estimates_and_outcomes_differ,
    regions_are_unclear,
    priorities_are_unclear,
    translations_are_unclear,
    clusters_differ,
    published_outcome_is_unknown,
    number_is_out_of_range,
)
