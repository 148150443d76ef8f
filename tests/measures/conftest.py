"""One warehouse for all tests of the measures: the worked territory beside twelve drawn at random."""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from ingestion.home import VetroHome
from ingestion.instances import register_instances
from orchestration.settings import Settings
from orchestration.warehouse import Warehouse
from tests.measures import drawn_territories, worked_territory
from tests.support.committed_rows import commit_rows


@dataclass(frozen=True)
class Measured:
    """A built warehouse, and the rows it was built from: by instance, by entity."""

    home: VetroHome
    warehouse: Warehouse
    rows: dict[str, dict[str, list[dict]]]
    connection: duckdb.DuckDBPyConnection

    def one(self, sql: str, *values: object) -> tuple:
        """Return the only row of a query."""
        found = self.connection.execute(sql, list(values)).fetchall()
        assert len(found) == 1, f"{len(found)} rows instead of one"
        return found[0]


@pytest.fixture(scope="session")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Measured:
    """Commit the rows, build the warehouse once, open it read only."""
    root: Path = tmp_path_factory.mktemp("measures")
    home = VetroHome.at(root)
    home.ensure()
    territories = {worked_territory.INSTANCE: worked_territory.REGISTRATION} | drawn_territories.registrations()
    rows = {worked_territory.INSTANCE: worked_territory.rows()} | drawn_territories.rows()
    register_instances(home, territories)
    for instance, by_entity in rows.items():
        commit_rows(
            home, instance, by_entity,
            period=worked_territory.PERIOD, accepted_on=worked_territory.ACCEPTED_ON,
        )  # fmt: skip
    warehouse = Warehouse(Settings(home=root, memory="1GB", threads=2))
    report = warehouse.build()
    assert report.succeeded, "\n".join(f"{model.name}: {model.message}" for model in report.failures)
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        yield Measured(home, warehouse, rows, connection)
