"""The releases that the tests of the pages look at, built once."""

from datetime import date
from pathlib import Path

import pytest
import streamlit as st
from streamlit import config

from dashboards import page_context
from dashboards.access.viewer import ViewerDatabase
from dashboards.release import current_release
from dashboards.site.writing import write_site
from tests.support.built_release import DATABASE
from tests.support.pages import Open, OpenSite, Page, Site, run_staff_page
from tests.support.release import build_release, build_status

VARIANTS = ("ordinary", "protected", "tiny", "bare", "simulated", "mixed")
# Without signing in, as the demonstration is served; a test of signing in sets others.
AUTH, ADDRESS = "off", "127.0.0.1"
# The exports up to September came on the 3rd of October, those of October are due on the 3rd of November.
TODAY = date(2026, 10, 20)


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
def private(shelf: Path) -> ViewerDatabase:
    """The private database of the ordinary release, for somebody who sees all of it."""
    release = current_release(shelf / "ordinary")
    assert release is not None
    return ViewerDatabase(release.database)


@pytest.fixture(scope="session")
def public(shelf: Path) -> str:
    """The public database of the ordinary release."""
    return str(shelf / "ordinary" / "current" / "public" / DATABASE)


@pytest.fixture(scope="session")
def open_site(shelf: Path) -> OpenSite:
    """The site of a variant of the release, written once; or of the release in a folder."""
    written: dict[str, Site] = {}

    def find(variant: str = "ordinary") -> Site:
        if variant not in written:
            folder = shelf / variant if not Path(variant).is_absolute() else Path(variant)
            public = (folder / "current").resolve() / "public"
            write_site(public)
            written[variant] = Site(public)
        return written[variant]

    return find


@pytest.fixture
def open_page(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    def run(page: str, variant: str = "ordinary", status: str = "", **query: str) -> Page:
        for name in ("VETRO_RELEASES", "VETRO_STATUS"):
            monkeypatch.delenv(name, raising=False)
        folder = shelf / variant if not Path(variant).is_absolute() else Path(variant)
        monkeypatch.setenv("VETRO_RELEASES", str(folder))
        monkeypatch.setenv("VETRO_AUTH", AUTH)
        config.set_option("server.address", ADDRESS)
        if status:
            monkeypatch.setenv("VETRO_STATUS", str(shelf / status))
        monkeypatch.setattr(page_context, "today", lambda: TODAY)
        st.cache_data.clear()
        return run_staff_page(page, **query)

    return run
