"""O1 Feeds and quality: who has sent, what is missing, what is red."""

from dashboards import data_deliveries, layout, quality_tables
from dashboards.components import matrix, prose
from dashboards.components.table import table_html
from dashboards.page_context import PageContext


def draw(context: PageContext) -> None:
    """Draw the page."""
    messages = context.messages
    layout.heading(context, "operations")
    layout.show(context, data_deliveries.gate_line(context))
    if context.release is None:
        layout.show(
            context,
            prose.empty_panel(
                messages,
                messages("operations.empty"),
                messages("empty.no_release"),
                messages("empty.network"),
            ),
        )
        if context.run is not None:
            _section(context, "operations.exports", data_deliveries.last_exports(context), "invii")
            _section(context, "operations.checks", data_deliveries.checks(context), "verifiche")
            _section(context, "operations.timings", data_deliveries.timings(context), "tempi")
        layout.show_limits(context, "operations")
        return
    layout.show(context, data_deliveries.headline(context))

    layout.show(context, prose.section(messages("operations.matrix"), messages("operations.matrix.under")))
    months, rows = data_deliveries.months(context)
    layout.show(
        context,
        matrix.matrix(messages("operations.matrix"), messages("column.territory"), months, rows, messages),
    )
    layout.show_downloads(context, data_deliveries.months_table(context), f"mesi-{context.as_of}")

    _section(context, "operations.call", data_deliveries.whom_to_call(context), "chi-chiamare")
    _section(context, "operations.reconciliation", data_deliveries.reconciliation(context), "quadratura")
    _section(context, "operations.quarantine", data_deliveries.quarantine(context), "scarti")
    _section(context, "operations.freshness", data_deliveries.freshness(context), "aggiornamento")
    _section(context, "quality_score.by_month", quality_tables.by_month(context), "punteggio")
    _section(
        context, "quality_score.of_providers", quality_tables.of_providers(context), "punteggio-fornitori"
    )
    _section(context, "operations.suites", data_deliveries.suite_rules(context), "regole")
    _section(context, "operations.checks", data_deliveries.checks(context), "verifiche")
    _section(context, "operations.timings", data_deliveries.timings(context), "tempi")
    layout.show_limits(context, "operations")


def _section(context: PageContext, key: str, table, name: str) -> None:
    layout.show(
        context,
        prose.section(context.messages(key), context.messages(f"{key}.under")),
        table_html(table, context.messages, titled=True),
    )
    if context.release is not None:
        layout.show_downloads(context, table, f"{name}-{context.as_of}")


layout.staff_page("operations", draw)
