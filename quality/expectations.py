"""The only module that knows Great Expectations.

Tables of observations and rules arrive, verdicts with counts leave; no observed value comes out. The library
is imported when it is first used: the import takes seconds and commands without a gate must not pay for it.

Three habits of the library on DuckDB are met here. It closes the connection before it fetches, unless the
dialect is on a private list of its engine; every verdict would then be an error. An expectation may raise out
of the run; that is a failed verdict of every rule of the run, never a skipped one. And it keeps the file
locked until its engine is disposed of.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

BETWEEN = "between"
IN_SET = "in_set"


@dataclass(frozen=True)
class Rule:
    """What must hold for every row of a table of observations. Null values are not judged."""

    key: str
    table: str
    column: str
    kind: str
    lowest: float | None = None
    highest: float | None = None
    allowed: tuple[str, ...] = ()

    @property
    def sql(self) -> str:
        """The rule as a condition of SQL over a row of the table; a null value is not judged."""
        if self.kind == IN_SET:
            allowed = ", ".join(f"'{value}'" for value in self.allowed)
            held = f"{self.column} in ({allowed})"
        else:
            low = "true" if self.lowest is None else f"{self.column} >= {self.lowest}"
            high = "true" if self.highest is None else f"{self.column} <= {self.highest}"
            held = f"{low} and {high}"
        return f"{self.column} is null or ({held})"


@dataclass(frozen=True)
class Verdict:
    """Whether a rule holds: `broken` of `examined` rows break it. `error`: why the check itself failed."""

    key: str
    holds: bool
    broken: int
    examined: int
    error: str | None = None


def judge(
    database: Path, rules: Sequence[Rule], progress: Callable[[int, int], None] | None = None
) -> list[Verdict]:
    """Judge the tables of a closed DuckDB file, in schema main: one verdict per rule, in their order.

    Whatever the library raises becomes verdicts that do not hold.
    """
    if not rules:
        return []
    try:
        source, context = _open(database)
    except Exception as error:
        return [Verdict(rule.key, False, 0, 0, type(error).__name__) for rule in rules]
    verdicts: dict[str, Verdict] = {}
    try:
        tables = list(dict.fromkeys(rule.table for rule in rules))
        for done, table in enumerate(tables, start=1):
            of_table = [rule for rule in rules if rule.table == table]
            try:
                verdicts |= _judge_table(context, source, table, of_table)
            except Exception as error:
                verdicts |= {
                    rule.key: Verdict(rule.key, False, 0, 0, type(error).__name__) for rule in of_table
                }
            if progress:
                progress(done, len(tables))
    finally:
        _release(source)
    unanswered = "the library gave no answer"
    return [verdicts.get(rule.key, Verdict(rule.key, False, 0, 0, unanswered)) for rule in rules]


def _open(database: Path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # The library takes seconds to import, and warns while it does.
        import great_expectations as gx
        from great_expectations.data_context.types.base import DataContextConfig, InMemoryStoreBackendDefaults
        from great_expectations.execution_engine import sqlalchemy_execution_engine as engine

    class _Dialect(str):
        value = "duckdb"

    if not any(
        getattr(dialect, "value", "") == "duckdb" for dialect in engine._PERSISTED_CONNECTION_DIALECTS
    ):
        engine._PERSISTED_CONNECTION_DIALECTS += (_Dialect("duckdb"),)
    # Stores in memory only: the default would make a folder for documentation in the system's temporary
    # place.
    context = gx.get_context(
        mode="ephemeral",
        project_config=DataContextConfig(
            store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
            analytics_enabled=False,
            progress_bars={"globally": False},
        ),
    )
    source = context.data_sources.add_sql(
        "observations",
        connection_string=f"duckdb:///{database}",
        create_temp_table=False,
        kwargs={"connect_args": {"read_only": True}},
    )
    return source, context


def _judge_table(context, source, table: str, rules: Sequence[Rule]) -> dict[str, Verdict]:
    # Imported already, by _open.
    import great_expectations as gx

    batch = source.add_table_asset(table, table_name=table).add_batch_definition_whole_table("all")
    suite = context.suites.add(
        gx.ExpectationSuite(table, expectations=[_expectation(rule) for rule in rules])
    )
    definition = context.validation_definitions.add(
        gx.ValidationDefinition(name=table, data=batch, suite=suite)
    )
    outcome = definition.run(result_format={"result_format": "BASIC", "partial_unexpected_count": 0})
    return {verdict.key: verdict for verdict in map(_verdict, outcome.results)}


def _expectation(rule: Rule):
    # Imported already, by _open.
    import great_expectations.expectations as gxe

    if rule.kind == BETWEEN:
        return gxe.ExpectColumnValuesToBeBetween(
            column=rule.column, min_value=rule.lowest, max_value=rule.highest, meta={"key": rule.key}
        )
    if rule.kind == IN_SET:
        return gxe.ExpectColumnValuesToBeInSet(
            column=rule.column, value_set=list(rule.allowed), meta={"key": rule.key}
        )
    raise ValueError(f"unknown kind of rule: {rule.kind}")


def _verdict(outcome) -> Verdict:
    key = outcome.expectation_config.meta["key"]
    if "element_count" not in outcome.result:
        return Verdict(key, False, 0, 0, _cause(outcome.exception_info))
    return Verdict(
        key,
        bool(outcome.success),
        outcome.result.get("unexpected_count") or 0,
        outcome.result["element_count"] or 0,
    )


def _cause(told: dict) -> str:
    """The kinds of the errors that the library caught: its messages may quote a value.

    One error, or one for each metric that could not be computed.
    """
    errors = [told] if "exception_traceback" in told else told.values()
    traces = [str(one.get("exception_traceback")) for one in errors if isinstance(one, dict)]
    last_lines = (trace.strip().rpartition("\n")[2] for trace in traces)
    kinds = {line.partition(":")[0].rpartition(".")[2] for line in last_lines} - {"None"}
    named = sorted(kind for kind in kinds if kind.isidentifier())
    return ", ".join(named) or "the check could not be computed"


def _release(source) -> None:
    engine = source.get_execution_engine()
    if engine._connection is not None:
        engine._connection.close()
    engine.engine.dispose()
    source.get_engine().dispose()
