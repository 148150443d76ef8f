"""Which rows count for which figure, as the dbt project declares it.

The registry, the declaration of a cube (`config.meta.cube` in its .yml; macros/counted.sql says what each
key means) and the aggregates in its SQL arrive; SQL leaves that selects the rows behind a figure, from
the same contributions that the cube aggregates. What a figure comes to, and what of it may be shown, does
not belong here.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from core.errors import Kind, VetroError
from core.yaml_models import read_yaml
from publication.calendar import Period
from publication.indicator_entry import Domains

DBT_PROJECT = Path(__file__).resolve().parents[1] / "dbt_project"
MODELS = DBT_PROJECT / "models"
REGISTRY = DBT_PROJECT / "indicators.yaml"
CALL = re.compile(
    r"\{%-?\s*call\s+(?P<kind>running_cube|cube)\(\s*'(?P<model>\w+)'(?:,\s*'(?P<part>\w+)')?"
    r"(?P<arguments>[^%]*)%\}(?P<body>.*?)\{%-?\s*endcall",
    re.DOTALL,
)
ITEM = re.compile(r"(?m)^\s*(?P<expression>\S.*?) as (?P<name>\w+),?[ ]*$")
# What a call says beside its body: how many persons, and aggregates that no parts give.
BESIDE = re.compile(r"(?P<name>persons|not_additive)=(?P<value>\{.*?\})", re.DOTALL)
AGGREGATE = re.compile(r"(?P<function>sum|count)\((?P<inside>.*)\)", re.DOTALL)
# The word of the cubes for who contributes a row, and the column that says it.
PERSON = "person_key"
WORD = re.compile(r"'[^']*'|[a-z_]\w*", re.IGNORECASE)
# Words of a condition over a cell that name no column of it.
OPERATORS = {"and", "or", "not", "is", "null", "in", "case", "when", "then", "else", "end", "true", "false"}
# Every area of need, every item.
ALL = "ALL"


@dataclass(frozen=True)
class Contributions:
    """The rows of one kind that a cube aggregates: one per contribution.

    `relation` is the table with its schema; `entity`, `instance`, `record` (SQL) name the record that a row
    is about, `sensitivity` (SQL) that of the service, if any. `rows` says which rows, `day` when they count,
    `area`, `scopes` and `keys` where. `adds` is what one row adds to each column of the cube (SQL over the
    row and its `person`); the columns that it `gives` are worked out elsewhere, from all such rows.
    `running`: a cell holds all rows up to the end of its period.
    """

    relation: str
    entity: str
    instance: str
    record: str
    sensitivity: str | None
    rows: str
    day: str
    area: str | None
    scopes: dict[str, str]
    keys: dict[str, str]
    running: bool
    adds: dict[str, str]
    gives: frozenset[str]

    def over_a_row(self, expression: str, person: str = PERSON) -> str | None:
        """Return an expression over a cell as one over a single row, None where the row has not all that it
        names. `person` (SQL) is who contributes the row."""
        columns = self.keys | self.adds
        if not set(_names(expression)) <= columns.keys():
            return None
        of_row = WORD.sub(lambda word: f"({columns[word[0]]})" if word[0] in columns else word[0], expression)
        return re.sub(r"\bperson\b", person, of_row)


@dataclass(frozen=True)
class CountedFigure:
    """What an indicator's figures of one type of scope are counted from.

    `numerator` and `filter` are SQL over a cell, `item` too where the indicator has items. `without_rows`
    says why no rows are named, where none are.
    """

    indicator: str
    contributions: tuple[Contributions, ...]
    numerator: str | None
    filter: str
    item: str | None
    without_rows: str | None

    def conditions(self, of: Contributions, person: str = PERSON) -> str | None:
        """Which rows of the contributions feed the figure, as SQL over a row; None for none of them.

        A row feeds it where a cell of that row alone would have the figure.
        """
        is_given = of.gives and of.gives >= {*_names(self.filter)}
        feeds = "true" if is_given else of.over_a_row(self.filter, person)
        if feeds is None:
            return None
        return " and ".join(f"({each})" for each in (of.rows, feeds) if each != "true") or "true"

    def numerator_of(self, of: Contributions, person: str = PERSON) -> str | None:
        """Return what one row adds to the numerator, as SQL over the row; None where none does alone."""
        return None if self.numerator is None else of.over_a_row(self.numerator, person)


@dataclass(frozen=True)
class Place:
    """Where a figure stands: a scope, a period, an area of need (ALL: every one), and by further key of its
    cube the members of which it holds the rows."""

    scope_type: str
    scope_id: str
    period: Period
    area: str = ALL
    members: dict[str, tuple[str, ...]] = field(default_factory=dict)


def rows_at(of: Contributions, conditions: str, place: Place) -> tuple[str, dict[str, object]] | None:
    """Return the contributions at a place as SQL from `from` on with its parameters; None where
    they have no such place."""
    if place.scope_type not in of.scopes or not place.members.keys() <= of.keys.keys():
        return None
    wanted = [
        *([conditions] if conditions != "true" else []),
        f"{of.scopes[place.scope_type]} = $scope",
        f"{of.day} <= $last_day" if of.running else f"{of.day} between $first_day and $last_day",
    ]
    parameters: dict[str, object] = {"scope": place.scope_id, "last_day": place.period.end}
    if not of.running:
        parameters["first_day"] = place.period.start
    if place.area != ALL:
        wanted.append(f"{of.area} = $area")
        parameters["area"] = place.area
    for key, members in place.members.items():
        names = [f"{key}_{n}" for n in range(len(members))]
        wanted.append(f"{of.keys[key]} in ({', '.join(f'${name}' for name in names)})")
        parameters |= dict(zip(names, members, strict=True))
    return f"from {of.relation} where {' and '.join(wanted)}", parameters


@cache
def read_registry(registry: Path = REGISTRY) -> dict[str, dict[str, Any]]:
    """Return {indicator_id: entry with its domain}, each as it is written, in the registry's order.

    FileUnusable for a key that is missing, unknown or of the wrong kind, and for an id that stands twice.
    """
    domains = read_yaml(registry.read_bytes(), registry.name, Domains, kind=Kind.COULD_NOT_RUN)
    return {entry["id"]: entry | {"domain": domain} for domain, listed in domains.items() for entry in listed}


@cache
def read_declarations(models: Path = MODELS) -> dict[str, dict[str, Any]]:
    """Return {model: what it declares to count}, in the order of their names."""
    entries = (entry for path in models.rglob("*.yml") for entry in (_yaml(path) or {}).get("models", []))
    found = {entry["name"]: _meta(entry)["cube"] for entry in entries if "cube" in _meta(entry)}
    return dict(sorted(found.items()))


@cache
def figures_counted(indicator: str, scope_type: str) -> CountedFigure:
    """Return what the figures of an indicator about everybody are counted from, in one type of scope. Raises
    VetroError where the registry has no such figures."""
    entry = read_registry().get(indicator, {"figures": [], "scopes": []})
    for figure in entry["figures"]:
        if scope_type in figure.get("scopes", entry["scopes"]):
            model = f"cube_{figure['cube']}"
            return CountedFigure(
                indicator,
                counted(model, figure.get("part")),
                figure.get("numerator"),
                figure.get("filter", "true"),
                figure.get("item"),
                _declared(model).get("without_rows"),
            )
    raise VetroError(f"the registry has no figures of {indicator} by {scope_type}")


@cache
def counted(model: str, part: str | None = None) -> tuple[Contributions, ...]:
    """Return the contributions that a model aggregates, of one part of it or of all; none where its own SQL
    puts its rows together."""
    declared = _declared(model)
    parts = declared.get("parts", {})
    wanted = {part: parts[part]} if part in parts else parts or {None: {}}
    return tuple(
        _contributions(model, name, declared | own)
        for name, own in wanted.items()
        if "contributions" in declared | own
    )


def _contributions(model: str, part: str | None, declared: dict[str, Any]) -> Contributions:
    name = declared["contributions"]
    about = _meta(_properties(name)).get("contribution", {})
    is_fact = name.startswith("fct_")
    measures = _measures(model)
    adds = measures.get(part) or measures.get(None, {})
    return Contributions(
        relation=f"{'marts' if is_fact else 'intermediate'}.{name}",
        entity=_text(about.get("entity", name.removeprefix("fct_"))),
        instance=about.get("instance", "instance_id"),
        record=about.get("record", "record_id"),
        sensitivity=about.get("sensitivity"),
        rows=declared.get("rows", "true"),
        day=declared["day"],
        area=declared.get("area"),
        scopes=_scopes(declared["scopes"]),
        keys=declared.get("keys", {}),
        running=declared.get("running", False),
        adds={} if "gives" in declared else _renamed(adds, declared),
        gives=frozenset(declared.get("gives", ())),
    )


def _renamed(adds: dict[str, str], declared: dict[str, Any]) -> dict[str, str]:
    columns = declared.get("columns", {})
    return {
        name: WORD.sub(lambda word: columns.get(word[0], word[0]), expression)
        for name, expression in adds.items()
    }


def _text(entity: str) -> str:
    """The entity as SQL: contributions of several entities have a column of that name."""
    return "entity" if entity == "entity" else f"'{entity}'"


def _scopes(declared: list[str] | dict[str, str]) -> dict[str, str]:
    columns = _yaml(DBT_PROJECT / "dbt_project.yml")["vars"]["scope_columns"]
    return declared if isinstance(declared, dict) else {scope: columns[scope] for scope in declared}


def _declared(model: str) -> dict[str, Any]:
    return _meta(_properties(model)).get("cube", {})


def _meta(entry: dict[str, Any]) -> dict[str, Any]:
    return entry.get("config", {}).get("meta", {})


@cache
def _properties(model: str) -> dict[str, Any]:
    """The model's entry in the .yml beside it."""
    (path,) = MODELS.rglob(f"{model}.yml")
    return next(entry for entry in _yaml(path)["models"] if entry["name"] == model)


@cache
def _measures(model: str) -> dict[str | None, dict[str, str]]:
    """What one row adds to each column that the model aggregates: {part or None: {column: SQL}}."""
    (path,) = MODELS.rglob(f"{model}.sql")
    found: dict[str | None, dict[str, str]] = {}
    for call in CALL.finditer(path.read_text(encoding="utf-8")):
        aggregates = {item["name"]: item["expression"] for item in ITEM.finditer(call["body"])}
        beside = {each["name"]: _read(each["value"]) for each in BESIDE.finditer(call["arguments"])}
        aggregates |= beside.get("not_additive", {})
        adds = {name: _of_a_row(expression, call["kind"]) for name, expression in aggregates.items()}
        adds |= {
            name: f"case when ({condition}) and person is not null then 1 else 0 end"
            for name, condition in beside.get("persons", {}).items()
        }
        found[call["part"]] = {name: expression for name, expression in adds.items() if expression}
    return found


def _read(mapping: str) -> dict[str, str]:
    """A mapping in the head of a call; none where only dbt can read it."""
    try:
        return ast.literal_eval(mapping)
    except (SyntaxError, ValueError):
        return {}


def _of_a_row(expression: str, kind: str) -> str | None:
    """What an aggregate comes to over a single row; None for what no row adds by itself, and for what only
    dbt can read."""
    if "{{" in expression:
        return None
    if kind == "running_cube":
        return expression
    match = AGGREGATE.fullmatch(expression)
    if match is None or not _balanced(match["inside"]):
        return None
    inside = match["inside"]
    if match["function"] == "sum":
        return inside
    if inside == "*":
        return "1"
    return f"case when ({inside.removeprefix('distinct ')}) is not null then 1 else 0 end"


def _balanced(text: str) -> bool:
    depth = 0
    for sign in text:
        depth += (sign == "(") - (sign == ")")
        if depth < 0:
            return False
    return depth == 0


def _names(expression: str) -> Iterator[str]:
    for word in WORD.findall(expression):
        if not word.startswith("'") and word.lower() not in OPERATORS:
            yield word


@cache
def _yaml(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
