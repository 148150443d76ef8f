"""The sentence of one error: what the code says to do, after what is known of this very place.

Arrives: a code with its entity, column and detail. Leaves: the sentence in Italian and English. What can be
said from the contract alone (the values of a list, the form of a code, the condition of an entity) needs no
detail. A value of a row does not belong here; names of properties, counts and sums over columns without
persons do.
"""

from functools import cache
from pathlib import PurePosixPath

from ingestion.contract.codes import CODES
from ingestion.contract.schema import CURRENT_VERSION, VERSIONS, Bounds, Entity, Field, load_contract
from ingestion.contract.words import Words, rule_words

# In {} what the detail brings, in order.
DETAILS = {
    "manifest_unreadable": {
        "absent": ("Non c'è datapackage.json.", "There is no datapackage.json."),
        "too_large": ("datapackage.json è troppo grande.", "datapackage.json is too large."),
        "key_twice": ("Una proprietà è scritta due volte.", "A property is written twice."),
        "not_object": ("Non è un oggetto JSON.", "It is not a JSON object."),
        "nested": ("Oltre {} livelli di annidamento.", "Nested more than {} levels deep."),
        "not_utf8": ("Il file non è in UTF-8.", "The file is not UTF-8."),
        "not_json": ("Non è JSON valido: riga {}, carattere {}.", "Not valid JSON: line {}, character {}."),
        "properties": ("Mancano, o non hanno la forma giusta: {}.", "Missing, or not of the right form: {}."),
    },
    "archive_unsafe": {
        "not_archive": ("Il file non è un archivio zip intero.", "The file is not a whole zip archive."),
        "format": (
            "Il file è {}: un'esportazione è una cartella o uno zip con datapackage.json e file csv, csv.gz, "
            "parquet o jsonl.",
            "The file is {}: an export is a folder or a zip with datapackage.json and files in csv, csv.gz, "
            "parquet or jsonl.",
        ),
        "outside": (
            "Una voce dell'archivio è un collegamento, è cifrata o porta fuori dalla cartella.",
            "An entry of the archive is a link, is encrypted, or leads outside of the folder.",
        ),
        "twice": (
            "Una voce dell'archivio c'è due volte o ha un nome inutilizzabile.",
            "An entry of the archive is there twice or has no usable name.",
        ),
        "bomb": (
            "Contiene troppo rispetto alla sua dimensione compressa.",
            "It holds too much for its compressed size.",
        ),
        "damaged": ("L'archivio è danneggiato o incompleto.", "The archive is damaged or cut short."),
        "link": (
            "C'è un collegamento, o altro che non è un file normale.",
            "There is a link, or something else that is no plain file.",
        ),
        "path": (
            "resources[].path è assoluto, contiene .. o è un indirizzo.",
            "resources[].path is absolute, contains .. or is a URL.",
        ),
    },
    "column_missing": {
        "one_column": (
            "Nel file si trova una sola colonna: il delimitatore è quello dichiarato in dialect?",
            "Only one column is found in the file: is the delimiter the one declared in dialect?",
        ),
    },
    "row_count_mismatch": {"counts": ("Righe dichiarate {}, trovate {}.", "Rows declared {}, found {}.")},
    "control_total_mismatch": {
        "counts": ("Totale dichiarato {}, calcolato {}.", "Total declared {}, computed {}."),
        "no_number": (
            "L'entità non ha una colonna number con questo nome.",
            "The entity has no number column of this name.",
        ),
    },
    "too_many_bad_rows": {
        "bad_rows": (
            "Righe scartate: {} su {}, limite {}.",
            "Rows set aside: {} of {}, the limit is {}.",
        ),
        "bad_euro": (
            "Le righe scartate portano oltre il {1} degli euro di {0}.",
            "The rows set aside carry over {1} of the euro of {0}.",
        ),
        "bad_euro_share": (
            "Le righe scartate portano {2} euro di {3} in {0}, limite {1}.",
            "The rows set aside carry {2} euro of {3} in {0}, the limit is {1}.",
        ),
    },
    "out_of_range": {
        "period": (
            "Un'esportazione parla di giorni fra il {} e il {}, al più {} giorni dopo `created`, e di un "
            "periodo di al più {} giorni.",
            "An export tells of days from {} to {}, at most {} days after `created`, and of a period of at "
            "most {} days.",
        ),
    },
    "reversal_invalid": {
        "event": (
            "reverses_id c'è se e solo se event è REVERSAL.",
            "reverses_id is there if and only if event is REVERSAL.",
        ),
        "absent": (
            "La riga indicata in reverses_id non è mai stata inviata.",
            "The row that reverses_id names was never sent.",
        ),
        "set_aside": (
            "La riga indicata in reverses_id è essa stessa scartata.",
            "The row that reverses_id names is itself set aside.",
        ),
        "reversal": (
            "La riga indicata in reverses_id è a sua volta uno storno.",
            "The row that reverses_id names is a reversal itself.",
        ),
        "amounts": (
            "Importi o quantità non corrispondono alla riga stornata.",
            "Amounts or quantity do not match the row reversed.",
        ),
        "twice": ("La riga è già stornata.", "The row is reversed already."),
    },
}
DETAILS["column_unknown"] = DETAILS["column_missing"]
# Of files that a mapping reads.
DETAILS |= {
    "file_undeclared": {
        "mapping": (
            "Nessun file della mappatura (files, ignore) ha questo nome.",
            "No file of the mapping (files, ignore) has this name.",
        ),
    },
    "file_missing": {
        "mapping": (
            "Nella consegna non c'è un file con il nome che la mappatura attende.",
            "There is no file in the delivery with the name that the mapping expects.",
        ),
    },
    "encoding_wrong": {
        "format": (
            "Il file è {}: si leggono testi con colonne (CSV) e fogli .xlsx, .xls, .xlsb, .ods.",
            "The file is {}: texts with columns (CSV) and sheets in .xlsx, .xls, .xlsb, .ods are read.",
        ),
        "contract_format": (
            "Il formato dichiarato non si legge; si leggono {}.",
            "The declared format is not read; {} are.",
        ),
        "contract_content": (
            "Il file è in realtà {}; si leggono {}.",
            "The file is {} in truth; {} are read.",
        ),
        "encoding": (
            "Non è un testo nelle codifiche attese ({}).",
            "It is no text in the encodings expected ({}).",
        ),
    },
    "row_malformed": {
        "swallowed": (
            "Virgolette aperte alla riga {} e chiuse alla riga {} comprendono righe simili a record: "
            "nessuna si carica. Se le virgolette non racchiudono campi, nella mappatura quote: none; se il "
            "testo va davvero su più righe, line_breaks: true.",
            "Quotes opened on line {} and closed on line {} go over lines that look like records: none of "
            "them is loaded. Where quotes do not enclose fields, quote: none in the mapping; where the text "
            "does go over several lines, line_breaks: true.",
        ),
        "open_quote": (
            "Le virgolette si aprono e non si chiudono. Se non racchiudono campi, nella mappatura quote: "
            "none.",
            "The quotes open and do not close. Where they do not enclose fields, quote: none in the mapping.",
        ),
        "width": (
            "La riga ha {} campi, l'intestazione {}: correggerla, o dire nella mappatura che cosa farne "
            "(short_rows, long_rows).",
            "The row has {} fields, the header {}: correct it, or say in the mapping what becomes of it "
            "(short_rows, long_rows).",
        ),
    },
    "type_wrong": {
        "error_cell": (
            "La cella di {} contiene un errore del foglio di calcolo (come #N/D, #RIF!, #DIV/0!) o una "
            "formula mai calcolata: correggere la formula e salvare di nuovo.",
            "The cell of {} holds an error of the spreadsheet (such as #N/A, #REF!, #DIV/0!) or a formula "
            "that was never computed: correct the formula and save again.",
        ),
    },
    "enum_unknown": {
        "require": (
            "La mappatura chiede (require) {}: {}.",
            "The mapping requires {}: {}.",
        ),
        "currency": (
            "La colonna {} dice che l'importo non è in euro. Se è convertito, lo dica require nella "
            "mappatura.",
            "The column {} says that the amount is not in euro. Where it was converted, let require in the "
            "mapping say so.",
        ),
    },
}
# What a pattern of the contract asks for; the six digits are always ISTAT's.
FORMS = {
    "^[0-9]{6}$": (
        "Attese sei cifre; con cinque è andato perso lo zero iniziale (15182 → 015182).",
        "Six digits expected; with five the leading zero was lost (15182 → 015182).",
    ),
    "^[0-9]{11}$": (
        "Attese 11 cifre; con meno sono andati persi gli zeri iniziali.",
        "11 digits expected; with fewer the leading zeros were lost.",
    ),
    "^([0-9]{11}|[A-Z0-9]{16})$": (
        "Attese 11 cifre (con meno sono andati persi gli zeri iniziali) o un codice fiscale di 16 caratteri "
        "maiuscoli.",
        "11 digits expected (with fewer the leading zeros were lost), or a codice fiscale of 16 capitals.",
    ),
    "^[A-Z][0-9]{2}[A-Z][0-9]{11}$": (
        "Atteso un CUP: lettera, 2 cifre, lettera, 11 cifre.",
        "A CUP expected: a letter, 2 digits, a letter, 11 digits.",
    ),
    "^[A-Z0-9]{10}$": (
        "Atteso un CIG: 10 lettere maiuscole o cifre.",
        "A CIG expected: 10 capitals or digits.",
    ),
    "^[A-Z]{3}$": ("Attese tre lettere maiuscole.", "Three capitals expected."),
    "^[A-Z0-9_]+$": (
        "Attese lettere maiuscole, cifre e _.",
        "Capitals, digits and _ expected.",
    ),
}
_PERSON_FORM = (
    "Attesi, secondo id_kind: CF 16 caratteri maiuscoli (6 lettere, 2 cifre, lettera, 2 cifre, lettera, 3 "
    "cifre, lettera); CF_PROV 11 cifre; STP o ENI seguiti da 13 cifre.",
    "Expected, by id_kind: CF 16 capitals (6 letters, 2 digits, letter, 2 digits, letter, 3 digits, letter); "
    "CF_PROV 11 digits; STP or ENI followed by 13 digits.",
)
_IDENTIFIER_FORM = (
    "L'identificativo ha la forma di un codice fiscale, o contiene un codice fiscale, un IBAN, un'e-mail o "
    "un telefono: usarne uno che non dica chi è la persona.",
    "The identifier has the form of a codice fiscale, or carries a codice fiscale, an IBAN, an e-mail "
    "address or a telephone number: use one that does not tell who the person is.",
)
_TEXT_FORM = (
    "Il testo contiene un codice fiscale, un IBAN, un'e-mail o un telefono: toglierli dal testo.",
    "The text carries a codice fiscale, an IBAN, an e-mail address or a telephone number: remove it from the "
    "text.",
)
_TYPES = {
    "integer": ("Atteso un numero intero.", "A whole number expected."),
    "boolean": ("Atteso true o false.", "true or false expected."),
    "date": ("Attesa una data AAAA-MM-GG.", "A date YYYY-MM-DD expected."),
    "datetime": (
        "Attesa data e ora con il fuso, come 2026-10-12T08:30:00+02:00.",
        "A date and time with offset expected, such as 2026-10-12T08:30:00+02:00.",
    ),
}
_JSON_ROW = (
    "La riga non è un oggetto JSON piatto: un oggetto per riga, chiavi una volta sola, valori semplici.",
    "The line is not a flat JSON object: one object a line, every key once, plain values.",
)
UNJUDGED = Words(
    "Storna una riga che non sta in nessuna delle esportazioni date: validatela insieme alle esportazioni "
    "precedenti. Qui non conta fra gli errori.",
    "It reverses a row that is in none of the exports given: validate it together with those before it. "
    "Here it does not count as an error.",
)


def is_json(file: str | None) -> bool:
    """True for the name of a JSON Lines file."""
    return PurePosixPath(file or "").suffix.lower() in (".jsonl", ".ndjson")


@cache
def sentence(
    code: str, entity: str | None, column: str | None, detail: tuple[str, ...] = (), *, is_json: bool = False
) -> Words:
    """Return what to tell of one error: the place's own sentence where there is one, then the code's.

    `entity` and `column` may be no name of the contract. KeyError for an unknown code or kind of detail.
    """
    said = Words(CODES[code].message_it, CODES[code].message_en)
    own = _from_detail(code, detail) if detail else None
    if own is None:
        own = _from_place(code, entity, column, is_json)
    return Words(f"{own[0]} {said.it}", f"{own[1]} {said.en}") if own else said


def _from_detail(code: str, detail: tuple[str, ...]) -> tuple[str, str]:
    kind, *filled = detail
    it, en = DETAILS[code][kind]
    return it.format(*filled), en.format(*filled)


def _from_place(code: str, name: str | None, column: str | None, is_json: bool) -> tuple[str, str] | None:
    match code:
        case "entity_missing":
            return f"Manca l'entità {name}.", f"The entity {name} is missing."
        case "entity_unknown":
            return f"{name} non è nel contratto.", f"{name} is not in the contract."
        case "contract_unknown":
            return f"Si accettano: {', '.join(VERSIONS)}.", f"Accepted: {', '.join(VERSIONS)}."
        case "row_malformed":
            return _JSON_ROW if is_json else None
    entity = load_contract().entities.get(name or "")
    if entity is None:
        return None
    if code in ("condition_missing", "amounts_disagree"):
        return _rule(entity, code)
    return _of_column(code, entity, entity.field(column)) if column and entity.has(column) else None


def _of_column(code: str, entity: Entity, field: Field) -> tuple[str, str] | None:
    match code:
        case "enum_unknown":
            return _values(entity, field)
        case "pattern_wrong":
            return _form(entity, field)
        case "type_wrong":
            return _type(field)
        case "out_of_range" if field.bounds:
            return days_sentence(field.bounds)
        case "out_of_range" if field.minimum is not None:
            most = "" if field.maximum is None else str(field.maximum)
            it, en = (f", al più {most}", f", at most {most}") if most else ("", "")
            return f"Almeno {field.minimum}{it}.", f"At least {field.minimum}{en}."
    return None


def days_sentence(bounds: Bounds) -> tuple[str, str]:
    """Return between which days a date is plausible, in Italian and English."""
    it, en = f"Dal {bounds.first} al {bounds.last}", f"From {bounds.first} to {bounds.last}"
    if bounds.open_end:
        it, en = f"{it} ({bounds.open_end}: senza fine)", f"{en} ({bounds.open_end}: without end)"
    if bounds.after_created is not None:
        days = bounds.after_created
        it = f"{it}, e non oltre {days} giorni dopo la data dell'esportazione"
        en = f"{en}, and no more than {days} days after the date of the export"
    return f"{it}.", f"{en}."


def _rule(entity: Entity, code: str) -> tuple[str, str] | None:
    rules = [rule for rule in rule_words()["rules"].get(entity.name, ()) if rule["code"] == code]
    if not rules:
        return None
    told = [". ".join(rule[language] for rule in rules).replace("`", "") for language in ("it", "en")]
    return f"Regola: {told[0]}.", f"Rule: {told[1]}."


def _values(entity: Entity, field: Field) -> tuple[str, str]:
    told: dict[str, list[str]] = {"it": [], "en": []}
    for value in field.enum:
        since = value_since(entity.name, field.name, value)
        for language, word in (("it", "dalla"), ("en", "since")):
            told[language].append(value if since == VERSIONS[0] else f"{value} ({word} {since})")
    return f"Ammessi: {', '.join(told['it'])}.", f"Allowed: {', '.join(told['en'])}."


def value_since(entity: str, column: str, value: str) -> str:
    """Return the version that brought a value of the current contract."""
    for version in VERSIONS:
        known = load_contract(version).entities[entity]
        if known.has(column) and value in known.field(column).enum:
            return version
    return CURRENT_VERSION


def _form(entity: Entity, field: Field) -> tuple[str, str] | None:
    if (entity.name, field.name) == ("person", "id_value"):
        return _PERSON_FORM
    if field.pattern is None:
        return _IDENTIFIER_FORM if field.is_identifier else _TEXT_FORM
    shape = field.pattern
    return FORMS.get(shape, (f"Forma attesa: {shape}.", f"Form expected: {shape}."))


def _type(field: Field) -> tuple[str, str] | None:
    if field.type != "number":
        return _TYPES.get(field.type)
    return (
        f"Atteso un numero con il punto e al massimo {field.decimals} decimali.",
        f"A number with a point and at most {field.decimals} decimals expected.",
    )
