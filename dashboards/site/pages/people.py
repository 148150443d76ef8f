"""S16 People: who is reached, by age and sex: the whole network, its regions, its areas of need."""

from collections.abc import Sequence

from core.presentation import formatting
from dashboards.components.table import Cell, Column, Table
from dashboards.figures import AREAS
from dashboards.i18n import Messages
from dashboards.site import addresses
from dashboards.site.cells import marked_cell, row_cell
from dashboards.site.page import Page
from dashboards.site.published_release import Row, Territory
from dashboards.site.site import Site

_BY_REGION = "t02_persons_by_region_and_target_group"
_BY_AREA = "t03_persons_by_area_and_target_group"
_OF_DIP = "t03_persons_by_target_group_dip"
SEXES = ("F", "M", "X", "ND")


def pages(site: Site) -> list[Page]:
    """Return the page of people by age and sex of the last closed year."""
    messages = site.messages
    page = site.page("people", addresses.PEOPLE)
    page.has_workbook = True
    by_area = {"DIP": _of_year(site, _OF_DIP)}
    for area in ("ALL", *AREAS):
        by_area[area] = by_area.get(area) or _of_year(site, _BY_AREA, "area", area)
    _table(site, page, by_area.pop("ALL"), messages("site.whole_network"), "persone-rete")
    for code, name in _regions(site).items():
        _table(site, page, _of_region(site, code), name, _place(code))
    for area in AREAS:
        _table(site, page, by_area[area], messages(f"area.{area}"), f"persone-area-{area.lower()}")
    if not page.tables:
        page.paragraph(messages("site.people.none" if site.year else "site.nothing"))
    page.limits("site.people")
    return [page]


def address_of(site: Site, territory: Territory) -> str:
    """Return where the people of a territory's region stand on the page; nothing where they are not told."""
    if not _of_region(site, territory.region_code):
        return ""
    return f"{site.path(addresses.PEOPLE)}#{_place(territory.region_code)}"


def _place(region_code: str) -> str:
    return f"persone-regione-{region_code}"


def _regions(site: Site) -> dict[str, str]:
    """The names of the regions by code, in the order of their names."""
    found = {t.region_code: t.region_name for t in site.published.territories.values() if t.region_code}
    return dict(sorted(found.items(), key=lambda pair: pair[1]))


def _of_region(site: Site, code: str) -> Sequence[Row]:
    return _of_year(site, _BY_REGION, "territory", f"region:{code}")


def _of_year(site: Site, table: str, column: str = "year", value: str = "") -> list[Row]:
    year = str(site.year)
    return [row for row in site.published.rows_where(table, column, value or year) if row["year"] == year]


def _table(site: Site, page: Page, found: Sequence[Row], name: str, place: str) -> None:
    """Add the table of a place: a row per age band, a column per sex; nothing without rows."""
    if not found:
        return
    messages = site.messages
    cells = {(row["age_band"], row["sex"]): row for row in found}
    sexes = [sex for sex in SEXES if any(sex == each for _, each in cells)]
    columns = [
        Column("age_band", messages("site.column.age")),
        *(Column(sex, messages(f"site.sex.{sex}"), True) for sex in sexes),
    ]
    rows: list[list[Cell]] = [
        [
            Cell(band_name(band, messages), band),
            *(
                row_cell(row, "persons_served", messages)
                if (row := cells.get((band, sex)))
                else marked_cell("missing", messages)
                for sex in sexes
            ),
        ]
        for band in sorted({band for band, _ in cells}, key=_first_age)
    ]
    title = messages("site.people.of", name=name, year=str(site.year))
    table = Table(title, columns, rows, messages("table.empty"))
    page.table(title, messages("site.people.under"), table, place)


def _first_age(band: str) -> int:
    first = band.rstrip("+").partition("-")[0]
    return int(first) if first.isdecimal() else 1_000


def band_name(band: str, messages: Messages) -> str:
    """Return an age band in words: 65-74 is "65-74 anni", 85+ is "85 anni e più"."""
    low, _, high = band.partition("-")
    if high:
        return messages("site.age.band", low=low, high=high)
    if band.endswith("+"):
        return messages("site.age.over", low=formatting.number(int(band[:-1]), messages.lang))
    return band
