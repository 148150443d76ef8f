"""Forgetting a person: out of every instance, without a trace, without moving a cent, never to come back."""

import json
import shutil
from decimal import Decimal

import pytest

from core.errors import VetroError
from core.home import VetroHome
from core.yaml_models import FileUnusable
from ingestion.data_subjects.erased_persons import read_forgotten
from ingestion.data_subjects.erasure_request import forget
from ingestion.identity.person_references import (
    Identifier,
    PersonRecord,
    read_pairs,
    read_persons,
)
from ingestion.identity.resolution import note_merges
from ingestion.loading.ingest import ingest
from ingestion.privacy.pseudonyms import open_key
from tests.support.exports import Export, row
from tests.support.instants import every_death
from tests.support.traces import files_with, raw_values

MARIO, LUIGI, ANNA = "RSSMRA80A01X501K", "BNCLRA92M55X704P", "FRRGNN65C10X210E"
STP = "STP7654321098765"
MARIO_IS = Identifier("CF", MARIO)
TOLD = ("household_member", "request", "assessment", "booking", "measurement")
KEPT = ("voucher", "application", "service_delivery", "payment", "plan_movement")
MONEY = {
    "payment": "amount",
    "plan_movement": "amount",
    "application": "amount_requested",
}


def everything_about(**people: tuple[str, str | None]) -> dict:
    entities = {
        "person": [
            row("person", record_id, id_kind=kind, id_value=value or "")
            for record_id, (kind, value) in people.items()
        ]
    }
    for name in (*TOLD, *KEPT):
        amount = {MONEY[name]: "12.34"} if name in MONEY else {}
        entities[name] = [
            row(name, f"{name}-{record_id}", person_id=record_id, **amount) for record_id in people
        ]
    return entities


@pytest.fixture
def loaded(home: VetroHome, tmp_path) -> VetroHome:
    """Mario in two instances under different record ids, and others; everything landed and was accepted."""
    rho = Export(
        entities=everything_about(MARIO1=("CF", MARIO), LUIGI1=("CF", LUIGI), NOBODY1=("NONE", None))
    )
    matera = Export(instance="matera", entities=everything_about(MARIO2=("CF", MARIO), ANNA2=("CF", ANNA)))
    for export in (rho, matera):
        export.write(home.landing / export.instance)
    receipts = ingest(home)
    assert {(receipt.status, receipt.errors) for receipt in receipts} == {("accepted", ())}
    return home


def totals(home: VetroHome) -> dict[str, tuple[int, Decimal]]:
    return {
        entity: raw_values(home.raw, entity, f"count(*), coalesce(sum({column}), 0)")
        for entity, column in MONEY.items()
    }


def test_no_trace_of_the_person_is_left_and_no_total_moves(loaded):
    key, before = open_key(loaded), totals(loaded)
    pseudonym = MARIO_IS.pseudonym(key)
    assert len(files_with(loaded.root, [pseudonym])) == 2
    assert all(total[0][1] > 0 for total in before.values())
    report = forget(loaded, {1: MARIO_IS})
    assert (report.forgotten, report.not_found, report.instances) == (1, (), ("matera", "rho"))
    assert files_with(loaded.root, [pseudonym, MARIO]) == []
    assert totals(loaded) == before
    for name in (*TOLD, *KEPT):
        assert not {("MARIO1",), ("MARIO2",)} & set(raw_values(loaded.raw, name, "person_id")), name
    for name in TOLD:
        # What went with the person is remembered by its id alone: what points to it is not missing.
        kept = {path.rpartition("/")[2] for path in files_with(loaded.root, [f"{name}-MARIO1"])}
        assert kept == {"_erased_record.parquet"}
    assert sorted(raw_values(loaded.raw, "person", "record_id")) == [("ANNA2",), ("LUIGI1",), ("NOBODY1",)]


def test_nobody_else_is_touched(loaded):
    others = {
        name: [values for values in raw_values(loaded.raw, name, "*") if "MARIO" not in repr(values)]
        for name in ("person", *TOLD, *KEPT)
    }
    forget(loaded, {1: MARIO_IS})
    for name, values in others.items():
        left = raw_values(loaded.raw, name, "*")
        assert [each for each in left if each in values] == values, name


def test_a_person_named_by_a_record_goes_from_every_instance(loaded):
    pseudonym = MARIO_IS.pseudonym(open_key(loaded))
    report = forget(loaded, {1: PersonRecord("matera", "MARIO2")})
    assert report.instances == ("matera", "rho")
    assert files_with(loaded.root, [pseudonym]) == []


def test_a_person_without_identifier_goes_from_the_one_instance(loaded):
    report = forget(loaded, {1: PersonRecord("rho", "NOBODY1")})
    assert (report.forgotten, report.instances) == (1, ("rho",))
    assert ("NOBODY1",) not in raw_values(loaded.raw, "person", "record_id")


def test_a_record_known_only_from_other_rows_can_be_forgotten(home, tmp_path):
    ingest(home, [Export(entities={"payment": [row("payment", person_id="P-9")]}).write(tmp_path)])
    assert forget(home, {1: PersonRecord("rho", "P-9")}).forgotten == 1
    assert raw_values(home.raw, "payment", "person_id") == [(None,)]


@pytest.mark.parametrize("instance", ["rho", "matera"])
def test_a_re_sending_is_refused_in_every_instance_under_any_record(loaded, tmp_path, instance):
    forget(loaded, {1: MARIO_IS})
    again = Export(
        instance=instance, sequence=2, entities=everything_about(NEW=("CF", MARIO), OTHER=("NONE", None))
    ).write(loaded.landing / instance)
    (receipt,) = [r for r in ingest(loaded) if r.status != "known"]
    assert receipt.status == "accepted"
    assert {error["code"] for error in receipt.errors} == {"erased_person"}
    assert all(count["quarantined"] == 1 for count in receipt.counts.values())
    assert files_with(loaded.root, [MARIO, MARIO_IS.pseudonym(open_key(loaded))]) == []
    assert not again.exists(), "the copy that names the person does not stay in landing"
    later = Export(instance=instance, sequence=3, entities={"booking": [row("booking", person_id="NEW")]})
    (receipt,) = ingest(loaded, [later.write(tmp_path)])
    assert [error["code"] for error in receipt.errors] == ["erased_person"]


def test_what_was_told_before_the_person_is_known_goes_when_the_person_comes(loaded, tmp_path):
    forget(loaded, {1: MARIO_IS})
    early = Export(
        sequence=2,
        entities={
            "request": [row("request", "R-9", person_id="LATE")],
            "payment": [row("payment", "M-9", person_id="LATE")],
        },
    )
    person = Export(sequence=3, entities={"person": [row("person", "LATE", id_kind="CF", id_value=MARIO)]})
    ingest(loaded, [early.write(tmp_path), person.write(tmp_path)])
    assert "LATE" not in repr([raw_values(loaded.raw, name, "person_id") for name in ("request", "payment")])
    assert ("M-9",) in raw_values(loaded.raw, "payment", "record_id")


def test_a_held_record_corrected_to_a_forgotten_identifier_keeps_its_own(loaded, tmp_path):
    forget(loaded, {1: MARIO_IS})
    mistaken = row("person", "LUIGI1", id_kind="CF", id_value=MARIO, row_version="2")
    (receipt,) = ingest(loaded, [Export(sequence=2, entities={"person": [mistaken]}).write(tmp_path)])
    assert [error["code"] for error in receipt.errors] == ["erased_person"]
    assert ("LUIGI1",) in raw_values(loaded.raw, "person", "record_id")


def test_a_mistaken_identifier_goes_without_the_person_it_was_corrected_to(home, tmp_path):
    first = Export(entities={"person": [row("person", "P-1", id_kind="CF", id_value=MARIO)], "booking": []})
    right = row("person", "P-1", id_kind="CF", id_value=LUIGI, row_version="2")
    second = Export(sequence=2, entities={"person": [right], "booking": [row("booking", person_id="P-1")]})
    ingest(home, [first.write(tmp_path), second.write(tmp_path)])
    key = open_key(home)
    assert forget(home, {1: MARIO_IS}).forgotten == 1
    assert files_with(home.root, [MARIO_IS.pseudonym(key)]) == []
    assert raw_values(home.raw, "person", "id_pseudonym") == [(key.pseudonym("person", "CF", LUIGI),)]
    assert raw_values(home.raw, "booking", "person_id") == [("P-1",)]


def test_a_merged_person_is_forgotten_under_every_code(loaded, tmp_path):
    people = [row("person", "TEMP", id_kind="STP", id_value=STP)]
    ingest(loaded, [Export(instance="matera", sequence=2, entities={"person": people}).write(tmp_path)])
    note_merges(loaded, {1: (Identifier("STP", STP), MARIO_IS)})
    key = open_key(loaded)
    forget(loaded, {1: MARIO_IS})
    codes = [MARIO_IS.pseudonym(key), Identifier("STP", STP).pseudonym(key)]
    assert files_with(loaded.root, codes) == []
    assert forget(loaded, {1: Identifier("STP", STP)}).known == 1


def test_exports_that_waited_and_name_the_person_are_gone_and_asked_for_again(loaded, tmp_path):
    naming = Export(sequence=4, entities=everything_about(MARIO1=("CF", MARIO)))
    other = Export(sequence=5, entities=everything_about(LUIGI1=("CF", LUIGI), MARIO12=("NONE", None)))
    statuses = [r.status for r in ingest(loaded, [naming.write_zip(tmp_path), other.write(tmp_path)])]
    assert statuses == ["held", "held"]
    assert forget(loaded, {1: MARIO_IS}).send_again == (("rho", naming.name),)
    assert [path.name for path in (loaded.landing_held / "rho").iterdir()] == [other.name]


@pytest.mark.parametrize("kind", ["csv.gz", "jsonl", "parquet"])
def test_a_waiting_export_of_any_format_is_looked_into(home, tmp_path, kind):
    people = [row("person", "P-1", id_kind="CF", id_value=MARIO)]
    waiting = Export(sequence=3, entities={"person": people}, formats={"person": kind})
    ingest(home, [waiting.write(tmp_path)])
    assert forget(home, {1: MARIO_IS}).send_again == (("rho", waiting.name),)
    assert files_with(home.root, [MARIO]) == []


def test_the_log_holds_seals_and_counts_only(loaded):
    key = open_key(loaded)
    forget(loaded, {1: MARIO_IS})
    (entry,) = json.loads(loaded.forgotten_file.read_text())
    assert set(entry) == {"at", "persons", "instances", "rows", "seals"}
    assert (entry["persons"], entry["instances"], len(entry["seals"])) == (1, ["matera", "rho"], 1)
    assert MARIO_IS.pseudonym(key) not in entry["seals"][0]
    assert "MARIO" not in loaded.forgotten_file.read_text()


def test_a_person_forgotten_before_is_known_and_a_stranger_is_not_found(loaded):
    forget(loaded, {1: MARIO_IS, 2: PersonRecord("rho", "NOBODY1")})
    again = {1: MARIO_IS, 2: PersonRecord("rho", "NOBODY1"), 4: Identifier("STP", STP)}
    report = forget(loaded, again)
    assert (report.forgotten, report.known, report.not_found) == (0, 2, (4,))


def test_killed_at_any_instant_and_run_again_it_ends_complete(home, tmp_path, monkeypatch):
    people = [
        row("person", "P-1", id_kind="CF", id_value=MARIO),
        row("person", "P-2", id_kind="CF", id_value=LUIGI),
    ]
    payments = [row("payment", "M-1", person_id="P-1"), row("payment", "M-2", person_id="P-2")]
    Export(entities={"person": people, "payment": payments}).write(home.landing / "rho")
    ingest(home)
    pseudonym, untouched = MARIO_IS.pseudonym(open_key(home)), tmp_path / "untouched"
    shutil.copytree(home.root, untouched)
    outcomes = set()
    for _ in every_death(monkeypatch, lambda: forget(home, {1: MARIO_IS})):
        report = forget(home, {1: MARIO_IS})
        outcomes.add((report.forgotten, report.known, report.not_found))
        assert files_with(home.root, [pseudonym, MARIO]) == []
        assert raw_values(home.raw, "person", "record_id") == [("P-2",)]
        assert raw_values(home.raw, "payment", "record_id, person_id") == [("M-1", None), ("M-2", "P-2")]
        assert len(json.loads(home.forgotten_file.read_text())) == 1
        assert not any(home.raw_incoming.iterdir())
        shutil.rmtree(home.root)
        shutil.copytree(untouched, home.root)
    assert outcomes == {(1, 0, ()), (0, 1, ())}


@pytest.mark.parametrize(
    "line", ["CF", "CF X Y", "CF 123", f"XX {MARIO}", "NONE x", "elsewhere P-1", f"STP {MARIO}"]
)
def test_a_line_that_names_nobody_is_told_by_its_number_only(line):
    with pytest.raises(VetroError) as error:
        read_persons([f"CF {MARIO}", "", line], ["rho"])
    assert error.value.exit_code == 2
    assert "3" in str(error.value)
    assert MARIO not in str(error.value)


def test_lines_name_persons_by_identifier_or_record_in_any_case():
    assert read_persons([f"CF {MARIO.lower()}\n", "\n", "rho P-1"], ["rho"]) == {
        1: MARIO_IS,
        3: PersonRecord("rho", "P-1"),
    }
    assert read_pairs([f"STP {STP} CF {MARIO}"]) == {1: (Identifier("STP", STP), MARIO_IS)}
    for wrong in ([], [f"CF {MARIO} CF {MARIO}"], [f"CF {MARIO} rho P-1"]):
        with pytest.raises(VetroError, match="Nothing was done"):
            read_pairs(wrong)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('[{"at": "2026-10-01"', "1:21"),
        ('[\n {"at": "2026-10-01", "persons": "one", "instances": [], "rows": 1, "seals": []}]', "2:34"),
    ],
)
def test_a_list_of_the_forgotten_that_cannot_be_read_stops_with_its_place(home, text, place):
    home.forgotten_file.parent.mkdir(parents=True, exist_ok=True)
    home.forgotten_file.write_text(text, encoding="utf-8")
    with pytest.raises(FileUnusable, match=rf"^raw/\.forgotten\.json:{place}[,:] "):
        read_forgotten(home)
