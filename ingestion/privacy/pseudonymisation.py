"""What a personal column becomes at ingestion, and so what the raw layer holds.

Arrives: an entity of the contract. Leaves: the columns of its raw Parquet file, each with its
type and the SQL that makes it from the checked columns. Keys do not belong here (`pseudonyms`),
nor the checks (`row_rules`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from ingestion.contract.schema import Entity, Field
from ingestion.privacy.identifiers import CODICE_FISCALE, in_pieces, is_placeholder
from ingestion.privacy.pseudonyms import normalised_sql, pseudonym_sql, within_text_sql

# Gone with the person, because they tell of the person; every other entity stays, without naming anybody.
REMOVED = ("person", "household_member", "request", "assessment", "booking", "measurement")

ISEE_LIMITS = (3000, 6000, 9360, 15000, 25000, 40000)
ISEE_NONE = "NONE"
TECHNICAL_COLUMNS = (("_line", "BIGINT"), ("_file", "VARCHAR"))
_TYPES = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "datetime": "TIMESTAMP",
}


@dataclass(frozen=True)
class RawColumn:
    """A column of a raw file: name, DuckDB type, and the SQL over the checked columns that yields it.

    A `keyed` one holds what the key of the house made, and changes with it; `within`: somewhere in its text.
    """

    name: str
    type: str
    sql: str
    keyed: bool = False
    within: bool = False


def checked_type(field: Field) -> str:
    """Return the DuckDB type of a contract column once its text was checked."""
    return f"DECIMAL(18,{field.decimals})" if field.type == "number" else _TYPES[field.type]


def isee_band_sql(column: str) -> str:
    """Return SQL for the band of an ISEE value: UP_TO_3000 ... UP_TO_40000, ABOVE_40000, NONE."""
    bands = " ".join(f"when {column} <= {limit} then 'UP_TO_{limit}'" for limit in ISEE_LIMITS)
    return f"case when {column} is null then '{ISEE_NONE}' {bands} else 'ABOVE_{ISEE_LIMITS[-1]}' end"


def _digest(parts: list[str]) -> str:
    # Tells a changed value from the same one after it was generalised; the record id keeps equal values
    # apart.
    text = " || '|' || ".join(f"coalesce({part}::varchar, '')" for part in ["record_id", *parts])
    return pseudonym_sql(f"'digest|' || {text}")


def _person(field: Field, instance: str) -> list[RawColumn]:
    if field.name == "id_value":
        sql = pseudonym_sql(f"'person|' || id_kind || '|' || {normalised_sql('id_value')}")
        known = f"id_kind <> 'NONE' and not {is_placeholder('id_value')}"
        return [RawColumn("id_pseudonym", "VARCHAR", f"case when {known} then {sql} end", True)]
    if field.name == "birth_date":
        return [RawColumn("birth_year", "BIGINT", "year(birth_date)")]
    return [_plain(field)]


def _household(field: Field, instance: str) -> list[RawColumn]:
    if field.name == "isee_value":
        return [RawColumn("isee_band", "VARCHAR", isee_band_sql("isee_value"))]
    return [_plain(field)]


def _assessment(field: Field, instance: str) -> list[RawColumn]:
    if field.name == "manager_ref":
        # Staff identifiers are unique within an instance only.
        message = f"'manager|{instance}|' || {normalised_sql('manager_ref')}"
        return [RawColumn("manager_pseudonym", "VARCHAR", pseudonym_sql(message), True)]
    return [_plain(field)]


_SOLE_TRADER = "length(tax_code) = 16"


def _organisation(field: Field, instance: str) -> list[RawColumn]:
    if field.name == "tax_code":
        pseudonym = pseudonym_sql(f"'organisation|CF|' || {normalised_sql('tax_code')}")
        # A code that stands for nobody would make one body of all that carry it.
        known = f"not {is_placeholder('tax_code')}"
        keyed = f"case when {_SOLE_TRADER} and {known} then {pseudonym} end"
        return [
            RawColumn("tax_code", "VARCHAR", f"case when not {_SOLE_TRADER} and {known} then tax_code end"),
            RawColumn("tax_code_pseudonym", "VARCHAR", keyed, True),
            RawColumn("is_sole_trader", "BOOLEAN", f"coalesce({_SOLE_TRADER}, false)"),
        ]
    if field.name in ("name", "vat_number"):
        kept = f"not {_SOLE_TRADER}"
        if field.name == "vat_number":
            kept += f" and not coalesce({is_placeholder('vat_number')}, false)"
        return [RawColumn(field.name, "VARCHAR", f"case when {kept} then {field.name} end")]
    return [_plain(field)]


# A codice fiscale among the parts of a receipt: a word of its own, in pieces too, right or wrong.
_SUPPLIER = f"(?i)(?:^|[^0-9A-Z])({in_pieces(CODICE_FISCALE, '[ ._-]?')})(?:$|[^0-9A-Z])"


def _supplier_code(text: str) -> str:
    return f"regexp_extract({text}, '{_SUPPLIER}', 1)"


def without_supplier_code(text: str) -> str:
    """Return SQL for the text of a receipt without the codice fiscale of a supplier who is a sole trader."""
    return f"replace({text}, coalesce({_supplier_code(text)}, ''), '')"


def receipt_sql(text: str) -> str:
    """Return SQL for the text of a receipt with a pseudonym in place of a supplier's codice fiscale: that of
    the organisation with this code, whatever its case and however it is cut into pieces.
    """
    code = f"upper(regexp_replace({_supplier_code(text)}, '[^0-9A-Za-z]', '', 'g'))"
    return within_text_sql(text, _supplier_code(text), f"'organisation|CF|' || {code}")


def _grant_line(field: Field, instance: str) -> list[RawColumn]:
    if field.name == "doc_ref":
        return [RawColumn("doc_ref", "VARCHAR", receipt_sql("doc_ref"), keyed=True, within=True)]
    return [_plain(field)]


_BY_ENTITY: dict[str, Callable[[Field, str], list[RawColumn]]] = {
    "person": _person,
    "household": _household,
    "assessment": _assessment,
    "organisation": _organisation,
    "grant_line": _grant_line,
}
# The columns that are dropped or generalised: a keyed digest of them stands beside the row.
_LOST = {"person": ["birth_date"], "household": ["isee_value"], "organisation": ["name", "vat_number"]}


def _plain(field: Field) -> RawColumn:
    return RawColumn(field.name, checked_type(field), field.name)


@cache
def raw_columns(entity: Entity, instance: str = "") -> tuple[RawColumn, ...]:
    """Return the columns of the entity's raw file without `_line` and `_file`, in order.

    `instance` is the one whose rows the SQL is for; names and types are the same for all.
    """
    change = _BY_ENTITY.get(entity.name, lambda field, _: [_plain(field)])
    columns = [column for field in entity.fields for column in change(field, instance)]
    # What a later version of the contract added is empty here, so that all versions have one shape.
    columns += [
        RawColumn(field.name, checked_type(field), f"null::{checked_type(field)}") for field in entity.later
    ]
    if entity.name in _LOST:
        columns.append(RawColumn("_digest", "VARCHAR", _digest(_LOST[entity.name]), True))
    return tuple(columns)


def personal_number(field: Field) -> str:
    """Return the name under which a number column is summed: apart, where the raw layer does not keep it."""
    return f"_n_{field.name}" if field.personal else field.name
