"""What of a funder's interventions asks for a look: rows of the triage arrive, its title, its table and its
remarks leave.

Only what can still be changed is here, and each euro once; the rules are
those of `queries.grants_to_look_at`.
"""

from collections.abc import Sequence
from decimal import Decimal

from core.presentation import formatting
from dashboards import queries
from dashboards.components import prose
from dashboards.components.table import Cell, Column, Table, day_cell, text_cell
from dashboards.figures import LEAST_FOLLOWUP
from dashboards.page_context import PageContext, address_of

# So much of the budget behind the time elapsed asks for a look.
MOST_BEHIND = 0.2
# A warning about less than this share of what was reported is for the next report to settle.
MATERIAL = 0.05


def rows(context: PageContext, funder: str) -> list[queries.Row]:
    """Return the interventions of a funder that ask for a look, the most euro first."""
    return queries.grants_to_look_at(
        context.database, funder, context.as_of, LEAST_FOLLOWUP, MOST_BEHIND, MATERIAL
    )


def heading(context: PageContext, found: Sequence[queries.Row]) -> str:
    """Return the title of the list, which says how many interventions and how many euro there are, and the
    rules under it."""
    messages = context.messages
    if not found:
        return prose.section(messages("triage"), messages("triage.under"))
    euro = formatting.euro_in_words(found[0]["all_at_stake"], context.lang)
    title = messages.counted("triage.found", len(found), euro=euro)
    return prose.section(title, messages("triage.under"))


def table(context: PageContext, found: Sequence[queries.Row]) -> Table:
    """Return one row per intervention: its name, which leads to its page, why, the euro at stake, what is
    still to disburse, the end, the lead."""
    messages, lang = context.messages, context.lang
    columns = [
        Column("title", messages("column.intervention")),
        Column("reason", messages("column.reason")),
        Column("at_stake", messages("column.at_stake"), True),
        Column("residual", messages("ledger.residual"), True),
        Column("ends_on", messages("column.ends")),
        Column("lead", messages("column.lead")),
    ]
    made = [
        [
            Cell(row["title"], row["title"], address=_address(row)),
            Cell(
                "; ".join(_reason(context, row, one) for one in row["reasons"]),
                " ".join(one["reason"] for one in row["reasons"]),
            ),
            _euro(row["at_stake"], context),
            _euro(row["residual"], context),
            day_cell(row["ends_on"], lang) if row["ends_on"] else Cell(messages("grant.no_end"), None),
            text_cell(row["lead_name"]),
        ]
        for row in found
    ]
    return Table(messages("triage"), columns, made, messages("triage.empty"))


def _address(row: queries.Row) -> str:
    """Return the address of the intervention, in the year of the measures that are a reason, if any."""
    of_measures = any(one["reason"] == "followup" for one in row["reasons"])
    year = {"year": str(row["followup_year"])} if of_measures else {}
    return address_of("foundation_grant", id=row["grant_key"], **year)


def _euro(amount: Decimal | None, context: PageContext) -> Cell:
    if amount is None:
        return Cell(context.messages("triage.no_euro"), None)
    return Cell(formatting.euro(amount, context.lang), amount)


def _reason(context: PageContext, row: queries.Row, one: queries.Row) -> str:
    messages, lang, which = context.messages, context.lang, one["reason"]
    if which in ("ending", "ended"):
        return messages(f"reason.{which}", day=formatting.day(row["ends_on"], lang))
    if which == "behind":
        return messages("reason.behind", gap=formatting.difference_of_shares(one["share"], lang))
    if which == "followup":
        told = formatting.share_of(row["pairs"], row["first_measured"], one["share"], lang)
        return messages("reason.followup", share=told, year=str(row["followup_year"]))
    return messages(f"reason.{which}", euro=formatting.euro(one["amount"], lang))


def left_alone(context: PageContext, funder: str) -> str:
    """Return the line on the warnings that are not in the list: small ones, and those on money that is spent
    for good."""
    counts = queries.grants_past_change(context.database, funder, context.as_of)
    if not counts["past"] and not counts["ahead"]:
        return ""
    told = {key: context.messages.count(counts[key]) for key in ("past", "ahead")}
    return prose.caption(context.messages("triage.left_alone", **told))
