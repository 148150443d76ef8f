"""The value of services by who pays and by kind of service: a subject and a year arrive, tables leave."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from core.presentation import formatting
from dashboards.components.table import Cell, Column, Table
from dashboards.figures import SHOWN, Figure
from dashboards.packs.document import Bars, TableBlock
from dashboards.packs.subject import Subject

SOURCES = ("MUNICIPALITY", "SSN", "REGION_STATE", "FOUNDATION", "EMPLOYER", "USER", "UNALLOCATED")


def by_source(subject: Subject, year: int) -> list[TableBlock]:
    """Return the parts of the value of the year's services by who pays, which make the whole; nothing where
    the release does not hold them."""
    messages, cells = subject.messages, subject.cells(["source_mix"], "year", by_item=True)
    found = {key[1]: f for key, f in cells.items() if key[3] == date(year, 1, 1)}
    figures = [(source, found[source]) for source in SOURCES if source in found]
    if not figures:
        return []
    rows = [
        [Cell(messages(f"source.{source}"), source), _euro(subject, figure), _share(subject, figure)]
        for source, figure in figures
    ]
    columns = [
        Column("source", messages("pack.column.source")),
        Column("amount", messages("pack.column.amount"), True, kind="euro"),
        Column("share", messages("pack.column.share"), True, kind="share"),
    ]
    table = Table(messages("pack.sources.caption", year=year), columns, rows, messages("table.empty"))
    note = messages("pack.sources.under")
    return [TableBlock("sources", table, note, bars=_bars([figure for _, figure in figures]))]


def by_macro_area(subject: Subject, year: int) -> list[TableBlock]:
    """Return the value of the year's services by macro-area of the nomenclature, the largest first; nothing
    where the release does not hold it."""
    messages, cells = subject.messages, subject.cells(["spend_by_macro_area"], "year", by_item=True)
    found = [f for key, f in cells.items() if key[3] == date(year, 1, 1) and key[1] != "ALL"]
    if not found:
        return []
    found.sort(key=lambda f: (f.numerator is None, -(f.numerator or Decimal(0)), f.item))
    rows = [
        [Cell(messages.known(f"macro_area.{figure.item}", figure.item), figure.item), _euro(subject, figure)]
        for figure in found
    ]
    columns = [
        Column("macro_area", messages("pack.column.macro_area")),
        Column("amount", messages("pack.column.amount"), True, kind="euro"),
    ]
    table = Table(messages("pack.macro_areas.caption", year=year), columns, rows, messages("table.empty"))
    return [TableBlock("macro_areas", table, bars=_bars(found))]


def _bars(figures: Sequence[Figure]) -> Bars:
    amounts = [figure.numerator if figure.mark in SHOWN else None for figure in figures]
    return Bars(amounts, [None] * len(amounts), "euro")


def _euro(subject: Subject, figure: Figure) -> Cell:
    if figure.mark not in SHOWN or figure.numerator is None:
        return _hidden(subject, figure)
    amount = formatting.rounded(figure.numerator, 2)
    return Cell(subject.euro(amount), amount, figure.mark)


def _share(subject: Subject, figure: Figure) -> Cell:
    if figure.mark not in SHOWN or figure.value is None:
        return _hidden(subject, figure)
    share = formatting.share(figure.value, subject.lang)
    return Cell(share, formatting.recorded(figure.value, "ratio"), figure.mark)


def _hidden(subject: Subject, figure: Figure) -> Cell:
    mark = "missing" if figure.mark in SHOWN else figure.mark
    return Cell(subject.messages(f"mark.{mark}"), None, mark)
