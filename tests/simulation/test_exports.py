"""The simulated exports are what the contract asks for, at any scale, and the same for the same seed."""

import hashlib
import json
import re
import zipfile
from datetime import date, datetime
from pathlib import Path

import duckdb
import frictionless
import numpy as np
import pytest

from core.errors import VetroError
from core.home import VetroHome
from ingestion.contract.schema import load_contract
from ingestion.instances import register_instances
from ingestion.loading.ingest import ingest
from simulation import network as network_module
from simulation.export import TerritoryExports
from simulation.identity import People
from simulation.months import DAY, NONE, month_count, start_day
from simulation.network import SimulationReport, TerritorySimulation, instances, simulate
from simulation.rows import events
from simulation.territories import TERRITORIES, persons_in
from tests.support.simulated_network import manifests


def file_bytes(out: Path, instance: str, manifest: dict, resource: dict) -> bytes:
    base = out / instance / manifest["name"]
    if base.is_dir():
        return (base / resource["path"]).read_bytes()
    with zipfile.ZipFile(f"{base}.zip") as archive:
        return archive.read(resource["path"])


def digest(out: Path) -> dict[str, str]:
    return {
        str(p.relative_to(out)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(out.rglob("*"))
        if p.is_file()
    }


def test_thirteen_territories_send_thirty_six_months_full_first_in_sequence(
    written: SimulationReport,
) -> None:
    described = manifests(written.out)
    assert len(described) == written.exports == 468
    assert {i for i, _ in described} == set(instances()) == {t.id for t in TERRITORIES}
    for (instance, sequence), manifest in described.items():
        welfare = manifest["welfare"]
        assert welfare["mode"] == ("full" if sequence == 1 else "incremental")
        assert manifest["name"] == welfare["export_id"]
        assert re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,99}", welfare["export_id"])
        end = date.fromisoformat(welfare["period"]["to"])
        if sequence > 1:
            before = date.fromisoformat(described[instance, sequence - 1]["welfare"]["period"]["to"])
            assert (date.fromisoformat(welfare["period"]["from"]) - before).days == 1
        assert datetime.fromisoformat(manifest["created"]).date() > end
    assert max(m["welfare"]["period"]["to"] for m in described.values()) == "2026-09-30"


def test_the_months_are_an_option_and_the_last_one_stays(tmp_path: Path) -> None:
    report = simulate(tmp_path, scale=0.01, months=12)
    periods = sorted(m["welfare"]["period"]["from"] for m in manifests(tmp_path).values())
    assert report.exports == len(periods) == 13 * 12
    assert (periods[0], periods[-1]) == ("2025-10-01", "2026-09-01")
    assert month_count() == 36


@pytest.mark.parametrize("months", [11, 121])
def test_too_few_and_too_many_months_are_refused(tmp_path: Path, months: int) -> None:
    with pytest.raises(ValueError, match="months"):
        simulate(tmp_path, scale=0.01, months=months)


def test_bytes_hashes_rows_and_control_totals_are_those_of_the_files(written: SimulationReport) -> None:
    con = duckdb.connect()
    for (instance, sequence), manifest in manifests(written.out).items():
        if sequence not in (1, 13):
            continue
        for resource in manifest["resources"]:
            content = file_bytes(written.out, instance, manifest, resource)
            assert resource["bytes"] == len(content)
            assert resource["hash"] == "sha256:" + hashlib.sha256(content).hexdigest()
            assert resource["rows"] == content.count(b"\n") - 1
        if not (written.out / instance / manifest["name"]).is_dir():
            continue
        for resource in manifest["resources"]:
            path = written.out / instance / manifest["name"] / resource["path"]
            rows = (
                f"read_csv('{path}', delim='{resource['dialect']['delimiter']}', header=true, quote='\"', "
                "all_varchar=true)"
            )
            for column, declared in resource["controlTotals"].items():
                assert con.execute(
                    f'select coalesce(sum(try_cast("{column}" as decimal(18, 3))), 0) = ?::decimal'
                    f"(18, 3) from {rows}",
                    [declared],
                ).fetchone() == (True,), (path.name, column)


def test_an_unreadable_number_is_in_no_control_total(tmp_path: Path) -> None:
    exports = TerritoryExports(tmp_path / "rho", "rho", "Rho", delimiter=";", archived=False, note={})
    first = np.array([start_day(), start_day() + 40, start_day()]) * DAY
    rows = events(
        "service_delivery",
        np.array([1, 2, 3]),
        first,
        {
            "quantity": np.array([1_000, 2_000, 4_000]),
            "amount_total": np.array([10, 2_000, 4_005]),
            "amount_other": np.array([-10, NONE, -4_005]),
        },
    )
    rows.overrides = [(2, "quantity", "4,0"), (0, "istat_place", "15182")]
    exports.append(rows)
    exports.finish()
    totals = {
        sequence: next(r for r in manifest["resources"] if r["name"] == "service_delivery")
        for (_, sequence), manifest in manifests(tmp_path).items()
    }
    assert totals[1]["rows"] == 2
    assert totals[1]["controlTotals"]["quantity"] == "1.000"
    assert totals[1]["controlTotals"]["amount_total"] == "40.15"
    assert totals[1]["controlTotals"]["amount_other"] == "-40.15"
    assert totals[2]["controlTotals"]["quantity"] == "2.000"
    assert totals[2]["controlTotals"]["amount_other"] == "0.00"
    lines = (tmp_path / "rho" / "rho-2023-10-0001" / "data" / "service_delivery.csv").read_text().splitlines()
    assert [line.split(";")[0] for line in lines] == ["record_id", "SD-1", "SD-3"]
    assert ";15182;" in lines[1]
    assert ";4,0;" in lines[2]


def test_every_file_carries_the_contract_schema_in_its_order(written: SimulationReport) -> None:
    for (instance, sequence), manifest in manifests(written.out).items():
        contract = load_contract(manifest["welfare"]["version"])
        for resource in manifest["resources"]:
            columns = contract.entities[resource["name"]].columns
            assert tuple(f["name"] for f in resource["schema"]["fields"]) == tuple(columns)
            if sequence == 1:
                header = file_bytes(written.out, instance, manifest, resource).split(b"\n", 1)[0].decode()
                assert header == resource["dialect"]["delimiter"].join(columns)


@pytest.mark.parametrize("scale_fixture", ["written", "smallest"])
def test_every_territory_uses_all_22_entities_even_at_the_smallest_scale(
    scale_fixture: str, request: pytest.FixtureRequest
) -> None:
    found = request.getfixturevalue(scale_fixture)
    described = manifests(found.out if isinstance(found, SimulationReport) else found)
    for instance in instances():
        sent = {
            r["name"] for (i, _), m in described.items() if i == instance for r in m["resources"] if r["rows"]
        }
        assert sent == set(load_contract().entities), instance
        first = {r["name"] for r in described[instance, 1]["resources"]}
        assert first == set(load_contract().entities)


def test_no_simulated_export_is_refused_and_some_rows_are_quarantined(
    written: SimulationReport, tmp_path: Path
) -> None:
    home = VetroHome.at(tmp_path / "home").ensure()
    register_instances(home, instances())
    paths = [
        written.out / "milano" / f"milano-2023-{month}-{n:04d}" for month, n in ((10, 1), (11, 2), (12, 3))
    ]
    paths += [written.out / "rho" / "rho-2023-10-0001", written.out / "matera" / "matera-2023-10-0001.zip"]
    receipts = ingest(home, paths)
    assert [r.status for r in receipts] == ["accepted"] * len(paths), [r.errors[:5] for r in receipts]
    counted = [c for r in receipts for c in r.counts.values()]
    assert sum(c["quarantined"] if isinstance(c, dict) else c.quarantined for c in counted) > 0


@pytest.mark.parametrize(
    ("instance", "export"), [("tradate", "tradate-2023-10-0001"), ("rho", "rho-2024-03-0006")]
)
def test_a_clean_export_passes_frictionless(smallest: Path, instance: str, export: str) -> None:
    report = frictionless.validate(str(smallest / instance / export / "datapackage.json"))
    assert report.valid, report.flatten(["name", "rowNumber", "fieldName", "type"])[:10]


def test_the_same_seed_and_scale_give_the_same_bytes_and_another_seed_others(
    smallest: Path, tmp_path: Path
) -> None:
    simulate(tmp_path / "again", scale=0.01, seed=3)
    assert digest(tmp_path / "again") == digest(smallest)
    first = json.loads((smallest / "rho" / "rho-2023-10-0001" / "datapackage.json").read_text())
    assert first["simulation"] == {"seed": 3, "scale": 0.01}


def test_another_seed_gives_other_people() -> None:
    numbers = np.arange(200)
    one, two = (People(seed, 1, 0).birth(numbers) for seed in (3, 4))
    assert (one != two).mean() > 0.9


def test_blocks_of_persons_share_no_record_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network_module, "BLOCK", 50)
    territory = next(t for t in TERRITORIES if t.id == "tradate")
    size = persons_in(territory, 0.2)
    people = {t.id: People(1, code, code * 10_000) for code, t in enumerate(TERRITORIES, start=1)}
    simulation = TerritorySimulation(
        territory, 13, size, 0.2, 1, people, {t.id: 500 for t in TERRITORIES}, tmp_path, TerritoryExports
    )
    assert list(simulation.blocks()) == [50, 50, 50, 50, 40]
    simulation.finish(SimulationReport(tmp_path, 0.2, 1))
    con = duckdb.connect()
    for entity in ("service_delivery", "person", "allocation", "voucher_event"):
        rows = f"read_csv('{tmp_path}/tradate/*/data/{entity}.csv', delim=';', all_varchar=true, header=true)"
        total, different = con.execute(
            f"select count(distinct record_id), count(distinct (record_id, row_version)) from {rows}"
        ).fetchone()
        (sent,) = con.execute(f"select count(*) from {rows}").fetchone()
        assert total > 20
        assert sent - different <= 0.02 * sent, entity


def test_an_export_that_is_not_simulated_is_never_overwritten(tmp_path: Path) -> None:
    real = tmp_path / "milano" / "milano-2023-10-0001"
    real.mkdir(parents=True)
    (real / "datapackage.json").write_text('{"name": "milano-2023-10-0001"}', encoding="utf-8")
    with pytest.raises(VetroError, match="--out"):
        simulate(tmp_path, scale=0.01)
    assert (real / "datapackage.json").read_text(encoding="utf-8") == '{"name": "milano-2023-10-0001"}'


@pytest.mark.parametrize("scale", [0.001, 1001])
def test_a_scale_out_of_bounds_is_an_error(tmp_path: Path, scale: float) -> None:
    with pytest.raises(ValueError, match="scale"):
        simulate(tmp_path, scale=scale)


def test_the_progress_reaches_the_number_of_people(written: SimulationReport, steps: list) -> None:
    assert steps[-1][1:] == (written.persons, written.persons)
    assert [done for _, done, _ in steps] == sorted(done for _, done, _ in steps)
