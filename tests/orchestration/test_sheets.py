"""Receipt, report and contract in a real browser: light, dark and on paper, at every width, for everybody."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from core.presentation.tokens import colour
from ingestion.contract.codes import CODES
from ingestion.handbook.folder import write_handbook
from ingestion.receipt_page import receipt_page
from ingestion.receipts import ACCEPTED, Receipt
from quality.check_result import WARNING, CheckResult, Finding, GateReport
from quality.report import write_report

CHROMIUM = Path("/usr/bin/chromium")
CHECKED = datetime(2026, 11, 3, 9, 5, tzinfo=UTC)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed: apt-get install chromium"),
]
SHEETS = ("receipt.html", "report.html", "index.html")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a receipt, a report that is red, and the contract."""
    made = tmp_path_factory.mktemp("sheets")
    errors = [
        {"entity": "person", "file": "data/person.csv", "line": line, "column": "sex", "code": code.name,
         "message_it": code.message_it, "message_en": code.message_en}
        for code in CODES.values() if not code.whole_export for line in range(2, 12)
    ]  # fmt: skip
    counts = {"person": {"received": 1300, "loaded": 1234, "known": 0, "quarantined": 66}}
    receipt = Receipt("rho-2026-10-0001", "rho", ACCEPTED, tuple(errors), counts, simulated=True, name="Rho")
    (made / "receipt.html").write_text(receipt_page(receipt), encoding="utf-8")
    said = {
        "detail_it": "Una regola della tabella vale per ogni riga",
        "detail_en": "A rule holds in every row",
    }
    found = (Finding("rho", "service_delivery.amount_total", "rho-2026-10-0009"),)
    results = [
        *(
            CheckResult("data_tests", f"rule_{n:03}", True, 0, 1200, checked_at=CHECKED, **said)
            for n in range(400)
        ),
        CheckResult("landed", "volume", False, 3, 12, checked_at=CHECKED, findings=found, **said),
        CheckResult("marts", "range_share", False, 3, 12, WARNING, checked_at=CHECKED, **said),
    ]
    write_report(made, GateReport(tuple(results), CHECKED), ["rho"])
    write_handbook(made)
    return made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as p:
        opened = p.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


def opened(browser: Browser, path: Path, width: int = 1280, scheme: str = "light") -> Page:
    tab = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme).new_page()
    tab.goto(path.as_uri())
    tab.evaluate("document.fonts.ready")
    return tab


def rgb(name: str, theme: str) -> str:
    red, green, blue = (int(colour(name, theme)[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgb({red}, {green}, {blue})"


def background(tab: Page) -> str:
    return tab.evaluate("getComputedStyle(document.documentElement).backgroundColor")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("sheet", SHEETS)
def test_a_sheet_has_no_barrier_fits_every_width_and_asks_nobody(
    browser: Browser, folder: Path, sheet: str, scheme: str
) -> None:
    tab = opened(browser, folder / sheet, 390 if scheme == "dark" else 1280, scheme)
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.reload()
    assert not [url for url in asked if not url.startswith(("file:", "data:"))]
    # The entities of the contract are alike; looking at all of them takes a minute.
    tab.evaluate("[...document.querySelectorAll('.entity')].slice(2).forEach(entity => entity.remove())")
    found = Axe().run(tab).response
    assert found["passes"] and not found["violations"], [v["id"] for v in found["violations"]]
    assert background(tab) == rgb("page", scheme)
    faces = tab.evaluate("[...document.fonts].filter(f => f.status === 'loaded').map(f => f.family)")
    assert {"Source Sans 3", "Source Serif 4"} <= {family.strip('"') for family in faces}
    tab.reload()
    for width in (1280, 390, 320):
        tab.set_viewport_size({"width": width, "height": 900})
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
    tab.context.close()


@pytest.mark.parametrize("sheet", SHEETS)
def test_a_language_is_chosen_with_the_keyboard_and_without_script(
    browser: Browser, folder: Path, sheet: str
) -> None:
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto((folder / sheet).as_uri())
    tab.keyboard.press("Tab")
    assert tab.locator(".cdv-skip:focus").count() == 1, "the first stop is the way to the content"
    tab.keyboard.press("Tab")
    heading = tab.locator("h1")
    for key, seen, unseen in (("only-it", ".it", ".en"), ("only-en", ".en", ".it")):
        tab.locator(f"#{key}").focus()
        tab.keyboard.press("Space")
        assert heading.locator(seen).is_visible() and not heading.locator(unseen).is_visible()
    context.close()


def test_a_report_of_many_rules_is_short_on_a_phone_and_what_passed_can_be_opened(
    browser: Browser, folder: Path
) -> None:
    tab = opened(browser, folder / "report.html", 390)
    assert tab.evaluate("document.documentElement.scrollHeight") < 2500
    tab.get_by_text("Le regole delle tabelle: 400 superati").click()
    assert tab.get_by_text("data_tests.rule_399").is_visible()
    tab.context.close()


@pytest.mark.parametrize("sheet", ["receipt.html", "report.html"])
def test_on_paper_it_is_light_without_switches_and_what_is_folded_stands_open_but_what_passed(
    browser: Browser, folder: Path, sheet: str
) -> None:
    tab = opened(browser, folder / sheet, 720, "dark")
    tab.emulate_media(media="print", color_scheme="dark")
    assert background(tab) == rgb("page", "light")
    assert not tab.locator(".cdv-languages").is_visible()
    shown = tab.locator("details li").evaluate_all("rows => rows.filter(r => r.checkVisibility()).length")
    passed = tab.locator(".cdv-passed li").evaluate_all(
        "rows => rows.filter(r => r.checkVisibility()).length"
    )
    assert shown > 0 and passed == 0
    assert tab.pdf().startswith(b"%PDF")
    tab.context.close()


def test_the_reader_may_choose_the_theme(browser: Browser, folder: Path) -> None:
    tab = opened(browser, folder / "receipt.html", scheme="light")
    for theme in ("dark", "light"):
        tab.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
        assert background(tab) == rgb("page", theme)
    tab.context.close()
    tab = opened(browser, folder / "receipt.html", scheme="dark")
    tab.evaluate("document.documentElement.dataset.theme = 'light'")
    assert background(tab) == rgb("page", "light")
    tab.context.close()
