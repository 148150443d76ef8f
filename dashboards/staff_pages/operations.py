"""O1 Feeds and quality: who has sent, what is missing, what is red."""

from dashboards import feeds, frame
from dashboards.parts import matrix, prose
from dashboards.parts.table import table_html
from dashboards.view import View


def draw(view: View) -> None:
    """Draw the page of the view."""
    words = view.words
    frame.heading(view, "operations")
    frame.show(view, feeds.gate_line(view))
    if view.release is None:
        frame.show(
            view,
            prose.empty_panel(
                words, words("operations.empty"), words("empty.no_release"), words("empty.network")
            ),
        )
        if view.run is not None:
            _section(view, "operations.exports", feeds.last_exports(view), "invii")
            _section(view, "operations.checks", feeds.checks(view), "verifiche")
        frame.show_limits(view, "operations")
        return
    frame.show(view, feeds.headline(view))

    frame.show(view, prose.section(words("operations.matrix"), words("operations.matrix.under")))
    months, rows = feeds.months(view)
    frame.show(
        view, matrix.matrix(words("operations.matrix"), words("column.territory"), months, rows, words)
    )
    frame.show_downloads(view, feeds.months_table(view), f"mesi-{view.as_of}")

    _section(view, "operations.reconciliation", feeds.reconciliation(view), "quadratura")
    _section(view, "operations.quarantine", feeds.quarantine(view), "scarti")
    _section(view, "operations.freshness", feeds.freshness(view), "aggiornamento")
    _section(view, "operations.checks", feeds.checks(view), "verifiche")
    frame.show_limits(view, "operations")


def _section(view: View, key: str, table, name: str) -> None:
    frame.show(
        view,
        prose.section(view.words(key), view.words(f"{key}.under")),
        table_html(table, view.words, titled=True),
    )
    if view.release is not None:
        frame.show_downloads(view, table, f"{name}-{view.as_of}")


frame.staff_page("operations", draw)
