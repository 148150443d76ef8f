"""Search: a plain list of everything that has a page, which works without script, and a box above it."""

from dashboards.components import prose
from dashboards.site import addresses
from dashboards.site.page import Page
from dashboards.site.published_release import Row
from dashboards.site.site import Site


def pages(site: Site) -> list[Page]:
    """Return the page of the search."""
    messages = site.messages
    page = site.page("search", addresses.SEARCH)
    territories = [(site.territory_path(t), t.name) for t in site.published.territories.values()]
    groups = [
        ("territories", territories),
        ("funders", [(site.funder_path(code), site.name_of(code)) for code in site.funders]),
        ("providers", [(site.provider_path(code), site.name_of(code)) for code in site.providers]),
        ("calls", [(site.call_path(key), _with_place(site, key, row)) for key, row in site.calls.items()]),
        (
            "interventions",
            [(site.intervention_path(key), row["title"]) for key, row in site.interventions.items()],
        ),
    ]
    page.paragraph(
        page.link(site.path(addresses.COMUNI), messages("site.comuni.find")),
        page.link(site.path(addresses.PEOPLE), messages("site.people.title")),
    )
    for kind, entries in groups:
        if entries:
            page.section(messages(f"site.{kind}.title"))
            page.add(prose.listed([page.link(path, name) for path, name in entries]))
    return [page]


def _with_place(site: Site, key: str, row: Row) -> str:
    """The title of a call and the name of its territory: many territories have a call of one title."""
    territory = site.territory_of(key)
    return f"{row['title']} · {territory.name}" if territory else str(row["title"])
