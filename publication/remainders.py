"""Those who did not go on: what a whole of a nested tree holds beyond one of its parts.

A stage holds everybody who went on to the next, so the difference of two stages is a count of persons that no
table shows and everybody can work out; so is the amount beside it. The cells of a release arrive; a cell for
every such difference is put beside them, with its reason where it is sensitive. What must be hidden so that
it cannot be worked out does not belong here.
"""

from collections.abc import Iterator, Mapping

from publication.cells import SMALL_COUNT, Cell, CellSystem, Remainder
from publication.table_list import COUNT, Measure, TableList


def add_remainders(system: CellSystem, table_list: TableList) -> None:
    """Add to the system what each whole of a nested tree holds beyond every part below it.

    A count of persons from 1 to one less than the threshold of the whole is sensitive. An amount is a place
    only where its count is sensitive and the part has any: what is left of nothing is the whole itself. Set
    the amounts' reasons with those of all others.
    """
    for measure in sorted(table_list.measures.values(), key=lambda measure: measure.kind != COUNT):
        for dimension, tree in nested_trees(system, table_list, measure).items():
            for remainder in _of_measure(system, measure, measure.dimensions.index(dimension), tree):
                cell = remainder.cell
                if measure.kind == COUNT:
                    cell.reason = SMALL_COUNT if 0 < cell.value < cell.threshold else None
                elif not _count_is_sensitive(system, table_list, measure, cell):
                    continue
                system.remainders[cell.key] = remainder


def nested_trees(system: CellSystem, table_list: TableList, measure: Measure) -> dict[str, Mapping[str, str]]:
    """Return child -> parent of every dimension of the measure that is nested, or whose count is."""
    of_counts = {d: measure.counted_at.get(d, d) for d in measure.dimensions}
    return {
        d: system.hierarchies.get(counted, {})
        for d, counted in of_counts.items()
        if counted in table_list.nested
    }


def nested_in_truth(system: CellSystem, table_list: TableList) -> dict[str, dict[str, dict[str, str]]]:
    """Return by measure and dimension the parts, with their wholes, that are no more than their whole in any
    place: what a reader may rely on."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for measure in table_list.measures.values():
        cells = [cell for key, cell in sorted(system.cells.items()) if key[0] == measure.name]
        for dimension, tree in nested_trees(system, table_list, measure).items():
            index = measure.dimensions.index(dimension)
            broken = set()
            for cell in cells:
                above = (*cell.at[:index], tree.get(cell.at[index], ""), *cell.at[index + 1 :])
                whole = system.cells.get((measure.name, above))
                if whole is not None and cell.value > whole.value:
                    broken.add(cell.at[index])
            found.setdefault(measure.name, {})[dimension] = {
                part: whole for part, whole in sorted(tree.items()) if part not in broken
            }
    return found


def member_between(whole: str, part: str) -> str:
    """Return the member at which a remainder stands."""
    return f"{whole} without {part}"


def _of_measure(
    system: CellSystem, measure: Measure, index: int, tree: Mapping[str, str]
) -> Iterator[Remainder]:
    places = sorted(at for name, at in system.cells if name == measure.name)
    for at in places:
        part = system.cells[measure.name, at]
        if part.absent is not None or (measure.kind != COUNT and part.value == 0):
            continue
        above = tree.get(at[index])
        while above is not None:
            whole = system.cells.get((measure.name, (*at[:index], above, *at[index + 1 :])))
            if whole is not None and whole.absent is None:
                value = whole.value - part.value
                member = member_between(above, at[index])
                place = (*at[:index], member, *at[index + 1 :])
                if value >= 0 or measure.kind != COUNT:
                    yield Remainder(Cell(measure.name, place, value, 0, whole.threshold), whole.key, part.key)
            above = tree.get(above)


def _count_is_sensitive(system: CellSystem, table_list: TableList, measure: Measure, cell: Cell) -> bool:
    """Whether the count beside the amount is sensitive by itself."""
    if measure.count is None:
        return False
    place = {
        measure.counted_at.get(d, d): member for d, member in zip(measure.dimensions, cell.at, strict=True)
    }
    dimensions = table_list.measures[measure.count].dimensions
    at = tuple(place.get(d, table_list.totals.get(d, "")) for d in dimensions)
    counted = system.remainders.get((measure.count, at))
    return counted is not None and counted.cell.hidden
