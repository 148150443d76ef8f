"""The build on Apache Spark: a home's raw layer arrives as relations of a session, tables of Parquet leave,
and stand in the warehouse file as a build on DuckDB leaves them.

The models are those of the dbt project. How dbt is called and what was built from what do not belong here.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb

from core.duckdb_sessions import connect
from core.errors import VetroError
from core.home import VetroHome
from core.settings import Settings
from core.sql import identifier, literal

# What a result depends on. All else, from the master to the memory, is Spark's own configuration
# (SPARK_CONF_DIR), and may differ from machine to machine.
SESSION = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.catalogImplementation": "in-memory",
    # The id of an export that reads as a number stays a text.
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}
# What ingestion tried, one JSON file an attempt: the columns that the models read.
ATTEMPTS = {
    "instance_id": "varchar",
    "export_id": "varchar",
    "attempt": "bigint",
    "status": "varchar",
    "sequence": "bigint",
    "attempted_at": "varchar",
    "manifest_sha256": "varchar",
    "error_count": "bigint",
    "codes": "varchar[]",
}


@contextmanager
def spark_session(settings: Settings) -> Iterator[Any]:
    """Yield a session whose tables are written below `VETRO_HOME/spark/`, with the relations that the models
    read; dbt takes the session of its process. On leaving, the session ends and that folder goes.

    VetroError where Spark does not start, as without Java.
    """
    # Installed only where somebody builds on it.
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    folder = spark_folder(settings.vetro_home)
    clear(settings.vetro_home)
    (folder / "read").mkdir(parents=True)
    # Rows that are spilled stay in the home, unless SPARK_LOCAL_DIRS says where else.
    places = {"spark.sql.warehouse.dir": str(folder / "tables"), "spark.local.dir": str(folder / "spilled")}
    builder = SparkSession.builder.appName("casa-di-vetro")
    if settings.spark_master:
        builder = builder.master(settings.spark_master)
    for name, value in (SESSION | places).items():
        builder = builder.config(name, value)
    try:
        session = builder.getOrCreate()
    except (PySparkException, RuntimeError, OSError) as error:
        raise VetroError(
            f"Spark did not start ({type(error).__name__}). It needs Java 17 or later, on the path or in "
            "JAVA_HOME, and a configuration that holds (SPARK_CONF_DIR)."
        ) from error
    # Its messages repeat statements, and with them values.
    session.sparkContext.setLogLevel("OFF")
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL + 1)
    try:
        offer_relations(session, settings.vetro_home)
        yield session
    finally:
        # Without it a cluster goes on starting executors while this process ends.
        session.stop()
        clear(settings.vetro_home)


def require_spark() -> None:
    """VetroError where Spark is not installed."""
    if find_spec("pyspark") is None:
        raise VetroError(
            "Spark is not installed: `make spark` adds it to .venv, or install requirements-spark.txt."
        )


def clear(home: VetroHome) -> None:
    """Remove what a build on Spark wrote and left: one that was killed leaves rows of persons."""
    shutil.rmtree(spark_folder(home), ignore_errors=True)


def spark_folder(home: VetroHome) -> Path:
    """Return where Spark writes while it builds; all machines of a cluster need to reach it, and raw."""
    return home.root / "spark"


def offer_relations(session: Any, home: VetroHome) -> None:
    """Give the session a view of each relation of raw and of the reference data, as `raw_<name>` and
    `reference_<name>`: the macros `raw` and `reference` name them."""
    for schema in sorted((home.raw / ".schema").glob("*.parquet")):
        found = next(home.raw.glob(f"instance=*/export=*/{schema.name}"), None)
        if found is None or schema.stem.startswith("_"):
            _offer_copied(session, home, f"raw_{schema.stem}", _of_exports(home, schema, is_told=bool(found)))
            continue
        columns = session.read.parquet(str(schema)).schema
        read = session.read.option("basePath", str(home.raw)).schema(columns)
        files = read.parquet(str(home.raw / "instance=*" / "export=*" / schema.name))
        files.createOrReplaceTempView(f"raw_{schema.stem}")
    merges = home.raw / ".merges" / "subject_merge.parquet"
    _offer_copied(session, home, "raw_subject_merge", f"from read_parquet({literal(merges)})")
    corrections = home.raw / ".corrections.parquet"
    _offer_copied(session, home, "raw_corrections", f"from read_parquet({literal(corrections)})")
    _offer_copied(session, home, "raw_attempts", _attempts(home))
    for table in sorted(home.reference.glob("*.parquet")):
        session.read.parquet(str(table)).createOrReplaceTempView(f"reference_{table.stem}")


def _of_exports(home: VetroHome, schema: Path, *, is_told: bool) -> str:
    """The rows of one table of all exports, with the instance and the export of each."""
    empty = "select *, cast(null as varchar) as instance, cast(null as varchar) as export "
    empty += f"from read_parquet({literal(schema)})"
    if not is_told:
        return empty
    files = home.raw / "instance=*" / "export=*" / schema.name
    return (
        f"{empty} union all by name select * from read_parquet({literal(files)}, hive_partitioning = true, "
        "hive_types_autocast = false, union_by_name = true)"
    )


def _attempts(home: VetroHome) -> str:
    files = home.raw / ".attempts" / "*" / "*.json"
    if next(home.raw.glob(".attempts/*/*.json"), None) is None:
        told = ", ".join(f"cast(null as {kind}) as {column}" for column, kind in ATTEMPTS.items())
        told = f"(select {told} where false)"
    else:
        columns = ", ".join(f"{column}: {literal(kind)}" for column, kind in ATTEMPTS.items())
        told = f"read_json({literal(files)}, columns = {{{columns}}})"
    return f"select * exclude (codes), array_to_string(list_sort(codes), ' ') as codes from {told}"


def _offer_copied(session: Any, home: VetroHome, name: str, query: str) -> None:
    """Offer the rows of a small relation from a file of their own: Spark passes over every file and folder
    whose name begins with a dot or an underscore, and a query of DuckDB reads them."""
    copy = spark_folder(home) / "read" / f"{name}.parquet"
    with connect() as connection:
        connection.execute(f"copy ({query}) to {literal(copy)} (format parquet)")
    session.read.parquet(str(copy)).createOrReplaceTempView(name)


def take_over(session: Any, home: VetroHome, nodes: Iterable[Any]) -> None:
    """Write the table of each built model into the warehouse file, in place of what stands there.

    nodes -- the models as dbt knows them. Columns under contract get its types, others those of Spark.
    """
    with connect(home.warehouse, spill=home.temporary) as connection:
        for node in nodes:
            name = f"{identifier(node.schema)}.{identifier(node.alias)}"
            connection.execute(f"create schema if not exists {identifier(node.schema)}")
            for kind in _kinds_of(connection, node.schema, node.alias):
                connection.execute(f"drop {kind} {name}")
            files = spark_folder(home) / "tables" / f"{node.schema}.db" / node.alias
            if next(files.glob("*.parquet"), None):
                source = f"read_parquet({literal(files / '*.parquet')})"
            else:
                empty = session.table(f"{node.schema}.{node.alias}").toArrow()
                connection.register("without_rows", empty)
                source = "without_rows"
            types = {c.name: c.data_type for c in node.columns.values()} if node.contract.enforced else {}
            columns = connection.execute(f"describe from {source}").fetchall()
            cast = ", ".join(_cast(column, types.get(column, kind)) for column, kind, *_ in columns)
            connection.execute(f"create table {name} as select {cast} from {source}")


def _kinds_of(connection: duckdb.DuckDBPyConnection, schema: str, name: str) -> list[str]:
    """As what a relation of this name stands: a table, a view, or nothing."""
    found = connection.execute(
        "select table_type from information_schema.tables where table_schema = $1 and table_name = $2",
        [schema, name],
    ).fetchall()
    return ["view" if kind == "VIEW" else "table" for (kind,) in found]


def _cast(column: str, kind: str) -> str:
    # Spark knows no timestamp without a zone but by another name; its session's zone is UTC.
    kind = "timestamp" if kind == "TIMESTAMP WITH TIME ZONE" else kind
    return f"cast({identifier(column)} as {kind}) as {identifier(column)}"
