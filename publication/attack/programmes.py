"""The linear programmes of the attack, with answers that do not rest on a solver's word.

Unknowns that are tied to each other, and the rows that tie them, arrive; possible truths leave, each checked
against every row in whole numbers. HiGHS proposes, arithmetic decides: with presolve HiGHS 1.15.1 was seen to
call a wrong corner the best one, and to give up (kUnknown) where a direction has no end, so presolve is off,
every unknown has an end, and what it calls best is asked again from another start. Which unknowns are sought,
and what a narrow interval means, do not belong here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np

from publication.attack.published import Name
from publication.attack.unknowns import Unknown

Row = tuple[dict[Name, float], float, float]
Term = tuple[int, float]

# A corner of a system of sums has whole numbers, or fractions with a small denominator: up to 20 were seen.
DENOMINATORS = range(1, 61)
DECIMALS = 6
OPTIONS = {
    "threads": 1,
    "presolve": "off",
    "solver": "simplex",
    # HiGHS sets no end itself: its interior point method was seen to go round for ever on 136 unknowns.
    "ipm_iteration_limit": 500,
    "simplex_iteration_limit": 1_000_000,
}
# Simplex without presolve from the last corner; from no corner; the other simplex; the interior point method.
STARTS: tuple[dict[str, Any], ...] = (
    {},
    {"solver": "simplex", "simplex_strategy": 1},
    {"solver": "simplex", "simplex_strategy": 4},
    {"solver": "ipm", "run_crossover": "on"},
)


@dataclass(frozen=True)
class Extreme:
    """The farthest possible truth that was found; `decided` is False where the solver gave no
    answer that holds.
    """

    point: np.ndarray | None
    decided: bool


class Programmes:
    """Least and greatest values of one group of unknowns.

    Every unknown is given an end far beyond all that is printed. What is found within is found without it, so
    an end can make the attack believe that it knows too much and never too little.
    """

    def __init__(self, members: Sequence[Unknown], rows: Sequence[Row], farthest: float):
        number = {unknown.name: i for i, unknown in enumerate(members)}
        self.solved = 0
        self._starts = np.array([0, *np.cumsum([len(terms) for terms, _, _ in rows])], dtype=np.int32)
        self._columns = np.array([number[name] for terms, _, _ in rows for name in terms], dtype=np.int32)
        self._factors = np.array([factor for terms, _, _ in rows for factor in terms.values()], dtype=float)
        limits = [
            np.array(side, dtype=float)
            for side in (
                [unknown.lowest for unknown in members],
                [unknown.highest for unknown in members],
                [lowest for _, lowest, _ in rows],
                [highest for _, _, highest in rows],
            )
        ]
        finite = np.concatenate([side[np.isfinite(side)] for side in limits])
        self._scale = _scale(finite)
        end = float(np.ceil(farthest + 1_000 + 2 * np.abs(finite).sum()))
        lowest, highest, *of_rows = limits
        self._limits = [np.maximum(lowest, -end), np.minimum(highest, end), *of_rows]
        # Whole numbers in the smallest unit that is printed; no limit is kept as the largest whole number.
        self._whole = [_whole(side, self._scale) for side in self._limits]
        self._solver = self._model()

    def possible(self) -> Extreme:
        """Any possible truth. Without one, and decided, the rows contradict each other."""
        return self._answer(())

    def extreme(self, *terms: Term) -> Extreme:
        """The truth with the least sum of the terms: (number of the unknown, factor)."""
        return self._answer(terms)

    def again(self, *terms: Term) -> list[np.ndarray]:
        """Ask the same from every other start and return the possible truths that come out."""
        return [point for start in STARTS[1:] for point, _ in [self._run(terms, start)] if point is not None]

    def _answer(self, terms: Sequence[Term]) -> Extreme:
        refused = 0
        for start in STARTS:
            point, infeasible = self._run(terms, start)
            if point is not None:
                return Extreme(point, decided=True)
            refused += infeasible
            if refused > 1:
                # Two ways agree that there is none.
                return Extreme(None, decided=True)
        return Extreme(None, decided=False)

    def _run(self, terms: Sequence[Term], start: dict[str, object]) -> tuple[np.ndarray | None, bool]:
        solver = self._solver
        if start:
            solver.clearSolver()
        for option, value in start.items():
            solver.setOptionValue(option, value)
        for i, factor in terms:
            solver.changeColCost(i, factor)
        solver.run()
        self.solved += 1
        status = solver.getModelStatus()
        point = self.proven(np.array(solver.getSolution().col_value))
        for i, _ in terms:
            solver.changeColCost(i, 0.0)
        for option, value in {"solver": "simplex", "simplex_strategy": 1}.items():
            solver.setOptionValue(option, value)
        return (
            point if status == highspy.HighsModelStatus.kOptimal else None,
            status == highspy.HighsModelStatus.kInfeasible,
        )

    def proven(self, point: np.ndarray) -> np.ndarray | None:
        """Return the point as fractions that satisfy every limit and row exactly; None where it does not."""
        if len(point) != len(self._limits[0]) or not np.isfinite(point).all():
            return None
        for denominator in DENOMINATORS:
            whole = np.rint(point * self._scale * denominator).astype(np.int64)
            if self._holds(whole, denominator):
                return whole / (self._scale * denominator)
        return None

    def _holds(self, whole: np.ndarray, denominator: int) -> bool:
        lowest, highest, least, greatest = (_times(side, denominator) for side in self._whole)
        if (whole < lowest).any() or (whole > highest).any():
            return False
        if not len(least):
            return True
        terms = self._factors.astype(np.int64) * whole[self._columns]
        sums = np.add.reduceat(terms, self._starts[:-1])
        return bool((sums >= least).all() and (sums <= greatest).all())

    def _model(self) -> highspy.Highs:
        lowest, highest, least, greatest = (
            np.clip(side, -highspy.kHighsInf, highspy.kHighsInf) for side in self._limits
        )
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(lowest), len(least)
        lp.col_cost_ = np.zeros(len(lowest))
        lp.col_lower_, lp.col_upper_ = lowest, highest
        lp.row_lower_, lp.row_upper_ = least, greatest
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = self._starts
        lp.a_matrix_.index_ = self._columns
        lp.a_matrix_.value_ = self._factors
        solver = highspy.Highs()
        solver.silent()
        for option, value in OPTIONS.items():
            solver.setOptionValue(option, value)
        solver.passModel(lp)
        return solver


_NONE = np.iinfo(np.int64).max


def _scale(finite: np.ndarray) -> int:
    """The smallest power of ten that makes every printed number whole."""
    for decimals in range(DECIMALS):
        scaled = finite * 10**decimals
        if (np.abs(scaled - np.rint(scaled)) < 1e-4).all():
            return 10**decimals
    return 10**DECIMALS


def _whole(side: np.ndarray, scale: int) -> np.ndarray:
    finite = np.isfinite(side)
    whole = np.where(side > 0, _NONE, -_NONE)
    whole[finite] = np.rint(side[finite] * scale).astype(np.int64)
    return whole


def _times(side: np.ndarray, denominator: int) -> np.ndarray:
    return np.where(np.abs(side) == _NONE, side, side * denominator)
