"""Which pseudonyms are the same person: a temporary code that was replaced, or two that somebody reviewed.

Arrives: the persons' versions in raw, and pairs told to the house. Leaves: `raw/.merges/reviewed.parquet`,
what was told, and `raw/.merges/subject_merge.parquet`, what follows for the build: one row per pseudonym
that stands for somebody else's. How persons are counted does not belong here.

Within an instance a record keeps its id when the code changes, and is one person anyway. What is resolved
here is the temporary code where it still stands: on another record, in another instance.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from core.atomic_files import replacing, sync
from core.duckdb_sessions import connect
from core.home import VetroHome
from core.sql import literal
from ingestion.identity.person_references import Identifier
from ingestion.privacy.pseudonyms import open_key
from ingestion.raw.file_transaction import finish_transactions
from ingestion.raw.layer import locked, present_sql, record_versions

TEMPORARY_KINDS = ("CF_PROV", "STP", "ENI")
REVIEWED, HISTORY = "reviewed", "history"
REVIEWED_SCHEMA = pa.schema(
    [("from_pseudonym", pa.string()), ("to_pseudonym", pa.string()), ("merged_at", pa.timestamp("us"))]
)
MERGE_SCHEMA = REVIEWED_SCHEMA.append(pa.field("source", pa.string()))


@dataclass(frozen=True)
class Merge:
    """One pseudonym replaced by another, at a moment (UTC)."""

    from_pseudonym: str
    to_pseudonym: str
    merged_at: datetime
    source: str


@dataclass(frozen=True)
class MergeReport:
    """Pairs noted now, pairs known before, and the lines with an identifier that nobody in raw has."""

    noted: int
    known: int
    not_found: tuple[int, ...]


def merge_file(home: VetroHome) -> Path:
    """Return where the resolved merges stand, for the build."""
    return home.raw_merges / "subject_merge.parquet"


def read_reviewed(home: VetroHome) -> list[Merge]:
    """Return the pairs told to the house, the earliest first."""
    path = home.reviewed_merges
    rows = pq.read_table(path).to_pylist() if path.exists() else []
    return [Merge(**row, source=REVIEWED) for row in rows]


def write_reviewed(path: Path, merges: Sequence[Merge]) -> None:
    """Write the pairs to `path`, in whatever place they are staged."""
    rows = [{name: getattr(merge, name) for name in REVIEWED_SCHEMA.names} for merge in merges]
    pq.write_table(pa.Table.from_pylist(rows, REVIEWED_SCHEMA), path)


def note_merges(home: VetroHome, pairs: Mapping[int, tuple[Identifier, Identifier]]) -> MergeReport:
    """Keep that the first of each pair is now the second, for every instance; keyed by line.

    A line with an identifier that no instance has told of is left out, and reported. A pair overrides what
    history says of its first, and an earlier pair with the same first.
    """
    with locked(home):
        finish_transactions(home)
        key, merges = open_key(home), read_reviewed(home)
        told = {merge.from_pseudonym: merge.to_pseudonym for merge in merges}
        held = _pseudonyms_held(home) | told.keys() | set(told.values())
        now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
        noted, not_found = [], []
        for line, pair in pairs.items():
            first, second = (identifier.pseudonym(key) for identifier in pair)
            if not {first, second} <= held:
                not_found.append(line)
            elif told.get(first) != second:
                noted.append(Merge(first, second, now, REVIEWED))
                told[first] = second
        if noted:
            _replace_reviewed(home, [*merges, *noted])
    return MergeReport(len(noted), len(pairs) - len(noted) - len(not_found), tuple(not_found))


def _replace_reviewed(home: VetroHome, merges: Sequence[Merge]) -> None:
    """Put the pairs in the place of those kept so far. The caller holds the lock of the raw layer."""
    home.raw_merges.mkdir(parents=True, exist_ok=True)
    with replacing(home.reviewed_merges) as written:
        write_reviewed(written, merges)
        sync(written)
    sync(home.raw_merges)


def _drop_pairs_of_the_erased(home: VetroHome) -> None:
    """Drop the pairs with a pseudonym that nobody in raw has any more: an export had the person erased."""

    def standing() -> list[Merge]:
        held = _pseudonyms_held(home)
        return [pair for pair in read_reviewed(home) if {pair.from_pseudonym, pair.to_pseudonym} <= held]

    told = read_reviewed(home)
    if told and len(standing()) < len(told):
        with locked(home):
            _replace_reviewed(home, standing())


def person_versions(home: VetroHome) -> str | None:
    """Return SQL for every version of a person in raw, with id_kind and id_pseudonym; None where
    there is none.
    """
    return record_versions(home, "person", ["id_kind", "id_pseudonym"])


def find_merges(connection: duckdb.DuckDBPyConnection, home: VetroHome) -> list[Merge]:
    """Return one row per pseudonym that stands for somebody else's, with the last one of its chain."""
    versions = person_versions(home)
    told: list[Merge] = []
    if versions:
        temporary = ", ".join(map(literal, TEMPORARY_KINDS))
        rows = connection.execute(
            f"""
            select version.id_pseudonym, present.id_pseudonym, min(present.updated_at)
            from {versions} as version join {present_sql(versions)} as present using (instance, record_id)
            where version.op = 'U' and version.id_kind in ({temporary}) and present.id_kind <> 'NONE'
              and present.id_pseudonym <> version.id_pseudonym
            group by all"""
        ).fetchall()
        told = [Merge(before, after, moment, HISTORY) for before, after, moment in rows]
    reviewed = {merge.from_pseudonym: merge for merge in read_reviewed(home)}
    standing = [merge for merge in told if merge.from_pseudonym not in reviewed] + list(reviewed.values())
    resolved = resolve({(merge.from_pseudonym, merge.to_pseudonym) for merge in standing})
    first: dict[str, Merge] = {}
    for merge in sorted(standing, key=lambda merge: (merge.merged_at, merge.to_pseudonym)):
        first.setdefault(merge.from_pseudonym, merge)
    return [
        Merge(pseudonym, last, first[pseudonym].merged_at, first[pseudonym].source)
        for pseudonym, last in sorted(resolved.items())
    ]


def resolve(pairs: set[tuple[str, str]]) -> dict[str, str]:
    """Return, for each pseudonym that stands for another, the one at the end of its chain.

    A chain that ends in a circle ends at the circle's smallest. A pseudonym whose chains end at two different
    ones is left out: one code of two people is nobody's, and joining these two would be worse than counting
    one twice.
    """
    following: dict[str, set[str]] = defaultdict(set)
    for first, second in pairs:
        following[first].add(second)

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        waiting = [start]
        while waiting:
            for pseudonym in following.get(waiting.pop(), ()):
                if pseudonym not in seen:
                    seen.add(pseudonym)
                    waiting.append(pseudonym)
        return seen

    resolved = {}
    for pseudonym in following:
        behind = {other: reached(other) for other in reached(pseudonym)}
        # An end is where everything reached leads back: a pseudonym without a next, or a whole circle.
        ends = {
            min({other, *beyond})
            for other, beyond in behind.items()
            if all(other in behind[each] for each in beyond)
        }
        if len(ends) == 1 and (end := ends.pop()) != pseudonym:
            resolved[pseudonym] = end
    return resolved


def write_subject_merge(home: VetroHome) -> dict[str, list[tuple[str, str]]]:
    """Write what the build reads, if it changed, and return (from, to) by instance that tells of `from`.

    Pairs of persons whom an export had erased are dropped on the way.
    """
    home.raw_merges.mkdir(parents=True, exist_ok=True)
    _drop_pairs_of_the_erased(home)
    with connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        merges = find_merges(connection, home)
        rows = [{name: getattr(merge, name) for name in MERGE_SCHEMA.names} for merge in merges]
        table = pa.Table.from_pylist(rows, MERGE_SCHEMA)
        path = merge_file(home)
        if not path.exists() or not pq.read_table(path).equals(table):
            with replacing(path) as written:
                pq.write_table(table, written)
        touched: dict[str, list[tuple[str, str]]] = defaultdict(list)
        versions = person_versions(home) if merges else None
        if versions:
            for instance, first, last in connection.execute(
                f"select distinct instance, from_pseudonym, to_pseudonym from {versions} as version "
                f"join read_parquet({literal(path)}) as merge on version.id_pseudonym = from_pseudonym "
                "order by all"
            ).fetchall():
                touched[instance].append((first, last))
        return dict(touched)


def _pseudonyms_held(home: VetroHome) -> set[str]:
    versions = person_versions(home)
    if versions is None:
        return set()
    with connect() as connection:
        rows = connection.execute(
            f"select distinct id_pseudonym from {versions} where id_pseudonym is not null"
        ).fetchall()
    return {pseudonym for (pseudonym,) in rows}
