"""Two at once, somebody who looks, any end: nothing hangs or breaks, and who is waited for is said."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from core.home import VetroHome
from core.locks import exclusive, is_held
from core.settings import Settings
from ingestion.raw.layer import locked
from orchestration import dagster_home
from orchestration.failures import explain, file_in_use, reason
from tests.support.command_line import Vetro
from tests.support.terminal import Terminal, until

NORMAL_SECONDS = 120


@pytest.fixture
def home(walked: Settings, tmp_path: Path) -> VetroHome:
    """A home without exports, in which dbt's project has been read."""
    shutil.copytree(walked.vetro_home.dbt, tmp_path / "dbt", copy_function=shutil.copy2)
    return VetroHome.at(tmp_path).ensure()


@contextmanager
def opened_by_another(file: Path, *, read_only: bool) -> Iterator[int]:
    """Another process has the file open, as an analyst has; its process id."""
    code = (
        f"import duckdb, time; held = duckdb.connect({str(file)!r}, read_only={read_only}); "
        "print(1, flush=True); time.sleep(300)"
    )
    other = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    try:
        other.stdout.readline()
        yield other.pid
    finally:
        other.kill()
        other.wait()


def runs(home: VetroHome) -> list[dg.DagsterRun]:
    with dg.DagsterInstance.from_config(str(home.dagster)) as instance:
        assert not instance.event_log_storage.get_concurrency_run_ids()
        return instance.get_runs()


def run_inside_a_step(home: VetroHome) -> Terminal:
    """Start `vetro run`, and return it when it is within a Dagster step: at ingestion, held by the caller."""
    started = Terminal(["--home", str(home.root), "run"])
    started.wait_for("waits for", 120)
    assert any(is_held(mark) for mark in (home.dagster / "alive").iterdir())
    return started


@pytest.mark.faults
def test_a_run_that_ended_in_any_way_leaves_nothing_that_the_next_waits_for(home: VetroHome) -> None:
    ends = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -9}
    with locked(home):
        for number, code in ends.items():
            inside = run_inside_a_step(home)
            assert f"process {os.getpid()} on " in inside.text
            assert is_held(home.warehouse_lock)
            clock = time.monotonic()
            inside.stop(number)
            assert inside.wait(30) == code, inside.text
            assert time.monotonic() - clock < 20
            assert "Traceback" not in inside.text
            if number != signal.SIGKILL:
                assert "vetro: stopped" in inside.text
            assert not is_held(home.warehouse_lock)
    again = Terminal(["--home", str(home.root), "run"])
    assert again.wait(NORMAL_SECONDS) == 3
    assert "No release yet" in again.text and "waits for" not in again.text
    # The last first. A busy machine may be too slow to cancel what was told to stop: the next run closes it.
    last, killed, *stopped = [run.status.value for run in runs(home)]
    assert (last, killed) == ("SUCCESS", "FAILURE")
    assert set(stopped) <= {"CANCELED", "FAILURE"}
    assert len(list((home.dagster / "alive").iterdir())) == 1


@pytest.mark.faults
def test_of_two_runs_the_second_waits_and_says_for_whom(home: VetroHome) -> None:
    with locked(home):
        first = run_inside_a_step(home)
        second = Terminal(["--home", str(home.root), "run"])
        second.wait_for("waits for", 60)
        assert f"process {first.process.pid} on " in second.text
        assert "vetro run" in second.text and "since 20" in second.text
    assert (first.wait(NORMAL_SECONDS), second.wait(NORMAL_SECONDS)) == (3, 3)
    assert "goes on" in second.text


@pytest.mark.parametrize("status", [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.NOT_STARTED])
def test_a_dead_run_is_closed_however_far_it_came_and_its_slots_are_freed(
    status: dg.DagsterRunStatus, tmp_path: Path
) -> None:
    home = VetroHome.at(tmp_path).ensure()
    dagster_home.prepare(home)
    with dg.DagsterInstance.from_config(str(home.dagster)) as instance:
        run = instance.create_run_for_job(dg.job(name="j")(lambda: None), status=status)
        instance.event_log_storage.set_concurrency_slots("duckdb", 1)
        instance.event_log_storage.claim_concurrency_slot("duckdb", run.run_id, "build")
        mark = home.dagster / "alive" / run.run_id
        with dagster_home.alive(home, run.run_id):
            dagster_home.close_dead_runs(home, instance, but="another")
            assert instance.get_run_by_id(run.run_id).status == status
        mark.touch()
        dagster_home.close_dead_runs(home, instance, but="another")
        assert instance.get_run_by_id(run.run_id).status == dg.DagsterRunStatus.FAILURE
        assert not instance.event_log_storage.get_concurrency_run_ids()
        assert not mark.exists()


@pytest.mark.parametrize(
    ("command", "read_only"),
    [("build", True), ("build", False), ("check", True), ("publish", False), ("docs", True)],
)
def test_who_has_the_warehouse_open_is_named_with_what_to_do(
    command: str, read_only: bool, walked: Settings, vetro: Vetro
) -> None:
    arguments = [command, "--no-serve"] if command == "docs" else [command]
    register = walked.vetro_home.instances_file
    before = register.read_bytes()
    # Where nothing changed a build has nothing to write, and nobody is in its way.
    register.write_bytes(before + b"# one more line\n")
    try:
        with opened_by_another(walked.vetro_home.warehouse, read_only=read_only) as pid:
            done = vetro("--home", str(walked.home), *arguments)
            assert done.returncode == 3
    finally:
        register.write_bytes(before)
    told = " ".join(f"{done.stdout} {done.stderr}".split())
    assert f"process {pid}" in told and "python" in told
    assert "close it there" in told and "chiuderlo" in told
    assert "unexpected" not in told and "Traceback" not in told


def test_the_name_of_who_holds_a_file_is_found_through_whatever_passed_the_error_on(tmp_path: Path) -> None:
    file = tmp_path / "warehouse.duckdb"
    duckdb.connect(str(file)).close()
    with opened_by_another(file, read_only=True) as pid:
        with pytest.raises(duckdb.IOException) as caught:
            duckdb.connect(str(file))
        try:
            raise ValueError("a value") from caught.value
        except ValueError as error:
            assert f"process {pid}" in file_in_use(error)
            assert f"process {pid}" in reason(error)
            assert explain(error).exit_code == 3
    assert file_in_use(ValueError("a value")) is None


def test_a_lock_is_free_when_its_holder_is_killed_and_names_it_before(tmp_path: Path) -> None:
    lock = tmp_path / ".lock"
    code = (
        "import time; from pathlib import Path; from core.locks import exclusive\n"
        f"with exclusive(Path({str(lock)!r}), 'counting'): print(1, flush=True); time.sleep(300)"
    )
    holding = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    holding.stdout.readline()
    assert is_held(lock)
    holding.kill()
    holding.wait()
    until(lambda: not is_held(lock), 5)
    with exclusive(lock, "mine"), exclusive(lock, "mine again"):
        assert is_held(lock)
    assert not is_held(lock)


@pytest.mark.faults
def test_two_builds_at_once_leave_one_whole_warehouse(home: VetroHome) -> None:
    """On a home without exports, which is built in seconds."""
    builds = [Terminal(["--home", str(home.root), "build"]) for _ in range(2)]
    assert [build.wait(NORMAL_SECONDS * 2) for build in builds] == [0, 0], builds[0].text + builds[1].text
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        assert connection.sql("select sources is not null from intermediate.build_state").fetchone()[0]
