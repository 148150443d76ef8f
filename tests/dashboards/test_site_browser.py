"""The public site in a real browser, through the real server: a page of each kind without JavaScript, at
three widths: no barrier, no sideways scroll, no request to another host; and what the Nu HTML checker says.
"""

import json
import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import Page as Tab

from dashboards.serve import environment, site_command
from tests.dashboards.test_browser import CHROMIUM, free_port
from tests.support.pages import OpenSite, Site
from tests.support.release_figures import FUNDERS, PROVIDERS, TERRITORIES

WIDTHS = (320, 390, 1280)
VNU = os.environ.get("VETRO_VNU")
in_browser = pytest.mark.skipif(
    not CHROMIUM.exists(), reason="Chromium is not installed: apt-get install chromium"
)

pytestmark = pytest.mark.browser


def kinds(site: Site) -> list[str]:
    """A page of each kind."""
    territory = site.of("territori", TERRITORIES["rho"][1])
    lists = (
        "territori",
        "comuni",
        "finanziatori",
        "interventi",
        "fornitori",
        "bandi",
        "indicatori",
        "confronto",
        "persone",
    )
    about = ("qualita", "metodo", "dati", "cambiamenti", "trasparenza", "glossario", "accessibilita")
    return [
        "it/",
        territory,
        f"{territory}cifre/",
        site.of("comuni", "pero"),
        site.of("finanziatori", next(iter(FUNDERS))),
        site.of("interventi", "biella-g000"),
        site.of("fornitori", next(iter(PROVIDERS))),
        site.of("bandi", "rho-ca-1"),
        site.of("indicatori", "persons-per-1000"),
        site.of("confronto", "persons-per-1000"),
        "it/trasparenza/art26-27-concessions/",
        *(f"it/{name}/" for name in (*lists, *about, "segnalazioni", "cerca")),
        f"en/{territory.removeprefix('it/')}",
    ]


@pytest.fixture(scope="module")
def site(open_site: OpenSite) -> Site:
    return open_site()


@pytest.fixture(scope="module")
def address(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    scratch, port = tmp_path_factory.mktemp("home"), free_port()
    server = subprocess.Popen(
        site_command(site.folder, port), env=environment(dict(os.environ), scratch), stdout=subprocess.DEVNULL
    )
    found = f"http://127.0.0.1:{port}/"
    try:
        for _ in range(120):
            try:
                urllib.request.urlopen(found, timeout=2).close()
                break
            except OSError:
                time.sleep(0.25)
        yield found
    finally:
        server.terminate()
        server.wait(timeout=20)
    assert not list(scratch.iterdir()), "the server wrote into its HOME"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as p:
        opened = p.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def without_script(browser: Browser) -> Iterator[tuple[Tab, list[str]]]:
    tab = browser.new_context(java_script_enabled=False).new_page()
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    yield tab, asked
    tab.context.close()


@in_browser
def test_a_page_fits_every_width_and_asks_nobody_else_without_javascript(
    site: Site, address: str, without_script: tuple[Tab, list[str]]
) -> None:
    tab, asked = without_script
    for path in kinds(site):
        asked.clear()
        for width in WIDTHS:
            tab.set_viewport_size({"width": width, "height": 900})
            tab.goto(address + path)
            # Scrolling to the right leaves the page where it is.
            box = tab.locator("html").evaluate("e => [e.scrollWidth, e.clientWidth]")
            assert box[0] <= box[1], (path, width, box)
        assert len(asked) >= 6 and not [each for each in asked if not each.startswith((address, "data:"))], (
            path
        )
        assert len(tab.screenshot()) > 15_000, f"{path} looks blank"


@in_browser
def test_the_keyboard_meets_the_way_to_the_content_first_and_every_table_that_scrolls(
    site: Site, address: str, without_script: tuple[Tab, list[str]]
) -> None:
    tab, _ = without_script
    tab.set_viewport_size({"width": 390, "height": 900})
    for path in (kinds(site)[1], "it/qualita/", "it/bandi/"):
        tab.goto(address + path)
        tab.keyboard.press("Tab")
        first = tab.locator(":focus")
        assert first.get_attribute("href") == "#main", path
        assert first.bounding_box()["y"] >= 0, "the link is seen once it is reached"
        regions = tab.locator(".cdv-scroll:visible")
        seen, wanted = 0, regions.count()
        for _ in range(400):
            tab.keyboard.press("Tab")
            if tab.locator(".cdv-scroll:focus").count():
                seen += 1
            if seen == wanted or not tab.locator(":focus").count():
                break
        assert wanted and seen == wanted, (path, seen, wanted)


@in_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_barrier(site: Site, address: str, browser: Browser, scheme: str) -> None:
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    tab = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme=scheme).new_page()
    shown = kinds(site) if scheme == "light" else kinds(site)[:11]
    for path in shown:
        tab.goto(address + path)
        found = Axe().run(tab, options=rules).response
        assert found["passes"], "nothing was looked at"
        barriers = [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in found["violations"]]
        assert not barriers, (path, barriers)
    tab.context.close()


@in_browser
def test_the_search_box_finds_a_territory_and_a_comune(address: str, browser: Browser) -> None:
    tab = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(f"{address}it/cerca/")
    box = tab.locator("#search input[type=text], #search input[type=search]").first
    for name, kind in (("Sassari", "territori"), ("Pero", "comuni")):
        box.fill(name)
        tab.wait_for_selector(f"#search a[href*='/{kind}/']:has-text('{name}')", timeout=20_000)
    # Subjects that no page says in its title.
    for asking, path in (("DCAT", "it/dati/"), ("privacy", "it/metodo/"), ("33/2013", "it/trasparenza/")):
        box.fill(asking)
        tab.wait_for_selector(f"#search .cdv-found a[href$='/{path}']", timeout=20_000)
    box.fill("Rho")
    tab.wait_for_selector("#search .cdv-found a:has-text('Rho (Territorio)')", timeout=20_000)
    assert not [each for each in asked if not each.startswith((address, "data:", "blob:"))]
    tab.context.close()


def test_the_server_answers_with_the_headers_that_others_should_send(site: Site, address: str) -> None:
    with urllib.request.urlopen(f"{address}it/", timeout=5) as answer:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["content-type"].startswith("text/html")
    with urllib.request.urlopen(f"{address}data/t08_persons_by_wait.csv", timeout=5) as answer:
        assert answer.headers["content-type"].startswith("text/csv")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{address}it/atlantide/", timeout=5)
    assert refused.value.code == 404
    assert refused.value.read() == (site.folder / "404.html").read_bytes()
    for path in ("../private/casa-di-vetro.duckdb", "%2e%2e/private/casa-di-vetro.duckdb"):
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(f"{address}{path}", timeout=5)


@pytest.mark.skipif(
    not VNU or not shutil.which("java"),
    reason="The Nu HTML checker needs java and its vnu.jar, named by VETRO_VNU: npm pack vnu-jar",
)
def test_the_nu_html_checker_accepts_every_kind_of_page(site: Site) -> None:
    files = [site.folder / path / "index.html" for path in kinds(site)] + [site.folder / "404.html"]
    said = subprocess.run(
        [
            "java",
            "-Xss2m",
            "-jar",
            str(Path(str(VNU))),
            "--errors-only",
            "--format",
            "json",
            *map(str, files),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    messages = json.loads(said.stderr)["messages"]
    found = {f"{m['message']} {m.get('extract', '')}": m.get("url", "") for m in messages}
    assert not found, list(found.items())[:10]
