"""A mapping: the settings by which the files of one instance become a contract export.

What a mapping can say, as read-only records. Reading it from its file does not belong here (`mapping_files`),
nor doing what it says (`foreign_files`, `values`, `translation`).
"""

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

WORDS_OF_TRUTH = {
    **dict.fromkeys(("s", "si", "sì", "vero", "x", "1", "y", "yes", "true", "v"), "true"),
    **dict.fromkeys(("n", "no", "falso", "0", "false", "f"), "false"),
}
REFUSE, FILL, CUT = "refuse", "fill", "cut"
NOISE, COLUMN = "noise", "column"
# Keys of `Reading` that are about a file's rows and not about one column.
OF_FILES = frozenset(("quote", "short_rows", "long_rows", "line_breaks", "require"))
PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


class MappingError(ValueError):
    """The mapping cannot be used; the message names the file and the key, in Italian and English."""

    exit_code = 2

    def __init__(self, name: str, key: str, it: str, en: str):
        super().__init__(f"{name}.yaml, {key}: {it} / {en}" if key else f"{name}.yaml: {it} / {en}")


@dataclass(frozen=True)
class Reading:
    """How text is written in a file. `dates` are forms such as dd/MM/yyyy, or `excel` for serial days.

    A two-digit year up to `pivot` is of this century. `empty` are texts (lower case) that say nothing, `zero`
    those that say 0. `round` is NOISE (what a binary float leaves goes), COLUMN (to the decimals of the
    contract's column) or a number of decimals.

    Of a whole file: `quote` (None: none), what becomes of `short_rows` and `long_rows`, whether quoted
    `line_breaks` are taken for what they are, and what `require` asks of every row.
    """

    encoding: tuple[str, ...] = ("utf-8",)
    repair_mojibake: bool = False
    delimiter: str = ","
    decimal: str = "."
    thousands: str | None = None
    dates: tuple[str, ...] = ()
    pivot: int = 50
    timezone: str = "Europe/Rome"
    empty: tuple[str, ...] = ()
    zero: tuple[str, ...] = ()
    round: str | None = None
    quote: str | None = '"'
    short_rows: str = REFUSE
    long_rows: str = REFUSE
    line_breaks: bool = False
    require: "tuple[Condition, ...]" = ()


@dataclass(frozen=True)
class Condition:
    """A test of one column of a foreign row; all parts given must hold."""

    column: str
    equals: tuple[str, ...] | None = None
    matches: str | None = None
    empty: bool | None = None

    @property
    def told(self) -> str:
        """The test as the mapping says it, without the column."""
        tests = []
        if self.equals is not None:
            tests.append(", ".join(self.equals))
        if self.matches is not None:
            tests.append(f"/{self.matches}/")
        if self.empty is not None:
            tests.append(f"empty: {str(self.empty).lower()}")
        return "; ".join(tests)


@dataclass(frozen=True)
class Rule:
    """Where a value comes from (exactly one of the first six) and how it is read."""

    column: str | None = None
    constant: str | None = None
    template: str | None = None
    first_of: "tuple[Rule, ...]" = ()
    lookup: "Lookup | None" = None
    digest_of: "tuple[Rule, ...]" = ()
    take: str | None = None
    values: dict[str, str] | None = None
    other: str | None = None
    multiply: str | None = None
    default: str | None = None
    read_as: str | None = None
    province: "Rule | None" = None
    region: "Rule | None" = None
    reading: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Lookup:
    """The one value of column `give` in file `file` on the rows where its columns equal the rules in `where`.

    Where such rows disagree there is no value.
    """

    file: str
    where: tuple[tuple[str, Rule], ...]
    give: str


@dataclass(frozen=True)
class ForeignFile:
    """Files of a delivery that hold rows of one shape, read one after the other; or a list of `reference`.

    `skip_lines` stand above the header; `names` are given where there is no header. `fill_down` columns take
    the value above where blank; rows for which a condition in `drop` holds are no rows. `unused` columns are
    read by nobody; None leaves out whatever is not named.
    """

    name: str
    match: tuple[str, ...] = ()
    reference: str | None = None
    optional: bool = False
    reading: Reading = Reading()
    sheet: str | None = None
    skip_lines: int = 0
    names: tuple[str, ...] = ()
    aliases: dict[str, tuple[str, ...]] = field(default_factory=dict)
    fill_down: tuple[str, ...] = ()
    drop: tuple[Condition, ...] = ()
    unused: tuple[str, ...] | None = ()


@dataclass(frozen=True)
class Block:
    """Rows of one entity: made from the rows of a file, or written in the mapping itself (`rows`)."""

    file: str | None = None
    where: tuple[Condition, ...] = ()
    once_per: tuple[Rule, ...] = ()
    columns: dict[str, Rule] = field(default_factory=dict)
    rows: tuple[dict[str, str], ...] = ()


@dataclass(frozen=True)
class Expected:
    """What the source is known to hold: rows, and totals by column as decimal text."""

    rows: int | None
    totals: dict[str, str]


@dataclass(frozen=True)
class Mapping:
    """The whole mapping. `period` is a pair of days, or a pattern that finds year and month in a delivery's
    name.
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
        waiting += [inner for _, inner in rule.lookup.where] if rule.lookup else []
    return found


def columns_read(mapping: Mapping, file: str) -> set[str]:
    """Return the columns that the mapping reads from `file`, as it writes them."""
    read = mapping.files[file]
    found = set(read.fill_down) | {test.column for test in (*read.drop, *read.reading.require)}
    for block in (block for blocks in mapping.entities.values() for block in blocks):
        rules = rules_of(block)
        for lookup in (rule.lookup for rule in rules if rule.lookup and rule.lookup.file == file):
            found |= {lookup.give, *(column for column, _ in lookup.where)}
        if block.file == file:
            found |= {condition.column for condition in block.where}
            found |= {rule.column for rule in rules if rule.column}
            found |= {name for rule in rules if rule.template for name in PLACEHOLDER.findall(rule.template)}
    return found - {"_file", "_line"}
