"""Landing ages: what is in goes after its time, what waits stays, and nothing outside landing is touched."""

import json
import os
import shutil
from datetime import UTC, datetime, timedelta

import pytest

from ingestion.loading.ingest import ingest
from ingestion.loading.landing_retention import AgedOut, LandingPolicy, age_out
from ingestion.sources.fetching import fetch
from tests.support.exports import CODICE_FISCALE, Export, rows
from tests.support.servers import LocalFolders, declare

POLICY = LandingPolicy()


def export(sequence: int = 1, **more) -> Export:
    return Export(sequence=sequence, entities={"organisation": rows("organisation", 2)}, **more)


def wrong(sequence: int = 1) -> Export:
    return export(sequence, spoil=lambda descriptor: descriptor["resources"][0].update(rows=99))


def in_days(days: float) -> datetime:
    return datetime.now(UTC) + timedelta(days=days)


def names(home) -> list[str]:
    return sorted(path.name for path in (home.landing / "rho").iterdir())


def test_what_is_in_goes_after_ninety_days_and_not_before(home):
    export(1).write(home.landing / "rho")
    export(2).write_zip(home.landing / "rho")
    ingest(home)
    assert age_out(home, POLICY, in_days(89)) == AgedOut(0, 0)
    assert len(names(home)) == 2
    assert age_out(home, POLICY, in_days(91)) == AgedOut(2, 0)
    assert names(home) == []
    assert len(list(home.outbox.glob("rho/*.receipt.json"))) == 2


def test_the_days_are_the_policys(home):
    export(1).write(home.landing / "rho")
    ingest(home)
    assert age_out(home, LandingPolicy(loaded_days=1), in_days(0.9)).total == 0
    assert age_out(home, LandingPolicy(loaded_days=1), in_days(1.1)) == AgedOut(1, 0)


def test_after_the_file_is_gone_the_same_bytes_are_still_known(home, tmp_path):
    export(1).write(home.landing / "rho")
    ingest(home)
    age_out(home, POLICY, in_days(91))
    assert [receipt.status for receipt in ingest(home, [export(1).write(tmp_path)])] == ["known"]
    export(1).write(home.landing / "rho")
    assert [receipt.status for receipt in ingest(home)] == ["known"]
    assert age_out(home, POLICY, in_days(91)) == AgedOut(1, 0)
    assert [receipt.status for receipt in ingest(home, [export(2).write(tmp_path)])] == ["accepted"]


def test_what_aged_out_is_not_fetched_again(home, tmp_path):
    place = LocalFolders(tmp_path / "folders").place()
    declare(home, rho_source=place)
    place.put_all(export(1).files(), "rho-1")
    fetch(home)
    ingest(home)
    assert age_out(home, POLICY, in_days(91)) == AgedOut(1, 0)
    (source,) = fetch(home)
    assert source.count("unchanged") == 1
    assert names(home) == []


def test_a_refused_export_has_a_time_of_its_own(home):
    wrong(1).write(home.landing / "rho")
    ingest(home)
    assert age_out(home, POLICY, in_days(29)).total == 0
    assert age_out(home, POLICY, in_days(31)) == AgedOut(0, 1)
    assert names(home) == []
    assert [path.name for path in home.outbox.glob("rho/*.receipt.json")] == ["rho-2026-10-0001.receipt.json"]


def test_a_refused_export_mended_since_the_door_saw_it_stays(home):
    place = wrong(1).write(home.landing / "rho")
    ingest(home)
    shutil.rmtree(place)
    export(1).write(home.landing / "rho")
    assert age_out(home, POLICY, in_days(31)).total == 0
    assert [receipt.status for receipt in ingest(home)] == ["accepted"]


def test_held_exports_and_unfinished_uploads_stay(home):
    export(3).write(home.landing / "rho")
    (home.landing / "rho" / "half").mkdir()
    (home.landing / "rho" / "half" / "person.csv").write_bytes(b"a")
    (home.landing / "rho" / "later.zip.part").write_bytes(b"a")
    assert [receipt.status for receipt in ingest(home)] == ["held"]
    assert age_out(home, POLICY, in_days(3650)).total == 0
    assert names(home) == ["half", "later.zip.part"]
    assert len(list((home.landing_held / "rho").iterdir())) == 1


def test_what_the_door_has_not_seen_stays(home):
    export(1).write(home.landing / "rho")
    assert age_out(home, POLICY, in_days(3650)).total == 0
    ingest(home)
    (home.landing / ".seen.json").unlink()
    assert age_out(home, POLICY, in_days(3650)).total == 0
    ingest(home)
    assert age_out(home, POLICY, in_days(3650)) == AgedOut(1, 0)


def test_an_export_that_raw_does_not_hold_stays(home):
    export(1).write(home.landing / "rho")
    ingest(home)
    shutil.rmtree(home.raw / "instance=rho")
    assert age_out(home, POLICY, in_days(91)).total == 0
    assert len(names(home)) == 1


def test_links_are_neither_followed_nor_removed_through(home, tmp_path):
    outside = tmp_path / "outside"
    kept = export(1).write(outside)
    ingest(home, [kept])
    (home.landing / "rho").mkdir(exist_ok=True)
    (home.landing / "rho" / kept.name).symlink_to(kept)
    (home.landing / "also").symlink_to(outside)
    inside = export(2).write(home.landing / "rho")
    (inside / "data" / "more").symlink_to(outside)
    ingest(home)
    log = json.loads((home.landing / ".seen.json").read_text(encoding="utf-8"))
    entry = {"status": "accepted", "instance": "rho", "export_id": kept.name, "counts": {}, "state": []}
    log |= {f"also/{kept.name}": entry, f"../../outside/{kept.name}": entry, "../raw/instance=rho": entry}
    (home.landing / ".seen.json").write_text(json.dumps(log), encoding="utf-8")
    before = sorted(path for path in outside.rglob("*"))
    age_out(home, POLICY, in_days(3650))
    assert sorted(path for path in outside.rglob("*")) == before
    assert (home.raw / "instance=rho").is_dir()


def test_a_folder_exchanged_for_a_link_is_not_entered(home, tmp_path, monkeypatch):
    place = export(1).write(home.landing / "rho")
    ingest(home)
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(home.landing / "rho", elsewhere)
    fsync = os.fsync

    def exchange(descriptor):
        # The first that is put on the disk is the note that the export goes.
        monkeypatch.setattr(os, "fsync", fsync)
        fsync(descriptor)
        (home.landing / "rho").rename(tmp_path / "was")
        (home.landing / "rho").symlink_to(elsewhere)

    monkeypatch.setattr(os, "fsync", exchange)
    with pytest.raises(OSError):
        age_out(home, POLICY, in_days(91))
    assert (home.landing / "rho").is_symlink()
    assert (elsewhere / place.name / "datapackage.json").is_file()


def test_killed_while_removing_it_leaves_no_half_export_for_the_door(home, monkeypatch):
    export(1).write(home.landing / "rho")
    ingest(home)

    def die(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(shutil, "rmtree", die)
    with pytest.raises(KeyboardInterrupt):
        age_out(home, POLICY, in_days(91))
    monkeypatch.undo()
    assert ingest(home) == []
    age_out(home, POLICY, in_days(91))
    assert names(home) == []


def test_the_log_tells_which_export_went_and_nothing_of_what_was_in_it(home):
    export(1).write(home.landing / "rho")
    (home.landing / f"{CODICE_FISCALE}.zip").write_bytes(b"no archive")
    ingest(home)
    assert age_out(home, POLICY, in_days(91)) == AgedOut(1, 1)
    text = (home.operations / "landing_retention.jsonl").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    assert {(line["instance"], line["export_id"], line["status"]) for line in lines} == {
        ("rho", "rho-2026-10-0001", "accepted"),
        (None, None, "refused"),
    }
    assert CODICE_FISCALE not in text
