"""The feeds in words: export log, reconciliation, quarantine and checks arrive; the tables of the
operations page leave."""

from datetime import date
from decimal import Decimal

from core.presentation import formatting
from core.presentation.bilingual import Lang
from dashboards import delivery_calendar, queries
from dashboards.components import prose
from dashboards.components.matrix import MatrixRow
from dashboards.components.table import (
    Cell,
    Column,
    Table,
    count_cell,
    day_cell,
    moment_cell,
    text_cell,
)
from dashboards.figures import last_day
from dashboards.page_context import PageContext

# The gate whose rules are many and named for tables: those that hold are told by their number.
TABLE_RULES = "data_tests"
# The rules that this deployment added, in suites of its own.
SUITE_RULES = "expectations"


def gate_line(context: PageContext) -> str:
    """Return the notice that says whether the last checks were green; without any run, that nothing was
    checked yet."""
    messages, run = context.messages, context.run
    green = run["green"] if run else (context.release.gate_green if context.release else None)
    if green is None:
        return prose.notice("note", messages("gate.none"), messages("gate.none.word"))
    failed = [c for c in _checks(context) if not c["passed"] and c["severity"] == "critical"]
    warned = [c for c in _checks(context) if not c["passed"] and c["severity"] != "critical"]
    if green:
        text = messages("gate.green")
        if warned:
            text += " " + messages.counted("gate.warned", len(warned))
        n_late, total = _late(context)
        if n_late:
            # Checks judge what came: an export that did not come is none that they could fail.
            text += " " + messages.counted("gate.late", n_late, total=messages.count(total))
            return prose.notice("attention", text, messages("gate.late.word"))
        return prose.notice("ok", text, messages("gate.green.word"))
    names = ", ".join(_check_name(c, context) for c in failed[:3])
    text = messages.counted("gate.red", len(failed), names=names)
    if context.release is not None:
        text += " " + messages(
            "gate.red.kept", day=formatting.day_of(context.release.created_at, context.lang)
        )
    return prose.notice("error", text, messages("gate.red.word"))


def _late(context: PageContext) -> tuple[int, int]:
    """How many territories have not sent what was due, and of how many."""
    if context.release is None:
        return 0, 0
    known = queries.freshness(context.database)
    return sum(delivery_calendar.told(context, row)[0] == "late" for row in known), len(known)


def headline(context: PageContext) -> str:
    """Return the sentence of the page: rows received and where they went; nothing lost or the gap; who has
    not sent what was due."""
    messages, rows = context.messages, queries.row_counts(context.database)
    counts = {key: messages.count(rows[key]) for key in ("received", "loaded", "known", "quarantined")}
    totals = queries.reconciliation(context.database)
    closing = ""
    if any(row["gap"] for row in totals):
        closing = messages("sentence.unbalanced")
    elif totals:
        aside = any(row["quarantined"] for row in totals)
        closing = messages("sentence.balanced.quarantined" if aside else "sentence.balanced")
    n_late, total = _late(context)
    missing = messages.counted("sentence.late", n_late, total=messages.count(total)) if n_late else ""
    return prose.sentence(messages("sentence.feeds", **counts), closing, missing)


def months(context: PageContext) -> tuple[list[str], list[MatrixRow]]:
    """Return the twelve months and one row of states per territory."""
    found = _months(context)
    columns = list(dict.fromkeys(row["month"] for row in found))
    states: dict[str, list[str]] = {}
    for row in found:
        states.setdefault(row["name"], []).append(row["state"])
    names = [formatting.period("month", month, context.lang) for month in columns]
    return names, [MatrixRow(name, cells) for name, cells in states.items()]


def _months(context: PageContext) -> list[queries.Row]:
    # What has not come is missing only once it was due, by the territory's own calendar.
    known = {row["instance_id"]: row for row in queries.freshness(context.database)}
    found = []
    until = delivery_calendar.last_due(list(known.values()), context.as_of, context.today)
    for row in queries.export_months(context.database, until):
        if row["state"] == "missing":
            ends = last_day("month", row["month"])
            is_due = delivery_calendar.is_due(known[row["instance_id"]], ends, context.today)
            row = row if is_due else {**row, "state": "not_due"}
        found.append(row)
    return found


def months_table(context: PageContext) -> Table:
    """Return the matrix as a table for the files: one row per territory and month."""
    messages = context.messages
    columns = [
        Column("territory", messages("column.territory")),
        Column("month", messages("column.month")),
        Column("state", messages("column.state")),
    ]
    rows = [
        [
            text_cell(r["name"]),
            day_cell(r["month"], context.lang),
            Cell(messages(f"state.{r['state']}"), r["state"]),
        ]
        for r in _months(context)
    ]
    return Table(messages("operations.matrix"), columns, rows, messages("table.empty"))


def reconciliation(context: PageContext) -> Table:
    """Return the control totals: what was declared, where it went, and the gap; 0,00 is said in words too."""
    messages, lang = context.messages, context.lang
    keys = ("declared", "loaded", "known", "quarantined")
    columns = [
        Column("entity", messages("column.entity")),
        Column("column_name", messages("column.column")),
        *(Column(key, messages(f"reconciliation.{key}"), True) for key in keys),
        Column("gap", messages("reconciliation.gap"), True),
    ]
    rows = []
    for row in queries.reconciliation(context.database):
        gap = row["gap"] or Decimal(0)
        told = messages("reconciliation.balanced") if gap == 0 else messages("reconciliation.gap_open")
        numbers = [Cell(formatting.number(row[key] or 0, lang, 2), row[key]) for key in keys]
        gap_cell = Cell(f"{formatting.number(gap, lang, 2)} · {told}", gap)
        rows.append(
            [
                text_cell(messages.known(f"entity.{row['entity']}", row["entity"])),
                Cell(
                    messages.known(f"pack.amount.{row['column_name']}", row["column_name"].replace("_", " ")),
                    row["column_name"],
                ),
                *numbers,
                gap_cell,
            ]
        )
    return Table(
        messages("operations.reconciliation"), columns, rows, messages("operations.reconciliation.empty")
    )


def quarantine(context: PageContext) -> Table:
    """Return what is in quarantine by code, with the sentence that says what to do."""
    messages, lang = context.messages, context.lang
    columns = [
        Column("code", messages("column.reason")),
        Column("entries", messages("column.rows"), True),
        Column("exports", messages("column.exports"), True),
        Column("territories", messages("column.territories"), True),
    ]
    rows = [
        [
            Cell(messages.known(f"code.{row['code']}", row["code"]), row["code"]),
            *(count_cell(row[key], lang) for key in ("entries", "exports", "territories")),
        ]
        for row in queries.quarantine(context.database)
    ]
    return Table(messages("operations.quarantine"), columns, rows, messages("operations.quarantine.empty"))


def whom_to_call(context: PageContext) -> Table:
    """Return the territories that somebody has to call: who has been late longest first, then by what is
    wrong in their last export; with what is late, what was refused, what is in quarantine and why, and the
    contact of the register."""
    messages = context.messages
    contacts = (context.run or {}).get("contacts", {})
    known = {row["instance_id"]: row for row in queries.freshness(context.database)}
    late = {key: delivery_calendar.told(context, row) for key, row in known.items()}
    columns = [
        Column("territory", messages("column.territory")),
        Column("why", messages("column.call_why")),
        Column("entries", messages("rows.quarantined"), True),
        Column("last_entries", messages("column.last_export"), True),
        Column("contact", messages("column.contact")),
    ]
    found = []
    for row in queries.quarantine_by_territory(context.database):
        state, told, _ = late[row["instance_id"]]
        why = [told] if state == "late" else []
        if row["attempt"]:
            why.append(messages(f"call.{row['attempt']}", export=row["attempt_export"]))
        if row["entries"]:
            why.append(messages.known(f"code.{row['code']}", row["code"]))
        if why:
            due = delivery_calendar.first_due(known[row["instance_id"]], context.today)
            order = (state != "late", due or date.max, row["attempt"] is None, -row["last_entries"])
            found.append((*order, row["name"], why, row))
    rows = [
        [
            text_cell(row["name"]),
            text_cell(" ".join(f"{part[0].upper()}{part[1:].rstrip('.')}." for part in why)),
            *(count_cell(row[key], context.lang) for key in ("entries", "last_entries")),
            text_cell(contacts.get(row["instance_id"]) or messages("call.no_contact")),
        ]
        for *_, why, row in sorted(found, key=lambda each: each[:5])
    ]
    return Table(messages("operations.call"), columns, rows, messages("operations.call.empty"))


def freshness(context: PageContext) -> Table:
    """Return how far each territory's data reach and when they came."""
    messages, lang = context.messages, context.lang
    columns = [
        Column("territory", messages("column.territory")),
        Column("data_to", messages("column.data_to")),
        Column("accepted_at", messages("column.accepted")),
        Column("state", messages("column.state")),
    ]
    rows = []
    for row in queries.freshness(context.database):
        state, text, _ = delivery_calendar.told(context, row)
        arrived = moment_cell(row["accepted_at"], lang) if row["accepted_at"] else text_cell("")
        rows.append(
            [text_cell(row["name"]), day_cell(row["data_to"], context.lang), arrived, Cell(text, state)]
        )
    return Table(messages("operations.freshness"), columns, rows, messages("table.empty"))


def checks(context: PageContext) -> Table:
    """Return the checks, failed ones first: what was checked, the result, how many rows broke the rule."""
    messages, lang = context.messages, context.lang
    columns = [
        Column("check", messages("column.check")),
        Column("result", messages("column.result")),
        Column("observed", messages("column.observed"), True),
        Column("total", messages("column.total"), True),
    ]
    found = _checks(context)
    told = [c for c in found if not c["passed"] or c["gate"] != TABLE_RULES]
    kept = [c for c in found if c["passed"] and c["gate"] == TABLE_RULES]
    rows = [
        [Cell(_check_name(c, context), c["check_name"]), _result(c, context), *_counts(c, lang)] for c in told
    ]
    if kept:
        name = messages.counted("checks.tables", len(kept))
        rows.append([Cell(name, TABLE_RULES), _result(kept[0], context), Cell("0", 0), Cell("", None)])
    return Table(messages("operations.checks"), columns, rows, messages("operations.checks.empty"))


def suite_rules(context: PageContext) -> Table:
    """Return the rules that this deployment added: what each asks, of which table and whose it is, how much
    it weighs, and its last verdict."""
    messages, lang = context.messages, context.lang
    columns = [
        Column("check", messages("column.check")),
        Column("severity", messages("column.severity")),
        Column("result", messages("column.result")),
        Column("observed", messages("column.observed"), True),
        Column("total", messages("column.total"), True),
    ]
    rows = [
        [
            Cell(_check_name(c, context), c["check_name"]),
            Cell(messages(f"severity.{c['severity']}"), c["severity"]),
            _result(c, context),
            *_counts(c, lang),
        ]
        for c in _checks(context)
        if c["gate"] == SUITE_RULES
    ]
    return Table(messages("operations.suites"), columns, rows, messages("operations.suites.empty"))


def _counts(check: queries.Row, lang: Lang) -> list[Cell]:
    """How many rows broke the rule, and of how many; nothing where there is no verdict."""
    broken, seen = check["observed_count"], check["total_count"]
    return [
        text_cell("") if check["could_not_run"] else Cell(formatting.number(broken or 0, lang), broken),
        Cell(formatting.number(seen, lang) if seen else "", seen),
    ]


def last_exports(context: PageContext) -> Table:
    """Return the exports of the last run, for the time when there is no release to tell of them."""
    messages, lang = context.messages, context.lang
    keys = ("received", "loaded", "known", "quarantined")
    columns = [
        Column("territory", messages("column.territory")),
        Column("export_id", messages("column.export")),
        Column("state", messages("column.state")),
        *(Column(key, messages(f"rows.{key}"), True) for key in keys),
    ]
    rows = [
        [
            text_cell(e["instance_id"]),
            text_cell(e["export_id"]),
            Cell(messages.known(f"state.{e['status']}", e["status"]), e["status"]),
            *(Cell(formatting.number(e[key] or 0, lang), e[key]) for key in keys),
        ]
        for e in (context.run or {}).get("exports", [])
    ]
    return Table(messages("operations.exports"), columns, rows, messages("table.empty"))


def timings(context: PageContext) -> Table:
    """Return how long each step took and how many rows it made, the last time and as a rule."""
    messages, lang = context.messages, context.lang
    columns = [
        Column("step", messages("column.run_step")),
        Column("started_at", messages("column.began")),
        Column("seconds", messages("column.seconds"), True),
        Column("usual", messages("column.usual_seconds"), True),
        Column("longest", messages("column.longest_seconds"), True),
        Column("rows", messages("column.rows_made"), True),
        Column("runs", messages("column.runs"), True),
    ]
    rows = [
        [
            Cell(messages.known(f"run.{step['step']}", step["step"]), step["step"]),
            moment_cell(step["started_at"], lang),
            *(
                Cell(formatting.number(step[key], lang, 1), formatting.rounded(step[key], 2))
                for key in ("seconds", "usual", "longest")
            ),
            count_cell(step["rows"], lang),
            count_cell(step["runs"], lang),
        ]
        for step in (context.run or {}).get("timings", [])
    ]
    return Table(messages("operations.timings"), columns, rows, messages("operations.timings.empty"))


def _checks(context: PageContext) -> list[queries.Row]:
    # The last run is newer than the release whenever the gate closed on it.
    if context.run is not None and context.run["checks"]:
        return context.run["checks"]
    return queries.checks(context.database) if context.release is not None else []


def _check_name(check: queries.Row, context: PageContext) -> str:
    told = check["detail_it" if context.lang == "it" else "detail_en"]
    if check["gate"] == TABLE_RULES or not told:
        return check["check_name"].replace("_", " ")
    return told


def _result(check: queries.Row, context: PageContext) -> Cell:
    if check["could_not_run"]:
        outcome = "could_not_run"
    else:
        outcome = (
            "passed" if check["passed"] else ("failed" if check["severity"] == "critical" else "warning")
        )
    return Cell(context.messages(f"result.{outcome}"), outcome)
