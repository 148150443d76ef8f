"""What an installation and its home need to work: looked at, each with what to do where something is wrong.

Settings arrive, one finding per check leaves. Nothing is changed, but that a file is made and removed to see
whether the home can be written to. How the figures are is judged at the gates and does not belong here.
"""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import stat
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryFile
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import duckdb
from packaging.requirements import InvalidRequirement, Requirement

from core.duckdb_sessions import connect
from core.errors import VetroError
from core.home import VetroHome
from core.loopback import is_loopback
from core.presentation.tokens import ASSETS
from core.settings import DBT_PROJECT, PRODUCT, Settings
from core.sql import identifier, literal
from dashboards.access.policy import read_policy
from dashboards.access.sign_in import read_sign_in
from ingestion.instances import read_instances
from ingestion.privacy.pseudonymisation import REMOVED
from ingestion.privacy.pseudonyms import KEY_FILE
from ingestion.raw.checksums import has_changed
from ingestion.raw.file_transaction import unfinished_transactions
from ingestion.raw.layer import TECHNICAL
from ingestion.sources.access import OpenSource
from ingestion.sources.settings import credentials_of, read_sources
from orchestration import build_state, dagster_home, status
from orchestration.failures import reason
from orchestration.warehouse import Warehouse
from publication import release
from publication.catalogue.publisher import read_publisher

DISTRIBUTION = "casa-di-vetro"
FIRST = 5
# What a run needs beside the data: spill files, Dagster's storage, a release of few pages.
LEAST_ROOM_MEGABYTES = 1000
# Clocks of two machines differ by minutes, those that were set wrong by more.
CLOCK_TOLERANCE = timedelta(minutes=10)


@dataclass(frozen=True)
class Finding:
    """What one check saw: `sentence` says it, `mend` what to do, empty where `holds`."""

    check: str
    holds: bool
    sentence: str
    mend: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Return one finding per check, in the order of `CHECKS`. A check that fails itself does not hold."""
    return [_found(name, check, settings) for name, check in CHECKS.items()]


def _found(name: str, check: Callable[[Settings], Seen], settings: Settings) -> Finding:
    try:
        sentence, *mend = check(settings)
    except VetroError as error:
        return Finding(name, False, str(error), "do what the sentence says, then run 'vetro doctor' again")
    except Exception as error:
        return Finding(name, False, f"it could not be looked at ({reason(error)})", "run it with --debug")
    return Finding(name, not mend, sentence, " ".join(mend))


# A sentence, and what to do where something is wrong.
Seen = tuple[str] | tuple[str, str]


def _python(settings: Settings) -> Seen:
    needed = metadata.metadata(DISTRIBUTION)["Requires-Python"] or ">=3.11"
    version = ".".join(map(str, sys.version_info[:3]))
    if Requirement(f"python{needed}").specifier.contains(version):
        return (f"Python {version}",)
    return f"Python {version}, {needed} is needed", "make setup PYTHON=python3.11, after removing .venv"


def _packages(settings: Settings) -> Seen:
    wrong, count = [], 0
    for requirement in _locked():
        if requirement.marker and not requirement.marker.evaluate():
            continue
        count += 1
        try:
            installed = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            wrong.append(f"{requirement.name} is missing")
            continue
        if not requirement.specifier.contains(installed, prereleases=True):
            wrong.append(f"{requirement.name} is {installed}, not {requirement.specifier}")
    if wrong:
        return _first(wrong), "make setup (of a developer: make dev) installs what is locked"
    return (f"{count} packages as they are locked",)


def _locked() -> list[Requirement]:
    """The locked requirements of a checkout, with those of tests where `make dev` put them; of an installed
    wheel, those that it declares.
    """
    with_tests = (Path(sys.prefix) / ".dev").exists()
    lock = PRODUCT / ("requirements-dev.txt" if with_tests else "requirements.txt")
    if not lock.is_file():
        return [
            requirement
            for line in metadata.requires(DISTRIBUTION) or ()
            if not (requirement := Requirement(line)).marker or "extra" not in str(requirement.marker)
        ]
    found = []
    for line in lock.read_text(encoding="utf-8").splitlines():
        with suppress(InvalidRequirement):
            if line and line[0].isalnum():
                found.append(Requirement(line.removesuffix("\\").strip()))
    return found


def _files(settings: Settings) -> Seen:
    """What pages and packs are made with, and what dbt reads."""
    kinds = {
        "fonts of pages": ASSETS.rglob("*.woff2"),
        "fonts of packs": ASSETS.rglob("*.ttf"),
        "icons": (ASSETS / "icons").rglob("*.svg"),
        "maps": (ASSETS / "maps").rglob("*.*"),
        "models": (DBT_PROJECT / "models").rglob("*.sql"),
    }
    missing = [name for name, files in kinds.items() if not any(file.stat().st_size for file in files)]
    if missing:
        return f"missing: {', '.join(missing)}", "install the product again: files of it are gone"
    return ("fonts, icons, maps and models are there",)


def _home(settings: Settings) -> Seen:
    root = settings.vetro_home.root
    if not root.is_dir():
        return f"there is no home in {root}", "vetro prepare, or name another with --home or VETRO_HOME"
    unusable = [
        str(folder)
        for folder in (root, *_folders(settings.vetro_home))
        if not os.access(folder, os.R_OK | os.W_OK | os.X_OK)
    ]
    if not unusable:
        try:
            with TemporaryFile(dir=root) as tried:
                tried.write(b"written")
        except OSError:
            unusable = [str(root)]
    if unusable:
        mend = f"give them to the account that runs the house: chown -R {_account()} {root}"
        return f"cannot be read and written: {_first(unusable)}", mend
    return (f"{root} can be read and written",)


def _private(settings: Settings) -> Seen:
    home = settings.vetro_home
    # A group may have been let in on purpose, as that of the server to which exports are delivered.
    open_to_all = [path.name for path in (*_folders(home), home.warehouse) if _mode(path) & stat.S_IRWXO]
    if open_to_all:
        mend = f"cd {home.root} && chmod -R o-rwx {' '.join(open_to_all)}"
        return f"every account of this machine may look into {', '.join(open_to_all)}", mend
    return ("no other account may look into what is private",)


def _secrets(settings: Settings) -> Seen:
    home = settings.vetro_home
    if not home.secrets.is_dir():
        return ("no secret is there yet",)
    paths = [home.secrets, *home.secrets.rglob("*")]
    shared = [str(path.relative_to(home.root)) for path in paths if path.is_symlink() or _mode(path) & 0o077]
    if shared:
        mend = f"chmod -R go-rwx {home.secrets}; a link: put the file itself there"
        return f"others can read, or they are links: {_first(shared)}", mend
    if not (home.secrets / KEY_FILE).is_file() and next(home.raw.glob("instance=*/export=*"), None):
        mend = "put it back from the backup of secrets/ before anything is ingested"
        return "exports are in raw, and the key that made their pseudonyms is gone", mend
    return ("secrets are for this account only",)


def _disk(settings: Settings) -> Seen:
    home = settings.vetro_home
    place = next(folder for folder in (home.root, *home.root.parents) if folder.exists())
    free = shutil.disk_usage(place).free // 1_000_000
    current = home.current_release.resolve() if home.current_release.exists() else None
    # A warehouse is built beside a copy, a release is written whole, what landed is unpacked and loaded.
    needed = (
        LEAST_ROOM_MEGABYTES
        + (2 * _size(home.warehouse) + (_size(current) if current else 0) + 3 * _size(home.landing))
        // 1_000_000
    )
    sentence = f"{free:,} MB are free, a run may need {needed:,} MB"
    return (sentence,) if free >= needed else (sentence, f"make room on the disk of {place}")


def _ports(settings: Settings) -> Seen:
    taken = []
    for host, port, path in (
        (settings.address, settings.port, "/_stcore/health"),
        ("127.0.0.1", settings.public_port, "/"),
    ):
        with closing(socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                if not _serves_pages(port, path):
                    taken.append(f"{host}:{port}")
    if taken:
        mend = "stop what uses them, or choose others with VETRO_PORT and VETRO_PUBLIC_PORT"
        return f"in use by something else, or no address of this machine: {', '.join(taken)}", mend
    return (f"ports {settings.port} and {settings.public_port} are free, or serve the pages",)


def _serves_pages(port: int, path: str) -> bool:
    """Whether the pages answer there: those for readers by their health, the public ones by their name."""
    with (
        suppress(OSError, ValueError),
        urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=2) as it,
    ):
        content = it.read(1 << 20)
        return content.strip() == b"ok" or b"Casa di Vetro" in content
    return False


def _models(settings: Settings) -> Seen:
    """The manifest of the models, for those who open the pages of Dagster."""
    warehouse = Warehouse(settings)
    if not warehouse.manifest_path.is_file():
        return ("dbt has not read the models yet; the first build does",)
    if not warehouse.has_manifest_of(build_state.models_fingerprint()):
        return "dbt's manifest is of other models than those installed", "vetro prepare"
    return ("dbt's manifest is of the models that are installed",)


def _dagster(settings: Settings) -> Seen:
    folder = settings.vetro_home.dagster
    there = [name for name in dagster_home.DATABASES if (folder / name).is_file()]
    if not there:
        return ("Dagster's storage is not made yet; vetro prepare does",)
    wrong = [name for name in dagster_home.DATABASES if name not in there]
    for name in there:
        with closing(sqlite3.connect(f"file:{folder / name}?mode=ro", uri=True, timeout=10)) as connection:
            heads = connection.execute("select version_num from alembic_version").fetchall()
        if len(heads) != 1:
            wrong.append(name)
    if wrong:
        return f"not whole, or of more than one version: {', '.join(wrong)}", "vetro prepare"
    return ("Dagster's storage has one version",)


def _clock(settings: Settings) -> Seen:
    try:
        ZoneInfo("Europe/Rome")
    except ZoneInfoNotFoundError:
        return "the machine does not know Europe/Rome", "install its time zones (Debian: tzdata)"
    home, now = settings.vetro_home, datetime.now(UTC)
    known = status.read(home)
    told = [row[1].replace(tzinfo=UTC) for row in (*known.run, *known.release)]
    if told and max(told) > now + CLOCK_TOLERANCE:
        sentence = f"it is {now:%Y-%m-%d %H:%M} UTC, and the last step was at {max(told):%Y-%m-%d %H:%M}"
        return sentence, "set the clock (timedatectl set-ntp true) before the next run"
    return (f"it is {now:%Y-%m-%d %H:%M} UTC, after everything that was done",)


def _sign_in(settings: Settings) -> Seen:
    if settings.auth == "off":
        if is_loopback(settings.address):
            return ("nobody signs in, and the pages are for this machine only",)
        return (
            f"nobody signs in, and the pages would listen at {settings.address}",
            "leave VETRO_ADDRESS out, or VETRO_AUTH: docs/how-to/sign-in-with-openid-connect.md",
        )
    given = settings.sign_in_told()
    if not given and not settings.vetro_home.sign_in_file.exists():
        mend = "docs/how-to/sign-in-with-openid-connect.md; for a demonstration VETRO_AUTH=off"
        return "readers would sign in, and nothing says with whom", mend
    read_sign_in(settings.vetro_home.sign_in_file, given)
    read_policy(settings.access_file)
    return ("readers sign in, and access.yaml says who sees what",)


def _declarations(settings: Settings) -> Seen:
    home = settings.vetro_home
    registered = read_instances(home)
    read_publisher(home.publisher_file)
    return (f"{len(registered)} territories are registered",)


def _sources(settings: Settings) -> Seen:
    home = settings.vetro_home
    if not home.sources_file.exists():
        return ("no source is declared: exports arrive in landing/",)
    declared = read_sources(home)
    failures = []
    for name, source in declared.items():
        try:
            remote = OpenSource(home, source, credentials_of(home, source, settings.credentials()), pauses=())
            try:
                remote.listing()
            finally:
                remote.close()
        except VetroError as error:
            failures.append(f"{name}: {error}")
    if failures:
        return _first(failures), "vetro fetch tries again; docs/how-to/receive-exports-from-s3-or-sftp.md"
    return (f"{len(declared)} sources can be listed",)


def _raw(settings: Settings) -> Seen:
    """Every file hashed and every value read, beside what was noted when they came in."""
    if unfinished_transactions(settings.vetro_home):
        return "files of raw are being changed, or a change was interrupted", "vetro run finishes it"
    damaged, count = [], 0
    with connect(threads=settings.threads) as connection:
        for folder in sorted(settings.vetro_home.raw.glob("instance=*/export=*")):
            count += 1
            if has_changed(folder) or _is_damaged(connection, folder):
                damaged.append(f"{folder.parent.name}/{folder.name}")
    if damaged:
        mend = "put these folders back from the backup of raw/; until then no build can be trusted"
        return f"{len(damaged)} of {count} exports are not as they came in: {_first(damaged)}", mend
    return (f"{count} exports are byte by byte as they came in, and hold their rows and sums",)


def _is_damaged(connection: duckdb.DuckDBPyConnection, folder: Path) -> bool:
    """Whether a file of a committed export cannot be read to its end, or holds other rows or sums than were
    loaded. What goes with an erased person may be less.
    """

    def rows_of(name: str) -> str:
        return f"read_parquet({literal(folder / f'{name}.parquet')}, hive_partitioning = false)"

    try:
        for name in TECHNICAL:
            if (folder / f"{name}.parquet").is_file():
                connection.execute(f"select bit_xor(hash(row)) from {rows_of(name)} as row")
        sums = connection.execute(f"select entity, column_name, loaded from {rows_of('_control_total')}")
        loaded = {(entity, column): total for entity, column, total in sums.fetchall()}
        counts = connection.execute(f"select entity, loaded from {rows_of('_entity')}").fetchall()
        for entity, count in counts:
            columns = [column for of, column in loaded if of == entity]
            totals = ", ".join(f"coalesce(sum({identifier(column)}), 0)" for column in columns)
            # A hash over a row needs every value of it.
            _, held, *found = connection.execute(
                f"select bit_xor(hash(row)), count(*){', ' if totals else ''}{totals} "
                f"from {rows_of(entity)} as row"
            ).fetchall()[0]
            expected = [loaded[entity, column] or 0 for column in columns]
            if held > count or (entity not in REMOVED and (held, found) != (count, expected)):
                return True
    except duckdb.Error:
        # Its message may quote what stands there; what cannot be read was not written so.
        return True
    return False


def _release(settings: Settings) -> Seen:
    home = settings.vetro_home
    found = release.current(home)
    if found:
        return (f"{found.release_id} is current; 'vetro verify' hashes its files",)
    if next(home.releases.glob("*/release.json"), None):
        return "there are releases, and none is current", "vetro rollback ID, with the id of the last one"
    return ("there is no release yet",)


CHECKS: dict[str, Callable[[Settings], Seen]] = {
    "python": _python,
    "packages": _packages,
    "files": _files,
    "home": _home,
    "private": _private,
    "secrets": _secrets,
    "disk": _disk,
    "clock": _clock,
    "ports": _ports,
    "declarations": _declarations,
    "sources": _sources,
    "sign-in": _sign_in,
    "models": _models,
    "dagster": _dagster,
    "raw": _raw,
    "release": _release,
}


def _folders(home: VetroHome) -> Iterator[Path]:
    return (folder for folder in home.private_folders if folder.is_dir())


def _mode(path: Path) -> int:
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return 0


def _size(path: Path) -> int:
    """Bytes of a file or of all files of a folder; nothing where it is not there."""
    files = path.rglob("*") if path.is_dir() else (path,)
    return sum(file.stat().st_size for file in files if file.is_file())


def _account() -> str:
    return f"{os.geteuid()}:{os.getegid()}"


def _first(things: list[str]) -> str:
    more = f"; +{len(things) - FIRST}" if len(things) > FIRST else ""
    return "; ".join(things[:FIRST]) + more
