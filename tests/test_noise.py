"""Noise of every kind against a dense table of influence, matched by label."""

import numpy as np
import pandas as pd
import pytest

from impact import blocks
from impact import noise as noises
from impact.blocks import Block
from impact.errors import InputError
from impact.noise import Draws, Gaussian, Influence, join

SEEDS = range(8)


def block(rng: np.random.Generator, n: int, m: int, loaded: bool) -> Block:
    """Make a part of the influence at some rows and some cells, with or without loadings."""
    rows = rng.choice(n, rng.integers(0, n + 1), replace=False)
    cells = rng.choice(m, rng.integers(1, m + 1), replace=False)
    k = int(rng.integers(1, 4)) if loaded else len(cells)
    loadings = rng.standard_normal((k, len(cells))) if loaded else None
    return Block(rows, rng.standard_normal((len(rows), k)), cells, loadings)


def influence(seed: int, n: int = 12, m: int = 7, units: pd.Index | None = None) -> Influence:
    """Make influence of some blocks, with and without loadings, that overlap."""
    rng = np.random.default_rng(seed)
    blocks = tuple(block(rng, n, m, loaded) for loaded in rng.integers(0, 2, size=5).astype(bool))
    return Influence(pd.Index(range(100, 100 + n)) if units is None else units, blocks, m)


def dense(noise: Influence) -> pd.DataFrame:
    """Write out the influence entry by entry: units × cells."""
    out = pd.DataFrame(0.0, noise.units, range(noise.size))
    for part in noise.blocks:
        loadings = np.eye(len(part.cells)) if part.loadings is None else part.loadings
        for i, row in enumerate(part.rows):
            for j, cell in enumerate(part.cells):
                out.iloc[row, cell] += part.factors[i] @ loadings[:, j]
    return out


def close(actual: np.ndarray, expected: np.ndarray | pd.DataFrame) -> None:
    np.testing.assert_allclose(actual, np.asarray(expected), rtol=1e-12, atol=1e-12)


# ---- influence -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_rows_covariance_and_variance_are_those_of_the_dense_table(seed):
    noise = influence(seed)
    rows = dense(noise)
    close(noise.rows(), rows)
    close(noise.cov(), rows.T @ rows)
    close(noise.variance(), (rows**2).sum())


@pytest.mark.parametrize("seed", SEEDS)
def test_weighted_sums_of_cells_have_weighted_sums_of_rows(seed):
    noise, weights = influence(seed), np.random.default_rng(seed).standard_normal((7, 3))
    close(noise.rows(weights), dense(noise) @ weights)
    close(noise.combine(weights).cov(), weights.T @ noise.cov() @ weights)


@pytest.mark.parametrize("at_once", [1, 5, 12])
def test_products_in_pieces_are_whole_products(monkeypatch, at_once):
    monkeypatch.setattr(blocks, "FIRMS_AT_ONCE", at_once)
    close(influence(1).rows(), dense(influence(1)))


def test_pieces_cover_every_row_once(monkeypatch):
    monkeypatch.setattr(blocks, "FIRMS_AT_ONCE", 4)
    assert [np.arange(9)[at].tolist() for at in blocks.pieces(9)] == [[0, 1, 2, 3], [4, 5, 6, 7], [8]]
    assert not list(blocks.pieces(0))


def test_sums_of_few_factors_stay_factors_and_sums_of_many_become_one_table(monkeypatch):
    monkeypatch.setattr(noises, "BLOCK", 0)
    factors = Block(np.arange(4), np.ones((4, 1)), np.arange(3), np.array([[1.0, 2.0, 3.0]]))
    noise, weights = Influence(pd.Index(list("abcd")), (factors,), 3), np.eye(3)[:, [2, 0]]
    summed = noise.combine(weights)
    assert summed.blocks[0].factors is factors.factors
    close(summed.rows(), dense(noise) @ weights)
    close(summed.combine(np.array([[1.0], [-1.0]])).rows(), np.full((4, 1), 2.0))
    assert noise.combine(weights[:, :1]).blocks[0].loadings is None


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("positions", [[], [3], [6, 0, 4], [6, 5, 4, 3, 2, 1, 0]], ids=str)
def test_cells_are_taken_in_the_order_that_is_asked_for(seed, positions):
    noise = influence(seed)
    taken = noise.take(np.array(positions, int))
    close(taken.rows(), dense(noise)[positions])
    assert taken.size == len(positions)


@pytest.mark.parametrize("seed", SEEDS)
def test_clusters_have_the_sums_of_their_rows(seed):
    noise = influence(seed)
    labels = pd.Series(np.random.default_rng(seed).choice(["b", "a", "c"], len(noise.units)), noise.units)
    clustered = noise.cluster(labels.sample(frac=1, random_state=seed))
    summed = dense(noise).groupby(labels).sum()
    assert clustered.units.tolist() == summed.index.tolist()
    close(clustered.rows(), summed)


def test_clusters_may_be_clustered_again():
    noise = influence(1)
    towns = pd.Series(np.arange(12) // 2, noise.units)
    regions = pd.Series([0, 0, 0, 1, 1, 1], range(6))
    close(
        noise.cluster(towns).cluster(regions).rows(), noise.cluster(pd.Series(np.arange(12) // 6, noise.units)).rows()
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_cells_beside_one_another_match_units_by_label(seed):
    left = influence(seed)
    right = influence(seed + 50, m=4, units=pd.Index(np.random.default_rng(seed).permutation(left.units)))
    joined = left.beside(right)
    close(joined.rows(), pd.concat([dense(left), dense(right)], axis=1).loc[joined.units])


@pytest.mark.parametrize("seed", SEEDS)
def test_a_unit_in_one_sample_only_is_zero_in_the_other(seed):
    left, right = influence(seed), influence(seed + 50, m=4, units=pd.Index(range(106, 118)))
    joined = left.beside(right)
    assert sorted(joined.units) == list(range(100, 118))
    close(joined.rows(), pd.concat([dense(left), dense(right)], axis=1).loc[joined.units].fillna(0))


def test_samples_without_a_common_unit_are_independent():
    left, right = influence(0), influence(1, units=pd.Index(range(500, 512)))
    close(left.beside(right).cov()[:7, 7:], np.zeros((7, 7)))


def test_verbs_in_a_row_are_the_same_on_the_dense_table():
    left, right = influence(2), influence(3, units=pd.Index(range(103, 115)))
    labels = pd.Series(np.arange(15) % 4, range(100, 115))
    weights = np.random.default_rng(4).standard_normal((3, 2))
    chained = left.beside(right).take(np.array([9, 0, 13])).cluster(labels).combine(weights)
    both = pd.concat([dense(left), dense(right)], axis=1, ignore_index=True).fillna(0)
    close(chained.rows(), both[[9, 0, 13]].groupby(labels).sum() @ weights)


def test_many_cells_have_the_variance_of_the_few_at_a_time():
    noise = influence(5, m=2 * noises.CELLS_AT_ONCE + 3)
    close(noise.variance(), np.diag(noise.cov()))


def test_no_cells_have_no_variance():
    empty = influence(0).take(np.array([], int))
    assert (empty.cov().shape, empty.variance().shape, empty.rows().shape) == ((0, 0), (0,), (12, 0))


def test_a_dense_table_is_influence_as_it_stands():
    rows = np.random.default_rng(0).standard_normal((5, 2))
    noise = Influence.dense(pd.Index(list("abcde")), rows, "null")
    close(noise.rows(), rows)
    assert (noise.size, noise.kind) == (2, "null")


def test_verbs_keep_the_kind():
    noise = Influence.dense(pd.Index([1, 2]), np.eye(2), "posterior")
    verbs = [
        noise.take(np.array([0])), noise.combine(np.ones((2, 1))), noise.beside(noise),
        noise.cluster(pd.Series([1, 1], [1, 2])), Gaussian(np.eye(2), "posterior").take(np.array([0])),
        Gaussian(np.eye(2), "posterior").combine(np.eye(2)), Draws(pd.Index([1]), np.ones((1, 2)), "posterior").take([0]),
    ]  # fmt: skip
    assert {verb.kind for verb in verbs} == {"posterior"}


def refusal(action) -> str:
    with pytest.raises(InputError) as refused:
        action()
    return str(refused.value)


def test_a_unit_without_a_cluster_is_refused():
    noise = influence(0)
    labels = pd.Series(["a"] * 12, noise.units)
    assert refusal(lambda: noise.cluster(labels.drop([103]))) == (
        "Every firm must have a cluster; there is none for 1 firm: 103. Name their clusters, or leave them out before "
        "estimating."
    )
    assert refusal(lambda: noise.cluster(labels.where(labels.index < 102))) == (
        "Every firm must have a cluster; there is none for 10 firms: 102, 103, 104, 105, 106 and more. Name their clusters, or "
        "leave them out before estimating."
    )


def test_a_unit_with_several_clusters_is_refused():
    labels = pd.Series("a", influence(0).units)
    assert refusal(lambda: influence(0).cluster(pd.concat([labels, labels[:1]]))) == (
        "Every firm must have one cluster; seen: several rows for 1 firm: 100. Keep one row for each firm, for example with "
        "labels[~labels.index.duplicated()]."
    )


def test_a_block_without_rows_is_clustered_too():
    nobody = Block(np.array([], int), np.empty((0, 2)), np.array([0, 1]))
    noise = Influence(pd.Index([1, 2]), (nobody,), 2)
    close(noise.cluster(pd.Series([5, 6], [1, 2])).rows(), np.zeros((2, 2)))


def test_clusters_of_units_that_are_not_in_the_noise_do_not_matter():
    labels = pd.Series("a", range(90, 130))
    assert influence(0).cluster(labels).units.tolist() == ["a"]


# ---- draws ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def resampled():
    return Draws(pd.Index(range(40)), np.random.default_rng(0).standard_normal((40, 3)) + 5)


def test_draws_have_the_covariance_of_the_resamples(resampled):
    expected = pd.DataFrame(resampled.errors).cov()
    close(resampled.cov(), expected)
    close(resampled.variance(), np.diag(expected))
    close(resampled.take(np.array([2, 0])).cov(), expected.iloc[[2, 0], [2, 0]])
    weights = np.array([[1.0], [-1.0], [0.5]])
    close(resampled.combine(weights).cov(), weights.T @ expected @ weights)
    assert (resampled.size, resampled.take(np.array([1])).cov().shape) == (3, (1, 1))


def test_draws_are_resamples_around_zero(resampled):
    drawn = resampled.draws(200, np.random.default_rng(1))
    centred = resampled.errors - resampled.errors.mean(axis=0)
    assert {tuple(row) for row in drawn.round(9)} <= {tuple(row) for row in centred.round(9)}
    assert drawn.shape == (200, 3)


def test_draws_of_the_same_resamples_are_joined(resampled):
    other = Draws(resampled.resamples, 2 * resampled.errors)
    close(resampled.beside(other).cov(), np.kron([[1, 2], [2, 4]], resampled.cov()))


def test_draws_of_other_resamples_are_refused(resampled):
    other = Draws(resampled.resamples + 1, resampled.errors)
    assert refusal(lambda: resampled.beside(other)) == (
        "Draws can be joined only when they come from the same resamples: their resample ids differ. Draw both estimates in one "
        "bootstrap, or join their covariances."
    )


# ---- a covariance only ---------------------------------------------------------------------------------------------


@pytest.fixture
def gaussian():
    root = np.random.default_rng(0).standard_normal((4, 3))
    return Gaussian(root @ root.T)


def test_a_covariance_is_combined_and_taken(gaussian):
    weights = np.random.default_rng(1).standard_normal((4, 2))
    close(gaussian.combine(weights).cov(), weights.T @ gaussian.covariance @ weights)
    close(gaussian.take(np.array([3, 1])).cov(), gaussian.covariance[[3, 1]][:, [3, 1]])
    close(gaussian.variance(), np.diag(gaussian.covariance))
    assert gaussian.size == 4


def test_draws_from_a_singular_covariance_stay_in_its_range(gaussian):
    null = np.linalg.svd(gaussian.covariance)[0][:, -1]
    drawn = gaussian.draws(50, np.random.default_rng(2))
    np.testing.assert_allclose(drawn @ null, 0, atol=1e-6)
    assert np.abs(drawn).max() > 0.1


def test_two_covariances_are_not_joined(gaussian):
    assert refusal(lambda: gaussian.beside(gaussian)) == (
        "Two estimates known only by their covariances cannot be joined: nothing says how their errors move together. Build one "
        "estimate from the joint covariance with Estimate.from_covariance."
    )


# ---- kinds and types -----------------------------------------------------------------------------------------------


def test_noise_of_two_types_is_not_joined(gaussian, resampled):
    assert refusal(lambda: join([influence(0), gaussian])) == (
        "Only noise of one type can be joined; seen: Influence and Gaussian. Estimate both in the same way."
    )
    assert refusal(lambda: join([resampled, influence(0)])) == (
        "Only noise of one type can be joined; seen: Draws and Influence. Estimate both in the same way."
    )


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (Influence.dense(pd.Index([1]), np.ones((1, 1))), Influence.dense(pd.Index([1]), np.ones((1, 1)), "posterior")),
        (Draws(pd.Index([1]), np.ones((1, 1))), Draws(pd.Index([1]), np.ones((1, 1)), "posterior")),
    ],
    ids=["influence", "draws"],
)
def test_noise_of_two_kinds_is_not_joined(left, right):
    assert refusal(lambda: join([left, right])) == (
        "Only noise of one kind can be joined; seen: sampling and posterior. A posterior or a null distribution says nothing "
        "about sampling error."
    )


def test_join_puts_cells_in_the_order_of_the_noises():
    parts = [influence(seed) for seed in range(3)]
    close(join(parts).rows(), pd.concat([dense(part) for part in parts], axis=1))
    assert join(parts[:1]) is parts[0]


@pytest.mark.parametrize("at_once", [1, 7, 2**17])
@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_summed_unit_by_unit_is_what_the_whole_gives(monkeypatch, seed, at_once):
    monkeypatch.setattr(blocks, "NUMBERS_AT_ONCE", at_once)
    noise = influence(seed)
    rows = dense(noise)
    close(noise.cov(), rows.T @ rows)
    close(noise.variance(), (rows**2).sum(axis=0))


def test_clusters_that_come_several_times_are_added_up_before_they_are_squared(monkeypatch):
    monkeypatch.setattr(blocks, "NUMBERS_AT_ONCE", 1)
    rng = np.random.default_rng(9)
    x, change, weight = np.column_stack([np.ones(6), rng.normal(size=6)]), rng.normal(size=(6, 2)), np.full(6, 1 / 6)
    tilt, slope = rng.normal(size=(2, 3)), rng.normal(size=(3, 2, 2))
    tilted = blocks.Tilted(np.arange(6), x, change, weight, tilt, slope, np.arange(6))
    units = pd.Index(list("abcdef"))
    town = pd.Series(["s", "t", "s", "u", "t", "s"], units)
    noise = Influence(units, (tilted,), 6)
    summed = pd.DataFrame(noise.rows(), units).groupby(town).sum().to_numpy()
    close(noise.cluster(town).cov(), summed.T @ summed)
    omega = weight[:, None] * np.exp(x @ tilt)
    by_hand = [-omega[:, g] * (change[:, t] - x @ slope[g, :, t]) for g in range(3) for t in range(2)]
    close(noise.rows(), np.column_stack(by_hand))
