"""S9 Method, S12 Glossary, S13 Accessibility, and how to report an error: pages of words."""

import json

from markupsafe import Markup

from core.presentation import formatting
from dashboards.components.mark import chip
from dashboards.components.table import Cell, Column, Table, text_cell
from dashboards.site import addresses
from dashboards.site.cells import day_cell
from dashboards.site.page import Page, code, linked_table
from dashboards.site.site import Site

# What the words of the house mean, in the order of their Italian names.
TERMS = (
    *("attesa", "bando", "buono", "copertura", "deliberato", "erogato", "fornitore", "finanziatore"),
    *("intervento", "invio", "persone", "protetto", "quadratura", "rendicontato", "residuo", "rilascio"),
    *("scarto", "spesa", "territorio"),
)
MARKS = ("suppressed", "missing", "not_collected", "not_applicable", "zero")


def pages(site: Site) -> list[Page]:
    """Return the pages about method, words, accessibility and errors."""
    return [_method(site), _glossary(site), _accessibility(site), _corrections(site)]


def _method(site: Site) -> Page:
    messages, published = site.messages, site.published
    page = site.page("method", addresses.METHOD)
    page.section(messages("site.method.chain"))
    page.bullets(messages.lines("site.method.chain"), ordered=True)
    page.section(messages("site.method.protection"))
    facts = published.release.facts
    values = {
        "n": messages.count(facts["threshold"]),
        "high": messages.count(facts["threshold_high"]),
        "floor": messages.count(facts["threshold_floor"]),
        "width": formatting.share(facts["protection"], site.lang),
        "residents": messages.count(facts["population_floor"]),
    }
    page.paragraphs("site.method.protection", **values)
    page.paragraph(Markup("{} {}").format(chip("suppressed", messages), messages("site.method.frosted")))
    _attack(site, page)
    page.section(messages("site.method.never"))
    page.bullets(messages.lines("site.method.never"))
    page.section(messages("site.method.rules"), messages("site.method.rules.under"))
    title = messages("site.method.rules")
    columns = [Column("rule", messages("site.column.rule")), Column("value", messages("column.value"))]
    rows = [[code(row["rule"]), code(str(row["value"]))] for row in published.rows("policy")]
    page.add(linked_table(Table(title, columns, [], ""), rows, messages))
    return page


def _attack(site: Site, page: Page) -> None:
    """Add the attack report: on what it was mounted, and what it found."""
    messages, path = site.messages, site.published.folder / "attack.json"
    if not path.is_file():
        return
    report = json.loads(path.read_text(encoding="utf-8"))
    page.section(messages("site.method.attack"))
    values = {
        "cells": messages.count(report["cells"]),
        "hidden": messages.count(report["hidden"]),
        "releases": messages.count(report["releases"]),
        "findings": messages.count(report["findings"]),
    }
    page.paragraphs("site.method.attack", **values)
    if told_before := report.get("told_before"):
        page.paragraph(messages("site.method.attack.told_before", n=messages.count(told_before)))


def _glossary(site: Site) -> Page:
    messages = site.messages
    page = site.page("glossary", addresses.GLOSSARY)
    terms = sorted(
        ((messages(f"site.term.{term}"), messages(f"site.term.{term}.means"), term) for term in TERMS),
        key=lambda entry: entry[0].casefold(),
    )
    page.terms(terms)
    page.section(messages("site.glossary.marks"), messages("site.glossary.marks.under"))
    page.terms(
        [
            (
                chip(mark, messages) if mark != "zero" else "0",
                Markup("{} {}").format(messages(f"mark.{mark}.spoken"), code(mark)),
                "",
            )
            for mark in MARKS
        ]
    )
    return page


def _accessibility(site: Site) -> Page:
    messages, publisher = site.messages, site.publisher
    page = site.page("accessibility", addresses.ACCESSIBILITY)
    page.paragraph(messages("site.accessibility.commitment", publisher=publisher.name(site.lang)))
    for part in ("conformance", "not_accessible", "drafting", "feedback", "enforcement", "information"):
        page.section(messages(f"site.accessibility.{part}"))
        page.paragraphs(
            f"site.accessibility.{part}",
            email=publisher.email,
            publisher=publisher.name(site.lang),
            day=formatting.day_of(site.published.release.created_at, site.lang),
        )
    page.mail()
    return page


def _corrections(site: Site) -> Page:
    messages, publisher = site.messages, site.publisher
    page = site.page("corrections", addresses.CORRECTIONS)
    page.paragraphs("site.corrections.how", email=publisher.email)
    page.mail()
    title = messages("site.corrections.register")
    columns = [
        Column("received_on", messages("site.column.received_on")),
        Column("subject", messages("site.column.subject")),
        Column("decision", messages("site.column.decision")),
        Column("decided_on", messages("site.column.decided_on")),
        Column("release_id", messages("site.column.release")),
    ]
    rows: list[list[Cell]] = [
        [
            day_cell(row["received_on"], site.lang),
            text_cell(row[f"subject_{site.lang}"]),
            Cell(messages(f"site.decision.{row['decision']}"), row["decision"]),
            day_cell(row["decided_on"], site.lang),
            text_cell(row["release_id"] or ""),
        ]
        for row in site.published.rows("error_report")
    ]
    page.table(
        title,
        messages("site.corrections.register.under"),
        Table(title, columns, rows, messages("site.corrections.none")),
        "segnalazioni",
    )
    return page


def note_of(site: Site, page: Page) -> str:
    """Return the note of a page that somebody reported an error of, once it is decided; else nothing."""
    path = page.path.partition("/")[2]
    told = [
        row
        for row in site.published.rows("error_report")
        if row["page"].strip("/") == path.strip("/") and path
    ]
    if not told:
        return ""
    row = told[-1]
    text = site.messages(
        "site.corrections.note",
        day=formatting.day(row["decided_on"], site.lang),
        subject=row[f"subject_{site.lang}"],
        decision=site.messages(f"site.decision.{row['decision']}"),
    )
    return Markup("{} {}").format(
        text, page.link(site.path(addresses.CORRECTIONS), site.messages("site.corrections.title"))
    )
