"""A release is built again from raw by dbt itself: the same bytes, also with persons said to be one; what was
known earlier; after an erasure neither."""

import json
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from core.errors import VetroError
from core.home import VetroHome
from core.settings import Settings
from ingestion.corrections.lines import CorrectionsFile
from orchestration.warehouse import Warehouse
from publication.rebuilding import rebuild, rebuild_as_known
from publication.release import current
from publication.release_record import read_release, sha256_of
from publication.verification import verify

pytestmark = pytest.mark.timeout(1800)


def pairs_known(home: VetroHome) -> int:
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        return connection.execute(
            "select count(*) from intermediate.subject_merge where source = 'reviewed'"
        ).fetchone()[0]


def test_a_release_is_built_again_to_the_byte_and_as_known_on_an_earlier_day(
    published: tuple[Settings, Warehouse],
) -> None:
    settings, _ = published
    home = settings.vetro_home
    before = current(home)

    pairs = []

    def build(scratch: VetroHome, as_of: date) -> None:
        report = Warehouse(settings.model_copy(update={"home": scratch.root})).build(as_of=as_of)
        assert report.succeeded, [(model.name, model.message) for model in report.failures][:3]
        pairs.append(pairs_known(scratch))

    means = {"code_version": "1", "corrections": CorrectionsFile.of(home)}
    again = rebuild(home, before.release_id, build, **means)
    assert again.holds, again.different
    tables = {f"public/data/{table}.{form}" for table in before.tables for form in ("csv", "parquet")}
    assert tables < set(again.same)
    corrections = read_release(before.path)["corrections"]
    assert corrections["sha256"] == sha256_of(home.corrections_file) and corrections["lines"] == 1
    assert list(corrections["instances"]) == ["milano"]

    known = rebuild_as_known(home, before.release_id, date(2025, 12, 31), build, **means)
    assert 0 < known.exports < known.exports_of_release
    assert known.as_of <= date(2025, 12, 31)
    assert known.figures > 0
    # What was not closed then had not been published: nothing of 2026 was known, and more is known now.
    assert all(each.then is None or "2026" not in each.figure for each in known.different)
    assert any(each.then is None and each.now is not None for each in known.different)

    # Of the pairs, those that the release knew; and on the earlier day nobody had told any.
    assert pairs == [5, 0]

    assert current(home).release_id == before.release_id
    assert not list(home.temporary.iterdir())


def test_before_the_first_export_nothing_was_known(published: tuple[Settings, Warehouse]) -> None:
    home = published[0].vetro_home
    means = {"code_version": "1", "corrections": CorrectionsFile.of(home)}
    with pytest.raises(VetroError, match="no export"):
        rebuild_as_known(home, current(home).release_id, date(2020, 1, 1), _never, **means)


def test_with_other_corrections_a_release_cannot_be_built_again(
    published: tuple[Settings, Warehouse],
) -> None:
    home = published[0].vetro_home
    written = home.corrections_file.read_bytes()
    for other in (None, written.replace(b"Right", b"Wrong")):
        home.corrections_file.write_bytes(other) if other else home.corrections_file.unlink()
        means = {"code_version": "1", "corrections": CorrectionsFile.of(home)}
        with pytest.raises(VetroError, match=r"corrections\.csv") as refused:
            rebuild(home, current(home).release_id, _never, **means)
        assert refused.value.exit_code == 3
    home.corrections_file.write_bytes(written)


def test_after_an_erasure_a_release_cannot_be_built_again_and_still_verifies(
    published: tuple[Settings, Warehouse], tmp_path: Path
) -> None:
    home = published[0].vetro_home
    copy = Settings(home=tmp_path / "copy").vetro_home
    shutil.copytree(home.root, copy.root, symlinks=True)
    made = current(copy)
    entry = {"at": datetime.now(UTC).isoformat(), "instances": ["milano"]}
    copy.forgotten_file.parent.mkdir(parents=True, exist_ok=True)
    copy.forgotten_file.write_text(json.dumps([entry]))
    for attempt in (rebuild, lambda *a, **b: rebuild_as_known(*a[:2], date(2026, 1, 31), a[2], **b)):
        with pytest.raises(VetroError, match="erased") as refused:
            attempt(copy, made.release_id, _never, code_version="1", corrections=CorrectionsFile.of(copy))
        assert refused.value.exit_code == 3
    assert verify(copy, made.release_id).holds
    assert read_release(made.path)["release_id"] == made.release_id


def _never(*_: object) -> None:
    raise AssertionError("nothing may be built")
