"""The contract compiled to SQL: every check that one row can answer alone.

Arrives: an entity and a relation of text columns. Leaves: one SELECT that types every column and says, in
`_form` and `_rule`, what is wrong with a row. Checks that need other rows, other exports or the list of
comuni do not belong here (`history_rules`).

`_form` and `_rule` are null for a good row, else `code:column` pairs parted by commas; `_rule` is tried
only where `_form` found nothing. DuckDB's own casts decide nothing: a text is accepted by its form, the
cast only follows.
"""

from datetime import timedelta
from functools import cache

from core.sql import identifier
from ingestion.contract.schema import Bounds, Entity, Field
from ingestion.privacy.direct_identifiers import UNIT, carries_sql, searched_as, suspect_sql
from ingestion.privacy.identifiers import (
    CODICE_FISCALE,
    ENI,
    MANGLED_NUMBER,
    PROVISIONAL_CODE,
    STP,
    codice_fiscale_wrong,
    eleven_digits_wrong,
    looks_like_codice_fiscale,
)
from ingestion.privacy.pseudonymisation import (
    checked_type,
    personal_number,
    raw_columns,
    without_supplier_code,
)

DATETIME_TEXT = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?"
    r"(Z|[+-](0[0-9]|1[0-4]):?[0-5][0-9])"
)
_ENDS = {
    "start_date": "end_date",
    "opens_on": "closes_on",
    "starts_on": "ends_on",
    "issued_on": "expires_on",
    "scale_min": "scale_max",
}
# A reversed measurement may carry any value: it is the row that is undone, not a sum.
SIGNED_BY_REVERSAL_ONLY = {"service_delivery", "payment", "grant_line", "allocation"}


def _instant(text: str, *, many_rows: bool) -> str:
    """Return SQL for the UTC instant of a text with an offset.

    A cast to TIMESTAMP would drop the offset. One to TIMESTAMPTZ is the fastest per row, but sets
    up a calendar at every statement and does not know minutes without seconds: few rows, and those,
    go by arithmetic.
    """
    by_calendar = f"make_timestamp(epoch_us(try_cast({text} as timestamptz)))"
    return f"coalesce({by_calendar}, {_instant_computed(text)})" if many_rows else _instant_computed(text)


def _instant_computed(text: str) -> str:
    suffix = f"case when right({text}, 1) = 'Z' then 1 when {text}[-3] = ':' then 6 else 5 end"
    local = f"epoch_us(try_cast(left({text}, strlen({text}) - ({suffix})) as timestamp))"
    digits = f"replace(right({text}, {suffix}), ':', '')"
    offset = (
        f"case when right({text}, 1) = 'Z' then 0 else (case {digits}[1] when '-' then -1 else 1 end) * "
        f"(try_cast({digits}[2:3] as integer) * 60 + try_cast({digits}[4:5] as integer)) end"
    )
    return f"make_timestamp({local} - ({offset})::bigint * 60000000)"


def _parsed(field: Field, *, many_rows: bool) -> str | None:
    """Return SQL for the value of a text, right or wrong: whether it may be believed, `_believed` says."""
    text = f"x.{identifier(field.name)}"
    match field.type:
        case "string" | "boolean":
            return None
        case "datetime":
            return _instant(text, many_rows=many_rows)
        case _:
            return f"try_cast({text} as {checked_type(field)})"


def _believed(field: Field) -> str | None:
    """Return SQL that is true where the text has its type's form, null where there is no text."""
    text, value = f"x.{identifier(field.name)}", f"x.{identifier('p_' + field.name)}"
    match field.type:
        case "string" | "boolean":
            return None
        case "datetime":
            return f"regexp_full_match({text}, '{DATETIME_TEXT}') and ({text} is null or {value} is not null)"
        case "date":
            return f"{text} is null or coalesce(strlen({text}) = 10 and {value}::varchar = {text}, false)"
        case "integer":
            shape = "-?[0-9]+"
        case _:
            shape = rf"-?[0-9]+(\.[0-9]{{1,{field.decimals}}})?"
    # Nearly every number is written as DuckDB would write it: only the others cost a regular expression.
    return (
        f"case when {value}::varchar = {text} then true when {value} is null then {text} is null "
        f"else regexp_full_match({text}, '{shape}') end"
    )


def _typed(field: Field) -> str:
    text, value = f"x.{identifier(field.name)}", f"x.{identifier('p_' + field.name)}"
    match field.type:
        case "string":
            return text
        case "boolean":
            return f"{text} = 'true'"
        case "date" | "datetime":
            return value
        case _:
            # An unreadable number is in no sum.
            return f"case when x.{identifier('b_' + field.name)} then {value} end"


def _limits(field: Field) -> list[tuple[str, str]]:
    value = f"x.{identifier('p_' + field.name)}"
    if field.bounds:
        return [("out_of_range", _implausible(field.bounds, value, is_day=field.type == "date"))]
    tests = [] if field.minimum is None else [("out_of_range", f"{value} < {field.minimum}")]
    return tests + ([] if field.maximum is None else [("out_of_range", f"{value} > {field.maximum}")])


def _implausible(bounds: Bounds, value: str, *, is_day: bool) -> str:
    """Return SQL that is true for a day or an instant (UTC) outside the bounds."""
    if not is_day:
        # A day more on both sides: the day of an instant is that of its place.
        first, last = bounds.first - timedelta(days=1), bounds.last + timedelta(days=2)
        return f"{value} not between timestamp '{first} 00:00:00' and timestamp '{last} 00:00:00'"
    outside = f"{value} not between date '{bounds.first}' and date '{bounds.last}'"
    return outside + (f" and {value} <> date '{bounds.open_end}'" if bounds.open_end else "")


def _mangled(text: str) -> str:
    # Only text that starts with a digit can be one: the rest never reaches the regular expression.
    return (
        f"case when {text} >= '0' and {text} < ':' then regexp_full_match({text}, '{MANGLED_NUMBER}') "
        f"else false end"
    )


def _faults(entity: Entity, field: Field) -> list[tuple[str, str]]:
    """Return (code, SQL that is true for the fault) in the order in which they are tried; one column
    has one fault.
    """
    text = f"x.{identifier(field.name)}"
    faults: list[tuple[str, str]] = []
    if field.required:
        faults.append(("required_missing", f"{text} is null"))
    if field.type == "string":
        return faults + _text_faults(entity, field, text)
    if field.type == "boolean":
        return [*faults, ("type_wrong", f"{text} not in ('true', 'false')")]
    return [*faults, ("type_wrong", f"not x.{identifier('b_' + field.name)}"), *_limits(field)]


def _text_faults(entity: Entity, field: Field, text: str) -> list[tuple[str, str]]:
    faults: list[tuple[str, str]] = []
    if field.enum:
        # Comparisons one by one: a long IN list would be planned as a join.
        return [("enum_unknown", " and ".join(f"{text} <> '{value}'" for value in field.enum))]
    if field.is_code:
        faults.append(("number_mangled", _mangled(text)))
    if field.pattern:
        faults.append(("pattern_wrong", f"not regexp_full_match({text}, '{field.pattern}')"))
    if field.is_identifier:
        faults.append(("pattern_wrong", looks_like_codice_fiscale(text)))
    if place := searched_as(entity, field):
        # A row that has nothing suspect in all its texts together costs one regular expression.
        carried = carries_sql(_searched(entity, field), place)
        faults.append(("pattern_wrong", f"case when x._suspect then {carried} else false end"))
    if (entity.name, field.name) == ("person", "id_value"):
        forms = {"CF": CODICE_FISCALE, "CF_PROV": PROVISIONAL_CODE, "STP": STP, "ENI": ENI}
        tests = " ".join(
            f"when '{kind}' then not regexp_full_match({text}, '{form}')" for kind, form in forms.items()
        )
        faults.append(("pattern_wrong", f"case x.id_kind {tests} else false end"))
    if (entity.name, field.name) == ("organisation", "tax_code"):
        faults.append(
            ("pattern_wrong", f"strlen({text}) = 16 and not regexp_full_match({text}, '{CODICE_FISCALE}')")
        )
    return faults


def _searched(entity: Entity, field: Field) -> str:
    """Return SQL for what of a text is kept as it is: a supplier's codice fiscale is not."""
    text = f"x.{identifier(field.name)}"
    return without_supplier_code(text) if (entity.name, field.name) == ("grant_line", "doc_ref") else text


def _suspect(entity: Entity, present: list[Field]) -> str:
    """Return SQL that is true where any text of a row may carry a direct identifier."""
    texts = [_searched(entity, field) for field in present if searched_as(entity, field)]
    return suspect_sql(f"concat_ws({UNIT}, {', '.join(texts)})") if texts else "false"


def _form(entity: Entity, missing: frozenset[str], *, many_rows: bool) -> str:
    found, tests = [], []
    for field in entity.fields:
        faults = [] if field.name in missing else _faults(entity, field)
        if not faults:
            continue
        cases = " ".join(f"when {test} then '{code}:{field.name}'" for code, test in faults)
        found.append(f"case {cases} end")
        tests += [f"({test})" for _, test in faults]
    if not found:
        return "null::varchar"
    told = f"concat_ws(',', {', '.join(found)})"
    # Over many rows the pairs are put together for bad rows only; over few, the shorter plan is the faster
    # one.
    return f"case when {' or '.join(tests)} then {told} end" if many_rows else f"nullif({told}, '')"


def _conditions(entity: Entity) -> list[str]:
    def named(kind: str, columns: dict[str, str]) -> list[str]:
        return [f"{kind} = '{value}' and {column} is null" for value, column in columns.items()]

    match entity.name:
        case "person":
            return ["id_kind <> 'NONE' and id_value is null"]
        case "voucher_event":
            return ["event in ('REDEEM', 'REFUND') and merchant_id is null"]
        case "application":
            return named(
                "applicant_kind",
                {"PERSON": "person_id", "HOUSEHOLD": "household_id", "ORGANISATION": "organisation_id"},
            )
        case "payment":
            return named("payee_kind", {"PERSON": "person_id", "ORGANISATION": "organisation_id"})
    return []


def _check_characters(entity: Entity) -> list[tuple[str, str]]:
    match entity.name:
        case "person":
            wrong = (
                f"case id_kind when 'CF' then {codice_fiscale_wrong('id_value')} "
                f"when 'CF_PROV' then {eleven_digits_wrong('id_value')} else false end"
            )
            return [("id_value", f"case when id_value is not null then {wrong} else false end")]
        case "organisation":
            tax_code = (
                f"case strlen(tax_code) when 11 then {eleven_digits_wrong('tax_code')} "
                f"when 16 then {codice_fiscale_wrong('tax_code')} else false end"
            )
            vat_number = (
                f"case when vat_number is not null then {eleven_digits_wrong('vat_number')} else false end"
            )
            return [("tax_code", tax_code), ("vat_number", vat_number)]
    return []


def ranges(entity: Entity) -> list[tuple[str, str]]:
    """Return the pairs of columns of which the second may not be less than the first."""
    pairs = list(_ENDS.items())
    pairs += [(name, name.removesuffix("_from") + "_to") for name in entity.columns if name.endswith("_from")]
    return [(start, end) for start, end in pairs if entity.has(start) and entity.has(end)]


def compiled_rules(entity: Entity) -> list[tuple[str, str, str]]:
    """Return (code, column or '', SQL that is true for the fault) of the rules over a well-formed row."""
    rules = [("check_digit_wrong", column, test) for column, test in _check_characters(entity)]
    conditions = _conditions(entity)
    if conditions:
        rules.append(("condition_missing", "", " or ".join(f"({test})" for test in conditions)))
    if entity.name == "service_delivery":
        parts = "amount_user + amount_municipality + amount_ssn + amount_other"
        rules.append(("amounts_disagree", "", f"abs(amount_total - ({parts})) > 0.01"))
    if entity.name in SIGNED_BY_REVERSAL_ONLY:
        rules += [
            ("out_of_range", field.name, f"reverses_id is null and {field.name} < 0")
            for field in entity.numbers
            if field.minimum is None
        ]
    if entity.has("birth_date"):
        rules.append(("out_of_range", "birth_date", "birth_date > (updated_at + interval 1 day)::date"))
    rules += [
        ("out_of_range", "", f"{identifier(end)} < {identifier(start)}") for start, end in ranges(entity)
    ]
    if entity.is_ledger:
        rules.append(("ledger_tombstone", "op", "op = 'D'"))
    return rules


def _rule(entity: Entity) -> str:
    rules = compiled_rules(entity)
    if not rules:
        return "null::varchar"
    any_fault = " or ".join(f"({test})" for _, _, test in rules)
    found = ", ".join(f"case when {test} then '{code}:{column}' end" for code, column, test in rules)
    return f"case when _form is not null then null when {any_fault} then concat_ws(',', {found}) end"


def _layers(entity: Entity, source: str, missing: frozenset[str], *, many_rows: bool) -> str:
    """Return the relation x with every column as text, its value `p_` and whether that is to
    be believed, `b_`.
    """
    present = [field for field in entity.fields if field.name not in missing]
    values, beliefs = ["x.*", f"{_suspect(entity, present)} as _suspect"], ["x.*"]
    for field in present:
        if value := _parsed(field, many_rows=many_rows):
            values.append(f"{value} as {identifier('p_' + field.name)}")
            beliefs.append(f"{_believed(field)} as {identifier('b_' + field.name)}")
    return f"(select {', '.join(beliefs)} from (select {', '.join(values)} from ({source}) x) x) x"


@cache
def checked_rows(
    entity: Entity,
    source: str,
    *,
    instance: str,
    missing: frozenset[str] = frozenset(),
    numbered: bool,
) -> str:
    """Return the SELECT that types and checks `source`, a relation whose columns are the entity's, as text.

    Its columns are those of the raw file, then `_n_<name>` for every number the raw file does not keep,
    `_form`, `_rule`, and `_line` if the source is `numbered`, as small files are. Columns in `missing` are
    neither in the source nor checked, and then neither are the rules over a row.
    """
    typed = ", ".join(
        f"{'null::' + checked_type(field) if field.name in missing else _typed(field)} as "
        f"{identifier(field.name)}"
        for field in entity.fields
    )
    line = ", x._line" if numbered else ""
    # Of what is personal only the pseudonym leaves this statement: see `privacy.pseudonymisation`.
    pseudonymised = ", ".join(
        f"{column.sql} as {identifier(column.name)}" for column in raw_columns(entity, instance)
    )
    apart = "".join(
        f", {field.name} as {personal_number(field)}" for field in entity.numbers if field.personal
    )
    rule = "null::varchar" if missing else _rule(entity)
    form = _form(entity, missing, many_rows=not numbered)
    return (
        f"select {pseudonymised}{apart}, _form, {rule} as _rule{', _line' if numbered else ''} "
        f"from (select {typed}, {form} as _form{line} from "
        f"{_layers(entity, source, missing, many_rows=not numbered)})"
    )
