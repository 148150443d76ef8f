"""The Atom feeds of the site: what changed in a release arrives, one entry per release leaves.

A feed holds the entries of the release before and adds one only where a figure of its subject is another one:
a reader who follows a territory is not told of a release that changed nothing there.
"""

import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_ATOM = "{http://www.w3.org/2005/Atom}"
# Older entries are on the page of changes.
MOST = 50


@dataclass(frozen=True)
class Entry:
    """One entry: its permanent id, title, moment (ISO, UTC) and what it says."""

    id: str
    title: str
    updated: str
    summary: str


def entries_before(feed: Path) -> list[Entry]:
    """Return the entries of a feed as it was written in the release before, newest first; none without it."""
    if not feed.is_file():
        return []
    return [
        Entry(*(each.findtext(f"{_ATOM}{name}", "") for name in ("id", "title", "updated", "summary")))
        for each in ElementTree.parse(feed).getroot().iter(f"{_ATOM}entry")
    ]


def with_entry(entry: Entry | None, before: Sequence[Entry]) -> list[Entry]:
    """Return the entries of a feed with a new one first, unless it is there already."""
    kept = [each for each in before if entry is None or each.id != entry.id]
    return ([entry] if entry else [])[:1] + kept[: MOST - 1]
