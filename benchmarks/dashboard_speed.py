"""How fast the pages for signed-in readers are: in a browser, for many viewers at once, and with more data.

Run: python -m benchmarks.dashboard_speed [--home DIR] [--viewers N] [--views N] [--times N] [--only PART].
The pages of the home's current release are served by `vetro serve` and opened in Chromium: `first` (the
first page, cold and warm), `choice` (redrawing after a choice), `bytes` (what a page transfers), `memory` (of
the server, over many views). What the pages ask of the release is then asked without drawing: `data` (many
viewers at once, each through every page of its role), and `growth` (the same of a release in which every
territory and organisation stands N times). Prints each figure beside what is asked for, and whether it holds.
Exits 1 if one does not.
"""

import argparse
import logging
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import streamlit as st
from playwright.sync_api import Browser, BrowserContext, CDPSession, Locator, sync_playwright
from playwright.sync_api import Page as Tab
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from streamlit import config
from streamlit.testing.v1 import AppTest

from benchmarks.multiplied_release import multiplied
from core.home import VetroHome
from core.settings import Settings, inherited_environment
from dashboards import queries
from dashboards.access.connections import connection
from dashboards.access.viewer import ViewerDatabase, looking_as
from dashboards.pages import STAFF, START, StaffPage
from dashboards.release import Release, current_release

CHROMIUM = Path("/usr/bin/chromium")
COLD, WARM, CHOICE, MEGABYTES, DATA, GROWTH = 3.0, 0.4, 0.4, 1.0, 0.25, 2.0
# What a server that keeps nothing of what it showed may still take: of 100 MB, a rounding.
MEMORY_MEGABYTES = 10.0
AGAIN = 7
# Seconds between two pages of a viewer: somebody who clicks as fast as pages appear.
PAUSE = 1.0
PARTS = ("first", "choice", "bytes", "memory", "data", "growth")
# Of twenty viewers, how many look as what.
SHARES = {"municipality": 8, "foundation": 5, "provider": 4, "network": 2, "operations": 1}
_SCRIPT = Path(queries.__file__).parents[1] / "staff.py"
_NO_QUERIES = {"Row", "ViewerDatabase", "by_key", "columns", "rows"}


@dataclass(frozen=True)
class Figure:
    """One measured figure, what is asked for, and how both are written; `most` None: it is told only."""

    name: str
    value: float
    most: float | None
    unit: str

    @property
    def holds(self) -> bool:
        """Whether the figure is what is asked for."""
        return self.most is None or self.value < self.most

    def __str__(self) -> str:
        asked = "" if self.most is None else f"under {self.most:g}"
        ratio = "" if self.most is None else f"{self.value / self.most:6.2f} of it"
        word = "" if self.most is None else "holds" if self.holds else "DOES NOT HOLD"
        return f"{self.name:84} {self.value:9.3f} {self.unit:5} {asked:11} {ratio:13} {word}".rstrip()


@dataclass(frozen=True)
class Served:
    """The pages as they are served: their address, and the process id of their server."""

    address: str
    process: int


@contextmanager
def served(home: Path, port: int) -> Iterator[Served]:
    """Serve the pages of a home as in a demonstration, with nothing kept from before."""
    command = [str(Path(sys.executable).with_name("vetro")), "serve"]
    command += ["--port", str(port), "--public-port", str(port + 1)]
    variables = {**inherited_environment(), "VETRO_HOME": str(home), "VETRO_AUTH": "off"}
    running = subprocess.Popen(command, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/_stcore/health", running)
        _wait_for(f"http://127.0.0.1:{port + 1}/", running)
        children = (
            Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text(encoding="ascii").split()
        )
        told = {int(one): Path(f"/proc/{one}/cmdline").read_bytes() for one in children}
        (process,) = (one for one, line in told.items() if b"streamlit" in line)
        yield Served(address, process)
    finally:
        running.terminate()
        running.wait()


def _wait_for(address: str, running: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        if running.poll() is not None:
            raise SystemExit("the server stopped: start `vetro serve` by hand to see why")
        try:
            urllib.request.urlopen(address, timeout=2).close()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"{address} does not answer")


def opened(tab: Tab, address: str) -> float:
    """Open a page; return the seconds until its last line is drawn and the server is done with it."""
    start = time.perf_counter()
    tab.goto(address, wait_until="commit")
    tab.wait_for_selector(".cdv-foot", timeout=120_000)
    tab.wait_for_function(_AT_REST, timeout=120_000)
    return time.perf_counter() - start


_AT_REST = "document.querySelector('.stApp').dataset.testScriptState === 'notRunning'"


def first_page(browser: Browser, home: Path, port: int) -> Iterator[Figure]:
    """Measure the first page of servers and browsers that have just been started, of a browser that was there
    before, and a page that is reached by a link; for the demonstration, and as each role that has rows of
    its own."""
    for role in ("", "foundation", "municipality", "provider", "network", "operations"):
        with served(home, port) as pages, _fresh(browser) as context:
            address = f"{pages.address}/?as={role}" if role else f"{pages.address}/"
            cold = opened(context.new_page(), address)
            yield Figure(f"first page, cold, {role or 'demonstration'}", cold, COLD, "s")
            if role:
                continue
            warm = statistics.median(opened(context.new_page(), address) for _ in range(AGAIN))
            yield Figure("first page, warm: opened anew in a browser that has been there", warm, WARM, "s")
            tab = context.new_page()
            opened(tab, address)
            followed = []
            for _ in range(AGAIN):
                for n in (5, 0):
                    tab.wait_for_timeout(500)
                    # The left column lists all pages, in the order of the register.
                    link = tab.get_by_test_id("stSidebar").get_by_test_id("stPageLink").nth(n).locator("a")
                    there = f"location.pathname === '/{_path(STAFF[n])}'"
                    followed.append(_until(tab, link.click, there))
            yield Figure("page, warm: reached by a link", statistics.median(followed), WARM, "s")


def _path(page: StaffPage) -> str:
    return "" if page == START else page.key


@contextmanager
def _fresh(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    try:
        yield context
    finally:
        context.close()


def _until(tab: Tab, act: Callable[[], None], condition: str) -> float:
    """Act, and return the seconds from the pressing of the button until a condition holds, the server is done
    and two frames are painted."""
    tab.evaluate("""() => {
        window.pressed = null;
        addEventListener('pointerdown', e => { window.pressed = performance.now() },
            { capture: true, once: true });
    }""")
    act()
    waited = f"""async () => {{
        const paint = () => new Promise(requestAnimationFrame);
        while (!(({condition}) && document.querySelector('.cdv-foot') && {_AT_REST})) await paint();
        await paint(); await paint();
        return (performance.now() - window.pressed) / 1000;
    }}"""
    return float(tab.evaluate(waited))


def _opened_list(tab: Tab, label: str) -> Locator:
    """Open a list of choices and return its options. One that is pressed as it appears only takes focus."""
    options = tab.get_by_role("option")
    for _ in range(5):
        tab.get_by_role("combobox", name=label, exact=True).click()
        with suppress(PlaywrightTimeout):
            options.first.wait_for(timeout=2000)
            return options
    raise SystemExit(f"the list {label!r} does not open")


def choice(browser: Browser, pages: Served) -> Iterator[Figure]:
    """Measure how long a choice takes: of a year, of a territory, of what the bars show."""
    with _fresh(browser) as context:
        tab = context.new_page()
        opened(tab, f"{pages.address}/territory")
        for label, name in (("Anno", "year"), ("Territorio", "territory"), ("La barra mostra", "bar")):
            taken = []
            for n in range(2 * AGAIN):
                tab.wait_for_timeout(400)
                options = _opened_list(tab, label)
                before = tab.evaluate("location.search")
                others = [one for one in options.all() if one.get_attribute("aria-selected") != "true"]
                one = others[n % len(others)]
                taken.append(_until(tab, one.click, f"location.search !== {before!r}"))
            first, later = taken[: len(others)], taken[len(others) :]
            yield Figure(f"a choice ({name}), not asked before", max(first), CHOICE, "s")
            yield Figure(f"a choice ({name}), median", statistics.median(later), CHOICE, "s")


def transferred(browser: Browser, pages: Served) -> Iterator[Figure]:
    """Measure what every page transfers, by HTTP and over its socket: in a browser that was never there, and
    in one that has the application."""
    with _fresh(browser) as context:
        first = _bytes(context, f"{pages.address}/")
        yield Figure("bytes of the first page in a browser that was never there", first, MEGABYTES, "MB")
        most = {page.key: _bytes(context, f"{pages.address}/{_path(page)}") for page in STAFF}
        for page in STAFF:
            most[page.key] = _bytes(context, f"{pages.address}/{_path(page)}")
        heaviest = max(most, key=lambda key: most[key])
        yield Figure(
            f"bytes of a page in one that was ({heaviest}, the heaviest)", most[heaviest], MEGABYTES, "MB"
        )


def _bytes(context: BrowserContext, address: str) -> float:
    tab, received = context.new_page(), [0.0]
    session: CDPSession = context.new_cdp_session(tab)
    session.send("Network.enable")

    def over_http(event: dict[str, Any]) -> None:
        received[0] += event["encodedDataLength"]

    def over_socket(event: dict[str, Any]) -> None:
        # Binary messages are told in base64.
        told = event["response"]
        received[0] += len(told["payloadData"]) * (0.75 if told["opcode"] == 2 else 1)

    session.on("Network.loadingFinished", over_http)
    session.on("Network.webSocketFrameReceived", over_socket)
    opened(tab, address)
    tab.wait_for_timeout(1000)
    tab.close()
    return received[0] / 1e6


def memory(browser: Browser, pages: Served, views: int) -> Iterator[Figure]:
    """Measure what the server takes of memory after a tenth of the views, and after all of them."""
    sizes = {}
    with _fresh(browser) as context:
        for view in range(views + views // 10):
            tab = context.new_page()
            opened(tab, f"{pages.address}/{_path(STAFF[view % len(STAFF)])}")
            tab.close()
            sizes[view] = _resident(pages.process)
    begin = views // 10
    yield Figure(f"memory of the server after {begin} page views", sizes[begin - 1], None, "MB")
    grown = sizes[begin + views - 1] - sizes[begin - 1]
    yield Figure(f"growth of it over {views} more", grown, MEMORY_MEGABYTES, "MB")


def _resident(process: int) -> float:
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    (told,) = (line for line in lines if line.startswith("VmRSS:"))
    return int(told.split()[1]) / 1024


Clock = Callable[[], float]
# What a page asks: the name of a query and its arguments, but for whom.
Asked = tuple[str, tuple[Any, ...], dict[str, Any]]


@dataclass(frozen=True)
class Reader:
    """A viewer, by role and scope, and what each of the pages of the role asks."""

    role: str
    scope: str | None
    pages: dict[str, list[Asked]]


def readers(home: VetroHome, release: Release, number: int) -> list[Reader]:
    """Return so many readers: for each, every page of the role is run once, and what it asks written down."""
    everything = ViewerDatabase(release.database)
    ids = {
        "municipality": [row["instance_id"] for row in queries.instances(everything)],
        "foundation": [row["tax_code"] for row in queries.funders(everything)],
        "provider": [row["tax_code"] for row in queries.providers(everything)],
    }
    told = {"RELEASES": str(home.releases), "STATUS": str(home.status_database), "AUTH": "off"}
    config.set_option("server.address", "127.0.0.1")
    found = []
    for role, share in SHARES.items():
        for n in range(max(1, round(share * number / sum(SHARES.values())))):
            scope = ids[role][n % len(ids[role])] if role in ids else None
            asked = {}
            for page in STAFF:
                if page.seen_by(looking_as(role, scope)):
                    with patch.dict("os.environ", {f"VETRO_{name}": value for name, value in told.items()}):
                        asked[page.key] = _asked_by(page, role, scope)
            found.append(Reader(role, scope, asked))
    return found


def _asked_by(page: StaffPage, role: str, scope: str | None) -> list[Asked]:
    asked: list[Asked] = []
    with _written_down(asked):
        app = AppTest.from_file(str(_SCRIPT), default_timeout=120)
        app.query_params["as"] = role
        if scope is not None:
            app.query_params["of"] = scope
        if page != START:
            app.switch_page(page.file)
        app.run()
    if app.exception:
        raise SystemExit(f"{page.key} as {role}: {app.exception[0].message}")
    return asked


@contextmanager
def _written_down(asked: list[Asked]) -> Iterator[None]:
    """Write down what is asked of `queries` meanwhile."""
    whole = {name: getattr(queries, name) for name in queries.__all__ if name not in _NO_QUERIES}

    def told(name: str) -> Callable[..., Any]:
        def ask(*arguments: Any, **named: Any) -> Any:
            if arguments and isinstance(arguments[0], ViewerDatabase):
                asked.append((name, arguments[1:], named))
            return whole[name](*arguments, **named)

        return ask

    try:
        for name in whole:
            setattr(queries, name, told(name))
        yield
    finally:
        for name, query in whole.items():
            setattr(queries, name, query)


@dataclass(frozen=True)
class Data:
    """Seconds of the data part, by role: of making each viewer's database, and of every page view when
    nothing was kept (`asked`) and when all was (`kept`)."""

    made: dict[str, list[float]]
    asked: dict[str, list[float]]
    kept: dict[str, list[float]]


def data_part(
    viewers: Sequence[Reader], database: str, pause: float = 0.0, clock: Clock = time.perf_counter
) -> Data:
    """Let all viewers at once click through every page of theirs, twice, with a pause before each page (but
    all begin at once where there is none): only what they ask is done."""
    forget()
    made: dict[str, list[float]] = {role: [] for role in SHARES}
    asked: dict[str, list[float]] = {role: [] for role in SHARES}
    kept: dict[str, list[float]] = {role: [] for role in SHARES}
    begin = threading.Barrier(len(viewers))

    def click(n: int, reader: Reader) -> None:
        mine = ViewerDatabase(database, looking_as(reader.role, reader.scope))
        begin.wait()
        made[reader.role].append(_seconds(lambda: connection(mine), clock))
        for times in (asked, kept):
            begin.wait()
            time.sleep(pause * n / len(viewers))
            for page in reader.pages.values():
                time.sleep(pause)
                times[reader.role].append(_seconds(partial(_ask, mine, page), clock))

    with ThreadPoolExecutor(len(viewers)) as pool:
        for _ in pool.map(click, range(len(viewers)), viewers):
            pass
    return Data(made, asked, kept)


def _ask(database: ViewerDatabase, page: Sequence[Asked]) -> None:
    for name, arguments, named in page:
        getattr(queries, name)(database, *arguments, **named)


def _seconds(act: Callable[[], object], clock: Clock) -> float:
    start = clock()
    act()
    return clock() - start


def forget() -> None:
    """Forget every answer and every connection."""
    st.cache_data.clear()
    st.cache_resource.clear()


def percentile_95(values: Sequence[float]) -> float:
    """Return the 95th percentile, the nearest value at or above it."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * 95 // 100) - 1)]


def many_viewers(viewers: Sequence[Reader], database: str) -> Iterator[Figure]:
    """Measure the data part of many viewers at once."""
    n = len(viewers)
    for pause, most in ((PAUSE, DATA), (0.0, None)):
        found = data_part(viewers, database, pause)
        if pause:
            for role, made in found.made.items():
                yield Figure(f"database of a viewer, {n} at once, {role}, slowest", max(made), None, "s")
        how = f"a page every {pause:g} s" if pause else "without a pause"
        for name, times in (("asked for the first time", found.asked), ("asked before", found.kept)):
            every = [one for values in times.values() for one in values]
            label = f"data part, {n} viewers, {how}, {name}, 95th percentile"
            yield Figure(label, percentile_95(every), most, "s")


def growth(viewers: Sequence[Reader], release: Release, times: int, folder: Path | None) -> Iterator[Figure]:
    """Measure how much longer the data part takes where the release holds so many times the rows, in
    processor time: one viewer of each role after the other, each question asked for the first time, the best
    of three."""
    with tempfile.TemporaryDirectory(dir=folder) as name:
        many = multiplied(release, Path(name), times)
        size = Path(many).stat().st_size / Path(release.database).stat().st_size
        yield Figure(f"size of the database with {times} times the data", size, None, "times")
        alone = {reader.role: reader for reader in viewers}
        for role, reader in alone.items():
            made, asked = [], []
            for database in (release.database, many):
                found = [data_part([reader], database, clock=time.process_time) for _ in range(3)]
                made.append(min(sum(one.made[role]) for one in found))
                asked.append(min(sum(one.asked[role]) for one in found))
            yield Figure(f"making the database of a viewer, {role}", made[1] / made[0], None, "times")
            label = f"data part with {times} times the data, {role}"
            yield Figure(label, asked[1] / asked[0], GROWTH, "times")


def main(arguments: list[str] | None = None) -> int:
    """Measure, print and judge. Return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, help="a home with a release; else that of the settings")
    parser.add_argument("--viewers", type=int, default=20)
    parser.add_argument("--views", type=int, default=500)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--port", type=int, default=8731, help="this port and the next are used")
    parser.add_argument("--folder", type=Path, help="where to write, and leave nothing")
    parser.add_argument("--only", choices=PARTS, action="append", help="these parts alone")
    given = parser.parse_args(arguments)
    home = VetroHome.at(given.home) if given.home else Settings().vetro_home
    release = current_release(home.releases)
    if release is None:
        print(f"no release in {home.releases}: make one with `vetro demo`", file=sys.stderr)
        return 2
    # Outside a session Streamlit says at every answer that there is none.
    logging.disable(logging.WARNING)
    parts, figures = given.only or PARTS, []

    def tell(found: Iterator[Figure]) -> None:
        for figure in found:
            print(figure, flush=True)
            figures.append(figure)

    if {"first", "choice", "bytes", "memory"} & {*parts}:
        if not CHROMIUM.exists():
            print("Chromium is not installed: apt-get install chromium", file=sys.stderr)
            return 2
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"]
            )
            if "first" in parts:
                tell(first_page(browser, home.root, given.port))
            with served(home.root, given.port) as pages:
                if "choice" in parts:
                    tell(choice(browser, pages))
                if "bytes" in parts:
                    tell(transferred(browser, pages))
                if "memory" in parts:
                    tell(memory(browser, pages, given.views))
            browser.close()
    if {"data", "growth"} & {*parts}:
        viewers = readers(home, release, given.viewers)
        if "data" in parts:
            tell(many_viewers(viewers, release.database))
        if "growth" in parts:
            tell(growth(viewers, release, given.times, given.folder))
    return 0 if all(figure.holds for figure in figures) else 1


if __name__ == "__main__":
    raise SystemExit(main())
