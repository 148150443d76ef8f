"""No verdict rests on a solver's word: what is believed was checked in whole numbers."""

import itertools
import random
from datetime import UTC, datetime
from decimal import Decimal

import highspy
import numpy as np
import pytest

from publication import secondary_suppression
from publication.attack import attacker, programmes
from publication.attack.attacker import SMALL_PRINTED, attack
from publication.attack.programmes import Programmes
from publication.attack.solver import AttackIncompleteError
from publication.attack.unknowns import INFINITY, Unknown
from publication.cells import SMALL_COUNT, Cell, CellSystem
from publication.composition import Source, compose
from publication.policy import load_policy
from publication.relations import Group, Relation
from publication.secondary_suppression import protect
from publication.table_list import load_table_list
from publication.witness import UndecidedError, Witnesses
from tests.support.published import HIDDEN, Published
from tests.support.warehouse import Size, build_warehouse

NOW = datetime(2026, 10, 1, tzinfo=UTC)


def unknown(name: str, lowest: float = 0, highest: float = INFINITY) -> Unknown:
    return Unknown((name, ()), lowest, highest, "count", 5, True, ["t"])


def rows(*of: tuple[dict[str, float], float, float]):
    return [({(name, ()): factor for name, factor in terms.items()}, low, high) for terms, low, high in of]


def test_the_six_variables_that_a_presolved_solver_got_wrong_are_answered_rightly():
    """With presolve HiGHS 1.15.1 called 5 the largest y of these whole numbers; 6 is possible."""
    members = [
        unknown("x", 1, 6),
        unknown("y", 1),
        unknown("z", 1),
        unknown("u", 0, 6),
        unknown("v"),
        unknown("w"),
    ]
    made = Programmes(
        members,
        rows(
            ({"x": 1, "u": 1}, 6, INFINITY), ({"x": 1, "y": -1, "v": -1}, -INFINITY, 0),
            ({"x": 1, "y": -1}, 0, INFINITY), ({"x": 1, "v": -1}, 0, INFINITY),
            ({"y": 1, "z": -1, "w": -1}, -INFINITY, 0), ({"y": 1, "z": -1}, 0, INFINITY),
            ({"y": 1, "w": -1}, 0, INFINITY),
        ),
        5,
    )  # fmt: skip
    found = made.extreme((1, -1.0))
    assert found.point[1] == 6
    assert (found.point == np.rint(found.point)).all()
    assert made.extreme((1, 1.0)).point[1] == 1


@pytest.mark.parametrize("seed", range(12))
def test_every_interval_is_that_of_all_tables_written_out(tmp_path, seed):
    draw = random.Random(seed)
    cells = {(r, c): draw.randint(1, 4) for r in "IJK" for c in "AB"}
    hidden = set(draw.sample(sorted(cells), 5))
    full = {place: HIDDEN if place in hidden else value for place, value in cells.items()}
    for r in "IJK":
        full[r, "ALL"] = sum(cells[r, c] for c in "AB")
    for c in "AB":
        full["ALL", c] = sum(cells[r, c] for r in "IJK")
    full["ALL", "ALL"] = sum(cells.values())
    trees = {"row": dict.fromkeys("IJK", "ALL"), "column": dict.fromkeys("AB", "ALL")}
    # A threshold that nothing reaches asks for both ends of every interval.
    published = Published(trees).table("t", ["row", "column"], full, threshold=1000)
    found = {
        f.place: (f.lowest, f.highest)
        for f in attack(published.write(tmp_path / "r")).findings
        if f.kind != SMALL_PRINTED
    }
    possible: dict[tuple[str, str], set[int]] = {place: set() for place in hidden}
    order = sorted(hidden)
    for values in itertools.product(range(0, 9), repeat=len(order)):
        table = cells | dict(zip(order, values, strict=True))
        if all(sum(table[r, c] for c in "AB") == full[r, "ALL"] for r in "IJK") and all(
            sum(table[r, c] for r in "IJK") == full["ALL", c] for c in "AB"
        ):
            for place in order:
                possible[place].add(table[place])
    assert {(f"persons column={c} row={r}"): (min(of), max(of)) for (r, c), of in possible.items()} == {
        place: limits for place, limits in found.items() if "ALL" not in place
    }


def test_a_direction_without_end_has_an_answer():
    """Where nothing bounds a hidden place HiGHS was seen to stop without an answer (kUnknown)."""
    sums = {"a": "dfh", "A": "bc", "b": "egi", "c": "j", "d": "e", "f": "g", "h": "ij"}
    members = [unknown(name, 1) for name in "abcdefghij"]
    made = Programmes(
        members,
        rows(*(({whole.lower(): 1} | dict.fromkeys(parts, -1), 0, 0) for whole, parts in sums.items())),
        5,
    )
    for i in range(len(members)):
        low, high = made.extreme((i, 1.0)), made.extreme((i, -1.0))
        assert 1 <= low.point[i] <= 4
        assert high.point[i] > 1_000


def test_a_point_that_breaks_a_row_by_little_is_not_believed():
    made = Programmes([unknown("a"), unknown("b")], rows(({"a": 1, "b": 1}, 7, 7)), 5)
    assert made.proven(np.array([3.0, 4.0])) is not None
    assert list(made.proven(np.array([3.5, 3.5]))) == [3.5, 3.5]
    assert made.proven(np.array([3.0, 4.6])) is None
    assert made.proven(np.array([-1.0, 8.0])) is None


@pytest.mark.parametrize("denominator", [5, 9, 20])
def test_a_corner_of_fifths_ninths_or_twentieths_is_believed(denominator):
    """As the solver names them in small networks; rounded they would break the first row."""
    row = {"a": denominator}
    made = Programmes([unknown("a"), unknown("b")], rows((row, 1, 1), ({"a": 1, "b": 1}, 7, 7)), 5)
    assert list(made.proven(np.array([1 / denominator, 7 - 1 / denominator]))) == pytest.approx(
        [1 / denominator, 7 - 1 / denominator]
    )


class Lying(highspy.Highs):
    """A solver that calls a point the best that is none."""

    def getSolution(self):
        solution = super().getSolution()
        solution.col_value = [value + n + 1 for n, value in enumerate(solution.col_value)]
        return solution


def test_an_attack_on_a_solver_that_lies_is_no_attack_that_found_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(programmes.highspy, "Highs", Lying)
    cells = {("A",): HIDDEN, ("B",): HIDDEN, ("C",): 30, ("ALL",): 60}
    published = Published({"kind": dict.fromkeys("ABC", "ALL")}).table("t", ["kind"], cells)
    with pytest.raises(AttackIncompleteError, match=r"Publish again .* Ripubblicare") as stopped:
        attack(published.write(tmp_path / "r"))
    assert "persons kind=" in str(stopped.value)


def group(cells: dict[str, int], *relations: Relation) -> Group:
    return Group(
        [("persons", (name,)) for name in cells],
        [Cell("persons", (name,), Decimal(value), value, 5) for name, value in cells.items()],
        [Decimal(value) for value in cells.values()],
        list(relations),
    )


TOTAL = Relation(((0, 1), (1, 1), (2, -1)), 0.0, 0.0)


def test_a_change_satisfies_every_relation_exactly():
    made = Witnesses(group({"A": 3, "B": 20, "ALL": 23}, TOTAL), np.array([2.0, 19.0, 22.0]), [0.0, 1.0, 5.0])
    assert list(made.nearest(0, 1, 5)) == [5, -5, 0]
    assert list(made.nearest(0, -1, 2)) == [-2, 2, 0]
    assert made.nearest(1, -1, 25.0)[1] == -19


def test_two_cells_are_taken_apart():
    terms = ((0, -1), (2, 1))
    made = Witnesses(
        group({"A": 23, "B": 0, "ALL": 23}, TOTAL), np.array([22.0, 0.0, 22.0]), [0.0, 0.0, 5.0], [terms]
    )
    assert list(made.apart(terms, 5)) == [-5, 5, 0]


def test_a_change_that_cannot_be_proven_is_not_believed(monkeypatch):
    monkeypatch.setattr("publication.witness.highspy.Highs", Lying)
    made = Witnesses(group({"A": 3, "B": 20, "ALL": 23}, TOTAL), np.array([2.0, 19.0, 22.0]), [0.0, 1.0, 5.0])
    with pytest.raises(UndecidedError):
        made.nearest(0, 1, 5)


def test_what_a_solver_cannot_decide_is_withheld(monkeypatch):
    def undecided(*_):
        raise UndecidedError

    policy = load_policy()
    monkeypatch.setattr(secondary_suppression.Witnesses, "nearest", undecided)
    system = CellSystem(hierarchies={"request": {"accepted": "ALL", "open": "ALL"}})
    for member, value in (("ALL", 30), ("accepted", 27), ("open", 3)):
        cell = system.add(Cell("persons_asking", ("instance:rho", member, "2025"), Decimal(value), value, 5))
        cell.reason = SMALL_COUNT if value < 5 else None
    protect(system, load_table_list(policy, ["ANZ"]), policy)
    assert all(cell.hidden for cell in system.cells.values())


# Six territories every time; thirteen, twenty seeds and three sizes in the long run.
SMALL = [pytest.param(6, seed, persons) for seed, persons in ((1, 14), (2, 100))]
SMALL += [
    pytest.param(13, seed, persons, marks=pytest.mark.long)
    for seed in range(1, 21)
    for persons in (30, 100, 300)
]


@pytest.mark.parametrize(("instances", "seed", "persons"), SMALL)
def test_a_small_network_publishes_and_the_attack_finds_nothing(tmp_path, instances, seed, persons):
    """So few people in so many territories that nearly every cell is small."""
    warehouse = build_warehouse(tmp_path / "warehouse.duckdb", Size(instances, persons, seed))
    release = tmp_path / "release"
    release.mkdir()
    compose(release, Source(warehouse, tmp_path, None, load_policy(), "1"), NOW)
    report = attack(release)
    assert report.hidden > 0
    assert report.findings == ()
    assert attacker.attack(release / "public").findings == ()
