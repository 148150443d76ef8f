"""The releases that the tests of the pages look at, built once."""

from pathlib import Path

import pytest

from dashboards.release import current_release, public_database
from tests.support.release import build_release, build_status

VARIANTS = ("ordinary", "protected", "bare")


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one releases folder per variant, an empty one (`none`), and two statuses."""
    base = tmp_path_factory.mktemp("shelf")
    for variant in VARIANTS:
        build_release(base / variant, variant=variant)
    (base / "none").mkdir()
    build_status(base / "red.duckdb", green=False)
    build_status(base / "green.duckdb", green=True)
    return base


@pytest.fixture(scope="session")
def private(shelf: Path) -> str:
    """The private database of the ordinary release."""
    release = current_release(shelf / "ordinary")
    assert release is not None
    return release.database


@pytest.fixture(scope="session")
def public(shelf: Path) -> str:
    """The public database of the ordinary release."""
    database = public_database(shelf / "ordinary" / "current" / "public")
    assert database is not None
    return database
