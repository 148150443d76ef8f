"""The receipt: what is said of one attempt to send an export.

Arrives: the outcome of one attempt. Leaves: a `Receipt`, and its errors in groups. Deciding the outcome does
not belong here, nor writing it down (`outbox`, `receipt_page`).
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple

from ingestion.contract.codes import CODES
from ingestion.contract.findings import ERRORS_KEPT, Finding
from ingestion.contract.sentences import UNJUDGED, is_json, sentence

ACCEPTED, REFUSED, HELD, KNOWN = "accepted", "refused", "held", "known"
STATUS_WORDS = {
    ACCEPTED: ("accettata", "accepted"),
    REFUSED: ("rifiutata", "refused"),
    HELD: ("in attesa", "held"),
    KNOWN: ("già nota", "already known"),
}
UNKNOWN_FOLDER = "_unknown"
# What may bring about other errors stands before them, what others bring about after them.
_CAUSES = (
    "manifest_unreadable", "archive_unsafe", "contract_unknown", "instance_unknown", "entity_unknown",
    "entity_missing", "file_missing", "file_undeclared", "checksum_mismatch", "encoding_wrong",
    "column_unknown", "column_forbidden", "column_missing", "row_malformed",
)  # fmt: skip
_CONSEQUENCES = (
    "row_count_mismatch", "control_total_mismatch", "too_many_bad_rows", "export_id_reused",
    "sequence_reused", "sequence_gap",
)  # fmt: skip


@dataclass(frozen=True)
class Receipt:
    """The outcome of one attempt. `counts` maps an entity to received, loaded, known, quarantined (rows)."""

    export_id: str
    instance: str
    status: str
    errors: tuple[dict, ...] = ()
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    path: Path | None = None
    errors_left_out: int = 0
    # What could not be judged where the past is not known: shaped as an error, and none. Ingestion judges
    # all.
    unjudged: tuple[dict, ...] = ()
    # Of the rows loaded, how many bring a record that was in already in another form: what they tell takes
    # the place of what was told before.
    changed: dict[str, int] = field(default_factory=dict)
    # What became of every record of foreign files, file by file: see `adapters.accounts`.
    files: tuple[dict, ...] = ()
    # The export says of itself that its data are simulated.
    simulated: bool = False
    # For its reader alone: the territory's name where it is known, the days that the export tells of, and
    # when the answer was given.
    name: str = ""
    period: tuple[date, date] | None = None
    answered_at: datetime = field(default_factory=lambda: datetime.now(UTC), compare=False)

    def content(self) -> dict:
        """Return what the receipt file holds."""
        content: dict[str, object] = {
            "export_id": self.export_id,
            "instance": self.instance,
            "status": self.status,
            "errors": list(self.errors),
            "counts": self.counts,
        }
        if self.errors_left_out:
            content["errors_left_out"] = self.errors_left_out
        if self.changed:
            content["changed"] = self.changed
        if self.files:
            content["files"] = list(self.files)
        if self.simulated:
            content["simulated"] = True
        return content


def error_of(finding: Finding) -> dict:
    """Return a finding as it stands in a receipt, with its sentence in Italian and English."""
    said = sentence(
        finding.code, finding.entity, finding.column, finding.detail, is_json=is_json(finding.file)
    )
    return {
        "entity": finding.entity,
        "file": finding.file,
        "line": finding.line,
        "column": finding.column,
        "code": finding.code,
        "message_it": said.it,
        "message_en": said.en,
    }


def errors_of(findings: Sequence[Finding]) -> tuple[tuple[dict, ...], int]:
    """Return the errors of a receipt, whole-export codes first, and how many were left out."""
    ordered = sorted(
        findings, key=lambda f: (not CODES[f.code].whole_export, f.entity or "", f.line or 0, f.code)
    )
    return tuple(error_of(finding) for finding in ordered[:ERRORS_KEPT]), max(0, len(ordered) - ERRORS_KEPT)


def unjudged_of(findings: Sequence[Finding]) -> tuple[dict, ...]:
    """Return what a receipt says of rows that nobody here can judge."""
    said = {"message_it": UNJUDGED.it, "message_en": UNJUDGED.en}
    return tuple(error_of(finding) | said for finding in findings[:ERRORS_KEPT])


def account_sentences(file: dict) -> list[tuple[str, str, str]]:
    """Return what is said of one file's account: the entity concerned or none, then Italian and English."""
    said = [
        (
            "",
            f"{file['records']} record: {file['taken']} presi, {file['set_aside']} messi da parte, "
            f"{sum(left['rows'] for left in file['left_out'])} esclusi.",
            f"{file['records']} records: {file['taken']} taken, {file['set_aside']} set aside, "
            f"{sum(left['rows'] for left in file['left_out'])} left out.",
        )
    ]
    said += [("", *_left_out(left)) for left in file["left_out"]]
    for block in file["entities"]:
        name = block["entity"]
        said.append((name, f"{name}: {block['rows']} righe.", f"{name}: {block['rows']} rows."))
        for left in block["left_out"]:
            it, en = _left_out(left)
            said.append((name, f"{name}: {it}", f"{name}: {en}"))
    if not file["entities"]:
        said.append(("", "Letto solo per ricerche (lookup).", "Read for look-ups only."))
    for key, it, en in (
        ("filled_rows", "Record corti completati: {}.", "Short records filled: {}."),
        ("cut_rows", "Record lunghi tagliati: {}.", "Long records cut: {}."),
        ("rounded", "Numeri arrotondati: {}.", "Numbers rounded: {}."),
    ):
        if key in file:
            said.append(("", it.format(file[key]), en.format(file[key])))
    if "sheets" in file:
        names = ", ".join(file["sheets"])
        said.append(("", f"Fogli non letti: {names}.", f"Sheets not read: {names}."))
    return said


def _left_out(left: dict) -> tuple[str, str]:
    more = left["rows"] - len(left["lines"])
    lines = ", ".join(map(str, left["lines"]))
    return (
        f"{left['rows']} esclusi da «{left['rule']}» (righe {lines}{f' e altre {more}' if more else ''}).",
        f"{left['rows']} left out by “{left['rule']}” (lines {lines}{f' and {more} more' if more else ''}).",
    )


class ErrorGroup(NamedTuple):
    """Errors of one code, column and sentence, in the order in which they were found."""

    code: str
    about: str
    message_it: str
    message_en: str
    errors: Sequence[dict]


def grouped(errors: Sequence[dict]) -> list[ErrorGroup]:
    """Return the errors in groups: causes before what they may bring about, then those that stand first.

    Of an error of the whole export the column is no part of what it is about.
    """
    groups: dict[tuple[str, str, str, str], list[dict]] = defaultdict(list)
    for error in errors:
        column = [] if CODES[error["code"]].whole_export else [error["entity"], error["column"]]
        about = ".".join(part for part in column if part)
        groups[error["code"], about, error["message_it"], error["message_en"]].append(error)
    found = [ErrorGroup(*key, alike) for key, alike in groups.items()]
    return sorted(found, key=lambda group: _rank(group.code))


def _rank(code: str) -> int:
    if code in _CAUSES:
        return _CAUSES.index(code)
    return len(_CAUSES) + (1 + _CONSEQUENCES.index(code) if code in _CONSEQUENCES else 0)
