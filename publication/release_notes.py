"""What a release tells everybody of itself: the figures it changes and why, and the attack it withstood.

The release before and the finished one arrive, `changes.json`, `changes.csv` and `attack.json` leave. A
number that is hidden now is not repeated, although it was printed once.
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from publication.composition import PUBLIC
from publication.difference import HIDDEN, Change, difference, parse_figure_id
from publication.simulated import COLUMN, Simulated

CHANGES_JSON, CHANGES_CSV, ATTACK_JSON = "changes.json", "changes.csv", "attack.json"
_COLUMNS = ("figure", "scope", "was", "was_mark", "now", "now_mark", "reason")


def write_changes(
    folder: Path,
    record: Mapping,
    before: Path | None,
    record_before: Mapping | None,
    simulated: Simulated,
) -> None:
    """Write which figures the release in `folder` changes from the one in `before`, and how many are new, by
    scope (`instance:bari`). Both are folders of releases; `record` is what is known of the new one.
    """
    changed: list[Change] = []
    added: Counter[str] = Counter()
    if before is not None and record_before is not None:
        for change in difference(before, dict(record_before), folder, dict(record)).changes:
            if change.was_mark is None:
                added[scope_of(change.figure)] += 1
            else:
                changed.append(change)
    rows = [dict(zip(_COLUMNS, _public_values(change), strict=True)) for change in changed]
    document = {
        "before": None if record_before is None else record_before["release_id"],
        "release_id": record["release_id"],
        "changes": rows,
        "added": dict(sorted(added.items())),
        **simulated.as_statement(),
    }
    public = folder / PUBLIC
    (public / CHANGES_JSON).write_text(
        json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )
    text = io.StringIO()
    beside = {COLUMN: simulated.named} if simulated else {}
    writer = csv.DictWriter(text, [*_COLUMNS, *beside], lineterminator="\n")
    writer.writeheader()
    writer.writerows(row | beside for row in rows)
    (public / CHANGES_CSV).write_text(text.getvalue(), encoding="utf-8")


def write_attack(
    public: Path, simulated: Simulated, *, cells: int, hidden: int, releases: int, told_before: int
) -> None:
    """Write what the attack was mounted on, and that it found nothing: else there would be no release.

    `told_before`: how many hidden cells an earlier release tells by itself to somebody on the spot.
    """
    report = {"cells": cells, "hidden": hidden, "releases": releases, "findings": 0}
    report["told_before"] = told_before
    document = report | simulated.as_statement()
    (public / ATTACK_JSON).write_text(
        json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )


def scope_of(figure: str) -> str:
    """Return the scope that a figure is of: `instance:bari`, `funder:99000000994`, `grant:bari:GR-1`."""
    _, place = parse_figure_id(figure)
    if "scope_type" in place:
        return f"{place['scope_type']}:{place['scope']}"
    for dimension in ("provider", "funder", "call", "scheme"):
        if place.get(dimension) not in (None, "ALL"):
            return f"{dimension}:{place[dimension]}"
    return place.get("award") or place.get("territory") or "network"


def _public_values(change: Change) -> tuple[str | None, ...]:
    was = None if change.now_mark == HIDDEN else change.was
    return (
        change.figure,
        scope_of(change.figure),
        was,
        change.was_mark,
        change.now,
        change.now_mark,
        change.reason,
    )
