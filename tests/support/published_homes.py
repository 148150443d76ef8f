"""Homes with the small invented warehouse and its releases, for tests of what is done with a release.

A folder arrives; the home in it leaves. Published once, copied for whoever goes on from there.
"""

import shutil
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import duckdb

from core.home import VetroHome
from publication.release import publish
from tests.support import built_release
from tests.support.gates import RecordedGate
from tests.support.kept_builds import kept_build
from tests.support.warehouse import Size, build_warehouse

SMALL = Size(instances=3, persons=400)
SMALLER = Size(instances=3, persons=300)
OPEN = RecordedGate(True, datetime(2026, 10, 1, tzinfo=UTC), [])
DEPENDS_ON = (*built_release.DEPENDS_ON, "tests/support/published_homes.py")


def copy_first_release(root: Path) -> VetroHome:
    """Copy to `root`, which may not be there yet, a home with one release, and return it."""
    shutil.copytree(first_release(), root, symlinks=True)
    return VetroHome.at(root)


def copy_two_releases(root: Path) -> VetroHome:
    """Copy to `root`, which may not be there yet, a home with two releases: the second has later exports,
    and with them a year more. The raw layer that they name was never there.
    """
    shutil.copytree(_two_releases(), root, symlinks=True)
    return VetroHome.at(root)


@cache
def first_release() -> Path:
    """Return the home with one release, to be read only."""
    return kept_build("first_release", DEPENDS_ON, _publish_once) / "home"


@cache
def _two_releases() -> Path:
    return kept_build("two_releases", DEPENDS_ON, _publish_twice) / "home"


def _publish_once(folder: Path) -> None:
    home = VetroHome.at(folder / "home").ensure()
    build_warehouse(home.warehouse, SMALL)
    assert publish(home, gate=OPEN, code_version="1").new


def _publish_twice(folder: Path) -> None:
    home = VetroHome.at(folder / "home").ensure()
    build_warehouse(home.warehouse, Size(SMALLER.instances, SMALLER.persons, last_day=date(2025, 6, 30)))
    publish(home, gate=OPEN, code_version="1")
    build_warehouse(home.warehouse, SMALLER)
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute("update quality.export_log set export_id = export_id || '-later'")
    publish(home, gate=OPEN, code_version="1")
