"""Who is one person in the tables: a code that was replaced, before and after; and nobody, once forgotten."""

from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from core.home import VetroHome
from core.settings import Settings
from ingestion.corrections.lines import COLUMNS
from ingestion.identity.person_references import Identifier
from ingestion.loading.ingest import ingest
from ingestion.privacy.pseudonyms import open_key
from orchestration import build_state, privacy, steps
from tests.second_computation.whole_network import compute
from tests.support.exports import Export, make_home, row
from tests.support.parsed_project import put_parsed_project
from tests.support.traces import files_with

MARIO, LUIGI = "RSSMRA80A01X501K", "BNCLRA92M55X704P"
STP, LATER_STP = "STP7654321098765", "STP1111222211112"
MONEY = {
    "quantity": "1.000",
    "amount_total": "10.00",
    "amount_user": "2.00",
    "amount_municipality": "3.00",
    "amount_ssn": "1.00",
    "amount_other": "4.00",
}


def delivered(instance: str, *persons: str) -> dict:
    return {
        "organisation": [row("organisation", "O-1")],
        "service": [row("service", "S-1")],
        "service_delivery": [
            row(
                "service_delivery",
                f"D-{person}",
                person_id=person,
                service_id="S-1",
                provider_id="O-1",
                start_date="2026-10-01",
                istat_place="015182" if instance == "rho" else "077014",
                **MONEY,
            )
            for person in persons
        ],
    }


def person(record_id: str, kind: str, value: str, **more: str) -> dict:
    return row("person", record_id, id_kind=kind, id_value=value, **more)


def build(settings: Settings) -> None:
    report = steps.build(settings)
    assert report.succeeded, [f"{model.name}: {model.message}" for model in report.failures]


def persons_and_money(home: VetroHome) -> tuple[int, Decimal]:
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        return connection.execute(
            """
            select max(numerator) filter (indicator_id = 'persons_served'),
                   max(numerator) filter (indicator_id = 'spend_delivered')
            from marts.indicator_value
            where scope_type = 'network' and area = 'ALL' and period_type = 'year'
              and population_group = 'ALL'"""
        ).fetchone()


def figures(home: VetroHome) -> list[tuple]:
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        return connection.execute("select * from marts.indicator_value order by all").fetchall()


def tables(home: VetroHome) -> list[tuple]:
    """Every table and view with its columns."""
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        return connection.execute("""
            select table_type, table_schema, table_name, column_name, data_type, is_nullable
            from information_schema.columns inner join information_schema.tables
                using (table_catalog, table_schema, table_name)
            order by all""").fetchall()


def second_count(folder: Path, home: VetroHome) -> int:
    computed = compute(folder, home.instances_file).figures
    (count,) = {
        figure.numerator
        for key, figure in computed.items()
        if key[0] == "persons_served" and "network" in key and "ALL" in key and "year" in key
    }
    return int(count)


@pytest.mark.timeout(600)
def test_a_person_under_two_codes_counts_twice_then_once_and_then_is_nobody(tmp_path: Path) -> None:
    home, sent = make_home(tmp_path / "home"), tmp_path / "sent"
    put_parsed_project(home)
    settings = Settings(home=home.root, memory="1GB", threads=2)
    rho = delivered("rho", "TEMP", "MARIO", "OTHER") | {
        "person": [person("TEMP", "STP", STP), person("MARIO", "CF", MARIO), person("OTHER", "CF", LUIGI)]
    }
    matera = delivered("matera", "M-1", "M-2") | {
        "person": [person("M-1", "STP", STP), person("M-2", "STP", LATER_STP)]
    }
    first = [
        Export(entities=rho).write(sent),
        Export(instance="matera", entities=matera).write(sent),
    ]
    ingest(home, first)
    build(settings)
    # STP in both territories, Mario, Luigi, and the later STP.
    assert persons_and_money(home) == (4, Decimal("50.00"))
    assert second_count(sent, home) == 4

    # Matera learns the codice fiscale, and somebody says that the later code was Mario's too. Rho, which was
    # not told, sends nothing, and Mario is one all the same.
    known = [person("M-1", "CF", MARIO, row_version="2")]
    ingest(home, [Export(instance="matera", sequence=2, entities={"person": known}).write(sent)])
    assert second_count(sent, home) == 3
    plan = build_state.plan(home, build_state.resolve(home))
    assert (plan.is_full, plan.changed) == (False, ["matera", "rho"])
    assert privacy.merge_persons(settings, [f"STP {LATER_STP} CF {MARIO}"]).noted == 1
    # And that the record which had the code first is somebody else's: only that one is then a third.
    home.corrections_file.write_text(
        f"{','.join(COLUMNS)}\nrho,person,TEMP,same_person_as,rho:MARIO,,two people,A. Verdi,2026-11-05\n"
    )
    build(settings)
    assert persons_and_money(home) == (3, Decimal("50.00"))

    # Under a new key, in a new file, from the start: every figure is what the build in steps said.
    in_steps, key = figures(home), open_key(home)
    privacy.rotate_key(settings)
    everybody = [
        Identifier(*code) for code in (("CF", MARIO), ("CF", LUIGI), ("STP", STP), ("STP", LATER_STP))
    ]
    assert files_with(home.root, [who.pseudonym(key) for who in everybody]) == []
    build(settings)
    assert figures(home) == in_steps

    key = open_key(home)
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        (person_key,) = connection.execute(
            "select distinct person_key from intermediate.int_person__keyed where record_id = 'MARIO'"
        ).fetchone()
    assert "warehouse.duckdb" in files_with(home.root, [person_key])
    done = privacy.forget(settings, [f"CF {MARIO}"])
    assert (done.report.forgotten, done.build.succeeded) == (1, True)
    traces = [who.pseudonym(key) for who in everybody if who.value != LUIGI]
    assert files_with(home.root, [*traces, person_key, MARIO]) == []
    assert persons_and_money(home) == (1, Decimal("50.00"))
    assert "TEMP" not in home.corrections_file.read_text()

    # A territory erases somebody with an export: the build that follows leaves no byte behind either.
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        (person_key,) = connection.execute(
            "select distinct person_key from intermediate.int_person__keyed where record_id = 'OTHER'"
        ).fetchone()
    traces = [Identifier("CF", LUIGI).pseudonym(key), person_key]
    assert "warehouse.duckdb" in files_with(home.root, traces)
    ingest(home, [Export(sequence=2, entities={"person": []}, erasures=["OTHER"]).write(sent)])
    assert not build_state.plan(home, build_state.resolve(home)).is_full
    before = tables(home)
    build(settings)
    assert files_with(home.root, traces) == []
    assert list(home.root.glob("warehouse.duckdb*")) == [home.warehouse]
    assert tables(home) == before
    assert persons_and_money(home) == (None, Decimal("50.00"))
