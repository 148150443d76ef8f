"""Invented data say that they are, in every file of a release, and nothing said later takes it back."""

import csv
import json
import shutil
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from core.home import VetroHome
from publication.release import Release, publish
from publication.release_record import read_release
from publication.verification import verify
from tests.support.published_homes import OPEN, first_release


def say_simulated(home: VetroHome, *instances: str) -> None:
    """What the models make of the exports' own word."""
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute("truncate staging.stg_export")
        connection.execute(
            "insert into staging.stg_export by name "
            "select instance_id, list_contains($1, instance_id) as simulated from marts.dim_instance",
            [list(instances)],
        )


def unpublished(root: Path) -> VetroHome:
    """A home with the small warehouse and no release."""
    home = VetroHome.at(root).ensure()
    shutil.copyfile(VetroHome.at(first_release()).warehouse, home.warehouse)
    return home


@pytest.fixture
def home(tmp_path: Path) -> VetroHome:
    return unpublished(tmp_path / "home")


def instances(home: VetroHome) -> dict[str, str]:
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        rows = connection.execute("select instance_id, instance_name from marts.dim_instance order by 1")
        return dict(rows.fetchall())


def require_said(made: Release, told: str, *words: str) -> None:
    """Every public file says `told`, and what is for people holds the words."""
    public, read = made.path / "public", []
    for path in sorted(public.rglob("*")):
        if path.name.endswith(".it.csv"):
            rows = list(csv.DictReader(path.open(encoding="utf-8-sig"), delimiter=";"))
            (column,) = (name for name in rows[0] if "dati simulati" in name) if rows else ("",)
            assert {row[column] for row in rows} <= {told}, path.name
            assert "dati simulati" in path.open(encoding="utf-8-sig").readline(), path.name
        elif path.suffix == ".csv":
            rows = list(csv.DictReader(path.open(encoding="utf-8")))
            assert {row["simulated_instances"] for row in rows} <= {told}, path.name
            assert "simulated_instances" in path.open(encoding="utf-8").readline(), path.name
        elif path.suffix == ".parquet":
            metadata = pq.read_schema(path).metadata
            assert metadata[b"simulated_instances"].decode() == told, path.name
            assert all(word in metadata[b"notice"].decode() for word in words)
            assert set(pq.read_table(path)["simulated_instances"].to_pylist()) <= {told}, path.name
        elif path.suffix in (".json", ".md", ".ttl", ".rdf", ".jsonld") or path.name == "SHA256SUMS":
            text = path.read_text(encoding="utf-8")
            assert all(word in text for word in words), path.name
        elif path.suffix == ".duckdb":
            with duckdb.connect(str(path), read_only=True) as connection:
                comments = connection.execute("select comment from duckdb_tables()").fetchall()
                said = connection.execute("select whole from publication.simulated_instance").fetchall()
            assert comments and said
            assert all(comment and all(word in comment for word in words) for (comment,) in comments)
        elif path.is_file():
            raise AssertionError(f"{path.name}: nobody says here that its data are simulated")
        read.append(path.suffix)
    assert {".csv", ".parquet", ".json", ".md", ".duckdb", ".ttl", ".rdf", ".jsonld", ""} <= set(read)


def test_every_file_of_an_invented_network_says_so(home: VetroHome) -> None:
    say_simulated(home, *instances(home))
    made = publish(home, gate=OPEN, code_version="1")
    require_said(made, "ALL", "Dati simulati", "Simulated data")
    assert read_release(made.path)["simulated"] == {"whole": True, "instances": instances(home)}
    assert verify(home, made.release_id).holds


@pytest.fixture(scope="module")
def one_invented(tmp_path_factory: pytest.TempPathFactory) -> tuple[VetroHome, Release]:
    """A home whose first territory is invented, and its first release. Shared: copied by who changes it."""
    home = unpublished(tmp_path_factory.mktemp("one"))
    say_simulated(home, next(iter(instances(home))))
    return home, publish(home, gate=OPEN, code_version="1")


def test_one_invented_territory_among_real_ones_is_named_in_every_file(
    one_invented: tuple[VetroHome, Release],
) -> None:
    home, made = one_invented
    (instance, name), *_ = instances(home).items()
    require_said(made, instance, name, "dati simulati", "simulated data")
    with duckdb.connect(str(made.path / "public" / "casa-di-vetro.duckdb"), read_only=True) as connection:
        rows = connection.execute("from publication.simulated_instance").fetchall()
    assert rows == [(instance, name, False)]


def test_real_data_are_called_nothing_else(home: VetroHome) -> None:
    say_simulated(home)
    made = publish(home, gate=OPEN, code_version="1")
    assert read_release(made.path)["simulated"] == {"whole": False, "instances": {}}
    for path in (made.path / "public").rglob("*"):
        if path.is_file() and path.suffix not in (".parquet", ".duckdb"):
            assert "simulat" not in path.read_text(encoding="utf-8").lower(), path.name
    assert "simulated" not in json.dumps(
        [list(pq.read_schema(path).names) for path in (made.path / "public").rglob("*.parquet")]
    )


def test_a_release_on_top_of_an_invented_one_keeps_saying_it(
    one_invented: tuple[VetroHome, Release], tmp_path: Path
) -> None:
    shutil.copytree(one_invented[0].root, tmp_path / "home", symlinks=True)
    home = VetroHome.at(tmp_path / "home")
    (instance, name), *_ = instances(home).items()
    # The warehouse was made again without the word, but what was printed is printed again.
    say_simulated(home)
    made = publish(home, gate=OPEN, code_version="2")
    require_said(made, instance, name, "dati simulati")
