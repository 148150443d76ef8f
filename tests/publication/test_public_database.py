"""The public database: the same figures as the files, and what stands beside them."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from publication.composition import Source, compose
from publication.policy import load_policy
from publication.public_database import create_territories
from publication.public_files import Known, write_readme
from publication.simulated import Simulated
from tests.support.built_marts import put
from tests.support.warehouse import Size, build_warehouse

NOTHING = Simulated({}, whole=False)
NOW = datetime(2026, 10, 1, tzinfo=UTC)
# Two comuni became one.
MERGED = [
    {
        "istat_comune": code,
        "comune_name": "Merged",
        "province_code": "082",
        "region_code": "19",
        "valid_from": valid_from,
        "valid_to": valid_to,
        "is_current": False,
        "istat_comune_today": "082999",
        "residents": residents,
        "residents_source": "ISTAT",
        "residents_date": "2026-01-01",
    }
    for code, valid_from, valid_to, residents in (
        ("081023", "2020-01-01", "2025-12-31", None),
        ("081024", "2020-01-01", "2025-12-31", None),
        ("082999", "2026-01-01", "9999-12-31", 900),
    )
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
        put(connection, "marts.dim_territory", MERGED)
        connection.execute("create schema publication")
        connection.execute("create table publication.indicator_value as from marts.indicator_value limit 0")
        connection.execute(
            f"""copy (select instance_id, unnest(?::varchar[]) as istat_comune from marts.dim_instance)
                to '{register}' (format parquet)""",
            [registered],
        )
        create_territories(connection, "marts", register)
        rows = "select istat_comune, comune_name, residents from publication.territory order by all"
        assert connection.execute(rows).fetchall() == shown


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The public side of a release in which one territory is known a month less than the others."""
    folder = tmp_path_factory.mktemp("public_database")
    warehouse = build_warehouse(folder / "warehouse.duckdb", Size(instances=3, persons=200))
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(
            "update marts.dim_instance set data_to = date '2026-08-31' where instance_id = 'matera'"
        )
    (folder / "release").mkdir()
    compose(folder / "release", Source(warehouse, folder, None, load_policy(), "1"), NOW)
    return folder / "release" / "public"


def test_database_csv_and_parquet_say_the_same_of_every_figure(release: Path) -> None:
    """The same rows, marks and nulls: none of the three tells what another hides."""
    hidden = zeros = 0
    with duckdb.connect() as connection:
        connection.execute(f"attach '{release / 'casa-di-vetro.duckdb'}' as side (read_only)")
        # `<list>.it.csv` is the list once more, for Italian spreadsheets.
        files = sorted(path for path in (release / "data").glob("*.csv") if not path.stem.endswith(".it"))
        assert {file.stem for file in files} == {file.stem for file in (release / "data").glob("*.parquet")}
        for file in files:
            table = f"side.publication.{file.stem}"
            described = connection.execute(f"describe {table}").fetchall()
            columns = [name for name, *_ in described]
            types = {name: kind for name, kind, *_ in described}
            rows = connection.execute(f"from {table} order by all").fetchall()
            # Names stand behind the columns of the database, in the files only.
            header = file.read_text(encoding="utf-8").splitlines()[0].split(",")
            assert header[: len(columns)] == columns
            typed = {name: types.get(name, "VARCHAR") for name in header}
            csv = f"read_csv('{file}', columns = {typed}, header = true, nullstr = '')"
            for form in (csv, f"read_parquet('{file.with_suffix('.parquet')}')"):
                own = ", ".join(f'"{name}"' for name in columns)
                found = connection.execute(f"select {own} from {form} order by all")
                assert found.fetchall() == rows, form
            for place, name in enumerate(columns):
                if not name.endswith("mark"):
                    continue
                figures = [place - 1] if name != "mark" else _figures(columns)
                for row in rows:
                    shown = {row[figure] is not None for figure in figures}
                    # What a mark says does not depend on the form, and a hidden figure leaves nothing.
                    assert shown == {False} if row[place] == "suppressed" else True in shown or _is_none(row)
                    hidden += row[place] == "suppressed"
                    zeros += row[place] == "zero"
    assert hidden
    assert zeros


def _figures(columns: list[str]) -> list[int]:
    names = ("numerator", "denominator", "value", "organisations", "amount")
    return [place for place, name in enumerate(columns) if name in names]


def _is_none(row: tuple) -> bool:
    """Whether a row says that there is no figure: of a rate without denominator, of what nobody collects."""
    return any(mark in row for mark in ("missing", "not_collected", "not_applicable"))


def test_the_long_table_says_the_same_as_the_table_of_a_figure(release: Path) -> None:
    file = release / "data" / "t01_persons_by_territory_and_area.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"attach '{release / 'casa-di-vetro.duckdb'}' as side (read_only)")
        both, other = connection.execute(f"""
            select count(*), count(*) filter (
                long.mark <> persons_served_mark or long.numerator is distinct from persons_served)
            from side.publication.indicator_value as long
            inner join read_parquet('{file}') as own
                on long.indicator_id = 'persons_served' and long.period_type = 'year'
                and long.area = own.area and cast(year(long.period_start) as varchar) = own.year
                and own.territory in (long.scope_id, long.scope_type || ':' || long.scope_id)
        """).fetchone()
        assert (both, other) == connection.execute(
            f"select count(*), 0 from read_parquet('{file}')"
        ).fetchone()


def test_how_far_each_territory_is_known_stands_beside_the_tables(release: Path) -> None:
    territories = json.loads((release / "tables.json").read_text(encoding="utf-8"))["territories"]
    assert {each["territory"]: each["data_to"] for each in territories} == {
        "instance:biella": "2026-09-30",
        "instance:matera": "2026-08-31",
        "instance:rho": "2026-09-30",
    }
    assert {each["data_from"] for each in territories} == {"2024-01-01"}
    # The names of the territories in the tables.
    rows = (release / "data" / "t09_persons_by_result.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert {row.split(",")[0] for row in rows} == {each["territory"] for each in territories}
    readme = (release / "README.md").read_text(encoding="utf-8")
    assert "si sa solo fino a un giorno precedente: fino al 31/08/2026 Matera." in readme
    assert "less is known: to 2026-08-31 Matera." in readme


def test_where_all_are_known_alike_nothing_is_said_of_it(tmp_path: Path) -> None:
    known = [Known("rho", "Rho", date(2024, 1, 1), date(2026, 9, 30))]
    write_readme(tmp_path / "README.md", {}, "a release", date(2026, 9, 30), NOTHING, known)
    readme = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "30/09/2026" in readme
    assert "si sa solo" not in readme
    assert "Rho" not in readme


def test_every_row_of_a_public_table_says_to_which_day_and_from_how_many_territories(release: Path) -> None:
    tables = json.loads((release / "tables.json").read_text(encoding="utf-8"))["tables"]
    files = {release / entry["file"] for entry in tables}
    assert len(files) > 10
    with duckdb.connect() as connection:
        for file in sorted(files):
            rows = connection.execute(
                "select n_instances, n_instances_expected, data_to from read_parquet($path)",
                {"path": str(file.with_suffix(".parquet"))},
            ).fetchall()
            assert rows, file
            for n, expected, data_to in rows:
                assert 0 <= n <= expected <= 3, file
                assert (data_to is None) == (n == 0), file
        found = connection.execute(
            """select distinct territory, n_instances, n_instances_expected, data_to
            from read_parquet($path) where year = '2024' and territory in ('network', 'instance:matera')
            order by all""",
            {"path": str(release / "data" / "t01_persons_by_territory_and_area.parquet")},
        ).fetchall()
    assert found == [
        ("instance:matera", 1, 1, date(2026, 8, 31)),
        ("network", 3, 3, date(2026, 8, 31)),
    ]


def test_spending_per_resident_divides_what_is_printed_and_hides_what_is_hidden(release: Path) -> None:
    with duckdb.connect(str(release / "casa-di-vetro.duckdb"), read_only=True) as connection:
        rows = connection.execute("""
            select own.territory, own.year, own.spend_delivered, own.spend_delivered_mark, own.residents,
                own.spend_per_resident, own.spend_per_resident_mark, figure.numerator, figure.mark
            from publication.spending_per_resident as own
            left join publication.indicator_value as figure on figure.indicator_id = 'spend_delivered'
                and own.territory = if(scope_type = 'network', 'network', 'instance:' || scope_id)
                and figure.period_type = 'year' and strftime(period_start, '%Y') = own.year
                and figure.area = 'ALL' and figure.item = 'ALL'""").fetchall()
    assert {territory for territory, *_ in rows} > {"network", "instance:matera"}
    for _, _, spent, mark, residents, each, each_mark, printed, printed_mark in rows:
        assert (spent, mark) == (printed, printed_mark)
        if residents:
            assert each_mark == mark
            assert each == (None if spent is None else round(spent / residents, 2))
        else:
            assert each is None and each_mark in ("missing", mark)
