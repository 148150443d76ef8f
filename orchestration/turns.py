"""Whose turn it is: one process at a time builds, judges, publishes or rewrites.

A home and a few words arrive, the turn leaves when nobody else has it. DuckDB has one writer, and a gate must
judge what is then published. What is done in a turn does not belong here.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from core.home import VetroHome
from core.locks import exclusive


@contextmanager
def turn(home: VetroHome, what: str) -> Iterator[None]:
    """Hold the warehouse of `home` while the body runs; another process waits, and says for whom.

    Within a turn a step may ask for one again.
    """
    home.root.mkdir(parents=True, exist_ok=True)
    with exclusive(home.warehouse_lock, what):
        yield
