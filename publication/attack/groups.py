"""The parts into which the attack's system falls: unknowns that some row ties to each other.

What a reader may write down arrives; groups leave in a fixed order, without what is known and with it taken
out of their rows. Solving does not belong here.
"""

from collections import defaultdict
from dataclasses import dataclass

from publication.attack.programmes import Row
from publication.attack.published import Name
from publication.attack.unknowns import Knowledge, Unknown


@dataclass(frozen=True)
class Group:
    """Unknowns tied to each other, the rows that tie them, and those that may not hold."""

    members: list[Unknown]
    rows: list[Row]
    doubtful: list[Row]


def tied(knowledge: Knowledge) -> list[Group]:
    """Return the groups in which something is looked for."""
    unknowns = knowledge.unknowns
    root: dict[Name, Name] = {name: name for name, unknown in unknowns.items() if not unknown.known}

    def top(name: Name) -> Name:
        while root[name] != name:
            root[name] = root[root[name]]
            name = root[name]
        return name

    open_rows = []
    for is_firm, of_kind in ((True, knowledge.rows), (False, knowledge.doubtful)):
        for terms, lowest, highest in of_kind:
            fixed = sum(
                factor * unknowns[name].lowest for name, factor in terms.items() if unknowns[name].known
            )
            loose = {name: factor for name, factor in terms.items() if not unknowns[name].known}
            if not loose:
                continue
            open_rows.append((is_firm, (loose, lowest - fixed, highest - fixed)))
            first, *others = loose
            for other in others:
                root[top(other)] = top(first)
    members: dict[Name, list[Unknown]] = defaultdict(list)
    rows: dict[tuple[Name, bool], list[Row]] = defaultdict(list)
    for name in sorted(root):
        members[top(name)].append(unknowns[name])
    for is_firm, row in open_rows:
        rows[top(next(iter(row[0]))), is_firm].append(row)
    return [
        Group(of_group, rows[name, True], rows[name, False])
        for name, of_group in members.items()
        if any(unknown.sought for unknown in of_group)
    ]
