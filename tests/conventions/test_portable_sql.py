"""Models speak the SQL that DuckDB and Spark share; what differs stands in a dispatched macro."""

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"
COMMENTS = re.compile(r"\{#.*?#\}|--[^\n]*|/\*.*?\*/", flags=re.DOTALL)
STATEMENT = re.compile(r"\{%.*?%\}", flags=re.DOTALL)
BRACES = re.compile(r"\{\{|\}\}")
RAW_TEXT = re.compile(r"\{%-?\s*raw\s*-?%\}.*?\{%-?\s*endraw\s*-?%\}", flags=re.DOTALL)
STRINGS = re.compile(r"'(?:[^']|'')*'")
DUCKDB_MACRO = re.compile(r"\{%-?\s*macro\s+duckdb__.*?\{%-?\s*endmacro\s*-?%\}", flags=re.DOTALL)
SPARK_MACRO = re.compile(r"\{%-?\s*macro\s+spark__.*?\{%-?\s*endmacro\s*-?%\}", flags=re.DOTALL)
NOT_SHARED = {
    "quantile_cont": r"\bquantile_cont\s*\(",
    "arg_max, arg_min": r"\barg_(max|min)\s*\(",
    "strptime, strftime": r"\b(try_)?strp?f?time\s*\(",
    "list functions": r"\blist(_\w+)?\s*\(",
    "sha256": r"\bsha256\s*\(",
    "strip_accents": r"\bstrip_accents\s*\(",
    "json_extract_string": r"\bjson_extract_string\s*\(",
    "a list in brackets": r"\[",
    "integer division //": r"//",
    "unnest": r"\bunnest\s*\(",
    "exclude": r"\*\s*exclude\b",
    "asof": r"\basof\b",
    "generate_series, range": r"\b(generate_series|range)\s*\(",
    "string_agg": r"\bstring_agg\s*\(",
    "regexp_replace": r"\bregexp_replace\s*\(",
    "a quoted identifier": r'"',
    "read_parquet, read_csv": r"\bread_(parquet|csv|json)\w*\s*\(",
    "struct_pack": r"\bstruct_pack\s*\(",
    "positional join": r"\bpositional\s+join\b",
    "pivot": r"\b(un)?pivot\b",
}


def shared_part(path: Path) -> str:
    """The SQL of a file that both engines must read: without comments, Jinja, texts and dispatched macros."""
    text = COMMENTS.sub(" ", RAW_TEXT.sub(" ", path.read_text(encoding="utf-8")))
    for dispatched in (DUCKDB_MACRO, SPARK_MACRO):
        text = dispatched.sub(" ", text)
    text = re.sub(r"\{%\s*if target\.type.*?\{%-?\s*endif\s*-?%\}", " ", text, flags=re.DOTALL)
    return STRINGS.sub("''", STATEMENT.sub(" ", without_expressions(text))).lower()


def without_expressions(text: str) -> str:
    """Take out `{{ ... }}`, also where one stands inside another, as in a hook."""
    kept, depth, start = [], 0, 0
    for brace in BRACES.finditer(text):
        if depth == 0:
            kept.append(text[start : brace.start()])
        depth = max(0, depth + (1 if brace[0] == "{{" else -1))
        start = brace.end()
    return "".join([*kept, text[start:]])


def sql_files() -> list[Path]:
    return sorted(
        path for folder in ("models", "macros", "tests") for path in (PROJECT / folder).rglob("*.sql")
    )


def breaches(text: str) -> list[str]:
    return [name for name, pattern in NOT_SHARED.items() if re.search(pattern, text)]


def test_models_and_macros_use_only_what_both_engines_share() -> None:
    assert sql_files(), "no SQL found: the project has moved"
    found = {
        str(path.relative_to(PROJECT)): names
        for path in sql_files()
        if (names := breaches(shared_part(path)))
    }
    assert not found, "move into a dispatched macro (macros/, duckdb__ and spark__):\n" + "\n".join(
        f"{path}: {', '.join(names)}" for path, names in found.items()
    )


@pytest.mark.parametrize(
    "sql",
    [
        "select arg_max(a, b) from t", "select strftime(d, '%Y') from t", "select try_strptime(d, '%Y')",
        "select [1, 2]", "select 7 // 2", "select * exclude (a) from t", 'select "a" from t',
        "select unnest(x) from t", "select string_agg(a, ',' order by a) from t", "select list_sort(x)",
        "select regexp_replace(a, 'x', 'y') from t", "select quantile_cont(a, 0.5) from t",
    ],
)  # fmt: skip
def test_the_lint_sees_what_spark_cannot_read(sql: str, tmp_path: Path) -> None:
    file = tmp_path / "model.sql"
    file.write_text(sql, encoding="utf-8")
    assert breaches(shared_part(file))


def test_the_lint_lets_the_shared_language_and_dispatched_macros_pass(tmp_path: Path) -> None:
    file = tmp_path / "model.sql"
    file.write_text(
        '-- a "comment" with [brackets]\n'
        "select a::date, count(*) filter (where b > 0), 'a // [text]' as words from {{ ref('stg_person') }} "
        "qualify row_number() over (partition by a order by b) = 1\n"
        "{% macro duckdb__spine() -%} select unnest(generate_series(1, 2)) {%- endmacro %}",
        encoding="utf-8",
    )
    assert not breaches(shared_part(file))
