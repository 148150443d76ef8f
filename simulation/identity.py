"""Who the simulated people and bodies are: identifiers that pass every check and cannot belong to anybody.

Person numbers arrive; birth, sex and identifiers leave, always the same for the same seed, territory and
number, so that a person known in two territories carries one codice fiscale. The birthplace of every codice
fiscale is X001 to X999: that letter was never assigned. Tax codes of organisations begin with 99.
"""

import numpy as np

from simulation.months import start_day
from simulation.rows import Words

ODD_VALUE = np.array(
    [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23]
)
MONTH_LETTER = "ABCDEHLMPRST"
_LETTERS = np.frombuffer(b"BCDFGLMNPRSTVZ", dtype=np.uint8)
_PLACES = 999
_SPACE = len(_LETTERS) ** 6 * _PLACES
# A prime that shares no factor with the space, so that multiplying by it only shuffles.
_STRIDE = 1_234_567_891

# Ranges of numbers: persons from 0, codes that replace a provisional one, sole traders.
DEFINITIVE_FROM = 2_000_000_000
_SOLE_TRADERS_FROM = 4_000_000_000

KINDS = ["CF", "CF_PROV", "STP", "ENI", "NONE"]
SEXES = ["M", "F", "X", "ND"]
CITIZENSHIPS = ["IT", "EU", "NON_EU", "ND"]


def scramble(seed: int, stream: int, numbers: np.ndarray) -> np.ndarray:
    """Return one well-mixed 64-bit number per input (splitmix64), the same on every machine."""
    with np.errstate(over="ignore"):
        z = numbers.astype(np.uint64) + np.uint64(
            (seed * 0x9E3779B97F4A7C15 + stream * 0xD1342543DE82EF95) % 2**64
        )
        z = (z + np.uint64(0x9E3779B97F4A7C15)) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def uniform(seed: int, stream: int, numbers: np.ndarray) -> np.ndarray:
    """Return one number in [0, 1) per input."""
    return (scramble(seed, stream, numbers) >> np.uint64(11)) / 2.0**53


def check_letter(body: np.ndarray) -> np.ndarray:
    """Return the 16th character for codici fiscali given as (n, 15) bytes."""
    digit = body < 65
    value = np.where(digit, body - 48, body - 65)
    odd = ODD_VALUE[value[:, 0::2]].sum(axis=1)
    even = value[:, 1::2].sum(axis=1)
    return ((odd + even) % 26 + 65).astype(np.uint8)


def codici_fiscali(numbers: np.ndarray, birth: np.ndarray, female: np.ndarray) -> np.ndarray:
    """Return synthetic codici fiscali as (n, 16) bytes; different numbers never give the same code.

    numbers: below seven thousand million. birth: day numbers. female: mask.
    """
    body = np.empty((len(numbers), 15), dtype=np.uint8)
    place = (numbers.astype(np.uint64) * np.uint64(_STRIDE)) % np.uint64(_SPACE)
    where = (place % np.uint64(_PLACES)).astype(np.int64) + 1
    letters = (place // np.uint64(_PLACES)).astype(np.int64)
    for position in range(6):
        body[:, position] = _LETTERS[letters % len(_LETTERS)]
        letters //= len(_LETTERS)
    calendar = birth.astype("datetime64[D]")
    year = calendar.astype("datetime64[Y]").astype(np.int64) + 1970
    month = calendar.astype("datetime64[M]").astype(np.int64) % 12
    day = (calendar - calendar.astype("datetime64[M]")).astype(np.int64) + 1 + np.where(female, 40, 0)
    body[:, 6] = year // 10 % 10 + 48
    body[:, 7] = year % 10 + 48
    body[:, 8] = np.frombuffer(MONTH_LETTER.encode(), dtype=np.uint8)[month]
    body[:, 9] = day // 10 + 48
    body[:, 10] = day % 10 + 48
    body[:, 11] = ord("X")
    body[:, 12] = where // 100 + 48
    body[:, 13] = where // 10 % 10 + 48
    body[:, 14] = where % 10 + 48
    return np.concatenate([body, check_letter(body)[:, None]], axis=1)


def luhn_digit(digits: str) -> str:
    """Return the check digit of an 11-digit tax code from its first ten digits."""
    total = 0
    for position, char in enumerate(digits):
        value = int(char) * (2 if position % 2 else 1)
        total += value - 9 if value > 9 else value
    return str((10 - total % 10) % 10)


def tax_code(number: int) -> str:
    """Return the synthetic tax code of organisation `number` (below 100 million)."""
    body = f"99{number:08d}"
    return body + luhn_digit(body)


def sole_trader_code(number: int) -> str:
    """Return the synthetic codice fiscale of a sole trader; the numbers lie far above those of the people."""
    numbers = np.array([_SOLE_TRADERS_FROM + number])
    birth = np.array([1_000 + number * 37 % 9_000])
    return codici_fiscali(numbers, birth, np.array([number % 2 == 0]))[0].tobytes().decode()


class People:
    """The identities of the persons of one territory: pure functions of seed, territory and person number.

    code: number of the territory. offset: persons of the territories before it, so that numbers are unique
    in the network.
    """

    def __init__(self, seed: int, code: int, offset: int) -> None:
        self.seed, self.code, self.offset = seed, code, offset

    def _draw(self, purpose: int, numbers: np.ndarray) -> np.ndarray:
        return uniform(self.seed, self.code * 64 + purpose, numbers)

    def birth(self, numbers: np.ndarray) -> np.ndarray:
        """Return birth days: many minors and many over 65, as among those who ask for help."""
        group = self._draw(1, numbers)
        spread = self._draw(2, numbers)
        age = np.where(
            group < 0.24, spread * 18, np.where(group < 0.66, 18 + spread * 47, 65 + 33 * spread**1.6)
        )
        # Nobody is born after the first export, so that nobody asks for help before being born.
        return start_day() - 120 - (age * 365.25).astype(np.int64)

    def female(self, numbers: np.ndarray) -> np.ndarray:
        """Return True for women."""
        return self._draw(3, numbers) < 0.56

    def citizenship(self, numbers: np.ndarray) -> np.ndarray:
        """Return codes into CITIZENSHIPS."""
        draw = self._draw(4, numbers)
        return np.where(draw < 0.83, 0, np.where(draw < 0.88, 1, np.where(draw < 0.985, 2, 3)))

    def kind(self, numbers: np.ndarray) -> np.ndarray:
        """Return codes into KINDS: nearly all CF; STP and ENI only for foreigners."""
        draw = self._draw(5, numbers)
        citizenship = self.citizenship(numbers)
        kind = np.where(draw < 0.012, 1, np.where(draw < 0.020, 4, 0))
        kind = np.where((citizenship == 2) & (draw > 0.93), 2, kind)
        return np.where((citizenship == 1) & (draw > 0.95), 3, kind)

    def identifier(self, numbers: np.ndarray, kind: np.ndarray) -> np.ndarray:
        """Return identifiers as byte strings (S16), empty where the kind is NONE."""
        whole = numbers + self.offset
        codes = codici_fiscali(whole, self.birth(numbers), self.female(numbers)).reshape(-1).view("S16")
        text = codes.copy()
        serial = scramble(self.seed, 7, whole)
        for code, prefix, digits in ((1, "", 11), (2, "STP", 13), (3, "ENI", 13)):
            rows = np.flatnonzero(kind == code)
            if code == 1:
                values = [_provisional(int(whole[r])) for r in rows]
            else:
                values = [f"{prefix}{int(serial[r]) % 10**4:04d}{int(whole[r]) % 10**9:09d}" for r in rows]
            if values:
                text[rows] = np.array([v[: digits + len(prefix)] for v in values], dtype="S16")
        text[kind == 4] = b""
        return text


def _provisional(number: int) -> str:
    body = f"0{number % 10**9:09d}"
    return body + luhn_digit(body)


def identifier_words(values: np.ndarray) -> Words:
    """Return identifiers as a text column, empty ones as null."""
    labels = values.astype("U16").tolist()
    return Words(np.where(values == b"", -1, np.arange(len(values))), labels)
