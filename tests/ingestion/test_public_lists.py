"""Real public files, each taken in as an instance of its own: counts and euro equal to the source.

The files are not part of the product: VETRO_REALDATA names the folder that holds them. The malformed_exports
stands in for them elsewhere.
"""

import csv
import os
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from core.home import VetroHome
from ingestion.instances import register_instances
from ingestion.loading.ingest import ingest
from ingestion.receipts import Receipt
from ingestion.reference.tables import reference_relation

REALDATA = os.environ.get("VETRO_REALDATA")
pytestmark = pytest.mark.skipif(
    not REALDATA, reason="VETRO_REALDATA is not set: it names the folder of the public files of 2020 to 2026"
)
VOUCHERS, ISTAT = "food_vouchers_2020", "istat"
CODES, COMUNI = f"{VOUCHERS}/COD_ISTAT_codINT.csv", f"{ISTAT}/comuni_2026-08-14.csv"
DELIVERIES = {
    "food-vouchers-allegato-1": [f"{VOUCHERS}/allegato_01.csv", CODES, COMUNI],
    "food-vouchers-allegato-2": [f"{VOUCHERS}/allegato_02.csv", CODES, COMUNI],
    "food-vouchers-pages": [f"{VOUCHERS}/pages/*.csv", CODES, COMUNI],
    "istat-comuni": [COMUNI],
    "anpr-residents": [f"{ISTAT}/residents_anpr_2024-11-21.csv", COMUNI],
}


def source_rows(name: str, delimiter: str = ",") -> list[dict[str, str]]:
    """The rows of a public file as Python reads them."""
    with (Path(REALDATA) / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


@pytest.fixture(scope="module")
def taken_in(tmp_path_factory: pytest.TempPathFactory) -> tuple[VetroHome, dict[str, Receipt]]:
    """A home into which every public file was taken."""
    home = VetroHome.at(tmp_path_factory.mktemp("public")).ensure()
    rome = {"seat": "058091", "comuni": ["058091"], "timezone": "Europe/Rome"}
    register_instances(home, {name: {"name": name, "mapping": name, **rome} for name in DELIVERIES})
    for name, patterns in DELIVERIES.items():
        folder = home.landing / name / "delivery"
        folder.mkdir(parents=True)
        for pattern in patterns:
            for path in Path(REALDATA).glob(pattern):
                shutil.copy(path, folder)
    return home, {receipt.instance: receipt for receipt in ingest(home)}


@pytest.fixture
def raw(taken_in: tuple[VetroHome, dict[str, Receipt]]) -> Callable[[str, str, str], list[tuple]]:
    """Select columns of an entity of an instance."""

    def select(instance: str, entity: str, columns: str) -> list[tuple]:
        path = f"{taken_in[0].raw}/instance={instance}/export=*/{entity}.parquet"
        return duckdb.sql(f"select {columns} from read_parquet('{path}')").fetchall()

    return select


def test_every_list_is_accepted_and_known_the_second_time(
    taken_in: tuple[VetroHome, dict[str, Receipt]],
) -> None:
    home, receipts = taken_in
    assert {name: receipt.status for name, receipt in receipts.items()} == dict.fromkeys(
        DELIVERIES, "accepted"
    )
    (home.landing / ".seen.json").unlink()
    assert {receipt.status for receipt in ingest(home)} == {"known"}


@pytest.mark.parametrize(
    ("instance", "source", "total"),
    [
        ("food-vouchers-allegato-1", "allegato_01.csv", "386945839.01"),
        ("food-vouchers-allegato-2", "allegato_02.csv", "13054160.75"),
    ],
)
def test_the_vouchers_are_paid_to_the_cent(taken_in, raw, instance: str, source: str, total: str) -> None:
    rows = source_rows(f"{VOUCHERS}/{source}")
    paid = {row["codINT"]: Decimal(row["Contributo spettante"]) for row in rows}
    assert sum(paid.values()) == Decimal(total) and len(paid) == len(rows)
    payments = raw(instance, "payment", "organisation_id, amount, year(value_date), payer_id")
    assert {payee: amount for payee, amount, *_ in payments} == paid
    assert {(year, payer) for *_, year, payer in payments} == {(2020, "STATO")}
    assert raw(instance, "allocation", "sum(amount), count(*)") == [(Decimal(total), len(rows))]
    counts = taken_in[1][instance].counts["payment"]
    assert (counts["received"], counts["loaded"], counts["quarantined"]) == (len(rows), len(rows), 0)


def test_all_the_vouchers_together_are_the_four_hundred_millions(raw) -> None:
    sums = [raw(f"food-vouchers-allegato-{n}", "payment", "sum(amount), count(*)")[0] for n in (1, 2)]
    assert (sum(s for s, _ in sums), sum(n for _, n in sums)) == (Decimal("399999999.76"), 7904)


def test_printed_pages_say_what_the_list_says_and_their_total_is_no_municipality(raw) -> None:
    listed = {
        row["codINT"]: Decimal(row["Contributo spettante"])
        for row in source_rows(f"{VOUCHERS}/allegato_01.csv")
    }
    pages = dict(raw("food-vouchers-pages", "payment", "organisation_id, amount"))
    printed = sum(
        1
        for path in Path(REALDATA).glob(f"{VOUCHERS}/pages/*.csv")
        for line in csv.reader(path.open(encoding="utf-8-sig", newline=""))
        if line[4] and line[0] != "codINT"
    )
    assert len(pages) == printed > 400
    assert pages == {code: listed[code] for code in pages}


def test_municipalities_carry_a_code_of_2020_and_a_tax_code_or_are_set_aside(taken_in, raw) -> None:
    comuni = reference_relation("comune")
    for instance, bodies in (("food-vouchers-allegato-1", 7333), ("food-vouchers-allegato-2", 571)):
        told = raw(instance, "organisation", "istat_comune, tax_code")
        valid = duckdb.sql(
            f"select istat_comune from {comuni} where date '2020-04-30' between valid_from and valid_to"
        ).fetchall()
        assert {code for code, _ in told} <= {code for (code,) in valid}
        aside = taken_in[1][instance].errors
        assert {e["entity"] for e in aside} <= {"organisation"}
        assert {e["code"] for e in aside} <= {"required_missing", "pattern_wrong"}
        counts = taken_in[1][instance].counts["organisation"]
        assert counts["received"] == bodies + 1 == counts["loaded"] + counts["quarantined"]
        assert counts["quarantined"] <= 0.005 * bodies
        missing = {e["line"] for e in aside}
        assert len(missing) == counts["quarantined"]
        assert all(e["file"] == f"allegato_0{instance[-1]}.csv" for e in aside)


def test_the_list_of_comuni_gets_its_zeros_back(taken_in, raw) -> None:
    listed = {row["Codice Comune (alfanumerico)"]: row["Codice fiscale"] for row in source_rows(COMUNI, ";")}
    told = dict(raw("istat-comuni", "organisation", "istat_comune, tax_code"))
    assert told == {code: tax_code.zfill(11) for code, tax_code in listed.items() if tax_code}
    assert sum(len(tax_code) == 10 for tax_code in listed.values()) == 3
    (error,) = taken_in[1]["istat-comuni"].errors
    assert (error["code"], error["column"], len(listed)) == ("required_missing", "tax_code", 7894)


def test_residents_come_with_the_product_and_their_comuni_by_mapping(taken_in) -> None:
    rows = source_rows(f"{ISTAT}/residents_anpr_2024-11-21.csv")
    counts = taken_in[1]["anpr-residents"].counts["organisation"]
    assert counts["received"] == len(rows) == 7896
    shipped = duckdb.sql(f"select istat_comune, residents from {reference_relation('residents')}").fetchall()
    assert dict(shipped) == {row["COD_ISTAT_COMUNE"]: int(row["RESIDENTI"]) for row in rows}
    assert sum(dict(shipped).values()) == 59_580_936
