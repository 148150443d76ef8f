"""A release is built again from raw by dbt itself: the same bytes, what was known earlier; after an erasure
neither."""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from ingestion.corrections import COLUMNS
from ingestion.door import ingest
from ingestion.home import VetroHome
from ingestion.instances import register_instances
from orchestration.settings import Settings
from orchestration.warehouse import Warehouse
from publication.rebuilding import CannotRebuildError, rebuild, rebuild_as_known
from publication.release import RecordedGate, current, publish, read_release, sha256_of
from publication.verification import verify
from simulation import network

GATE = RecordedGate(True, datetime(2026, 10, 1, tzinfo=UTC), [])
INSTANCE = "matera"

pytestmark = pytest.mark.timeout(1800)


@pytest.fixture(scope="module")
def published(
    simulated: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Settings, Warehouse]]:
    """One territory of the smallest network, all that it ever sent, built with a correction and published."""
    settings = Settings(home=tmp_path_factory.mktemp("rebuilt"), memory="1GB", threads=2)
    home = settings.vetro_home.ensure()
    register_instances(home, {INSTANCE: network.instances(0.01)[INSTANCE]})
    ingest(home, sorted(path for path in (simulated / INSTANCE).iterdir() if path.name[0] != "."))
    correct_one_name(home)
    warehouse = Warehouse(settings)
    assert warehouse.build().succeeded
    publish(home, gate=GATE, code_version="1")
    yield settings, warehouse


def correct_one_name(home: VetroHome) -> None:
    """Correct the name of an organisation that is always sent under the same one."""
    sent = f"read_parquet('{home.raw}/instance=*/export=*/organisation.parquet', union_by_name = true)"
    with duckdb.connect() as connection:
        record_id, name = connection.execute(
            f"select record_id, min(name) from {sent} group by record_id "
            "having count(distinct name) = 1 and bool_and(not is_sole_trader) order by all limit 1"
        ).fetchone()
    line = (INSTANCE, "organisation", record_id, "name", name, "Right name", "why", "who", "2026-11-01")
    home.corrections_file.write_text(f"{';'.join(COLUMNS)}\n{';'.join(line)}\n", encoding="utf-8")


def test_a_release_is_built_again_to_the_byte_and_as_known_on_an_earlier_day(
    published: tuple[Settings, Warehouse],
) -> None:
    settings, _ = published
    home = settings.vetro_home
    before = current(home)

    def build(scratch, as_of: date) -> None:
        report = Warehouse(settings.model_copy(update={"home": scratch.root})).build(as_of=as_of)
        assert report.succeeded, [(model.name, model.message) for model in report.failures][:3]

    again = rebuild(home, before.release_id, build, code_version="1")
    assert again.holds, again.different
    assert len(again.same) == 2 * len(before.tables)
    corrections = read_release(before.path)["corrections"]
    assert corrections == {"sha256": sha256_of(home.corrections_file), "lines": 1}

    known = rebuild_as_known(home, before.release_id, date(2025, 12, 31), build, code_version="1")
    assert 0 < known.exports < known.exports_of_release
    assert known.as_of <= date(2025, 12, 31)
    assert known.figures > 0
    # What was not closed then had not been published: nothing of 2026 was known, and more is known now.
    assert all(each.then is None or "2026" not in each.figure for each in known.different)
    assert any(each.then is None and each.now is not None for each in known.different)

    assert current(home).release_id == before.release_id
    assert not list(home.temporary.iterdir())


def test_before_the_first_export_nothing_was_known(published: tuple[Settings, Warehouse]) -> None:
    home = published[0].vetro_home
    with pytest.raises(CannotRebuildError, match="no export"):
        rebuild_as_known(home, current(home).release_id, date(2020, 1, 1), _never, code_version="1")


def test_with_other_corrections_a_release_cannot_be_built_again(
    published: tuple[Settings, Warehouse],
) -> None:
    home = published[0].vetro_home
    written = home.corrections_file.read_bytes()
    for other in (None, written.replace(b"Right", b"Wrong")):
        home.corrections_file.write_bytes(other) if other else home.corrections_file.unlink()
        with pytest.raises(CannotRebuildError, match=r"corrections\.csv") as refused:
            rebuild(home, current(home).release_id, _never, code_version="1")
        assert refused.value.exit_code == 3
    home.corrections_file.write_bytes(written)


def test_after_an_erasure_a_release_cannot_be_built_again_and_still_verifies(
    published: tuple[Settings, Warehouse], tmp_path: Path
) -> None:
    home = published[0].vetro_home
    copy = Settings(home=tmp_path / "copy").vetro_home
    shutil.copytree(home.root, copy.root, symlinks=True)
    made = current(copy)
    entry = {"at": datetime.now(UTC).isoformat(), "instances": [INSTANCE]}
    copy.forgotten_file.parent.mkdir(parents=True, exist_ok=True)
    copy.forgotten_file.write_text(json.dumps([entry]))
    for attempt in (rebuild, lambda *a, **b: rebuild_as_known(*a[:2], date(2026, 1, 31), a[2], **b)):
        with pytest.raises(CannotRebuildError, match="erased") as refused:
            attempt(copy, made.release_id, _never, code_version="1")
        assert refused.value.exit_code == 3
    assert verify(copy, made.release_id).holds
    assert read_release(made.path)["release_id"] == made.release_id


def _never(*_: object) -> None:
    raise AssertionError("nothing may be built")
