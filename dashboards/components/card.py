"""The figure card (Scheda): a figure with its unit, period, comparison, mark and provenance; at most four
in a row."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from core.presentation.rendering import macro
from dashboards.components.mark import chip
from dashboards.figures import Figure, Indicator
from dashboards.i18n import Messages

MOST = 4


@dataclass(frozen=True)
class Badge:
    """What stands beside a figure about its source: a text, and the address of what explains it, if any."""

    text: str
    address: str = ""


@dataclass(frozen=True)
class Card:
    """One card. `before` is the same cell a year earlier with its period's name; None where the two cannot be
    compared, and then `no_before` says why. `made` says how the number is made, by label. `beside`: the lines
    that say what similar ones and the network have. `lacks`: why there is no number, where a word says it
    better than the mark. `quality`: the badge of its source."""

    indicator: Indicator
    figure: Figure
    period: str
    provenance: str
    before: tuple[str, Figure] | None = None
    partial: bool = False
    note: str = ""
    no_before: str = ""
    made: Sequence[tuple[str, str]] = ()
    beside: Sequence[str] = ()
    lacks: str = ""
    quality: Badge | None = None


@dataclass(frozen=True)
class _Drawn:
    """A card as it is written: a number with its unit, or the chip that stands in its place."""

    label: str
    number: str
    unit: str
    chip: Markup
    frosted: bool
    period: str
    before: str
    note: str
    provenance: str
    partial: bool
    made: Sequence[tuple[str, str]]
    beside: Sequence[str]
    quality: Badge | None


def cards(items: list[Card], messages: Messages) -> Markup:
    """Return the row of cards, under it why they stand beside no other year; more than four is an error of
    the page."""
    if len(items) > MOST:
        raise ValueError(f"a row holds at most {MOST} cards, not {len(items)}")
    reasons = dict.fromkeys(item.no_before for item in items if item.no_before)
    return macro("card", "cards")(
        [_drawn(item, messages) for item in items], list(reasons), messages("card.how")
    )


def _drawn(card: Card, messages: Messages) -> _Drawn:
    indicator, figure = card.indicator, card.figure
    return _Drawn(
        label=indicator.name(messages),
        number=figure.text(indicator, messages) if figure.is_shown else "",
        unit=messages.unit(indicator.unit, figure.amount) if figure.amount is not None else "",
        chip=Markup() if figure.is_shown else chip(figure.mark, messages, card.lacks),
        frosted=figure.mark == "suppressed",
        period=card.period,
        before=_before(card, messages),
        note=card.note,
        provenance=card.provenance,
        partial=card.partial,
        made=card.made,
        beside=card.beside,
        quality=card.quality,
    )


def _before(card: Card, messages: Messages) -> str:
    if card.before is None:
        return ""
    period, figure = card.before
    return messages("card.before", period=period, value=figure.text(card.indicator, messages))
