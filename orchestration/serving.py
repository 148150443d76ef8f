"""The two servers of the pages: one for signed-in readers, one for everybody.

Settings and two ports arrive, two processes run until Ctrl-C. The server of the public site is given the
path of the public side and nothing else. What a page shows does not belong here.
"""

import contextlib
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

from core.errors import VetroError
from core.settings import Settings, inherited_environment
from dashboards.serve import environment, site_command, staff_command, staff_environment
from orchestration import stopping

READY_SECONDS = 60


class ServeError(VetroError):
    """The pages cannot be served; the sentence says why and what to do."""


def serve(settings: Settings, port: int, public_port: int) -> int:
    """Serve both apps until Ctrl-C or SIGTERM (exit code 0) or until one of them dies (3)."""
    home = settings.vetro_home
    if not home.current_release.is_dir():
        raise ServeError(f"no release is current in {home.releases}. Run 'vetro run' first.")
    public = home.current_release / "public"
    if not (public / "index.html").is_file():
        raise ServeError("the current release has no pages: make another with 'vetro publish'.")
    if port == public_port:
        raise ServeError(f"--port and --public-port are both {port}; give two different ones.")
    for number in (port, public_port):
        _require_free(number)

    scratch = home.temporary / "pages"
    scratch.mkdir(parents=True, exist_ok=True)
    variables = inherited_environment()
    staff = staff_environment(variables, releases=home.releases, status=home.status_database, scratch=scratch)
    started = [
        (staff_command(port), staff),
        (site_command(public, public_port), environment(variables, scratch)),
    ]
    with contextlib.ExitStack() as running:
        stopping.unwatch()
        stop = _stop_signals()
        processes = [running.enter_context(_process(*one)) for one in started]
        for number, path in ((port, "_stcore/health"), (public_port, "")):
            _wait_until_ready(number, path, processes)
        print(f"Staff:  http://127.0.0.1:{port}", flush=True)
        print(f"Public: http://127.0.0.1:{public_port}", flush=True)
        print("Press Ctrl-C to stop both.", flush=True)
        while not stop:
            if any(process.poll() is not None for process in processes):
                raise ServeError("one of the two servers stopped by itself; both are stopped now.")
            time.sleep(0.3)
    print("Both servers are stopped.", flush=True)
    return 0


def _stop_signals() -> list[int]:
    """Return a list that is empty until SIGINT or SIGTERM arrives."""
    received: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda signum, _frame: received.append(signum))
    return received


@contextlib.contextmanager
def _process(arguments: list[str], variables: dict[str, str]) -> Iterator[subprocess.Popen]:
    """Run one server in a session of its own, so that Ctrl-C reaches us and we stop both in order."""
    process = subprocess.Popen(arguments, env=variables, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise ServeError(
                f"port {port} is in use. Stop what uses it, or choose others with --port and --public-port."
            ) from error


def _wait_until_ready(port: int, path: str, processes: list[subprocess.Popen]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if any(process.poll() is not None for process in processes):
            raise ServeError("a server stopped while starting; the lines above say why.")
        with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=2).close()
            return
        time.sleep(0.2)
    raise ServeError(f"the server on port {port} did not answer within {READY_SECONDS} seconds.")
