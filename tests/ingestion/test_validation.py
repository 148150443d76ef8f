"""A vendor may check an export before sending it: the same answers, and nothing left behind."""

import pytest

from ingestion.arrivals import PathUnusable
from ingestion.door import ingest
from ingestion.validation import validate
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


def test_nothing_at_the_path_is_said(tmp_path):
    with pytest.raises(PathUnusable):
        validate(tmp_path / "nowhere")
