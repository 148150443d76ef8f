"""A new key: whoever has the old one can make nothing that is stored now, and nobody becomes a stranger."""

import shutil
import stat

import pytest

from core.home import VetroHome
from ingestion.data_subjects.erasure_request import forget
from ingestion.identity.person_references import Identifier
from ingestion.identity.resolution import note_merges
from ingestion.key_rotation import rotate_key
from ingestion.loading.ingest import ingest
from ingestion.privacy.pseudonyms import PseudonymKey, open_key
from ingestion.raw.file_transaction import finish_transactions
from ingestion.raw.layer import locked
from tests.support.exports import Export, row
from tests.support.instants import every_death
from tests.support.traces import files_with, raw_values

FIRST, SECOND, STP = "RSSMRA80A01X501K", "BNCLRA92M55X704P", "STP7654321098765"
SOLE_TRADER = "VRDGPP70A41X859S"
KEYED = {
    "person": "id_pseudonym, _digest",
    "assessment": "manager_pseudonym",
    "organisation": "tax_code_pseudonym, _digest",
    "household": "_digest",
    "_erasure": "person_hash",
}


def told(sequence: int = 1, instance: str = "rho", **more) -> Export:
    return Export(
        instance=instance,
        sequence=sequence,
        entities={
            "person": [
                row("person", "P-1", id_kind="CF", id_value=FIRST),
                row("person", "P-2", id_kind="CF", id_value=SECOND),
                row("person", "P-3", id_kind="STP", id_value=STP),
                row("person", "P-4"),
            ],
            "assessment": [row("assessment", "A-1", person_id="P-1", manager_ref="Zaira.Q")],
            "household": [row("household", "H-1", isee_value="13579.24")],
            "organisation": [row("organisation", "O-1", tax_code=SOLE_TRADER, name="Bottega")],
            "payment": [row("payment", "M-1", person_id="P-1")],
        },
        **more,
    )


@pytest.fixture
def loaded(home: VetroHome, tmp_path) -> VetroHome:
    """Two instances with the same persons; somebody erased, somebody merged, somebody forgotten."""
    extra = told()
    extra.entities["person"] += [
        row("person", "P-5"),
        row("person", "P-6", id_kind="ENI", id_value="ENI7654321098765"),
    ]
    exports = [extra.write(tmp_path / "in"), told(instance="matera").write(tmp_path / "in")]
    second = Export(sequence=2, entities={"person": []}, erasures=["P-5"]).write(tmp_path / "in")
    assert {receipt.status for receipt in ingest(home, [*exports, second])} == {"accepted"}
    note_merges(home, {1: (Identifier("STP", STP), Identifier("CF", SECOND))})
    assert forget(home, {1: Identifier("ENI", "ENI7654321098765")}).forgotten == 1
    return home


def keyed_values(home: VetroHome) -> list[tuple]:
    return [value for entity, columns in KEYED.items() for value in raw_values(home.raw, entity, columns)]


def all_pseudonyms(home: VetroHome) -> set[str]:
    return {value for values in keyed_values(home) for value in values if value}


def test_what_is_stored_is_what_the_new_key_makes_of_the_identifier(loaded):
    before = open_key(loaded)
    rotation = rotate_key(loaded)
    after = open_key(loaded)
    assert (rotation.before, rotation.key_id) == (before.key_id, after.key_id)
    assert before.key_id != after.key_id
    people = dict(raw_values(loaded.raw, "person", "record_id, id_pseudonym"))
    assert people == {
        "P-1": after.pseudonym("person", "CF", FIRST),
        "P-2": after.pseudonym("person", "CF", SECOND),
        "P-3": after.pseudonym("person", "STP", STP),
        "P-4": None,
    }
    assert set(raw_values(loaded.raw, "assessment", "manager_pseudonym")) == {
        (after.pseudonym("manager", instance, "ZAIRA.Q"),) for instance in ("matera", "rho")
    }
    assert set(raw_values(loaded.raw, "organisation", "tax_code_pseudonym")) == {
        (after.pseudonym("organisation", "CF", SOLE_TRADER),)
    }
    assert (after.pseudonym("erased", "rho", "P-5"),) in raw_values(loaded.raw, "_erasure", "person_hash")
    assert set(raw_values(loaded.raw, "_export", "key_id")) == {(after.key_id,)}


def test_no_old_pseudonym_is_left_and_there_are_as_many_as_before(loaded):
    before, shape = all_pseudonyms(loaded), [len(values) for values in keyed_values(loaded)]
    assert len(before) > 10
    rotation = rotate_key(loaded)
    assert rotation.pseudonyms == len(before) == len(all_pseudonyms(loaded))
    assert [len(values) for values in keyed_values(loaded)] == shape
    assert files_with(loaded.root, before) == []


def test_a_leaked_old_key_makes_nothing_that_is_stored_now(loaded):
    leaked = open_key(loaded)
    rotate_key(loaded)
    identifiers = [("person", "CF", FIRST), ("person", "CF", SECOND), ("person", "STP", STP)]
    made = {leaked.pseudonym(*parts) for parts in identifiers}
    assert not made & all_pseudonyms(loaded)
    # Neither does the new link alone, without the identifier's first pseudonym.
    newest = PseudonymKey(open_key(loaded).links[-1], "newest")
    assert not {newest.pseudonym(*parts) for parts in identifiers} & all_pseudonyms(loaded)


def test_everything_else_stays_as_it_was(loaded):
    rows = {
        entity: raw_values(loaded.raw, entity, "* exclude (id_pseudonym, _digest)") for entity in ("person",)
    } | {"payment": raw_values(loaded.raw, "payment", "*")}
    rotate_key(loaded)
    assert rows == {
        "person": raw_values(loaded.raw, "person", "* exclude (id_pseudonym, _digest)"),
        "payment": raw_values(loaded.raw, "payment", "*"),
    }


def test_the_same_rows_are_known_after_two_rotations(loaded, tmp_path):
    rotate_key(loaded)
    rotate_key(loaded)
    assert len(open_key(loaded).links) == 3
    (receipt,) = ingest(loaded, [told(sequence=3).write(tmp_path / "again")])
    assert receipt.status == "accepted"
    assert {name: count["known"] for name, count in receipt.counts.items()} == {
        "person": 4,
        "assessment": 1,
        "household": 1,
        "organisation": 1,
        "payment": 1,
    }


def test_who_was_erased_or_forgotten_stays_so(loaded, tmp_path):
    rotate_key(loaded)
    people = [
        row("person", "P-5"),
        row("person", "NEW", id_kind="ENI", id_value="ENI7654321098765"),
    ]
    export = Export(sequence=3, entities={"person": people}).write(tmp_path / "again")
    (receipt,) = ingest(loaded, [export])
    assert [error["code"] for error in receipt.errors] == ["erased_person"] * 2


def test_the_new_key_is_for_its_owner_only(loaded):
    rotate_key(loaded)
    assert stat.S_IMODE((loaded.secrets / "pseudonym.key").stat().st_mode) == 0o600
    assert [path.name for path in loaded.secrets.iterdir()] == ["pseudonym.key"]


def test_killed_at_any_instant_it_is_wholly_old_or_wholly_new(home, tmp_path, monkeypatch):
    export = Export(entities={"person": told().entities["person"]}, erasures=["P-9"])
    ingest(home, [export.write(tmp_path / "in")])
    note_merges(home, {1: (Identifier("STP", STP), Identifier("CF", SECOND))})
    untouched = tmp_path / "untouched"
    shutil.copytree(home.root, untouched)
    before, old = keyed_values(home), open_key(home)
    seen = set()
    for _ in every_death(monkeypatch, lambda: rotate_key(home)):
        # Whoever takes the raw layer next finishes what binds, and drops what does not.
        with locked(home):
            finish_transactions(home)
        key, now = open_key(home), keyed_values(home)
        if key == old:
            assert now == before
        else:
            assert key.links[:-1] == old.links
            assert now == [tuple(value and key.carried_over(value) for value in values) for values in before]
            assert files_with(home.raw, {value for values in before for value in values if value}) == []
        assert set(raw_values(home.raw, "_export", "key_id")) == {(key.key_id,)}
        seen.add(key == old)
        shutil.rmtree(home.root)
        shutil.copytree(untouched, home.root)
    assert seen == {True, False}


def test_a_rotation_cut_short_after_the_new_key_is_finished_and_not_repeated(loaded, monkeypatch):
    from ingestion import key_rotation

    old = open_key(loaded)

    def die(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        replaced = key_rotation.put_key
        patch.setattr(key_rotation, "put_key", lambda *given: (replaced(*given), die()))
        with pytest.raises(KeyboardInterrupt):
            rotate_key(loaded)
    assert rotate_key(loaded).resumed
    assert len(open_key(loaded).links) == len(old.links) + 1


def test_the_chain_in_sql_is_the_chain_in_python():
    import duckdb

    from ingestion.privacy.pseudonyms import carried_over_sql, prepare_pseudonyms, pseudonym_sql

    key = PseudonymKey(bytes(range(32)), "test", (bytes(32), bytes([7]) * 32))
    shorter = PseudonymKey(bytes(range(32)), "test", (bytes(32),))
    with duckdb.connect() as connection:
        prepare_pseudonyms(connection, key)
        made, carried, nothing = connection.execute(
            f"select {pseudonym_sql('$1')}, {carried_over_sql('$2')}, {pseudonym_sql('null::varchar')}",
            ["person|CF|X", shorter.pseudonym("person", "CF", "X")],
        ).fetchone()
    assert (
        made
        == carried
        == key.pseudonym("person", "CF", "X")
        == key.carried_over(shorter.pseudonym("person", "CF", "X"))
    )
    assert nothing is None
