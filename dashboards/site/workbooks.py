"""The spreadsheet (XLSX) of a page of the site: its tables arrive, one sheet for each leaves.

Only pages that people take away whole have one: a workbook for every table would weigh more than the rest of
a release.
"""

from core.presentation.workbook import workbook
from dashboards.components import spreadsheet
from dashboards.site.page import Page


def page_workbook(page: Page) -> bytes:
    """Return the tables of a page, with how to cite it and what its indicators are."""
    messages, release = page.messages, page.published.release
    facts = [(messages("site.cite"), page.citation(page.title))]
    used = {indicator.indicator_id: indicator for _, _, some in page.tables for indicator in some}
    about = spreadsheet.about(page.title, facts, release, messages, page.source_line())
    sheets = [spreadsheet.sheet(table, name) for name, table, _ in page.tables]
    definitions = spreadsheet.definitions(list(used.values()), messages)
    return workbook(sheets, about, definitions, page.lang, release.created_at)
