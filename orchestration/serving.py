"""The servers of a home: the pages for signed-in readers, the public site, Dagster's two processes, and the
process that judges the suites of a deployment.

Settings and ports arrive, processes run until Ctrl-C. The server of the public site is given the path of the
public side and nothing else. What a page shows, and how a process is kept running, does not belong here.
"""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path

from core.errors import Kind, VetroError
from core.home import VetroHome
from core.loopback import is_loopback
from core.settings import Settings, environment, inherited_environment, whole_environment
from dashboards import serve as pages
from dashboards.access.policy import read_policy
from dashboards.access.sign_in import SignIn, read_sign_in
from orchestration import stopping
from orchestration.services import Service, answers_at, answers_on, require_free, run_services

THIS_MACHINE = "127.0.0.1"
DEFINITIONS = "orchestration.definitions"
# Dagster's daemon notes every half minute that it lives; a tick of the sensor may take a few.
HEARTBEAT_SECONDS = 300


def serve(settings: Settings, port: int, public_port: int) -> int:
    """Serve the pages until Ctrl-C or SIGTERM (exit code 0) or until one of the two servers dies (3)."""
    home = settings.vetro_home
    if not home.current_release.is_dir():
        raise VetroError(f"no release is current in {home.releases}. Run 'vetro run' first.")
    if not (home.current_release / "public" / "index.html").is_file():
        raise VetroError("the current release has no pages: make another with 'vetro publish'.")
    _require_different({"--port": port, "--public-port": public_port})
    with _page_services(settings, port, public_port) as services:
        stopping.unwatch()

        def ready() -> None:
            _print_pages(settings, port, public_port)
            print("Press Ctrl-C to stop both.", flush=True)

        run_services(services, ready=ready, begin_again=False)
    print("Both servers are stopped.", flush=True)
    return 0


def run_everything(settings: Settings, port: int, public_port: int, dagster_port: int) -> int:
    """Run Dagster's daemon and web server and both page servers until Ctrl-C or SIGTERM (exit code 0); one
    that dies or does not answer is begun again. The public site opens with the first release.
    """
    # Dagster takes a second to import, and the pages alone do without it.
    from orchestration import preparation

    _require_different({"--port": port, "--public-port": public_port, "--dagster-port": dagster_port})
    with _page_services(settings, port, public_port) as services:
        require_free(THIS_MACHINE, dagster_port, "--dagster-port")
        preparation.prepare(settings)
        stopping.unwatch()

        def ready() -> None:
            print(f"Dagster: http://{THIS_MACHINE}:{dagster_port}", flush=True)
            _print_pages(settings, port, public_port)
            if not settings.vetro_home.current_release.is_dir():
                print("The public site opens with the first release: put exports into landing.", flush=True)
            print("Press Ctrl-C to stop all of them.", flush=True)

        with environment(settings.dagster_environment()), _heartbeats() as lives:
            everything = [
                *_dagster_services(settings, dagster_port, lives),
                *services,
                _expectation_service(settings.vetro_home),
            ]
            run_services(everything, ready=ready, begin_again=True)
    print("All servers are stopped.", flush=True)
    return 0


@contextlib.contextmanager
def _page_services(settings: Settings, port: int, public_port: int) -> Iterator[list[Service]]:
    """The two page servers; as long as the body runs, what Streamlit reads about signing in is laid down."""
    home, sign_in = settings.vetro_home, _sign_in(settings)
    require_free(settings.address, port, "--port")
    require_free(THIS_MACHINE, public_port, "--public-port")
    public = home.current_release / "public"
    scratch = home.temporary / "pages"
    scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
    variables = inherited_environment()
    told = {
        "auth": settings.auth,
        "access": settings.access_file,
        "access_log": home.access_log,
        "packs": home.packs,
        "session_hours": settings.session_hours,
        "public_address": settings.public_address or f"http://{THIS_MACHINE}:{public_port}",
    }
    staff = pages.staff_environment(
        variables, releases=home.releases, status=home.status_database, scratch=scratch, told=told
    )
    with pages.sign_in_secrets(scratch, sign_in):
        yield [
            Service(
                "the server of the staff pages",
                pages.staff_command(port, address=settings.address),
                staff,
                answers_at(f"http://{_host(settings)}:{port}/_stcore/health"),
            ),
            Service(
                "the server of the public site",
                pages.site_command(public, public_port),
                pages.environment(variables, scratch),
                answers_at(f"http://{THIS_MACHINE}:{public_port}/"),
                can_start=(public / "index.html").is_file,
            ),
        ]


def _dagster_services(settings: Settings, port: int, lives: Callable[[float], bool]) -> list[Service]:
    """Dagster's daemon and its web server, which knows no sign-in and so listens to this machine alone."""
    variables = whole_environment() | {"VETRO_HOME": str(settings.vetro_home.root)}
    daemon = _program("dagster-daemon"), "run", "--log-level", "warning", "-m", DEFINITIONS
    web = (
        *(_program("dagster-webserver"), "-h", THIS_MACHINE, "-p", str(port)),
        *("--dagster-log-level", "warning", "--code-server-log-level", "warning", "-m", DEFINITIONS),
    )
    folder = settings.vetro_home.dagster
    return [
        Service("Dagster's daemon", daemon, variables, lives, folder=folder),
        Service(
            "Dagster's web server",
            web,
            variables,
            answers_at(f"http://{THIS_MACHINE}:{port}/server_info"),
            folder=folder,
        ),
    ]


def _expectation_service(home: VetroHome) -> Service:
    """What judges the suites of a deployment, importing their library once; the first suite starts it."""
    return Service(
        "the process that judges suites",
        (sys.executable, "-m", "quality.expectation_service", str(home.root)),
        whole_environment(),
        answers_on(home.expectation_socket),
        can_start=lambda: any(home.expectations.glob("*.json")),
    )


@contextlib.contextmanager
def _heartbeats() -> Iterator[Callable[[float], bool]]:
    """A function that tells whether the daemon started at a moment has noted lately that it lives."""
    # Dagster takes a second to import.
    import dagster as dg

    with dg.DagsterInstance.get() as instance:

        def lives(started: float) -> bool:
            try:
                beats = instance.get_daemon_heartbeats()
            except Exception:
                # The storage may be busy, and its database away for a moment: a silence, as of a server.
                return False
            needed = [beats[name].timestamp for name in ("SENSOR", "SCHEDULER") if name in beats]
            oldest = min(needed, default=0.0) if len(needed) == 2 else 0.0
            return oldest >= max(started, time.time() - HEARTBEAT_SECONDS)

        yield lives


def _program(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


def _host(settings: Settings) -> str:
    """Where the staff pages answer this machine: an address that means all of them is none to ask."""
    return THIS_MACHINE if settings.address in ("0.0.0.0", "::") else settings.address


def _print_pages(settings: Settings, port: int, public_port: int) -> None:
    how = "  (VETRO_AUTH=off: nobody signs in)" if settings.auth == "off" else ""
    print(f"Staff:  http://{settings.address}:{port}{how}", flush=True)
    print(f"Public: http://{THIS_MACHINE}:{public_port}", flush=True)


def _require_different(ports: dict[str, int]) -> None:
    """Raise VetroError where two of the ports, by their options, are one."""
    for option, other in combinations(ports, 2):
        if ports[option] == ports[other]:
            raise VetroError(f"{option} and {other} are both {ports[option]}; give two different ones.")


def _sign_in(settings: Settings) -> SignIn | None:
    """Return how readers sign in, None where nobody does. Raises where that would open the pages to others,
    or where what is needed for signing in is missing or wrong."""
    if settings.auth == "off":
        if not is_loopback(settings.address):
            raise VetroError(
                f"VETRO_AUTH=off is for this machine only, and VETRO_ADDRESS is {settings.address}. Leave "
                "VETRO_ADDRESS out, or let readers sign in: docs/how-to/sign-in-with-openid-connect.md.",
                kind=Kind.USAGE,
            )
        return None
    home = settings.vetro_home
    given = settings.sign_in_told()
    if not given and not home.sign_in_file.exists():
        raise VetroError(
            f"readers of the staff pages sign in, and {home.sign_in_file} does not say with whom. "
            "docs/how-to/sign-in-with-openid-connect.md says how. To look at a demonstration on this machine "
            "without signing in: VETRO_AUTH=off vetro serve.",
            kind=Kind.USAGE,
        )
    read_policy(settings.access_file)
    return read_sign_in(home.sign_in_file, given)
