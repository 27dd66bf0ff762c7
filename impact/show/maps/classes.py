"""The classes that maps and the atlas show: their names, colours and hatches, told apart without colour as well.

Purple is above, orange below, and what lies below is hatched, so that a grey print keeps them apart; what is open is nearly white
and steps back. Too little evidence, suppressed, impossible and absent are four classes of their own and never blank.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from impact.publish.phrases import phrase
from impact.regions import risk
from impact.show import scale


@dataclass(frozen=True)
class Class:
    """One class of a map: a key that does not change with the language, what people read, a colour and a hatch."""

    key: str
    label: str
    colour: str
    hatch: str = ""


EDGES = (0.05, 0.20, 0.80, 0.95)  # of the probability that an effect lies above the threshold
PROBABILITY = (
    ("very_unlikely", "#b35806", "////"),
    ("unlikely", "#fdb863", "//"),
    ("open", "#f7f7f7", ""),
    ("likely", "#b2abd2", ""),
    ("very_likely", "#542788", ""),
)
DIVERGING = ("#b35806", "#f1a340", "#fee0b6", "#d8daeb", "#998ec3", "#542788")
BELOW = ("////", "//", "/", "", "", "")
SEQUENTIAL = ("#fdea45", "#c8b866", "#918c78", "#5d6573", "#2f4170", "#00224e")  # cividis
CATEGORIES = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#555555")
RISK = ("#5e1a1a", "#b8542f", "#e9b15f", "#c7d6cf", "#7fb0c9")  # high to very low; darker is worse, also in grey
TWO = (  # across: effect below, open, above; upwards: risk low, caution, at risk
    ("#f1e3d3", "#e8e8e8", "#cfe3e6"),
    ("#dfae7f", "#b8b8b8", "#7fb6c4"),
    ("#a8591e", "#6f6f6f", "#1d6478"),
)
STATES = {
    "not enough evidence": ("not_enough_evidence", "#d9d9d9", "..."),
    "suppressed": ("suppressed", "#ffffff", "xxx"),
    "not identified": ("not_identified", "#ffffff", "\\\\"),
    "no data": ("no_data", "#ffffff", ""),
}


def states(language: str) -> list[Class]:
    """Return the classes of what has no value that may be shown."""
    return [Class(key, phrase(f"map.{key}", language), colour, hatch) for key, colour, hatch in STATES.values()]


def probability(language: str, threshold: str) -> list[Class]:
    """Return the five classes of Pr(effect > threshold), from very unlikely to very likely."""
    return [
        Class(key, phrase(f"map.{key}", language, threshold=threshold), colour, hatch)
        for key, colour, hatch in PROBABILITY
    ]


def above(
    estimate: npt.ArrayLike, std_error: npt.ArrayLike, threshold: float = 0.0, df: npt.ArrayLike = np.inf
) -> np.ndarray:
    """Return how surely an effect lies above a threshold: the confidence, or posterior probability, from a normal or t.

    >>> above([0.0, 1.0], [1.0, 0.5]).round(3).tolist()
    [0.5, 0.977]
    """
    value, error = np.asarray(estimate, float), np.asarray(std_error, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(error > 0, stats.t.cdf((value - threshold) / error, df), np.nan)


def of_probability(p: npt.ArrayLike) -> np.ndarray:
    """Return the position of the class of each probability, −1 for none."""
    values = np.asarray(p, float)
    return np.where(np.isnan(values), -1, np.searchsorted(EDGES, values, side="right"))


def between(
    edges: npt.ArrayLike, colours: tuple[str, ...], hatches: tuple[str, ...], language: str, unit: str
) -> list[Class]:
    """Return the classes between edges; the outer ones are open."""
    steps = list(np.asarray(edges, float))
    places = max((scale.digits(step, 0, 2 * abs(step)) for step in np.diff(steps)), default=1) if len(steps) > 1 else 1
    written = [scale.number(step, max(places - 1, 0)) + unit for step in steps]
    first = phrase("map.below", language, edge=written[0])
    last = phrase("map.from", language, edge=written[-1])
    middle = [phrase("map.between", language, low=low, high=high) for low, high in itertools.pairwise(written)]
    labels = [first, *middle, last]
    return [Class(f"class_{i}", *of) for i, of in enumerate(zip(labels, colours, hatches, strict=True))]


def of_risk(language: str) -> list[Class]:
    """Return the five classes of extinction risk, from high to very low."""
    return [Class(f"risk_{i}", name, RISK[i]) for i, name in enumerate(risk.CLASSES[language])]


def categories(values: pd.Series) -> list[Class]:
    """Return a class for every text that there is, in order."""
    names = sorted(map(str, values.dropna().unique()))
    return [
        Class(name, name, CATEGORIES[i % len(CATEGORIES)], "" if i < len(CATEGORIES) else "//")
        for i, name in enumerate(names)
    ]
