"""A vendor may check an export before sending it: the same answers, and nothing left behind."""

import tempfile

import pytest

from ingestion.arrivals import PathUnusable
from ingestion.door import ingest
from ingestion.home import VetroHome
from ingestion.validation import place_is_judged, validate
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
