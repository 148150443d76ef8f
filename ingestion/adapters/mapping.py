"""A mapping: the settings by which the files of one instance become a contract export.

What a mapping can say, as read-only records. Reading it from its file does not belong here (`mapping_files`),
nor doing what it says (`foreign_files`, `values`, `translation`).
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar

import duckdb
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, Strict, model_validator

from core.yaml_models import YamlModel, problem
from ingestion.reference.tables import COLUMNS

WORDS_OF_TRUTH = {
    **dict.fromkeys(("s", "si", "sì", "vero", "x", "1", "y", "yes", "true", "v"), "true"),
    **dict.fromkeys(("n", "no", "falso", "0", "false", "f"), "false"),
}
FILL, CUT = "fill", "cut"
NOISE, COLUMN = "noise", "column"
# Keys of `Reading` that are about a file's rows and not about one column.
OF_FILES = frozenset(("quote", "short_rows", "long_rows", "line_breaks", "require"))
PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
_DATE_FORM = re.compile(r"(dd|d|MM|M|yyyy|yy|HH|mm|ss|[-/. :T])+|excel")
_T = TypeVar("_T")


# What the settings of a mapping are made of, from the smallest part up. Numbers come as they are written.


def _as_written(value: object) -> str:
    if isinstance(value, bool | dict | list) or value is None:
        raise problem("serve un testo", "text is needed")
    return value.isoformat() if isinstance(value, date) else str(value)


def _listed(value: object) -> object:
    return value if isinstance(value, list | tuple) else [] if value is None else [value]


def _whole(value: object) -> int:
    text = str(value) if type(value) is int else _as_written(value)
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise problem("serve un numero intero", "a whole number is needed")
    return int(text)


def _pattern(text: str) -> str:
    try:
        # Python names the groups, DuckDB does the matching: both must understand it.
        re.compile(text)
        with duckdb.connect() as connection:
            connection.execute("select regexp_matches('', ?)", [text])
    except (re.error, duckdb.Error):
        raise problem("espressione regolare sbagliata", "wrong regular expression") from None
    return text


def _date_form(form: str) -> str:
    whole = form == "excel" or all(part in form for part in ("d", "M", "yy"))
    if not _DATE_FORM.fullmatch(form) or not whole:
        raise problem(
            f"{form!r}: si scrive con dd, MM, yyyy o yy, e HH, mm, ss; oppure excel",
            f"{form!r}: it is written with dd, MM, yyyy or yy, and HH, mm, ss; or excel",
        )
    return form


def _encoding(name: str) -> str:
    try:
        "a".encode(name)
    except LookupError:
        raise problem(f"codifica sconosciuta: {name}", f"unknown encoding: {name}") from None
    return name


def _character(text: str) -> str:
    if len(text) != 1:
        raise problem("serve un solo carattere", "one character is needed")
    return text


def _quote(value: object) -> str | None:
    if value is None or value == "none":
        return None
    text = _as_written(value)
    if len(text) != 1 or not text.isascii():
        raise problem("serve un carattere, o none", "one character is needed, or none")
    return text


def _round(value: object) -> str | None:
    if value is None or isinstance(value, bool):
        return COLUMN if value else None
    text = _as_written(value)
    if text != NOISE and not re.fullmatch("[0-6]", text):
        raise problem(
            "serve true, noise, o un numero di decimali da 0 a 6",
            "true, noise, or a number of decimals from 0 to 6 is needed",
        )
    return text


def _one_group(text: str) -> str:
    if re.compile(text).groups != 1:
        raise problem("serve un solo gruppo fra parentesi", "one group in parentheses is needed")
    return text


def _factor(text: str) -> str:
    if not re.fullmatch(r"-?[0-9]{1,4}(\.[0-9]{1,6})?", text):
        raise problem("serve un numero, come 0.01", "a number is needed, such as 0.01")
    return text


def _total(text: str) -> str:
    if not re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,3})?", text):
        raise problem("serve un numero, come 120.50", "a number is needed, like 120.50")
    return text


def _replacements(value: object) -> object:
    if not isinstance(value, dict) or not value:
        raise problem("serve valore: valore", "value: value is needed")
    return {str(old).strip().lower(): "" if new is None else new for old, new in value.items()}


def _reference(name: str) -> str:
    if name not in COLUMNS:
        raise problem(f"si conosce {', '.join(COLUMNS)}", f"known: {', '.join(COLUMNS)}")
    return name


Text = Annotated[str, BeforeValidator(_as_written)]
Lowered = Annotated[Text, AfterValidator(lambda text: text.strip().lower())]
Pattern = Annotated[Text, AfterValidator(_pattern)]
WholeNumber = Annotated[int, BeforeValidator(_whole)]
Character = Annotated[Text, AfterValidator(_character)]
# One alone may stand without the brackets of a list.
Many = Annotated[tuple[_T, ...], Strict(False), BeforeValidator(_listed)]
Keyed = Annotated[dict[str, _T], BeforeValidator(lambda value: {} if value is None else value)]
# A YAML true or false is the contract's text for it.
Cell = Annotated[
    Text, BeforeValidator(lambda value: str(value).lower() if isinstance(value, bool) else value)
]


class Condition(YamlModel):
    """A test of one column of a foreign row; all parts given must hold."""

    column: Text
    equals: Many[Text] | None = None
    matches: Pattern | None = None
    empty: bool | None = None

    @property
    def shown(self) -> str:
        """The test as the mapping says it, without the column."""
        tests = []
        if self.equals is not None:
            tests.append(", ".join(self.equals))
        if self.matches is not None:
            tests.append(f"/{self.matches}/")
        if self.empty is not None:
            tests.append(f"empty: {str(self.empty).lower()}")
        return "; ".join(tests)

    @model_validator(mode="after")
    def _tests(self) -> Self:
        if len(self.model_fields_set) < 2:
            raise problem(
                "servono column e una prova: equals, matches o empty",
                "column and a test are needed: equals, matches or empty",
            )
        return self


class Reading(YamlModel):
    """How text is written in a file. `dates` are forms such as dd/MM/yyyy, or `excel` for serial days.

    A two-digit year up to `pivot` is of this century. `empty` are texts (lower case) that say nothing, `zero`
    those that say 0. `round` is NOISE (what a binary float leaves goes), COLUMN (to the decimals of the
    contract's column) or a number of decimals.

    Of a whole file: `quote` (None: none), what becomes of `short_rows` and `long_rows`, whether quoted
    `line_breaks` are taken for what they are, and what `require` asks of every row.
    """

    encoding: Many[Annotated[Text, AfterValidator(_encoding)]] = ("utf-8",)
    repair_mojibake: bool = False
    delimiter: Character = ","
    decimal: Character = "."
    thousands: Character | None = None
    dates: Many[Annotated[Text, AfterValidator(_date_form)]] = ()
    pivot: WholeNumber = 50
    timezone: Text = "Europe/Rome"
    empty: Many[Lowered] = ()
    zero: Many[Lowered] = ()
    round: Annotated[str | None, BeforeValidator(_round)] = None
    quote: Annotated[str | None, BeforeValidator(_quote)] = '"'
    short_rows: Literal["refuse", "fill"] = "refuse"
    long_rows: Literal["refuse", "cut"] = "refuse"
    line_breaks: bool = False
    require: Many[Condition] = ()

    def overridden_by(self, by: "Reading") -> "Reading":
        """Return this reading, and in place of its own whatever `by` says."""
        return self.model_copy(update={name: getattr(by, name) for name in by.model_fields_set})


class _Read(YamlModel):
    """What has keys of a reading among its own."""

    reading: Reading = Reading()

    @classmethod
    def known_keys(cls) -> dict[str, bool]:
        """Return its own keys and those of a reading."""
        own = {name: needed for name, needed in super().known_keys().items() if name != "reading"}
        return own | dict.fromkeys(sorted(Reading.model_fields), False)

    @classmethod
    def arranged(cls, declared: dict[str, Any]) -> dict[str, Any]:
        """Return the keys of a reading as one."""
        reading = {name: value for name, value in declared.items() if name in Reading.model_fields}
        return {name: value for name, value in declared.items() if name not in reading} | {"reading": reading}


class Rule(_Read):
    """Where a value comes from (exactly one of the first six) and how it is read."""

    origins: ClassVar[tuple[str, ...]] = (
        "column", "constant", "digest_of", "first_of", "lookup", "template",
    )  # fmt: skip

    column: Text | None = None
    constant: Text | None = None
    template: Text | None = None
    first_of: "Many[Rule]" = ()
    lookup: "Lookup | None" = None
    digest_of: "Many[Rule]" = ()
    take: Annotated[Pattern, AfterValidator(_one_group)] | None = None
    values: Annotated[dict[str, Text], BeforeValidator(_replacements)] | None = Field(None, alias="map")
    other: Text | None = None
    multiply: Annotated[Text, AfterValidator(_factor)] | None = None
    default: Text | None = None
    read_as: Literal["tax_code", "codice_fiscale", "istat_code", "place", "text"] | None = Field(
        None, alias="as"
    )
    province: "Rule | None" = None
    region: "Rule | None" = None

    @model_validator(mode="before")
    @classmethod
    def _a_column_alone(cls, declared: Any) -> Any:
        return {"column": declared} if isinstance(declared, str) else declared

    @model_validator(mode="after")
    def _has_one_origin(self) -> Self:
        if len(self.model_fields_set & set(self.origins)) != 1:
            raise problem(
                f"serve una sola origine fra {', '.join(self.origins)}",
                f"exactly one origin is needed among {', '.join(self.origins)}",
            )
        for name in sorted(OF_FILES & self.reading.model_fields_set):
            raise problem(
                "vale per un file intero: scriverlo in reading o nel file",
                "it is about a whole file: write it in reading or in the file",
                name,
            )
        return self


class Lookup(YamlModel):
    """The one value of column `give` in file `file` on the rows where its columns equal the rules in `where`.

    Where such rows disagree there is no value.
    """

    file: Text = Field(alias="in")
    where: Annotated[dict[str, Rule], Field(min_length=1)]
    give: Text


class ForeignFile(_Read):
    """Files of a delivery that hold rows of one shape, read one after the other; or a list of `reference`.

    `skip_lines` stand above the header; `names` are given where there is no header. `fill_down` columns take
    the value above where blank; rows for which a condition in `drop` holds are no rows. `unused` columns are
    read by nobody; None (any) leaves out whatever is not named.
    """

    match: Many[Text] = ()
    reference: Annotated[Text, AfterValidator(_reference)] | None = None
    optional: bool = False
    sheet: Text | None = None
    skip_lines: WholeNumber = 0
    names: Many[Text] = ()
    aliases: Keyed[Many[Text]] = Field(default_factory=dict)
    fill_down: Many[Text] = ()
    drop: Many[Condition] = ()
    unused: Annotated[
        Many[Text] | None, BeforeValidator(lambda value: None if value == "any" else _listed(value))
    ] = ()

    @model_validator(mode="after")
    def _is_sent_or_known(self) -> Self:
        if ("match" in self.model_fields_set) == ("reference" in self.model_fields_set):
            raise problem("serve match oppure reference", "match or reference is needed")
        return self


class Block(YamlModel):
    """Rows of one entity: made from the rows of a file, or written in the mapping itself (`rows`)."""

    file: Text | None = Field(None, alias="from")
    where: Many[Condition] = ()
    once_per: Many[Rule] = ()
    columns: Keyed[Rule] = Field(default_factory=dict)
    rows: Many[dict[str, Cell]] = ()

    @model_validator(mode="after")
    def _has_rows(self) -> Self:
        if ("file" in self.model_fields_set) == ("rows" in self.model_fields_set):
            raise problem("serve from oppure rows", "from or rows is needed")
        return self


class Expected(YamlModel):
    """What the source is known to hold: rows, and totals by column as decimal text."""

    rows: WholeNumber | None = None
    totals: Keyed[Annotated[str, AfterValidator(_total)]] = Field(default_factory=dict)


class Period(YamlModel):
    """A pair of days, or a pattern that finds year and month in a delivery's name."""

    first: date | None = Field(None, alias="from")
    last: date | None = Field(None, alias="to")
    from_name: Pattern | None = None

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if self.from_name is not None:
            if not {"year", "month"} <= re.compile(self.from_name).groupindex.keys():
                raise problem(
                    "servono i gruppi (?P<year>…) e (?P<month>…)",
                    "the groups (?P<year>…) and (?P<month>…) are needed",
                    "from_name",
                )
        elif self.first is None or self.last is None or self.first > self.last:
            raise problem(*PERIOD_NEEDED)
        return self


PERIOD_NEEDED = (
    "servono from e to (AAAA-MM-GG), oppure from_name",
    "from and to (YYYY-MM-DD) are needed, or from_name",
)


class Export(YamlModel):
    """What the deliveries become: exports of a `mode` about a `period`, `created` when the delivery came."""

    mode: Literal["full", "incremental"] = "incremental"
    period: Period
    created: AwareDatetime | None = None


@dataclass(frozen=True)
class Mapping:
    """The whole mapping, as `mapping_files` reads it. The columns that all entities share, how all files are
    read, and what every row has, stand where they are used.
    """

    name: str
    mode: str
    period: tuple[date, date] | str
    created: datetime | None
    files: dict[str, ForeignFile]
    ignore: tuple[str, ...]
    entities: dict[str, tuple[Block, ...]]
    expected: dict[str, Expected]
    sha256: str


def rules_of(block: Block) -> list[Rule]:
    """Return every rule of a block, those inside others included."""
    found, waiting = [], [*block.columns.values(), *block.once_per]
    while waiting:
        rule = waiting.pop()
        found.append(rule)
        waiting += [*rule.first_of, *rule.digest_of, *(r for r in (rule.province, rule.region) if r)]
        waiting += rule.lookup.where.values() if rule.lookup else []
    return found


def columns_read(mapping: Mapping, file: str) -> set[str]:
    """Return the columns that the mapping reads from `file`, as it writes them."""
    read = mapping.files[file]
    found = set(read.fill_down) | {test.column for test in (*read.drop, *read.reading.require)}
    for block in (block for blocks in mapping.entities.values() for block in blocks):
        rules = rules_of(block)
        for lookup in (rule.lookup for rule in rules if rule.lookup and rule.lookup.file == file):
            found |= {lookup.give, *lookup.where}
        if block.file == file:
            found |= {condition.column for condition in block.where}
            found |= {rule.column for rule in rules if rule.column}
            found |= {name for rule in rules if rule.template for name in PLACEHOLDER.findall(rule.template)}
    return found - {"_file", "_line"}
