"""Parts of the influence: sparse blocks are weighted, kept, placed and clustered as dense ones; many small ones become one."""

import numpy as np
import pytest
from scipy import sparse

from impact import blocks
from impact.blocks import Block, gathered, sided
from impact.noise import Influence

UNITS, CELLS = 12, 7
SEEDS = range(6)


def rows_of(parts, cells=CELLS, units=UNITS):
    """Return units × cells of some blocks, dense."""
    out = np.zeros((units, cells))
    blocks.add(parts, out, sparse.eye_array(cells, format="csr"))
    return out


def by_hand(block, cells=CELLS, units=UNITS):
    """Return the same without asking the block: factors at its rows and cells, rows that come twice added up."""
    factors = block.factors.toarray() if sparse.issparse(block.factors) else block.factors
    if block.crossed is not None:
        factors = np.concatenate([factors[:, [k]] * block.crossed for k in range(factors.shape[1])], axis=1)
    whole = factors if block.loadings is None else factors @ block.loadings
    out = np.zeros((units, cells))
    for row, values in zip(block.rows, whole, strict=True):
        out[row, block.cells] += values
    return out


def sparse_block(rng, own=False):
    """Make a block with sparse factors, of which some are zero."""
    rows, cells = np.sort(rng.choice(UNITS, 5, replace=False)), np.sort(rng.choice(CELLS, 4, replace=False))
    dense = rng.standard_normal((5, 4)) * (rng.random((5, 4)) < 0.5)
    return Block(rows, sparse.csr_array(dense), cells, own=own)


def dense_block(rng, kind, own=False):
    """Make a block that is its factors, or has loadings, or factors that stand for their products."""
    rows, cells = rng.choice(UNITS, 6, replace=False), rng.choice(CELLS, 4, replace=False)
    if kind == "plain":
        return Block(rows, rng.standard_normal((6, 4)), cells, own=own)
    crossed = rng.standard_normal((6, 2)) if kind == "crossed" else None
    loadings = rng.standard_normal((3 * (1 if crossed is None else 2), 4))
    return Block(rows, rng.standard_normal((6, 3)), cells, loadings, own, crossed)


def several(seed):
    """Make blocks of every kind, of supported firms and of others."""
    rng = np.random.default_rng(seed)
    kinds = ("plain", "loaded", "crossed", "sparse")
    return [
        sparse_block(rng, own) if kind == "sparse" else dense_block(rng, kind, own)
        for kind in kinds
        for own in (True, False)
    ]


# ---- sparse factors ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_sparse_factors_are_weighted_as_dense_ones(seed):
    rng = np.random.default_rng(seed)
    block = sparse_block(rng)
    weights = rng.standard_normal((CELLS, 3)) * (rng.random((CELLS, 3)) < 0.5)
    weights[:, 1] = 0
    summed = block.combined(sparse.csr_array(weights))
    assert sparse.issparse(summed.factors)
    assert 1 not in summed.cells
    np.testing.assert_allclose(rows_of([summed], 3), by_hand(block) @ weights, atol=1e-14)
    asked = block.asked(sparse.csr_array(weights))
    np.testing.assert_allclose(asked.make(slice(1, 4)), summed.factors.toarray()[1:4])


@pytest.mark.parametrize("seed", SEEDS)
def test_sparse_factors_keep_cells_take_places_and_move(seed):
    rng = np.random.default_rng(seed)
    block, whole = sparse_block(rng), by_hand(sparse_block(np.random.default_rng(seed)))
    kept = np.sort(rng.choice(CELLS, 3, replace=False))
    new = np.full(CELLS, -1)
    new[kept] = np.arange(3)
    np.testing.assert_array_equal(rows_of([block.taken(new)], 3), whole[:, kept])
    np.testing.assert_array_equal(rows_of([block.placed(block.cells + 2)], CELLS + 2)[:, 2:], whole)
    order = rng.permutation(UNITS)
    np.testing.assert_array_equal(rows_of([block.moved(order)])[order], whole)


@pytest.mark.parametrize("seed", SEEDS)
def test_sparse_factors_are_added_within_clusters(seed):
    rng = np.random.default_rng(seed)
    block, codes = sparse_block(rng), rng.integers(4, size=UNITS)
    added = np.array([by_hand(block)[codes == code].sum(axis=0) for code in range(4)])
    summed = block.clustered(codes)
    assert sparse.issparse(summed.factors)
    np.testing.assert_allclose(rows_of([summed], units=4), added, atol=1e-15)


def test_a_block_is_read_as_the_entries_that_it_stands_for():
    for block in several(0):
        unit, cell, value = block.entries()
        out = np.zeros((UNITS, CELLS))
        np.add.at(out, (unit, cell), value)
        np.testing.assert_allclose(out, by_hand(block), atol=1e-15)
        np.testing.assert_allclose(block.table().toarray(), by_hand(block)[block.rows][:, block.cells], atol=1e-15)


# ---- many small blocks become one ----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_gathered_blocks_have_the_same_rows(seed):
    parts = several(seed)
    found = gathered(parts, UNITS, CELLS)
    assert len(found) == 2
    for own in (True, False):
        (one,) = [block for block in found if block.own == own]
        expected = sum(by_hand(block) for block in parts if block.own == own)
        np.testing.assert_allclose(rows_of([one]), expected, atol=1e-14)
        assert (np.diff(one.rows) > 0).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_asked_of_gathered_blocks_is_what_they_would_say_one_by_one(seed):
    rng = np.random.default_rng(seed)
    parts = several(seed)
    alone, together = (Influence(np.arange(UNITS), tuple(of), CELLS) for of in (parts, gathered(parts, UNITS, CELLS)))
    weights = sparse.csr_array(rng.standard_normal((CELLS, 3)) * (rng.random((CELLS, 3)) < 0.6))
    np.testing.assert_allclose(together.rows(weights), alone.rows(weights), atol=1e-13)
    np.testing.assert_allclose(together.cov(), alone.cov(), atol=1e-13)
    np.testing.assert_allclose(together.take(np.array([5, 2])).rows(), alone.take(np.array([5, 2])).rows(), atol=1e-13)
    np.testing.assert_allclose(together.composed(weights).rows(), alone.composed(weights).rows(), atol=1e-13)


def test_large_dense_blocks_stay_as_they_are(monkeypatch):
    monkeypatch.setattr(blocks, "SMALL", 24)
    parts = several(1) + several(2)
    found = gathered(parts, UNITS, CELLS)
    kept = [id(block) for block in found if any(block is part for part in parts)]
    assert kept == [
        id(part) for part in parts if not sparse.issparse(part.factors)
    ]  # six by four numbers are not few now
    assert len(found) == len(kept) + 2
    np.testing.assert_allclose(rows_of(found), sum(map(by_hand, parts)), atol=1e-14)


def test_a_single_small_block_of_a_side_stays_as_it_is():
    rng = np.random.default_rng(2)
    one, other = sparse_block(rng, own=True), dense_block(rng, "plain")
    assert gathered([one, other], UNITS, CELLS) == (one, other)
    assert gathered([], UNITS, CELLS) == ()


def test_rows_that_come_twice_are_added():
    twice = Block(np.array([3, 3]), np.array([[1.0], [2.0]]), np.array([0]))
    (one,) = gathered([twice, Block(np.array([3]), np.array([[4.0]]), np.array([0]))], UNITS, CELLS)
    assert rows_of([one])[3, 0] == 7
    assert rows_of([one]).sum() == 7


# ---- the supported firms of several groups -------------------------------------------------------------------------


def test_supported_firms_stand_on_the_cells_of_their_own_group_only():
    units, counts = np.array([4, 7, 1, 2, 9]), np.array([2, 0, 3])
    rows = np.arange(10.0).reshape(5, 2) + 1
    block = sided(units, counts, rows)
    assert block.own
    assert block.factors.nnz == rows.size
    expected = np.zeros((UNITS, 6))
    expected[np.ix_([4, 7], [0, 1])] = rows[:2]
    expected[np.ix_([1, 2, 9], [4, 5])] = rows[2:]
    np.testing.assert_array_equal(rows_of([block], 6), expected)
