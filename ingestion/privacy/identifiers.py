"""The forms and check characters of Italian identifiers, as SQL that runs over whole columns.

Arrives: the name of a text column. Leaves: SQL expressions. Which column holds which identifier does not
belong here.
"""

import re

OMOCODIA = "0-9LMNPQRSTUV"
CODICE_FISCALE = f"[A-Z]{{6}}[{OMOCODIA}]{{2}}[ABCDEHLMPRST][{OMOCODIA}]{{2}}[A-Z][{OMOCODIA}]{{3}}[A-Z]"
PROVISIONAL_CODE = "[0-9]{11}"
STP = "STP[0-9]{13}"
ENI = "ENI[0-9]{13}"
MANGLED_NUMBER = r"[0-9]+([.,][0-9]+)?[eE]\+?[0-9]+"

# The value of a letter is its position here: in odd places of a codice fiscale, and in even ones.
ODD_VALUES = "BAKPLCQDREVOSFTGUHMINJWZYX"
_EVEN_VALUES = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _with_digits(values: str) -> str:
    # A digit counts as the letter A to J: it stands a whole alphabet behind it, which modulo 26 is the same.
    digits = dict(zip(_EVEN_VALUES, "0123456789", strict=False))
    return values + "".join(digits.get(letter, "-") for letter in values)


def in_pieces(form: str, gap: str) -> str:
    """Return a pattern of one-character classes with `gap` between any two of its characters."""
    classes = re.findall(r"(\[[^]]+\])(?:\{(\d+)\})?", form)
    return gap.join(each for each, count in classes for _ in range(int(count or 1)))


def is_placeholder(column: str) -> str:
    """Return SQL that is true for a well-formed code that nobody has: one digit over and over; of a codice
    fiscale, one letter for the name and one digit for the rest; of a code of a health service (STP, ENI),
    which has no check digit, also the digits in a row, up or down.

    Eleven digits in a row may be somebody's: their check digit is right or the row is set aside for it.
    """
    digits = f"case when {column}[1] between '0' and '9' then {column} else substr({column}, 4) end"
    rows = " or ".join(
        f"starts_with('{first}', left({digits}, length({digits}) - 1))"
        for first in ("01234567890123", "12345678901234", "98765432109876", "09876543210987")
    )
    name = f"rtrim(left({column}, 6), {column}[1]) = ''"
    rest = f"{column}[7:8] || {column}[10:11] || {column}[13:15]"
    numbers = f"rtrim({digits}, right({digits}, 1)) = '' or (strlen({column}) > 11 and ({rows}))"
    return (
        f"case when strlen({column}) = 16 and {column}[4] not between '0' and '9' "
        f"then {name} and rtrim({rest}, {column}[7]) = '' else {numbers} end"
    )


def looks_like_codice_fiscale(column: str) -> str:
    """Return SQL that is true where the text has the form of a codice fiscale, in either case, check
    character aside.
    """
    return (
        f"case when strlen({column}) = 16 "
        f"then regexp_full_match(upper({column}), '{CODICE_FISCALE}') else false end"
    )


def codice_fiscale_wrong(column: str) -> str:
    """Return SQL that is true where the check character of a well-formed codice fiscale is wrong.

    Omocodic forms are computed on the characters as they stand, as the Agenzia delle Entrate does.
    """
    # No step that every place would repeat: inside a CASE, DuckDB computes it for each of them.
    terms = [
        f"strpos('{_with_digits(ODD_VALUES if place % 2 else _EVEN_VALUES)}', substr({column}, {place}, 1))"
        for place in range(1, 16)
    ]
    # strpos counts from 1: fifteen ones too many.
    return f"substr('{_EVEN_VALUES}', (({' + '.join(terms)}) - 15) % 26 + 1, 1) <> substr({column}, 16, 1)"


def codice_fiscale_check(code: str) -> str:
    """Return the check character of a well-formed codice fiscale in capitals: the rule of
    `codice_fiscale_wrong` for one code.
    """
    values = (_with_digits(_EVEN_VALUES), _with_digits(ODD_VALUES))
    total = sum(values[place % 2].index(code[place - 1]) for place in range(1, 16))
    return _EVEN_VALUES[total % 26]


def eleven_digits_wrong(column: str) -> str:
    """Return SQL that is true where the check digit of an 11-digit tax code or VAT number is wrong."""
    terms = []
    for place in range(1, 11):
        digit = f"(ascii(substr({column}, {place}, 1)) - 48)"
        terms.append(digit if place % 2 else f"(2 * {digit} - case when {digit} > 4 then 9 else 0 end)")
    return f"(10 - ({' + '.join(terms)}) % 10) % 10 <> ascii(substr({column}, 11, 1)) - 48"
