"""The figure card (Scheda): a figure with its unit, period, comparison, mark and provenance; at most four
in a row."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from dashboards.figures import Figure, Indicator
from dashboards.parts.mark import chip
from dashboards.words import Words

MOST = 4


@dataclass(frozen=True)
class Card:
    """One card. `before` is the same cell a year earlier with its period's name; None where the two cannot be
    compared, and then `no_before` says why. `made` says how the number is made, by label."""

    indicator: Indicator
    figure: Figure
    period: str
    provenance: str
    before: tuple[str, Figure] | None = None
    partial: bool = False
    note: str = ""
    no_before: str = ""
    made: Sequence[tuple[str, str]] = ()


def cards(items: list[Card], words: Words) -> str:
    """Return the row of cards, under it why they stand beside no other year; more than four is an error of
    the page."""
    if len(items) > MOST:
        raise ValueError(f"a row holds at most {MOST} cards, not {len(items)}")
    reasons = dict.fromkeys(item.no_before for item in items if item.no_before)
    under = "".join(f'<p class="cdv-caption">{escape(reason)}</p>' for reason in reasons)
    return f'<div class="cdv-cards">{"".join(_card(item, words) for item in items)}</div>{under}'


def _card(card: Card, words: Words) -> str:
    indicator, figure = card.indicator, card.figure
    label = escape(indicator.name(words))
    unit = words.unit(indicator.unit, figure.amount) if figure.amount is not None else ""
    if figure.is_shown:
        value = f'<span class="cdv-card-number">{escape(figure.text(indicator, words))}</span>'
        value += f' <span class="cdv-card-unit">{escape(unit)}</span>' if unit else ""
    else:
        value = chip(figure.mark, words)
    frosted = " cdv-card-frosted" if figure.mark == "suppressed" else ""
    return (
        f'<section class="cdv-card{frosted}"><h3>{label}</h3><p class="cdv-card-value">{value}</p>'
        f'<p class="cdv-card-line">{escape(card.period)}</p>{_before(card, words)}{_note(card.note)}'
        f'<p class="cdv-provenance{" cdv-partial" if card.partial else ""}">{escape(card.provenance)}</p>'
        f"{_made(card, words)}</section>"
    )


def _before(card: Card, words: Words) -> str:
    if card.before is None:
        return ""
    period, figure = card.before
    text = words("card.before", period=period, value=figure.text(card.indicator, words))
    return f'<p class="cdv-card-line">{escape(text)}</p>'


def _note(note: str) -> str:
    return f'<p class="cdv-card-note">{escape(note)}</p>' if note else ""


def _made(card: Card, words: Words) -> str:
    if not card.made:
        return ""
    lines = "".join(
        f"<div><dt>{escape(label)}</dt><dd>{escape(text)}</dd></div>" for label, text in card.made
    )
    return (
        f'<details><summary>{escape(words("card.how"))}</summary><dl class="cdv-made">{lines}</dl></details>'
    )
