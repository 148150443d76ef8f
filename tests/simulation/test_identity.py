"""Nobody real can be in the simulation: identifiers pass every check and cannot have been issued."""

import re

import duckdb
import numpy as np
import pytest

from simulation.identity import codici_fiscali, sole_trader_code, tax_code
from simulation.territories import TERRITORIES

ODD = dict(zip("0123456789", (1, 0, 5, 7, 9, 13, 15, 17, 19, 21), strict=True)) | dict(
    zip(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23),
        strict=True,
    )
)
FORM = re.compile(r"[A-Z]{6}[0-9]{2}[ABCDEHLMPRST][0-9]{2}[A-Z][0-9]{3}[A-Z]")


def control_letter(code: str) -> str:
    """The 16th character by the decree, written a second time."""
    total = sum(
        ODD[c] if i % 2 == 0 else (int(c) if c.isdigit() else ord(c) - 65) for i, c in enumerate(code[:15])
    )
    return chr(65 + total % 26)


@pytest.mark.parametrize("code", ["RSSMRA85T10A562S", "VRDGPP70A41A859V", "BNCLRA92M55D704V"])
def test_the_second_computation_of_the_control_letter_knows_the_textbook_codes(code: str) -> None:
    assert control_letter(code) == code[15]


def test_every_codice_fiscale_sent_is_valid_but_of_a_birthplace_never_assigned(
    network: duckdb.DuckDBPyConnection,
) -> None:
    codes = [
        c for (c,) in network.execute("select distinct id_value from person where id_kind = 'CF'").fetchall()
    ]
    codes += [
        c
        for (c,) in network.execute(
            "select distinct tax_code from organisation where length(tax_code) = 16"
        ).fetchall()
    ]
    assert len(codes) > 5_000
    for code in codes:
        assert FORM.fullmatch(code), code[6:11]
        assert code[11] == "X"
        assert code[12:15] != "000"
        assert control_letter(code) == code[15]


def test_birth_and_sex_are_those_in_the_codice_fiscale(network: duckdb.DuckDBPyConnection) -> None:
    (wrong,) = network.execute("""
        select count(*) from now_person where id_kind = 'CF' and op = 'U' and sex in ('M', 'F') and (
            substr(id_value, 7, 2) <> substr(birth_date, 3, 2)
            or substr('ABCDEHLMPRST', cast(substr(birth_date, 6, 2) as int), 1) <> substr(id_value, 9, 1)
            or cast(substr(id_value, 10, 2) as int)
               <> cast(substr(birth_date, 9, 2) as int) + case sex when 'F' then 40 else 0 end)
        """).fetchone()
    assert wrong == 0


def test_different_numbers_never_share_a_codice_fiscale() -> None:
    numbers = np.concatenate([np.arange(300_000), 2_000_000_000 + np.arange(50_000)])
    codes = codici_fiscali(numbers, np.full(len(numbers), 4_000), np.zeros(len(numbers), dtype=bool))
    assert len(np.unique(codes.reshape(-1).view("S16"))) == len(numbers)


def test_tax_codes_of_organisations_pass_the_check_and_begin_with_99(
    network: duckdb.DuckDBPyConnection,
) -> None:
    codes = {
        c
        for (c,) in network.execute(
            "select tax_code from organisation where length(tax_code) = 11"
        ).fetchall()
    }
    assert len(codes) > 200
    for code in codes | {tax_code(0), tax_code(99_999_999)}:
        assert code.startswith("99")
        digits = [int(c) for c in code]
        doubled = [d if i % 2 == 0 else d * 2 - 9 * (d > 4) for i, d in enumerate(digits)]
        assert sum(doubled) % 10 == 0, code


def test_sole_traders_have_a_persons_code_of_their_own(network: duckdb.DuckDBPyConnection) -> None:
    (shared,) = network.execute(
        "select count(*) from organisation o join person p on p.id_value = o.tax_code"
    ).fetchone()
    assert shared == 0
    assert len({sole_trader_code(n) for n in range(2_000)}) == 2_000


def test_some_people_are_known_in_two_territories_and_hardly_anybody_in_more(
    network: duckdb.DuckDBPyConnection,
) -> None:
    by_places = dict(
        network.execute("""
        select places, count(*) from (select count(distinct instance) as places from now_person
                                      where id_kind = 'CF' group by id_value) group by 1""").fetchall()
    )
    assert set(by_places) <= {1, 2, 3}
    share = by_places[2] / sum(by_places.values())
    assert 0.008 < share < 0.02
    (same,) = network.execute("""
        select count(*) from (select id_value from now_person where id_kind = 'CF' and op = 'U'
        group by 1 having count(distinct instance) > 1 and count(distinct birth_date) > 1)""").fetchone()
    assert same == 0


def test_a_person_stands_once_in_a_territory(network: duckdb.DuckDBPyConnection) -> None:
    (twice,) = network.execute("""select count(*) from (select 1 from now_person where id_value is not null
                                group by instance, id_kind, id_value having count(*) > 1)""").fetchone()
    assert twice == 0


def test_shared_bodies_have_one_tax_code_in_the_whole_network(network: duckdb.DuckDBPyConnection) -> None:
    names = network.execute("""select name, count(distinct tax_code), count(distinct instance) from
    organisation
                               where kind in ('FOUNDATION', 'REGION', 'STATE') group by name""").fetchall()
    assert all(codes == 1 for _, codes, _ in names)
    assert max(places for *_, places in names) == len(TERRITORIES)


def test_persons_without_a_codice_fiscale_are_there_in_all_their_kinds(
    network: duckdb.DuckDBPyConnection,
) -> None:
    kinds = dict(network.execute("select id_kind, count(*) from now_person group by 1").fetchall())
    assert set(kinds) == {"CF", "CF_PROV", "STP", "ENI", "NONE"}
    (wrong,) = network.execute("""select count(*) from now_person where
        (id_kind = 'STP' and not regexp_full_match(id_value, 'STP[0-9]{13}'))
        or (id_kind = 'ENI' and not regexp_full_match(id_value, 'ENI[0-9]{13}'))
        or (id_kind = 'CF_PROV' and not regexp_full_match(id_value, '[0-9]{11}'))
        or (id_kind = 'NONE') <> (id_value is null)""").fetchone()
    assert wrong == 0
