"""The pages in a real browser: no request leaves the machine, nothing scrolls sideways,
no serious barrier.
"""

import gzip
import re
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import Page as Tab

from dashboards.pages import QUESTIONS
from dashboards.serve import staff_command, staff_environment

CHROMIUM = Path("/usr/bin/chromium")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed: apt-get install chromium"),
]

STAFF = ("", *(page.key for page in QUESTIONS))
WIDTHS = (1280, 390)
LOCAL = ("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@pytest.fixture(scope="module")
def addresses(shelf: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    scratch, running, found = tmp_path_factory.mktemp("home"), [], {}
    port = free_port()
    given = staff_environment(
        {"PATH": "/usr/bin:/bin", "MPLCONFIGDIR": str(tmp_path_factory.mktemp("faces"))},
        releases=shelf / "ordinary",
        status=shelf / "green.duckdb",
        scratch=scratch,
        told={"auth": "off"},
    )
    running.append(subprocess.Popen(staff_command(port), env=given, cwd=scratch, stdout=subprocess.DEVNULL))
    found["staff"] = f"http://127.0.0.1:{port}"
    try:
        for address in found.values():
            wait_for(address)
        yield found
    finally:
        for process in running:
            process.terminate()
            process.wait(timeout=20)
    assert not list(scratch.iterdir()), "the servers wrote into their HOME or their working directory"


def wait_for(address: str) -> None:
    for _ in range(120):
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=2)
            return
        except OSError:
            time.sleep(0.25)
    raise AssertionError(f"{address} does not answer")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as p:
        opened = p.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


def open_tab(browser: Browser, address: str, width: int, scheme: str = "light") -> tuple[Tab, list[str]]:
    tab = browser.new_context(viewport={"width": width, "height": 1000}, color_scheme=scheme).new_page()
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("websocket", lambda channel: asked.append(channel.url))
    tab.goto(address)
    tab.wait_for_selector(".cdv-foot", timeout=60_000)
    tab.wait_for_timeout(400)
    return tab, asked


def pages(addresses: dict[str, str]) -> list[str]:
    return [f"{addresses['staff']}/{page}" for page in STAFF]


def serious_barriers(tab: Tab) -> list[str]:
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa"]}
    found = Axe().run(tab, context={"include": [[".cdv"]]}, options=rules).response
    assert found["passes"], "nothing was looked at"
    return [
        f"{v['id']}: {v['nodes'][0]['html'][:160]}"
        for v in found["violations"]
        if v["impact"] in ("serious", "critical")
    ]


def test_a_page_asks_nobody_else_fits_its_width_and_has_no_serious_barrier(
    browser: Browser, addresses: dict[str, str]
) -> None:
    for address in pages(addresses):
        tab, asked = open_tab(browser, address, WIDTHS[0])
        assert len(asked) > 5
        assert not [url for url in asked if not url.startswith(LOCAL)], address
        assert tab.evaluate("document.documentElement.lang") == "it"
        assert not serious_barriers(tab), address
        for width in WIDTHS:
            tab.set_viewport_size({"width": width, "height": 1000})
            tab.wait_for_timeout(400)
            assert tab.evaluate("document.querySelector('.stMain').scrollWidth") <= width, address
            assert len(tab.screenshot()) > 20_000, f"{address} looks blank at {width} px"
        tab.context.close()


def test_scripts_are_sent_packed(addresses: dict[str, str]) -> None:
    with urllib.request.urlopen(addresses["staff"]) as page:
        script = re.search(r'src="\./(static/js/index[^"]+)"', page.read().decode())
    assert script is not None
    asked = urllib.request.Request(f"{addresses['staff']}/{script[1]}", headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(asked) as sent:
        packed = sent.read()
    assert sent.headers["Content-Encoding"] == "gzip"
    assert 3 * len(packed) < len(gzip.decompress(packed))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_faces_and_the_colours_of_the_tokens_are_those_on_the_page(
    browser: Browser, addresses: dict[str, str], scheme: str
) -> None:
    from core.presentation.tokens import colour

    tab, _ = open_tab(browser, f"{addresses['staff']}/territory", 1280, scheme)
    loaded = tab.evaluate("[...document.fonts].filter(f => f.status === 'loaded').map(f => f.family)")
    assert {"Source Sans 3", "Source Serif 4"} <= {family.strip('"') for family in loaded}
    background = tab.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
    red, green, blue = (int(colour("page", scheme)[i : i + 2], 16) for i in (1, 3, 5))
    assert background == f"rgb({red}, {green}, {blue})"
    ink = tab.evaluate("getComputedStyle(document.querySelector('.cdv h1')).color")
    red, green, blue = (int(colour("ink", scheme)[i : i + 2], 16) for i in (1, 3, 5))
    assert ink == f"rgb({red}, {green}, {blue})"
    tab.context.close()


@pytest.mark.parametrize("page", ["operations", "territory"])
def test_there_is_no_serious_barrier_in_the_dark_either(
    browser: Browser, addresses: dict[str, str], page: str
) -> None:
    tab, _ = open_tab(browser, f"{addresses['staff']}/{page}", 1280, "dark")
    assert not serious_barriers(tab)
    tab.context.close()


def test_pictures_are_drawn_with_their_alternative(browser: Browser, addresses: dict[str, str]) -> None:
    tab, _ = open_tab(browser, f"{addresses['staff']}/territory?territory=rho", 1280)
    picture = tab.locator(".cdv-picture-wide svg").first
    picture.wait_for(timeout=30_000)
    assert picture.locator("polyline").count() >= 2
    assert "Persone servite:" in picture.evaluate("e => e.querySelector('desc').textContent")
    tab.context.close()


def parameters(tab: Tab) -> dict[str, str]:
    """What the address says."""
    return dict(parse_qsl(urlsplit(tab.url).query))


def pick(tab: Tab, label: str, option: str) -> None:
    """Choose an option as a reader does, and wait until the address has it."""
    before = tab.url
    tab.get_by_role("combobox", name=label, exact=True).click()
    # A long list shows the options that fit; typing finds the others.
    tab.keyboard.type(option)
    tab.get_by_role("option", name=option, exact=True).click()
    tab.wait_for_function("before => location.href !== before", arg=before, timeout=30_000)
    tab.wait_for_timeout(1000)


def settled(tab: Tab, question: str) -> None:
    tab.wait_for_selector(f"text={question}", timeout=30_000)
    tab.wait_for_selector(".cdv-foot", timeout=30_000)
    tab.wait_for_timeout(1000)


def test_what_was_chosen_stands_in_the_other_language_on_other_pages_and_for_others(
    browser: Browser, addresses: dict[str, str]
) -> None:
    tab, _ = open_tab(browser, f"{addresses['staff']}/territory", 1280)
    pick(tab, "Territorio", "Rho")
    tab.wait_for_selector("h1:has-text('Rho')", timeout=30_000)
    pick(tab, "Anno", "2024")
    chosen = {"territory": "rho", "year": "2024"}
    assert chosen.items() <= parameters(tab).items()

    # The last choice, at once, in the other language.
    tab.get_by_text("English", exact=True).click()
    settled(tab, "How are the services of my territory doing?")
    assert tab.locator("h1").inner_text() == "Rho"
    assert {**chosen, "lang": "en"}.items() <= parameters(tab).items()
    assert "In 2024, in the territory of Rho" in tab.locator(".cdv-sentence").inner_text()

    # To two other pages and back: year and territory stay.
    tab.get_by_role("link", name="Portfolio").click()
    settled(tab, "Which interventions ask for a look?")
    assert parameters(tab)["year"] == "2024"
    tab.get_by_role("link", name="Comparing territories").click()
    settled(tab, "Which differences go beyond chance?")
    assert {**chosen, "lang": "en"}.items() <= parameters(tab).items()
    tab.get_by_role("link", name="The territory on one page").click()
    settled(tab, "How are the services of my territory doing?")
    assert tab.locator("h1").inner_text() == "Rho"
    assert {**chosen, "lang": "en"}.items() <= parameters(tab).items()

    # Read again, and opened by somebody else.
    tab.reload()
    settled(tab, "How are the services of my territory doing?")
    assert tab.locator("h1").inner_text() == "Rho"
    shared, _ = open_tab(browser, tab.url, 1280)
    assert shared.locator("h1").inner_text() == "Rho"
    assert parameters(shared) == parameters(tab)
    shared.context.close()
    tab.context.close()


def test_the_year_is_the_same_whichever_way_a_page_is_reached(
    browser: Browser, addresses: dict[str, str]
) -> None:
    years = {}
    for page in ("foundation", "territory", "network", "provider"):
        tab, _ = open_tab(browser, f"{addresses['staff']}/{page}", 1280)
        years[page] = parameters(tab)["year"]
        tab.context.close()
    assert len(set(years.values())) == 1, years


def test_the_way_back_leads_back(browser: Browser, addresses: dict[str, str]) -> None:
    tab, _ = open_tab(browser, addresses["staff"], 1280)
    tab.get_by_role("link", name="Flussi e qualità", exact=True).click()
    settled(tab, "Chi ha inviato, che cosa manca, che cosa è rosso?")
    tab.get_by_role("link", name="Il territorio in una pagina", exact=True).click()
    settled(tab, "Come vanno i servizi del mio territorio?")
    pick(tab, "Territorio", "Rho")
    tab.wait_for_selector("h1:has-text('Rho')", timeout=30_000)
    tab.go_back()
    tab.wait_for_selector("h1:has-text('Biella')", timeout=30_000)
    assert parameters(tab)["territory"] == "biella"
    for _ in range(2):
        tab.go_back()
        tab.wait_for_timeout(1500)
    assert "/operations" in tab.url, "the way back ends before the page before"
    settled(tab, "Chi ha inviato, che cosa manca, che cosa è rosso?")
    tab.context.close()
