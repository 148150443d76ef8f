"""A home for every test of the door."""

from pathlib import Path

import pytest

from ingestion.home import VetroHome
from tests.support.exports import make_home


@pytest.fixture
def home(tmp_path: Path) -> VetroHome:
    """A home with rho and matera registered, and nothing in it."""
    return make_home(tmp_path / "home")
