"""Direct identifiers of persons inside texts: codice fiscale, IBAN, e-mail address, Italian telephone number.

Arrives: a text, or the name of a text column. Leaves: what it carries, where, or SQL that is true where it
carries something. Ingestion and the release are judged by the same rules. What is done about a text that
carries one does not belong here, nor codes that have a column of their own (`identifiers`).

A codice fiscale counts with its check character and a possible day, omocodia forms too; in one piece it is
found inside a longer word, in pieces (spaces, dots, dashes, slashes) only as words of their own. An IBAN
counts with the length and the form of its country and its two check digits. A telephone number counts where
+39 or a word says that it is one, else where it has the form of a mobile number, or of a landline number
behind its area code. Numbers of acts, invoices, tenders and projects, amounts and dates have other forms or
stand behind words that say what they are; eleven digits are a body's tax code. Fingerprints (32 or more
hexadecimal characters, UUID) carry nothing.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

import duckdb

from ingestion.contract.schema import Entity, Field
from ingestion.privacy.identifiers import CODICE_FISCALE, OMOCODIA, codice_fiscale_check, in_pieces

FORBIDDEN_COLUMNS = frozenset(
    (
        "nome",
        "cognome",
        "name",
        "surname",
        "indirizzo",
        "address",
        "email",
        "pec",
        "telefono",
        "cellulare",
        "phone",
        "iban",
    )
)
_TITLE = re.compile(r"[A-Za-z_][A-Za-z0-9_ .-]{0,59}")

CODICE_FISCALE_KIND, IBAN_KIND, EMAIL_KIND, TELEPHONE_KIND = "codice fiscale", "IBAN", "e-mail", "telephone"
# What a text is, which says how readily a row of digits is a telephone number.
TEXT, IDENTIFIER, DOCUMENT = "text", "identifier", "document"

# BBAN of every country: n digits, a capitals, c both. Source: the SWIFT IBAN registry.
_IBAN_FORMS = {
    "AD": "n8c12", "AL": "n8c16", "AT": "n16", "BE": "n12", "BG": "a4n6c8", "CH": "n5c12", "CY": "n8c16",
    "CZ": "n20", "DE": "n18", "DK": "n14", "EE": "n16", "ES": "n20", "FI": "n14", "FR": "n10c11n2",
    "GB": "a4n14", "GE": "a2n16", "GR": "n7c16", "HR": "n17", "HU": "n24", "IE": "a4n14", "IS": "n22",
    "IT": "a1n10c12", "LI": "n5c12", "LT": "n16", "LU": "n3c13", "LV": "a4c13", "MC": "n10c11n2",
    "MD": "c20", "ME": "n18", "MK": "n3c10n2", "MT": "a4n5c18", "NL": "a4n10", "NO": "n11", "PL": "n24",
    "PT": "n21", "RO": "a4c16", "RS": "n18", "SE": "n20", "SI": "n15", "SK": "n20", "SM": "a1n10c12",
    "TN": "n20", "TR": "n6c16", "UA": "n6c19", "VA": "n18", "XK": "n16",
}  # fmt: skip
_CLASSES = {"n": "[0-9]", "a": "[A-Z]", "c": "[0-9A-Z]"}
_PARTS = re.compile(r"(\D)(\d+)")
_BBAN = {
    country: re.compile("".join(f"{_CLASSES[kind]}{{{count}}}" for kind, count in _PARTS.findall(form)))
    for country, form in _IBAN_FORMS.items()
}
_IBAN_LENGTHS = {
    country: 4 + sum(map(int, re.findall(r"\d+", form))) for country, form in _IBAN_FORMS.items()
}
_IBAN_NEXT = re.compile(r"[\s._/·-]{0,2}([0-9A-Z])", re.IGNORECASE)

_HYPHENS = dict.fromkeys(map(ord, "‐‑‒–—―−﹘﹣－"), "-")
_INVISIBLE = re.compile("[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
# Between two characters of an identifier that is written in pieces.
_GAP = r"[\s._/·-]{0,2}"
_FREE = r"(?<![0-9A-Z])"
_END = r"(?![0-9A-Z])"
_FINGERPRINT = re.compile(
    rf"{_FREE}(?:[0-9A-F]{{32,}}|[0-9A-F]{{8}}(?:-[0-9A-F]{{4}}){{3}}-[0-9A-F]{{12}}){_END}",
    re.IGNORECASE,
)


_CODE_IN_PIECES = re.compile(rf"{_FREE}(?=({in_pieces(CODICE_FISCALE, _GAP)}){_END})", re.IGNORECASE)
_CODE_IN_ONE = re.compile(f"(?=({CODICE_FISCALE.replace(OMOCODIA, '0-9')}))", re.IGNORECASE)
_IBAN_START = re.compile(rf"(?=({'|'.join(_IBAN_FORMS)}){_GAP}[0-9]{_GAP}[0-9])", re.IGNORECASE)
_EMAIL = re.compile(
    r"(?<![\w.+%'-])[\w.+%'-]+\s?(?:@|\(at\)|\[at\])\s?"
    r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,24}(?![a-z0-9-])",
    re.IGNORECASE,
)

_BETWEEN = r"[\s./()-]{0,2}"
_NATIONAL = (
    rf"(?:3[2-9](?:{_BETWEEN}\d){{7,8}}|0{_BETWEEN}[1-9](?:{_BETWEEN}\d){{4,9}}"
    rf"|8(?:{_BETWEEN}\d){{7,9}})(?!\d)"
)
_TELEPHONES = (
    re.compile(rf"(?<![0-9A-Z+])\(?(?:\+|00){_BETWEEN}39\)?{_BETWEEN}{_NATIONAL}", re.IGNORECASE),
    re.compile(
        r"(?<![A-Z])(?:tel|telef|telefono|telefonico|telefonica|cel|cell|cellulare|fax|phone|whatsapp|recapito)"
        rf"(?![A-Z])[\s.:/_-]*(?:n|nr|num|numero)?[\s.:°_-]*\(?{_NATIONAL}",
        re.IGNORECASE,
    ),
)
# Without a word or a prefix that says so. The gaps of one number are alike, but for that behind its prefix.
_MOBILE = re.compile(
    rf"{_FREE}(?<!\d[.,])(?P<head>3[2-9]\d)(?:(?P<rest>\d{{7}})|(?P<gap>\)?(?:\s-\s|\s/\s|[\s./-])|\)\s?)"
    rf"(?P<tail>\d{{7}}|\d{{3}}[\s.-]\d{{4}}|\d{{4}}[\s.-]\d{{3}}|\d{{3}}(?P<d>[\s.-])\d{{2}}(?P=d)\d{{2}}"
    rf"|\d{{2}}(?P<e>[\s.-])\d{{2}}(?P=e)\d{{3}}|\d{{2}}(?P<f>[\s.-])\d{{3}}(?P=f)\d{{2}})){_END}(?![.,/-]\d)",
    re.IGNORECASE,
)
_AREA = (
    r"0(?:2|6|1[015]|3[0159]|4[059]|5[0159]|7[0159]|8[0159]|9[0159]"
    r"|1[2-4679]\d|3[2-46-8]\d|4[2-46-8]\d|5[2-46-8]\d|7[2-46-8]\d|8[2-46-8]\d|9[2-46-8]\d)"
)
_LANDLINE = re.compile(
    rf"{_FREE}(?<!\d[\s./,-])\(?(?P<head>{_AREA})(?P<gap>\)?(?:\s-\s|\s/\s|[\s./-])|\)\s?)"
    rf"(?P<tail>\d{{5,8}}|\d{{2,4}}(?P<b>[\s.-])\d{{2,4}}(?:(?P=b)\d{{2,3}})?){_END}(?![.,/-]\d)",
    re.IGNORECASE,
)
# What stands before a number that is none of a telephone, and behind it.
_DOCUMENT = re.compile(
    r"(?:(?<![A-Z])(?:cig|cup|p\.? ?iva|partita iva|c\.? ?f|codice fiscale|fatt\w*|ft|fpa|ddt|prot\w*|n|nr"
    r"|num\w*|no|rif\w*|ordine|ord|mandato|mand|determin\w*|det|deliber\w*|delib|decreto|dgr|cod\w*|runts|ipa|istat"
    r"|eur|euro|rep\w*|atto|bando|lotto|importo|pratica|cro|trn|iban|conto|c/c|coordinate|lat|lon)|€)[\s.:°/#_-]*$",
    re.IGNORECASE,
)
_MONEY = re.compile(r"\s?(?:€|eur)", re.IGNORECASE)
_YEAR = re.compile(r"(?:19|20)\d\d")


class Carried(NamedTuple):
    """One identifier in a plain text (see `plain`): its kind and where it stands."""

    kind: str
    start: int
    end: int


def plain(text: str) -> str:
    """Return the text as it is searched: NFKC, one kind of hyphen, nothing invisible."""
    if text.isascii():
        return text
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text).translate(_HYPHENS))


def carried(text: str, place: str = TEXT) -> Iterator[Carried]:
    """Yield the direct identifiers in `plain(text)`.

    In a DOCUMENT, numbers of acts and invoices, a telephone number needs a prefix or a word; in an IDENTIFIER
    a mobile number does not.
    """
    text = plain(text)
    searched = _FINGERPRINT.sub(lambda match: "#" * len(match[0]), text)
    for pattern in (_CODE_IN_ONE, _CODE_IN_PIECES):
        for match in pattern.finditer(searched):
            if _is_codice_fiscale(re.sub(r"[^0-9A-Za-z]", "", match[1]).upper()):
                yield Carried(CODICE_FISCALE_KIND, *match.span(1))
    for match in _IBAN_START.finditer(searched):
        if end := _iban_end(searched, match):
            yield Carried(IBAN_KIND, match.start(), end)
    for match in _EMAIL.finditer(searched):
        yield Carried(EMAIL_KIND, *match.span())
    for pattern in _TELEPHONES:
        for match in pattern.finditer(searched):
            yield Carried(TELEPHONE_KIND, *match.span())
    if place != DOCUMENT:
        yield from _unlabelled_telephones(searched, place)


def carries(text: str, place: str = TEXT) -> str | None:
    """Return the kind of a direct identifier that the text carries, None if it carries none."""
    return next((each.kind for each in carried(text, place)), None)


def masked(text: str) -> str:
    """Return the text with `_` in place of every direct identifier, and of all that has the form of a codice
    fiscale, right or wrong."""
    found = [each[1:] for each in carried(text)]
    searched = plain(text)
    found += [match.span() for match in re.finditer(CODICE_FISCALE, searched, re.IGNORECASE)]
    if not found:
        return text
    kept, at = [], 0
    for start, end in sorted(found):
        if start >= at:
            kept.append(searched[at:start] + "_")
        at = max(at, end)
    return "".join(kept) + searched[at:]


def _is_codice_fiscale(code: str) -> bool:
    digits = str.maketrans("LMNPQRSTUV", "0123456789")
    day = int(code[9:11].translate(digits))
    return (1 <= day <= 31 or 41 <= day <= 71) and codice_fiscale_check(code) == code[15]


def _iban_end(text: str, match: re.Match) -> int | None:
    """Return where the IBAN that may begin at `match` ends, None if there is none."""
    country, start = match[1].upper(), match.start()
    length, place, code = _IBAN_LENGTHS[country], start, ""
    while len(code) < length:
        piece = _IBAN_NEXT.match(text, place)
        if not piece:
            return None
        code, place = code + piece[1].upper(), piece.end()
    # Inside a longer word only the Italian form, in one piece, is known by itself.
    in_one = country in ("IT", "SM") and place - start == length
    loose = text[start - 1 : start].isalnum() or text[place : place + 1].isalnum()
    if (loose and not in_one) or not _BBAN[country].fullmatch(code[4:]):
        return None
    return place if int("".join(str(int(c, 36)) for c in code[4:] + code[:4])) % 97 == 1 else None


def _unlabelled_telephones(text: str, place: str) -> Iterator[Carried]:
    for pattern in (_MOBILE, _LANDLINE) if place == TEXT else (_MOBILE,):
        for match in pattern.finditer(text):
            gap = match["gap"] or ""
            if place == IDENTIFIER and not gap.isspace() and gap:
                continue
            if match["tail"] and gap in ("/", "-") and _YEAR.match(match["tail"]):
                continue
            # One dot alone is that of a number with decimals.
            if gap == "." and "." not in match["tail"]:
                continue
            digits = sum(character.isdigit() for character in match[0])
            named = _DOCUMENT.search(text[: match.start()]) or _MONEY.match(text, match.end())
            if 9 <= digits <= 11 and not named:
                yield Carried(TELEPHONE_KIND, *match.span())


def searched_as(entity: Entity, field: Field) -> str | None:
    """Return how a column of the contract is searched: TEXT, IDENTIFIER or DOCUMENT; None where its text is
    not kept, or where its form leaves no room.
    """
    keyed = field.personal == "direct" or (entity.name, field.name) == ("organisation", "tax_code")
    closed = field.pattern is not None and "+" not in field.pattern
    if field.type != "string" or field.enum or keyed or closed:
        return None
    if field.is_identifier:
        return IDENTIFIER
    numbered = field.name.endswith(("_number", "_ref", "_act", "_code", "url")) or field.pattern
    return DOCUMENT if numbered else TEXT


# What everything that is found has in it, over a text as it stands: the rest never reaches the search itself.
# Texts put together are parted by UNIT, over which nothing reaches.
UNIT = "chr(31)"
# Of any length: the expression is made anew by every statement, and a counted one is dear to make.
_ANY_GAP = r"[^0-9a-z\x1f]*"
_SUSPECT = "(?i)" + "|".join(
    (
        r"@|[(\[]at[)\]]",
        # Letters and digits that only look like those of ASCII.
        r"[\x{2070}-\x{209c}\x{2460}-\x{24ff}\x{ff01}-\x{ff5e}\x{1d400}-\x{1d7ff}]",
        in_pieces(CODICE_FISCALE, _ANY_GAP),
        rf"(?:{'|'.join(_IBAN_FORMS)}){_ANY_GAP}[0-9]{_ANY_GAP}[0-9](?:{_ANY_GAP}[0-9a-z]){{11}}",
        rf"(?:\+|00){_ANY_GAP}39(?:{_ANY_GAP}[0-9]){{6}}",
        rf"(?:tel|cel|fax|phone|whatsapp|recapito)[^0-9\x1f]*[0-9](?:{_ANY_GAP}[0-9]){{5}}",
        rf"(?:^|[^0-9a-z])3[2-9](?:{_ANY_GAP}[0-9]){{8}}",
        rf"(?:^|[^0-9a-z])0[1-9](?:{_ANY_GAP}[0-9]){{7}}",
    )
)


def suspect_sql(text: str) -> str:
    """Return SQL that is true for every text that carries a direct identifier, and for few others."""
    return f"regexp_matches({text}, '{_SUSPECT}')"


def carries_sql(text: str, place: str = TEXT) -> str:
    """Return SQL, never null, that is true where the text carries a direct identifier: for texts that
    `suspect_sql` suspects. The connection was given `prepare_search`.
    """
    return f"coalesce(carries_identifier({text}, '{place}'), false)"


def prepare_search(connection: duckdb.DuckDBPyConnection) -> None:
    """Give `connection` the function that `carries_sql` calls."""

    def carries_identifier(text: str, place: str) -> bool:
        return carries(text, place) is not None

    connection.create_function("carries_identifier", carries_identifier, ["VARCHAR", "VARCHAR"], "BOOLEAN")


def shown(text: str) -> str:
    """Return a name of the sender's as it may stand in a receipt: short, printable, never an identifier
    of a person.
    """
    printable = "".join(character if character.isprintable() else "_" for character in text)
    return masked(printable)[:200]


def column_shown(name: str, place: int, is_header: bool) -> str:
    """Return a column's name as it may stand in a receipt, else its place: data may stand for a header."""
    if is_header and _TITLE.fullmatch(name) and masked(name) == name:
        return name
    return f"#{place}"
