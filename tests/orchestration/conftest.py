"""One small network, simulated once; homes to walk through are made from it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ingestion.instances import register_instances
from orchestration.settings import Settings
from simulation import network
from tests.support.homes import first_exports, land

INSTANCES = ("rho", "matera")


@pytest.fixture(scope="session")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Exports of the smallest network, one folder per territory."""
    out = tmp_path_factory.mktemp("simulated")
    network.simulate(out, scale=0.01, seed=1)
    return out


@pytest.fixture(scope="session")
def new_home(simulated: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Settings]:
    """A function that makes a home in which two territories are registered and their first exports landed."""

    def make() -> Settings:
        settings = Settings(home=tmp_path_factory.mktemp("home"))
        home = settings.vetro_home.ensure()
        entries = network.instances(0.01)
        register_instances(home, {name: entries[name] for name in INSTANCES})
        for name in INSTANCES:
            for export in first_exports(simulated, name):
                land(home, export, name)
        return settings

    return make


@pytest.fixture(scope="session")
def walked(new_home: Callable[[], Settings]) -> Iterator[Settings]:
    """A home after one whole run. Shared: tests that change it make a copy."""
    from orchestration import pipeline

    settings = new_home()
    outcome = pipeline.run(settings)
    assert outcome.exit_code == pipeline.DONE, outcome
    yield settings
