"""A home that an earlier state of the product wrote, taken over by this one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.home import VetroHome
from core.home_version import FILE, product_version
from publication.release import current
from publication.verification import verify
from tests.support import walked_home
from tests.support.traces import raw_values

PRODUCT = Path(__file__).resolve().parents[2]
RUN = "from orchestration.cli import main; main()"


def git(*command: str) -> str:
    return subprocess.run(["git", *command], cwd=PRODUCT, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    """The product as it was released last, or, before there is a release, before homes carried a version."""
    tags = git("tag", "--list", "v*", "--sort=-v:refname").split()
    first = git("log", "--diff-filter=A", "--format=%H", "--", "core/home_version.py").split()
    if not tags and not first:
        pytest.skip("the history is not here: no earlier version can be taken from it")
    files = git("rev-parse", tags[0] if tags else f"{first[-1]}^").strip()
    archive = tmp_path / "earlier.tar"
    git("archive", "--output", str(archive), files)
    (tmp_path / "earlier").mkdir()
    subprocess.run(["tar", "-xf", str(archive), "-C", str(tmp_path / "earlier")], check=True)
    return tmp_path / "earlier"


def run(product: Path, *command: str) -> str:
    """Run a command of the product that stands in a folder, as a process of its own."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("VETRO_")}
    done = subprocess.run(
        [sys.executable, "-c", RUN, *command],
        cwd=product, env=clean | {"PYTHONPATH": str(product)}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return done.stdout


def money(home: VetroHome) -> list[tuple]:
    return raw_values(home.raw, "payment", "count(*), sum(amount)")


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_a_home_of_the_version_before_goes_on(earlier: Path, tmp_path: Path) -> None:
    simulated = walked_home.simulate_exports(tmp_path / "simulated")
    home = walked_home.new_home(tmp_path / "home", simulated).vetro_home
    (home.root / FILE).unlink()
    run(earlier, "--home", str(home.root), "run")
    before, paid = current(home), money(home)
    assert not (home.root / FILE).exists()

    run(PRODUCT, "--home", str(home.root), "run")
    assert (home.root / FILE).read_text(encoding="ascii").strip() == product_version()
    assert money(home) == paid
    assert verify(home, before.release_id).holds
    assert verify(home, current(home).release_id).holds
    for instance in walked_home.INSTANCES:
        for export in walked_home.first_exports(simulated, instance, 2)[1:]:
            walked_home.land(home, export, instance)
    assert "2 accepted" in run(PRODUCT, "--home", str(home.root), "run")
