"""The handbook's page: everything a vendor needs, on one sheet that needs nothing else.

Arrives: the contract, its words, rules, codes and example. Leaves: one HTML document. The prose stands in
`prose.yaml`, the look in `page.css`; what ingestion does is not decided here, only told.
"""

import hashlib
import html
import json
from functools import cache
from pathlib import Path

import yaml

from ingestion.contract.codes import CODES, EXPORT_CODES, ROW_CODES
from ingestion.contract.instance_id import INSTANCE_ID
from ingestion.contract.schema import CONTRACT_NAME, VERSIONS, Contract, Entity, Field, load_contract
from ingestion.contract.sentences import days_told
from ingestion.contract.words import Words, column_words, entity_words, value_words
from ingestion.handbook.example import (
    DELIMITER,
    control_totals,
    csv_bytes,
    descriptor_of,
    example_rows,
    resource,
)
from ingestion.handbook.markup import Line, both, bullets, lines, listing, paragraphs, section, text
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
_REQUIRED = f"<b>{both(Words('obbligatoria', 'required'))}</b>"
_ALWAYS_LISTED = both(Words("sempre elencata", "always listed"))
_SEMANTICS = {
    "reference": both(Words("riferimento", "reference")),
    "state": both(Words("stato", "state")),
    "ledger": both(Words("registro", "ledger")),
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

    def say(self, told: dict) -> Words:
        return Words(self.fill(told["it"]), self.fill(told["en"]))

    def all(self, told: list[dict]) -> list[Words]:
        return [self.say(item) for item in told]

    def part(self, name: str, content: str) -> str:
        return section(name, self.say(_prose()[name]["title"]), content)

    # The parts, in the order of the page.

    def steps(self) -> str:
        told = _prose()["steps"]
        steps = bullets(self.all(told["items"]), numbered=True)
        return self.part("steps", steps + f'<div class="note">{paragraphs(self.say(told["note"]))}</div>')

    def export(self) -> str:
        tree = (
            "esempio-2026-10-0001/            (o / or: esempio-2026-10-0001.zip)\n"
            "├── datapackage.json\n└── data/\n    ├── organisation.csv\n    ├── person.csv\n"
            "    ├── service.csv\n    └── …"
        )
        return self.part(
            "export", listing(tree, "Cartella / Folder") + bullets(self.all(_prose()["export"]["items"]))
        )

    def sequence(self) -> str:
        return self.part("sequence", bullets(self.all(_prose()["sequence"]["items"])))

    def manifest(self) -> str:
        told = _prose()["manifest"]
        entity = self.contract.entities[_WORKED]
        rows = example_rows(entity)
        shown = resource(self.contract, entity, f"data/{_WORKED}.csv", csv_bytes(entity, rows), rows)
        del shown["schema"]
        example = json.dumps(descriptor_of(self.contract, [shown]), ensure_ascii=False, indent=2)
        fields = [
            Line(
                field["name"],
                html.escape(self.fill(field["form"])) + (f"<br>{_REQUIRED}" if field.get("required") else ""),
                both(self.say(field), "p"),
            )
            for field in told["fields"]
        ]
        heads = (Words("Proprietà", "Property"), _MEANING)
        table = lines(
            Words("Le proprietà di datapackage.json", "The properties of datapackage.json"), heads, fields
        )
        return self.part(
            "manifest", paragraphs(self.say(told["intro"])) + listing(example, "datapackage.json") + table
        )

    def totals(self) -> str:
        told = _prose()["totals"]
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
            paragraphs(self.say(told["intro"]))
            + listing(excerpt, path)
            + bullets(self.all(told["after"]))
            + listing(commands, "SHA-256"),
        )

    def forms(self) -> str:
        told = _prose()["forms"]
        rows = [
            Line(row["type"], f"<code>{row['example']}</code>", both(self.say(row), "p"))
            for row in told["rows"]
        ]
        table = lines(
            Words("Tipi e forme", "Types and forms"),
            (Words("Tipo", "Type"), Words("Come si scrive", "How it is written")),
            rows,
        )
        return self.part("forms", table + f'<div class="note">{paragraphs(self.say(told["note"]))}</div>')

    def semantics(self) -> str:
        told = _prose()["semantics"]
        rows = [Line(row["name"], _SEMANTICS[row["name"]], both(self.say(row), "p")) for row in told["rows"]]
        table = lines(
            Words("Tre tipi di entità", "Three kinds of entity"), (Words("Tipo", "Kind"), _MEANING), rows
        )
        return self.part("semantics", table + bullets(self.all(told["notes"])))

    def reversals(self) -> str:
        told = _prose()["reversals"]
        ledgers = [entity for entity in self.contract.entities.values() if entity.is_ledger]
        table = lines(
            self.say(told["caption"]),
            (Words("Registro", "Ledger"), Words("Storno", "Reversal")),
            [Line(entity.name, _dates(entity), self._reversal(entity)) for entity in ledgers],
        )
        return self.part(
            "reversals", paragraphs(self.say(told["intro"])) + table + bullets(self.all(told["allocations"]))
        )

    def _reversal(self, entity: Entity) -> str:
        told = _prose()["reversals"]
        kind = "any" if entity.name == "measurement" else "same" if entity.name in SAME_SIGN else "opposite"
        said = both(self.say(told[kind]), "p")
        return said if _dates(entity) else said + both(self.say(told["undated"]), "p")

    def privacy(self) -> str:
        told = _prose()["privacy"]
        rows = [Line(row["name"], "", both(self.say(row), "p")) for row in told["classes"]]
        table = lines(
            Words("Classi di dati personali", "Classes of personal data"),
            (Words("Classe", "Class"), _MEANING),
            rows,
        )
        return self.part("privacy", table + bullets(self.all(told["notes"])))

    def checks(self) -> str:
        told = _prose()["checks"]
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
        values = "  ".join(f"{letter}={ODD_VALUES.index(letter)}" for letter in letters)
        half = values.index("N=")
        shown = f"{values[:half].rstrip()}\n{values[half:]}"
        return self.part(
            "checks",
            bullets(self.all(told["items"]))
            + f"<h3>{both(self.say(told['odd']))}</h3>"
            + listing(shown, told["odd"]["it"]),
        )

    def entities(self) -> str:
        told = _prose()["entities"]
        parts = "".join(self.entity(entity) for entity in self.contract.entities.values())
        return self.part("entities", paragraphs(self.say(told["intro"])) + parts)

    def entity(self, entity: Entity) -> str:
        marks = [f'<span class="mark">{_SEMANTICS[entity.semantics]}</span>']
        if entity.mandatory:
            marks.append(f'<span class="mark strong">{_ALWAYS_LISTED}</span>')
        references = {reference.field: reference.entity for reference in entity.references}
        rows = [self.column(entity, field, references.get(field.name)) for field in entity.fields]
        table = lines(
            Words(f"Le colonne di {entity.name}", f"The columns of {entity.name}"),
            (Words("Colonna", "Column"), _MEANING),
            rows,
        )
        rules = "".join(
            f"<li>{paragraphs(rule.words)} <a href=#code-{rule.code}><code>{rule.code}</code></a></li>"
            for rule in row_rules(entity)
        )
        told = f"<h4>{both(Words('Regole di riga', 'Rules of a row'))}</h4><ul>{rules}</ul>" if rules else ""
        return (
            f'<section class="entity" id="{entity.name}" aria-labelledby="{entity.name}-title">'
            f'<h3 id="{entity.name}-title"><code>{entity.name}</code></h3>'
            f'<p class="marks">{" ".join(marks)}</p>'
            f"{paragraphs(entity_words(entity))}{table}{told}{_example(entity)}</section>"
        )

    def column(self, entity: Entity, field: Field, reference: str | None) -> Line:
        kind = f"{field.type}, {field.decimals} dec." if field.decimals is not None else field.type
        meta = [kind]
        if field.required:
            meta.append(_REQUIRED)
        if field.personal:
            meta.append(f'<a href="#privacy">{field.personal}</a>')
        since = since_version(entity.name, field.name)
        if since != VERSIONS[0]:
            meta.append(f'<a href="#versions">{both(Words("dalla", "since"))} {since}</a>')
        said = paragraphs(column_words(entity, field))
        if reference:
            said += f'<p class="fact">→ <a href="#{reference}"><code>{reference}</code></a></p>'
        if field.pattern:
            form = f"<code>{html.escape(field.pattern)}</code>"
            said += f'<p class="fact">{both(Words("forma", "form"))} {form}</p>'
        if field.minimum is not None:
            said += f'<p class="fact">{both(Words("almeno", "at least"))} <code>{field.minimum}</code></p>'
        if field.bounds:
            said += f'<p class="fact">{both(Words(*days_told(field.bounds)))}</p>'
        if field.enum:
            values = "".join(
                f"<li><code>{value}</code> {both(value_words(entity, field, value))}</li>"
                for value in field.enum
            )
            said += f'<ul class="values">{values}</ul>'
        return Line(field.name, "<br>".join(meta), said, f"{entity.name}.{field.name}")

    def codes(self) -> str:
        told = _prose()["codes"]
        heads = (Words("Codice", "Code"), Words("Che cosa fare", "What to do"))
        tables = [
            lines(
                self.say(told[which]),
                heads,
                [
                    Line(
                        name,
                        "",
                        both(Words(CODES[name].message_it, CODES[name].message_en), "p"),
                        f"code-{name}",
                    )
                    for name in names
                ],
            )
            for which, names in (("whole", EXPORT_CODES), ("row", ROW_CODES))
        ]
        flags = [Line(flag["name"], "", both(self.say(flag), "p")) for flag in told["flag_list"]]
        tables.append(lines(self.say(told["flags"]), (Words("Segnalazione", "Flag"), _MEANING), flags))
        return self.part("codes", "".join(tables))

    def validate(self) -> str:
        told = _prose()["validate"]
        return self.part(
            "validate",
            listing(
                "vetro validate esempio-2026-10-0001\n"
                "vetro validate esempio-2026-10-0001 esempio-2026-11-0002",
                "vetro validate",
            )
            + bullets(self.all(told["items"]))
            + paragraphs(self.say(told["also"]))
            + listing("frictionless validate datapackage.json", "frictionless validate"),
        )

    def receipt(self) -> str:
        return self.part("receipt", bullets(self.all(_prose()["receipt"]["items"])))

    def versions(self) -> str:
        told = _prose()["versions"]
        rows = []
        for version in VERSIONS:
            added = [
                f"<li>{both(self.say(told['value' if value else 'column']))}: "
                f"<code>{entity}.{column}{f' = {value}' if value else ''}</code></li>"
                for entity, column, value in additions(version)
            ]
            said = f"<ul>{''.join(added)}</ul>" if added else both(self.say(told["first"]), "p")
            rows.append(Line(version, "", said))
        table = lines(
            Words("Che cosa aggiunge ogni versione", "What every version adds"),
            (Words("Versione", "Version"), _MEANING),
            rows,
        )
        return self.part("versions", paragraphs(self.say(told["intro"])) + table)


_PARTS = (
    "steps", "export", "sequence", "manifest", "totals", "forms", "semantics", "reversals", "privacy",
    "checks", "validate", "receipt", "codes", "versions", "entities",
)  # fmt: skip


def _dates(entity: Entity) -> str:
    """Return the columns that a reversal of the ledger carries the day of the correction in."""
    names = [name for name in REVERSAL_DATES if entity.has(name)]
    return ", ".join(names)


def _example(entity: Entity) -> str:
    rows = csv_bytes(entity, example_rows(entity)).decode().rstrip()
    title = both(Words("Esempio: intestazione e righe", "Example: header and rows"))
    return f"<h4>{title}</h4>{listing(rows, f'{entity.name}.csv')}"


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
    parts = "".join(getattr(page, name)() for name in _PARTS)
    contents = "".join(
        f'<li><a href="#{name}">{both(page.say(_prose()[name]["title"]))}</a></li>' for name in _PARTS
    )
    entities = "".join(f'<li><a href="#{name}"><code>{name}</code></a></li>' for name in contract.entities)
    title = page.say(_prose()["title"])
    languages = "".join(
        f'<label><input type="radio" name="language" id="{key}"{" checked" if key == "both" else ""}> '
        f"{label}</label>"
        for key, label in (("both", "Italiano + English"), ("only-it", "Italiano"), ("only-en", "English"))
    )
    return f"""<!doctype html>
<html lang="it">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{text(title.it)} · {CONTRACT_NAME} {contract.version}</title>
<style>
{(FOLDER / "page.css").read_text(encoding="utf-8")}</style>
</head>
<body>
<a class="skip" href="#content">Vai al contenuto <span lang="en">/ Skip to content</span></a>
<header>
<p class="name">Casa di Vetro</p>
<h1>{both(title)}</h1>
<div class="lead">{paragraphs(page.say(_prose()["lead"]))}</div>
<fieldset><legend>Lingua <span lang="en">/ Language</span></legend>{languages}</fieldset>
</header>
<div class="sheet">
<nav aria-label="Contenuto / Contents">
<ol>{contents}</ol>
<ul>{entities}</ul>
</nav>
<main id="content" tabindex="-1">
{parts}
</main>
</div>
</body>
</html>
"""
