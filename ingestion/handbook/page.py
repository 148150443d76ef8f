"""The handbook's page: everything a vendor needs, on one sheet that needs nothing else.

Arrives: the contract, its words, rules, codes and example. Leaves: one HTML document. The prose stands in
`prose.yaml`, shapes and look in `templates/`; what ingestion does is not decided here, only told.
"""

import hashlib
import json
from functools import cache
from pathlib import Path

import yaml
from markupsafe import Markup

from core.presentation.rendering import Head, render
from ingestion.contract.codes import CODES, EXPORT_CODES, ROW_CODES
from ingestion.contract.instance_id import INSTANCE_ID
from ingestion.contract.schema import CONTRACT_NAME, VERSIONS, Contract, Entity, Field, load_contract
from ingestion.contract.sentences import days_sentence
from ingestion.contract.words import Words, column_words, entity_words, value_words
from ingestion.handbook.example import (
    DELIMITER,
    control_totals,
    csv_bytes,
    descriptor_of,
    example_rows,
    resource,
)
from ingestion.handbook.markup import TEMPLATES, Line, both, bullets, lines, listing, paragraphs, shape
from ingestion.handbook.rules import row_rules
from ingestion.landing.manifest import FORMATS
from ingestion.privacy.direct_identifiers import FORBIDDEN_COLUMNS
from ingestion.privacy.identifiers import CODICE_FISCALE, ODD_VALUES
from ingestion.privacy.pseudonymisation import REMOVED
from ingestion.validation.control_totals import BAD_EURO_LIMIT, BAD_ROWS_LIMIT
from ingestion.validation.history_rules import SAME_SIGN

FOLDER = Path(__file__).parent
_WORKED = "service_delivery"
_WORKED_COLUMNS = ("record_id", "quantity", "amount_total", "reverses_id")
# The date of a ledger row; a reversal has the day of the correction in it.
REVERSAL_DATES = (
    "start_date", "event_at", "event_date", "order_date", "value_date", "entry_date", "measured_on",
)  # fmt: skip
_MEANING = Words("Che cosa significa", "What it means")
_REQUIRED = Words("obbligatoria", "required")
_ALWAYS_LISTED = Words("sempre elencata", "always listed")
_SEMANTICS = {
    "reference": Words("riferimento", "reference"),
    "state": Words("stato", "state"),
    "ledger": Words("registro", "ledger"),
}


@cache
def _prose() -> dict:
    return yaml.safe_load((FOLDER / "prose.yaml").read_text(encoding="utf-8"))


class _Page:
    """One page about one version; `say` fills in what the sentences leave open."""

    def __init__(self, contract: Contract):
        self.contract = contract
        mandatory = [f"`{name}`" for name, entity in contract.entities.items() if entity.mandatory]
        self.filled = {
            "contract": CONTRACT_NAME,
            "version": contract.version,
            "versions": ", ".join(VERSIONS),
            "mandatory": ", ".join(mandatory),
            "formats": ", ".join(f"`.{name}`" for name in FORMATS),
            "format_names": " | ".join(FORMATS),
            "forbidden": ", ".join(sorted(FORBIDDEN_COLUMNS)),
            "named": ", ".join(
                f"`{name}`" for name, entity in contract.entities.items() if entity.has("name")
            ),
            "cf_pattern": CODICE_FISCALE,
            "nobody": example_rows(contract.entities["person"])[0]["id_value"],
            "instance_pattern": INSTANCE_ID.pattern,
            "entity_count": str(len(contract.entities)),
            "removed": ", ".join(f"`{name}`" for name in REMOVED),
            "rows_limit": f"{BAD_ROWS_LIMIT * 100:.0f}%",
            "euro_limit": f"{BAD_EURO_LIMIT * 100:.1f}%",
        }

    def fill(self, sentence: str) -> str:
        for name, value in self.filled.items():
            sentence = sentence.replace(f"{{{name}}}", value)
        return sentence

    def words(self, prose: dict) -> Words:
        return Words(self.fill(prose["it"]), self.fill(prose["en"]))

    def all(self, prose: list[dict]) -> list[Words]:
        return [self.words(item) for item in prose]

    def part(self, name: str, content: Markup) -> Markup:
        return shape("section", name, self.words(_prose()[name]["title"]), content)

    # The parts, in the order of the page.

    def steps(self) -> Markup:
        prose = _prose()["steps"]
        steps = bullets(self.all(prose["items"]), numbered=True)
        return self.part("steps", steps + shape("note", self.words(prose["note"])))

    def export(self) -> Markup:
        tree = (
            "esempio-2026-10-0001/            (o / or: esempio-2026-10-0001.zip)\n"
            "├── datapackage.json\n└── data/\n    ├── organisation.csv\n    ├── person.csv\n"
            "    ├── service.csv\n    └── …"
        )
        return self.part(
            "export", listing(tree, "Cartella / Folder") + bullets(self.all(_prose()["export"]["items"]))
        )

    def sequence(self) -> Markup:
        return self.part("sequence", bullets(self.all(_prose()["sequence"]["items"])))

    def manifest(self) -> Markup:
        prose = _prose()["manifest"]
        entity = self.contract.entities[_WORKED]
        rows = example_rows(entity)
        shown = resource(self.contract, entity, f"data/{_WORKED}.csv", csv_bytes(entity, rows), rows)
        del shown["schema"]
        example = json.dumps(descriptor_of(self.contract, [shown]), ensure_ascii=False, indent=2)
        fields = [
            Line(
                field["name"],
                [self.fill(field["form"]), *([shape("strong", _REQUIRED)] if field.get("required") else [])],
                both(self.words(field), "p"),
            )
            for field in prose["fields"]
        ]
        heads = (Words("Proprietà", "Property"), _MEANING)
        table = lines(
            Words("Le proprietà di datapackage.json", "The properties of datapackage.json"), heads, fields
        )
        return self.part(
            "manifest", paragraphs(self.words(prose["intro"])) + listing(example, "datapackage.json") + table
        )

    def totals(self) -> Markup:
        prose = _prose()["totals"]
        entity = self.contract.entities[_WORKED]
        rows, path = example_rows(entity), f"data/{_WORKED}.csv"
        content, totals = csv_bytes(entity, rows), control_totals(entity, rows)
        excerpt = "\n".join(
            DELIMITER.join(cells)
            for cells in (_WORKED_COLUMNS, *([row[name] for name in _WORKED_COLUMNS] for row in rows))
        )
        sums = [
            f"`{name}` {' + '.join(row[name] for row in rows)} = `{totals[name]}`".replace("+ -", "− ")
            for name in ("quantity", "amount_total")
        ]
        self.filled |= {"path": path, "rows": str(len(rows)), "sum": "; ".join(sums)}
        digest = hashlib.sha256(content).hexdigest()
        commands = (
            f"$ sha256sum {path}\n{digest}  {path}\n$ wc -c < {path}\n{len(content)}\n\n"
            f"PS> (Get-FileHash {path} -Algorithm SHA256).Hash.ToLower()\nPS> (Get-Item {path}).Length\n\n"
            f'python> "sha256:" + hashlib.sha256(open("{path}", "rb").read()).hexdigest()'
        )
        return self.part(
            "totals",
            paragraphs(self.words(prose["intro"]))
            + listing(excerpt, path)
            + bullets(self.all(prose["after"]))
            + listing(commands, "SHA-256"),
        )

    def forms(self) -> Markup:
        prose = _prose()["forms"]
        rows = [
            Line(row["type"], [shape("code", row["example"])], both(self.words(row), "p"))
            for row in prose["rows"]
        ]
        table = lines(
            Words("Tipi e forme", "Types and forms"),
            (Words("Tipo", "Type"), Words("Come si scrive", "How it is written")),
            rows,
        )
        return self.part("forms", table + shape("note", self.words(prose["note"])))

    def semantics(self) -> Markup:
        prose = _prose()["semantics"]
        rows = [
            Line(row["name"], [both(_SEMANTICS[row["name"]])], both(self.words(row), "p"))
            for row in prose["rows"]
        ]
        table = lines(
            Words("Tre tipi di entità", "Three kinds of entity"), (Words("Tipo", "Kind"), _MEANING), rows
        )
        return self.part("semantics", table + bullets(self.all(prose["notes"])))

    def reversals(self) -> Markup:
        prose = _prose()["reversals"]
        ledgers = [entity for entity in self.contract.entities.values() if entity.is_ledger]
        table = lines(
            self.words(prose["caption"]),
            (Words("Registro", "Ledger"), Words("Storno", "Reversal")),
            [Line(entity.name, _dates(entity), self._reversal(entity)) for entity in ledgers],
        )
        return self.part(
            "reversals",
            paragraphs(self.words(prose["intro"])) + table + bullets(self.all(prose["allocations"])),
        )

    def _reversal(self, entity: Entity) -> Markup:
        prose = _prose()["reversals"]
        kind = "any" if entity.name == "measurement" else "same" if entity.name in SAME_SIGN else "opposite"
        said = both(self.words(prose[kind]), "p")
        return said if _dates(entity) else said + both(self.words(prose["undated"]), "p")

    def privacy(self) -> Markup:
        prose = _prose()["privacy"]
        rows = [Line(row["name"], [], both(self.words(row), "p")) for row in prose["classes"]]
        table = lines(
            Words("Classi di dati personali", "Classes of personal data"),
            (Words("Classe", "Class"), _MEANING),
            rows,
        )
        return self.part("privacy", table + bullets(self.all(prose["notes"])))

    def checks(self) -> Markup:
        prose = _prose()["checks"]
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
        values = "  ".join(f"{letter}={ODD_VALUES.index(letter)}" for letter in letters)
        half = values.index("N=")
        shown = f"{values[:half].rstrip()}\n{values[half:]}"
        return self.part(
            "checks",
            bullets(self.all(prose["items"]))
            + shape("subheading", self.words(prose["odd"]))
            + listing(shown, prose["odd"]["it"]),
        )

    def entities(self) -> Markup:
        prose = _prose()["entities"]
        parts = Markup().join(self.entity(entity) for entity in self.contract.entities.values())
        return self.part("entities", paragraphs(self.words(prose["intro"])) + parts)

    def entity(self, entity: Entity) -> Markup:
        marks = [(_SEMANTICS[entity.semantics], False)]
        if entity.mandatory:
            marks.append((_ALWAYS_LISTED, True))
        references = {reference.field: reference.entity for reference in entity.references}
        rows = [self.column(entity, field, references.get(field.name)) for field in entity.fields]
        table = lines(
            Words(f"Le colonne di {entity.name}", f"The columns of {entity.name}"),
            (Words("Colonna", "Column"), _MEANING),
            rows,
        )
        words, rules = entity_words(entity), list(row_rules(entity))
        return shape("entity", entity.name, marks, words, table, rules, _example(entity))

    def column(self, entity: Entity, field: Field, reference: str | None) -> Line:
        kind = f"{field.type}, {field.decimals} dec." if field.decimals is not None else field.type
        meta: list[str | Markup] = [kind]
        if field.required:
            meta.append(shape("strong", _REQUIRED))
        if field.personal:
            meta.append(shape("linked", field.personal, "privacy"))
        since = since_version(entity.name, field.name)
        if since != VERSIONS[0]:
            words = Words(f"dalla {since}", f"since {since}")
            meta.append(shape("linked", both(words), "versions"))
        facts = []
        if field.pattern:
            facts.append((Words("forma", "form"), field.pattern))
        if field.minimum is not None:
            facts.append((Words("almeno", "at least"), str(field.minimum)))
        if field.bounds:
            facts.append((Words(*days_sentence(field.bounds)), ""))
        values = [(value, value_words(entity, field, value)) for value in field.enum]
        said = shape("column", column_words(entity, field), reference, facts, values)
        return Line(field.name, meta, said, f"{entity.name}.{field.name}")

    def codes(self) -> Markup:
        prose = _prose()["codes"]
        heads = (Words("Codice", "Code"), Words("Che cosa fare", "What to do"))
        tables = [
            lines(
                self.words(prose[which]),
                heads,
                [
                    Line(
                        name,
                        [],
                        both(Words(CODES[name].message_it, CODES[name].message_en), "p"),
                        f"code-{name}",
                    )
                    for name in names
                ],
            )
            for which, names in (("whole", EXPORT_CODES), ("row", ROW_CODES))
        ]
        flags = [Line(flag["name"], [], both(self.words(flag), "p")) for flag in prose["flag_list"]]
        tables.append(lines(self.words(prose["flags"]), (Words("Segnalazione", "Flag"), _MEANING), flags))
        return self.part("codes", Markup().join(tables))

    def validate(self) -> Markup:
        prose = _prose()["validate"]
        return self.part(
            "validate",
            listing(
                "vetro validate esempio-2026-10-0001\n"
                "vetro validate esempio-2026-10-0001 esempio-2026-11-0002",
                "vetro validate",
            )
            + bullets(self.all(prose["items"]))
            + paragraphs(self.words(prose["also"]))
            + listing("frictionless validate datapackage.json", "frictionless validate"),
        )

    def receipt(self) -> Markup:
        return self.part("receipt", bullets(self.all(_prose()["receipt"]["items"])))

    def versions(self) -> Markup:
        prose = _prose()["versions"]
        rows = []
        for version in VERSIONS:
            added = [
                (
                    self.words(prose["value" if value else "column"]),
                    f"{entity}.{column}{f' = {value}' if value else ''}",
                )
                for entity, column, value in additions(version)
            ]
            rows.append(Line(version, [], shape("additions", added, self.words(prose["first"]))))
        table = lines(
            Words("Che cosa aggiunge ogni versione", "What every version adds"),
            (Words("Versione", "Version"), _MEANING),
            rows,
        )
        return self.part("versions", paragraphs(self.words(prose["intro"])) + table)


_PARTS = (
    "steps", "export", "sequence", "manifest", "totals", "forms", "semantics", "reversals", "privacy",
    "checks", "validate", "receipt", "codes", "versions", "entities",
)  # fmt: skip


def _dates(entity: Entity) -> list[str]:
    """Return the columns that a reversal of the ledger carries the day of the correction in."""
    names = ", ".join(name for name in REVERSAL_DATES if entity.has(name))
    return [names] if names else []


def _example(entity: Entity) -> Markup:
    rows = csv_bytes(entity, example_rows(entity)).decode().rstrip()
    return listing(rows, f"{entity.name}.csv")


def since_version(entity: str, column: str) -> str:
    """Return the version of the contract that brought a column of the current one."""
    return next(version for version in VERSIONS if load_contract(version).entities[entity].has(column))


def additions(version: str) -> list[tuple[str, str, str | None]]:
    """Return what `version` added to the one before: (entity, column, value; None for a column)."""
    place = VERSIONS.index(version)
    if place == 0:
        return []
    before = load_contract(VERSIONS[place - 1]).entities
    found: list[tuple[str, str, str | None]] = []
    for name, entity in load_contract(version).entities.items():
        for field in entity.fields:
            if not before[name].has(field.name):
                found.append((name, field.name, None))
                continue
            known = before[name].field(field.name).enum
            found += [(name, field.name, value) for value in field.enum if value not in known]
    return found


def handbook_page(contract: Contract) -> str:
    """Return the page about one version of the contract: self-contained HTML, Italian first, then English."""
    page = _Page(contract)
    # The parts first: what they work out, the sentences of others may speak of.
    parts = Markup().join(getattr(page, name)() for name in _PARTS)
    title = page.words(_prose()["title"])
    version = f"{CONTRACT_NAME} {contract.version}"
    return render(
        "handbook.html.j2",
        TEMPLATES,
        head=Head("it", f"{title.it} · {version}"),
        language="both",
        title=title,
        lead=page.words(_prose()["lead"]),
        contents=[(name, page.words(_prose()[name]["title"])) for name in _PARTS],
        entities=list(contract.entities),
        parts=parts,
        version=Words(version, version),
    )
