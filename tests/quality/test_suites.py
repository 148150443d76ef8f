"""The rules of a deployment: real suites of the library in a real home, judged without telling a value."""

import json
import shutil
import stat
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import great_expectations as gx
import great_expectations.expectations as gxe
import pytest

from core.home import VetroHome
from core.yaml_models import FileUnusable
from ingestion.raw.layer import write_schemas
from quality.gate import read_gate, run_gates
from quality.suites import GATE, read_suites
from tests.support.raw import History, Month
from tests.support.warehouse import build_warehouse

TODAY = date(2025, 10, 15)
DELIVERIES = "landed.service_delivery"
SPENDING = "marts.fct_service_delivery"
# Leaves with 1 where judging has imported the library.
SCRIPT = (
    "import sys; from datetime import date; from core.home import VetroHome; "
    "from quality.gate import run_gates; run_gates(VetroHome.at('%s'), today=date(2025, 10, 15)); "
    "sys.exit('great_expectations' in sys.modules)"
)


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory) -> VetroHome:
    """A home with a built warehouse and two exports of Rho, the last one with few deliveries. Shared."""
    home = VetroHome.at(tmp_path_factory.mktemp("suites")).ensure()
    write_schemas(home)
    History("rho", [Month(deliveries=80), Month(deliveries=70)]).write(home)
    build_warehouse(home.warehouse)
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute("delete from marts.fct_service_delivery")
        connection.execute(
            "insert into marts.fct_service_delivery (instance_id, record_id, amount_total) "
            "select 'rho', 'record-' || range, range from range(10)"
        )
    return home


@pytest.fixture
def home(landed: VetroHome) -> VetroHome:
    shutil.rmtree(landed.expectations, ignore_errors=True)
    landed.expectations.mkdir()
    return landed


def write(home: VetroHome, name: str, *rules: Any, **meta: str) -> None:
    """Write a suite as the library itself does."""
    told = {"table": SPENDING, "owner": "Ufficio controlli"} | meta
    suite = gx.ExpectationSuite(name, expectations=list(rules), meta=told)
    (home.expectations / f"{name}.json").write_text(json.dumps(suite.to_json_dict()), "utf-8")


def judged(home: VetroHome) -> dict[str, Any]:
    report = run_gates(home, today=TODAY)
    return {result.check_name: result for result in report.results if result.gate == GATE}


def test_a_rule_is_judged_over_the_marts_with_its_severity_and_owner(home: VetroHome) -> None:
    write(
        home,
        "spending",
        gxe.ExpectColumnValuesToBeBetween(column="amount_total", max_value=6, meta={"name": "at_most_six"}),
        gxe.ExpectColumnValuesToNotBeNull(column="record_id", severity="warning"),
        gxe.ExpectColumnValuesToBeBetween(column="amount_total", min_value=1, severity="warning"),
    )
    found = judged(home)
    broken = found["spending.at_most_six"]
    assert (broken.passed, broken.observed_count, broken.total_count) == (False, 3, 10)
    assert broken.severity == "critical" and not broken.could_not_run
    assert broken.detail_it.endswith(f"({SPENDING}; responsabile: Ufficio controlli)")
    assert found["spending.column_values_to_not_be_null_record_id"].passed
    warned = found["spending.column_values_to_be_between_amount_total"]
    assert (warned.passed, warned.severity, warned.observed_count) == (False, "warning", 1)
    gate = read_gate(home)
    assert gate is not None and not gate.green
    assert {result.check_name for result in gate.results} >= set(found)
    page = (home.quality_report / "report.html").read_text("utf-8")
    assert "Le regole di questa installazione" in page and "spending.at_most_six" in page


def test_only_the_last_export_of_an_instance_is_judged_as_landed(home: VetroHome) -> None:
    rows = gxe.ExpectTableRowCountToEqual(value=70, meta={"name": "seventy"})
    everybody = gxe.ExpectColumnValuesToBeInSet(
        column="instance_id", value_set=["rho"], meta={"name": "whose"}
    )
    nobody = gxe.ExpectTableRowCountToEqual(value=0, meta={"name": "nothing", "table": "landed.grant"})
    write(home, "arrived", rows, everybody, nobody, table=DELIVERIES)
    found = judged(home)
    assert {name: result.passed for name, result in found.items()} == {
        "arrived.seventy": True,
        "arrived.whose": True,
        "arrived.nothing": True,
    }
    assert (found["arrived.whose"].observed_count, found["arrived.whose"].total_count) == (0, 70)


def test_no_value_stands_in_what_is_left_behind(home: VetroHome) -> None:
    """Neither one that broke a rule nor one that was measured of the whole table."""
    marker = "record-7"
    write(
        home,
        "told",
        gxe.ExpectColumnValuesToBeInSet(column="record_id", value_set=["x"], meta={"name": "each"}),
        gxe.ExpectColumnMaxToBeBetween(column="amount_total", max_value=1, meta={"name": "whole"}),
        gxe.ExpectColumnToExist(column="record_id", meta={"name": "column"}),
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="select record_id from {batch} where amount_total > 6",
            meta={"name": "query"},
        ),
    )
    found = judged(home)
    counts = {name: (result.observed_count, result.total_count) for name, result in found.items()}
    assert counts == {
        "told.each": (10, 10),
        "told.whole": (1, 1),
        "told.column": (0, 1),
        "told.query": (3, 0),
    }
    for path in home.quality_report.iterdir():
        assert marker not in path.read_text("utf-8")
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        told = connection.execute("select * from quality.check_result").fetchall()
    assert marker not in str(told)


@pytest.mark.parametrize(
    ("rule", "cause"),
    [
        (gxe.ExpectColumnValuesToNotBeNull(column="nowhere"), "Error"),
        (gxe.ExpectColumnValuesToNotBeNull(column="x", meta={"table": "marts.nowhere"}), "Error"),
    ],
)
def test_a_rule_that_cannot_be_judged_could_not_run_and_closes_the_gate(
    home: VetroHome, rule: Any, cause: str
) -> None:
    rule.severity = "warning"
    good = gxe.ExpectColumnValuesToNotBeNull(column="record_id", meta={"name": "good"})
    write(home, "mixed", rule, good)
    found = judged(home)
    assert found.pop("mixed.good").passed
    (result,) = found.values()
    assert result.could_not_run and result.severity == "critical" and not result.passed
    assert cause in result.detail_en and "could not run" in result.detail_en


RULE = '{"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "x"}}'
SUITE = '{"name": "own",\n "meta": {"table": "marts.fct_payment", "owner": "o"},\n "expectations": [\n  %s]}'


@pytest.mark.parametrize(
    ("text", "place", "sentence"),
    [
        ("{", "expectations/own.json:1", "not readable JSON"),
        (
            SUITE % '{"type": "expect_miracles"}',
            "own.json:4:4, expectations[0].type",
            "does not know this type",
        ),
        (SUITE % RULE.replace('"column"', '"row"'), "own.json:4", "does not take it so"),
        (SUITE % RULE.replace("}}", '}, "severity": "fatal"}'), "own.json:4", "critical, warning, info"),
        (SUITE.replace("marts.", "staging.") % RULE, "own.json:2", "marts.<table> or landed.<entity>"),
        (SUITE.replace(', "owner": "o"', "") % RULE, "own.json:2", "owner is missing"),
        (SUITE.replace("own", "Own!") % RULE, "own.json:1", "the form is"),
        (SUITE % "", "own.json:3", "at least 1"),
    ],
)
def test_a_broken_suite_is_an_error_with_file_and_place(
    home: VetroHome, text: str, place: str, sentence: str
) -> None:
    (home.expectations / "own.json").write_text(text, "utf-8")
    with pytest.raises(FileUnusable) as found:
        run_gates(home, today=TODAY)
    assert place in str(found.value) and sentence in str(found.value)


def test_two_rules_of_one_name_are_told_apart_and_the_file_can_be_written_again(home: VetroHome) -> None:
    one = gxe.ExpectColumnValuesToNotBeNull(column="record_id")
    write(home, "twice", one, gxe.ExpectColumnValuesToNotBeNull(column="record_id", mostly=0.5))
    name = "twice.column_values_to_not_be_null_record_id"
    assert set(judged(home)) == {name, f"{name}_2"}
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute("checkpoint")


def test_nothing_is_written_elsewhere(home: VetroHome, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    write(home, "quiet", gxe.ExpectColumnValuesToNotBeNull(column="record_id"))
    assert len(judged(home)) == 1
    assert list(tmp_path.iterdir()) == [] and list(home.temporary.iterdir()) == []


def test_a_process_that_serves_the_home_judges_and_nobody_else_imports_the_library(home: VetroHome) -> None:
    high = gxe.ExpectColumnValuesToBeBetween(column="amount_total", max_value=6, meta={"name": "high"})
    write(home, "served", high)
    (home.expectations / "wrong.json").write_text(SUITE % '{"type": "expect_miracles"}', "utf-8")
    command = [sys.executable, "-m", "quality.expectation_service", str(home.root)]
    service = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert service.stdout is not None and service.stdout.readline() == "ready\n"
        assert stat.S_IMODE(home.expectation_socket.stat().st_mode) == 0o600
        with pytest.raises(FileUnusable, match="does not know this type"):
            run_gates(home, today=TODAY)
        (home.expectations / "wrong.json").unlink()
        script = SCRIPT % str(home.root)
        # Twice: it answers again.
        for _ in range(2):
            assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
        gate = read_gate(home)
        assert gate is not None
        (told,) = [result for result in gate.results if result.gate == GATE]
        assert (told.check_name, told.observed_count, told.could_not_run) == ("served.high", 3, False)
    finally:
        service.kill()
        service.wait()
    # The socket is there still; without the process whoever judges imports the library itself.
    assert home.expectation_socket.exists()
    assert judged(home)["served.high"].observed_count == 3


def test_a_home_without_suites_never_pays_for_the_library(home: VetroHome) -> None:
    assert read_suites(home) == []
    assert subprocess.run([sys.executable, "-c", SCRIPT % str(home.root)], check=False).returncode == 0
