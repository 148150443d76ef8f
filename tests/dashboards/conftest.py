"""The releases that the tests of the pages look at, built once."""

from datetime import date
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

import dashboards
from dashboards import view
from dashboards.release import current_release, public_database
from tests.support.pages import Open, Page
from tests.support.release import build_release, build_status

FOLDER = Path(dashboards.__file__).parent
VARIANTS = ("ordinary", "protected", "tiny", "bare", "simulated", "mixed")
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


@pytest.fixture
def open_page(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    def run(page: str, variant: str = "ordinary", status: str = "", **query: str) -> Page:
        for name in ("VETRO_RELEASES", "VETRO_STATUS", "VETRO_PUBLIC"):
            monkeypatch.delenv(name, raising=False)
        folder = shelf / variant if not Path(variant).is_absolute() else Path(variant)
        if page == "public":
            monkeypatch.setenv("VETRO_PUBLIC", str(folder / "current" / "public"))
        else:
            monkeypatch.setenv("VETRO_RELEASES", str(folder))
            if status:
                monkeypatch.setenv("VETRO_STATUS", str(shelf / status))
        monkeypatch.setattr(view, "today", lambda: TODAY)
        st.cache_data.clear()
        app = AppTest.from_file(
            str(FOLDER / ("public.py" if page == "public" else "staff.py")), default_timeout=60
        )
        for name, value in query.items():
            app.query_params[name] = value
        if page not in ("public", "home"):
            app.switch_page(f"staff_pages/{page}.py")
        app.run()
        assert not app.exception, [e.message for e in app.exception]
        return Page(app)

    return run
