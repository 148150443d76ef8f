"""The ledger bar (Libro): euro awarded, disbursed, reported and admitted on one axis from 0.

Outline = awarded, net of savings and revocations; fill = disbursed; first tick = reported; second
tick = admitted. These are four stages of the same money: they are never added. Exact and public, so
nothing is protected.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup

from core.presentation import formatting
from core.presentation.rendering import macro
from dashboards.i18n import Messages

# More bars than this are no picture: the rest stands in the table.
MOST = 20

AMOUNTS = ("awarded", "disbursed", "reported", "admitted")


@dataclass(frozen=True)
class LedgerRow:
    """One bar: a title, a line of facts beside it, the four amounts in euro; `faded` where it is too young
    to judge; `address` where its title leads, or nothing."""

    title: str
    facts: str
    awarded: Decimal
    disbursed: Decimal
    reported: Decimal
    admitted: Decimal
    faded: bool = False
    address: str = ""


@dataclass(frozen=True)
class _Drawn:
    """A bar as it is written: widths and places in percent of the axis, the four numbers with their names."""

    title: str
    facts: str
    faded: bool
    address: str
    awarded: str
    disbursed: str
    ticks: Sequence[tuple[str, str]]
    numbers: Sequence[tuple[str, str]]


def ledger(caption: str, rows: Sequence[LedgerRow], messages: Messages) -> Markup:
    """Return the bars under one legend in words and one euro axis, each with its four numbers under it."""
    most = max((max(getattr(row, amount) for amount in AMOUNTS) for row in rows), default=Decimal(0))
    key = [(amount, messages(f"ledger.{amount}.key")) for amount in AMOUNTS]
    return macro("ledger", "ledger")(caption, key, [_drawn(row, most, messages) for row in rows])


def _drawn(row: LedgerRow, most: Decimal, messages: Messages) -> _Drawn:
    def at(amount: str) -> str:
        return f"{100 * max(getattr(row, amount), Decimal(0)) / most:.2f}%" if most else "0%"

    return _Drawn(
        title=row.title,
        facts=row.facts,
        faded=row.faded,
        address=row.address,
        awarded=at("awarded"),
        disbursed=at("disbursed") if row.disbursed > 0 else "",
        ticks=[(amount, at(amount)) for amount in ("reported", "admitted") if getattr(row, amount) > 0],
        numbers=[
            (messages(f"ledger.{amount}"), formatting.euro(getattr(row, amount), messages.lang))
            for amount in AMOUNTS
        ],
    )
