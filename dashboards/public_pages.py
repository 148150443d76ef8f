"""The public page of what a page for signed-in readers is about: a page and a subject arrive, a path leaves.

Only what stands in the public folder of the release is found, so that a link tells nothing of what does not.
"""

from collections.abc import Mapping
from pathlib import Path

from dashboards import queries
from dashboards.page_context import PageContext
from dashboards.site import addresses

# Under which name the address of a page says what it is about, and where such pages stand on the site.
_SUBJECTS = {
    "territory": ("territory", addresses.TERRITORIES),
    "foundation": ("funder", addresses.FUNDERS),
    "provider": ("provider", addresses.PROVIDERS),
}


def asked_for(page: str, told: Mapping[str, str]) -> str | None:
    """Return what an address says a page is about. told -- the parameters of the address."""
    return told.get(_SUBJECTS[page][0]) if page in _SUBJECTS else None


def path_of(context: PageContext, page: str, subject: str | None) -> str:
    """Return the path, below the public site, of the page about a subject; of the first page of the site,
    where there is none."""
    lang = context.lang
    if page not in _SUBJECTS or not subject or context.release is None:
        return addresses.path(lang)
    # A territory stands under the code of its seat, the others under their tax code.
    seats = {row["instance_id"]: row["seat"] for row in queries.territories(context.database)}
    code = str(seats.get(subject) or "") if page == "territory" else subject
    folder = Path(context.release.database).parent.with_name("public") / lang / _SUBJECTS[page][1]
    found = sorted(folder.glob(f"{code}-*")) if code.isalnum() else []
    return (
        addresses.path(lang, _SUBJECTS[page][1], found[0].name) if len(found) == 1 else addresses.path(lang)
    )
