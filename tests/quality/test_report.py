"""The report on paper: what closes the gate first, then warnings; what passed is one line per gate."""

from datetime import UTC, datetime
from html import unescape

import pytest

from quality.check_result import WARNING, CheckResult, Finding, GateReport, could_not_run
from quality.report import write_report
from tests.support.text import visible

CHECKED = datetime(2026, 11, 3, 9, 5, tzinfo=UTC)


def check(gate, name, passed=True, broken=0, seen=1200, **more):
    said = {"detail_it": f"regola di {name}", "detail_en": f"rule of {name}"}
    return CheckResult(gate, name, passed, broken, seen, checked_at=CHECKED, **{**said, **more})


RESULTS = [
    *(check("data_tests", f"rule_{n:03}") for n in range(300)),
    check("landed", "volume"),
    check("marts", "range_share", False, 3, severity=WARNING),
    check("landed", "empty_share", False, 1234, 5678, findings=(Finding("rho", "person.sex", "rho-0009"),)),
    could_not_run("marts", "range_wait", "RuntimeError", it="regola di range_wait", en="rule of range_wait"),
]


@pytest.fixture
def page(tmp_path):
    def written(results=RESULTS, simulated=()):
        write_report(tmp_path, GateReport(tuple(results), CHECKED), simulated)
        return (tmp_path / "report.html").read_text(encoding="utf-8")

    return written


def test_red_stands_before_warnings_and_warnings_before_green(page):
    text = visible(page())
    order = [
        "La porta è chiusa", "Che cosa chiude la porta", "regola di range_wait", "regola di empty_share",
        "Avvisi: si pubblica lo stesso", "regola di range_share", "Che cosa va bene", "regola di volume",
        "regola di rule_000",
    ]  # fmt: skip
    places = [text.index(part) for part in order]
    assert places == sorted(places)
    assert "3 novembre 2026, ore 10:05" in text and "3 November 2026, 10:05" in text


def test_what_passed_is_one_line_per_gate_that_can_be_opened(page):
    html = page()
    folded = [part.split("</details>")[0] for part in html.split('<details class="cdv-twin cdv-passed">')[1:]]
    summaries = [visible(part.split("</summary>")[0]) for part in folded]
    assert summaries == [
        "Ciò che è arrivato: 1 superato What landed: 1 passed",
        "Le regole delle tabelle: 300 superati The rules of the tables: 300 passed",
    ]
    assert sum(part.count("<li") for part in folded) == 301
    assert html.count("<li") - 301 == 3 + 1, "three that did not pass, and what one of them found"


def test_every_rule_is_said_in_both_languages_with_its_counts(page):
    text = visible(page())
    for result in RESULTS:
        assert result.detail_it in text and result.detail_en in text
        assert f"{result.gate}.{result.check_name}" in text
    assert "1.234 di 5.678 righe" in text and "1,234 of 5,678 rows" in text


def test_what_was_found_stands_open_in_the_words_that_accept_it(page):
    html = unescape(page())
    (entry,) = RESULTS[-2].entries
    assert entry in html.split("<details open>")[1].split("</details>")[0]


def test_a_gate_at_which_nothing_was_checked_says_so(page):
    text = visible(page([check("landed", "volume")]))
    assert "La porta è aperta" in text and "The gate is open" in text
    assert text.count("Nessun controllo eseguito") == 2 and "Che cosa chiude" not in text


def test_simulated_data_are_named(page):
    text = visible(page(simulated=["lecco", "rho"]))
    assert "Dati simulati" in text and "Simulated data" in text and "lecco, rho" in text
