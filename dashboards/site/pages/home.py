"""S0 Home: where the resources of territorial welfare go, and whom they reach."""

from dashboards.components import prose
from dashboards.components.table import Column
from dashboards.pictures.map import region_map
from dashboards.site import addresses
from dashboards.site.cells import day_cell, figure_bar, shown_cell
from dashboards.site.page import Page
from dashboards.site.published_release import NETWORK
from dashboards.site.site import Site

CARDS = ("persons_served", "spend_delivered", "deliveries", "persons_per_1000")
_DOORS = (
    ("territories", addresses.TERRITORIES),
    ("funders", addresses.FUNDERS),
    ("people", addresses.PEOPLE),
    ("comparison", addresses.COMPARISON),
    ("providers", addresses.PROVIDERS),
    ("calls", addresses.CALLS),
    ("interventions", addresses.INTERVENTIONS),
    ("statutory", addresses.STATUTORY),
    ("data", addresses.DATA),
    ("method", addresses.METHOD),
)


def pages(site: Site, path: str | None = None) -> list[Page]:
    """Return the home page, at its own path or at another."""
    page = site.page("network")
    page.path, page.beside = (page.path, "") if path is None else (path, page.path)
    page.figures = list(site.published.figures.get(NETWORK, ()))
    year = site.year
    if year is None:
        page.paragraph(site.messages("site.nothing"))
        return [page]
    page.sentence(*headline(site, year))
    page.cards([card for i in CARDS for card in page.card(site.published.year(NETWORK, i, year))])
    _territories(site, page, year)
    _doors(site, page)
    page.limits("public_network")
    return [page]


def headline(site: Site, year: int) -> list[str]:
    """Return the sentence of the network and a year, in the variant that its marks ask for, and how many of
    its territories the year holds whole."""
    messages = site.messages
    people = site.published.year(NETWORK, "persons_served", year)
    money = site.published.year(NETWORK, "spend_delivered", year)
    if people is None:
        return []
    values = {
        "year": str(year),
        "n": messages.count(people.n_instances or 0),
        "total": messages.count(people.n_instances_expected or 0),
    }
    if people.mark != "value":
        kind = people.mark if people.mark in ("zero", "suppressed") else "missing"
        told = messages(f"sentence.home.{kind}", **values)
    elif money is None or money.amount is None:
        told = messages("sentence.home.no_money", persons=messages.count(people.numerator or 0), **values)
        told += " " + messages("sentence.money." + (money.mark if money else "missing"))
    else:
        told = messages(
            "sentence.home",
            persons=messages.count(people.numerator or 0),
            euro=site.euro(money.amount),
            **values,
        )
    return [told, messages(f"sentence.coverage.{'part' if people.is_partial else 'all'}", **values)]


def _territories(site: Site, page: Page, year: int) -> None:
    messages, known = site.messages, site.published.territories
    by_region: dict[str, list[str]] = {}
    for territory in known.values():
        by_region.setdefault(territory.region_code, []).append(territory.name)
    page.section(messages("site.network.map"), messages("site.network.map.under"))
    page.add(region_map(by_region, messages("site.network.map.alternative", n=messages.count(len(known)))))
    page.add(prose.caption(messages("site.network.map.credit")))
    indicators = site.indicators("persons_served", "spend_delivered", scope_type="instance")
    rows, codes = [], []
    for territory in known.values():
        scope = ("instance", territory.instance_id)
        figures = [site.published.year(scope, i.indicator_id, year) for i in indicators]
        cells = [shown_cell(f, i, messages) for f, i in zip(figures, indicators, strict=True)]
        cells.append(day_cell(territory.data_to, site.lang))
        first = figures[0] if figures else None
        address = page.href(site.territory_path(territory))
        rows.append(figure_bar(territory.name, first, cells, address=address))
        codes.append(territory.instance_id)
    columns = [
        Column(
            i.indicator_id, i.name(messages), True, messages("table.distinct") if i.unit == "persons" else ""
        )
        for i in indicators
    ]
    columns.append(Column("data_to", messages("column.data_to")))
    page.bars(
        messages("public_network.territories", year=str(year)),
        messages("public_network.territories.under"),
        Column("territory", messages("column.territory")),
        columns,
        rows,
        "people",
        f"territori-{year}",
        indicators,
        codes,
    )
    page.paragraph(page.link(site.path(addresses.COMUNI), messages("site.comuni.find")))


def _doors(site: Site, page: Page) -> None:
    messages = site.messages
    page.section(messages("site.network.doors"))
    page.doors(
        [
            (page.link(site.path(part), messages(f"site.{kind}.title")), messages(f"site.{kind}.question"))
            for kind, part in _DOORS
        ]
    )
    page.section(messages("site.network.protection"))
    facts = site.published.release.facts
    least = {"n": messages.count(facts["threshold"]), "high": messages.count(facts["threshold_high"])}
    page.paragraphs("site.network.protection", **least)
    page.paragraph(
        page.link(site.path(addresses.METHOD), messages("site.method.title")),
        page.link(site.path(addresses.CHANGES), messages("site.changes.title")),
    )
