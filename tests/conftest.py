"""Which tests stay together when several processes share them."""

from pathlib import Path

import pytest

# Each of these rooms builds a warehouse or a release once for all its files.
BUILT_ONCE = {"dashboards", "measures", "orchestration", "simulation"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep a file's tests, or a whole room's, in one process."""
    tests = Path(__file__).parent
    # The longest room first: left to the end it would keep one process busy while the others wait.
    items.sort(key=lambda item: item.path.relative_to(tests).parts[0] != "warehouse")
    for item in items:
        place = item.path.relative_to(tests)
        together = place.parts[0] if place.parts[0] in BUILT_ONCE else place.as_posix()
        item.add_marker(pytest.mark.xdist_group(together))
