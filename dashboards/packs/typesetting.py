"""The PDF of a pack: a document and its attached files arrive, the bytes of a PDF/A-3a and PDF/UA-1 leave.

Typst sets it from `pack.typ`, which holds the look alone: every text is written and every length measured
here. The moment in the file is that of the release, so that the bytes do not depend on the day.
"""

import json
import tempfile
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import typst

from core.presentation import formatting
from core.presentation.tokens import ASSETS, colour, hue, tokens
from dashboards.components.table import Cell
from dashboards.figures import SHOWN
from dashboards.i18n import Messages
from dashboards.packs.document import (
    Bars,
    Block,
    Document,
    Facts,
    KeyFigure,
    MoneyStages,
    Notice,
    Quote,
    Section,
    Sentence,
    TableBlock,
)
from dashboards.release import Release

TEMPLATE = Path(__file__).with_name("pack.typ")
# In this order: the second script only where the first has no character.
_FACES = [ASSETS / "fonts" / "truetype" / script for script in ("latin", "latin-ext")]
_ICONS = {"ok": "circle-check", "attention": "triangle-alert", "failed": "circle-x", "none": "info"}
_STATE_COLOURS = {"ok": "ok", "attention": "attention", "failed": "error", "none": "ink-3"}
_COLOURS = (
    "ink",
    "ink-2",
    "ink-3",
    "rule",
    "frame",
    "vetro",
    "mattone",
    "paper",
    "frosted-tint",
    "frosted-hatch",
)
_MIME = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
# A longer text takes the width of the page.
_WIDEST_IN_HALF = 52
# A place holder for a character that no face has.
_NO_CHARACTER = "\u25a1"


def pdf_bytes(
    document: Document, release: Release, messages: Messages, name: str, attached: Mapping[str, bytes]
) -> bytes:
    """Return the document as PDF; `attached` are files by ending, which go into it as `<name>.<ending>`."""
    content = _content(document, release, messages)
    content["attached"] = [
        {
            "file": f"{name}.{ending}",
            "mime": _MIME[ending],
            "description": messages(f"pack.attachment.{ending}"),
        }
        for ending in sorted(attached)
    ]
    with tempfile.TemporaryDirectory(prefix="vetro-pack-") as folder:
        root = Path(folder)
        (root / "pack.typ").write_bytes(TEMPLATE.read_bytes())
        (root / "pack.json").write_text(
            _displayable(json.dumps(content, ensure_ascii=False)), encoding="utf-8"
        )
        for ending, bytes_ in attached.items():
            (root / f"{name}.{ending}").write_bytes(bytes_)
        for file, svg in _pictures().items():
            (root / file).write_text(svg, encoding="utf-8")
        made: bytes = typst.compile(
            root / "pack.typ", root=root, font_paths=_faces(), format="pdf", pdf_standards=["a-3a", "ua-1"]
        )
    return made


@cache
def _faces() -> typst.Fonts:
    # Typst's own faces stand in for a letter that ours lack, such as a Greek one.
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=list(_FACES))


def _displayable(text: str) -> str:
    """Return the text with a box for every character that no face has: a PDF/A may not hold such a one."""
    plain = {chr(n) for n in range(0x20, 0x7F)} | {chr(n) for n in range(0xA0, 0x100)} | {"\n"}
    lacking = {character for character in sorted(set(text) - plain) if not _has_face(character)}
    return text.translate(dict.fromkeys(map(ord, lacking), _NO_CHARACTER))


@cache
def _has_face(character: str) -> bool:
    looks = '#set document(title: "a", date: none)\n#set text(font: "Source Sans 3")'
    source = f'{looks}\n#"\\u{{{ord(character):x}}}"'
    try:
        typst.compile(source.encode(), font_paths=_faces(), format="pdf", pdf_standards="ua-1")
    except typst.TypstError:
        return False
    # What is for private use is no character that others know.
    return not 0xE000 <= ord(character) <= 0xF8FF


@cache
def _pictures() -> dict[str, str]:
    """The sign and the icons, each in its colour."""
    icons = ASSETS / "icons"
    made = {"sign.svg": _coloured((icons / "sign.svg").read_text(encoding="utf-8"), "vetro")}
    for state, icon in _ICONS.items():
        svg = (icons / f"{icon}.svg").read_text(encoding="utf-8")
        made[f"state-{state}.svg"] = _coloured(svg, _STATE_COLOURS[state])
    return made


def _coloured(svg: str, name: str) -> str:
    return svg.replace("currentColor", colour(name, "light"))


def _content(document: Document, release: Release, messages: Messages) -> dict[str, Any]:
    lang, when = document.lang, release.created_at
    return {
        "lang": lang,
        "title": document.title,
        "kicker": document.kicker,
        "release": messages("foot.release", release=release.release_id),
        "internal": messages("pack.internal"),
        "page": messages("pack.page", n="\u0001", total="\u0002")
        .replace("\u0001", "{n}")
        .replace("\u0002", "{total}"),
        "description": document.finding.replace("**", ""),
        "created": {
            "year": when.year,
            "month": when.month,
            "day": when.day,
            "hour": when.hour,
            "minute": when.minute,
            "second": when.second,
        },
        "colours": {name: colour(name, "light") for name in _COLOURS}
        | {f"hue-{unit}": hue(unit, "light") for unit in ("people", "euro")}
        | {f"state-{state}": colour(name, "light") for state, name in _STATE_COLOURS.items()},
        "faces": {role: tokens()["type"][role]["family"] for role in ("text", "title")},
        "finding": _runs(document.finding),
        "facts": _facts(document.facts),
        "key_figures": [_key_figure(one) for one in document.key_figures],
        "simulated": messages("notice.simulated.word") if release.simulated else "",
        "sections": [_section(section, messages) for section in document.sections],
    }


def _runs(text: str) -> list[dict[str, Any]]:
    """The runs of a sentence, every second of which is bold."""
    return [{"text": run, "bold": n % 2 == 1} for n, run in enumerate(text.split("**")) if run]


def _key_figure(one: KeyFigure) -> dict[str, Any]:
    return {"label": one.label, "value": one.value, "look": _look(one.mark), "under": one.under}


def _facts(rows: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    return [{"label": label, "text": text, "wide": len(text) > _WIDEST_IN_HALF} for label, text in rows]


def _look(mark: str | None) -> str:
    if mark is None or mark in SHOWN:
        return "plain"
    return "frosted" if mark == "suppressed" else "chip"


def _section(section: Section, messages: Messages) -> dict[str, Any]:
    return {"title": section.title, "blocks": [_block(block, messages) for block in section.blocks]}


def _block(block: Block, messages: Messages) -> dict[str, Any]:
    match block:
        case Sentence(text):
            return {"type": "sentence", "runs": _runs(text)}
        case Notice(text):
            return {"type": "notice", "text": text}
        case Facts(rows):
            return {"type": "facts", "rows": _facts(rows)}
        case Quote(text, author, written_on):
            day = formatting.day(written_on, messages.lang)
            return {
                "type": "quote",
                "label": messages("pack.quote.label"),
                "paragraphs": [" ".join(p.split()) for p in text.split("\n\n") if p.strip()],
                "marks": ["«", "»"] if messages.lang == "it" else ["“", "”"],
                "signed": messages("pack.quote.signed", author=author, day=day),
            }
        case MoneyStages():
            return _money(block, messages)
        case TableBlock():
            return _table(block)


def _money(block: MoneyStages, messages: Messages) -> dict[str, Any]:
    amounts = {
        "awarded": block.awarded,
        "disbursed": block.disbursed,
        "reported": block.reported,
        "admitted": block.admitted,
    }
    most = max(amounts.values())
    return {
        "type": "money",
        "alternative": block.alternative,
        "lengths": {key: _percent(amount, most) for key, amount in amounts.items()},
        "key": [{"stage": key, "text": messages(f"ledger.{key}.key")} for key in amounts],
    }


def _percent(amount: Decimal | None, most: Decimal) -> float:
    if amount is None or amount <= 0 or most <= 0:
        return 0.0
    return float(round(100 * amount / most, 2))


def _table(block: TableBlock) -> dict[str, Any]:
    table = block.table
    bars = _bars(block.bars, len(table.rows))
    checked = [column.key for column in table.columns].index("state") if block.name == "checks" else None
    return {
        "type": "table",
        "caption": table.caption,
        "note": block.note,
        "empty": "" if table.rows else table.when_empty,
        "has_total": block.has_total,
        "hue": block.bars.hue if block.bars else "euro",
        "columns": [
            {"label": column.label, "numeric": column.numeric, "wide": _width(block, n)}
            for n, column in enumerate(table.columns)
        ],
        "rows": [
            {
                "cells": [_cell(cell, n == checked) for n, cell in enumerate(row)],
                "bar": bar,
            }
            for row, bar in zip(table.rows, bars, strict=True)
        ],
    }


def _width(block: TableBlock, n: int) -> float:
    """How much of the space that numbers leave a column takes; 0 for one as wide as its words."""
    columns = block.table.columns
    column = columns[n]
    if all(each.numeric or each.key == "year" for each in columns):
        return 0.9 if column.key == "year" else 1
    if column.numeric or column.kind == "date" or column.key in ("year", "state", "payer_tax_code"):
        return 0
    if column.key in ("definition", "result"):
        return 2.2
    return 1


def _cell(cell: Cell, is_state: bool) -> dict[str, Any]:
    made: dict[str, Any] = {"text": cell.text, "look": _look(cell.mark)}
    return made | {"state": str(cell.raw)} if is_state else made


def _bars(bars: Bars | None, n: int) -> Sequence[dict[str, float] | None]:
    if bars is None:
        return [None] * n
    known = [amount for amount in (*bars.length, *bars.outline) if amount is not None]
    most = max(known, default=Decimal(0))
    return [
        None
        if length is None and outline is None
        else {"length": _percent(length, most), "outline": _percent(outline, most)}
        for length, outline in zip(bars.length, bars.outline, strict=True)
    ]
