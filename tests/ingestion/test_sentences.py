"""A receipt says of every error what was expected and found, in both languages, and no value of a row."""

import json

import pytest

from ingestion.contract import sentences
from ingestion.contract.codes import CODES
from ingestion.contract.schema import load_contract
from ingestion.loading.dry_run import validate
from ingestion.loading.ingest import ingest
from ingestion.validation.history_rules import REASONS
from tests.support.exports import Export, entity, row, rows


def errors(export, folder):
    """The errors that `vetro validate` tells, by code; the last one of each."""
    return {error["code"]: error for error in validate(export.write(folder)).errors}


def said(export, folder, code):
    error = errors(export, folder)[code]
    return error["message_it"], error["message_en"]


def persons(**more):
    return Export(entities={"person": rows("person", 3)}, **more)


@pytest.mark.parametrize("code", sentences.DETAILS)
def test_every_detail_speaks_both_languages_with_the_same_gaps(code):
    assert code in CODES
    for it, en in sentences.DETAILS[code].values():
        assert it != en and it.count("{") == en.count("{")


def test_every_reason_of_a_reversal_has_its_sentence():
    assert set(REASONS) == set(sentences.DETAILS["reversal_invalid"])


def test_every_pattern_of_the_contract_is_told_in_words():
    patterns = {f.pattern for e in load_contract().entities.values() for f in e.fields if f.pattern}
    assert patterns == set(sentences.FORMS)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda d: d["welfare"]["period"].update({"from": "1/10/2026"}), ["`welfare.period.from`"]),
        (lambda d: d["welfare"].pop("period"), ["`welfare.period`"]),
        (lambda d: d["welfare"].update(mode="all", sequence=0), ["`welfare.mode`", "`welfare.sequence`"]),
        (lambda d: d.update(created="2026-11-03T02:10:00"), ["`created`"]),
        (lambda d: d["resources"][0].update(hash="abc", bytes=-1, rows="3"),
         ["`resources[0].bytes`", "`resources[0].rows`", "`resources[0].hash`"]),
        (lambda d: d["resources"][0].update(dialect={"delimiter": ";;"}),
         ["`resources[0].dialect.delimiter`"]),
        (lambda d: d["resources"][0].update(controlTotals={"a": 1}), ["`resources[0].controlTotals`"]),
        (lambda d: d["resources"].append(d["resources"][0]), ["`resources[1].name`", "`resources[1].path`"]),
        (lambda d: d["welfare"].update(erasures=[{"entity": "voucher"}]), ["`welfare.erasures[0]`"]),
        (lambda d: d.pop("welfare"), ["`welfare`"]),
    ],
)  # fmt: skip
def test_an_unreadable_descriptor_names_every_property_that_is_wrong(tmp_path, spoil, told):
    for sentence in said(persons(spoil=spoil), tmp_path, "manifest_unreadable"):
        assert f": {', '.join(told)}. " in sentence


def test_a_descriptor_that_is_no_json_is_told_where_it_breaks_and_nothing_of_it(tmp_path):
    place = persons().write(tmp_path)
    (place / "datapackage.json").write_text('{"name": "RSSMRA85T10A562S",\n "created" 3}')
    (error,) = validate(place).errors
    assert "riga 2, carattere 12" in error["message_it"] and "line 2, character 12" in error["message_en"]
    assert "RSSMRA" not in json.dumps(error)
    (place / "datapackage.json").unlink()
    assert "Non c'è datapackage.json" in validate(place).errors[0]["message_it"]


def test_a_missing_entity_and_an_unknown_one_are_named(tmp_path):
    found = errors(persons(mode="full"), tmp_path)["entity_missing"]
    assert f"Manca l'entità {found['entity']}." in found["message_it"]
    told = said(persons(spoil=lambda d: d["resources"][0].update(name="pets")), tmp_path, "entity_unknown")
    assert told[1].startswith("pets is not in the contract.")


def test_a_wrong_delimiter_is_asked_about(tmp_path):
    export = persons(spoil=lambda d: d["resources"][0].update(dialect={"delimiter": "|"}))
    for code in ("column_missing", "column_unknown"):
        it, en = said(export, tmp_path, code)
        assert "delimitatore" in it and "delimiter" in en
    whole = persons(rewrite={"person": lambda content: content.replace(b";sex;", b";gender;")})
    assert "delimitatore" not in said(whole, tmp_path, "column_missing")[0]


def test_counts_and_totals_are_told_as_declared_and_as_found(tmp_path):
    def spoil(descriptor):
        descriptor["resources"][0].update(rows=7)
        descriptor["resources"][0]["controlTotals"]["amount_total"] = "31.00"

    found = errors(Export(entities={"service_delivery": rows("service_delivery", 3)}, spoil=spoil), tmp_path)
    assert "dichiarate 7, trovate 3." in found["row_count_mismatch"]["message_it"]
    assert "declared 31.00, computed 30.00." in found["control_total_mismatch"]["message_en"]


def test_a_total_over_persons_is_never_told(tmp_path):
    assert entity("household").field("isee_value").personal
    export = Export(
        entities={"household": [row("household", "H-1", isee_value="8450.00")]},
        spoil=lambda d: d["resources"][0]["controlTotals"].update(isee_value="1.00"),
    )
    assert said(export, tmp_path, "control_total_mismatch")[1] == CODES["control_total_mismatch"].message_en
    bad = Export(entities={"household": [*rows("household", 99, isee_value="10.00"),
                                         row("household", "B", isee_value="7777.00", size="x")]})  # fmt: skip
    it, en = said(bad, tmp_path / "bad", "too_many_bad_rows")
    assert "isee_value" in it and "7777" not in it + en and "8767" not in it + en


def test_how_many_rows_or_euro_were_too_many_is_told(tmp_path):
    export = Export(entities={"person": [*rows("person", 7), *rows("person", 3, "B", sex="Q")]})
    assert "Rows set aside: 3 of 10, the limit is 2%." in said(export, tmp_path, "too_many_bad_rows")[1]
    payments = [*rows("payment", 99), row("payment", "B", amount="110.00", payer_id="")]
    euro = said(Export(entities={"payment": payments}), tmp_path / "euro", "too_many_bad_rows")
    assert "110.00 euro di 1100.00 in amount, limite 0.5%" in euro[0]


ROW_FAULTS = [
    ("person", {"istat_residence": "15182"}, "pattern_wrong", "zero iniziale", "leading zero"),
    ("person", {"id_kind": "CF", "id_value": "rssmra85t10a562s"}, "pattern_wrong", "maiuscoli", "capitals"),
    ("organisation", {"vat_number": "743110157"}, "pattern_wrong", "zeri iniziali", "leading zeros"),
    ("payment", {"cup": "x"}, "pattern_wrong", "CUP", "CUP"),
    ("service", {"record_id": "RSSMRA85T10A562S"}, "pattern_wrong", "dica chi è", "who the person is"),
    ("household_member", {"role": "UNCLE"}, "enum_unknown", "PARENT (dalla 1.1)", "PARENT (since 1.1)"),
    ("person", {"sex": "Q"}, "enum_unknown", "Ammessi: M, F, X, ND.", "Allowed: M, F, X, ND."),
    ("service_delivery", {"quantity": "1,5"}, "type_wrong", "al massimo 3 decimali", "at most 3 decimals"),
    ("service_delivery", {"start_date": "1/10/2026"}, "type_wrong", "AAAA-MM-GG", "YYYY-MM-DD"),
    ("request", {"received_at": "2026-10-01"}, "type_wrong", "con il fuso", "with offset"),
    ("person", {"row_version": "0"}, "out_of_range", "Almeno 1.", "At least 1."),
    (
        "voucher_event",
        {"event": "REDEEM"},
        "condition_missing",
        "merchant_id c'è quando",
        "merchant_id is there",
    ),
    ("application", {"person_id": ""}, "condition_missing", "HOUSEHOLD → household_id", "HOUSEHOLD →"),
    ("service_delivery", {"amount_total": "9.00"}, "amounts_disagree", "amount_user +", "amount_user +"),
]


@pytest.mark.parametrize(("name", "values", "code", "it", "en"), ROW_FAULTS)
def test_a_bad_row_is_told_what_its_column_or_entity_expects(tmp_path, name, values, code, it, en):
    record_id = values.get("record_id", "B-1")
    given = {column: value for column, value in values.items() if column != "record_id"}
    told = said(Export(entities={name: [row(name, record_id, **given)]}), tmp_path, code)
    assert it in told[0] and en in told[1]
    assert not [value for value in values.values() if len(value) > 6 and value in " ".join(told)]


def test_a_broken_json_line_is_told_as_one(tmp_path):
    export = Export(
        entities={"person": rows("person", 2)},
        formats={"person": "jsonl"},
        rewrite={"person": lambda content: content + b'{"record_id": {"a": 1}}\n'},
        spoil=lambda d: d["resources"][0].update(rows=3),
    )
    assert "oggetto JSON piatto" in said(export, tmp_path, "row_malformed")[0]
    plain = Export(
        entities={"person": rows("person", 2)},
        rewrite={"person": lambda content: content + b"a;b\n"},
        spoil=lambda d: d["resources"][0].update(rows=3),
    )
    assert "JSON" not in said(plain, tmp_path / "csv", "row_malformed")[0]


def test_no_archive_is_told_apart_from_an_unsafe_one(tmp_path):
    fake = tmp_path / "rho.zip"
    fake.write_bytes(b"not a zip")
    assert validate(fake).errors[0]["message_en"].startswith("The file is not a whole zip archive.")
    linked = persons().write(tmp_path)
    (linked / "data/more.csv").symlink_to("/etc/hostname")
    assert "collegamento" in next(
        e["message_it"] for e in validate(linked).errors if e["code"] == "archive_unsafe"
    )


def test_the_door_writes_the_same_sentences(home, tmp_path):
    place = Export(entities={"person": [*rows("person", 99), row("person", "B", sex="Q")]}).write(tmp_path)
    (receipt,) = ingest(home, [place])
    assert "Ammessi: M, F, X, ND." in receipt.path.read_text(encoding="utf-8")
    assert "Ammessi: M, F, X, ND." in receipt.path.with_suffix(".html").read_text(encoding="utf-8")
