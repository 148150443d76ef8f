"""One simulated network for the whole package: large enough to count in, written once."""

from pathlib import Path

import duckdb
import pytest

from simulation.network import SimulationReport, simulate
from tests.support.simulated_network import load


@pytest.fixture(scope="session")
def steps() -> list[tuple[str, int, int]]:
    """The progress told while the exports were written."""
    return []


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int]]) -> SimulationReport:
    """Exports at a twentieth of the real size."""
    return simulate(
        tmp_path_factory.mktemp("network"), scale=0.05, seed=7, progress=lambda *s: steps.append(s)
    )


@pytest.fixture(scope="session")
def network(written: SimulationReport, tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """The rows of those exports, as text."""
    return load(written.out, tmp_path_factory.mktemp("unpacked"))


@pytest.fixture(scope="session")
def smallest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Exports at the smallest scale."""
    return simulate(tmp_path_factory.mktemp("smallest"), scale=0.01, seed=3).out
