"""A generated network holds the hard cases it is for, and no export that the contract would refuse."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

from tests.second_computation.contract_files import tables
from tests.second_computation.export_files import find_exports, read_export
from tests.second_computation.loading import last_upsert
from tests.second_computation.whole_network import (
    Lists,
    SecondComputation,
    compute,
    load,
    quarantined,
    read_territories,
)
from tests.support.network import Knobs, build_network


@pytest.fixture(scope="module")
def computed(tmp_path_factory: pytest.TempPathFactory) -> SecondComputation:
    network = build_network(tmp_path_factory.mktemp("network"), Knobs(seed=3, territories=2, months=5))
    return compute(network.exports, network.instances_file)


@pytest.fixture(scope="module")
def lists() -> Lists:
    return Lists()


@pytest.mark.parametrize("seed", range(3))
def test_no_generated_export_is_refused(seed: int, lists: Lists, tmp_path: Path) -> None:
    knobs = Knobs(seed=seed, territories=2, months=4, never_sent=(seed % 3, seed % 5))
    network = build_network(tmp_path, knobs)
    assert load(network.exports, read_territories(network.instances_file), lists).turned_away == []


def test_the_same_seed_gives_the_same_exports(tmp_path: Path) -> None:
    twice = [build_network(tmp_path / name, Knobs(seed=5, months=3)) for name in ("one", "other")]
    prints = [sorted(read_export(path).fingerprint for path in find_exports(each.exports)) for each in twice]
    assert prints[0] == prints[1]


def test_rows_of_every_entity_are_generated(computed: SecondComputation) -> None:
    held = computed.loading.held["rho"]
    assert {name for name in tables() if not held.versions[name] and not held.ledger[name]} == set()


def test_every_row_code_but_the_rarest_is_generated(
    computed: SecondComputation, lists: Lists, tmp_path: Path
) -> None:
    codes = {entry.code for entry in computed.quarantine}
    for seed in range(10, 13):
        network = build_network(tmp_path / str(seed), Knobs(seed=seed, months=4))
        loading = load(network.exports, read_territories(network.instances_file), lists)
        codes |= {entry.code for entry in quarantined(loading)}
    assert codes >= {
        "row_malformed",
        "required_missing",
        "type_wrong",
        "enum_unknown",
        "pattern_wrong",
        "out_of_range",
        "duplicate_in_file",
        "check_digit_wrong",
        "amounts_disagree",
        "ledger_changed",
        "ledger_tombstone",
        "comune_unknown",
        "condition_missing",
        "reversal_invalid",
        "erased_person",
        "number_mangled",
    }


def test_every_flag_is_generated(computed: SecondComputation) -> None:
    assert {flag[3] for flag in computed.flags} == {
        "reference_missing",
        "near_duplicate",
        "late",
        "future_date",
        "status_disagrees",
        "balance_exceeded",
        "over_allocated",
        "act_missing",
        "told_elsewhere",
        "after_end",
        "end_disagrees",
        "past_expiry",
        "identity_disagrees",
    }


def test_facts_of_every_kind_are_told_by_two_territories_and_payments_twice(
    computed: SecondComputation,
) -> None:
    assert {flag[1] for flag in computed.flags if flag[3] == "told_elsewhere"} == {
        "service_delivery",
        "payment",
        "voucher_event",
        "plan_movement",
        "grant",
    }
    twice = {flag[1] for flag in computed.flags if flag[3] == "near_duplicate"}
    assert twice == {"service_delivery", "payment"}


def test_grants_of_public_bodies_come_with_their_act_without_it_and_with_half_of_it(
    computed: SecondComputation,
) -> None:
    flagged = {flag[:3] for flag in computed.flags if flag[3] == "act_missing"}
    told = defaultdict(set)
    for grant in computed.network.present("grant"):
        funder = computed.network.attributes("organisation", grant.instance, grant["funder_id"])
        if funder and funder["is_public_body"]:
            is_flagged = (grant.instance, "grant", grant.record_id) in flagged
            told[is_flagged].add((grant["act_number"] is None, grant["office"] is None))
    assert told == {False: {(False, False)}, True: {(True, True), (False, True)}}


def test_people_are_known_in_two_territories_and_twice_in_one(computed: SecondComputation) -> None:
    network = computed.network
    keys = {
        (instance, person_id): network.person(instance, person_id)
        for instance, held in network.loading.held.items()
        for person_id in held.versions["person"]
    }
    across = {
        instance: {key for (where, _), key in keys.items() if where == instance}
        for instance in ("rho", "biella")
    }
    assert across["rho"] & across["biella"]
    assert len(across["rho"]) < sum(1 for where, _ in keys if where == "rho")


def test_a_reversal_of_an_erased_persons_delivery_loads_without_a_person(computed: SecondComputation) -> None:
    assert any(
        fact["reverses_id"] is not None and fact["person_id"] is None
        for fact in computed.network.ledger("service_delivery")
    )


def test_records_are_removed_and_keep_the_facts_that_name_them(computed: SecondComputation) -> None:
    removed = {
        (instance, entity)
        for instance, held in computed.loading.held.items()
        for entity, records in held.versions.items()
        for record_id, versions in records.items()
        if record_id
        not in {fact.record_id for fact in computed.network.present(entity) if fact.instance == instance}
        and last_upsert(versions)
    }
    assert len({entity for _, entity in removed}) >= 3


def test_sole_traders_have_no_scope_of_their_own(computed: SecondComputation) -> None:
    codes = {
        computed.network.attributes("organisation", fact.instance, fact["provider_id"])["tax_code"]
        for fact in computed.network.ledger("service_delivery")
        if computed.network.attributes("organisation", fact.instance, fact["provider_id"])
    }
    persons = {code for code in codes if len(code) == 16}
    scopes = {key[2] for key in computed.figures if key[1] in {"provider", "funder"}}
    assert persons
    assert not persons & scopes
