"""A release is described for machines: what the real validators say of it, and that it is true."""

import hashlib
import json
import os
import pickle
import shutil
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import frictionless
import pytest
import yaml
from pyshacl import validate
from rdflib import Graph, Literal, Namespace, URIRef

from core.duckdb_sessions import connect
from core.errors import VetroError
from core.home import VetroHome
from publication.catalogue.dictionary import (
    column,
    coverage,
    file_tables,
    marks,
    period_of,
)
from publication.catalogue.publisher import demonstration_publisher, read_publisher
from publication.catalogue.release_catalogue import printings, write_catalogue
from publication.catalogue.release_description import File, ReleaseFacts
from publication.composition import content_hash, is_data_file
from publication.policy import load_policy
from publication.release import Release, publish
from publication.release_record import read_release
from publication.simulated import Simulated
from publication.table_list import load_table_list
from publication.verification import verify
from tests.support.gates import RecordedGate
from tests.support.warehouse import AREAS, Size, build_warehouse

SUPPORT = Path(__file__).parents[1] / "support"
SHAPES = SUPPORT / "dcat_ap_it_shapes.ttl"
STANDARDS = os.environ.get("VETRO_STANDARDS")
OFFICIAL = "dcat-ap_2.1.1_shacl_shapes.ttl"
OPEN = RecordedGate(True, datetime(2026, 10, 1, tzinfo=UTC), [])
DCAT = Namespace("http://www.w3.org/ns/dcat#")
DCTERMS = Namespace("http://purl.org/dc/terms/")
FOAF = Namespace("http://xmlns.com/foaf/0.1/")
RDF = Namespace("http://www.w3.org/1999/02/22-rdf-syntax-ns#")
DCATAPIT = Namespace("http://dati.gov.it/onto/dcatapit#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
SITE = "https://dati.rete.example/welfare/"
PUBLISHER = f"""
name_it: Rete dei comuni di prova
name_en: Network of test municipalities
identifier: "00743110157"
email: dati@rete.example
homepage: https://www.rete.example/
site_url: {SITE.removesuffix("/")}
"""
WRITTEN_LAST = {
    "catalog.ttl",
    "catalog.rdf",
    "catalog.jsonld",
    "data/datapackage.json",
    "data/casa-di-vetro.duckdb",
    "manifest.json",
    "SHA256SUMS",
}


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("catalogue")
    return build_warehouse(folder / "warehouse.duckdb", Size(instances=3, persons=400))


@pytest.fixture(scope="module")
def home(warehouse) -> VetroHome:
    home = VetroHome.at(warehouse.parent / "home").ensure()
    shutil.copyfile(warehouse, home.warehouse)
    home.publisher_file.write_text(PUBLISHER, encoding="utf-8")
    return home


@pytest.fixture(scope="module")
def release(home) -> Release:
    return publish(home, gate=OPEN, code_version="1")


@pytest.fixture(scope="module")
def public(release) -> Path:
    return release.path / "public"


@pytest.fixture(scope="module")
def graph(public) -> Graph:
    return Graph().parse(public / "catalog.ttl")


def package(public: Path) -> dict:
    return json.loads((public / "data" / "datapackage.json").read_text(encoding="utf-8"))


def conforms(graph: Graph, shapes: Path) -> str:
    """Empty where the graph holds what the shapes ask, else what does not."""
    holds, _, report = validate(graph, shacl_graph=Graph().parse(shapes))
    return "" if holds else report


def undescribed(public: Path, folder: Path) -> Path:
    """A copy of the public side as it was before it was described."""
    shutil.copytree(public, folder, symlinks=True)
    for name in WRITTEN_LAST:
        (folder / name).unlink()
    return folder


def facts_of(release: Release, publisher: Path) -> ReleaseFacts:
    record = read_release(release.path)
    return ReleaseFacts(
        release.release_id,
        release.created_at,
        release.as_of,
        record["code_version"],
        record["previous"],
        read_publisher(publisher),
        Simulated(record["simulated"]["instances"], record["simulated"]["whole"]),
        json.loads((release.path / "public" / "manifest.json").read_text())["gate"],
        record["protection"],
        record["policy"],
        [],
    )


def test_frictionless_accepts_every_file_of_the_data_package(public):
    frictionless_ = Path(sys.executable).with_name("frictionless")
    done = subprocess.run(
        [frictionless_, "validate", "data/datapackage.json", "--json"],
        cwd=public,
        capture_output=True,
        text=True,
        timeout=120,
    )
    report = json.loads(done.stdout)
    assert done.returncode == 0 and report["valid"], done.stdout
    places = {task["place"]: task for task in report["tasks"]}
    described = {path.name for path in (public / "data").iterdir() if not path.name.endswith(".it.csv")}
    assert places.keys() == described - {"datapackage.json"}
    for place, task in places.items():
        # Some lists are empty in so small a network, and a table never is.
        assert (task["type"] == "table") == place.endswith(".csv")
        assert not (place.startswith("t") and place.endswith(".csv")) or task["stats"]["rows"]


@pytest.mark.parametrize(
    ("was", "written", "error"),
    [
        # A mark that is none; a row that has no key; a figure that is no number; a year that is none.
        (",value,", ",boh,", "constraint-error"),
        ("region:03,", ",", "constraint-error"),
        (",value,", ",value,x", "type-error"),
        (",2024,", ",24,", "constraint-error"),
    ],
)
def test_frictionless_refuses_a_file_that_is_not_as_described(public, tmp_path, was, written, error):
    name = "t01_persons_by_territory_and_area"
    text = (public / "data" / f"{name}.csv").read_text(encoding="utf-8")
    assert was in text
    (tmp_path / f"{name}.csv").write_text(text.replace(was, written, 1), encoding="utf-8")
    told = package(public)
    told["resources"] = [each for each in told["resources"] if each["name"] == name]
    report = frictionless.Package.from_descriptor(told, basepath=str(tmp_path)).validate()
    assert {each.type for task in report.tasks for each in task.errors} == {error, "byte-count", "hash-count"}


def test_the_data_package_says_what_it_is_of_whom_and_from_whom(release, public):
    told = package(public)
    assert (told["version"], told["created"][:10]) == (
        release.release_id,
        release.created_at.date().isoformat(),
    )
    assert told["licenses"][0]["name"] == "CC-BY-4.0"
    [contributor] = told["contributors"]
    assert contributor["email"] == "dati@rete.example" and "rightsHolder" in contributor["roles"]
    assert [source["title"].partition(":")[0] for source in told["sources"]] == ["Biella", "Matera", "Rho"]
    for resource in told["resources"]:
        file = public / "data" / resource["path"]
        assert resource["bytes"] == file.stat().st_size
        assert resource["hash"] == f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}"
        assert all(resource[key] for key in ("title", "title_en", "description", "description_en"))


def test_every_column_is_described_with_its_type_its_marks_and_its_key(public):
    for resource in package(public)["resources"]:
        fields = resource["schema"]["fields"] if "schema" in resource else []
        fields += [field for table in resource.get("tables", []) for field in table["schema"]["fields"]]
        assert fields or resource["format"] == "json"
        for field in fields:
            assert all(field[key] for key in ("title", "title_en", "description", "description_en")), field
            if field["name"] == "mark" or field["name"].endswith("_mark"):
                assert field["constraints"]["enum"] == list(marks())
    by_name = {each["name"]: each["schema"] for each in package(public)["resources"] if "schema" in each}
    schema = by_name["t01_persons_by_territory_and_area"]
    assert schema["primaryKey"] == ["territory", "area", "year"]
    types = {
        name: {field["name"]: field["type"] for field in each["fields"]} for name, each in by_name.items()
    }
    assert types["t01_persons_by_territory_and_area"].items() >= {
        ("territory", "string"),
        ("area", "string"),
        ("year", "string"),
        ("persons_served", "integer"),
        ("persons_served_mark", "string"),
        ("deliveries", "integer"),
        ("deliveries_mark", "string"),
    }
    assert types["t05_spending_by_territory_and_area"]["spend_delivered"] == "number"
    assert types["t14_public_money_and_data_quality"]["period_start"] == "date"
    assert all(schema["primaryKey"] for name, schema in by_name.items() if name.startswith("t"))


def test_no_column_of_any_public_table_is_without_words():
    listed = load_table_list(load_policy(), list(AREAS))
    names = [
        (table.name, each)
        for table in listed.tables
        for each in (
            *table.columns,
            *table.measures,
            *(f"{measure}_mark" for measure in table.measures),
            "simulated_instances",
        )
    ]
    late = (
        "indicator_id",
        "scope_type",
        "scope_id",
        "period_start",
        "about",
        "numerator",
        "denominator",
        "mark",
    )
    names += [(listed.open.late.name, each) for each in late]
    relied_on = yaml.safe_load((SUPPORT / "published_columns.yaml").read_text(encoding="utf-8"))["public"]
    names += [(table.partition(".")[2], each) for table, columns in relied_on.items() for each in columns]
    for table, name in names:
        told = column(table, name, "VARCHAR")
        assert all((told.title.it, told.title.en, told.description.it, told.description.en)), (table, name)


def test_a_release_with_a_column_without_words_is_not_described(public, tmp_path):
    copy = tmp_path / "public"
    (copy / "data").mkdir(parents=True)
    shutil.copyfile(public / "tables.json", copy / "tables.json")
    with duckdb.connect() as connection:
        connection.execute(f"copy (select 1 as unheard_of) to '{copy}/data/t07_spending_by_provider.parquet'")
        with pytest.raises(VetroError, match=r"unheard_of has no title.*columns\.yaml"):
            file_tables(connection, copy)


def test_the_three_catalogues_say_the_same(public, graph):
    for name, form in (("catalog.rdf", "xml"), ("catalog.jsonld", "json-ld")):
        other = Graph().parse(public / name, format=form)
        assert set(other) == set(graph), name
    assert not [node for node in graph.all_nodes() if not isinstance(node, (URIRef, Literal))]


def test_the_catalogue_holds_the_cardinalities_of_dcat_ap_it(graph):
    assert conforms(graph, SHAPES) == ""


@pytest.mark.skipif(not STANDARDS, reason="VETRO_STANDARDS does not say where the official shapes are")
def test_the_official_shapes_of_dcat_ap_accept_the_catalogue(graph):
    assert conforms(graph, Path(STANDARDS) / OFFICIAL) == ""


@pytest.mark.parametrize(
    ("of", "missing"),
    [
        (DCATAPIT.Catalog, DCTERMS.publisher),
        (DCATAPIT.Dataset, DCTERMS.rightsHolder),
        (DCATAPIT.Dataset, DCTERMS.accrualPeriodicity),
        (DCATAPIT.Dataset, DCAT.theme),
        (DCATAPIT.Distribution, DCTERMS.license),
        (DCATAPIT.Distribution, DCTERMS["format"]),
        (DCATAPIT.Agent, DCTERMS.identifier),
        (DCATAPIT.Organization, VCARD.hasEmail),
    ],
)
def test_a_catalogue_without_what_is_mandatory_is_refused(graph, of, missing):
    # One dataset and what it names: of the others the same would be said.
    small, [first] = Graph(), [node for node in graph.subjects(RDF.type, DCATAPIT.Dataset) if "t07" in node]
    kept = {first, *graph.objects(first, DCAT.distribution), *graph.objects(first)}
    kept |= {other for each in kept for other in graph.objects(each)}
    kept |= set(graph.subjects(RDF.type, DCATAPIT.Catalog))
    for statement in graph:
        if statement[0] in kept and (statement[1] != DCAT.dataset or statement[2] == first):
            small.add(statement)
    assert conforms(small, SHAPES) == ""
    for node in list(small.subjects(RDF.type, of)):
        small.remove((node, missing, None))
    assert "Conforms: False" in conforms(small, SHAPES)


def test_a_dataset_tells_who_when_where_how_often_and_its_files(release, public, graph):
    dataset = URIRef(f"{SITE}catalog.ttl#t04_persons_by_quarter")
    frequencies = {
        str(each).rpartition("#")[2]: str(graph.value(each, DCTERMS.accrualPeriodicity)).rpartition("/")[2]
        for each in graph.subjects(RDF.type, DCATAPIT.Dataset)
    }
    assert frequencies["t01_persons_by_territory_and_area"] == "ANNUAL"
    assert frequencies["t04_persons_by_quarter"] == "QUARTERLY"
    assert frequencies["t14_public_money_and_data_quality"] == frequencies["database"] == "MONTHLY"
    holder = graph.value(dataset, DCTERMS.rightsHolder)
    assert {str(name) for name in graph.objects(holder, FOAF.name)} == {
        "Rete dei comuni di prova",
        "Network of test municipalities",
    }
    assert str(graph.value(holder, DCTERMS.identifier)) == "00743110157"
    assert str(graph.value(dataset, DCTERMS.identifier)) == "00743110157:t04_persons_by_quarter"
    period = graph.value(dataset, DCTERMS.temporal)
    assert graph.value(period, DCATAPIT.startDate).toPython() == date(2024, 1, 1)
    assert graph.value(period, DCATAPIT.endDate).toPython() == date(2026, 6, 30)
    assert {str(region).rpartition("/")[2] for region in graph.objects(dataset, DCTERMS.spatial)} == {
        "01",
        "03",
        "17",
    }
    assert all(end.toPython() <= release.as_of for end in graph.objects(None, DCATAPIT.endDate))
    addresses = set()
    for distribution in graph.subjects(RDF.type, DCATAPIT.Distribution):
        address = str(graph.value(distribution, DCAT.downloadURL))
        addresses.add(address)
        file = public / address.removeprefix(SITE)
        assert int(graph.value(distribution, DCAT.byteSize)) == file.stat().st_size
        checksum = graph.value(graph.value(distribution, SPDX.checksum), SPDX.checksumValue)
        assert str(checksum) == hashlib.sha1(file.read_bytes(), usedforsecurity=False).hexdigest()
    names = {path.name for path in (public / "data").iterdir() if not path.name.endswith(".it.csv")}
    names -= {"datapackage.json", "casa-di-vetro.duckdb"}
    data = {f"{SITE}data/{name}" for name in names}
    assert addresses == {*data, f"{SITE}casa-di-vetro.duckdb"}


def test_the_same_release_is_described_with_the_same_bytes(home, release, public, tmp_path):
    copy = undescribed(public, tmp_path / "public")
    # Another process, in which sets have another order.
    code = (
        "import pickle, sys; from pathlib import Path; "
        "from publication.catalogue.release_catalogue import write_catalogue; "
        "write_catalogue(Path(sys.argv[1]), pickle.load(sys.stdin.buffer))"
    )
    subprocess.run(
        [sys.executable, "-c", code, copy],
        input=pickle.dumps(facts_of(release, home.publisher_file)),
        env=os.environ | {"PYTHONHASHSEED": "7"},
        check=True,
        timeout=120,
    )
    for name in WRITTEN_LAST:
        assert (copy / name).read_bytes() == (public / name).read_bytes(), name


def test_sha256sum_finds_every_public_file_whole(public):
    done = subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=public, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    files = {path.relative_to(public).as_posix() for path in public.rglob("*") if path.is_file()}
    assert {line.rpartition(": ")[0] for line in done.stdout.splitlines()} == files - {"SHA256SUMS"}


def test_the_manifest_tells_what_vouches_for_the_release(home, release, public):
    told = json.loads((public / "manifest.json").read_text(encoding="utf-8"))
    record = read_release(release.path)
    assert told["release_id"] == release.release_id and told["data_to"] == release.as_of.isoformat()
    assert told["replaces"] is None and told["code_version"] == "1"
    assert told["gate"]["green"] and told["gate"]["checks"] == len(record["gate"]["results"])
    assert told["protection"] == record["protection"] and told["protection"]["attack_findings"] == 0
    assert told["policy"]["thresholds"] == {"normal": 5, "high": 10, "legal_floor": 3}
    assert release.release_id in told["cite"]["it"] and SITE in told["cite"]["en"]
    assert told["files"] == {
        name.removeprefix("public/"): known
        for name, known in record["files"].items()
        if name.startswith("public/") and name not in ("public/manifest.json", "public/SHA256SUMS")
    }


def test_describing_a_release_changes_neither_its_id_nor_whether_it_is_whole(home, release):
    record = read_release(release.path)
    assert verify(home, release.release_id).holds
    data = {name for name in record["files"] if is_data_file(name)}
    assert data == {
        name for name in record["files"] if "/data/" in name and name.endswith((".csv", ".parquet"))
    }
    hashes = {Path(name).name: record["files"][name]["sha256"] for name in data}
    named = content_hash(hashes, record["private_tables"], "1", record["policy"]["sha256"])
    assert release.release_id.endswith(named[:8])
    catalogue = release.path / "public" / "catalog.ttl"
    catalogue.chmod(0o644)
    text = catalogue.read_bytes()
    catalogue.write_bytes(text + b"# ...")
    assert [each.name for each in verify(home, release.release_id).differences] == ["public/catalog.ttl"]
    catalogue.write_bytes(text)


def test_where_nobody_is_named_as_the_rights_holder_the_catalogue_says_so(tmp_path):
    assert read_publisher(tmp_path / "publisher.yaml") == demonstration_publisher()
    assert "titolare non indicato" in demonstration_publisher().name_it
    assert "no rights holder" in demonstration_publisher().name_en


def test_the_public_database_names_who_publishes(public):
    with duckdb.connect(str(public / "casa-di-vetro.duckdb"), read_only=True) as connection:
        rows = connection.execute("from publication.publisher").fetchall()
        columns = [name for name, *_ in connection.description]
    assert columns == ["name_it", "name_en", "identifier", "email", "homepage", "site_url"]
    assert rows == [
        (
            "Rete dei comuni di prova",
            "Network of test municipalities",
            "00743110157",
            "dati@rete.example",
            "https://www.rete.example/",
            SITE,
        )
    ]


def test_simulated_data_are_called_so_wherever_the_catalogue_tells_of_them(home, release, public, tmp_path):
    copy = undescribed(public, tmp_path / "public")
    facts = facts_of(release, home.publisher_file)
    simulated = Simulated({"rho": "Rho"}, whole=False)
    write_catalogue(copy, ReleaseFacts(**(vars(facts) | {"simulated": simulated})))
    graph = Graph().parse(copy / "catalog.ttl")
    described = [*graph.subjects(RDF.type, DCATAPIT.Catalog), *graph.subjects(RDF.type, DCATAPIT.Dataset)]
    for node in [*described, *graph.subjects(RDF.type, DCATAPIT.Distribution)]:
        words = {text.language: str(text) for text in graph.objects(node, DCTERMS.description)}
        assert words["it"].startswith(simulated.sentence("it")), node
        assert words["en"].startswith(simulated.sentence("en")), node
    told = package(copy)
    assert all("dati simulati" in each["description"] for each in (told, *told["resources"]))
    assert "dati simulati" in told["keywords"]
    assert conforms(graph, SHAPES) == ""
    done = subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=copy)
    assert done.returncode == 0
    assert simulated.sentence("en") in (copy / "SHA256SUMS").read_text(encoding="utf-8")


def test_a_table_keeps_the_day_since_when_it_says_what_it_says():
    name = "data/t07_spending_by_provider.parquet"
    same, other = {f"public/{name}": "a" * 64}, {f"public/{name}": "b" * 64}
    # Newest first: twice the same, another before, and before that none.
    known = [
        (date(2026, 10, 1), same),
        (date(2026, 9, 1), same),
        (date(2026, 8, 1), other),
        (date(2026, 7, 1), {}),
    ]
    today = date(2026, 11, 1)
    for sha256, modified in (("a" * 64, date(2026, 9, 1)), ("b" * 64, today)):
        [told] = printings(today, known, {name: File(name, 1, sha256, "")}).values()
        assert (told.issued, told.modified) == (date(2026, 8, 1), modified)
    [told] = printings(today, [], {name: File(name, 1, "a" * 64, "")}).values()
    assert (told.issued, told.modified) == (today, today)


@pytest.mark.parametrize(
    ("rows", "first", "last", "period"),
    [
        ("'2024' as year union select '2025'", date(2024, 1, 1), date(2025, 12, 31), "year"),
        ("'2024-Q3' as quarter union select '2025-Q1'", date(2024, 7, 1), date(2025, 3, 31), "quarter"),
        (
            "date '2024-01-01' as period_start, 'year' as period_type "
            "union select date '2025-02-01', 'month'",
            date(2024, 1, 1),
            date(2025, 2, 28),
            "month",
        ),
        ("date '2024-02-01' as period_start", date(2024, 2, 1), date(2024, 2, 29), "month"),
        (
            "date '2024-01-01' as period_from, date '2025-12-31' as period_to",
            date(2024, 1, 1),
            date(2025, 12, 31),
            "year",
        ),
    ],
)
def test_coverage_is_that_of_the_rows_and_the_period_that_of_the_columns(tmp_path, rows, first, last, period):
    file = tmp_path / "data" / "results.parquet"
    file.parent.mkdir()
    (tmp_path / "tables.json").write_text('{"tables": []}', encoding="utf-8")
    with connect() as connection:
        connection.execute(f"copy (select {rows}) to '{file}'")
        [table] = file_tables(connection, tmp_path)
        told = coverage(connection, file, table)
        connection.execute(f"copy (from (select {rows}) limit 0) to '{file}'")
        assert coverage(connection, file, table) is None
    assert (told.first, told.last, period_of(table)) == (first, last, period)
