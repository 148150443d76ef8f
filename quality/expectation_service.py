"""A process that has imported Great Expectations once and judges for every run of a service.

A home arrives; until it is stopped, what the gates ask through its socket is answered: whether an expectation
can be used, and verdicts over a DuckDB file. Where no such process answers, whoever asks imports the library
itself. Only the owner of the home can ask.

    python -m quality.expectation_service HOME
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import Any

from core.home import VetroHome
from core.locks import exclusive
from quality import expectations
from quality.expectations import Expectation, UnusableExpectation
from quality.rules import Verdict

# Longer than any suite takes; beyond it nobody is taken to be there.
SECONDS = 600


def make(home: VetroHome, kind: str, parameters: Mapping[str, Any]) -> None:
    """Do nothing where the library takes such an expectation; UnusableExpectation where it does not."""
    answer = _asked(home, {"kind": kind, "parameters": dict(parameters)})
    if answer is None:
        expectations.make(kind, parameters)
    elif "unusable" in answer:
        raise UnusableExpectation(answer["unusable"])


def judge(home: VetroHome, database: Path, asked: Sequence[Expectation]) -> list[Verdict]:
    """Return what `quality.expectations.judge` does, from the process of the home if there is one."""
    if not asked:
        return []
    answer = _asked(home, {"database": str(database), "expectations": [asdict(each) for each in asked]})
    if answer is None:
        return expectations.judge(database, asked)
    return [Verdict(**each) for each in answer["verdicts"]]


def _asked(home: VetroHome, question: dict[str, Any]) -> dict[str, Any] | None:
    """Return the answer; None where nobody gives one."""
    try:
        with Client(str(home.expectation_socket), "AF_UNIX") as connection:
            connection.send_bytes(json.dumps(question, default=str).encode())
            if not connection.poll(SECONDS):
                return None
            answer = json.loads(connection.recv_bytes())
    except (OSError, EOFError, ValueError):
        return None
    return answer if isinstance(answer, dict) and "failed" not in answer else None


def serve(home: VetroHome) -> None:
    """Answer until the process is stopped. A second one waits until the first has ended."""
    with exclusive(home.root / ".expectations.lock", "judging suites"):
        home.expectation_socket.unlink(missing_ok=True)
        # What a shell calls umask: the socket is the owner's alone from the moment it is there.
        before = os.umask(0o177)
        try:
            listener = Listener(str(home.expectation_socket), "AF_UNIX")
        finally:
            os.umask(before)
        with listener:
            expectations.load()
            print("ready", flush=True)
            while True:
                # Whoever asked may have gone, and nobody else is to wait for that.
                with suppress(OSError, EOFError), listener.accept() as connection:
                    _answer(connection)


def _answer(connection: Connection) -> None:
    try:
        question = json.loads(connection.recv_bytes())
        if "kind" in question:
            answer = _usable(question["kind"], question["parameters"])
        else:
            asked = [Expectation(**each) for each in question["expectations"]]
            verdicts = expectations.judge(Path(question["database"]), asked)
            answer = {"verdicts": [asdict(verdict) for verdict in verdicts]}
    except (OSError, EOFError):
        raise
    except Exception as error:
        answer = {"failed": type(error).__name__}
    connection.send_bytes(json.dumps(answer).encode())


def _usable(kind: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    try:
        expectations.make(kind, parameters)
    except UnusableExpectation as error:
        return {"unusable": error.parameters}
    return {"usable": True}


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        serve(VetroHome.at(sys.argv[1]))
