"""What `vetro status` says: at most ten lines, each territory by its own calendar, and what to do."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from core.home import VetroHome
from core.settings import Settings
from orchestration import alerting, status
from orchestration.overview import overview
from tests.support.command_line import Vetro

NOW = datetime.now(UTC)


def register(home: VetroHome, *names: str) -> None:
    lines = "".join(
        f'  {name}: {{name: {name.title()}, seat: "015182", comuni: ["015182"], contact: "Ufficio {name}"}}\n'
        for name in names
    )
    home.instances_file.write_text(f"instances:\n{lines}", encoding="utf-8")


def sent(
    instance: str, last: date, *, every: int = 30, count: int = 6, outcome: str = "accepted"
) -> list[tuple]:
    """Exports of periods `every` so many days, each made two days after its end; columns as in `export`."""
    rows = []
    for number in range(count):
        end = last - timedelta(days=every * (count - 1 - number))
        made = datetime.combine(end + timedelta(days=2), datetime.min.time())
        rows.append(
            (instance, f"{instance}-{number}", outcome, end, 1, 1, 0, 0, number + 1, made, made, 0, "")
        )
    return rows


def told(home: VetroHome, found: status.Status) -> list[str]:
    status.write(home, found)
    alerts = alerting.look(Settings(home=home.root))
    return overview(home, status.read(home), alerts, NOW).lines


@pytest.fixture
def home(tmp_path: Path) -> VetroHome:
    return VetroHome.at(tmp_path).ensure()


def ran(*, ago: timedelta = timedelta(hours=1), outcome: str = "ok") -> tuple:
    return ("check", (NOW - ago).replace(tzinfo=None, microsecond=0), 3.0, outcome, "")


def test_each_territory_is_judged_by_its_own_calendar(home: VetroHome) -> None:
    register(home, "monthly", "yearly", "new")
    today = NOW.date()
    last = today - timedelta(days=100)
    exports = [*sent("monthly", last), *sent("yearly", last, every=365)]
    lines = told(home, status.Status(run=[ran()], export=exports))
    (territories,) = (line for line in lines if line.startswith("Territories"))
    assert territories == (
        "Territories: 1 of 3 fresh by their own calendar, 1 late (monthly), 1 have not sent yet (new)"
    )
    (task,) = (line for line in lines if line.startswith("To do"))
    assert "Monthly: 3 exports" in task and "(Ufficio monthly)" in task and "Call the territory" in task


def test_whatever_is_wrong_ten_lines_say_it_and_how_much_more_there_is(home: VetroHome) -> None:
    names = [f"t{number}" for number in range(12)]
    register(home, *names)
    last = NOW.date() - timedelta(days=100)
    found = status.Status(
        run=[ran(ago=timedelta(days=3), outcome="red")],
        gate=[(False, NOW.replace(tzinfo=None))],
        check_result=[
            ("marts", "sudden_change", False, 1, 2, "critical", NOW.replace(tzinfo=None), "it", "en", False)
        ],
        export=[row for name in names for row in sent(name, last)],
    )
    lines = told(home, found)
    assert len(lines) == 10
    assert lines[1].startswith("Gate: red") and "marts.sudden_change" in lines[1]
    assert "nothing has run for more than a day" in lines[5]
    assert lines[9] == "To do: and 10 more: vetro status --json"


def test_a_home_without_a_run_says_how_to_begin(home: VetroHome, vetro: Vetro) -> None:
    done = vetro("--home", str(home.root), "status")
    assert done.returncode == 0 and "Release: none yet" in done.stdout
    assert "put exports into landing" in done.stdout
    document = json.loads(vetro("--home", str(home.root), "status", "--json").stdout)
    assert (document["release_id"], document["gate"], document["territories"]) == (None, None, [])
    assert len(document["to_do"]) == 1


def test_a_file_of_alerts_that_cannot_be_read_hides_nothing(home: VetroHome, vetro: Vetro) -> None:
    register(home, "monthly")
    last = NOW.date() - timedelta(days=100)
    status.write(home, status.Status(run=[ran()], export=sent("monthly", last)))
    home.alerts_file.write_text("alerts: [\n", encoding="utf-8")
    done = vetro("--home", str(home.root), "status")
    assert done.returncode == 0
    tasks = [line for line in done.stdout.splitlines() if line.startswith("To do")]
    assert len(tasks) == 2 and "alerts.yaml:2:1" in tasks[0] and "Monthly: 3 exports" in tasks[1]
