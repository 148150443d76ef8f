"""The way into the packs: a release, a kind and an id arrive; three files leave, or the checks that failed.

The same release and the same texts give the same bytes, wherever and whenever they are made.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from core.presentation.formatting import Lang
from dashboards.i18n import Messages
from dashboards.packs import data_files, grant, narrative, provider, release_reader, territory, typesetting
from dashboards.packs.document import Document, Kind, Quote, Section
from dashboards.packs.release_reader import ReleaseReader
from dashboards.release import Release

# A check of this severity that failed stops a release, and so a pack.
CRITICAL = "critical"
SLOTS: Mapping[Kind, tuple[str, ...]] = {
    "grant": grant.SLOTS,
    "territory": territory.SLOTS,
    "provider": provider.SLOTS,
}


@dataclass(frozen=True)
class Pack:
    """A pack as files: their common name (`stem`), their bytes by ending, the hash of each, and the document
    they were made of, which a page can show before anybody downloads them."""

    stem: str
    release_id: str
    document: Document
    files: Mapping[str, bytes] = field(repr=False)

    @property
    def sha256(self) -> dict[str, str]:
        """Return the SHA-256 of every file, by ending."""
        return {ending: hashlib.sha256(content).hexdigest() for ending, content in self.files.items()}


@dataclass(frozen=True)
class FailedCheck:
    """A check for which a pack is refused: its name as the checks know it, and what it says."""

    name: str
    sentence: str


@dataclass(frozen=True)
class Refused:
    """No pack: the gate was red, or the numbers do not hold together."""

    release_id: str
    failed: Sequence[FailedCheck]


def make_pack(
    release: Release,
    kind: Kind,
    subject_id: str,
    *,
    year: int | None = None,
    lang: Lang = "it",
    texts: Path | None = None,
    last_run: Mapping[str, Any] | None = None,
) -> Pack | Refused | None:
    """Return the pack of a grant, of a territory's year or of a provider's year; None where the release knows
    no such subject, or nothing of it in the year.

    Whether the reader may have it, the caller decides: a pack is read from the release itself, not from what
    the viewer of a page holds of it. `texts` is the folder with what people wrote beside the release;
    `last_run` what the last run left (`queries.last_run`), which refuses a pack of the current release while
    its gate is red.
    Raises NarrativeError where a text cannot be used.
    """
    failed = _red(last_run, lang)
    if failed:
        return Refused(release.release_id, failed)
    messages, name = Messages(lang), f"{kind}-{narrative.stem(subject_id, year)}.{lang}"
    with release_reader.connect(release) as reader:
        document = _document(reader, kind, subject_id, year, messages, name)
        failed = [*_not_passed(reader, lang), *_not_holding(document)]
    if document is None:
        return None
    if failed:
        return Refused(release.release_id, failed)
    quotes: Mapping[str, Quote] = {}
    if texts is not None:
        quotes = narrative.read(narrative.file_of(texts, kind, subject_id, year), SLOTS[kind])
    files = {
        "xlsx": data_files.xlsx_bytes(document, release, messages),
        "json": data_files.json_bytes(document, release, messages),
    }
    written = with_texts(document, quotes)
    pdf = typesetting.pdf_bytes(written, release, messages, name, files)
    return Pack(name, release.release_id, document, {"pdf": pdf, **files})


def known_years(release: Release, kind: Kind, subject_id: str) -> list[int]:
    """Return the years of which the release knows anything of a territory or a provider, the newest first."""
    scope = {"grant": "grant", "territory": "instance", "provider": "provider"}[kind]
    with release_reader.connect(release) as reader:
        cells = reader.figures(scope, subject_id, "year")
    known = {key[3].year for key, figure in cells.items() if figure.mark != "missing"}
    return sorted(known, reverse=True)


def with_texts(document: Document, quotes: Mapping[str, Quote]) -> Document:
    """Return the document with each text at the end of its section."""
    sections = [
        Section(s.section_id, s.title, [*s.blocks, quotes[s.section_id]]) if s.section_id in quotes else s
        for s in document.sections
    ]
    return replace(document, sections=sections)


def _document(
    reader: ReleaseReader, kind: Kind, subject_id: str, year: int | None, messages: Messages, stem: str
) -> Document | None:
    if kind == "grant":
        return grant.document(reader, subject_id, messages, stem)
    if year is None:
        raise ValueError(f"the pack of a {kind} is about a year")
    build = territory.document if kind == "territory" else provider.document
    return build(reader, subject_id, year, messages, stem)


def _red(last_run: Mapping[str, Any] | None, lang: Lang) -> list[FailedCheck]:
    """Why the gate of the last run is red; nothing where it is green, or nothing ran."""
    if last_run is not None and last_run["green"] is False:
        found = [
            check for check in last_run["checks"] if not check["passed"] and check["severity"] == CRITICAL
        ]
        named = [FailedCheck(check["check_name"], check[f"detail_{lang}"] or "") for check in found]
        return named or [FailedCheck("gate", Messages(lang)("pack.refused.red"))]
    return []


def _not_passed(reader: ReleaseReader, lang: Lang) -> list[FailedCheck]:
    """What of the release's own gate did not pass."""
    checks = [row for row in reader.checks() if not row["passed"] and row["severity"] == CRITICAL]
    failed = [FailedCheck(row["check_name"], row[f"detail_{lang}"] or "") for row in checks]
    if not failed and not reader.release.gate_green:
        failed.append(FailedCheck("gate", Messages(lang)("pack.refused.red")))
    return failed


def _not_holding(document: Document | None) -> list[FailedCheck]:
    checks = document.checks if document else ()
    return [FailedCheck(check.check_id, check.result) for check in checks if check.state == "failed"]
