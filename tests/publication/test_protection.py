"""Whatever stands in the warehouse, an attack on the release finds nothing; and without
protection it does.
"""

import json
import re
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from core.errors import VetroError
from core.home import VetroHome
from ingestion.corrections.lines import CorrectionsFile
from publication import composition
from publication.attack.attacker import EXACT, SMALL_NARROWED, TOO_NARROW, attack
from publication.composition import Source, compose
from publication.difference import figure_id, figures_in, parse_figure_id, write
from publication.policy import load_policy
from publication.rebuilding import rebuild
from publication.release import UnknownReleaseError, diff, find, publish
from publication.release_notes import CHANGES_CSV, CHANGES_JSON, write_changes
from publication.release_record import read_release
from publication.simulated import Simulated
from publication.table_list import load_table_list
from publication.tracing import figure_sql, trace
from tests.support.gates import RecordedGate
from tests.support.known_besides import protect_by_tables_alone
from tests.support.published_homes import copy_two_releases
from tests.support.warehouse import Size, build_warehouse

NOW = datetime(2026, 10, 1, tzinfo=UTC)
OPEN = RecordedGate(True, NOW, [])


def composed(tmp_path, size: Size):
    warehouse = build_warehouse(tmp_path / "warehouse.duckdb", size)
    folder = tmp_path / "release"
    folder.mkdir()
    report = compose(folder, Source(warehouse, tmp_path, None, load_policy(), "1"), NOW)
    return folder, report.protection


@pytest.fixture(scope="module")
def ordinary(tmp_path_factory):
    """A folder, the release composed in it and how it was protected. Shared: nothing in it is changed."""
    place = tmp_path_factory.mktemp("ordinary")
    return place, *composed(place, Size(instances=4, persons=500))


def test_an_attack_on_an_ordinary_release_finds_nothing(ordinary):
    _, folder, protection = ordinary
    require_safe(folder, protection)


@pytest.mark.parametrize(
    "size", [Size(4, 60, seed=2), Size(4, 500, local_providers=True)], ids=["few", "local providers"]
)
def test_an_attack_on_a_protected_release_finds_nothing(tmp_path, size):
    require_safe(*composed(tmp_path, size))


def test_what_a_reader_knows_besides_the_tables_opens_what_is_not_protected_against_it(tmp_path, monkeypatch):
    """Who works where, and which counts are small: without the relations for them the attack finds both."""
    protect_by_tables_alone(monkeypatch)
    folder, _ = composed(tmp_path, Size(4, 500, local_providers=True))
    found = {(finding.kind, finding.place.split()[0]) for finding in attack(folder).findings}
    assert {
        (TOO_NARROW, "spend_delivered"),
        (EXACT, "persons_asking"),
        (SMALL_NARROWED, "persons_served"),
    } <= found
    # On the spot is not in the files: there only a count hidden alone in its row is found.
    told = {(finding.kind, finding.place.split()[0]) for finding in attack(folder / "public").findings}
    assert told == {(EXACT, "persons_asking"), (SMALL_NARROWED, "persons_asking")}


def require_safe(folder, protection):
    assert protection.primary > 0
    report = attack(folder)
    assert report.hidden > 0
    assert report.findings == ()
    assert attack(folder / "public").findings == ()


@pytest.mark.parametrize("left_out", ["protect_primary", "protect"])
def test_without_primary_or_without_secondary_protection_it_finds_much(tmp_path, monkeypatch, left_out):
    real = composition.ProtectionReport(0, 0, 0, 0)
    monkeypatch.setattr(composition, left_out, lambda *_: real)
    folder, _ = composed(tmp_path, Size(instances=4, persons=500))
    assert len(attack(folder).findings) > 10


def test_protection_does_not_hide_everything(tmp_path):
    _, protection = composed(tmp_path, Size(instances=4, persons=2000))
    hidden = protection.primary + protection.secondary
    assert 0 < hidden < protection.cells / 4


def test_primary_and_secondary_protection_look_the_same(ordinary):
    _, folder, protection = ordinary
    assert protection.secondary > 0
    for path in (folder / "public" / "data").glob("t0*.parquet"):
        with duckdb.connect() as connection:
            columns = [
                name
                for name, *_ in connection.execute(
                    "describe select * from read_parquet($path)", {"path": str(path)}
                ).fetchall()
            ]
            for column in [name for name in columns if name.endswith("_mark")]:
                marks = connection.execute(
                    f"select distinct {column}, {column.removesuffix('_mark')} is null "
                    "from read_parquet($path)",
                    {"path": str(path)},
                ).fetchall()
                assert set(marks) <= {("value", False), ("zero", False), ("suppressed", True)}


def test_every_public_figure_equals_the_mart_or_is_hidden(ordinary):
    place, folder, _ = ordinary
    with duckdb.connect(str(folder / "public" / "casa-di-vetro.duckdb"), read_only=True) as connection:
        connection.execute(f"attach '{place / 'warehouse.duckdb'}' as warehouse (read_only)")
        wrong, compared = connection.execute("""
            select count(*) filter (where public.numerator <> coalesce(mart.numerator, 0)), count(*)
            from publication.indicator_value as public
            left join warehouse.marts.indicator_value as mart
                using (indicator_id, scope_type, scope_id, item, area, period_type, period_start,
                       population_group)
            where public.mark in ('value', 'zero')""").fetchone()
    assert compared > 200
    assert wrong == 0


def test_the_description_names_every_file_and_column(ordinary):
    public = ordinary[1] / "public"
    document = json.loads((public / "tables.json").read_text())
    described = set()
    for table in document["tables"]:
        header = (public / table["file"]).read_text().splitlines()[0].split(",")
        assert {*table["dimensions"], table["measure"], table["mark_column"]} <= set(header)
        assert table["kind"] in ("count", "amount")
        described.add(table["file"])
    # What is public by name opens nothing (docs/decisions/0054), and its own schema files describe it.
    by_name = {
        "art26_27_concessions", "art4bis_payments", "l124_grants", "quality_score", "results",
        "spending_per_resident",
    }  # fmt: skip
    written = {path.name.partition(".")[0] for path in (public / "data").glob("*.csv")}
    assert described == {f"data/{name}.csv" for name in written - by_name}


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> VetroHome:
    """A home with two releases. Shared: what is changed in it no other test reads."""
    return copy_two_releases(tmp_path_factory.mktemp("two") / "home")


def earlier(home: VetroHome) -> str:
    return read_release(find(home, "current").path)["previous"]


def test_every_change_has_exactly_one_reason(home, tmp_path):
    changes = diff(home, earlier(home), "current")
    assert changes.holds
    assert changes.changes
    reasons = {change.figure: change.reason for change in changes.changes}
    assert set(reasons.values()) <= {"new_data", "correction"}
    # The earlier exports covered 2024 and not 2025 to its end.
    assert {reason for figure, reason in reasons.items() if "period=2025&" in figure} == {"new_data"}
    write(changes, tmp_path)
    assert len((tmp_path / "changes.csv").read_text().splitlines()) == len(changes.changes) + 1
    assert json.loads((tmp_path / "changes.json").read_text())["after"] == changes.after


COUNTED = "t01_persons_by_territory_and_area"
MEASURE = "persons_served"


def altered(home: VetroHome, other: Path, change: str, *, new_export: bool, version: str = "1") -> VetroHome:
    """A copy of the releases in which one figure of the later one, printed in both, is changed."""
    copy = VetroHome.at(other)
    shutil.copytree(home.releases, copy.releases, symlinks=True)
    release = find(copy, "current").path
    shutil.rmtree(release / "public" / "data")
    shutil.copytree(find(copy, earlier(copy)).path / "public" / "data", release / "public" / "data")
    shutil.copy(find(copy, earlier(copy)).path / "public" / "tables.json", release / "public" / "tables.json")
    file = release / "public" / "data" / f"{COUNTED}.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"create table t as from read_parquet('{file}')")
        place = "territory = 'network' and area = 'ALL' and year = '2024'"
        connection.execute(f"update t set {change} where {place}")
        file.unlink()
        connection.execute(f"copy t to '{file}'")
    record = release / "release.json"
    document = json.loads(record.read_text())
    if not new_export:
        document["exports"] = read_release(find(copy, earlier(copy)).path)["exports"]
    if version != "1":
        document["definitions"][MEASURE] = {"sha256": "changed", "version": version}
    record.chmod(0o644)
    record.write_text(json.dumps(document))
    return copy


@pytest.mark.parametrize(
    ("change", "new_export", "version", "reason"),
    [
        # The earlier exports covered 2024 to its end: whatever came later corrects it.
        (f"{MEASURE} = {MEASURE} + 7", True, "1", "correction"),
        (f"{MEASURE} = {MEASURE} - 7", True, "1", "correction"),
        (f"{MEASURE} = {MEASURE} + 7", True, "2", "method"),
        (f"{MEASURE} = {MEASURE} + 7", False, "1", "method"),
        (f"{MEASURE} = null, {MEASURE}_mark = 'suppressed'", True, "1", "protection"),
    ],
)
def test_a_changed_figure_has_the_one_reason_that_fits(home, tmp_path, change, new_export, version, reason):
    copy = altered(home, tmp_path / "copy", change, new_export=new_export, version=version)
    changed = diff(copy, earlier(copy), "current")
    assert [entry.reason for entry in changed.changes] == [reason]
    assert changed.changes[0].figure.startswith(f"{MEASURE}?")
    assert changed.holds
    # What everybody is told is the same, but for a number that is hidden now.
    before, now = find(copy, earlier(copy)).path, find(copy, "current").path
    (now / "public" / CHANGES_JSON).unlink()
    (now / "public" / CHANGES_CSV).unlink()
    write_changes(now, read_release(now), before, read_release(before), Simulated({}, whole=False))
    [told] = json.loads((now / "public" / CHANGES_JSON).read_text())["changes"]
    assert (told["reason"], told["scope"]) == (reason, "network")
    assert told["now"] == changed.changes[0].now
    assert told["was"] == (None if reason == "protection" else changed.changes[0].was)


def test_a_release_does_not_differ_from_itself(home):
    assert diff(home, "current", "current").changes == ()


def test_a_definition_that_changed_in_silence_is_a_finding(home, tmp_path):
    other = VetroHome.at(tmp_path)
    shutil.copytree(home.releases, other.releases, symlinks=True)
    record = find(other, "current").path / "release.json"
    record.chmod(0o644)
    document = json.loads(record.read_text())
    document["definitions"]["persons_served"]["sha256"] = "changed"
    record.write_text(json.dumps(document))
    assert diff(other, earlier(other), "current").silent_definitions == ("persons_served",)
    document["definitions"]["persons_served"]["version"] = "2"
    record.write_text(json.dumps(document))
    assert diff(other, earlier(other), "current").holds


def test_every_figure_can_be_traced_and_rows_only_on_request(home):
    figures = figures_in(find(home, "current").path)
    for figure in [
        next(iter(figures)),
        "persons_served?age_band=ALL&area=ALL&period=2024&sex=ALL&territory=instance:rho",
    ]:
        found = trace(home, figure)
        assert found.exports
        assert found.rows is None
        assert (found.value, found.mark) == figures[found.figure]


@pytest.mark.parametrize(
    "figure",
    [
        "call_applicants?call=rho:",
        "voucher_money?period=2024&scheme=rho:",
        "outcome_pairs?award=grant:rho:",
        "public_figure?indicator=deliberated&period_start=2024-01-01&period_type=year&scope=rho",
        "persons_asking?period=2024&request=ALL&territory=instance:rho",
    ],
)
def test_what_one_territory_sent_leads_to_its_exports_only(home, figure):
    found = trace(
        home, next(known for known in figures_in(find(home, "current").path) if known.startswith(figure))
    )
    assert {instance for instance, _ in found.exports} == {"rho"}


def test_a_figure_is_also_named_by_the_line_of_the_public_file_where_it_stands(home):
    public = find(home, "current").path / "public"
    for table in json.loads((public / "tables.json").read_text())["tables"]:
        lines = (public / table["file"]).read_text().splitlines()
        if len(lines) == 1:
            continue
        name = f"{Path(table['file']).name}:{len(lines)}"
        found = trace(home, f"{name}:{table['measure']}")
        assert found.figure.startswith(f"{table['measure_id']}?")
        printed = dict(zip(lines[0].split(","), lines[-1].split(","), strict=True))
        assert found.mark == printed[table["mark_column"]]
        assert (found.value is None) == (printed[table["measure"]] == "")
        if found.value is not None:
            assert float(found.value) == float(printed[table["measure"]])
    assert trace(home, "t14_public_money_and_data_quality.csv:2").figure.startswith("public_figure?")


def test_a_figure_id_is_read_as_it_was_written_whatever_a_territory_calls_its_schemes():
    place = {"scheme": "rho:Cura & casa = 50% d'aiuto", "period": "2025", "voucher_state": "spent"}
    figure = figure_id("voucher_money", place)
    assert figure == "voucher_money?period=2025&scheme=rho:Cura %26 casa = 50%25 d'aiuto&voucher_state=spent"
    assert parse_figure_id(figure) == ("voucher_money", place)


def test_the_sql_of_a_figure_holds_also_with_an_apostrophe_in_a_name(home):
    figure = next(
        known for known in figures_in(find(home, "current").path) if known.startswith("voucher_money?")
    )
    _, place = parse_figure_id(figure)
    table_list = load_table_list(load_policy(), [])
    sql = figure_sql("voucher_money", place | {"scheme": "rho:Buono d'aiuto"}, table_list)
    assert "'rho:Buono d''aiuto'" in sql
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        assert connection.execute(sql).fetchall()


def test_without_a_warehouse_the_rows_of_a_figure_cannot_be_told(home, tmp_path):
    other = VetroHome.at(tmp_path)
    shutil.copytree(home.releases, other.releases, symlinks=True)
    figure = "deliveries?age_band=ALL&area=ALL&period=2025&sex=ALL&territory=instance:rho"
    assert trace(other, figure).rows is None
    with pytest.raises(VetroError, match="vetro build"):
        trace(other, figure, with_rows=True)


def test_the_exports_of_a_figure_are_summed_up_by_instance(home):
    found = trace(home, "t14_public_money_and_data_quality.csv:2")
    assert sum(each.exports for each in found.instances) == len(found.exports)
    assert {each.instance_id for each in found.instances} == {instance for instance, _ in found.exports}


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("t01_persons_by_territory_and_area.csv:2", "t01_persons_by_territory_and_area.csv:2:deliveries"),
        ("t01_persons_by_territory_and_area.csv:2:euro", "name one"),
        ("t01_persons_by_territory_and_area.csv:1:deliveries", "the header is line 1"),
        ("t01_persons_by_territory_and_area.csv:999999:deliveries", "non ha una riga"),
        ("t99_nothing.csv:2", "there is no line 2"),
    ],
)
def test_a_line_without_one_figure_says_what_to_name(home, line, sentence):
    with pytest.raises(VetroError, match=re.escape(sentence)):
        trace(home, line)


def test_the_rows_of_a_trace_are_those_behind_the_figure(home):
    with duckdb.connect(str(home.warehouse)) as connection:
        for column, kind in (("export_id", "varchar"), ("file", "varchar"), ("line", "bigint")):
            connection.execute(
                f"alter table marts.fct_service_delivery add column if not exists {column} {kind}"
            )
    figures = figures_in(find(home, "current").path)
    figure = "deliveries?age_band=ALL&area=ALL&period=2025&sex=ALL&territory=instance:rho"
    assert len(trace(home, figure, with_rows=True).rows) == int(figures[figure][0])


@pytest.mark.parametrize("figure", ["persons_served", "persons_served?area=ALL", "x?territory=network"])
def test_what_is_no_public_figure_cannot_be_traced(home, figure):
    with pytest.raises(VetroError, match=r"a figure looks like|shows no figure"):
        trace(home, figure)


def again(home: VetroHome, size: Size):
    def build(scratch: VetroHome, as_of: date) -> None:
        build_warehouse(scratch.warehouse, size)

    return build


def test_a_rebuild_gives_the_same_bytes(tmp_path):
    size = Size(instances=3, persons=300)
    home = VetroHome.at(tmp_path).ensure()
    build_warehouse(home.warehouse, size)
    made = publish(home, gate=OPEN, code_version="1")
    for export in read_release(made.path)["exports"]:
        (home.raw / f"instance={export['instance_id']}" / f"export={export['export_id']}").mkdir(parents=True)
    none = CorrectionsFile.of(home)
    outcome = rebuild(home, made.release_id, again(home, size), code_version="1", corrections=none)
    assert outcome.holds
    data = made.path / "public" / "data"
    tables = {f"public/data/{path.name}" for path in data.iterdir() if path.suffix in (".csv", ".parquet")}
    assert tables <= set(outcome.same)
    assert len(tables) > 2 * len(made.tables)
    more = again(home, Size(instances=3, persons=301))
    other = rebuild(home, made.release_id, more, code_version="1", corrections=none)
    assert not other.holds
    assert not list(home.temporary.iterdir())


def test_what_can_no_longer_be_rebuilt_says_so(home):
    made, build, none = find(home, "current").release_id, again(home, Size()), CorrectionsFile.of(home)
    with pytest.raises(VetroError, match="raw layer"):
        rebuild(home, made, build, code_version="1", corrections=none)
    with pytest.raises(VetroError, match="other code"):
        rebuild(home, made, build, code_version="2", corrections=none)
    with pytest.raises(UnknownReleaseError):
        rebuild(home, "nothing", build, code_version="1", corrections=none)
