"""What was fetched from where, so that the same bytes are not fetched twice.

Arrives: the outcome for each delivery at a source. Leaves: `landing/.fetched.json`, a convenience: without it
everything is fetched again and ingestion answers `known`. What is accepted is told by raw alone.
"""

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Lock

from core.atomic_files import replacing
from core.home import VetroHome


@dataclass(frozen=True)
class FetchEntry:
    """The last outcome for one delivery.

    `state` is a hash of what was listed; `since` says when that state was first seen, `target` where its
    files went, relative to landing.
    """

    state: str
    outcome: str
    since: str
    reason: str | None = None
    target: str | None = None

    def still_for(self, now: datetime) -> float:
        """Return for how many seconds the delivery has not changed."""
        return (now - datetime.fromisoformat(self.since)).total_seconds()


@dataclass
class FetchLog:
    """Entries by source and place. Threads may share it: each source has a part of its own."""

    path: Path
    entries: dict[str, dict[str, FetchEntry]] = field(default_factory=dict)
    _writing: Lock = field(default_factory=Lock, repr=False)

    @classmethod
    def read(cls, home: VetroHome) -> "FetchLog":
        """Return the log; an empty one where there is none or it cannot be read."""
        path = home.landing / ".fetched.json"
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
            entries = {
                source: {place: FetchEntry(**entry) for place, entry in places.items()}
                for source, places in kept.items()
            }
        except (OSError, ValueError, TypeError, AttributeError):
            entries = {}
        return cls(path, entries)

    def of(self, source: str) -> dict[str, FetchEntry]:
        """Return the entries of one source by place, to be read and changed."""
        with self._writing:
            return self.entries.setdefault(source, {})

    def targets(self) -> set[str]:
        """Return every place in landing that belongs to a delivery."""
        with self._writing:
            return {e.target for places in self.entries.values() for e in places.values() if e.target}

    def write(self) -> None:
        """Replace the file in one step."""
        with self._writing:
            kept = {
                source: {place: asdict(entry) for place, entry in dict(places).items()}
                for source, places in self.entries.items()
            }
            with replacing(self.path) as written:
                written.write_text(json.dumps(kept), encoding="utf-8")
