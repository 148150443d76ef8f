"""A provider's money in words: its sources, public and private apart, and what it received from public bodies
(L. 124/2017); figures and the public list arrive, sentences, bars and tables leave."""

from collections.abc import Sequence
from datetime import date

import streamlit as st

from core.presentation import formatting
from dashboards import queries
from dashboards.components import prose
from dashboards.components.bars import Bar
from dashboards.components.table import Cell, Column, Table, day_cell, text_cell
from dashboards.figures import SHOWN, Figure
from dashboards.packs import provider, release_reader
from dashboards.page_context import PageContext
from dashboards.presenters import Subject
from dashboards.release import Release

SOURCES = {
    "MUNICIPALITY": "public",
    "SSN": "public",
    "REGION_STATE": "public",
    "FOUNDATION": "private",
    "EMPLOYER": "private",
    "USER": "private",
    "UNALLOCATED": "unallocated",
}


def told(context: PageContext, sums: Sequence[queries.Row], year: date) -> str:
    """Return the title of the sources: how much of the value is public money, how much private."""
    messages, lang = context.messages, context.lang
    amounts = {row["kind"]: row for row in sums}
    if any(row["amount"] is None for row in sums) or not {"public", "private"} <= set(amounts):
        return messages("provider.sources", year=str(year.year))
    shares = {kind: formatting.share(amounts[kind]["share"], lang) for kind in ("public", "private")}
    return messages("provider.sources.found", year=str(year.year), **shares)


def columns(context: PageContext) -> tuple[Column, list[Column]]:
    """Return the columns of the sources: whose money, public or private, euro, share."""
    messages = context.messages
    return Column("source", messages("column.source")), [
        Column("kind", messages("column.money_kind")),
        Column("amount", messages("column.euro"), True),
        Column("share", messages("column.share"), True),
    ]


def rows(subject: Subject, found: dict[str, Figure]) -> list[Bar]:
    """Return one bar per source, the public ones first."""
    messages, lang = subject.context.messages, subject.context.lang
    made = []
    for source, kind in SOURCES.items():
        figure = found.get(source)
        if figure is None:
            continue
        shown = figure.mark in SHOWN and figure.numerator is not None and figure.value is not None
        mark = figure.mark if shown or figure.mark not in SHOWN else "missing"
        word = messages(f"mark.{mark}")
        amount = figure.numerator if shown else None
        made.append(
            Bar(
                messages(f"source.{source}"),
                [
                    Cell(messages(f"money.{kind}"), kind),
                    Cell(formatting.euro(amount, lang), formatting.recorded(amount, "EUR"), mark)
                    if amount is not None
                    else Cell(word, None, mark),
                    Cell(
                        formatting.share(figure.value, lang), formatting.recorded(figure.value, "ratio"), mark
                    )
                    if shown and figure.value is not None
                    else Cell(word, None, mark),
                ],
                None if amount is None else float(amount),
                mark,
            )
        )
    return made


def public_grants(context: PageContext, tax_code: str, year: date) -> tuple[str, Table]:
    """Return the sentence of what a provider received from public bodies in a year, on which side of the line
    of 10,000 euro, and the list by payer. The list is public, and read as it was published."""
    messages, lang, release = context.messages, context.lang, context.release
    found = _received(release.database, tax_code, year.year, release) if release else None
    columns = [
        Column("payer_name", messages("pack.column.payer")),
        Column("payer_tax_code", messages("pack.fact.tax_code")),
        Column("received_eur", messages("pack.column.received"), True),
        Column("reasons", messages("pack.column.reasons")),
        Column("last_received_on", messages("pack.column.last_on")),
    ]
    made = [
        [
            text_cell(row["payer_name"]),
            text_cell(row["payer_tax_code"]),
            Cell(formatting.euro(row["received_eur"], lang, cents=True), row["received_eur"], row["mark"])
            if row["mark"] in SHOWN
            else Cell(messages(f"mark.{row['mark']}"), None, row["mark"]),
            Cell(provider.reasons_in_words(messages, row["reasons"]), row["reasons"]),
            day_cell(row["last_received_on"], context.lang),
        ]
        for row in found or []
    ]
    table = Table(messages("pack.section.public_grants"), columns, made, messages("provider.grants.none"))
    return provider.received_sentence(messages, found, year.year), table


@st.cache_data(max_entries=200, show_spinner=False)
def _received(database: str, tax_code: str, year: int, _release: Release) -> list[queries.Row] | None:
    # The path of the release is the key of the cache.
    with release_reader.connect(_release) as reader:
        return reader.received_from_public_bodies(tax_code, year)


def answers(subject: Subject, year: date) -> dict[str, str]:
    """Return what stands under the card of satisfaction: of how many answers it tells."""
    messages = subject.context.messages
    for indicator in subject.held("satisfaction"):
        figure = subject.figure(indicator, "year", year)
        if figure.is_shown and figure.denominator is not None:
            return {"satisfaction": messages("provider.answers", n=messages.count(figure.denominator))}
    return {}


def grants_line(context: PageContext) -> str:
    """Return what the list of L. 124/2017 is."""
    return prose.caption(context.messages("provider.grants.law"))
