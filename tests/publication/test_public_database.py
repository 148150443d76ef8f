"""What stands beside the public figures: the territories in words, and their residents."""

from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from publication.policy import load_policy
from publication.public_database import create_companions
from publication.simulated import Simulated
from tests.support.warehouse import Size, build_warehouse

NOTHING = Simulated({}, whole=False)
NOW = datetime(2026, 10, 1, tzinfo=UTC)
CODES = [
    ("081023", "2020-01-01", "2025-12-31", "082999", None),
    ("081024", "2020-01-01", "2025-12-31", "082999", None),
    ("082999", "2026-01-01", "9999-12-31", "082999", 900),
]


@pytest.mark.parametrize(
    ("registered", "shown"),
    [
        (["082999"], [("082999", "Merged", 900)]),
        (["081023"], [("082999", "Merged", 900)]),
        (["081023", "081024", "082999"], [("082999", "Merged", 900)]),
        (["081023", "000000"], [("000000", None, None), ("082999", "Merged", 900)]),
    ],
)
def test_residents_stand_once_however_the_register_names_a_comune(
    registered: list[str], shown: list[tuple], tmp_path: Path
) -> None:
    warehouse = build_warehouse(tmp_path / "warehouse.duckdb", Size(instances=1, persons=20))
    register = tmp_path / "instance_comune.parquet"
    with duckdb.connect(str(warehouse)) as connection:
        connection.executemany(
            """insert into marts.dim_territory
               values (?, 'Merged', '082', '19', ?, ?, false, ?, ?, 'ISTAT', '2026-01-01')""",
            CODES,
        )
        connection.execute("create schema publication")
        connection.execute("create table publication.indicator_value as from marts.indicator_value limit 0")
        connection.execute(
            f"""copy (select instance_id, unnest(?::varchar[]) as istat_comune from marts.dim_instance)
                to '{register}' (format parquet)""",
            [registered],
        )
        create_companions(
            connection, "marts", str(register), load_policy(), "a release", NOW, date(2026, 9, 30), NOTHING
        )
        rows = "select istat_comune, comune_name, residents from publication.territory order by all"
        assert connection.execute(rows).fetchall() == shown
