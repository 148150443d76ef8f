"""The rules of a mapping compiled to SQL: from the text of a foreign row to the text of the contract.

Arrives: a block of an entity and the tables of the foreign files. Leaves: one SELECT of the entity's columns
with `_file` and `_line`. Whether a value is right does not belong here: ingestion judges. What a reading
cannot make out becomes `?`, which is no number and no date, or stays as it stands where it is text.

A SELECT grows step by step: a value that is needed more than once becomes a column of its own.
"""

import re
from datetime import date

from core.sql import identifier, literal
from ingestion.adapters.foreign_files import ForeignTable, condition_sql
from ingestion.adapters.mapping import (
    COLUMN,
    NOISE,
    PLACEHOLDER,
    WORDS_OF_TRUTH,
    Block,
    Lookup,
    Mapping,
    Reading,
    Rule,
)
from ingestion.contract.schema import Entity, Field
from ingestion.privacy.identifiers import eleven_digits_wrong
from ingestion.reference.tables import reference_relation
from ingestion.validation.row_rules import DATETIME_TEXT

UNREADABLE = "'?'"
_ISO = r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?)?"
_TOKENS = {
    "yyyy": "([0-9]{4})",
    "yy": "([0-9]{2})",
    "MM": "([0-9]{1,2})",
    "M": "([0-9]{1,2})",
    "dd": "([0-9]{1,2})",
    "d": "([0-9]{1,2})",
    "HH": "([0-9]{1,2})",
    "mm": "([0-9]{2})",
    "ss": "([0-9]{2})",
}


def place_key(text: str) -> str:
    """Return SQL for a place name without case, accents, apostrophes and signs."""
    bare = rf"regexp_replace(strip_accents(lower({text})), '^comune\s+d(i\s+|'')', '')"
    return f"regexp_replace({bare}, '[^a-z0-9]', '', 'g')"


def place_tables() -> list[str]:
    """Return the statements that make `place` (names of comuni) and `code_form` (ways to write a code)."""

    def keys(*columns: str) -> str:
        parts = [f"string_split(coalesce({column}, ''), '/')" for column in columns]
        return f"list_transform(flatten([{', '.join(parts)}]), lambda part: {place_key('part')})"

    comune = reference_relation("comune")
    return [
        f"create table place as select unnest(list_distinct(list_append({keys('comune_name')}, "
        f"{place_key('comune_name')}))) as key, istat_comune, valid_from, valid_to, "
        f"{keys('province_name', 'province_code', 'uts_code')} as provinces, "
        f"{keys('region_name', 'region_code')} as regions from {comune}",
        # The code as it should be goes before every other reading of the same digits.
        f"create table code_form as with form as ("
        f"select istat_comune as written, istat_comune, 0 as rank from {comune} union all "
        f"select ltrim(istat_comune, '0'), istat_comune, 1 from {comune} union all "
        f"select ltrim(region_code, '0') || istat_comune, istat_comune, 1 from {comune} union all "
        f"select region_code || istat_comune, istat_comune, 1 from {comune} union all "
        f"select uts_code || right(istat_comune, 3), istat_comune, 1 from {comune}) "
        f"select written, min(istat_comune) as istat_comune from form "
        f"where (written, rank) in (select (written, min(rank)) from form group by written) "
        f"group by written having count(distinct istat_comune) = 1",
    ]


class BlockValues:
    """Compiles one block, made from `file`. `day` is the day on which names of comuni are looked up."""

    def __init__(
        self,
        mapping: Mapping,
        block: Block,
        file: str,
        entity: Entity,
        tables: dict[str, ForeignTable],
        day: date,
    ):
        self.mapping, self.block, self.entity, self.tables, self.day = mapping, block, entity, tables, day
        self.table = tables[file]
        self.reading = mapping.files[file].reading
        where = " and ".join(condition_sql(condition, self.table) for condition in block.where) or "true"
        self.relation = f"(select * from {self.table.table} where {where})"
        self.names = 0
        # Numbers before and after `round`, as columns of the relation.
        self.rounded: list[tuple[str, str]] = []

    def select(self) -> str:
        """Return the SELECT of the entity's columns, `_file` and `_line`, in the order of the files."""
        found = {
            name: self._value(rule, self.entity.field(name)) for name, rule in self.block.columns.items()
        }
        columns = ", ".join(
            f"({found.get(name, 'null')})::varchar as {identifier(name)}" for name in self.entity.columns
        )
        once = ""
        if self.block.once_per:
            keys = ", ".join(self._value(rule, None) for rule in self.block.once_per)
            once = f" qualify row_number() over (partition by {keys} order by _file, _line) = 1"
        return f"select {columns}, _file, _line from {self.relation}{once}"

    def _named(self, sql: str) -> str:
        """Make the value a column of the relation and return its name."""
        self.names += 1
        name = f"v{self.names}"
        self.relation = f"(select *, {sql} as {name} from {self.relation})"
        return name

    def _value(self, rule: Rule, field: Field | None) -> str:
        reading = self.reading.overridden_by(rule.reading)
        text = self._text(rule, field, reading)
        if rule.constant is None and not rule.first_of:
            text = self._read(rule, field, reading, text)
        if rule.default is not None:
            text = f"coalesce({text}, {literal(rule.default)})"
        return text

    def _text(self, rule: Rule, field: Field | None, reading: Reading) -> str:
        if rule.constant is not None:
            return literal(rule.constant)
        if rule.column is not None:
            text = self._column(rule.column)
        elif rule.template is not None:
            text = self._template(rule.template)
        elif rule.first_of:
            text = f"coalesce({', '.join(self._value(part, field) for part in rule.first_of)})"
        elif rule.digest_of:
            parts = ", ".join(f"coalesce({self._value(part, None)}, '')" for part in rule.digest_of)
            text = f"left(sha256(concat_ws(chr(31), {parts})), 24)"
        elif rule.lookup is not None:
            text = self._looked_up(rule.lookup)
        else:
            raise ValueError("a rule of a mapping without a source: the model lets none pass")
        if rule.take is not None:
            text = f"nullif(trim(regexp_extract({text}, {literal(rule.take)}, 1)), '')"
        zero = reading.zero if field is not None and field.type in ("number", "integer") else ()
        for texts, instead in ((reading.empty, "null"), (zero, "'0'")):
            if texts:
                listed = ", ".join(map(literal, texts))
                text = self._named(text)
                text = f"case when lower({text}) in ({listed}) then {instead} else {text} end"
        if rule.values is not None:
            text = self._named(text)
            cases = " ".join(f"when {literal(old)} then {literal(new)}" for old, new in rule.values.items())
            other = (
                text if rule.other is None else f"case when {text} is not null then {literal(rule.other)} end"
            )
            text = f"nullif(case lower({text}) {cases} else {other} end, '')"
        return text

    def _column(self, name: str) -> str:
        column = self.table.column(name)
        assert column is not None  # the files were read with all columns the mapping names
        return f"{column}::varchar"

    def _template(self, template: str) -> str:
        parts, at = [], 0
        for placeholder in PLACEHOLDER.finditer(template):
            parts += [literal(template[at : placeholder.start()]), self._column(placeholder[1])]
            at = placeholder.end()
        return " || ".join([*parts, literal(template[at:])])

    def _looked_up(self, lookup: Lookup) -> str:
        other = self.tables[lookup.file]
        keys = [self._named(self._value(inner, None)) for inner in lookup.where.values()]
        given = ", ".join(f"{other.column(column)} as k{place}" for place, column in enumerate(lookup.where))
        grouped = ", ".join(f"k{place}" for place in range(len(keys)))
        joined = " and ".join(f"found.k{place} = base.{key}" for place, key in enumerate(keys))
        self.names += 1
        name = f"v{self.names}"
        self.relation = (
            f"(select base.*, found.given as {name} from {self.relation} base left join ("
            f"select {grouped}, case when count(distinct given) = 1 then min(given) end as given "
            f"from (select {given}, {other.column(lookup.give)} as given from {other.table}) "
            f"group by {grouped}) found on {joined})"
        )
        return name

    def _read(self, rule: Rule, field: Field | None, reading: Reading, text: str) -> str:
        kind = rule.read_as or (field.type if field is not None else "text")
        match kind:
            case "number" | "integer":
                return self._number(rule, reading, text, field)
            case "date":
                wall, text = self._wall(reading, text)
                return f"case when {text} is not null then coalesce({wall}::date::varchar, {UNREADABLE}) end"
            case "datetime":
                return self._instant(reading, text)
            case "boolean":
                text = self._named(text)
                words = " ".join(
                    f"when {literal(word)} then '{truth}'" for word, truth in WORDS_OF_TRUTH.items()
                )
                return (
                    f"case when {text} is not null then case lower({text}) {words} else {UNREADABLE} end end"
                )
            case "tax_code":
                return self._tax_code(text)
            case "codice_fiscale":
                return f"upper(replace({text}, ' ', ''))"
            case "istat_code":
                text = self._named(text)
                form = self._named(f"(select istat_comune from code_form where written = {text})")
                return f"coalesce({form}, {text})"
            case "place":
                return self._place(rule, text)
        return text

    def rounded_counts(self) -> str | None:
        """Return SQL for file and number of values that `round` changed; None where nothing is rounded."""
        if not self.rounded:
            return None
        changed = " + ".join(
            f"({after} <> try_cast({before} as decimal(38, 18)))::int" for before, after in self.rounded
        )
        return f"select _file, sum(coalesce({changed}, 0)) from {self.relation} group by _file"

    def _round(self, plain: str, form: str, decimals: int) -> str:
        """Return SQL for a number in the contract's form rounded half away from zero; where `form` is NOISE
        only if what goes is less than a thousandth of the last decimal that stays.
        """
        before = self._named(plain)
        exact = f"try_cast({before} as decimal(38, 18))"
        after = f"round({exact}, {decimals})"
        if form == NOISE:
            after = f"case when abs({exact} - {after}) < 1e-3 * power(10, -{decimals}) then {after} end"
        after = self._named(after)
        self.rounded.append((before, after))
        return rf"coalesce(regexp_replace({after}::varchar, '\.?0+$', ''), {before})"

    def _number(self, rule: Rule, reading: Reading, text: str, field: Field | None) -> str:
        """Return SQL for a number in the contract's form: signs before, a point, no zero too many."""
        decimal, thousands = re.escape(reading.decimal), reading.thousands
        text = self._named(text)
        bare = rf"regexp_replace(replace({text}, '−', '-'), '(?i)€|\beuro?\b|\s', '', 'g')"
        bare = self._named(rf"regexp_replace({bare}, '^\((.+)\)$|^([^-]+)-$', '-\1\2')")
        whole = rf"[0-9]{{1,3}}({re.escape(thousands)}[0-9]{{3}})+|[0-9]+" if thousands else "[0-9]+"
        plain = f"replace({bare}, {literal(thousands)}, '')" if thousands else bare
        plain = rf"regexp_replace(replace({plain}, {literal(reading.decimal)}, '.'), '(\.[0-9]*?)0*$', '\1')"
        plain = rf"regexp_replace({plain}, '^\+|\.$', '', 'g')"
        if rule.multiply is not None:
            product = f"try_cast({plain} as decimal(20,6)) * {rule.multiply}::decimal(12,6)"
            plain = rf"regexp_replace(({product})::varchar, '\.?0+$', '')"
        if reading.round is not None:
            decimals = field.decimals or 0 if field is not None else 2
            if reading.round not in (NOISE, COLUMN):
                decimals = int(reading.round)
            plain = self._round(plain, reading.round, decimals)
        form = literal(f"[-+]?({whole})({decimal}[0-9]+)?")
        return (
            f"case when {text} is null then null when regexp_full_match({bare}, {form}) "
            f"then coalesce({plain}, {UNREADABLE}) else {UNREADABLE} end"
        )

    def _wall(self, reading: Reading, text: str) -> tuple[str, str]:
        """Return names of what the clock on the wall showed, a TIMESTAMP or null, and of the text."""
        text = self._named(text)
        walls = [_wall_of(text, _ISO, ("yyyy", "MM", "dd", "HH", "mm", "ss"), reading.pivot)]
        for form in reading.dates:
            if form == "excel":
                digits = rf"regexp_extract({text}, '^([0-9]{{2}}\.?[0-9]{{3}})$', 1)"
                days = f"try_cast(replace({digits}, '.', '') as integer)"
                walls.append(f"(date '1899-12-30' + {days})::timestamp")
                continue
            shape, tokens = _shape(form)
            day, month = (
                f"try_cast(regexp_extract({text}, {literal(f'^{shape}$')}, {_place_of(tokens, part)}) as int)"
                for part in ("d", "M")
            )
            # A column in which the month's place goes beyond 12 and the day's never does is written the other
            # way round: then none of its days can be trusted.
            flipped = self._named(
                f"coalesce(bool_or({month} > 12) over (), false) "
                f"and not coalesce(bool_or({day} > 12) over (), false)"
            )
            walls.append(f"case when not {flipped} then {_wall_of(text, shape, tokens, reading.pivot)} end")
        return self._named(f"coalesce({', '.join(walls)})"), text

    def _instant(self, reading: Reading, text: str) -> str:
        """Return SQL for a moment with its offset. A local time that came twice is the first, one that never
        was is an hour later: as on the clock of somebody who did not change it.
        """
        wall, text = self._wall(reading, text)
        zone = literal(reading.timezone)

        def offset(of: str) -> str:
            return f"({of} - ((({of}) at time zone {zone}) at time zone 'UTC'))"

        before = self._named(f"{wall} - {offset(f'({wall} - interval 1 day)')}")
        after = self._named(f"{wall} - {offset(f'({wall} + interval 1 day)')}")

        def shows(instant: str) -> str:
            return f"(({instant} at time zone 'UTC') at time zone {zone}) = {wall}"

        instant = self._named(
            f"case when {shows(before)} then {before} when {shows(after)} then {after} else {before} end"
        )
        return (
            f"case when regexp_full_match({text}, {literal(DATETIME_TEXT)}) then {text} "
            f"when {text} is not null "
            f"then coalesce(strftime({instant}, '%Y-%m-%dT%H:%M:%SZ'), {UNREADABLE}) end"
        )

    def _tax_code(self, text: str) -> str:
        bare = self._named(
            rf"regexp_replace(upper(regexp_replace({text}, '[ .]', '', 'g')), '^IT([0-9]+)$', '\1')"
        )
        padded = self._named(f"lpad({bare}, 11, '0')")
        # Zeros are put back only where the check digit says that they were there.
        return (
            f"case when regexp_full_match({bare}, '[0-9]{{7,10}}') "
            f"then case when {eleven_digits_wrong(padded)} then {bare} else {padded} end else {bare} end"
        )

    def _place(self, rule: Rule, text: str) -> str:
        text = self._named(text)
        tests = [f"place.key = {place_key(f'base.{text}')}", f"{self._day} between valid_from and valid_to"]
        for rule_of, column in ((rule.province, "provinces"), (rule.region, "regions")):
            if rule_of is not None:
                name = self._named(self._value(rule_of, None))
                tests.append(
                    f"(base.{name} is null or list_contains(place.{column}, {place_key(f'base.{name}')}))"
                )
        self.names += 1
        found = f"v{self.names}"
        self.relation = (
            f"(select base.*, (select case when count(distinct istat_comune) = 1 then min(istat_comune) end "
            f"from place where {' and '.join(tests)}) as {found} from {self.relation} base)"
        )
        return f"coalesce({found}, {text})"

    @property
    def _day(self) -> str:
        return f"date '{self.day.isoformat()}'"


def _shape(form: str) -> tuple[str, tuple[str, ...]]:
    """Return the regular expression of a date form and its parts in order."""
    parts = re.findall(r"yyyy|yy|MM|M|dd|d|HH|mm|ss|.", form)
    return "".join(_TOKENS.get(part, re.escape(part)) for part in parts), tuple(
        part for part in parts if part in _TOKENS
    )


def _place_of(tokens: tuple[str, ...], part: str) -> int:
    return next(place for place, token in enumerate(tokens, start=1) if token[0] == part)


def _wall_of(text: str, shape: str, tokens: tuple[str, ...], pivot: int) -> str:
    """Return SQL for the TIMESTAMP in a text of this shape, null where there is none."""

    def group(*names: str) -> str | None:
        for place, token in enumerate(tokens, start=1):
            if token in names:
                return f"regexp_extract({text}, {literal(f'^{shape}$')}, {place})"
        return None

    year = group("yyyy")
    if year is None:
        short = group("yy")
        year = f"case when try_cast({short} as int) <= {pivot} then '20' else '19' end || {short}"
    clock = [f"lpad(coalesce({group(part) or 'null'}, ''), 2, '0')" for part in ("HH", "mm", "ss")]
    day = f"{year} || '-' || lpad({group('MM', 'M')}, 2, '0') || '-' || lpad({group('dd', 'd')}, 2, '0')"
    return f"try_cast({day} || ' ' || {clock[0]} || ':' || {clock[1]} || ':' || {clock[2]} as timestamp)"
