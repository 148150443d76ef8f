"""Every ugly export loads to the same raw rows as its clean twin, or fails with the documented code."""

import json
import shutil
from pathlib import Path

import duckdb
import pytest

from core.home import VetroHome
from ingestion.instances import register_instances
from ingestion.loading.ingest import ingest
from ingestion.receipts import Receipt
from tests.ingestion.malformed_exports import malformed_shapes, malformed_texts, malformed_values
from tests.ingestion.malformed_exports.malformed import MalformedExport

MALFORMED = [*malformed_texts.MALFORMED, *malformed_values.MALFORMED, *malformed_shapes.MALFORMED]


@pytest.fixture(scope="module")
def clean_home(tmp_path_factory: pytest.TempPathFactory) -> VetroHome:
    """A home into which every clean twin was taken."""
    home = VetroHome.at(tmp_path_factory.mktemp("clean")).ensure()
    register_instances(home, {malformed.name: malformed.register() for malformed in MALFORMED})
    (home.root / "mappings").mkdir()
    for malformed in MALFORMED:
        malformed.deliver_clean(home)
    ingest(home)
    return home


@pytest.fixture(scope="module")
def ugly(
    clean_home: VetroHome, tmp_path_factory: pytest.TempPathFactory
) -> tuple[VetroHome, dict[str, Receipt]]:
    """A home that every ugly export was brought to, with the same key, and their receipts."""
    home = VetroHome.at(tmp_path_factory.mktemp("ugly")).ensure()
    shutil.copytree(clean_home.secrets, home.secrets, dirs_exist_ok=True)
    register_instances(home, {malformed.name: malformed.register() for malformed in MALFORMED})
    for malformed in MALFORMED:
        malformed.deliver(home)
    return home, {receipt.instance: receipt for receipt in ingest(home)}


def raw(home: VetroHome, instance: str) -> dict[str, list[tuple]]:
    """The rows of every entity of an instance, without what tells where they came from."""
    found = {}
    for path in sorted(home.raw.glob(f"instance={instance}/export=*/[a-z]*.parquet")):
        rows = f"select * exclude (_line, _file) from read_parquet('{path}', hive_partitioning = false)"
        found[path.stem] = sorted(duckdb.sql(rows).fetchall(), key=repr)
    return {name: rows for name, rows in found.items() if rows}


def told(receipt: Receipt) -> set[tuple[str, int | None]]:
    return {(error["code"], error["line"]) for error in receipt.errors}


def test_there_are_many_and_each_has_a_name_of_its_own() -> None:
    names = [malformed.name for malformed in MALFORMED]
    assert len(set(names)) == len(names) >= 35


@pytest.mark.parametrize("malformed", [a for a in MALFORMED if not a.codes], ids=str)
def test_an_ugly_export_loads_as_its_clean_twin(
    malformed: MalformedExport, ugly: tuple[VetroHome, dict[str, Receipt]], clean_home: VetroHome
) -> None:
    home, receipts = ugly
    receipt = receipts[malformed.name]
    assert (receipt.status, told(receipt)) == ("accepted", set())
    clean = raw(clean_home, malformed.name)
    assert {name: len(rows) for name, rows in clean.items()} == {
        n: len(r) for n, r in malformed.clean.items()
    }
    assert raw(home, malformed.name) == clean


@pytest.mark.parametrize("malformed", [a for a in MALFORMED if a.codes], ids=str)
def test_what_no_mapping_repairs_fails_with_its_code_and_line(
    malformed: MalformedExport, ugly: tuple[VetroHome, dict[str, Receipt]]
) -> None:
    home, receipts = ugly
    receipt = receipts[malformed.name]
    assert (receipt.status, told(receipt)) == ("refused", set(malformed.codes))
    assert raw(home, malformed.name) == {}


def test_errors_name_the_file_of_the_sender(ugly: tuple[VetroHome, dict[str, Receipt]]) -> None:
    by_name = {malformed.name: malformed for malformed in MALFORMED}
    for name, receipt in ugly[1].items():
        for error in receipt.errors:
            if error["line"] is not None:
                assert error["file"] in by_name[name].files


def test_nothing_of_a_translation_stays(ugly: tuple[VetroHome, dict[str, Receipt]]) -> None:
    home = ugly[0]
    assert not home.landing_work.exists()
    assert list(home.root.rglob("datapackage.json")) == []
    logged = json.loads((home.landing / ".seen.json").read_text(encoding="utf-8"))
    assert set(logged) == {f"{Path(malformed.name)}/2026-10" for malformed in MALFORMED}
