"""S9 Method, S12 Glossary, S13 Accessibility, and how to report an error: pages of words."""

import json

from markupsafe import Markup

from dashboards import numerals
from dashboards.parts.mark import chip
from dashboards.parts.table import Cell, Column, Table, text_cell
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
    words, published = site.words, site.published
    page = site.page("method", addresses.METHOD)
    page.section(words("site.method.chain"))
    page.bullets(words.lines("site.method.chain"), ordered=True)
    page.section(words("site.method.protection"))
    facts = published.release.facts
    values = {
        "n": words.count(facts["threshold"]),
        "high": words.count(facts["threshold_high"]),
        "floor": words.count(facts["threshold_floor"]),
        "width": numerals.share(facts["protection"], site.lang),
        "residents": words.count(facts["population_floor"]),
    }
    page.paragraphs("site.method.protection", **values)
    page.paragraph(Markup("{} {}").format(chip("suppressed", words), words("site.method.frosted")))
    _attack(site, page)
    page.section(words("site.method.never"))
    page.bullets(words.lines("site.method.never"))
    page.section(words("site.method.rules"), words("site.method.rules.under"))
    title = words("site.method.rules")
    columns = [Column("rule", words("site.column.rule")), Column("value", words("column.value"))]
    rows = [[code(row["rule"]), code(str(row["value"]))] for row in published.rows("policy")]
    page.add(linked_table(Table(title, columns, [], ""), rows, words))
    return page


def _attack(site: Site, page: Page) -> None:
    """Add the attack report: on what it was mounted, and what it found."""
    words, path = site.words, site.published.folder / "attack.json"
    if not path.is_file():
        return
    report = json.loads(path.read_text(encoding="utf-8"))
    page.section(words("site.method.attack"))
    values = {
        "cells": words.count(report["cells"]),
        "hidden": words.count(report["hidden"]),
        "releases": words.count(report["releases"]),
        "findings": words.count(report["findings"]),
    }
    page.paragraphs("site.method.attack", **values)


def _glossary(site: Site) -> Page:
    words = site.words
    page = site.page("glossary", addresses.GLOSSARY)
    terms = sorted(
        ((words(f"site.term.{term}"), words(f"site.term.{term}.means"), term) for term in TERMS),
        key=lambda entry: entry[0].casefold(),
    )
    page.terms(terms)
    page.section(words("site.glossary.marks"), words("site.glossary.marks.under"))
    page.terms(
        [
            (
                chip(mark, words) if mark != "zero" else "0",
                Markup("{} {}").format(words(f"mark.{mark}.spoken"), code(mark)),
                "",
            )
            for mark in MARKS
        ]
    )
    return page


def _accessibility(site: Site) -> Page:
    words, publisher = site.words, site.publisher
    page = site.page("accessibility", addresses.ACCESSIBILITY)
    page.paragraph(words("site.accessibility.commitment", publisher=publisher.name(site.lang)))
    for part in ("conformance", "not_accessible", "drafting", "feedback", "enforcement", "information"):
        page.section(words(f"site.accessibility.{part}"))
        page.paragraphs(
            f"site.accessibility.{part}",
            email=publisher.email,
            publisher=publisher.name(site.lang),
            day=numerals.day_of(site.published.release.created_at, site.lang),
        )
    page.mail()
    return page


def _corrections(site: Site) -> Page:
    words, publisher = site.words, site.publisher
    page = site.page("corrections", addresses.CORRECTIONS)
    page.paragraphs("site.corrections.how", email=publisher.email)
    page.mail()
    title = words("site.corrections.register")
    columns = [
        Column("received_on", words("site.column.received_on")),
        Column("subject", words("site.column.subject")),
        Column("decision", words("site.column.decision")),
        Column("decided_on", words("site.column.decided_on")),
        Column("release_id", words("site.column.release")),
    ]
    rows: list[list[Cell]] = [
        [
            day_cell(row["received_on"], site.lang),
            text_cell(row[f"subject_{site.lang}"]),
            Cell(words(f"site.decision.{row['decision']}"), row["decision"]),
            day_cell(row["decided_on"], site.lang),
            text_cell(row["release_id"] or ""),
        ]
        for row in site.published.rows("error_report")
    ]
    page.table(
        title,
        words("site.corrections.register.under"),
        Table(title, columns, rows, words("site.corrections.none")),
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
    text = site.words(
        "site.corrections.note",
        day=numerals.day(row["decided_on"], site.lang),
        subject=row[f"subject_{site.lang}"],
        decision=site.words(f"site.decision.{row['decision']}"),
    )
    return Markup("{} {}").format(
        text, page.link(site.path(addresses.CORRECTIONS), site.words("site.corrections.title"))
    )
