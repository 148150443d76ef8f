"""What was ever public stays as it was printed, whichever release is current and whatever became of its
folder; a year that is issued again is attacked beside all of it."""

import json
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from core.errors import VetroError
from core.home import VetroHome
from publication import printed
from publication.attack.attacker import SMALL_DIFFERENCE, AttackReport, attack
from publication.composition import is_data_file
from publication.release import Release, diff, publish, rollback
from publication.release_record import read_release
from publication.revision import LATE_DATA
from publication.verification import verify
from tests.support.gates import RecordedGate
from tests.support.known_besides import protect_by_tables_alone
from tests.support.published import HIDDEN, Published
from tests.support.warehouse import Size, build_warehouse

OPEN = RecordedGate(True, datetime(2026, 10, 1, tzinfo=UTC), [])
SMALL = Size(instances=3, persons=150)
T01, T04, T14 = (
    "t01_persons_by_territory_and_area",
    "t04_persons_by_quarter",
    "t14_public_money_and_data_quality",
)


def tell(home: VetroHome, sql: str = "", export: str = "later") -> None:
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute(f"update quality.export_log set export_id = export_id || '-{export}'")
        if sql:
            connection.execute(sql)


ONE_LESS = """
    update marts.indicator_value set numerator = numerator - 1, value = value - 1
    where indicator_id = 'persons_served' and period_type = 'quarter' and area = 'ALL'
        and period_start >= date '2025-04-01' and numerator > 8"""
A_FEW_MORE = """
    update marts.indicator_value set numerator = numerator + 2, value = value + 2, n_persons = n_persons + 2
    where indicator_id = 'persons_served' and period_start = date '2025-01-01'"""


def next_release(home: VetroHome, **again) -> Release:
    return publish(home, gate=OPEN, code_version="1", **again)


@pytest.fixture(scope="module")
def rolled_back(tmp_path_factory) -> VetroHome:
    """Two releases, the second with a year more, and back to the first; since then one person less."""
    home = VetroHome.at(tmp_path_factory.mktemp("home")).ensure()
    build_warehouse(home.warehouse, Size(SMALL.instances, SMALL.persons, last_day=date(2025, 6, 30)))
    first = next_release(home)
    build_warehouse(home.warehouse, SMALL)
    tell(home)
    next_release(home)
    rollback(home, first.release_id)
    tell(home, ONE_LESS, "after")
    return home


@pytest.fixture
def home(rolled_back, tmp_path) -> VetroHome:
    shutil.copytree(rolled_back.root, tmp_path / "home", symlinks=True)
    return VetroHome.at(tmp_path / "home")


def by_age(home: VetroHome) -> list[Path]:
    folders = [path for path in home.releases.iterdir() if path.is_dir() and not path.is_symlink()]
    return sorted(folders, key=lambda path: path.name)


def data(folder: Path, table: str) -> str:
    return (folder / "public" / "data" / f"{table}.csv").read_text()


def damage(file: Path) -> None:
    file.chmod(0o644)
    file.write_bytes(b"\xff\x00 no file of ours\n" * 40)


@pytest.fixture(scope="module")
def went_on(rolled_back, tmp_path_factory) -> VetroHome:
    """That home with the next release. Shared: nothing in it is changed."""
    home = VetroHome.at(tmp_path_factory.mktemp("on") / "home")
    shutil.copytree(rolled_back.root, home.root, symlinks=True)
    next_release(home)
    return home


def test_after_a_rollback_the_next_release_prints_what_was_ever_printed(rolled_back, went_on):
    first, second = (went_on.releases / path.name for path in by_age(rolled_back))
    made = went_on.current_release.resolve()
    record = read_release(made)
    assert (record["previous"], record["former"]) == (first.name, [second.name])
    for table in (T01, T04):
        assert data(made, table) == data(second, table)
    assert "2026-Q2" in data(made, T04)
    assert not attack(made, second).findings
    assert not attack(made, first).findings
    assert printed.ever_public(went_on)[0].release_id == made.name
    assert verify(went_on, made.name).holds


@pytest.mark.parametrize("fate", ["folder gone", "folder damaged", "memory gone", "memory damaged"])
def test_the_next_release_is_the_same_whatever_became_of_what_was_printed(home, went_on, fate):
    first, second = by_age(home)
    remembered = home.printed / second.name
    if fate == "folder gone":
        shutil.rmtree(second)
    elif fate == "folder damaged":
        damage(second / "public" / "data" / f"{T01}.parquet")
    elif fate == "memory gone":
        shutil.rmtree(home.printed)
    else:
        damage(remembered / "public" / "data" / f"{T01}.parquet")
    made, expected = read_release(next_release(home).path), read_release(went_on.current_release)
    assert (made["previous"], made["former"]) == (first.name, [second.name])
    # The same bytes: what the attack finds of the one it finds of the other.
    hashes = [
        {name: file["sha256"] for name, file in record["files"].items() if is_data_file(name)}
        for record in (made, expected)
    ]
    assert hashes[0] == hashes[1] and hashes[0]
    assert printed.ever_public(home)[0].release_id == made["release_id"]
    assert verify(home, made["release_id"]).holds


def test_where_nothing_remembers_what_was_printed_nothing_is_published(home):
    first, second = by_age(home)
    for folder in (second, home.printed / second.name):
        damage(folder / "public" / "data" / f"{T01}.parquet")
    with pytest.raises(VetroError, match=f"{second.name}.*ripristinare"):
        next_release(home)
    assert home.current_release.resolve() == first
    # What the sentence offers: both are removed, and from then on only the first is known.
    shutil.rmtree(second)
    shutil.rmtree(home.printed / second.name)
    made = next_release(home)
    assert read_release(made.path)["former"] == []


def test_a_chain_of_rollbacks_forgets_nothing(home):
    first, second = by_age(home)
    third = next_release(home)
    for name in (first.name, third.release_id, second.name, first.name):
        rollback(home, name)
    tell(home, ONE_LESS, "again")
    fourth = next_release(home)
    assert set(read_release(fourth.path)["former"]) == {second.name, third.release_id}
    assert data(fourth.path, T04) == data(second, T04)
    for earlier in (first, second, third.path):
        assert not attack(fourth.path, earlier).findings


def test_without_what_was_ever_public_the_same_sequence_tells_a_person(home):
    """The test above can fail: remembering only the current release gives somebody away."""
    _, second = by_age(home)
    kept = home.root / "kept"
    second.rename(kept)
    shutil.rmtree(home.printed)
    made = next_release(home)
    assert {finding.kind for finding in attack(made.path, kept).findings} >= {SMALL_DIFFERENCE}


def test_a_year_issued_again_is_attacked_beside_all_that_was_ever_public(home):
    """The current release never had that year; the one that was gone back from did."""
    first, _ = by_age(home)
    tell(home, A_FEW_MORE, "more")
    with pytest.raises(VetroError, match="too little changed"):
        next_release(home, revised_years=("2025",))
    assert home.current_release.resolve() == first


def test_a_year_that_nobody_published_is_not_issued_again(home):
    with pytest.raises(VetroError, match=r"2031.*2024.*/.*2031"):
        next_release(home, revised_years=("2031",))


MORE_MONEY = """
    delete from marts.indicator_value where indicator_id = 'deliberated';
    insert into marts.indicator_value by name
    select 'deliberated' as indicator_id, 'instance' as scope_type, instance_id as scope_id, 'ALL' as item,
        'ALL' as area, unnest(['month', 'quarter', 'year']) as period_type,
        unnest([date '2025-03-01', date '2025-01-01', date '2025-01-01']) as period_start,
        {euro} as numerator, {euro} as value, 'ok' as status, 'ALL' as population_group, 1 as n_instances,
        1 as n_instances_expected, date '2026-09-30' as data_to
    from marts.dim_instance where instance_id = 'rho'"""


def test_a_year_issued_again_shows_late_public_money_says_so_and_leaves_people_as_they_were(tmp_path):
    home = VetroHome.at(tmp_path / "home").ensure()
    build_warehouse(home.warehouse, SMALL)
    tell(home, MORE_MONEY.format(euro=1000))
    first = next_release(home)
    tell(home, "update marts.indicator_value set numerator = 1777, value = 1777 where numerator = 1000")
    second = next_release(home)
    assert data(second.path, T14) == data(first.path, T14)
    third = next_release(home, revised_years=("2025",), why="Un invio in ritardo / A late export")
    assert "1777" in data(third.path, T14)
    assert data(third.path, T01) == data(first.path, T01)
    assert not attack(third.path, second.path).findings
    day = third.created_at.date().isoformat()
    told = {"year": "2025", "revised_on": day, "why": "Un invio in ritardo / A late export"}
    assert json.loads((third.path / "public" / "tables.json").read_text())["revisions"] == [told]
    with duckdb.connect(str(third.path / "public" / "casa-di-vetro.duckdb"), read_only=True) as connection:
        rows = connection.execute("select year, cast(revised_on as varchar), why from publication.revision")
        assert rows.fetchall() == [tuple(told.values())]
    changes = diff(home, second.release_id, third.release_id)
    assert {change.reason for change in changes.changes} == {"correction"}
    assert "2025: issued again" in changes.as_text()
    # The next release still says it, without being asked to issue anything again.
    tell(home, export="next")
    fourth = publish(home, gate=OPEN, code_version="2")
    assert read_release(fourth.path)["revisions"] == [told]
    assert read_release(fourth.path)["revised_years"] == []
    assert " / " in LATE_DATA


AREAS = {"area": {"A": "ALL", "B": "ALL"}}


@pytest.mark.parametrize("persons, findings", [(30, 1), (33, 1), (35, 0)])
def test_money_that_moves_beside_a_count_that_hardly_does_tells_what_somebody_received(
    tmp_path, persons, findings
):
    folders = []
    for nth, (count, euro) in enumerate([(30, 4000), (persons, 4777)]):
        release = Published(AREAS)
        release.table("people", ["area"], {("A",): count, ("B",): 50, ("ALL",): count + 50}, measure="people")
        release.table(
            "euro", ["area"], {("A",): euro, ("B",): HIDDEN, ("ALL",): HIDDEN}, measure="euro", kind="amount"
        )
        folders.append(release.write(tmp_path / str(nth)))
        document = json.loads((folders[-1] / "tables.json").read_text())
        document["zero_links"] = [["euro", "people"]]
        (folders[-1] / "tables.json").write_text(json.dumps(document))
    found = attack(folders[1], folders[0]).findings
    assert sum("euro" in each.place and each.kind == SMALL_DIFFERENCE for each in found) == findings


def test_a_new_name_says_nothing_else(tmp_path):
    """What stands beside the figures of a table may change: no attack is needed for it."""
    description = {
        "tables": [
            {"file": "data/t.csv", "dimensions": {"provider": "provider"}, "measure": "n",
             "mark_column": "n_mark"}
        ]
    }  # fmt: skip
    for folder, row in {
        "before": "'1' as provider, 5 as n, 'value' as n_mark, 'Old name' as provider_name",
        "renamed": "'1' as provider, 5 as n, 'value' as n_mark, 'New name' as provider_name, 'x' as more",
        "moved": "'1' as provider, 6 as n, 'value' as n_mark, 'Old name' as provider_name",
        "marked": "'1' as provider, 5 as n, 'zero' as n_mark, 'Old name' as provider_name",
        "narrower": "'1' as provider, 5 as n",
    }.items():
        public = tmp_path / folder / "public"
        (public / "data").mkdir(parents=True)
        (public / "tables.json").write_text(json.dumps(description), encoding="utf-8")
        duckdb.sql(f"select {row}").write_parquet(str(public / "data" / "t.parquet"))
    said = {
        name: printed.prints_other_figures(tmp_path / "before", [tmp_path / name])
        for name in ("renamed", "moved", "marked", "narrower")
    }
    assert said == {"renamed": False, "moved": True, "marked": True, "narrower": True}


def test_what_a_release_of_before_tells_is_taken_over_and_told_apart(tmp_path, monkeypatch):
    """A release made when neither who works where nor which counts are small was thought of: the next one
    leaves, prints the same, and says how many cells are lost. So does one that issues a year again."""
    home = VetroHome.at(tmp_path).ensure()
    build_warehouse(home.warehouse, Size(2, 120, last_day=date(2026, 5, 31), local_providers=True))
    with monkeypatch.context() as before:
        protect_by_tables_alone(before)
        before.setattr("publication.composition.write_at_work", lambda *_: None)
        before.setattr("publication.release.attack", lambda *_, **__: AttackReport((), 0, 0, 0))
        first = next_release(home)
    tell(home)
    made = next_release(home)
    assert data(made.path, T01) == data(first.path, T01)
    told = read_release(made.path)
    assert len(told["told_before"]) == told["protection"]["told_before"] == len(made.told_before) > 0
    # Without the release before nobody can say that it was told.
    assert {finding.place for finding in attack(made.path).findings} == set(made.told_before)
    tell(home, export="again")
    again = next_release(home, revised_years=["2025"])
    assert set(again.told_before) <= set(made.told_before)
