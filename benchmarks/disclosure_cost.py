"""What protection and attack cost, and how the cost grows with the number of territories.

Run from the repository: python -m benchmarks.disclosure_cost [--sizes 13 50 150 300 600] [--limit SECONDS].
Synthetic warehouses arrive, seconds per size and the growth exponent leave. The first size has a bound; a
size that would take longer than the limit is not run, and the output says so. A test of correctness does not
belong here.
"""

import argparse
import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from publication.attack.attacker import attack
from publication.composition import Source, compose
from publication.policy import load_policy
from tests.support.warehouse import Size, build_warehouse

BOUND_INSTANCES, BOUND_SECONDS = 13, 60
PERSONS_PER_INSTANCE = 300


@dataclass(frozen=True)
class Cost:
    """One measured size. Seconds are of the processor: other work on the machine does not count."""

    instances: int
    cells: int
    hidden: int
    composed: float
    attacked: float
    programmes: int
    findings: int
    peak_mb: int

    @property
    def seconds(self) -> float:
        """Protecting and attacking together."""
        return self.composed + self.attacked


def measure(instances: int) -> Cost:
    """Compose and attack a release of three closed years, seven areas of need and all public tables."""
    with tempfile.TemporaryDirectory() as folder:
        warehouse = build_warehouse(
            Path(folder) / "warehouse.duckdb",
            Size(instances, instances * PERSONS_PER_INSTANCE, first_day=date(2023, 1, 1)),
        )
        release = Path(folder) / "release"
        release.mkdir()
        began = time.process_time()
        composed = compose(
            release, Source(warehouse, Path(folder), None, load_policy(), "benchmark"), datetime.now(UTC)
        )
        made = time.process_time()
        report = attack(release)
        ended = time.process_time()
    protection = composed.protection
    return Cost(
        instances,
        protection.cells,
        protection.primary + protection.secondary,
        made - began,
        ended - made,
        protection.programmes + report.programmes,
        len(report.findings),
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    )


def growth_exponent(costs: list[Cost]) -> float:
    """Return b of seconds = a * instances^b, by least squares over the logarithms."""
    points = [(math.log(cost.instances), math.log(cost.seconds)) for cost in costs]
    mean_x, mean_y = (sum(values) / len(points) for values in zip(*points, strict=True))
    above = sum((x - mean_x) * (y - mean_y) for x, y in points)
    return above / sum((x - mean_x) ** 2 for x, _ in points)


def main() -> None:
    """Measure every size in a process of its own, and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[BOUND_INSTANCES, 50, 150, 300, 600])
    parser.add_argument("--limit", type=float, default=3600, help="seconds that one size may take")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(asdict(measure(arguments.one))))
        return
    costs: list[Cost] = []
    print("instances  cells  hidden  programmes  composed s  attacked s  findings  peak MB")
    for instances in sorted(arguments.sizes):
        if len(costs) > 1:
            last = costs[-1]
            expected = last.seconds * (instances / last.instances) ** growth_exponent(costs)
            if expected > arguments.limit:
                print(f"{instances:9,}  not run: about {expected:,.0f} s expected. Here the method stops.")
                break
        alone = [sys.executable, "-m", "benchmarks.disclosure_cost", "--one", str(instances)]
        done = subprocess.run(alone, stdout=subprocess.PIPE, check=True)
        cost = Cost(**json.loads(done.stdout))
        costs.append(cost)
        print(
            f"{cost.instances:9,} {cost.cells:6,} {cost.hidden:7,} {cost.programmes:11,} "
            f"{cost.composed:11.1f} {cost.attacked:11.1f} {cost.findings:9} {cost.peak_mb:8,}",
            flush=True,
        )
        if instances == BOUND_INSTANCES:
            word = "within" if cost.seconds < BOUND_SECONDS else "NOT within"
            print(f"{instances} instances take {cost.seconds:.1f} s, {word} the bound of {BOUND_SECONDS} s")
    if len(costs) > 1:
        print(f"seconds grow as instances^{growth_exponent(costs):.2f}")


if __name__ == "__main__":
    main()
