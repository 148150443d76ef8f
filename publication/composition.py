"""Everything a release consists of, written into one folder.

A warehouse, the reference data, the release before and the policy arrive; a folder with `public/` and
`private/`, and what is to be said about it in release.json, leave. One thread writes everything in order, so
the same input gives the same bytes. Making the folder a release does not belong here.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path, PurePosixPath

import duckdb

from core.duckdb_sessions import connect, only_row
from core.errors import VetroError
from core.progress import Progress
from core.sql import literal
from publication.bulk_insert import insert_rows
from publication.catalogue.publisher import Publisher, demonstration_publisher
from publication.cell_extraction import CellExtraction
from publication.cells import FEW_PERSONS, CellSystem
from publication.concentration import concentration_rows
from publication.contributions import SOURCE
from publication.coverage import coverage_columns
from publication.error_reports import ErrorReport, create_error_reports
from publication.frozen_cells import take_over, trees_before
from publication.grant_standards import (
    RESULTS,
    RESULTS_TITLE,
    create_results,
    write_results,
    write_three_sixty_giving,
)
from publication.policy import DisclosurePolicy
from publication.primary_suppression import protect_primary
from publication.private_side import copy_private_tables
from publication.providers_at_work import AT_WORK, add_shares, write_at_work
from publication.public_database import create_companions, create_indicator_value, create_territories
from publication.public_files import (
    DATA,
    PUBLIC_FIGURE,
    README,
    TABLES_JSON,
    create_open_table,
    create_organisation_table,
    create_tables,
    known_territories,
    write_description,
    write_files,
    write_readme,
)
from publication.public_money import figures_of_persons, grants_of_persons, protect_public_money
from publication.public_names import NAMES, create_names, named_columns
from publication.quality_scores import (
    QUALITY_SCORE,
    QUALITY_SCORE_TITLE,
    create_quality_score,
)
from publication.remainders import add_remainders
from publication.revision import Revision, hold_to_what_was_printed
from publication.secondary_suppression import ProtectionReport, protect, required_distance
from publication.simulated import Simulated, simulated_in
from publication.single_class import hide_single_classes
from publication.spending_per_resident import (
    SPENDING,
    SPENDING_TITLE,
    create_spending_per_resident,
)
from publication.static_api import About, write_static_api
from publication.statutory_lists import Exact, create_statutory_lists, write_italian_lists
from publication.statutory_schema import StatutorySchema, load_statutory_schemas
from publication.table_list import TableList, load_table_list

PUBLIC = "public"
PRIVATE = "private"
DATABASE = "casa-di-vetro.duckdb"
PROTECTION = "protection.parquet"
WAREHOUSE = "warehouse"
MARTS = f"{WAREHOUSE}.marts"


@dataclass(frozen=True)
class Source:
    """What a release is made from. `previous` is the folder of the current release, `earlier` are those of
    what every other release printed, newest first; `revisions` are the years issued again up to now, those of
    `revised_years` among them."""

    warehouse: Path
    reference: Path
    previous: Path | None
    policy: DisclosurePolicy
    code_version: str
    revised_years: Collection[str] = ()
    as_of: date | None = None
    earlier: Sequence[Path] = ()
    revisions: Sequence[Revision] = ()
    publisher: Publisher = field(default_factory=demonstration_publisher)
    error_reports: Sequence[ErrorReport] = ()

    @property
    def former(self) -> list[Path]:
        """What was ever public and stays as it was printed, the current release first; nothing where the
        policy lets everything change."""
        known = [self.previous, *self.earlier] if self.previous else [*self.earlier]
        return known if self.policy.frozen else []


@dataclass(frozen=True)
class Composition:
    """What was written: the id that its content gives it and what is told about it."""

    release_id: str
    as_of: date
    tables: list[str]
    private_tables: dict[str, str]
    exports: list[dict[str, object]]
    merges_told: str | None
    definitions: dict[str, dict[str, str]]
    protection: ProtectionReport
    taken_over: int
    simulated: Simulated


def compose(
    folder: Path, source: Source, created_at: datetime, progress: Progress | None = None
) -> Composition:
    """Write `public/` and `private/` into the empty `folder`. Raises VetroError
    without any export.
    """
    step = progress or (lambda label, done, total: None)
    with attached(source.warehouse) as connection:
        as_of = source.as_of or _last_day(connection)
        table_list = load_table_list(source.policy, areas_of_need(connection))
        extraction = CellExtraction(
            connection, MARTS, table_list, source.policy, as_of, trees_before(source.former)
        )
        system = extraction.system()
        if extraction.has(SOURCE):
            add_shares(system, connection, MARTS, table_list, extraction.periods("year"))
        taken_over, revised = take_over(system, table_list, source.former, source.revised_years)
        step("protect", 0, 1)
        protect_primary(system, connection, MARTS, table_list, source.policy)
        hide_single_classes(system, table_list, source.policy)
        hold_to_what_was_printed(system, table_list, revised)
        add_remainders(system, table_list)
        report = protect(
            system,
            table_list,
            source.policy,
            None if progress is None else lambda done, total: step("protect", done, total),
        )
        schemas = load_statutory_schemas(as_of)
        tables, money = _create_public_tables(connection, extraction, system, table_list, source, schemas)
        lists = [schema.table for schema in schemas]
        create_names(connection, WAREHOUSE, tables, lists)
        create_results(connection, WAREHOUSE)
        comuni = source.reference / "instance_comune.parquet"
        create_territories(connection, MARTS, comuni if comuni.exists() else None)
        create_spending_per_resident(connection, MARTS)
        create_quality_score(
            connection, MARTS, extraction.periods("month"), source.former, source.revised_years
        )
        derived = [RESULTS, SPENDING, QUALITY_SCORE]
        step("write", 0, 3)
        simulated = simulated_in(connection, WAREHOUSE, source.previous)
        territories = known_territories(connection, MARTS)
        data = folder / PUBLIC / DATA
        named = [
            named_columns(connection, WAREHOUSE, [*tables, SPENDING, QUALITY_SCORE]),
            coverage_columns(connection, MARTS, [*tables, SPENDING]),
        ]
        write_files(connection, data, [*tables, *lists, *derived], simulated, named)
        write_italian_lists(connection, data, schemas, simulated)
        write_results(connection, data, simulated)
        open_table = table_list.open.name
        write_three_sixty_giving(connection, WAREHOUSE, data, open_table, as_of, simulated)
        private_tables = _private(connection, folder / PRIVATE, system, table_list, source.policy, money)
        known = (source.former, source.revised_years)
        write_at_work(connection, folder / PRIVATE / AT_WORK, system, table_list, *known)
        step("write", 1, 3)
        release_id = (
            f"{as_of.isoformat()}-{_content_hash(folder / PUBLIC / DATA, private_tables, source)[:8]}"
        )
        write_description(
            folder / PUBLIC / TABLES_JSON,
            system,
            table_list,
            source.policy,
            release_id,
            {kind: extraction.periods(kind) for kind in ("month", "quarter", "year")},
            organisations=table_list.organisations.name in tables,
            simulated=simulated,
            told_late=table_list.open.late.name in tables,
            territories=territories,
            revisions=source.revisions,
        )
        create_companions(
            connection,
            MARTS,
            source.policy,
            release_id,
            created_at,
            as_of,
            simulated,
            source.publisher,
            source.revisions,
        )
        create_error_reports(connection, source.error_reports)
        _public_database(connection, folder / PUBLIC / DATABASE, [*tables, *lists, *derived], simulated)
        earlier = tuple(path.name for path in (source.previous, *source.earlier) if path)
        about = About(release_id, created_at, as_of, earlier, simulated)
        write_static_api(connection, folder / PUBLIC, about)
        titles = {table.name: (table.it, table.en) for table in table_list.everything}
        titles |= {schema.table: (schema.title.it, schema.title.en) for schema in schemas}
        titles |= {RESULTS: RESULTS_TITLE, SPENDING: SPENDING_TITLE, QUALITY_SCORE: QUALITY_SCORE_TITLE}
        write_readme(
            folder / PUBLIC / README,
            {name: titles[name] for name in (*tables, *lists, *derived)},
            release_id,
            as_of,
            simulated,
            territories,
        )
        exports = accepted_exports(connection)
        definitions = _definitions(connection)
        step("write", 3, 3)
        told = _latest_merge(connection)
    return Composition(
        release_id, as_of, tables, private_tables, exports, told, definitions, report, taken_over, simulated
    )


def _last_day(connection: duckdb.DuckDBPyConnection) -> date:
    (last,) = only_row(connection.execute(f"select max(data_to) from {MARTS}.dim_instance"))
    if last is None:
        raise VetroError(
            "no export has been accepted yet: run `vetro ingest` and `vetro build` / "
            "nessun invio accettato: prima `vetro ingest` e `vetro build`"
        )
    return last


def _create_public_tables(
    connection: duckdb.DuckDBPyConnection,
    extraction: CellExtraction,
    system: CellSystem,
    table_list: TableList,
    source: Source,
    schemas: Sequence[StatutorySchema],
) -> tuple[list[str], list[tuple]]:
    """Create every public table in schema publication, the long table of published figures beside them, and
    the statutory lists, which agree with them.

    Return the names of the tables, those of protected cells, then the two that are public by law; and what is
    hidden of public money."""
    periods = {kind: extraction.periods(kind) for kind in ("month", "quarter", "year")}
    connection.execute("create schema publication")
    tables = create_tables(connection, system, table_list)
    concentration = concentration_rows(system, table_list, periods["year"])
    printed = (source.former, source.revised_years)
    told_late, as_printed = create_open_table(
        connection, MARTS, table_list.open, periods, concentration, *printed
    )
    tables.append(table_list.open.name)
    late = table_list.open.late.name if told_late else None
    of_persons = figures_of_persons(connection, MARTS, source.policy)
    money = protect_public_money(
        connection,
        f"publication.{table_list.open.name}",
        grants_of_persons(connection, MARTS),
        table_list,
        source.policy,
        as_printed,
        late_table=f"publication.{late}" if late else None,
        of_persons=of_persons,
    )
    if late:
        tables.append(late)
    if extraction.has("organisation_application"):
        create_organisation_table(connection, MARTS, table_list.organisations, periods["year"], *printed)
        tables.append(table_list.organisations.name)
    create_indicator_value(connection, MARTS, system, table_list, periods)
    paid_to_persons = {at[1] for flow, at in of_persons if flow == "disbursed" and at[0] == "grant"}
    create_statutory_lists(
        connection,
        WAREHOUSE,
        schemas,
        Exact(table_list.open.name, paid_to_persons),
        periods,
        source.policy,
        *printed,
    )
    return tables, money


@contextmanager
def attached(warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection in memory with the warehouse attached read only as `warehouse`. One thread keeps the
    order of what is written from it. Raises VetroError."""
    if not warehouse.exists():
        raise VetroError(
            f"there is no {warehouse.name} in {warehouse.parent}: run `vetro build` first / "
            f"in {warehouse.parent} non c'è {warehouse.name}: prima `vetro build`"
        )
    with connect(threads=1, preserve_insertion_order=True) as connection:
        connection.execute(f"attach {literal(warehouse)} as {WAREHOUSE} (read_only)")
        yield connection


def accepted_exports(connection: duckdb.DuckDBPyConnection) -> list[dict[str, object]]:
    """Return the exports behind the attached warehouse with their hashes, ordered."""
    columns = {
        name
        for (name,) in connection.execute("""
        select column_name from information_schema.columns
        where table_catalog = 'warehouse' and table_schema = 'quality' and table_name =
            'export_log'""").fetchall()
    }
    kept = [
        name
        for name in ("instance_id", "export_id", "sequence", "manifest_sha256", "content_sha256", "period_to")
        if name in columns
    ]
    rows = connection.execute(
        f"select {', '.join(kept)} from {WAREHOUSE}.quality.export_log where status = 'accepted' order by all"
    ).fetchall()
    return [
        {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in zip(kept, row, strict=True)
        }
        for row in rows
    ]


def is_there(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> bool:
    """Return whether the attached warehouse has the table; one of an earlier version may lack it."""
    found = connection.execute(
        "select 1 from information_schema.tables where table_catalog = $1 and table_schema = $2 "
        "and table_name = $3",
        [WAREHOUSE, schema, table],
    ).fetchone()
    return found is not None


def _latest_merge(connection: duckdb.DuckDBPyConnection) -> str | None:
    """Return when the last pair of persons that the warehouse knows to be one was told (ISO, UTC)."""
    if not is_there(connection, "intermediate", "build_state"):
        return None
    (told,) = only_row(
        connection.execute(f"select sources ->> 'merges_told' from {WAREHOUSE}.intermediate.build_state")
    )
    return told


def _definitions(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str]]:
    """Return a hash of what each published indicator means, with the version under which it means that."""
    rows = connection.execute(f"""
        select indicator_id, sha256(concat_ws(chr(10), unit, kind, numerator, coalesce(denominator, ''),
                   protect)),
               cast(version as varchar)
        from {MARTS}.dim_indicator
        where indicator_id in (select indicator_id from publication.indicator_value) order by 1""").fetchall()
    return {indicator: {"sha256": meaning, "version": version} for indicator, meaning, version in rows}


def areas_of_need(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the areas of need that the attached warehouse knows, without ALL."""
    return [
        area
        for (area,) in connection.execute(f"""
        select distinct area from {MARTS}.indicator_value
        where area <> 'ALL' and indicator_id in ('persons_served', 'spend_delivered', 'attributed')
        order by 1""").fetchall()
    ]


def _private(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    system: CellSystem,
    table_list: TableList,
    policy: DisclosurePolicy,
    money: list[tuple],
) -> dict[str, str]:
    folder.mkdir(parents=True)
    connection.execute(f"attach {literal(folder / DATABASE)} as private")
    connection.execute("use private")
    hashes = copy_private_tables(connection, WAREHOUSE, policy)
    connection.execute("use memory")
    connection.execute("detach private")
    _write_protection(connection, folder / PROTECTION, system, table_list, policy, money)
    return hashes


def _write_protection(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    system: CellSystem,
    table_list: TableList,
    policy: DisclosurePolicy,
    money: list[tuple],
) -> None:
    """Keep inside which cells had to be protected and how far a reader must be left in doubt."""
    connection.execute("""
        create temp table protection (measure_id varchar, place varchar, value decimal(24, 4), reason varchar,
                                      below double, above double, frozen boolean)""")
    rows = []
    of_remainders = {key: remainder.cell for key, remainder in system.remainders.items()}
    for _, cell in sorted((system.cells | of_remainders).items()):
        if cell.hidden:
            measure = table_list.measures[cell.measure]
            at = json.dumps(dict(zip(measure.dimensions, cell.at, strict=True)), sort_keys=True)
            below, above = required_distance(cell, measure, policy)
            rows.append((cell.measure, at, cell.value, cell.reason, below, above, cell.frozen))
    for indicator, (scope_type, scope_id, period_type, start), value, below, above in money:
        place = {"indicator": indicator, "scope_type": scope_type, "scope": scope_id}
        place |= {"period_type": period_type, "period_start": start.isoformat()}
        rows.append(
            (PUBLIC_FIGURE, json.dumps(place, sort_keys=True), value, FEW_PERSONS, below, above, False)
        )
    insert_rows(connection, "protection", rows)
    connection.execute(f"copy (select * from protection order by all) to {literal(path)} (format parquet)")
    connection.execute("drop table protection")


def _public_database(
    connection: duckdb.DuckDBPyConnection, path: Path, tables: list[str], simulated: Simulated
) -> None:
    connection.execute(f"attach {literal(path)} as public_side")
    connection.execute("create schema public_side.publication")
    companions = ("indicator_value", "territory", "indicator", "funder", "policy", "release", "revision")
    statutory = ("statutory_list", "statutory_column")
    for table in (
        *companions,
        "publisher",
        "error_report",
        "simulated_instance",
        *NAMES,
        *statutory,
        *tables,
    ):
        connection.execute(
            f"create table public_side.publication.{table} as "
            f"select * from memory.publication.{table} order by all"
        )
        if simulated:
            connection.execute(
                f"comment on table public_side.publication.{table} is {literal(simulated.both)}"
            )
    connection.execute("detach public_side")


def content_hash(
    data: dict[str, str], private_tables: dict[str, str], code_version: str, policy_sha256: str
) -> str:
    """Return the hash that names a release: of its data files (SHA-256 by name), its private tables,
    code and policy.
    """
    digest = hashlib.sha256()
    for known in (data, private_tables):
        for name, content in sorted(known.items()):
            digest.update(f"{name} {content}\n".encode())
    digest.update(f"{code_version} {policy_sha256}".encode())
    return digest.hexdigest()


def is_data_file(name: str) -> bool:
    """Return whether a file of a release, by its path in it, holds a public table: these give the release its
    id, and come out the same when it is made again. What describes them does not: it tells of the day too.
    """
    path = PurePosixPath(name)
    return path.parent == PurePosixPath(PUBLIC, DATA) and path.suffix in (".csv", ".parquet")


def _content_hash(data: Path, private_tables: dict[str, str], source: Source) -> str:
    files = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in data.iterdir()
        if is_data_file(f"{PUBLIC}/{DATA}/{path.name}")
    }
    return content_hash(files, private_tables, source.code_version, source.policy.sha256)
