"""The ledger bar (Libro): euro awarded, disbursed, reported and admitted on one axis from 0.

Outline = awarded, net of savings and revocations; fill = disbursed; first tick = reported; second
tick = admitted. These are four clocks of the same money: they are never added. Exact and public, so
nothing is protected.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape

from dashboards import numerals
from dashboards.words import Words

# More bars than this are no picture: the rest stands in the table.
MOST = 20

AMOUNTS = ("awarded", "disbursed", "reported", "admitted")


@dataclass(frozen=True)
class LedgerRow:
    """One bar: a title, a line of facts beside it, the four amounts in euro; `faded` where it is too young
    to judge."""

    title: str
    facts: str
    awarded: Decimal
    disbursed: Decimal
    reported: Decimal
    admitted: Decimal
    faded: bool = False


def ledger(caption: str, rows: Sequence[LedgerRow], words: Words) -> str:
    """Return the bars under one legend in words and one euro axis, each with its four numbers under it."""
    most = max((max(getattr(row, amount) for amount in AMOUNTS) for row in rows), default=Decimal(0))
    items = "".join(_item(row, most, words) for row in rows)
    key = "".join(
        f'<li><span class="cdv-key cdv-key-{amount}" aria-hidden="true"></span>'
        f"{escape(words(f'ledger.{amount}.key'))}</li>"
        for amount in AMOUNTS
    )
    return (
        f'<div class="cdv-ledger"><ul class="cdv-ledger-key">{key}</ul>'
        f'<ul class="cdv-ledger-rows" aria-label="{escape(caption)}">{items}</ul></div>'
    )


def _item(row: LedgerRow, most: Decimal, words: Words) -> str:
    numbers = "".join(
        f"<div><dt>{escape(words(f'ledger.{amount}'))}</dt>"
        f"<dd>{escape(numerals.euro(getattr(row, amount), words.lang))}</dd></div>"
        for amount in AMOUNTS
    )
    facts = f'<span class="cdv-ledger-facts">{escape(row.facts)}</span>' if row.facts else ""
    return (
        f'<li class="{"cdv-faded" if row.faded else ""}"><p class="cdv-ledger-title">'
        f"<strong>{escape(row.title)}</strong>{facts}</p>"
        f'{_bar(row, most)}<dl class="cdv-ledger-numbers">{numbers}</dl></li>'
    )


def _bar(row: LedgerRow, most: Decimal) -> str:
    def width(amount: str) -> str:
        return f"{100 * max(getattr(row, amount), Decimal(0)) / most:.2f}%" if most else "0%"

    fill = (
        ""
        if row.disbursed <= 0
        else f'<span class="cdv-ledger-fill" style="width:{width("disbursed")}"></span>'
    )
    ticks = "".join(
        f'<span class="cdv-ledger-{amount}" style="left:{width(amount)}"></span>'
        for amount in ("reported", "admitted")
        if getattr(row, amount) > 0
    )
    return (
        f'<div class="cdv-ledger-bar" aria-hidden="true">'
        f'<span class="cdv-ledger-outline" style="width:{width("awarded")}"></span>{fill}{ticks}</div>'
    )
