"""The waist: an estimate is a vector of effects over named levels, and the noise around it.

On its left, econometrics that differ; on its right, code that cannot tell estimators apart. The verbs are closed (an
`Estimate` comes back): `by`, `linear`, `delta_method`, `select`, `cluster`, `difference`, `stack`. The exits are `cov`,
`draws`, `table`, `pretest` and `equality`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from impact import aggregate, contrasts, tables
from impact.errors import InputError, counted, first_five
from impact.inference import joint
from impact.inference.two_way import TwoWay
from impact.noise import Gaussian, Influence, Noise, join

CELL_COLUMNS = (*tables.COUNTS, "df", "state")
NEGLIGIBLE = 1e-12  # of the largest entry: a variance below zero by less is zero that was computed
ROUNDED = 1e-3  # a covariance printed with three digits may miss being positive semi-definite by as much


@dataclass(frozen=True)
class Estimate:
    """Effects and the noise around them.

    value: Series of effects; its index names the levels (cohort, period, event_time, region, subgroup, …). An unnamed
        index is a single cell over everything.
    noise: `Influence`, `Draws` or `Gaussian`; its columns are the cells, in order.
    cells: one row per cell: `n_supported`, `n_comparison` (firms), `df` (degrees of freedom, inf = normal), `state`
        ("shown", "suppressed", "not enough evidence", "not identified").
    shares: how much of all supported firms each group (cohort, region, …) is: an estimate itself, on the same units, so
        that averages over groups carry the noise of their weights (the term that R's did calls `wif`). None where
        nothing is known about the groups' sizes.
    attributes: what is known of each region (its class of risk, its province): one row a region, a column each. They are levels
        that `by` can average by.

    >>> times = pd.Index([-1, 0, 1], name="event_time")
    >>> e = Estimate.from_covariance(pd.Series([0.0, 0.1, 0.3], times), np.diag([0.01, 0.01, 0.04]))
    >>> e.value.sum(), e.noise.kind, list(e.cells.columns)
    (np.float64(0.4), 'sampling', ['n_supported', 'n_comparison', 'df', 'state'])
    """

    value: pd.Series
    noise: Noise
    cells: pd.DataFrame
    shares: Estimate | None = None
    attributes: pd.DataFrame | None = None

    def __post_init__(self) -> None:
        """Hold the guarantee: one column of noise and one row of `cells` for each value, in order, labels unique."""
        if not (len(self.value) == self.noise.size == len(self.cells)):
            raise InputError(
                "An estimate must have as many values as columns of noise and rows of cells; seen: "
                f"{counted(len(self.value), 'value')}, {counted(self.noise.size, 'column')} of noise and "
                f"{counted(len(self.cells), 'row')} of cells."
            )
        if not self.value.index.equals(self.cells.index):
            raise InputError("The rows of `cells` must be those of `value`, in the same order; their labels differ.")
        repeated = self.value.index[self.value.index.duplicated()].unique()
        if len(repeated):
            raise InputError(
                f"Every cell of an estimate must have a label of its own; repeated: {first_five(repeated)}. Add the level that "
                "tells these cells apart."
            )
        lost = [name for name in CELL_COLUMNS if name not in self.cells]
        if lost:
            raise InputError(f"`cells` must have the columns {', '.join(CELL_COLUMNS)}; it lacks {', '.join(lost)}.")

    @classmethod
    def from_covariance(cls, values: pd.Series | Mapping[Any, float], cov: pd.DataFrame | np.ndarray) -> Estimate:
        """Make an estimate of what any other package printed: a vector and its covariance.

        values: Series over named levels (for example `event_time`), or a mapping from label to value.
        cov: square; a DataFrame is matched by label, an array by order.

        >>> e = Estimate.from_covariance(pd.Series([0.1, 0.3], pd.Index([0, 1], name="event_time")), np.eye(2))
        >>> float(e.by("event_time", average=True).value.iloc[0])
        0.2
        """
        series = _series(values)
        return cls(series, Gaussian(_matched(cov, series.index)), blank_cells(series))

    # ---- verbs: an Estimate comes back -----------------------------------------------------------------------------

    def by(
        self,
        levels: str | Sequence[str],
        average: bool = False,
        balance: int | None = None,
        window: tuple[int | None, int | None] | None = None,
    ) -> Estimate:
        """Average effects by event time, cohort, period, region, subgroup, an attribute of regions, a list of them, or "overall".

        The effect of a group ℓ is the mean over its cells, weighted by the share p of supported firms,
        θ_ℓ = Σ_k p_k θ_k / Σ_k p_k, and its noise includes that of the shares. Cells before support enter only where
        event time tells them apart.

        Regions and subgroups with fewer than 30 supported firms get a variance that learns from all of them (see
        `impact.inference.thin`), because influence from two firms covers the truth in 60 % of cases instead of 95; with fewer
        than 5 their state is "not enough evidence".

        average: one cell instead of many, as R's `aggte` forms its overall effect: over event times e ≥ 0 and over
            periods the simple mean, over cohorts, regions and subgroups the mean weighted by shares.
        balance: with event_time, keep only cohorts that are seen at least this long after support, and event times up to
            it (did's balance_e), so that every event time from 0 on is an average over the same cohorts.
        window: lowest and highest event time to use (did's min_e, max_e).

        >>> times = pd.Index([-1, 0, 1], name="event_time")
        >>> e = Estimate.from_covariance(pd.Series([0.0, 0.1, 0.3], times), np.diag([0.01, 0.01, 0.04]))
        >>> e.by("event_time", average=True).table()[["estimate", "std_error"]].round(3)
           estimate  std_error
        0       0.2      0.112
        """
        asked = [] if levels == "overall" else [levels] if isinstance(levels, str) else list(levels)
        chosen = aggregate.restrict(self, asked, balance, window)
        return aggregate.average(chosen, asked) if average else aggregate.by(chosen, asked)

    def linear(self, weights: pd.DataFrame) -> Estimate:
        """Return weighted sums of cells: `weights` has the cells as rows (matched by label), new cells as columns.

        >>> times = pd.Index([-1, 0, 1], name="event_time")
        >>> e = Estimate.from_covariance(pd.Series([0.0, 0.1, 0.3], times), np.diag([0.01, 0.01, 0.04]))
        >>> weights = pd.DataFrame({"rise": [0.0, -1.0, 1.0]}, e.value.index)
        >>> e.linear(weights).table()[["estimate", "std_error"]].round(3)
           estimate  std_error
        0       0.2      0.224
        """
        index, given = self.value.index, weights.index
        without, unknown = index[~index.isin(weights.dropna().index)], given[~given.isin(index)]
        if len(without) or len(unknown) or given.has_duplicates:
            raise InputError(
                f"Weights must have one row for each of the {counted(len(index), 'cell')}, without blanks; seen: cells without "
                f"weights {first_five(without) or 'none'}, rows that are no cell {first_five(unknown) or 'none'}, repeated rows "
                f"{first_five(given[given.duplicated()]) or 'none'}. Write 0 where a cell does not count."
            )
        matrix = weights.loc[index]
        return self._combined(matrix.to_numpy(float), matrix.columns)

    def delta_method(
        self,
        function: Callable[[np.ndarray], np.ndarray],
        jacobian: Callable[[np.ndarray], np.ndarray],
        index: pd.Index,
    ) -> Estimate:
        """Return `function(value)`, with its noise linearised: error ≈ J error, J = ∂function/∂value (new × old).

        >>> e = Estimate.from_covariance({"log sales": 0.08}, np.array([[0.0004]]))
        >>> percent = e.delta_method(lambda v: 100 * np.expm1(v), lambda v: np.diag(100 * np.exp(v)), pd.Index(["per cent"]))
        >>> percent.table()[["estimate", "std_error"]].round(2)
           estimate  std_error
        0      8.33       2.17
        """
        old = self.value.to_numpy()
        value, slope = np.asarray(function(old), float), np.asarray(jacobian(old), float)
        if value.shape != (len(index),) or slope.shape != (len(index), len(old)):
            raise InputError(
                f"The function must return {counted(len(index), 'value')}, as `index` has, and the Jacobian be {len(index)} × "
                f"{len(old)} (new × old cells); their shapes are {value.shape} and {slope.shape}."
            )
        series = pd.Series(value, index, name="estimate")
        return Estimate(series, self.noise.combine(slope.T), blank_cells(series))

    def select(self, **levels: Any) -> Estimate:
        """Keep the cells whose level has this value (or one of these values): `e.select(cohort=2016)`.

        >>> times = pd.Index([-1, 0, 1], name="event_time")
        >>> e = Estimate.from_covariance(pd.Series([0.0, 0.1, 0.3], times), np.diag([0.01, 0.01, 0.04]))
        >>> e.select(event_time=[0, 1]).value.tolist()
        [0.1, 0.3]
        """
        frame = self.value.index.to_frame(index=False)
        unknown = [name for name in levels if name not in frame.columns]
        if unknown:
            raise InputError(f"A level must be one of: {tables.names(self) or 'none'}; seen: {first_five(unknown)}.")
        keep = np.ones(len(frame), bool)
        for name, wanted in levels.items():
            keep &= frame[name].isin(wanted if pd.api.types.is_list_like(wanted) else [wanted]).to_numpy()
        return self.at(np.flatnonzero(keep))

    def at(self, positions: np.ndarray) -> Estimate:
        """Keep the cells at these positions.

        >>> times = pd.Index([-1, 0, 1], name="event_time")
        >>> e = Estimate.from_covariance(pd.Series([0.0, 0.1, 0.3], times), np.diag([0.01, 0.01, 0.04]))
        >>> e.at(np.array([2])).value.tolist()
        [0.3]
        """
        value, cells = self.value.iloc[positions], self.cells.iloc[positions]
        return replace(self, value=value, noise=self.noise.take(positions), cells=cells)

    def cluster(self, labels: pd.Series | pd.DataFrame) -> Estimate:
        """Sum the influence within clusters; `labels` is indexed by unit, and has two columns for two-way clusters.

        Standard errors then allow any dependence within a cluster, or within either of two. As in R's did there is no factor
        for few clusters.

        >>> firms = pd.Index(["a", "b", "c", "d"])
        >>> noise = Influence.dense(firms, np.array([[0.1], [0.1], [-0.1], [-0.1]]))
        >>> value = pd.Series([0.5])
        >>> e = Estimate(value, noise, blank_cells(value))
        >>> provinces = pd.Series(["north", "north", "south", "south"], firms)
        >>> float(e.table()["std_error"].iloc[0]), float(e.cluster(provinces).table()["std_error"].round(4).iloc[0])
        (0.2, 0.2828)
        """
        if not isinstance(self.noise, Influence):
            raise InputError(
                f"Clustering needs influence, one row for each firm; this estimate has {tables.source(self.noise)}. "
                "Cluster where the draws or the covariance were made."
            )
        shares = None if self.shares is None else self.shares.cluster(labels)
        noise = self.noise.cluster(labels) if isinstance(labels, pd.Series) else TwoWay.of(self.noise, labels)
        return replace(self, noise=noise, shares=shares)

    @staticmethod
    def stack(estimates: Mapping[str, Estimate], name: str) -> Estimate:
        """Put several estimates under one another with a new first level `name`; their joint covariance is kept.

        >>> firms = pd.Index(["a", "b"])
        >>> value = pd.Series([0.5], pd.Index([0], name="event_time"))
        >>> e = Estimate(value, Influence.dense(firms, np.array([[0.2], [-0.1]])), blank_cells(value))
        >>> Estimate.stack({"sales": e, "jobs": e}, "outcome").cov().round(2).to_numpy().tolist()
        [[0.05, 0.05], [0.05, 0.05]]
        """
        parts = list(estimates.values())
        _must_stack(parts, name)
        value = pd.concat({key: part.value for key, part in estimates.items()}, names=[name])
        cells = pd.concat({key: part.cells for key, part in estimates.items()}, names=[name])
        known = {key: part.shares for key, part in estimates.items() if part.shares is not None}
        shares = Estimate.stack(known, name) if len(known) == len(parts) else None
        noise, attributes = join([part.noise for part in parts]), parts[0].attributes
        return Estimate(value.rename("estimate"), noise, cells, shares, attributes)

    def difference(self, a: Hashable, b: Hashable) -> Estimate:
        """Return the effect on a minus the effect on b: `e.by("subgroup").difference("large", "small")`.

        a and b are values of one level; the difference is taken for every combination of the others. Its standard error uses
        the joint noise of both: groups share comparison firms, so it is not the sum of their variances.

        >>> size = pd.Index(["large", "small"], name="subgroup")
        >>> e = Estimate.from_covariance(pd.Series([0.1, 0.3], size), np.array([[0.04, 0.02], [0.02, 0.04]]))
        >>> e.difference("small", "large").table()[["estimate", "std_error"]].round(3)
           estimate  std_error
        0       0.2        0.2
        """
        return contrasts.difference(self, a, b)

    # ---- exits -----------------------------------------------------------------------------------------------------

    def cov(self, cluster: pd.Series | pd.DataFrame | None = None) -> pd.DataFrame:
        """Return the covariance of the cells, labelled on both sides; `cluster` as in `Estimate.cluster`.

        >>> e = Estimate.from_covariance({"a": 0.1, "b": 0.3}, np.diag([0.01, 0.04]))
        >>> e.cov().loc["b", "b"].item()
        0.04
        """
        chosen = self if cluster is None else self.cluster(cluster)
        return pd.DataFrame(chosen.noise.cov(), self.value.index, self.value.index)

    def draws(self, size: int, rng: int | np.random.Generator) -> pd.DataFrame:
        """Draw values of the cells: size × cells, centred at the estimate.

        >>> e = Estimate.from_covariance({"a": 0.1, "b": 0.3}, np.diag([0.01, 0.04]))
        >>> e.draws(1000, rng=1).mean().round(1).tolist()
        [0.1, 0.3]
        """
        errors = self.noise.draws(size, np.random.default_rng(rng))
        return pd.DataFrame(self.value.to_numpy() + errors, columns=self.value.index)

    def table(
        self,
        confidence: float = 0.95,
        draws: int = 0,
        seed: int | np.random.Generator | None = None,
        cluster: pd.Series | pd.DataFrame | None = None,
        multiplier: str = "rademacher",
    ) -> pd.DataFrame:
        """Return the tidy table: a column per level, then the numbers that a reader needs.

        Columns, in this order: the levels; `estimate`, `std_error` (analytic, from the noise), `lower`, `upper`
        (pointwise), `lower_uniform`, `upper_uniform` (a band that covers all cells of this table at once; it needs
        `draws` and `seed`, and is blank without; never inside the pointwise one, as in R's did), `p_value`,
        `n_supported`, `n_comparison`, `state`.

        confidence: of the intervals and of the band. draws: multiplier draws for the band (999 is usual).
        seed: an integer or a Generator. multiplier: "rademacher" (signs), "mammen" or "webb" (for few clusters), or
        "gaussian" (from the covariance); it matters only for influence, other noise knows how it is drawn.

        >>> times = pd.Index([-1, 0, 1], name="event_time")
        >>> e = Estimate.from_covariance(pd.Series([0.0, 0.1, 0.3], times), np.diag([0.01, 0.01, 0.04]))
        >>> e.table(confidence=0.9)[["event_time", "estimate", "lower", "upper", "state"]].round(2)
           event_time  estimate  lower  upper  state
        0          -1       0.0  -0.16   0.16  shown
        1           0       0.1  -0.06   0.26  shown
        2           1       0.3  -0.03   0.63  shown
        """
        chosen = self if cluster is None else self.cluster(cluster)
        if not 0 < confidence < 1:
            raise InputError(f"confidence must lie between 0 and 1; seen: {confidence}. Write 0.95 for 95 %.")
        if draws < 0:
            raise InputError(f"draws must be 0 (no uniform band) or more; seen: {draws}. 999 is usual.")
        if draws and seed is None:
            raise InputError(
                f"A band from {counted(draws, 'draw')} must have a seed, so that it can be drawn again; seen: none. Write, for "
                "example, seed=1."
            )
        return tables.tidy(chosen, confidence, draws, seed, multiplier)

    def pretest(self) -> pd.Series:
        """Test jointly that all cells before support are zero: a Wald statistic, its df and p-value.

        A small p-value says that supported and comparison firms already moved apart before support. A large one does
        not prove that they would have moved together after it.

        >>> times = pd.Index([-1, 0, 1], name="event_time")
        >>> e = Estimate.from_covariance(pd.Series([0.0, 0.1, 0.3], times), np.diag([0.01, 0.01, 0.04]))
        >>> e.pretest()
        statistic    0.0
        df           1.0
        p_value      1.0
        dtype: float64
        """
        if self.noise.kind == "posterior":
            raise InputError("A posterior has no p-value; test the estimate before it was shrunk.")
        before = self.at(np.flatnonzero(aggregate.before_support(self) & self.value.notna().to_numpy()))
        before = before.at(np.flatnonzero(before.noise.variance() > 0))
        return joint.wald(before.value.to_numpy(), before.noise.cov())

    def equality(self) -> pd.Series:
        """Test jointly that all cells are equal: a Wald statistic, its df and p-value.

        >>> times = pd.Index([-1, 0, 1], name="event_time")
        >>> e = Estimate.from_covariance(pd.Series([0.0, 0.1, 0.3], times), np.diag([0.01, 0.01, 0.04]))
        >>> e.equality().round(3)
        statistic    1.889
        df           2.000
        p_value      0.389
        dtype: float64
        """
        return contrasts.equality(self)

    # ---- how it looks ----------------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        """Print what it is over, and the first rows of its table."""
        return f"{tables.title(self)}\n\n{tables.shown(self).to_string(index=False, na_rep='')}{tables.rest(self)}"

    def _repr_html_(self) -> str:
        return tables.html(self)

    def _combined(self, weights: np.ndarray, index: pd.Index) -> Estimate:
        """Take weighted sums of cells; counts of firms do not travel through arbitrary weights."""
        old, unknown = self.value.fillna(0).to_numpy(), self.value.isna().to_numpy()
        needs_unknown = (weights[unknown] != 0).any(axis=0)
        value = pd.Series(np.where(needs_unknown, np.nan, weights.T @ old), index, name="estimate")
        return Estimate(value, self.noise.combine(weights), blank_cells(value))


def blank_cells(value: pd.Series) -> pd.DataFrame:
    """Describe cells of which only the value is known."""
    unknown = pd.array([pd.NA] * len(value), dtype="Int64")
    state = np.where(value.notna(), "shown", "not identified")
    columns = {"n_supported": unknown, "n_comparison": unknown, "df": np.inf, "state": state}
    return pd.DataFrame(columns, index=value.index)


def _series(values: pd.Series | Mapping[Any, float]) -> pd.Series:
    try:
        given = pd.Series(values)
        return pd.Series(given.to_numpy(float, na_value=np.nan), given.index, name="estimate")
    except (TypeError, ValueError):
        raise InputError("Values must be numbers, one for each label; these are not. Convert them to floats.") from None


def _matched(cov: pd.DataFrame | np.ndarray, index: pd.Index) -> np.ndarray:
    if isinstance(cov, pd.DataFrame):
        lost = index[~(index.isin(cov.index) & index.isin(cov.columns))]
        if len(lost):
            raise InputError(
                f"The covariance must name every value; it lacks {len(lost)} of {len(index)}: {first_five(lost)}. "
                "Give it the labels of the values on both sides."
            )
        cov = cov.loc[index, index]
    matrix = np.asarray(cov, float)
    if matrix.shape != (len(index), len(index)):
        seen = " × ".join(str(length) for length in matrix.shape) or "a single number"
        raise InputError(f"The covariance must be {len(index)} × {len(index)}, as there are values; it is {seen}.")
    _must_be_covariance(matrix)
    return _without_rounding(matrix)


def _must_be_covariance(matrix: np.ndarray) -> None:
    size = np.abs(matrix).max(initial=0)
    if not np.isfinite(size) or not np.allclose(matrix, matrix.T, rtol=0, atol=1e-8 * size):
        raise InputError("A covariance must be symmetric and without blanks; this one is not. Check how it was read.")
    lowest = np.linalg.eigvalsh(matrix).min(initial=0)
    if lowest < -ROUNDED * size or (np.diag(matrix) < -NEGLIGIBLE * size).any():
        raise InputError(
            "A covariance must be positive semi-definite (no sum of effects has a variance below zero); its lowest eigenvalue "
            f"is {lowest:.3g}. Check its signs, and that variances stand on the diagonal."
        )


def _without_rounding(matrix: np.ndarray) -> np.ndarray:
    """Return a covariance whose variances are none below zero, where only rounding put them there."""
    if (np.diag(matrix) >= 0).all():
        return matrix
    sound = matrix.copy()
    np.fill_diagonal(sound, np.maximum(np.diag(matrix), 0))
    return sound


def _must_stack(parts: list[Estimate], name: str) -> None:
    levels = list(dict.fromkeys(tables.names(part) or "none" for part in parts))
    if len(levels) != 1:
        raise InputError(
            f"Estimates must have the same levels to be stacked; seen: {'; '.join(levels) or 'no estimate'}. Average them by "
            "the same levels first."
        )
    if name in parts[0].value.index.names:
        raise InputError(
            f"The new level must have a name of its own; the estimates have '{name}' already. Choose another."
        )
