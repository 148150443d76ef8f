"""A process that dies at every instant in turn, without leaving this one.

Between two changes of the disk nothing happens that another process could see, so dying before each rename
and each removal, one after the other, is dying at any instant.
"""

import itertools
import os
import shutil
from collections.abc import Callable, Iterator

import pytest


class Death(BaseException):
    """The process is gone; nothing of it runs any more."""


def every_death(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> Iterator[int]:
    """Run `act`, dying before its first change of the disk, then before its second, and so on; yield after
    each death, and stop when `act` came to its end.
    """
    for last in range(1, 500):
        with monkeypatch.context() as patch:
            _die_at(patch, last)
            try:
                act()
            except Death:
                pass
            else:
                return
        yield last
    raise AssertionError("it never came to its end")


def _die_at(patch: pytest.MonkeyPatch, last: int) -> None:
    changes = itertools.count(1)

    def dying(real: Callable) -> Callable:
        def change(*arguments: object, **named: object) -> object:
            if next(changes) == last:
                raise Death
            return real(*arguments, **named)

        return change

    for module, name in ((os, "replace"), (os, "rename"), (os, "unlink"), (shutil, "rmtree")):
        patch.setattr(module, name, dying(getattr(module, name)))
