"""A reporting pack on a page: what it is about arrives; its state, its checks and its files are drawn, or the
checks that stop it.

What a pack says is `packs`'.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import streamlit as st
from markupsafe import Markup

from core.presentation import formatting
from core.presentation.formatting import Lang
from dashboards import layout, pack_texts
from dashboards.components import ledger, prose
from dashboards.components.table import Cell, Column, Table, table_html
from dashboards.packs import common_sections, narrative
from dashboards.packs.document import (
    Block,
    Document,
    Facts,
    Kind,
    MoneyStages,
    Notice,
    Quote,
    Sentence,
    TableBlock,
)
from dashboards.packs.pack import SLOTS, Pack, Refused, make_pack
from dashboards.page_context import PageContext
from dashboards.release import Release
from dashboards.settings import StaffSettings

_FORMATS = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}


def made(context: PageContext, kind: Kind, subject_id: str, year: int | None) -> Pack | Refused | None:
    """Return the pack of a subject, or why there is none; None where the release knows nothing of it.

    It is made once for the same release, texts and last run.
    """
    if context.release is None:
        return None
    texts, run = StaffSettings().packs, context.run
    path = narrative.file_of(texts, kind, subject_id, year) if texts else None
    written = path.read_bytes() if path is not None and path.is_file() else b""
    green = None if run is None else (run["green"], run["checked_at"])
    return _made(
        context.release.database,
        kind,
        subject_id,
        year,
        context.lang,
        written,
        green,
        context.release,
        texts,
        run,
    )


@st.cache_data(max_entries=24, show_spinner=False)
def _made(
    database: str,
    kind: Kind,
    subject_id: str,
    year: int | None,
    lang: Lang,
    written: bytes,
    green: tuple[bool | None, Any] | None,
    _release: Release,
    _texts: Path | None,
    _run: Mapping[str, Any] | None,
) -> Pack | Refused | None:
    # Database, texts and the outcome of the run are the key of the cache; what is read is the rest.
    return make_pack(_release, kind, subject_id, year=year, lang=lang, texts=_texts, last_run=_run)


def draw(context: PageContext, kind: Kind, subject_id: str, year: int | None = None) -> None:
    """Draw a pack: state line and files first, or the failed checks in their place; then its checks and its
    sections, and where texts are kept a place to write them."""
    document, messages = buttons(context, kind, subject_id, year), context.messages
    if document is None:
        return
    title = messages("pack_page.checks")
    layout.show(context, prose.section(title, messages("pack_page.checks.under")))
    checks = common_sections.checks_table(
        messages, title, document.checks, messages("operations.checks.empty")
    )
    layout.show(context, table_html(checks, messages, titled=True))
    _sections(context, document)
    if texts := StaffSettings().packs:
        _texts(context, document, narrative.file_of(texts, kind, subject_id, year))


def buttons(context: PageContext, kind: Kind, subject_id: str, year: int | None = None) -> Document | None:
    """Draw the state line and the files of a pack alone, or what stops it in their place; return what the
    files were made of, or None."""
    messages = context.messages
    try:
        found = made(context, kind, subject_id, year)
    except narrative.NarrativeError as error:
        layout.show(context, prose.notice("error", str(error), messages("pack_page.texts.word")))
        return None
    if found is None:
        layout.show(context, prose.caption(messages("pack_page.nothing")))
        return None
    layout.show(context, _state(context, found))
    if isinstance(found, Refused):
        layout.show(context, table_html(_failed(context, found), messages, titled=True))
        return None
    _files(context, found)
    return found.document


def _state(context: PageContext, found: Pack | Refused) -> Markup:
    messages = context.messages
    if isinstance(found, Refused):
        text = messages.counted("pack_page.refused", len(found.failed), release=found.release_id)
        return prose.notice("error", text, messages("gate.red.word"))
    day = formatting.day(found.document.data_to, context.lang)
    warned = sum(check.state == "attention" for check in found.document.checks)
    told = {"release": found.release_id, "day": day}
    if warned:
        text = messages.counted("pack_page.warned", warned, **told)
        return prose.notice("attention", text, messages("pack_page.warned.word"))
    text = messages("pack_page.ready", **told)
    return prose.notice("ok", text, messages("gate.green.word"))


def _failed(context: PageContext, found: Refused) -> Table:
    messages = context.messages
    columns = [Column("check", messages("column.check"))]
    rows = [[Cell(each.sentence or each.name.replace("_", " "), each.name)] for each in found.failed]
    return Table(messages("pack_page.failed"), columns, rows, messages("operations.checks.empty"))


def _files(context: PageContext, pack: Pack) -> None:
    messages = context.messages
    with st.container(horizontal=True, gap="small"):
        for ending, media in _FORMATS.items():
            st.download_button(
                messages(f"pack_page.{ending}"),
                pack.files[ending],
                f"{pack.stem}.{ending}",
                media,
                key=f"pack-{ending}-{pack.stem}",
                on_click="ignore",
                type="primary" if ending == "pdf" else "secondary",
            )
    hashes = [(messages(f"pack_page.{ending}.hash"), pack.sha256[ending]) for ending in _FORMATS]
    layout.show(context, prose.facts(hashes))


def _sections(context: PageContext, document: Document) -> None:
    messages = context.messages
    layout.show(context, prose.section(messages("pack_page.sections"), messages("pack_page.sections.under")))
    for section in document.sections:
        # The checks stand above.
        if section.section_id == "checks":
            continue
        with st.expander(section.title):
            layout.show(context, *(_block(context, block) for block in section.blocks))


def _block(context: PageContext, block: Block) -> Markup:
    messages = context.messages
    match block:
        case Sentence():
            return prose.paragraph(block.text)
        case Notice():
            return prose.notice("note", block.text, messages("pack_page.note"))
        case Facts():
            return prose.facts(block.rows)
        case MoneyStages():
            amounts = (block.awarded, block.disbursed, block.reported, block.admitted)
            bar = ledger.LedgerRow(messages("foundation_grant.money"), "", *amounts)
            return ledger.ledger(block.alternative, [bar], messages)
        case TableBlock():
            return table_html(block.table, messages) + (prose.caption(block.note) if block.note else Markup())
        case Quote():
            signed = messages(
                "pack_page.signed", author=block.author, day=formatting.day(block.written_on, context.lang)
            )
            return prose.quotation(block.text) + prose.caption(signed)


def _texts(context: PageContext, document: Document, path: Path) -> None:
    messages, slots = context.messages, SLOTS[document.kind]
    titles = {section.section_id: section.title for section in document.sections}
    layout.show(context, prose.section(messages("pack_page.texts"), messages("pack_page.texts.under")))
    _slot(context, [(slot, titles[slot]) for slot in slots if slot in titles], path, slots)


@st.fragment
def _slot(context: PageContext, titles: Sequence[tuple[str, str]], path: Path, slots: Sequence[str]) -> None:
    messages, quotes = context.messages, narrative.read(path, slots)
    section = st.selectbox(
        messages("pack_page.slot"),
        [slot for slot, _ in titles],
        format_func=dict(titles).__getitem__,
        key=f"slot-{path.stem}",
    )
    held = quotes.get(section)
    with st.form(f"text-{path.stem}-{section}"):
        text = st.text_area(
            messages("pack_page.text"),
            held.text if held else "",
            max_chars=narrative.MOST_CHARACTERS,
            help=messages("pack_page.text.help"),
        )
        author = st.text_input(messages("pack_page.author"), held.author if held else "", max_chars=200)
        sent = st.form_submit_button(messages("pack_page.save"))
    if sent:
        _save(context, path, quotes, section, text, author, context.today)


def _save(
    context: PageContext,
    path: Path,
    quotes: Mapping[str, Quote],
    section: str,
    text: str,
    author: str,
    day: date,
) -> None:
    messages = context.messages
    if text.strip() and not author.strip():
        layout.show(
            context,
            prose.notice("attention", messages("pack_page.no_author"), messages("pack_page.texts.word")),
        )
        return
    try:
        pack_texts.write(path, quotes, section, text, author, day)
    except OSError:
        layout.show(
            context, prose.notice("error", messages("pack_page.not_saved"), messages("pack_page.texts.word"))
        )
        return
    st.rerun()
