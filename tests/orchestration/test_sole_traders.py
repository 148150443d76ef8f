"""A sole trader is a person in whatever role the exports name him: no public byte tells who he is or
what he got.
"""

from pathlib import Path

import duckdb
import pytest

from core.settings import Settings
from orchestration.warehouse import Warehouse
from publication.policy import load_policy
from publication.public_money import figures_of_persons
from tests.support.sole_traders import SUPPLIER, SoleTrader, roles

pytestmark = pytest.mark.timeout(1800)

Planted = tuple[Path, dict[str, SoleTrader]]
# Of a grant that he funds or leads nothing is in print.
OF_HIM = ("grant.funder_id", "grant.lead_id")


@pytest.fixture(scope="module")
def cells(published: tuple[Settings, Warehouse]) -> dict[str, list[tuple]]:
    """Every cell of every public table as text, by file: the database, CSV and Parquet; other files whole."""
    public = published[0].vetro_home.current_release / "public"
    found = {}
    with duckdb.connect() as connection:
        for path in sorted(path for path in public.rglob("*") if path.is_file() and not path.is_symlink()):
            name = str(path.relative_to(public))
            if path.suffix == ".duckdb":
                connection.execute(f"attach '{path}' as side (read_only)")
                for (table,) in connection.execute(
                    "select table_name from duckdb_tables() where database_name = 'side'"
                ).fetchall():
                    rows = connection.execute(
                        f"select cast(columns(*) as varchar) from side.publication.{table}"
                    )
                    found[f"{name}:{table}"] = rows.fetchall()
            elif path.suffix == ".parquet":
                rows = connection.execute(f"select cast(columns(*) as varchar) from read_parquet('{path}')")
                found[name] = rows.fetchall()
            else:
                found[name] = [(path.read_text(encoding="utf-8", errors="replace"),)]
    return found


def all_names(person: SoleTrader, home_database: Path) -> list[str]:
    """Whatever names him, outside and inside."""
    names = [person.code, person.name, person.record_id]
    with duckdb.connect(str(home_database), read_only=True) as connection:
        names += [
            pseudonym
            for (pseudonym,) in connection.execute(
                "select tax_code_pseudonym from staging.stg_organisation where record_id = ?",
                [person.record_id],
            ).fetchall()
        ]
    return names


def test_there_is_one_in_every_role_of_the_contract(with_sole_traders: Planted):
    assert with_sole_traders[1].keys() == {".".join(role) for role in roles()}
    assert all(person.records for person in with_sole_traders[1].values())


@pytest.mark.parametrize("role", [".".join(role) for role in roles()])
def test_nothing_that_is_public_names_him(published, with_sole_traders: Planted, cells, role):
    person = with_sole_traders[1][role]
    names = all_names(person, published[0].vetro_home.warehouse)
    assert len(names) == 4
    assert all(names)
    for file, rows in cells.items():
        for row in rows:
            for cell in row:
                assert cell is None or not any(name in cell for name in names), file


@pytest.mark.parametrize("role", [".".join(role) for role in roles() if role[0] in ("grant", "grant_line")])
def test_public_money_does_not_tell_his(published, with_sole_traders: Planted, role):
    person = with_sole_traders[1][role]
    (grant,) = {f"milano:{grant}" for grant in person.grants}
    home = published[0].vetro_home
    public = home.current_release / "public" / "data" / "t14_public_money_and_data_quality.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"attach '{home.warehouse}' as warehouse (read_only)")
        shown = connection.execute(
            "select indicator_id, period_type, period_start, mark from read_parquet($file) "
            "where scope_type = 'grant' and scope_id = $grant",
            {"file": str(public), "grant": grant},
        ).fetchall()
        if role in OF_HIM:
            assert {mark for *_, mark in shown} == {"suppressed"}
            return
        flows = connection.execute(
            """
            select case line_type when 'EXPENSE_REPORTED' then 'reported' else 'admitted' end, period,
                cast(date_trunc(period, entry_date) as date) as start,
                sum(abs(amount)) filter (
                    list_contains($records, record_id) or list_contains($records, admits_id)) as his,
                sum(abs(amount)) as whole
            from warehouse.marts.fct_grant_line, unnest(['month', 'quarter', 'year']) as periods(period)
            where grant_key = $grant and line_type in ('EXPENSE_REPORTED', 'EXPENSE_ADMITTED')
            group by all having his > 0""",
            {"grant": grant, "records": sorted(person.records)},
        ).fetchall()
    assert flows
    marks = {tuple(place): mark for *place, mark in shown}
    told = {(flow, period, start) for flow, period, start, his, whole in flows if his > 17 * whole / 20}
    published_of = {place for place in marks if place in told}
    assert {marks[place] for place in published_of} <= {"suppressed"}
    assert published_of or role == ".".join(SUPPLIER)
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        known = figures_of_persons(connection, "marts", load_policy())
    assert {("reported", grant), ("admitted", grant)} <= {(flow, place[1]) for flow, place in known}
    # An organisation's award is public by law, whoever works with it.
    assert {mark for (indicator, *_), mark in marks.items() if indicator == "deliberated"} <= {
        "value",
        "zero",
    }
