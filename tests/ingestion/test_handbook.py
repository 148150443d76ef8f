"""The handbook says the whole contract, from one source, and what it gives to copy is accepted."""

import json
import re
from html.parser import HTMLParser
from itertools import pairwise

import frictionless
import pytest
import yaml

from core.home import VetroHome
from ingestion.contract.codes import CODES
from ingestion.contract.schema import CURRENT_VERSION, VERSIONS, load_contract
from ingestion.contract.words import WORDS_FILE, column_words, entity_words, value_words
from ingestion.handbook.folder import write_handbook
from ingestion.handbook.markup import text
from ingestion.handbook.rules import row_rules
from ingestion.instances import register_instances
from ingestion.loading.dry_run import validate
from ingestion.loading.ingest import ingest
from ingestion.privacy.identifiers import CODICE_FISCALE
from ingestion.validation.row_rules import compiled_rules
from tests.support.exports import RHO

# A birthplace that begins with X was never assigned.
NOBODY = re.compile(r"^[A-Z]{6}[0-9]{2}[A-Z][0-9]{2}X[0-9]{3}[A-Z]$")
VOID = {"meta", "link", "br", "input", "img", "hr"}


class Page(HTMLParser):
    """What a page is made of: elements with their attributes and text, ids, and whether tags close."""

    def __init__(self, text: str):
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.elements: list[tuple[str, dict]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.elements.append((tag, found))
        if "id" in found:
            self.ids.append(found["id"])
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)

    @property
    def said(self):
        return " ".join(" ".join(self.texts).split())


@pytest.fixture(scope="module", params=VERSIONS)
def handbook(request, tmp_path_factory):
    """The handbook of every version, on disk."""
    folder = tmp_path_factory.mktemp("handbook")
    write_handbook(folder, request.param)
    return folder, load_contract(request.param)


@pytest.fixture(scope="module")
def page(handbook):
    """The page, parsed."""
    return Page((handbook[0] / "index.html").read_text(encoding="utf-8"))


def test_the_page_names_every_entity_column_value_rule_and_code(handbook, page):
    folder, contract = handbook
    source = (folder / "index.html").read_text(encoding="utf-8")
    for name, entity in contract.entities.items():
        assert name in page.ids
        for field in entity.fields:
            assert f"{name}.{field.name}" in page.ids
            said = source.split(f'id="{name}.{field.name}"')[1].split("</tr>")[0]
            assert all(text(words) in said for words in column_words(entity, field))
            for value in field.enum:
                assert f"<code>{value}</code>" in said
                assert all(text(words) in said for words in value_words(entity, field, value))
            assert ("obbligatoria" in said) == field.required
            assert (f">{field.personal}<" in said) == (field.personal is not None)
        own = source.split(f'id="{name}" ')[1].split("</section>")[0]
        for rule in row_rules(entity):
            assert all(text(words) in own for words in rule.words) and f"#code-{rule.code}" in own
    for code in CODES.values():
        assert f"code-{code.name}" in page.ids
        assert text(code.message_it) in source and text(code.message_en) in source


def test_a_version_does_not_tell_of_what_a_later_one_adds(handbook, page):
    assert ("booking.channel" in page.ids) == (handbook[1].version != "1.0")
    assert (handbook[0] / "schemas" / "booking.json").read_text().count('"channel"') == (
        0 if handbook[1].version == "1.0" else 1
    )


def test_every_link_of_the_page_leads_to_a_place_on_it_and_nothing_is_fetched(page):
    links = [found["href"] for tag, found in page.elements if tag == "a"]
    assert links and all(link.startswith("#") and link[1:] in page.ids for link in links)
    assert len(page.ids) == len(set(page.ids))
    fetching = ("script", "link", "img", "iframe")
    assert not [tag for tag, found in page.elements if tag in fetching or "src" in found]


def test_the_page_can_be_used_by_everybody(page):
    tags = [tag for tag, _ in page.elements]
    assert page.open == [] and tags.count("h1") == 1 and tags.count("main") == 1
    assert page.elements[0][1] == {"lang": "it"}
    assert next(found for tag, found in page.elements if tag == "a")["class"] == "cdv-skip"
    assert all("scope" in found for tag, found in page.elements if tag == "th")
    assert tags.count("caption") == tags.count("table")
    assert all(found.get("lang") == "en" for _, found in page.elements if found.get("class") == "en")
    levels = [int(tag[1]) for tag in tags if re.fullmatch("h[1-6]", tag)]
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_every_word_of_the_book_is_used_and_none_is_missing():
    book, used = yaml.safe_load(WORDS_FILE.read_text(encoding="utf-8")), set()
    for entity in load_contract().entities.values():
        assert all(entity_words(entity))
        used.add(("entities", entity.name))
        for field in entity.fields:
            assert all(column_words(entity, field))
            for section, wanted in (("columns", True), ("values", bool(field.enum))):
                own = f"{entity.name}.{field.name}"
                if wanted:
                    used.add((section, own if own in book[section] else field.name))
            told = {value: value_words(entity, field, value) for value in field.enum}
            assert all(all(words) for words in told.values())
    unused = {
        (section, name) for section in ("entities", "columns", "values") for name in book[section]
    } - used
    assert not unused


def test_the_rules_in_words_have_every_code_of_the_compiled_rules():
    for entity in load_contract().entities.values():
        told = {rule.code for rule in row_rules(entity)}
        assert {code for code, _, _ in compiled_rules(entity)} <= told
        assert told <= set(CODES)


def test_the_document_says_the_contract_as_the_source_has_it(handbook):
    folder, contract = handbook
    document = json.loads((folder / "contract.json").read_text(encoding="utf-8"))
    assert (document["version"], document["versions"]) == (contract.version, list(VERSIONS))
    assert {name: told["schema"] for name, told in document["entities"].items()} == contract.schemas
    assert {told["code"]: (told["whole_export"], told["it"], told["en"]) for told in document["codes"]} == {
        code.name: (code.whole_export, code.message_it, code.message_en) for code in CODES.values()
    }
    for name, entity in contract.entities.items():
        told = document["entities"][name]
        assert (told["semantics"], told["mandatory"]) == (entity.semantics, entity.mandatory)
        assert {column: list(said["values"]) for column, said in told["columns"].items()} == {
            field.name: list(field.enum) for field in entity.fields
        }
        assert json.loads((folder / f"schemas/{name}.json").read_text()) == contract.schemas[name]


@pytest.mark.parametrize("export", ["example", "templates"])
def test_what_can_be_copied_passes_frictionless(handbook, export):
    report = frictionless.validate(str(handbook[0] / export / "datapackage.json"))
    assert report.valid, report.flatten(["name", "type", "note"])
    assert len(report.tasks) == len(handbook[1].entities)


@pytest.mark.parametrize("export", ["example", "templates"])
def test_what_can_be_copied_is_accepted_by_the_door_without_a_word(handbook, tmp_path, export):
    folder, contract = handbook
    home = VetroHome.at(tmp_path / "home").ensure()
    register_instances(home, {"esempio": RHO})
    (receipt,) = ingest(home, [folder / export])
    assert (receipt.status, receipt.errors) == ("accepted", ())
    assert set(receipt.counts) == set(contract.entities)
    loaded = [count["loaded"] for count in receipt.counts.values()]
    assert all(loaded) if export == "example" else not any(loaded)
    assert not validate(folder / export).errors


def test_the_example_uses_every_reference_it_can_and_names_nobody(handbook):
    folder, contract = handbook
    rows = {}
    for name in contract.entities:
        lines = (folder / f"example/data/{name}.csv").read_text(encoding="utf-8").splitlines()
        rows[name] = [dict(zip(lines[0].split(";"), line.split(";"), strict=True)) for line in lines[1:]]
    for name, entity in contract.entities.items():
        for reference in entity.references:
            there = {row["record_id"] for row in rows[reference.entity]}
            assert {row[reference.field] for row in rows[name]} - {""} <= there
    cells = [cell for of in rows.values() for row in of for cell in row.values()]
    codes = [cell for cell in cells if re.fullmatch(CODICE_FISCALE, cell)]
    assert codes and all(NOBODY.match(code) for code in codes)


def test_the_templates_are_the_headers_in_the_contract_order(handbook):
    folder, contract = handbook
    for name, entity in contract.entities.items():
        assert (folder / f"templates/{name}.csv").read_text() == ";".join(entity.columns) + "\n"


def test_writing_again_gives_the_same_bytes(handbook, tmp_path):
    folder, contract = handbook
    write_handbook(tmp_path, contract.version)
    for path in folder.rglob("*.*"):
        assert (tmp_path / path.relative_to(folder)).read_bytes() == path.read_bytes()


def test_without_a_version_the_current_one_is_written(tmp_path):
    write_handbook(tmp_path)
    assert json.loads((tmp_path / "contract.json").read_text())["version"] == CURRENT_VERSION


def test_every_ledger_is_told_how_a_reversal_of_it_is_dated(handbook):
    folder, contract = handbook
    told = (folder / "index.html").read_text(encoding="utf-8").split('id="reversals"')[1].split("</table>")[0]
    rows = dict(re.findall(r'<th scope="row"><code>(\w+)</code>(.*?)</tr>', told))
    ledgers = {name: entity for name, entity in contract.entities.items() if entity.is_ledger}
    assert set(rows) == set(ledgers)
    for name, entity in ledgers.items():
        dates = [f.name for f in entity.fields if f.required and f.type in ("date", "datetime")]
        assert all(date in rows[name] for date in dates if date != "updated_at")


def test_the_form_of_a_codice_fiscale_and_how_to_invent_one_stand_on_the_page(page):
    assert CODICE_FISCALE in page.said and "X001" in page.said
    (invented,) = set(re.findall(r"[A-Z]{6}[0-9]{2}[A-Z][0-9]{2}X001[A-Z]", page.said))
    assert NOBODY.match(invented)


def test_the_worked_totals_of_the_page_are_those_of_the_example(handbook, page):
    descriptor = json.loads((handbook[0] / "example/datapackage.json").read_text())
    told = next(item for item in descriptor["resources"] if item["name"] == "service_delivery")
    assert told["hash"].removeprefix("sha256:") in page.said
    assert f"= {told['controlTotals']['quantity']}" in page.said
    assert f'"bytes": {told["bytes"]}' in page.said
