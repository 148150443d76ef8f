"""Group disclosure: is it certain that everybody in a place stands in one class?

What a reader may write down arrives; the pairs of a whole and a class that could be the same leave, and the
hidden places that may hold nobody. Solving does not belong here.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from publication.attack.published import Name, Place, Publication
from publication.attack.unknowns import Knowledge, Unknown

# Dimensions whose members say something about a person, whatever a publication says of itself. Of a result of
# requests, the waits below it say nothing; of a call, that somebody was not yet paid.
SENSITIVE: dict[str, set[str] | None] = {
    "area": None,
    "outcome": None,
    "request": {"accepted", "refused_resources", "refused_other", "open"},
    "stage": {"admitted", "funded"},
}


class Classes:
    """The classes of every place along the sensitive dimensions of what was published."""

    def __init__(self, knowledge: Knowledge, publications: list[Publication]):
        self._knowledge = knowledge
        self._trees: dict[str, dict[str, str]] = defaultdict(dict)
        self._named: dict[tuple[str, str], set[str] | None] = {}
        for publication in publications:
            for dimension, tree in publication.hierarchies.items():
                self._trees[dimension] |= tree
            for measure, dimensions in publication.sensitive.items():
                for dimension, members in dimensions.items():
                    self._named[measure, dimension] = None if members == "all" else set(members)
        self._known_to_publications = {
            dimension: {member for _, place in knowledge.unknowns for d, member in place if d == dimension}
            for dimension in self._trees
        }

    def rows(self) -> Iterator[tuple[Unknown, list[Unknown], int, str]]:
        """Each whole with its published classes, how many classes are not published, and the dimension."""
        unknowns = self._knowledge.unknowns
        below: dict[tuple[Name, str], list[Unknown]] = defaultdict(list)
        for (measure, place), unknown in sorted(unknowns.items()):
            for dimension, member in place:
                if dimension in SENSITIVE or (measure, dimension) in self._named:
                    parent = self._trees[dimension].get(member)
                    if parent is not None:
                        below[(measure, _put(place, dimension, parent)), dimension].append(unknown)
        for (whole, dimension), classes in below.items():
            if whole in unknowns:
                parent = dict(whole[1])[dimension]
                all_of_it = sum(above == parent for above in self._trees[dimension].values())
                yield unknowns[whole], classes, all_of_it - len(classes), dimension

    def is_sensitive(self, unknown: Unknown, dimension: str) -> bool:
        """Whether the class says something about a person."""
        named = self._named.get((unknown.name[0], dimension), SENSITIVE.get(dimension))
        return named is None or dict(unknown.name[1])[dimension] in named

    def can_differ(self, dimension: str) -> bool:
        """Whether the publications know more than one class; one alone tells nothing."""
        parents = set(self._trees[dimension].values())
        return len(self._known_to_publications[dimension] - parents) > 1

    def above(self, name: Name, besides: str) -> Iterator[Name]:
        """Every place above, along all dimensions but one."""
        waiting, seen = [name[1]], {name[1]}
        while waiting:
            place = waiting.pop()
            for dimension, member in place:
                parent = self._trees.get(dimension, {}).get(member)
                if dimension == besides or parent is None:
                    continue
                higher = _put(place, dimension, parent)
                if higher not in seen:
                    seen.add(higher)
                    waiting.append(higher)
                    yield name[0], higher

    def later(self, name: Name, dimension: str) -> Iterator[Name]:
        """The places below along the dimension while there is one member below another: stages of a call."""
        member = dict(name[1])[dimension]
        while True:
            below = [
                child
                for child, parent in self._trees[dimension].items()
                if parent == member and child in self._known_to_publications[dimension]
            ]
            if len(below) != 1:
                return
            member = below[0]
            yield name[0], _put(name[1], dimension, member)


def allow_hidden_zeros(knowledge: Knowledge, publications: list[Publication]) -> None:
    """Let a mark hold nobody where it may stand for a zero that would tell the class of everybody.

    Zeros are printed but there: where all classes in print are empty and more than one is not in print, one
    of those may be empty too, and so may every hidden place above it.
    """
    classes = Classes(knowledge, publications)
    unknowns = knowledge.unknowns
    for _, of_place, unpublished, dimension in classes.rows():
        hidden = [unknown for unknown in of_place if unknown.hidden]
        in_print = [unknown for unknown in of_place if not unknown.hidden]
        if len(hidden) + unpublished < 2 or any(unknown.highest > 0 for unknown in in_print):
            continue
        for unknown in hidden:
            if classes.is_sensitive(unknown, dimension):
                names = [unknown.name, *classes.later(unknown.name, dimension)]
                _lower(unknowns[name] for name in names if name in unknowns)
                _lower(
                    unknowns[above]
                    for name in names
                    for above in classes.above(name, dimension)
                    if above in unknowns
                )


def _lower(places: Iterable[Unknown]) -> None:
    for unknown in places:
        if unknown.hidden and unknown.lowest == 1.0:
            unknown.lowest = 0.0


def same_in_all(knowledge: Knowledge, publications: list[Publication]) -> list[tuple[Name, Name]]:
    """Return every whole, with somebody in it, and a class of it that could hold everybody: (whole, class).

    Counts of persons, and amounts beside which no count is published.
    """
    classes = Classes(knowledge, publications)
    counted = {amount for publication in publications for amount, _ in publication.zero_links}
    counted |= {amount for publication in publications for amount, _ in publication.at_least}
    pairs = []
    for whole, of_place, _, dimension in classes.rows():
        if whole.highest <= 0 or whole.name[0] in counted or not classes.can_differ(dimension):
            continue
        for unknown in of_place:
            if classes.is_sensitive(unknown, dimension) and unknown.highest >= whole.lowest:
                pairs.append((whole.name, unknown.name))
    return pairs


def none_at_all(knowledge: Knowledge, publications: list[Publication]) -> list[tuple[Name, Name]]:
    """Return every stage that nobody reached although somebody stood before it: (whole, stage)."""
    classes = Classes(knowledge, publications)
    return [
        (whole.name, unknown.name)
        for whole, of_place, unpublished, dimension in classes.rows()
        if dimension == "stage" and whole.kind == "count" and whole.lowest > 0 and len(of_place) == 1
        for unknown in of_place
        if unknown.highest <= 0 and classes.is_sensitive(unknown, dimension)
    ]


def _put(place: Place, dimension: str, member: str) -> Place:
    return tuple((d, member if d == dimension else own) for d, own in place)
