"""A check that could not run is told as that wherever it is told of; never as a rule broken by no row."""

import json
from pathlib import Path

import pytest

from core.home import VetroHome
from orchestration import pipeline, render, status
from orchestration.steps import check_row
from orchestration.warehouse import NodeOutcome, as_check_results, without_values
from quality.check_result import WARNING, CheckResult, GateReport
from quality.report import write_report

CAUSE = "Runtime Error Catalog Error: Table with name fct_payment does not exist!"


@pytest.fixture
def results() -> list[CheckResult]:
    return as_check_results(
        [
            NodeOutcome("held", "pass", 0.1),
            NodeOutcome("broken", "fail", 0.1, failures=3),
            NodeOutcome("raised", "error", 0.1, message=CAUSE),
            NodeOutcome("skipped", "skipped", 0.1),
            NodeOutcome("warned", "warn", 0.1, failures=2),
        ]
    )


def test_what_dbt_could_not_run_is_no_broken_rule(results: list[CheckResult]) -> None:
    told = {result.check_name: result for result in results}
    assert [name for name, result in told.items() if result.could_not_run] == ["raised", "skipped"]
    assert [name for name, result in told.items() if result.passed] == ["held"]
    assert told["warned"].severity == WARNING
    assert told["raised"].sentence == f"data_tests: raised could not run: {CAUSE}"
    assert "3 rows" in told["broken"].sentence and "could not" not in told["broken"].sentence
    for name in ("raised", "skipped"):
        assert " 0 " not in told[name].sentence and "broken" not in told[name].sentence
        assert not GateReport((told[name],), told[name].checked_at).green


def test_the_report_says_it_to_people_and_machines(results: list[CheckResult], tmp_path: Path) -> None:
    write_report(tmp_path, GateReport(tuple(results), results[0].checked_at))
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    row = next(part for part in page.split("<li") if "<code>data_tests.raised</code>" in part)
    assert "Non eseguito" in row and CAUSE.split(":")[0] in row and "righe" not in row
    machine = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    told = {result["check_name"]: result["could_not_run"] for result in machine["results"]}
    assert told == {"held": False, "broken": False, "raised": True, "skipped": True, "warned": False}


def test_the_operations_status_keeps_it_and_a_red_run_prints_it(
    results: list[CheckResult], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = VetroHome.at(tmp_path).ensure()
    status.record_gate(home, False, [check_row(result) for result in results])
    failed = status.read(home).failed_checks()
    assert [result.check_name for result in failed] == ["raised", "skipped", "broken"]
    outcome = pipeline.PipelineOutcome(3, "The gate is red; there is no release yet.", None, [], failed)
    render.pipeline(outcome, home, as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    assert lines[0].endswith(f"raised could not run: {CAUSE}")
    render.pipeline(outcome, home, as_json=True)
    assert json.loads(capsys.readouterr().out)["failed_checks"][0]["could_not_run"] is True
    render.gates(GateReport(tuple(results), results[0].checked_at), home, as_json=False)
    assert f"raised could not run: {CAUSE}" in capsys.readouterr().out


def test_at_most_ten_lines_are_printed_and_then_how_many_more(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    failed = as_check_results([NodeOutcome(f"rule_{n}", "fail", 0.1, failures=n) for n in range(1, 355)])
    home = VetroHome.at(tmp_path)
    render.pipeline(pipeline.PipelineOutcome(3, "Red.", None, [], failed), home, as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert len([line for line in lines if "rule_" in line]) == 10
    assert lines[10].startswith("... and 344 more")


def test_a_status_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    import duckdb

    home = VetroHome.at(tmp_path).ensure()
    with duckdb.connect(str(home.status_database)) as connection:
        connection.execute(status.SCHEMA)
        connection.execute("alter table check_result drop could_not_run")
        connection.execute(
            "insert into check_result values ('marts', 'm', false, 1, 2, 'critical', now(), 'a', 'b')"
        )
    (failed,) = status.read(home).failed_checks()
    assert (failed.check_name, failed.could_not_run) == ("m", False)
    with status.step(home, "check"):
        pass
    assert len(status.read(home).check_result) == 1


@pytest.mark.parametrize(
    "message",
    [
        "Conversion Error: Could not convert string 'RSSMRA80A01X501U' to INT64",
        "Out of Range Error: INT32 with value 4471234567 is out of range",
        "Invalid Input Error: RSSMRA80A01X501U is no date, nor is 1980-01-01 or 12,50",
    ],
)
def test_no_value_of_a_row_is_in_the_cause(message: str) -> None:
    told = without_values(message)
    assert told.split(":")[0] == message.split(":")[0]
    for value in ("RSSMRA80A01X501U", "4471234567", "1980", "12,50"):
        assert value not in told


def test_names_of_tables_and_columns_stay_in_the_cause() -> None:
    assert without_values(CAUSE) == CAUSE
    assert without_values("Binder Error: column t14_lead.hi95 not found") == (
        "Binder Error: column t14_lead.hi95 not found"
    )


def test_the_columns_of_a_broken_contract_are_named() -> None:
    message = """Compilation Error in model provider_overview (models/marts/provider_overview.sql)
      This model has an enforced contract that failed.
      Please ensure that the columns in your contract match the columns in your model's definition.

      | column_name | definition_type | contract_type | mismatch_reason     |
      | ----------- | --------------- | ------------- | ------------------- |
      | ssn_share   | DOUBLE          |               | missing in contract |
    """
    told = without_values(message)
    assert "provider_overview" in told
    assert "ssn_share" in told and "missing in contract" in told
