"""How fast the door is: one large export, everything included, beside bare DuckDB reading the same CSV.

Run: python -m benchmarks.ingestion_speed [--rows N] [--folder DIR]. Prints seconds, ratio and peak memory;
the ratio's floor is 2.5, 3 at worst. A test of correctness does not belong here.
"""

import argparse
import hashlib
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from ingestion.contract import load_contract
from ingestion.door import ingest
from ingestion.home import VetroHome
from ingestion.instances import register_instances
from ingestion.privacy import checked_type
from ingestion.reference_data import quoted

FLOOR = 2.5
DELIVERIES = """
    select 'SD-' || i as record_id, 'U' as op,
           strftime(timestamp '2026-01-01 08:00:00' + to_minutes((i * 7 % 400000)::int),
                    '%Y-%m-%dT%H:%M:%S') || '+01:00' as updated_at,
           1 as row_version, 'P-' || (i * 31 % 400000) as person_id, 'S-' || (i % 180) as service_id,
           'O-' || (i % 900) as provider_id, case when i % 3 = 0 then 'B-' || i end as booking_id,
           case when i % 2 = 0 then 'R-' || (i // 2) end as request_id, '015182' as istat_place,
           (date '2026-01-01' + (i % 300)::int)::varchar as start_date, null as end_date,
           (1 + i % 40)::decimal(18,3) as quantity, (10 + i % 90)::decimal(18,2) as amount_total,
           2.00::decimal(18,2) as amount_user, (3 + i % 90)::decimal(18,2) as amount_municipality,
           1.00::decimal(18,2) as amount_ssn, 4.00::decimal(18,2) as amount_other, null as reverses_id
    from range({rows}) t(i)
"""
SUMS = ("quantity", "amount_total", "amount_user", "amount_municipality", "amount_ssn", "amount_other")


def write_export(folder: Path, rows: int, sequence: int = 1) -> Path:
    """Write an export with `rows` deliveries, of which one in a hundred thousand is bad, and return its
    folder.
    """
    place = folder / f"rho-bench-{sequence:04d}"
    place.mkdir(parents=True)
    file = place / "service_delivery.csv"
    with duckdb.connect(config={"threads": 2, "memory_limit": "1GB"}) as connection:
        relation = f"({DELIVERIES.format(rows=rows)})"
        place_sql = "case when record_id like '%99999' then '999' else istat_place end"
        bad = f"select * replace ({place_sql} as istat_place) from {relation}"
        connection.execute(f"copy ({bad}) to {quoted(file)} (header, delimiter ';')")
        totals = connection.execute(
            f"select {', '.join(f'sum({name})' for name in SUMS)} from {relation}"
        ).fetchone()
    content = hashlib.sha256()
    with file.open("rb") as source:
        while chunk := source.read(1 << 22):
            content.update(chunk)
    (place / "datapackage.json").write_text(
        json.dumps(
            {
                "name": place.name,
                "created": "2026-11-03T02:10:00+01:00",
                "welfare": {
                    "contract": "welfare-export",
                    "version": "1.0",
                    "instance": "rho",
                    "export_id": place.name,
                    "sequence": sequence,
                    "mode": "incremental",
                    "period": {"from": "2026-01-01", "to": "2026-10-31"},
                },
                "resources": [
                    {
                        "name": "service_delivery",
                        "path": file.name,
                        "format": "csv",
                        "dialect": {"delimiter": ";"},
                        "bytes": file.stat().st_size,
                        "hash": f"sha256:{content.hexdigest()}",
                        "rows": rows,
                        "controlTotals": dict(zip(SUMS, map(str, totals), strict=True)),
                    }
                ],
            }
        )
    )
    return place


def read_bare(file: Path) -> float:
    """Return the seconds in which DuckDB, given the types, reads the CSV into a table."""
    kinds = {"datetime": "TIMESTAMPTZ"}
    columns = ", ".join(
        f"'{field.name}': '{kinds.get(field.type) or checked_type(field)}'"
        for field in load_contract().entities["service_delivery"].fields
    )
    started = time.monotonic()
    with duckdb.connect(config={"threads": 2}) as connection:
        connection.execute(
            f"create table deliveries as select * from read_csv({quoted(file)}, delim=';', header=true, "
            f"auto_detect=false, quote='\"', escape='\"', columns={{{columns}}})"
        )
    return time.monotonic() - started


def pass_door(root: Path, place: Path) -> tuple[float, str]:
    """Return the seconds of one ingest into a new home, and the receipt's status."""
    home = VetroHome.at(root).ensure()
    register_instances(
        home, {"rho": {"name": "Rho", "seat": "015182", "comuni": ["015182"], "timezone": "Europe/Rome"}}
    )
    started = time.monotonic()
    (receipt,) = ingest(home, [place])
    return time.monotonic() - started, receipt.status


def _apart(task: str, *arguments: str) -> tuple[float, float, str]:
    """Run one task in a process of its own; return its seconds, peak memory in MB, and what else it says."""
    command = [sys.executable, "-m", "benchmarks.ingestion_speed", "--task", task, *arguments]
    told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return told["seconds"], told["megabytes"], told["said"]


def _task(task: str, arguments: list[str]) -> None:
    said = ""
    if task == "bare":
        seconds = read_bare(Path(arguments[0]))
    else:
        seconds, said = pass_door(Path(arguments[0]), Path(arguments[1]))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "megabytes": peak, "said": said}))


def main() -> int:
    """Print the figures; exit 1 above the floor."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--folder", type=Path, default=None)
    parser.add_argument("--task")
    parser.add_argument("arguments", nargs="*")
    given = parser.parse_args()
    if given.task:
        _task(given.task, given.arguments)
        return 0
    folder = Path(tempfile.mkdtemp(dir=given.folder))
    try:
        place = write_export(folder / "in", given.rows)
        file = place / "service_delivery.csv"
        print(f"{given.rows:,} rows, {file.stat().st_size / 1e6:,.0f} MB")
        bare, bare_memory, _ = _apart("bare", str(file))
        print(f"bare DuckDB, types given: {bare:6.1f} s {bare_memory:7,.0f} MB")
        door, memory, status = _apart("door", str(folder / "home"), str(place))
        print(f"the door, {status}:       {door:6.1f} s {memory:7,.0f} MB   ratio {door / bare:.2f}")
        return 0 if status == "accepted" and door / bare <= FLOOR else 1
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    raise SystemExit(main())
