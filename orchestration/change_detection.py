"""What is new: fingerprints of what landed, what is loaded and the code, beside those of the last run.

Folders arrive, short hashes leave. What to do about a difference does not belong here.
"""

import hashlib
import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from core.home import VetroHome
from core.home_version import product_version
from core.locks import exclusive
from core.settings import PRODUCT

# The packages whose content decides what a release says. Pages, simulation and tests change no figure.
PACKAGES_BEHIND_FIGURES = ("core", "ingestion", "dbt_project", "quality", "publication", "orchestration")
SOURCE_SUFFIXES = {".py", ".sql", ".yml", ".yaml", ".csv", ".md"}


@dataclass(frozen=True)
class Fingerprint:
    """What a run had before it. `day` (Rome) makes the gates look again daily: silence is a finding too."""

    landed: str
    loaded: str
    code: str
    day: str

    @property
    def build(self) -> tuple[str, str, str]:
        """The part that decides whether the warehouse must be built and judged again."""
        return (self.loaded, self.code, self.day)


def fingerprint(home: VetroHome) -> Fingerprint:
    """Return the fingerprint of `home` as it is now."""
    return Fingerprint(
        landed=_landed(home, landing_listing(home)),
        loaded=digest(
            listing(home.raw) + [hash_ for path in _declared_files(home) for hash_ in _content(path)]
        ),
        code=code_version(),
        day=datetime.now(ZoneInfo("Europe/Rome")).date().isoformat(),
    )


def code_version() -> str:
    """Return `<version>+<12 hex>`: the package version and a hash of every source file behind a figure.

    Computed from the files and not from git, so that an installed copy without history says the same.
    """
    hashed = hashlib.sha256()
    for package in PACKAGES_BEHIND_FIGURES:
        for path in sorted((PRODUCT / package).rglob("*")):
            if path.suffix in SOURCE_SUFFIXES and path.is_file():
                hashed.update(path.relative_to(PRODUCT).as_posix().encode() + b"\0")
                hashed.update(hashlib.sha256(path.read_bytes()).digest())
    return f"{product_version()}+{hashed.hexdigest()[:12]}"


def is_published(home: VetroHome, now: Fingerprint) -> bool:
    """Whether the current release was made from exactly this: nothing to build, judge or publish."""
    return home.current_release.is_dir() and _recall(home).get("published") == list(now.build)


def is_settled(home: VetroHome, now: Fingerprint) -> bool:
    """Whether, besides, everything in landing was taken in by the run before: nothing to do at all."""
    return is_published(home, now) and _recall(home).get("landed") == now.landed


def note_built(home: VetroHome, before: Fingerprint) -> None:
    """Keep what a build has read. `before` was taken before it began: a late arrival counts as new."""
    _note(home, built=list(before.build))


def note_published(home: VetroHome) -> None:
    """Keep that the release now current was made from the last build."""
    _note(home, published=_recall(home).get("built"))


def landing_listing(home: VetroHome) -> list[str]:
    """Return what stands in landing: a line for every file."""
    return listing(home.landing)


def note_landed(home: VetroHome, before: list[str]) -> None:
    """Keep that everything that had landed is in; not called when something was refused or held.

    `before` is the listing from before the run. An erasure takes files out of landing during it; a file that
    came meanwhile has not been looked at, and then the next run does not count as settled.
    """
    now = landing_listing(home)
    _note(home, landed=_landed(home, now if set(now) <= set(before) else before))


def _landed(home: VetroHome, files: list[str]) -> str:
    return digest(files + _content(home.instances_file))


def _recall(home: VetroHome) -> dict[str, object]:
    try:
        kept = json.loads(_record(home).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        # Without a readable record everything counts as new, which costs time and nothing else.
        return {}
    return kept if isinstance(kept, dict) else {}


def _note(home: VetroHome, **values: object) -> None:
    home.operations.mkdir(parents=True, exist_ok=True)
    with exclusive(home.root / ".status.lock", "recording what is new"):
        fresh = _record(home).with_suffix(f".{os.getpid()}.tmp")
        fresh.write_text(json.dumps(_recall(home) | values, indent=1), encoding="utf-8")
        fresh.replace(_record(home))


def _record(home: VetroHome) -> Path:
    return home.operations / "seen.json"


def listing(folder: Path) -> list[str]:
    """Name, size and time of change of every file below `folder`, but for names that begin with a dot."""
    lines: list[str] = []
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            if name.startswith("."):
                continue
            path = Path(parent) / name
            try:
                stat = path.stat()
            except FileNotFoundError:
                continue
            lines.append(f"{path.relative_to(folder)}\t{stat.st_size}\t{stat.st_mtime_ns}")
    return sorted(lines)


def _declared_files(home: VetroHome) -> list[Path]:
    """What people told the house beside the exports."""
    told = [home.instances_file, home.ats_file, home.reviewed_merges, home.corrections_file]
    newer = sorted(home.reference.glob("newer_*.parquet"))
    return [*told, *newer, *sorted(home.expectations.glob("*.json"))]


def _content(path: Path) -> list[str]:
    return [hashlib.sha256(path.read_bytes()).hexdigest()] if path.is_file() else []


def digest(lines: list[str]) -> str:
    """The hash (64 hex) of lines of text, in their order."""
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()
