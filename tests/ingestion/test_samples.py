"""The sample network: what must be in quarantine is in quarantine, and nothing else is."""

import csv
import os
import shutil
from collections import Counter
from pathlib import Path

import duckdb
import pytest

from core.home import VetroHome
from ingestion.loading.ingest import ingest

SAMPLES = os.environ.get("VETRO_SAMPLES")


@pytest.fixture(scope="module")
def network(tmp_path_factory) -> tuple[VetroHome, list]:
    if not SAMPLES or not (Path(SAMPLES) / "network").is_dir():
        pytest.skip("the sample network is not here: VETRO_SAMPLES names no folder that holds network/")
    folder = Path(SAMPLES) / "network"
    home = VetroHome.at(tmp_path_factory.mktemp("samples")).ensure()
    shutil.copyfile(folder / "instances.yaml", home.instances_file)
    return home, ingest(home, [folder / "exports"])


def test_every_export_is_accepted_and_the_one_sent_twice_is_known(network):
    _, receipts = network
    assert Counter(receipt.status for receipt in receipts) == {"accepted": 20, "known": 1}
    assert [receipt.export_id for receipt in receipts if receipt.status == "known"] == ["rho-2026-05-0003"]


def test_the_quarantine_is_exactly_the_planted_one(network):
    home, _ = network
    found = duckdb.sql(
        f"select instance_id, export_id, entity, line::varchar, code from read_parquet("
        f"'{home.raw}/instance=*/export=*/_quarantine.parquet', hive_partitioning=false)"
    ).fetchall()
    with (Path(SAMPLES) / "network" / "expected_quarantine.csv").open() as file:
        expected = [tuple(line) for line in list(csv.reader(file))[1:]]
    assert sorted(found) == sorted(expected)


def test_every_control_total_adds_up_to_the_cent(network):
    home, _ = network
    gaps = duckdb.sql(
        f"select * from read_parquet('{home.raw}/instance=*/export=*/_control_total.parquet', "
        f"hive_partitioning=false) "
        "where declared <> loaded + known + quarantined"
    ).fetchall()
    assert gaps == []


def test_no_codice_fiscale_is_outside_landing(network):
    home, _ = network
    values = set()
    for path in (Path(SAMPLES) / "network" / "exports").rglob("person.csv"):
        with path.open() as file:
            values |= {
                line["id_value"]
                for line in csv.DictReader(file, delimiter=";")
                if len(line["id_value"]) >= 11
            }
    assert len(values) > 100
    exports = home.raw / "instance=*" / "export=*"
    for relation in sorted({path.name for path in home.raw.glob("instance=*/export=*/*.parquet")}):
        options = "hive_partitioning = false, union_by_name = true"
        table = duckdb.sql(f"select * from read_parquet('{exports / relation}', {options})")
        for column, kind in zip(table.columns, table.types, strict=True):
            if str(kind) == "VARCHAR":
                held = {value for (value,) in table.project(f'"{column}"').distinct().fetchall()}
                assert not held & values, f"{relation}.{column}"
    for path in [*home.outbox.rglob("*"), *home.raw_attempts.rglob("*")]:
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            assert not any(value in text for value in values), path.name
