"""One intervention in words: its register, costs, promises and warnings arrive; facts, sentences
and tables leave."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import partial

from core.presentation import formatting
from dashboards import interventions, presenters, queries
from dashboards.components import prose
from dashboards.components.bars import Bar
from dashboards.components.table import Cell, Column, Table, text_cell
from dashboards.figures import SHOWN
from dashboards.page_context import PageContext, address_of
from dashboards.presenters import Subject

# What a promise is measured in, where it is not a scale.
EURO = ("attributed", "disbursed", "reported", "admitted")


def choices(context: PageContext) -> dict[str, str]:
    """Return the interventions that the page can be about, by key: titles, with the id in the register where
    two share one."""
    known = queries.known_grants(context.database)
    titles = [row["title"] for row in known]
    return {
        row["grant_key"]: row["title"]
        if titles.count(row["title"]) == 1
        else f"{row['title']} ({row['record_id']})"
        for row in known
    }


def subject(context: PageContext, row: queries.Row) -> Subject:
    """Return the intervention as the subject of a page. A funder sees figures about persons as
    the public does."""
    ask = partial(queries.figures, protected=True)
    return Subject(context, ask, "grant", row["grant_key"], "own", (row["instance_id"],))


def facts(context: PageContext, row: queries.Row) -> str:
    """Return the register of the intervention, label by label."""
    messages, lang = context.messages, context.lang

    def day(value: date | None) -> str:
        return formatting.day(value, lang) if value else ""

    told = {
        "lead": row["lead_name"],
        "funder": row["funder_name"],
        "territory": row["territory"],
        "status": interventions.status(row, context),
        "dates": messages("grant.dates", first=day(row["starts_on"]), last=day(row["ends_on"]))
        if row["starts_on"] and row["ends_on"]
        else "",
        "awarded_on": day(row["deliberated_on"]),
        "programme": row["programme"],
        "call": row["call"],
        "cup": row["cup"],
        "parent": row["parent_title"],
        "parts": messages.counted("grant.count", row["parts"]) if row["parts"] else "",
    }
    return prose.facts([(messages(f"grant.fact.{key}"), text) for key, text in told.items() if text])


def headline(context: PageContext, standing: queries.Row, costs: Sequence[queries.Row]) -> str:
    """Return the sentence of an intervention: awarded, disbursed, reported, admitted; where it stands against
    its time; what is over its budget."""
    messages, lang = context.messages, context.lang
    euro = {
        amount: formatting.euro_in_words(standing[amount], lang)
        for amount in ("awarded", "disbursed", "reported", "admitted", "residual")
    }
    texts = [messages("sentence.grant", **euro)]
    if standing["gap"] is not None:
        texts.append(
            messages(
                "sentence.grant.time",
                elapsed=formatting.share(standing["elapsed"], lang),
                reported=formatting.share(standing["budget_reported"], lang),
            )
        )
    over = [row for row in costs if row["variance_share"] is not None and row["variance_share"] > OVER]
    if over:
        names = ", ".join(messages(f"cost.{row['cost_category']}") for row in over)
        texts.append(messages.counted("sentence.grant.over", len(over), names=names))
    return prose.sentence(*texts)


# Over its budget by more than this share, a line is told of.
OVER = Decimal("0.1")


def cost_columns(context: PageContext) -> tuple[Column, list[Column]]:
    """Return the columns of the costs: the category, then budget, reported, admitted and the variance."""
    messages = context.messages
    keys = ("budget", "reported", "admitted", "variance")
    return Column("cost_category", messages("column.cost_category")), [
        Column(key, messages(f"column.cost.{key}"), True) for key in keys
    ]


def cost_rows(context: PageContext, costs: Sequence[queries.Row]) -> list[Bar]:
    """Return one bar per cost category: what was reported, with a tick at the budget."""
    messages, lang = context.messages, context.lang
    rows = []
    for row in costs:
        cells = [
            Cell(formatting.euro(row[key], lang), row[key]) for key in ("budget", "reported", "admitted")
        ]
        variance = formatting.euro(row["variance"], lang)
        if row["variance_share"] is not None:
            share = formatting.share(abs(row["variance_share"]), lang)
            side = "over" if row["variance"] > 0 else "under" if row["variance"] < 0 else "even"
            variance = messages(f"cost.{side}", share=share)
        cells.append(Cell(variance, row["variance"]))
        rows.append(
            Bar(
                messages.known(f"cost.{row['cost_category']}", row["cost_category"]),
                cells,
                float(row["reported"]),
                "value" if row["reported"] else "zero",
                float(row["budget"]) if row["budget"] else None,
            )
        )
    return rows


def targets(context: PageContext, found: Sequence[queries.Row]) -> Table:
    """Return what was promised and what is reached: the measure, from where, the target, by when, reached,
    and the share of the way."""
    messages, lang = context.messages, context.lang
    columns = [
        Column("measure", messages("column.promise")),
        Column("baseline", messages("column.baseline"), True),
        Column("target", messages("column.target"), True),
        Column("due_on", messages("column.due")),
        Column("reached", messages("column.reached"), True),
        Column("progress", messages("column.progress"), True),
    ]
    rows = []
    for row in found:
        measure, mark = row["measure"], row["mark"]
        name = row["name"] or messages.known(f"promise.{measure}", measure)

        def written(value: Decimal | None, measure: str = measure) -> str:
            if value is None:
                return ""
            if measure in EURO:
                return formatting.euro(value, lang)
            return formatting.number(value, lang, 0 if value == value.to_integral_value() else 2)

        shown = mark in SHOWN
        due = formatting.day_in_table(row["due_on"], lang) if row["due_on"] else ""
        progress = formatting.share(row["progress"], lang) if shown and row["progress"] is not None else ""
        rows.append(
            [
                Cell(name, measure),
                Cell(written(row["baseline"]), row["baseline"]),
                Cell(written(row["target"]), row["target"]),
                Cell(
                    messages("promise.was_due", day=due) if row["is_due"] else due,
                    row["due_on"].isoformat() if row["due_on"] else None,
                ),
                Cell(
                    written(row["reached"]) if shown else messages(f"mark.{mark}"),
                    row["reached"] if shown else None,
                    mark,
                ),
                Cell(
                    progress if shown else messages(f"mark.{mark}"),
                    formatting.recorded(row["progress"], "ratio") if progress else None,
                    mark,
                ),
            ]
        )
    return Table(
        messages("foundation_grant.targets"), columns, rows, messages("foundation_grant.targets.none")
    )


def warnings(context: PageContext, found: Sequence[queries.Row]) -> Table:
    """Return what is to be asked about the expenses: which question, how many euro, which lines."""
    messages, lang = context.messages, context.lang
    columns = [
        Column("warning", messages("column.reason")),
        Column("amount", messages("column.euro"), True),
        Column("lines", messages("column.lines")),
    ]
    rows = [
        [
            Cell(_warning(row, context), row["kind"]),
            Cell(formatting.euro(row["amount"], lang, cents=True), row["amount"]),
            text_cell(row["record_ids"] or messages("warning.whole_line")),
        ]
        for row in found
    ]
    return Table(
        messages("foundation_grant.warnings"), columns, rows, messages("foundation_grant.warnings.none")
    )


def _warning(row: queries.Row, context: PageContext) -> str:
    messages, kind = context.messages, row["kind"]
    if kind == "over_budget":
        return messages("warning.over_budget", name=messages.known(f"cost.{row['detail']}", row["detail"]))
    if kind == "out_of_window":
        return messages(f"warning.out_of_window.{row['detail']}")
    return messages(f"warning.{kind}")


def money(context: PageContext, standing: queries.Row) -> Table:
    """Return the amounts of the ledger bar as a table."""
    messages, lang = context.messages, context.lang
    amounts = ("awarded", "disbursed", "reported", "admitted", "residual")
    columns = [Column("amount", messages("column.amount")), Column("euro", messages("column.euro"), True)]
    rows = [
        [
            Cell(messages(f"ledger.{amount}"), amount),
            Cell(formatting.euro(standing[amount], lang, cents=True), standing[amount]),
        ]
        for amount in amounts
    ]
    return Table(messages("foundation_grant.money"), columns, rows, messages("table.empty"))


def improved(subject: Subject, year: date) -> str:
    """Return what is said under the outcomes: that a change is no proof of a cause, how many improved, and
    what was spent for each, where these may be told."""
    messages = subject.context.messages
    texts = [messages("outcome.no_cause")]
    for indicator in subject.held("outcome_improved", "cost_per_improved"):
        figure = subject.figure(indicator, "year", year)
        if figure.is_shown:
            values: Mapping[str, str] = {"value": figure.text(indicator, messages)}
            texts.append(messages(f"outcome.{indicator.indicator_id}", **values))
        elif figure.mark == "suppressed":
            texts.append(messages(f"outcome.{indicator.indicator_id}.suppressed"))
    return prose.caption(" ".join(texts))


def nothing(context: PageContext, page: str) -> str:
    """Return the panel of a page about an intervention where the release holds none."""
    messages = context.messages
    return prose.empty_panel(
        messages, messages(f"{page}.empty"), messages("intervention.none"), messages("empty.network")
    )


def standing(context: PageContext, row: queries.Row) -> queries.Row | None:
    """Return the four amounts and the plan of an intervention at the end of the data."""
    known = queries.grants(context.database, row["funder_tax_code"], context.as_of)
    return next((each for each in known if each["grant_key"] == row["grant_key"]), None)


def cards(subject: Subject, year: date) -> list:
    """Return the cards of an intervention: people, euro per person, the share measured again."""
    return presenters.year_cards(subject, ["persons_served", "cost_per_person", "followup_rate"], year)


def pack_link(context: PageContext, key: str) -> str:
    """Return the link to the reporting pack of an intervention."""
    link = prose.link(context.messages("foundation_grant.pack"), address_of("foundation_pack", id=key))
    return f"<p>{link}</p>"
