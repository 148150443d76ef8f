"""What counts as new."""

import os
from pathlib import Path

import pytest

from core.home import VetroHome
from orchestration import change_detection


@pytest.fixture
def home(tmp_path: Path) -> VetroHome:
    home = VetroHome.at(tmp_path).ensure()
    write(home.landing / "rho" / "rho-1" / "datapackage.json", "{}")
    write(home.raw / "instance=rho" / "export=rho-1" / "_export.parquet", "one")
    write(home.instances_file, "instances: {}")
    (home.releases / "one").mkdir()
    home.current_release.symlink_to("one")
    settle(home)
    return home


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def settle(home: VetroHome) -> None:
    now = change_detection.fingerprint(home)
    change_detection.note_built(home, now)
    change_detection.note_published(home)
    change_detection.note_landed(home, change_detection.landing_listing(home))


def test_nothing_changed_is_settled(home: VetroHome) -> None:
    assert change_detection.is_settled(home, change_detection.fingerprint(home))


def test_a_new_export_in_landing_is_new_but_needs_no_build_by_itself(home: VetroHome) -> None:
    write(home.landing / "rho" / "rho-2" / "datapackage.json", "{}")
    now = change_detection.fingerprint(home)
    assert not change_detection.is_settled(home, now)
    assert change_detection.is_published(home, now)


@pytest.mark.parametrize(
    "change",
    [
        lambda home: write(home.raw / "instance=rho" / "export=rho-2" / "_export.parquet", "two"),
        lambda home: write(home.raw / "instance=rho" / "export=rho-1" / "_export.parquet", "erased"),
        lambda home: write(home.instances_file, "instances: {rho: {}}"),
        lambda home: write(home.corrections_file, "instance_id"),
        lambda home: write(home.ats_file, "ats_id"),
        lambda home: write(home.reference / "newer_residents.parquet", "newer"),
        lambda home: home.current_release.unlink(),
        lambda home: write(home.operations / "seen.json", "not json"),
        lambda home: (home.operations / "seen.json").unlink(),
    ],
    ids=[
        "another export",
        "an erasure",
        "the register",
        "corrections",
        "ATS",
        "residents",
        "no release",
        "spoilt record",
        "lost record",
    ],
)
def test_what_changes_a_figure_or_the_release_needs_a_build(home: VetroHome, change) -> None:
    change(home)
    assert not change_detection.is_published(home, change_detection.fingerprint(home))


def test_another_code_needs_a_build(home: VetroHome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(change_detection, "code_version", lambda: "0.0.0+other")
    assert not change_detection.is_published(home, change_detection.fingerprint(home))


def test_another_day_needs_a_build_because_silence_is_a_finding(home: VetroHome) -> None:
    now = change_detection.fingerprint(home)
    tomorrow = change_detection.Fingerprint(now.landed, now.loaded, now.code, "2999-01-01")
    assert not change_detection.is_published(home, tomorrow)


def test_what_arrives_during_a_build_is_new_afterwards(home: VetroHome) -> None:
    before = change_detection.fingerprint(home)
    write(home.raw / "instance=rho" / "export=rho-2" / "_export.parquet", "two")
    change_detection.note_built(home, before)
    change_detection.note_published(home)
    assert not change_detection.is_published(home, change_detection.fingerprint(home))


@pytest.mark.parametrize("name", [".work", ".held"])
def test_working_copies_are_not_arrivals(home: VetroHome, name: str) -> None:
    write(home.landing / name / "copy.csv", "x")
    assert change_detection.is_settled(home, change_detection.fingerprint(home))


def test_a_touched_file_is_looked_at_again(home: VetroHome) -> None:
    os.utime(home.landing / "rho" / "rho-1" / "datapackage.json", ns=(1, 1))
    assert not change_detection.is_settled(home, change_detection.fingerprint(home))


def test_the_code_version_follows_the_source_and_not_the_pages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change_detection, "PRODUCT", tmp_path)
    write(tmp_path / "quality" / "policy.yaml", "limit: 1")
    write(tmp_path / "dashboards" / "staff.py", "1")
    first = change_detection.code_version()
    write(tmp_path / "dashboards" / "staff.py", "2")
    assert change_detection.code_version() == first
    write(tmp_path / "quality" / "policy.yaml", "limit: 2")
    assert change_detection.code_version() != first
