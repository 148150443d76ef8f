"""A funder's interventions in words: rows of grants arrive, the sentence, ledger bars and tables of the
portfolio leave."""

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial

from dashboards import compose, data, numerals
from dashboards.compose import Subject
from dashboards.parts import prose
from dashboards.parts.ledger import AMOUNTS, LedgerRow
from dashboards.parts.plan import PlanRow
from dashboards.parts.table import Cell, Column, Table, table_html, text_cell
from dashboards.view import View

# Under this share of people measured again, an outcome says little about the others.
LEAST_FOLLOWUP = 0.6
# So much of the budget behind the time elapsed asks for a look.
MOST_BEHIND = 0.2


def subject(view: View, funder: data.Row) -> Subject:
    """Return the funder as the subject of the page. A funder sees figures about persons as
    the public does.
    """
    ask = partial(data.figures, protected=True)
    return compose.placed(view, ask, "funder", funder["tax_code"], "funds", funder)


def states(view: View) -> dict[str, str]:
    """Return the choices of the filter by state."""
    return {key: view.words(f"filter.state.{key}") for key in ("open", "closed", "all")}


def groupings(view: View) -> dict[str, str]:
    """Return the choices of what interventions are summed by."""
    return {key: view.words(f"filter.group.{key}") for key in ("acri_sector", "programme")}


def in_state(rows: Sequence[data.Row], state: str) -> list[data.Row]:
    """Return the interventions that are open, that are over, or all."""
    return [row for row in rows if state == "all" or row["is_open"] == (state == "open")]


def headline(subject: Subject, name: str, rows: Sequence[data.Row], look: Sequence[data.Row]) -> str:
    """Return the sentence of the portfolio: awarded, disbursed, remaining over all time; how many open, how
    many to see."""
    view, words = subject.view, subject.view.words
    month = view.as_of.replace(day=1)
    texts = []
    advance, residual = subject.held("disbursement_rate"), subject.held("residual")
    if advance and residual:
        standing = subject.figure(advance[0], "month", month)
        left = subject.figure(residual[0], "month", month)
        amounts = (standing.denominator, standing.numerator, left.amount)
        if None not in amounts:
            awarded, disbursed, remaining = (numerals.euro_in_words(amount, view.lang) for amount in amounts)
            texts.append(
                words("sentence.funder", name=name, awarded=awarded, disbursed=disbursed, remaining=remaining)
            )
    n_open = sum(row["is_open"] for row in rows)
    texts.append(words.counted("sentence.open", n_open))
    n_look = len({row["grant_key"] for row in look})
    known_to = numerals.day(view.as_of, view.lang)
    texts.append(words.counted("sentence.look", n_look, day=known_to) if n_look else "")
    return prose.sentence(*texts)


def status(row: data.Row, view: View) -> str:
    """Return the state of an intervention in words. One that goes on past its end says so."""
    if row["status"] == "ACTIVE" and row["ends_on"] and row["ends_on"] < view.as_of:
        return view.words("grant.status.past_end")
    return view.words(f"grant.status.{row['status']}")


def ledger_row(view: View, row: data.Row) -> LedgerRow:
    """Return the ledger bar of an intervention; who leads it and when it ends stand beside its title."""
    words = view.words
    ends = numerals.day_in_table(row["ends_on"], view.lang) if row["ends_on"] else words("grant.no_end")
    facts = [
        row["lead_name"] or words("grant.no_lead"),
        status(row, view),
        words("grant.ends", day=ends),
    ]
    if row["is_young"]:
        facts.append(words("grant.young"))
    return LedgerRow(row["title"], " · ".join(facts), *(row[a] for a in AMOUNTS), faded=row["is_young"])


def by_gap(rows: Sequence[data.Row]) -> list[data.Row]:
    """Return the open interventions, the furthest behind its time first, those without a gap last."""
    chosen = [row for row in rows if row["is_open"]]
    return sorted(chosen, key=lambda row: (row["gap"] is None, row["gap"] or 0, row["title"]))


def plan_row(view: View, row: data.Row) -> PlanRow:
    """Return the plan dots of an intervention, with its gap in words."""
    words, lang = view.words, view.lang
    if row["gap"] is None:
        told = words("plan.no_budget" if row["budget_reported"] is None else "plan.no_time")
    else:
        told = words(
            "plan.gap",
            gap=numerals.difference_of_shares(row["gap"], lang),
            reported=numerals.share(row["budget_reported"], lang),
            elapsed=numerals.share(row["elapsed"], lang),
        )
    facts = [row["lead_name"] or words("grant.no_lead")]
    if row["ends_on"]:
        facts.append(words("grant.ends", day=numerals.day_in_table(row["ends_on"], lang)))
    if row["is_young"]:
        facts.append(words("grant.young"))
    shares = (row["elapsed"], row["budget_reported"])
    return PlanRow(row["title"], " · ".join(facts), *shares, told, faded=row["is_young"])


def plan_table(view: View, rows: Sequence[data.Row]) -> Table:
    """Return the plan dots as a table: time elapsed, budget reported and the gap of
    every open intervention.
    """
    words, lang = view.words, view.lang
    columns = [
        Column("title", words("column.intervention")),
        Column("lead", words("column.lead")),
        Column("ends_on", words("column.ends")),
        *(Column(key, words(f"column.plan.{key}"), True) for key in ("elapsed", "budget_reported", "gap")),
    ]

    def share(value: float | None, written: Callable[[float, numerals.Lang], str]) -> Cell:
        if value is None:
            return Cell(words("plan.none"), None)
        return Cell(written(value, lang), numerals.recorded(value, "ratio"))

    made = [
        [
            text_cell(row["title"]),
            text_cell(row["lead_name"]),
            _day(row["ends_on"], view),
            share(row["elapsed"], numerals.share),
            share(row["budget_reported"], numerals.share),
            share(row["gap"], numerals.difference_of_shares),
        ]
        for row in rows
    ]
    return Table(words("foundation.plan"), columns, made, words("foundation.nothing.short"))


def group_row(view: View, row: data.Row, grouping: str) -> LedgerRow:
    """Return the ledger bar of a programme or of an ACRI sector."""
    name = row["name"] or view.words("grant.no_group")
    if grouping == "acri_sector":
        name = view.words.known(f"acri.{name}", name)
    facts = view.words.counted("grant.count", row["n"])
    return LedgerRow(name, facts, *(row[a] for a in AMOUNTS))


def table(view: View, rows: Sequence[data.Row]) -> Table:
    """Return the interventions as a table: facts, four amounts, what is left."""
    words, lang = view.words, view.lang
    amounts = (*AMOUNTS, "residual")
    columns = [
        Column("title", words("column.intervention")),
        Column("lead", words("column.lead")),
        Column("status", words("column.status")),
        Column("ends_on", words("column.ends")),
        *(Column(amount, words(f"ledger.{amount}"), True) for amount in amounts),
    ]
    made = [
        [
            text_cell(row["title"]),
            text_cell(row["lead_name"]),
            Cell(status(row, view), row["status"]),
            _day(row["ends_on"], view),
            *(Cell(numerals.euro(row[amount], lang), row[amount]) for amount in amounts),
        ]
        for row in rows
    ]
    return Table(words("foundation.ledger"), columns, made, words("foundation.nothing.short"))


def look_table(view: View, rows: Sequence[data.Row]) -> Table:
    """Return "to look at": intervention and lead, reason in words, euro still to disburse, since when."""
    words, lang = view.words, view.lang
    columns = [
        Column("title", words("column.intervention")),
        Column("lead", words("column.lead")),
        Column("reason", words("column.reason")),
        Column("at_stake", words("column.at_stake"), True),
        Column("ends_on", words("column.ends")),
    ]
    made = [
        [
            text_cell(row["title"]),
            text_cell(row["lead_name"]),
            Cell(_reason(row, view), row["reason"]),
            Cell(numerals.euro(row["at_stake"], lang), row["at_stake"]),
            _day(row["since"], view),
        ]
        for row in rows
    ]
    return Table(words("foundation.look"), columns, made, words("foundation.look.empty"))


def as_html(view: View, made: Table) -> str:
    """Return a table that stands open on the page."""
    return table_html(made, view.words, titled=True)


def _reason(row: data.Row, view: View) -> str:
    if row["reason"] == "behind":
        points = numerals.difference_of_shares(row["gap"], view.lang)
        return view.words("reason.behind", gap=points)
    if row["reason"] != "followup":
        return view.words(f"reason.{row['reason']}")
    text = numerals.share_of(row["pairs"], row["first_measured"], row["followup"], view.lang)
    return view.words("reason.followup", share=text)


def _day(day: date | None, view: View) -> Cell:
    return Cell(numerals.day_in_table(day, view.lang), day.isoformat()) if day else Cell("", None)


def nothing(view: View, name: str) -> str:
    """Return the panel of a funder without interventions in this release."""
    words = view.words
    return prose.empty_panel(
        words, words("foundation.empty"), words("foundation.nothing", name=name), words("empty.network")
    )
