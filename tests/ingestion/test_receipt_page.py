"""The receipt on paper: one sentence that says what to do, alike errors in groups, the worst ten first."""

from datetime import UTC, date, datetime
from html import unescape

import pytest

from ingestion.contract.codes import CODES, EXPORT_CODES, ROW_CODES
from ingestion.receipt_page import GROUPS_SHOWN, PLACES_SHOWN, receipt_page
from ingestion.receipts import ACCEPTED, HELD, KNOWN, REFUSED, Receipt
from tests.support.text import visible

COUNTS = {"person": {"received": 1300, "loaded": 1234, "known": 0, "quarantined": 66}}
GIVEN = datetime(2026, 11, 3, 9, 5, tzinfo=UTC)


def errors(code, times, entity="person", column="sex", first=2):
    said = {"message_it": CODES[code].message_it, "message_en": CODES[code].message_en}
    place = {"entity": entity, "file": f"data/{entity}.csv", "column": column, "code": code}
    return [{**place, "line": first + n, **said} for n in range(times)]


ROWS, WHOLE = errors("enum_unknown", 66), errors("checksum_mismatch", 2, column=None)


def receipt(status=ACCEPTED, found=(), counts=COUNTS, **more):
    named = {"name": "Rho", "period": (date(2026, 10, 1), date(2026, 10, 31)), "answered_at": GIVEN}
    return Receipt("rho-2026-10-0001", "rho", status, tuple(found), counts, **{**named, **more})


def test_it_says_of_whom_of_when_and_when_it_was_given_in_both_languages():
    text = visible(receipt_page(receipt()))
    for told in (
        "rho-2026-10-0001", "Rho (rho)", "dal 1 ottobre 2026 al 31 ottobre 2026", "1 October 2026 to",
        "3 novembre 2026, ore 10:05", "3 November 2026, 10:05", "1.234", "1,234",
    ):  # fmt: skip
        assert told in text, told


def person(**counts):
    return {"person": COUNTS["person"] | counts}


@pytest.mark.parametrize(
    ("status", "found", "counts", "it", "en"),
    [
        (ACCEPTED, [], person(quarantined=0), "non c'è niente da fare", "nothing to do"),
        (ACCEPTED, ROWS, COUNTS, "tranne 66 righe in quarantena: correggere", "except 66 rows in"),
        (
            ACCEPTED,
            ROWS[:1],
            person(loaded=1, quarantined=1),
            "(1 riga), tranne 1 riga",
            "(1 row), except 1 row",
        ),
        (REFUSED, WHOLE[:1], {}, "correggere l'errore qui", "correct the error below"),
        (REFUSED, WHOLE, {}, "correggere gli errori", "correct the errors"),
        (HELD, errors("sequence_gap", 1, None, None), {}, "aspetta", "waits"),
        (KNOWN, [], COUNTS, "era già stata caricata", "had been loaded before"),
    ],
)
def test_one_sentence_says_what_happened_and_what_to_do(status, found, counts, it, en):
    page = receipt_page(receipt(status, found, counts))
    told = unescape(page.split('class="cdv-notice')[1].split("</div>")[0])
    assert it in told and en in told
    assert told.count("<p>") == 1


def test_alike_errors_are_one_with_their_number_and_the_first_places():
    page = receipt_page(
        receipt(found=errors("enum_unknown", 64) + errors("type_wrong", 2, column="birth_year"))
    )
    text = visible(page)
    assert text.count(CODES["enum_unknown"].message_it) == 1
    assert "66 errori, 2 tipi" in text and "64 volte" in text and "e altri 59 posti" in text
    assert text.count("data/person.csv:") == PLACES_SHOWN + 2
    assert text.index("64 volte") < text.index("2 volte")


def test_what_stops_the_whole_export_comes_before_what_is_frequent_and_the_rest_is_counted():
    rows = [errors(code, n + 1) for n, code in enumerate(sorted(ROW_CODES)[:12])]
    found = [each for some in rows for each in some] + errors("checksum_mismatch", 1, column=None)
    page = receipt_page(receipt(REFUSED, found, errors_left_out=3))
    shown, rest = page.split("<details", 1)
    assert shown.count('class="cdv-finding"') == GROUPS_SHOWN
    assert rest.split("</details>")[0].count('class="cdv-finding"') == 3
    assert "Altri 3 tipi di errore" in rest and "Altri 3 errori oltre a quelli contati qui" in rest
    heads = [part.split("</code>")[0] for part in shown.split('class="cdv-finding-head"')[1:]]
    assert heads[0].endswith("checksum_mismatch") and "checksum_mismatch" in EXPORT_CODES
    assert heads[1].endswith(sorted(ROW_CODES)[11])
    assert "82 errori, 13 tipi" in visible(page)


def test_one_more_kind_is_one():
    found = [each for code in sorted(ROW_CODES)[:11] for each in errors(code, 1)]
    assert "Un altro tipo di errore" in visible(receipt_page(receipt(found=found)))


def test_what_a_sender_named_is_text():
    found = [{**errors("column_unknown", 1)[0], "column": "<b>=1+1</b>", "file": "<i>.csv"}]
    page = receipt_page(receipt(REFUSED, found, {}, name="<u>Rho</u>"))
    assert not any(tag in page for tag in ("<b>", "<i>", "<u>"))
    assert "<b>=1+1</b>" in visible(page)


@pytest.mark.parametrize("language", ["it", "en", "both"])
def test_a_language_is_chosen_and_nothing_is_asked_of_anybody(language):
    page = receipt_page(receipt(), receipt(KNOWN), language=language)
    assert page.count(" checked>") == 1 and f'{language}" checked>' in page
    assert "http" not in page.replace("http-equiv", "") and "<script" not in page
    assert page.count('class="cdv-paper"') == 2
