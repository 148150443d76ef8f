"""The arithmetic of one file: every row and every cent is loaded, known or quarantined.

Arrives: the checked rows of one entity with their problems. Leaves: counts, control totals, and the rows'
faults in the table `quarantine`. What is done about them does not belong here.
"""

from decimal import Decimal

from core.duckdb_sessions import only_row
from ingestion.privacy.direct_identifiers import masked
from ingestion.privacy.pseudonymisation import personal_number
from ingestion.session import IngestionSession
from ingestion.validation.result import CheckedRows, ColumnTotal, EntityValidation

BAD_ROWS_LIMIT = Decimal("0.02")
BAD_EURO_LIMIT = Decimal("0.005")


def compute_control_totals(
    session: IngestionSession, validated: EntityValidation, missing: frozenset[str]
) -> None:
    """Fill the counts and totals of `validated`, and write the faults of its rows
    to the table `quarantine`.
    """
    checked = validated.checked
    validated.totals = [
        ColumnTotal(
            field.name,
            field.personal is not None,
            field.is_euro,
            validated.resource.control_totals.get(field.name),
        )
        for field in validated.entity.numbers
        if field.name not in missing
    ]
    if checked is not None:
        if not checked.faulty and not checked.problems and not checked.known:
            validated.loaded = checked.rows
            for total in validated.totals:
                total.loaded = checked.totals[total.column]
        else:
            _by_outcome(session, validated, checked)
            _write_faults(session, validated, checked)
    validated.received = (checked.rows if checked else 0) + len(validated.malformed)
    validated.quarantined += len(validated.malformed)
    validated.bad += len(validated.malformed)
    if validated.malformed:
        session.once(
            "insert into quarantine select ?, ?, unnest(?::bigint[]), null, 'row_malformed'",
            [validated.entity.name, masked(validated.resource.path), validated.malformed],
        )
        session.written("quarantine")


def _by_outcome(session: IngestionSession, validated: EntityValidation, checked: CheckedRows) -> None:
    name = checked.entity.name
    known = f"{checked.row} in (select row from known_{name})" if checked.known else "false"
    excused = (
        f"{checked.row} in (select row from problem_{name} where code = 'erased_person')"
        if checked.problems
        else "false"
    )
    sums = ""
    for total in validated.totals:
        column = personal_number(checked.entity.field(total.column))
        sums += (
            f", sum({column}) filter (good), sum({column}) filter (not good), "
            f"sum(abs({column})) filter (not good and not excused)"
        )
    # Only the rows that are not loaded are summed anew: they are few, and the rest is what they leave.
    validated.known, validated.quarantined, validated.bad, *amounts = only_row(
        session.again(
            f"select count(*) filter (good), count(*) filter (not good), "
            f"count(*) filter (not good and not excused){sums} "
            f"from (select *, {checked.good} as good, {known} as known, {excused} as excused from "
            f"{checked.table}) where known or not good"
        )
    )
    validated.loaded = checked.rows - validated.known - validated.quarantined
    for place, total in enumerate(validated.totals):
        total.known, total.quarantined, total.bad = (
            amount or Decimal(0) for amount in amounts[3 * place : 3 * place + 3]
        )
        total.loaded = checked.totals[total.column] - total.known - total.quarantined
        total.absolute = checked.absolutes[total.column]


def _write_faults(session: IngestionSession, validated: EntityValidation, checked: CheckedRows) -> None:
    name = checked.entity.name
    told = "string_split(concat_ws(',', _form, _rule), ',')"
    session.fill(
        "quarantine",
        f"""
        with told as (
            select {checked.row} as row, unnest({told}) as pair, generate_subscripts({told}, 1) as place
            from {checked.table} where _form is not null or _rule is not null),
        faults as (
            select row, split_part(pair, ':', 1) as code, split_part(pair, ':', 2) as column_name, place
            from told
            union all
            select row, code, coalesce(column_name, ''), 1000 from problem_{name}),
        first_columns as (
            select row, code, arg_min(column_name, place) as column_name from faults group by row, code)
        select '{name}', $1, t.line, nullif(column_name, ''), code
        from first_columns f
        join (select {checked.row} as place, {checked.line} as line from {checked.table}) t on t.place = f.row
        """,
        masked(validated.resource.path),
    )


def too_many_bad(validated: EntityValidation) -> bool:
    """True over 2% of the rows, or over 0.5% of the absolute value of a euro column. Erased
    persons' rows excuse.
    """
    return bool(_too_many_rows(validated) or _too_many_euro(validated))


def bad_rows_detail(validated: EntityValidation) -> tuple[str, ...]:
    """Return which limit was passed, and by how much: `bad_rows` with rows set aside, received and limit;
    else `bad_euro` with column and limit, and with the share where the column is of no person.
    """
    if _too_many_rows(validated):
        return "bad_rows", str(validated.bad), str(validated.received), f"{BAD_ROWS_LIMIT * 100:.0f}%"
    total, limit = _too_many_euro(validated)[0], f"{BAD_EURO_LIMIT * 100:.1f}%"
    if total.personal:
        return "bad_euro", total.column, limit
    return "bad_euro_share", total.column, limit, f"{total.bad:f}", f"{total.absolute:f}"


def _too_many_rows(validated: EntityValidation) -> bool:
    return validated.bad > BAD_ROWS_LIMIT * validated.received


def _too_many_euro(validated: EntityValidation) -> list[ColumnTotal]:
    return [
        total for total in validated.totals if total.is_euro and total.bad > BAD_EURO_LIMIT * total.absolute
    ]
