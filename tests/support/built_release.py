"""Both databases of a release as the publication writes them, for tests of the pages that read them.

They are made from a small warehouse of invented figures, after both gates have judged it; copied and emptied
they have every table and column of a release, and no row.
"""

import shutil
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import duckdb

from core.home import VetroHome
from ingestion.raw.layer import write_schemas
from publication.release import publish
from quality.gate import run_gates
from tests.support import built_marts
from tests.support.gates import RecordedGate
from tests.support.kept_builds import kept_build
from tests.support.warehouse import Size, build_warehouse

DATABASE = "casa-di-vetro.duckdb"
SIDES = ("private", "public")
DEPENDS_ON = (
    *built_marts.DEPENDS_ON,
    "quality",
    "publication",
    "tests/support/warehouse.py",
    "tests/support/built_release.py",
)


def copy_emptied_release(folder: Path) -> None:
    """Write `private/` and `public/` into `folder`, each with its database, in which no table has a row."""
    for side in SIDES:
        (folder / side).mkdir(parents=True)
        shutil.copyfile(emptied_release() / f"{side}.duckdb", folder / side / DATABASE)


@cache
def emptied_release() -> Path:
    """Return the folder with `private.duckdb` and `public.duckdb`, to be read only."""
    return kept_build("release", DEPENDS_ON, _build)


def _build(folder: Path) -> None:
    home = VetroHome.at(folder / "home").ensure()
    write_schemas(home)
    build_warehouse(home.warehouse, Size(instances=2, persons=60))
    run_gates(home)
    made = publish(home, gate=RecordedGate(True, datetime.now(UTC), []), code_version="1")
    for side in SIDES:
        with duckdb.connect(str(folder / f"{side}.duckdb")) as connection:
            connection.execute(f"attach '{made.path / side / DATABASE}' as made (read_only)")
            for schema, table in connection.execute(
                "select schema_name, table_name from duckdb_tables() where database_name = 'made'"
            ).fetchall():
                connection.execute(f"create schema if not exists {schema}")
                connection.execute(f"create table {schema}.{table} as from made.{schema}.{table} limit 0")
    shutil.rmtree(home.root)
