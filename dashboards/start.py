"""What the start page opens on: what changed, what needs the reader, whom a search can find; the viewer and
the release arrive, sentences and addresses leave.

Which pages a reader has is `pages`' to say: nothing here leads to another.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from core.presentation import formatting
from dashboards import data_deliveries, delivery_calendar, queries, releases_told, triage
from dashboards.components import prose
from dashboards.export_coverage import usual_year
from dashboards.page_context import PageContext, address_of
from dashboards.pages import QUESTIONS, StaffPage
from dashboards.presenters import Subject

NUMBERS = ("persons_served", "spend_delivered", "wait_to_service_p50", "disbursed")
# So many of the territories to call are named.
FIRST = 3


@dataclass(frozen=True)
class Found:
    """What a search finds: its name with what it is, the page about it, the parameter that names it there."""

    label: str
    page: str
    parameters: dict[str, str]


def pages(context: PageContext) -> list[StaffPage]:
    """Return the pages that the reader may open, in the order of the register."""
    return [page for page in QUESTIONS if page.seen_by(context.viewer)]


def changed(context: PageContext) -> str:
    """Return the sentence of what the release online changed."""
    found = releases_told.shelved(context)
    now = next((each for each in found if each.is_current), None)
    if now is None:
        return ""
    return releases_told.opening(context, now, releases_told.changes(now, now.release_id))


def needs(context: PageContext) -> str:
    """Return what needs the reader: a line for each of their pages that has something to say, with its
    address; or that nothing does."""
    seen = {page.key for page in pages(context)}
    lines = [
        line
        for key, told, but_on in (
            ("operations", _data, set()),
            # Whoever has the page of the data reads there whom to call, and whoever compares, all of them.
            ("network", _network, {"operations"}),
            ("foundation", _funding, set()),
            ("territory", _territory, {"operations", "network"}),
            ("provider", _provider, set()),
        )
        if key in seen and not seen & but_on
        for line in told(context)
    ]
    if not lines:
        return prose.caption(context.messages("home.needs.nothing"))
    return prose.bullets([prose.link(text, address) for text, address in lines])


def _data(context: PageContext) -> list[tuple[str, str]]:
    messages, lines = context.messages, []
    if context.run is not None and context.run["green"] is False:
        lines.append((messages("home.needs.red"), address_of("operations")))
    if call := data_deliveries.whom_to_call(context).rows:
        names = ", ".join(row[0].text for row in call[:FIRST])
        lines.append((messages.counted("home.needs.call", len(call), names=names), address_of("operations")))
    return lines


def _network(context: PageContext) -> list[tuple[str, str]]:
    known = queries.freshness(context.database)
    late = sum(delivery_calendar.told(context, row)[0] == "late" for row in known)
    if not late:
        return []
    text = context.messages.counted("home.needs.network", late, total=context.messages.count(len(known)))
    return [(text, address_of("network"))]


def _funding(context: PageContext) -> list[tuple[str, str]]:
    # The largest funder of the reader: most have one.
    messages = context.messages
    for funder in queries.funders(context.database)[:1]:
        look = triage.rows(context, funder["tax_code"])
        if look:
            euro = formatting.euro_in_words(look[0]["all_at_stake"], context.lang)
            told = {"name": funder["name"], "euro": euro, "first": look[0]["title"]}
            text = messages.counted("home.needs.look", len(look), **told)
            return [(text, address_of("foundation", funder=funder["tax_code"]))]
    return []


def _territory(context: PageContext) -> list[tuple[str, str]]:
    own, made = {row["instance_id"] for row in queries.instances(context.database)}, []
    for row in queries.freshness(context.database):
        state, told, _ = delivery_calendar.told(context, row)
        if row["instance_id"] in own and state == "late":
            text = context.messages("home.needs.late", name=row["name"], state=told)
            made.append((text, address_of("territory", territory=row["instance_id"])))
    return made


def _provider(context: PageContext) -> list[tuple[str, str]]:
    # With many providers, as in a demonstration, none is the reader's own.
    known = queries.providers(context.database)
    if len(known) != 1:
        return []
    (own,) = known
    text = context.messages("home.needs.report", name=own["name"])
    return [(text, address_of("provider", provider=own["tax_code"]))]


def network(context: PageContext) -> tuple[Subject, date] | None:
    """Return the whole network as the subject of the four numbers, with the year that most territories hold
    whole; None where the release holds no year."""
    years = queries.periods(context.database, "network", "network", "year")
    usual = usual_year(context, years)
    if usual is None:
        return None
    subject = Subject(context, queries.figures, "network", "network", "network")
    return subject, date(int(usual), 1, 1)


def findable(context: PageContext) -> dict[str, Found]:
    """Return what a search can find, by key: the interventions, territories, funders and providers of the
    reader, of which they have a page; by name."""
    messages, seen, found = context.messages, {page.key for page in pages(context)}, {}
    kinds: Sequence[tuple[str, str, Callable[..., list[queries.Row]], str, str]] = (
        ("foundation_grant", "id", queries.known_grants, "grant_key", "title"),
        ("territory", "territory", queries.instances, "instance_id", "name"),
        ("foundation", "funder", queries.funders, "tax_code", "name"),
        ("provider", "provider", queries.providers, "tax_code", "name"),
    )
    for page, parameter, ask, key, name in kinds:
        if page not in seen:
            continue
        for row in ask(context.database):
            label = messages(f"home.found.{page}", name=row[name])
            found[f"{page}:{row[key]}"] = Found(label, page, {parameter: row[key]})
    return dict(sorted(found.items(), key=lambda each: each[1].label.casefold()))
