"""The only module that knows Great Expectations.

Expectations as a suite file tells them arrive, verdicts with counts leave; no observed value comes out. The
library is imported when the first one is asked for: the import takes seconds, and a home without suites must
not pay for it. Once in a process it stays.

Three habits of the library on DuckDB are met here. It closes the connection before it fetches, unless the
dialect is on a private list of its engine; every verdict would then be an error. An expectation may raise out
of the run; that is a failed verdict of every rule of the run, never a skipped one. And it keeps the file
locked until its engine is disposed of.
"""

import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from quality.rules import Verdict

# The last line of a traceback begins with the kind of the error; what follows may quote a value.
_KIND = re.compile(r"^(?:\w+\.)*(\w+(?:Error|Exception)):", re.MULTILINE)
# Its result says how many rows its query returned, in the place of a value that was observed.
_ROWS_OF_A_QUERY = "unexpected_rows_expectation"


class UnusableExpectation(Exception):
    """A type that the library does not know, or else parameters that this type does not take, by name."""

    def __init__(self, parameters: Sequence[str] = ()):
        super().__init__()
        self.parameters = tuple(parameters)


@dataclass(frozen=True)
class Expectation:
    """One expectation over a table of a DuckDB file; `table` is `schema.name`."""

    key: str
    table: str
    kind: str
    parameters: Mapping[str, Any]


def load() -> None:
    """Import the library now, for whoever is to answer at once later."""
    _library()


def make(kind: str, parameters: Mapping[str, Any], key: str = "") -> Any:
    """Return an expectation of the library. UnusableExpectation, not chained: its message quotes values."""
    _library()
    # Imported already.
    from great_expectations.exceptions import ExpectationNotFoundError
    from great_expectations.expectations.registry import get_expectation_impl

    try:
        known = get_expectation_impl(kind)
    except ExpectationNotFoundError:
        raise UnusableExpectation from None
    try:
        return known(**parameters, meta={"key": key})
    except Exception as error:
        found = error.errors() if hasattr(error, "errors") else []
        raise UnusableExpectation([str(one["loc"][0]) for one in found] or [""]) from None


def judge(database: Path, expectations: Sequence[Expectation]) -> list[Verdict]:
    """Judge tables of a closed DuckDB file: one verdict per expectation, in their order.

    Whatever the library raises becomes verdicts that do not hold.
    """
    if not expectations:
        return []
    try:
        source = _open(database)
    except Exception as error:
        return [Verdict(each.key, False, 0, 0, type(error).__name__) for each in expectations]
    verdicts: dict[str, Verdict] = {}
    try:
        for table in dict.fromkeys(each.table for each in expectations):
            of_table = [each for each in expectations if each.table == table]
            try:
                verdicts |= _judge_table(source, table, of_table)
            except Exception as error:
                name = type(error).__name__
                verdicts |= {each.key: Verdict(each.key, False, 0, 0, name) for each in of_table}
    finally:
        _release(source)
    unanswered = "the library gave no answer"
    return [verdicts.get(each.key, Verdict(each.key, False, 0, 0, unanswered)) for each in expectations]


@cache
def _library() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # The library takes seconds to import, and warns while it does.
        import great_expectations as gx
        import great_expectations.expectations
        from great_expectations.execution_engine import sqlalchemy_execution_engine as engine

    class _Dialect(str):
        value = "duckdb"

    engine._PERSISTED_CONNECTION_DIALECTS += (_Dialect("duckdb"),)
    return gx


def _open(database: Path):
    gx = _library()
    # Imported already.
    from great_expectations.data_context.types.base import DataContextConfig, InMemoryStoreBackendDefaults

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
        "tables",
        connection_string=f"duckdb:///{database}",
        create_temp_table=False,
        kwargs={"connect_args": {"read_only": True}},
    )
    return source


def _judge_table(source, table: str, expectations: Sequence[Expectation]) -> dict[str, Verdict]:
    # Judged as they are: a suite that is kept in the library's stores is written there as YAML first.
    made = [make(each.kind, each.parameters, each.key) for each in expectations]
    suite = _library().ExpectationSuite(table, expectations=made)
    # As a query: of the schema of a table some metrics of the library know nothing.
    asset = source.add_query_asset(table, query=f"select * from {table}")
    whole = asset.add_batch_definition_whole_table("all")
    outcome = whole.get_batch().validate(
        suite, result_format={"result_format": "BASIC", "partial_unexpected_count": 0}
    )
    return {verdict.key: verdict for verdict in map(_verdict, outcome.results)}


def _verdict(outcome) -> Verdict:
    """The counts of an expectation about rows; one about a table as a whole was looked at once."""
    key, result = outcome.expectation_config.meta["key"], outcome.result or {}
    if _raised(outcome.exception_info):
        return Verdict(key, False, 0, 0, _cause(outcome.exception_info))
    if "element_count" in result:
        broken, examined = result.get("unexpected_count") or 0, result["element_count"] or 0
    elif outcome.expectation_config.type == _ROWS_OF_A_QUERY:
        broken, examined = int(result.get("observed_value") or 0), 0
    else:
        broken, examined = int(not outcome.success), 1
    return Verdict(key, bool(outcome.success), broken, examined)


def _raised(told: Any) -> bool:
    """Whether anything was raised: one error is told, or one for each metric that could not be computed."""
    if not told:
        return False
    if "raised_exception" in told:
        return bool(told["raised_exception"])
    return any(_raised(one) for one in told.values() if isinstance(one, dict))


def _cause(told: dict) -> str:
    """The kinds of the errors that the library caught: its messages may quote a value."""
    errors = [told] if "exception_traceback" in told else told.values()
    traces = [str(one.get("exception_traceback")) for one in errors if isinstance(one, dict)]
    kinds = {found[-1] for trace in traces if (found := _KIND.findall(trace))}
    return ", ".join(sorted(kinds)) or "the check could not be computed"


def _release(source) -> None:
    engine = source.get_execution_engine()
    if engine._connection is not None:
        engine._connection.close()
    engine.engine.dispose()
    source.get_engine().dispose()
