"""Every macro of every part is written in both languages with every mark: whole HTML, nothing left open."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

import pytest
from axe_playwright_python.sync_playwright import Axe
from markupsafe import Markup
from playwright.sync_api import sync_playwright

from core.presentation.rendering import Head, environment, macro, render
from core.presentation.stylesheet import stylesheet, write_assets
from dashboards.components import bars, card, frame, ledger, mark, matrix, plan, prose, table
from dashboards.components.table import Column, Table
from dashboards.figures import MARKS, Figure, Indicator
from dashboards.i18n import Messages

PEOPLE = Indicator("persons_served", "Persone servite", "People served", "persons")
NAME, COUNT = Column("name", "Nome"), Column("n", "Persone", True, "non si sommano")
VOID = {"meta", "link", "br", "input", "img", "hr", "path", "svg"}


class Said(NamedTuple):
    it: str
    en: str


class Tags(HTMLParser):
    """What is open, what was closed out of turn, and the classes used."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.classes: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.classes |= set((dict(attrs).get("class") or "").split())
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, f"</{tag}> closes what is not open"


def figure(of: str) -> Figure:
    amount = {"value": Decimal(12), "zero": Decimal(0)}.get(of)
    start = date(2025, 1, 1)
    return Figure("persons_served", "instance", "rho", "ALL", "ALL", "year", start, amount, None,
                  None if amount is None else float(amount), None, None, of)  # fmt: skip


def drawn(of: str, messages: Messages) -> Mapping[tuple[str, str], Callable[[], str]]:
    """Return for every macro a call that makes pages write it with a figure of a mark."""
    shown = figure(of)
    cell = table.figure_cell(shown, PEOPLE, messages)
    made = Table("Persone", [NAME, COUNT], [[table.text_cell("Rho"), cell]], "niente")
    length = float(shown.amount) if shown.amount is not None else None
    money = ledger.LedgerRow("Casa", "in corso", Decimal(4), Decimal(3), Decimal(2), Decimal(1))
    planned = plan.PlanRow("Casa", "f", 0.5, 0.25, "25 punti", True)
    state = matrix.MatrixRow("Rho", ["accepted", "missing"])
    frosted = macro("mark", "frosted")
    return {
        ("bars", "bars"): lambda: bars.bars(
            "c", NAME, [COUNT], [bars.Bar("Rho", [cell], length, of, 20.0, "?t=rho")], "people", messages
        ),
        ("bars", "number"): lambda: macro("bars", "number")(COUNT),
        ("card", "cards"): lambda: card.cards(
            [card.Card(PEOPLE, shown, "2025", "dati", ("2024", shown), True, "n", "p", [("a", "b")])],
            messages,
        ),
        ("frame", "audience"): lambda: frame.audience("Comuni"),
        ("frame", "foot"): lambda: frame.foot(["uno", "due"], "Metodo", ["riga"]),
        ("frame", "top"): lambda: frame.top("Vai", ["uno"], "?lang=en", "en", "English"),
        ("ledger", "ledger"): lambda: ledger.ledger("c", [money], messages),
        ("listing", "doors"): lambda: macro("listing", "doors")([("porta", "che cosa?")]),
        ("listing", "facts"): lambda: macro("listing", "facts")([("nome", "fatto")]),
        ("listing", "files"): lambda: macro("listing", "files")(
            ["uno", "due"], "di che cosa", "File", "n", "Come citare", "testo"
        ),
        ("listing", "tables"): lambda: macro("listing", "tables")(
            [{"name": "t1", "title": "Uno", "counted": " · 2 righe", "files": ["CSV"]}]
        ),
        ("listing", "terms"): lambda: macro("listing", "terms")([("nome", "che cosa vuol dire", "nome")]),
        ("limits", "limits"): lambda: prose.limits(messages, ["uno", "due"]),
        ("mark", "chip"): lambda: mark.chip(of, messages),
        ("mark", "pane"): lambda: mark.pane(of, messages),
        ("mark", "frosted"): lambda: frosted(of),
        ("matrix", "matrix"): lambda: matrix.matrix("c", "t", ["gen", "feb"], [state], messages),
        ("matrix", "sign"): lambda: macro("matrix", "sign")("held", {"letter": "A", "name": "in attesa"}),
        ("notice", "notice"): lambda: prose.notice("attention", "**uno**", "Attenzione"),
        ("plan", "plan"): lambda: plan.plan("c", [planned], messages),
        ("prose", "bullets"): lambda: macro("prose", "bullets")(["uno", "due"], True),
        ("prose", "caption"): lambda: prose.caption("una **riga**"),
        ("prose", "over"): lambda: prose.over("t"),
        ("prose", "facts"): lambda: prose.facts([("l", "t")]),
        ("prose", "empty_panel"): lambda: prose.empty_panel(messages, "a", "b", "c"),
        ("prose", "heading"): lambda: prose.heading("t", "q", "sopra"),
        ("prose", "link"): lambda: prose.link("testo", "?a=1&b=2"),
        ("prose", "listed"): lambda: prose.listed([prose.link("a", "b")]),
        ("prose", "paragraph"): lambda: macro("prose", "paragraph")("una **riga**"),
        ("prose", "provenance"): lambda: prose.provenance("11 su 13", partial=True),
        ("prose", "quotation"): lambda: macro("prose", "quotation")("così"),
        ("prose", "section"): lambda: prose.section("t", "s"),
        ("prose", "sentence"): lambda: prose.sentence("Sono **12**.", "", "E poi."),
        ("prose", "spoken_heading"): lambda: macro("prose", "spoken_heading")("titolo"),
        ("prose", "subheading"): lambda: macro("prose", "subheading")("A"),
        ("table", "anchored"): lambda: macro("table", "anchored")(
            "c",
            ["Nome", "Persone"],
            [{"id": "persons_served.2025", "cells": ["Rho", mark.chip(of, messages)]}],
        ),
        ("table", "table"): lambda: table.table_html(made, messages, titled=True),
        ("table", "twin"): lambda: table.twin(made, messages, is_open=True, download="<p>file</p>"),
        ("words", "both"): lambda: macro("words", "both")(Said("`a` e b", "`a` and b"), "p"),
    }


def macros() -> set[tuple[str, str]]:
    """Every macro of every part, by part and name."""
    found = set()
    for name in environment().list_templates(filter_func=lambda name: name.startswith("components/")):
        part = name.removeprefix("components/").removesuffix(".html.j2")
        module = environment().get_template(name).module
        found |= {(part, each) for each in dir(module) if type(getattr(module, each)).__name__ == "Macro"}
    return found


def test_every_macro_is_written_here() -> None:
    assert macros() == set(drawn("value", Messages("it")))


@pytest.mark.parametrize("of", MARKS)
@pytest.mark.parametrize("lang", ["it", "en"])
def test_a_part_is_whole_with_every_mark_and_looks_as_the_stylesheet_says(lang: str, of: str) -> None:
    messages = Messages(lang)
    styled = stylesheet("page", ".")
    for (part, name), call in drawn(of, messages).items():
        html = call()
        if html.startswith("<"):
            assert Tags(html).open == [], (part, name)
            unstyled = {each for each in Tags(html).classes if f".{each}" not in styled}
            assert unstyled <= PLAIN, (part, name, unstyled)
        if (part, name) in {("bars", "bars"), ("card", "cards"), ("table", "table"), ("mark", "chip")}:
            is_number = of in ("value", "zero")
            seen, spoken = messages(f"mark.{of}"), messages(f"mark.{of}.spoken")
            assert (f">{seen}</span>" in html and f">{spoken}</span>" in html) or is_number, (part, name)
        assert ("cdv-frosted" in html or "cdv-card-frosted" in html) == (
            of == "suppressed" and (part, name) in FROSTED
        ), (part, name)


# Names for what needs no look of its own, or has it in the stylesheet of the application alone.
PLAIN = {"cdv-audience", "cdv-ledger", "cdv-plan", "cdv-chip-value", "cdv-chip-zero", "it", "en"}
FROSTED = {
    ("bars", "bars"), ("card", "cards"), ("mark", "pane"), ("mark", "frosted"), ("table", "table"),
    ("table", "twin"),
}  # fmt: skip


@pytest.mark.parametrize("lang", ["it", "en"])
def test_a_document_of_a_medium_is_whole_in_both_languages(lang: str) -> None:
    head = Head(
        lang, "Rho & <b>", "Che cosa", "it/rho/", (("it", "it/rho/"), ("en", "en/rho/")), (("a", "b.xml"),),
        "style.css", is_indexed=False,
    )  # fmt: skip
    page = render("page.html.j2", head=head, skip="Vai")
    assert page.startswith("<!doctype html>") and f'<html lang="{lang}">' in page
    for told in (
        "<title>Rho &amp; &lt;b&gt;</title>", 'rel="canonical" href="it/rho/"',
        'hreflang="en" href="en/rho/"',
        'type="application/atom+xml" title="a" href="b.xml"', '<link rel="stylesheet" href="style.css">',
        '<meta name="robots" content="noindex">', '<a class="cdv-skip" href="#main">Vai</a>', 'id="main"',
    ):  # fmt: skip
        assert told in page, told
    sheet = render("sheet.html.j2", head=replace(head, stylesheet=""), language=lang)
    assert sheet.count(" checked>") == 1 and f'id="only-{lang}" checked>' in sheet
    for html in (page, sheet):
        assert Tags(html).open == []


CHROMIUM = Path("/usr/bin/chromium")
PAGE = """{% extends "page.html.j2" %}
{% block header %}<p class="cdv-name">{{ icon("sign") }}Casa di Vetro</p>{% endblock %}
{% block main %}{{ parts }}{% endblock %}
{% block footer %}<p>R1</p>{% endblock %}
"""


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed: apt-get install chromium")
def test_every_part_on_a_page_of_a_site_has_no_barrier_and_fits_every_width(tmp_path: Path) -> None:
    (tmp_path / "page-of-parts.html.j2").write_text(PAGE, encoding="utf-8")
    write_assets(tmp_path / "assets")
    messages = Messages("it")
    parts = {name: call() for of in MARKS for name, call in drawn(of, messages).items()}
    more = [call() for of in MARKS for name, call in drawn(of, messages).items() if name in FROSTED]
    whole = Markup().join(part for part in [*parts.values(), *more] if part.startswith("<"))
    html = render(
        "page-of-parts.html.j2",
        tmp_path,
        head=Head("it", "Le parti", stylesheet="assets/style.css"),
        skip="Vai al contenuto",
        parts=whole,
    )
    (tmp_path / "index.html").write_text(html, encoding="utf-8")
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])
        for scheme in ("light", "dark"):
            tab = browser.new_context(color_scheme=scheme).new_page()
            asked: list[str] = []
            tab.on("request", lambda request, asked=asked: asked.append(request.url))
            tab.goto((tmp_path / "index.html").as_uri())
            tab.evaluate("document.fonts.ready")
            assert not [url for url in asked if not url.startswith(tmp_path.as_uri())]
            assert [url for url in asked if url.endswith("source-sans-3-latin-wght-normal.woff2")]
            found = Axe().run(tab, options=rules).response
            assert found["passes"] and not found["violations"], [
                (v["id"], v["nodes"][0]["html"]) for v in found["violations"]
            ]
            for width in (1280, 390, 320):
                tab.set_viewport_size({"width": width, "height": 900})
                assert tab.evaluate("document.documentElement.scrollWidth") <= width
        browser.close()
