"""M6 Providers: on whom the territory depends."""

from core.presentation import formatting
from dashboards import layout, presenters, queries, sections, territory_pages
from dashboards.components import card, prose
from dashboards.components.table import Column
from dashboards.figures import Figure
from dashboards.page_context import choose
from dashboards.territory_pages import Territory

CARDS = ("provider_hhi", "spend_delivered", "satisfaction", "no_show_rate")
BARS = ("spend_delivered", "persons_served", "deliveries")
CARE = ("satisfaction", "response_rate", "no_show_rate")
# A rule of thumb of competition authorities: below the first spread, above the second concentrated.
SPREAD, CONCENTRATED = 1500, 2500


def body(territory: Territory) -> list[str] | None:
    """Draw the page."""
    context, year = territory.context, territory.year
    messages = context.messages
    layout.show(context, prose.sentence(*_sentences(territory)))
    layout.show(context, card.cards(territory_pages.cards(territory, *CARDS), messages))
    names = queries.at_work_in(context.database, territory.row["instance_id"])
    views = {"work": BARS, "care": CARE}
    view = choose(messages("filter.view"), {key: messages(f"providers.view.{key}") for key in views}, "view")
    held = [i for i in (context.indicators.get(each) for each in views[view]) if i is not None]
    rows = presenters.scope_rows(context, "provider", names, held, held[0], year) if held else []
    if rows:
        sections.subjects(
            context,
            messages(f"providers.title.{view}"),
            messages("providers.under", name=territory.name, year=str(year.year)),
            Column("provider", messages("column.provider")),
            [Column(i.indicator_id, i.name(messages), True) for i in held],
            rows,
            held[0],
            year,
            territory.file(f"fornitori-{view}-{year.year}"),
            *held,
        )
    else:
        seen = all(queries.is_own(context.database, "provider", scope) for scope in names)
        why = messages(
            "providers.nothing" if seen else "providers.not_visible",
            name=territory.name,
            year=str(year.year),
        )
        layout.show(context, prose.section(messages(f"providers.title.{view}")), prose.caption(why))
    return None


def _sentences(territory: Territory) -> list[str]:
    subject, messages = territory.subject, territory.context.messages
    period = {"year": str(territory.year.year), "name": territory.name}
    for indicator in subject.held("provider_hhi"):
        figure = subject.figure(indicator, "year", territory.year)
        if figure.amount is None:
            known = "suppressed" if figure.mark == "suppressed" else "missing"
            return [messages(f"sentence.providers.{known}", **period)]
        told = [messages(f"sentence.providers.{_class(figure)}", value=_written(territory, figure), **period)]
        once = subject.items(indicator, territory.year).get("CONSORTIUM")
        if once is not None and once.amount is not None:
            told.append(messages("sentence.providers.consortia", value=_written(territory, once)))
        return told
    return [messages("sentence.providers.missing", **period)]


def _class(figure: Figure) -> str:
    value = figure.amount or 0
    if value < SPREAD:
        return "spread"
    return "medium" if value <= CONCENTRATED else "concentrated"


def _written(territory: Territory, figure: Figure) -> str:
    return formatting.number(figure.amount or 0, territory.context.lang)


territory_pages.territory_page("territory_providers", body)
