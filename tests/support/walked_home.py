"""A home after one whole `vetro run` in a terminal, over the first exports of two territories.

Simulated exports arrive, a folder with the home leaves, and what stood on the screen. Walked once, copied for
whoever goes on from there.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from core.settings import Settings
from ingestion.instances import register_instances
from simulation import network
from tests.support import built_release
from tests.support.homes import first_exports, land
from tests.support.kept_builds import kept_build
from tests.support.parsed_project import put_parsed_project
from tests.support.terminal import Terminal, without_cursor

INSTANCES = ("rho", "matera")
SCALE = 0.01
DEPENDS_ON = (
    *built_release.DEPENDS_ON,
    "orchestration",
    "simulation",
    "tests/support/homes.py",
    "tests/support/terminal.py",
    "tests/support/walked_home.py",
)


@dataclass(frozen=True)
class Walk:
    """A run that ended well: the home, and all that was written to a terminal `columns` wide."""

    home: Path
    columns: int
    written: str

    @property
    def text(self) -> str:
        """What was written without what moves the cursor."""
        return without_cursor(self.written)


def simulate_exports(out: Path) -> Path:
    """Write the exports of the smallest network, one folder per territory, and return `out`."""
    # Two years: in the first month of three nobody is served yet at this scale.
    network.simulate(out, scale=SCALE, seed=1, months=24)
    return out


def new_home(root: Path, simulated: Path) -> Settings:
    """Make a home in which two territories are registered and their first exports landed."""
    settings = Settings(home=root)
    home = settings.vetro_home.ensure()
    put_parsed_project(home)
    entries = network.instances(SCALE)
    register_instances(home, {name: entries[name] for name in INSTANCES})
    for name in INSTANCES:
        for export in first_exports(simulated, name):
            land(home, export, name)
    return settings


def walk(to: Path) -> Walk:
    """Copy the walked home to `to`, with the times of its files, and return how it was walked."""
    kept = kept_build("walk", DEPENDS_ON, _walk)
    shutil.copytree(kept / "home", to, symlinks=True)
    columns = int((kept / "columns").read_text())
    return Walk(to, columns, (kept / "written").read_bytes().decode())


def _walk(folder: Path) -> None:
    simulated = simulate_exports(folder / "simulated")
    terminal = Terminal(["--home", str(new_home(folder / "home", simulated).home), "run"])
    assert terminal.wait(560) == 0, terminal.text[-3000:]
    (folder / "written").write_bytes(terminal.written.encode())
    (folder / "columns").write_text(str(terminal.columns))
    shutil.rmtree(simulated)
