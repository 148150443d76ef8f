"""The parts: marks in the place of numbers, escaped texts, lengths, tables that equal their files."""

import csv
import io
import json
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from html import unescape

import pytest

from dashboards.components import bars, card, download, ledger, matrix, prose, table
from dashboards.components.table import Cell, Column, Table
from dashboards.figures import MARKS, Figure, Indicator, absent
from dashboards.i18n import Messages
from dashboards.release import Release

IT, EN = Messages("it"), Messages("en")
PEOPLE = Indicator("persons_served", "Persone servite", "People served", "persons")
EURO = Indicator("spend_delivered", "Valore", "Value", "EUR")
RATE = Indicator("user_share", "Quota", "Share", "ratio")
SHOWN = Figure(
    "persons_served",
    "instance",
    "rho",
    "ALL",
    "ALL",
    "year",
    date(2025, 1, 1),
    Decimal(3633),
    None,
    3633.0,
    None,
    None,
    "value",
)
ATTACK = "<script>alert(1)</script>&\"'"


def marked(name: str) -> Figure:
    return replace(SHOWN, numerator=None, value=None, mark=name)


@pytest.mark.parametrize("name", [m for m in MARKS if m not in ("value", "zero")])
def test_a_mark_stands_in_the_place_of_the_number_in_words_and_for_a_screen_reader(name: str) -> None:
    for messages in (IT, EN):
        html = card.cards([card.Card(PEOPLE, marked(name), "2025", "dati")], messages)
        assert messages(f"mark.{name}") in html
        assert messages(f"mark.{name}.spoken") in html
        assert "3.633" not in html
        assert ("cdv-card-frosted" in html) == (name == "suppressed")


def test_a_hidden_figure_gives_no_amount_even_where_its_number_is_there() -> None:
    assert replace(SHOWN, mark="suppressed").amount is None


def test_a_sum_is_told_from_its_exact_numerator_and_a_ratio_from_its_value() -> None:
    money = replace(SHOWN, numerator=Decimal("0.10"), value=0.1000000001)
    assert money.amount == Decimal("0.10")
    ratio = replace(SHOWN, numerator=Decimal(1), denominator=Decimal(8), value=0.125)
    assert ratio.amount == 0.125
    assert ratio.text(RATE, IT) == "1\u00a0su\u00a08"


def test_a_cell_without_a_row_is_zero_where_one_adds_and_missing_where_one_divides() -> None:
    where = ("instance", "rho", "year", date(2025, 1, 1))
    assert absent(EURO, *where).mark == "zero"
    assert absent(PEOPLE, *where).text(PEOPLE, IT) == "0"
    assert absent(RATE, *where).mark == "missing"


def test_a_row_of_cards_holds_four_at_most() -> None:
    with pytest.raises(ValueError, match="at most 4"):
        card.cards([card.Card(PEOPLE, SHOWN, "2025", "")] * 5, IT)


def test_a_card_says_number_unit_period_the_year_before_and_where_it_comes_from() -> None:
    before, made = ("2024", marked("suppressed")), [("Identificativo", "persons_served")]
    html = card.cards([card.Card(PEOPLE, SHOWN, "2025", "dati al 30", before, made=made)], IT)
    for text in ("3.633", "persone", "2025", "nel 2024: protetto", "dati al 30", "Come nasce questo numero"):
        assert text in html
    assert "<dt>Identificativo</dt><dd>persons_served</dd>" in html


def test_the_unit_of_a_card_agrees_with_its_number() -> None:
    one = replace(SHOWN, numerator=Decimal(1), value=1.0)
    for messages, unit in ((IT, "persona"), (EN, "person")):
        assert f'<span class="cdv-card-unit">{unit}</span>' in card.cards(
            [card.Card(PEOPLE, one, "", "")], messages
        )


def test_text_from_data_is_escaped_everywhere() -> None:
    cell, column = Cell(ATTACK, ATTACK), Column("a", ATTACK)
    made = [
        prose.heading(ATTACK, ATTACK, ATTACK),
        prose.sentence(ATTACK),
        prose.notice("note", ATTACK, ATTACK),
        prose.limits(IT, [ATTACK]),
        table.table_html(Table(ATTACK, [column], [[cell]], ATTACK), IT),
        bars.bars(
            ATTACK, column, [column], [bars.Bar(ATTACK, [cell], 1, "value", address=ATTACK)], "people", IT
        ),
        ledger.ledger(ATTACK, [ledger.LedgerRow(ATTACK, ATTACK, *(Decimal(1),) * 4)], IT),
        matrix.matrix(ATTACK, ATTACK, [ATTACK], [matrix.MatrixRow(ATTACK, ["accepted"])], IT),
        card.cards([card.Card(Indicator("x", ATTACK, ATTACK, "EUR"), SHOWN, ATTACK, ATTACK)], IT),
    ]
    for html in made:
        assert "<script" not in html
        assert "&lt;script" in html


def row(length: float | None, name: str = "value", reference: float | None = None) -> bars.Bar:
    return bars.Bar("a", [Cell("x", None)], length, name, reference)


def drawn(rows: list[bars.Bar]) -> str:
    return bars.bars("c", Column("i", "i"), [Column("n", "n", True)], rows, "people", IT)


def test_bars_start_at_zero_and_share_one_scale() -> None:
    html = drawn([row(50), row(100), row(25, reference=200)])
    assert [w in html for w in ("width:25.00%", "width:50.00%", "width:12.50%", "left:100.00%")] == [True] * 4


def test_a_protected_bar_is_a_pane_of_one_look_and_no_length() -> None:
    small, large = drawn([row(None, "suppressed"), row(9)]), drawn([row(8, "suppressed"), row(9)])
    assert small == large
    assert small.count("cdv-frosted") == 1
    assert small.count("cdv-bar-fill") == 1


@pytest.mark.parametrize("name", ["zero", "missing", "not_collected", "not_applicable"])
def test_only_a_value_has_a_bar(name: str) -> None:
    assert "cdv-bar-fill" not in drawn([row(0, name), row(None, name)])


def test_an_empty_set_of_bars_divides_by_nothing() -> None:
    assert "width" not in drawn([row(0, "zero")])


def test_the_ledger_prints_its_four_numbers_in_order_and_scales_to_the_largest() -> None:
    made = ledger.LedgerRow("Casa", "in corso", Decimal(200), Decimal(100), Decimal(80), Decimal(50))
    html = ledger.ledger("c", [made], IT)
    order = [html.index(f"<dd>{n}") for n in ("200", "100", "80", "50")]
    assert order == sorted(order)
    assert 'cdv-ledger-outline" style="width:100.00%' in html
    assert 'cdv-ledger-fill" style="width:50.00%' in html
    assert 'cdv-ledger-reported" style="left:40.00%' in html


def test_an_intervention_without_money_moved_is_an_outline_alone() -> None:
    html = ledger.ledger("c", [ledger.LedgerRow("a", "", Decimal(10), *(Decimal(0),) * 3)], IT)
    assert "cdv-ledger-fill" not in html and 'class="cdv-ledger-reported"' not in html


def test_a_matrix_says_every_state_in_letters_and_in_words() -> None:
    states = ["accepted", "refused", "held", "missing", "not_due"]
    html = matrix.matrix("c", "t", list("abcde"), [matrix.MatrixRow("Rho", states)], IT)
    assert len({IT(f"state.{s}.letter") for s in states}) == len(states)
    for state in states:
        assert html.count(IT(f"state.{state}")) >= 2


def test_an_empty_table_says_why() -> None:
    html = table.table_html(Table("c", [Column("a", "a")], [], "Non c'è niente"), IT)
    assert "Non c'è niente" in unescape(html) and "<caption>" in html


def test_the_twin_is_closed_unless_the_address_opens_it() -> None:
    made = Table("c", [Column("a", "a")], [], "x")
    assert '<details class="cdv-twin">' in table.twin(made, IT)
    assert '<details class="cdv-twin" open>' in table.twin(made, IT, is_open=True)


R1 = Release("R1", datetime(2026, 11, 3), date(2026, 9, 30), "")
REAL = R1.simulated
FILE = Table(
    "Persone",
    [Column("territory", "Territorio"), Column("persons_served", "Persone", True)],
    [
        [table.text_cell("Rho"), table.figure_cell(SHOWN, PEOPLE, IT)],
        [table.text_cell("=cmd()"), table.figure_cell(marked("suppressed"), PEOPLE, IT)],
        [table.text_cell("Lecco"), Cell("\u22121.234,50 €", Decimal("-1234.5000"), "value")],
    ],
    "",
)


def test_a_file_holds_what_is_shown_with_marks_and_release() -> None:
    rows = list(csv.DictReader(io.StringIO(download.csv_bytes(FILE, "R1", REAL).decode("utf-8"))))
    assert rows[0] == {
        "territory": "Rho",
        "persons_served": "3633",
        "persons_served_mark": "value",
        "release_id": "R1",
    }
    assert rows[1]["persons_served"] == "" and rows[1]["persons_served_mark"] == "suppressed"
    assert rows[2]["persons_served"] == "-1234.5"


def test_a_text_that_a_spreadsheet_would_run_is_made_harmless() -> None:
    rows = download.records(FILE)
    assert rows[1]["territory"] == "'=cmd()"


def test_the_json_says_release_licence_and_definitions() -> None:
    days = {"Rho": "2026-09-30", "Trapani": "2026-08-31"}
    document = json.loads(download.json_bytes(FILE, R1, days, [PEOPLE], download.LICENCE))
    assert "simulated_instances" not in document
    assert (document["release_id"], document["data_to"], document["licence"]) == (
        "R1",
        days,
        "CC BY 4.0",
    )
    assert document["indicators"]["persons_served"]["name_en"] == "People served"
    assert [r["persons_served_mark"] for r in document["rows"]] == ["value", "suppressed", "value"]


def test_a_file_with_invented_data_says_of_which_territories_in_every_row() -> None:
    invented = Release(
        "R1", R1.created_at, R1.as_of, "", facts={"simulated": {"instances": {"rho": "Rho"}, "whole": False}}
    )
    text = download.csv_bytes(FILE, "R1", invented.simulated).decode("utf-8")
    assert [row["simulated_instances"] for row in csv.DictReader(io.StringIO(text))] == ["rho"] * 3
    document = json.loads(download.json_bytes(FILE, invented, {}, [PEOPLE], download.LICENCE))
    assert document["simulated_instances"] == "rho"
