"""Who is measured: each takes the same export in a process of its own, and says how long, how much, what.

Arrives: the name of a contender, the folder of an export, a folder to write to. Leaves: seconds, megabytes at
the peak, and the rows it took and set aside. Comparing them does not belong here (`ingestion_speed`).
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import duckdb

from core.home import VetroHome
from core.sql import literal
from ingestion.contract.schema import load_contract
from ingestion.instances import register_instances
from ingestion.loading.ingest import ingest
from ingestion.privacy.pseudonymisation import checked_type
from ingestion.raw.layer import export_folder

ENTITIES = ("service_delivery", "person")
CONTRACT = load_contract("1.0")
# One row after another, it would take an hour for what the others take in a minute: its rate is constant.
FRICTIONLESS_ROWS = 100_000


@dataclass(frozen=True)
class Measured:
    """What one contender took. `bad` and `faults` are None where it does not look for all of them.

    `seconds` and `rows` are of the work alone, without the start of the process; `megabytes` of all of it;
    `processor` are seconds of all cores together.
    """

    name: str
    seconds: float
    processor: float
    megabytes: float
    rows: int
    bad: int | None
    faults: int | None

    @property
    def rate(self) -> float:
        """Rows per second."""
        return self.rows / self.seconds


Found = tuple[int, int | None, int | None]


def read_bare(place: Path, out: Path) -> Found:
    """Read the files into tables by DuckDB, given the types: the floor. The export has nothing bad for it but
    text where a number or a date should be, which it leaves empty.
    """
    rows = 0
    with duckdb.connect(config={"threads": 2}) as connection:
        for name in ENTITIES:
            columns = ", ".join(
                f"'{field.name}': '{'TIMESTAMPTZ' if field.type == 'datetime' else checked_type(field)}'"
                for field in CONTRACT.entities[name].fields
            )
            connection.execute(
                f"create table {name} as select * from read_csv({literal(place / f'{name}.csv')}, delim=';', "
                f"header=true, auto_detect=false, quote='\"', escape='\"', ignore_errors=true, "
                f"columns={{{columns}}})"
            )
            rows += connection.execute(f"select count(*) from {name}").fetchone()[0]
    return rows, None, None


def run_ingestion(place: Path, out: Path) -> Found:
    """Take the export in, into a new home."""
    home = VetroHome.at(out / "home").ensure()
    register_instances(
        home, {"rho": {"name": "Rho", "seat": "015182", "comuni": ["015182"], "timezone": "Europe/Rome"}}
    )
    (receipt,) = ingest(home, [place])
    if receipt.status != "accepted":
        raise SystemExit(f"ingestion answered {receipt.status}: {receipt.errors[:3]}")
    told = export_folder(home, "rho", receipt.export_id) / "_quarantine.parquet"
    with duckdb.connect() as connection:
        faults = connection.execute(f"select count(*) from read_parquet({literal(told)})").fetchone()[0]
    received = sum(count["received"] for count in receipt.counts.values())
    return received, sum(count["quarantined"] for count in receipt.counts.values()), faults


def _by_frames(check: Callable, place: Path, out: Path) -> Found:
    found = [check(place / f"{name}.csv", CONTRACT.entities[name], out) for name in ENTITIES]
    return tuple(sum(getattr(one, what) for one in found) for what in ("received", "bad", "faults"))


def check_by_pandas(place: Path, out: Path) -> Found:
    """Do the same in pandas."""
    # Who is measured is imported for its own run only: its memory is measured too.
    from benchmarks.pandas_checks import check

    return _by_frames(check, place, out)


def check_by_polars(place: Path, out: Path) -> Found:
    """Do the same in polars."""
    # Who is measured is imported for its own run only: its memory is measured too.
    from benchmarks.polars_checks import check

    return _by_frames(check, place, out)


def validate_by_frictionless(place: Path, out: Path) -> Found:
    """Validate the first rows of the deliveries against the contract's schema, which asks for types, required
    values, enums, patterns and unique keys: fewer things than ingestion.
    """
    # As the two above.
    from frictionless import Dialect, Resource, Schema, validate
    from frictionless.formats import CsvControl

    few = out / "service_delivery.csv"
    with (place / few.name).open() as source, few.open("w") as target:
        target.writelines(islice(source, FRICTIONLESS_ROWS + 1))
    known = ("name", "type", "constraints")
    declared = CONTRACT.schemas["service_delivery"]
    schema = Schema.from_descriptor(
        {
            "fields": [{key: field[key] for key in known if key in field} for field in declared["fields"]],
            "primaryKey": declared["primaryKey"],
        }
    )
    dialect = Dialect(controls=[CsvControl(delimiter=";")])
    resource_ = Resource(path=few.name, basepath=str(out), schema=schema, dialect=dialect)
    report = validate(resource_, limit_errors=1_000_000)
    return report.tasks[0].stats["rows"], None, None


CONTENDERS: dict[str, Callable[[Path, Path], Found]] = {
    "bare DuckDB": read_bare,
    "ingestion": run_ingestion,
    "polars": check_by_polars,
    "pandas": check_by_pandas,
    "frictionless": validate_by_frictionless,
}


def measure(name: str, place: Path, out: Path) -> Measured:
    """Let a contender work in a process of its own, writing to the new folder `out`."""
    out.mkdir()
    command = [sys.executable, "-m", "benchmarks.contenders", name, str(place), str(out)]
    ended = subprocess.run(command, capture_output=True, text=True)
    if ended.returncode:
        raise RuntimeError(f"{name} did not finish: {ended.stderr.strip()[-2000:]}")
    return Measured(name, **json.loads(ended.stdout.splitlines()[-1]))


def _measured_here(name: str, place: Path, out: Path) -> dict:
    before = resource.getrusage(resource.RUSAGE_SELF)
    started = time.monotonic()
    rows, bad, faults = CONTENDERS[name](place, out)
    seconds, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_SELF)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "seconds": seconds,
        "processor": processor,
        "megabytes": after.ru_maxrss / 1024,
        "rows": rows,
        "bad": bad,
        "faults": faults,
    }


if __name__ == "__main__":
    print(json.dumps(_measured_here(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))))
