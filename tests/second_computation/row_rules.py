"""What is wrong with one row looked at alone: its columns first and, where all are well-formed, the row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from tests.second_computation.calendar_days import rome_day
from tests.second_computation.contract_files import Table
from tests.second_computation.identifiers import FORMS, check_holds
from tests.second_computation.typed import as_text, column_codes

ComuneIsValid = Callable[[str, date], bool]

FROM_TO = [
    ("start_date", "end_date"),
    ("valid_from", "valid_to"),
    ("parent_from", "parent_to"),
    ("active_from", "active_to"),
    ("plan_from", "plan_to"),
    ("opens_on", "closes_on"),
    ("starts_on", "ends_on"),
    ("issued_on", "expires_on"),
    ("scale_min", "scale_max"),
]
SIGNED_AMOUNTS = {
    "service_delivery": [
        "quantity",
        "amount_total",
        "amount_user",
        "amount_municipality",
        "amount_ssn",
        "amount_other",
    ],
    "payment": ["amount"],
    "grant_line": ["amount"],
    "allocation": ["amount"],
}
APPLICANT = {"PERSON": "person_id", "HOUSEHOLD": "household_id", "ORGANISATION": "organisation_id"}
PAYEE = {"PERSON": "person_id", "ORGANISATION": "organisation_id"}


def read_row(table: Table, values: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str | None]]:
    """Return the typed row and, per code, the first column concerned."""
    row, codes = {}, {}
    for column in table.columns:
        value, found = column_codes(column, as_text(values[column.name]))
        row[column.name] = value
        for code in found:
            codes.setdefault(code, column.name)
    form = FORMS.get(row["id_kind"]) if table.name == "person" and row["id_value"] else None
    if form and not form.fullmatch(row["id_value"]):
        codes.setdefault("pattern_wrong", "id_value")
    return row, codes


def row_codes(table: Table, row: dict[str, Any], comune_is_valid: ComuneIsValid) -> list[str]:
    """Return the codes of the rules over a well-formed row."""
    rules = {
        "ledger_tombstone": table.is_ledger and row["op"] == "D",
        "comune_unknown": _comune_unknown(row, comune_is_valid),
        "check_digit_wrong": _check_digit_wrong(table.name, row),
        "condition_missing": _condition_missing(table.name, row),
        "amounts_disagree": _amounts_disagree(table.name, row),
        "out_of_range": _end_before_start(row) or _negative_outside_reversal(table.name, row),
    }
    return [code for code, broken in rules.items() if broken]


def _comune_unknown(row: dict[str, Any], comune_is_valid: ComuneIsValid) -> bool:
    day = row.get("start_date") or rome_day(row["updated_at"])
    codes = [row.get(name) for name in ("istat_place", "istat_comune", "istat_residence")]
    return any(code is not None and not comune_is_valid(code, day) for code in codes)


def _check_digit_wrong(entity: str, row: dict[str, Any]) -> bool:
    if entity == "person" and row["id_kind"] in {"CF", "CF_PROV"} and row["id_value"]:
        return not check_holds(row["id_value"])
    if entity == "organisation":
        return any(row[name] and not check_holds(row[name]) for name in ("tax_code", "vat_number"))
    return False


def _condition_missing(entity: str, row: dict[str, Any]) -> bool:
    if entity == "person":
        return row["id_kind"] != "NONE" and row["id_value"] is None
    if entity == "voucher_event":
        return row["event"] in {"REDEEM", "REFUND"} and row["merchant_id"] is None
    if entity == "application":
        return row[APPLICANT[row["applicant_kind"]]] is None
    if entity == "payment":
        return row[PAYEE[row["payee_kind"]]] is None
    return False


def _amounts_disagree(entity: str, row: dict[str, Any]) -> bool:
    if entity != "service_delivery":
        return False
    parts = row["amount_user"] + row["amount_municipality"] + row["amount_ssn"] + row["amount_other"]
    return abs(row["amount_total"] - parts) > Decimal("0.01")


def _end_before_start(row: dict[str, Any]) -> bool:
    return any(
        row.get(start) is not None and row.get(end) is not None and row[end] < row[start]
        for start, end in FROM_TO
    )


def _negative_outside_reversal(entity: str, row: dict[str, Any]) -> bool:
    return row.get("reverses_id") is None and any(row[name] < 0 for name in SIGNED_AMOUNTS.get(entity, []))
