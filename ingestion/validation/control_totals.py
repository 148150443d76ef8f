"""The arithmetic of one file: every row and every cent is loaded, known or quarantined.

Arrives: the checked rows of one entity with their problems. Leaves: counts, control totals, and the rows'
faults in the table `quarantine`. What is done about them does not belong here.
"""

from decimal import Decimal

from ingestion.privacy.direct_identifiers import masked
from ingestion.privacy.pseudonymisation import personal_number
from ingestion.session import Workbench
from ingestion.validation.result import CheckedRows, ColumnTotal, EntityExamined

BAD_ROWS_LIMIT = Decimal("0.02")
BAD_EURO_LIMIT = Decimal("0.005")


def tally(bench: Workbench, examined: EntityExamined, missing: frozenset[str]) -> None:
    """Fill the counts and totals of `examined`, and write the faults of its rows to the table `quarantine`.
    """
    checked = examined.checked
    examined.totals = [
        ColumnTotal(
            field.name,
            field.personal is not None,
            field.is_euro,
            examined.resource.control_totals.get(field.name),
        )
        for field in examined.entity.numbers
        if field.name not in missing
    ]
    if checked is not None:
        if not checked.faulty and not checked.problems and not checked.known:
            examined.loaded = checked.rows
            for total in examined.totals:
                total.loaded = checked.totals[total.column]
        else:
            _by_outcome(bench, examined, checked)
            _write_faults(bench, examined, checked)
    examined.received = (checked.rows if checked else 0) + len(examined.malformed)
    examined.quarantined += len(examined.malformed)
    examined.bad += len(examined.malformed)
    if examined.malformed:
        bench.once(
            "insert into quarantine select ?, ?, unnest(?::bigint[]), null, 'row_malformed'",
            [examined.entity.name, masked(examined.resource.path), examined.malformed],
        )
        bench.written("quarantine")


def _by_outcome(bench: Workbench, examined: EntityExamined, checked: CheckedRows) -> None:
    name = checked.entity.name
    known = f"{checked.row} in (select row from known_{name})" if checked.known else "false"
    excused = (
        f"{checked.row} in (select row from problem_{name} where code = 'erased_person')"
        if checked.problems
        else "false"
    )
    sums = ""
    for total in examined.totals:
        column = personal_number(checked.entity.field(total.column))
        sums += (
            f", sum({column}) filter (good), sum({column}) filter (not good), "
            f"sum(abs({column})) filter (not good and not excused)"
        )
    # Only the rows that are not loaded are summed anew: they are few, and the rest is what they leave.
    examined.known, examined.quarantined, examined.bad, *amounts = bench.again(
        f"select count(*) filter (good), count(*) filter (not good), "
        f"count(*) filter (not good and not excused){sums} "
        f"from (select *, {checked.good} as good, {known} as known, {excused} as excused from "
        f"{checked.table}) where known or not good"
    ).fetchone()
    examined.loaded = checked.rows - examined.known - examined.quarantined
    for place, total in enumerate(examined.totals):
        total.known, total.quarantined, total.bad = (
            amount or Decimal(0) for amount in amounts[3 * place : 3 * place + 3]
        )
        total.loaded = checked.totals[total.column] - total.known - total.quarantined
        total.absolute = checked.absolutes[total.column]


def _write_faults(bench: Workbench, examined: EntityExamined, checked: CheckedRows) -> None:
    name = checked.entity.name
    told = "string_split(concat_ws(',', _form, _rule), ',')"
    bench.fill(
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
        masked(examined.resource.path),
    )


def too_many_bad(examined: EntityExamined) -> bool:
    """True over 2% of the rows, or over 0.5% of the absolute value of a euro column. Erased persons' rows
    excuse.
    """
    return bool(_too_many_rows(examined) or _too_many_euro(examined))


def bad_told(examined: EntityExamined) -> tuple[str, ...]:
    """Return which limit was passed, and by how much: `bad_rows` with rows set aside, received and limit;
    else `bad_euro` with column and limit, and with the share where the column is of no person.
    """
    if _too_many_rows(examined):
        return "bad_rows", str(examined.bad), str(examined.received), f"{BAD_ROWS_LIMIT * 100:.0f}%"
    total, limit = _too_many_euro(examined)[0], f"{BAD_EURO_LIMIT * 100:.1f}%"
    if total.personal:
        return "bad_euro", total.column, limit
    return "bad_euro_share", total.column, limit, f"{total.bad:f}", f"{total.absolute:f}"


def _too_many_rows(examined: EntityExamined) -> bool:
    return examined.bad > BAD_ROWS_LIMIT * examined.received


def _too_many_euro(examined: EntityExamined) -> list[ColumnTotal]:
    return [
        total for total in examined.totals if total.is_euro and total.bad > BAD_EURO_LIMIT * total.absolute
    ]
