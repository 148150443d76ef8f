"""Exactly once: sequences, gaps, held exports, the same bytes again, death at any instant, two
processes at once.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from core.errors import VetroError
from ingestion.instances import read_instances
from ingestion.loading.ingest import ingest, waive
from ingestion.raw.layer import all_committed_exports
from tests.support.exports import Export, make_home, row, rows

REPOSITORY = Path(__file__).parents[2]


def export(sequence: int, **more) -> Export:
    return Export(sequence=sequence, entities={"payment": rows("payment", 3, f"S{sequence}")}, **more)


def statuses(receipts) -> list[tuple[str, str]]:
    return [(receipt.export_id[-1], receipt.status) for receipt in receipts]


def committed(home) -> list[str]:
    return sorted(path.name for path in home.raw.glob("instance=*/export=*"))


def tables(home) -> dict[str, list]:
    """Every raw table of every export, without the moment of acceptance."""
    found = {}
    for path in sorted(home.raw.glob("instance=*/export=*/*.parquet")):
        relation = duckdb.sql(f"select * from read_parquet('{path}', hive_partitioning=false)")
        columns = [name for name in relation.columns if name not in ("accepted_at", "key_id")]
        found[f"{path.parent.name}/{path.name}"] = (
            relation.project(", ".join(f'"{c}"' for c in columns)).order("all").fetchall()
        )
    return found


def test_exports_load_in_sequence_order_whatever_their_order_on_the_command_line(home, tmp_path):
    paths = [export(number).write(tmp_path) for number in (3, 1, 2)]
    assert statuses(ingest(home, paths)) == [("3", "accepted"), ("1", "accepted"), ("2", "accepted")]


def test_a_gap_is_held_and_loads_in_the_run_in_which_its_predecessor_does(home, tmp_path):
    (receipt,) = ingest(home, [export(2).write(tmp_path)])
    assert (receipt.status, [error["code"] for error in receipt.errors]) == ("held", ["sequence_gap"])
    assert (home.landing_held / "rho" / "rho-2026-10-0002").is_dir()
    assert committed(home) == []
    (attempt,) = (home.raw_attempts / "rho").glob("rho-2026-10-0002.*.json")
    assert json.loads(attempt.read_text())["status"] == "held"
    assert statuses(ingest(home, [export(1).write(tmp_path / "late")])) == [
        ("2", "accepted"),
        ("1", "accepted"),
    ]
    assert not any((home.landing_held / "rho").iterdir())
    assert (
        json.loads((home.outbox / "rho" / "rho-2026-10-0002.receipt.json").read_text())["status"]
        == "accepted"
    )
    assert (
        json.loads((home.outbox / "rho" / "rho-2026-10-0002.1.receipt.json").read_text())["status"] == "held"
    )


def test_a_held_export_from_landing_is_moved_and_comes_back(home):
    place = export(2).write(home.landing / "rho")
    assert statuses(ingest(home)) == [("2", "held")]
    assert not place.exists()
    assert statuses(ingest(home)) == [("2", "held")]
    assert len(list((home.outbox / "rho").glob("*.json"))) == 1
    export(1).write(home.landing / "rho")
    assert sorted(statuses(ingest(home))) == [("1", "accepted"), ("2", "accepted")]
    assert place.exists()


def test_a_waived_gap_lets_those_behind_it_in(home, tmp_path):
    ingest(home, [export(1).write(tmp_path)])
    ingest(home, [export(3).write(tmp_path), export(4).write(tmp_path)])
    waive(home, "rho", 2)
    assert statuses(ingest(home)) == [("3", "accepted"), ("4", "accepted")]


@pytest.mark.parametrize(
    ("instance", "sequence", "sentence"),
    [("atlantide", 1, "not registered"), ("rho", 0, "starts at 1"), ("rho", 1, "already accepted")],
)
def test_what_cannot_be_waived_is_said(home, tmp_path, instance, sequence, sentence):
    ingest(home, [export(1).write(tmp_path)])
    with pytest.raises(VetroError, match=sentence) as raised:
        waive(home, instance, sequence)
    assert raised.value.exit_code == 2


def test_behind_a_refused_export_the_next_one_waits(home, tmp_path):
    broken = export(1, spoil=lambda d: d["resources"][0].update(rows=9)).write(tmp_path)
    assert statuses(ingest(home, [broken, export(2).write(tmp_path)])) == [("1", "refused"), ("2", "held")]


def test_the_same_bytes_again_are_known_and_change_nothing(home, tmp_path):
    ingest(home, [export(1).write(tmp_path / "a")])
    before = tables(home)
    (receipt,) = ingest(home, [export(1).write_zip(tmp_path / "b", inside="rho/")])
    assert (receipt.status, receipt.counts["payment"]) == (
        "known",
        {"received": 3, "loaded": 0, "known": 3, "quarantined": 0},
    )
    assert tables(home) == before
    assert json.loads(receipt.path.read_text())["status"] == "known"


def test_a_run_over_an_unchanged_landing_writes_no_new_receipt(home):
    export(1).write(home.landing / "rho")
    export(2, spoil=lambda d: d["resources"][0].update(rows=9)).write_zip(home.landing / "rho")
    assert sorted(statuses(ingest(home))) == [("1", "accepted"), ("2", "refused")]
    before = {path: path.stat().st_mtime_ns for path in home.outbox.rglob("*.json")}
    assert sorted(statuses(ingest(home))) == [("1", "known"), ("2", "refused")]
    assert {path: path.stat().st_mtime_ns for path in home.outbox.rglob("*.json")} == before


def test_a_file_touched_in_landing_is_read_again(home):
    place = export(1).write(home.landing / "rho")
    ingest(home)
    (place / "data/payment.csv").write_bytes(b"other")
    (receipt,) = ingest(home)
    assert receipt.status == "refused"
    assert {"export_id_reused", "checksum_mismatch"} <= {error["code"] for error in receipt.errors}


def test_an_unfinished_upload_is_not_picked_up(home):
    place = export(1).write(home.landing / "rho")
    (place / "datapackage.json").rename(place / "datapackage.json.part")
    export(1).write_zip(home.landing / "rho").rename(home.landing / "rho" / "x.zip.part")
    assert ingest(home) == []


def test_two_instances_pass_side_by_side(home, tmp_path):
    paths = [
        export(number, instance=name).write(tmp_path) for name in ("rho", "matera") for number in (1, 2, 3)
    ]
    assert [receipt.status for receipt in ingest(home, paths)] == ["accepted"] * 6
    assert len(committed(home)) == 6


def test_landing_work_is_empty_before_and_after(home, tmp_path):
    home.landing_work.mkdir()
    (home.landing_work / "left.csv").write_text("x")
    ingest(home, [export(1).write_zip(tmp_path)])
    assert not home.landing_work.exists()


DOOR = """
import sys
from pathlib import Path
from ingestion.loading.ingest import ingest
from core.home import VetroHome
receipts = ingest(VetroHome.at(sys.argv[1]), [Path(path) for path in sys.argv[2:]])
print(*(receipt.status for receipt in receipts))
"""


def door_process(home, *paths: Path) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", DOOR, str(home.root), *map(str, paths)],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def network(folder: Path) -> list[Path]:
    """Four exports with everything in them that a commit can be interrupted in: several files, an
    erasure, a zip.
    """
    first = Export(
        entities={
            "person": rows("person", 200),
            "booking": rows("booking", 200, person_id="G-1"),
            "voucher": rows("voucher", 200, person_id="G-1"),
            "payment": rows("payment", 200),
        }
    )
    second = Export(
        sequence=2,
        entities={"payment": [*rows("payment", 100), *rows("payment", 100, "N")]},
        erasures=["G-1"],
    )
    third = Export(sequence=3, entities={"person": [row("person", "G-1"), *rows("person", 100)]})
    fourth = Export(sequence=4, entities={"booking": rows("booking", 20, "L")})
    return [first.write(folder), second.write_zip(folder), third.write(folder), fourth.write(folder)]


def home_with_the_key_of(other, root: Path):
    """A new home in which the same person has the same pseudonym as in the other."""
    home = make_home(root)
    (home.secrets / "pseudonym.key").write_bytes((other.secrets / "pseudonym.key").read_bytes())
    (home.secrets / "pseudonym.key").chmod(0o600)
    return home


def said_to_be_in(home) -> set[str]:
    """The folders of the exports that a receipt calls accepted or known."""
    receipts = [json.loads(path.read_text()) for path in home.outbox.rglob("*.receipt.json")]
    return {
        f"export={receipt['export_id']}" for receipt in receipts if receipt["status"] in ("accepted", "known")
    }


# Each home is killed so often before it may come to its end.
IN_A_ROW = 5


@pytest.mark.parametrize(
    "kills",
    [
        pytest.param(5, marks=pytest.mark.faults),
        pytest.param(50, marks=[pytest.mark.long, pytest.mark.timeout(3600)]),
    ],
)
def test_killed_at_any_instant_and_run_again_gives_the_same_tables(tmp_path, kills):
    paths = network(tmp_path / "in")
    whole = make_home(tmp_path / "whole")
    started = time.monotonic()
    process = door_process(whole, *paths)
    assert process.wait() == 0, process.stderr.read()
    duration = time.monotonic() - started
    chance = random.Random(7)
    for number in range(kills // IN_A_ROW):
        home = home_with_the_key_of(whole, tmp_path / f"killed-{number}")
        for _ in range(IN_A_ROW):
            process = door_process(home, *paths)
            time.sleep(duration * chance.uniform(0.3, 1.0))
            process.send_signal(signal.SIGKILL)
            process.communicate()
            for folder in home.raw.glob("instance=*/export=*"):
                assert (folder / "_export.parquet").exists(), "a committed folder is whole"
            assert said_to_be_in(home) <= set(committed(home))
        final = door_process(home, *paths)
        assert final.wait() == 0, final.stderr.read()
        assert tables(home) == tables(whole)
        assert not any(home.raw_incoming.iterdir())
        assert not home.landing_work.exists()


STEPS = ["before commit", "after commit", "half of the erasure", "before the receipt"]


@pytest.mark.parametrize("step", STEPS)
def test_death_at_each_step_of_a_commit_is_recovered(home, tmp_path, monkeypatch, step):
    paths = network(tmp_path / "in")
    ingest(home, paths[:1])

    class Death(BaseException):
        pass

    def die(*_, **__):
        raise Death

    import ingestion.loading.acknowledgement as acknowledgement
    import ingestion.loading.load as load
    import ingestion.raw.file_transaction as transaction

    if step == "before commit":
        monkeypatch.setattr(load, "commit", die)
    elif step == "after commit":
        monkeypatch.setattr(load, "finish_transactions", die)
    elif step == "half of the erasure":
        replace, calls = os.replace, []

        def once(*arguments):
            calls.append(arguments)
            return die() if len(calls) > 1 else replace(*arguments)

        monkeypatch.setattr(transaction.os, "replace", once)
    else:
        monkeypatch.setattr(acknowledgement, "write_receipt", die)
    with pytest.raises(Death):
        ingest(home, paths)
    monkeypatch.undo()
    receipts = ingest(home, paths)
    assert [receipt.status for receipt in receipts][1:] == ["accepted"] * 3
    whole = make_home(tmp_path / "whole")
    ingest(whole, paths)
    assert {
        name: rows_ for name, rows_ in tables(home).items() if "person" not in name and "_erasure" not in name
    } == {
        name: rows_
        for name, rows_ in tables(whole).items()
        if "person" not in name and "_erasure" not in name
    }
    for path in home.raw.rglob("*.parquet"):
        if path.name in ("booking.parquet", "voucher.parquet"):
            assert not duckdb.sql(
                f"select 1 from read_parquet('{path}', hive_partitioning=false) where person_id = 'G-1'"
            ).fetchall()


@pytest.mark.parametrize("times", [1, pytest.param(30, marks=[pytest.mark.long, pytest.mark.timeout(0)])])
def test_two_processes_at_once_do_not_collide(home, tmp_path, times):
    paths = network(tmp_path / "in")
    ingest(home, paths)
    for number in range(times):
        shared = home_with_the_key_of(home, tmp_path / f"shared-{number}")
        processes = [door_process(shared, *paths) for _ in range(2)]
        told = [process.communicate() for process in processes]
        assert [process.returncode for process in processes] == [0, 0], told
        assert sorted(out.split() for out, _ in told) == [["accepted"] * 4, ["known"] * 4]
        assert tables(shared) == tables(home)


def pass_in_a_row(home, count: int, at_once: int) -> None:
    """Send `count` exports, `at_once` of them in every run, each with two rows of its own and a
    state told anew.
    """
    for first in range(1, count + 1, at_once):
        for number in range(first, first + at_once):
            Export(
                sequence=number,
                entities={
                    "payment": rows("payment", 2, f"S{number}"),
                    "person": [row("person", "P-1", row_version=str(number))],
                },
                export_id=f"rho-{number:04d}",
            ).write(home.landing / "rho")
        answers = ingest(home)
        assert [receipt.status for receipt in answers].count("accepted") == at_once
        assert {receipt.status for receipt in answers} <= {"accepted", "known"}
    assert len(committed(home)) == count
    payments = f"read_parquet('{home.raw}/instance=rho/export=*/payment.parquet', hive_partitioning=false)"
    sent, different = duckdb.sql(f"select count(*), count(distinct record_id) from {payments}").fetchone()
    assert sent == different == 2 * count
    assert {receipt.status for receipt in ingest(home)} == {"known"}


def test_a_hundred_exports_in_a_row(home):
    pass_in_a_row(home, 100, at_once=100)


@pytest.mark.long
@pytest.mark.timeout(0)
@pytest.mark.parametrize("at_once", [1_000, 25])
def test_a_thousand_exports_land_at_once_or_in_forty_runs(home, at_once):
    pass_in_a_row(home, 1_000, at_once)


def test_the_registry_of_instances_is_as_it_was(home, tmp_path):
    before = read_instances(home)
    ingest(home, [export(1).write(tmp_path)])
    assert read_instances(home) == before


def test_an_export_that_says_it_is_simulated_marks_its_instance_for_good(home, tmp_path):
    def invented(descriptor):
        descriptor["simulation"] = {"seed": 1}

    def real(descriptor):
        descriptor["simulation"] = False

    (first,) = ingest(home, [export(1, spoil=invented).write(tmp_path)])
    assert json.loads(first.path.read_text())["simulated"] is True
    page = first.path.with_suffix(".html").read_text()
    assert "Dati simulati" in page and "Simulated data" in page
    assert ingest(home, [export(1, spoil=invented).write(tmp_path)])[0].simulated
    assert {e.instance for e in all_committed_exports(home) if e.simulated} == {"rho"}
    # A later export without the word, and one that denies it, change nothing of what is in.
    later = ingest(home, [export(2).write(tmp_path), export(3, spoil=real).write(tmp_path)])
    assert [receipt.simulated for receipt in later] == [False, False]
    assert "simulated" not in json.loads(later[0].path.read_text())
    matera = Export("matera", entities={"payment": rows("payment", 1)})
    ingest(home, [matera.write(tmp_path)])
    assert {e.instance for e in all_committed_exports(home) if e.simulated} == {"rho"}
