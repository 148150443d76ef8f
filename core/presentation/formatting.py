"""Numbers, money and dates as people read them: a value and a language arrive, text leaves.

Used by pages, pictures and files alike. What a number means, and whether it may be shown, does not
belong here. Between a number and its unit stands U+00A0, the minus is U+2212; rounding is half up, on
the exact decimal.
"""

from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal
from zoneinfo import ZoneInfo

Lang = Literal["it", "en"]
Number = int | float | Decimal

NBSP = "\u00a0"
MINUS = "\u2212"
SMALL_DENOMINATOR = 30

# Decimals of the units that are neither euro nor whole; one more than is printed.
_PLACES = {
    "ratio": 4,
    "ratio points": 4,
    "percentage points": 2,
    "scale points": 2,
    "days": 1,
    "per 1000 residents": 2,
    "per 100 residents": 2,
    "units/person": 2,
    "plans/manager": 2,
}

_MONTHS = {
    "it": [
        "gennaio",
        "febbraio",
        "marzo",
        "aprile",
        "maggio",
        "giugno",
        "luglio",
        "agosto",
        "settembre",
        "ottobre",
        "novembre",
        "dicembre",
    ],
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
}


def rounded(value: Number, places: int) -> Decimal:
    """Return the value at `places` decimals, half up. Binary floats are read as they print, not as
    they are stored.
    """
    return _exact(value).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def recorded(value: Number, unit: str) -> Decimal:
    """Return what a file carries: the value at the decimals of its unit; where that would be 0 and the value
    is not, its first two digits."""
    exact = _exact(value)
    shown = rounded(exact, places(unit))
    return shown if shown or not exact else rounded(exact, 1 - exact.adjusted())


def _exact(value: Number) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(repr(value))


def _vanishes(value: Number, places: int) -> bool:
    return value != 0 and not rounded(value, places)


def _least(places: int, lang: Lang) -> str:
    return number(Decimal(1).scaleb(-places), lang, places)


def number(value: Number, lang: Lang, places: int = 0) -> str:
    """Return 1.234,5 or 1,234.5, with a true minus; what is not zero and would be written as zero is told as
    what it is less than."""
    shown = value if isinstance(value, int) else rounded(value, places)
    if value and not shown:
        if value < 0:
            return interval(f"{MINUS}{_least(places, lang)}", "0", lang)
        return _less_than(_least(places, lang), lang)
    text = f"{abs(shown):,.{places}f}"
    if lang == "it":
        text = text.translate(str.maketrans(",.", ".,"))
    return f"{MINUS}{text}" if shown < 0 else text


def _less_than(least: str, lang: Lang) -> str:
    return f"meno di{NBSP}{least}" if lang == "it" else f"less than{NBSP}{least}"


def euro(value: Number, lang: Lang, *, cents: bool = False) -> str:
    """Return euro for tables: 1.234.567 € or €1,234,567; with cents in ledgers."""
    places = 2 if cents else 0
    if _vanishes(value, places):
        least = _least(places, lang)
        if value < 0:
            return interval(_with_euro(f"{MINUS}{least}", lang), "0", lang)
        return _less_than(_with_euro(least, lang), lang)
    return _with_euro(number(value, lang, places), lang)


def euro_in_words(value: Number, lang: Lang) -> str:
    """Return euro for sentences: from one million on, 1,2 milioni di € or €1.2 million; below,
    as in tables.
    """
    if abs(rounded(value, 0)) < 1_000_000:
        return euro(value, lang)
    millions = number(_exact(value) / 1_000_000, lang, 1)
    if lang == "en":
        return f"{_with_euro(millions, lang)}{NBSP}million"
    one = "milione" if millions.removeprefix(MINUS) == "1,0" else "milioni"
    return f"{millions}{NBSP}{one} di{NBSP}€"


def _with_euro(text: str, lang: Lang) -> str:
    if lang == "it":
        return f"{text}{NBSP}€"
    return f"{MINUS}€{text[1:]}" if text.startswith(MINUS) else f"€{text}"


def share(value: Number, lang: Lang) -> str:
    """Return a ratio 0..1 as 42,3%; what is above nothing and under one in a thousand, or less than all and
    above 999 in a thousand, is said in words."""
    if 0 < value < 0.001:
        return f"meno dello{NBSP}0,1%" if lang == "it" else f"less than{NBSP}0.1%"
    if 0.999 < value < 1 and rounded(_exact(value) * 100, 1) == 100:
        return f"più del{NBSP}99,9%" if lang == "it" else f"more than{NBSP}99.9%"
    return f"{number(_exact(value) * 100, lang, 1)}%"


def share_of(numerator: Number, denominator: Number, value: Number, lang: Lang) -> str:
    """Return the share, or `7 su 12` where the denominator is too small for a percentage to mean anything."""
    if denominator < SMALL_DENOMINATOR:
        of = "su" if lang == "it" else "of"
        return f"{number(numerator, lang)}{NBSP}{of}{NBSP}{number(denominator, lang)}"
    return share(value, lang)


def difference_of_shares(value: Number, lang: Lang) -> str:
    """Return a difference of two ratios in points: +2,1 punti."""
    points = _exact(value) * 100
    one = abs(rounded(points, 1)) == 1
    word = ("punto" if one else "punti") if lang == "it" else ("point" if one else "points")
    return f"{signed(points, lang, 1)}{NBSP}{word}"


def signed(value: Number, lang: Lang, places: int) -> str:
    """Return a change with its sign, also the plus; a change too small to be written lies
    between two numbers.
    """
    if value > 0 and _vanishes(value, places):
        return interval("0", f"+{_least(places, lang)}", lang)
    text = number(value, lang, places)
    return f"+{text}" if value > 0 else text


def days(value: Number, lang: Lang) -> str:
    """Return 34 giorni, 1 day."""
    one = rounded(value, 0) == 1 or (value > 0 and _vanishes(value, 0))
    word = ("giorno" if one else "giorni") if lang == "it" else ("day" if one else "days")
    return f"{number(value, lang)}{NBSP}{word}"


def interval(low: str, high: str, lang: Lang) -> str:
    """Return two texts as an interval in words, never with a plus-minus."""
    return f"fra {low} e {high}" if lang == "it" else f"between {low} and {high}"


def day(value: date, lang: Lang) -> str:
    """Return 31 marzo 2026, 31 March 2026; the first of the month is 1° in Italian."""
    figure = "1°" if lang == "it" and value.day == 1 else str(value.day)
    return f"{figure}{NBSP}{_MONTHS[lang][value.month - 1]}{NBSP}{value.year}"


def day_in_table(value: date, lang: Lang) -> str:
    """Return 31/03/2026, 31 Mar 2026."""
    if lang == "it":
        return value.strftime("%d/%m/%Y")
    return f"{value.day}{NBSP}{_MONTHS['en'][value.month - 1][:3]}{NBSP}{value.year}"


def moment(value: datetime, lang: Lang) -> str:
    """Return the day and the minute at the clock of Rome of a UTC moment: 31/03/2026, 14:05."""
    local = _in_rome(value)
    return f"{day_in_table(local.date(), lang)}, {local:%H:%M}"


def day_of(value: datetime, lang: Lang) -> str:
    """Return the day in Rome of a UTC moment, as `day` writes it."""
    return day(rome_day(value), lang)


def rome_day(value: datetime) -> date:
    """Return the day in Rome of a UTC moment."""
    return _in_rome(value).date()


def _in_rome(value: datetime) -> datetime:
    return value.replace(tzinfo=UTC).astimezone(ZoneInfo("Europe/Rome"))


def month_name(month: int, lang: Lang) -> str:
    """Return the whole name of month 1..12."""
    return _MONTHS[lang][month - 1]


def period(period_type: str, start: date, lang: Lang) -> str:
    """Return the name of a period: 2026; 1° trimestre 2026, Q1 2026; mar 2026, Mar 2026."""
    if period_type == "year":
        return str(start.year)
    if period_type == "quarter":
        quarter = (start.month + 2) // 3
        return (
            f"{quarter}°{NBSP}trimestre{NBSP}{start.year}"
            if lang == "it"
            else f"Q{quarter}{NBSP}{start.year}"
        )
    return f"{_MONTHS[lang][start.month - 1][:3]}{NBSP}{start.year}"


def period_on_axis(period_type: str, start: date, lang: Lang) -> str:
    """Return the short name of a period under an axis; the year stands in a second row, under the first
    period of each year.

    Months are named only where a quarter begins, so that their names do not touch.
    """
    if period_type == "year":
        return str(start.year)
    year = f"\n{start.year}" if start.month == 1 else ""
    if period_type == "quarter":
        quarter = (start.month + 2) // 3
        return f"{quarter}°{year}" if lang == "it" else f"Q{quarter}{year}"
    return f"{_MONTHS[lang][start.month - 1][:3]}{year}" if start.month % 3 == 1 else ""


def places(unit: str) -> int:
    """Return how many decimals a file carries for a unit of the registry: cents for euro, four for ratios,
    none for persons and counts."""
    if unit.startswith("EUR"):
        return 2
    return _PLACES.get(unit, 0)


def indicator_value(
    value: Number,
    unit: str,
    lang: Lang,
    *,
    numerator: Number | None = None,
    denominator: Number | None = None,
) -> str:
    """Return the value of an indicator without its unit words, by the unit the registry names.

    Euro to the unit (per unit of service and per resident to the cent), ratios as shares, rates to one
    decimal (two below 1), counts and days exact, points of a scale to two decimals. A ratio with a small
    denominator is told as `7 su 12`.
    """
    match unit:
        case "EUR" | "EUR/person":
            return euro(value, lang)
        case "EUR/unit" | "EUR/resident":
            return euro(value, lang, cents=True)
        case "ratio" if numerator is not None and denominator is not None:
            return share_of(numerator, denominator, value, lang)
        case "ratio":
            return share(value, lang)
        case "ratio points":
            return difference_of_shares(value, lang)
        case "days":
            return days(value, lang)
        case "scale points":
            return signed(value, lang, 2)
        case "per 1000 residents" | "per 100 residents" | "units/person" | "plans/manager":
            return number(value, lang, 1 if abs(value) >= 1 else 2)
        case _:
            return number(value, lang)
