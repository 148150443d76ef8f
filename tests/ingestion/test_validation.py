"""A vendor may check an export before sending it: the same answers, and nothing left behind."""

import tempfile

import pytest

from core.home import VetroHome
from ingestion.landing.exports import PathUnusable
from ingestion.loading.dry_run import place_is_judged, validate, validate_in_order
from ingestion.loading.ingest import ingest
from tests.support.exports import Export, row, rows

EXPORTS = {
    "good": Export(entities={"person": rows("person", 3), "voucher": []}),
    "with a bad row": Export(entities={"person": [*rows("person", 99), row("person", "B", sex="Q")]}),
    "with too many": Export(entities={"person": [row("person", "B", sex="Q")]}),
    "with a wrong count": Export(
        entities={"person": rows("person", 3)}, spoil=lambda d: d["resources"][0].update(rows=4)
    ),
    "of another contract": Export(
        entities={"person": rows("person", 3)}, spoil=lambda d: d["welfare"].update(version="9")
    ),
    "without descriptor": Export(entities={"person": rows("person", 3)}, spoil=lambda d: d.clear()),
}


@pytest.mark.parametrize("what", EXPORTS)
@pytest.mark.parametrize("packed", [False, True])
def test_validation_answers_as_the_door_would(home, tmp_path, what, packed):
    place = EXPORTS[what].write_zip(tmp_path) if packed else EXPORTS[what].write(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    told = validate(place)
    assert sorted(tmp_path.rglob("*")) == before
    (receipt,) = ingest(home, [place])
    assert (told.status, told.errors, told.counts) == (receipt.status, receipt.errors, receipt.counts)


def everything(folder):
    return {path: path.is_file() and path.stat().st_mtime_ns for path in sorted(folder.rglob("*"))}


def test_validation_tells_every_planted_error_and_leaves_nothing_behind(tmp_path, monkeypatch):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    monkeypatch.chdir(scratch)
    planted = Export(
        entities={
            "person": [*rows("person", 200), row("person", "B", sex="Q", row_version="0")],
            "service_delivery": [
                *rows("service_delivery", 300),
                row("service_delivery", "W", quantity="1,0"),
            ],
        },
        spoil=lambda d: d["resources"][1].update(rows=7),
        rewrite={"person": lambda content: content.replace(b"G-200;", b"G-1;")},
    )
    place = planted.write_zip(tmp_path / "sent")
    before = everything(tmp_path)
    told = validate(place)
    assert everything(tmp_path) == before
    assert told.status == "refused"
    assert [(e["code"], e["file"], e["line"], e["column"]) for e in told.errors] == [
        ("row_count_mismatch", "data/service_delivery.csv", None, None),
        ("duplicate_in_file", "data/person.csv", 201, "record_id"),
        ("enum_unknown", "data/person.csv", 202, "sex"),
        ("out_of_range", "data/person.csv", 202, "row_version"),
        ("type_wrong", "data/service_delivery.csv", 302, "quantity"),
    ]
    assert all(error["message_it"] and error["message_en"] for error in told.errors)


def codes(receipt):
    return [error["code"] for error in receipt.errors]


def test_alone_no_instance_and_no_sequence_is_out_of_place(tmp_path):
    export = Export(instance="atlantide", sequence=9, entities={"person": rows("person", 3)}).write(tmp_path)
    assert validate(export).status == "accepted"
    assert place_is_judged("rho", VetroHome.at(tmp_path / "nowhere")) is False
    assert codes(validate(export, instance="atlantide", home=VetroHome.at(tmp_path / "nowhere"))) == []
    assert codes(validate(export, instance="rho")) == ["instance_unknown"]
    assert not (tmp_path / "nowhere").exists()


def test_with_an_instance_the_export_is_judged_by_what_its_house_has_accepted(home, tmp_path):
    def export(sequence, **more):
        return Export(sequence=sequence, entities={"person": rows("person", 3)}, **more).write(tmp_path)

    first, second, third = export(1), export(2), export(3)
    ingest(home, [first])
    before = everything(home.root)
    assert codes(validate(second, instance="rho", home=home)) == []
    assert (
        validate(third, instance="rho", home=home).status,
        codes(validate(third, instance="rho", home=home)),
    ) == (
        "held",
        ["sequence_gap"],
    )
    assert codes(validate(first, instance="rho", home=home)) == ["export_id_reused"]
    again = export(1, export_id="rho-other")
    assert codes(validate(again, instance="rho", home=home)) == ["sequence_reused"]
    assert codes(validate(second, instance="matera", home=home)) == ["instance_unknown"]
    assert everything(home.root) == before


def test_nothing_at_the_path_is_said(tmp_path):
    with pytest.raises(PathUnusable):
        validate(tmp_path / "nowhere")


OPPOSITE = {
    "quantity": "-1.000", "amount_total": "-10.00", "amount_user": "-2.00", "amount_municipality": "-3.00",
    "amount_ssn": "-1.00", "amount_other": "-4.00",
}  # fmt: skip


def delivered(folder, sequence, *records, **more):
    return Export(sequence=sequence, entities={"service_delivery": list(records)}, **more).write(folder)


def undo(record_id, target, **values):
    return row("service_delivery", record_id, **(OPPOSITE | {"reverses_id": target} | values))


def test_a_correction_of_an_earlier_row_passes_together_with_what_it_corrects(home, tmp_path):
    first = delivered(tmp_path, 1, *rows("service_delivery", 3))
    second = delivered(tmp_path, 2, undo("R-1", "G-2"), row("service_delivery", "N-1"))
    before = everything(tmp_path)
    # They are judged in the order of their sequence, however they are given.
    told = validate_in_order([second, first])
    assert everything(tmp_path) == before
    assert [(r.export_id[-4:], r.status, r.errors, r.unjudged) for r in told] == [
        ("0001", "accepted", (), ()),
        ("0002", "accepted", (), ()),
    ]
    at_the_door = ingest(home, [first, second])
    assert [(r.status, r.errors, r.counts) for r in told] == [
        (r.status, r.errors, r.counts) for r in at_the_door
    ]


def test_alone_a_reversal_of_a_row_of_an_earlier_export_is_not_judged_and_counts_as_no_error(tmp_path):
    told = validate(delivered(tmp_path, 2, undo("R-1", "G-2"), row("service_delivery", "N-1")))
    assert (told.status, told.errors) == ("accepted", ())
    assert told.counts["service_delivery"] == {"received": 2, "loaded": 2, "known": 0, "quarantined": 0}
    (unjudged,) = told.unjudged
    assert (unjudged["file"], unjudged["line"], unjudged["column"]) == (
        "data/service_delivery.csv",
        2,
        "reverses_id",
    )
    assert "precedenti" in unjudged["message_it"] and "before" in unjudged["message_en"]
    assert "unjudged" not in told.content()


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ([undo("R-1", "G-2"), undo("R-2", "G-2")], "già stornata"),
        ([row("service_delivery", "N-1"), undo("R-1", "N-1", amount_total="-9.00", amount_other="-3.00")],
         "Importi o quantità"),
        ([row("service_delivery", "N-1", quantity="x"), undo("R-1", "N-1")], "essa stessa scartata"),
        ([row("service_delivery", "N-1"), undo("R-1", "N-1"), undo("R-2", "R-1")], "a sua volta uno storno"),
    ],
)  # fmt: skip
def test_what_one_export_can_tell_of_its_reversals_is_told_alone_too(tmp_path, wrong, reason):
    told = validate(delivered(tmp_path, 2, *wrong))
    found = [error for error in told.errors if error["code"] == "reversal_invalid"]
    assert [reason in error["message_it"] for error in found] == [True]


def test_where_nothing_was_sent_before_a_reversal_of_nothing_is_an_error(tmp_path):
    told = validate(delivered(tmp_path, 1, undo("R-1", "G-2"), *rows("service_delivery", 1, "N")))
    assert codes(told) == ["too_many_bad_rows", "reversal_invalid"] and not told.unjudged
    assert "mai stata inviata" in told.errors[1]["message_it"]


def test_a_row_reversed_in_an_earlier_export_is_not_reversed_again(tmp_path):
    exports = [
        delivered(tmp_path, 4, *rows("service_delivery", 3)),
        delivered(tmp_path, 5, undo("R-1", "G-2")),
        delivered(tmp_path, 6, undo("R-2", "G-2"), undo("R-3", "OLD"), *rows("service_delivery", 240, "N")),
    ]
    *earlier, last = validate_in_order(exports)
    assert [r.errors for r in earlier] == [(), ()]
    assert [(e["code"], e["line"]) for e in last.errors] == [("reversal_invalid", 2)]
    assert "già stornata" in last.errors[0]["message_it"]
    assert [each["line"] for each in last.unjudged] == [3]


def test_rows_sent_before_are_known_and_changed_ones_are_told(tmp_path):
    first = delivered(tmp_path, 1, *rows("service_delivery", 200))
    changed = row("service_delivery", "G-7", start_date="2026-10-02", end_date="2026-10-02")
    again = [changed if each["record_id"] == "G-7" else each for each in rows("service_delivery", 200)]
    _, last = validate_in_order([first, delivered(tmp_path, 2, *again)])
    assert [(e["code"], e["line"]) for e in last.errors] == [("ledger_changed", 8)]
    assert last.counts["service_delivery"]["known"] == 199


def test_a_person_erased_before_is_not_sent_again(tmp_path):
    def booked(sequence, **more):
        entities = {"person": rows("person", 2), "booking": [row("booking", "B-1", person_id="G-1")]}
        return Export(sequence=sequence, entities=entities, **more).write(tmp_path)

    erasing = Export(sequence=2, entities={"person": []}, erasures=["G-1"]).write(tmp_path)
    told = validate_in_order([booked(1), erasing, booked(3)])
    assert [codes(each) for each in told] == [[], [], ["erased_person", "erased_person"]]


def test_what_follows_a_refused_export_waits_for_it(tmp_path):
    first = delivered(tmp_path, 1, row("service_delivery", "N-1", quantity="x"))
    told = validate_in_order([first, delivered(tmp_path, 2, *rows("service_delivery", 2))])
    assert [(each.status, codes(each)) for each in told] == [
        ("refused", ["too_many_bad_rows", "type_wrong"]),
        ("held", ["sequence_gap"]),
    ]


def test_exports_of_several_instances_have_no_order(tmp_path):
    exports = [
        Export(instance=name, entities={"person": rows("person", 1)}).write(tmp_path)
        for name in ("rho", "matera")
    ]
    with pytest.raises(PathUnusable, match="matera, rho"):
        validate_in_order(exports)
