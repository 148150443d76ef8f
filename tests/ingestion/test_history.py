"""What ingestion remembers: known rows, changed ledgers, reversals, scales, erasures."""

import duckdb
import pytest

from ingestion.loading.ingest import ingest
from tests.support.exports import CODICE_FISCALE, Export, row, rows

OPPOSITE = {
    "quantity": "-1.000",
    "amount_total": "-10.00",
    "amount_user": "-2.00",
    "amount_municipality": "-3.00",
    "amount_ssn": "-1.00",
    "amount_other": "-4.00",
}


@pytest.fixture(autouse=True, params=["small", "large"])
def size(request, monkeypatch):
    """Every rule over the past holds for a file laid down in tables and for one laid down beside them."""
    if request.param == "large":
        monkeypatch.setattr("ingestion.validation.file_reading.LARGE_FILE", -1)


def send(home, tmp_path, sequence, entities, **more):
    export = Export(sequence=sequence, entities=entities, **more)
    (receipt,) = ingest(home, [export.write(tmp_path / f"in-{sequence}")])
    return receipt


def faults(receipt) -> list[tuple]:
    return [(error["code"], error["line"]) for error in receipt.errors]


def stored(home, name, columns):
    return duckdb.sql(
        f"select {columns} from read_parquet('{home.raw}/instance=*/export=*/{name}.parquet', "
        "hive_partitioning=false, filename=true) order by filename, _line"
    ).fetchall()


def test_a_state_row_equal_to_the_version_held_is_known_and_any_other_is_loaded(home, tmp_path):
    send(home, tmp_path, 1, {"voucher": rows("voucher", 3)})
    again = [
        row("voucher", "G-1"),
        row("voucher", "G-2", row_version="2"),
        row("voucher", "G-3", status="REDEEMED"),
    ]
    assert send(home, tmp_path, 2, {"voucher": again}).counts["voucher"] == {
        "received": 3,
        "loaded": 2,
        "known": 1,
        "quarantined": 0,
    }


def test_the_version_held_is_the_winner_not_the_last_sent(home, tmp_path):
    send(home, tmp_path, 1, {"voucher": [row("voucher", "G-1", row_version="5")]})
    send(home, tmp_path, 2, {"voucher": [row("voucher", "G-1", row_version="4")]})
    receipt = send(home, tmp_path, 3, {"voucher": [row("voucher", "G-1", row_version="5")]})
    assert receipt.counts["voucher"]["known"] == 1


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("person", {"birth_date": "1985-12-11"}),
        ("household", {"isee_value": "100.01"}),
        ("organisation", {"name": "Altra"}),
        ("assessment", {"manager_ref": "M-9"}),
    ],
)
def test_a_change_in_what_is_generalised_or_replaced_is_still_a_change(home, tmp_path, name, change):
    first = {"household": {"isee_value": "100.00"}, "organisation": {"tax_code": CODICE_FISCALE}}.get(
        name, {}
    )
    send(home, tmp_path, 1, {name: [row(name, **first)]})
    same = send(home, tmp_path, 2, {name: [row(name, **first)]})
    other = send(home, tmp_path, 3, {name: [row(name, **first | change)]})
    assert (same.counts[name]["known"], other.counts[name]["loaded"]) == (1, 1)


def test_a_ledger_row_again_is_known_whatever_its_version(home, tmp_path):
    send(home, tmp_path, 1, {"payment": rows("payment", 3)})
    again = rows("payment", 3, row_version="2", updated_at="2026-11-01T00:00:00Z")
    assert send(home, tmp_path, 2, {"payment": again}).counts["payment"] == {
        "received": 3,
        "loaded": 0,
        "known": 3,
        "quarantined": 0,
    }


def test_a_ledger_row_with_other_content_is_ledger_changed(home, tmp_path):
    send(home, tmp_path, 1, {"payment": rows("payment", 300)})
    receipt = send(
        home, tmp_path, 2, {"payment": [*rows("payment", 300, "N"), row("payment", "G-1", amount="10.01")]}
    )
    assert faults(receipt) == [("ledger_changed", 302)]


def test_a_ledger_tombstone_is_one_even_for_a_known_row(home, tmp_path):
    send(home, tmp_path, 1, {"payment": rows("payment", 300)})
    receipt = send(
        home, tmp_path, 2, {"payment": [*rows("payment", 300, "N"), row("payment", "G-1", op="D")]}
    )
    assert faults(receipt) == [("ledger_tombstone", 302)]


def test_the_same_ids_of_two_instances_have_nothing_to_do_with_each_other(home, tmp_path):
    send(home, tmp_path / "a", 1, {"payment": rows("payment", 3)})
    receipt = send(home, tmp_path / "b", 1, {"payment": rows("payment", 3, amount="7.00")}, instance="matera")
    assert receipt.counts["payment"]["loaded"] == 3


def delivery(record_id, **values):
    return row("service_delivery", record_id, **values)


def test_a_reversal_may_name_a_row_of_an_earlier_export_or_later_in_the_file(home, tmp_path):
    send(home, tmp_path, 1, {"service_delivery": rows("service_delivery", 3)})
    receipt = send(
        home,
        tmp_path,
        2,
        {
            "service_delivery": [
                delivery("R-1", reverses_id="G-1", **OPPOSITE),
                delivery("R-2", reverses_id="N-1", **OPPOSITE),
                delivery("N-1"),
            ]
        },
    )
    assert (receipt.status, receipt.errors) == ("accepted", ())


@pytest.mark.parametrize("where", ["same export", "later export"])
def test_a_second_reversal_and_the_reversal_of_a_reversal_are_invalid(home, tmp_path, where):
    first = [*rows("service_delivery", 400), delivery("R-1", reverses_id="G-1", **OPPOSITE)]
    bad = [delivery("R-2", reverses_id="G-1", **OPPOSITE), delivery("R-3", reverses_id="R-1")]
    if where == "same export":
        receipt = send(home, tmp_path, 1, {"service_delivery": first + bad})
    else:
        send(home, tmp_path, 1, {"service_delivery": first})
        receipt = send(home, tmp_path, 2, {"service_delivery": rows("service_delivery", 400, "N") + bad})
    assert [code for code, _ in faults(receipt)] == ["reversal_invalid"] * 2
    assert receipt.status == "accepted"


def test_a_reversal_again_is_known(home, tmp_path):
    records = [*rows("service_delivery", 2), delivery("R-1", reverses_id="G-1", **OPPOSITE)]
    send(home, tmp_path, 1, {"service_delivery": records})
    assert send(home, tmp_path, 2, {"service_delivery": records}).counts["service_delivery"]["known"] == 3


def test_a_reversal_of_a_row_set_aside_is_of_a_row_not_there(home, tmp_path):
    records = [
        *rows("service_delivery", 400),
        delivery("B", service_id=""),
        delivery("R", reverses_id="B", **OPPOSITE),
    ]
    receipt = send(home, tmp_path, 1, {"service_delivery": records})
    assert faults(receipt) == [("required_missing", 402), ("reversal_invalid", 403)]


@pytest.mark.parametrize(
    ("name", "first", "reversal"),
    [
        ("voucher_event", {}, {"event": "REVERSAL", "amount": "10.00"}),
        ("plan_movement", {}, {"event": "REVERSAL", "amount": "10.00"}),
        ("measurement", {}, {"value": "-7.000"}),
        ("allocation", {}, {"amount": "-10.00", "funder_id": "O-9"}),
        ("grant_line", {"doc_amount": "10.00"}, {"amount": "-10.00"}),
        ("payment", {}, {"amount": "-10.00"}),
    ],
)
def test_each_ledger_is_reversed_in_its_own_way(home, tmp_path, name, first, reversal):
    receipt = send(
        home, tmp_path, 1, {name: [row(name, "A", **first), row(name, "R", reverses_id="A", **reversal)]}
    )
    assert (receipt.status, receipt.errors) == ("accepted", ())


def test_a_positive_ledger_is_not_reversed_with_another_amount(home, tmp_path):
    bad = row("voucher_event", "R", event="REVERSAL", amount="9.00", reverses_id="G-1")
    assert faults(send(home, tmp_path, 1, {"voucher_event": [*rows("voucher_event", 300), bad]})) == [
        ("reversal_invalid", 302)
    ]


def test_a_row_set_aside_loads_when_it_comes_again_right(home, tmp_path):
    send(home, tmp_path, 1, {"payment": [*rows("payment", 300), row("payment", "B", payer_id="")]})
    receipt = send(home, tmp_path, 2, {"payment": [row("payment", "B")]})
    assert receipt.counts["payment"]["loaded"] == 1


@pytest.mark.parametrize("where", ["same export", "earlier export"])
def test_a_measurement_off_its_scale_is_out_of_range(home, tmp_path, where):
    indicator = {"outcome_indicator": [row("outcome_indicator", "I-1", scale_max="10.000")]}
    records = [
        *rows("measurement", 100, indicator_id="I-1", value="10"),
        row("measurement", "B", indicator_id="I-1", value="10.001"),
    ]
    if where == "same export":
        receipt = send(home, tmp_path, 1, {"measurement": records} | indicator)
    else:
        send(home, tmp_path, 1, indicator)
        receipt = send(home, tmp_path, 2, {"measurement": records})
    assert faults(receipt) == [("out_of_range", 102)]


def test_a_measurement_of_an_indicator_not_seen_yet_is_loaded(home, tmp_path):
    assert send(home, tmp_path, 1, {"measurement": rows("measurement", 2, value="1000")}).errors == ()


TOLD = ("household_member", "request", "assessment", "booking", "measurement")
KEPT = ("voucher", "application", "service_delivery", "payment", "plan_movement")


def everything_about(person: str) -> dict:
    entities = {"person": [row("person", person), row("person", "OTHER")]}
    for name in (*TOLD, *KEPT):
        entities[name] = [row(name, f"{name}-1", person_id=person), row(name, f"{name}-2", person_id="OTHER")]
    return entities


def test_an_erasure_takes_the_person_and_leaves_the_money(home, tmp_path):
    send(home, tmp_path, 1, everything_about("P-88"))
    assert send(home, tmp_path, 2, {"person": []}, erasures=["P-88"]).status == "accepted"
    assert stored(home, "person", "record_id") == [("OTHER",)]
    for name in TOLD:
        assert stored(home, name, "person_id") == [("OTHER",)], name
    for name in KEPT:
        assert stored(home, name, "record_id, person_id") == [(f"{name}-1", None), (f"{name}-2", "OTHER")], (
            name
        )
    for path in home.raw.rglob("*"):
        assert path.is_dir() or b"P-88" not in path.read_bytes(), path


def test_the_exports_kept_in_landing_go_with_an_erasure(home):
    first = Export(entities=everything_about("P-88")).write(home.landing / "rho")
    ingest(home)
    second = Export(sequence=2, entities={"person": []}, erasures=["P-88"]).write(home.landing / "rho")
    ingest(home)
    assert (first.exists(), second.exists()) == (False, True)


def test_rows_that_name_an_erased_person_are_set_aside_and_excuse_no_limit(home, tmp_path):
    send(home, tmp_path, 1, everything_about("P-88"))
    receipt = send(home, tmp_path, 2, everything_about("P-88"), erasures=["P-88"])
    assert receipt.status == "accepted"
    assert {error["code"] for error in receipt.errors} == {"erased_person"}
    assert all(count["quarantined"] == 1 for count in receipt.counts.values())
    later = send(home, tmp_path, 3, {"booking": [row("booking", "NEW", person_id="P-88")]})
    assert faults(later) == [("erased_person", 2)]


def test_a_reversal_of_a_row_that_lost_its_person_loads_without_its_person(home, tmp_path):
    send(home, tmp_path, 1, everything_about("P-88"))
    send(home, tmp_path, 2, {"person": []}, erasures=["P-88"])
    reversal = delivery("R-1", person_id="P-88", reverses_id="service_delivery-1", **OPPOSITE)
    receipt = send(home, tmp_path, 3, {"service_delivery": [reversal]})
    assert (receipt.status, receipt.errors) == ("accepted", ())
    assert stored(home, "service_delivery", "record_id, person_id")[-1] == ("R-1", None)
    assert send(home, tmp_path, 4, {"service_delivery": [reversal]}).counts["service_delivery"]["known"] == 1


def test_an_erasure_that_is_refused_erases_nothing(home, tmp_path):
    send(home, tmp_path, 1, everything_about("P-88"))
    refused = send(
        home, tmp_path, 2, {"person": []}, erasures=["P-88"], spoil=lambda d: d["resources"][0].update(rows=5)
    )
    assert refused.status == "refused"
    assert stored(home, "person", "record_id") == [("P-88",), ("OTHER",)]
    after = send(
        home,
        tmp_path,
        3,
        {"person": [row("person", "P-88")]},
        spoil=lambda d: d["welfare"].update(sequence=2),
    )
    assert after.errors == ()
