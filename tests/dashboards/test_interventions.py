"""What asks for a look, one intervention, its pack, whom to call, what changed: the pages of foundations and
of operations."""

import json
import re
from datetime import date
from pathlib import Path

import duckdb

from core.presentation.formatting import Lang
from dashboards import pack_texts, releases_shelf
from dashboards.i18n import Messages
from dashboards.packs import narrative
from dashboards.packs.pack import SLOTS
from dashboards.pictures.intervals import Change, intervals
from tests.support.built_marts import put
from tests.support.pages import Open, Page
from tests.support.release import build_release, build_status
from tests.support.release_figures import FUNDERS, LATE, grants

IT = Messages("it")
FUNDER = next(iter(FUNDERS))
FIRST = grants(0)[0]["key"]


def plain(found: Page) -> str:
    """The text as it is read: one space between words, none before a stop."""
    return re.sub(r"\s+(?=[.,;:)])", "", re.sub(r"\s+", " ", found.text.replace("\u00a0", " ")))


def test_the_portfolio_opens_on_what_can_still_be_changed_and_leads_to_each(open_page: Open) -> None:
    found = open_page("foundation", funder=FUNDER)
    look = found.html.index("Da guardare: ")
    assert look < found.html.index(IT("foundation.plan")) < found.html.index(IT("foundation.list"))
    assert f"foundation_grant?funder={FUNDER}" in found.html
    assert "Vicini di pianerottolo" not in found.html[look : found.html.index("Non sono qui")]


def test_an_intervention_tells_costs_questions_promises_and_protected_outcomes(open_page: Open) -> None:
    text = plain(open_page("foundation_grant", id=FIRST, year="2025"))
    assert "Una voce supera il preventivo di oltre il 10%: Personale." in text
    assert "25,0% sopra" in text
    assert "«Personale» supera il preventivo di oltre il 10%" in text
    assert "75,0%" in text and "30/06/2026, termine passato" in text
    assert IT("outcome.no_cause") in text
    hidden = open_page("foundation_grant", "protected", id=FIRST, year="2025").text
    assert "+0,75" not in hidden and IT("outcome.none") not in hidden
    assert IT("outcome.outcome_improved.suppressed") in hidden


def test_a_pack_gives_its_files_or_the_checks_that_stop_it(open_page: Open) -> None:
    found = open_page("foundation_pack", status="green.duckdb", id=FIRST)
    # Checks to be looked at are open questions: the page is not plain green beside them.
    assert "Le verifiche critiche sono superate; restano 3 domande aperte" in found.text, found.text
    assert IT("pack_page.warned.word") in found.text and IT("gate.green.word") not in found.text
    labels = {button.proto.label for button in found.app.get("download_button")}
    assert {IT("pack_page.pdf"), IT("pack_page.xlsx"), IT("pack_page.json")} <= labels
    refused = open_page("foundation_pack", status="red.duckdb", id=FIRST)
    assert "Il volume di ogni invio è vicino a quello solito" in refused.text
    assert not refused.app.get("download_button")


def test_a_text_beside_a_pack_is_what_the_pack_reads(tmp_path: Path) -> None:
    path, slots = narrative.file_of(tmp_path, "grant", FIRST, None), SLOTS["grant"]
    day = date(2026, 11, 12)
    pack_texts.write(path, {}, "people", "Sono arrivate: molte.\n", "Maria Rossi, presidente", day)
    pack_texts.write(path, narrative.read(path, slots), "costs", "Variante approvata", "Maria Rossi", day)
    kept = narrative.read(path, slots)
    assert kept["people"].text == "Sono arrivate: molte." and kept["people"].written_on == day
    pack_texts.write(path, kept, "people", " ", "", day)
    assert list(narrative.read(path, slots)) == ["costs"]


def test_dots_around_zero_hold_their_interval_and_frost_what_is_protected() -> None:
    lang: Lang = "it"
    rows = [
        Change("A", -0.5, -1.0, 0.25, "−0,50", "value"),
        Change("B", None, None, None, "protetto", "suppressed"),
    ]
    drawn = intervals("n", "t", "a", rows, "people", lang).drawn[720]
    first, second = drawn["rows"]
    assert first["low"] < first["x"] < drawn["zero"] < first["high"]
    assert second["x"] is None and second["mark"] == "suppressed"
    assert "url(#n-720-p)" in str(intervals("n", "t", "a", rows, "people", lang).html())


def test_operations_says_whom_to_call_and_the_contact_of_the_register(
    open_page: Open, shelf: Path, tmp_path: Path
) -> None:
    text = open_page("operations", status="green.duckdb").text
    table = text[text.index(IT("operations.call.under")) : text.index(IT("operations.reconciliation"))]
    assert table.index("Trapani") < table.index("Brescia"), "who is late stands first"
    assert f"{LATE}-2026-09 è stato respinto" in table
    assert IT("call.no_contact") in table
    status = build_status(shelf / "called.duckdb", green=True)
    with duckdb.connect(str(status)) as c:
        put(c, "contact", [{"instance_id": LATE, "contact": "Ufficio di piano, 0923 000000"}])
    assert "Ufficio di piano, 0923 000000" in open_page("operations", status="called.duckdb").text


def test_the_shelf_tells_age_attack_and_reasons(open_page: Open, tmp_path: Path) -> None:
    build_release(tmp_path, release_id="first")
    folder = build_release(tmp_path, release_id="second")
    row = {"scope": "network", "was": "10", "was_mark": "value", "now": "12", "now_mark": "value"}
    changes = [row | {"figure": f"persons_served {n}", "reason": "correction"} for n in range(2)]
    told = {"before": "first", "release_id": "second", "changes": changes, "added": {"instance:rho": 3}}
    (folder / "public" / "changes.json").write_text(json.dumps(told), encoding="utf-8")
    found = releases_shelf.shelved(tmp_path)
    assert {each.release_id: each.is_current for each in found} == {"first": False, "second": True}
    assert found[0].findings == 0
    text = plain(open_page("operations_releases", str(tmp_path), status="green.duckdb"))
    told = "Rispetto al rilascio precedente, first, 2 cifre sono diverse e 3 sono nuove. 2 sono correzioni."
    assert told in text
    assert "Correzioni: 2 cifre" in text and "persons_served 1" in text


def test_the_start_page_opens_on_what_changed_and_what_needs_the_reader(open_page: Open) -> None:
    found = open_page("home", status="red.duckdb")
    assert found.text.index("Le cifre in linea") < found.text.index(IT("home.needs"))
    assert IT("home.needs.red") in found.text
    assert "Fondazione Comunità Aperte: " in found.text
    foundation = open_page("home", **{"as": "foundation", "of": FUNDER})
    assert IT("home.needs.red") not in foundation.text
    assert "territory?" not in foundation.html
    network = open_page("home", **{"as": "network"})
    assert "manca un invio già atteso" in network.text and IT("home.needs.nothing") not in network.text
    options = foundation.app.selectbox(key="home.search").options
    assert "Doposcuola di quartiere · intervento" in options
    assert not [each for each in options if each.endswith("· fornitore")]
