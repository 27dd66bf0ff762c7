"""An official ladder of fixed sizes: how often does it put two regions in the wrong order, and who truly belongs at its top?

A ladder gives its steps to fixed numbers of regions, whether or not the evidence tells them apart. With a posterior,

    discordance = Σ_{i on a higher step than j} Pr(θ_j > θ_i) / number of such pairs
    belongs_i   = Pr(the true rank of i is one of the places of its step)

The first is exact for normal posteriors, the second is a share of posterior draws.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from impact.errors import InputError, counted, first_five
from impact.estimates import Estimate
from impact.priorities import _given
from impact.priorities._given import Given
from impact.priorities.grades import discordance_rate

# Local Extinction Response Fund 2026, the 89 depopulation areas: 우수, S, A, B (Ministry of the Interior and Safety, 2025-12-03).
SIZES = (8, 11, 30, 40)
STEPS = ("excellent", "S", "A", "B")
DRAWS = 2000


@dataclass(frozen=True)
class Ladder:
    """What a ladder of fixed sizes does with noisy effects.

    table: one row a label: `step`, `estimate` (posterior mean), `belongs` (the probability that its true rank is one of its
        step's).
    steps: one row a step, the highest first: `regions`, `belongs` (the expected share of them that truly belong there).
    discordance: the expected share of pairs on different steps that are in the wrong order.
    """

    table: pd.DataFrame
    steps: pd.DataFrame
    discordance: float

    @property
    def top_belongs(self) -> float:
        """Return the expected share of the regions on the highest step that truly belong there."""
        return float(self.steps["belongs"].iloc[0])


def discordance(
    estimate: Estimate,
    sizes: Sequence[int] = SIZES,
    labels: Sequence[Hashable] | None = None,
    official: pd.Series | None = None,
    draws: int = DRAWS,
    seed: int | np.random.Generator = 1,
) -> Ladder:
    """Return how often a ladder of fixed sizes is expected to be wrong about these regions.

    The estimand is the order of true effects. Without `official`, regions climb by their posterior means, the best that a ladder
    can do; with it, the steps that were announced are judged. See the formulas of this module.

    estimate: effects with posterior noise (`impact.shrink`). sizes: regions on each step, the highest first; they add up to the
        regions of the estimate. The preset is 8 / 11 / 30 / 40 of 89.
    labels: names of the steps, the highest first; "excellent", "S", "A", "B" for the preset, else 1, 2, ….
    official: the step of each label, one of `labels`; its counts take the place of `sizes`.
    draws: posterior draws for `belongs`. seed: an integer or a Generator.

    Raises InputError for an estimate that was not shrunk, and for sizes, names or steps that do not fit the regions.
    Source: the discordance of Kline, Rose & Walters (2024), American Economic Review 114(8), among pairs on different steps.

    >>> from impact.estimates import blank_cells
    >>> from impact.noise import Gaussian
    >>> mean = pd.Series({"a": 0.30, "b": 0.10, "c": 0.05})
    >>> e = Estimate(mean, Gaussian(0.02 * np.eye(3), "posterior"), blank_cells(mean))
    >>> found = discordance(e, sizes=(1, 2))
    >>> found.table["step"].tolist(), round(found.discordance, 3)
    ([1, 2, 2], 0.132)
    """
    given = _given.posterior(estimate, "Ladders")
    _given.must_draw(draws)
    names = _names(sizes, labels)
    step = _climbed(given, sizes, names) if official is None else _announced(official, given.labels, names)
    known = estimate.at(np.flatnonzero(given.known))
    belongs = _belongs(known.draws(draws, seed).to_numpy(), step, len(names))
    return _told(given, names, step, belongs, discordance_rate(known, pd.Series(step, given.labels)))


def _names(sizes: Sequence[int], labels: Sequence[Hashable] | None) -> list[Hashable]:
    """Name the steps: as asked, as the preset does, or by number."""
    if labels is not None:
        return list(labels)
    return list(STEPS) if tuple(sizes) == SIZES else list(range(1, len(sizes) + 1))


def _climbed(given: Given, sizes: Sequence[int], names: list[Hashable]) -> np.ndarray:
    """Give the highest step to the largest posterior means, and so on."""
    counts, regions = np.asarray(sizes), len(given.value)
    if len(counts) != len(names):
        raise InputError(
            f"A ladder must have as many names as sizes; seen: {counted(len(names), 'name')} and {counted(len(counts), 'size')}. "
            "Name every step once."
        )
    if not np.issubdtype(counts.dtype, np.integer) or (counts < 1).any() or counts.sum() != regions:
        raise InputError(
            f"The sizes of a ladder must be whole numbers from 1 that add up to the {counted(regions, 'region')} with a "
            f"posterior; seen: {' + '.join(map(str, sizes)) or 'none'} = {sum(sizes)}. Change the sizes, or select the regions "
            "that it is for."
        )
    step = np.empty(regions, int)
    step[np.argsort(-given.value, kind="stable")] = np.repeat(np.arange(len(names)), counts)
    return step


def _announced(official: pd.Series, labels: pd.Index, names: list[Hashable]) -> np.ndarray:
    """Number the steps that were announced, the highest 0."""
    lost = labels[~labels.isin(official.dropna().index)]
    if len(lost):
        raise InputError(
            f"Every region with a posterior must have an official step; {len(lost)} have none: {first_five(lost)}. Add them to "
            "`official`, or select the regions that the ladder is for."
        )
    chosen = official.loc[labels]
    unknown = chosen[~chosen.isin(names)].unique()
    if len(unknown):
        raise InputError(
            f"Official steps must be among {', '.join(map(str, names))}; seen: {first_five(unknown)}. Name the steps with "
            "`labels`, the highest first."
        )
    return np.array([names.index(one) for one in chosen])


def _belongs(draws: np.ndarray, step: np.ndarray, steps: int) -> np.ndarray:
    """Return for each region the share of draws in which its rank is one of the places of its step."""
    true = np.argsort(np.argsort(-draws, axis=1, kind="stable"), axis=1)
    step_of_place = np.repeat(np.arange(steps), np.bincount(step, minlength=steps))
    return (step_of_place[true] == step).mean(axis=0)


def _told(given: Given, names: list[Hashable], step: np.ndarray, belongs: np.ndarray, wrong: float) -> Ladder:
    named = pd.Series([names[at] for at in step], given.labels, dtype=object)
    table = pd.DataFrame({"step": named, "estimate": given.value, "belongs": belongs}, given.labels)
    shares = pd.Series(belongs).groupby(step).mean().reindex(range(len(names)))
    counts = np.bincount(step, minlength=len(names))
    steps = pd.DataFrame({"regions": counts, "belongs": shares.to_numpy()}, pd.Index(names, name="step"))
    return Ladder(table.reindex(given.index), steps, wrong)
