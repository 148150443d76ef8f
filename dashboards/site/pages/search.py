"""Search: a plain list of everything that has a page, which works without script, and a box above it."""

from dashboards.parts import prose
from dashboards.site import addresses
from dashboards.site.page import Page
from dashboards.site.site import Site


def pages(site: Site) -> list[Page]:
    """Return the page of the search."""
    words = site.words
    page = site.page("search", addresses.SEARCH)
    territories = [(site.territory_path(t), t.name) for t in site.published.territories.values()]
    groups = [
        ("territories", territories),
        ("funders", [(site.funder_path(code), site.name_of(code)) for code in site.funders]),
        ("providers", [(site.provider_path(code), site.name_of(code)) for code in site.providers]),
        ("calls", [(site.call_path(key), row["title"]) for key, row in site.calls.items()]),
        (
            "interventions",
            [(site.intervention_path(key), row["title"]) for key, row in site.interventions.items()],
        ),
    ]
    page.paragraph(page.link(site.path(addresses.COMUNI), words("site.comuni.find")))
    for kind, entries in groups:
        if entries:
            page.section(words(f"site.{kind}.title"))
            page.add(prose.listed([page.link(path, name) for path, name in entries]))
    return [page]
