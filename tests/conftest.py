"""Which tests stay together when several processes share them, which begin, how often memory is searched."""

import gc
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

# Each of these packages builds a warehouse or a release once for all its files.
BUILT_ONCE = {"dashboards", "measures", "orchestration", "simulation"}
# The longest packages first: left to the end they would keep one process busy while the others wait.
FIRST = ("warehouse", "orchestration", "measures", "dashboards", "simulation", "publication")


class TogetherScheduling(LoadScopeScheduling):
    """Keeps a file's tests, or a whole package's, in one process."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        package = file.removeprefix("tests/").partition("/")[0]
        return package if package in BUILT_ONCE else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> TogetherScheduling | None:
    """Give pytest-xdist the scheduling of this suite, where tests are to stay together."""
    return TogetherScheduling(config, log) if config.getvalue("dist") == "loadscope" else None


def pytest_collection_finish() -> None:
    """Leave what was imported alone, and look for circles of objects less often than Python does by itself:
    over all that builds and networks keep, that takes a quarter of the time.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest packages first."""
    tests = Path(__file__).parent
    ranks = {package: rank for rank, package in enumerate(FIRST)}
    items.sort(key=lambda item: ranks.get(item.path.relative_to(tests).parts[0], len(ranks)))
