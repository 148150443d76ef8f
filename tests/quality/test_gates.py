"""The two gates: what passes, what closes them, and that nothing else does."""

import html
import json
import re
import shutil
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.errors import VetroError
from core.home import VetroHome
from core.yaml_models import FileUnusable
from ingestion.contract.schema import load_contract
from ingestion.raw.layer import write_schemas
from quality.check_result import WARNING, CheckResult
from quality.gate import read_gate, run_gates
from quality.policy import accepted_findings, load_policy
from tests.support.built_marts import put
from tests.support.raw import History, Month
from tests.support.warehouse import build_warehouse

TODAY = date(2025, 10, 15)
UNUSUAL_LAST_EXPORT = {
    "few": Month(deliveries=20),
    "many": Month(deliveries=2000),
    "empty": Month(places_filled=False),
    "withdrawn": Month(statuses=("WITHDRAWN",)),
    "narrow": Month(drop_column="booking_id"),
    "wrong-total": Month(declared_too_much=Decimal("0.01")),
}


@pytest.fixture
def home(tmp_path: Path) -> VetroHome:
    home = VetroHome.at(tmp_path).ensure()
    write_schemas(home)
    return home


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    return build_warehouse(tmp_path_factory.mktemp("built") / "warehouse.duckdb")


@pytest.fixture
def landed(home, built):
    """Commit histories, and a warehouse that agrees with them to the cent."""
    return lambda *histories: _landed(home, built, histories)


def _landed(home: VetroHome, built: Path, histories) -> None:
    shutil.copyfile(built, home.warehouse)
    with duckdb.connect(str(home.warehouse)) as connection:
        for table in ("fct_service_delivery", "fct_allocation", "dim_grant"):
            connection.execute(f"delete from marts.{table}")
        for history in histories:
            history.write(home)
            connection.execute(
                "insert into marts.fct_service_delivery (instance_id, record_id, amount_total) "
                "values (?, 'all', ?)",
                [history.instance, history.spent],
            )


@pytest.fixture(scope="module")
def unusual(tmp_path_factory, built):
    """One run over several territories, each with one unusual thing in its last export."""
    home = VetroHome.at(tmp_path_factory.mktemp("unusual")).ensure()
    write_schemas(home)
    _landed(
        home, built, [History(name, [*usual()[:-1], month]) for name, month in UNUSUAL_LAST_EXPORT.items()]
    )
    return home, run_gates(home, today=TODAY)


def figure(**columns: object) -> dict[str, object]:
    """A row of marts.indicator_value: a month of Rho, unless `columns` say otherwise."""
    return {
        "scope_type": "instance",
        "scope_id": "rho",
        "item": "ALL",
        "area": "ALL",
        "period_type": "month",
        "status": "ok",
    } | columns


def usual() -> list[Month]:
    return [Month() for _ in range(9)]


def failed(report) -> dict[str, int]:
    """The failed checks with how many rows broke each."""
    return {f"{r.gate}.{r.check_name}": r.observed_count for r in report.results if not r.passed}


def test_a_usual_history_opens_both_gates(home, landed):
    landed(History())
    report = run_gates(home, today=TODAY)
    assert report.green, failed(report)
    assert {result.gate for result in report.results} == {"landed", "marts"}
    assert sum(result.total_count for result in report.results) > 0


def test_a_first_export_is_not_judged_by_a_history_it_does_not_have(home, landed):
    landed(History(months=[Month(deliveries=3, requests=1)]))
    assert run_gates(home, today=TODAY).green


def test_a_home_without_exports_can_be_judged(home, landed):
    landed()
    assert run_gates(home, today=TODAY).green


def test_without_a_warehouse_there_is_nothing_to_judge(home):
    with pytest.raises(VetroError, match="vetro build"):
        run_gates(home)


@pytest.mark.parametrize(
    ("check", "broken"),
    [
        ("landed.volume", 2),
        ("landed.empty_share", 1),
        ("landed.status_mix", 1),
        ("landed.schema_drift", 1),
        ("marts.reconciled_declared", 1),
    ],
)
def test_an_unusual_last_export_closes_the_gate_and_is_counted_once(unusual, check, broken):
    _, report = unusual
    assert not report.green
    assert failed(report)[check] == broken


def test_what_is_usual_in_unusual_company_passes(unusual):
    _, report = unusual
    assert set(failed(report)) == {
        "landed.volume", "landed.empty_share", "landed.status_mix", "landed.schema_drift",
        "marts.reconciled_declared"}  # fmt: skip


def test_an_entity_that_stopped_coming_closes_the_gate(home, landed):
    months = usual() + [Month(lists_requests=False) for _ in range(3)]
    landed(History(months=months))
    assert "landed.silent_entity" in failed(run_gates(home, today=date(2026, 1, 10)))


def test_a_late_territory_is_a_warning_and_keeps_nobody_back(home, landed):
    landed(History())
    report = run_gates(home, today=TODAY + timedelta(days=200))
    late = [result for result in report.results if result.check_name == "freshness"]
    assert [result.passed for result in late] == [False]
    assert late[0].severity == WARNING
    assert report.green


def test_a_cent_missing_from_the_marts_closes_the_gate(home, landed):
    landed(History())
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute("update marts.fct_service_delivery set amount_total = amount_total - 0.01")
    assert failed(run_gates(home, today=TODAY)) == {"marts.reconciled_marts": 1}


@pytest.mark.parametrize(("flagged", "green"), [(20, True), (60, False)])
def test_flagged_rows_fail_nothing_until_their_share_is_too_large(home, landed, flagged, green):
    landed(History(months=[Month(deliveries=100) for _ in range(9)]))
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute(f"""
            insert into quality.flag by name
            select 'rho' as instance_id, 'service_delivery' as entity, 'D-' || range as record_id,
                   'reference_missing' as code
            from range({flagged})""")
    assert run_gates(home, today=TODAY).green is green


def test_a_figure_that_its_unit_rules_out_closes_the_gate(home, landed):
    landed(History())
    with duckdb.connect(str(home.warehouse)) as connection:
        later = {"period_start": date(2030, 1, 1)}
        below = later | {"indicator_id": "persons_served", "numerator": -1, "value": -1}
        above = later | {"indicator_id": "quarantine_rate", "numerator": 3, "denominator": 2, "value": 1.5}
        network = {"scope_type": "network", "scope_id": "network"}
        put(connection, "marts.indicator_value", [figure(**network, **each) for each in (below, above)])
    assert failed(run_gates(home, today=TODAY)) == {
        "marts.range_counts_not_negative": 1, "marts.range_shares_of_counts": 1}  # fmt: skip


def test_a_sudden_jump_of_the_last_closed_month_closes_the_gate(home, landed):
    landed(History())
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute("delete from marts.indicator_value where indicator_id = 'deliveries'")
        put(
            connection,
            "marts.indicator_value",
            [
                figure(
                    indicator_id="deliveries",
                    period_start=date(2025, month, 1),
                    numerator=5000 if month == 9 else 400,
                    value=5000 if month == 9 else 400,
                    n_persons=100,
                    population_group="ALL",
                    n_instances=1,
                    n_instances_expected=1,
                    data_to=date(2025, 9, 30),
                )
                for month in range(1, 10)
            ],
        )
    assert "marts.sudden_change" in failed(run_gates(home, today=TODAY))


def test_data_tests_stand_beside_the_gates_and_close_them_too(home, landed):
    landed(History())
    broken = CheckResult("data_tests", "unique_indicator_value", False, 3, 100)
    report = run_gates(home, [broken], today=TODAY)
    assert not report.green
    assert report.failed == [broken]


def test_a_gate_that_cannot_be_measured_has_failed(home, landed):
    landed(History())
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute("drop table marts.fct_payment")
    report = run_gates(home, today=TODAY)
    assert "marts.measured" in failed(report)
    assert any(result.gate == "landed" for result in report.results)


def test_an_accepted_finding_no_longer_closes_the_gate_until_its_last_day(home, landed):
    landed(History(months=[*usual()[:-1], Month(deliveries=20)]))
    accepted = home.root / "accepted-findings.yaml"
    entry = (
        "- {check: landed.volume, instance: rho, subject: service_delivery, until: 2025-10-31, "
        "reason: the day centre was closed}\n"
    )
    accepted.write_text(entry)
    assert "landed.volume" not in failed(run_gates(home, today=TODAY))
    assert "landed.volume" in failed(run_gates(home, today=date(2025, 11, 1)))


def test_results_are_kept_with_the_warehouse_and_the_file_is_free_again(home, landed):
    landed(History())
    report = run_gates(home, today=TODAY)
    with duckdb.connect(str(home.warehouse)) as connection:
        kept = connection.execute(
            "select gate, check_name, passed, observed_count, total_count from quality.check_result"
        ).fetchall()
    assert sorted(kept) == sorted(
        (r.gate, r.check_name, r.passed, r.observed_count, r.total_count) for r in report.results
    )
    assert not list(home.temporary.iterdir())


def test_a_gate_counts_only_for_the_marts_that_it_judged(home, landed):
    landed(History())
    assert read_gate(home) is None
    run_gates(home, today=TODAY)
    assert read_gate(home).green
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute("update marts.indicator_value set value = value + 1")
    assert read_gate(home) is None


def test_the_report_says_rules_and_counts_and_calls_nobody(unusual):
    home, report = unusual
    page = (home.quality_report / "report.html").read_text()
    machine = json.loads((home.quality_report / "report.json").read_text())
    assert machine["green"] is False
    assert len(machine["results"]) == len(report.results)
    assert "La porta è chiusa" in page
    assert "The gate is closed" in page
    for outside in ("http://", "https://", "src=", "@import", "<link", "<script"):
        assert outside not in page
    assert all(address.startswith("data:") for address in re.findall(r"url\('?([^')]+)", page))
    for value in ("6.66", "P-1"):
        assert value not in page


def test_what_failed_is_named_in_the_words_that_accept_it(unusual):
    home, report = unusual
    volume = next(r for r in report.results if r.check_name == "volume")
    assert [(f.instance, f.subject, f.export_id) for f in volume.findings] == [
        ("few", "service_delivery", "few-0009"), ("many", "service_delivery", "many-0009")]  # fmt: skip
    page = html.unescape((home.quality_report / "report.html").read_text())
    machine = json.loads((home.quality_report / "report.json").read_text())
    entry = volume.entries[0]
    assert entry in page
    assert entry in next(r for r in machine["results"] if r["check_name"] == "volume")["accepted_as"]
    accepted = home.root / "accepted-findings.yaml"
    accepted.write_text("\n".join(volume.entries), encoding="utf-8")
    with pytest.raises(FileUnusable, match="reason"):
        accepted_findings(home, TODAY)
    accepted.write_text("\n".join(volume.entries).replace('""', "looked into"), encoding="utf-8")
    assert [(f.instance, f.subject, f.export) for f in accepted_findings(home, TODAY)] == [
        ("few", "service_delivery", "few-0009"), ("many", "service_delivery", "many-0009")]  # fmt: skip
    accepted.unlink()


def test_a_finding_accepted_for_one_export_is_open_again_with_the_next(home, landed):
    landed(History(months=[*usual()[:-1], Month(deliveries=20)]))
    entry = (
        "- {{check: landed.volume, instance: rho, subject: service_delivery, export: {}, "
        "until: 2025-10-31, reason: the day centre was closed}}\n"
    )
    accepted = home.root / "accepted-findings.yaml"
    accepted.write_text(entry.format("rho-0008"))
    assert "landed.volume" in failed(run_gates(home, today=TODAY))
    accepted.write_text(entry.format("rho-0009"))
    assert "landed.volume" not in failed(run_gates(home, today=TODAY))


def test_a_year_below_zero_is_a_warning_where_reversals_explain_it_and_an_error_where_not(home, landed):
    landed(History())
    with duckdb.connect(str(home.warehouse)) as connection:
        money = {"indicator_id": "spend_delivered", "numerator": -20, "value": -20}
        of_year = money | {"period_type": "year", "period_start": date(2025, 1, 1)}
        of_network = figure(scope_type="network", scope_id="network", **of_year)
        put(connection, "marts.indicator_value", [figure(**of_year), of_network])
        connection.execute("""
            delete from marts.dim_indicator where indicator_id = 'spend_delivered'""")
        connection.execute("""
            insert into marts.dim_indicator (indicator_id, unit) values ('spend_delivered', 'EUR')""")
    assert failed(run_gates(home, today=TODAY)) == {"marts.range_yearly_money_not_negative": 2}
    path = sorted(home.raw.glob("instance=rho/export=*/service_delivery.parquet"))[-1]
    table = pq.read_table(path, partitioning=None)
    taken_back = {
        "amount_total": [-abs(value) for value in table["amount_total"].to_pylist()],
        "reverses_id": ["D-1-1"] * len(table),
    }
    for name, values in taken_back.items():
        field = table.schema.field(name)
        table = table.set_column(table.schema.get_field_index(name), field, pa.array(values, field.type))
    pq.write_table(table, path)
    report = run_gates(home, today=TODAY)
    of_ranges = {r.check_name: (r.passed, r.severity) for r in report.results if "range_" in r.check_name}
    assert of_ranges["range_yearly_money_not_negative"] == (True, "critical")
    assert of_ranges["range_reversed"] == (False, "warning")
    named = next(r for r in report.results if r.check_name == "range_reversed").findings
    assert {(f.instance, f.subject) for f in named} == {
        ("network", "spend_delivered"), ("rho", "spend_delivered")}  # fmt: skip


def test_checks_are_dated_in_utc():
    result = CheckResult("landed", "volume", True, 0, 1)
    assert abs(result.checked_at - datetime.now(UTC)) < timedelta(minutes=1)


def test_columns_that_are_not_judged_are_optional_columns_of_the_contract():
    optional = {
        f"{entity.name}.{field.name}"
        for entity in load_contract().entities.values()
        for field in entity.fields
        if not field.required
    }
    assert set(load_policy().landed["empty_share"]["not_judged"]) < optional


def test_a_check_that_could_not_run_says_so_and_why_and_is_remembered(home, landed, monkeypatch):
    landed(History())

    def raises(*_args, **_options):
        raise RuntimeError("a value")

    monkeypatch.setattr("quality.rules.connect", raises)
    report = run_gates(home, today=TODAY)
    assert not report.green
    assert {result.could_not_run for result in report.results} == {True}
    for result in report.results:
        assert "could not run: RuntimeError" in result.sentence
        assert "non è stato eseguito: RuntimeError" in result.detail_it
        assert "a value" not in result.sentence + result.detail_it
    assert [result.could_not_run for result in read_gate(home).results] == [True] * len(report.results)
    page = (home.quality_report / "report.html").read_text()
    assert page.count("Non eseguito") == len(report.results)
