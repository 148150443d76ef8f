"""`vetro` as from the command line, in this process: importing what a command needs takes longer than most
commands do. How it looks in a terminal is tried in one.
"""

import sys
from collections.abc import Callable
from subprocess import CompletedProcess

import pytest

from orchestration import cli

Vetro = Callable[..., CompletedProcess[str]]


def command_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Vetro:
    """Return a function that takes what is typed after `vetro`, and environment variables, and runs it."""

    def run(*arguments: str, **variables: str) -> CompletedProcess[str]:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["vetro", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        written = capsys.readouterr()
        assert "Traceback" not in written.err
        return CompletedProcess(arguments, int(ended.value.code or 0), written.out, written.err)

    return run
