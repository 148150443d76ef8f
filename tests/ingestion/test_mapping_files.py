"""A mapping that cannot be used says where and what to do, before any file is touched."""

import re
from pathlib import Path

import pytest

from core.home import VetroHome
from core.yaml_models import FileUnusable
from ingestion.adapters.mapping_files import SHIPPED, read_mapping

GOOD = """
export: {period: {from: 2026-10-01, to: 2026-10-31}}
files:
  source: {match: a.csv}
entities:
  payment:
    from: source
    columns: {record_id: ID}
"""


def read(tmp_path: Path, text: str):
    home = VetroHome.at(tmp_path)
    home.mappings.mkdir(exist_ok=True)
    (home.mappings / "rho.yaml").write_text(text, encoding="utf-8")
    return read_mapping(home, "rho")


def column(rule: str) -> str:
    return GOOD.replace("record_id: ID", f"record_id: {rule}")


def file(settings: str) -> str:
    return GOOD.replace("match: a.csv", f"match: a.csv, {settings}")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("a: [", "rho.yaml:"),
        ("- a", ""),
        ("entities: {}", "export.period"),
        (GOOD + "file: {}", "file"),
        (GOOD.replace("2026-10-31", "2026-09-30"), "export.period"),
        (
            GOOD.replace("from: 2026-10-01, to: 2026-10-31", "from_name: '([0-9]{4})'"),
            "export.period.from_name",
        ),
        (GOOD.replace("export: {", "export: {mode: all, "), "export.mode"),
        (GOOD.replace("export: {", "export: {created: 2026-11-03 02:10:00, "), "export.created"),
        (GOOD.replace("match: a.csv", "optional: true"), "files.source"),
        (file("optional: s"), "files.source.optional"),
        (file("encoding: windows-12"), "files.source.encoding"),
        (file("delimiter: ';;'"), "files.source.delimiter"),
        (file("dates: [gg/mm/aaaa]"), "files.source.dates"),
        (file("dates: [dd/MM]"), "files.source.dates"),
        (file("skip_lines: tre"), "files.source.skip_lines"),
        (file("drop: [{column: ID}]"), "files.source.drop[0]"),
        (file("drop: [{column: ID, matches: '('}]"), "files.source.drop[0].matches"),
        (file("drop: [{column: ID, matches: '(?=a)'}]"), "files.source.drop[0].matches"),
        (GOOD.replace("match: a.csv", "reference: province"), "files.source.reference"),
        (GOOD.replace("payment:", "payments:"), "entities.payments"),
        (GOOD.replace("from: source", "from: sorgente"), "entities.payment"),
        (GOOD.replace("from: source", "source: source"), "entities.payment.source"),
        (GOOD.replace("record_id: ID", "importo: ID"), "entities.payment.columns.importo"),
        (column("{}"), "entities.payment.columns.record_id"),
        (column("{column: A, constant: B}"), "entities.payment.columns.record_id"),
        (column("{column: A, as: iban}"), "entities.payment.columns.record_id.as"),
        (column("{column: A, take: '[a-z]+'}"), "entities.payment.columns.record_id.take"),
        (column("{column: A, map: {}}"), "entities.payment.columns.record_id.map"),
        (column("{column: A, multiply: uno}"), "entities.payment.columns.record_id.multiply"),
        (column("{lookup: {in: source, give: A}}"), "entities.payment.columns.record_id.lookup"),
        (column("{lookup: {in: altro, where: {A: A}, give: B}}"), "entities.payment"),
        (column("{first_of: [A, {colonna: B}]}"), "entities.payment.columns.record_id.first_of[1].colonna"),
        (column("true"), "entities.payment.columns.record_id"),
        (GOOD.replace("record_id: ID", "person_id: {digest_of: [CF]}"), "entities.payment.columns.person_id"),
        (GOOD + "expect: {payment: {totals: {importo: '1'}}}", "expect.payment.totals.importo"),
        (GOOD + "expect: {payment: {rows: molte}}", "expect.payment.rows"),
    ],
)
def test_a_wrong_key_is_named_with_its_file_in_two_languages(tmp_path: Path, text: str, key: str) -> None:
    with pytest.raises(FileUnusable) as raised:
        read(tmp_path, text)
    said = str(raised.value)
    assert re.match(r"rho\.yaml:[1-9]:[0-9]+[,:]", said) and key in said and " / " in said
    assert raised.value.exit_code == 2


def test_codes_and_amounts_of_a_mapping_keep_their_digits(tmp_path: Path) -> None:
    text = GOOD + "expect: {payment: {rows: 10, totals: {amount: 10.50}}}"
    mapping = read(tmp_path, text.replace("record_id: ID", "record_id: {constant: 015146}"))
    assert mapping.entities["payment"][0].columns["record_id"].constant == "015146"
    assert (mapping.expected["payment"].rows, mapping.expected["payment"].totals) == (10, {"amount": "10.50"})


def test_the_houses_own_mapping_goes_before_the_shipped_one(tmp_path: Path) -> None:
    home = VetroHome.at(tmp_path)
    home.mappings.mkdir()
    assert read_mapping(home, "istat-comuni").entities.keys() == {"organisation"}
    (home.mappings / "istat-comuni.yaml").write_text(GOOD, encoding="utf-8")
    assert read_mapping(home, "istat-comuni").entities.keys() == {"payment"}


@pytest.mark.parametrize("name", ["altrove", "../instances", "", "a/b"])
def test_a_mapping_that_does_not_exist_is_said_so(tmp_path: Path, name: str) -> None:
    (tmp_path / "instances.yaml").write_text(GOOD, encoding="utf-8")
    with pytest.raises(FileUnusable, match="no such mapping"):
        read_mapping(VetroHome.at(tmp_path), name)


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_shipped_mapping_can_be_used(tmp_path: Path, path: Path) -> None:
    assert read_mapping(VetroHome.at(tmp_path), path.stem).entities


def test_the_mapping_of_the_how_to_can_be_used(tmp_path: Path) -> None:
    page = Path(__file__).parents[2] / "docs" / "how-to" / "connect-a-legacy-instance.md"
    example = page.read_text(encoding="utf-8").split("```yaml")[2].split("```")[0]
    assert read(tmp_path, example).entities.keys() == {"payment"}
