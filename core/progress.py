"""Progress on the terminal: a callback for the packages, one line for people.

The packages call `progress(label, done, total)`; what they do and how long it takes does not belong here.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.table import Column

Progress = Callable[[str, int, int], None]


@contextmanager
def progress_bar(*, quiet: bool = False) -> Iterator[Progress | None]:
    """Yield a callback that draws on stderr, or None when nobody is looking: `quiet`, not a terminal, or one
    that cannot move its cursor.

    The callback never raises: a package must not fail because its progress cannot be drawn.
    """
    if quiet or not sys.stderr.isatty():
        yield None
        return
    console = Console(stderr=True)
    if console.is_dumb_terminal:
        yield None
        return
    # The label gives way on a narrow terminal; numbers stay whole.
    columns = (
        TextColumn(
            "{task.description}",
            markup=False,
            table_column=Column(no_wrap=True, overflow="ellipsis", ratio=3),
        ),
        BarColumn(bar_width=None, table_column=Column(ratio=2)),
        MofNCompleteColumn(table_column=Column(no_wrap=True, overflow="crop")),
        TimeElapsedColumn(table_column=Column(no_wrap=True, overflow="crop")),
    )
    with Bar(*columns, console=console, transient=True, expand=True) as bar:
        # One line whatever the packages call: ingestion gives each export its own label.
        line = bar.add_task("", total=None, visible=False)

        def advance(label: str, done: int, total: int) -> None:
            with suppress(Exception):
                reached, whole = int(done), int(total or 0)
                task = bar.tasks[line]
                task.total = whole or None
                if label:
                    task.description = label if label.isprintable() else ascii(label)[1:-1]
                bar.update(line, completed=reached, visible=True)

        yield advance
