"""How a command ends when it is told to: Ctrl-C and SIGTERM, at once and with a sentence.

A signal arrives, an exit code leaves: 128 and the number of the signal, as shells have it. What a command was
doing does not belong here: every package can be stopped at any moment and called again.
"""

import contextlib
import os
import signal
import sys
import threading
import time
from types import FrameType
from typing import NoReturn

# How long whoever is at work may take to put things in order.
GRACE = 8.0
SIGNALS = (signal.SIGINT, signal.SIGTERM)

# Signals as the kernel told them.
_signals: list[int] = []
_watching: list[int] = []


def watch() -> None:
    """Make both signals end this process: by KeyboardInterrupt, and without it when that is not heard.

    Dagster puts handlers of its own in the place of ours, and an engine may be deep in a query: so the kernel
    writes each signal into a pipe, which a thread reads.
    """
    for number in SIGNALS:
        signal.signal(number, _interrupt)
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    _watching.append(writing)
    threading.Thread(target=_see_to_it, args=(reading,), name="stopping", daemon=True).start()


def unwatch() -> None:
    """Leave both signals to the caller, who serves until one comes."""
    if _watching:
        signal.set_wakeup_fd(-1)
        os.close(_watching.pop())
    for number in SIGNALS:
        signal.signal(number, signal.default_int_handler)


def received() -> bool:
    """Whether this process was told to stop."""
    # The thread may be a moment behind the handler.
    time.sleep(0.01)
    return bool(_signals)


def leave() -> NoReturn:
    """Say that the command was stopped, and end this process now. Only after `received`."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    with contextlib.suppress(Exception):
        _clear_semaphores()
    # The cursor may be hidden by a progress bar; standard error may be gone.
    shown = b"\x1b[?25h" if sys.stderr.isatty() else b""
    sentence = b"vetro: stopped; nothing half done was kept. Run the same command again to go on.\n"
    try:
        os.write(2, shown + sentence)
    finally:
        os._exit(128 + _signals[0])


def _clear_semaphores() -> None:
    """Remove those of dbt, as an ordinary end does; else a process of Python's own complains after ours."""
    # Python without semaphores has no such module, and nothing to remove.
    from multiprocessing import synchronize, util

    for finalizer in list(util._finalizer_registry.values()):  # type: ignore[attr-defined]
        if finalizer._callback is synchronize.SemLock._cleanup:  # type: ignore[attr-defined]
            finalizer()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _see_to_it(reading: int) -> None:
    while told := os.read(reading, 1):
        if told[0] in SIGNALS:
            _signals.append(told[0])
            if len(_signals) > 1:
                leave()
            timer = threading.Timer(GRACE, leave)
            timer.daemon = True
            timer.start()
    os.close(reading)
