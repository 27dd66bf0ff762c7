"""The classes that maps and the atlas show: their names, colours and hatches, told apart without colour as well.

Purple is above, orange below; what is open is nearly white and steps back. A grey print keeps classes apart by lightness and
hatches, which mean the same everywhere: rising lines below, dots above where both sides are as dark, level lines unsure, crosses
suppressed. Too little evidence, suppressed, impossible and absent are four classes of their own and never blank.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special, stats

from impact.phrases import phrase
from impact.regions import risk
from impact.show import scale


@dataclass(frozen=True)
class Class:
    """One class of a map: a key that does not change with the language, what people read, a colour, a hatch and its colour."""

    key: str
    label: str
    colour: str
    hatch: str = ""
    line: str = ""  # of the hatch; without, what is seen on the colour


ENDLESS = 1e9  # degrees of freedom, from which a t is a normal
EDGES = (
    0.05,
    0.20,
    0.80,
    0.95,
)  # of the probability that an effect lies above the threshold; each belongs to the class above
PROBABILITY = (
    ("very_unlikely", "#b35806", "////"),
    ("unlikely", "#fdb863", "//"),
    ("open", "#efefef", ""),
    ("likely", "#b2abd2", ""),
    ("very_likely", "#542788", ""),
)
DIVERGING = ("#b35806", "#f1a340", "#fee0b6", "#d8daeb", "#998ec3", "#542788")  # PuOr
BELOW = ("////", "//", "/", "", "", "")
SEQUENTIAL = ("#fdea45", "#c8b866", "#918c78", "#5d6573", "#2f4170", "#00224e")  # cividis
CATEGORIES = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#555555")  # Okabe and Ito
NOMINAL = ("", "", "..", "////", "xx", "++", "", "")  # so that two of one lightness have different hatches
RISK = (("#5e1a1a", ""), ("#b8542f", ""), ("#eab566", ""), ("#dfe9ec", ""), ("#5f9fc4", ".."))  # high to very low
TWO = (  # across: effect below, open, above; upwards: risk low, caution, at risk
    ("#f1e3d3", "#e8e8e8", "#cfe3e6"),
    ("#dfae7f", "#b8b8b8", "#7fb6c4"),
    ("#a8591e", "#6f6f6f", "#1d6478"),
)
ACROSS = ("//", "", "..")
STATES = {
    "not enough evidence": ("not_enough_evidence", "#cfcfcf", "--", "#8a8a8a"),
    "suppressed": ("suppressed", "#ffffff", "xxx", "#8a8a8a"),
    "not identified": ("not_identified", "#ffffff", "\\\\\\", "#8a8a8a"),
    "no data": ("no_data", "#ffffff", "||", "#cccccc"),
}


def states(language: str) -> list[Class]:
    """Return the classes of what has no value that may be shown."""
    return [Class(key, phrase(f"map.{key}", language), *look) for key, *look in STATES.values()]


def probability(language: str) -> list[Class]:
    """Return the five classes of Pr(effect > threshold), from very unlikely to very likely."""
    return [Class(key, phrase(f"map.{key}", language), colour, hatch) for key, colour, hatch in PROBABILITY]


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


def implied_df(estimate: npt.ArrayLike, std_error: npt.ArrayLike, p_value: npt.ArrayLike) -> np.ndarray:
    """Return the degrees of freedom with which a two-sided test gives these p-values; endless where there is none.

    Tables of effects have no column for them, and with few firms a normal would make effects surer than their p-value says.

    >>> implied_df([0.2, 0.2], [0.1, 0.1], [0.0734, np.nan]).round(1).tolist()
    [10.0, inf]
    """
    value, error, p = (np.asarray(one, float) for one in (estimate, std_error, p_value))
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.abs(value) / error
        found = special.stdtridf(p / 2, -t)
    return np.where((t > 0) & (error > 0) & (p < 1) & (found < ENDLESS), found, np.inf)


def of_probability(p: npt.ArrayLike) -> np.ndarray:
    """Return the position of the class of each probability, −1 for none."""
    values = np.asarray(p, float)
    return np.where(np.isnan(values), -1, np.searchsorted(EDGES, values, side="right"))


def between(
    edges: npt.ArrayLike, colours: Sequence[str], hatches: Sequence[str], language: str, after: str
) -> list[Class]:
    """Return the classes between edges; the outer ones are open. after: what stands after a number. hatches: none without."""
    steps = list(np.asarray(edges, float))
    places = max(_decimals(step) for step in steps)
    written = [scale.number(step, places) + after for step in steps]
    middle = [phrase("map.between", language, low=low, high=high) for low, high in itertools.pairwise(written)]
    labels = [phrase("map.below", language, edge=written[0]), *middle, phrase("map.from", language, edge=written[-1])]
    every = zip(labels, colours, hatches or ("",) * len(labels), strict=True)
    return [Class(f"class_{i}", *one) for i, one in enumerate(every)]


def sequential(count: int) -> tuple[str, ...]:
    """Return so many colours from pale to dark; of more than there are, some twice."""
    return tuple(SEQUENTIAL[round(i)] for i in np.linspace(0, len(SEQUENTIAL) - 1, count))


def of_risk(language: str) -> list[Class]:
    """Return the five classes of extinction risk, from high to very low."""
    named = zip(risk.CLASSES[language], RISK, strict=True)
    return [Class(f"risk_{i}", name, colour, hatch) for i, (name, (colour, hatch)) in enumerate(named)]


def two(language: str) -> list[Class]:
    """Return the nine classes of risk and effect, row by row from low risk."""
    up, across = (
        [phrase(f"map.two_{key}", language) for key in keys]
        for keys in (("low", "caution", "risk"), ("below", "open", "above"))
    )
    pairs = itertools.product(range(3), range(3))
    return [Class(f"two_{i}{j}", f"{up[i]}, {across[j]}", TWO[i][j], ACROSS[j]) for i, j in pairs]


def categories(labels: Iterable[str]) -> list[Class]:
    """Return a class for every text; from the ninth on colours come again, with another hatch."""
    looks = [*zip(CATEGORIES, NOMINAL, strict=True), *((colour, "oo") for colour in CATEGORIES)]
    return [Class(label, label, *look) for label, look in zip(labels, looks, strict=False)]


def _decimals(number: float) -> int:
    """Return how many decimals a number is written with."""
    written = f"{number:.10g}"
    return len(f"{float(written):.{scale.MOST_DIGITS}f}".rstrip("0").partition(".")[2])
