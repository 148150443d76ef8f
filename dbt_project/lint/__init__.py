"""What the macros of the project stand for while sqlfluff reads a model: a statement, a table or a value.

Calls arrive as the models write them, a short piece of SQL leaves: the SQL written by hand is judged in an
instant, what macros write is not. dbt never reads this; what a macro really does does not belong here.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MACRO = re.compile(r"\{%-? macro (\w+)\(")
STATEMENTS = (
    "cube running_cube parts_of_cube survival_curve by_population_group comparison wide"
    " rows_of_figure current_version effective_rows month_spine integer_spine"
)
TABLES = "with_residents raw raw_merges raw_attempts reference"
COLUMNS = "wide_columns"
CONDITIONS = "on_chain_end in_changed_instances"
CONFIGURATIONS = "config drop_changed_instances drop_rewritten_instances"


class Value(str):
    """A value of any kind: text in SQL, and to Jinja a mapping of one entry or an object of any attribute."""

    # Jinja's sandbox asks before it calls.
    unsafe_callable = False
    alters_data = False

    def __call__(self, *_: Any, **__: Any) -> "Value":
        return self

    def __getattr__(self, name: str) -> "Value":
        if name.startswith("__"):
            raise AttributeError(name)
        # Models leave out what is an exit: none is, so that the rest of the model is read.
        return Value("") if name == "exit" else self

    def __getitem__(self, key: Any) -> "Value":
        return self

    def __iter__(self) -> Iterator["Value"]:
        return iter([self])

    def __neg__(self) -> "Value":
        return self

    def __add__(self, other: Any) -> "Value":
        return self

    def items(self) -> list[tuple[str, "Value"]]:
        return [(str(self), self)]

    def values(self) -> list["Value"]:
        return [self]


def _stand_ins() -> dict[str, Value]:
    files = (Path(__file__).parents[1] / "macros").glob("*.sql")
    names = {name for file in files for name in MACRO.findall(file.read_text(encoding="utf-8"))}
    found = dict.fromkeys(names, Value("some_value"))
    found |= dict.fromkeys(STATEMENTS.split(), Value("select some_column from some_table"))
    found |= dict.fromkeys(TABLES.split(), Value("some_table"))
    found |= dict.fromkeys(COLUMNS.split(), Value("some_column,"))
    found |= dict.fromkeys(CONDITIONS.split(), Value("some_column = some_value"))
    found |= dict.fromkeys(CONFIGURATIONS.split(), Value(""))
    return found


globals().update(_stand_ins())
