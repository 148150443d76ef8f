"""`vetro up`: everything one machine needs, from nothing to a release; a server that dies; a clean stop."""

import json
import os
import shutil
import signal
import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import dagster as dg
import pytest

from core.home import VetroHome
from core.settings import Settings
from orchestration import status
from publication.release_record import read_release
from quality.gate import read_gate
from tests.support.home_content import content
from tests.support.homes import first_exports, land
from tests.support.parsed_project import put_parsed_project
from tests.support.servers import free_ports
from tests.support.terminal import Terminal, until

pytestmark = pytest.mark.faults

SUITE = {
    "name": "own",
    "meta": {"table": "landed.service_delivery", "owner": "Ufficio controlli"},
    "expectations": [
        {
            "type": "expect_column_values_to_be_between",
            "kwargs": {"column": "amount_total", "min_value": 0, "mostly": 0.5},
            "meta": {"name": "positive"},
        }
    ],
}


@pytest.fixture
def home(new_home: Callable[[], Settings], tmp_path: Path) -> VetroHome:
    """A home that has just begun: territories are registered, dbt's project has been read, nothing landed."""
    home = VetroHome.at(tmp_path / "home")
    home.root.mkdir()
    put_parsed_project(home)
    shutil.copy2(new_home().vetro_home.instances_file, home.instances_file)
    return home


class Up:
    """`vetro up` on a home, in a terminal, with ports of its own."""

    def __init__(self, home: VetroHome, notified: Path):
        self.home, self.ports = home, dict(zip(("dagster", "staff", "public"), free_ports(3), strict=True))
        self.told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.told.bind(str(notified))
        self.told.settimeout(0)
        options = {"--dagster-port": "dagster", "--port": "staff", "--public-port": "public"}
        given = [word for option, name in options.items() for word in (option, str(self.ports[name]))]
        variables = {"VETRO_AUTH": "off", "NOTIFY_SOCKET": str(notified), "VETRO_THREADS": "2"}
        self.terminal = Terminal(["--home", str(home.root), "up", *given], variables=variables)

    def notes(self) -> set[str]:
        """What systemd was told since it was last asked for."""
        found = set()
        try:
            while note := self.told.recv(4096):
                found.add(note.decode())
        except BlockingIOError:
            return found

    def answers(self, name: str, path: str = "/") -> bool:
        try:
            address = f"http://127.0.0.1:{self.ports[name]}{path}"
            return urllib.request.urlopen(address, timeout=5).status == 200
        except OSError:
            return False

    def wait_until(self, holds: Callable[[], bool], seconds: float) -> None:
        """Wait until `holds()`, as long as the command is there; say what it wrote where it does not come."""
        with suppress(AssertionError):
            until(lambda: holds() or self.terminal.process.poll() is not None, seconds)
        assert holds(), self.terminal.text[-3000:]

    def process(self, words: str) -> int:
        """The process that `vetro up` started with these words in its command line."""
        own = self.terminal.process.pid
        (found,) = (pid for pid in family(own) if parent_of(pid) == own and words in command_of(pid))
        return found


@contextmanager
def service(home: VetroHome, notified: Path) -> Iterator[Up]:
    """`vetro up` on a home, as long as the body runs."""
    running = Up(home, notified)
    try:
        yield running
    finally:
        left = family(running.terminal.process.pid)
        running.terminal.stop(signal.SIGKILL)
        for pid in left:
            kill(pid)


@pytest.fixture
def up(home: VetroHome, tmp_path: Path) -> Iterator[Up]:
    with service(home, tmp_path / "notified") as running:
        yield running


def test_from_nothing_to_a_release_past_deaths_to_a_clean_stop(
    up: Up, home: VetroHome, simulated: Path
) -> None:
    up.terminal.wait_for("Press Ctrl-C", 200)
    assert not home.expectation_socket.exists()
    home.expectations.mkdir()
    (home.expectations / "own.json").write_text(json.dumps(SUITE), "utf-8")
    for name, port in up.ports.items():
        assert f"http://127.0.0.1:{port}" in up.terminal.text, name
    assert "The public site opens with the first release" in up.terminal.text
    assert "READY=1" in up.notes()
    assert up.answers("dagster", "/server_info") and up.answers("staff", "/_stcore/health")

    kill(up.process("dagster-webserver"))
    up.terminal.wait_for("Dagster's web server ended by itself (signal 9); it is begun again", 30)
    up.terminal.wait_for("Dagster's web server answers again", 120)
    assert up.answers("dagster", "/server_info")

    for name in ("rho", "matera"):
        land(home, first_exports(simulated, name)[0], name)
    # A machine that stops in the middle: the first run is killed without a word, another comes to the end.
    until(lambda: any(at_work(home)), 200)
    kill(run_process(up))
    up.wait_until(home.current_release.is_dir, 450)
    up.wait_until(lambda: up.answers("public", "/it/"), 60)
    assert "WATCHDOG=1" in up.notes()

    judging = up.process("quality.expectation_service")
    with socket.socket(socket.AF_UNIX) as asked:
        asked.connect(str(home.expectation_socket))
    gate = read_gate(home)
    assert gate is not None
    (own,) = [result for result in gate.results if result.check_name == "own.positive"]
    assert not own.could_not_run

    processes = family(up.terminal.process.pid)
    assert len(processes) > 5 and judging in processes
    up.terminal.stop(signal.SIGTERM)
    assert up.terminal.wait(60) == 0, up.terminal.text
    assert "All servers are stopped." in up.terminal.text
    for trouble in ("more than one head", "Traceback", "DagsterUserCodeUnreachable"):
        assert trouble not in up.terminal.text, up.terminal.text[-3000:]
    assert "STOPPING=1" in up.notes()
    until(lambda: not [pid for pid in processes if alive(pid)], 10)
    for port in up.ports.values():
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port))
    assert {step.outcome for step in status.read(home).steps()} == {"ok"}
    with dg.DagsterInstance.from_config(str(home.dagster)) as instance:
        assert all(run.is_finished for run in instance.get_runs())


@pytest.mark.long
def test_killed_whole_in_the_middle_of_a_run_the_service_begun_again_releases_what_had_landed(
    walked: Settings, simulated: Path, tmp_path: Path
) -> None:
    export = first_exports(simulated, "rho", 2)[1]
    homes = [VetroHome.at(tmp_path / name) for name in ("killed", "undisturbed")]
    for home in homes:
        shutil.copytree(walked.vetro_home.root, home.root, symlinks=True, copy_function=shutil.copy2)
    killed, undisturbed = homes
    before = released(killed)

    with service(killed, tmp_path / "first") as first:
        first.terminal.wait_for("Press Ctrl-C", 200)
        land(killed, export, "rho")
        # Taken in and being built, and not yet in a release.
        committed = killed.raw / "instance=rho"
        first.wait_until(lambda: len(list(committed.glob("export=*"))) == 2, 400)
        taken_in = max(path.stat().st_mtime for path in committed.rglob("*"))
        first.wait_until(lambda: written_last(killed) > taken_in, 100)
        assert holder(killed) is not None
        processes = of_home(killed)
        assert {first.terminal.process.pid, holder(killed)} <= processes and len(processes) > 5
        power_cut(killed)
    assert released(killed) == before
    with dg.DagsterInstance.from_config(str(killed.dagster)) as instance:
        (cut,) = (run for run in instance.get_runs() if not run.is_finished)

    with service(killed, tmp_path / "second") as second:
        second.wait_until(lambda: released(killed) != before, 600)
        second.wait_until(lambda: holder(killed) is None, 100)
        second.terminal.stop(signal.SIGTERM)
        assert second.terminal.wait(60) == 0, second.terminal.text[-3000:]
    assert not of_home(killed)
    land(undisturbed, export, "rho")
    for command in ("ingest", "build", "check", "publish"):
        done = Terminal(["--home", str(undisturbed.root), command])
        assert done.wait(450) == 0, done.text[-3000:]
    assert released(killed) == released(undisturbed)
    assert len(released(killed)) == len(before) + 1
    assert content(killed.root) == content(undisturbed.root)
    with dg.DagsterInstance.from_config(str(killed.dagster)) as instance:
        assert instance.get_run_by_id(cut.run_id).is_failure
        assert all(run.is_finished for run in instance.get_runs())
        assert not instance.event_log_storage.get_concurrency_run_ids()


def released(home: VetroHome) -> set[tuple[str, str]]:
    """The exports that the current release tells of, each with its instance."""
    return {
        (export["instance_id"], export["export_id"])
        for export in read_release(home.current_release)["exports"]
    }


def written_last(home: VetroHome) -> float:
    """When the warehouse file was, or what DuckDB writes beside it before it is done."""
    return max(path.stat().st_mtime for path in home.root.glob(f"{home.warehouse.name}*"))


def of_home(home: VetroHome) -> set[int]:
    """The processes whose command or environment names a home, whoever started them."""
    name, found = os.fsencode(home.root), set()
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if any(name in (place / told).read_bytes() for told in ("cmdline", "environ")):
                found.add(int(place.name))
    return {pid for pid in found if alive(pid)}


def power_cut(home: VetroHome) -> None:
    """End every process of a home at one moment: held still first, so that none sees another one die."""
    held: set[int] = set()
    while begun := of_home(home) - held:
        for pid in begun:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
        held |= begun
    for pid in held:
        kill(pid)
    until(lambda: not of_home(home), 10)


def at_work(home: VetroHome) -> Iterator[Path]:
    """Marks of the runs of Dagster that have begun."""
    return (home.dagster / "alive").glob("*")


def run_process(up: Up) -> int:
    """The process that holds the turn of the house."""
    until(lambda: holder(up.home) is not None, 60)
    found = holder(up.home)
    assert found in family(up.terminal.process.pid)
    return found


def holder(home: VetroHome) -> int | None:
    try:
        return json.loads(home.warehouse_lock.read_text(encoding="utf-8"))["process"]
    except (OSError, ValueError):
        return None


def family(pid: int) -> list[int]:
    """A process and all that it started, by whichever thread and through whoever."""
    children = [
        int(place.name) for place in Path("/proc").glob("[0-9]*") if parent_of(int(place.name)) == pid
    ]
    return [pid, *(member for child in children for member in family(child))]


def command_of(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


def parent_of(pid: int) -> int | None:
    return int(found[1]) if (found := state_of(pid)) else None


def alive(pid: int) -> bool:
    found = state_of(pid)
    return found is not None and found[0] != "Z"


def state_of(pid: int) -> list[str] | None:
    """What the kernel says of a process after its name: state, parent and so on; None where it is gone."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return None


def kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
