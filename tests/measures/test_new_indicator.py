"""An entry of the registry and its worked example are all that a new indicator of a known shape needs."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb

from core.home import VetroHome
from tests.measures.conftest import Measured
from tests.support.parsed_project import put_parsed_project

PRODUCT = Path(__file__).resolve().parents[2]
PACKAGES = (
    "benchmarks",
    "core",
    "dashboards",
    "dbt_project",
    "docs",
    "ingestion",
    "orchestration",
    "publication",
    "quality",
    "simulation",
)
HOW_TO = PRODUCT / "docs" / "how-to" / "add-an-indicator.md"
# The domain in which the entry goes, and the entry that comes after it there.
NEXT = "  - {id: spend_net_per_resident,"


def entry() -> str:
    """The entry that the how-to adds."""
    found = HOW_TO.read_text(encoding="utf-8").split("```yaml\n")[1].split("```")[0]
    assert "id: ssn_share" in found
    return found


def test_the_indicator_of_the_how_to_is_computed_and_described(measured: Measured, tmp_path: Path) -> None:
    project = tmp_path / "project"
    for package in PACKAGES:
        shutil.copytree(
            PRODUCT / package, project / package, ignore=shutil.ignore_patterns("__pycache__", "target")
        )
    registry = project / "dbt_project" / "indicators.yaml"
    text = registry.read_text(encoding="utf-8")
    assert text.count(NEXT) == 1
    # Whoever follows the page has it in already: then it is that entry which is looked at.
    added = "" if "{id: ssn_share," in text else entry()
    registry.write_text(text.replace(NEXT, added + NEXT), encoding="utf-8")
    home = tmp_path / "home"
    shutil.copytree(measured.home.root / "raw", home / "raw", copy_function=shutil.copy2)
    for name in ("instances.yaml", "ats.csv"):
        if (measured.home.root / name).is_file():
            shutil.copy2(measured.home.root / name, home / name)
    put_parsed_project(VetroHome.at(home))
    in_the_copy(project, "-m", "orchestration.reference_pages")
    in_the_copy(project, "-c", "from orchestration.cli import main; main()", "--home", str(home), "build")

    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        figure = connection.execute(
            """select numerator, denominator, value from marts.indicator_value
               where indicator_id = 'ssn_share' and scope_type = 'instance' and scope_id = 'alba'
                   and period_type = 'year' and period_start = date '2025-01-01' and area = 'ALL'"""
        ).fetchall()
        words = connection.execute(
            "select name_it, definition_en from marts.dim_indicator where indicator_id = 'ssn_share'"
        ).fetchall()
        wide = connection.execute(
            "select count(ssn_share) > 0 from marts.territory_overview where instance_id = 'alba'"
        ).fetchone()
    assert [tuple(map(float, row)) for row in figure] == [(10, 400, 0.025)]
    assert words == [
        ("Quota del servizio sanitario", "Part of the value of services that the health service pays.")
    ]
    assert wide == (True,)
    dictionary = (project / "docs" / "reference" / "data-dictionary.md").read_text(encoding="utf-8")
    assert dictionary.count("| `ssn_share` | double | Health service share (ratio) |") == 2


def in_the_copy(project: Path, *arguments: str) -> None:
    variables = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=project,
        env=variables | {"PYTHONPATH": str(project)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-3000:]
