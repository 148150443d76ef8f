"""F2 Intervention: what it did with the money, and what changed for people."""

from dataclasses import replace
from datetime import date

import streamlit as st

from dashboards import intervention, interventions, layout, outcomes, presenters, queries, sections
from dashboards.components import bars, card, ledger, plan, prose
from dashboards.components.table import table_html
from dashboards.figures import COST_CATEGORIES
from dashboards.page_context import PageContext, choose_subject
from dashboards.pictures.intervals import intervals
from dashboards.presenters import Subject


def draw(context: PageContext) -> None:
    """Draw the page."""
    messages, known = context.messages, intervention.choices(context)
    if not known:
        layout.heading(context, "foundation_grant")
        layout.show(context, intervention.nothing(context, "foundation_grant"))
        layout.show_limits(context, "foundation_grant")
        return
    with st.sidebar:
        key = choose_subject(messages("filter.intervention"), known, "id")
        year = layout.choose_year_of(context, "grant", key)
    row = queries.grant_facts(context.database, key)
    standing = intervention.standing(context, row) if row else None
    layout.heading(
        context,
        "foundation_grant",
        title=row["title"] if row else None,
        above=messages("foundation_grant.title"),
    )
    if row is None or standing is None:
        layout.show(context, intervention.nothing(context, "foundation_grant"))
        layout.show_limits(context, "foundation_grant")
        return
    subject, name = intervention.subject(context, row), key.replace(":", "-")
    costs = queries.cost_categories(context.database, key, COST_CATEGORIES)
    layout.show(context, intervention.headline(context, standing, costs))
    layout.show(context, intervention.facts(context, row))
    layout.show(context, intervention.pack_link(context, key))

    _money(context, standing, f"{name}-euro-{context.as_of}")
    _costs(context, costs, f"{name}-voci-di-costo-{context.as_of}")
    asked = intervention.warnings(context, queries.grant_warnings(context.database, key))
    under = messages("foundation_grant.warnings.under")
    layout.show(context, prose.section(messages("foundation_grant.warnings"), under))
    layout.show(context, table_html(asked, messages, titled=True))
    layout.show_downloads(context, asked, f"{name}-da-chiedere-{context.as_of}")

    layout.show(context, prose.section(messages("foundation_grant.people"), str(year.year)))
    layout.show(context, card.cards(intervention.cards(subject, year), messages))
    people = subject.held("persons_served")
    under = messages("foundation_grant.quarters.under")
    sections.over_time(
        subject, messages("foundation_grant.quarters"), under, people, "quarter", f"{name}-persone"
    )
    promised = intervention.targets(context, queries.grant_targets(context.database, key, context.as_of))
    under = messages("foundation_grant.targets.under", day=presenters.known_day(context))
    layout.show(context, prose.section(messages("foundation_grant.targets"), under))
    layout.show(context, table_html(promised, messages, titled=True))
    layout.show_downloads(context, promised, f"{name}-obiettivi-{context.as_of}")
    _outcomes(context, subject, year, f"{name}-esiti-{year.year}")
    layout.show_limits(context, "foundation_grant", presenters.year_remarks(subject, year))


def _money(context: PageContext, standing: queries.Row, name: str) -> None:
    messages = context.messages
    layout.show(
        context, prose.section(messages("foundation_grant.money"), messages("foundation_grant.money.under"))
    )
    # The page is where its title would lead.
    bar = replace(interventions.ledger_row(context, standing), address="")
    layout.show(context, ledger.ledger(messages("foundation_grant.money"), [bar], messages))
    layout.show_twin(context, intervention.money(context, standing), name)
    title = messages("foundation.plan")
    layout.show(context, prose.section(title, messages("foundation_grant.plan.under")))
    dots = replace(interventions.plan_row(context, standing), address="")
    layout.show(context, plan.plan(title, [dots], messages))


def _costs(context: PageContext, costs: list[queries.Row], name: str) -> None:
    messages, title = context.messages, context.messages("foundation_grant.costs")
    layout.show(context, prose.section(title, messages("foundation_grant.costs.under")))
    item, columns = intervention.cost_columns(context)
    rows = intervention.cost_rows(context, costs)
    table = presenters.bars_table(title, item, columns, rows, messages("foundation_grant.costs.none"))
    if rows:
        layout.show(context, bars.bars(title, item, columns, rows, "euro", messages))
    else:
        layout.show(context, table_html(table, messages, titled=True))
    layout.show_downloads(context, table, name)


def _outcomes(context: PageContext, subject: Subject, year: date, name: str) -> None:
    messages, held = context.messages, subject.held("outcome_change")
    title = messages("foundation_grant.outcomes", year=str(year.year))
    layout.show(context, prose.section(title, messages("foundation_grant.outcomes.under")))
    found = queries.outcome_changes(context.database, year, grant=subject.scope_id) if held else []
    if not found:
        layout.show(context, prose.caption(messages("outcome.none")))
        return
    drawn = outcomes.changes(context, found, held[0], by_scale=True)
    said = outcomes.alternative(context, drawn, held[0].name(messages))
    picture = intervals("outcomes", title, said, drawn, "people", context.lang)
    table = outcomes.table(context, title, found, held[0], linked=False)
    layout.show_svg(context, picture, table, name, held[0])
    layout.show(context, intervention.improved(subject, year))


layout.staff_page("foundation_grant", draw)
