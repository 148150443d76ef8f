"""Exports that come in any order and number of builds leave the same tables as all of them in one build."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import duckdb
import pytest

from tests.second_computation.export_files import find_exports, read_export
from tests.support.built_network import BuildingSite
from tests.support.network import GeneratedNetwork, Knobs, build_network

Rows = dict[str, tuple[int, str]]


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> GeneratedNetwork:
    """Erasures, corrections, reversals, late rows and a second full export, in two territories."""
    return build_network(tmp_path_factory.mktemp("network"), Knobs(seed=21, months=4, deliveries_a_month=20))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> BuildingSite:
    return BuildingSite(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def in_one_build(network: GeneratedNetwork, site: BuildingSite) -> Rows:
    site.clear(network.instances_file)
    site.receive(find_exports(network.exports))
    return contents(site.home.warehouse)


def contents(warehouse: Path) -> Rows:
    """Every published table: how many rows, and a sum of their hashes that no order changes.

    Moments are left out: when an export was taken in may differ. Doubles count to their last bit.
    """
    found: Rows = {}
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        tables = connection.execute(
            """select table_schema || '.' || table_name, list(column_name order by column_name)
            from information_schema.columns
            where table_schema in ('marts', 'quality') and data_type not like 'TIMESTAMP%' group by all"""
        ).fetchall()
        for table, columns in tables:
            row = ", ".join(f'"{column}"' for column in columns)
            count, content = connection.execute(
                f"select count(*), coalesce(sum(hash({row})), 0) from {table}"
            ).fetchone()
            found[table] = count, str(content)
    return found


def batches(network: GeneratedNetwork, draw: Random) -> Iterator[list[Path]]:
    """The exports in an order drawn at random, each territory's own in sequence, in two or three builds."""
    waiting: dict[str, list[Path]] = {}
    for path in sorted(find_exports(network.exports), key=lambda path: read_export(path).sequence):
        waiting.setdefault(read_export(path).instance, []).append(path)
    order: list[Path] = []
    while waiting:
        name = draw.choice(sorted(waiting))
        order.append(waiting[name].pop(0))
        waiting = {instance: paths for instance, paths in waiting.items() if paths}
    cuts = sorted(draw.sample(range(1, len(order)), draw.choice([1, 2])))
    for first, last in zip([0, *cuts], [*cuts, len(order)], strict=True):
        yield order[first:last]


def build_in_batches(network: GeneratedNetwork, site: BuildingSite, seed: int) -> Rows:
    site.clear(network.instances_file)
    for batch in batches(network, Random(seed)):
        site.receive(batch)
    return contents(site.home.warehouse)


def differing(one: Rows, other: Rows) -> dict[str, tuple]:
    names = {*one, *other}
    return {name: (one.get(name), other.get(name)) for name in names if one.get(name) != other.get(name)}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(1))
def test_any_sequence_of_builds_leaves_what_one_build_leaves(
    seed: int, network: GeneratedNetwork, site: BuildingSite, in_one_build: Rows
) -> None:
    assert differing(build_in_batches(network, site, seed), in_one_build) == {}


@pytest.mark.long
@pytest.mark.timeout(0)
@pytest.mark.parametrize("seed", range(1, 50))
def test_any_of_many_sequences_of_builds_leaves_what_one_build_leaves(
    seed: int, network: GeneratedNetwork, site: BuildingSite, in_one_build: Rows
) -> None:
    assert differing(build_in_batches(network, site, seed), in_one_build) == {}


def test_a_lost_row_or_a_changed_one_is_seen(in_one_build: Rows, site: BuildingSite, tmp_path: Path) -> None:
    copy = tmp_path / "warehouse.duckdb"
    copy.write_bytes(site.home.warehouse.read_bytes())
    with duckdb.connect(str(copy)) as connection:
        connection.execute(
            "delete from marts.fct_payment where record_id = (select min(record_id) from marts.fct_payment)"
        )
        connection.execute("update marts.dim_person set sex = 'ND' where sex = 'F'")
    assert {"marts.fct_payment", "marts.dim_person"} <= set(differing(contents(copy), in_one_build))
