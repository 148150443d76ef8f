"""Whether a release is still what it was: every byte of it is hashed again.

A release arrives, what differs from release.json leaves. Whether it is well protected is for the attack to
    say.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.home import VetroHome
from publication.composition import PRIVATE, PUBLIC, content_hash, is_data_file
from publication.release import find
from publication.release_record import read_release, sha256_of

MISSING = "missing"
CHANGED = "changed"
UNEXPECTED = "unexpected"
RENAMED = "id_does_not_match_content"


@dataclass(frozen=True)
class Difference:
    """One file that is not as it was. `name` is its path within the release."""

    kind: str
    name: str


@dataclass(frozen=True)
class Verification:
    """The outcome: it holds when nothing differs."""

    release_id: str
    files: int
    differences: tuple[Difference, ...]

    @property
    def holds(self) -> bool:
        """True when every file is there with its bytes, nothing else is, and the id names this content."""
        return not self.differences


def verify(
    home: VetroHome, release_id: str, progress: Callable[[str, int, int], None] | None = None
) -> Verification:
    """Hash every file of a release again. Raises UnknownReleaseError."""
    release = find(home, release_id)
    return verify_folder(release.path, progress)


def verify_folder(path: Path, progress: Callable[[str, int, int], None] | None = None) -> Verification:
    """Hash every file of the release in the folder `path` again."""
    record = read_release(path)
    differences = []
    recorded: dict[str, dict] = record["files"]
    for done, (name, known) in enumerate(sorted(recorded.items()), start=1):
        file = path / name
        if not file.is_file():
            differences.append(Difference(MISSING, name))
        elif file.stat().st_size != known["bytes"] or sha256_of(file) != known["sha256"]:
            differences.append(Difference(CHANGED, name))
        if progress:
            progress("verify", done, len(recorded))
    for side in (PUBLIC, PRIVATE):
        for file in sorted((path / side).rglob("*")):
            name = str(file.relative_to(path))
            if file.is_file() and name not in recorded:
                differences.append(Difference(UNEXPECTED, name))
    if record["release_id"] != path.name or not _names_content(record):
        differences.append(Difference(RENAMED, path.name))
    return Verification(record["release_id"], len(recorded), tuple(differences))


def _names_content(record: dict) -> bool:
    data = {Path(name).name: known["sha256"] for name, known in record["files"].items() if is_data_file(name)}
    content = content_hash(data, record["private_tables"], record["code_version"], record["policy"]["sha256"])
    return record["release_id"].endswith(content[:8])
