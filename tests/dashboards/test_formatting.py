"""Numbers, money and dates as the design writes them."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from core.presentation import formatting as n

S = "\u00a0"
UNITS = (
    "EUR",
    "EUR/person",
    "EUR/unit",
    "EUR/resident",
    "ratio",
    "days",
    "scale points",
    "per 1000 residents",
    "per 100 residents",
    "persons",
    "units/person",
    "index",
)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (n.number(1234, "it"), "1.234"),
        (n.number(1234, "en"), "1,234"),
        (n.number(-1234, "it"), "\u22121.234"),
        (n.number(1234.5, "it", 1), "1.234,5"),
        (n.number(12345.6, "it", 1), "12.345,6"),
        (n.number(-0.4, "it"), "fra \u22121 e 0"),
        (n.number(0.04, "it", 1), f"meno di{S}0,1"),
        (n.number(0, "it", 1), "0,0"),
        (n.euro(Decimal("0.30"), "it"), f"meno di{S}1{S}€"),
        (n.euro(Decimal("0.30"), "en"), f"less than{S}€1"),
        (n.euro(Decimal("-0.30"), "en"), "between \u2212€1 and 0"),
        (n.days(0.2, "it"), f"meno di{S}1{S}giorno"),
        (n.signed(0.001, "it", 2), "fra 0 e +0,01"),
        (n.share(0.9999, "it"), f"più del{S}99,9%"),
        (n.share(1, "it"), "100,0%"),
        (n.difference_of_shares(0.01, "it"), f"+1,0{S}punto"),
        (n.euro(1234567, "it"), f"1.234.567{S}€"),
        (n.euro(1234567, "en"), "€1,234,567"),
        (n.euro(Decimal("1234.50"), "it", cents=True), f"1.234,50{S}€"),
        (n.euro(-1200, "en"), "\u2212€1,200"),
        (n.euro_in_words(1_234_567, "it"), f"1,2{S}milioni di{S}€"),
        (n.euro_in_words(1_010_000, "it"), f"1,0{S}milione di{S}€"),
        (n.euro_in_words(1_234_567, "en"), f"€1.2{S}million"),
        (n.euro_in_words(999_999, "it"), f"999.999{S}€"),
        (n.share(0.423, "it"), "42,3%"),
        (n.share(0.423, "en"), "42.3%"),
        (n.share(0.0004, "it"), f"meno dello{S}0,1%"),
        (n.share(0, "it"), "0,0%"),
        (n.share_of(7, 12, 7 / 12, "it"), f"7{S}su{S}12"),
        (n.share_of(15, 30, 0.5, "it"), "50,0%"),
        (n.difference_of_shares(0.021, "it"), f"+2,1{S}punti"),
        (n.days(34, "it"), f"34{S}giorni"),
        (n.days(1, "en"), f"1{S}day"),
        (n.interval("0,8", "1,6", "it"), "fra 0,8 e 1,6"),
        (n.day(date(2026, 3, 31), "it"), f"31{S}marzo{S}2026"),
        (n.day(date(2026, 5, 1), "it"), f"1°{S}maggio{S}2026"),
        (n.day(date(2026, 3, 31), "en"), f"31{S}March{S}2026"),
        (n.day_in_table(date(2026, 3, 31), "it"), "31/03/2026"),
        (n.day_in_table(date(2026, 3, 31), "en"), f"31{S}Mar{S}2026"),
        (n.period("quarter", date(2026, 1, 1), "it"), f"1°{S}trimestre{S}2026"),
        (n.period("quarter", date(2026, 10, 1), "en"), f"Q4{S}2026"),
        (n.period("month", date(2026, 3, 1), "it"), f"mar{S}2026"),
        (n.period("year", date(2026, 1, 1), "en"), "2026"),
    ],
)
def test_it_is_written_as_the_design_says(written: str, expected: str) -> None:
    assert written == expected


def test_halves_are_rounded_up_on_the_decimal_and_not_on_its_binary_neighbour() -> None:
    assert n.number(2.675, "it", 2) == "2,68"
    assert n.number(Decimal("0.125"), "en", 2) == "0.13"


def test_a_large_amount_keeps_every_cent() -> None:
    assert n.euro(Decimal("123456789012345.67"), "it", cents=True) == f"123.456.789.012.345,67{S}€"


def test_a_moment_is_told_at_the_clock_of_rome() -> None:
    assert n.moment(datetime(2026, 7, 1, 22, 30), "it") == "02/07/2026, 00:30"
    assert n.moment(datetime(2026, 12, 31, 22, 30), "it") == "31/12/2026, 23:30"
    assert n.day_of(datetime(2026, 7, 1, 22, 30), "en").replace(n.NBSP, " ") == "2 July 2026"


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (Decimal("1234.56"), "EUR", f"1.235{S}€"),
        (18.4, "EUR/unit", f"18,40{S}€"),
        (0.845, "ratio", "84,5%"),
        (82.64, "per 1000 residents", "82,6"),
        (0.0684, "per 1000 residents", "0,07"),
        (1.5, "scale points", "+1,50"),
        (24, "days", f"24{S}giorni"),
        (3633, "persons", "3.633"),
    ],
)
def test_the_unit_of_an_indicator_decides_how_it_is_written(value: object, unit: str, expected: str) -> None:
    assert n.indicator_value(value, unit, "it") == expected


@pytest.mark.parametrize("lang", ["it", "en"])
@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("size", [1e-9, 1e-4, 4e-3, 0.04, 0.3, 0.49])
def test_what_is_not_zero_is_never_written_as_zero(unit: str, size: float, lang: str) -> None:
    zero = n.indicator_value(0, unit, lang)
    for value in (size, -size):
        assert n.indicator_value(value, unit, lang) != zero
        assert n.recorded(value, unit) != 0
    assert n.recorded(0, unit) == 0


def test_under_an_axis_the_year_stands_once() -> None:
    starts = [date(2025, m, 1) for m in (1, 4, 7, 10)]
    ticks = [n.period_on_axis("quarter", s, "it") for s in starts]
    assert ticks == ["1°\n2025", "2°", "3°", "4°"]
    assert [n.period_on_axis("month", date(2025, m, 1), "it") for m in (2, 4)] == ["", "apr"]
