"""What changed between two releases: every public figure that differs, each with exactly one reason.

Two releases arrive, changes leave, as objects, text, CSV or JSON. Why the data changed beyond that is
for the trace.
"""

import csv
import io
import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from core.duckdb_sessions import connect
from core.errors import Kind, VetroError
from publication.arrivals import CORRECTION, NEW_DATA, Arrivals
from publication.composition import PUBLIC
from publication.public_files import TABLES_JSON
from publication.release_record import reading
from publication.revision import Revision

METHOD = "method"
PROTECTION = "protection"
REASONS = {
    NEW_DATA: ("dati nuovi", "new data"),
    CORRECTION: ("correzione", "correction"),
    METHOD: ("metodo", "method"),
    PROTECTION: ("protezione", "protection"),
}
HIDDEN = "suppressed"
# Stands before whatever may show what the current release hides.
NOT_FOR_PUBLICATION = {
    "it": "Per chi gestisce il sistema: ciò che il rilascio attuale protegge, qui non è da pubblicare.",
    "en": "For whoever runs the house: what the current release protects is not for publication here.",
}
EXAMPLE = "persons_served?age_band=ALL&area=ALL&period=2025&sex=ALL&territory=network"
LINE_EXAMPLE = "t08_persons_by_wait.csv:2"


@dataclass(frozen=True)
class Change:
    """One public figure that differs. Values are text as printed, None where the figure was not shown."""

    figure: str
    was: str | None
    was_mark: str | None
    now: str | None
    now_mark: str | None
    reason: str


@dataclass(frozen=True)
class ReleaseDifference:
    """All changes from one release to another, definitions that changed without a new version, and the years
    that the later one issued again."""

    before: str
    after: str
    changes: tuple[Change, ...]
    silent_definitions: tuple[str, ...]
    revisions: tuple[Revision, ...] = ()

    @property
    def holds(self) -> bool:
        """False when a definition changed under the same version."""
        return not self.silent_definitions

    def as_text(self) -> str:
        """Return a line for every year issued again, then one a change, Italian and English reason."""
        lines = [
            f"{each.year}: issued again on {each.revised_on} / ripubblicato il {each.revised_on}: {each.why}"
            for each in self.revisions
        ]
        lines += [
            f"{change.figure}: "
            f"{_shown(change.was, change.was_mark)} -> {_shown(change.now, change.now_mark)} "
            f"({' / '.join(REASONS[change.reason])})"
            for change in self.changes
        ]
        lines += [
            f"{name}: definition changed without a new version / definizione cambiata senza nuova versione"
            for name in self.silent_definitions
        ]
        return "\n".join(lines)

    def as_csv(self) -> str:
        """Return the changes as CSV with a header."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["figure", "was", "was_mark", "now", "now_mark", "reason"])
        writer.writerows([list(asdict(change).values()) for change in self.changes])
        return text.getvalue()

    def as_json(self) -> str:
        """Return everything as JSON, and that what the current release protects is not for publication."""
        document = {"not_for_publication": NOT_FOR_PUBLICATION} | asdict(self)
        return json.dumps(document, ensure_ascii=False, indent=1)


def difference(before: Path, record: dict, after: Path, later: dict) -> ReleaseDifference:
    """Compare the public figures of two folders that hold a release each, whose records are `record` and
    `later`; the later one need not have its name yet."""
    figures = figures_in(before), figures_in(after)
    redefined, silent = _redefined(record, later)
    known = record.get("revisions", [])
    again = tuple(Revision(**each) for each in later.get("revisions", []) if each not in known)
    arrived = Arrivals.between(record, later, frozenset(each.year for each in again))
    changes = []
    for figure in sorted(figures[0].keys() | figures[1].keys()):
        was, now = figures[0].get(figure), figures[1].get(figure)
        if was != now:
            reason = _reason(figure, was, now, redefined, arrived)
            (value, mark), (new_value, new_mark) = was or (None, None), now or (None, None)
            changes.append(Change(figure, value, mark, new_value, new_mark, reason))
    return ReleaseDifference(
        record["release_id"], later["release_id"], tuple(changes), tuple(sorted(silent)), again
    )


def figures_in(folder: Path) -> dict[str, tuple[str | None, str]]:
    """Return printed value and mark by figure id, over all public tables of the release in a folder.

    Raises VetroError."""
    figures = {}
    with reading(folder), connect() as connection:
        for table in described_tables(folder):
            columns = [*table["dimensions"], table["measure"], table["mark_column"]]
            rows = connection.execute(
                f"select {', '.join(columns)} from read_parquet($path)",
                {"path": str((folder / PUBLIC / table["file"]).with_suffix(".parquet"))},
            ).fetchall()
            for *members, value, mark in rows:
                place = place_in(table, dict(zip(table["dimensions"], map(str, members), strict=True)))
                figures[figure_id(table["measure_id"], place)] = (None if value is None else str(value), mark)
    return figures


def described_tables(folder: Path) -> list[dict]:
    """Return what tables.json says of every public table and measure of a release."""
    return json.loads((folder / PUBLIC / TABLES_JSON).read_text(encoding="utf-8"))["tables"]


def place_in(table: dict, cells: Mapping[str, str]) -> dict[str, str]:
    """Return where a row of a described table stands: the members of its dimensions, those that stand still
    in the whole table among them."""
    return {dimension: cells[column] for column, dimension in table["dimensions"].items()} | table["fixed"]


def figure_id(measure: str, place: dict[str, str]) -> str:
    """Return the stable id of a public figure: its measure and where it stands, in alphabetical order.

    In a member % and & stand as %25 and %26: a territory names its schemes as it likes.
    """
    return f"{measure}?" + "&".join(
        f"{dimension}={member.replace('%', '%25').replace('&', '%26')}"
        for dimension, member in sorted(place.items())
    )


def parse_figure_id(figure: str) -> tuple[str, dict[str, str]]:
    """Return measure and place of a figure id. Raises VetroError when it is none."""
    measure, found, rest = figure.partition("?")
    if not found or not measure or not all("=" in part for part in rest.split("&")):
        raise VetroError(
            f"a figure looks like {EXAMPLE}, or is named by the file and line it stands on: {LINE_EXAMPLE} / "
            f"una cifra si scrive come {EXAMPLE}, oppure con il file e la riga in cui sta: {LINE_EXAMPLE}",
            kind=Kind.USAGE,
        )
    told = (part.split("=", 1) for part in rest.split("&"))
    return measure, {name: member.replace("%26", "&").replace("%25", "%") for name, member in told}


def _redefined(before: dict, after: dict) -> tuple[set[str], set[str]]:
    changed: set[str] = set()
    silent: set[str] = set()
    for name, now in after["definitions"].items():
        was = before["definitions"].get(name)
        if was and was["sha256"] != now["sha256"]:
            (silent if was["version"] == now["version"] else changed).add(name)
    return changed | silent, silent


def _reason(
    figure: str, was: tuple | None, now: tuple | None, redefined: Collection[str], arrived: Arrivals
) -> str:
    """Return the one reason, asked in this order: how it is computed, how it is protected, what came in.

    Where nothing came in that the figure is made from, it is computed otherwise.
    """
    measure, place = parse_figure_id(figure)
    if place.get("indicator", measure) in redefined:
        return METHOD
    if was is not None and now is not None and HIDDEN in (was[1], now[1]) and was[1] != now[1]:
        return PROTECTION
    return arrived.reason(place, is_new=was is None) or METHOD


def _shown(value: str | None, mark: str | None) -> str:
    if mark is None:
        return "-"
    return value if value is not None else f"[{mark}]"


def write(difference: ReleaseDifference, folder: Path) -> None:
    """Write changes.txt, changes.csv and changes.json into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for suffix, text in (
        ("txt", "\n".join([*NOT_FOR_PUBLICATION.values(), difference.as_text()])),
        ("csv", difference.as_csv()),
        ("json", difference.as_json()),
    ):
        (folder / f"changes.{suffix}").write_text(text, encoding="utf-8")
