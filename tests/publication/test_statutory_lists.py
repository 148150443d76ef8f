"""The lists that the law asks for name organisations only, agree with what is printed, and open nothing."""

import csv
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from publication.calendar import Period
from publication.policy import load_policy
from publication.simulated import Simulated
from publication.statutory_lists import Exact, create_statutory_lists, write_italian_lists
from publication.statutory_schema import load_statutory_schemas
from tests.support.built_marts import create_as_built, put

T14 = "t14_public_money_and_data_quality"
DAY = date(2026, 9, 30)
PERIODS = {
    "year": [Period("year", date(2025, 1, 1))],
    "quarter": [Period("quarter", date(2025, month, 1)) for month in (1, 4, 7, 10)]
    + [Period("quarter", date(2026, 1, 1))],
    "month": [],
}
COMUNE, REGIONE, FONDAZIONE, AMBITO = "00000000001", "00000000002", "00000000003", "00000000004"
COOP, ETS, BOTTEGA = "00000000011", "00000000012", "00000000013"
BODIES = {
    COMUNE: ("Comune di Rho", True, "public"),
    REGIONE: ("Regione", True, "public"),
    AMBITO: ("Ambito", True, "public"),
    FONDAZIONE: ("Fondazione", False, "other"),
    COOP: ("Cooperativa", False, "cooperative"),
    ETS: ("Associazione", False, "other_ets"),
    BOTTEGA: ("Bottega", False, "other"),
}
MARTS = ("dim_organisation", "dim_grant", "dim_call", "fct_payment", "fct_application",
         "fct_service_delivery", "fct_voucher_event")  # fmt: skip


class World:
    """Marts and printed tables of one territory, to be filled; `lists` makes the lists from them."""

    def __init__(self) -> None:
        self.connection = duckdb.connect()
        tables = [f"marts.{name}" for name in MARTS]
        create_as_built(self.connection, *tables, "staging.stg_grant", "staging.stg_application")
        self.connection.execute("create schema publication")
        self.connection.execute(f"""
            create table publication.{T14} (indicator_id varchar, scope_type varchar, scope_id varchar,
                period_type varchar, period_start date, numerator decimal(24, 4), mark varchar);
            create table publication.t07_spending_by_provider (provider varchar, year varchar,
                spend_delivered_mark varchar);
            create table publication.t11_spending_by_kind_of_provider (territory varchar, kind varchar,
                year varchar, spend_delivered_mark varchar);
            create table publication.t12_vouchers_by_scheme (scheme varchar, state varchar, year varchar,
                voucher_money_mark varchar)""")
        self.put(
            "marts.dim_organisation",
            *(
                {
                    "tax_code": code,
                    "organisation_name": name,
                    "is_public_body": public,
                    "provider_group": kind,
                }
                for code, (name, public, kind) in BODIES.items()
            ),
        )
        self.numbers = iter(range(1, 1000))

    def put(self, table: str, *rows: dict) -> None:
        put(self.connection, table, rows)

    def grant(self, name: str, funder: str, lead: str | None, amount: int | None, **more: object) -> None:
        """A grant of 2025, and what the table of public money prints of it; None where that is hidden."""
        self.put(
            "marts.dim_grant",
            {
                "grant_key": f"rho:{name}",
                "instance_id": "rho",
                "record_id": name,
                "title": name,
                "funder_tax_code": funder,
                "is_public_funder": BODIES[funder][1],
                "lead_tax_code": lead,
                "is_of_person": lead is None,
                "status": "ACTIVE",
                "from_open_call": True,
                "deliberated_on": date(2025, 3, 1),
            }
            | more,
        )
        self.print_of_grant(name, "deliberated", amount)

    def print_of_grant(self, name: str, indicator: str, amount: int | None) -> None:
        self.put(
            f"publication.{T14}",
            {
                "indicator_id": indicator,
                "scope_type": "grant",
                "scope_id": f"rho:{name}",
                "period_type": "year",
                "period_start": date(2025, 1, 1),
                "numerator": amount,
                "mark": "suppressed" if amount is None else "value",
            },
        )

    def call(self, name: str, promoter: str) -> None:
        self.put(
            "marts.dim_call",
            {
                "call_key": f"rho:{name}",
                "instance_id": "rho",
                "record_id": name,
                "title": name,
                "promoter_tax_code": promoter,
                "legal_basis": "L. 328/2000",
                "office": "Servizi sociali",
                "responsible_officer": "Ufficio di piano",
                "selection_method": "Graduatoria",
            },
        )

    def application(
        self, call: str, organisation: str | None, amount: int, day: date, **more: object
    ) -> None:
        self.put(
            "marts.fct_application",
            {
                "instance_id": "rho",
                "record_id": f"A-{next(self.numbers)}",
                "call_key": f"rho:{call}",
                "organisation_tax_code": organisation,
                "status": "FUNDED",
                "amount_granted": amount,
                "concession_act": "12/2025",
                "concession_date": day,
            }
            | more,
        )

    def payment(
        self, payer: str, payee: str | None, amount: int, day: date, reason: str, **more: object
    ) -> None:
        self.put(
            "marts.fct_payment",
            {
                "instance_id": "rho",
                "record_id": f"P-{next(self.numbers)}",
                "payer_tax_code": payer,
                "payee_kind": "ORGANISATION",
                "payee_tax_code": payee,
                "reason": reason,
                "value_date": day,
                "amount": amount,
                "spending_type": "Contributi",
            }
            | more,
        )

    def help(self, provider: str, persons: int, day: date, **more: object) -> None:
        self.put(
            "marts.fct_service_delivery",
            *(
                {
                    "instance_id": "rho",
                    "provider_tax_code": provider,
                    "person_key": f"person-{person}",
                    "start_date": day,
                    "amount_total": 100,
                    "istat_area": "ANZ",
                    "sensitivity": "NORMAL",
                    "is_effective": True,
                }
                | more
                for person in range(persons)
            ),
        )

    def print_services(self, provider: str, kind: str, year: str, mark: str = "value", whole: str = "value"):
        self.put(
            "publication.t07_spending_by_provider",
            {"provider": provider, "year": year, "spend_delivered_mark": mark},
        )
        self.put(
            "publication.t11_spending_by_kind_of_provider",
            {"territory": "instance:rho", "kind": kind, "year": year, "spend_delivered_mark": whole},
        )

    def lists(
        self,
        former: tuple[Path, ...] = (),
        revised: tuple[str, ...] = (),
        partners: tuple[str, ...] = (),
        periods: dict[str, list[Period]] = PERIODS,
    ) -> None:
        create_statutory_lists(
            self.connection,
            "memory",
            load_statutory_schemas(DAY),
            Exact(T14, partners),
            periods,
            load_policy(),
            former,
            revised,
        )

    def rows(self, table: str, columns: str) -> list[tuple]:
        return self.connection.execute(f"select {columns} from publication.{table} order by all").fetchall()

    def keep(self, folder: Path) -> Path:
        """Lay the lists down as a release does."""
        (folder / "public" / "data").mkdir(parents=True)
        for table in ("art26_27_concessions", "art4bis_payments", "l124_grants"):
            path = folder / "public" / "data" / f"{table}.parquet"
            self.connection.execute(f"copy publication.{table} to '{path}' (format parquet)")
        return folder


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.connection.close()


CONCEDED = "granting_body_name, beneficiary_name, amount_eur, mark"
PAID = "quarter, payer_name, beneficiary_name, amount_eur, mark"


def test_what_one_body_concedes_in_a_year_is_added_up(world):
    world.call("C", COMUNE)
    for day in (date(2025, 2, 1), date(2025, 6, 1), date(2025, 9, 1)):
        world.application("C", COOP, 400, day)
    # Enough from two bodies, or in two years, is not enough from one in one.
    world.application("C", ETS, 900, date(2025, 2, 1))
    world.application("C", ETS, 900, date(2024, 12, 31))
    world.grant("G", REGIONE, ETS, 1000)
    # A thousand is not more than a thousand.
    world.application("C", BOTTEGA, 1000, date(2025, 1, 1))
    world.lists()
    assert (
        world.rows("art26_27_concessions", CONCEDED)
        == [("Comune di Rho", "Cooperativa", Decimal("400.00"), "value")] * 3
    )


def test_the_list_has_the_fields_of_the_law(world):
    world.call("C", COMUNE)
    world.application("C", COOP, 5000, date(2025, 2, 1))
    world.grant("G", REGIONE, ETS, 9000)
    world.put(
        "staging.stg_grant",
        {"instance_id": "rho", "record_id": "G", "act_number": "DGR 7", "act_date": date(2025, 2, 20),
         "legal_basis": "L. 328/2000 art. 20", "office": "Direzione"},
    )  # fmt: skip
    world.lists()
    assert world.rows(
        "art26_27_concessions",
        "beneficiary_tax_code, beneficiary_name, amount_eur, legal_basis, office, responsible_officer, "
        "selection_method, act_number, act_date, status, concession_id",
    ) == [
        (COOP, "Cooperativa", Decimal(5000), "L. 328/2000", "Servizi sociali", "Ufficio di piano",
         "Graduatoria", "12/2025", date(2025, 2, 1), "GRANTED", "rho:A-1"),
        (ETS, "Associazione", Decimal(9000), "L. 328/2000 art. 20", "Direzione", None, "Bando pubblico",
         "DGR 7", date(2025, 2, 20), "GRANTED", "rho:G"),
    ]  # fmt: skip


def test_concessions_of_private_funders_and_to_persons_are_not_listed(world):
    world.call("C", COMUNE)
    world.call("F", FONDAZIONE)
    world.application("C", None, 5000, date(2025, 2, 1))
    world.application("F", COOP, 5000, date(2025, 2, 1))
    world.application("C", COOP, 5000, date(2025, 2, 1), status="REJECTED")
    world.grant("of-a-person", REGIONE, None, 5000)
    world.grant("private", FONDAZIONE, COOP, 5000)
    world.lists()
    assert world.rows("art26_27_concessions", CONCEDED) == []


def test_that_somebody_is_listed_does_not_tell_how_much_is_hidden(world):
    world.grant("hidden", REGIONE, COOP, None)
    world.grant("small", REGIONE, COOP, 300)
    world.lists()
    assert world.rows("art26_27_concessions", CONCEDED) == [
        ("Regione", "Cooperativa", Decimal("300.00"), "value"),
        ("Regione", "Cooperativa", None, "suppressed"),
    ]


def test_an_application_that_became_a_grant_is_the_grant(world):
    world.call("C", COMUNE)
    world.application("C", COOP, 5000, date(2025, 2, 1))
    world.grant("G", COMUNE, COOP, None, call_key="rho:C")
    world.lists()
    # What the table of public money hides the application must not tell.
    assert world.rows("art26_27_concessions", CONCEDED) == [
        ("Comune di Rho", "Cooperativa", None, "suppressed")
    ]


def test_payments_are_net_of_reversals_in_their_quarter(world):
    world.payment(COMUNE, COOP, 500, date(2025, 1, 10), "SUBSIDY")
    world.payment(COMUNE, COOP, 200, date(2025, 3, 30), "SUBSIDY")
    world.payment(COMUNE, COOP, -200, date(2025, 3, 31), "SUBSIDY")
    world.payment(COMUNE, COOP, -500, date(2025, 4, 1), "SUBSIDY")
    # Taken back whole, private, of a quarter that is not closed, to a person.
    world.payment(COMUNE, ETS, 70, date(2025, 1, 10), "SUBSIDY")
    world.payment(COMUNE, ETS, -70, date(2025, 1, 20), "SUBSIDY")
    world.payment(FONDAZIONE, COOP, 900, date(2025, 1, 10), "SUBSIDY")
    world.payment(COMUNE, COOP, 900, date(2026, 7, 1), "SUBSIDY")
    world.payment(COMUNE, None, 900, date(2025, 1, 10), "SUBSIDY", payee_kind="PERSON")
    world.payment(COMUNE, None, 900, date(2025, 1, 10), "SUBSIDY")
    world.lists()
    assert world.rows("art4bis_payments", PAID) == [
        ("2025-Q1", "Comune di Rho", "Cooperativa", Decimal("500.00"), "value"),
        ("2025-Q2", "Comune di Rho", "Cooperativa", Decimal("-500.00"), "value"),
    ]


def instalment(world: World, grant: str, payee: str | None = COOP, day: date = date(2025, 5, 1)) -> None:
    world.payment(REGIONE, payee, 800, day, "GRANT_INSTALMENT", grant_id=grant)


@pytest.mark.parametrize(
    "case, told",
    [
        ("printed", True),
        ("hidden in the table of public money", False),
        ("a partner is a person", False),
        ("a person is paid from it", False),
        ("of a person", False),
        ("of an unknown grant", False),
    ],
)
def test_an_instalment_tells_nothing_that_public_money_hides(world, case, told):
    world.grant("G", REGIONE, None if case == "of a person" else COOP, 9000)
    world.print_of_grant("G", "disbursed", None if case.startswith("hidden") else 800)
    instalment(world, "unknown" if case == "of an unknown grant" else "G")
    if case == "a person is paid from it":
        instalment(world, "G", None, date(2026, 8, 1))
    world.lists(partners=("rho:G",) if case == "a partner is a person" else ())
    shown = Decimal(800) if told else None
    mark = "value" if told else "suppressed"
    assert world.rows("art4bis_payments", "amount_eur, mark") == [(shown, mark)]
    assert world.rows("l124_grants", "received_eur, mark, provider_total_eur, above_threshold") == [
        (shown, mark, shown, False if told else None)
    ]


def fee(world: World, **more: object) -> None:
    world.payment(COMUNE, COOP, 600, date(2025, 5, 1), "SERVICE_FEE", **more)


@pytest.mark.parametrize(
    "case, told",
    [
        ("printed", True),
        ("provider hidden", False),
        ("kind hidden", False),
        ("four persons", False),
        ("five persons, one of them sensitive", False),
        ("one person is nearly all", False),
        ("a sole trader is paid too", False),
        ("payer hidden", False),
    ],
)
def test_a_fee_tells_nothing_of_the_persons_it_is_for(world, case, told):
    mark = "suppressed" if case == "provider hidden" else "value"
    world.print_services(
        COOP, "cooperative", "2025", mark, "suppressed" if case == "kind hidden" else "value"
    )
    world.help(COOP, 4 if case == "four persons" else 5, date(2025, 4, 20))
    if "sensitive" in case:
        world.help(COOP, 1, date(2025, 4, 20), sensitivity="HIGH")
    if "nearly all" in case:
        world.help(COOP, 1, date(2025, 4, 20), amount_total=9000)
    if "sole trader" in case:
        world.payment(COMUNE, None, 50, date(2025, 11, 1), "SERVICE_FEE")
    if case == "payer hidden":
        world.connection.execute(
            "create table publication.t06_spending_by_funder_and_area as select "
            f"'{COMUNE}' as funder, 'ALL' as area, '2025' as year, 'suppressed' as attributed_mark"
        )
    fee(world)
    world.lists()
    shown = (Decimal(600), "value") if told else (None, "suppressed")
    assert world.rows("art4bis_payments", "amount_eur, mark") == [shown]
    # A fee is no grant.
    assert world.rows("l124_grants", "*") == []


def test_a_fee_of_a_first_quarter_is_also_about_the_year_before(world):
    world.print_services(COOP, "cooperative", "2025")
    world.help(COOP, 9, date(2025, 1, 20))
    world.help(COOP, 9, date(2024, 12, 20))
    world.payment(COMUNE, COOP, 600, date(2025, 1, 31), "SERVICE_FEE")
    world.put(
        "publication.t07_spending_by_provider",
        {"provider": COOP, "year": "2024", "spend_delivered_mark": "suppressed"},
    )
    world.lists(periods=PERIODS | {"year": [Period("year", date(2024, 1, 1)), *PERIODS["year"]]})
    assert world.rows("art4bis_payments", "amount_eur, mark") == [(None, "suppressed")]


@pytest.mark.parametrize(
    "case, told",
    [("alone", True), ("another of its kind", False), ("a sole trader", False), ("another territory", False)],
)
def test_a_fee_is_not_what_is_left_of_a_printed_whole(world, case, told):
    """The value of all less that of the others is the value of the last, who helped two persons."""
    world.print_services(COOP, "cooperative", "2025")
    world.help(COOP, 9, date(2025, 4, 20))
    fee(world)
    other = {"another of its kind": ETS, "a sole trader": None, "another territory": COOP}
    if case in other:
        world.connection.execute(
            f"update marts.dim_organisation set provider_group = 'cooperative' where tax_code = '{ETS}'"
        )
        place = {"instance_id": "bari"} if case == "another territory" else {}
        world.help(other[case], 2, date(2025, 8, 20), **place)
    world.lists()
    shown = (Decimal(600), "value") if told else (None, "suppressed")
    assert world.rows("art4bis_payments", "amount_eur, mark") == [shown]


def test_a_fee_waits_for_the_tables_of_its_year(world):
    world.print_services(COOP, "cooperative", "2026")
    world.help(COOP, 9, date(2026, 1, 20))
    world.payment(COMUNE, COOP, 600, date(2026, 2, 1), "SERVICE_FEE")
    world.payment(COMUNE, COOP, 70, date(2026, 2, 1), "SUBSIDY")
    world.lists()
    assert world.rows("art4bis_payments", "payment_reason, amount_eur") == [("SUBSIDY", Decimal(70))]


@pytest.mark.parametrize("mark, told", [("value", True), ("suppressed", False)])
def test_a_settlement_tells_no_hidden_vouchers(world, mark, told):
    world.put(
        "publication.t12_vouchers_by_scheme",
        {"scheme": "rho:Buono", "state": "spent", "year": "2025", "voucher_money_mark": mark},
    )
    world.put(
        "marts.fct_voucher_event",
        *(
            {"instance_id": "rho", "merchant_tax_code": BOTTEGA, "person_key": f"p{n}", "amount": 20,
             "event_kind": "REDEEM", "event_on": date(2025, 4, 2), "istat_area": "FAM"}
            for n in range(6)
        ),
    )  # fmt: skip
    world.payment(COMUNE, BOTTEGA, 120, date(2025, 5, 1), "VOUCHER_SETTLEMENT")
    world.lists()
    assert world.rows("art4bis_payments", "mark") == [("value" if told else "suppressed",)]


def test_what_was_received_counts_by_the_day_of_the_cash(world):
    world.payment(COMUNE, COOP, 6000, date(2025, 1, 10), "SUBSIDY")
    world.payment(COMUNE, COOP, -1000, date(2025, 12, 31), "SUBSIDY")
    world.payment(REGIONE, COOP, 5000, date(2025, 7, 1), "TRANSFER")
    world.payment(COMUNE, COOP, 70, date(2024, 12, 31), "SUBSIDY")
    world.payment(COMUNE, ETS, 9999, date(2025, 1, 10), "SUBSIDY")
    # Private money, a public body that receives, a year that is not closed.
    world.payment(FONDAZIONE, ETS, 50_000, date(2025, 1, 10), "SUBSIDY")
    world.payment(REGIONE, AMBITO, 50_000, date(2025, 1, 10), "TRANSFER")
    world.payment(REGIONE, ETS, 50_000, date(2026, 1, 10), "TRANSFER")
    world.lists()
    assert world.rows(
        "l124_grants",
        "provider_name, payer_name, received_eur, first_received_on, last_received_on, provider_total_eur, "
        "above_threshold",
    ) == [
        ("Associazione", "Comune di Rho", Decimal(9999), *[date(2025, 1, 10)] * 2, Decimal(9999), False),
        ("Cooperativa", "Comune di Rho", Decimal(5000), date(2025, 1, 10), date(2025, 12, 31), Decimal(10000),
         True),
        ("Cooperativa", "Regione", Decimal(5000), *[date(2025, 7, 1)] * 2, Decimal(10000), True),
    ]  # fmt: skip


def test_an_italian_reads_the_list_as_it_is(world, tmp_path):
    world.payment(COMUNE, COOP, 12000, date(2025, 3, 31), "SUBSIDY")
    world.grant("G", REGIONE, COOP, 9000)
    world.print_of_grant("G", "disbursed", None)
    instalment(world, "G", ETS)
    world.lists()
    simulated = Simulated({"rho": "Rho"}, whole=False)
    write_italian_lists(world.connection, tmp_path, load_statutory_schemas(DAY), simulated)
    text = (tmp_path / "l124_grants.it.csv").read_bytes().decode("utf-8-sig")
    assert text.encode("utf-8-sig") == (tmp_path / "l124_grants.it.csv").read_bytes()
    head, *rows = csv.reader(text.splitlines(), delimiter=";")
    assert head[:3] == ["Anno di incasso", "Codice fiscale dell'ente", "Ente che ha incassato"]
    told = [dict(zip(head, row, strict=True)) for row in rows]
    assert [(row["Ente che ha incassato"], row["Che cosa dice l'importo"]) for row in told] == [
        ("Cooperativa", "importo"), ("Associazione", "dato riservato"),
    ]  # fmt: skip
    assert told[0]["Importo incassato, al netto degli storni (euro)"] == "12000,00"
    assert told[0]["Primo incasso"] == "31/03/2025"
    assert told[0]["L'ente raggiunge la soglia di 10.000 euro"] == "sì"
    assert {row["Territori con dati simulati (ALL: tutti)"] for row in told} == {"rho"}
    paid = (tmp_path / "art4bis_payments.it.csv").read_text(encoding="utf-8-sig")
    assert "rata di contributo" in paid
    assert "GRANT_INSTALMENT" not in paid


def test_what_was_printed_stays_until_its_year_is_issued_again(tmp_path):
    first = World()
    first.call("C", COMUNE)
    first.application("C", COOP, 5000, date(2025, 2, 1))
    first.payment(COMUNE, COOP, 5000, date(2025, 2, 10), "SUBSIDY")
    first.lists()
    printed = first.keep(tmp_path / "first")

    def again(revised: tuple[str, ...] = (), without: str | None = None) -> World:
        later = World()
        later.call("C", COMUNE)
        later.application("C", COOP, 7000, date(2025, 2, 1))
        later.application("C", ETS, 7000, date(2025, 2, 1))
        later.payment(COMUNE, COOP, 7000, date(2025, 2, 10), "SUBSIDY")
        later.payment(COMUNE, COOP, 30, date(2025, 2, 10), "TRANSFER")
        if without:
            later.connection.execute(f"delete from marts.dim_organisation where tax_code = '{without}'")
        later.lists((printed,), revised)
        return later

    assert again().rows("art26_27_concessions", CONCEDED) == first.rows("art26_27_concessions", CONCEDED)
    # Of a quarter what was printed stays; another reason had not been printed.
    assert again().rows("art4bis_payments", "payment_reason, amount_eur") == [
        ("SUBSIDY", Decimal(5000)), ("TRANSFER", Decimal(30)),
    ]  # fmt: skip
    assert [amount for *_, amount, _ in again(("2025",)).rows("art26_27_concessions", CONCEDED)] == [
        7000,
        7000,
    ]
    assert again(("2025",)).rows("l124_grants", "received_eur") == [(Decimal(7030),)]
    # One that turned out to be a person is named no more.
    assert again(without=COOP).rows("art26_27_concessions", CONCEDED) == []
