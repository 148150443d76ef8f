"""The same models on Apache Spark give the same tables: on a cluster of separate processes, one of which is
killed in the middle, and again after one more export, which DuckDB builds upon what stands.
"""

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from core.home import VetroHome
from core.settings import Settings
from core.sql import literal
from ingestion.loading.ingest import ingest
from orchestration.spark_engine import spark_folder
from orchestration.warehouse import Warehouse
from tests.support import walked_home
from tests.support.homes import first_exports, land
from tests.support.walked_home import INSTANCES

pytestmark = [
    pytest.mark.spark,
    pytest.mark.skipif(
        importlib.util.find_spec("pyspark") is None or shutil.which("java") is None,
        reason="pyspark or Java is missing: `make test-spark` installs the first",
    ),
]
# Little data, so that what costs is planning queries and handing out tasks, not their rows: no code is made
# for a query, all files of a table are one task, and Java compiles no more than a process of minutes needs.
SMALL = """\
spark.driver.memory                3g
spark.driver.host                  127.0.0.1
spark.driver.bindAddress           127.0.0.1
spark.driver.extraJavaOptions      -XX:+UseSerialGC -XX:TieredStopAtLevel=1
spark.executor.extraJavaOptions    -XX:+UseSerialGC -XX:TieredStopAtLevel=1
spark.ui.enabled                   false
spark.default.parallelism          1
spark.locality.wait                0
spark.broadcast.compress           false
spark.shuffle.compress             false
spark.sql.shuffle.partitions       1
spark.sql.files.minPartitionNum    1
spark.sql.files.openCostInBytes    0
spark.sql.leafNodeDefaultParallelism 1
spark.sql.adaptive.enabled         false
spark.sql.codegen.wholeStage       false
spark.sql.codegen.factoryMode      NO_CODEGEN
spark.sql.constraintPropagation.enabled false
"""
# An executor writes several lines a task, unless it is told not to.
SILENT = "rootLogger.level = off\n"
CLUSTER, ONE_MACHINE = "local-cluster[2,1,1024]", "local[2]"
EXECUTOR = "CoarseGrainedExecutorBackend"
# Exports of each territory at first: a year of them.
OF_EACH = 12
# So many tables stand when an executor is killed.
IN_THE_MIDDLE = 30
TABLES = """
    select table_schema || '.' || table_name from information_schema.tables
    where table_catalog = 'on_duckdb' and table_schema in ('marts', 'quality') order by 1
"""
# Of so many tables no row is known in so small a network: of what is wrong with exports, of corrections.
MOST_EMPTY = 8
# Two doubles that differ by no more than this share of the larger are equal: sums are made in another order.
NEAR = 1e-9


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return walked_home.simulate_exports(tmp_path_factory.mktemp("simulated"))


@pytest.fixture(scope="module")
def homes(exports: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[VetroHome, VetroHome]:
    """Two homes with the same raw layer: one to build on DuckDB, one on Spark."""
    root = tmp_path_factory.mktemp("homes")
    home = walked_home.new_home(root / "on_duckdb", exports).vetro_home
    for instance in INSTANCES:
        for export in first_exports(exports, instance, OF_EACH)[1:]:
            land(home, export, instance)
    statuses = {receipt.status for receipt in ingest(home)}
    assert statuses == {"accepted"}
    shutil.copytree(home.root, root / "on_spark")
    return home, VetroHome.at(root / "on_spark")


def on_spark(home: VetroHome, master: str, folder: Path) -> subprocess.Popen[str]:
    """Start `vetro build --engine spark`, in a process group of its own."""
    (folder / "conf").mkdir(exist_ok=True, parents=True)
    (folder / "conf" / "spark-defaults.conf").write_text(SMALL, encoding="utf-8")
    (folder / "conf" / "log4j2.properties").write_text(SILENT, encoding="utf-8")
    environment = os.environ | {
        "VETRO_HOME": str(home.root),
        "VETRO_SPARK_MASTER": master,
        "SPARK_CONF_DIR": str(folder / "conf"),
        # Executors too listen to this machine alone.
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_LOCAL_HOSTNAME": "localhost",
        "SPARK_WORKER_DIR": str(folder / "workers"),
        "SPARK_LOCAL_DIRS": str(folder / "local"),
    }
    command = [
        sys.executable,
        "-c",
        "from orchestration.cli import main; main()",
        "build",
        "--engine",
        "spark",
    ]
    return subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def executors(of: int) -> set[int]:
    """The processes of a group in which Spark runs tasks."""
    found = set()
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit() and EXECUTOR.encode() in (process / "cmdline").read_bytes():
                found |= {int(process.name)} if os.getpgid(int(process.name)) == of else set()
        except OSError:
            continue
    return found


def writes_a_table(process: int, home: VetroHome) -> bool:
    """Whether a process has a file of a table open, of which it then writes the rows."""
    tables = str(spark_folder(home) / "tables")
    try:
        files = Path(f"/proc/{process}/fd").iterdir()
        return any(str(opened.readlink()).startswith(tables) for opened in files)
    except OSError:
        return False


def written(home: VetroHome) -> int:
    return sum(1 for _ in (spark_folder(home) / "tables").glob("*.db/*/_SUCCESS"))


def ended(build: subprocess.Popen[str]) -> str:
    output, _ = build.communicate(timeout=1400)
    assert build.returncode == 0, output[-3000:]
    return output


@pytest.fixture
def both(homes: tuple[VetroHome, VetroHome]) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that sees both warehouses, once they are built."""
    with duckdb.connect() as connection:
        yield connection


def differences(connection: duckdb.DuckDBPyConnection, homes: tuple[VetroHome, VetroHome]) -> dict[str, int]:
    """How many rows of each table stand in one warehouse alone, or have a double that is not the other's."""
    for name, home in zip(("on_duckdb", "on_spark"), homes, strict=True):
        connection.execute(f"attach {literal(home.warehouse)} as {name} (read_only)")
    found = {}
    tables = [name for (name,) in connection.execute(TABLES).fetchall()]
    rows = {t: connection.execute(f"select count(*) from on_duckdb.{t}").fetchall()[0][0] for t in tables}
    assert len(tables) > 40 and sum(1 for n in rows.values() if not n) <= MOST_EMPTY, rows
    for table in tables:
        columns = connection.execute(f"describe on_duckdb.{table}").fetchall()
        assert columns == connection.execute(f"describe on_spark.{table}").fetchall(), table
        doubles = [f'"{name}"' for name, kind, *_ in columns if kind == "DOUBLE"]
        exact = ", ".join(f'"{name}"' for name, kind, *_ in columns if kind != "DOUBLE")
        apart = sum(
            connection.execute(
                f"select count(*) from (select {exact} from {one}.{table} "
                f"except all select {exact} from {other}.{table})"
            ).fetchall()[0][0]
            for one, other in (("on_duckdb", "on_spark"), ("on_spark", "on_duckdb"))
        )
        if doubles and not apart:
            order = ", ".join([exact, *(f"round({name}, 6)" for name in doubles)])
            numbered = f"select row_number() over (order by {order}) as position, {', '.join(doubles)} from"
            unlike = " or ".join(
                f"coalesce(abs(a.{name} - b.{name}) > {NEAR} * greatest(abs(a.{name}), abs(b.{name})), "
                f"a.{name} is distinct from b.{name})"
                for name in doubles
            )
            apart = connection.execute(
                f"select count(*) from ({numbered} on_duckdb.{table}) as a "
                f"join ({numbered} on_spark.{table}) as b using (position) where {unlike}"
            ).fetchall()[0][0]
        if apart:
            found[table] = apart
    return found


def test_a_cluster_that_loses_an_executor_gives_the_tables_of_duckdb(
    homes: tuple[VetroHome, VetroHome], both: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    ours, theirs = homes
    build = on_spark(theirs, CLUSTER, tmp_path)
    try:
        while written(theirs) < IN_THE_MIDDLE and build.poll() is None:
            time.sleep(0.5)
        before = executors(build.pid)
        assert len(before) == 2, "the executors are no processes of their own"
        # In the middle of a task: one that writes the rows of a table.
        while not (writing := [e for e in before if writes_a_table(e, theirs)]) and build.poll() is None:
            time.sleep(0.01)
        (killed, *_) = writing
        os.kill(killed, signal.SIGKILL)
        at_the_kill = written(theirs)
        while not executors(build.pid) - before and build.poll() is None:
            time.sleep(0.5)
        assert executors(build.pid) - before, "no other executor took its place"
        assert killed not in executors(build.pid)
        ended(build)
    finally:
        if build.poll() is None:
            os.killpg(build.pid, signal.SIGKILL)
    assert Warehouse(Settings(home=ours.root)).build().succeeded
    assert at_the_kill < 100
    assert not differences(both, homes)
    assert not spark_folder(theirs).exists()


def test_one_more_export_gives_the_tables_that_duckdb_builds_upon_what_stands(
    homes: tuple[VetroHome, VetroHome], both: duckdb.DuckDBPyConnection, exports: Path, tmp_path: Path
) -> None:
    ours, theirs = homes
    *_, new = first_exports(exports, INSTANCES[0], OF_EACH + 1)
    land(ours, new, INSTANCES[0])
    assert "accepted" in {receipt.status for receipt in ingest(ours)}
    # The day and hour of ingestion stand in the tables.
    shutil.rmtree(theirs.raw)
    shutil.copytree(ours.raw, theirs.raw)
    ended(on_spark(theirs, ONE_MACHINE, tmp_path))
    assert Warehouse(Settings(home=ours.root)).build().succeeded
    assert not differences(both, homes)
    assert Warehouse(Settings(home=theirs.root, engine="spark")).build().unchanged


def test_a_build_on_duckdb_upon_tables_of_spark_is_full(homes: tuple[VetroHome, VetroHome]) -> None:
    _, theirs = homes
    report = Warehouse(Settings(home=theirs.root)).build()
    assert report.succeeded and not report.unchanged and report.built > 100
