"""What a map shows: a layer has one class for every region, and the words that go with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import mapclassify
import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from impact.errors import InputError, first_five
from impact.publish.phrases import phrase
from impact.regions import risk
from impact.show import scale
from impact.show.maps import classes
from impact.show.maps.classes import Class
from impact.show.text import plain


@dataclass(frozen=True)
class Asked:
    """What to show of a table.

    value: the column of a variable, for "classes" and "two". threshold: of the probability, in the measure of the estimate.
    breaks: edges of classes, the same on every map. percent: effects are logarithms, to be shown as per cent.
    """

    language: str = "en"
    value: str | None = None
    threshold: float = 0.0
    breaks: Sequence[float] | None = None
    percent: bool = False
    unit: str = ""


@dataclass(frozen=True)
class Layer:
    """One class for every row of a table: its position among `classes`; rows that are not sure are hatched on top."""

    classes: list[Class]
    position: np.ndarray
    heading: str
    note: str = ""
    unsure: np.ndarray = field(default_factory=lambda: np.zeros(0, bool))
    square: int = 0  # classes in a square of so many by so many, for two variables


def chosen(table: pd.DataFrame, asked: Asked) -> str:
    """Return the kind that a table is for, where nobody says: effects by their probability, anything else by its classes."""
    effects = {"estimate", "std_error"} <= set(table.columns)
    return "two" if effects and asked.value else "probability" if effects else "classes"


def probability(table: pd.DataFrame, asked: Asked) -> Layer:
    """Show how surely the effect lies above the threshold, in five named classes."""
    _must_have(table, ("estimate", "std_error"))
    df = table.get("df", np.inf)
    found = classes.of_probability(classes.above(table["estimate"], table["std_error"], asked.threshold, df))
    threshold = _number(asked.threshold, asked)
    every = classes.probability(asked.language, threshold)
    heading = phrase("map.probability", asked.language, threshold=threshold)
    return _with_states(table, found, every, asked, heading, phrase("map.probability_note", asked.language))


def mean(table: pd.DataFrame, asked: Asked) -> Layer:
    """Show the effect itself in classes around zero; where the interval holds zero it is hatched."""
    _must_have(table, ("estimate", "lower", "upper"))
    value, lower, upper = (_shown(table[name], asked) for name in ("estimate", "lower", "upper"))
    edges = np.asarray(asked.breaks, float) if asked.breaks is not None else _around_zero(value)
    if len(edges) != len(classes.DIVERGING) - 1:
        raise InputError(
            f"A map of effects has six classes around zero, so five breaks; seen: {len(edges)}. Give five, such as -10 -5 0 5 10."
        )
    unit = " %" if asked.percent else asked.unit and f" {asked.unit}"
    every = classes.between(edges, classes.DIVERGING, classes.BELOW, asked.language, unit)
    layer = _with_states(
        table,
        _within(value, edges),
        every,
        asked,
        phrase("map.mean", asked.language),
        phrase("map.mean_note", asked.language),
    )
    unsure = (lower <= 0) & (upper >= 0) & (layer.position < len(every))
    return Layer(layer.classes, layer.position, layer.heading, layer.note, unsure)


def variable(table: pd.DataFrame, asked: Asked) -> Layer:
    """Show any variable: texts as they are, classes of risk in their colours, numbers between breaks that stay the same."""
    name = asked.value or _only_number(table)
    _must_have(table, (name,))
    values = table[name]
    if asked.breaks is None and (found := _risk(values, asked.language)) is not None:
        return _with_states(table, found, classes.of_risk(asked.language), asked, plain(name))
    if not is_numeric_dtype(values) or is_bool_dtype(values):
        every = classes.categories(values)
        place = {one.key: i for i, one in enumerate(every)}
        return _with_states(
            table, values.astype(object).map(lambda v: place.get(str(v), -1)).to_numpy(), every, asked, plain(name)
        )
    edges = np.asarray(asked.breaks, float) if asked.breaks is not None else _pretty(values)
    colours = _spread(classes.SEQUENTIAL, len(edges) + 1)
    every = classes.between(edges, colours, ("",) * len(colours), asked.language, asked.unit and f" {asked.unit}")
    return _with_states(table, _within(values.to_numpy(float), edges), every, asked, plain(name))


def two(table: pd.DataFrame, asked: Asked) -> Layer:
    """Show a class of risk and the effect together, three by three."""
    _must_have(table, ("estimate", "std_error", str(asked.value)))
    risks = _risk(table[str(asked.value)], asked.language)
    if risks is None:
        raise InputError(
            f"A map of two variables needs a class of extinction risk in '{asked.value}'; seen: "
            f"{first_five(table[str(asked.value)].dropna().unique())}. Name a column with {', '.join(risk.CLASSES['en'])}."
        )
    p = classes.above(table["estimate"], table["std_error"], asked.threshold, table.get("df", np.inf))
    effect = np.where(np.isnan(p), -1, np.searchsorted([0.2, 0.8], p, side="right"))
    row = np.where(risks < 0, -1, np.array([2, 2, 1, 0, 0])[risks])
    found = np.where((effect < 0) | (row < 0), -1, 3 * row + effect)
    names = [
        [phrase(f"map.{key}", asked.language) for key in keys]
        for keys in (("two_low", "two_caution", "two_risk"), ("two_below", "two_open", "two_above"))
    ]
    every = [
        Class(f"two_{i}{j}", f"{names[0][i]}, {names[1][j]}", classes.TWO[i][j], "//" if j == 0 else "")
        for i in range(3)
        for j in range(3)
    ]
    layer = _with_states(
        table, found, every, asked, phrase("map.two", asked.language), phrase("map.two_note", asked.language)
    )
    return Layer(layer.classes, layer.position, layer.heading, layer.note, square=3)


KINDS: dict[str, Callable[[pd.DataFrame, Asked], Layer]] = {
    "probability": probability,
    "mean": mean,
    "classes": variable,
    "two": two,
}


def _with_states(
    table: pd.DataFrame, found: np.ndarray, every: list[Class], asked: Asked, heading: str, note: str = ""
) -> Layer:
    """Put what has no value that may be shown into classes of its own, which follow the others."""
    more = classes.states(asked.language)
    place = {state: len(every) + i for i, state in enumerate(classes.STATES)}
    absent = np.where(found < 0, place["no data"], found)
    if "state" in table:
        hidden = table["state"].map(place)
        absent = np.where(hidden.notna(), hidden.fillna(0), absent).astype(int)
    return Layer([*every, *more], absent.astype(int), heading, note)


def _must_have(table: pd.DataFrame, names: Sequence[str]) -> None:
    absent = [name for name in names if name not in table]
    if absent:
        raise InputError(
            f"The table must have the columns {', '.join(names)} for this map; absent: {', '.join(absent)}. It has "
            f"{first_five(table.columns)}."
        )
    for name in names:
        if is_numeric_dtype(table[name]) and np.isinf(table[name].to_numpy(float, na_value=np.nan)).any():
            raise InputError(
                f"'{name}' must be finite; it is infinite in {int(np.isinf(table[name]).sum())} rows. Leave unknown values blank."
            )


def _only_number(table: pd.DataFrame) -> str:
    """Find the one column that can be shown, where nobody names it."""
    named = [str(name) for name in table if name not in ("code", "region", "year", "period", "simulated", "state")]
    numbers = [name for name in named if is_numeric_dtype(table[name])]
    one = numbers if len(numbers) == 1 else named
    if len(one) == 1:
        return one[0]
    raise InputError(
        f"The column to be shown must be named; the table has {first_five(named) or 'none beside its codes'}. Name it with value "
        "(--value)."
    )


def _shown(values: pd.Series, asked: Asked) -> np.ndarray:
    return scale.shown(values.to_numpy(float, na_value=np.nan), {"transform": "log" if asked.percent else "none"})


def _number(threshold: float, asked: Asked) -> str:
    shown = float(_shown(pd.Series([threshold]), asked)[0])
    return f"{shown:g}{' %' if asked.percent else asked.unit and f' {asked.unit}'}".replace("-", "−")


def _within(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    return np.where(np.isnan(values), -1, np.searchsorted(edges, values, side="right"))


def _around_zero(values: np.ndarray) -> np.ndarray:
    """Return −2s, −s, 0, s, 2s with the round number s of which two hold nine effects in ten."""
    known = np.abs(values[np.isfinite(values)])
    size = np.quantile(known, 0.9) / 2 if len(known) and known.max() > 0 else 1.0
    power = 10.0 ** np.floor(np.log10(size))
    step = next(one * power for one in (1, 2, 5, 10) if one * power >= size)
    return step * np.arange(-2.0, 3.0)


def _pretty(values: pd.Series) -> np.ndarray:
    """Return up to four edges with about as many rows between them, rounded to two digits; one value is its own edge."""
    known = values.dropna().to_numpy(float)
    different = np.unique(known)
    if len(different) < 3:
        return different[-1:] if len(different) else np.array([0.0])
    bins = mapclassify.Quantiles(known, k=min(5, len(different) - 1)).bins[:-1]
    return np.unique([float(f"{edge:.2g}") for edge in bins])


def _spread(colours: tuple[str, ...], n: int) -> tuple[str, ...]:
    return tuple(colours[round(i)] for i in np.linspace(0, len(colours) - 1, n)) if n > 1 else colours[-1:]


def _risk(values: pd.Series, language: str) -> np.ndarray | None:
    """Return the positions of classes of extinction risk; None where the values are none."""
    for names in risk.CLASSES.values():
        known = values.dropna().astype(str)
        if len(known) and known.isin(names).all():
            return (
                values.astype(object)
                .map(lambda v, names=names: names.index(str(v)) if str(v) in names else -1)
                .to_numpy(int)
            )
    return None
