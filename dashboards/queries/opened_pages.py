"""Which pages were opened, by whom of the roles: the access log arrives, counts leave."""

from collections import Counter
from datetime import date
from pathlib import Path

from dashboards.access.log import entries
from dashboards.queries.release_database import Row


def opened_pages(folder: Path | None, since: date) -> list[Row]:
    """Return role, page, month (its first day) and views of the pages opened from a day on, by role and page.

    Read fresh every time, since it grows; none without a folder. It holds no reader, and by the month not
    even the days on which somebody who has a role alone was at work.
    """
    if folder is None or not folder.is_dir():
        return []
    counted = Counter(
        (entry["role"], entry["page"], entry["day"].replace(day=1)) for entry in entries(folder, since)
    )
    return [
        {"role": role, "page": page, "month": month, "views": views}
        for (role, page, month), views in sorted(counted.items())
    ]
