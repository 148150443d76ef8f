"""One small network, simulated once; homes to walk through are made from it."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from core.home import VetroHome
from core.settings import Settings
from ingestion.corrections.lines import COLUMNS
from ingestion.identity.resolution import REVIEWED, Merge, read_reviewed, write_reviewed
from ingestion.instances import register_instances
from ingestion.loading.ingest import ingest
from orchestration.warehouse import Warehouse
from publication.release import publish
from simulation import network
from tests.support import canaries, walked_home
from tests.support.command_line import Vetro, command_line
from tests.support.gates import RecordedGate
from tests.support.parsed_project import put_parsed_project
from tests.support.sole_traders import SoleTrader, plant
from tests.support.traces import raw_values
from tests.support.walked_home import Walk

GATE = RecordedGate(True, datetime(2026, 10, 1, tzinfo=UTC), [])
# When it was said that two persons are one: before the build of the release, and after it.
KNOWN, LATER = datetime(2026, 1, 15), datetime(2026, 1, 16)


@pytest.fixture
def vetro(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Vetro:
    """A function that runs a command in this process, and returns its exit code and what it wrote."""
    return command_line(monkeypatch, capsys)


@pytest.fixture(scope="session")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Exports of the smallest network, one folder per territory."""
    return walked_home.simulate_exports(tmp_path_factory.mktemp("simulated"))


@pytest.fixture(scope="session")
def new_home(simulated: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Settings]:
    """A function that makes a home in which two territories are registered and their first exports landed."""

    return lambda: walked_home.new_home(tmp_path_factory.mktemp("home"), simulated)


@pytest.fixture(scope="session")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """One whole run, in a terminal as people have one, after its end."""
    return walked_home.walk(tmp_path_factory.mktemp("walked") / "home")


@pytest.fixture(scope="session")
def walked(walk: Walk) -> Settings:
    """The home after that run. Shared: tests that change it make a copy."""
    return Settings(home=walk.home)


@pytest.fixture(scope="session")
def with_sole_traders(
    simulated: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, SoleTrader]]:
    """All that one territory ever sent, with a sole trader in every role of an organisation, and these;
    canaries in the last export but one.
    """
    exports = tmp_path_factory.mktemp("sole_traders") / "milano"
    shutil.copytree(simulated / "milano", exports)
    canaries.plant(sorted(path for path in exports.iterdir() if path.name[0] != ".")[-2])
    return exports, plant(exports)


@pytest.fixture(scope="session")
def published(
    with_sole_traders: tuple[Path, dict[str, SoleTrader]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Settings, Warehouse]]:
    """One territory of the smallest network and all that it ever sent, with a correction, persons said to be
    one and sole traders, built and published. Shared: tests that change it make a copy.
    """
    settings = Settings(home=tmp_path_factory.mktemp("published"), memory="1GB", threads=2)
    home = settings.vetro_home.ensure()
    put_parsed_project(home)
    register_instances(home, {"milano": network.instances(0.01)["milano"]})
    ingest(home, sorted(path for path in with_sole_traders[0].iterdir() if path.name[0] != "."))
    correct_one_name(home)
    tell_pairs(home, slice(0, 10), KNOWN)
    warehouse = Warehouse(settings)
    assert warehouse.build().succeeded
    # Told between the build and the publication: the release does not know of them.
    tell_pairs(home, slice(10, 20), LATER)
    publish(home, gate=GATE, code_version="1")
    yield settings, warehouse


def tell_pairs(home: VetroHome, which: slice, at: datetime) -> None:
    """Say of some persons with deliveries, two by two, that they are one."""
    people = dict(raw_values(home.raw, "person", "record_id, id_pseudonym"))
    served = {who for (who,) in raw_values(home.raw, "service_delivery", "person_id")}
    codes = sorted({people[who] for who in served if people.get(who)})[which]
    pairs = [Merge(*pair, at, REVIEWED) for pair in zip(codes[::2], codes[1::2], strict=True)]
    home.raw_merges.mkdir(exist_ok=True)
    write_reviewed(home.reviewed_merges, [*read_reviewed(home), *pairs])


def correct_one_name(home: VetroHome) -> None:
    """Correct the name of an organisation that is always sent under the same one."""
    sent = f"read_parquet('{home.raw}/instance=*/export=*/organisation.parquet', union_by_name = true)"
    with duckdb.connect() as connection:
        record_id, name = connection.execute(
            f"select record_id, min(name) from {sent} group by record_id "
            "having count(distinct name) = 1 and bool_and(not is_sole_trader) order by all limit 1"
        ).fetchone()
    line = ("milano", "organisation", record_id, "name", name, "Right name", "why", "who", "2026-11-01")
    home.corrections_file.write_text(f"{';'.join(COLUMNS)}\n{';'.join(line)}\n", encoding="utf-8")
