"""S5 Call: whom it is for, how many got it, in how much time. The list, and a page for each."""

from markupsafe import Markup

from core.presentation import formatting
from dashboards.components.table import Cell, Column, Table, text_cell
from dashboards.site import addresses
from dashboards.site.cells import day_cell, row_bar, row_cell
from dashboards.site.page import Page, day_of
from dashboards.site.pages import interventions
from dashboards.site.published_release import Row
from dashboards.site.site import STAGES, Site

_PERSONS = ("t10_persons_by_call_and_stage", "call_applicants")
_EURO = ("t10_euro_by_call_and_stage", "call_amount")
_ORGANISATIONS = "t10_organisations_by_call_and_stage"
_CONCESSIONS = "art26_27_concessions"


def pages(site: Site) -> list[Page]:
    """Return the list of calls, and the page of each."""
    return [_list(site), *(_call(site, key, row) for key, row in site.calls.items())]


def _list(site: Site) -> Page:
    messages = site.messages
    page = site.page("calls", addresses.CALLS)
    title = messages("site.calls.all")
    columns = [
        Column("id", "id"),
        Column("call", messages("site.column.call")),
        Column("territory", messages("column.territory")),
        Column("promoter", messages("site.column.promoter")),
        Column("opened_on", messages("site.column.opened_on")),
        Column("closes_on", messages("site.column.closes_on")),
    ]
    rows, cells = [], []
    for key, row in site.calls.items():
        territory = site.territory_of(key)
        row_cells = [
            text_cell(row["title"]),
            text_cell(territory.name if territory else ""),
            text_cell(row.get("funder_name") or ""),
            day_cell(row.get("opened_on"), site.lang),
            day_cell(row.get("closes_on"), site.lang),
        ]
        rows.append([text_cell(key), *row_cells])
        cells.append(
            [
                page.link(site.call_path(key), row["title"]),
                site.territory_link(page, key),
                site.organisation_link(page, row.get("funder_tax_code"), row.get("funder_name") or ""),
                *(cell.text for cell in row_cells[3:]),
            ]
        )
    if rows:
        table = Table(title, columns, rows, messages("table.empty"))
        page.table(title, messages("site.calls.under"), table, "bandi", cells=cells)
    else:
        page.paragraph(messages("site.calls.none"))
    page.limits("site.calls")
    return page


def _call(site: Site, key: str, row: Row) -> Page:
    messages = site.messages
    crumbs = (site.crumb("calls", addresses.CALLS),)
    page = site.page("call", addresses.CALLS, addresses.slug(key), title=row["title"], crumbs=crumbs)
    territory = site.territory_of(key)
    page.place = territory.name if territory else ""
    closes = row.get("closes_on")
    is_closed = closes is not None and closes <= site.published.release.as_of
    if closes is not None:
        told = messages(
            f"site.call.{'closed' if is_closed else 'open'}", day=formatting.day(closes, site.lang)
        )
        page.sentence(told)
    _left_out(site, page, row)
    page.facts(
        [
            (messages("column.territory"), site.territory_link(page, key)),
            (
                messages("site.column.promoter"),
                site.organisation_link(page, row.get("funder_tax_code"), row.get("funder_name") or ""),
            ),
            (messages("site.column.opened_on"), day_of(row.get("opened_on"), site.lang)),
            (messages("site.column.closes_on"), "" if is_closed else day_of(closes, site.lang)),
            (messages("site.column.budget"), _budget(site, row)),
            (messages("site.column.act"), str(row.get("act_number") or "")),
        ],
    )
    _beyond_budget(site, page, key, row)
    _stages(site, page, key, "persons", "people", _PERSONS)
    if _gives_places(site, key, row):
        page.section(messages("site.call.places"), messages("site.call.places.under"))
    else:
        _stages(site, page, key, "euro", "euro", _EURO)
    _organisations(site, page, key)
    linked_to = site.interventions_of("call_key", key)
    interventions.table_of(
        site, page, linked_to, messages("site.call.interventions"), f"{addresses.slug(key)}-interventi"
    )
    page.limits("site.call")
    return page


def _gives_places(site: Site, key: str, row: Row) -> bool:
    """Whether a call gives places in a service: it has no money of its own, and none is told of it."""
    table, column = _EURO
    return (
        row.get("kind") == "SERVICE"
        and not row.get("budget")
        and not any(found[column] for found in site.published.rows_where(table, "call", key))
    )


def _budget(site: Site, row: Row) -> str:
    budget = row.get("budget")
    if row.get("kind") == "SERVICE" and not budget:
        return site.messages("site.call.no_money")
    return site.amount(budget) if budget is not None else ""


def _left_out(site: Site, page: Page, row: Row) -> None:
    """Say of which years applications are not told yet: those of a year stand in it once it is closed."""
    opened, last = row.get("opened_on"), row.get("closes_on") or row.get("opened_on")
    if site.year is None or opened is None or last is None:
        return
    last = min(last, site.published.release.as_of)
    missing = [str(year) for year in range(max(opened.year, site.year + 1), last.year + 1)]
    if missing:
        page.paragraph(site.messages("site.call.left_out", years=", ".join(missing)))


def _beyond_budget(site: Site, page: Page, key: str, row: Row) -> None:
    """Say where the published euro that were granted are more than the territory declared for the call."""
    budget = row.get("budget")
    if not budget:
        return
    persons, column = _EURO
    amounts = [r[column] for r in site.published.rows_where(persons, "call", key) if r["stage"] == "funded"]
    amounts += [
        r["amount"] for r in site.published.rows_where(_ORGANISATIONS, "call", key) if r["stage"] == "funded"
    ]
    funded = sum(amount for amount in amounts if amount is not None)
    if funded > budget:
        values = {"funded": site.amount(funded), "budget": site.amount(budget)}
        page.paragraph(site.messages("site.call.beyond_budget", **values))


def _stages(site: Site, page: Page, key: str, kind: str, hue: str, source: tuple[str, str]) -> None:
    messages, (table, column) = site.messages, source
    gives_places = _gives_places(site, key, site.calls[key])
    # Nobody is paid a place.
    told = [stage for stage in STAGES if not (gives_places and stage == "paid")]
    found = site.published.rows_where(table, "call", key)
    for year in sorted({row["year"] for row in found}, reverse=True):
        by_stage = {row["stage"]: row for row in found if row["year"] == year}
        steps = [by_stage[stage] for stage in told if stage in by_stage]
        rows = [row_bar(messages(f"site.stage.{row['stage']}"), row, column, messages) for row in steps]
        page.bars(
            messages(f"site.call.{kind}", year=year),
            messages(f"site.call.{'places' if gives_places else kind}.steps"),
            Column("stage", messages("site.column.stage")),
            [Column(column, messages(f"site.call.{kind}.column"), True)],
            rows,
            hue,
            f"{addresses.slug(key)}-{'persone' if kind == 'persons' else 'euro'}-{year}",
            codes=[row["stage"] for row in steps],
        )


def _organisations(site: Site, page: Page, key: str) -> None:
    messages = site.messages
    found = site.published.rows_where(_ORGANISATIONS, "call", key)
    if not found:
        return
    title = messages("site.call.organisations")
    columns = [
        Column("year", messages("site.column.year_asked")),
        Column("stage", messages("site.column.stage")),
        Column("organisations", messages("site.column.organisations"), True),
        Column("amount", messages("site.column.amount"), True),
    ]
    ordered = sorted(
        found, key=lambda row: (row["year"], STAGES.index(row["stage"]) if row["stage"] in STAGES else 9)
    )
    rows: list[list[Cell]] = [
        [
            Cell(row["year"], row["year"]),
            Cell(messages.known(f"site.stage.{row['stage']}", row["stage"]), row["stage"]),
            row_cell(row, "organisations", messages),
            row_cell(row, "amount", messages),
        ]
        for row in ordered
    ]
    table = Table(title, columns, rows, messages("table.empty"))
    page.table(
        title, messages("site.call.organisations.under"), table, f"{addresses.slug(key)}-organizzazioni"
    )
    if any(row["stage"] == "funded" and row["mark"] != "zero" for row in found):
        _names(site, page, key)


def _names(site: Site, page: Page, key: str) -> None:
    """Say where the names of the organisations that received are: in the list of concessions, or, where it
    has none of this call, which years it has."""
    messages, listed = site.messages, site.published.rows(_CONCESSIONS)
    own = len(site.published.rows_where(_CONCESSIONS, "call_key", key))
    link = page.link(
        site.path(addresses.STATUTORY, addresses.slug(_CONCESSIONS)),
        messages(f"site.statutory.{_CONCESSIONS}.title"),
    )
    if own:
        told = messages.counted("site.call.names", own)
    elif listed:
        years = ", ".join(sorted({row["year"] for row in listed}))
        told = messages("site.call.no_names", years=years)
    else:
        told = messages("site.call.no_list")
    page.paragraph(Markup("{} {}").format(told, link) if listed else told)
