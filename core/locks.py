"""One process at a time: a lock that the kernel frees when its holder ends, however it ends.

The path of a lock and what is done under it arrive; a turn leaves, at once or when the holder has ended. A
wait of more than five seconds is told on standard error, with who holds the lock. What is done under a lock
does not belong here.
"""

import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from fcntl import LOCK_EX, LOCK_NB, LOCK_UN, flock
from pathlib import Path
from threading import Lock, get_ident

ANNOUNCE_AFTER = 5.0
LOOK_EVERY = 0.1

# The locks that this process holds, with the thread of each and how many times it took it.
_held: dict[Path, tuple[int, int]] = {}
_guard = Lock()


@contextmanager
def exclusive(lock: Path, what: str) -> Iterator[None]:
    """Hold `lock` while the body runs; a second process waits, and so does a second thread.

    The thread that holds it may take it again. `what` says in a few words what is done meanwhile, for
    whoever waits. The folder of `lock` must exist.
    """
    me = get_ident()
    with _guard:
        thread, times = _held.get(lock, (me, 0))
        if times and thread == me:
            _held[lock] = (me, times + 1)
    if times and thread == me:
        try:
            yield
        finally:
            with _guard:
                _held[lock] = (me, _held[lock][1] - 1)
        return
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _wait(descriptor, lock, what)
        _write_holder(descriptor, what)
        with _guard:
            _held[lock] = (me, 1)
        try:
            yield
        finally:
            with _guard:
                del _held[lock]
            os.ftruncate(descriptor, 0)
            flock(descriptor, LOCK_UN)
    finally:
        os.close(descriptor)


def is_held(lock: Path) -> bool:
    """Return whether a living process, or another thread of this one, holds `lock`."""
    try:
        descriptor = os.open(lock, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        flock(descriptor, LOCK_EX | LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def holder(lock: Path) -> str:
    """Return who holds `lock`, in words; an empty text where nobody has written so."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        holder = json.loads(lock.read_text(encoding="utf-8"))
        return f"process {holder['process']} on {holder['host']} ({holder['what']}, since {holder['since']})"
    return ""


def _wait(descriptor: int, lock: Path, what: str) -> None:
    begun, is_announced = time.monotonic(), False
    while True:
        with suppress(BlockingIOError):
            flock(descriptor, LOCK_EX | LOCK_NB)
            break
        if not is_announced and time.monotonic() - begun >= ANNOUNCE_AFTER:
            is_announced = True
            who = holder(lock) or "another process"
            _print(f"vetro: {what} waits for {who}. Ctrl-C stops waiting; nothing is lost.")
        time.sleep(LOOK_EVERY)
    if is_announced:
        _print(f"vetro: {what} goes on after {time.monotonic() - begun:.0f} s.")


def _print(sentence: str) -> None:
    with suppress(OSError, ValueError):
        print(sentence, file=sys.stderr, flush=True)


def _write_holder(descriptor: int, what: str) -> None:
    since = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M:%S")
    holder = {"process": os.getpid(), "host": socket.gethostname(), "what": what, "since": since}
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(holder).encode("utf-8"), 0)
