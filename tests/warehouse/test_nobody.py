"""Codes that are nobody's join nobody, codes with two identities are told, and a receipt claimed twice is
found although nobody keeps its supplier's code.
"""

from pathlib import Path

import duckdb
import pytest

from core.settings import Settings
from ingestion.contract.schema import load_contract
from ingestion.loading.ingest import ingest
from orchestration import steps
from tests.support.exports import Export, make_home, row
from tests.support.parsed_project import put_parsed_project
from tests.support.traces import files_with

SOLE_TRADER, ONE, OTHER = "VRDGPP70A41X859S", "RSSMRA80A01X501K", "BNCLRA92M55X704P"
NOBODY = ["00000000000", "STP1111111111111", "ENI1234567890123"]
KINDS = ["CF_PROV", "STP", "ENI"]


def told(instance: str, doc_ref: str, birth: str, sex: str) -> Export:
    people = [
        row("person", f"N-{number}", id_kind=kind, id_value=value, birth_date=f"198{number}-01-01")
        for number, (kind, value) in enumerate(zip(KINDS, NOBODY, strict=True))
    ]
    people += [row("person", "N-TWICE", id_kind="CF_PROV", id_value=NOBODY[0])]
    people += [row("person", "P-1", id_kind="CF", id_value=ONE, birth_date=birth, sex="F")]
    people += [row("person", "P-2", id_kind="CF", id_value=OTHER, birth_date="1992-08-15", sex=sex)]
    code = {"rho": "90000000118", "matera": "90000000126"}[instance]
    bodies = [
        row("organisation", "LEAD", tax_code="90000000134"),
        row("organisation", "FUND", tax_code=code, kind="FOUNDATION"),
        row("organisation", "ANON-1", tax_code="00000000000", name="Parrocchia A"),
        row("organisation", "ANON-2", tax_code="00000000000", name="Associazione B"),
    ]
    line = row(
        "grant_line", "L-1", grant_id="G-1", line_type="EXPENSE_REPORTED", amount="100.00",
        doc_amount="100.00", doc_ref=doc_ref,
    )  # fmt: skip
    place = {"rho": "015182", "matera": "077014"}[instance]
    for each in (*people, *bodies):
        each |= {column: place for column in ("istat_residence", "istat_comune") if column in each}
    return Export(
        instance=instance,
        entities={
            "person": people,
            "organisation": bodies,
            "grant": [row("grant", "G-1", funder_id="FUND", lead_id="LEAD", deliberated_on="2026-09-01")],
            "grant_line": [line],
        },
    )


@pytest.mark.timeout(900)
def test_nobody_is_one_and_who_disagrees_is_told(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    put_parsed_project(home)
    exports = [
        told("rho", f"{SOLE_TRADER}/15/2026-09-02", "1980-01-01", "F"),
        told("matera", f"{SOLE_TRADER.lower()} / 15 / 2026-09-02", "1981-01-01", "ND"),
    ]
    receipts = ingest(home, [export.write(tmp_path / "sent") for export in exports])
    assert {receipt.status for receipt in receipts} == {"accepted"}
    report = steps.build(Settings(home=home.root, memory="1GB", threads=2))
    assert report.succeeded, [f"{model.name}: {model.message}" for model in report.failures]
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        flags = connection.execute(
            "select instance_id, entity, record_id, code from quality.flag "
            "where code in ('placeholder_identifier', 'identity_disagrees') order by all"
        ).fetchall()
        people = connection.execute(
            "select count(*), count(distinct person_key) from intermediate.int_person__keyed "
            "where record_id like 'N-%'"
        ).fetchone()
        bodies = connection.execute(
            "select count(*), count(tax_code) from staging.stg_organisation where record_id like 'ANON%'"
        ).fetchone()
        double = connection.execute(
            "select max(numerator) from marts.indicator_value "
            "where indicator_id = 'double_claimed' and scope_type = 'network' and period_type = 'year'"
        ).fetchone()
        months = connection.execute("select min(month_start) from marts.dim_month").fetchone()
    persons = ["N-0", "N-1", "N-2", "N-TWICE"]
    assert flags == [
        flag
        for instance in ("matera", "rho")
        for flag in [
            *((instance, "organisation", body, "placeholder_identifier") for body in ("ANON-1", "ANON-2")),
            *((instance, "person", record, "placeholder_identifier") for record in persons),
            # Born in two years; another sex than one that is not told is no other.
            (instance, "person", "P-1", "identity_disagrees"),
        ]
    ]
    assert people == (8, 8)
    assert bodies == (4, 0)
    assert double == (100,)
    assert months[0].year >= 2026
    for folder in (home.raw, home.outbox):
        assert files_with(folder, [SOLE_TRADER]) == []


def test_the_calendar_begins_where_the_contract_does() -> None:
    macro = (Path(__file__).parents[2] / "dbt_project/macros/calendar.sql").read_text(encoding="utf-8")
    first = load_contract().period.first
    assert f"macro first_plausible_day() -%}}\n    cast('{first}' as date)" in macro
