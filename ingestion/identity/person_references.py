"""How somebody names a person to a command: by an identifier, or by an instance's record.

Arrives: lines of standard input. Leaves: `Identifier`s and `PersonRecord`s, in memory only. Errors say which
line is wrong and never what it says. Finding the persons does not belong here.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from core.errors import Kind, VetroError
from ingestion.privacy.identifiers import CODICE_FISCALE, ENI, PROVISIONAL_CODE, STP
from ingestion.privacy.pseudonyms import PseudonymKey, normalised

FORMS = {"CF": CODICE_FISCALE, "CF_PROV": PROVISIONAL_CODE, "STP": STP, "ENI": ENI}


@dataclass(frozen=True)
class Identifier:
    """An identifier that is the same in every instance."""

    kind: str
    value: str

    def pseudonym(self, key: PseudonymKey) -> str:
        """Return what stands for it in the raw layer."""
        return key.pseudonym("person", self.kind, self.value)


@dataclass(frozen=True)
class PersonRecord:
    """The record of a person in one instance."""

    instance: str
    record_id: str


def read_persons(lines: Sequence[str], instances: Collection[str]) -> dict[int, Identifier | PersonRecord]:
    """Return the person that each line, from 1, names as `id_kind id_value` or `instance record_id`.

    Blank lines are skipped. VetroError for any line of another form, or none at all.
    """
    persons: dict[int, Identifier | PersonRecord] = {}
    wrong = []
    for number, words in _words(lines):
        if len(words) == 2 and words[0] in FORMS and (identifier := _identifier(*words)):
            persons[number] = identifier
        elif len(words) == 2 and words[0] in instances:
            persons[number] = PersonRecord(*words)
        else:
            wrong.append(number)
    return _checked(persons, wrong, "id_kind id_value", "instance record_id")


def read_pairs(lines: Sequence[str]) -> dict[int, tuple[Identifier, Identifier]]:
    """Return the two identifiers that each line, from 1, names as `id_kind id_value id_kind id_value`.

    Blank lines are skipped. VetroError for any line of another form, the same identifier twice, or no line
    at all.
    """
    pairs = {}
    wrong = []
    for number, words in _words(lines):
        if len(words) == 4:
            first, second = _identifier(*words[:2]), _identifier(*words[2:])
            if first and second and first != second:
                pairs[number] = (first, second)
                continue
        wrong.append(number)
    return _checked(pairs, wrong, "id_kind id_value id_kind id_value")


def _words(lines: Sequence[str]) -> list[tuple[int, list[str]]]:
    return [(number, line.split()) for number, line in enumerate(lines, start=1) if line.strip()]


def _identifier(kind: str, value: str) -> Identifier | None:
    value = normalised(value)
    return Identifier(kind, value) if re.fullmatch(FORMS.get(kind, "(?!)"), value) else None


def _checked(found: dict, wrong: list[int], *forms: str) -> dict:
    if wrong or not found:
        shown = "' / '".join(forms)
        which_it = f"righe {', '.join(map(str, wrong))}" if wrong else "nessuna riga"
        which_en = f"lines {', '.join(map(str, wrong))}" if wrong else "no line"
        raise VetroError(
            f"standard input: {which_it}: ogni riga si scrive '{shown}', con id_kind fra {', '.join(FORMS)} "
            f"e instance come in instances.yaml. Non si è fatto nulla. / {which_en}: a line is written "
            f"'{shown}', with id_kind among {', '.join(FORMS)} and instance as in instances.yaml. "
            "Nothing was done.",
            kind=Kind.USAGE,
        )
    return found
