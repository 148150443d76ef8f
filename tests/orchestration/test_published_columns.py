"""Tables that others rely on keep names and columns, in the warehouse and on both sides of a release."""

import re
from pathlib import Path

import duckdb
import pytest
import yaml

from core.settings import Settings
from orchestration.warehouse import Warehouse

RELIED_ON = yaml.safe_load(
    (Path(__file__).parents[1] / "support" / "published_columns.yaml").read_text(encoding="utf-8")
)
TYPES = {
    "period_start": "DATE",
    "numerator": "DECIMAL(24,4)",
    "denominator": "DECIMAL(24,4)",
    "value": "DOUBLE",
    "ci_low": "DOUBLE",
    "ci_high": "DOUBLE",
    "n_persons": "BIGINT",
}


def columns(database: Path) -> dict[str, dict[str, str]]:
    """Name and type of the columns of every table, in their order."""
    with duckdb.connect(str(database), read_only=True) as connection:
        rows = connection.execute("""
            select table_schema || '.' || table_name, column_name, data_type from information_schema.columns
            order by table_schema, table_name, ordinal_position""").fetchall()
    tables: dict[str, dict[str, str]] = {}
    for table, column, kind in rows:
        tables.setdefault(table, {})[column] = kind
    return tables


@pytest.mark.parametrize(
    "database, lists",
    [
        ("warehouse.duckdb", ("released", "kept_inside")),
        ("releases/current/private/casa-di-vetro.duckdb", ("released",)),
    ],
)
def test_a_column_that_others_rely_on_stays(walked: Settings, database: str, lists: tuple[str, ...]) -> None:
    found = columns(walked.vetro_home.root / database)
    for name in lists:
        for table, relied_on in RELIED_ON[name].items():
            # The mark comes with the release.
            needed = set(relied_on) - ({"mark"} if database == "warehouse.duckdb" else set())
            assert needed <= found.get(table, {}).keys(), table
    if "kept_inside" not in lists:
        assert not RELIED_ON["kept_inside"].keys() & found.keys()


def test_the_public_tables_have_these_columns_and_no_others(published: tuple[Settings, Warehouse]) -> None:
    found = columns(published[0].vetro_home.current_release / "public" / "casa-di-vetro.duckdb")
    for table, named in RELIED_ON["public"].items():
        assert list(found[table]) == named, table
    numbered = {table for table in found if re.match(r"publication\.t\d\d_", table)}
    # The areas with the higher threshold have the same tables without the column of the area.
    assert {table.rsplit("_", 1)[1] for table in numbered - RELIED_ON["public"].keys()} <= {"dip"}


@pytest.mark.parametrize(
    "database, table",
    [
        ("warehouse.duckdb", "marts.indicator_value"),
        ("releases/current/private/casa-di-vetro.duckdb", "marts.indicator_value"),
        ("releases/current/public/casa-di-vetro.duckdb", "publication.indicator_value"),
    ],
)
def test_the_long_table_has_these_types(walked: Settings, database: str, table: str) -> None:
    found = columns(walked.vetro_home.root / database)[table]
    assert {name: TYPES[name] for name in TYPES if name in found} == {
        name: kind for name, kind in found.items() if name in TYPES
    }
    assert ("n_persons" in found) == (table == "marts.indicator_value")
