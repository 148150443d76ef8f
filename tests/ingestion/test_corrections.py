"""Corrections apply while the record says what they expect, and stop the build, by line, when not."""

import shutil
from datetime import date
from hashlib import sha256
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from core.home import VetroHome
from core.home_files import HomeFileError
from ingestion.corrections.lines import COLUMNS, CorrectionsFile
from ingestion.corrections.table import CORRECTION_SCHEMA, drop_lines_of_the_erased, write_corrections
from ingestion.data_subjects.erasure_request import forget
from ingestion.identity.person_references import Identifier, PersonRecord
from ingestion.identity.resolution import write_subject_merge
from ingestion.loading.ingest import ingest
from ingestion.privacy.pseudonyms import open_key
from tests.support.exports import TAX_CODE, Export, make_home, row
from tests.support.traces import files_with

MARIO, LUIGI = Identifier("CF", "RSSMRA80A01X501K"), Identifier("CF", "BNCLRA92M55X704P")
RIGHT_CODE = "07643520567"
REVIEW = {"reason": "visura camerale", "reviewed_by": "A. Verdi", "reviewed_on": "2026-10-20"}
TAX = {"instance_id": "rho", "entity": "organisation", "record_id": "O-1", "column": "tax_code"}
SAME = {"instance_id": "rho", "entity": "person", "record_id": "P-1", "column": "same_person_as"}


def write(home: VetroHome, *lines: dict[str, str], delimiter: str = ",") -> None:
    written = [delimiter.join(COLUMNS)]
    written += [delimiter.join((REVIEW | line).get(name, "") for name in COLUMNS) for line in lines]
    home.corrections_file.write_text("\n".join(written) + "\n", encoding="utf-8")


def amounts(home: VetroHome) -> dict[str, list[str]]:
    write_subject_merge(home)
    return write_corrections(home)


def refused(home: VetroHome) -> str:
    write_subject_merge(home)
    with pytest.raises(HomeFileError) as error:
        write_corrections(home)
    return str(error.value)


def person(record_id: str, who: Identifier | None, **more: str) -> dict[str, str]:
    return row("person", record_id, **({"id_kind": who.kind, "id_value": who.value} if who else {}), **more)


def send(home: VetroHome, folder: Path, instance: str = "rho", sequence: int = 1, **entities: list) -> None:
    (receipt,) = ingest(home, [Export(instance=instance, sequence=sequence, entities=entities).write(folder)])
    assert receipt.errors == ()


@pytest.fixture(scope="module")
def received(tmp_path_factory: pytest.TempPathFactory) -> VetroHome:
    """Rho tells of three organisations and of three persons, two of them under one code; Matera of two."""
    folder = tmp_path_factory.mktemp("received")
    home = make_home(folder / "home")
    organisations = [
        row("organisation", "O-1"),
        row("organisation", "O-2", parent_organisation_id="O-1"),
        row("organisation", "O-3", tax_code=MARIO.value),
    ]
    people = [person("P-1", MARIO), person("P-2", MARIO), person("P-3", None)]
    send(home, folder, organisation=organisations, person=people)
    send(home, folder, "matera", person=[person("M-1", LUIGI), person("M-2", MARIO)])
    return home


@pytest.fixture
def told(received: VetroHome, tmp_path: Path) -> VetroHome:
    """A home of its own with what was received."""
    shutil.copytree(received.root, tmp_path / "home")
    return VetroHome.at(tmp_path / "home")


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_a_line_that_applies_is_written_for_the_build(told: VetroHome, delimiter: str) -> None:
    write(told, TAX | {"expected": TAX_CODE, "corrected": RIGHT_CODE}, delimiter=delimiter)
    assert set(amounts(told)) == {"rho"}
    table = pq.read_table(told.corrections_table)
    assert table.schema == CORRECTION_SCHEMA
    (line,) = table.to_pylist()
    assert (line["line"], line["column_name"], line["corrected"]) == (2, "tax_code", RIGHT_CODE)


def test_without_a_file_nothing_is_corrected(told: VetroHome) -> None:
    assert amounts(told) == {}
    assert pq.read_table(told.corrections_table).num_rows == 0


def test_the_file_is_handed_over_by_its_hash_and_by_the_day_of_review(
    told: VetroHome, tmp_path: Path
) -> None:
    assert CorrectionsFile.of(told).sha256 is None
    write(told)
    assert CorrectionsFile.of(told).sha256 is None
    early = TAX | {"expected": TAX_CODE, "corrected": RIGHT_CODE, "reviewed_on": "2026-10-19"}
    write(told, early, SAME | {"corrected": "matera:M-1"}, delimiter=";")
    file = CorrectionsFile.of(told)
    assert file.sha256 == sha256(told.corrections_file.read_bytes()).hexdigest()
    for day, lines in ((date(2026, 10, 18), 0), (date(2026, 10, 19), 1), (date(2026, 10, 20), 2)):
        file.copy(tmp_path / "copied.csv", reviewed_by=day)
        assert len((tmp_path / "copied.csv").read_text().splitlines()) == 1 + lines


def test_a_mended_record_and_one_that_is_gone_are_told_by_line_and_nothing_is_written(
    told: VetroHome, tmp_path: Path
) -> None:
    lines = [
        TAX | {"expected": TAX_CODE, "corrected": RIGHT_CODE},
        TAX | {"record_id": "O-9", "expected": TAX_CODE, "corrected": RIGHT_CODE},
        TAX | {"record_id": "O-2", "column": "kind", "expected": "PROVIDER_COOP", "corrected": "CONSORTIUM"},
    ]
    write(told, lines[0])
    amounts(told)
    before = told.corrections_table.read_bytes()
    mended = row("organisation", "O-1", tax_code=RIGHT_CODE, row_version="2")
    send(told, tmp_path, sequence=2, organisation=[mended])
    write(told, *lines)
    sentence = refused(told)
    assert [line.split(":")[0] for line in sentence.splitlines()] == [
        "corrections.csv, line 2",
        "corrections.csv, line 3",
    ]
    assert "no longer says what the line expects" in sentence and "if it is gone, remove the line" in sentence
    assert "togliere la riga" in sentence
    assert RIGHT_CODE not in sentence
    assert told.corrections_table.read_bytes() == before


def test_a_removed_organisation_is_still_corrected_since_facts_name_it(
    told: VetroHome, tmp_path: Path
) -> None:
    write(told, TAX | {"expected": TAX_CODE, "corrected": RIGHT_CODE})
    send(told, tmp_path, sequence=2, organisation=[row("organisation", "O-1", op="D", row_version="2")])
    assert set(amounts(told)) == {"rho"}


UNUSABLE = {
    "another entity": TAX | {"entity": "grant", "corrected": "x"},
    "a column that cannot be corrected": TAX | {"column": "row_version", "corrected": "2"},
    "the same": TAX | {"expected": TAX_CODE, "corrected": TAX_CODE},
    "a wrong check digit": TAX | {"expected": TAX_CODE, "corrected": "07643520568"},
    "a person's tax code": TAX | {"expected": TAX_CODE, "corrected": MARIO.value},
    "no tax code": TAX | {"expected": TAX_CODE, "corrected": ""},
    "a kind that is none": TAX | {"column": "kind", "expected": "PROVIDER_COOP", "corrected": "COOP"},
    "a comune that is none": TAX | {"column": "istat_comune", "expected": "015182", "corrected": "999999"},
    "a day that is none": TAX | {"column": "parent_to", "corrected": "2026-02-30"},
    "a parent that is none": TAX | {"column": "parent_organisation_id", "corrected": "O-77"},
    "a sole trader": TAX | {"record_id": "O-3", "expected": "", "corrected": RIGHT_CODE},
    "no reason": TAX | {"expected": TAX_CODE, "corrected": RIGHT_CODE, "reason": ""},
    "no reviewer": TAX | {"expected": TAX_CODE, "corrected": RIGHT_CODE, "reviewed_by": ""},
    "a review to come": TAX | {"expected": TAX_CODE, "corrected": RIGHT_CODE, "reviewed_on": "2999-01-01"},
    "a day of review that is none": TAX
    | {"expected": TAX_CODE, "corrected": RIGHT_CODE, "reviewed_on": "ieri"},
    "a codice fiscale": SAME | {"expected": "", "corrected": "matera:M-1", "reason": f"era {LUIGI.value}"},
    "no record": SAME | {"expected": "", "corrected": "M-1"},
    "itself": SAME | {"expected": "", "corrected": "rho:P-1"},
    "a person who is gone": SAME | {"expected": "", "corrected": "matera:M-9"},
    "one person already": SAME | {"expected": "", "corrected": "matera:M-2"},
    "two persons already": SAME | {"expected": "matera:M-1", "corrected": ""},
}


@pytest.mark.parametrize("line", UNUSABLE.values(), ids=UNUSABLE)
def test_a_line_that_cannot_be_used_is_told_without_its_values(told: VetroHome, line: dict[str, str]) -> None:
    write(told, line)
    sentence = refused(told)
    assert sentence.startswith("corrections.csv, line 2: ") and " / " in sentence
    assert MARIO.value not in sentence and LUIGI.value not in sentence


def test_the_same_column_twice_and_a_way_over_another_line_are_told(told: VetroHome) -> None:
    line = TAX | {"expected": TAX_CODE, "corrected": RIGHT_CODE}
    write(told, line, line)
    assert len(refused(told).splitlines()) == 2
    write(
        told,
        SAME | {"record_id": "P-3", "expected": "", "corrected": "rho:P-1"},
        SAME | {"expected": "rho:P-2", "corrected": ""},
    )
    assert "line 2" in refused(told)


def test_all_that_is_wrong_is_told_at_once_with_the_record_and_the_column(told: VetroHome) -> None:
    write(
        told,
        TAX | {"record_id": "O-9", "expected": TAX_CODE, "corrected": RIGHT_CODE},
        TAX | {"expected": TAX_CODE, "corrected": "07643520568"},
        TAX | {"column": "kind", "expected": "CONSORTIUM", "corrected": "PROVIDER_COOP"},
        SAME | {"record_id": MARIO.value, "corrected": "matera:M-1"},
    )
    with told.corrections_file.open("a", encoding="utf-8") as file:
        file.write("rho,organisation\n")
    sentences = refused(told).splitlines()
    assert [sentence.split(": ")[:2] for sentence in sentences[:3]] == [
        ["corrections.csv, line 2", "rho organisation O-9, tax_code"],
        ["corrections.csv, line 3", "rho organisation O-1, tax_code"],
        ["corrections.csv, line 4", "rho organisation O-1, kind"],
    ]
    assert "write a value" in sentences[1] and "no longer says" in sentences[2]
    assert sentences[3].startswith("corrections.csv, line 5: un codice fiscale non va")
    assert MARIO.value not in sentences[3]
    assert sentences[4].startswith("corrections.csv, line 6: ha 2 celle")


def test_an_erasure_that_comes_with_an_export_takes_the_lines_of_the_person_along(
    told: VetroHome, tmp_path: Path
) -> None:
    other = TAX | {"expected": TAX_CODE, "corrected": RIGHT_CODE}
    write(told, SAME | {"record_id": "P-3", "corrected": "matera:M-1"}, other, delimiter=";")
    amounts(told)
    assert drop_lines_of_the_erased(told) == 0
    erasing = Export(instance="matera", sequence=2, entities={"person": []}, erasures=["M-1"])
    (receipt,) = ingest(told, [erasing.write(tmp_path)])
    assert receipt.errors == ()
    written = told.corrections_file.read_bytes()
    told.corrections_file.write_bytes(written + b"rho;organisation\n")
    assert drop_lines_of_the_erased(told) == 0
    told.corrections_file.write_bytes(written)
    assert drop_lines_of_the_erased(told) == 1
    assert "P-3" not in told.corrections_file.read_text()
    assert set(amounts(told)) == {"rho"}
    (line,) = pq.read_table(told.corrections_table).to_pylist()
    assert (line["line"], line["column_name"]) == (2, "tax_code")


@pytest.mark.parametrize("content", [b"a;b\n1;2\n", "perché\n".encode("cp1252"), b'"instance_id\n'])
def test_a_file_of_another_form_is_told(told: VetroHome, content: bytes) -> None:
    told.corrections_file.write_bytes(content)
    assert refused(told).startswith("corrections.csv, line 1: ")


def test_what_another_territory_tells_of_the_named_person_changes_what_the_line_amounts_to(
    told: VetroHome, tmp_path: Path
) -> None:
    write(told, SAME | {"expected": "", "corrected": "matera:M-1"})
    first = amounts(told)
    new = Identifier("STP", "STP7654321098765")
    send(told, tmp_path, "matera", 2, person=[person("M-1", new, row_version="2")])
    second = amounts(told)
    assert set(first) == set(second) == {"rho"} and first != second


def test_forgetting_follows_the_corrections_and_takes_their_lines_along(told: VetroHome) -> None:
    write(
        told,
        SAME | {"record_id": "P-3", "expected": "", "corrected": "matera:M-1"},
        TAX | {"expected": TAX_CODE, "corrected": RIGHT_CODE},
    )
    amounts(told)
    report = forget(told, {1: LUIGI})
    assert (report.forgotten, report.instances) == (1, ("matera", "rho"))
    assert files_with(told.root, [LUIGI.pseudonym(open_key(told)), "P-3"]) == []
    assert set(amounts(told)) == {"rho"}
    assert "tax_code" in told.corrections_file.read_text()


def test_a_person_set_apart_is_forgotten_without_the_person_whose_code_it_carries(told: VetroHome) -> None:
    write(told, SAME | {"record_id": "P-2", "expected": "rho:P-1", "corrected": ""})
    amounts(told)
    assert forget(told, {1: PersonRecord("rho", "P-2")}).forgotten == 1
    assert amounts(told) == {}
    write(told, SAME | {"expected": "matera:M-2", "corrected": ""})
    assert set(amounts(told)) == {"rho"}
