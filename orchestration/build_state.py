"""What the warehouse was built from, kept inside it: models, reference data, and each instance's exports.

A home arrives, the instances and exports that the next build has to read leave. A build that did not come to
its end leaves a warehouse that cannot be built upon: the next build is then full. What a model computes does
not belong here.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from core.duckdb_sessions import connect
from core.home import VetroHome
from core.settings import DBT_PROJECT
from ingestion.corrections.table import drop_lines_of_the_erased, write_corrections
from ingestion.identity.resolution import read_reviewed, write_subject_merge
from ingestion.raw.file_transaction import mark_of
from orchestration.change_detection import digest, listing

STATE = "intermediate.build_state"


@dataclass(frozen=True)
class Resolved:
    """What was settled about persons and records before a build: (from, to) of the pseudonyms that stand for
    others, and what each correction amounts to, by instance; and how many lines of corrections.csv named
    somebody erased, and were taken out."""

    merges: dict[str, list[tuple[str, str]]]
    corrections: dict[str, list[str]]
    dropped_corrections: int = 0


@dataclass(frozen=True)
class Plan:
    """What a build has to do.

    `changed` names the instances to compute again; None: all, from the start. Of them `rewritten` are to be
    read again whole, because an export that was read is gone or other than it was, or a record is corrected
    otherwise; of the rest `new_exports` (instance, export) are to be read.
    `is_unchanged`: there is nothing, known to any table, that the warehouse was not built from.
    `holds_erased`: persons were erased by exports since the last build, and the warehouse's file has them.
    """

    sources: dict[str, object]
    changed: list[str] | None
    holds_erased: bool
    is_unchanged: bool = False
    rewritten: tuple[str, ...] = ()
    new_exports: tuple[tuple[str, str], ...] = ()

    @property
    def is_full(self) -> bool:
        """Whether every table is made anew."""
        return self.changed is None

    def reads(self, instance: str, export_id: str) -> bool:
        """Whether the build reads this export of raw."""
        return self.is_full or instance in self.rewritten or (instance, export_id) in self.new_exports


def resolve(home: VetroHome) -> Resolved:
    """Write what the build reads of merged persons and of corrections, and return it.

    HomeFileError where a correction cannot be used or no longer applies.
    """
    merges = write_subject_merge(home)
    dropped = drop_lines_of_the_erased(home)
    return Resolved(merges, write_corrections(home), dropped)


def plan(home: VetroHome, resolved: Resolved, *, as_of: str = "", engine: str = "duckdb") -> Plan:
    """Compare what the warehouse was built from, and by which engine, with what there is now.

    Spark replaces no part of a table: there a build that has anything to do is full.
    """
    sources: dict[str, Any] = {
        "engine": engine,
        "mark": mark_of(home),
        "models": models_fingerprint(),
        "reference": _files(home.reference),
        "tables": sorted({path.name for path in home.raw.glob("instance=*/export=*/*.parquet")}),
        "as_of": as_of,
        "instances": _instances(home, resolved),
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
    foundations = ("engine", "mark", "models", "reference", "tables", "as_of")
    is_whole = engine == "spark" and before != sources
    if before is None or is_whole or any(before.get(key) != sources[key] for key in foundations):
        return Plan(sources, None, holds_erased)
    then, now = before["instances"], sources["instances"]
    changed = sorted(name for name in then.keys() | now.keys() if then.get(name) != now.get(name))
    rewritten = tuple(name for name in changed if _is_rewritten(then.get(name, {}), now.get(name, {})))
    new_exports = tuple(
        (name, export)
        for name in changed
        if name not in rewritten
        for export in now[name]["exports"]
        if export not in then.get(name, {}).get("exports", {})
    )
    return Plan(sources, changed, holds_erased, before == sources, rewritten, new_exports)


def _is_rewritten(then: dict, now: dict) -> bool:
    """Whether an export that was read is gone or other than it was, or a record is corrected otherwise."""
    exports = now.get("exports", {})
    read = then.get("exports", {})
    is_other = any(exports.get(name) != fingerprint for name, fingerprint in read.items())
    return is_other or then.get("corrections") != now.get("corrections")


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
    with connect(home.warehouse, read_only=True) as connection:
        try:
            row = connection.execute(f"select sources from {STATE}").fetchone()
        except duckdb.CatalogException:
            return None
    return json.loads(row[0]) if row and row[0] else None


def _write(home: VetroHome, sources: dict | None) -> None:
    with connect(home.warehouse) as connection:
        connection.execute("create schema if not exists intermediate")
        connection.execute(
            f"create or replace table {STATE} as select cast($1 as varchar) as sources",
            [json.dumps(sources) if sources else None],
        )


def models_fingerprint() -> str:
    """Return a hash of every file of the dbt project that says what is built."""
    hashed = hashlib.sha256()
    for path in sorted(DBT_PROJECT.rglob("*")):
        if path.suffix in {".sql", ".yml", ".yaml", ".md"} and path.is_file():
            hashed.update(path.relative_to(DBT_PROJECT).as_posix().encode() + b"\0" + path.read_bytes())
    return hashed.hexdigest()


def _files(folder: Path) -> str:
    hashed = hashlib.sha256()
    for path in sorted(folder.glob("*.parquet")):
        hashed.update(path.name.encode() + b"\0" + path.read_bytes())
    return hashed.hexdigest()


def _contents(*paths: Path) -> str:
    hashed = hashlib.sha256()
    for path in paths:
        hashed.update(path.read_bytes() if path.is_file() else b"\0")
    return hashed.hexdigest()


def _instances(home: VetroHome, resolved: Resolved) -> dict[str, dict[str, object]]:
    """Return by instance the fingerprint of each export, from names, sizes and times of its committed files,
    and of the merges of its persons and the corrections of its records.

    An erasure rewrites the files.
    """
    found: dict[str, dict[str, Any]] = {}
    for folder in sorted(home.raw.glob("instance=*/export=*")):
        instance = folder.parent.name.removeprefix("instance=")
        own = found.setdefault(
            instance,
            {
                "exports": {},
                "merges": digest([f"{first} {last}" for first, last in resolved.merges.get(instance, [])]),
                "corrections": digest(resolved.corrections.get(instance, [])),
            },
        )
        own["exports"][folder.name.removeprefix("export=")] = digest(listing(folder))
    return found
