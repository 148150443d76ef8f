"""The releases in words: those of the shelf, what they change and how long the last run took arrive;
sentences and tables leave."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from core.presentation import formatting
from dashboards import releases_shelf
from dashboards.components import prose
from dashboards.components.table import Cell, Column, Table, count_cell, day_cell, moment_cell, text_cell
from dashboards.page_context import PageContext
from dashboards.releases_shelf import REASONS, Changes, Shelved

# More rows than these are for the file.
MOST = 40


@st.cache_data(max_entries=8, show_spinner=False)
def _shelved(folder: str, current: str) -> list[Shelved]:
    # A new release is another target of the link.
    return releases_shelf.shelved(Path(folder))


def shelved(context: PageContext) -> list[Shelved]:
    """Return the releases beside that of the page, the newest first."""
    if context.release is None:
        return []
    own = Path(context.release.database).parents[1]
    return _shelved(str(own.parent), own.name)


@st.cache_data(max_entries=16, show_spinner=False)
def changes(_release: Shelved, release_id: str) -> Changes | None:
    """Return what a release changes; a release never changes itself."""
    return releases_shelf.changes(_release)


def headline(context: PageContext, now: Shelved, told: Changes | None) -> str:
    """Return the sentence of the current release: its age, its attack, what it changes."""
    messages = context.messages
    texts = [
        messages(
            "sentence.release",
            release=now.release_id,
            age=age(context, now),
            day=formatting.day(now.as_of, context.lang),
        )
    ]
    if now.findings is not None:
        key = "none" if now.findings == 0 else "some"
        texts.append(messages(f"sentence.attack.{key}", n=messages.count(now.findings)))
    if told is not None:
        texts.append(changed(context, told))
    return prose.sentence(*texts)


def opening(context: PageContext, now: Shelved, told: Changes | None) -> str:
    """Return the sentence that the start page opens on: when the figures were released, and what changed."""
    day = formatting.day(now.as_of, context.lang)
    texts = [context.messages("sentence.release.online", age=age(context, now), day=day)]
    return prose.sentence(*texts, changed(context, told) if told is not None else "")


def changed(context: PageContext, told: Changes) -> str:
    """Return the sentence of what a release changes: nothing before it, or how many figures are other and how
    many new."""
    messages = context.messages
    if told.before is None:
        return messages("sentence.changes.first")
    added = messages.count(sum(told.added.values()))
    if not told.rows:
        kind = "none" if told.added else "same"
        return messages(f"sentence.changes.{kind}", before=told.before, added=added)
    corrected = sum(row["reason"] == "correction" for row in told.rows)
    text = messages.counted("sentence.changes", len(told.rows), before=told.before, added=added)
    return text + (" " + messages.counted("sentence.changes.corrected", corrected) if corrected else "")


def age(context: PageContext, release: Shelved) -> str:
    """Return how many days ago a release was made."""
    days = max((context.today - formatting.rome_day(release.created_at)).days, 0)
    return context.messages.counted("release.age", days) if days else context.messages("release.age.today")


def table(context: PageContext, found: Sequence[Shelved]) -> Table:
    """Return one row per release: when, age, last day, gate, cells and hidden, attack."""
    messages, lang = context.messages, context.lang
    columns = [
        Column("release", messages("column.release")),
        Column("created_at", messages("column.made_on")),
        Column("age", messages("column.age")),
        Column("as_of", messages("column.data_to")),
        Column("gate", messages("column.gate")),
        Column("cells", messages("column.cells"), True),
        Column("hidden", messages("column.hidden_cells"), True),
        Column("findings", messages("column.attack")),
    ]

    rows = []
    for each in found:
        name = messages("release.current", release=each.release_id) if each.is_current else each.release_id
        attack = "untold" if each.findings is None else "none" if each.findings == 0 else "some"
        rows.append(
            [
                Cell(name, each.release_id),
                moment_cell(each.created_at, lang),
                Cell(age(context, each), None),
                day_cell(each.as_of, lang),
                Cell(
                    messages("gate.green.word" if each.gate_green else "gate.red.word"),
                    str(each.gate_green).lower(),
                ),
                count_cell(each.cells, lang),
                count_cell(each.hidden, lang),
                Cell(messages(f"attack.{attack}", n=messages.count(each.findings or 0)), each.findings),
            ]
        )
    return Table(messages("operations_releases.list"), columns, rows, messages("table.empty"))


def by_reason(context: PageContext, told: Changes) -> list[tuple[str, str, Table]]:
    """Return the changes of a release by reason: the reason, its title with how many there are, the table."""
    messages, made = context.messages, []
    columns = [
        Column("figure", messages("site.column.figure")),
        Column("was", messages("site.column.was"), True),
        Column("now", messages("site.column.now"), True),
    ]
    for reason in REASONS:
        found = [row for row in told.rows if row["reason"] == reason]
        if found:
            name = messages(f"site.changes.{reason}")
            title = messages("operations_releases.reason", name=name, n=messages.count(len(found)))
            rows = [
                [text_cell(row["figure"]), _value(row, "was", context), _value(row, "now", context)]
                for row in found
            ]
            made.append((reason, title, Table(title, columns, rows, messages("table.empty"))))
    return made


def _value(row: dict, which: str, context: PageContext) -> Cell:
    mark, value = row[f"{which}_mark"], row[which]
    if value is None:
        return Cell(context.messages.known(f"mark.{mark}", ""), None, mark)
    return Cell(str(value), str(value), mark)


def added(context: PageContext, told: Changes) -> Table:
    """Return how many figures are new, by scope, the most first."""
    messages = context.messages
    columns = [Column("scope", messages("column.scope")), Column("added", messages("column.added"), True)]
    rows = [
        [text_cell(scope), count_cell(n, context.lang)]
        for scope, n in sorted(told.added.items(), key=lambda each: (-each[1], each[0]))
    ]
    return Table(messages("operations_releases.added"), columns, rows, messages("table.empty"))


def steps(context: PageContext) -> Table:
    """Return the steps of the last run: when each began, how long it took, how it ended."""
    messages, lang = context.messages, context.lang
    columns = [
        Column("step", messages("column.run_step")),
        Column("started_at", messages("column.began")),
        Column("seconds", messages("column.seconds"), True),
        Column("outcome", messages("column.result")),
        Column("detail", messages("column.detail")),
    ]
    rows = [
        [
            Cell(messages.known(f"run.{step['step']}", step["step"]), step["step"]),
            moment_cell(step["started_at"], lang),
            Cell(formatting.number(step["seconds"], lang, 1), formatting.rounded(step["seconds"], 2)),
            Cell(messages.known(f"outcome.run.{step['outcome']}", step["outcome"]), step["outcome"]),
            text_cell(step["detail"]),
        ]
        for step in (context.run or {}).get("steps", [])
    ]
    return Table(
        messages("operations_releases.steps"), columns, rows, messages("operations_releases.steps.none")
    )
