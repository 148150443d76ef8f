"""How fast ingestion is, beside who else could do its work, in one run over one large export.

Run: python -m benchmarks.ingestion_speed [--rows N] [--short] [--linearity] [--folder DIR]. Prints seconds,
rows per second, peak memory and the ratio to the floor, bare DuckDB reading the same files into tables; then
whether the bounds hold. Exits 1 if one does not, or if another counts other bad rows than ingestion. A
test of correctness does not belong here.
"""

import argparse
import math
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.contenders import CONTENDERS, FRICTIONLESS_ROWS, Measured, measure
from benchmarks.large_export import LargeExport, write_export

FLOOR, INGESTION, FRICTIONLESS = "bare DuckDB", "ingestion", "frictionless"
FRAMES = ("polars", "pandas")
# Rows that finish within three minutes on two busy cores, and a bound that noise does not reach: the same
# code was seen between 3.3 and 5.1 times the floor, as the floor varies.
SHORT_ROWS, SHORT_RATIO = 1_000_000, 8.0
RATIO, RATIO_AT_WORST, MEGABYTES, TIMES_FRICTIONLESS = 2.5, 3.0, 2_500, 12
LINEARITY = (1_000_000, 5_000_000, 20_000_000, 50_000_000)
# Twice the rows may take a tenth more than twice the time.
GROWTH = 1.1
# The export, what ingestion lays down and what it commits.
BYTES_PER_ROW = 300


@dataclass(frozen=True)
class Verdict:
    """One bound: what is asked, what was measured, and whether it holds."""

    asked: str
    measured: str
    holds: bool


def verdicts(taken: dict[str, Measured], bad: int) -> list[Verdict]:
    """Return what the bounds say of a full run over an export with `bad` bad rows."""
    ingestion, ratio = taken[INGESTION], taken[INGESTION].seconds / taken[FLOOR].seconds
    asked = f"at most {RATIO} times the floor, {RATIO_AT_WORST:g} at worst"
    times = ingestion.rate / taken[FRICTIONLESS].rate
    return [
        *same_findings(taken, bad),
        Verdict(asked, f"{ratio:.2f}", ratio <= RATIO_AT_WORST),
        Verdict(f"under {MEGABYTES:,} MB", f"{ingestion.megabytes:,.0f} MB", ingestion.megabytes < MEGABYTES),
        Verdict(f"{TIMES_FRICTIONLESS} times frictionless", f"{times:.1f}", times >= TIMES_FRICTIONLESS),
        *(
            Verdict(f"faster than {name}", f"{taken[name].seconds / ingestion.seconds:.2f} times", holds)
            for name in FRAMES
            for holds in [taken[name].seconds > ingestion.seconds]
        ),
    ]


def short_verdicts(taken: dict[str, Measured], bad: int) -> list[Verdict]:
    """Return what a short run must not miss, on a machine busy with other things too."""
    ratio = taken[INGESTION].processor / taken[FLOOR].processor
    return [
        *same_findings(taken, bad),
        Verdict(
            f"at most {SHORT_RATIO:g} times the floor's processor time", f"{ratio:.2f}", ratio <= SHORT_RATIO
        ),
    ]


def same_findings(taken: dict[str, Measured], bad: int) -> list[Verdict]:
    """Return whether ingestion found every bad row, and the others the same rows and faults."""
    ingestion = taken[INGESTION]
    found = [Verdict(f"ingestion finds {bad:,} bad rows", f"{ingestion.bad:,}", ingestion.bad == bad)]
    for name in FRAMES:
        other = taken[name]
        same = (other.rows, other.bad, other.faults) == (ingestion.rows, ingestion.bad, ingestion.faults)
        asked = f"{name} finds the same {ingestion.rows:,} rows and {ingestion.faults:,} faults"
        found.append(Verdict(asked, f"{other.rows:,} and {other.faults:,}", same))
    return found


def print_table(taken: dict[str, Measured]) -> None:
    """Print one line for each contender."""
    floor = taken[FLOOR]
    print(f"{'':14}{'seconds':>9}{'processor':>11}{'rows/s':>12}{'peak MB':>9}{'ratio':>7}{'cpu ratio':>11}")
    for one in taken.values():
        # By rate, since frictionless gets fewer rows.
        ratio = floor.rate / one.rate
        processor = one.processor / one.rows / (floor.processor / floor.rows)
        print(
            f"{one.name:14}{one.seconds:9.1f}{one.processor:11.1f}{one.rate:12,.0f}{one.megabytes:9,.0f}"
            f"{ratio:7.2f}{processor:11.2f}"
        )
    if FRICTIONLESS in taken:
        print(f"frictionless was given the first {FRICTIONLESS_ROWS:,} rows; its ratio is that of the rates.")
    cores, load = os.cpu_count() or 1, os.getloadavg()[1]
    if load > 1.5 * cores:
        print(
            f"This machine is busy (load {load:.1f} on {cores} cores). Each was measured beside other work: "
            f"the processor's seconds can be compared, the others hardly."
        )


def all_hold(found: list[Verdict]) -> bool:
    """Print the verdicts and return whether all hold."""
    for verdict in found:
        print(f"{'holds ' if verdict.holds else 'BROKEN'}  {verdict.asked}: {verdict.measured}")
    return all(verdict.holds for verdict in found)


@contextmanager
def _export(folder: Path | None, rows: int) -> Iterator[tuple[LargeExport, Path]]:
    """Give an export of so many rows and a folder for what is made of it; both are gone at the end."""
    place = Path(tempfile.mkdtemp(dir=folder))
    try:
        if shutil.disk_usage(place).free < rows * BYTES_PER_ROW:
            need = rows * BYTES_PER_ROW / 1e9
            raise SystemExit(f"{rows:,} rows need {need:.0f} GB free in {place.parent}; choose --folder")
        export = write_export(place / "in", rows)
        print(f"{rows:,} rows, {export.bytes / 1e6:,.0f} MB", flush=True)
        yield export, place
    finally:
        shutil.rmtree(place)


def compare(folder: Path | None, rows: int, *, short: bool) -> bool:
    """Measure all contenders over one export; return whether the bounds hold."""
    with _export(folder, rows) as (export, place):
        taken: dict[str, Measured] = {}
        for name in CONTENDERS:
            out = place / "out"
            taken[name] = measure(name, export.place, out)
            shutil.rmtree(out)
            print(f"  {name} is done", flush=True)
        print_table(taken)
        bad = sum(export.bad.values())
        return all_hold(short_verdicts(taken, bad) if short else verdicts(taken, bad))


def growth(rows: tuple[int, ...], seconds: list[float]) -> float:
    """Return by which power of the rows the time grows, from the least squares of the logarithms."""
    over = [math.log(count) for count in rows]
    taken = [math.log(second) for second in seconds]
    middle, mean = sum(over) / len(over), sum(taken) / len(taken)
    rise = sum((x - middle) * (y - mean) for x, y in zip(over, taken, strict=True))
    return rise / sum((x - middle) ** 2 for x in over)


def show_linearity(folder: Path | None, sizes: tuple[int, ...]) -> bool:
    """Measure ingestion over ever larger exports; return whether its time grows as the rows do."""
    taken = []
    for rows in sizes:
        with _export(folder, rows) as (export, place):
            one = measure(INGESTION, export.place, place / "out")
        taken.append(one)
        print(f"{rows:12,}{one.seconds:9.1f} s{one.rate:12,.0f} rows/s{one.megabytes:9,.0f} MB", flush=True)
    power = growth(sizes, [one.seconds for one in taken])
    return all_hold(
        [
            Verdict(f"time grows by at most the power {GROWTH}", f"{power:.2f}", power <= GROWTH),
            *(
                Verdict(f"under {MEGABYTES:,} MB", f"{one.megabytes:,.0f} MB", one.megabytes < MEGABYTES)
                for one in taken
            ),
        ]
    )


def main() -> int:
    """Print the figures; return 1 where a bound is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, help="5,000,000 unless told; 1,000,000 with --short")
    parser.add_argument("--short", action="store_true", help="few rows; only gross bounds can break")
    parser.add_argument("--linearity", type=int, nargs="*", help="ingestion alone over these numbers of rows")
    parser.add_argument("--folder", type=Path, help="where the export is written; the system's unless told")
    given = parser.parse_args()
    if given.linearity is not None:
        return 0 if show_linearity(given.folder, tuple(given.linearity) or LINEARITY) else 1
    rows = given.rows or (SHORT_ROWS if given.short else LINEARITY[1])
    return 0 if compare(given.folder, rows, short=given.short) else 1


if __name__ == "__main__":
    raise SystemExit(main())
