"""The same said in Italian and in English: a sentence in each and its values arrive, a `Said` leaves.

Numbers and days are written as each language writes them, and words agree with the number that they follow.
"""

from datetime import date
from typing import Literal, NamedTuple

from babel.dates import format_date

Lang = Literal["it", "en"]


class Said(NamedTuple):
    """One thing said in both languages."""

    it: str
    en: str


def said(it: str, en: str, **values: object) -> Said:
    """Return both sentences with their places filled.

    `{n}` writes a whole number, `{n:riga|righe}` the word that agrees with it; a day is written out; a `Said`
    gives each sentence its own language. KeyError for a place that is given nothing.
    """
    return Said(
        it.format(**{name: _written(value, "it") for name, value in values.items()}),
        en.format(**{name: _written(value, "en") for name, value in values.items()}),
    )


def whole_number(number: int, lang: Lang) -> str:
    """Return a whole number with the separator of thousands: 1.234 in Italian, 1,234 in English."""
    return f"{number:,}".replace(",", "." if lang == "it" else ",")


def day(value: date, lang: Lang) -> str:
    """Return a day as it stands in a text: 31 marzo 2026, 31 March 2026."""
    return format_date(value, "d MMMM y", locale=lang)


class _Count(int):
    lang: Lang

    def __format__(self, forms: str) -> str:
        if not forms:
            return whole_number(int(self), self.lang)
        singular, plural = forms.split("|")
        return singular if self == 1 else plural


def _written(value: object, lang: Lang) -> object:
    if isinstance(value, Said):
        return value.it if lang == "it" else value.en
    if isinstance(value, date):
        return day(value, lang)
    if isinstance(value, int):
        count = _Count(value)
        count.lang = lang
        return count
    return value
