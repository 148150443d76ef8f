"""What a build of the warehouse costs, beside a floor: the same statements in one DuckDB session, no dbt.

Run from the repository: python -m benchmarks.build_speed [--scale SCALE | --home HOME]. An invented network,
or a copy of a home's raw layer, arrives; seconds leave, of a full build, of a build with nothing new, and of
the last month of one territory and then of all the others, each in a process of its own that has dbt still to
import. The floor executes what the full build compiled, in its order, on the same raw Parquet, up to
`marts.indicator_value`; what is asked of a build is said as a ratio to it. Whether the tables are right does
not belong here.
"""

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from core.home import VetroHome
from core.settings import Settings
from ingestion.instances import register_instances
from ingestion.loading.ingest import ingest
from orchestration.warehouse import Warehouse
from simulation import network

CELLS = "model.casa_di_vetro.indicator_value"
# A build that does more than this times the floor has lost its way.
BOUND = 12


@dataclass(frozen=True)
class Cost:
    """Seconds of wall and of the processor."""

    seconds: float
    processor: float


def main(arguments: list[str] | None = None) -> int:
    """Print the costs and return 1 where a full build is beyond its bound."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.build_speed", description=__doc__)
    parser.add_argument("--scale", type=float, default=0.05, help="size of the invented network")
    parser.add_argument("--home", type=Path, help="take the raw layer of this home instead")
    parser.add_argument("--build", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.build:
        print(json.dumps(asdict(_build_here(asked.build))))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        home = VetroHome.at(Path(folder) / "home").ensure()
        _fill(home, asked.home, asked.scale)
        rows, exports = _size(home)
        print(f"{exports} exports, {rows:,} rows")
        costs = {"full": _build(home)}
        floor = _floor(home, Path(folder) / "floor")
        costs["nothing new"] = _build(home)
        withheld = _withhold(home, Path(folder) / "withheld")
        home.warehouse.unlink()
        _build(home)
        one, *others = withheld
        _put_back([one], home)
        costs["one territory's month"] = _build(home)
        _put_back(others, home)
        costs[f"the month of the other {len(others)}"] = _build(home)
    print(f"{'':28}{'wall':>8}{'processor':>11}{'to the floor':>14}")
    for name, cost in {"floor, without dbt": floor, **costs}.items():
        ratio = cost.seconds / floor.seconds
        print(f"{name:28}{cost.seconds:7.1f}s{cost.processor:10.1f}s{ratio:13.1f}x")
    return int(costs["full"].seconds > BOUND * floor.seconds)


def _fill(home: VetroHome, given: Path | None, scale: float) -> None:
    if given:
        for name in ("raw", "reference", "secrets"):
            shutil.copytree(given / name, home.root / name, dirs_exist_ok=True, copy_function=shutil.copy2)
        for name in ("instances.yaml", "ats.csv", "corrections.csv"):
            if (given / name).is_file():
                shutil.copy2(given / name, home.root / name)
        return
    register_instances(home, network.instances(scale))
    with tempfile.TemporaryDirectory() as folder:
        network.simulate(Path(folder), scale=scale, seed=1)
        sent = [path for path in sorted(Path(folder).glob("*/*")) if path.name[0] != "."]
        ingest(home, sent)


def _size(home: VetroHome) -> tuple[int, int]:
    with duckdb.connect() as connection:
        files = str(home.raw / "instance=*/export=*/[a-z]*.parquet")
        (rows,) = connection.execute(
            "select sum(num_rows) from parquet_file_metadata($files)", {"files": files}
        ).fetchone()
    return int(rows), len(list(home.raw.glob("instance=*/export=*")))


def _build(home: VetroHome) -> Cost:
    """Build in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.build_speed", "--build", str(home.root)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return Cost(**json.loads(done.stdout.splitlines()[-1]))


def _build_here(home: Path) -> Cost:
    began = time.perf_counter()
    report = Warehouse(Settings(home=home)).build()
    if not report.succeeded:
        raise SystemExit(f"the build failed: {[model.name for model in report.failures]}")
    return Cost(time.perf_counter() - began, _processor())


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _floor(home: VetroHome, folder: Path) -> Cost:
    """Execute what the full build compiled for the cells of indicators, in one session on a new file."""
    folder.mkdir()
    settings = Settings(home=home.root)
    statements = list(_compiled(home))
    before, began = _processor(), time.perf_counter()
    limits = {"memory_limit": settings.memory, "threads": settings.threads}
    with duckdb.connect(str(folder / home.warehouse.name), config=limits) as connection:
        for schema in ("staging", "intermediate", "marts", "quality"):
            connection.execute(f"create schema {schema}")
        for schema, name, kind, query in statements:
            connection.execute(f"create {kind} {schema}.{name} as {query}")
    return Cost(time.perf_counter() - began, _processor() - before)


def _compiled(home: VetroHome) -> Iterator[tuple[str, str, str, str]]:
    """Schema, relation, table or view, and the compiled query of each model that the cells need, in order."""
    nodes = json.loads((home.dbt / "target" / "manifest.json").read_text(encoding="utf-8"))["nodes"]
    done: set[str] = set()

    def needed(node_id: str) -> Iterator[str]:
        if node_id not in nodes or node_id in done:
            return
        done.add(node_id)
        for before in nodes[node_id]["depends_on"]["nodes"]:
            yield from needed(before)
        yield node_id

    for node_id in needed(CELLS):
        node = nodes[node_id]
        path = home.dbt / "target" / "compiled" / node["package_name"] / node["original_file_path"]
        kind = "view" if node["config"]["materialized"] == "view" else "table"
        yield node["schema"], node["alias"], kind, path.read_text(encoding="utf-8")


def _withhold(home: VetroHome, folder: Path) -> list[Path]:
    """Take the last export of every territory out of raw. A move keeps the times by which it is known."""
    taken = []
    for territory in sorted(home.raw.glob("instance=*")):
        last = max(territory.glob("export=*"), key=lambda path: path.name)
        target = folder / territory.name / last.name
        target.parent.mkdir(parents=True)
        shutil.move(last, target)
        taken.append(target)
    return taken


def _put_back(exports: list[Path], home: VetroHome) -> None:
    for export in exports:
        shutil.move(export, home.raw / export.parent.name / export.name)


if __name__ == "__main__":
    sys.exit(main())
