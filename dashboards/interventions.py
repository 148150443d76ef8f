"""A funder's interventions in words: rows of grants arrive, the sentence, ledger bars and tables of the
portfolio leave."""

from collections.abc import Callable, Sequence
from functools import partial

from core.presentation import formatting
from dashboards import presenters, queries
from dashboards.components import prose
from dashboards.components.ledger import AMOUNTS, LedgerRow
from dashboards.components.plan import PlanRow
from dashboards.components.table import Cell, Column, Table, count_cell, day_cell, text_cell
from dashboards.page_context import PageContext, address_of
from dashboards.presenters import Subject


def subject(context: PageContext, funder: queries.Row) -> Subject:
    """Return the funder as the subject of the page. A funder sees figures about persons as
    the public does.
    """
    ask = partial(queries.figures, protected=True)
    return presenters.placed(context, ask, "funder", funder["tax_code"], "funds", funder)


def states(context: PageContext) -> dict[str, str]:
    """Return the choices of the filter by state."""
    return {key: context.messages(f"filter.state.{key}") for key in ("open", "closed", "all")}


def groupings(context: PageContext) -> dict[str, str]:
    """Return the choices of what interventions are summed by."""
    return {key: context.messages(f"filter.group.{key}") for key in ("acri_sector", "programme", "lead_name")}


def in_state(rows: Sequence[queries.Row], state: str) -> list[queries.Row]:
    """Return the interventions that are open, that are over, or all."""
    return [row for row in rows if state == "all" or row["is_open"] == (state == "open")]


def headline(subject: Subject, name: str, rows: Sequence[queries.Row], look: Sequence[queries.Row]) -> str:
    """Return the sentence of the portfolio: awarded, disbursed, remaining over all time; how many open, how
    many to see."""
    context, messages = subject.context, subject.context.messages
    month = context.as_of.replace(day=1)
    texts = []
    advance, residual = subject.held("disbursement_rate"), subject.held("residual")
    if advance and residual:
        standing = subject.figure(advance[0], "month", month)
        left = subject.figure(residual[0], "month", month)
        amounts = (standing.denominator, standing.numerator, left.amount)
        if None not in amounts:
            awarded, disbursed, remaining = (
                formatting.euro_in_words(amount, context.lang) for amount in amounts
            )
            texts.append(
                messages(
                    "sentence.funder", name=name, awarded=awarded, disbursed=disbursed, remaining=remaining
                )
            )
    n_open = sum(row["is_open"] for row in rows)
    texts.append(messages.counted("sentence.open", n_open))
    n_look = len(look)
    known_to = formatting.day(context.as_of, context.lang)
    texts.append(messages.counted("sentence.look", n_look, day=known_to) if n_look else "")
    return prose.sentence(*texts)


def status(row: queries.Row, context: PageContext) -> str:
    """Return the state of an intervention in words. One that goes on past its end says so."""
    if row["status"] == "ACTIVE" and row["ends_on"] and row["ends_on"] < context.as_of:
        return context.messages("grant.status.past_end")
    return context.messages(f"grant.status.{row['status']}")


def ledger_row(context: PageContext, row: queries.Row) -> LedgerRow:
    """Return the ledger bar of an intervention; who leads it and when it ends stand beside its title."""
    messages = context.messages
    ends = (
        formatting.day_in_table(row["ends_on"], context.lang) if row["ends_on"] else messages("grant.no_end")
    )
    facts = [
        row["lead_name"] or messages("grant.no_lead"),
        status(row, context),
        messages("grant.ends", day=ends),
    ]
    if row["is_young"]:
        facts.append(messages("grant.young"))
    leads = address_of("foundation_grant", id=row["grant_key"])
    amounts = (row[amount] for amount in AMOUNTS)
    return LedgerRow(row["title"], " · ".join(facts), *amounts, faded=row["is_young"], address=leads)


def by_gap(rows: Sequence[queries.Row]) -> list[queries.Row]:
    """Return the open interventions, the furthest behind its time first, those without a gap last."""
    chosen = [row for row in rows if row["is_open"]]
    return sorted(chosen, key=lambda row: (row["gap"] is None, row["gap"] or 0, row["title"]))


def plan_row(context: PageContext, row: queries.Row) -> PlanRow:
    """Return the plan dots of an intervention, with its gap in words."""
    messages, lang = context.messages, context.lang
    if row["gap"] is None:
        told = messages("plan.no_budget" if row["budget_reported"] is None else "plan.no_time")
    else:
        told = messages(
            "plan.gap",
            gap=formatting.difference_of_shares(row["gap"], lang),
            reported=formatting.share(row["budget_reported"], lang),
            elapsed=formatting.share(row["elapsed"], lang),
        )
    facts = [row["lead_name"] or messages("grant.no_lead")]
    if row["ends_on"]:
        facts.append(messages("grant.ends", day=formatting.day_in_table(row["ends_on"], lang)))
    if row["is_young"]:
        facts.append(messages("grant.young"))
    shares = (row["elapsed"], row["budget_reported"])
    leads = address_of("foundation_grant", id=row["grant_key"])
    return PlanRow(row["title"], " · ".join(facts), *shares, told, faded=row["is_young"], address=leads)


def plan_table(context: PageContext, rows: Sequence[queries.Row]) -> Table:
    """Return the plan dots as a table: time elapsed, budget reported and the gap of
    every open intervention.
    """
    messages, lang = context.messages, context.lang
    columns = [
        Column("title", messages("column.intervention")),
        Column("lead", messages("column.lead")),
        Column("ends_on", messages("column.ends")),
        *(Column(key, messages(f"column.plan.{key}"), True) for key in ("elapsed", "budget_reported", "gap")),
    ]

    def share(value: float | None, written: Callable[[float, formatting.Lang], str]) -> Cell:
        if value is None:
            return Cell(messages("plan.none"), None)
        return Cell(written(value, lang), formatting.recorded(value, "ratio"))

    made = [
        [
            text_cell(row["title"]),
            text_cell(row["lead_name"]),
            day_cell(row["ends_on"], context.lang),
            share(row["elapsed"], formatting.share),
            share(row["budget_reported"], formatting.share),
            share(row["gap"], formatting.difference_of_shares),
        ]
        for row in rows
    ]
    return Table(messages("foundation.plan"), columns, made, messages("foundation.nothing.short"))


def group_row(context: PageContext, row: queries.Row, grouping: str) -> LedgerRow:
    """Return the ledger bar of a programme or of an ACRI sector."""
    name = row["name"] or context.messages("grant.no_group")
    if grouping == "acri_sector":
        name = context.messages.known(f"acri.{name}", name)
    facts = context.messages.counted("grant.count", row["n"])
    return LedgerRow(name, facts, *(row[a] for a in AMOUNTS))


def group_table(context: PageContext, rows: Sequence[queries.Row], grouping: str) -> Table:
    """Return the sums by programme or ACRI sector as a table: how many interventions, the four amounts."""
    messages, lang = context.messages, context.lang
    columns = [
        Column(grouping, messages(f"column.{grouping}")),
        Column("interventions", messages("column.interventions"), True),
        *(Column(amount, messages(f"ledger.{amount}"), True) for amount in AMOUNTS),
    ]
    made = [
        [
            Cell(group_row(context, row, grouping).title, row["name"]),
            count_cell(row["n"], lang),
            *(Cell(formatting.euro(row[amount], lang), row[amount]) for amount in AMOUNTS),
        ]
        for row in rows
    ]
    return Table(messages(f"foundation.by.{grouping}"), columns, made, messages("foundation.nothing.short"))


def table(context: PageContext, rows: Sequence[queries.Row]) -> Table:
    """Return the interventions as a table: facts, four amounts, what is left."""
    messages, lang = context.messages, context.lang
    amounts = (*AMOUNTS, "residual")
    columns = [
        Column("title", messages("column.intervention")),
        Column("lead", messages("column.lead")),
        Column("status", messages("column.status")),
        Column("ends_on", messages("column.ends")),
        *(Column(amount, messages(f"ledger.{amount}"), True) for amount in amounts),
    ]
    made = [
        [
            text_cell(row["title"]),
            text_cell(row["lead_name"]),
            Cell(status(row, context), row["status"]),
            day_cell(row["ends_on"], context.lang),
            *(Cell(formatting.euro(row[amount], lang), row[amount]) for amount in amounts),
        ]
        for row in rows
    ]
    return Table(messages("foundation.list"), columns, made, messages("foundation.nothing.short"))


def nothing(context: PageContext, name: str) -> str:
    """Return the panel of a funder without interventions in this release."""
    messages = context.messages
    return prose.empty_panel(
        messages,
        messages("foundation.empty"),
        messages("foundation.nothing", name=name),
        messages("empty.network"),
    )
