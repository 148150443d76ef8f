"""The public side of a release on disk: one CSV and one Parquet file per table, and `tables.json` that
describes them.

Protected cells arrive, files leave: ordered, written by one thread, the same bytes for the same cells.
Deciding what may be shown does not belong here.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb

from core.duckdb_sessions import connect
from core.spreadsheet_text import harmless_columns
from core.sql import literal
from publication.bulk_insert import insert_rows
from publication.calendar import Period
from publication.cells import VALUE, ZERO, CellSystem
from publication.late_data import Former, create_late_table
from publication.policy import DisclosurePolicy
from publication.relations import UNSTATED, open_sums, zero_together
from publication.remainders import nested_in_truth
from publication.revision import Revision
from publication.scope import Scope
from publication.simulated import COLUMN, Simulated
from publication.table_list import LateTable, Measure, OpenTable, OrganisationTable, PublicTable, TableList

DATA = "data"
TABLES_JSON = "tables.json"
PUBLIC_FIGURE = "public_figure"
README = "README.md"
# The public files that are no table, as README.md lists them.
_BESIDE = (
    "- `casa-di-vetro.duckdb`: tutte le tabelle in una base dati / all tables in one database",
    f"- `{DATA}/datapackage.json`: ogni file e ogni colonna, come Data Package / every file and every "
    "column, as a Data Package",
    "- `catalog.ttl`, `catalog.rdf`, `catalog.jsonld`: il catalogo DCAT-AP_IT, in tre forme / the catalogue "
    "of DCAT-AP_IT, in three forms",
    "- `manifest.json`: chi pubblica, che cosa garantisce le cifre, come citarle / who publishes, what "
    "vouches for the figures, how to cite them",
    "- `SHA256SUMS`: per controllare i file con `sha256sum -c` / to check the files with `sha256sum -c`",
)
LATE_MEASURE = "told_late"
# What becomes of data told after a period was published, by table; the words stand in tables.json.
NEXT_MONTH, YEAR_ISSUED_AGAIN = "next_month", "year_issued_again"
LATE_DATA = {
    NEXT_MONTH: {
        "it": "I dati arrivati dopo l'uscita di un mese contano una volta sola, nel primo mese "
        "pubblicato dopo; t14_told_late dice a quale mese si riferiscono. Trimestri e anni sono la somma "
        "dei loro mesi. Valori cumulati e giacenze li contengono da sé; conteggi di cose distinte, mediane e "
        "indici restano come erano noti alla chiusura.",
        "en": "Data told after a month was published count once, in the first month published after that; "
        "t14_told_late says which month they are about. Quarters and years are the sums of their months. "
        "Cumulative figures and stocks hold them by themselves; distinct counts, medians and indices stay as "
        "they were known when the period closed.",
    },
    YEAR_ISSUED_AGAIN: {
        "it": "Le cifre restano come erano note alla chiusura del periodo. I dati arrivati dopo compaiono "
        "solo se l'anno viene ripubblicato per intero: gli anni ripubblicati stanno in revisions.",
        "en": "Figures stay as they were known when the period closed. Data told later show only where the "
        "year is issued again as a whole: the years issued again stand in revisions.",
    },
}


def create_tables(
    connection: duckdb.DuckDBPyConnection, system: CellSystem, table_list: TableList
) -> list[str]:
    """Create one table per gathered public table in schema publication, in the order of its rows; return
    their names.

    A hidden cell is null and carries the mark `suppressed`, whatever it is hidden for.
    """
    created = []
    for table in table_list.tables:
        if table.name not in system.rows:
            continue
        measures = [table_list.measures[name] for name in table.measures]
        columns = [f"{column} varchar not null" for column in table.columns]
        for measure in measures:
            columns += [f"{measure.name} {_type(measure)}", f"{measure.name}_mark varchar not null"]
        connection.execute(f"create table publication.{table.name} ({', '.join(columns)})")
        rows = [_row(row, table, measures, system) for row in system.rows[table.name]]
        if rows:
            insert_rows(
                connection,
                f"publication.{table.name}",
                sorted(rows, key=lambda row: row[: len(table.columns)]),
            )
        created.append(table.name)
    return created


def create_open_table(
    connection: duckdb.DuckDBPyConnection,
    marts: str,
    table: OpenTable,
    periods: Mapping[str, Sequence[Period]],
    concentration: Sequence[Sequence[object]],
    former: Sequence[Path],
    revised_years: Collection[str],
) -> tuple[bool, set[tuple[str, date]]]:
    """Create the table of the figures that are public by law, closed periods only, and, if anything was told
    late in them, the table of that. Return whether, and the periods (kind, first day) that stay as printed.

    `concentration` are rows of the same columns, computed from what is printed elsewhere. `former` are
    folders of releases: figures of periods that stood in one of them are taken over from the first, as they
    were printed.
    """
    closed = [(kind, period.start) for kind in table.periods for period in periods[kind]]
    connection.execute("create temp table closed (period_type varchar, period_start date)")
    if closed:
        connection.executemany("insert into closed values (?, ?)", closed)
    connection.execute(
        f"""
        create table publication.{table.name} as
        select figure.indicator_id, figure.scope_type, figure.scope_id, figure.period_type,
            figure.period_start,
               figure.numerator, figure.denominator, figure.value, {mark_of_status("figure")} as mark
        from {marts}.indicator_value as figure
        inner join closed using (period_type, period_start)
        inner join {marts}.dim_indicator as registry using (indicator_id)
        where registry.protect = 'none' and indicator_id <> $concentration
            and item = 'ALL' and area = 'ALL' and population_group = 'ALL'""",
        {"concentration": table.concentration},
    )
    connection.execute("drop table closed")
    insert_rows(connection, f"publication.{table.name}", concentration)
    files = [
        Former(figures, late if late.exists() else None, _closed(folder, figures))
        for folder in former
        for figures, late in [(_data(folder, table.name), _data(folder, table.late.name))]
        if figures.exists()
    ]
    return create_late_table(connection, marts, table.name, table.late.name, periods, files, revised_years)


def _closed(folder: Path, figures: Path) -> dict[str, tuple[date, date]]:
    """The first and the last period of each kind that a former release published; where it does not say,
    those in which it had a figure."""
    document = json.loads((folder / "public" / TABLES_JSON).read_text(encoding="utf-8"))
    if "closed" in document:
        return {
            kind: (date.fromisoformat(first), date.fromisoformat(last))
            for kind, (first, last) in document["closed"].items()
        }
    with connect() as connection:
        rows = connection.execute(
            "select period_type, min(period_start), max(period_start) from read_parquet($path) group by 1",
            {"path": str(figures)},
        ).fetchall()
    return {kind: (first, last) for kind, first, last in rows}


def _data(folder: Path, table: str) -> Path:
    return folder / "public" / DATA / f"{table}.parquet"


def create_organisation_table(
    connection: duckdb.DuckDBPyConnection,
    marts: str,
    table: OrganisationTable,
    years: Sequence[Period],
    former: Sequence[Path],
    revised_years: Collection[str],
) -> None:
    """Create the table of organisations' applications, closed years only; years that stood in one of the
    `former` folders are taken over from the first as they were printed, except the revised ones."""
    connection.execute("create temp table closed (year varchar, period_start date)")
    insert_rows(connection, "closed", [(year.name, year.start) for year in years])
    columns = "call, stage, year, organisations, amount, mark"
    connection.execute(f"""
        create table publication.{table.name} as
        select call_key as call, stage, year, organisations, amount,
               case when organisations = 0 then '{ZERO}' else '{VALUE}' end as mark
        from {marts}.organisation_application inner join closed using (period_start)""")
    connection.execute("drop table closed")
    connection.execute(f"create temp table printed as select {columns} from publication.{table.name} limit 0")
    for folder in former:
        if _data(folder, table.name).exists():
            connection.execute(
                f"""
                insert into printed select {columns} from read_parquet($file)
                where year not in (select year from printed)""",
                {"file": str(_data(folder, table.name))},
            )
    revised = sorted(set(revised_years))
    connection.execute("delete from printed where list_contains($years, year)", {"years": revised})
    connection.execute(f"delete from publication.{table.name} where year in (select year from printed)")
    connection.execute(f"insert into publication.{table.name} select * from printed")
    connection.execute("drop table printed")


def mark_of_status(figure: str) -> str:
    """Return the SQL that turns the status of a figure that nobody needs to protect into its mark."""
    return f"""case when {figure}.status in ('not_collected', 'not_applicable') then {figure}.status
        when {figure}.status <> 'ok' or {figure}.value is null then 'missing'
        when {figure}.value = 0 then '{ZERO}' else '{VALUE}' end"""


def write_files(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    tables: Sequence[str],
    simulated: Simulated,
    beside_rows: Sequence[Mapping[str, tuple[str, str]]] = (),
) -> None:
    """Write `<table>.csv` and `<table>.parquet` into `folder` for tables of schema publication, ordered by
    all columns.

    `beside_rows` say of a table what stands beside its rows, in columns after its own: the columns, and the
    joins that they come from, in which the table is `keyed`. Where data are simulated every row says so in a
    last column, so that no copy of some rows loses it; the Parquet files say it in their metadata too.
    """
    folder.mkdir(parents=True)
    beside = f", '{simulated.named}' as {COLUMN}" if simulated else ""
    notice = f"{{{COLUMN}: '{simulated.named}', notice: {literal(simulated.both)}}}"
    noted = f", kv_metadata {notice}" if simulated else ""
    for table in tables:
        added = [each[table] for each in beside_rows if table in each]
        names, joins = ("".join(parts) for parts in zip(*added, strict=True)) if added else ("", "")
        keyed = f"select keyed.*{names} from publication.{table} as keyed {joins} order by all"
        ordered = f"(select *{beside} from ({keyed}))"
        as_csv, as_parquet = (literal(folder / f"{table}.{form}") for form in ("csv", "parquet"))
        as_shown = harmless_columns(connection, ordered)
        connection.execute(f"copy ({as_shown}) to {as_csv} (format csv, header true)")
        connection.execute(f"copy {ordered} to {as_parquet} (format parquet, compression zstd{noted})")


@dataclass(frozen=True)
class Known:
    """A territory, and the first and the last day that its exports cover."""

    instance_id: str
    name: str
    data_from: date
    data_to: date


def known_territories(connection: duckdb.DuckDBPyConnection, marts: str) -> list[Known]:
    """Return what is known of each territory that has ever sent anything, by its id."""
    return [
        Known(*row)
        for row in connection.execute(f"""
            select instance_id, instance_name, first_period_from, data_to from {marts}.dim_instance
            where first_period_from is not null and data_to is not null order by 1""").fetchall()
    ]


def write_readme(
    path: Path,
    titles: dict[str, tuple[str, str]],
    release_id: str,
    as_of: date,
    simulated: Simulated,
    territories: Sequence[Known],
) -> None:
    """Write README.md: what the files are, in both languages, and first of all if they tell of nobody real;
    also which territories are known to an earlier day than `as_of` only.

    titles -- of each table, Italian and English.
    """
    behind = defaultdict(list)
    for each in territories:
        if each.data_to < as_of:
            behind[each.data_to].append(each.name)
    earlier: dict[str, list[str]] = {"it": [], "en": []}
    if behind:
        of_day = [(day, ", ".join(names)) for day, names in sorted(behind.items())]
        italian = "; ".join(f"fino al {day:%d/%m/%Y} {names}" for day, names in of_day)
        english = "; ".join(f"to {day.isoformat()} {names}" for day, names in of_day)
        earlier = {
            "it": [f"Di alcuni territori si sa solo fino a un giorno precedente: {italian}.", ""],
            "en": [f"Of some territories less is known: {english}.", ""],
        }
    notice = {
        language: [f"> **{simulated.sentence(language)}**", ""] if simulated else []
        for language in ("it", "en")
    }
    listed = [f"- `{DATA}/{name}.csv`, `.parquet`: {it} / {en}" for name, (it, en) in titles.items()]
    lines = [
        f"# Casa di Vetro, {release_id}",
        "",
        *notice["it"],
        f"Dati pubblici fino al {as_of:%d/%m/%Y}, licenza CC BY 4.0. Accanto a ogni numero la colonna che "
        "finisce in `_mark` (o `mark`) dice che cosa è: `value`, `zero`, `suppressed` (protetto), `missing`, "
        "`not_collected`, `not_applicable`. `tables.json` descrive ogni tabella.",
        "",
        *earlier["it"],
        *notice["en"],
        f"Public data to {as_of.isoformat()}, licence CC BY 4.0. Beside every number the column that ends "
        "in `_mark` (or `mark`) says what it is: `value`, `zero`, `suppressed` (protected), `missing`, "
        "`not_collected`, `not_applicable`. `tables.json` describes every table.",
        "",
        *earlier["en"],
        *listed,
        *_BESIDE,
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_description(
    path: Path,
    system: CellSystem,
    table_list: TableList,
    policy: DisclosurePolicy,
    release_id: str,
    periods: dict[str, Sequence[Period]],
    *,
    organisations: bool,
    simulated: Simulated,
    told_late: bool,
    territories: Sequence[Known],
    revisions: Sequence[Revision] = (),
) -> None:
    """Write tables.json: everything a reader needs to mount an attack on the tables, what became of late
    data, and from which day to which each territory is known. `periods` are the closed ones of each kind.

    `organisations`, `told_late`: whether these two tables were made. `revisions`: the years that
    were issued again.
    """
    incomplete = open_sums(system, table_list)
    open_dimensions = {(name, dimension) for name, dimension, _ in incomplete}
    tables = []
    for table in table_list.tables:
        if table.name not in system.rows:
            continue
        for name in table.measures:
            measure = table_list.measures[name]
            tables.append(
                {
                    "name": f"{table.name}.{name}",
                    "title_it": table.it,
                    "title_en": table.en,
                    "file": f"{DATA}/{table.name}.csv",
                    "dimensions": dict(table.columns),
                    "fixed": {
                        d: member for d, member in sorted(table.fixed.items()) if d in measure.dimensions
                    },
                    "measure": name,
                    "measure_id": name,
                    "kind": measure.kind,
                    "threshold": table.threshold,
                    "mark_column": f"{name}_mark",
                    "absent": "unknown"
                    if {(name, d) for d in table.columns.values()} & open_dimensions
                    else "zero",
                    "half_width": 0,
                    "release": release_id,
                }
            )
    if organisations:
        tables += _organisations(table_list.organisations, release_id)
    tables.append(
        _unprotected(
            table_list.open,
            {
                "indicator_id": "indicator",
                "scope_type": "scope_type",
                "scope_id": "scope",
                "period_type": "period_type",
                "period_start": "period_start",
            },
            ("value", PUBLIC_FIGURE),
            release_id,
        )
    )
    if told_late:
        tables.append(_late(table_list.open, release_id))
    by_month = {f"{DATA}/{name}.csv" for name in (table_list.open.name, table_list.open.late.name)}
    for table in tables:
        table["late_data"] = NEXT_MONTH if table["file"] in by_month else YEAR_ISSUED_AGAIN
    measures = table_list.measures.values()
    document = {
        "closed": {
            kind: [closed[0].start.isoformat(), closed[-1].start.isoformat()]
            for kind, closed in periods.items()
            if closed
        },
        "late_data": LATE_DATA,
        "territories": [
            {
                "territory": str(Scope("instance", each.instance_id)),
                "name": each.name,
                "data_from": each.data_from.isoformat(),
                "data_to": each.data_to.isoformat(),
            }
            for each in territories
        ],
        "revisions": [asdict(revision) for revision in revisions],
        "hierarchies": _hierarchies(system, table_list, incomplete),
        "distinct_over": {
            m.name: list(m.distinct_over) for m in measures if m.distinct_over and m.kind == "count"
        },
        "zero_links": [
            [m.name, m.count] for m in measures if m.count and not m.counted_at and zero_together(system, m)
        ],
        "at_least": [[m.name, m.count] for m in measures if m.count and m.at_least_count],
        "may_be_negative": sorted(
            {cell.measure for cell in system.cells.values() if cell.value < 0} | {PUBLIC_FIGURE}
        ),
        "nested": nested_in_truth(system, table_list),
        "protection": policy.protection,
        "sensitive": {
            m.name: {d: sorted(classes) if classes else "all" for d, classes in m.sensitive.items()}
            for m in measures
            if m.sensitive
        },
        "tables": tables,
    }
    if simulated:
        document["simulated"] = simulated.as_record() | {
            "column": COLUMN,
            "it": simulated.sentence("it"),
            "en": simulated.sentence("en"),
        }
    path.write_text(
        json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8"
    )


def _late(table: OpenTable, release_id: str) -> dict[str, object]:
    dimensions = {
        "indicator_id": "indicator",
        "scope_type": "scope_type",
        "scope_id": "scope",
        "period_start": "period_start",
        "about": "about",
    }
    return _unprotected(table.late, dimensions, ("numerator", LATE_MEASURE), release_id)


def _organisations(table: OrganisationTable, release_id: str) -> list[dict[str, object]]:
    dimensions = {"call": "call", "stage": "organisation_stage", "year": "period"}
    measures = (("organisations", "call_organisations"), ("amount", "call_organisation_amount"))
    return [
        _unprotected(table, dimensions, measure, release_id) | {"name": f"{table.name}.{measure[0]}"}
        for measure in measures
    ]


def _unprotected(
    table: OpenTable | LateTable | OrganisationTable,
    dimensions: dict[str, str],
    measure: tuple[str, str],
    release_id: str,
) -> dict[str, object]:
    """The description of a table that no threshold protects; `measure` is its column and its id."""
    column, measure_id = measure
    return {
        "name": table.name,
        "title_it": table.it,
        "title_en": table.en,
        "file": f"{DATA}/{table.name}.csv",
        "dimensions": dimensions,
        "fixed": {},
        "measure": column,
        "measure_id": measure_id,
        "kind": "amount",
        "threshold": 0,
        "mark_column": "mark",
        "absent": "unknown",
        "half_width": 0,
        "release": release_id,
    }


def _hierarchies(
    system: CellSystem, table_list: TableList, incomplete: set[tuple[str, str, str]]
) -> dict[str, dict[str, str]]:
    """Child -> parent by dimension. A total that holds more than its members has one
    more, never published.
    """
    hierarchies = {
        dimension: dict(tree)
        for dimension, tree in system.hierarchies.items()
        if dimension not in ("provider", "award")
    }
    for name, at in system.cells:
        for dimension, member in zip(table_list.measures[name].dimensions, at, strict=True):
            parent = system.hierarchies.get(dimension, {}).get(member, table_list.totals.get(dimension))
            if dimension not in ("territory", "area", "period") and parent not in (None, member):
                hierarchies.setdefault(dimension, {})[member] = parent
    for _, dimension, parent in sorted(incomplete):
        whole = table_list.totals.get(dimension)
        name = UNSTATED if parent == whole else f"{UNSTATED} {parent}"
        hierarchies.setdefault(dimension, {})[name] = parent
    return {dimension: dict(sorted(tree.items())) for dimension, tree in sorted(hierarchies.items())}


def _type(measure: Measure) -> str:
    return "bigint" if measure.whole else "decimal(18, 2)"


def _row(
    row: dict[str, str], table: PublicTable, measures: Sequence[Measure], system: CellSystem
) -> list[object]:
    values: list[object] = [row[dimension] for dimension in table.columns.values()]
    for measure in measures:
        at = tuple(row.get(d, table.fixed.get(d, "")) for d in measure.dimensions)
        cell = system.cells[measure.name, at]
        shown = cell.mark in (VALUE, ZERO)
        values += [
            (int(cell.value) if measure.whole else cell.value.quantize(Decimal("0.01"))) if shown else None,
            cell.mark,
        ]
    return values
