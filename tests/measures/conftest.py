"""One warehouse for all tests of the measures: the worked territory beside twelve drawn at random."""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from core.home import VetroHome
from core.settings import Settings
from ingestion.contract.schema import load_contract
from ingestion.instances import register_instances
from orchestration import documentation
from orchestration.warehouse import Warehouse
from tests.measures import drawn_territories, worked_territory
from tests.support.committed_rows import commit_rows
from tests.support.parsed_project import put_parsed_project

# Macros that tests run on rows of their own, over a relation `drawn`.
INLINE = {
    "comparison": "{{ comparison('drawn', keys=['run']) }}",
    "chi_square": """select
        n,
        {{ chi_square_quantile('n', 'low') }} as low,
        {{ chi_square_quantile('n', 'high') }} as high
    from drawn""",
    "mean_half_width": """select
        n,
        {{ student_t_975('(n - 1)') }} as quantile,
        {{ standard_deviation('total', 'squares', 'n') }} as deviation,
        {{ mean_half_width('total', 'squares', 'n') }} as half_width
    from drawn""",
    "rounded_mean": "select total, weight, {{ rounded_mean('total', 'weight') }} as rounded from drawn",
}


@dataclass(frozen=True)
class Measured:
    """A built warehouse, the rows it was built from (by instance, by entity), macros written out, what dbt's
    unit tests said over it (status and message by name), and the documentation's page."""

    home: VetroHome
    warehouse: Warehouse
    rows: dict[str, dict[str, list[dict]]]
    compiled: dict[str, str]
    unit_tests: dict[str, tuple[str, str]]
    page: Path
    connection: duckdb.DuckDBPyConnection

    def one(self, sql: str, *values: object) -> tuple:
        """Return the only row of a query."""
        found = self.connection.execute(sql, list(values)).fetchall()
        assert len(found) == 1, f"{len(found)} rows instead of one"
        return found[0]

    def sql_of_models(self) -> dict[str, str]:
        """Return what dbt sent to the engine, by model."""
        compiled = self.home.dbt / "target" / "compiled"
        # Unit tests stand there too, in folders named for their file.
        return {
            path.stem: path.read_text(encoding="utf-8")
            for path in compiled.rglob("models/**/*.sql")
            if not any(folder.suffix == ".yml" for folder in path.parents)
        }


@pytest.fixture(scope="session")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Measured:
    """Commit the rows, build the warehouse once, open it read only."""
    root: Path = tmp_path_factory.mktemp("measures")
    home = VetroHome.at(root)
    home.ensure()
    put_parsed_project(home)
    territories = {
        worked_territory.INSTANCE: worked_territory.REGISTRATION
    } | drawn_territories.registrations()
    rows = {worked_territory.INSTANCE: worked_territory.rows()} | drawn_territories.rows()
    register_instances(home, territories)
    for instance, by_entity in rows.items():
        never_sent = drawn_territories.NEVER_SENT.get(instance, set())
        commit_rows(
            home,
            instance,
            by_entity,
            period=worked_territory.PERIOD,
            accepted_on=worked_territory.ACCEPTED_ON,
            entities=sorted(set(load_contract().entities) - never_sent),
            turned_away=worked_territory.TURNED_AWAY if instance == worked_territory.INSTANCE else None,
        )
    warehouse = Warehouse(Settings(home=root, memory="1GB", threads=2))
    report = warehouse.build()
    assert report.succeeded, "\n".join(f"{model.name}: {model.message}" for model in report.failures)
    compiled = {
        name: warehouse.invoke(["compile", "--inline", sql]).result.results[0].node.compiled_code
        for name, sql in INLINE.items()
    }
    models = warehouse.invoke(["compile", "--select", "cube_grant"]).result.results
    compiled |= {each.node.name: each.node.compiled_code for each in models}
    # dbt wants the file for itself: its unit tests take the columns of their rows from the tables.
    judged = warehouse.invoke(["test", "--select", "test_type:unit"]).result
    unit_tests = {each.node.name: (str(each.status), each.message or "") for each in judged.results}
    page = documentation.write(warehouse.settings)
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        yield Measured(home, warehouse, rows, compiled, unit_tests, page, connection)
