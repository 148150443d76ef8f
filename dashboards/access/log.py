"""The access log: which role opened which page of which release, and when. Nothing about who it was.

One line of JSON per page that was opened, in a file per month; a line is written in one step, so that many
sessions and processes can write at once. What the lines count to is asked in `queries`.
"""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from core.presentation.formatting import rome_day

# Files of months longer ago than this are removed.
MONTHS_KEPT = 24


def record(folder: Path, *, role: str, page: str, release: str | None, at: datetime | None = None) -> None:
    """Append that a page was opened. `at`: the moment, in UTC; now, if not given."""
    at = at or datetime.now(UTC)
    line = {"at": at.strftime("%Y-%m-%dT%H:%M:%SZ"), "role": role, "page": page, "release": release}
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / f"{at:%Y-%m}.jsonl"
    if not file.exists():
        _remove_old(folder, at.date())
    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        # One write of a short line at the end of a file is not mixed with that of another process.
        os.write(descriptor, (json.dumps(line) + "\n").encode())
    finally:
        os.close(descriptor)


def entries(folder: Path, since: date) -> Iterator[dict[str, Any]]:
    """Yield what was recorded from a day (in Rome) on: day, role, page, release. A line that is not whole is
    left out."""
    for file in sorted(folder.glob("????-??.jsonl")):
        if file.stem < f"{since:%Y-%m}" and file.stem != _before(since):
            continue
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
            with suppress(ValueError, KeyError, TypeError):
                told = json.loads(line)
                day = rome_day(datetime.strptime(told["at"], "%Y-%m-%dT%H:%M:%SZ"))
                if day >= since:
                    yield {"day": day, **{key: told[key] for key in ("role", "page", "release")}}


def _before(day: date) -> str:
    # The first hours of a month in Rome stand in the file of the month before, in UTC.
    return f"{day.year - (day.month == 1)}-{(day.month - 2) % 12 + 1:02}"


def _remove_old(folder: Path, today: date) -> None:
    oldest = today.year * 12 + today.month - 1 - MONTHS_KEPT
    first = f"{oldest // 12:04}-{oldest % 12 + 1:02}"
    for file in folder.glob("????-??.jsonl"):
        if file.stem < first:
            file.unlink(missing_ok=True)
