"""M3 Spending, costs and coverage: how much the territory spends, for whom, and at what price."""

from core.presentation import formatting
from dashboards import coded_services, layout, queries, sections, territory_pages
from dashboards.components import card, prose
from dashboards.components.table import Column, table_html
from dashboards.page_context import choose
from dashboards.territory_pages import Territory

CARDS = ("spend_municipal", "spend_municipal_per_resident", "user_share", "spend_net_per_resident")
AREAS = ("spend_municipal", "spend_net", "user_share")
GROUPS = ("NIDO_0_2", "MIN_0_17", "ANZ_65", "ANZ_75")


def body(territory: Territory) -> list[str] | None:
    """Draw the page."""
    context, subject, year = territory.context, territory.subject, territory.year
    messages, name = context.messages, territory.name
    layout.show(context, prose.sentence(_sentence(territory)))
    layout.show(context, card.cards(territory_pages.cards(territory, *CARDS), messages))
    title = messages("territory_spending.areas")
    sections.areas(subject, title, subject.held(*AREAS), year, territory.file("spesa-per-area"))

    known = queries.coded_services(context.database, territory.row["instance_id"])
    services = {row["item"]: coded_services.name(row, messages) for row in known}
    table = coded_services.prices(subject, services, year, messages("territory_spending.prices"))
    under = messages("territory_spending.prices.under", name=name, year=str(year.year))
    layout.show(context, prose.section(table.caption, under), table_html(table, messages, titled=True))
    layout.show_downloads(context, table, territory.file(f"prezzi-{year.year}"))
    if table.rows:
        priced = {code: services[code] for code in (str(row[0].raw) for row in table.rows)}
        item = choose(messages("filter.service"), priced, "service")
        coded_services.draw_providers(territory, item, priced[item])
    for indicator in subject.held("coverage_target"):
        sections.items(
            subject,
            messages("territory_spending.coverage"),
            messages("territory_spending.coverage.under", name=name, year=str(year.year)),
            Column("group", messages("column.group")),
            indicator,
            year,
            {group: messages(f"target.{group}") for group in GROUPS},
            territory.file("copertura"),
        )
    return None


def _sentence(territory: Territory) -> str:
    messages, year = territory.context.messages, str(territory.year.year)
    for indicator in territory.subject.held("spend_municipal"):
        figure = territory.subject.figure(indicator, "year", territory.year)
        if figure.amount is not None:
            euro = formatting.euro_in_words(figure.amount, territory.context.lang)
            return messages("sentence.spending", year=year, name=territory.name, euro=euro)
        return messages(f"sentence.spending.{figure.mark}", year=year, name=territory.name)
    return messages("sentence.spending.missing", year=year, name=territory.name)


territory_pages.territory_page("territory_spending", body)
