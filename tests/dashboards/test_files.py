"""The files of the pages: named for what they hold, heads in one language, the decimals that count."""

import csv
import io
import json
import re
from datetime import date
from decimal import Decimal

import streamlit as st

from dashboards.components import download
from dashboards.components.table import Column, Table, figure_cell, text_cell
from dashboards.figures import Figure, Indicator
from dashboards.i18n import Messages
from dashboards.pages import QUESTIONS
from tests.support.pages import Open, OpenSite

IT = Messages("it")
TABLE = r"casa-di-vetro_.*20\d\d(-\d\d){0,2}_20261103-0210-a1b2c3\.(csv|json)"
# Named as `vetro pack` names them: an intervention has no period.
PACK = r"grant-.+\.(it|en)\.(pdf|xlsx|json)"
# What each page offers, by name: a page is drawn once for all tests.
OFFERED: dict[str, dict[str, bytes]] = {}
PAGES = {page.key: {} for page in QUESTIONS} | {"territory": {"territory": "rho"}}


def names(open_page: Open, page: str, monkeypatch) -> dict[str, bytes]:
    """The files that a page offers: name and content."""
    if page not in OFFERED:
        offered: dict[str, bytes] = {}
        monkeypatch.setattr(
            st, "download_button", lambda label, data, name, *_, **__: offered.update({name: data})
        )
        open_page(page, **PAGES[page])
        OFFERED[page] = offered
    return OFFERED[page]


def test_every_file_is_named_for_its_period(open_page: Open, monkeypatch) -> None:
    for page in PAGES:
        found = names(open_page, page, monkeypatch)
        assert found, page
        for name in found:
            assert re.fullmatch(TABLE, name) or re.fullmatch(PACK, name), name


def test_heads_are_ids_and_no_number_has_more_than_four_decimals(open_page: Open, monkeypatch) -> None:
    for page in PAGES:
        for name, content in names(open_page, page, monkeypatch).items():
            if not name.endswith(".csv"):
                continue
            head, *rows = csv.reader(io.StringIO(content.decode("utf-8")))
            assert all(re.fullmatch(r"[a-z0-9_]+", cell) for cell in head), (name, head)
            for cell in (cell for row in rows for cell in row[:-1]):
                assert not re.search(r"\.\d{5,}", cell), (name, cell)


def test_only_public_files_carry_the_licence(open_page: Open, open_site: OpenSite, monkeypatch) -> None:
    for page in PAGES:
        for name, content in names(open_page, page, monkeypatch).items():
            if name.endswith(".json"):
                document = json.loads(content)
                assert "licence" not in document and "use" in document, name
    for file in open_site().folder.glob("it/**/*.json"):
        document = json.loads(file.read_bytes())
        assert "licence" in document and "use" not in document, file


def test_a_number_in_a_file_has_the_decimals_of_its_unit() -> None:
    def written(unit: str, value: float) -> str:
        where = ("persons_served", "instance", "rho", "ALL", "ALL", "year", date(2025, 1, 1))
        figure = Figure(*where, None, None, value, None, None, "value")
        indicator = Indicator("persons_served", "Nome", "Name", unit)
        row = [text_cell("Rho"), figure_cell(figure, indicator, IT)]
        table = Table("t", [Column("territory", "T"), Column("figure", "F", True)], [row], "")
        return download.records(table)[0]["figure"]

    assert written("EUR/person", 147.32000000000002) == "147.32"
    assert written("ratio", 0.123456789) == "0.1235"
    assert written("persons", 12.0) == "12"
    assert written("EUR", float(Decimal("256486.10"))) == "256486.1"
