"""Rows that ingestion must quarantine, made from good ones, few enough that the export is still accepted."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

Row = dict[str, str | None]
TINY: Row = {
    "quantity": "0.100",
    "amount_total": "0.40",
    "amount_user": "0.10",
    "amount_municipality": "0.30",
    "amount_ssn": "0.00",
    "amount_other": "0.00",
    "reverses_id": None,
}

# Per entity: what to change in a good row so that exactly one rule is broken.
CHANGES: dict[str, list[Row]] = {
    "service_delivery": [
        {"amount_user": "0.12"},
        {"istat_place": "999999"},
        {"istat_place": "012009"},
        {"istat_place": "15182"},
        {"booking_id": "1.23457E+14"},
        {"service_id": None},
        {"end_date": "2020-01-01"},
        {"op": "D"},
        {
            "reverses_id": "SD-NOTHING",
            "quantity": "-0.100",
            "amount_total": "-0.40",
            "amount_user": "-0.10",
            "amount_municipality": "-0.30",
        },
        {
            "quantity": "-0.100",
            "amount_total": "-0.40",
            "amount_user": "-0.10",
            "amount_municipality": "-0.30",
        },
        {"op": "X"},
    ],
    "person": [
        {"id_kind": "CF", "id_value": None},
        {"id_kind": "CF", "id_value": "RSSMRA80A01X501A"},
        {"id_kind": "STP", "id_value": "RSSMRA80A0"},
        {"istat_residence": "999999"},
    ],
    "measurement": [{"value": "10.500"}, {"wave": "T9"}, {"reverses_id": "M-NOTHING"}],
    "payment": [{"payee_kind": "PERSON", "person_id": None, "amount": "0.10", "reverses_id": None}],
    "voucher_event": [
        {"event": "REDEEM", "merchant_id": None, "amount": "0.10", "reverses_id": None},
        {"event": "REVERSAL", "amount": "0.10", "reverses_id": None},
        {"event": "ISSUE", "amount": "-0.10", "reverses_id": None},
    ],
    "plan_movement": [{"event": "SPEND", "amount": "-0.10", "reverses_id": None}],
    "request": [{"channel": "PIGEON"}, {"received_at": None}],
    "allocation": [{"amount": "-0.10", "reverses_id": None}, {"source_entity": "grant", "amount": "0.10"}],
    "household_member": [{"valid_to": "2001-01-01"}],
    "grant_line": [{"amount": "0.10", "doc_amount": None, "reverses_id": "GL-NOTHING"}],
}

# Only text formats can say these.
TEXT_CHANGES: dict[str, list[Row]] = {
    "service_delivery": [{"start_date": "2026-02-30"}, {"quantity": "0.1000"}, {"amount_total": "0.400"}],
    "voucher_event": [{"event_at": "2026-03-01T10:00:00", "amount": "0.10"}],
    "person": [{"birth_date": "1980-13-01"}],
    "grant_line": [{"entry_date": "01/03/2026", "amount": "0.10", "doc_amount": None}],
}


def add_bad_rows(
    rows: dict[str, list[Row | str]], formats: dict[str, str], spent: dict[str, int], rng: Random
) -> None:
    """Add bad rows to each entity, together with those already there (`spent`) at most 2% of its file."""
    for entity, changes in CHANGES.items():
        # A changed reversal would break its own rules too.
        good = [row for row in rows.get(entity, []) if row.get("reverses_id") is None]
        if not good:
            continue
        is_text = formats.get(entity, "csv").startswith("csv")
        possible: list[Callable[[], Row | str]] = [_changed(entity, good, change, rng) for change in changes]
        if is_text:
            possible += [_changed(entity, good, change, rng) for change in TEXT_CHANGES.get(entity, [])]
            possible.append(lambda: "BAD-MALFORMED;U")
        rng.shuffle(possible)
        count = spent.get(entity, 0)
        for number, make in enumerate(possible[:4]):
            if (count + 1) * 50 > len(rows[entity]) + 1:
                break
            row = make()
            if not isinstance(row, str):
                row["record_id"] = f"BAD-{entity}-{number}-{rng.randrange(10**6)}"
            rows[entity].insert(rng.randrange(len(rows[entity]) + 1), row)
            count += 1


def _changed(entity: str, good: list[Row], change: Row, rng: Random) -> Callable[[], Row]:
    def make() -> Row:
        row = dict(rng.choice(good))
        if entity == "service_delivery":
            row |= TINY
        row |= change
        return row

    return make
