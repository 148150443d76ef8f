"""Other tables that a reader must allow for: how the true values of a group may change together.

A group of tied cells, how far each may fall and what each change costs arrive; for one cell and a distance
the cheapest change leaves that satisfies every relation. HiGHS proposes it and whole numbers decide: each
change is checked exactly before it is believed, and presolve, with which HiGHS 1.15.1 was seen to answer
wrongly, is off. What is hidden because of a change does not belong here.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType

import highspy
import numpy as np

from core.errors import VetroError
from publication.relations import Group, Relation

Terms = tuple[tuple[int, int], ...]

# A change at a corner of a system of sums is whole, or a fraction with a small denominator.
DENOMINATORS = (1, 2, 3, 4, 6)
DUAL, PRIMAL = 1, 4
LARGE = 2**62
NO_ENDS: Mapping[int, float] = MappingProxyType({})


class UndecidedError(VetroError):
    """No way of solving gave a change that holds, nor agreed that there is none."""


class Witnesses:
    """The programme over one group: columns are rises, then falls, of the true values."""

    def __init__(
        self, group: Group, room: np.ndarray, costs: Sequence[float], differences: Sequence[Terms] = ()
    ):
        self.programmes = 0
        # A difference that is asked for is a row without limits until then.
        self._numbers = {
            terms: len(group.relations) + n for n, terms in enumerate(dict.fromkeys(differences))
        }
        self._relations = [*group.relations, *(Relation(terms, None, None) for terms in self._numbers)]
        self._size = len(group.keys)
        self._room = room
        self._costs = np.array([*costs, *costs])
        self._unit = _unit(group.values)
        self._solver: highspy.Highs | None = None
        # How far cells may rise in the programme of now; the same in whole units, with their numbers.
        self._ends: Mapping[int, float] = NO_ENDS
        self._ceilings = (np.array([], dtype=np.int64), np.array([], dtype=np.int64))

    def set_cost(self, i: int, cost: float) -> None:
        """Set what a change of cell i costs."""
        self._costs[[i, self._size + i]] = cost
        if self._solver is not None:
            self._solver.changeColCost(i, cost)
            self._solver.changeColCost(self._size + i, cost)

    def nearest(
        self, i: int, direction: int, distance: float, ends: Mapping[int, float] = NO_ENDS
    ) -> np.ndarray | None:
        """Return the change of every cell in which cell i rises (1) or falls (-1) by at least `distance`, or
        None where there is none. `ends`: how far single cells may rise at most.

        Raises UndecidedError.
        """
        if self._solver is None:
            self._build()
        target = np.ceil(round(distance * self._unit, 6)) / self._unit
        if direction < 0:
            target = min(target, float(self._room[i]))
        solver, size = self._solver, self._size
        column, other = (i, size + i) if direction > 0 else (size + i, i)
        room = float(self._room[i])
        end = ends.get(i, np.inf) if direction > 0 else room
        self._set_ends(ends)
        solver.changeColBounds(column, target, end)
        solver.changeColBounds(other, 0.0, 0.0)
        try:
            return self._solve(((i, direction),), target)
        finally:
            solver.changeColBounds(i, 0.0, ends.get(i, np.inf))
            solver.changeColBounds(size + i, 0.0, room)

    def farthest(self, i: int, direction: int, ends: Mapping[int, float] = NO_ENDS) -> np.ndarray:
        """Return a change in which cell i, which cannot go without end, rises (1) or falls (-1) as far as it
        can in whole numbers, and all others by as little as that costs.

        Raises UndecidedError.
        """
        if self._solver is None:
            self._build()
        column = i if direction > 0 else self._size + i
        costs = np.zeros(2 * self._size)
        costs[column] = -1.0
        self._set_ends(ends)
        try:
            self._charge(costs, 1)
            self._solver.run()
            self.programmes += 1
            if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
                raise UndecidedError
            values = np.array(self._solver.getSolution().col_value)
        finally:
            self._charge(self._costs, 1)
        distance = np.floor(direction * (values[i] - values[self._size + i]) + 1e-6)
        change = self.nearest(i, direction, float(distance), ends) if distance > 0 else np.zeros(self._size)
        if change is None:
            raise UndecidedError
        return change

    def _set_ends(self, ends: Mapping[int, float]) -> None:
        """Let the cells rise no further than said, and all others as far as they can. Left as it is until
        other ends are asked for: there may be many."""
        if ends is self._ends:
            return
        for i in self._ends:
            self._solver.changeColBounds(i, 0.0, highspy.kHighsInf)
        for i, end in ends.items():
            self._solver.changeColBounds(i, 0.0, end)
        whole = [round(end * self._unit) for end in ends.values()]
        self._ceilings = (np.array([*ends], dtype=np.int64), np.array(whole, dtype=np.int64))
        self._ends = ends

    def apart(self, terms: Terms, distance: float) -> np.ndarray | None:
        """Return the change of every cell in which a difference of two cells grows by at least `distance`, or
        None where there is none.

        Raises UndecidedError.
        """
        if self._solver is None:
            self._build()
        self._set_ends(NO_ENDS)
        target = np.ceil(round(distance * self._unit, 6)) / self._unit
        row = self._numbers[terms]
        self._solver.changeRowBounds(row, target, highspy.kHighsInf)
        try:
            return self._solve(terms, target)
        finally:
            self._solver.changeRowBounds(row, -highspy.kHighsInf, highspy.kHighsInf)

    def _solve(self, terms: Terms, target: float) -> np.ndarray | None:
        """From the last corner; from none, by either simplex; without costs, by either simplex."""
        solver, impossible = self._solver, 0
        ways = [(DUAL, True), (DUAL, True), (PRIMAL, True), (PRIMAL, False), (DUAL, False)]
        try:
            for attempt, (strategy, with_costs) in enumerate(ways):
                if attempt:
                    solver.clearSolver()
                solver.setOptionValue("simplex_strategy", strategy)
                self._charge(self._costs if with_costs else np.zeros(2 * self._size), attempt)
                solver.run()
                self.programmes += 1
                status = solver.getModelStatus()
                if status == highspy.HighsModelStatus.kOptimal:
                    values = np.array(solver.getSolution().col_value)
                    change = self._proven(values[: self._size] - values[self._size :], terms, target)
                    if change is not None:
                        return change
                impossible += status == highspy.HighsModelStatus.kInfeasible
                if impossible > 1:
                    # Two ways agree.
                    return None
            raise UndecidedError
        finally:
            solver.setOptionValue("simplex_strategy", DUAL)
            self._charge(self._costs, attempt)

    def _charge(self, costs: np.ndarray, attempt: int) -> None:
        if attempt:
            columns = np.arange(2 * self._size, dtype=np.int32)
            self._solver.changeColsCost(2 * self._size, columns, costs)

    def _proven(self, change: np.ndarray, terms: Terms, target: float) -> np.ndarray | None:
        """The change as fractions that satisfy every relation exactly; None where it does not."""
        for denominator in DENOMINATORS:
            unit = self._unit * denominator
            whole = np.rint(change * unit).astype(np.int64)
            reached = sum(sign * int(whole[i]) for i, sign in terms)
            if reached < round(target * unit) or (whole < -self._floor * denominator).any():
                continue
            if (whole[self._ceilings[0]] > self._ceilings[1] * denominator).any():
                continue
            sums = np.add.reduceat(self._signs * whole[self._index], self._starts) if len(self._starts) else 0
            if (sums >= self._least * denominator).all() and (sums <= self._greatest * denominator).all():
                return whole / unit
        return None

    def _build(self) -> None:
        relations, size, infinity = self._relations, self._size, highspy.kHighsInf
        terms = [term for relation in relations for term in relation.terms]
        ends = np.cumsum([0, *(len(relation.terms) for relation in relations)])
        self._starts = ends[:-1]
        self._index = np.array([i for i, _ in terms], dtype=np.int64)
        self._signs = np.array([sign for _, sign in terms], dtype=np.int64)
        # In whole units; beyond every number that can stand here is no limit.
        no_limit = LARGE // max(DENOMINATORS)
        self._least = self._in_units([r.lowest for r in relations], -no_limit)
        self._greatest = self._in_units([r.highest for r in relations], no_limit)
        self._floor = self._in_units([None if np.isinf(room) else room for room in self._room], no_limit)
        solver = highspy.Highs()
        solver.silent()
        for option, value in {
            "threads": 1, "random_seed": 1, "presolve": "off", "solver": "simplex", "simplex_strategy": DUAL,
            # HiGHS sets no end itself.
            "simplex_iteration_limit": 1_000_000,
        }.items():  # fmt: skip
            solver.setOptionValue(option, value)
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = 2 * size, len(relations)
        lp.col_cost_ = self._costs.copy()
        lp.col_lower_ = np.zeros(2 * size)
        lp.col_upper_ = np.concatenate([np.full(size, infinity), self._room])
        lp.row_lower_ = np.array([-infinity if r.lowest is None else r.lowest for r in relations])
        lp.row_upper_ = np.array([infinity if r.highest is None else r.highest for r in relations])
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = 2 * ends
        lp.a_matrix_.index_ = np.column_stack([self._index, size + self._index]).ravel()
        lp.a_matrix_.value_ = np.column_stack([self._signs, -self._signs]).ravel().astype(float)
        solver.passModel(lp)
        self._solver = solver

    def _in_units(self, limits: Sequence[float | None], no_limit: int) -> np.ndarray:
        whole = [no_limit if limit is None else round(limit * self._unit) for limit in limits]
        return np.array(whole, dtype=np.int64)


def _unit(values: Sequence[Decimal]) -> int:
    """How many smallest units are in one: 1 for persons, 100 for euro and cents."""
    decimals = max((-int(value.normalize().as_tuple().exponent) for value in values), default=0)
    return 10 ** max(0, decimals)
