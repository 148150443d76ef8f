"""What of a funder's interventions was measured: their states arrive, the sentence, the bars and
the table leave."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from core.presentation import formatting
from dashboards import queries
from dashboards.components import prose
from dashboards.components.bars import Bar
from dashboards.components.table import Cell, Column, Table, count_cell, text_cell
from dashboards.page_context import PageContext, address_of
from dashboards.presenters import Subject


def headline(subject: Subject, states: Sequence[queries.Row], year: date) -> str:
    """Return the sentence of the page: people reached, interventions whose people were measured twice, the
    part of the money that can show an outcome."""
    context, messages = subject.context, subject.context.messages
    texts, told = [], {"year": str(year.year)}
    for indicator in subject.held("persons_served"):
        people = subject.figure(indicator, "year", year)
        if people.amount is None:
            texts.append(messages(f"sentence.outcomes.people.{people.mark}", **told))
        else:
            texts.append(messages.counted("sentence.outcomes.people", people.amount, **told))
    never = sum(row["state"] == "never" for row in states)
    total = messages.count(len(states))
    texts.append(messages.counted("sentence.outcomes.never", never, total=total) if never else "")
    for indicator in subject.held("outcome_coverage"):
        share = subject.figure(indicator, "month", context.as_of.replace(day=1))
        if share.is_shown:
            texts.append(messages("sentence.outcomes.coverage", share=share.text(indicator, messages)))
    return prose.sentence(*texts)


def scales(found: Sequence[queries.Row]) -> dict[str, str]:
    """Return the scales of some outcomes by code, with their unit, those of most interventions first."""
    names = {row["code"]: f"{row['name']} ({row['unit']})" for row in found}
    codes = [row["code"] for row in found]
    return {code: names[code] for code in sorted(names, key=lambda code: (-codes.count(code), names[code]))}


def state_columns(context: PageContext) -> tuple[Column, list[Column]]:
    """Return the columns of the bars by state: interventions, and euro awarded."""
    messages = context.messages
    return Column("state", messages("column.measured")), [
        Column("interventions", messages("column.interventions"), True),
        Column("awarded", messages("ledger.awarded"), True),
    ]


def state_rows(context: PageContext, found: Sequence[queries.Row]) -> list[Bar]:
    """Return one bar per state, of the euro awarded to the interventions in it."""
    return [
        Bar(
            context.messages(f"measured.{row['state']}"),
            [
                count_cell(row["n"], context.lang),
                Cell(formatting.euro(row["awarded"], context.lang), row["awarded"]),
            ],
            float(row["awarded"]),
            "value" if row["awarded"] else "zero",
        )
        for row in found
    ]


def states_table(context: PageContext, caption: str, states: Sequence[queries.Row]) -> Table:
    """Return one row per intervention: its name, which leads to its page, its state, the euro
    awarded, the lead."""
    messages = context.messages
    columns = [
        Column("title", messages("column.intervention")),
        Column("state", messages("column.measured")),
        Column("awarded", messages("ledger.awarded"), True),
        Column("lead", messages("column.lead")),
    ]
    rows = [
        [
            Cell(row["title"], row["title"], address=address_of("foundation_grant", id=row["grant_key"])),
            Cell(messages(f"measured.{row['state']}"), row["state"]),
            Cell(formatting.euro(row["awarded"] or Decimal(0), context.lang), row["awarded"]),
            text_cell(row["lead_name"]),
        ]
        for row in states
    ]
    return Table(caption, columns, rows, messages("foundation.nothing.short"))


def nothing(context: PageContext) -> str:
    """Return the panel of a release without funders."""
    messages = context.messages
    return prose.empty_panel(
        messages,
        messages("foundation_outcomes.empty"),
        messages("intervention.none"),
        messages("empty.network"),
    )
