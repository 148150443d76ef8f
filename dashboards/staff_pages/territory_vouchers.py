"""M4 Vouchers: whether they arrive, are spent, and where."""

from core.presentation import formatting
from dashboards import layout, presenters, queries, sections, territory_pages, waiting_times
from dashboards.components import card, prose
from dashboards.components.table import Cell, Column, Table, count_cell, text_cell
from dashboards.page_context import PageContext
from dashboards.pictures.parts import Whole, parts
from dashboards.territory_pages import Territory

CARDS = ("voucher_redemption_rate", "voucher_never_used", "voucher_first_use_p50", "merchant_top3_share")
# What the issued ones are made of, in the order of the bar.
PARTS = ("spent", "lapsed", "outstanding")


def body(territory: Territory) -> list[str] | None:
    """Draw the page."""
    context, subject, messages = territory.context, territory.subject, territory.context.messages
    found = queries.voucher_ledger(context.database, territory.row["instance_id"], territory.year)
    layout.show(context, prose.sentence(_sentence(territory, found)))
    made = waiting_times.told_of_waits(subject, territory_pages.cards(territory, *CARDS), territory.year)
    layout.show(context, card.cards(made, messages))

    _ledger(territory, found)
    waiting_times.draw_curve(
        subject, waiting_times.FIRST_USE, territory.year, territory.name, territory.file("primo-uso")
    )
    redeemed = subject.held("voucher_redeemed")
    sections.over_time(
        subject,
        messages("territory_vouchers.months"),
        messages("territory_vouchers.months.under", name=territory.name),
        redeemed,
        "month",
        territory.file("buoni-spesi"),
    )
    if redeemed:
        _merchants(territory)
    return None


def _sentence(territory: Territory, found: list[queries.Row]) -> str:
    messages, lang, year = territory.context.messages, territory.context.lang, str(territory.year.year)
    if not found:
        issued = territory.subject.held("voucher_issued")
        mark = territory.subject.figure(issued[0], "year", territory.year).mark if issued else "missing"
        known = {"zero": "none", "suppressed": "suppressed"}.get(mark, "missing")
        return messages(f"sentence.vouchers.{known}", year=year)
    whole = found[-1]
    amounts = {key: formatting.euro_in_words(whole[key] or 0, lang) for key in ("issued", *PARTS)}
    day = presenters.known_day(territory.context)
    return messages("sentence.vouchers", year=year, day=day, **amounts)


def _ledger(territory: Territory, found: list[queries.Row]) -> None:
    context, messages, lang = territory.context, territory.context.messages, territory.context.lang
    title = messages("territory_vouchers.ledger")
    key = [messages(f"voucher.{part}") for part in PARTS]
    rows = []
    for row in found:
        told = " · ".join(
            f"{messages(f'voucher.{part}')} {formatting.euro(row[part] or 0, lang, cents=True)}"
            for part in PARTS
        )
        issued = messages("voucher.issued", euro=formatting.euro(row["issued"] or 0, lang, cents=True))
        amounts = [float(row[part] or 0) for part in PARTS]
        rows.append(Whole(_scheme(context, row), issued, amounts, told))
    said = "; ".join(f"{row.name}: {row.text}, {row.told}" for row in rows)
    under = messages(
        "territory_vouchers.ledger.under",
        name=territory.name,
        year=str(territory.year.year),
        day=presenters.known_day(context),
    )
    table, name = _table(context, title, found), territory.file(f"buoni-{territory.year.year}")
    if not found:
        layout.show(context, prose.section(title, under), prose.caption(table.when_empty))
        layout.show_downloads(context, table, name)
        return
    layout.show(context, prose.section(title, under))
    layout.show_svg(context, parts("vouchers", title, f"{said}.", rows, key, "euro"), table, name)


def _scheme(context: PageContext, row: queries.Row) -> str:
    return row["scheme"] or context.messages("territory_vouchers.all")


def _table(context: PageContext, title: str, found: list[queries.Row]) -> Table:
    messages, lang = context.messages, context.lang
    columns = [
        Column("scheme", messages("way.column.scheme")),
        Column("vouchers", messages("way.column.vouchers"), True),
        *(Column(key, messages(f"way.column.{key}"), True) for key in ("issued", *PARTS)),
    ]
    rows = [
        [
            text_cell(_scheme(context, row)),
            count_cell(row["vouchers"], lang),
            *(
                Cell(formatting.euro(row[key] or 0, lang, cents=True), row[key] or 0)
                for key in ("issued", *PARTS)
            ),
        ]
        for row in found
    ]
    return Table(title, columns, rows, messages("territory_vouchers.none"))


def _merchants(territory: Territory) -> None:
    context, messages, year = territory.context, territory.context.messages, territory.year
    (redeemed,) = territory.subject.held("voucher_redeemed")
    names = queries.at_work_in(context.database, territory.row["instance_id"])
    rows = presenters.scope_rows(context, "provider", names, [redeemed], redeemed, year)
    if not rows:
        return
    sections.subjects(
        context,
        messages("territory_vouchers.merchants"),
        messages("territory_vouchers.merchants.under", name=territory.name, year=str(year.year)),
        Column("provider", messages("way.column.merchant")),
        [Column(redeemed.indicator_id, messages("way.column.spent"), True)],
        rows,
        redeemed,
        year,
        territory.file(f"buoni-esercenti-{year.year}"),
        redeemed,
    )


territory_pages.territory_page("territory_vouchers", body)
