"""The common frame of every page: style, header, navigation, notices, states, downloads, footer.

A view and a page's own drawing arrive, a whole page leaves. What a page is about does not belong here.
"""

from collections.abc import Callable, Sequence
from html import escape
from itertools import groupby
from pathlib import Path

import duckdb
import plotly.graph_objects as go
import streamlit as st

from core.presentation.rendering import icon
from core.presentation.stylesheet import application_stylesheet
from dashboards import numerals, tokens
from dashboards.figures import Indicator
from dashboards.pages import STAFF, StaffPage
from dashboards.parts import download, prose
from dashboards.parts.table import Table, twin
from dashboards.reach import known_to
from dashboards.view import View, address, complete_address, staff_view, state

_APPLICATION = Path(__file__).parent / "application.css"
_PICTURE = {
    "displaylogo": False,
    "modeBarButtons": [["toImage"]],
    "displayModeBar": "hover",
    "scrollZoom": False,
    "responsive": True,
}


def show(view: View, *parts: str) -> None:
    """Print parts, in the language of the view."""
    st.html(f'<div class="cdv" lang="{view.lang}">{"".join(parts)}</div>')


def show_picture(
    view: View, figure: go.Figure, alternative: str, table: Table, name: str, *used: Indicator
) -> None:
    """Print a picture with its one-sentence alternative, then its table twin and the files of that table.

    Whoever takes the picture away takes along that its data are simulated.
    """
    figure.update_layout(template=tokens.plotly_template(view.theme, view.lang))
    if view.release is not None and view.release.simulated:
        figure.add_annotation(
            text=view.words("notice.simulated.word"),
            xref="paper",
            yref="paper",
            x=1,
            y=1,
            xanchor="right",
            yanchor="bottom",
            showarrow=False,
        )
    st.plotly_chart(figure, theme=None, config=_PICTURE, key=f"picture-{name}", alt=alternative)
    show_twin(view, table, name, *used)


def show_twin(view: View, table: Table, name: str, *used: Indicator) -> None:
    """Print the table under a picture, folded, and the buttons that give the same table as a file."""
    show(view, twin(table, view.words, is_open=view.table_open))
    show_downloads(view, table, name, *used)


def show_downloads(view: View, table: Table, name: str, *used: Indicator) -> None:
    """Print the two download buttons of a table; they stand also where every number is protected.

    name -- of the files: what they hold, of whom, and of which period.
    """
    release = view.release
    if release is None:
        return
    stem = f"casa-di-vetro_{name}_{release.release_id}"
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            view.words("download.csv"),
            download.csv_bytes(table, release.release_id, release.simulated),
            f"{stem}.csv",
            "text/csv",
            key=f"csv-{name}",
            on_click="ignore",
        )
        st.download_button(
            view.words("download.json"),
            download.json_bytes(table, release, known_to(view).ends(), used, download.INTERNAL),
            f"{stem}.json",
            "application/json",
            key=f"json-{name}",
            on_click="ignore",
        )


def staff_page(page: str, draw: Callable[[View], None]) -> None:
    """Draw a signed-in page: frame, notices, the page's own parts, footer. `page` is its key
    in the register.
    """
    view = staff_view()
    _open(view)
    _simulated(view)
    show(view, prose.notice("note", view.words("notice.demo"), view.words("notice.demo.word")))
    (registered,) = (each for each in STAFF if each.key == page)
    if not registered.is_about_runs:
        _red_gate(view)
    _page(view, page, draw, without_release=registered.is_about_runs)


def _page(view: View, page: str, draw: Callable[[View], None], *, without_release: bool = False) -> None:
    words = view.words
    if view.release is None and not without_release:
        heading(view, page)
        show(
            view,
            prose.empty_panel(
                words, words(f"{page}.empty"), words("empty.no_release"), words("empty.network")
            ),
        )
        show_limits(view, page)
    else:
        try:
            draw(view)
        except duckdb.Error:
            _unreadable(view)
    _footer(view)
    complete_address()


def heading(view: View, page: str, *, title: str | None = None, above: str = "") -> None:
    """Print title and question of a page."""
    show(view, prose.heading(title or view.words(f"{page}.title"), view.words(f"{page}.question"), above))


def show_limits(view: View, page: str, more: Sequence[str] = ()) -> None:
    """Print the box of what is and is not in the data: the page's own lines, then those that the data add."""
    show(view, prose.limits(view.words, [*view.words.lines(f"{page}.limits"), *more]))


def _open(view: View) -> None:
    """Print style and header; tell the browser the language of the page."""
    style = application_stylesheet(view.theme, "staff", "app/static")
    st.html(f"<style>{style}\n{_APPLICATION.read_text(encoding='utf-8')}</style>")
    st.html(f"<script>document.documentElement.lang='{view.lang}'</script>", unsafe_allow_javascript=True)
    words, other = view.words, "en" if view.lang == "it" else "it"
    facts = f'<span class="cdv-top-fact">{escape(words("top.role"))}</span>'
    if view.release is not None:
        created = numerals.day_of(view.release.created_at, view.lang)
        facts += f'<span class="cdv-top-fact">{escape(words("top.release", day=created))}</span>'
    link = address(lang="en" if other == "en" else None)
    show(
        view,
        f'<a class="cdv-skip" href="#contenuto">{escape(words("top.skip"))}</a>'
        f'<header class="cdv-top"><p class="cdv-name">{icon("sign")}Casa di Vetro</p>{facts}'
        f'<a href="{escape(link)}" target="_self" lang="{other}" hreflang="{other}">'
        f"{words('top.other_language')}</a></header>",
    )


def staff_navigation(view: View, pages: Sequence[tuple[StaffPage, st.Page]]) -> None:
    """Print the pages in the left column, under the names of their audiences; links keep
    language and choices.
    """
    with st.sidebar:
        for audience, entries in groupby(pages, lambda entry: entry[0].audience):
            if audience:
                show(view, f'<p class="cdv-audience">{escape(view.words(f"audience.{audience}"))}</p>')
            for page, link in entries:
                st.page_link(link, label=view.words(f"{page.key}.title"), query_params=state())


def _simulated(view: View) -> None:
    """Say above everything else that what the page shows is of nobody real, or of which territories."""
    words = view.words
    if view.release is None or not view.release.simulated:
        return
    told = view.release.simulated
    text = words("notice.simulated") if told.whole else words("notice.simulated.some", names=told.names)
    show(view, prose.notice("attention", text, words("notice.simulated.word")))


def _red_gate(view: View) -> None:
    if view.run is None or view.run["green"] is not False:
        return
    words = view.words
    text = words("notice.red")
    if view.release is not None:
        text = words("notice.red.kept", day=numerals.day_of(view.release.created_at, view.lang))
    show(view, prose.notice("error", text, words("notice.red.word")))


def _unreadable(view: View) -> None:
    words = view.words
    show(
        view,
        prose.notice(
            "error",
            words("error.text", release=view.release.release_id if view.release else ""),
            words("error.word"),
        ),
    )
    st.button(words("error.again"))


def _footer(view: View) -> None:
    words, facts = view.words, []
    if view.release is not None:
        facts.append(words("foot.release", release=view.release.release_id))
        facts.append(words("foot.data_to", day=known_to(view).day()))
    facts.append(words("foot.internal"))
    method = "".join(f"<p>{escape(line)}</p>" for line in words.lines("foot.method"))
    items = "".join(f"<span>{escape(fact)}</span>" for fact in facts)
    show(
        view,
        f'<footer class="cdv-foot">{items}<details><summary>{escape(words("foot.method"))}</summary>'
        f"{method}</details></footer>",
    )
