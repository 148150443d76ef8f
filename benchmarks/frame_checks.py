"""Ingestion's checks of one row, said once for any library of data frames.

Arrives: an entity of the contract, and columns that answer a few questions with masks. Leaves: the faults as
(code, column, mask). What a mask is, and reading, counting and writing, belong to the library's own module
(`pandas_checks`, `polars_checks`).
"""

import hmac
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any, Protocol

import duckdb
import numpy as np

from ingestion.contract.schema import Entity, Field
from ingestion.privacy.identifiers import CODICE_FISCALE, ENI, MANGLED_NUMBER, PROVISIONAL_CODE, STP
from ingestion.reference.tables import reference_relation
from ingestion.validation.row_rules import DATETIME_TEXT, SIGNED_BY_REVERSAL_ONLY, ranges
from simulation.identity import check_letter

KEY = bytes(range(32))
CENT = Decimal("0.01")
IDENTIFIER_FORMS = {"CF": CODICE_FISCALE, "CF_PROV": PROVISIONAL_CODE, "STP": STP, "ENI": ENI}
FORMS = {
    "datetime": DATETIME_TEXT,
    "date": "[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "integer": "-?[0-9]+",
    "boolean": "true|false",
}
Mask = Any


@dataclass(frozen=True)
class Fault:
    """One fault of one column (None: of the row), and the mask of the rows that have it."""

    code: str
    column: str | None
    rows: Mask


@dataclass(frozen=True)
class Checked:
    """What was found in one file: rows received and set aside, and faults told, one line each."""

    received: int
    bad: int
    faults: int


class Columns(Protocol):
    """The columns of one file. Masks can be joined by &, | and ~ and know null; values can be compared."""

    def null(self, name: str) -> Mask:
        """The rows without a text."""

    def matches(self, name: str, pattern: str) -> Mask:
        """The rows whose whole text has the form."""

    def among(self, name: str, texts: tuple[str, ...]) -> Mask:
        """The rows whose text is one of these."""

    def value(self, name: str) -> Any:
        """The typed value; null where the text has none."""

    def has_value(self, name: str) -> Mask:
        """The rows with a typed value."""

    def check_letter_wrong(self, name: str) -> Mask:
        """The rows whose codice fiscale, of the right form, ends in the wrong letter."""


def number_form(field: Field) -> str:
    """Return the form of a number column's text."""
    return rf"-?[0-9]+(\.[0-9]{{1,{field.decimals}}})?"


def _column_faults(entity: Entity, field: Field, columns: Columns) -> list[Fault]:
    name = field.name
    faults = [Fault("required_missing", name, columns.null(name))] if field.required else []
    if field.type != "string":
        faults.append(Fault("type_wrong", name, ~columns.null(name) & ~columns.has_value(name)))
        if field.minimum is not None:
            faults.append(Fault("out_of_range", name, columns.value(name) < field.minimum))
        return faults
    if field.enum:
        return [*faults, Fault("enum_unknown", name, ~columns.null(name) & ~columns.among(name, field.enum))]
    if field.is_code:
        faults.append(Fault("number_mangled", name, columns.matches(name, MANGLED_NUMBER)))
    if field.pattern:
        faults.append(Fault("pattern_wrong", name, ~columns.matches(name, field.pattern.strip("^$"))))
    if field.is_identifier:
        faults.append(Fault("pattern_wrong", name, columns.matches(name, f"(?i:{CODICE_FISCALE})")))
    if (entity.name, name) == ("person", "id_value"):
        for kind, form in IDENTIFIER_FORMS.items():
            of_kind = columns.among("id_kind", (kind,))
            faults.append(Fault("pattern_wrong", name, of_kind & ~columns.matches(name, form)))
    return faults


def form_faults(entity: Entity, columns: Columns) -> list[list[Fault]]:
    """Return the faults of every column, in the order in which they are tried: a column has one at most."""
    found = [_column_faults(entity, field, columns) for field in entity.fields]
    return [faults for faults in found if faults]


def rule_faults(entity: Entity, columns: Columns) -> list[Fault]:
    """Return the faults over several columns of one row, tried where no column has one of its own."""
    faults = []
    if entity.name == "person":
        is_code = columns.among("id_kind", ("CF",)) & ~columns.null("id_value")
        wrong = columns.check_letter_wrong("id_value")
        faults.append(Fault("check_digit_wrong", "id_value", is_code & wrong))
        nameless = ~columns.among("id_kind", ("NONE",)) & columns.null("id_value")
        faults.append(Fault("condition_missing", None, nameless))
    if entity.name == "service_delivery":
        parts = ("amount_user", "amount_municipality", "amount_ssn", "amount_other")
        difference = columns.value("amount_total") - sum(
            (columns.value(part) for part in parts[1:]), columns.value(parts[0])
        )
        apart = (difference > CENT) | (difference < -CENT)
        faults.append(Fault("amounts_disagree", None, apart))
    if entity.name in SIGNED_BY_REVERSAL_ONLY:
        faults += [
            Fault("out_of_range", field.name, columns.null("reverses_id") & (columns.value(field.name) < 0))
            for field in entity.numbers
            if field.minimum is None
        ]
    faults += [
        Fault("out_of_range", None, columns.value(end) < columns.value(start))
        for start, end in ranges(entity)
    ]
    if entity.is_ledger:
        faults.append(Fault("ledger_tombstone", "op", columns.among("op", ("D",))))
    return faults


def any_of(masks: list[Mask]) -> Mask:
    """Return the rows of any of the masks."""
    return reduce(or_, masks)


def comuni_always_valid() -> list[str]:
    """Return the codes of the comuni that the list knows on every day."""
    return [
        code
        for (code,) in duckdb.sql(
            f"select istat_comune from {reference_relation('comune')} "
            "where valid_from = date '1900-01-01' and valid_to = date '9999-12-31'"
        ).fetchall()
    ]


def letters_wrong(codes: list[str]) -> np.ndarray:
    """Return a mask of the codici fiscali of 16 ASCII characters that end in the wrong letter."""
    octets = np.frombuffer("".join(codes).encode("ascii"), dtype=np.uint8).reshape(-1, 16)
    return check_letter(octets[:, :15]) != octets[:, 15]


def pseudonyms(messages: list[str | None]) -> list[str | None]:
    """Return the keyed pseudonym of each message, as ingestion makes it."""
    return [
        None if text is None else hmac.digest(KEY, f"wx1|{text}".encode(), "sha256").hex()[:32]
        for text in messages
    ]
