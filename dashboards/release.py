"""Which release the pages read: a folder arrives, a `Release` with the real paths of its databases leaves.

The link is resolved once per page, and the real path is the key of every cache: a page never mixes two
releases. What stands in the tables does not belong here.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

DATABASE = "casa-di-vetro.duckdb"


@dataclass(frozen=True)
class Release:
    """One release as the pages need it: its id, its dates, whether its gate was green, the
    database to read.
    """

    release_id: str
    created_at: datetime
    as_of: date
    database: str
    gate_green: bool = True
    facts: dict[str, Any] = field(default_factory=dict, compare=False, hash=False)

    @property
    def simulated(self) -> "Simulated":
        """What of the release is invented."""
        told = self.facts.get("simulated") or {}
        return Simulated(dict(told.get("instances") or {}), bool(told.get("whole")))


@dataclass(frozen=True)
class Simulated:
    """The territories whose data are simulated, id and name; `whole` where all of them are."""

    instances: dict[str, str]
    whole: bool

    def __bool__(self) -> bool:
        return bool(self.instances)

    @property
    def names(self) -> str:
        """Their names, with commas."""
        return ", ".join(self.instances.values())

    @property
    def told(self) -> str:
        """`ALL`, or their ids with a space between them, as in the files of a release."""
        return "ALL" if self.whole else " ".join(self.instances)


def current_release(releases: Path) -> Release | None:
    """Return the current release's private side, or None where nothing has been released yet."""
    return release_at(releases / "current")


def release_at(folder: Path) -> Release | None:
    """Return the private side of the release in a folder, or None where there is no release."""
    folder = folder.resolve()
    description, database = folder / "release.json", folder / "private" / DATABASE
    if not description.is_file() or not database.is_file():
        return None
    at = description.stat()
    return _read(description, str(database), at.st_mtime_ns, at.st_size)


@lru_cache(maxsize=4)
def _read(description: Path, database: str, _changed: int, _size: int) -> Release:
    # It tells of every file of the release, so reading it at every page would be most of what a page takes.
    facts = json.loads(description.read_text(encoding="utf-8"))
    return Release(
        release_id=facts["release_id"],
        created_at=utc_moment(facts["created_at"]),
        as_of=date.fromisoformat(str(facts["as_of"])[:10]),
        database=database,
        gate_green=bool(facts.get("gate", {}).get("green", True)),
        facts=facts,
    )


def utc_moment(text: str) -> datetime:
    """Return a naive UTC moment from an ISO text with or without its offset."""
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
