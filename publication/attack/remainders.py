"""Those who did not go on: the difference of two stages is a count of persons, or their money.

What a reader may write down arrives; a place for every such difference, and the rows that tie it, are added.
What is a finding does not belong here.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from publication.attack.published import Name, Place, Publication
from publication.attack.unknowns import INFINITY, Knowledge, Unknown

# Dimensions in which everybody in a member stands in the one above too, whatever a publication says of
# itself, and the dimension in whose tree their members are.
NESTED = {"stage": "stage", "amount_stage": "stage"}


def write_remainders(knowledge: Knowledge, publications: list[Publication]) -> None:
    """Add what every whole of a nested tree holds beyond each part below it, next or further down.

    That an amount of a part is no more than that of its whole is used only where every publication says so.
    """
    trees = _trees(publications)
    for name in sorted(knowledge.unknowns):
        for dimension, member in name[1]:
            tree = trees[name[0], dimension] or trees["", dimension]
            for above in _above(tree, member):
                whole = (name[0], _put(name[1], dimension, above))
                if whole in knowledge.unknowns:
                    at = _put(name[1], dimension, f"{above} without {member}")
                    _add(knowledge, (name[0], at), whole, name)
            next_above = _said_by_all(publications, name[0], dimension, member)
            if next_above is not None and knowledge.unknowns[name].kind == "amount":
                whole = (name[0], _put(name[1], dimension, next_above))
                unknown = knowledge.unknowns.get(whole)
                # Where nobody asked for money, it is nothing at every stage and says nothing of anybody.
                if unknown is not None and unknown.highest > 0:
                    knowledge.rows.append(({whole: 1.0, name: -1.0}, 0.0, INFINITY))


def count_of(knowledge: Knowledge, name: Name) -> Unknown | None:
    """Return the count of the persons behind what is left of an amount; None where none is known."""
    place = tuple(sorted((NESTED.get(d, d), member) for d, member in name[1]))
    return knowledge.counted_remainders.get(place)


def _trees(publications: list[Publication]) -> dict[tuple[str, str], dict[str, str]]:
    """Child -> parent by measure and dimension; by no measure where it holds of all."""
    trees: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for publication in publications:
        for dimension, of_tree in NESTED.items():
            trees["", dimension] |= publication.hierarchies.get(of_tree, {})
    for publication in publications:
        for measure, dimensions in publication.nested.items():
            for dimension, tree in dimensions.items():
                trees[measure, dimension] |= trees["", dimension] | tree
    return trees


def _above(tree: Mapping[str, str], member: str) -> Iterator[str]:
    above = tree.get(member)
    while above is not None:
        yield above
        above = tree.get(above)


def _said_by_all(publications: list[Publication], measure: str, dimension: str, part: str) -> str | None:
    said = {publication.nested.get(measure, {}).get(dimension, {}).get(part) for publication in publications}
    return said.pop() if len(said) == 1 else None


def _add(knowledge: Knowledge, name: Name, whole_name: Name, part_name: Name) -> None:
    whole, part = knowledge.unknowns[whole_name], knowledge.unknowns[part_name]
    is_count = part.kind == "count"
    if part.known and part.lowest == 0 and not is_count:
        # Nothing was taken away: what is left is the whole.
        return
    lowest, highest = (0.0 if is_count else -INFINITY), INFINITY
    if whole.known and part.known:
        lowest = highest = whole.lowest - part.lowest
        if is_count and lowest < 0:
            return
    remainder = Unknown(
        name,
        lowest,
        highest,
        part.kind,
        max(whole.threshold, part.threshold),
        False,
        [],
        rounded=whole.rounded or part.rounded,
        is_remainder=True,
    )
    knowledge.unknowns[name] = remainder
    knowledge.rows.append(({whole_name: 1.0, part_name: -1.0, name: -1.0}, 0.0, 0.0))
    if is_count:
        place = tuple(sorted((NESTED.get(d, d), member) for d, member in name[1]))
        knowledge.counted_remainders[place] = remainder


def _put(place: Place, dimension: str, member: str) -> Place:
    return tuple((d, member if d == dimension else own) for d, own in place)
