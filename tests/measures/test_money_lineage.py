"""Money is decimal from the raw layer to the last view: what was once a double lacks what doubles lose."""

import json

import pytest

from ingestion.contract.schema import load_contract
from orchestration.registry_macro import read_registry
from orchestration.wide_marts import MARTS, SCOPE
from tests.measures.conftest import Measured
from tests.support.money_lineage import Column, MoneyLineage

# Columns of the contract that no table has, and why.
NOT_KEPT = {("household", "isee_value"): "only its class is"}
# Amounts that come in beside the entities of the contract.
RECONCILED = [("reconciliation", name) for name in ("declared", "loaded", "known", "quarantined", "gap")]
# Columns that hold amounts among other things and are doubles, and why.
DOUBLES = {
    ("int_indicator__figures", "value"): "ratios and statistics stand in it; the amount is the numerator",
}  # fmt: skip


def euro_of_the_contract() -> list[Column]:
    return [
        (entity, field.name)
        for entity, declared in load_contract().entities.items()
        for field in declared.fields
        if field.is_euro
    ]


@pytest.fixture(scope="module")
def types(measured: Measured) -> dict[tuple[str, str], dict[str, str]]:
    """The types of the columns of each table and view, by schema and name."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for schema, table, column, type_ in measured.connection.execute(
        """select table_schema, table_name, column_name, data_type from information_schema.columns
        where table_schema in ('staging', 'intermediate', 'marts', 'quality') order by ordinal_position"""
    ).fetchall():
        found.setdefault((schema, table), {})[column] = type_
    return found


@pytest.fixture(scope="module")
def lineage(measured: Measured, types: dict[tuple[str, str], dict[str, str]]) -> MoneyLineage:
    sources = [
        (f"stg_{entity}", name) for entity, name in euro_of_the_contract() if (entity, name) not in NOT_KEPT
    ]
    # What staging reads are files; money comes in by its columns.
    sql = {name: text for name, text in measured.sql_of_models().items() if not name.startswith("stg_")}
    return MoneyLineage(sql, types, [*sources, *RECONCILED], DOUBLES)


def test_every_amount_is_decimal_on_its_whole_way(lineage: MoneyLineage) -> None:
    amounts = lineage.amounts()
    assert len(amounts) > 150, "the lineage of money is lost"
    assert [str(amount) for amount in amounts if amount.is_broken] == []


def test_every_column_described_as_euro_is_followed(measured: Measured, lineage: MoneyLineage) -> None:
    nodes = json.loads(measured.warehouse.manifest_path.read_text(encoding="utf-8"))["nodes"].values()
    followed = {(amount.model, amount.column) for amount in lineage.amounts()}
    described = {
        (node["name"], column["name"])
        for node in nodes
        if node["resource_type"] == "model"
        for column in node["columns"].values()
        if column["description"].startswith("euro")
    }
    assert len(described) > 80
    assert described - followed == set()


def test_raw_files_hold_amounts_as_decimals(measured: Measured) -> None:
    held = {}
    for entity, name in euro_of_the_contract():
        files = sorted(measured.home.raw.glob(f"instance=*/export=*/{entity}.parquet"))
        if (entity, name) in NOT_KEPT or not files:
            continue
        columns = measured.connection.execute(f"describe select * from read_parquet('{files[0]}')").fetchall()
        held[entity, name] = {column: type_ for column, type_, *_ in columns}[name]
    assert len(held) > 15
    assert {place: type_ for place, type_ in held.items() if not type_.startswith("DECIMAL")} == {}


def test_an_indicator_in_euro_adds_up() -> None:
    # A ratio of euro has another unit: euro per person, per hour.
    divided = [
        indicator
        for indicator, entry in read_registry().items()
        if entry["unit"] == "EUR"
        and any(figure.keys() & {"denominator", "value"} for figure in entry["figures"])
    ]
    assert divided == []


def test_indicators_in_euro_are_amounts_in_the_wide_marts(lineage: MoneyLineage) -> None:
    in_euro = {indicator for indicator, entry in read_registry().items() if entry["unit"] == "EUR"}
    told = {
        (mart.stem, column): held.is_money
        for mart in sorted(MARTS.glob("*.sql"))
        if SCOPE.search(mart.read_text(encoding="utf-8"))
        for column, held in lineage.of(mart.stem).items()
        if column in in_euro
    }
    assert len(told) > 30
    assert [place for place, is_money in told.items() if not is_money] == []


def test_no_exception_is_stale(lineage: MoneyLineage) -> None:
    assert lineage.idle_ends() == []


PAYMENTS = ("staging", "stg_payment"), {"payee": "VARCHAR", "amount": "DECIMAL(18,2)"}
EXACT = "DECIMAL(38,2)"


@pytest.mark.parametrize(
    ("sql", "type_", "is_broken"),
    [
        ("select sum(amount) as paid from payments", EXACT, False),
        ("select sum(cast(amount as double)) as paid from payments", "DOUBLE", True),
        ("select avg(amount) as paid from payments", "DOUBLE", True),
        ("select cast(1e0 * amount as decimal(38, 2)) as paid from payments", EXACT, True),
        ("with a as (select amount, case when payee = 'x' then 1 else -1 end as sign from payments) "
         "select cast(sign * cast(amount as double) as decimal(38, 2)) as paid from a", EXACT, True),
        ("select max(case when payee = 'x' then amount else 0e0 end) as paid from payments", "DOUBLE", True),
        ("with a as (select * from payments), b as (select cast(amount as double) as x from a) "
         "select cast(x as decimal(38, 2)) as paid from b", EXACT, True),
        ("select amount as paid from payments union all "
         "select cast(cast(amount as double) as decimal(38, 2)) as paid from payments", EXACT, True),
        ("select unnest([{paid: amount}, {paid: cast(cast(amount as float) as decimal(38, 2))}], "
         "recursive := true) from payments", EXACT, True),
        ("select sum(amount) over (order by payee) as paid from payments", "DOUBLE", True),
        ("select (select cast(max(amount) as double) from payments) as paid", "DOUBLE", True),
        # No amounts: a share, a count, a condition, a product.
        ("select cast(amount * amount as double) as paid from payments", "DOUBLE", False),
        ("select cast(sum(amount) as double) / count(*) as paid from payments", "DOUBLE", False),
        ("select cast(count(amount) as double) as paid from payments", "DOUBLE", False),
        ("select case when amount > 0 then 1e0 end as paid from payments", "DOUBLE", False),
    ],
)  # fmt: skip
def test_the_lineage_finds_a_double(sql: str, type_: str, is_broken: bool) -> None:
    (schema, table), columns = PAYMENTS
    types = {
        (schema, table): columns,
        ("marts", "planted"): {"paid": type_},
        ("marts", "over_it"): {"paid": type_},
    }
    reading = {
        "planted": sql.replace("from payments", f"from {schema}.{table}"),
        "over_it": "select planted.paid from marts.planted",
    }
    lineage = MoneyLineage(reading, types, sources=[(table, "amount")])
    broken = [(amount.model, amount.column) for amount in lineage.amounts() if amount.is_broken]
    assert broken == ([("over_it", "paid"), ("planted", "paid")] if is_broken else [])
