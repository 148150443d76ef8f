"""The checks of a row that need other rows: of its file, of its export, or of what the instance told before.

Arrives: the checked rows of one entity (see `row_rules`) and the history. Leaves: a `problem` table (row,
code, column) and a `known` table (row) in ingestion's connection.

The order is the contract's: the list of comuni, then duplicate_in_file, erased_person, scale, ledger_changed,
reversal_invalid; of the latter a row gets one at most, and only if nothing was wrong with it before.
"""

import re
from datetime import date, timedelta

from core.duckdb_sessions import only_row
from core.sql import identifier
from ingestion.contract.findings import ERRORS_KEPT
from ingestion.contract.schema import Entity, Field
from ingestion.privacy.pseudonymisation import REMOVED, personal_number
from ingestion.privacy.pseudonyms import pseudonym_sql
from ingestion.session import IngestionSession
from ingestion.validation.history import History, content_hash, reversed_amounts
from ingestion.validation.result import CheckedRows

# In the order in which they are told: a reversal has one.
REASONS = ("event", "absent", "set_aside", "reversal", "amounts", "twice")

_ALWAYS = "valid_from = date '1900-01-01' and valid_to = date '9999-12-31'"
# These events carry positive amounts, reversals too.
SAME_SIGN = ("voucher_event", "plan_movement")


def comune_column(entity: Entity) -> Field | None:
    """Return the column that holds an ISTAT comune code, if the entity has one."""
    for field in entity.fields:
        if field.name.startswith("istat_") and field.pattern:
            return field
    return None


def _own_day(entity: Entity) -> str:
    return (
        "start_date"
        if entity.has("start_date")
        else "((updated_at at time zone 'UTC') at time zone 'Europe/Rome')::date"
    )


def measure(session: IngestionSession, entity: Entity, table: str, *, numbered: bool) -> CheckedRows:
    """Return the counts and totals of the checked rows in `table`, in one pass."""
    good = "filter (_form is null and _rule is null)"
    comune = comune_column(entity)
    columns = [personal_number(field) for field in entity.numbers]
    sums = "".join(f", coalesce(sum({name}), 0), coalesce(sum(abs({name})), 0)" for name in columns)
    reversals = "0"
    if entity.has("reverses_id"):
        reversals = "count(reverses_id)"
        reversals += " + count(*) filter (event = 'REVERSAL')" if entity.has("event") else ""
    unknown = (
        f"count(*) filter ({comune.name} not in (select istat_comune from comune where {_ALWAYS}))"
        if comune
        else "0"
    )
    sql = (
        f"select count(*), count(*) filter (_form is not null or _rule is not null), "
        f"count(distinct hash(record_id)) {good}, {reversals}, {unknown}{sums} from {table}"
    )
    rows, faulty, distinct, reversing, unknown_comuni, *totals = only_row(
        session.again(sql) if numbered else session.once(sql)
    )
    names = [field.name for field in entity.numbers]
    return CheckedRows(
        entity,
        table,
        numbered,
        rows,
        faulty,
        distinct,
        reversing,
        unknown_comuni,
        dict(zip(names, totals[::2], strict=True)),
        dict(zip(names, totals[1::2], strict=True)),
    )


def _add_problems(
    session: IngestionSession, checked: CheckedRows, code: str, column: str | None, rows: str
) -> None:
    """Give the rows that the SQL `rows` yields (a column `row`) one more problem."""
    selected = f"select row, $1, $2 from ({rows})"
    checked.problems += session.fill(f"problem_{checked.entity.name}", selected, code, column)


def find_unknown_comuni(session: IngestionSession, checked: CheckedRows) -> None:
    """Set aside the well-formed rows whose comune code is not valid on the row's day."""
    column = comune_column(checked.entity)
    if column is None or not checked.unknown_comuni:
        return
    day = _own_day(checked.entity)
    _add_problems(
        session,
        checked,
        "comune_unknown",
        column.name,
        f"select t.{checked.row} as row from {checked.table} t left join comune c on c.istat_comune = "
        f"t.{column.name} "
        f"where t._form is null and (c.istat_comune is null or {day} not between c.valid_from and "
        f"c.valid_to)",
    )


def find_too_late(session: IngestionSession, checked: CheckedRows, created_on: date) -> None:
    """Set aside the good rows with a date that lies further behind the day on which the export was made than
    the contract allows. Later columns are tried on the rows that an earlier one left.
    """
    beyond, limits = {}, []
    for field in checked.entity.fields:
        if field.bounds and field.bounds.after_created is not None:
            limits.append((created_on + timedelta(days=field.bounds.after_created)).isoformat())
            limit = f"${len(limits)}::date"
            # A day more for an instant: its day is that of its place.
            beyond[field.name] = f"{identifier(field.name)} > " + (
                f"({limit} + interval 2 day)" if field.type == "datetime" else limit
            )
    counts = ", ".join(f"count(*) filter ({test})" for test in beyond.values())
    counted = f"select {counts} from {checked.table}"
    found = session.again(counted, *limits) if checked.numbered else session.once(counted, limits)
    for count, (name, test), limit in zip(only_row(found), beyond.items(), limits, strict=True):
        if count:
            literal = re.sub(r"\$[0-9]+", f"'{limit}'", test)
            rows = f"select {checked.row} as row from {checked.table} where {literal} and {checked.good}"
            _add_problems(session, checked, "out_of_range", name, rows)


def find_duplicates(session: IngestionSession, checked: CheckedRows) -> None:
    """Set aside every good row whose record_id an earlier good row of the file has."""
    if checked.distinct == checked.rows - checked.faulty:
        return
    _add_problems(
        session,
        checked,
        "duplicate_in_file",
        "record_id",
        f"select row from (select {checked.row} as row, "
        f"row_number() over (partition by record_id order by {checked.row}) as place "
        f"from {checked.table} where {checked.good}) where place > 1",
    )


def find_forgotten(
    session: IngestionSession, persons: CheckedRows, history: History, instance: str
) -> tuple[str, ...]:
    """Set aside the persons with the identifier of somebody forgotten, and count as erased, from now on, the
    record ids that are new with it; return these.

    A record held under another identity keeps that one: only the row goes.
    """
    named = f"from {persons.table} where id_pseudonym in (select pseudonym from forgotten) and {persons.good}"
    held = history.table(persons.entity)
    others = f" and record_id not in (select record_id from {held})" if held else ""
    records = session.once(f"select distinct record_id {named}{others} order by record_id").fetchall()
    hashed = pseudonym_sql(f"'erased|{instance}|' || $1")
    for record in records:
        session.once(f"insert into erased select {hashed}", list(record))
    _add_problems(session, persons, "erased_person", "id_value", f"select {persons.row} as row {named}")
    return tuple(record_id for (record_id,) in records)


def find_erased(
    session: IngestionSession,
    checked: CheckedRows,
    history: History,
    instance: str,
) -> None:
    """Set aside the rows that name an erased person, save reversals of rows that lost theirs: those
    lose it too.
    """
    entity = checked.entity
    erased_message = f"'erased|{instance}|' || "
    for column in entity.person_columns:
        hashed = pseudonym_sql(erased_message + column)
        erased = (
            f"select {column} from (select distinct {column} from {checked.table} where {column} is "
            f"not null) "
            f"where {hashed} in (select person_hash from erased)"
        )
        # A reversal of what went with the person goes too; of what stayed without the person, it stays so.
        reverses = entity.has("reverses_id") and checked.reversals and entity.name not in REMOVED
        held = history.table(entity) if reverses else None
        if held:
            if not checked.numbered:
                checked.table = session.make_changeable(entity.name)
            session.once(
                f"update {checked.table} set {column} = null where {column} in ({erased}) and {checked.good} "
                f"and reverses_id in (select record_id from {held} where lost_person or "
                f"{pseudonym_sql(erased_message + 'person')} in (select person_hash from erased))"
            )
        _add_problems(
            session,
            checked,
            "erased_person",
            column,
            f"select {checked.row} as row from {checked.table} "
            f"where {column} in ({erased}) and {checked.good}",
        )


def find_off_scale(
    session: IngestionSession,
    measurements: CheckedRows,
    history: History,
    indicators: CheckedRows | None,
    indicator: Entity,
    sequence: int,
) -> None:
    """Set aside the measurements outside the scale of their indicator as it now stands, this export's word
    included; a removed indicator keeps the scale it had.
    """
    sources = []
    held = history.table(indicator)
    columns = "record_id, op, scale_min, scale_max, row_version, updated_at"
    if held:
        sources.append(f"select {columns}, sequence from {held}")
    if indicators and indicators.rows:
        sources.append(
            f"select {columns}, {sequence} as sequence from {indicators.table} where {indicators.loaded}"
        )
    if not sources:
        return
    _add_problems(
        session,
        measurements,
        "out_of_range",
        "value",
        f"""
        select m.{measurements.row} as row from {measurements.table} m join (
            select * from ({" union all ".join(sources)}) qualify row_number() over (
                partition by record_id
                order by op = 'U' desc, row_version desc, updated_at desc, sequence desc) = 1
        ) i on i.record_id = m.indicator_id
        where m.reverses_id is null and m.value not between i.scale_min and i.scale_max
          and {_of("m", measurements.good)}""",
    )


def _of(alias: str, test: str) -> str:
    """Return `test`, written over bare technical columns, for a table under an alias."""
    return re.sub(r"\b(_place|_line|_form|_rule)\b", rf"{alias}.\1", test)


def unseen_target(target: str, checked: CheckedRows, held: str | None) -> str:
    """Return SQL that is true where no row of the file or of the history is the one `target` names."""
    rows = f"{target} not in (select record_id from {checked.table} where record_id is not null)"
    return rows + (f" and {target} not in (select record_id from {held})" if held else "")


def find_known(session: IngestionSession, checked: CheckedRows, history: History) -> None:
    """Mark the rows already in with the same content; set aside the ledger rows already in with another."""
    entity, held = checked.entity, history.table(checked.entity)
    if held is None:
        return
    now = held
    if not entity.is_ledger:
        now = (
            f"(select record_id, content from {held} where record_id in (select record_id from "
            f"{checked.table}) "
            f"qualify row_number() over (partition by record_id "
            f"order by row_version desc, updated_at desc, sequence desc) = 1)"
        )
    met = (
        f"(select {checked.row} as row, record_id, {content_hash(entity)} as content from {checked.table} "
        f"where {checked.good}) t join {now} h on h.record_id = t.record_id"
    )
    if entity.is_ledger:
        rows, same = only_row(
            session.again(f"select count(*), count(*) filter (t.content = h.content) from {met}")
        )
        if not rows:
            return
        if same < rows:
            changed = f"select t.row from {met} where t.content <> h.content"
            _add_problems(session, checked, "ledger_changed", None, changed)
    checked.known = session.fill(
        f"known_{entity.name}", f"select t.row from {met} where t.content = h.content"
    )
    if not entity.is_ledger:
        others = f"select count(*) from {met} where t.content <> h.content"
        (checked.changed,) = only_row(session.again(others))


def find_invalid_reversals(
    session: IngestionSession, checked: CheckedRows, history: History, *, past_is_whole: bool = True
) -> None:
    """Set aside reversals of what is not there, of a reversal, a second time, or with the wrong amounts.

    Where the past is not whole, a row that was never seen may still have been sent: nothing is said of it
    but that it is reversed once.
    """
    entity = checked.entity
    if not entity.has("reverses_id") or not checked.reversals:
        return
    amounts, held = reversed_amounts(entity), history.table(entity)
    evented = entity.has("event")
    columns = ", ".join(("record_id", "reverses_id", *amounts, *(("event",) if evented else ())))
    sources = [f"select {columns} from {checked.table} where {checked.loaded}"]
    if held:
        sources.append(f"select {columns} from {held}")
    is_reversal = "event = 'REVERSAL'" if evented else "false"
    sign = "" if entity.name in SAME_SIGN else "-"
    agree = "".join(f" and r.{name} is not distinct from {sign}t.{name}" for name in amounts)
    shape = "(r.event = 'REVERSAL') = (r.reverses_id is not null)" if evented else "true"
    earlier = (
        f"r.reverses_id not in (select reverses_id from {held} where reverses_id is not null)"
        if held
        else "true"
    )
    unseen = "false" if past_is_whole else unseen_target("r.reverses_id", checked, held)
    asking = f"reverses_id is not null or {is_reversal}"
    _add_problems(
        session,
        checked,
        "reversal_invalid",
        "reverses_id",
        f"""
        with asked as (select {checked.row} as row, {columns} from {checked.table}
                       where ({asking}) and {checked.loaded}),
        there as (select * from ({" union all ".join(sources)})
                  where record_id in (select reverses_id from asked) and reverses_id is null
                    and not ({is_reversal})),
        judged as (select r.row, r.reverses_id,
                          coalesce({shape} and {earlier}
                                   and ({unseen} or (t.record_id is not null{agree})), false) as fits
                   from asked r left join there t on t.record_id = r.reverses_id)
        select row from (
            select row, fits, row_number() over (partition by reverses_id, fits order by row) as place
            from judged)
        where not fits or place > 1""",
    )


def why_invalid(session: IngestionSession, checked: CheckedRows, history: History) -> list[tuple[int, str]]:
    """Return line and reason, one of `REASONS`, of the rows set aside as reversal_invalid."""
    entity, held = checked.entity, history.table(checked.entity)
    amounts, evented = reversed_amounts(entity), entity.has("event")
    columns = ", ".join(("record_id", "reverses_id", *amounts, *(("event",) if evented else ())))
    sources = [f"select {columns}, ({checked.good}) as stands from {checked.table}"]
    if held:
        sources.append(f"select {columns}, true as stands from {held}")
    wrong_event = "(b.event = 'REVERSAL') <> (b.reverses_id is not null)" if evented else "false"
    is_reversal = "t.reverses_id is not null" + (" or t.event = 'REVERSAL'" if evented else "")
    sign = "" if entity.name in SAME_SIGN else "-"
    agree = " and ".join(f"b.{name} is not distinct from {sign}t.{name}" for name in amounts) or "true"
    return session.once(
        f"""
        with bad as (
            select {checked.line} as line, {columns} from {checked.table}
            where {checked.row} in (select row from problem_{entity.name} where code = 'reversal_invalid')
            order by line limit {ERRORS_KEPT}),
        there as ({" union all ".join(sources)})
        select b.line, case
            when bool_or({wrong_event}) then 'event'
            when count(t.record_id) = 0 then 'absent'
            when not bool_or(t.stands) then 'set_aside'
            when bool_and({is_reversal}) then 'reversal'
            when not bool_or({agree}) then 'amounts'
            else 'twice' end
        from bad b left join there t on t.record_id = b.reverses_id
        group by b.line"""
    ).fetchall()


def unseen_reversals(session: IngestionSession, checked: CheckedRows, history: History) -> list[int]:
    """Return the lines of the good reversals whose row stands neither in the file nor in the history."""
    unseen = unseen_target("reverses_id", checked, history.table(checked.entity))
    found = session.once(
        f"select {checked.line} as line from {checked.table} "
        f"where {checked.loaded} and reverses_id is not null and {unseen} order by line limit {ERRORS_KEPT}"
    ).fetchall()
    return [line for (line,) in found]
