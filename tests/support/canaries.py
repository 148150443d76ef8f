"""Words that belong to nobody, planted where exports name persons: whatever carries one has leaked it.

Exports of the simulated network arrive; they are rewritten with a word of its own in every personal column,
or made anew so that they are refused, held or unreadable. Where the words may be is not said here.
"""

import csv
import hashlib
import io
import json
from collections.abc import Iterable
from pathlib import Path

from ingestion.contract.schema import load_contract
from ingestion.privacy.direct_identifiers import TEXT, searched_as
from ingestion.privacy.identifiers import codice_fiscale_check
from tests.support.exports import Export, control_totals, row, rows

Row = dict[str, str]


def _code(body: str) -> str:
    """A codice fiscale of a birthplace that was never assigned."""
    return body + codice_fiscale_check(body)


CODE = _code("ZQXQZW09B57X771")
CODE_OF_ANOTHER = _code("ZQXQZW09B17X772")
FORGOTTEN = _code("ZQXQZW09B58X773")
SOLE_TRADER = _code("ZQXQZW09B18X774")
CANARIES = {
    "a codice fiscale": CODE,
    "one of another": CODE_OF_ANOTHER,
    "one of a person to be forgotten": FORGOTTEN,
    "one with a wrong check letter": f"{_code('ZQXQZW09B59X775')[:15]}0",
    "a sole trader's": SOLE_TRADER,
    "a sole trader's name": "Bottega Zqxqzwoni",
    "a sole trader's VAT number": "07640917758",
    "an STP": "STP7730991775301",
    "a provisional code": "73099177518",
    "a person's name": "Zqxqzwina Canarinetti",
    "an address": "vicolo Zqxqzwandri 177",
    "an e-mail address": "zqxqzwina@canarinetti.example",
    "a telephone number": "3330991775",
    "an IBAN": "IT60X0542811101000000123456",
    "a manager": "Zqxqzwaria.Quintavalle",
    "a birth date": "1909-02-17",
    "an ISEE": "7309917.75",
    "a mangled code": "7.30991E+12",
}
# Of a person, but made for the house and without a name: it stays where pseudonyms are.
RECORD = "PE-ZQXQZW-77"
IN_TEXTS = ("a codice fiscale", "an e-mail address", "a telephone number", "an IBAN")


def plant(export: Path) -> None:
    """Rewrite an export folder of CSV files so that persons, managers, households and a sole trader in it are
    canaries, and that rows that tell of persons in their texts must be set aside.
    """
    persons = _read(export, "person")
    told = {"updated_at": persons[0]["updated_at"]}
    born = {"birth_date": CANARIES["a birth date"]}
    for person, code in zip(persons, (CODE, CODE_OF_ANOTHER), strict=False):
        person |= born | {"id_kind": "CF", "id_value": code}
    persons += rows("person", 500, "PE-OTHER", **told)
    for record, kind, value in (
        (RECORD, "CF", FORGOTTEN),
        (f"{RECORD}-STP", "STP", CANARIES["an STP"]),
        (f"{RECORD}-PROV", "CF_PROV", CANARIES["a provisional code"]),
        ("BAD-1", "CF", CANARIES["one with a wrong check letter"]),
        ("BAD-2", "STP", CANARIES["a mangled code"]),
        ("BAD-3", "CF", CANARIES["a person's name"]),
    ):
        persons.append(row("person", record, id_kind=kind, id_value=value, **born, **told))
    persons.append(row("person", "BAD-4", birth_date=CANARIES["an address"], **told))
    persons += [row("person", f"X-{CANARIES[kind]}", **born, **told) for kind in IN_TEXTS]
    _write(export, "person", persons)
    assessments = _read(export, "assessment")
    assert assessments, "an export with assessments is needed"
    for assessment in assessments:
        assessment["manager_ref"] = CANARIES["a manager"]
    _write(export, "assessment", assessments)
    _write(export, "household", [row("household", "HO-CANARY", isee_value=CANARIES["an ISEE"], **told)])
    sole_trader = row(
        "organisation",
        "OR-CANARY",
        tax_code=SOLE_TRADER,
        name=CANARIES["a sole trader's name"],
        vat_number=CANARIES["a sole trader's VAT number"],
        **told,
    )
    _write(export, "organisation", [*_read(export, "organisation"), sole_trader])
    _seal(export)


def refused_exports() -> dict[str, Export]:
    """Exports of rho that cannot be loaded, by what is wrong with them; canaries in all that they hold."""
    everything = {
        name: [
            *rows(name, 3),
            *(
                row(name, f"BAD-{field.name}-{n}", **{field.name: _within(CANARIES[kind], place)})
                for n, kind in enumerate(IN_TEXTS)
                for field in entity.fields
                if (place := searched_as(entity, field)) and field.name != "record_id"
            ),
        ]
        for name, entity in load_contract().entities.items()
    }
    person = {"id_kind": "CF", "id_value": CODE, "birth_date": CANARIES["a birth date"]}
    people = {"person": [row("person", f"P-{n}", **person) for n in range(3)]}
    more = ("nome", "indirizzo", "email", "telefono", "iban")
    kinds = ("a person's name", "an address", "an e-mail address", "a telephone number", "an IBAN")
    values = [CANARIES[kind] for kind in kinds]

    def further_columns(content: bytes) -> bytes:
        head, *lines = content.decode().splitlines()
        told = [";".join((head, *more)), *(";".join((line, *values)) for line in lines)]
        return "\n".join(told).encode() + b"\n"

    def as_header(content: bytes) -> bytes:
        return (";".join((CODE, *values)) + "\n").encode() + content.partition(b"\n")[2]

    def broken(content: bytes) -> bytes:
        return content + f'"{CODE}";"U";{";".join(values)}\n"unfinished {CODE}'.encode()

    def renamed(descriptor: dict) -> None:
        descriptor["resources"][0] |= {"name": CODE, "path": f"data/{values[2]}.csv"}
        descriptor["welfare"]["period"]["from"] = CODE
        descriptor["title"] = values[0]

    def told_by(name: str, **more) -> Export:
        return Export(export_id=f"rho-canary-{name}", sequence=7, entities=people, **more)

    return {
        "every text": Export(export_id="rho-canary-texts", sequence=7, entities=everything),
        "every text, as JSON": Export(
            export_id="rho-canary-json",
            sequence=7,
            entities=everything,
            formats=dict.fromkeys(everything, "jsonl"),
        ),
        "columns that are forbidden": told_by("columns", rewrite={"person": further_columns}),
        "data in place of the header": told_by("header", rewrite={"person": as_header}),
        "rows that are none": told_by("broken", rewrite={"person": broken}),
        "names that tell": told_by("names", spoil=renamed),
        "an id that tells": Export(export_id=f"rho-{CODE}", sequence=7, entities=people),
        "no JSON": told_by(
            "manifest", spoil=lambda descriptor: descriptor.update(welfare=f"{CODE} {values}")
        ),
    }


def held_export() -> Export:
    """An export of rho before which others are missing."""
    people = {"person": [row("person", "P-9", id_kind="CF", id_value=CODE)]}
    return Export(export_id="rho-canary-held", sequence=40, entities=people, erasures=[RECORD])


def _within(value: str, place: str) -> str:
    return f"scrivere a {value} oggi" if place == TEXT else f"X-{value}"


def _path(export: Path, entity: str) -> Path:
    return export / "data" / f"{entity}.csv"


def _descriptor(export: Path) -> dict:
    return json.loads((export / "datapackage.json").read_text(encoding="utf-8"))


def _columns(export: Path, entity: str) -> list[str]:
    return list(load_contract(_descriptor(export)["welfare"]["version"]).entities[entity].columns)


def _read(export: Path, entity: str) -> list[Row]:
    if not _path(export, entity).exists():
        return []
    with _path(export, entity).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=_delimiter(export)))


def _delimiter(export: Path) -> str:
    return _descriptor(export)["resources"][0]["dialect"]["delimiter"]


def _write(export: Path, entity: str, records: Iterable[Row]) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(
        text,
        _columns(export, entity),
        delimiter=_delimiter(export),
        lineterminator="\n",
        extrasaction="ignore",
    )
    writer.writeheader()
    writer.writerows(records)
    _path(export, entity).write_text(text.getvalue(), encoding="utf-8")


def _seal(export: Path) -> None:
    """Declare every file as it is now."""
    descriptor = _descriptor(export)
    declared = {resource["name"]: resource for resource in descriptor["resources"]}
    any_resource = descriptor["resources"][0]
    for path in sorted((export / "data").iterdir()):
        name, content = path.stem, path.read_bytes()
        records = _read(export, name)
        if name not in declared:
            declared[name] = dict(any_resource)
            descriptor["resources"].append(declared[name])
        declared[name] |= {
            "name": name,
            "path": f"data/{path.name}",
            "bytes": len(content),
            "hash": "sha256:" + hashlib.sha256(content).hexdigest(),
            "rows": len(records),
            "controlTotals": control_totals(name, records),
        }
        declared[name].pop("schema", None)
    (export / "datapackage.json").write_text(json.dumps(descriptor, ensure_ascii=False), encoding="utf-8")
