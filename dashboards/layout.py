"""The common frame of every page: style, header, navigation, notices, states, downloads, footer.

The context and a page's own drawing arrive, a whole page leaves. What a page is about does not belong here.
"""

from collections.abc import Callable, Sequence
from datetime import date
from itertools import groupby
from pathlib import Path

import duckdb
import pandas as pd
import streamlit as st

from core.presentation import formatting
from core.presentation.stylesheet import application_stylesheet
from dashboards import public_pages, queries
from dashboards.access.log import record
from dashboards.components import download, frame, prose
from dashboards.components.table import Cell, Table, twin
from dashboards.export_coverage import known_to, usual_year
from dashboards.figures import Indicator
from dashboards.i18n import OTHER
from dashboards.page_context import (
    NotYoursError,
    PageContext,
    address,
    choose_year,
    complete_address,
    staff_context,
    state,
)
from dashboards.pages import STAFF, StaffPage
from dashboards.pictures.svg import Picture
from dashboards.settings import StaffSettings

# A list is as high as fifteen of its rows, at most.
LIST_HEIGHT = 36 * 16
_APPLICATION = Path(__file__).parent / "application.css"

# What `st.html` cleans has no SVG left; every text of a picture is escaped by its template.
_picture = st.components.v2.component(
    "casa-di-vetro-picture",
    js="export default ({ data, parentElement }) => { parentElement.innerHTML = data }",
    isolate_styles=False,
)


def show(context: PageContext, *parts: str) -> None:
    """Print parts, in the language of the page."""
    st.html(f'<div class="cdv" lang="{context.lang}">{"".join(parts)}</div>')


def show_svg(context: PageContext, picture: Picture, table: Table, name: str, *used: Indicator) -> None:
    """Print a picture that is drawn once as SVG, then its table twin and the files of that table."""
    _picture(data=f'<div class="cdv" lang="{context.lang}">{picture.html()}</div>', key=f"picture-{name}")
    show_twin(context, table, name, *used)


def show_list(context: PageContext, table: Table, name: str, page: str, ids: Sequence[str]) -> None:
    """Print a long list that can be sorted and searched, and open a page, by its key, about the row that the
    reader selects; `ids` are those of the rows, which that page knows under `id`."""
    columns = list(zip(table.columns, zip(*table.rows, strict=True), strict=True))
    frame = pd.DataFrame({column.label: [_sorted_by(cell) for cell in cells] for column, cells in columns})
    texts = {
        column.label: {_sorted_by(cell): cell.text for cell in cells}.__getitem__ for column, cells in columns
    }
    shown = frame.style.format(texts)
    selected = st.dataframe(
        shown,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key=f"list-{name}",
        alt=table.caption,
        height=min(36 * (len(ids) + 1), LIST_HEIGHT),
    )
    if selected.selection.rows:
        (registered,) = (each for each in STAFF if each.key == page)
        chosen = {**state(), "id": ids[selected.selection.rows[0]]}
        st.switch_page(registered.file, query_params=chosen)


def _sorted_by(cell: Cell) -> str | float:
    # What lacks stands before all others.
    if cell.raw is None:
        return ""
    return cell.raw if isinstance(cell.raw, str) else float(cell.raw)


def show_twin(context: PageContext, table: Table, name: str, *used: Indicator) -> None:
    """Print the table under a picture, folded, and the buttons that give the same table as a file."""
    show(context, twin(table, context.messages, is_open=context.table_open))
    show_downloads(context, table, name, *used)


def show_downloads(context: PageContext, table: Table, name: str, *used: Indicator) -> None:
    """Print the two download buttons of a table; they stand also where every number is protected.

    name -- of the files: what they hold, of whom, and of which period.
    """
    release = context.release
    if release is None:
        return
    stem = f"casa-di-vetro_{name}_{release.release_id}"
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            context.messages("download.csv"),
            download.csv_bytes(table, release.release_id, release.simulated),
            f"{stem}.csv",
            "text/csv",
            key=f"csv-{name}",
            on_click="ignore",
        )
        st.download_button(
            context.messages("download.json"),
            download.json_bytes(table, release, known_to(context).ends(), used, download.INTERNAL),
            f"{stem}.json",
            "application/json",
            key=f"json-{name}",
            on_click="ignore",
        )


def staff_page(page: str, draw: Callable[[PageContext], None]) -> None:
    """Draw a signed-in page: frame, notices, the page's own parts, footer. `page` is its key
    in the register.
    """
    context = staff_context()
    (registered,) = (each for each in STAFF if each.key == page)
    if context.standing.state != "in" or not registered.seen_by(context.viewer):
        closed_page(page)
        return
    _open(context)
    _simulated(context)
    _demonstration(context)
    if not registered.is_about_runs:
        _red_gate(context)
    _record(context, page)
    _page(context, page, draw, without_release=registered.is_about_runs)


def closed_page(page: str) -> None:
    """Draw what answers an address that is not the reader's: signing in, or the sentence that it is not
    theirs, which is the same for what does not exist. page -- what the address asks for."""
    context = staff_context()
    _open(context)
    _demonstration(context)
    if context.standing.state == "in":
        _not_yours(context, page, None)
    else:
        _sign_in(context)
    complete_address()


def _sign_in(context: PageContext) -> None:
    messages, state = context.messages, context.standing.state
    show(context, prose.heading(messages("sign_in.title"), messages("sign_in.question")))
    kind: prose.NoticeKind = "note" if state == "out" else "attention"
    show(context, prose.notice(kind, messages(f"sign_in.{state}"), messages(f"sign_in.{state}.word")))
    if state in ("out", "over"):
        st.button(messages("sign_in.button"), on_click=st.login, type="primary")
    elif state == "unknown":
        st.button(messages("sign_out.button"), on_click=st.logout)
    if public := StaffSettings().public_address:
        link = f"{public.rstrip('/')}/{context.lang}/"
        show(context, f"<p>{prose.link(messages('sign_in.public'), link)}</p>")


def _not_yours(context: PageContext, page: str, asked: str | None) -> None:
    """Say that a page, or the subject of one, is not the reader's, and where the public one is."""
    messages = context.messages
    show(context, prose.heading(messages("not_yours.title"), messages("not_yours.question")))
    show(context, prose.notice("note", messages("not_yours.text"), messages("not_yours.word")))
    show(context, f"<p>{prose.link(messages('not_yours.start'), f'./?lang={context.lang}')}</p>")
    if public := StaffSettings().public_address:
        subject = asked if asked is not None else public_pages.asked_for(page, state())
        path = public_pages.path_of(context, page, subject)
        link = f"{public.rstrip('/')}/{path}"
        show(context, f"<p>{prose.link(messages('not_yours.public'), link)}</p>")


def _demonstration(context: PageContext) -> None:
    if context.standing.is_demonstration:
        messages = context.messages
        show(context, prose.notice("note", messages("notice.demo"), messages("notice.demo.word")))


def _record(context: PageContext, page: str) -> None:
    """Write into the access log that a page was opened: once, however often it is drawn anew."""
    folder, release = StaffSettings().access_log, context.release
    opened = (page, context.viewer.role, release.release_id if release else None)
    if folder is None or st.session_state.get("access.recorded") == opened:
        return
    st.session_state["access.recorded"] = opened
    record(folder, role=opened[1], page=page, release=opened[2])


def _page(
    context: PageContext, page: str, draw: Callable[[PageContext], None], *, without_release: bool = False
) -> None:
    messages = context.messages
    if context.release is None and not without_release:
        heading(context, page)
        show(
            context,
            prose.empty_panel(
                messages, messages(f"{page}.empty"), messages("empty.no_release"), messages("empty.network")
            ),
        )
        show_limits(context, page)
    else:
        try:
            draw(context)
        except NotYoursError as error:
            _not_yours(context, page, error.asked)
        except duckdb.Error:
            _unreadable(context)
    _footer(context)
    complete_address()


def heading(context: PageContext, page: str, *, title: str | None = None, above: str = "") -> None:
    """Print title and question of a page."""
    show(
        context,
        prose.heading(
            title or context.messages(f"{page}.title"), context.messages(f"{page}.question"), above
        ),
    )


def choose_year_of(
    context: PageContext, scope_type: str, scope_id: str | None = None, *, newest: bool = False
) -> date:
    """Draw the choice of a year among those that a subject, or all of a kind, has any figure of, and return
    its first day; it opens with the year that all pages open with, or with the newest."""
    years = queries.periods(context.database, scope_type, scope_id, "year") or [
        date(context.as_of.year, 1, 1)
    ]
    default = str(max(years).year) if newest else usual_year(context, years)
    return choose_year(context, years, default)


def show_limits(context: PageContext, page: str, more: Sequence[str] = ()) -> None:
    """Print the box of what is and is not in the data: the page's own lines, then those that the data add."""
    show(context, prose.limits(context.messages, [*context.messages.lines(f"{page}.limits"), *more]))


def _open(context: PageContext) -> None:
    """Print style and header; tell the browser the language of the page."""
    style = application_stylesheet(context.theme, "staff", "app/static")
    st.html(f"<style>{style}\n{_APPLICATION.read_text(encoding='utf-8')}</style>")
    st.html(f"<script>document.documentElement.lang='{context.lang}'</script>", unsafe_allow_javascript=True)
    messages, other = context.messages, OTHER[context.lang]
    facts = []
    if context.standing.state == "in":
        facts.append(messages("top.role", role=messages(f"role.{context.viewer.role}")))
        if context.release is not None:
            day = formatting.day_of(context.release.created_at, context.lang)
            facts.append(messages("top.release", day=day))
    link = address(lang="en" if other == "en" else None)
    show(context, frame.top(messages("top.skip"), facts, link, other, messages("top.other_language")))


def staff_navigation(context: PageContext, pages: Sequence[tuple[StaffPage, st.Page]]) -> None:
    """Print the pages in the left column, under the names of their audiences; links keep
    language and choices.
    """
    with st.sidebar:
        for audience, entries in groupby(pages, lambda entry: entry[0].audience):
            if audience:
                show(context, frame.audience(context.messages(f"audience.{audience}")))
            with st.container(gap=None):
                for page, link in entries:
                    st.page_link(link, label=context.messages(f"{page.key}.title"), query_params=state())


def _simulated(context: PageContext) -> None:
    """Say above everything else that what the page shows is of nobody real, or of which territories."""
    messages = context.messages
    if context.release is None or not context.release.simulated:
        return
    told = context.release.simulated
    text = messages("notice.simulated") if told.whole else messages("notice.simulated.some", names=told.names)
    show(context, prose.notice("attention", text, messages("notice.simulated.word")))


def _red_gate(context: PageContext) -> None:
    if context.run is None or context.run["green"] is not False:
        return
    messages = context.messages
    text = messages("notice.red")
    if context.release is not None:
        text = messages("notice.red.kept", day=formatting.day_of(context.release.created_at, context.lang))
    show(context, prose.notice("error", text, messages("notice.red.word")))


def _unreadable(context: PageContext) -> None:
    messages = context.messages
    show(
        context,
        prose.notice(
            "error",
            messages("error.text", release=context.release.release_id if context.release else ""),
            messages("error.word"),
        ),
    )
    st.button(messages("error.again"))


def _footer(context: PageContext) -> None:
    messages, facts = context.messages, []
    if context.release is not None:
        facts.append(messages("foot.release", release=context.release.release_id))
        facts.append(messages("foot.data_to", day=known_to(context).day()))
    facts.append(messages("foot.internal"))
    show(context, frame.foot(facts, messages("foot.method"), messages.lines("foot.method")))
