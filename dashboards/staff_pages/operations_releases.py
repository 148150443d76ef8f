"""O2 Releases and what changed: what went out, what it changed and why, how long the last run took."""

import streamlit as st

from dashboards import data_deliveries, layout, releases_told
from dashboards.components import prose
from dashboards.components.table import Table, table_html
from dashboards.page_context import PageContext, choose
from dashboards.releases_told import MOST


def draw(context: PageContext) -> None:
    """Draw the page."""
    messages, found = context.messages, releases_told.shelved(context)
    layout.heading(context, "operations_releases")
    layout.show(context, data_deliveries.gate_line(context))
    if not found:
        reason, who = messages("empty.no_release"), messages("empty.network")
        layout.show(context, prose.empty_panel(messages, messages("operations_releases.empty"), reason, who))
        _steps(context)
        layout.show_limits(context, "operations_releases")
        return
    now = next(each for each in found if each.is_current)
    with st.sidebar:
        names = {each.release_id: each.release_id for each in found}
        chosen = choose(messages("filter.release"), names, "release", now.release_id)
    release = next(each for each in found if each.release_id == chosen)
    layout.show(context, releases_told.headline(context, now, releases_told.changes(now, now.release_id)))
    listed = releases_told.table(context, found)
    _section(context, messages("operations_releases.list"), "", listed, f"rilasci-{now.as_of}")
    _changes(context, release)
    _steps(context)
    layout.show_limits(context, "operations_releases")


def _changes(context: PageContext, release: releases_told.Shelved) -> None:
    messages, told = context.messages, releases_told.changes(release, release.release_id)
    title = messages("operations_releases.changes", release=release.release_id)
    if told is None:
        layout.show(context, prose.section(title, messages("operations_releases.untold")))
        return
    layout.show(context, prose.section(title, releases_told.changed(context, told)))
    for reason, name, table in releases_told.by_reason(context, told):
        _section(context, name, "", table, f"cambiamenti-{reason}-{release.as_of}")
    if told.added:
        added = releases_told.added(context, told)
        _section(context, messages("operations_releases.added"), "", added, f"nuove-cifre-{release.as_of}")


def _steps(context: PageContext) -> None:
    messages = context.messages
    title, under = messages("operations_releases.steps"), messages("operations_releases.steps.under")
    layout.show(context, prose.section(title, under))
    table = releases_told.steps(context)
    layout.show(context, table_html(table, messages, titled=True))
    if context.release is not None:
        layout.show_downloads(context, table, f"tempi-{context.as_of}")


def _section(context: PageContext, title: str, under: str, table: Table, name: str) -> None:
    messages = context.messages
    layout.show(context, prose.section(title, under))
    first = Table(table.caption, table.columns, table.rows[:MOST], table.when_empty)
    layout.show(context, table_html(first, messages, titled=True))
    if len(table.rows) > MOST:
        counts = {"n": messages.count(MOST), "total": messages.count(len(table.rows))}
        layout.show(context, prose.caption(messages("site.first", **counts)))
    layout.show_downloads(context, table, name)


layout.staff_page("operations_releases", draw)
