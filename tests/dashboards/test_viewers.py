"""A viewer's database holds that viewer's rows and what everybody can read, and can reach nothing else.

Nothing here says which rows are whose: whatever a viewer gets that a stranger of the same role does not get
must name what is the viewer's own. Every function of `queries` is called, also those yet to be written.
"""

import inspect
import shutil
from collections.abc import Iterator
from dataclasses import asdict, is_dataclass
from datetime import date
from itertools import product
from pathlib import Path

import duckdb
import pytest
import streamlit as st

from dashboards import queries
from dashboards.access.connections import connection
from dashboards.access.scoped_copy import SEE_ALL, lay_down
from dashboards.access.table_rules import TABLES
from dashboards.access.viewer import EVERYTHING, NOBODY, ROLES, Viewer, ViewerDatabase
from tests.support.built_release import DATABASE, copy_emptied_release
from tests.support.release_figures import AS_OF, FUNDERS, PROVIDERS, SMALL, TERRITORIES, grants
from tests.support.release_ways import CONSORTIUM

FUNDER, OTHER_FUNDER = list(FUNDERS)[:2]
PROVIDER, OTHER_PROVIDER = list(PROVIDERS)[:2]
OWN, OTHER = SMALL, next(one for one in TERRITORIES if one != SMALL)
VIEWERS = (
    Viewer("foundation", funders=(FUNDER,)),
    Viewer("municipality", instances=(OWN,)),
    Viewer("municipality", instances=(OWN,), sees_persons=True),
    Viewer("provider", providers=(PROVIDER,)),
    Viewer("provider", consortia=(CONSORTIUM,)),
)
OWN_GRANT = grants(0)[0]["key"]
OTHER_GRANT = next(each["key"] for each in grants(1) if not each["key"].startswith(f"{OWN}:"))
NAMED = ("foundation", "municipality", "municipality-persons", "provider", "consortium")
STRANGERS = {
    "foundation": Viewer("foundation", funders=("00000000000",)),
    "municipality": Viewer("municipality", instances=("nowhere",)),
    "provider": Viewer("provider", providers=("00000000000",)),
}
# With which values a query is called, by the name of its parameter: ids of the viewer and of others, or all.
ASKED = {
    "indicators": [("persons_served", "deliberated", "deliveries")],
    "indicator": ["persons_per_1000"],
    "area": ["ALL"],
    "year": [date(2024, 1, 1), date(2025, 1, 1)],
    "period_type": ["year"],
    "first_day": [date(2025, 1, 1)],
    "last_day": [date(2025, 12, 31)],
    "as_of": [AS_OF],
    "funder": [FUNDER, OTHER_FUNDER],
    "provider": [PROVIDER, OTHER_PROVIDER],
    "instance": [OWN, OTHER],
    "instances": [None, (OWN,), (OTHER,)],
    "scope_type": ["instance", "funder", "provider", "grant", "consortium", "network"],
    "scope_id": [None, OWN, OTHER, FUNDER, OTHER_FUNDER, PROVIDER, OTHER_PROVIDER, CONSORTIUM],
    "protected": [False],
    "consortium": [CONSORTIUM, PROVIDER],
    "grant": [OWN_GRANT, OTHER_GRANT],
    "call": [f"{OWN}:CA-1", f"{OTHER}:CA-1"],
    "funnel": ["request"],
    "days": [(30, 90)],
    "within": [60],
    "material": [1_000.0],
    "order": [("PERSONNEL",)],
    "least_followup": [0.6],
    "most_behind": [0.2],
    "column": ["programme"],
}
# These count or sum up the rows that a viewer holds, and name nobody. The first are about interventions of
# a funder, those of others too, as far as they are in the viewer's own territory.
OF_GRANTS = {"ledger_by", "grants_past_change", "measured_by_state"}
SUMMED = {"row_counts", "reconciliation", "quarantine", "indicators", "periods", *OF_GRANTS}
# These are no queries of a release.
OTHERS = {"rows", "columns", "by_key", "last_run", "opened_pages", "Row", "ViewerDatabase"}


@pytest.fixture(scope="module")
def release(shelf: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A copy: a process opens one file in one way, and the pages may have opened theirs in another."""
    copied = tmp_path_factory.mktemp("viewers") / "release"
    shutil.copytree((shelf / "ordinary" / "current").resolve(), copied)
    return str(copied / "private" / DATABASE)


def calls() -> Iterator[tuple[str, dict[str, object]]]:
    for name in sorted(set(queries.__all__) - OTHERS):
        first, *parameters = inspect.signature(getattr(queries, name)).parameters.values()
        assert first.name == "database", f"the first argument of queries.{name} is the database of a viewer"
        needed = [each.name for each in parameters if each.default is each.empty or each.name in ASKED]
        unknown = [each for each in needed if each not in ASKED]
        assert not unknown, (
            f"queries.{name} takes {', '.join(unknown)}: say in ASKED of {Path(__file__).name} with which "
            "values it is called, those of a viewer and those of others"
        )
        for values in product(*(ASKED[each] for each in needed)):
            yield name, dict(zip(needed, values, strict=True))


def names_own(value: object, own: set[str]) -> bool:
    """Whether a value, or one within it, is an id of the viewer's own, or of something within it."""
    if isinstance(value, str):
        return value in own or value.partition(":")[0] in own
    if isinstance(value, dict):
        return any(names_own(each, own) for each in [*value, *value.values()])
    if isinstance(value, list | tuple | set):
        return any(names_own(each, own) for each in value)
    return is_dataclass(value) and names_own(asdict(value), own)


def own_of(viewer: Viewer, release: str) -> set[str]:
    """The ids that are a viewer's own, with the grants of a funder, the consortium of a provider and the
    members of a consortium."""
    own = {*viewer.funders, *viewer.instances, *viewer.providers, *viewer.consortia}
    with duckdb.connect(release, read_only=True) as c:
        grants = c.execute("select grant_key, funder_tax_code from marts.dim_grant").fetchall()
        members = c.execute(
            "select consortium_tax_code, member_tax_code from marts.consortium_overview"
        ).fetchall()
    own |= {consortium for consortium, member in members if member in viewer.providers}
    own |= {member for consortium, member in members if consortium in viewer.consortia}
    return own | {key for key, funder in grants if funder in viewer.funders}


def listed(found: object) -> list:
    if isinstance(found, dict):
        return [found]
    return list(found) if isinstance(found, list | set | tuple) else [found]


@pytest.mark.parametrize("viewer", VIEWERS, ids=NAMED)
def test_no_query_gives_a_viewer_what_is_of_others(release: str, viewer: Viewer) -> None:
    mine = ViewerDatabase(release, viewer)
    stranger = ViewerDatabase(release, STRANGERS[viewer.role])
    own, gained = own_of(viewer, release), 0
    for name, arguments in calls():
        query = getattr(queries, name)
        try:
            strange = listed(query(stranger, **arguments))
        except duckdb.CatalogException:
            # The role does not hold a table of it.
            with pytest.raises(duckdb.CatalogException):
                query(mine, **arguments)
            continue
        found = listed(query(mine, **arguments))
        more = [each for each in found if each not in strange]
        gained += len(more)
        of_others = [each for each in ids_of(arguments) if not names_own(each, own)]
        if name in SUMMED:
            assert not (more and of_others and name not in OF_GRANTS), (name, arguments, more[:3])
        elif of_others or not names_own(arguments, own):
            assert all(names_own(each, own) for each in more), (name, arguments, more[:3])
    # The release knows little of its only consortium.
    assert gained > (5 if viewer.consortia else 10), (
        "a viewer gets no more than a stranger: nothing was tried"
    )


def ids_of(arguments: dict[str, object]) -> list[object]:
    """Return those of the arguments that are ids."""
    ids = ("funder", "provider", "instance", "instances", "scope_id", "grant", "call", "consortium")
    return [value for key, value in arguments.items() if key in ids and value is not None]


@pytest.mark.parametrize("viewer", VIEWERS, ids=NAMED)
def test_no_row_of_a_viewer_is_of_others(release: str, viewer: Viewer) -> None:
    """Also of tables that no query reads yet."""
    own, compared = own_of(viewer, release), 0
    mine, stranger = (
        connection(ViewerDatabase(release, each)).cursor() for each in (viewer, STRANGERS[viewer.role])
    )
    names = [name for (name,) in mine.execute(TABLES_OF).fetchall()]
    assert names == [name for (name,) in stranger.execute(TABLES_OF).fetchall()]
    for name in names:
        known = set(map(repr, stranger.execute(f"from {name}").fetchall()))
        more = [row for row in mine.execute(f"from {name}").fetchall() if repr(row) not in known]
        compared += len(more)
        if name == "marts.dim_organisation":
            # Who works in a territory is its own; the territories stand in one text.
            more = [row for row in more if not set(" | ".join(map(str, row)).split(" | ")) & own]
        assert all(names_own(row, own) for row in more), name
    assert compared > 10


TABLES_OF = "select schema_name || '.' || table_name from duckdb_tables() order by 1"


@pytest.mark.parametrize("viewer", [*VIEWERS, Viewer("network"), Viewer("operations")], ids=lambda v: v.role)
def test_a_hidden_number_is_in_no_row(release: str, viewer: Viewer) -> None:
    """But for the territory's own, where the policy says so."""
    c = connection(ViewerDatabase(release, viewer)).cursor()
    numbers = (
        "coalesce(numerator, denominator, value, ci_low, ci_high, n_persons, previous_value) is not null"
    )
    hidden = c.execute(
        f"select scope_type, scope_id from marts.indicator_value where mark = 'suppressed' and {numbers}"
    ).fetchall()
    own = own_of(viewer, release) if viewer.sees_persons else set()
    assert all(names_own(row, own) for row in hidden)
    assert bool(hidden) is viewer.sees_persons
    assert c.execute("select count(*) from marts.indicator_value where mark = 'suppressed'").fetchone()[0] > 0
    if not viewer.sees_persons:
        assert not c.execute(
            "from marts.indicator_value where mark = 'suppressed' and status is distinct from 'suppressed'"
        ).fetchall()
    tables = [name for (name,) in c.execute(TABLES_OF).fetchall()]
    assert not [name for name in tables if "fct_" in name or "person_contribution" in name]


def test_what_a_stranger_holds_of_figures_is_what_the_public_side_prints(release: str) -> None:
    with duckdb.connect(release.replace("/private/", "/public/"), read_only=True) as c:
        printed = "select indicator_id, scope_type, scope_id, item, area, period_type, period_start, "
        printed += (
            "population_group, numerator, denominator, value, mark from {}.indicator_value order by all"
        )
        expected = c.execute(printed.format("publication")).fetchall()
    for viewer in STRANGERS.values():
        found = connection(ViewerDatabase(release, viewer)).cursor().execute(printed.format("marts"))
        held = found.fetchall()
        if viewer.role == "municipality":
            # What the whole network has, beside what is public.
            assert set(expected) <= set(held)
            held = [row for row in held if row[1] != "network" or row in expected]
        assert held == expected


def test_a_municipality_holds_what_the_network_has_where_no_territory_is_hidden(release: str) -> None:
    """Whoever knows their own hidden figure would subtract it from the network's."""
    key = "indicator_id, item, area, period_start"
    with duckdb.connect(release, read_only=True) as c:
        of_year = f"select distinct {key} from marts.indicator_value where period_type = 'year' and "
        of_year += "population_group = 'ALL' and "
        hidden = set(c.execute(of_year + "scope_type = 'instance' and mark = 'suppressed'").fetchall())
        whole = set(c.execute(of_year + "scope_type = 'network' and mark in ('value', 'zero')").fetchall())
    with duckdb.connect(release.replace("/private/", "/public/"), read_only=True) as c:
        public = set(
            c.execute(
                f"select {key} from publication.indicator_value where scope_type = 'network' "
                "and period_type = 'year' and population_group = 'ALL'"
            ).fetchall()
        )
    assert whole & hidden and whole - hidden - public, "these figures would prove nothing"
    for viewer in VIEWERS[1:3]:
        c = connection(ViewerDatabase(release, viewer)).cursor()
        held = "select {} from marts.indicator_value where scope_type = 'network' and period_type = 'year' "
        held += "and population_group = 'ALL' and {}"
        shown = c.execute(held.format(key, "mark in ('value', 'zero')")).fetchall()
        assert set(shown) - public == whole - hidden - public
        numbers = "coalesce(numerator, denominator, value, ci_low, ci_high) is not null"
        assert not c.execute(held.format(key, f"mark = 'not_visible' and {numbers}")).fetchall()
        assert len(c.execute(held.format(key, "true")).fetchall()) == len(
            set(c.execute(held.format(key, "true")).fetchall())
        )


def test_what_is_not_among_a_viewers_rows_is_not_theirs(release: str) -> None:
    mine = ViewerDatabase(release, VIEWERS[1])
    assert queries.is_own(mine, "instance", OWN) and not queries.is_own(mine, "instance", OTHER)
    assert not queries.is_own(mine, "network", "network") and not queries.is_own(mine, "provider", PROVIDER)
    assert queries.is_own(ViewerDatabase(release, VIEWERS[3]), "provider", PROVIDER)
    assert queries.is_own(ViewerDatabase(release, Viewer("network")), "provider", PROVIDER)


@pytest.mark.parametrize("viewer", SEE_ALL, ids=lambda v: v.role)
def test_what_a_release_lays_down_for_who_sees_all_is_what_would_be_copied(
    release: str, viewer: Viewer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(Path(release).parents[1], tmp_path / "release")
    private = tmp_path / "release" / "private" / DATABASE
    database = ViewerDatabase(str(private), viewer)
    copied = every_row(connection(database))
    lay_down(private)
    st.cache_resource.clear()
    monkeypatch.setattr("dashboards.access.connections.fill", None)
    assert every_row(connection(database)) == copied
    assert sum(map(len, copied.values())) > 1000
    with pytest.raises(duckdb.Error):
        connection(database).execute(f"attach '{private}' as whole")


def every_row(opened: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """All tables of a connection, their rows in an order of their own."""
    names = [name for (name,) in opened.execute(TABLES_OF).fetchall()]
    return {name: sorted(map(repr, opened.execute(f"from {name}").fetchall())) for name in names}


def test_every_table_of_a_release_is_declared(tmp_path: Path) -> None:
    copy_emptied_release(tmp_path)
    with duckdb.connect(str(tmp_path / "private" / DATABASE), read_only=True) as c:
        tables = [name for (name,) in c.execute(TABLES_OF).fetchall()]
    undeclared = sorted(set(tables) - set(TABLES))
    assert not undeclared, (
        f"{', '.join(undeclared)}: say in dashboards/access/table_rules.py which rows each role holds"
    )
    known = {*ROLES}
    assert all({*rule.rows, *rule.others} <= known for rule in TABLES.values())


def test_a_table_that_is_not_declared_is_in_nobodys_database(
    release: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(TABLES, "marts.dim_month")
    st.cache_resource.clear()
    for viewer in (*VIEWERS, Viewer("network"), Viewer("operations")):
        found = connection(ViewerDatabase(release, viewer)).cursor().execute(TABLES_OF).fetchall()
        assert ("marts.dim_month",) not in found and ("marts.dim_instance",) in found
    st.cache_resource.clear()
    assert connection(ViewerDatabase(release, NOBODY)).cursor().execute(TABLES_OF).fetchall() == [
        ("own.instances",)
    ]


REACHING_OUT = (
    "select * from read_csv('{file}')",
    "select * from read_text('{file}')",
    "select * from read_parquet('{file}')",
    "select * from '{file}'",
    "select * from glob('{folder}/*')",
    "attach '{database}' as other",
    "attach '{database}' as other (read_only)",
    "copy (select 1) to '{folder}/written.csv'",
    "copy marts.dim_instance to '{folder}/written.parquet' (format parquet)",
    "export database '{folder}/exported'",
    "import database '{folder}'",
    "set enable_external_access = true",
    "set threads = 8",
    "set temp_directory = '{folder}'",
    "reset lock_configuration",
    "pragma enable_external_access = true",
    "pragma threads = 8",
    "install httpfs",
    "load httpfs",
    "select * from private.marts.indicator_value",
    "select * from public.publication.indicator_value",
    "select * from marts.fct_service_delivery",
)
# What changes nothing outside, but is no reading.
WRITING = (
    "create table marts.intruder as select 1 as a",
    "create temp table intruder as select 1 as a",
    "delete from marts.dim_month",
    "drop table marts.dim_month",
    "attach ':memory:' as other",
    "set variable a = 1",
    "explain select 1",
    "pragma enable_profiling",
    "call enable_logging()",
    "select 1; select 2",
    "",
)


@pytest.mark.parametrize("viewer", [*VIEWERS, Viewer("network"), EVERYTHING], ids=lambda v: v.role)
def test_a_connection_reaches_nothing_but_its_rows(release: str, viewer: Viewer, tmp_path: Path) -> None:
    file = tmp_path / "file.csv"
    file.write_text("a\n1\n", encoding="utf-8")
    places = {"file": file, "folder": tmp_path, "database": release.replace("/private/", "/public/")}
    database = ViewerDatabase(release, viewer)
    for attempt in REACHING_OUT:
        sql = attempt.format(**places)
        with pytest.raises(duckdb.Error):
            connection(database).cursor().execute(sql).fetchall()
        with pytest.raises(duckdb.Error):
            queries.rows(database, sql)
    for sql in WRITING:
        with pytest.raises(duckdb.Error):
            queries.rows(database, sql)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file.csv"]
    assert queries.rows(database, "select count(*) as n from marts.dim_instance")[0]["n"] == len(TERRITORIES)


def test_no_answer_is_kept_for_another_viewer(release: str) -> None:
    """Caches know viewers apart, also those that differ in one word."""
    first = {queries.instances(ViewerDatabase(release, each))[0]["instance_id"] for each in VIEWERS[1:2]}
    assert first == {OWN}
    other = Viewer("municipality", instances=(OTHER,))
    assert [row["instance_id"] for row in queries.instances(ViewerDatabase(release, other))] == [OTHER]
    ats = Viewer("municipality", ats=(OTHER,))
    assert queries.instances(ViewerDatabase(release, ats)) == []
    assert len(queries.instances(ViewerDatabase(release, EVERYTHING))) == len(TERRITORIES)
    protected, shown = (ViewerDatabase(release, each) for each in VIEWERS[1:3])
    asked = (("persons_served",), "instance", OWN, "year")
    hidden = [figure for figure in queries.figures(protected, *asked, area="EACH") if not figure.is_shown]
    assert {figure.mark for figure in hidden} == {"suppressed"} and {f.value for f in hidden} == {None}
    assert all(figure.is_shown for figure in queries.figures(shown, *asked, area="EACH"))
