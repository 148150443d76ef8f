"""dbt's project as it was read once, for homes in which a build begins: reading it takes longer than a small
build does.
"""

import shutil
from pathlib import Path

from core.home import VetroHome
from core.settings import Settings
from orchestration.warehouse import Warehouse
from tests.support.kept_builds import kept_build

# What dbt reads, and how.
DEPENDS_ON = (
    "dbt_project",
    "requirements.txt",
    "core/settings.py",
    "orchestration/warehouse.py",
    "tests/support/parsed_project.py",
)


def put_parsed_project(home: VetroHome) -> None:
    """Put what dbt read into `home`, as if a build had been there before."""
    shutil.copytree(kept_build("project", DEPENDS_ON, _read) / "dbt", home.dbt, dirs_exist_ok=True)


def _read(folder: Path) -> None:
    home = VetroHome.at(folder / "home")
    Warehouse(Settings(home=home.root)).parse()
    home.dbt.rename(folder / "dbt")
    shutil.rmtree(home.root)
