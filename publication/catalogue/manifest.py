"""`manifest.json` and `SHA256SUMS`: a release as anybody may see it, with the hash of every public file.

The facts of the release and the finished public side arrive, two files leave. What a release keeps to itself
(`release.json`: exports, hashes of private files) does not belong here.
"""

import json
from collections.abc import Sequence
from datetime import UTC
from pathlib import Path

from publication.catalogue.dictionary import marks
from publication.catalogue.release_description import (
    LANGUAGES,
    LICENCE,
    LICENCE_URL,
    File,
    ReleaseDescription,
)

MANIFEST = "manifest.json"
CHECKSUMS = "SHA256SUMS"


def write_manifest(public: Path, release: ReleaseDescription, files: Sequence[File]) -> None:
    """Write what the release is, how it was judged, and its files but itself and the checksums."""
    document = {
        "release_id": release.release_id,
        "created_at": release.created_at.astimezone(UTC).isoformat(),
        "data_to": release.as_of.isoformat(),
        "code_version": release.code_version,
        "replaces": release.replaces,
        "publisher": release.publisher.model_dump(),
        "licence": {"name": LICENCE, "url": LICENCE_URL},
        "cite": {language: release.citation(language) for language in LANGUAGES},
        "territories": list(release.territories),
        "gate": dict(release.gate),
        "protection": dict(release.protection),
        "policy": dict(release.policy),
        "marks": {mark: {"it": words.it, "en": words.en} for mark, words in marks().items()},
        "files": {file.name: {"bytes": file.bytes, "sha256": file.sha256} for file in files},
    }
    if release.simulated:
        document["simulated"] = release.simulated.as_record() | {
            language: release.simulated.sentence(language) for language in LANGUAGES
        }
    (public / MANIFEST).write_text(
        json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8"
    )


def write_checksums(public: Path, release: ReleaseDescription, files: Sequence[File]) -> None:
    """Write the hashes as `sha256sum -c SHA256SUMS` reads them, which passes over lines with a #."""
    said = [f"# {release.simulated.both}\n"] if release.simulated else []
    lines = [f"{file.sha256}  {file.name}\n" for file in files]
    (public / CHECKSUMS).write_text("".join((*said, *lines)), encoding="utf-8")
