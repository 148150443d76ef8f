"""Server processes: started together, asked whether they answer, begun again when they die, ended together.

Services arrive, and what is to be said when all of them answer; they run until SIGINT or SIGTERM. What each
of them serves does not belong here.
"""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import VetroError
from core.settings import service_manager_socket

READY_SECONDS = 120
# A service that answers is asked this often; this many silences in a row and it is begun again.
ASK_EVERY = 10.0
SILENCES = 3
ANSWER_SECONDS = 3.0
# Seconds before a service that died is begun again: twice as many each time, but for one that had lived long.
FIRST_PAUSE, LONGEST_PAUSE, LONG_LIFE = 1.0, 60.0, 300.0
# What a service is given to end by itself, and then what it started.
ENDING_SECONDS, SWEEPING_SECONDS = 15.0, 3.0
LOOK_EVERY = 0.2
_SET_DEATH_SIGNAL = 1


@dataclass(frozen=True)
class Service:
    """One server process. `answers` is asked with the moment (seconds since 1970) at which it was started;
    `can_start` tells whether what it serves is there yet.
    """

    name: str
    command: Sequence[str]
    variables: Mapping[str, str]
    answers: Callable[[float], bool]
    can_start: Callable[[], bool] = lambda: True
    folder: Path | None = None


def answers_at(address: str) -> Callable[[float], bool]:
    """Return a function that tells whether an address (http://host:port/path) is answered without error."""

    def answers(_started: float) -> bool:
        with contextlib.suppress(urllib.error.URLError, OSError):
            urllib.request.urlopen(address, timeout=ANSWER_SECONDS).close()
            return True
        return False

    return answers


def answers_on(path: Path) -> Callable[[float], bool]:
    """Return a function that tells whether a process listens on a Unix socket."""

    def answers(_started: float) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(ANSWER_SECONDS)
            return probe.connect_ex(str(path)) == 0

    return answers


def require_free(host: str, port: int, option: str) -> None:
    """Raise VetroError when somebody listens on a port already; `option` is where to choose another."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise VetroError(
                f"port {port} is in use. Stop what uses it, or choose another with {option}."
            ) from error


def run_services(services: Sequence[Service], *, ready: Callable[[], None], begin_again: bool) -> None:
    """Run all of them until SIGINT or SIGTERM, then end them and whatever they started.

    `ready` is called once, when every service that can start answers. Raises VetroError when one ends before
    that, and without `begin_again` also when one ends after it; with it, whoever died or is silent is begun
    again, and that is said on standard error.
    """
    stop = _stop_signals()
    running = [_Running(service) for service in services]
    is_ready, tell_at = False, 0.0
    try:
        while not stop:
            for one in running:
                trouble = one.look()
                if trouble and not (is_ready and begin_again):
                    raise VetroError(f"{one.service.name} {trouble}; everything is stopped now.")
                if trouble:
                    pause = one.begin_again_later()
                    _say(f"{one.service.name} {trouble}; it is begun again in {pause:.0f} s.")
            if not is_ready and all(one.answered for one in running if one.process):
                is_ready = True
                ready()
                _tell_service_manager("READY=1")
            if is_ready and time.monotonic() >= tell_at:
                _tell_service_manager("WATCHDOG=1")
                tell_at = time.monotonic() + ASK_EVERY
            time.sleep(LOOK_EVERY)
    finally:
        _tell_service_manager("STOPPING=1")
        _end([one.process for one in running if one.process])


@dataclass
class _Running:
    """A service, its process, and what is known of it."""

    service: Service
    process: subprocess.Popen | None = None
    answered: bool = False
    _started: float = 0.0
    _silences: int = 0
    _ask_at: float = 0.0
    _start_at: float = 0.0
    _pause: float = field(default=FIRST_PAUSE)

    def look(self) -> str | None:
        """Start what can start, ask what is due; return what is wrong with it, in words, or None."""
        now = time.monotonic()
        if self.process is None:
            if now >= self._start_at and self.service.can_start():
                self._start()
            return None
        if self.process.poll() is not None:
            return f"ended by itself ({_how(self.process.returncode)})"
        if now < self._ask_at:
            return None
        if self.service.answers(self._started):
            if not self.answered:
                self.answered = True
                if self._pause > FIRST_PAUSE:
                    _say(f"{self.service.name} answers again.")
            self._silences, self._ask_at = 0, now + ASK_EVERY
            return None
        if not self.answered:
            waited = time.time() - self._started
            return f"did not answer within {READY_SECONDS} s" if waited > READY_SECONDS else None
        self._silences, self._ask_at = self._silences + 1, now + ASK_EVERY
        return f"did not answer {SILENCES} times" if self._silences >= SILENCES else None

    def begin_again_later(self) -> float:
        """End what is left of it; return in how many seconds it is started again."""
        if time.time() - self._started > LONG_LIFE:
            self._pause = FIRST_PAUSE
        pause, self._pause = self._pause, min(2 * self._pause, LONGEST_PAUSE)
        if self.process:
            _end([self.process])
        self.process, self.answered, self._silences = None, False, 0
        self._start_at, self._ask_at = time.monotonic() + pause, 0.0
        return pause

    def _start(self) -> None:
        self._started = time.time()
        # A session of its own: Ctrl-C reaches us alone, and what it starts is ended with it.
        self.process = subprocess.Popen(
            self.service.command,
            env=dict(self.service.variables),
            cwd=self.service.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,
        )


def _end_with_parent() -> None:
    """Have the kernel end this process when the one that started it is killed."""
    ctypes.CDLL(None).prctl(_SET_DEATH_SIGNAL, signal.SIGTERM)


def _how(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"


def _end(processes: Sequence[subprocess.Popen]) -> None:
    """Ask them to end, all at once; then end what is left of them and of what they started."""
    for process in processes:
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + ENDING_SECONDS
    for process in processes:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=max(0.0, deadline - time.monotonic()))
    left = [process.pid for process in processes if _signal_group(process.pid, signal.SIGTERM)]
    deadline = time.monotonic() + SWEEPING_SECONDS
    while left and time.monotonic() < deadline:
        time.sleep(0.05)
        for process in processes:
            process.poll()
        left = [group for group in left if _signal_group(group, 0)]
    for group in left:
        _signal_group(group, signal.SIGKILL)
    for process in processes:
        process.wait()


def _signal_group(group: int, number: int) -> bool:
    """Send a signal (0: none) to what a service started; return whether anybody is left of it."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _stop_signals() -> list[int]:
    """Return a list that is empty until SIGINT or SIGTERM arrives."""
    received: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda signum, _frame: received.append(signum))
    return received


def _say(sentence: str) -> None:
    with contextlib.suppress(OSError):
        print(f"vetro: {sentence}", file=sys.stderr, flush=True)


def _tell_service_manager(state: str) -> None:
    """Tell systemd, where it started this process and asked to be told (`Type=notify`)."""
    place = service_manager_socket()
    if not place:
        return
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
        # Whoever does not read what it is told must not keep us from our work.
        told.setblocking(False)
        told.connect("\0" + place[1:] if place.startswith("@") else place)
        told.send(state.encode())
