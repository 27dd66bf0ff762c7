"""Units on the cells of a grid: who goes where, so that neighbours touch and provinces hold together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

EDGE, CORNER = 1.0, 0.7  # worth of two neighbours whose tiles share an edge, or only a corner
KIN = 0.1  # worth of two units of one province that touch, neighbours or not
FAR = 0.1  # cost of a tile's squared distance, in tiles, from where its unit lies
TORN, MENDED = 4.0, 20.0  # cost of each further piece into which a province falls, while the board cools and after
HOT, WARM, COLD = 0.8, 0.2, 0.02  # the temperature at first, after mending, and at last
ROUNDS, TURNS = 300, 70_000  # rounds of turns of all units while the board cools, and turns after which none begins
AGAIN = 6  # one of so many rounds is left for cooling again after mending
TRIES = 3  # boards that are cooled, of which the best is kept
REACH = 5  # how many rows and columns away a unit may walk to its province
TINY = 1e-9
WAYS = ((-1, 0), (0, 1), (1, 0), (0, -1))


def arranged(
    points: np.ndarray, cells: np.ndarray, links: np.ndarray, provinces: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return the cell of each unit: first by linear assignment to the nearest, then by exchanges while the board cools.

    Assignment keeps the sum of squared distances least, which says nothing of neighbours. So units then change places, one
    after another, with whom it lowers the energy most: FAR × squared distance − EDGE or CORNER for each two neighbours that
    touch − KIN for each two of a province that do + TORN for each piece too many of a province. At first a worse
    place is taken now and then: simulated annealing (Kirkpatrick, Gelatt & Vecchi 1983, Science 220, 671). Then units that were
    cut off walk to their province, and the board, a little warm, cools again. Of TRIES boards that with the fewest pieces of
    provinces is kept, and of these the one with the least energy.

    points, cells: (units, 2) and (cells, 2), in tiles, row before column. links: (units, units), True for neighbours. provinces:
    (units,), a number each.
    """
    if len(points) == 1:
        return np.array([0])
    rounds = min(ROUNDS, TURNS // len(points) + 1)
    boards = [Board.laid(points, cells, links, provinces) for _ in range(TRIES)]
    for board in boards:
        for start, many in ((HOT, rounds), (WARM, rounds // AGAIN)):
            for heat in np.geomspace(start, COLD, many):
                for unit in rng.permutation(len(points)):
                    board.turn(int(unit), float(heat), rng)
            board.mend()
    return min(boards, key=lambda board: (board.pieces(), board.energy())).at[: len(points)]


@dataclass
class Board:
    """Units on cells. A cell without a unit holds a blank, so that every move is an exchange.

    at: the cell of each unit or blank. who: the unit or blank on each cell. cost: of each unit on each cell, the others staying.
    ties: what it is worth that two touch. touch: how well two cells do. beside: the cells up, right, down and left of each,
    -1 for none. provinces: the number of each unit's, -1 for blanks.
    """

    at: np.ndarray
    who: np.ndarray
    cost: np.ndarray
    ties: np.ndarray
    touch: np.ndarray
    beside: list[list[int]]
    provinces: np.ndarray

    @classmethod
    def laid(cls, points: np.ndarray, cells: np.ndarray, links: np.ndarray, provinces: np.ndarray) -> Board:
        """Lay the units so that the sum of squared distances is least."""
        units, size = len(points), len(cells)
        far, ties = np.zeros((size, size)), np.zeros((size, size))
        far[:units] = cdist(points, cells, "sqeuclidean")
        ties[:units, :units] = links + KIN * (provinces[:, None] == provinces)
        np.fill_diagonal(ties, 0)
        at = linear_sum_assignment(far)[1]
        steps = np.abs(cells[:, None] - cells)
        touch = np.select([steps.sum(axis=2) == 1, steps.max(axis=2) == 1], [EDGE, CORNER], 0.0)
        of = np.append(provinces, np.full(size - units, -1))
        return cls(at, np.argsort(at), FAR * far - ties @ touch[at], ties, touch, _beside(cells), of)

    def energy(self) -> float:
        """Return the energy without that of torn provinces, which is less the better the board is."""
        touching = self.ties * self.touch[np.ix_(self.at, self.at)]
        return float(self.cost[np.arange(len(self.at)), self.at].sum() + touching.sum() / 2)

    def pieces(self) -> int:
        """Count the pieces of all provinces."""
        return sum(len(self._pieces(province)) for province in self._all())

    def turn(self, unit: int, heat: float, rng: np.random.Generator) -> None:
        """Let a unit change places with whoever is on the cell that is best for both, or nearly so."""
        there = int((rng.gumbel(scale=heat, size=len(self.at)) - self._worse(unit, self.who)).argmax())
        other = int(self.who[there])
        if other == unit:
            return
        torn = self._torn(unit, other)
        self._exchange(unit, other)
        if rng.random() >= np.exp(min(0.0, TORN * (torn - self._torn(unit, other)) / heat)):
            self._exchange(unit, other)

    def mend(self) -> None:
        """Walk units that are cut off to their province, the best walk first, as long as one makes the board better."""
        while True:
            walks = [(unit, path) for unit in self._strays() for path in self._walks(unit)]
            worse = [self._walked(unit, path) for unit, path in walks]
            if min(worse, default=0.0) > -TINY:
                return
            unit, path = walks[int(np.argmin(worse))]
            for cell in path:
                self._exchange(unit, int(self.who[cell]))

    def _worse(self, unit: int, others: np.ndarray) -> np.ndarray:
        """Return how much energy is added where a unit changes places with each of others."""
        here, there = self.at[unit], self.at[others]
        mine = self.cost[unit, there] - self.cost[unit, here]
        theirs = self.cost[others, here] - self.cost[others, there]
        return mine + theirs - 2 * self.ties[unit, others] * self.touch[here, there]

    def _exchange(self, one: int, other: int) -> None:
        here, there = self.at[one], self.at[other]
        self.at[one], self.at[other], self.who[here], self.who[there] = there, here, other, one
        change, lean = self.touch[there] - self.touch[here], self.ties[one] - self.ties[other]
        cells, units = np.flatnonzero(change), np.flatnonzero(lean)
        self.cost[np.ix_(units, cells)] -= np.outer(lean[units], change[cells])

    # ---- provinces ---------------------------------------------------------------------------------------------------

    def _all(self) -> list[int]:
        return [int(one) for one in np.unique(self.provinces) if one >= 0]

    def _torn(self, one: int, other: int) -> int:
        """Count the pieces of the provinces of two units; where they have one province an exchange changes nothing."""
        mine, theirs = int(self.provinces[one]), int(self.provinces[other])
        return 0 if mine == theirs else len(self._pieces(mine)) + len(self._pieces(theirs))

    def _pieces(self, province: int) -> list[list[int]]:
        """Return the cells of each piece of a province; blanks have none."""
        left, pieces = set(self.at[self.provinces == province].tolist() if province >= 0 else []), []
        while left:
            piece = [min(left)]
            left.remove(piece[0])
            for cell in piece:  # grows while it is read
                more = [step for step in self.beside[cell] if step in left]
                left.difference_update(more)
                piece.extend(more)
            pieces.append(piece)
        return pieces

    def _strays(self) -> list[int]:
        """Return the units outside the largest piece of their province."""
        torn = [sorted(self._pieces(province), key=len)[:-1] for province in self._all()]
        return [int(self.who[cell]) for pieces in torn for piece in pieces for cell in piece]

    def _walks(self, unit: int) -> Iterator[list[int]]:
        """Return the cells on every way with one corner at most to a cell within reach."""
        for down, right in product(range(-REACH, REACH + 1), repeat=2):
            turns = [2 if down > 0 else 0] * abs(down) + [1 if right > 0 else 3] * abs(right)
            for way in dict.fromkeys([tuple(turns), tuple(turns[::-1])]):
                cell, path = int(self.at[unit]), []
                for turn in way:
                    cell = self.beside[cell][turn] if cell >= 0 else -1
                    path.append(cell)
                if path and min(path) >= 0:
                    yield path

    def _walked(self, unit: int, path: list[int]) -> float:
        """Return how much energy is added where a unit walks and whom it passes steps back; nothing is changed."""
        passed = [int(self.who[cell]) for cell in path]
        provinces = {int(one) for one in self.provinces[[unit, *passed]]}
        pieces, worse = sum(len(self._pieces(one)) for one in provinces), 0.0
        for other in passed:
            worse += float(self._worse(unit, np.array([other]))[0])
            self._exchange(unit, other)
        pieces -= sum(len(self._pieces(one)) for one in provinces)
        for other in reversed(passed):
            self._exchange(unit, other)
        return worse - MENDED * pieces


def _beside(cells: np.ndarray) -> list[list[int]]:
    known = {cell: number for number, cell in enumerate(map(tuple, cells.tolist()))}
    return [[known.get((row + down, column + right), -1) for down, right in WAYS] for row, column in cells.tolist()]
