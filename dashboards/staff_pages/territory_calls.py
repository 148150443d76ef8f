"""M5 Calls: whether a call reached those it was for, in time, and with enough money."""

from collections import Counter

from core.presentation import formatting
from dashboards import layout, queries, territory_pages, waiting_times
from dashboards.components import card, prose
from dashboards.components.table import Cell, Column, Table, count_cell, day_cell, table_html, text_cell
from dashboards.page_context import PageContext, choose
from dashboards.presenters import Subject, covered_name, known_day
from dashboards.territory_pages import Territory

CARDS = ("application_success", "granted_to_applicants", "wait_to_payment_p50", "decided_in_term")


def body(territory: Territory) -> list[str] | None:
    """Draw the page."""
    context, subject, messages = territory.context, territory.subject, territory.context.messages
    layout.show(context, prose.sentence(_sentence(territory)))
    made = waiting_times.told_of_waits(subject, territory_pages.cards(territory, *CARDS), territory.year)
    layout.show(context, card.cards(made, messages))

    calls = queries.calls(context.database, territory.row["instance_id"], context.as_of)
    title = messages("territory_calls.list")
    layout.show(
        context,
        prose.section(
            title, messages("territory_calls.list.under", name=territory.name, day=known_day(context))
        ),
    )
    table = _list(context, title, calls)
    layout.show(context, table_html(table, messages, titled=True))
    layout.show_downloads(context, table, territory.file(f"bandi-{context.as_of}"))
    over = [row["title"] for row in calls if (row["granted_share"] or 0) > 1]
    if over:
        layout.show(
            context, prose.caption(messages("call.over_budget", names="; ".join(dict.fromkeys(over))))
        )
    if calls:
        decided = [row["call_key"] for row in calls if row["funded"] and row["state"] == "closed"]
        options = _options(context, calls)
        default = decided[0] if decided else None
        chosen = choose(messages("filter.call"), options, "call", default, width="stretch")
        _call(territory, next(row for row in calls if row["call_key"] == chosen))
    name = territory.file("attesa-pagamento")
    waiting_times.draw_curve(subject, waiting_times.PAYMENT, territory.year, territory.name, name)
    return None


def _sentence(territory: Territory) -> str:
    subject, messages = territory.subject, territory.context.messages
    held = {
        i.indicator_id: subject.figure(i, "year", territory.year)
        for i in subject.held(*CARDS, "applications")
    }
    asked, success = held.get("applications"), held.get("application_success")
    period = {"year": covered_name(subject, "year", territory.year)}
    if asked is None or asked.amount is None:
        mark = asked.mark if asked is not None else "missing"
        return messages(f"sentence.calls.{'suppressed' if mark == 'suppressed' else 'missing'}", **period)
    if not asked.amount:
        return messages("sentence.calls.none", **period)
    if success is None or success.numerator is None or not success.is_shown:
        return messages.counted("sentence.calls.applied", asked.amount, **period)
    counts = {
        "asked": messages.count(asked.amount),
        "funded": messages.count(success.numerator),
        "total": messages.count(success.denominator or 0),
    }
    return messages("sentence.calls", day=known_day(subject.context), **counts, **period)


def _titles(context: PageContext, calls: list[queries.Row]) -> dict[str, str]:
    """Return the title of each call; those of one title and closing day say their identifier too."""
    often = Counter((row["title"], row["closes_on"]) for row in calls)
    return {
        row["call_key"]: row["title"]
        if often[row["title"], row["closes_on"]] == 1
        else context.messages(
            "territory_calls.named_id", title=row["title"], id=row["call_key"].split(":")[1]
        )
        for row in calls
    }


def _options(context: PageContext, calls: list[queries.Row]) -> dict[str, str]:
    """Return the calls to choose among, each with its closing day."""
    titles = _titles(context, calls)
    return {
        row["call_key"]: titles[row["call_key"]]
        if row["closes_on"] is None
        else context.messages(
            "territory_calls.named",
            title=titles[row["call_key"]],
            day=formatting.day_in_table(row["closes_on"], context.lang),
        )
        for row in calls
    }


def _list(context: PageContext, title: str, calls: list[queries.Row]) -> Table:
    messages, lang = context.messages, context.lang
    counts = ("submitted", "funded", "paid")
    columns = [
        Column("title", messages("way.column.call")),
        Column("closes_on", messages("way.column.closes")),
        Column("state", messages("column.state")),
        Column("budget", messages("way.column.budget"), True),
        *(Column(key, messages(f"way.column.call.{key}"), True) for key in counts),
        Column("granted", messages("way.column.granted"), True),
        Column("granted_share", messages("way.column.granted_share"), True),
    ]
    rows, places, titles = [], Cell(messages("call.places"), None), _titles(context, calls)
    for row in calls:
        closes, share = row["closes_on"], row["granted_share"]
        gives_places = row["kind"] == "SERVICE"
        rows.append(
            [
                text_cell(titles[row["call_key"]]),
                Cell("", "") if closes is None else day_cell(closes, lang),
                Cell(messages(f"call.{row['state']}"), row["state"]),
                _euro(context, row["budget"], "call.no_budget"),
                *(count_cell(row[key], lang) for key in counts[:2]),
                places if gives_places else count_cell(row["paid"], lang),
                places if gives_places else _euro(context, row["granted"], "comparison.none"),
                Cell("", None)
                if share is None or gives_places
                else Cell(formatting.share(share, lang), formatting.recorded(share, "ratio")),
            ]
        )
    return Table(title, columns, rows, messages("territory_calls.none"))


def _euro(context: PageContext, amount: float | None, lacking: str) -> Cell:
    if amount is None:
        return Cell(context.messages(lacking), None)
    return Cell(formatting.euro(amount, context.lang), amount)


def _call(territory: Territory, row: queries.Row) -> None:
    context, messages = territory.context, territory.context.messages
    subject = Subject(
        context, queries.figures, "call", row["call_key"], "own", (territory.row["instance_id"],)
    )
    applications = subject.indicator("applications")
    if applications is None:
        return

    def title(rows: list[queries.Row]) -> str:
        funded = next((each["n"] for each in rows if each["stage"] == "funded"), 0)
        told = {"applied": messages.count(rows[0]["n"]), "funded": messages.count(funded)}
        return messages("territory_calls.stages", **told)

    under = messages("territory_calls.stages.under", title=row["title"], basis=row["legal_basis"] or "")
    file = territory.file(f"bando-{row['call_key'].split(':')[1]}-{context.as_of}")
    fallback = subject.figure(applications, "year", territory.year)
    waiting_times.draw_stages(subject, "call", None, title, under, file, fallback)
    _organisations(territory, row)


def _organisations(territory: Territory, row: queries.Row) -> None:
    context, messages, lang = territory.context, territory.context.messages, territory.context.lang
    found = queries.organisations_of_call(context.database, row["call_key"])
    if not found:
        return
    title = messages("territory_calls.organisations")
    columns = [
        Column("stage", messages("way.column.stage")),
        Column("organisations", messages("way.column.organisations"), True),
        Column("amount", messages("way.column.euro"), True),
    ]
    rows = [
        [
            text_cell(messages(f"stage.call.{each['stage']}")),
            count_cell(each["organisations"], lang),
            Cell(formatting.euro(each["amount"], lang, cents=True), each["amount"]),
        ]
        for each in found
    ]
    table = Table(title, columns, rows, messages("table.empty"))
    layout.show(context, prose.section(title, messages("territory_calls.organisations.under")))
    layout.show(context, table_html(table, messages, titled=True))
    name = territory.file(f"enti-bando-{row['call_key'].split(':')[1]}-{context.as_of}")
    layout.show_downloads(context, table, name)


territory_pages.territory_page("territory_calls", body)
