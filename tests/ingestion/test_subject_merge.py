"""Whose code it is: temporary codes lead to what replaced them, in every instance, and nothing else does."""

import itertools

import duckdb
import pyarrow.parquet as pq
import pytest

from core.home import VetroHome
from ingestion.identity.person_references import Identifier
from ingestion.identity.resolution import (
    MERGE_SCHEMA,
    find_merges,
    merge_file,
    note_merges,
    resolve,
    write_subject_merge,
)
from ingestion.loading.ingest import ingest
from ingestion.privacy.pseudonyms import open_key
from tests.support.exports import Export, row
from tests.support.traces import files_with

MARIO, LUIGI = Identifier("CF", "RSSMRA80A01X501K"), Identifier("CF", "BNCLRA92M55X704P")
STP, ENI = Identifier("STP", "STP7654321098765"), Identifier("ENI", "ENI7654321098765")
PROVISIONAL = Identifier("CF_PROV", "65432198706")

CHAINS = {
    "nothing": (set(), {}),
    "one step": ({("a", "b")}, {"a": "b"}),
    "a chain": ({("a", "b"), ("b", "c"), ("c", "d")}, {"a": "d", "b": "d", "c": "d"}),
    "two ways to one end": ({("a", "b"), ("a", "c"), ("b", "c")}, {"a": "c", "b": "c"}),
    "two ends": ({("a", "b"), ("a", "c")}, {}),
    "a step before two ends": ({("z", "a"), ("a", "b"), ("a", "c")}, {}),
    "a circle": ({("b", "a"), ("a", "c"), ("c", "b")}, {"b": "a", "c": "a"}),
    "a way into a circle": ({("a", "c"), ("c", "b"), ("b", "c")}, {"a": "b", "c": "b"}),
    "a circle with a way out": ({("a", "b"), ("b", "a"), ("b", "c")}, {"a": "c", "b": "c"}),
    "two circles": (
        {("a", "b"), ("b", "a"), ("x", "a"), ("x", "m"), ("m", "n"), ("n", "m")}, {"b": "a", "n": "m"}
    ),
    "itself": ({("a", "a")}, {}),
}  # fmt: skip


@pytest.mark.parametrize("pairs, expected", CHAINS.values(), ids=CHAINS)
def test_a_chain_ends_at_one_code_or_the_code_is_nobody_elses(pairs, expected):
    assert resolve(pairs) == expected


def told(home: VetroHome, folder, instance: str, *versions: Identifier | None) -> None:
    """Send P-1 of an instance under one identifier after another, a new export each."""
    for sequence, identifier in enumerate(versions, start=1):
        named = {"id_kind": identifier.kind, "id_value": identifier.value} if identifier else {}
        people = [row("person", "P-1", row_version=str(sequence), **named)]
        export = Export(instance=instance, sequence=sequence, entities={"person": people})
        (receipt,) = ingest(home, [export.write(folder)])
        assert receipt.errors == ()


def merged(home: VetroHome) -> dict[str, str]:
    with duckdb.connect() as connection:
        return {merge.from_pseudonym: merge.to_pseudonym for merge in find_merges(connection, home)}


def named(home: VetroHome, *pairs: tuple[Identifier, Identifier]) -> dict[str, str]:
    key = open_key(home)
    return {first.pseudonym(key): last.pseudonym(key) for first, last in pairs}


@pytest.mark.parametrize("code", [STP, ENI, PROVISIONAL], ids=["STP", "ENI", "CF_PROV"])
def test_a_temporary_code_leads_to_what_the_record_has_today(home, tmp_path, code):
    told(home, tmp_path, "rho", code, MARIO)
    told(home, tmp_path, "matera", code)
    assert merged(home) == named(home, (code, MARIO))
    touched = write_subject_merge(home)
    assert set(touched) == {"matera", "rho"}


def test_one_temporary_code_after_another_leads_to_the_last(home, tmp_path):
    told(home, tmp_path, "rho", STP, ENI, MARIO)
    assert merged(home) == named(home, (STP, MARIO), (ENI, MARIO))


def test_a_chain_may_run_through_two_instances(home, tmp_path):
    told(home, tmp_path, "rho", STP, ENI)
    told(home, tmp_path, "matera", ENI, MARIO)
    assert merged(home) == named(home, (STP, MARIO), (ENI, MARIO))


@pytest.mark.parametrize(
    "versions",
    [(MARIO, LUIGI), (MARIO, STP), (STP, None), (None, MARIO), (STP, STP)],
    ids=["a correction", "a code lost", "no identifier any more", "none before", "the same"],
)
def test_nothing_else_merges(home, tmp_path, versions):
    told(home, tmp_path, "rho", *versions)
    assert merged(home) == {}


def test_a_correction_after_a_temporary_code_leads_to_the_corrected_one(home, tmp_path):
    told(home, tmp_path, "rho", STP, LUIGI, MARIO)
    assert merged(home) == named(home, (STP, MARIO))


def test_a_code_of_two_people_is_merged_with_neither_until_somebody_says(home, tmp_path):
    told(home, tmp_path, "rho", STP, MARIO)
    told(home, tmp_path, "matera", STP, LUIGI)
    assert merged(home) == {}
    note_merges(home, {1: (STP, LUIGI)})
    assert merged(home) == named(home, (STP, LUIGI))


def test_persons_without_identifier_stay_in_their_instance(home, tmp_path):
    told(home, tmp_path, "rho", None, None)
    told(home, tmp_path, "matera", None)
    write_subject_merge(home)
    table = pq.read_table(merge_file(home))
    assert (table.num_rows, table.schema) == (0, MERGE_SCHEMA)


def test_the_order_of_exports_does_not_matter(home, tmp_path):
    exports = [
        Export(instance=instance, sequence=sequence, entities={"person": [
            row("person", "P-1", row_version=str(sequence), id_kind=code.kind, id_value=code.value)]},
        ).write(tmp_path)
        for instance, codes in {"rho": (STP, ENI), "matera": (ENI, MARIO)}.items()
        for sequence, code in enumerate(codes, start=1)
    ]  # fmt: skip
    for order in itertools.islice(itertools.permutations(exports), 0, 24, 7):
        for path in order:
            ingest(home, [path])
    assert merged(home) == named(home, (STP, MARIO), (ENI, MARIO))


def test_a_pair_is_kept_as_pseudonyms_and_the_latest_word_holds(home, tmp_path):
    told(home, tmp_path, "rho", STP)
    told(home, tmp_path, "matera", LUIGI, MARIO)
    assert note_merges(home, {1: (STP, LUIGI)}).noted == 1
    assert note_merges(home, {1: (STP, LUIGI)}).known == 1
    assert note_merges(home, {1: (STP, MARIO), 2: (LUIGI, MARIO)}).noted == 2
    assert merged(home) == named(home, (STP, MARIO), (LUIGI, MARIO))
    assert files_with(home.root, [STP.value, LUIGI.value, MARIO.value]) == []


def test_an_identifier_that_nobody_has_told_of_is_reported_by_its_line(home, tmp_path):
    told(home, tmp_path, "rho", STP)
    report = note_merges(home, {2: (STP, MARIO), 5: (ENI, STP)})
    assert (report.noted, report.known, report.not_found) == (0, 0, (2, 5))
    assert merged(home) == {}


def test_a_pair_goes_with_somebody_whom_an_export_erases(home, tmp_path):
    told(home, tmp_path, "rho", STP)
    told(home, tmp_path, "matera", LUIGI)
    note_merges(home, {1: (STP, LUIGI)})
    write_subject_merge(home)
    assert merged(home) == named(home, (STP, LUIGI))
    erasing = Export(instance="matera", sequence=2, entities={"person": []}, erasures=["P-1"])
    (receipt,) = ingest(home, [erasing.write(tmp_path)])
    assert receipt.errors == ()
    write_subject_merge(home)
    assert merged(home) == {}
    assert files_with(home.root, [LUIGI.pseudonym(open_key(home))]) == []
    assert files_with(home.raw, [STP.pseudonym(open_key(home))]) != []
