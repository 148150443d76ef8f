"""What was ever public: the printed values of every release, kept beside the releases.

A release arrives, the part of it that later releases must respect is copied and stays: what it printed, how
its tables are tied, and inside what its marks hide and who worked where. It does not depend on the folder of
the release, which may be removed or damaged, nor on which release is current. Whether old and new together
are safe is for the attack.
"""

import hashlib
import json
import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.atomic_files import sync
from core.duckdb_sessions import connect
from core.errors import VetroError
from core.home import VetroHome
from publication.providers_at_work import AT_WORK
from publication.release_record import RELEASE_JSON

ENTRY_JSON = "entry.json"
TABLES = Path("public", "tables.json")
DATA = Path("public", "data")
# What its marks hide, and who was known to work where.
INSIDE = (Path("private", "protection.parquet"), Path("private", AT_WORK))
# What of tables.json lets a reader know more: an earlier release that says it says something of its own.
_LISTS = ("zero_links", "at_least")


def printed_values_lost(release_id: str) -> VetroError:
    """Return the error that what a release printed can be read neither where it is kept nor in its folder."""
    return VetroError(
        f"what {release_id} printed cannot be read any more, neither in printed/ nor in releases/, so "
        "the next release could give away what that one hides: put one of the two folders back from a "
        "copy. Where there is none, remove both: from then on nothing protects against comparing with it "
        "/ "
        f"ciò che {release_id} ha pubblicato non si legge più, né in printed/ né in releases/, e il "
        "prossimo rilascio potrebbe rivelare ciò che quello nasconde: ripristinare una delle due "
        "cartelle da una copia. Se non esiste, togliere entrambe: da allora nulla protegge dal confronto "
        "con quel rilascio"
    )


@dataclass(frozen=True)
class Printed:
    """What one release printed. `path` holds the same names as the folder of a release."""

    release_id: str
    path: Path
    created_at: datetime


def remember(home: VetroHome, folder: Path, release_id: str, created_at: datetime) -> None:
    """Keep what the release in `folder` prints, durably; a release that is remembered already stays
    as it is.
    """
    home.printed.mkdir(parents=True, exist_ok=True)
    final = home.printed / release_id
    if final.exists():
        return
    building = home.printed / f".building-{uuid.uuid4().hex[:12]}"
    try:
        files = {}
        for source in _kept(folder):
            name = source.relative_to(folder)
            (building / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, building / name)
            files[name.as_posix()] = _sha256(building / name)
        entry = {"release_id": release_id, "created_at": created_at.isoformat(), "files": files}
        (building / ENTRY_JSON).write_text(json.dumps(entry, indent=1, sort_keys=True) + "\n", "utf-8")
        for path in (*sorted(building.rglob("*")), building):
            sync(path)
        building.rename(final)
        sync(home.printed)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def ever_public(home: VetroHome) -> list[Printed]:
    """Return what every release printed, newest first, whichever is current.

    Releases that nobody remembers yet are taken from their folders, and what was damaged where it is
    remembered too. Raises VetroError where neither can be read.
    """
    for leftover in home.printed.glob(".building-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    folders = {path.parent.name: path.parent for path in home.releases.glob(f"*/{RELEASE_JSON}")}
    folders = {name: path for name, path in folders.items() if not path.is_symlink() and name[0] != "."}
    remembered = {path.name for path in home.printed.glob("*") if path.is_dir()}
    found = []
    for release_id in sorted(folders.keys() | remembered):
        printed = _read(home.printed / release_id)
        if printed is None:
            printed = _again(home, release_id, folders.get(release_id))
        found.append(printed)
    return sorted(found, key=lambda each: (each.created_at, each.release_id), reverse=True)


def prints_other_figures(former: Path, others: Sequence[Path]) -> bool:
    """Return whether the folder `former` says anything that none of `others` says whole."""
    return not any(_is_within(former, other) for other in others)


@contextmanager
def as_csv(printed: Path, scratch: Path) -> Iterator[Path]:
    """Yield a folder with the public side in `printed` as a reader has it, CSV files included."""
    folder = scratch / f".compared-{uuid.uuid4().hex[:12]}"
    try:
        shutil.copytree(printed / DATA, folder / DATA)
        shutil.copyfile(printed / TABLES, folder / TABLES)
        with connect(threads=1) as connection:
            for path in sorted((folder / DATA).glob("*.parquet")):
                rows = connection.read_parquet(str(path))
                rows.write_csv(str(path.with_suffix(".csv")), header=True)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def printed_files(printed: Printed) -> dict[str, str]:
    """Return the SHA-256 of the files that are kept of a release, by their paths in it."""
    return dict(json.loads((printed.path / ENTRY_JSON).read_text(encoding="utf-8"))["files"])


def years_in(printed: Path) -> set[str]:
    """Return the years for which any table of the folder has rows."""
    years: set[str] = set()
    with connect() as connection:
        for path in sorted((printed / DATA).glob("*.parquet")):
            columns = [name for name, *_ in connection.read_parquet(str(path)).description]
            for column in {"year", "quarter", "period_start"} & set(columns):
                years |= {
                    year
                    for (year,) in connection.execute(
                        f"select distinct left(cast({column} as varchar), 4) from read_parquet($path)",
                        {"path": str(path)},
                    ).fetchall()
                }
    return years


def _kept(folder: Path) -> list[Path]:
    kept = [folder / TABLES, *sorted((folder / DATA).glob("*.parquet"))]
    return kept + [folder / name for name in INSIDE if (folder / name).exists()]


def _read(path: Path) -> Printed | None:
    """The entry in the folder `path`; None when it is not there or not as it was written."""
    try:
        entry = json.loads((path / ENTRY_JSON).read_text(encoding="utf-8"))
        if any(_sha256(path / name) != sha256 for name, sha256 in entry["files"].items()):
            return None
        return Printed(entry["release_id"], path, datetime.fromisoformat(entry["created_at"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _again(home: VetroHome, release_id: str, folder: Path | None) -> Printed:
    """Remember a release from its folder, if what is to be kept is there as it was written."""
    if folder is None:
        raise printed_values_lost(release_id)
    try:
        record = json.loads((folder / RELEASE_JSON).read_text(encoding="utf-8"))
        known = {
            name: file["sha256"]
            for name, file in record["files"].items()
            if Path(name) in (TABLES, *INSIDE)
            or (name.startswith(f"{DATA.as_posix()}/") and name.endswith(".parquet"))
        }
        created_at = datetime.fromisoformat(record["created_at"])
        whole = {path.relative_to(folder).as_posix(): _sha256(path) for path in _kept(folder)} == known
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise printed_values_lost(release_id) from error
    if not whole:
        raise printed_values_lost(release_id)
    shutil.rmtree(home.printed / release_id, ignore_errors=True)
    remember(home, folder, release_id, created_at)
    return Printed(release_id, home.printed / release_id, created_at)


def _is_within(former: Path, other: Path) -> bool:
    """Whether everything that `former` says, `other` says too: every row, every sum that ties them, and no
    limit that `other` leaves open."""
    one, two = (json.loads((folder / TABLES).read_text(encoding="utf-8")) for folder in (former, other))
    for dimension, tree in one.get("hierarchies", {}).items():
        if not tree.items() <= two.get("hierarchies", {}).get(dimension, {}).items():
            return False
    if any(pair not in two.get(name, []) for name in _LISTS for pair in one.get(name, [])):
        return False
    if not set(two.get("may_be_negative", [])) <= set(one.get("may_be_negative", [])):
        return False
    with connect() as connection:
        for name, columns in _described(one).items():
            path, beside = former / DATA / name, other / DATA / name
            if not beside.exists() or not columns <= set(connection.read_parquet(str(beside)).columns):
                return False
            told = ", ".join(f'"{column}"' for column in sorted(columns))
            [(rows,)] = connection.execute(
                f"select count(*) from (select {told} from read_parquet($one) except "
                f"select {told} from read_parquet($two))",
                {"one": str(path), "two": str(beside)},
            ).fetchall()
            if rows:
                return False
    return True


def _described(document: dict) -> dict[str, set[str]]:
    """What a reader can work with: by Parquet file, the columns that tables.json describes. Names beside them
    may change."""
    described: dict[str, set[str]] = {}
    for table in document["tables"]:
        name = Path(table["file"]).with_suffix(".parquet").name
        columns = {*table["dimensions"], table["measure"], table.get("mark_column")} - {None}
        described.setdefault(name, set()).update(columns)
    return described


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
