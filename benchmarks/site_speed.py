"""How fast the public site is written for a large network, and what a release after it writes anew.

Run: python -m benchmarks.site_speed [--territories N] [--linearity] [--home DIR] [--folder DIR]. The current
release of the home is taken, and its territories, funders, providers, interventions and calls stand in it
again under other ids until there are N territories. Prints seconds, pages, files and megabytes, then the same
for a release in which nothing changed and for one in which one territory did; then whether the bounds hold.
Exits 1 if one does not.
"""

import argparse
import json
import math
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb

from core.home import VetroHome
from core.settings import Settings
from dashboards.release import DATABASE
from dashboards.site.writing import write_site

TERRITORIES, SECONDS = 600, 120.0
LINEARITY = (150, 300, 600)
# Twice the territories may take a tenth more than twice the time.
GROWTH = 1.1
# Pages written anew after a first release: those that tell of the release itself, in both languages; where
# one territory changed also its own with its comuni, and those that show every territory.
ABOUT_THE_RELEASE, ONE_CHANGED = 4, 200
_COPIED = ("tables.json", "changes.json", "attack.json")
_IDS = frozenset(
    (
        "instance_id", "seat", "istat_comune", "scope_id", "parent_scope_id", "call_key", "scheme_key",
        "outcome_indicator_key", "territory", "funder", "provider", "call", "scheme", "award",
        "concession_id",
    )
)  # fmt: skip
# Tables in which no row belongs to anybody.
_OF_NOBODY = frozenset(
    ("error_report", "indicator", "policy", "publisher", "release", "revision", "simulated_instance")
)


@dataclass(frozen=True)
class Measured:
    """What writing a site took and made: `anew` of the pages are not those of the release before, nor are
    `written` of the files."""

    seconds: float
    pages: int
    anew: int
    files: int
    written: int
    megabytes: float

    def __str__(self) -> str:
        return (
            f"{self.seconds:7.1f} s {self.pages:8,} pages, {self.anew:8,} anew {self.files:9,} files, "
            f"{self.written:9,} written {self.megabytes:8,.1f} MB"
        )


def replicated(public: Path, folder: Path, territories: int) -> int:
    """Write into `folder` what of a public side the site is made from, with each territory and organisation
    as often as it takes for so many territories. Return how many there are."""
    folder.mkdir(parents=True)
    for name in _COPIED:
        shutil.copyfile(public / name, folder / name)
    shutil.copytree(public / "data", folder / "data", symlinks=True)
    shutil.copyfile(public / DATABASE, folder / DATABASE)
    (folder / DATABASE).chmod(0o644)
    with duckdb.connect(str(folder / DATABASE)) as connection:
        # Counted, not distinct: a comune has a row of its own.
        [(known,)] = connection.execute(
            "select count(distinct instance_id) from publication.territory"
        ).fetchall()
        copies = math.ceil(territories / known) - 1
        tables = connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'publication' order by 1"
        ).fetchall()
        for (table,) in tables:
            if table not in _OF_NOBODY:
                _replicate(connection, table, copies)
    return known * (copies + 1)


def _replicate(connection: duckdb.DuckDBPyConnection, table: str, copies: int) -> None:
    columns = [name for name, *_ in connection.execute(f"describe publication.{table}").fetchall()]
    ids = [name for name in columns if name in _IDS or name.endswith("tax_code")]
    if not ids:
        return
    names = [c for c in columns if c in ("name", "title", "comune_name") or c.endswith("_name")]
    replaced = [f"{name} || ' ' || copy as {name}" for name in names if name != "region_name"]
    replaced += [
        f"regexp_replace({name}, '^((instance:|grant:)?[^:]+)', '\\1-' || copy) as {name}" for name in ids
    ]
    own = " or ".join(f"({name} not in ('network', 'ALL') and {name} not like 'region:%')" for name in ids)
    if "scope_type" in columns:
        own = "scope_type in ('instance', 'funder', 'provider', 'grant', 'call', 'scheme')"
    connection.execute(f"""
        insert into publication.{table}
        select * exclude (copy) from (
            select * replace ({", ".join(replaced)})
            from publication.{table} cross join range(1, {copies + 1}) as copies(copy) where {own})""")


def measured(public: Path, before: Path | None = None) -> Measured:
    """Write the site and return what it took."""
    start = time.perf_counter()
    write_site(public, before)
    seconds = time.perf_counter() - start
    found = [path for path in public.rglob("*") if path.is_file()]
    sizes = [path.lstat() for path in found]
    linked = sum(told.st_nlink > 1 for told in sizes)
    pages = sum(path.name == "index.html" for path in found)
    anew = sum(p.name == "index.html" and s.st_nlink == 1 for p, s in zip(found, sizes, strict=True))
    megabytes = sum(told.st_size for told in sizes) / 1e6
    return Measured(seconds, pages, anew, len(found), len(found) - linked, megabytes)


def _next_release(public: Path, folder: Path, *, changed: bool) -> Path:
    """Write what the site of a release after the one in `public` is made from: another id, and the money of
    one territory doubled if `changed`."""
    folder.mkdir()
    for name in (*_COPIED, DATABASE):
        shutil.copyfile(public / name, folder / name)
    shutil.copytree(public / "data", folder / "data", symlinks=True)
    told = json.loads((public / "changes.json").read_text(encoding="utf-8"))
    told |= {"before": told["release_id"], "changes": [], "added": {}}
    (folder / "changes.json").write_text(json.dumps(told), encoding="utf-8")
    with duckdb.connect(str(folder / DATABASE)) as connection:
        connection.execute("update publication.release set release_id = '2099-12-31-00000000'")
        if changed:
            connection.execute("""
                update publication.indicator_value set numerator = 2 * numerator, value = 2 * value
                where scope_type = 'instance' and indicator_id = 'spend_delivered' and scope_id = (
                    select max(scope_id) from publication.indicator_value
                    where scope_type = 'instance' and indicator_id = 'spend_delivered' and mark = 'value')""")
    return folder


def main(arguments: list[str] | None = None) -> int:
    """Measure and judge. Return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--territories", type=int, default=TERRITORIES)
    parser.add_argument("--linearity", action="store_true", help=f"measure {LINEARITY} territories")
    parser.add_argument("--home", type=Path, help="a home with a release; else that of the settings")
    parser.add_argument("--folder", type=Path, help="where to write, and leave nothing")
    asked = parser.parse_args(arguments)
    home = VetroHome.at(asked.home) if asked.home else Settings().vetro_home
    if not home.current_release.exists():
        print(f"no release in {home.releases}: make one with `vetro demo --scale 0.05`", file=sys.stderr)
        return 2
    public = home.current_release.resolve() / "public"
    taken: dict[int, float] = {}
    failed = []
    for wanted in LINEARITY if asked.linearity else (asked.territories,):
        with tempfile.TemporaryDirectory(dir=asked.folder) as name:
            first = Path(name) / "first"
            n = replicated(public, first, wanted)
            made = measured(first)
            taken[n] = made.seconds
            print(f"{n:5} territories, a first release: {made}", flush=True)
            if n >= TERRITORIES and made.seconds > SECONDS:
                failed.append(f"{n} territories took {made.seconds:.0f} s, {SECONDS:.0f} are asked for")
            if wanted < max(LINEARITY) and asked.linearity:
                continue
            for told, changed, most in (
                ("nothing changed", False, ABOUT_THE_RELEASE),
                ("one changed", True, ONE_CHANGED),
            ):
                later = Path(name) / "later"
                again = measured(_next_release(first, later, changed=changed), first)
                print(f"{n:5} territories, {told}: {again}", flush=True)
                if again.anew > most:
                    failed.append(
                        f"{told}: {again.anew} pages were written anew, {most} at most are asked for"
                    )
                shutil.rmtree(later)
    fewest, most_of_all = min(taken), max(taken)
    growth = taken[most_of_all] / taken[fewest] / (most_of_all / fewest)
    if growth > GROWTH:
        failed.append(f"{growth:.2f} times as long per territory with {most_of_all} as with {fewest}")
    for line in failed:
        print(f"does not hold: {line}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
