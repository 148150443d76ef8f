"""What a text gives away is found however it is written, and what only looks like it is left alone: both are
counted over planted texts, through the SQL that ingestion and the release run.
"""

import duckdb
import numpy as np
import pytest

from ingestion.contract.schema import load_contract
from ingestion.privacy.direct_identifiers import (
    DOCUMENT,
    IDENTIFIER,
    TEXT,
    carries,
    carries_sql,
    masked,
    prepare_search,
    searched_as,
    suspect_sql,
)
from ingestion.privacy.identifiers import ODD_VALUES, codice_fiscale_check
from simulation.identity import codici_fiscali

FRAMES = (
    "{}",
    "Assistenza a {}",
    "{} (utente)",
    "UT-{}",
    "vedi: {}; poi altro",
    "«{}»",
    "contributo/{}/2026",
)
IBANS = (
    "IT60X0542811101000000123456",
    "SM86U0322509800000000270100",
    "DE89370400440532013000",
    "FR1420041010050500013M02606",
    "GB29NWBK60161331926819",
    "CH9300762011623852957",
    "ES9121000418450200051332",
    "RO49AAAA1B31007593840000",
)
EMAILS = (
    "mario.rossi@example.it",
    "MARIA_BIANCHI+sad@posta.example.com",
    "m.rossi @ example.org",
    "u(at)example.it",
)
TELEPHONES = (
    "3331234567", "333 1234567", "333-1234567", "333/1234567", "333 123 4567", "333.123.45.67",
    "+393331234567", "+39 333 1234567", "0039 347 1234567", "(+39) 02 12345678", "+39 0371 123456",
    "02 12345678", "02-12345678", "06/12345678", "0371 123456", "0371 12 34 56", "(011) 1234567",
    "tel. 0212345678", "Tel 02.1234.567", "cell: 335123456", "telefono n. 3331234567", "fax 0521/123456",
)  # fmt: skip
INNOCENT = (
    "01234567897", "C.F. 90000000118", "P.IVA 01234567890", "CIG 3331234567", "CIG: Z1A2B3C4D5",
    "J31B20000030001", "CUP J31B20000030001", "fattura 3331234567", "FT-2025-0001234",
    "Fatt. n. 3401234567 del 02/03/2026", "15/2026-03-02", "01234567897/15/2026-03-02", "2026-03-02",
    "02/03/2026", "02-03-2026 10:30", "31.12.2026", "06.11.2025", "333.123,45 euro", "EUR 3.331.234,56",
    "3331234567 euro", "333.123.456", "340 123 456 000", "345.1234567", "0.3331234567", "015182",
    "015182001", "077014", "20017 Rho (MI)", "SAD 2024-2026", "determina 045/2025-00012", "n. 02/2025",
    "D.G.R. 3331/2026", "RUNTS 0012345", "A-3331234567B", "SD-200000123", "Cooperativa Sociale L'Aurora",
    "Progetto ITALIA 2026", "Casa di riposo San Giuseppe", "50-60 anni",
    "https://www.example.it/bandi/2026/3331", "https://www.example.it/mappa/@45.5,9.1", "npm i pkg@1.2.3",
    "0f3a9c1e5b7d4a60bb1f2e3d4c5b6a79", "123e4567-e89b-12d3-a456-426614174000",
    "orario 08 30 12 30 14 00 18 00", "IT2025", "DE-2026-00001234567890123", "ZZZZZZ99Z99Z999Z",
    "RSSMRA85T10A562T", "decine di volontari",
    "programma TUTTI INSIEME per le famiglie di Rho, Pero e Settimo Milanese", "matera-2026-03-0001",
    "11111111111", "000123456789", "1234567890123456", "2026 2027 2028", "quota 0,85 per 12 mesi",
)  # fmt: skip


def codes(count: int) -> list[str]:
    """Return codici fiscali of nobody: the birthplace letter is X."""
    numbers = np.arange(count)
    return [str(code) for code in codici_fiscali(numbers, 1_000 + numbers * 97 % 9_000, numbers % 2 == 0)
            .view("S16").ravel().astype("U16")]  # fmt: skip


def omocodic(code: str, places: int) -> str:
    """Return the form of `code` with its last `places` digits as letters."""
    letters = str.maketrans("0123456789", "LMNPQRSTUV")
    for at in (14, 13, 12, 10, 9, 7, 6)[:places]:
        code = code[:at] + code[at].translate(letters) + code[at + 1 :]
    return code[:15] + codice_fiscale_check(code)


def written(code: str) -> list[str]:
    """Return the ways in which people write a codice fiscale."""
    parts = (code[:3], code[3:6], code[6:11], code[11:])
    return [
        code,
        code.lower(),
        " ".join(parts),
        ".".join(parts),
        "-".join(parts),
        "\u00a0".join(parts),
        " ".join((code[:6], code[6:11], code[11:])),
        " ".join(code),
        "".join(chr(ord(character) + 0xFEE0) for character in code),
        f"{code[:6]}\u200b{code[6:]}",
        omocodic(code, 1),
        omocodic(code, 3),
        omocodic(code, 7),
    ]


def grouped(iban: str) -> str:
    return " ".join(iban[at : at + 4] for at in range(0, len(iban), 4))


def planted() -> list[str]:
    said = [each for code in codes(60) for each in written(code)]
    said += [
        each
        for iban in IBANS
        for each in (iban, grouped(iban), iban.lower(), grouped(iban).replace(" ", "-"))
    ]
    texts = [frame.format(each) for each in [*said, *EMAILS] for frame in FRAMES]
    # A row of digits before a year is a document and its year.
    return texts + [frame.format(each) for each in TELEPHONES for frame in FRAMES[:-1]]


def found(texts: list[str], place: str = TEXT) -> set[str]:
    with duckdb.connect() as connection:
        prepare_search(connection)
        connection.execute("create table said as select unnest($1::varchar[]) as text", [texts])
        suspected = f"case when {suspect_sql('text')} then {carries_sql('text', place)} else false end"
        rows = connection.execute(f"select text from said where {suspected}").fetchall()
    return {text for (text,) in rows}


def test_recall_and_precision_over_planted_texts(capsys):
    guilty = planted()
    innocent = [frame.format(each) for each in INNOCENT for frame in FRAMES[:3]]
    caught, wrongly = found(guilty), found(innocent)
    recall = len(caught) / len(set(guilty))
    precision = len(caught) / (len(caught) + len(wrongly))
    with capsys.disabled():
        print(f"\ndirect identifiers: {len(set(guilty))} planted, recall {recall:.4f}; "
              f"{len(innocent)} innocent texts, precision {precision:.4f}")  # fmt: skip
    assert sorted(set(guilty) - caught) == []
    assert sorted(wrongly) == []


def test_numbers_at_random_are_seldom_taken_for_a_person():
    """Ids of every make: what a table of a million rows would lose must stay far below its limit of 2%."""
    rng = np.random.default_rng(5)
    letters = np.array(list("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"))
    made = ["".join(rng.choice(letters, 16)) for _ in range(20_000)]
    made += ["".join(rng.choice(letters[26:], 14)) for _ in range(20_000)]
    made += [f"SD-{n:08d}" for n in range(20_000)] + [f"2026/{n:07d}" for n in range(20_000)]
    made += [f"{n:011d}" for n in range(3_330_000_000, 3_330_020_000)]
    assert len(found(made, IDENTIFIER)) <= 2


def test_a_number_of_a_document_is_a_telephone_only_if_it_says_so():
    assert not found(["3331234567", "333 1234567", "02 12345678"], DOCUMENT)
    assert found(["02/1234567", "SC-345-1234567"], IDENTIFIER) == set()
    assert carries("+39 333 1234567", DOCUMENT) == carries("tel. 3331234567", DOCUMENT) == "telephone"
    assert carries("UT-3331234567", IDENTIFIER) == "telephone"
    assert carries(IBANS[0], DOCUMENT) == "IBAN"


def test_the_quick_test_lets_through_all_that_is_found():
    guilty = [text for text in planted() if carries(text)]
    with duckdb.connect() as connection:
        told = connection.execute(f"select t from unnest($1) as x(t) where not {suspect_sql('t')}", [guilty])
        assert told.fetchall() == []


def test_a_name_is_shown_without_what_it_carries():
    (code,) = codes(1)
    assert masked(f"data/pagamenti_{code}.csv") == "data/pagamenti__.csv"
    assert masked(f"data/{code.lower()[:15]}z/{IBANS[0]}.csv") == "data/_/_.csv"
    assert masked("data/payment.csv") == "data/payment.csv"


def test_every_open_text_of_the_contract_is_searched():
    searched = {
        f"{entity.name}.{field.name}": searched_as(entity, field)
        for entity in load_contract().entities.values()
        for field in entity.fields
    }
    kept_apart = {"person.id_value", "assessment.manager_ref", "organisation.tax_code"}
    assert not kept_apart & {name for name, how in searched.items() if how}
    assert (
        searched["grant.title"] == searched["organisation.name"] == searched["payment.spending_type"] == TEXT
    )
    assert searched["service_delivery.record_id"] == searched["booking.person_id"] == IDENTIFIER
    for name in ("grant_line.doc_ref", "call.act_number", "outcome_indicator.code"):
        assert searched[name] == DOCUMENT
    unsearched = {
        field.name
        for entity in load_contract().entities.values()
        for field in entity.fields
        if field.type == "string" and not field.enum and not searched[f"{entity.name}.{field.name}"]
    }
    closed = {"vat_number", "cup", "cig", "acri_sector", "istat_residence", "istat_comune", "istat_place"}
    assert unsearched == closed | {"id_value", "manager_ref", "tax_code"}


@pytest.mark.parametrize("code", ["RSSMRA85T10A562S", "RSSMRA80A0MF205P", "RSSMRAULALMFNLRD"])
def test_the_check_character_in_python_is_that_of_the_sql(code):
    assert len(ODD_VALUES) == 26
    assert codice_fiscale_check(code) == code[15]
