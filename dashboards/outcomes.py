"""What changed for people, in pictures and tables: rows of outcomes arrive, the dots around zero, their table
and the sentences that must stand beside them leave.

A change before and after is not called an effect; where too few were measured again the dot is hollow.
"""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from core.presentation import formatting
from dashboards import queries
from dashboards.components.table import Cell, Column, Table, figure_cell, text_cell
from dashboards.figures import LEAST_FOLLOWUP, Figure, Indicator
from dashboards.page_context import PageContext, address_of
from dashboards.pictures.intervals import Change


def changes(
    context: PageContext, found: Sequence[queries.Row], indicator: Indicator, *, by_scale: bool
) -> list[Change]:
    """Return the dots of some outcomes, named for their scale, or for their intervention; those of one title
    with who leads them."""
    made, often = [], Counter(row["title"] for row in found)
    for row in found:
        figure: Figure = row["figure"]
        text = figure.text(indicator, context.messages)
        hollow = row["followup"] is not None and row["followup"] < LEAST_FOLLOWUP
        if hollow:
            share = formatting.share(row["followup"], context.lang)
            text = context.messages("outcome.hollow", change=text, share=share)
        title = row["title"] if often[row["title"]] == 1 else f"{row['title']}, {row['lead_name']}"
        name = f"{row['name']} ({row['unit']})" if by_scale else title
        value, low, high = (
            None if each is None else float(each) for each in (figure.value, figure.ci_low, figure.ci_high)
        )
        made.append(Change(name, value, low, high, text, figure.mark, hollow))
    return made


def alternative(context: PageContext, drawn: Sequence[Change], name: str) -> str:
    """Return the sentence that stands for the dots."""
    shown = [each for each in drawn if each.value is not None]
    messages = context.messages
    if not shown:
        return messages("alternative.nothing", name=name)
    low, high = (pick(shown, key=lambda each: each.value or 0) for pick in (min, max))
    return messages(
        "alternative.intervals",
        name=name,
        n=messages.count(len(shown)),
        low=low.text,
        low_name=low.name,
        high=high.text,
        high_name=high.name,
        hidden=sum(each.mark == "suppressed" for each in drawn),
    )


def table(
    context: PageContext, caption: str, found: Sequence[queries.Row], indicator: Indicator, *, linked: bool
) -> Table:
    """Return one row per intervention and scale: the change, its interval, people measured twice; and of the
    whole intervention who was measured first and the share measured again. linked -- with links to the
    interventions, by whom the rows are headed."""
    messages = context.messages
    columns = [
        Column("intervention", messages("column.intervention")),
        Column("scale", messages("column.scale")),
        Column("outcome_change", indicator.name(messages), True),
        Column("interval", messages("column.interval")),
        Column("pairs", messages("column.pairs"), True),
        Column("first_measured", messages("column.first_measured"), True, messages("column.all_scales")),
        Column("followup", messages("column.followup"), True, messages("column.all_scales")),
    ]
    made = []
    for row in found:
        figure: Figure = row["figure"]
        address = address_of("foundation_grant", id=row["grant_key"]) if linked else ""
        made.append(
            [
                Cell(row["title"], row["title"], address=address),
                text_cell(f"{row['name']} ({row['unit']})"),
                figure_cell(figure, indicator, messages),
                _interval(figure, context),
                _people(figure.denominator, figure.mark, context),
                _people(row["first_measured"], row["followup_mark"], context),
                _followup(row, context),
            ]
        )
    if not linked:
        columns, made = columns[1:], [row[1:] for row in made]
    return Table(caption, columns, made, messages("outcome.none"))


def _interval(figure: Figure, context: PageContext) -> Cell:
    if figure.ci_low is None or figure.ci_high is None:
        return Cell("", None)
    low, high = (formatting.signed(each, context.lang, 2) for each in (figure.ci_low, figure.ci_high))
    return Cell(formatting.interval(low, high, context.lang), f"{figure.ci_low:.4f} {figure.ci_high:.4f}")


def _people(number: int | Decimal | None, mark: str, context: PageContext) -> Cell:
    if number is None:
        return Cell(context.messages(f"mark.{mark}"), None, mark)
    return Cell(formatting.number(number, context.lang), number, mark)


def _followup(row: queries.Row, context: PageContext) -> Cell:
    if row["followup"] is None:
        return Cell(context.messages(f"mark.{row['followup_mark']}"), None, row["followup_mark"])
    text = formatting.share_of(row["pairs"], row["first_measured"], row["followup"], context.lang)
    return Cell(text, formatting.recorded(row["followup"], "ratio"), row["followup_mark"])
