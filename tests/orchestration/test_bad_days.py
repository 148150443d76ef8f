"""A bad day, from outside: kills at any moment, and a command told to stop."""

import random
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import dagster as dg
import pytest

from core.settings import Settings
from tests.support.home_content import content
from tests.support.homes import first_exports, land
from tests.support.terminal import Terminal

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def begun(walked: Settings, simulated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The walked home with one more export in landing."""
    home = tmp_path_factory.mktemp("begun") / "home"
    shutil.copytree(walked.vetro_home.root, home, symlinks=True, copy_function=shutil.copy2)
    land(Settings(home=home).vetro_home, first_exports(simulated, "rho", 2)[1], "rho")
    return home


@pytest.fixture(scope="module")
def undisturbed(begun: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[tuple, float]:
    """What the release says when nobody disturbs the run, and how long the run takes from nothing built."""
    home = copied(begun, tmp_path_factory.mktemp("undisturbed"))
    # A build that was killed is made again from the start.
    Settings(home=home).vetro_home.warehouse.unlink()
    clock = time.monotonic()
    run = Terminal(["--home", str(home), "run"])
    assert run.wait(450) == 0, run.text
    return content(home), time.monotonic() - clock


def copied(home: Path, to: Path) -> Path:
    return Path(
        shutil.copytree(home, to / "home", symlinks=True, copy_function=shutil.copy2, dirs_exist_ok=True)
    )


# Together in one process, which runs once undisturbed.
@pytest.mark.xdist_group("killed")
@pytest.mark.parametrize(
    ("seed", "kills"), [(0, 2), *(pytest.param(seed, 5, marks=pytest.mark.long) for seed in range(1, 11))]
)
def test_killed_at_any_moment_a_run_comes_to_the_same_end_in_its_normal_time(
    seed: int, kills: int, begun: Path, undisturbed: tuple[tuple, float], tmp_path: Path
) -> None:
    expected, normal = undisturbed
    moments = random.Random(seed)
    home = copied(begun, tmp_path)
    done, length = 0, normal
    while done < kills:
        begin = time.monotonic()
        killed = Terminal(["--home", str(home), "run"])
        # Each in a part of its own of what lies between the first step and the last.
        with suppress(subprocess.TimeoutExpired):
            killed.process.wait((0.2 + 0.6 * (done + moments.random()) / kills) * length)
        killed.stop(signal.SIGKILL)
        if killed.process.wait() == -signal.SIGKILL:
            done += 1
        else:
            # It was faster, and has left nothing to do.
            length = time.monotonic() - begin
            shutil.rmtree(home)
            home = copied(begun, tmp_path)
        assert "waits for" not in killed.text
    clock = time.monotonic()
    run = Terminal(["--home", str(home), "run"])
    assert run.wait(450) == 0, run.text
    assert time.monotonic() - clock < 2 * normal + 15
    assert "waits for" not in run.text
    assert content(home) == expected
    with dg.DagsterInstance.from_config(str(home / "dagster")) as instance:
        assert all(run.is_finished for run in instance.get_runs())
        assert not instance.event_log_storage.get_concurrency_run_ids()


@pytest.mark.parametrize(
    ("phase", "number"),
    [
        ("Building models", signal.SIGINT),
        pytest.param("Data tests", signal.SIGTERM, marks=pytest.mark.long),
        pytest.param("Building models", signal.SIGTERM, marks=pytest.mark.long),
        pytest.param("Data tests", signal.SIGINT, marks=pytest.mark.long),
    ],
)
def test_told_to_stop_in_the_middle_of_a_query_a_run_ends_at_once(
    phase: str, number: signal.Signals, begun: Path, tmp_path: Path
) -> None:
    home = copied(begun, tmp_path)
    run = Terminal(["--home", str(home), "run"])
    run.wait_for(phase, 300)
    clock = time.monotonic()
    run.stop(number)
    assert run.wait(60) == 128 + number, run.text
    assert time.monotonic() - clock < 20
    assert run.text.count("vetro: stopped") == 1 and "Traceback" not in run.text
    assert run.written.rstrip().endswith("to go on.")
