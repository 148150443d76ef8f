"""S5 Call: whom it is for, how many got it, in how much time. The list, and a page for each."""

from dashboards import numerals
from dashboards.parts.table import Cell, Column, Table, text_cell
from dashboards.site import addresses
from dashboards.site.cells import day_cell, row_bar, row_cell
from dashboards.site.page import Page, day_of
from dashboards.site.pages import interventions
from dashboards.site.published_release import Row
from dashboards.site.site import STAGES, Site

_PERSONS = ("t10_persons_by_call_and_stage", "call_applicants")
_EURO = ("t10_euro_by_call_and_stage", "call_amount")


def pages(site: Site) -> list[Page]:
    """Return the list of calls, and the page of each."""
    return [_list(site), *(_call(site, key, row) for key, row in site.calls.items())]


def _list(site: Site) -> Page:
    words = site.words
    page = site.page("calls", addresses.CALLS)
    title = words("site.calls.all")
    columns = [
        Column("id", "id"),
        Column("call", words("site.column.call")),
        Column("territory", words("column.territory")),
        Column("funder", words("filter.funder")),
        Column("opened_on", words("site.column.opened_on")),
        Column("closes_on", words("site.column.closes_on")),
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
        table = Table(title, columns, rows, words("table.empty"))
        page.table(title, words("site.calls.under"), table, "bandi", cells=cells)
    else:
        page.paragraph(words("site.calls.none"))
    page.limits("site.calls")
    return page


def _call(site: Site, key: str, row: Row) -> Page:
    words = site.words
    crumbs = (site.crumb("calls", addresses.CALLS),)
    page = site.page("call", addresses.CALLS, addresses.slug(key), title=row["title"], crumbs=crumbs)
    closes = row.get("closes_on")
    is_closed = closes is not None and closes <= site.published.release.as_of
    if closes is not None:
        told = words(f"site.call.{'closed' if is_closed else 'open'}", day=numerals.day(closes, site.lang))
        page.sentence(told)
    budget = row.get("budget")
    page.facts(
        [
            (words("column.territory"), site.territory_link(page, key)),
            (
                words("filter.funder"),
                site.organisation_link(page, row.get("funder_tax_code"), row.get("funder_name") or ""),
            ),
            (words("site.column.opened_on"), day_of(row.get("opened_on"), site.lang)),
            (words("site.column.closes_on"), "" if is_closed else day_of(closes, site.lang)),
            (words("site.column.budget"), site.amount(budget) if budget is not None else ""),
            (words("site.column.act"), str(row.get("act_number") or "")),
        ],
    )
    for kind, (table, column), hue in (("persons", _PERSONS, "people"), ("euro", _EURO, "euro")):
        _stages(site, page, key, kind, table, column, hue)
    _organisations(site, page, key)
    linked_to = site.interventions_of("call_key", key)
    interventions.table_of(
        site, page, linked_to, words("site.call.interventions"), f"{addresses.slug(key)}-interventi"
    )
    page.limits("site.call")
    return page


def _stages(site: Site, page: Page, key: str, kind: str, table: str, column: str, hue: str) -> None:
    words = site.words
    found = site.published.rows_where(table, "call", key)
    for year in sorted({row["year"] for row in found}, reverse=True):
        by_stage = {row["stage"]: row for row in found if row["year"] == year}
        steps = [by_stage[stage] for stage in STAGES if stage in by_stage]
        rows = [row_bar(words(f"site.stage.{row['stage']}"), row, column, words) for row in steps]
        page.bars(
            words(f"site.call.{kind}", year=year),
            words(f"site.call.{kind}.under"),
            Column("stage", words("site.column.stage")),
            [Column(column, words(f"site.call.{kind}.column"), True)],
            rows,
            hue,
            f"{addresses.slug(key)}-{'persone' if kind == 'persons' else 'euro'}-{year}",
            codes=[row["stage"] for row in steps],
        )


def _organisations(site: Site, page: Page, key: str) -> None:
    words = site.words
    found = site.published.rows_where("t10_organisations_by_call_and_stage", "call", key)
    if not found:
        return
    title = words("site.call.organisations")
    columns = [
        Column("year", words("filter.year")),
        Column("stage", words("site.column.stage")),
        Column("organisations", words("site.column.organisations"), True),
        Column("amount", words("site.column.amount"), True),
    ]
    ordered = sorted(
        found, key=lambda row: (row["year"], STAGES.index(row["stage"]) if row["stage"] in STAGES else 9)
    )
    rows: list[list[Cell]] = [
        [
            Cell(row["year"], row["year"]),
            Cell(words.known(f"site.stage.{row['stage']}", row["stage"]), row["stage"]),
            row_cell(row, "organisations", words),
            row_cell(row, "amount", words),
        ]
        for row in ordered
    ]
    table = Table(title, columns, rows, words("table.empty"))
    page.table(title, words("site.call.organisations.under"), table, f"{addresses.slug(key)}-organizzazioni")
