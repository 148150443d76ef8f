"""A published year issued again: what must not be read from the difference between its old and new figures.

The cells of the new system and what was printed of the year before arrive; the reasons of the cells
that would give somebody away beside their old figure leave. Whether both together are safe is for the
attack to say.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from core.errors import VetroError
from publication.cells import ALREADY_HIDDEN, FEW_PERSONS, SECONDARY, SMALL_COUNT, Cell, CellSystem, Key
from publication.table_list import COUNT, Measure, TableList

LATE_DATA = "dati arrivati dopo il rilascio / data told after it was published"


@dataclass(frozen=True)
class Revision:
    """A year that was issued again as a whole: the day on which it was (ISO, UTC), and why."""

    year: str
    revised_on: str
    why: str


@dataclass(frozen=True)
class Before:
    """What was printed of a cell, or None where it was hidden; then whether its amount had to be in doubt."""

    value: Decimal | None
    in_doubt: bool


def hold_to_what_was_printed(system: CellSystem, table_list: TableList, before: Mapping[Key, Before]) -> None:
    """Set what follows for the cells of years issued again, whose own sensitivity is known, from what a
    reader knows of them already.

    What was hidden stays hidden. What was printed and has not changed stays printed: the reader knows it. A
    count that moved by fewer persons than its threshold is hidden, and so is an amount that moved while its
    count did not move by so many: the difference would be about them. Raises VetroError where that
    would take away the figure of the whole network.
    """
    lost = []
    # An amount looks at its count: counts come first.
    for key in sorted(before, key=lambda key: (table_list.measures[key[0]].kind != COUNT, key)):
        cell, then = system.cells.get(key), before[key]
        if cell is None or cell.frozen or cell.absent is not None:
            continue
        if then.value is None:
            system.hidden_before.add(key)
        if then.value is not None and then.value == cell.value:
            cell.frozen, cell.reason = True, None
        elif cell.hidden:
            continue
        elif then.value is None:
            if cell.value != 0:
                cell.reason = ALREADY_HIDDEN if then.in_doubt else SECONDARY
        elif _is_revealed_by_the_difference(cell, then.value, system, table_list, before):
            cell.reason = SMALL_COUNT if table_list.measures[cell.measure].kind == COUNT else FEW_PERSONS
            if _is_whole(cell, table_list):
                lost.append(f"{cell.measure} {' '.join(cell.at)}")
    if lost:
        places = "; ".join(sorted(lost)[:5])
        raise VetroError(
            "too little changed in the year to issue it again: beside the figures already published, the new "
            "ones would tell what fewer people than the threshold received; the last release stays. Wait "
            f"until more data have come, or leave the year as it is. Places: {places} / "
            "nell'anno è cambiato troppo poco per ripubblicarlo: accanto alle cifre già pubblicate, quelle "
            "nuove direbbero che cosa hanno ricevuto meno persone della soglia; resta l'ultimo rilascio. "
            f"Attendere altri dati, o lasciare l'anno com'è. Celle: {places}"
        )


def _is_revealed_by_the_difference(
    cell: Cell, then: Decimal, system: CellSystem, table_list: TableList, before: Mapping[Key, Before]
) -> bool:
    measure = table_list.measures[cell.measure]
    if measure.kind == COUNT:
        return abs(cell.value - then) < cell.threshold
    for key in _counts_of(cell, measure, table_list):
        count, counted = system.cells.get(key), before.get(key)
        if count is not None and counted is not None and counted.value is not None and not count.hidden:
            return abs(count.value - counted.value) < count.threshold
    return True


def _counts_of(cell: Cell, measure: Measure, table_list: TableList) -> Iterator[Key]:
    """The place of the count that stands beside an amount, where there is one."""
    count = table_list.measures.get(measure.count or "")
    if count is None:
        return
    place = dict(zip(measure.dimensions, cell.at, strict=True))
    names = {measure.counted_at.get(d, d): member for d, member in place.items()}
    if all(member == table_list.totals.get(d) for d, member in names.items() if d not in count.dimensions):
        yield count.name, tuple(names.get(d, table_list.totals.get(d, "")) for d in count.dimensions)


def _is_whole(cell: Cell, table_list: TableList) -> bool:
    """Whether the cell is the figure of everybody: every dimension but the period stands at its total."""
    place = dict(zip(table_list.measures[cell.measure].dimensions, cell.at, strict=True))
    return "territory" in place and all(
        member == table_list.totals.get(d) for d, member in place.items() if d != "period"
    )
