"""What a user should know of data that can be used: it may be right, and often is not.

These are said by `impact check` and `impact run`, beside an estimate and not instead of it. Each function gives sentences in three
parts: what should hold, what was seen (the first five, and a count), what to do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from impact.design import Design
from impact.errors import counted, first_five
from impact.panel import Panel
from impact.transforms import column_of, parts

FEW = 5  # firms in a cohort below which its effect is that of single firms
JUMP = 100  # times the typical value of the year before: won for thousand won is 1,000, and no economy moves like that
SAME = 1e-9  # of a covariate's variation: what is left of it beside the others, where it says nothing new
MIXED = ("log1p", "asinh")  # transforms that take zeros, at a price


def of_design(design: Design, estimators: Sequence[str] = ()) -> list[str]:
    """Say everything that a user should know before believing an estimate; the estimators are those of the study.

    >>> from impact.roles import Roles
    >>> import pandas as pd
    >>> firms = {"firm": [1, 1, 2, 2], "year": [2019, 2020] * 2, "first": [2020, 2020, 0, 0], "y": [1.0, 4.0, 2.0, 3.0]}
    >>> panel = Panel.of(pd.DataFrame(firms), Roles("firm", "year", "first", outcomes=("y",)))
    >>> of_design(Design.of(panel))[0]
    'A cohort should have at least 5 firms; with fewer its effect is that of single firms: 2020 (1). Join cohorts, or read averages only.'
    """
    return [
        *warn_if_periods_skip(design.panel),
        *warn_if_firms_have_gaps(design.panel),
        *warn_if_cohort_is_small(design),
        *warn_if_outcome_is_support(design),
        *warn_if_zeros_are_transformed(design.panel),
        *warn_if_unit_jumps(design.panel),
        *warn_if_covariate_is_known_too_late(design),
        *warn_if_covariate_follows_support(design, estimators),
        *warn_if_covariates_repeat_one_another(design),
    ]


def warn_if_periods_skip(panel: Panel) -> Iterator[str]:
    """Say which periods nobody has."""
    lost = np.setdiff1d(
        np.arange(panel.periods[0], min(panel.periods[-1], panel.periods[0] + 10_000) + 1), panel.periods
    )
    if len(lost):
        yield (
            f"Periods should follow one another; the table goes from {panel.periods[0]} to {panel.periods[-1]} and nobody has "
            f"{first_five(lost)}. Event time counts them all the same: number waves 1, 2, 3 if the survey was every other year, or add "
            "the missing file."
        )


def warn_if_firms_have_gaps(panel: Panel) -> Iterator[str]:
    """Say which firms are missing between their first and their last row."""
    if panel.balanced or panel.roles.unit is None:
        return
    count = np.bincount(panel.unit_of, minlength=len(panel.units))
    first = np.flatnonzero(np.diff(panel.unit_of, prepend=-1))
    last = np.append(first[1:], len(panel.unit_of)) - 1
    gaps = np.flatnonzero(panel.period_of[last] - panel.period_of[first] + 1 > count)
    if len(gaps):
        yield (
            f"A firm should have a row in every period from its first to its last; {counted(len(gaps), 'firm')} of {len(count):,} "
            f"{'has' if len(gaps) == 1 else 'have'} gaps: {first_five(panel.units[gaps])}. Look whether a file of one year is incomplete or a "
            'number changed; comparisons use firms seen in both of their periods (unbalanced = "pairs").'
        )


def warn_if_cohort_is_small(design: Design) -> Iterator[str]:
    """Say which cohorts have so few firms that their effect is that of single firms."""
    firms = {int(cohort): int((design.cohort == cohort).sum()) for cohort in design.cohorts}
    few = [f"{cohort} ({count})" for cohort, count in firms.items() if count < FEW]
    if few:
        yield (
            f"A cohort should have at least {FEW} firms; with fewer its effect is that of single firms: {first_five(few)}. Join "
            "cohorts, or read averages only."
        )


def warn_if_outcome_is_support(design: Design) -> Iterator[str]:
    """Say which outcomes take one value wherever there is no support, and others where there is: a subsidy, a project's cost."""
    panel = design.panel
    on = panel.periods[panel.period_of] >= np.nan_to_num(panel.cohort, nan=np.inf)[panel.unit_of]
    for column in dict.fromkeys(map(column_of, panel.roles.outcomes)):
        values = panel.columns[column].astype(float)
        without, with_ = values[~on & ~np.isnan(values)], values[on & ~np.isnan(values)]
        if len(without) > 1 and len(with_) and np.ptp(without) == 0 and (with_ != without[0]).any():
            yield (
                f"An outcome should be able to change without support; '{column}' is {without[0]:g} in all "
                f"{counted(len(without), 'row')} without support and differs with it. If it is part of the support (a subsidy, an "
                "award), it is no result of it: take another outcome."
            )


def warn_if_zeros_are_transformed(panel: Panel) -> Iterator[str]:
    """Say where a transform that takes zeros makes an effect depend on the unit."""
    for specification in panel.roles.outcomes:
        transform, column = parts(specification)
        zeros = int((panel.columns[column].astype(float) == 0).sum()) if transform in MIXED else 0
        if zeros:
            yield (
                f"An effect should not depend on the unit; {specification} with '{column}' zero in {counted(zeros, 'row')} does: the "
                "move from zero counts for more, the smaller the unit (Chen and Roth 2024). Estimate the column itself, and being "
                "above zero as an outcome of its own."
            )


def warn_if_unit_jumps(panel: Panel) -> Iterator[str]:
    """Say where typical values change a hundredfold from one period to the next, as thousand won for won does."""
    named = dict.fromkeys(map(column_of, (*panel.roles.outcomes, *panel.roles.covariates)))
    for column in named:
        typical = _typical(panel, column)
        with np.errstate(divide="ignore", invalid="ignore"):
            times = typical[1:] / typical[:-1]
        jumps = np.flatnonzero((times >= JUMP) | (times <= 1 / JUMP))
        seen = [f"{panel.periods[at + 1]} ({typical[at]:,.4g} to {typical[at + 1]:,.4g})" for at in jumps]
        if seen:
            yield (
                f"A column should be in one unit in all periods; the median of '{column}' changes a hundredfold in {first_five(seen)}. "
                "Look for won, thousand won and million won in the files of these years."
            )


def warn_if_covariate_is_known_too_late(design: Design) -> Iterator[str]:
    """Say which covariates are blank before support and known after it."""
    panel = design.panel
    supported = np.isfinite(design.cohort)
    before = panel.periods[None, :] + design.anticipation < design.cohort[:, None]
    late: dict[tuple[int, ...], list[str]] = {}
    for specification in panel.roles.covariates:
        known = ~np.isnan(panel.wide(specification))
        unknown = np.flatnonzero(supported & ~(known & before).any(axis=1) & known.any(axis=1))
        late.setdefault(tuple(unknown), []).append(f"'{column_of(specification)}'")
    for firms, columns in late.items():
        if firms:
            yield (
                f"Covariates should be known from before support; {', '.join(columns)} {'is' if len(columns) == 1 else 'are'} known only after "
                f"it for {counted(len(firms), 'firm')}: {first_five(panel.units[list(firms)])}. These firms take no part; use a value from "
                "before support."
            )


def warn_if_covariate_follows_support(design: Design, estimators: Sequence[str]) -> Iterator[str]:
    """Say which covariates a regression takes from after support."""
    panel = design.panel
    if "twfe" not in estimators or panel.roles.unit is None:
        return
    moving = [column_of(one) for one in panel.roles.covariates if _moves(panel.wide(one))]
    if moving:
        yield (
            f"Covariates should not be able to answer to support; twfe takes {first_five(map(repr, moving))} as measured in each period, "
            "also after support, and so takes part of the effect away. Use values of one period before support (other estimators do)."
        )


def warn_if_covariates_repeat_one_another(design: Design) -> Iterator[str]:
    """Say which covariates are the same for all firms, or follow from those before them."""
    panel = design.panel
    grids = [panel.wide(one) for one in panel.roles.covariates]
    rows = ~np.isnan(grids).any(axis=0) if grids else np.zeros((0, 0), bool)
    kept = np.ones((int(rows.sum()), 1))
    for name, grid in zip(panel.roles.covariates, grids, strict=True):
        values = grid[rows]
        spread = values - values.mean() if len(values) else values
        rest = spread - kept @ np.linalg.lstsq(kept, spread, rcond=None)[0] if len(values) else spread
        if not len(values) or (rest**2).sum() <= SAME * max((spread**2).sum(), np.finfo(float).tiny):
            what = (
                "is the same for all firms"
                if not (len(values) and np.ptp(values))
                else "follows from the covariates before it"
            )
            yield f"A covariate should say something of its own; {name} {what}. Leave it out."
            continue
        kept = np.column_stack([kept, rest / np.sqrt((rest**2).sum())])


def _typical(panel: Panel, column: str) -> np.ndarray:
    """Return the median size of the values of each period, zeros and blanks aside."""
    values, at = np.abs(panel.columns[column].astype(float)), panel.period_of
    used = np.isfinite(values) & (values > 0)
    sizes = [values[used & (at == period)] for period in range(len(panel.periods))]
    return np.array([np.median(one) if len(one) else np.nan for one in sizes])


def _moves(grid: np.ndarray) -> bool:
    """Tell whether a column changes within any firm."""
    known = ~np.isnan(grid)
    low = np.where(known, grid, np.inf).min(axis=1)
    high = np.where(known, grid, -np.inf).max(axis=1)
    return bool((high > low)[known.any(axis=1)].any())
