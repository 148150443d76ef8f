"""A count hidden for its own sake stays anything from one to one less than its threshold, also for whoever
knows that it was; where the marks themselves tell more, no more than they do."""

from decimal import Decimal

import pytest

from publication.attack.attacker import attack
from publication.cells import SMALL_COUNT, Cell, CellSystem
from publication.policy import load_policy
from publication.secondary_suppression import protect
from publication.table_list import load_table_list
from tests.support.published import HIDDEN, Published

RESULTS = ("accepted", "refused_resources", "refused_other", "open")
TREE = {"request": dict.fromkeys(RESULTS, "ALL")}


def protected(values: tuple[int, ...], in_print: tuple[str, ...] = ()) -> dict[str, Cell]:
    """One row of the results of requests: all who asked, then each result; `in_print` were public before."""
    policy, system = load_policy(), CellSystem(hierarchies=TREE)
    for member, value in zip(("ALL", *RESULTS), values, strict=True):
        cell = system.add(Cell("persons_asking", ("instance:rho", member, "2025"), Decimal(value), value, 5))
        cell.reason = SMALL_COUNT if 0 < value < 5 else None
        cell.frozen = member in in_print
        if cell.frozen and cell.hidden:
            system.hidden_before.add(cell.key)
    protect(system, load_table_list(policy, ["ANZ"]), policy)
    return {cell.at[1]: cell for cell in system.cells.values()}


@pytest.mark.parametrize(
    ("values", "hidden"),
    [
        # 45 less 41 is 4: one more is hidden, and the reader cannot tell which of the two is small.
        ((45, 20, 4, 12, 9), {"refused_resources", "open"}),
        # 45 less 44: that the mark stands for one at least is known anyway; and so where persons stand in
        # several.
        ((45, 24, 4, 12, 8), {"refused_resources"}),
        ((45, 30, 4, 12, 9), {"refused_resources"}),
        # Two small ones cover each other unless both are as large as they can be.
        ((45, 28, 3, 2, 12), {"refused_resources", "refused_other"}),
        ((45, 25, 4, 4, 12), {"refused_resources", "refused_other", "open"}),
        # A whole that hides two is two at least, by its marks alone.
        ((4, 3, 1, 0, 0), {"ALL", "accepted", "refused_resources"}),
    ],
)
def test_a_small_count_is_covered_where_the_rest_of_its_row_would_tell_it(tmp_path, values, hidden):
    row = protected(values)
    assert {member for member, cell in row.items() if cell.hidden} == hidden
    published = Published(TREE, {"persons": ["request"]})
    cells = {(member,): HIDDEN if cell.hidden else int(cell.value) for member, cell in row.items()}
    assert not attack(published.table("t9", ["request"], cells).write(tmp_path / "r")).findings


def test_what_is_in_print_stays_as_it_is():
    """The row was printed before: nothing more can be hidden, and nothing is refused for it."""
    row = protected((45, 20, 4, 12, 9), ("ALL", *RESULTS))
    assert {member for member, cell in row.items() if cell.hidden} == {"refused_resources"}
