"""The releases on the shelf: their folder arrives, what each says of itself and changes leaves.

Only descriptions are read, never a database. A description that cannot be read is left out.
"""

import json
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from dashboards.release import utc_moment

# In the order in which a reader asks: was something wrong, is it another measure, is it hidden, is it new.
REASONS = ("correction", "method", "protection", "new_data")


@dataclass(frozen=True)
class Shelved:
    """One release: its id, when it was made (UTC), the last day covered, whether its gate was green, its
    cells and the hidden ones, what the attack found (None: not told), the release it followed, whether it is
    the current one."""

    release_id: str
    created_at: datetime
    as_of: date
    gate_green: bool
    cells: int | None
    hidden: int | None
    findings: int | None
    previous: str | None
    is_current: bool
    folder: Path = field(repr=False)


@dataclass(frozen=True)
class Changes:
    """What a release changes of the one before: figures with was, now, marks and reason; how many are new, by
    scope; `before`, None for the first one."""

    before: str | None
    rows: list[dict[str, Any]]
    added: dict[str, int]


def shelved(releases: Path) -> list[Shelved]:
    """Return the releases in a folder, the newest first."""
    current = (releases / "current").resolve()
    found = []
    for path in releases.glob("*/release.json"):
        if path.parent.is_symlink():
            continue
        told = _read(path)
        if told is None:
            continue
        attack = _read(path.parent / "public" / "attack.json") or {}
        protection = told.get("protection") or {}
        found.append(
            Shelved(
                release_id=told["release_id"],
                created_at=utc_moment(told["created_at"]),
                as_of=date.fromisoformat(str(told["as_of"])[:10]),
                gate_green=bool((told.get("gate") or {}).get("green", True)),
                cells=protection.get("cells", attack.get("cells")),
                hidden=protection.get("hidden", attack.get("hidden")),
                findings=attack.get("findings", protection.get("attack_findings")),
                previous=told.get("previous"),
                is_current=path.parent.resolve() == current,
                folder=path.parent,
            )
        )
    return sorted(found, key=lambda each: each.created_at, reverse=True)


def changes(release: Shelved) -> Changes | None:
    """Return what a release changes; None where it does not tell."""
    told = _read(release.folder / "public" / "changes.json")
    if told is None:
        return None
    return Changes(told.get("before"), list(told.get("changes") or ()), dict(told.get("added") or {}))


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
