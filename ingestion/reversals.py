"""What is told of reversals beyond a code: why one is invalid, and of which nobody here can say.

Arrives: the checked rows of a ledger after `find_invalid_reversals`, and the history. Leaves: lines, with a
reason. Setting rows aside does not belong here (`row_history`).
"""

from ingestion.history import History, reversed_amounts
from ingestion.receipts import ERRORS_KEPT
from ingestion.row_history import SAME_SIGN, CheckedRows, unseen_target
from ingestion.workbench import Workbench

# In the order in which they are told: a reversal has one.
REASONS = ("event", "absent", "set_aside", "reversal", "amounts", "twice")


def why_invalid(bench: Workbench, checked: CheckedRows, history: History) -> list[tuple[int, str]]:
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
    return bench.once(
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


def unseen_reversals(bench: Workbench, checked: CheckedRows, history: History) -> list[int]:
    """Return the lines of the good reversals whose row stands neither in the file nor in the history."""
    unseen = unseen_target("reverses_id", checked, history.table(checked.entity))
    found = bench.once(
        f"select {checked.line} as line from {checked.table} "
        f"where {checked.loaded} and reverses_id is not null and {unseen} order by line limit {ERRORS_KEPT}"
    ).fetchall()
    return [line for (line,) in found]
