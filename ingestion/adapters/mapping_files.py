"""A mapping read from its YAML file, and checked whole before anything is done with it.

Arrives: the name of a mapping. Leaves: a `Mapping` whose every key, entity, column, date form and regular
expression is known to be usable, or a `MappingError` that says which file and which key.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import yaml

from core.duckdb_sessions import connect
from core.home import VetroHome
from ingestion.adapters.mapping import (
    COLUMN,
    CUT,
    FILL,
    NOISE,
    OF_FILES,
    REFUSE,
    Block,
    Condition,
    Expected,
    ForeignFile,
    Lookup,
    Mapping,
    MappingError,
    Reading,
    Rule,
    rules_of,
)
from ingestion.contract.schema import CURRENT_VERSION, Entity, load_contract
from ingestion.instances import INSTANCE_ID
from ingestion.reference.tables import COLUMNS

SHIPPED = Path(__file__).parent.parent / "mappings"
READINGS = ("tax_code", "codice_fiscale", "istat_code", "place", "text")
_DATE_FORM = re.compile(r"(dd|d|MM|M|yyyy|yy|HH|mm|ss|[-/. :T])+|excel")
_FROM_NAME = "from_name"


class _TextLoader(yaml.SafeLoader):
    """YAML in which numbers stay text, so that a code keeps its zeros and an amount its cents."""


_TextLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":int", ":float"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class _Reader:
    """Walks the parsed YAML with the key it stands at, so that every complaint can name it."""

    def __init__(self, name: str):
        self.name = name

    def error(self, key: str, it: str, en: str) -> MappingError:
        return MappingError(self.name, key, it, en)

    def keys(self, declared: object, key: str, allowed: tuple[str, ...]) -> dict[str, Any]:
        if declared is None:
            return {}
        if not isinstance(declared, dict):
            raise self.error(
                key, f"servono chiavi fra {', '.join(allowed)}", f"keys among {', '.join(allowed)} are needed"
            )
        for name in declared:
            if name not in allowed:
                raise self.error(
                    f"{key}.{name}".lstrip("."),
                    f"chiave sconosciuta; si conoscono {', '.join(allowed)}",
                    f"unknown key; known are {', '.join(allowed)}",
                )
        return declared

    def text(self, value: object, key: str) -> str:
        if isinstance(value, bool) or value is None or isinstance(value, dict | list):
            raise self.error(key, "serve un testo", "text is needed")
        if isinstance(value, datetime | date):
            return value.isoformat()
        return str(value)

    def texts(self, value: object, key: str) -> tuple[str, ...]:
        if isinstance(value, list):
            return tuple(self.text(item, f"{key}[{place}]") for place, item in enumerate(value))
        return () if value is None else (self.text(value, key),)

    def flag(self, value: object, key: str) -> bool:
        if not isinstance(value, bool):
            raise self.error(key, "serve true o false", "true or false is needed")
        return value

    def number(self, value: object, key: str) -> int:
        text = self.text(value, key)
        if not re.fullmatch(r"[0-9]{1,9}", text):
            raise self.error(key, "serve un numero intero", "a whole number is needed")
        return int(text)

    def pattern(self, value: object, key: str) -> str:
        text = self.text(value, key)
        try:
            # Python names the groups, DuckDB does the matching: both must understand it.
            re.compile(text)
            with connect() as connection:
                connection.execute("select regexp_matches('', ?)", [text])
        except (re.error, duckdb.Error):
            raise self.error(key, "espressione regolare sbagliata", "wrong regular expression") from None
        return text

    def many(self, value: object, key: str, read: Callable[[object, str], Any]) -> tuple[Any, ...]:
        items = value if isinstance(value, list) else [] if value is None else [value]
        return tuple(read(item, f"{key}[{place}]") for place, item in enumerate(items))

    # What the settings of a mapping are made of, from the smallest part up.

    def reading(self, declared: dict[str, Any], key: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name in _READING_KEYS & declared.keys():
            where, value = f"{key}.{name}", declared[name]
            if name in ("repair_mojibake", "line_breaks"):
                found[name] = self.flag(value, where)
            elif name == "round":
                found[name] = self._round(value, where)
            elif name == "quote":
                found[name] = None if value is None or value == "none" else self.text(value, where)
                if found[name] is not None and (len(found[name]) != 1 or not found[name].isascii()):
                    raise self.error(where, "serve un carattere, o none", "one character is needed, or none")
            elif name in ("short_rows", "long_rows"):
                allowed = (REFUSE, FILL if name == "short_rows" else CUT)
                if value not in allowed:
                    raise self.error(where, f"{' o '.join(allowed)}", f"{' or '.join(allowed)}")
                found[name] = value
            elif name == "require":
                found[name] = self.many(value, where, self.condition)
            elif name == "pivot":
                found[name] = self.number(value, where)
            elif name in ("empty", "zero"):
                found[name] = tuple(text.strip().lower() for text in self.texts(value, where))
            elif name == "dates":
                found[name] = self.texts(value, where)
                for form in found[name]:
                    self._check_date_form(form, where)
            elif name == "encoding":
                found[name] = self.texts(value, where)
                for encoding in found[name]:
                    self._check_encoding(encoding, where)
            elif name == "thousands" and value is None:
                found[name] = None
            else:
                found[name] = self.text(value, where)
                if name in ("delimiter", "decimal", "thousands") and len(found[name]) != 1:
                    raise self.error(where, "serve un solo carattere", "one character is needed")
        return found

    def _round(self, value: object, key: str) -> str | None:
        if value is True or value is False or value is None:
            return COLUMN if value else None
        text = self.text(value, key)
        if text != NOISE and not re.fullmatch("[0-6]", text):
            raise self.error(
                key,
                "serve true, noise, o un numero di decimali da 0 a 6",
                "true, noise, or a number of decimals from 0 to 6 is needed",
            )
        return text

    def _check_date_form(self, form: str, key: str) -> None:
        whole = form == "excel" or all(part in form for part in ("d", "M", "yy"))
        if not _DATE_FORM.fullmatch(form) or not whole:
            raise self.error(
                key,
                f"{form!r}: si scrive con dd, MM, yyyy o yy, e HH, mm, ss; oppure excel",
                f"{form!r}: it is written with dd, MM, yyyy or yy, and HH, mm, ss; or excel",
            )

    def _check_encoding(self, encoding: str, key: str) -> None:
        try:
            "a".encode(encoding)
        except LookupError:
            raise self.error(
                key, f"codifica sconosciuta: {encoding}", f"unknown encoding: {encoding}"
            ) from None

    def condition(self, declared: object, key: str) -> Condition:
        found = self.keys(declared, key, ("column", "equals", "matches", "empty"))
        if "column" not in found or len(found) < 2:
            raise self.error(
                key,
                "servono column e una prova: equals, matches o empty",
                "column and a test are needed: equals, matches or empty",
            )
        return Condition(
            self.text(found["column"], f"{key}.column"),
            self.texts(found["equals"], f"{key}.equals") if "equals" in found else None,
            self.pattern(found["matches"], f"{key}.matches") if "matches" in found else None,
            self.flag(found["empty"], f"{key}.empty") if "empty" in found else None,
        )

    def rule(self, declared: object, key: str) -> Rule:
        if isinstance(declared, str):
            return Rule(column=declared)
        found = self.keys(declared, key, (*_SOURCES, *_MODIFIERS, *sorted(_READING_KEYS)))
        if len(_SOURCES & found.keys()) != 1:
            raise self.error(
                key,
                f"serve una sola origine fra {', '.join(sorted(_SOURCES))}",
                f"exactly one origin is needed among {', '.join(sorted(_SOURCES))}",
            )
        for name in sorted(OF_FILES & found.keys()):
            raise self.error(
                f"{key}.{name}",
                "vale per un file intero: scriverlo in reading o nel file",
                "it is about a whole file: write it in reading or in the file",
            )
        if found.get("as", "text") not in READINGS:
            raise self.error(
                f"{key}.as", f"si conosce {', '.join(READINGS)}", f"known: {', '.join(READINGS)}"
            )

        def text(name: str) -> str | None:
            return self.text(found[name], f"{key}.{name}") if name in found else None

        def rule(name: str) -> Rule | None:
            return self.rule(found[name], f"{key}.{name}") if name in found else None

        values = None
        if "map" in found:
            if not isinstance(found["map"], dict) or not found["map"]:
                raise self.error(f"{key}.map", "serve valore: valore", "value: value is needed")
            values = {
                _plain(old): self.text(new, f"{key}.map.{old}") if new is not None else ""
                for old, new in found["map"].items()
            }
        take = self.pattern(found["take"], f"{key}.take") if "take" in found else None
        if take and re.compile(take).groups != 1:
            raise self.error(
                f"{key}.take", "serve un solo gruppo fra parentesi", "one group in parentheses is needed"
            )
        if (multiply := text("multiply")) and not re.fullmatch(r"-?[0-9]{1,4}(\.[0-9]{1,6})?", multiply):
            raise self.error(
                f"{key}.multiply", "serve un numero, come 0.01", "a number is needed, such as 0.01"
            )
        return Rule(
            column=text("column"),
            constant=text("constant"),
            template=text("template"),
            first_of=self.many(found.get("first_of"), f"{key}.first_of", self.rule),
            lookup=self.lookup(found["lookup"], f"{key}.lookup") if "lookup" in found else None,
            digest_of=self.many(found.get("digest_of"), f"{key}.digest_of", self.rule),
            take=take,
            values=values,
            other=text("other"),
            multiply=multiply,
            default=text("default"),
            read_as=found.get("as"),
            province=rule("province"),
            region=rule("region"),
            reading=self.reading(found, key),
        )

    def lookup(self, declared: object, key: str) -> Lookup:
        found = self.keys(declared, key, ("in", "where", "give"))
        where = found.get("where")
        if len(found) != 3 or not isinstance(where, dict) or not where:
            raise self.error(key, "servono in, where e give", "in, where and give are needed")
        return Lookup(
            self.text(found["in"], f"{key}.in"),
            tuple((str(column), self.rule(rule, f"{key}.where.{column}")) for column, rule in where.items()),
            self.text(found["give"], f"{key}.give"),
        )

    def file(self, name: str, declared: object, shared: Reading) -> ForeignFile:
        key = f"files.{name}"
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,40}", name):
            raise self.error(
                key, "il nome usa minuscole, cifre e _", "the name uses lower case, digits and _"
            )
        found = self.keys(declared, key, (*_FILE_KEYS, *sorted(_READING_KEYS)))
        if ("match" in found) == ("reference" in found):
            raise self.error(key, "serve match oppure reference", "match or reference is needed")
        if (reference := found.get("reference")) is not None and reference not in COLUMNS:
            raise self.error(
                f"{key}.reference", f"si conosce {', '.join(COLUMNS)}", f"known: {', '.join(COLUMNS)}"
            )
        aliases = found.get("aliases") or {}
        if not isinstance(aliases, dict):
            raise self.error(
                f"{key}.aliases", "serve colonna: [altri nomi]", "column: [other names] is needed"
            )
        unused = found.get("unused", [])
        return ForeignFile(
            name=name,
            match=self.texts(found.get("match"), f"{key}.match"),
            reference=reference,
            optional=self.flag(found.get("optional", False), f"{key}.optional"),
            reading=replace(shared, **self.reading(found, key)),
            sheet=self.text(found["sheet"], f"{key}.sheet") if "sheet" in found else None,
            skip_lines=self.number(found.get("skip_lines", "0"), f"{key}.skip_lines"),
            names=self.texts(found.get("names"), f"{key}.names"),
            aliases={
                str(column): self.texts(others, f"{key}.aliases.{column}")
                for column, others in aliases.items()
            },
            fill_down=self.texts(found.get("fill_down"), f"{key}.fill_down"),
            drop=self.many(found.get("drop"), f"{key}.drop", self.condition),
            unused=None if unused == "any" else self.texts(unused, f"{key}.unused"),
        )

    def rules(self, declared: object, key: str) -> dict[str, Rule]:
        if declared is None:
            return {}
        if not isinstance(declared, dict):
            raise self.error(key, "serve colonna: origine", "column: origin is needed")
        return {str(column): self.rule(rule, f"{key}.{column}") for column, rule in declared.items()}

    def block(self, entity: Entity, declared: object, key: str, shared: dict[str, Rule]) -> Block:
        found = self.keys(declared, key, ("from", "where", "once_per", "columns", "rows"))
        if ("from" in found) == ("rows" in found):
            raise self.error(key, "serve from oppure rows", "from or rows is needed")
        shared = {column: rule for column, rule in shared.items() if entity.has(column)}
        if "rows" in found:
            constants = {
                column: rule.constant for column, rule in shared.items() if rule.constant is not None
            }
            rows = self.many(found["rows"], f"{key}.rows", self._written_row)
            for row in rows:
                self._check_columns(entity, row, f"{key}.rows")
            return Block(rows=tuple(_DEFAULTS | constants | row for row in rows))
        columns = self.rules(found.get("columns"), f"{key}.columns")
        self._check_columns(entity, columns, f"{key}.columns")
        for column in ("record_id", *entity.person_columns):
            if column in entity.person_columns and column in columns and columns[column].digest_of:
                # Anybody who knows the identifier can compute its digest.
                raise self.error(
                    f"{key}.columns.{column}",
                    "una persona non si indica con digest_of",
                    "a person is not named by digest_of",
                )
        defaults = {column: Rule(constant=value) for column, value in _DEFAULTS.items()}
        return Block(
            file=self.text(found["from"], f"{key}.from"),
            where=self.many(found.get("where"), f"{key}.where", self.condition),
            once_per=self.many(found.get("once_per"), f"{key}.once_per", self.rule),
            columns=defaults | shared | columns,
        )

    def _written_row(self, declared: object, key: str) -> dict[str, str]:
        if not isinstance(declared, dict):
            raise self.error(key, "serve colonna: valore", "column: value is needed")
        # A YAML true or false is the contract's text for it.
        return {
            str(column): str(value).lower()
            if isinstance(value, bool)
            else self.text(value, f"{key}.{column}")
            for column, value in declared.items()
        }

    def _check_columns(self, entity: Entity, columns: dict[str, Any], key: str) -> None:
        for column in columns:
            if not entity.has(column):
                raise self.error(
                    f"{key}.{column}",
                    f"{entity.name} non ha questa colonna; ha {', '.join(entity.columns)}",
                    f"{entity.name} has no such column; it has {', '.join(entity.columns)}",
                )

    def export(self, declared: object) -> tuple[str, tuple[date, date] | str, datetime | None]:
        found = self.keys(declared, "export", ("mode", "period", "created"))
        if (mode := found.get("mode", "incremental")) not in ("full", "incremental"):
            raise self.error("export.mode", "full o incremental", "full or incremental")
        period = self.keys(found.get("period"), "export.period", ("from", "to", _FROM_NAME))
        created = found.get("created")
        if created is not None and (not isinstance(created, datetime) or created.tzinfo is None):
            raise self.error(
                "export.created",
                "serve data e ora con fuso, come 2026-11-03T02:10:00+01:00",
                "a date and time with offset is needed, such as 2026-11-03T02:10:00+01:00",
            )
        if _FROM_NAME in period:
            pattern = self.pattern(period[_FROM_NAME], f"export.period.{_FROM_NAME}")
            if not {"year", "month"} <= re.compile(pattern).groupindex.keys():
                raise self.error(
                    f"export.period.{_FROM_NAME}",
                    "servono i gruppi (?P<year>…) e (?P<month>…)",
                    "the groups (?P<year>…) and (?P<month>…) are needed",
                )
            return mode, pattern, created
        days = (period.get("from"), period.get("to"))
        if any(type(day) is not date for day in days) or days[0] > days[1]:
            raise self.error(
                "export.period",
                "servono from e to (AAAA-MM-GG), oppure from_name",
                "from and to (YYYY-MM-DD) are needed, or from_name",
            )
        return mode, days, created

    def expected(self, entity: Entity, declared: object) -> Expected:
        key = f"expect.{entity.name}"
        found = self.keys(declared, key, ("rows", "totals"))
        totals = self.keys(found.get("totals"), f"{key}.totals", tuple(f.name for f in entity.numbers))
        for column, total in totals.items():
            if not isinstance(total, str) or not re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,3})?", total):
                raise self.error(
                    f"{key}.totals.{column}",
                    "serve un numero, come 120.50",
                    "a number is needed, like 120.50",
                )
        rows = self.number(found["rows"], f"{key}.rows") if "rows" in found else None
        return Expected(rows, dict(totals))


_READING_KEYS = frozenset(Reading.__dataclass_fields__)
_SOURCES = frozenset(("column", "constant", "template", "first_of", "lookup", "digest_of"))
_MODIFIERS = ("take", "map", "other", "multiply", "default", "as", "province", "region")
_FILE_KEYS = (
    "match",
    "reference",
    "optional",
    "sheet",
    "skip_lines",
    "names",
    "aliases",
    "fill_down",
    "drop",
    "unused",
)
_TOP_KEYS = ("description", "export", "reading", "ignore", "files", "columns", "entities", "expect")
_DEFAULTS = {"op": "U", "row_version": "1"}


def _plain(value: object) -> str:
    return str(value).strip().lower()


def _mapping(name: str, content: bytes) -> Mapping:
    reader = _Reader(name)
    try:
        # _TextLoader is a SafeLoader that resolves fewer types.
        parsed = yaml.load(content.decode("utf-8"), Loader=_TextLoader)
    except (yaml.YAMLError, UnicodeDecodeError, ValueError):
        raise reader.error("", "il file non è YAML leggibile", "the file is not readable YAML") from None
    declared = reader.keys(parsed, "", _TOP_KEYS)
    mode, period, created = reader.export(declared.get("export"))
    reading = reader.keys(declared.get("reading"), "reading", tuple(sorted(_READING_KEYS)))
    shared_reading = replace(Reading(), **reader.reading(reading, "reading"))
    files = declared.get("files")
    if not isinstance(files, dict) or not files:
        raise reader.error("files", "servono i file da leggere", "the files to read are needed")
    read = {str(file): reader.file(str(file), value, shared_reading) for file, value in files.items()}
    shared = reader.rules(declared.get("columns"), "columns")
    contract = load_contract(CURRENT_VERSION)
    known = tuple(contract.entities)
    entities = {}
    for entity, blocks in reader.keys(declared.get("entities"), "entities", known).items():
        items = blocks if isinstance(blocks, list) else [blocks]
        several = len(items) > 1
        entities[entity] = tuple(
            reader.block(contract.entities[entity], item, f"entities.{entity}" + f"[{n}]" * several, shared)
            for n, item in enumerate(items)
        )
    if not entities:
        raise reader.error("entities", "serve almeno un'entità", "at least one entity is needed")
    expected = {
        entity: reader.expected(contract.entities[entity], value)
        for entity, value in reader.keys(declared.get("expect"), "expect", known).items()
    }
    mapping = Mapping(
        name=name,
        mode=mode,
        period=period,
        created=created,
        files=read,
        ignore=reader.texts(declared.get("ignore"), "ignore"),
        entities=entities,
        expected=expected,
        sha256=hashlib.sha256(content).hexdigest(),
    )
    _check_files(reader, mapping)
    return mapping


def _check_files(reader: _Reader, mapping: Mapping) -> None:
    """See that every file named by a block or a lookup is one of the mapping's."""
    for name, blocks in mapping.entities.items():
        for block in blocks:
            named = {rule.lookup.file for rule in rules_of(block) if rule.lookup}
            for file in sorted(named | ({block.file} if block.file else set())):
                if file not in mapping.files:
                    raise reader.error(
                        f"entities.{name}", f"files non ha {file}", f"there is no {file} in files"
                    )


def read_mapping(home: VetroHome, name: str) -> Mapping:
    """Return the mapping `name`: that of the home (`VETRO_HOME/mappings/`) if there is one, else the shipped.

    MappingError if there is none, or if anything in it cannot be used.
    """
    if INSTANCE_ID.match(name):
        for folder in (home.mappings, SHIPPED):
            path = folder / f"{name}.yaml"
            if path.is_file():
                return _mapping(name, path.read_bytes())
    raise MappingError(
        name,
        "",
        "questa mappatura non c'è, né in mappings/ né fra quelle fornite",
        "there is no such mapping, neither in mappings/ nor among those supplied",
    )
