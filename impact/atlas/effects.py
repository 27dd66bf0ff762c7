"""The effects by region that may be shown: columns by region, and the classes that maps give them.

A value is taken where the state of its row is "shown", and nowhere else: of other rows the page has the state alone, and of those
without enough evidence how many firms stand behind them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from impact.atlas.compact import SIGNS, own, positions
from impact.atlas.words import both, text
from impact.errors import InputError, first_five
from impact.phrases import known, phrase
from impact.regions import codes, register
from impact.show import scale
from impact.show.maps import kinds
from impact.show.maps.classes import PROBABILITY, Class, above, states
from impact.show.maps.kinds import Asked
from impact.show.room import Room

KINDS = {"region": "beside_all", "region_within": "beside_around"}  # aggregations, and with whom they compare
SHRUNKEN = "shrunken"  # of `impact prioritize`
LEVELS = ("cohort", "period", "event_time", "subgroup")  # of finer effects, which are not drawn
STATES = ("shown", "not enough evidence", "suppressed", "not identified", "no data")
NUMBERS = ("estimate", "std_error", "lower", "upper")
COUNTS = ("n_supported", "n_comparison")
COUNTED = ("shown", "not enough evidence")
INTERVAL = tuple((key, *PROBABILITY[at][1:]) for key, at in (("below", 0), ("open", 2), ("above", -1)))  # looks as sure
DIGITS = 3  # that matter of a standard error; a value is written to the same place
ABOVE = 9  # places before the point that a number may leave out; the signs of places begin there


@dataclass(frozen=True)
class Drawn:
    """An outcome that has effects by region: what the study says of it, and a table for each estimator and comparison."""

    room: Room
    outcome: Mapping[str, Any]
    tables: Mapping[tuple[str, str], pd.DataFrame]

    @cached_property
    def layers(self) -> dict[str, Mapping[str, kinds.Layer]]:
        """Return the layers of all tables at once, one under another, so that they have the same classes."""
        return _layers(pd.concat(self.tables.values(), ignore_index=True), self.outcome)


def of(room: Room) -> dict[str, Any]:
    """Return outcomes with their classes, and estimates with a list entry for each region of the register.

    Raises InputError where the results have no effects by region, or regions that the register does not have.
    """
    every = [Drawn(room, outcome, dict(_tables(room, outcome))) for outcome in room.outcomes]
    drawn = [one for one in every if one.tables]
    if not drawn:
        raise InputError(
            f"An atlas needs effects by region; the results of {text(room.about['study']['name'])} have none. Name the column of "
            "regions in study.toml ([panel] region), and run the study again."
        )
    return {
        "outcomes": [_outcome(one) for one in drawn],
        "estimates": [_estimate(one, key, place) for place, one in enumerate(drawn) for key in one.tables],
        "states": list(STATES),
    }


def _tables(room: Room, outcome: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], pd.DataFrame]]:
    """Yield the effects on an outcome, by estimator and by with whom they compare, a row for each region of the register."""
    for estimator in room.estimators(outcome["name"]):
        for aggregation in KINDS:
            frame = room.frame(outcome["name"], aggregation, estimator)
            frame = frame[frame[list(LEVELS)].isna().all(axis=1)]
            if len(frame):
                yield (estimator, aggregation), _placed(frame, room)
    if "priorities" in room.tables and outcome["name"] == room.prioritized["name"]:
        yield (room.main(outcome["name"]), SHRUNKEN), _placed(_shrunken(room.tables["priorities"], outcome), room)


def _shrunken(table: pd.DataFrame, outcome: Mapping[str, Any]) -> pd.DataFrame:
    """Return shrunken effects as effects are: where less is better they were turned, and are turned back."""
    kept = kinds.by_own_evidence(table[["region", *NUMBERS, *COUNTS, "own_weight", "state"]])
    if outcome["better"] != "lower":
        return kept
    return kept.assign(estimate=-kept["estimate"], lower=-kept["upper"], upper=-kept["lower"])


def _placed(frame: pd.DataFrame, room: Room) -> pd.DataFrame:
    """Put rows in the order of the register; what is not to be shown is taken out of them here."""
    units = register.units()["code"]
    region = codes.normal(frame["region"])
    if strange := first_five(region[~region.isin(units)].unique()):
        raise InputError(
            f"Regions of an atlas must be units of the register (codes of {_system()}); others in the results of "
            f"{text(room.about['study']['name'])}: {strange}. Convert them (impact regions convert), and run the study again."
        )
    if twice := first_five(region[region.duplicated()].unique()):
        raise InputError(f"An atlas shows one effect a region; seen more than one of: {twice}. Keep one row of each.")
    rows = frame.set_index(region).reindex(units)
    state = rows["state"].astype(object).where(rows["state"].isin(STATES), "no data")
    hidden = {name: rows[name].astype(float).where(state == "shown") for name in (*NUMBERS, *_more(rows))}
    counts = {name: rows[name].astype(float).where(state.isin(COUNTED)) for name in COUNTS}
    return pd.DataFrame({"state": state, **hidden, **counts})


def _system() -> str:
    day = register.units()["valid_from"].min()
    return f"mois:{day:%Y-%m-%d}"


def _more(rows: pd.DataFrame) -> list[str]:
    """Name what only some tables have: degrees of freedom, and how much is a region's own evidence."""
    return [name for name in ("df", "own_weight") if name in rows]


# ---- classes -------------------------------------------------------------------------------------------------------


def _layers(whole: pd.DataFrame, outcome: Mapping[str, Any]) -> dict[str, Mapping[str, kinds.Layer]]:
    percent, unit = scale.is_percent(outcome), text(outcome["unit"] or "")
    asked = both(lambda language: Asked(language, percent=percent, unit=unit))
    return {
        "probability": both(lambda language: kinds.probability(whole, asked[language])),
        "mean": both(lambda language: kinds.mean(whole, asked[language])),
        "interval": both(lambda language: _interval(whole, language)),
    }


def _interval(whole: pd.DataFrame, language: str) -> kinds.Layer:
    """Show where the interval lies: below zero, holding it, or above."""
    place = np.select([whole["upper"] < 0, whole["lower"] > 0], [0, 2], 1)
    every = [Class(key, phrase(f"atlas.interval_{key}", language), *look) for key, *look in INTERVAL]
    by_state = {state: len(every) + at for at, state in enumerate(STATES[1:])}
    nothing = whole["lower"].isna() | whole["upper"].isna()
    absent = whole["state"].map(by_state).fillna(by_state["no data"]).astype(int)
    position = np.where(nothing, absent, place)
    return kinds.Layer([*every, *states(language)], position, phrase("atlas.measure_interval", language))


def _outcome(drawn: Drawn) -> dict[str, Any]:
    outcome = drawn.outcome
    return {
        "name": text(outcome["name"]),
        "unit": text(outcome["unit"] or ""),
        "percent": scale.is_percent(outcome),
        "better": outcome["better"] or "",
        "classes": {name: own(of) for name, of in drawn.layers.items()},
        "overall": _overall(drawn.room, str(outcome["name"])),
    }


def _overall(room: Room, name: str) -> dict[str, float | None] | None:
    """Return the average effect over all supported firms; nothing where it may not be shown."""
    row = room.average(name)
    if row["state"] != "shown":
        return None
    place = _place(float(row["estimate"]), float(row["std_error"]))
    return {key: None if pd.isna(row[key]) else round(float(row[key]), place) for key in NUMBERS}


# ---- estimates -----------------------------------------------------------------------------------------------------


def _estimate(drawn: Drawn, key: tuple[str, str], place: int) -> dict[str, Any]:
    """Return one estimate; `place` is that of its outcome."""
    room, table, at = drawn.room, drawn.tables[key], list(drawn.tables).index(key)
    several = len({estimator for estimator, _ in drawn.tables}) > 1
    part = slice(at * len(table), (at + 1) * len(table))
    return {
        "outcome": place,
        "key": "/".join(map(text, key)),
        "beside": KINDS.get(key[1], "beside_shrunken"),
        "around": text(", ".join(_compared(room, key[0], "region_within") or [])),
        "estimator": both(lambda language: _named(key[0], language)) if several else None,
        "who": _compared(room, key[0], "comparison"),
        **_columns(table),
        "at": {name: positions(of["en"].position[part]) for name, of in drawn.layers.items()},
        "unsure": positions(drawn.layers["mean"]["en"].unsure[part].astype(int)),
    }


def _named(estimator: str, language: str) -> str:
    return phrase(f"estimator.{estimator}", language) if known(f"estimator.{estimator}") else text(estimator)


def _compared(room: Room, estimator: str, what: str) -> Any:
    """Return what an estimate says of its comparison, or else what the study says."""
    own = next(one["design"] for one in room.about["estimate"] if one["name"] == estimator)
    return (own or room.about["design"]).get(what)


def _columns(table: pd.DataFrame) -> dict[str, Any]:
    """Return the state of every region and, in order, the numbers of those that have any.

    Numbers are whole: how many of the place of the third digit of the standard error; probabilities and weights are thousandths.
    """
    shown = table[table["state"] == "shown"]
    places = np.array([_place(*row) for row in zip(shown["estimate"], shown["std_error"], strict=True)], dtype=int)
    surely = 1000 * above(shown["estimate"], shown["std_error"], 0.0, shown.get("df", np.inf))
    weight = {"own_weight": _whole(1000 * shown["own_weight"])} if "own_weight" in shown else {}
    counted = table[table["state"].isin(COUNTED)]
    return {
        "state": positions(table["state"].map({state: at for at, state in enumerate(STATES)})),
        "places": positions(places + ABOVE),
        **{name: _whole(shown[name] * 10.0**places) for name in NUMBERS},
        **{name: _whole(counted[name]) for name in COUNTS},
        "above": _whole(surely),
        **weight,
    }


def _place(value: float, size: float) -> int:
    """Return the decimal place of the third digit of `size`; without one, of the fifth digit of the value."""
    leads = size if np.isfinite(size) and size > 0 else abs(value) / 100
    place = DIGITS - 1 - int(np.floor(np.log10(leads))) if leads > 0 else 0
    return min(max(place, -ABOVE), len(SIGNS) - 1 - ABOVE)


def _whole(values: Iterable[float]) -> list[int | None]:
    return [None if np.isnan(value) else round(value) for value in values]
