"""A backup: what a home cannot make again, copied whole while nothing changes, with a checksum per file.

A home and a folder for backups arrive; `<folder>/<moment>/` leaves, by one rename, and the register of
erasures beside it. Landing is not in it, the only place with direct identifiers, nor are the secrets unless
asked for. Restoring does not belong here (`restoring`).
"""

import hashlib
import json
import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from core import home_version
from core.atomic_files import discard, sync
from core.errors import Kind, VetroError
from core.home import VetroHome
from core.locks import exclusive
from core.progress import Progress
from core.yaml_models import YamlModel, read_json
from ingestion.data_subjects.erasure_register import note_erasures
from ingestion.privacy.pseudonyms import open_key
from ingestion.raw.file_transaction import finish_transactions
from ingestion.raw.layer import locked
from orchestration import status, turns

MANIFEST = "backup.json"
_BLOCK = 1 << 20
_UNFINISHED = ".unfinished-"
# Of `VetroHome`: what a backup holds. What is left out is in landing, is a secret, or is made again by a run.
KEPT = (
    "instances_file", "sources_file", "ats_file", "corrections_file", "error_reports_file",
    "publisher_file", "alerts_file", "expectations", "packs", "access_file", "mappings", "raw", "outbox",
    "releases", "printed", "access_log", "alert_log", "mailed_receipts",
)  # fmt: skip
LEFT = (
    "root", "landing", "landing_work", "landing_held", "secrets", "source_secrets", "sign_in_file",
    "alert_secrets", "dagster_storage_file",
    "expectation_socket",
    "reference", "warehouse", "warehouse_lock", "quality_report", "operations", "status_database", "dbt",
    "dagster", "temporary",
)  # fmt: skip
_KEPT_BESIDES = (
    home_version.FILE,
    "accepted-findings.yaml",
    "reference/newer_*.parquet",
    "operations/landing_retention.jsonl",
)
_NEVER = (".lock", ".incoming", ".new")


class BackedUpFile(YamlModel):
    """One file of a backup: SHA-256 and size of its bytes; of a link, where it leads and nothing else."""

    sha256: str = ""
    bytes: int = 0
    link: str = ""


class BackupManifest(YamlModel):
    """What a backup says of itself: when it was made (UTC), by which version, under which key, whether the
    secrets are in it, and its files by their path in the home.
    """

    made_at: str
    product_version: str
    key_id: str
    has_secrets: bool
    files: dict[str, BackedUpFile]


@dataclass(frozen=True)
class Backup:
    """A backup that was made. `register_noted`: the register of erasures beside it is up to date."""

    folder: Path
    files: int
    bytes: int
    has_secrets: bool
    register_noted: bool
    removed: tuple[str, ...] = ()


def back_up(
    home: VetroHome,
    folder: Path,
    *,
    with_secrets: bool = False,
    keep: int | None = None,
    now: datetime | None = None,
    progress: Progress | None = None,
) -> Backup:
    """Copy the home into a folder of its own below `folder`, and remove all but the last `keep` backups.

    Runs wait meanwhile, and this waits for them. VetroError where `folder` lies in the home.
    """
    folder = folder.expanduser().resolve()
    if folder.is_relative_to(home.root):
        raise VetroError(
            f"{folder} lies in the home that it is to hold: name a folder on another disk / "
            "sta nella casa che deve contenere: indicare una cartella su un altro disco",
            kind=Kind.USAGE,
        )
    home.ensure()
    folder.mkdir(parents=True, exist_ok=True)
    moment = (now or datetime.now(UTC)).astimezone(UTC)
    target = folder / f"{moment:%Y-%m-%dT%H%M%SZ}"
    if target.exists():
        raise VetroError(f"{target} is there already: wait a second / esiste già: attendere un secondo")
    discard(folder.glob(f"{_UNFINISHED}*"))
    written = folder / f"{_UNFINISHED}{target.name}"
    with turns.turn(home, "making a backup"), status.step(home, "backup") as step, locked(home):
        # A transaction that died halfway is finished first: what is copied is one state, with its key.
        finish_transactions(home)
        key = open_key(home)
        with exclusive(home.releases / ".lock", "making a backup"):
            written.mkdir(mode=0o700)
            paths = sorted({*_kept(home), *(_below(home.secrets) if with_secrets else ())})
            files = {}
            for done, path in enumerate(paths, start=1):
                name = path.relative_to(home.root).as_posix()
                files[name] = _copy(path, written / name)
                if progress:
                    progress("Copying", done, len(paths))
        manifest = BackupManifest(
            made_at=moment.isoformat(timespec="seconds"),
            product_version=home_version.product_version(),
            key_id=key.key_id,
            has_secrets=with_secrets,
            files=files,
        )
        (written / MANIFEST).write_text(json.dumps(manifest.model_dump(), indent=0), encoding="utf-8")
        for parent, _, names in os.walk(written):
            for name in names:
                if not (Path(parent) / name).is_symlink():
                    sync(Path(parent) / name)
            sync(Path(parent))
        written.rename(target)
        sync(folder)
        noted = note_erasures(home, folder)
        total = sum(file.bytes for file in files.values())
        step.detail = f"{len(files)} files, {total} bytes"
    removed = _remove_older(folder, keep)
    return Backup(target, len(files), total, with_secrets, noted, removed)


def read_manifest(backup: Path) -> BackupManifest:
    """Return what a backup says of itself. VetroError where `backup` is none; FileUnusable."""
    path = backup / MANIFEST
    if not path.is_file():
        raise VetroError(
            f"{backup} is no backup: it has no {MANIFEST} / non è una copia di sicurezza", kind=Kind.USAGE
        )
    return read_json(path.read_bytes(), MANIFEST, BackupManifest)


def backups_in(folder: Path) -> list[Path]:
    """Return the backups that stand in `folder`, the oldest first."""
    return sorted(path.parent for path in folder.glob(f"*/{MANIFEST}") if path.parent.name[0] != ".")


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _kept(home: VetroHome) -> Iterator[Path]:
    for name in KEPT:
        for path in _below(getattr(home, name)):
            # What a publication that died left behind begins with a dot.
            if not (name == "releases" and path.relative_to(home.releases).parts[0].startswith(".")):
                yield path
    for pattern in _KEPT_BESIDES:
        yield from home.root.glob(pattern)


def _below(place: Path) -> Iterator[Path]:
    """Yield every file and link at or below `place`, but for locks and what is being written."""
    if place.is_symlink() or place.is_file():
        if not place.name.endswith(_NEVER):
            yield place
    elif place.is_dir() and place.name not in _NEVER:
        for inner in sorted(place.iterdir()):
            yield from _below(inner)


def _copy(path: Path, to: Path) -> BackedUpFile:
    """Copy a file with its mode and times, or a link as a link; the hash is that of the bytes written."""
    to.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.is_symlink():
        to.symlink_to(path.readlink())
        return BackedUpFile(link=str(path.readlink()))
    hashed, size = hashlib.sha256(), 0
    mode = stat.S_IMODE(path.stat().st_mode)
    with (
        path.open("rb") as read,
        os.fdopen(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as out,
    ):
        while block := read.read(_BLOCK):
            hashed.update(block)
            size += len(block)
            out.write(block)
    shutil.copystat(path, to)
    return BackedUpFile(sha256=hashed.hexdigest(), bytes=size)


def _remove_older(folder: Path, keep: int | None) -> tuple[str, ...]:
    if keep is None:
        return ()
    older = backups_in(folder)[:-keep]
    for backup in older:
        # Half removed, it must not look like a backup.
        (backup / MANIFEST).unlink()
        discard([backup])
    return tuple(backup.name for backup in older)
