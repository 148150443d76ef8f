"""What was already answered in landing, so that a run over an unchanged landing reads nothing again.

Arrives: landed exports with their outcome. Leaves: `landing/.seen.json`, a convenience: without it everything
is read again and the answers are the same. What is accepted is told by raw alone.
"""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from core.atomic_files import replacing
from core.home import VetroHome
from ingestion.landing.exports import LandedExport
from ingestion.receipts import ACCEPTED, HELD, KNOWN, Receipt


@dataclass
class LandingLog:
    """File names, sizes and modification times of every export answered, by its place in landing."""

    home: VetroHome
    seen: dict[str, dict] = field(default_factory=dict)

    @classmethod
    def read(cls, home: VetroHome) -> "LandingLog":
        """Return the log; an empty one where there is none or it cannot be read."""
        path = home.landing / ".seen.json"
        try:
            seen = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            seen = {}
        return cls(home, seen if isinstance(seen, dict) else {})

    def _name(self, place: Path) -> str | None:
        return os.path.relpath(place, self.home.landing) if place.is_relative_to(self.home.landing) else None

    def is_same(self, landed: LandedExport) -> bool:
        """True if the landed export was answered before and no file of it was touched since."""
        name = self._name(landed.place)
        return name in self.seen and self.seen[name].get("state") == landed.state()

    def entry(self, landed: LandedExport) -> dict | None:
        """Return what was noted for the place of the landed export: status, instance,
        export_id, state, counts.
        """
        return self.seen.get(self._name(landed.place) or "")

    def answer(self, landed: LandedExport) -> dict | None:
        """Return instance, export_id and counts of an untouched landed that is in, else None."""
        entry = self.seen.get(self._name(landed.place) or "")
        if not entry or entry.get("status") not in (ACCEPTED, KNOWN) or not self.is_same(landed):
            return None
        return entry

    def remember(self, landed: LandedExport, receipt: Receipt) -> None:
        """Note the answer a landed export got; exports outside landing are not noted."""
        name = self._name(landed.place)
        if name is not None and landed.place.exists():
            self.seen[name] = {
                "state": landed.state(),
                "status": receipt.status,
                "instance": receipt.instance,
                "export_id": receipt.export_id,
                "counts": receipt.counts,
            }

    def places(self, instance: str) -> list[Path]:
        """Return the places in landing of the instance's exports that are in."""
        return [
            self.home.landing / name
            for name, entry in list(self.seen.items())
            if entry.get("instance") == instance and entry.get("status") in (ACCEPTED, KNOWN)
        ]

    def answered(self, instance: str) -> list[Path]:
        """Return the places in landing of the instance's exports that are in or were refused."""
        return [
            self.home.landing / name
            for name, entry in self.seen.items()
            if entry.get("instance") == instance and entry.get("status") != HELD
        ]

    def forget(self, place: Path) -> None:
        """Drop a place, as when its files were removed."""
        name = self._name(place)
        if name:
            self.seen.pop(name, None)

    def write(self) -> None:
        """Replace the file in one step, without the places that no longer exist."""
        path = self.home.landing / ".seen.json"
        kept = {name: entry for name, entry in self.seen.items() if (self.home.landing / name).exists()}
        with replacing(path) as written:
            written.write_text(json.dumps(kept), encoding="utf-8")
