"""The spreadsheet and the JSON of a pack: a document arrives, the bytes of both leave.

Both hold the same cells as the PDF, and what was written beside the release stands in neither.
"""

import json
from typing import Any

from core.presentation.workbook import workbook
from dashboards.components import spreadsheet
from dashboards.components.download import INTERNAL, records
from dashboards.i18n import Messages
from dashboards.packs.common_sections import database_hash
from dashboards.packs.document import Document, Section, TableBlock
from dashboards.release import Release


def xlsx_bytes(document: Document, release: Release, messages: Messages) -> bytes:
    """Return the tables as a workbook, one sheet each, with the facts, the release and the definitions."""
    sheets = [
        spreadsheet.sheet(block.table, block.table.caption, [block.note] if block.note else [])
        for block in document.tables
        if block.name != "definitions"
    ]
    facts = [
        (document.kicker, document.title),
        *document.facts,
        (messages("pack.fact.as_of"), release.as_of.isoformat()),
        (messages("pack.fact.hash"), database_hash(release.facts)),
    ]
    printed = f"{document.title} · {release.release_id}"
    about = spreadsheet.about(document.title, facts, release, messages, printed)
    definitions = spreadsheet.definitions(document.indicators, messages)
    return workbook(sheets, about, definitions, document.lang, release.created_at)


def json_bytes(document: Document, release: Release, messages: Messages) -> bytes:
    """Return the pack as JSON: what it is about, the release, the checklist, every table by section, and the
    definitions. Numbers are texts with a point, to the cent."""
    simulated = release.simulated
    content: dict[str, Any] = {
        "pack": document.kind,
        "id": document.subject_id,
        "year": document.year,
        "language": document.lang,
        "title": document.title,
        "finding": document.finding.replace("**", ""),
        "facts": [{"label": label, "text": text} for label, text in document.facts],
        "key_figures": [
            {"label": one.label, "value": one.value, "mark": one.mark} for one in document.key_figures
        ],
        "release": {
            "release_id": release.release_id,
            "created_at": release.created_at.isoformat() + "Z",
            "as_of": release.as_of.isoformat(),
            "code_version": release.facts.get("code_version"),
            "database_sha256": database_hash(release.facts),
        },
        "data_to": document.data_to.isoformat(),
        **({"simulated_instances": simulated.told} if simulated else {}),
        **INTERNAL,
        "checks": [
            {"id": check.check_id, "name": check.name, "state": check.state, "result": check.result}
            for check in document.checks
        ],
        "sections": [_section(section) for section in document.sections],
        "indicators": {
            i.indicator_id: {"name": i.name(messages), "unit": i.unit, "definition": i.definition(messages)}
            for i in document.indicators
        },
    }
    return json.dumps(content, ensure_ascii=False, indent=1).encode("utf-8")


def _section(section: Section) -> dict[str, Any]:
    tables = [
        {
            "name": block.name,
            "title": block.table.caption,
            "note": block.note,
            "columns": {column.key: column.label for column in block.table.columns},
            "rows": records(block.table),
        }
        for block in section.blocks
        if isinstance(block, TableBlock) and block.name != "definitions"
    ]
    return {"id": section.section_id, "title": section.title, "tables": tables}
