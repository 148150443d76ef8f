"""The rules that a deployment adds: suites of Great Expectations in the home, judged at the gates.

The files of `VETRO_HOME/expectations/`, as the library itself writes a suite, arrive with the built marts and
the landed exports; check results leave: rule, owner, verdict and counts, never a value. How the library is
asked does not belong here (`expectations`).
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationInfo, model_validator

from core.duckdb_sessions import connect
from core.errors import Kind
from core.home import VetroHome
from core.sql import identifier, literal
from core.yaml_models import Several, YamlModel, problem, read_json
from ingestion.contract.schema import load_contract
from quality import expectation_service
from quality.check_result import CRITICAL, WARNING, CheckResult, could_not_run
from quality.expectations import Expectation, UnusableExpectation
from quality.rules import Verdict

GATE = "expectations"
MARTS, LANDED = "marts", "landed"
TABLE = re.compile(rf"^({MARTS}|{LANDED})\.[a-z][a-z0-9_]*$")
Text = Annotated[str, Field(min_length=1)]


class _Rule(YamlModel):
    """An expectation as the library writes it; what is not needed of it may stand there all the same."""

    type: Text
    kwargs: dict[str, Any] = Field(default_factory=dict)
    meta: dict[str, Any] | None = None
    severity: Literal["critical", "warning", "info"] = "critical"
    description: Text | None = None
    notes: Any = None
    id: Any = None
    rendered_content: Any = None

    @model_validator(mode="after")
    def _is_known(self, info: ValidationInfo) -> Self:
        for key in ("name", "it", "en", "table"):
            _text(self.meta or {}, key)
        try:
            expectation_service.make((info.context or {})["home"], self.type, self.kwargs)
        except UnusableExpectation as error:
            if not error.parameters:
                raise problem(
                    "Great Expectations non conosce questo tipo; l'elenco è nella sua documentazione",
                    "Great Expectations does not know this type; its documentation lists them",
                    "type",
                ) from None
            named = [name for name in error.parameters[:1] if name in self.kwargs]
            raise problem(
                "manca un parametro, o questo tipo non lo accetta così",
                "a parameter is missing, or this type does not take it so",
                "kwargs",
                *named,
            ) from None
        return self


class _Suite(YamlModel):
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    expectations: Annotated[Several[_Rule], Field(min_length=1)]
    meta: dict[str, Any]
    notes: Any = None
    id: Any = None
    suite_parameters: Any = None

    @model_validator(mode="after")
    def _says_whose_and_of_what(self) -> Self:
        if _text(self.meta, "owner") is None:
            raise problem(
                "manca owner: chi si chiama quando una regola non vale",
                "owner is missing: who is called when a rule does not hold",
                "meta",
            )
        for number, rule in enumerate(self.expectations):
            of_rule = _text(rule.meta or {}, "table")
            if not TABLE.match(of_rule or _text(self.meta, "table") or ""):
                raise problem(
                    "table è marts.<tabella> o landed.<entità>",
                    "table is marts.<table> or landed.<entity>",
                    *(("expectations", number, "meta") if of_rule else ("meta",)),
                )
        return self


def _text(meta: dict[str, Any], key: str) -> str | None:
    said = meta.get(key)
    if said is not None and not (isinstance(said, str) and said):
        raise problem(f"{key}: serve un testo", f"{key}: text is needed", "meta")
    return said


@dataclass(frozen=True)
class SuiteRule:
    """One rule of a deployment: what it says in both languages, and how much it weighs."""

    name: str
    severity: str
    it: str
    en: str
    expectation: Expectation


def read_suites(home: VetroHome) -> list[SuiteRule]:
    """Return the rules of all suites, in the order of files and rules; none where there is no folder.

    FileUnusable, with file and place, for one that the library or this house cannot use.
    """
    rules: dict[str, SuiteRule] = {}
    for path in sorted(home.expectations.glob("*.json")):
        where = f"{home.expectations.name}/{path.name}"
        suite = read_json(path.read_bytes(), where, _Suite, kind=Kind.COULD_NOT_RUN, context={"home": home})
        for rule in suite.expectations:
            made = _rule(suite, rule, rules)
            rules[made.name] = made
    return list(rules.values())


def _rule(suite: _Suite, rule: _Rule, taken: Collection[str]) -> SuiteRule:
    meta, column = rule.meta or {}, rule.kwargs.get("column")
    said = "_".join([rule.type.removeprefix("expect_"), *([str(column)] if column else [])])
    stem = name = f"{suite.name}.{meta.get('name') or said}"
    number = 1
    while name in taken:
        number += 1
        name = f"{stem}_{number}"
    table = meta.get("table") or suite.meta["table"]
    owner, sentence = suite.meta["owner"], rule.description or said.replace("_", " ")
    return SuiteRule(
        name,
        CRITICAL if rule.severity == "critical" else WARNING,
        f"{meta.get('it') or sentence} ({table}; responsabile: {owner})",
        f"{meta.get('en') or sentence} ({table}; owner: {owner})",
        Expectation(name, table, rule.type, rule.kwargs),
    )


def judge_suites(home: VetroHome, rules: Sequence[SuiteRule], scratch: Path) -> list[CheckResult]:
    """Judge the rules: those of the marts over the warehouse, those of what landed over the last accepted
    export of every instance. `scratch` is a DuckDB file of this call alone.
    """
    verdicts: dict[str, Verdict] = {}
    for schema, database in ((MARTS, home.warehouse), (LANDED, scratch)):
        of_schema = [rule.expectation for rule in rules if rule.expectation.table.startswith(f"{schema}.")]
        if of_schema and schema == LANDED:
            _write_landed(home, scratch)
        verdicts |= {verdict.key: verdict for verdict in expectation_service.judge(home, database, of_schema)}
    found = []
    for rule in rules:
        verdict = verdicts[rule.name]
        if verdict.error:
            found.append(could_not_run(GATE, rule.name, verdict.error, it=rule.it, en=rule.en))
            continue
        found.append(
            CheckResult(
                GATE,
                rule.name,
                verdict.holds,
                verdict.broken,
                verdict.examined,
                rule.severity,
                detail_it=rule.it,
                detail_en=rule.en,
            )
        )
    return found


def _write_landed(home: VetroHome, scratch: Path) -> None:
    """Write the schema `landed`: for each entity the rows of the last export of every instance, as raw keeps
    them, with its instance_id. An entity that nobody sent is there, and empty."""
    with connect(scratch, spill=home.temporary) as connection:
        connection.execute(f"create schema {LANDED}")
        folders = []
        if next(home.raw.glob("instance=*/export=*/_export.parquet"), None):
            folders = connection.execute(
                """
                select parse_dirpath(filename)
                from read_parquet($pattern, filename = true, hive_partitioning = false, union_by_name = true)
                qualify row_number() over (partition by instance_id order by sequence desc) = 1
                order by 1""",
                {"pattern": str(home.raw / "instance=*" / "export=*" / "_export.parquet")},
            ).fetchall()
        for entity in load_contract().entities:
            paths = [Path(folder) / f"{entity}.parquet" for (folder,) in folders]
            files = [path for path in paths if path.is_file()] or [home.raw_schema / f"{entity}.parquet"]
            listed = ", ".join(map(literal, files))
            connection.execute(
                f"create view {LANDED}.{identifier(entity)} as "
                "select regexp_extract(filename, '/instance=([^/]+)/', 1) as instance_id, "
                f"* exclude (filename) from read_parquet([{listed}], filename = true, union_by_name = true, "
                "hive_partitioning = false)"
            )
