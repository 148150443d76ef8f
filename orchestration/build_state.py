"""What the warehouse was built from, kept inside it: models, reference data, and each instance's exports.

A home arrives, the instances whose rows have to be computed again leave. A build that did not come to its end
leaves a warehouse that cannot be built upon: the next build is then full. What a model computes does not
belong here.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import duckdb

from ingestion.corrections import drop_lines_of_the_erased, write_corrections
from ingestion.home import VetroHome
from ingestion.rewriting import mark_of
from ingestion.subject_merge import read_reviewed, write_subject_merge
from orchestration.settings import DBT_PROJECT

STATE = "intermediate.build_state"


@dataclass(frozen=True)
class Plan:
    """What a build has to do. `changed` names the instances to compute again; None: all, from the start.

    `is_unchanged`: there is nothing, known to any table, that the warehouse was not built from.

    `holds_erased`: persons were erased by exports since the last build, and the warehouse's file has them.
    `dropped_corrections`: how many lines of corrections.csv named somebody erased, and were taken out.
    """

    sources: dict[str, object]
    changed: list[str] | None
    holds_erased: bool
    dropped_corrections: int = 0
    is_unchanged: bool = False

    @property
    def is_full(self) -> bool:
        """Whether every table is made anew."""
        return self.changed is None


def plan(home: VetroHome, *, as_of: str = "") -> Plan:
    """Compare what the warehouse was built from with what there is now.

    The merges of persons and the corrections are written on the way: they are a part of what there is.
    HomeFileError where a correction cannot be used or no longer applies.
    """
    merges = write_subject_merge(home)
    dropped = drop_lines_of_the_erased(home)
    corrections = write_corrections(home)
    sources = {
        "mark": mark_of(home),
        "models": models_fingerprint(),
        "reference": _files(home.reference),
        "tables": sorted({path.name for path in home.raw.glob("instance=*/export=*/*.parquet")}),
        "as_of": as_of,
        "instances": _instances(home, merges, corrections),
        # A release is built again with the pairs of persons that this build knew.
        "merges_told": max((pair.merged_at.isoformat() for pair in read_reviewed(home)), default=None),
        "erasures": sorted(
            f"{path.parent.parent.name}/{path.parent.name}"
            for path in home.raw.glob("instance=*/export=*/_erasure.parquet")
        ),
        # Small tables of these are made anew by every build.
        "registers": _contents(home.instances_file, home.ats_file),
        "attempts": sorted(path.name for path in home.raw.glob(".attempts/*/*.json")),
    }
    before = _read(home)
    holds_erased = home.warehouse.exists() and (before or {}).get("erasures", []) != sources["erasures"]
    foundations = ("mark", "models", "reference", "tables", "as_of")
    if before is None or any(before.get(key) != sources[key] for key in foundations):
        return Plan(sources, None, holds_erased, dropped)
    then, now = before["instances"], sources["instances"]
    changed = sorted(name for name in then.keys() | now.keys() if then.get(name) != now.get(name))
    return Plan(sources, changed, holds_erased, dropped, is_unchanged=before == sources)


def is_outdated(home: VetroHome) -> bool:
    """True if there is a warehouse from before raw was rewritten as a whole: it holds what is gone from raw.

    Also one that was being written: nobody knows from what.
    """
    if not home.warehouse.exists():
        return False
    before = _read(home)
    mark = mark_of(home)
    return bool(mark) and (before is None or before.get("mark") != mark)


def begin(home: VetroHome) -> None:
    """Note that the warehouse is being written: until `complete`, nothing can be built upon it."""
    _write(home, None)


def complete(home: VetroHome, made: Plan) -> None:
    """Note what the warehouse now stands for."""
    _write(home, made.sources)


def _read(home: VetroHome) -> dict | None:
    if not home.warehouse.exists():
        return None
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        try:
            row = connection.execute(f"select sources from {STATE}").fetchone()
        except duckdb.CatalogException:
            return None
    return json.loads(row[0]) if row and row[0] else None


def _write(home: VetroHome, sources: dict | None) -> None:
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute("create schema if not exists intermediate")
        connection.execute(
            f"create or replace table {STATE} as select cast($1 as varchar) as sources",
            [json.dumps(sources) if sources else None],
        )


def models_fingerprint() -> str:
    """Return a hash of every file of the dbt project that says what is built."""
    digest = hashlib.sha256()
    for path in sorted(DBT_PROJECT.rglob("*")):
        if path.suffix in {".sql", ".yml", ".yaml", ".md"} and path.is_file():
            digest.update(path.relative_to(DBT_PROJECT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _files(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.parquet")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _contents(*paths: Path) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes() if path.is_file() else b"\0")
    return digest.hexdigest()


def _instances(
    home: VetroHome, merges: dict[str, list[tuple[str, str]]], corrections: dict[str, list[str]]
) -> dict[str, str]:
    """Return {instance: hash of names, sizes and times of its committed files, of its persons' merges, and of
    the corrections of its records}.

    An erasure rewrites the files.
    """
    prints = {}
    for folder in sorted(home.raw.glob("instance=*")):
        lines = [
            f"{path.relative_to(folder)}\t{(stat := path.stat()).st_size}\t{stat.st_mtime_ns}"
            for path in sorted(folder.glob("export=*/*"))
        ]
        if lines:
            instance = folder.name.removeprefix("instance=")
            lines += [f"{first} {last}" for first, last in merges.get(instance, [])]
            lines += corrections.get(instance, [])
            prints[instance] = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    return prints
