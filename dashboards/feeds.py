"""The feeds in words: export log, reconciliation, quarantine and checks arrive; the tables of the
operations page leave."""

from datetime import UTC, date
from decimal import Decimal

from dashboards import arrivals, data, numerals, received
from dashboards.figures import last_day
from dashboards.parts import prose
from dashboards.parts.matrix import MatrixRow
from dashboards.parts.table import Cell, Column, Table, text_cell
from dashboards.view import View

# The gate whose rules are many and named for tables: those that hold are told by their number.
TABLE_RULES = "data_tests"


def gate_line(view: View) -> str:
    """Return the notice that says whether the last checks were green; without any run, that nothing was
    checked yet."""
    words, run = view.words, view.run
    green = run["green"] if run else (view.release.gate_green if view.release else None)
    if green is None:
        return prose.notice("note", words("gate.none"), words("gate.none.word"))
    failed = [c for c in _checks(view) if not c["passed"] and c["severity"] == "critical"]
    warned = [c for c in _checks(view) if not c["passed"] and c["severity"] != "critical"]
    if green:
        text = words("gate.green")
        if warned:
            text += " " + words.counted("gate.warned", len(warned))
        return prose.notice("ok", text, words("gate.green.word"))
    names = ", ".join(_check_name(c, view) for c in failed[:3])
    text = words.counted("gate.red", len(failed), names=names)
    if view.release is not None:
        text += " " + words("gate.red.kept", day=numerals.day_of(view.release.created_at, view.lang))
    return prose.notice("error", text, words("gate.red.word"))


def headline(view: View) -> str:
    """Return the sentence of the page: rows received and where they went; nothing lost or the gap; who has
    not sent what was due."""
    words, rows = view.words, received.row_counts(view.database)
    counts = {key: words.count(rows[key]) for key in ("received", "loaded", "known", "quarantined")}
    gaps = [row["gap"] for row in received.reconciliation(view.database)]
    balanced = all(gap == 0 for gap in gaps)
    closing = words("sentence.balanced" if balanced else "sentence.unbalanced") if gaps else ""
    states = [arrivals.told(view, row)[0] for row in received.freshness(view.database)]
    n_late, total = states.count("late"), words.count(len(states))
    missing = words.counted("sentence.late", n_late, total=total) if n_late else ""
    return prose.sentence(words("sentence.feeds", **counts), closing, missing)


def months(view: View) -> tuple[list[str], list[MatrixRow]]:
    """Return the twelve months and one row of states per territory."""
    found = _months(view)
    columns = list(dict.fromkeys(row["month"] for row in found))
    states: dict[str, list[str]] = {}
    for row in found:
        states.setdefault(row["name"], []).append(row["state"])
    names = [numerals.period("month", month, view.lang) for month in columns]
    return names, [MatrixRow(name, cells) for name, cells in states.items()]


def _months(view: View) -> list[data.Row]:
    # What has not come is missing only once it was due, by the territory's own calendar.
    known = {row["instance_id"]: row for row in received.freshness(view.database)}
    found = []
    for row in received.export_months(view.database, view.as_of):
        if row["state"] == "missing":
            ends = last_day("month", row["month"])
            is_due = arrivals.is_due(known[row["instance_id"]], ends, view.today)
            row = row if is_due else {**row, "state": "not_due"}
        found.append(row)
    return found


def months_table(view: View) -> Table:
    """Return the matrix as a table for the files: one row per territory and month."""
    words = view.words
    columns = [
        Column("territory", words("column.territory")),
        Column("month", words("column.month")),
        Column("state", words("column.state")),
    ]
    rows = [
        [text_cell(r["name"]), _date(r["month"], view), Cell(words(f"state.{r['state']}"), r["state"])]
        for r in _months(view)
    ]
    return Table(words("operations.matrix"), columns, rows, words("table.empty"))


def reconciliation(view: View) -> Table:
    """Return the control totals: what was declared, where it went, and the gap; 0,00 is said in words too."""
    words, lang = view.words, view.lang
    keys = ("declared", "loaded", "known", "quarantined")
    columns = [
        Column("entity", words("column.entity")),
        Column("column_name", words("column.column")),
        *(Column(key, words(f"reconciliation.{key}"), True) for key in keys),
        Column("gap", words("reconciliation.gap"), True),
    ]
    rows = []
    for row in received.reconciliation(view.database):
        gap = row["gap"] or Decimal(0)
        told = words("reconciliation.balanced") if gap == 0 else words("reconciliation.gap_open")
        numbers = [Cell(numerals.number(row[key] or 0, lang, 2), row[key]) for key in keys]
        gap_cell = Cell(f"{numerals.number(gap, lang, 2)} · {told}", gap)
        rows.append(
            [
                text_cell(words.known(f"entity.{row['entity']}", row["entity"])),
                text_cell(row["column_name"]),
                *numbers,
                gap_cell,
            ]
        )
    return Table(words("operations.reconciliation"), columns, rows, words("operations.reconciliation.empty"))


def quarantine(view: View) -> Table:
    """Return what is in quarantine by code, with the sentence that says what to do."""
    words, lang = view.words, view.lang
    columns = [
        Column("code", words("column.reason")),
        Column("entries", words("column.rows"), True),
        Column("exports", words("column.exports"), True),
        Column("territories", words("column.territories"), True),
    ]
    rows = [
        [
            Cell(words.known(f"code.{row['code']}", row["code"]), row["code"]),
            *(
                Cell(numerals.number(row[key], lang), row[key])
                for key in ("entries", "exports", "territories")
            ),
        ]
        for row in received.quarantine(view.database)
    ]
    return Table(words("operations.quarantine"), columns, rows, words("operations.quarantine.empty"))


def freshness(view: View) -> Table:
    """Return how far each territory's data reach and when they came."""
    words, lang = view.words, view.lang
    columns = [
        Column("territory", words("column.territory")),
        Column("data_to", words("column.data_to")),
        Column("accepted_at", words("column.accepted")),
        Column("state", words("column.state")),
    ]
    rows = []
    for row in received.freshness(view.database):
        state, text, _ = arrivals.told(view, row)
        arrived = (
            Cell(
                numerals.moment(row["accepted_at"], lang), row["accepted_at"].replace(tzinfo=UTC).isoformat()
            )
            if row["accepted_at"]
            else text_cell("")
        )
        rows.append([text_cell(row["name"]), _date(row["data_to"], view), arrived, Cell(text, state)])
    return Table(words("operations.freshness"), columns, rows, words("table.empty"))


def checks(view: View) -> Table:
    """Return the checks, failed ones first: what was checked, the result, how many rows broke the rule."""
    words, lang = view.words, view.lang
    columns = [
        Column("check", words("column.check")),
        Column("result", words("column.result")),
        Column("observed", words("column.observed"), True),
        Column("total", words("column.total"), True),
    ]
    found = _checks(view)
    told = [c for c in found if not c["passed"] or c["gate"] != TABLE_RULES]
    kept = [c for c in found if c["passed"] and c["gate"] == TABLE_RULES]
    rows = [
        [
            Cell(_check_name(c, view), c["check_name"]),
            _result(c, view),
            text_cell("")
            if c["could_not_run"]
            else Cell(numerals.number(c["observed_count"] or 0, lang), c["observed_count"]),
            Cell(numerals.number(c["total_count"] or 0, lang) if c["total_count"] else "", c["total_count"]),
        ]
        for c in told
    ]
    if kept:
        name = words.counted("checks.tables", len(kept))
        rows.append([Cell(name, TABLE_RULES), _result(kept[0], view), Cell("0", 0), Cell("", None)])
    return Table(words("operations.checks"), columns, rows, words("operations.checks.empty"))


def last_exports(view: View) -> Table:
    """Return the exports of the last run, for the time when there is no release to tell of them."""
    words, lang = view.words, view.lang
    keys = ("received", "loaded", "known", "quarantined")
    columns = [
        Column("territory", words("column.territory")),
        Column("export_id", words("column.export")),
        Column("state", words("column.state")),
        *(Column(key, words(f"rows.{key}"), True) for key in keys),
    ]
    rows = [
        [
            text_cell(e["instance_id"]),
            text_cell(e["export_id"]),
            Cell(words.known(f"state.{e['status']}", e["status"]), e["status"]),
            *(Cell(numerals.number(e[key] or 0, lang), e[key]) for key in keys),
        ]
        for e in (view.run or {}).get("exports", [])
    ]
    return Table(words("operations.exports"), columns, rows, words("table.empty"))


def _checks(view: View) -> list[data.Row]:
    # The last run is newer than the release whenever the gate closed on it.
    if view.run is not None and view.run["checks"]:
        return view.run["checks"]
    return received.checks(view.database) if view.release is not None else []


def _check_name(check: data.Row, view: View) -> str:
    told = check["detail_it" if view.lang == "it" else "detail_en"]
    if check["gate"] == TABLE_RULES or not told:
        return check["check_name"].replace("_", " ")
    return told


def _result(check: data.Row, view: View) -> Cell:
    if check["could_not_run"]:
        outcome = "could_not_run"
    else:
        outcome = (
            "passed" if check["passed"] else ("failed" if check["severity"] == "critical" else "warning")
        )
    return Cell(view.words(f"result.{outcome}"), outcome)


def _date(day: date | None, view: View) -> Cell:
    return Cell(numerals.day_in_table(day, view.lang), day.isoformat()) if day else Cell("", None)
