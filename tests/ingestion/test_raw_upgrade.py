"""What an earlier version of ingestion committed becomes what it writes now: once, wholly or not at all."""

import shutil
from pathlib import Path

import duckdb
import pytest

from core.home import VetroHome
from core.settings import Settings
from ingestion.data_subjects.erasure_request import forget
from ingestion.identity.person_references import Identifier
from ingestion.key_rotation import rotate_key
from ingestion.loading.ingest import ingest
from ingestion.privacy.pseudonyms import open_key
from ingestion.raw import checksums
from ingestion.raw.file_transaction import finish_transactions, mark_of
from ingestion.raw.layer import locked
from ingestion.raw.upgrade import is_of_earlier_form, upgrade_raw
from orchestration.warehouse import Warehouse
from tests.support.exports import TAX_CODE, Export, row
from tests.support.instants import every_death
from tests.support.traces import files_with, raw_values

SOLE_TRADER, PERSON = "VRDGPP70A41X859S", "RSSMRA80A01X501K"
IN_PIECES = f"{SOLE_TRADER[:6]} {SOLE_TRADER[6:11]} {SOLE_TRADER[11:]}".lower()
NOBODY = ("CF_PROV", "00000000000"), ("STP", "STP1111111111111"), ("ENI", "ENI1234567890123")


def told(sequence: int = 1, instance: str = "rho") -> Export:
    claimed = {"line_type": "EXPENSE_REPORTED", "grant_id": "G-1"}
    return Export(
        instance=instance,
        sequence=sequence,
        entities={
            "person": [
                row("person", "P-1", id_kind="CF", id_value=PERSON),
                *(
                    row("person", f"N-{number}", id_kind=kind, id_value=value)
                    for number, (kind, value) in enumerate(NOBODY)
                ),
            ],
            "organisation": [
                row("organisation", "O-1", tax_code=SOLE_TRADER),
                row("organisation", "O-2", tax_code="00000000000", vat_number="00000000000"),
                row("organisation", "O-3"),
            ],
            "grant_line": [
                row("grant_line", "L-1", doc_ref=f"{SOLE_TRADER}/15/2026-03-02", **claimed),
                row("grant_line", "L-2", doc_ref=f"{IN_PIECES}/15/2026-03-02", **claimed),
                row("grant_line", "L-3", doc_ref="01234567897/15/2026-03-02", **claimed),
                row("grant_line", "L-4", doc_ref="", **claimed),
            ],
        },
    )


def receipts(home: VetroHome, instance: str = "*") -> dict[str, str | None]:
    return dict(raw_values(home.raw, "grant_line", "record_id, doc_ref", instance=instance))


def as_before(home: VetroHome) -> None:
    """Write into raw what ingestion wrote before: codes of suppliers in clear, nobody's as codes, no sums."""
    key = open_key(home)
    kinds = {f"N-{number}": key.pseudonym("person", *code) for number, code in enumerate(NOBODY)}
    people = " ".join(f"when '{record}' then '{made}'" for record, made in kinds.items())
    lines = f"when 'L-1' then '{SOLE_TRADER}/15/2026-03-02' when 'L-2' then '{IN_PIECES}/15/2026-03-02'"
    changed = {
        "person": f"case record_id {people} else id_pseudonym end as id_pseudonym",
        "organisation": "case record_id when 'O-2' then '00000000000' else tax_code end as tax_code, "
        "case record_id when 'O-2' then '00000000000' else vat_number end as vat_number",
        "grant_line": f"case record_id {lines} else doc_ref end as doc_ref",
    }
    for entity, columns in changed.items():
        for path in home.raw.glob(f"instance=*/export=*/{entity}.parquet"):
            rows = f"select * replace ({columns}) from read_parquet('{path}', hive_partitioning = false)"
            with duckdb.connect() as connection:
                connection.execute(f"create table rows as {rows}")
                connection.execute(f"copy rows to '{path}'")
    for path in home.raw.glob(f"instance=*/export=*/{checksums.FILE}"):
        path.unlink()
    (home.raw / ".form").unlink()


@pytest.fixture
def old(home: VetroHome, tmp_path: Path) -> VetroHome:
    exports = [told().write(tmp_path / "in"), told(instance="matera").write(tmp_path / "in")]
    assert {receipt.status for receipt in ingest(home, exports)} == {"accepted"}
    shutil.copytree(home.raw, tmp_path / "now")
    as_before(home)
    assert files_with(home.raw, [SOLE_TRADER, IN_PIECES])
    return home


def test_the_door_keeps_no_supplier_and_nobody(home, tmp_path):
    ingest(home, [told().write(tmp_path), told(instance="matera").write(tmp_path)])
    trader = open_key(home).pseudonym("organisation", "CF", SOLE_TRADER)
    assert (
        receipts(home, "rho")
        == receipts(home, "matera")
        == {
            "L-1": f"cf-{trader}/15/2026-03-02",
            "L-2": f"cf-{trader}/15/2026-03-02",
            "L-3": "01234567897/15/2026-03-02",
            "L-4": None,
        }
    )
    people = raw_values(home.raw, "person", "record_id, id_kind, id_pseudonym is null", instance="rho")
    assert people == [("P-1", "CF", False)] + [
        (f"N-{number}", kind, True) for number, (kind, _) in enumerate(NOBODY)
    ]
    bodies = raw_values(home.raw, "organisation", "tax_code, tax_code_pseudonym, vat_number", instance="rho")
    assert bodies == [(None, trader, None), (None, None, None), (TAX_CODE, None, None)]
    assert files_with(home.raw, [SOLE_TRADER, IN_PIECES]) == []


def test_raw_of_before_becomes_what_the_door_writes_now(old, tmp_path):
    before = mark_of(old)
    with locked(old):
        assert upgrade_raw(old) == 6
        assert upgrade_raw(old) == 0
    assert mark_of(old) != before
    for folder in old.raw.glob("instance=*/export=*"):
        assert checksums.noted_sums(folder) == checksums.sums_of(folder)
    for entity in ("person", "organisation", "grant_line"):
        now = raw_values(tmp_path / "now", entity, "*")
        assert raw_values(old.raw, entity, "*") == now
    assert files_with(old.raw, [SOLE_TRADER, IN_PIECES]) == []


def test_rows_sent_again_are_known(old, tmp_path):
    (receipt,) = ingest(old, [told(sequence=2).write(tmp_path / "again")])
    assert (receipt.status, receipt.errors) == ("accepted", ())
    assert all(count["known"] == count["received"] for count in receipt.counts.values())


@pytest.mark.parametrize("way", ["forget", "rotate", "build"])
def test_whoever_takes_raw_first_does_it(old, way, monkeypatch):
    if way == "forget":
        assert forget(old, {1: Identifier("CF", PERSON)}).forgotten == 1
        assert all(name is None for (name,) in raw_values(old.raw, "person", "id_pseudonym"))
    elif way == "rotate":
        rotate_key(old)
        trader = open_key(old).pseudonym("organisation", "CF", SOLE_TRADER)
        assert receipts(old)["L-2"] == f"cf-{trader}/15/2026-03-02"
        bodies = raw_values(old.raw, "organisation", "tax_code_pseudonym")
        assert set(bodies) == {(trader,), (None,)}
    else:
        # As far as the models, which are another matter.
        monkeypatch.setattr(Warehouse, "parse", lambda _: (_ for _ in ()).throw(InterruptedError))
        with pytest.raises(InterruptedError):
            Warehouse(Settings(home=old.root)).build()
    assert not is_of_earlier_form(old)
    assert files_with(old.raw, [SOLE_TRADER, IN_PIECES]) == []


def test_after_a_rotation_a_receipt_is_still_the_same(home, tmp_path):
    ingest(home, [told().write(tmp_path / "a")])
    rotate_key(home)
    rotate_key(home)
    ingest(home, [told(instance="matera").write(tmp_path / "b")])
    assert receipts(home, "rho") == receipts(home, "matera")
    (receipt,) = ingest(home, [told(sequence=2).write(tmp_path / "c")])
    assert all(count["known"] == count["received"] for count in receipt.counts.values())


def test_killed_at_any_instant_it_is_wholly_old_or_wholly_new(old, tmp_path, monkeypatch):
    untouched = tmp_path / "untouched"
    shutil.copytree(old.root, untouched)
    before, now = receipts(old), dict(raw_values(tmp_path / "now", "grant_line", "record_id, doc_ref"))

    def upgrade() -> None:
        with locked(old):
            upgrade_raw(old)

    seen = set()
    for _ in every_death(monkeypatch, upgrade):
        with locked(old):
            finish_transactions(old)
        seen.add(is_of_earlier_form(old))
        assert receipts(old) == (before if is_of_earlier_form(old) else now)
        shutil.rmtree(old.root)
        shutil.copytree(untouched, old.root)
    assert seen == {True, False}
