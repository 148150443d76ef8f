"""A release leaves whole, once, and only through an open gate."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from core.errors import VetroError
from core.home import VetroHome
from publication.attack.attacker import attack
from publication.composition import is_data_file
from publication.policy import LEGAL_FLOOR, load_policy
from publication.release import (
    Release,
    UnknownReleaseError,
    current,
    find,
    publish,
    rollback,
)
from publication.release_record import read_release
from publication.verification import verify
from tests.support.gates import RecordedGate
from tests.support.published_homes import OPEN, copy_first_release, copy_two_releases

CLOSED = RecordedGate(False, datetime(2026, 10, 1, tzinfo=UTC), [])


@pytest.fixture(scope="module")
def published(tmp_path_factory) -> tuple[VetroHome, Release]:
    """A home with its first release, and that release. Shared: tests that change it take `home`."""
    home = copy_first_release(tmp_path_factory.mktemp("published") / "home")
    return home, current(home)


@pytest.fixture(scope="module")
def after_late_data(tmp_path_factory) -> VetroHome:
    """A home with its first release and one after late data. Shared: nothing in it is changed."""
    home = copy_first_release(tmp_path_factory.mktemp("late") / "home")
    late_data(home)
    assert publish(home, gate=OPEN, code_version="1").new
    return home


@pytest.fixture(scope="module")
def after_new_code(tmp_path_factory) -> VetroHome:
    """A home with its first release and one by other code. Shared: who changes it makes a copy."""
    home = copy_first_release(tmp_path_factory.mktemp("code") / "home")
    assert publish(home, gate=OPEN, code_version="2").new
    return home


@pytest.fixture
def home(tmp_path) -> VetroHome:
    """A home of the test's own, with its first release."""
    return copy_first_release(tmp_path / "home")


def copy_of(home: VetroHome, root: Path) -> VetroHome:
    shutil.copytree(home.root, root, symlinks=True)
    return VetroHome.at(root)


def previous(home: VetroHome) -> Release:
    """The release before the current one."""
    return find(home, read_release(current(home).path)["previous"])


@pytest.fixture
def made(home) -> Release:
    """The first release in that home."""
    return current(home)


def change(home: VetroHome, sql: str) -> None:
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute(sql)


def late_data(home: VetroHome) -> None:
    """A later export, with a few more persons in a year that was published, and one more day covered."""
    change(
        home,
        """
        insert into quality.export_log by name
        select instance_id, instance_id || '-0002' as export_id, 1 as attempt, 'accepted' as status,
               2 as sequence, sha256(instance_id || '2') as manifest_sha256, date '2026-10-31' as period_to
        from marts.dim_instance""",
    )
    change(
        home,
        """
        update marts.indicator_value set numerator = numerator + 2, value = value + 2, n_persons = n_persons +
            2
        where indicator_id = 'persons_served' and period_start = date '2025-01-01'""",
    )


def test_there_is_no_release_before_the_first(tmp_path):
    assert current(VetroHome.at(tmp_path).ensure()) is None


def test_a_release_is_whole_and_current(published):
    home, made = published
    assert made.release_id.startswith("2026-09-30-")
    assert current(home).release_id == made.release_id
    assert verify(home, made.release_id).holds
    assert {path.name for path in made.path.iterdir()} == {"public", "private", "release.json"}
    record = read_release(made.path)
    assert {"exports", "code_version", "policy", "gate", "files", "tables"} <= record.keys()
    for table in record["tables"]:
        assert (made.path / "public" / "data" / f"{table}.csv").is_file()
        assert (made.path / "public" / "data" / f"{table}.parquet").is_file()


@pytest.mark.parametrize("gate", [CLOSED, None])
def test_nothing_leaves_through_a_closed_gate(home, made, gate):
    with pytest.raises(VetroError, match="vetro check"):
        publish(home, gate=gate, code_version="2")
    assert current(home).release_id == made.release_id


def test_with_nothing_new_the_current_release_is_the_answer(home, made):
    again = publish(home, gate=OPEN, code_version="1")
    assert (again.release_id, again.new) == (made.release_id, False)
    assert len([path for path in home.releases.iterdir() if path.is_dir() and not path.is_symlink()]) == 1


@pytest.mark.parametrize("reason", ["after_late_data", "after_new_code"])
def test_a_new_export_or_new_code_makes_a_new_release(published, reason, request):
    home, made = request.getfixturevalue(reason), published[1]
    assert current(home).release_id != made.release_id
    assert read_release(current(home).path)["previous"] == made.release_id
    assert verify(home, made.release_id).holds


def test_the_same_input_gives_the_same_bytes(published, tmp_path):
    other = VetroHome.at(tmp_path / "other").ensure()
    shutil.copyfile(published[0].warehouse, other.warehouse)
    first, second = published[1], publish(other, gate=OPEN, code_version="1")
    files = [
        {name: known for name, known in read_release(made.path)["files"].items() if is_data_file(name)}
        for made in (first, second)
    ]
    assert files[0] == files[1]
    assert first.release_id == second.release_id


def test_an_attack_that_finds_something_keeps_the_release_before(home, made, monkeypatch):
    monkeypatch.setattr("publication.composition.protect_primary", lambda *_: None)
    monkeypatch.setattr("publication.composition.hold_to_what_was_printed", lambda *_: None)
    late_data(home)
    with pytest.raises(VetroError, match="nothing was published"):
        publish(home, gate=OPEN, code_version="2", revised_years=("2024", "2025"))
    assert current(home).release_id == made.release_id
    assert not list(home.releases.glob(".building-*"))


def test_a_full_disk_keeps_the_release_before(home, made, monkeypatch):

    def full(*_args, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        publish(home, gate=OPEN, code_version="2")
    monkeypatch.undo()
    assert current(home).release_id == made.release_id
    assert verify(home, made.release_id).holds
    assert not list(home.releases.glob(".building-*"))


def test_what_was_printed_stays_although_late_data_came(after_late_data):
    again, made = current(after_late_data), previous(after_late_data)
    name = "public/data/t01_persons_by_territory_and_area.csv"
    assert (again.path / name).read_bytes() == (made.path / name).read_bytes()
    assert not attack(again.path, made.path).findings


def test_a_later_release_adds_closed_periods_and_both_together_are_safe(tmp_path):
    home = copy_two_releases(tmp_path / "home")
    made, again = previous(home), current(home)
    periods = []
    for release in (made, again):
        with duckdb.connect(
            str(release.path / "public" / "casa-di-vetro.duckdb"), read_only=True
        ) as connection:
            periods.append(
                {
                    start
                    for (start,) in connection.execute(
                        "select distinct period_start from publication.indicator_value "
                        "where period_type = 'year' "
                        "and indicator_id = 'persons_served'"
                    ).fetchall()
                }
            )
    assert periods == [{date(2024, 1, 1)}, {date(2024, 1, 1), date(2025, 1, 1)}]
    assert not attack(again.path, made.path).findings


def test_a_release_that_was_tampered_with_is_not_taken_over(after_new_code, tmp_path):
    home = copy_of(after_new_code, tmp_path / "home")
    whole, made = previous(home), current(home)
    file = made.path / "public" / "data" / "t01_persons_by_territory_and_area.parquet"
    file.chmod(0o644)
    shutil.copyfile(file.with_name("t05_spending_by_territory_and_area.parquet"), file)
    late_data(home)
    with pytest.raises(VetroError, match=made.release_id):
        publish(home, gate=OPEN, code_version="2")
    assert current(home).release_id == made.release_id
    rollback(home, whole.release_id)
    assert read_release(publish(home, gate=OPEN, code_version="2").path)["previous"] == whole.release_id


def test_a_year_issued_again_with_a_few_more_persons_is_refused(home, made):
    late_data(home)
    with pytest.raises(VetroError, match="too little changed"):
        publish(home, gate=OPEN, code_version="1", revised_years=("2025",))
    assert current(home).release_id == made.release_id


def test_rollback_makes_an_earlier_release_current(after_new_code, tmp_path):
    home = copy_of(after_new_code, tmp_path / "home")
    made, again = previous(home), current(home)
    rollback(home, made.release_id)
    assert current(home).release_id == made.release_id
    rollback(home, again.release_id)
    assert current(home).release_id == again.release_id


@pytest.mark.parametrize("name", ["nothing", "..", "../releases", ".lock", ""])
def test_a_release_that_is_not_there_has_no_id(published, name):
    with pytest.raises(UnknownReleaseError):
        find(published[0], name)


@pytest.mark.parametrize("damage", ["change", "remove", "add", "rename"])
def test_verify_sees_every_change(home, made, damage):
    file = made.path / "public" / "data" / "t07_spending_by_provider.csv"
    name = made.release_id
    if damage == "change":
        file.chmod(0o644)
        file.write_bytes(file.read_bytes().replace(b"1", b"2", 1))
    elif damage == "remove":
        file.unlink()
    elif damage == "add":
        (file.parent / "more.csv").write_text("x")
    else:
        name = made.release_id[:-1] + ("0" if made.release_id[-1] != "0" else "1")
        made.path.rename(made.path.with_name(name))
    assert not verify(home, name).holds


def test_the_public_side_holds_no_persons_and_no_reasons(published):
    _, made = published
    with duckdb.connect(str(made.path / "public" / "casa-di-vetro.duckdb"), read_only=True) as connection:
        columns = {
            name
            for (name,) in connection.execute("select column_name from information_schema.columns").fetchall()
        }
        hidden = connection.execute("""
            select count(*), count(numerator), count(denominator), count(value), count(ci_low), count(ci_high)
            from publication.indicator_value where mark = 'suppressed'""").fetchone()
    assert not columns & {"n_persons", "persons", "reason", "person_key"}
    assert hidden[0] > 0
    assert hidden[1:] == (0, 0, 0, 0, 0)
    public = "".join(
        path.read_text() for path in (made.path / "public").rglob("*.*") if path.suffix in (".csv", ".json")
    )
    assert "person-" not in public
    assert "secondary" not in public


def test_the_private_side_leaves_persons_behind(published):
    _, made = published
    with duckdb.connect(str(made.path / "private" / "casa-di-vetro.duckdb"), read_only=True) as connection:
        tables = {
            name
            for (name,) in connection.execute("select table_name from information_schema.tables").fetchall()
        }
        marks = {
            mark
            for (mark,) in connection.execute("select distinct mark from marts.indicator_value").fetchall()
        }
    assert "indicator_value" in tables
    assert not {name for name in tables if name.startswith("fct_") or name == "dim_person"}
    assert {"value", "suppressed", "missing"} <= marks
    content = (made.path / "private" / "casa-di-vetro.duckdb").read_bytes()
    assert b"person-1" not in content


def test_what_the_public_side_hides_is_marked_on_the_private_side_too(published):
    _, made = published
    key = "indicator_id, scope_type, scope_id, item, area, period_type, period_start, population_group"
    with duckdb.connect(str(made.path / "public" / "casa-di-vetro.duckdb"), read_only=True) as connection:
        connection.execute(f"attach '{made.path / 'private' / 'casa-di-vetro.duckdb'}' as inside (read_only)")
        hidden, marked, small = connection.execute(f"""
            select count(*), count(*) filter (where inside.mark = 'suppressed'),
                   count(*) filter (where inside.n_persons between 1 and 4)
            from publication.indicator_value as public
            inner join inside.marts.indicator_value as inside using ({key})
            where public.mark = 'suppressed'""").fetchone()
    assert hidden == marked
    assert 0 < small < hidden, "some are hidden for their own sake and some for others'"


def test_the_page_about_method_has_every_value_of_the_policy(published):
    _, made = published
    with duckdb.connect(str(made.path / "public" / "casa-di-vetro.duckdb"), read_only=True) as connection:
        told = dict(connection.execute("select rule, value from publication.policy").fetchall())
        release = connection.execute(
            "select threshold, threshold_high, threshold_floor, protection from publication.release"
        ).fetchone()
    policy = load_policy()
    assert release == (policy.normal, policy.high, LEGAL_FLOOR, policy.protection)
    assert told["thresholds.normal"] == str(policy.normal)
    assert told["thresholds.legal_floor"] == str(LEGAL_FLOOR)
    assert told["amounts.two_contributors"] == str(policy.two_contributors)
    assert told["wait_bands"] == "30 60 90"
    assert told["calendar.year"] == str(policy.calendar["year"])


PUBLISH = """
import sys
from datetime import UTC, datetime
from core.home import VetroHome
from publication.release import publish
from tests.support.gates import RecordedGate
print("ready", flush=True)
publish(VetroHome.at(sys.argv[1]), gate=RecordedGate(True, datetime.now(UTC), []), code_version=sys.argv[2])
"""


FULL_DISK = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
""" + PUBLISH.replace("import sys", "import sys; LIMIT = int(sys.argv[3])", 1).replace(
    'print("ready", flush=True)',
    'print("ready", flush=True); resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, LIMIT))',
)


def test_a_disk_that_fills_up_while_writing_keeps_the_release_before(home, made):
    """No file can grow beyond `room` bytes: writing fails early, in the middle or near the end."""
    for room in (4_000, 600_000):
        done = subprocess.run(
            [sys.executable, "-c", FULL_DISK, str(home.root), "full", str(room)],
            capture_output=True,
            text=True,
        )
        assert done.stdout.strip() == "ready"
        assert done.returncode not in (0, -signal.SIGXFSZ), done.stderr
        assert current(home).release_id == made.release_id
        assert verify(home, made.release_id).holds
    assert publish(home, gate=OPEN, code_version="after").new
    assert not list(home.releases.glob(".building-*"))


@pytest.mark.parametrize(
    "kills",
    [
        pytest.param(4, marks=pytest.mark.faults),
        pytest.param(50, marks=[pytest.mark.long, pytest.mark.timeout(3600)]),
    ],
)
def test_a_kill_at_any_moment_leaves_a_whole_current_release(home, made, kills):
    """The kills are spread over the time that a whole publication takes."""
    began = time.monotonic()
    publish(home, gate=OPEN, code_version="measured")
    takes = time.monotonic() - began
    releases_seen = {made.release_id, current(home).release_id}
    interrupted = 0
    for number in range(kills):
        process = subprocess.Popen(
            [sys.executable, "-c", PUBLISH, str(home.root), f"kill-{number}"],
            stdout=subprocess.PIPE,
            text=True,
        )
        process.stdout.readline()
        time.sleep(takes * 1.1 * number / kills)
        process.send_signal(signal.SIGKILL)
        interrupted += process.wait() == -signal.SIGKILL
        now = current(home)
        assert verify(home, now.release_id).holds
        assert json.loads((home.current_release / "release.json").read_text())["release_id"] == now.release_id
        releases_seen.add(now.release_id)
    assert interrupted > 0
    last = publish(home, gate=OPEN, code_version="after")
    assert last.new
    assert not list(home.releases.glob(".building-*"))
    assert not list(home.releases.glob(".current-*"))
