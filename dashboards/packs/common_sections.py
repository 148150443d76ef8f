"""The parts that every pack ends with: checks, quality of the data, where the numbers come from."""

from collections.abc import Sequence
from decimal import Decimal

from core.presentation import formatting
from dashboards.components.table import Cell, Column, Table, count_cell, day_cell, text_cell
from dashboards.figures import Indicator
from dashboards.i18n import Messages
from dashboards.packs.document import Block, Check, Facts, Notice, Section, Sentence, TableBlock
from dashboards.packs.release_reader import Row
from dashboards.packs.subject import Subject


def release_checks(subject: Subject) -> list[Check]:
    """Return what can be said of the release: its gate, and that declared money is accounted for."""
    messages, checks = subject.messages, subject.reader.checks()
    noted = [row for row in checks if not row["passed"]]
    counts = {"n": messages.count(len(checks)), "noted": messages.count(len(noted))}
    gate = Check(
        "gate",
        messages("pack.check.gate"),
        "attention" if noted else "ok",
        messages("pack.check.gate.noted" if noted else "pack.check.gate.ok", **counts),
    )
    return [gate, _accounted(subject)]


def _accounted(subject: Subject) -> Check:
    messages, name = subject.messages, subject.messages("pack.check.accounted")
    rows = subject.reader.reconciliation(subject.instances)
    if not rows:
        return Check("accounted", name, "none", messages("pack.check.accounted.none"))
    known = messages.count(len(rows))
    open_rows = [row for row in rows if row["gap"]]
    if not open_rows:
        return Check("accounted", name, "ok", messages("pack.check.accounted.ok", n=known))
    names = ", ".join(f"{row['entity']}.{row['column_name']}" for row in open_rows)
    told = {"n": messages.count(len(open_rows)), "total": known, "names": names}
    return Check("accounted", name, "failed", messages("pack.check.accounted.gap", **told))


def protection_check(subject: Subject, protected: int) -> Check:
    """Return how many numbers of the pack are protected."""
    messages = subject.messages
    key = "some" if protected else "none"
    result = messages(f"pack.check.protection.{key}", n=messages.count(protected))
    return Check("protection", messages("pack.check.protection"), "ok", result)


def checks_table(messages: Messages, caption: str, checks: Sequence[Check], when_empty: str) -> Table:
    """Return the checklist: what was checked, its state, the result in words."""
    columns = [
        Column("check", messages("column.check")),
        Column("state", messages("column.result")),
        Column("result", messages("pack.column.told")),
    ]
    rows = [
        [
            Cell(check.name, check.check_id),
            Cell(messages(f"pack.state.{check.state}"), check.state),
            text_cell(check.result),
        ]
        for check in checks
    ]
    return Table(caption, columns, rows, when_empty)


def checks_section(subject: Subject, checks: Sequence[Check]) -> Section:
    """Return the checklist, then the rules of the release that were not passed and do not stop it."""
    messages = subject.messages
    table = checks_table(messages, messages("pack.checks.caption"), checks, messages("table.empty"))
    blocks: list[Block] = [Sentence(messages("pack.checks.lead")), TableBlock("checks", table)]
    noted = [row for row in subject.reader.checks() if not row["passed"]]
    if noted:
        said = f"detail_{subject.lang}"
        listed = [
            [
                Cell(row[said] or row["check_name"], row["check_name"]),
                Cell(formatting.number(row["observed_count"] or 0, subject.lang), row["observed_count"] or 0),
                Cell(formatting.number(row["total_count"] or 0, subject.lang), row["total_count"] or 0),
            ]
            for row in noted
        ]
        columns = [
            Column("check", messages("column.check")),
            Column("observed", messages("column.observed"), True, kind="count"),
            Column("total", messages("column.total"), True, kind="count"),
        ]
        caption = messages("pack.checks.noted")
        blocks.append(
            TableBlock("noted", Table(caption, columns, listed, ""), messages("pack.checks.noted.under"))
        )
    return Section("checks", messages("pack.section.checks"), blocks)


def quality_section(subject: Subject, entities: Sequence[str]) -> Section:
    """Return the data-quality statement: what was sent, what became of it, and the euro of some entities that
    were declared against those accounted for."""
    messages, lang = subject.messages, subject.lang
    exports = subject.reader.exports(subject.instances)
    columns = [
        Column("territory", messages("column.territory")),
        Column("exports", messages("column.exports"), True, kind="count"),
        Column("first_day", messages("pack.column.first_day"), kind="date"),
        Column("data_to", messages("column.data_to"), kind="date"),
        *(
            Column(key, messages(f"pack.column.rows.{key}"), True, kind="count")
            for key in ("received", "loaded", "known", "quarantined")
        ),
    ]
    rows = []
    for place in subject.territories:
        own = [row for row in exports if row["instance_id"] == place["instance_id"]]
        counts = [sum(row[key] or 0 for row in own) for key in ("received", "loaded", "known", "quarantined")]
        rows.append(
            [
                Cell(place["instance_name"], place["instance_id"]),
                count_cell(len(own), lang),
                day_cell(place["first_period_from"], subject.lang),
                day_cell(place["data_to"], subject.lang),
                *(count_cell(n, lang) for n in counts),
            ]
        )
    sent = TableBlock(
        "exports",
        Table(messages("pack.quality.exports"), columns, rows, messages("table.empty")),
        messages("pack.quality.exports.under"),
    )
    blocks: list[Block] = [Sentence(messages("pack.quality.lead")), sent]
    known = [row for row in subject.reader.reconciliation(subject.instances) if row["entity"] in entities]
    if known:
        blocks.append(_reconciliation(subject, known))
    return Section("quality", messages("pack.section.quality"), blocks)


def _reconciliation(subject: Subject, rows: Sequence[Row]) -> TableBlock:
    messages, amounts = subject.messages, ("declared", "loaded", "known", "quarantined", "gap")
    columns = [
        Column("entity", messages("column.entity")),
        Column("column", messages("column.column")),
        *(Column(key, messages(f"pack.column.{key}"), True, kind="euro") for key in amounts),
    ]
    made = [
        [
            Cell(messages.known(f"entity.{row['entity']}", row["entity"]), row["entity"]),
            Cell(messages.known(f"pack.amount.{row['column_name']}", row["column_name"]), row["column_name"]),
            *(subject.euro_cell(_cents(row[key])) for key in amounts),
        ]
        for row in rows
    ]
    caption = messages("pack.quality.reconciliation")
    table = Table(caption, columns, made, messages("table.empty"))
    return TableBlock("reconciliation", table, messages("pack.quality.reconciliation.under"))


def _cents(amount: Decimal | None) -> Decimal:
    return formatting.rounded(amount or Decimal(0), 2)


def provenance_section(subject: Subject, indicators: Sequence[Indicator], stem: str) -> Section:
    """Return where the numbers come from: the release, what is in it, how to hold the pack against it, and
    the definitions of its figures. `stem` is the name of the files."""
    messages, lang, release = subject.messages, subject.lang, subject.reader.release
    facts = [
        (messages("file.release"), release.release_id),
        (messages("pack.fact.released"), formatting.moment(release.created_at, lang)),
        (messages("pack.fact.as_of"), formatting.day(release.as_of, lang)),
        (messages("pack.fact.code"), str(release.facts.get("code_version", ""))),
        (messages("pack.fact.hash"), database_hash(release.facts)),
        (messages("pack.fact.attached"), f"{stem}.xlsx, {stem}.json"),
    ]
    blocks: list[Block] = [Sentence(messages("pack.provenance.lead")), Facts([f for f in facts if f[1]])]
    if release.simulated:
        key = "whole" if release.simulated.whole else "some"
        blocks.append(Notice(messages(f"pack.simulated.{key}", names=release.simulated.names)))
    columns = [
        Column("indicator", messages("pack.column.indicator")),
        Column("definition", messages("pack.column.definition")),
    ]
    rows = [
        [Cell(i.name(messages), i.indicator_id), Cell(i.definition(messages), i.definition(messages))]
        for i in indicators
    ]
    if rows:
        caption = messages("pack.provenance.definitions")
        blocks.append(TableBlock("definitions", Table(caption, columns, rows, "")))
    return Section("provenance", messages("pack.section.provenance"), blocks)


def database_hash(facts: Row) -> str:
    """Return the SHA-256 of the database that a pack was read from, as the release tells it."""
    files = facts.get("files") or {}
    return next(
        (known["sha256"] for name, known in sorted(files.items()) if name.startswith("private/casa")), ""
    )
