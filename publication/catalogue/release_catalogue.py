"""Everything that describes a finished public side, written beside it as the last files of a release.

The folder `public/`, whole but for these files, and the facts of the release arrive; the Data Package, the
three catalogues, the manifest and the checksums leave. They tell the files as they are, so nothing may be
written into the folder afterwards.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import duckdb

from core.duckdb_sessions import connect
from core.sql import literal
from publication.catalogue.data_package import write_data_package
from publication.catalogue.dcat import write_dcat
from publication.catalogue.dictionary import (
    coverage,
    database_tables,
    document,
    file_tables,
    statutory_lists,
)
from publication.catalogue.manifest import CHECKSUMS, MANIFEST, write_checksums, write_manifest
from publication.catalogue.release_description import (
    DATA,
    DATABASE,
    File,
    Printing,
    ReleaseDescription,
    ReleaseFacts,
    file_at,
)
from publication.printed import printed_files

FORMATS = (".csv", ".parquet", ".json")
# Says which data are simulated: where none are, there is nothing to say.
_ABOUT_SIMULATION = "simulated_instance"


def write_catalogue(public: Path, facts: ReleaseFacts) -> None:
    """Write the files that describe the folder `public`. Raises VetroError for a table or a column
    without words."""
    # A Data Package may name no file above its folder.
    (public / DATA / DATABASE).symlink_to(Path("..", DATABASE))
    with connect(threads=1) as connection:
        tables = file_tables(connection, public)
        left_out = [table.name for table in tables]
        left_out += [] if facts.simulated else [_ABOUT_SIMULATION]
        companions = database_tables(connection, public / DATABASE, left_out)
        covered = {
            table.name: coverage(connection, public / DATA / f"{table.name}.parquet", table)
            for table in tables
        }
        territories, regions, data_from = _places(connection, public / DATABASE)
    found = sorted(path for path in (public / DATA).iterdir() if path.suffix in FORMATS)
    files = {name: file_at(public, name) for name in (*(f"{DATA}/{path.name}" for path in found), DATABASE)}
    named = {table.name for table in tables}
    # `<list>.it.csv` says the same as its list, for Italian spreadsheets.
    others = {path.stem for path in found} - named - {f"{name}.it" for name in named}
    tables += [document(name) for name in sorted(others)]
    release = ReleaseDescription(
        **vars(facts),
        territories=territories,
        regions=regions,
        data_from=data_from or facts.as_of,
        printings=printings(
            facts.created_at.date(),
            [(each.created_at.date(), printed_files(each)) for each in facts.printed],
            files,
        ),
    )
    write_data_package(public, release, tables, companions, files)
    known = {name: each for name, each in covered.items() if each is not None}
    write_dcat(public, release, tables, known, files, _public_by_law(public))
    everything = _all_files(public, files)
    write_manifest(public, release, everything)
    with_manifest = [*everything, file_at(public, MANIFEST)]
    write_checksums(public, release, sorted(with_manifest, key=lambda file: file.name))


def printings(
    today: date, known: Sequence[tuple[date, Mapping[str, str]]], files: Mapping[str, File]
) -> dict[str, Printing]:
    """Return when each table was first public, and since when without a break it has had the bytes it has.

    `known` are the days of all releases that were ever public, newest first, each with the SHA-256 of its
    files by their paths in it; the release of `today` is none of them. `files` are its own.
    """
    found = {}
    for name, file in files.items():
        path = Path(name)
        if path.suffix != ".parquet":
            continue
        hashes = [(day, printed.get(f"public/{name}")) for day, printed in known]
        issued = min((day for day, sha256 in hashes if sha256), default=today)
        modified = today
        for day, sha256 in hashes:
            if sha256 != file.sha256:
                break
            modified = day
        found[path.stem] = Printing(issued, modified)
    return found


def _places(
    connection: duckdb.DuckDBPyConnection, database: Path
) -> tuple[list[str], dict[str, str], date | None]:
    """Names of the territories, name of each of their regions by its code, first day that any is known."""
    connection.execute(f"attach {literal(database)} as placed (read_only)")
    try:
        rows = connection.execute("""
            select distinct instance_id, name, region_code, region_name, data_from
            from placed.publication.territory order by all""").fetchall()
    finally:
        connection.execute("detach placed")
    regions = {code: region for _, _, code, region, _ in rows if code}
    days = [day for *_, day in rows if day]
    return [name for _, name, *_ in rows], dict(sorted(regions.items())), min(days, default=None)


def _public_by_law(public: Path) -> frozenset[str]:
    """The tables of which nothing is protected, since the law makes them public."""
    entries = json.loads((public / "tables.json").read_text(encoding="utf-8"))["tables"]
    exact = {Path(entry["file"]).stem for entry in entries if entry["threshold"] == 0}
    return frozenset(exact | statutory_lists().keys())


def _all_files(public: Path, known: Mapping[str, File]) -> list[File]:
    """Every public file but the manifest and the checksums, by name."""
    names = sorted(path.relative_to(public).as_posix() for path in public.rglob("*") if path.is_file())
    return [known.get(name) or file_at(public, name) for name in names if name not in (MANIFEST, CHECKSUMS)]
