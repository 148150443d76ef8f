"""Italian identifiers: the forms and the check digits, from their published rules."""

from __future__ import annotations

import re

CODICE_FISCALE = re.compile(
    r"[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]"
)
ELEVEN_DIGITS = re.compile(r"[0-9]{11}")
FORMS = {
    "CF": CODICE_FISCALE,
    "CF_PROV": ELEVEN_DIGITS,
    "STP": re.compile(r"STP[0-9]{13}"),
    "ENI": re.compile(r"ENI[0-9]{13}"),
}

# Values of the characters in odd places (the first, the third, ...), for 0-9 and then A-Z.
ODD = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21]
ODD_LETTERS = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23]


def codice_fiscale_letter(first_fifteen: str) -> str:
    """Return the check letter of the first fifteen characters."""
    total = 0
    for place, character in enumerate(first_fifteen, start=1):
        if place % 2 == 1:
            total += ODD[int(character)] if character.isdigit() else ODD_LETTERS[ord(character) - ord("A")]
        else:
            total += int(character) if character.isdigit() else ord(character) - ord("A")
    return chr(ord("A") + total % 26)


def eleventh_digit(first_ten: str) -> str:
    """Return the check digit of an Italian 11-digit tax code or VAT number."""
    total = 0
    for place, character in enumerate(first_ten, start=1):
        digit = int(character)
        if place % 2 == 0:
            digit *= 2
            if digit > 9:
                digit -= 9
        total += digit
    return str((10 - total % 10) % 10)


def check_holds(code: str) -> bool:
    """Whether the check character of a code of 11 digits or of a codice fiscale is right."""
    if ELEVEN_DIGITS.fullmatch(code):
        return eleventh_digit(code[:10]) == code[10]
    return codice_fiscale_letter(code[:15]) == code[15]


def is_nobodys(code: str) -> bool:
    """Whether a well-formed code is a placeholder: one digit throughout, one letter and one digit of a codice
    fiscale, or the digits in a row where no check digit tells (STP, ENI).
    """
    if CODICE_FISCALE.fullmatch(code):
        return len(set(code[:6])) == 1 and len(set(code[6:8] + code[9:11] + code[12:15])) == 1
    digits = code[3:] if code[:3] in {"STP", "ENI"} else code
    rows = ["0123456789" * 2, "1234567890" * 2, "9876543210" * 2, "0987654321" * 2]
    in_a_row = len(code) == 16 and any(row.startswith(digits[:-1]) for row in rows)
    return len(set(digits)) == 1 or in_a_row
