"""M2 Demand and waits: who waits, how long, and whom the territory could not help."""

from datetime import date

from core.presentation import formatting
from dashboards import layout, presenters, queries, sections, territories, territory_pages, waiting_times
from dashboards.components import card, prose
from dashboards.page_context import choose
from dashboards.territory_pages import Territory

CARDS = ("waiting_persons", "waiting_over_90", "wait_to_service_p50", "wait_to_service_p90")
WAITS = {wait.key: wait for wait in (waiting_times.SERVICE, waiting_times.ASSESSMENT)}
AREAS = ("waiting_persons", "waiting_over_90", "wait_to_service_p50", "unmet_share")


def body(territory: Territory) -> list[str]:
    """Draw the page."""
    subject, year, messages = territory.subject, territory.year, territory.context.messages
    area = territory_pages.choose_area(territory, "requests")
    layout.show(territory.context, prose.sentence(*_sentences(territory, area)))
    end = min(date(year.year, 12, 31), territory.context.as_of)
    at_end = messages("territory_demand.at_end", day=formatting.day(end, territory.context.lang))
    made = territory_pages.cards(territory, *CARDS, area=area, waiting_persons=at_end, waiting_over_90=at_end)
    layout.show(
        territory.context, card.cards(waiting_times.told_of_waits(subject, made, year, area), messages)
    )

    whose = f"{territory.name}, {messages(f'area.{area}')}"
    options = {key: messages(f"curve.choice.{key}") for key in WAITS}
    wait = WAITS[choose(messages("filter.wait"), options, "wait")]
    name = territory.file(f"attesa-{wait.key}-{area}")
    waiting_times.draw_curve(subject, wait, year, whose, name, area)

    requests = subject.indicator("requests")
    if requests is not None:
        day = presenters.known_day(territory.context)
        under = messages("territory_demand.stages.under", name=whose, year=str(year.year), day=day)
        waiting_times.draw_stages(
            subject,
            "request",
            year,
            lambda rows: _stages_title(territory, rows),
            under,
            territory.file(f"richieste-{area}-{year.year}"),
            subject.figure(requests, "year", year, area),
            area,
        )
    title = messages("territory_demand.areas")
    sections.areas(subject, title, subject.held(*AREAS), year, territory.file("attese-per-area"))
    return _limits(territory)


def _sentences(territory: Territory, area: str) -> list[str]:
    subject, year, messages = territory.subject, territory.year, territory.context.messages
    held = {i.indicator_id: subject.figure(i, "year", year, area) for i in subject.held(*CARDS)}
    told, period = [], {"year": str(year.year)}
    half, tenth = (held.get(f"wait_to_service_p{n}") for n in (50, 90))
    if half is not None and half.amount is not None:
        days = {"days": formatting.days(half.amount, territory.context.lang)}
        if tenth is not None and tenth.amount is not None:
            days["tenth"] = formatting.days(tenth.amount, territory.context.lang)
            told.append(messages("sentence.wait", **period, **days))
        else:
            told.append(messages("sentence.wait.half", **period, **days))
        told.append(waiting_times.counted(subject, waiting_times.SERVICE, year, int(half.amount), area))
    elif half is not None and half.mark == "suppressed":
        told.append(messages("sentence.wait.suppressed", **period))
    elif queries.waiting_curve(
        territory.context.database, "wait_to_service_p50", "instance", subject.scope_id, area, year
    ):
        told.append(messages("sentence.wait.not_reached", **period))
    else:
        told.append(messages("sentence.wait.missing", **period))
    return [*filter(None, told), *territories.unmet(subject, year, area)]


def _stages_title(territory: Territory, rows: list[queries.Row]) -> str:
    by_stage = {row["stage"]: row for row in rows}
    served, messages = by_stage["served"], territory.context.messages
    return messages(
        "territory_demand.stages",
        served=messages.count(served["n"]),
        received=messages.count(rows[0]["n"]),
    )


def _limits(territory: Territory) -> list[str]:
    subject, messages = territory.subject, territory.context.messages
    made = []
    for indicator in subject.held("linkage_rate", "open_share"):
        figure = subject.figure(indicator, "year", territory.year)
        if figure.is_shown:
            value = figure.text(indicator, messages)
            made.append(messages(f"territory_demand.{indicator.indicator_id}", value=value))
    return made


territory_pages.territory_page("territory_demand", body, opens_newest=True)
