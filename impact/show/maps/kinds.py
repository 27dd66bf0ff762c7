"""What a map shows: a layer has one class for every row of a table, and the words that go with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from impact.errors import InputError, counted, first_five
from impact.phrases import phrase
from impact.regions import risk
from impact.show import scale
from impact.show.maps import breaks, classes
from impact.show.maps.classes import Class
from impact.show.text import plain
from impact.tables import NO_EVIDENCE

UNSHOWN = (
    "code",
    "region",
    "year",
    "period",
    "name",
    "province",
    "simulated",
    "state",
)  # never a map's variable unasked
SQUARE = (0.2, 0.8)  # of the probability that an effect is above the threshold, beside a second variable
HANGUL = "\u1100"  # units in Korean letters follow a number without a blank
SHORT = 3  # letters of a unit that stands after every number
FEW = 2  # different numbers up to which they are names of classes, such as 0 and 1
MOST_TEXTS = 12  # texts of a variable that a map can tell apart


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

    @property
    def after(self) -> str:
        """Return what stands after a number; a longer unit stands in the heading."""
        unit = "%" if self.percent else self.unit
        apart = "" if unit >= HANGUL else " "
        return f"{apart}{unit}" if 0 < len(unit) <= SHORT else ""

    def headed(self, heading: str) -> str:
        """Return a heading with the unit that numbers below it do not carry."""
        return heading if self.percent or len(self.unit) <= SHORT else f"{heading} ({self.unit})"


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
    if not {"estimate", "std_error"} <= set(table.columns):
        return "classes"
    if asked.value is None:
        return "probability"
    return "two" if asked.value in table and _risk(_known(table, table[asked.value])) is not None else "classes"


def probability(table: pd.DataFrame, asked: Asked) -> Layer:
    """Show how surely the effect lies above the threshold, in five named classes."""
    table = by_own_evidence(table)
    found = classes.of_probability(_how_surely(table, asked))
    threshold = _threshold(asked)
    every = classes.probability(asked.language)
    heading = phrase("map.probability", asked.language, threshold=threshold)
    return _with_states(table, found, every, asked, heading, phrase("map.probability_note", asked.language))


def mean(table: pd.DataFrame, asked: Asked) -> Layer:
    """Show the effect itself in classes around zero; where the interval holds zero it is hatched."""
    table = by_own_evidence(table)
    value, lower, upper = (_as_shown(one, asked) for one in _numbers(table, ("estimate", "lower", "upper")))
    count = len(classes.DIVERGING) - 1
    edges = breaks.around_zero(value) if asked.breaks is None else breaks.given(asked.breaks, count)
    every = classes.between(edges, classes.DIVERGING, classes.BELOW, asked.language, asked.after)
    heading, note = (phrase(f"map.{key}", asked.language) for key in ("mean", "mean_note"))
    layer = _with_states(table, breaks.within(value, edges), every, asked, asked.headed(heading), note)
    return replace(layer, unsure=(lower <= 0) & (upper >= 0) & (layer.position < len(every)))


def variable(table: pd.DataFrame, asked: Asked) -> Layer:
    """Show any variable: texts as they are, classes of risk in their colours, numbers between breaks that stay the same."""
    name = asked.value or _only_one(table)
    _must_have(table, (name,))
    values = _known(table, table[name])
    if asked.breaks is None and (found := _risk(values)) is not None:
        return _with_states(table, found, classes.of_risk(asked.language), asked, plain(name))
    if asked.breaks is None and _is_named(values):
        if is_numeric_dtype(values):
            _number(values, name)  # infinite ones are refused, however few there are
        return _named(table, values, asked, name)
    number = _number(values, name)
    edges = breaks.alike(number) if asked.breaks is None else breaks.given(asked.breaks)
    every = classes.between(edges, classes.sequential(len(edges) + 1), (), asked.language, asked.after)
    return _with_states(table, breaks.within(number, edges), every, asked, asked.headed(plain(name)))


def two(table: pd.DataFrame, asked: Asked) -> Layer:
    """Show a class of risk and the effect together, three by three."""
    if asked.value is None:
        raise InputError("A map of two variables needs the column of the second one. Name it with value (--value).")
    table = by_own_evidence(table)
    _must_have(table, (asked.value,))
    values = _known(table, table[asked.value])
    risks = _risk(values)
    if risks is None:
        raise InputError(
            f"A map of two variables needs classes of extinction risk in '{asked.value}'; seen: "
            f"{first_five(values.dropna().unique()) or 'nothing'}. Name a column with {', '.join(risk.CLASSES['en'])}."
        )
    p = _how_surely(table, asked)
    row = np.append([2, 2, 1, 0, 0], -1)[risks]  # of the square, upwards: low, caution, at risk
    found = np.where(np.isnan(p) | (row < 0), -1, 3 * row + np.searchsorted(SQUARE, p, side="right"))
    heading, note = (phrase(f"map.{key}", asked.language, threshold=_threshold(asked)) for key in ("two", "two_note"))
    return replace(_with_states(table, found, classes.two(asked.language), asked, heading, note), square=3)


KINDS: dict[str, Callable[[pd.DataFrame, Asked], Layer]] = {
    "probability": probability,
    "mean": mean,
    "classes": variable,
    "two": two,
}


# ---- classes -------------------------------------------------------------------------------------------------------


def _with_states(
    table: pd.DataFrame, found: np.ndarray, every: list[Class], asked: Asked, heading: str, note: str = ""
) -> Layer:
    """Put what has no value that may be shown into classes of its own, which follow the others."""
    place = {state: len(every) + i for i, state in enumerate(classes.STATES)}
    position = np.where(found < 0, place["no data"], found)
    if "state" in table:
        hidden = table["state"].map(place)
        position = np.where(hidden.notna(), hidden.fillna(0), position)
    if (position == place["no data"]).all():
        raise InputError(
            "A map needs a value for at least one region; all are blank. Check the column, and how the table was read."
        )
    return Layer([*every, *classes.states(asked.language)], position.astype(int), heading, note)


def _named(table: pd.DataFrame, values: pd.Series, asked: Asked, name: str) -> Layer:
    """Show texts, yes and no, or a few numbers, each as a class of its own."""
    labels = _labels(values, asked)
    if len(labels) > MOST_TEXTS:
        raise InputError(
            f"A map tells up to {MOST_TEXTS} texts apart; '{name}' has {len(labels):,}: {first_five(labels)}. Group them, or "
            "write numbers plainly, without commas and units."
        )
    every = classes.categories(labels.values())
    place = {key: i for i, key in enumerate(labels)}
    found = values.astype(object).map(lambda one: place.get(str(one), -1)).to_numpy(int)
    return _with_states(table, found, every, asked, plain(name))


def _labels(values: pd.Series, asked: Asked) -> dict[str, str]:
    """Return what each value is called, in order."""
    different = sorted(values.dropna().unique(), key=lambda one: (str(type(one)), one))
    if is_bool_dtype(values.dropna().infer_objects()):
        return {str(one): phrase(f"map.{'yes' if one else 'no'}", asked.language) for one in different}
    number = is_numeric_dtype(values)
    return {str(one): f"{one:,.10g}{asked.after}".replace("-", "−") if number else plain(str(one)) for one in different}


def _is_named(values: pd.Series) -> bool:
    known = values.dropna().infer_objects()
    return not is_numeric_dtype(known) or is_bool_dtype(known) or known.nunique() <= FEW


def _risk(values: pd.Series) -> np.ndarray | None:
    """Return the positions of classes of extinction risk, in either language; None where the values are none."""
    known = values.dropna().astype(str)
    for names in risk.CLASSES.values():
        if len(known) and known.isin(names).all():
            place = {name: i for i, name in enumerate(names)}
            return values.astype(object).map(lambda one, place=place: place.get(str(one), -1)).to_numpy(int)
    return None


# ---- values --------------------------------------------------------------------------------------------------------


def _how_surely(table: pd.DataFrame, asked: Asked) -> np.ndarray:
    """Return the probability that each effect is above the threshold, with the degrees of freedom that its test had."""
    value, error = _numbers(table, ("estimate", "std_error"))
    if "df" in table:
        (df,) = _numbers(table, ("df",), finite=False)
    elif "p_value" in table:
        (p_value,) = _numbers(table, ("p_value",))
        df = classes.implied_df(value, error, p_value)
    else:
        df = np.full(len(table), np.inf)
    return classes.above(value, error, asked.threshold, np.where(np.isnan(df), np.inf, df))


def _numbers(table: pd.DataFrame, names: Sequence[str], finite: bool = True) -> list[np.ndarray]:
    """Return columns of numbers, without what must not be shown."""
    _must_have(table, names)
    return [_number(_known(table, table[name]), name, finite) for name in names]


def by_own_evidence(table: pd.DataFrame) -> pd.DataFrame:
    """Take a shrunken effect without evidence of its own for what it is: what is usual elsewhere."""
    return table.assign(state=table["state"].replace(NO_EVIDENCE, "not enough evidence")) if "state" in table else table


def _known(table: pd.DataFrame, values: pd.Series) -> pd.Series:
    """Take away every value whose state is not to be shown: no class and no break may depend on it."""
    return values.mask(table["state"].isin(classes.STATES)) if "state" in table else values


def _number(values: pd.Series, name: str, finite: bool = True) -> np.ndarray:
    number = pd.to_numeric(values, errors="coerce")
    if odd := first_five(values[number.isna() & values.notna()].unique()):
        raise InputError(f"'{name}' must hold numbers; seen: {odd}. Write plain numbers, without commas and units.")
    found = number.to_numpy(float, na_value=np.nan)
    if finite and (endless := int(np.isinf(found).sum())):
        raise InputError(
            f"'{name}' must be finite; it is infinite in {counted(endless, 'row')}. Leave unknown values blank."
        )
    return found


def _must_have(table: pd.DataFrame, names: Sequence[str]) -> None:
    if absent := [name for name in names if name not in table]:
        raise InputError(
            f"This map needs the columns {', '.join(names)}; absent: {', '.join(absent)}. The table has {first_five(table)}."
        )


def _only_one(table: pd.DataFrame) -> str:
    """Find the one column that can be shown, where nobody names it."""
    named = [str(name) for name in table if name not in UNSHOWN]
    numbers = [name for name in named if is_numeric_dtype(table[name])]
    one = numbers if len(numbers) == 1 else named
    if len(one) == 1:
        return one[0]
    raise InputError(
        f"The column to be shown must be named; beside codes the table has {first_five(named) or 'none'}. Name it with "
        "value (--value)."
    )


def _as_shown(values: np.ndarray, asked: Asked) -> np.ndarray:
    return scale.shown(values, {"transform": "log" if asked.percent else "none"})


def _threshold(asked: Asked) -> str:
    """Write the threshold as effects are shown; nothing is nothing in every unit."""
    shown = round(float(_as_shown(np.array([asked.threshold]), asked)[0]), 10)
    unit = " %" if asked.percent else asked.unit and f" {asked.unit}"
    return f"{shown:g}{unit}".replace("-", "−") if shown else "0"
