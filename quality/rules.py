"""Rules of the product's own over tables of observations, and their verdicts.

Tables and rules arrive, verdicts with counts leave; no observed value comes out. A rule is a condition of SQL
and is judged by DuckDB: it needs no library. The rules that a deployment adds do not belong here (`suites`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from core.duckdb_sessions import connect

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
        if self.kind not in (BETWEEN, IN_SET):
            raise ValueError("unknown kind of rule")
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

    Whatever goes wrong becomes verdicts that do not hold, and say so; it skips no other rule.
    """
    if not rules:
        return []
    try:
        connection = connect(database, read_only=True)
    except Exception as error:
        return [Verdict(rule.key, False, 0, 0, type(error).__name__) for rule in rules]
    verdicts = []
    with connection:
        for done, rule in enumerate(rules, start=1):
            try:
                verdicts.append(_verdict(connection, rule))
            except Exception as error:
                # Its message may quote a value.
                verdicts.append(Verdict(rule.key, False, 0, 0, type(error).__name__))
            if progress:
                progress(done, len(rules))
    return verdicts


def _verdict(connection: duckdb.DuckDBPyConnection, rule: Rule) -> Verdict:
    [(broken, examined)] = connection.execute(
        f"select count(*) filter (where not ({rule.sql})), count(*) from {rule.table}"
    ).fetchall()
    return Verdict(rule.key, not broken, broken, examined)
