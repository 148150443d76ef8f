"""The operations status: whole at every moment, without values."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from core.errors import VetroError
from core.home import VetroHome
from orchestration import status


@pytest.fixture
def home(tmp_path: Path) -> VetroHome:
    return VetroHome.at(tmp_path).ensure()


def test_a_step_is_recorded_with_its_time_and_outcome(home: VetroHome) -> None:
    with status.step(home, "build") as step:
        step.detail = "2 models built"
    (recorded,) = status.read(home).steps()
    assert (recorded.name, recorded.outcome, recorded.detail) == ("build", "ok", "2 models built")
    assert recorded.seconds >= 0


def test_only_the_latest_run_of_a_step_is_kept(home: VetroHome) -> None:
    for outcome in ("red", "ok"):
        with status.step(home, "check") as step:
            step.outcome = outcome
    assert [step.outcome for step in status.read(home).steps()] == ["ok"]


def test_an_error_is_recorded_and_goes_on_its_way(home: VetroHome) -> None:
    with pytest.raises(VetroError), status.step(home, "build"):
        raise VetroError("dbt run could not run")
    (recorded,) = status.read(home).steps()
    assert (recorded.outcome, recorded.detail) == ("failed", "dbt run could not run")


def test_the_words_of_a_foreign_error_are_not_kept_because_they_may_quote_data(home: VetroHome) -> None:
    with pytest.raises(ValueError), status.step(home, "ingest"):
        raise ValueError("could not convert 'RSSMRA80A01H501U'")
    assert status.read(home).steps()[0].detail == "ValueError"
    assert b"RSSMRA80A01H501U" not in home.status_database.read_bytes()


def test_every_table_is_there_from_the_first_write(home: VetroHome) -> None:
    status.write(home, status.Status())
    with duckdb.connect(str(home.status_database), read_only=True) as connection:
        names = {row[0] for row in connection.sql("select table_name from duckdb_tables()").fetchall()}
    assert names == set(status.TABLES)


def test_a_write_that_fails_leaves_the_status_as_it_was(home: VetroHome) -> None:
    status.record_release(home, "2026-01-01-aaaa", datetime(2026, 1, 1))
    before = home.status_database.read_bytes()
    with pytest.raises(duckdb.Error):
        status.write(home, status.Status(gate=[("not a boolean at all", datetime(2026, 1, 1))]))
    assert home.status_database.read_bytes() == before
    assert list(home.operations.iterdir()) == [home.status_database]


def test_attempts_that_never_came_in_are_told_and_those_mended_later_are_not(home: VetroHome) -> None:
    folder = home.raw_attempts / "rho"
    folder.mkdir(parents=True)
    for export_id, attempt, outcome in (("a", 1, "held"), ("a", 2, "refused"), ("b", 1, "known")):
        content = {"instance_id": "rho", "export_id": export_id, "attempt": attempt, "status": outcome}
        (folder / f"{export_id}.{attempt}.json").write_text(json.dumps(content), encoding="utf-8")
    status.record_exports(home)
    assert [row[:3] for row in status.read(home).export] == [("rho", "a", "refused")]


def test_whom_to_call_stands_beside_the_exports_and_an_older_status_is_read(home: VetroHome) -> None:
    home.instances_file.write_text(
        'instances:\n  rho: {name: Rho, seat: "015182", comuni: ["015182"], contact: "Ufficio di piano"}\n'
        '  lecco: {name: Lecco, seat: "097042", comuni: ["097042"]}\n',
        encoding="utf-8",
    )
    status.record_exports(home)
    assert status.read(home).contact == [("rho", "Ufficio di piano")]
    with duckdb.connect(str(home.status_database)) as connection:
        connection.execute("drop table contact")
    assert status.read(home).contact == []


def test_the_runs_of_each_step_are_kept_up_to_a_hundred_and_no_step_pushes_another_out(
    home: VetroHome,
) -> None:
    with status.step(home, "build") as step:
        step.rows = 7
    begun = datetime(2026, 1, 1)
    many = [("fetch", begun + timedelta(minutes=n), 0.5, "unchanged", None) for n in range(150)]
    kept = status.read(home)
    kept.run_history += many
    status.write(home, kept)
    with status.step(home, "fetch"):
        pass
    history = status.read(home).run_history
    assert [(row[0], row[4]) for row in history if row[0] == "build"] == [("build", 7)]
    fetched = [row for row in history if row[0] == "fetch"]
    assert len(fetched) == status.KEPT_RUNS == 100
    assert fetched[0][1] == begun + timedelta(minutes=51) and fetched[-1][1] > fetched[-2][1]


def test_a_status_of_the_version_before_is_read_and_goes_on(home: VetroHome) -> None:
    with duckdb.connect(str(home.status_database)) as connection:
        connection.execute(status.SCHEMA)
        connection.execute("drop table run_history")
        connection.execute("insert into run values ('build', '2026-01-01', 2.5, 'ok', '')")
    with status.step(home, "check"):
        pass
    found = status.read(home)
    assert [step.name for step in found.steps()] == ["build", "check"]
    assert [row[0] for row in found.run_history] == ["check"]
