"""From points to a grid: where units would lie if all had one size, and which cells they get. See `tiles.layout`."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree
from scipy.sparse.linalg import spsolve
from scipy.spatial import KDTree
from scipy.spatial.distance import cdist

SEA = 2.0  # units that are farther than so many tiles from all others stand apart from them
BRIDGE = 3.0  # the longest step, in steps between neighbours, to units that no chain of neighbours joins
TINY = 1e-9


def plane(longitude: np.ndarray, latitude: np.ndarray) -> np.ndarray:
    """Return points as (down, right) on one scale; a country on both sides of the 180th meridian stays in one piece."""
    around = np.unique(longitude % 360)
    west = around[(np.diff(around, append=around[0] + 360).argmax() + 1) % len(around)]
    middle = np.radians((latitude.min() + latitude.max()) / 2)
    return np.column_stack([-latitude, (longitude - west) % 360 * np.cos(middle)])


def around(points: np.ndarray) -> np.ndarray:
    """Return who counts as neighbours where only points are known: True for two with no third in the circle on both.

    Such pairs are Gabriel's (Gabriel & Sokal 1969, Systematic Zoology 18, 259). Those farther apart than BRIDGE medians are left
    out.
    """
    i, j = np.triu_indices(len(points), 1)
    apart = np.linalg.norm(points[i] - points[j], axis=1)
    free = KDTree(points).query((points[i] + points[j]) / 2)[0] >= apart / 2 - TINY
    close = free & (apart <= BRIDGE * (np.median(apart[free]) if free.any() else 0))
    links = np.zeros((len(points), len(points)), bool)
    links[i[close], j[close]] = links[j[close], i[close]] = True
    return links


def evened(points: np.ndarray, links: np.ndarray) -> np.ndarray:
    """Return where units would lie if neighbours were all one step apart, each in its direction on the map.

    x minimises Σ |x_i − x_j − (p_i − p_j) / |p_i − p_j||² over the pairs of neighbours: towns with many small units swell and
    wide lands shrink, and who lies north of whom stays so. Units that no chain of neighbours joins, such as islands, are
    joined where they are nearest, by their distance in median distances of neighbours, between one step and BRIDGE.
    """
    apart = cdist(points, points)
    far = apart[links & (apart > 0)]
    tree = minimum_spanning_tree(np.where(links, 1, 2 + apart)).toarray() > 0  # csgraph takes 0 for no edge
    i, j = np.nonzero(np.triu(links | tree | tree.T))
    direction = (points[i] - points[j]) / np.maximum(apart[i, j], TINY)[:, None]
    bridge = np.clip(apart[i, j] / (np.median(far) if len(far) else 1.0), 1, BRIDGE)
    steps = direction * np.where(links[i, j], 1, bridge)[:, None]
    pairs = np.arange(len(i))
    ends = np.r_[np.ones(len(i)), -np.ones(len(i))], (np.r_[pairs, pairs], np.r_[i, j])
    differences = sparse.csr_matrix(ends, shape=(len(i), len(points)))
    system = differences.T @ differences + TINY * sparse.eye(len(points))
    return np.asarray(spsolve(system.tocsc(), differences.T @ steps)).reshape(len(points), 2)


def grids(points: np.ndarray, holes: float) -> tuple[np.ndarray, list[tuple[np.ndarray, np.ndarray]]]:
    """Return the points in tiles and, for each group of units that lies apart, its members and its cells (row, column).

    A tile is so large that as many cells as there are units have their middle within one tile of a unit. Every group gets
    the cells nearest to it, one a unit and the holes, so that nobody is moved to an island where there is room.
    """
    scaled = points / _side(points) - 0.5
    cells = _cells_around(scaled)
    group = connected_components(cdist(scaled, scaled) < SEA)[1]
    free, parts = np.ones(len(cells), bool), []
    for one in np.argsort(-np.bincount(group), kind="stable"):
        members = np.flatnonzero(group == one)
        far = np.where(free, cdist(cells, scaled[members]).min(axis=1).round(9), np.inf)
        chosen = np.sort(np.argsort(far, kind="stable")[: len(members) + round(holes * len(members))])
        free[chosen] = False
        parts.append((members, cells[chosen]))
    return scaled, parts


def _side(points: np.ndarray) -> float:
    """Return the side of a tile, by halving."""
    large = float(np.ptp(points, axis=0).max()) or 1.0
    small = large / (len(points) + 1)
    for _ in range(40):
        middle = float(np.sqrt(small * large))
        small, large = (middle, large) if _near(points / middle) >= len(points) else (small, middle)
    return large


def _near(scaled: np.ndarray) -> int:
    """Count the cells that have their middle within one tile of a point."""
    cells = np.floor(scaled)[:, None] + np.array([(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)])
    close = np.linalg.norm(cells + 0.5 - scaled[:, None], axis=2) <= 1
    return len(np.unique(cells[close], axis=0))


def _cells_around(scaled: np.ndarray) -> np.ndarray:
    """Return all cells that may be needed, also where all points are one."""
    margin = int(np.ceil(np.sqrt(2 * len(scaled)))) + 1
    first, last = np.floor(scaled.min(axis=0)).astype(int) - margin, np.ceil(scaled.max(axis=0)).astype(int) + margin
    rows, columns = np.meshgrid(*(np.arange(a, b + 1) for a, b in zip(first, last, strict=True)), indexing="ij")
    return np.column_stack([rows.ravel(), columns.ravel()])
