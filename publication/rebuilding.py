"""The same release again, from the raw layer.

A release and a way to build a warehouse arrive; whether the data files come out with the same bytes leaves.
Everything happens in a scratch home; `current` and the raw layer are only read.
"""

import json
import shutil
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb

from ingestion.home import VetroHome
from publication.composition import PUBLIC, Source, compose
from publication.policy import load_policy
from publication.public_files import DATA
from publication.release import find, read_release, sha256_of

BuildWarehouse = Callable[[VetroHome, date], None]


class CannotRebuildError(Exception):
    """What the release was made from is no longer all there; `verify` still says whether the release is
    whole."""

    exit_code = 3


@dataclass(frozen=True)
class Rebuild:
    """Data files that came out the same, and those that did not."""

    release_id: str
    same: tuple[str, ...]
    different: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """True when every data file has the same bytes."""
        return not self.different


def rebuild(
    home: VetroHome, release_id: str, build_warehouse: BuildWarehouse, *, code_version: str
) -> Rebuild:
    """Build the release again in a scratch folder and compare its data files byte by byte.

    `build_warehouse(scratch_home, as_of)` fills the scratch home's warehouse from its raw layer. Raises
    UnknownReleaseError, and CannotRebuildError when exports were erased, the code or the policy is another
    one, or the release before, whose figures were taken over, is gone.
    """
    release = find(home, release_id)
    record = read_release(release.path)
    policy = load_policy()
    if record["code_version"] != code_version or record["policy"]["sha256"] != policy.sha256:
        raise CannotRebuildError(
            f"{release_id} was made by other code or under another policy: "
            f"install {record['code_version']} / "
            f"{release_id} nasce da altro codice o da altre regole: installare {record['code_version']}"
        )
    previous = home.releases / record["previous"] if record["previous"] else None
    if previous is not None and not previous.exists():
        raise CannotRebuildError(
            f"the release before it, {record['previous']}, is gone / "
            f"manca la pubblicazione precedente, {record['previous']}"
        )
    scratch = home.temporary / f"rebuild-{uuid.uuid4().hex[:12]}"
    try:
        again = VetroHome.at(scratch).ensure()
        _lay_out(home, again, record)
        as_of = date.fromisoformat(record["as_of"])
        build_warehouse(again, as_of)
        folder = scratch / "release"
        folder.mkdir()
        source = Source(
            again.warehouse,
            again.reference,
            previous,
            policy,
            code_version,
            tuple(record["revised_years"]),
            as_of,
        )
        compose(folder, source, datetime.fromisoformat(record["created_at"]))
        return _compare(release_id, record, folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _lay_out(home: VetroHome, again: VetroHome, record: dict) -> None:
    """Link the release's exports, and copy what the build reads besides."""
    if _erased_since(home, record):
        raise CannotRebuildError(
            f"{record['release_id']}: somebody was erased from the raw layer since; `verify` still says "
            "whether the release is whole / da allora qualcuno è stato cancellato dai dati di partenza; "
            "`verify` dice ancora se la pubblicazione è integra"
        )
    for export in record["exports"]:
        folder = home.raw / f"instance={export['instance_id']}" / f"export={export['export_id']}"
        if not folder.is_dir() or _hash_of(folder) not in (None, export.get("manifest_sha256")):
            raise CannotRebuildError(
                f"export {export['export_id']} is no longer in the raw layer as it was (erased, or its "
                "time is over) / "
                f"l'invio {export['export_id']} non è più come allora (cancellazione o fine "
                "della conservazione)"
            )
        target = again.raw / folder.relative_to(home.raw)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(folder, target_is_directory=True)
    shutil.copytree(home.raw_schema, again.raw_schema, dirs_exist_ok=True)
    shutil.copytree(home.reference, again.reference, dirs_exist_ok=True)
    if home.instances_file.exists():
        shutil.copyfile(home.instances_file, again.instances_file)
    if home.reviewed_merges.exists():
        # Pairs that were told later were not known then.
        again.raw_merges.mkdir()
        with duckdb.connect(config={"threads": 1}) as connection:
            connection.execute("set TimeZone = 'UTC'")
            told = connection.read_parquet(str(home.reviewed_merges))
            moment = f"timestamptz '{record['created_at']}'"
            told.filter(f"merged_at <= {moment}").write_parquet(str(again.reviewed_merges))


def _erased_since(home: VetroHome, record: dict) -> bool:
    """True if a person left the release's exports after it was made, by request or by an instance's export.
    """
    made_at = datetime.fromisoformat(record["created_at"])
    behind = {(export["instance_id"], export["export_id"]) for export in record["exports"]}
    instances = {instance for instance, _ in behind}
    if home.forgotten_file.exists():
        for entry in json.loads(home.forgotten_file.read_text(encoding="utf-8")):
            if datetime.fromisoformat(entry["at"]) >= made_at and instances & set(entry["instances"]):
                return True
    later = (
        tuple(part.partition("=")[2] for part in path.parent.parts[-2:])
        for path in home.raw.glob("instance=*/export=*/_erasure.parquet")
    )
    return any(instance in instances and (instance, export) not in behind for instance, export in later)


def _hash_of(folder: Path) -> str | None:
    path = folder / "_export.parquet"
    if not path.exists():
        return None
    with duckdb.connect() as connection:
        return connection.execute(
            "select manifest_sha256 from read_parquet($path)", {"path": str(path)}
        ).fetchone()[0]


def _compare(release_id: str, record: dict, folder: Path) -> Rebuild:
    same, different = [], []
    names = {name for name in record["files"] if name.startswith(f"{PUBLIC}/{DATA}/")}
    names |= {str(path.relative_to(folder)) for path in (folder / PUBLIC / DATA).iterdir()}
    for name in sorted(names):
        known = record["files"].get(name, {}).get("sha256")
        path = folder / name
        (same if path.is_file() and sha256_of(path) == known else different).append(name)
    return Rebuild(release_id, tuple(same), tuple(different))
