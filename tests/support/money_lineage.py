"""Where amounts of money go in the warehouse, read from the compiled SQL of its models.

The SQL of models, the types of their columns and the columns in which money comes in arrive; the columns
that hold amounts leave, each with the SQL by which it became a double on its way, if it did. An amount
stays one when it is passed on, added up, chosen between or multiplied by a number that stands in the SQL. A
ratio, a product, a count or a condition is none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, traverse_scope

# A model or table and one of its columns.
Column = tuple[str, str]

DOUBLES = {exp.DataType.Type.DOUBLE, exp.DataType.Type.FLOAT}
# What makes an amount of amounts. A case is apart: of it only what it chooses between counts.
CARRIERS = (exp.Add, exp.Sub, exp.Neg, exp.Abs, exp.Round, exp.Distinct, exp.Coalesce, exp.Nullif,
    exp.Greatest, exp.Least, exp.Sum, exp.Min, exp.Max, exp.Median, exp.AnyValue, exp.Lag, exp.Lead,
    exp.FirstValue, exp.LastValue)  # fmt: skip
# What holds what the first expression inside holds, whatever the others.
AROUND = (exp.Alias, exp.Paren, exp.Window, exp.Filter, exp.Order, exp.Ordered, exp.WithinGroup,
    exp.IgnoreNulls, exp.ArgMax, exp.ArgMin, exp.First, exp.Last)  # fmt: skip


@dataclass(frozen=True)
class Held:
    """What an expression holds: an amount or not, and the SQL by which it became a double, if it did; and
    whether it is one of some numbers that stand in the SQL, as a sign is."""

    is_money: bool = False
    became_double: str = ""
    is_number: bool = False

    def __or__(self, other: Held) -> Held:
        return Held(
            self.is_money or other.is_money,
            self.became_double or other.became_double,
            self.is_number and other.is_number,
        )


@dataclass(frozen=True)
class Amount:
    """A column of a model that holds an amount."""

    model: str
    column: str
    type: str
    became_double: str

    @property
    def is_broken(self) -> bool:
        """Whether it is no decimal, or was none on its way."""
        return bool(self.became_double) or not self.type.startswith("DECIMAL")

    def __str__(self) -> str:
        return f"{self.model}.{self.column} is {self.type}" + (
            f", from {self.became_double}" if self.became_double else ""
        )


class MoneyLineage:
    """Follows money through the models of a warehouse.

    `sql`: compiled SQL by model. `types`: {(schema, table): {column: type}} of every table and view.
    `sources`: the columns in which money comes in. `ends`: columns that hold amounts among other things; to
    who reads them they are no amounts.
    """

    def __init__(
        self,
        sql: Mapping[str, str],
        types: Mapping[tuple[str, str], Mapping[str, str]],
        sources: Iterable[Column],
        ends: Collection[Column] = (),
    ) -> None:
        self.sql, self.types, self.sources = sql, types, list(sources)
        self._ends = ends
        self._types = {table: columns for (_, table), columns in types.items()}
        self._schema: dict[str, dict[str, dict[str, str]]] = {}
        for (schema, table), columns in types.items():
            self._schema.setdefault(schema, {})[table] = dict(columns)
        self._held: dict[str, dict[str, Held]] = {}
        for table, column in self.sources:
            self._held.setdefault(table, {})[column] = Held(is_money=True)

    def amounts(self) -> list[Amount]:
        """Return every column that holds an amount, by model and column."""
        return [
            Amount(model, column, self._types[model][column], held.became_double)
            for model in sorted({*self.sql, *self._held})
            for column, held in self.of(model).items()
            if held.is_money
        ]

    def idle_ends(self) -> list[Column]:
        """Return those of `ends` that hold no amount, or only amounts that were decimal all the way."""
        return [
            (model, column)
            for model, column in self._ends
            if not (
                self.of(model)
                and self._held[model][column].is_money
                and self._held[model][column].became_double
            )
        ]

    def of(self, model: str) -> dict[str, Held]:
        """Return what each column of a model holds."""
        if model not in self._held:
            # What an incremental model reads of itself it had from elsewhere.
            self._held[model] = {}
            self._held[model] = self._read(self.sql[model]) if model in self.sql else {}
        return {
            column: Held(False, held.became_double) if (model, column) in self._ends else held
            for column, held in self._held[model].items()
        }

    def _read(self, sql: str) -> dict[str, Held]:
        tree = sqlglot.parse_one(sql, dialect="duckdb")
        for select in list(tree.find_all(exp.Select)):
            select.set("expressions", [each for one in select.expressions for each in _unnested(one)])
        tree = qualify(tree, schema=self._schema, dialect="duckdb", validate_qualify_columns=False)
        held: dict[int, dict[str, Held]] = {}
        outermost: dict[str, Held] = {}
        for scope in traverse_scope(tree):
            outermost = held[id(scope.expression)] = self._of_scope(scope, held)
        return outermost

    def _of_scope(self, scope: Scope, held: Mapping[int, dict[str, Held]]) -> dict[str, Held]:
        if isinstance(scope.expression, exp.SetOperation):
            one, other = (held[id(each.expression)] for each in scope.set_operation_scopes)
            # The columns of files are not known here: money comes in by `sources`.
            if "*" in (*one, *other):
                return {}
            # The columns of a union go by their places.
            return {
                name: left | right for (name, left), right in zip(one.items(), other.values(), strict=True)
            }
        columns = {
            name: held.get(id(source.expression), {}) if isinstance(source, Scope) else self.of(source.name)
            for name, source in scope.sources.items()
        }
        return {
            each.alias_or_name: _Expression(columns, held).holds(each) for each in scope.expression.selects
        }


@dataclass(frozen=True)
class _Expression:
    """Expressions of a select: what the columns of its sources hold, and, by node, of selects inside."""

    columns: Mapping[str, Mapping[str, Held]]
    inner: Mapping[int, Mapping[str, Held]]

    def holds(self, node: exp.Expression | None) -> Held:
        if isinstance(node, exp.Column):
            return self.columns.get(node.table, {}).get(node.name, Held())
        if isinstance(node, exp.Literal):
            is_double = not node.is_string and "e" in node.name.lower()
            return Held(became_double=_sql(node) if is_double else "", is_number=not node.is_string)
        if isinstance(node, exp.Cast):
            if not node.to.is_type(*exp.DataType.NUMERIC_TYPES):
                return Held()
            return self.holds(node.this) | _double(node, node.to.this in DOUBLES)
        if isinstance(node, exp.Avg):
            return self.holds(node.this) | _double(node)
        if isinstance(node, exp.Case):
            return self._any([*(each.args["true"] for each in node.args["ifs"]), node.args.get("default")])
        if isinstance(node, exp.Mul):
            one, other = self.holds(node.this), self.holds(node.expression)
            return one | other if one.is_number or other.is_number else Held()
        if isinstance(node, exp.Subquery):
            return _together(self.inner.get(id(node.this), {}).values())
        if isinstance(node, AROUND):
            return self.holds(node.this)
        if isinstance(node, CARRIERS):
            return self._any(node.iter_expressions())
        return Held()

    def _any(self, nodes: Iterable[exp.Expression | None]) -> Held:
        return _together(self.holds(node) for node in nodes if node is not None)


def _together(held: Iterable[Held]) -> Held:
    each = list(held)
    return reduce(or_, each) if each else Held()


def _double(node: exp.Expression, is_double: bool = True) -> Held:
    return Held(became_double=_sql(node) if is_double else "", is_number=True)


def _sql(node: exp.Expression) -> str:
    return node.sql("duckdb", identify=False)


def _unnested(projection: exp.Expression) -> list[exp.Expression]:
    """Return, of rows made of one by unnesting structs, a column for each of their fields that holds what any
    of them holds; every other column as it is."""
    rows = projection.find(exp.Array) if projection.find(exp.Explode, exp.Unnest) else None
    if rows is None or not all(isinstance(row, exp.Struct) for row in rows.expressions):
        return [projection]
    fields: dict[str, list[exp.Expression]] = {}
    for row in rows.expressions:
        for each in row.expressions:
            fields.setdefault(each.this.name, []).append(each.expression)
    return [
        exp.alias_(exp.Coalesce(this=values[0], expressions=values[1:]), name)
        for name, values in fields.items()
    ]
