"""P1 Our work: what a provider has done, for whom, with what resources."""

from datetime import date

import streamlit as st

from dashboards import (
    layout,
    organisations,
    pack_panel,
    presenters,
    provider_money,
    quality_tables,
    queries,
    sections,
)
from dashboards.components import bars, card, prose
from dashboards.components.table import table_html
from dashboards.page_context import PageContext, choose_subject
from dashboards.presenters import Subject


def draw(context: PageContext) -> None:
    """Draw the page."""
    messages, known = context.messages, {row["tax_code"]: row for row in queries.providers(context.database)}
    if not known:
        layout.heading(context, "provider")
        layout.show(context, organisations.nothing(context))
        layout.show_limits(context, "provider")
        return
    with st.sidebar:
        names = {code: row["name"] for code, row in known.items()}
        provider = choose_subject(messages("filter.provider"), names, "provider")
        year = layout.choose_year_of(context, "instance")
    subject = organisations.provider(context, known[provider])

    layout.heading(context, "provider", title=names[provider], above=messages("provider.title"))
    layout.show(context, organisations.rule(context))
    layout.show(context, organisations.headline(subject, names[provider], year))
    answers = provider_money.answers(subject, year)
    cards = presenters.year_cards(subject, organisations.cards(subject), year, **answers)
    layout.show(context, card.cards(cards, messages))

    done = subject.held("deliveries")
    sections.over_time(
        subject,
        messages("provider.months"),
        messages("provider.months.under"),
        done,
        "month",
        f"{provider}-prestazioni",
    )
    split = subject.held("spend_delivered", "persons_served", "deliveries")
    sections.areas(subject, messages("provider.areas"), split, year, f"{provider}-aree")
    _sources(subject, year, f"{provider}-fonti-{year.year}")
    _public_grants(context, provider, year)
    scored = quality_tables.of_source(context, "provider", provider, names[provider])
    sections.scores(context, scored, f"{provider}-qualita")
    _pack(context, provider, year)
    layout.show_limits(context, "provider", presenters.missing_from(subject, year))


def _sources(subject: Subject, year: date, name: str) -> None:
    context, messages = subject.context, subject.context.messages
    for indicator in subject.held("source_mix"):
        rows = provider_money.rows(subject, subject.items(indicator, year))
        if not rows:
            return
        sums = queries.source_sums(context.database, "provider", subject.scope_id, year)
        title = provider_money.told(context, sums, year)
        item, columns = provider_money.columns(context)
        layout.show(context, prose.section(title, messages("provider.sources.under")))
        layout.show(context, bars.bars(title, item, columns, rows, "euro", messages))
        table = presenters.bars_table(title, item, columns, rows, messages("table.empty"))
        layout.show_downloads(context, table, name, indicator)


def _public_grants(context: PageContext, provider: str, year: date) -> None:
    messages = context.messages
    said, table = provider_money.public_grants(context, provider, year)
    layout.show(context, prose.section(messages("pack.section.public_grants")), prose.paragraph(said))
    if table.rows:
        layout.show(context, table_html(table, messages, titled=True))
    layout.show(context, provider_money.grants_line(context))
    if table.rows:
        layout.show_downloads(context, table, f"{provider}-contributi-pubblici-{year.year}")


@st.fragment
def _pack(context: PageContext, provider: str, year: date) -> None:
    messages = context.messages
    under = messages("provider.pack.under", year=str(year.year))
    layout.show(context, prose.section(messages("provider.pack"), under))
    # Making the files takes a moment: they are made for whoever wants them.
    if st.button(messages("provider.pack.make"), key=f"pack-{provider}-{year.year}"):
        pack_panel.buttons(context, "provider", provider, year.year)


layout.staff_page("provider", draw)
