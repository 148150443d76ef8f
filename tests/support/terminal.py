"""A command as a person starts it: in a terminal of its own, which sees all that it writes."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

VETRO = Path(sys.executable).with_name("vetro")
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


@dataclass
class Terminal:
    """One `vetro` command in a pseudo-terminal `columns` wide, begun in `folder`; `program`: another copy of
    the command than that of the tests.
    """

    arguments: list[str]
    columns: int = 80
    variables: dict[str, str] = field(default_factory=dict)
    program: Path = VETRO
    folder: Path | None = None

    def __post_init__(self) -> None:
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, self.columns, 0, 0))
        inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        self.process = subprocess.Popen(
            [str(self.program), *self.arguments],
            cwd=self.folder,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            env=inherited | {"TERM": "xterm-256color"} | self.variables,
        )
        os.close(theirs)
        self._written = bytearray()
        self._reader = threading.Thread(target=self._read, args=(ours,), daemon=True)
        self._reader.start()

    def _read(self, ours: int) -> None:
        # Linux ends the reading with an error when the other side is closed.
        try:
            while written := os.read(ours, 65536):
                self._written += written
        except OSError:
            pass
        os.close(ours)

    @property
    def written(self) -> str:
        """All that was written so far, with what moves the cursor."""
        return self._written.decode("utf-8", errors="replace")

    @property
    def text(self) -> str:
        """The same without what moves the cursor."""
        return without_cursor(self.written)

    def wait(self, seconds: float = 300) -> int:
        """Wait until the command has ended and return its exit code."""
        try:
            code = self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.stop()
            raise AssertionError(f"{self.arguments} has not ended:\n{self.text[-3000:]}") from None
        self._reader.join(timeout=10)
        return code

    def wait_for(self, words: str, seconds: float = 60) -> None:
        """Wait until `words` were written."""
        until(lambda: words in self.text or self.process.poll() is not None, seconds)
        assert words in self.text, self.text[-3000:]

    def stop(self, number: int = signal.SIGKILL) -> None:
        """Send a signal to the command."""
        if self.process.poll() is None:
            self.process.send_signal(number)


def without_cursor(written: str) -> str:
    """Return what was written to a terminal without what moves its cursor."""
    return ESCAPES.sub("", written).replace("\r\n", "\n")


def until(holds, seconds: float) -> None:
    """Wait until `holds()`; AssertionError after `seconds`."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.05)
