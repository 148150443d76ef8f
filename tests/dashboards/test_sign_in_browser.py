"""Signing in for real: a provider of identities, the server of the pages and a browser, each a process."""

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, sync_playwright
from playwright.sync_api import Page as Tab

from dashboards.pages import QUESTIONS
from dashboards.serve import sign_in_secrets, staff_command, staff_environment
from tests.dashboards.test_browser import CHROMIUM, free_port, wait_for
from tests.support import openid_provider
from tests.support.release_figures import FUNDERS, PROVIDERS

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed: apt-get install chromium"),
    pytest.mark.skipif(bool(openid_provider.missing()), reason=openid_provider.missing() or "none"),
]

FUNDER, PROVIDER = list(FUNDERS)[1], next(iter(PROVIDERS))
# Under which name each signs in; whom no entry names comes last.
ACCOUNTS = {
    "anna.foundation": {"groups": ["fondazione"], "email": "anna@example.org", "email_verified": True},
    "bruno.municipality": {"email": "bruno@comune.example", "email_verified": True},
    "carla.network": {"groups": ["rete", "altro"]},
    "dario.provider": {},
    "elsa.operations": {"groups": ["dati"]},
    "fabio.unverified": {"email": "fabio@comune.example", "email_verified": False},
}
POLICY = f"""
access:
  - {{role: foundation, groups: [fondazione], funders: ["{FUNDER}"]}}
  - {{role: municipality, email_domains: [comune.example], instances: [rho]}}
  - {{role: network, groups: [rete]}}
  - {{role: provider, subjects: [dario.provider], providers: ["{PROVIDER}"]}}
  - {{role: operations, groups: [dati]}}
"""


@dataclass
class Served:
    address: str
    policy: Path
    log: Path
    releases: Path

    def publish(self, release: Path) -> None:
        """Make a release the current one, under the eyes of who reads."""
        following = self.releases / "following"
        following.symlink_to(release)
        following.rename(self.releases / "current")


@pytest.fixture(scope="module")
def served(shelf: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    scratch, home = tmp_path_factory.mktemp("scratch"), tmp_path_factory.mktemp("house")
    port, provider_port = free_port(), free_port()
    client = openid_provider.client_of(provider_port, port)
    found = Served(f"http://127.0.0.1:{port}", home / "access.yaml", home / "log", home / "releases")
    found.releases.mkdir()
    found.publish((shelf / "ordinary" / "current").resolve())
    found.policy.write_text(POLICY, encoding="utf-8")
    given = staff_environment(
        {"PATH": "/usr/bin:/bin"},
        releases=found.releases,
        status=shelf / "green.duckdb",
        scratch=scratch,
        told={"access": found.policy, "access_log": found.log, "public_address": "http://127.0.0.1:9"},
    )
    with openid_provider.provider(provider_port, client, ACCOUNTS), sign_in_secrets(scratch, client):
        # HOME and the working directory are its own, so that no settings of another server are found.
        process = subprocess.Popen(
            staff_command(port), env=given, cwd=scratch, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            wait_for(found.address)
            yield found
        finally:
            process.terminate()
            process.wait(timeout=20)
    assert not list(scratch.rglob("*.toml")), "the secrets outlived the server"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as p:
        opened = p.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


def tab_of(browser: Browser, errors: list[str]) -> Tab:
    tab = browser.new_context(viewport={"width": 1280, "height": 1000}).new_page()
    # The form of the provider asks for a typeface elsewhere.
    tab.route(re.compile(r"^https?://(?!127\.0\.0\.1)"), lambda route: route.abort())
    tab.on("pageerror", lambda error: errors.append(str(error)))
    return tab


def complaints(said: ConsoleMessage) -> list[str]:
    """What the console was told as an error. Streamlit looks for itself below the address of a page first."""
    place = said.location["url"]
    is_search = re.search(r"/\w+/_stcore/(health|host-config)$", place)
    return [f"{said.text} {place}"] if said.type == "error" and not is_search else []


def heading(tab: Tab, text: str) -> None:
    tab.get_by_role("heading", level=1).filter(has_text=text).wait_for(timeout=60_000)


def sign_in(tab: Tab, address: str, name: str) -> None:
    tab.goto(address)
    heading(tab, "Pagine riservate")
    assert "Rho" not in tab.inner_text("body") and tab.locator(".cdv-card").count() == 0
    tab.get_by_role("button", name="Accedi").click()
    tab.locator("input[name=login]").fill(name, timeout=60_000)
    tab.locator("input[name=password]").fill("any")
    tab.locator("button[type=submit]").click()


def test_each_role_signs_in_sees_what_is_its_own_and_signs_out(chromium: Browser, served: Served) -> None:
    errors: list[str] = []
    audiences = {page.key: page.audience for page in QUESTIONS}
    for name in ACCOUNTS:
        role, tab = name.split(".")[1], tab_of(chromium, errors)
        sign_in(tab, f"{served.address}/territory?territory=rho", name)
        if role == "unverified":
            tab.get_by_text("non ti è ancora stato dato un ruolo").wait_for(timeout=60_000)
            assert tab.locator(".cdv-audience").count() == 0
            tab.context.close()
            continue
        heading(tab, "Casa di Vetro")
        tab.locator(".cdv-foot").wait_for(timeout=60_000)
        offered = [link.get_attribute("href") for link in tab.locator("[data-testid=stSidebar] a").all()]
        keys = {str(href).split("?")[0].rsplit("/", 1)[-1] for href in offered} - {""}
        assert keys == {key for key, audience in audiences.items() if audience == role}, role
        for key in keys:
            tab.goto(f"{served.address}/{key}")
            tab.locator(".cdv-limits").first.wait_for(timeout=60_000)
            assert "non è tua" not in tab.inner_text("body")
        # Of another role's page, and of what there is none of, the same is said.
        answers = []
        for key in ("network" if role != "network" else "territory", "nothing-of-the-kind"):
            tab.goto(f"{served.address}/{key}")
            heading(tab, "Questa pagina non è tua")
            tab.get_by_role("link", name="Apri la pagina pubblica").wait_for()
            answers.append(tab.inner_text(".stMain"))
        assert answers[0] == answers[1]
        if role == "municipality":
            for subject in ("padova", "nowhere"):
                tab.goto(f"{served.address}/territory?territory={subject}")
                heading(tab, "Questa pagina non è tua")
            # What the policy no longer says does not hold any longer.
            served.policy.write_text(POLICY.replace("comune.example", "other.example"), encoding="utf-8")
            tab.goto(f"{served.address}/territory")
            tab.get_by_text("non ti è ancora stato dato un ruolo").wait_for(timeout=60_000)
            served.policy.write_text(POLICY, encoding="utf-8")
        if role == "operations":
            tab.goto(served.address)
            tab.get_by_role("button", name="Esci").click()
            tab.locator("button[value=yes]").click(timeout=60_000)
            heading(tab, "Pagine riservate")
        tab.context.close()
    assert not errors
    lines = [json.loads(line) for file in served.log.iterdir() for line in file.read_text().splitlines()]
    assert {line["role"] for line in lines} == set(audiences.values())
    written = "".join(file.read_text() for file in served.log.iterdir())
    assert not [name for name in ACCOUNTS if name.split(".")[0] in written] and "127.0.0.1" not in written
    assert all(file.stat().st_mode & 0o077 == 0 for file in served.log.iterdir())


def test_every_page_of_every_role_opens_whatever_the_release_holds(
    chromium: Browser, served: Served, shelf: Path
) -> None:
    errors: list[str] = []
    tabs = {}
    for name in ACCOUNTS:
        role = name.split(".")[1]
        if role != "unverified":
            tabs[role] = tab_of(chromium, errors)
            sign_in(tabs[role], served.address, name)
            heading(tabs[role], "Casa di Vetro")
            # From here on: the form of the provider asks for a typeface that it is not given.
            tabs[role].on("console", lambda said: errors.extend(complaints(said)))
    for variant in ("ordinary", "protected", "bare"):
        served.publish((shelf / variant / "current").resolve())
        for role, tab in tabs.items():
            for key in ("", *(page.key for page in QUESTIONS if page.audience == role)):
                for lang, width in (("it", 1280), ("en", 390)):
                    place = f"{variant} {role} {key or 'home'} {lang}"
                    tab.set_viewport_size({"width": width, "height": 1000})
                    tab.goto(f"{served.address}/{key}?lang={lang}")
                    tab.locator(".cdv-foot").wait_for(timeout=60_000)
                    assert tab.locator("[data-testid=stException]").count() == 0, place
                    assert tab.evaluate("document.documentElement.lang") == lang, place
                    assert tab.evaluate("document.querySelector('.stMain').scrollWidth") <= width, place
                    assert not errors, (place, errors)
    served.publish((shelf / "ordinary" / "current").resolve())
