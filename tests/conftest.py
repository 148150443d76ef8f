"""Which tests stay together when several processes share them."""

from pathlib import Path

import pytest

# Each of these rooms builds a warehouse or a release once for all its files.
BUILT_ONCE = {"dashboards", "measures", "orchestration", "simulation"}
# The longest rooms first: left to the end they would keep one process busy while the others wait.
FIRST = ("warehouse", "orchestration", "measures", "dashboards")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep a file's tests, or a whole room's, in one process; pytest-xdist reads that afterwards."""
    tests = Path(__file__).parent
    for item in items:
        place = item.path.relative_to(tests)
        together = place.parts[0] if place.parts[0] in BUILT_ONCE else place.as_posix()
        item.add_marker(pytest.mark.xdist_group(together))
    rooms = {room: rank for rank, room in enumerate(FIRST)}
    items.sort(key=lambda item: rooms.get(item.path.relative_to(tests).parts[0], len(rooms)))
