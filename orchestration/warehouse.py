"""dbt in this process: models, data tests, documentation.

Settings arrive, a built warehouse and reports leave. dbt writes only under VETRO_HOME/dbt and opens no
connection to other hosts. What the models say does not belong here.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, ClassVar, Literal

import duckdb

from core.atomic_files import discard, sync
from core.duckdb_sessions import connect
from core.errors import VetroError
from core.home import VetroHome
from core.progress import Progress
from core.settings import DBT_PROJECT, Settings, environment
from core.sql import literal
from ingestion.raw.checksums import changed_exports
from ingestion.raw.file_transaction import finish_transactions, unfinished_transactions
from ingestion.raw.layer import locked, write_schemas
from ingestion.raw.upgrade import is_of_earlier_form, upgrade_raw
from ingestion.reference.ats import write_ats_comuni
from ingestion.reference.tables import write_reference
from orchestration import build_state, spark_engine, stopping
from orchestration.failures import file_in_use, reason
from quality.check_result import CRITICAL, WARNING, CheckResult, could_not_run

QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
# Numbers, dates, codes: what has a digit, unless it begins in lower case as names of tables and columns do.
VALUES = re.compile(r"(?<![\w.])[-+]?(?=[\w.,:/+-]*\d)(?![a-z_])[\w.,:/+-]+")
# The event that tells of one node, and where in it stands of how many.
TOTALS = {"LogModelResult": "total", "LogTestResult": "num_models"}
# In which files dbt writes down what it read: for others, and for itself.
MANIFEST = "manifest.json"
WRITTEN_DOWN = (MANIFEST, "partial_parse.msgpack")
# What stands for a home and a machine while the project is read. dbt reads all of it again where one of these
# is another than last time, as in a copy of a home or with more memory, and nothing in it depends on them.
ANYWHERE = {
    "VETRO_WAREHOUSE": "warehouse.duckdb",
    "VETRO_RAW": "raw",
    "VETRO_REFERENCE": "reference",
    "VETRO_DUCKDB_TEMP": "temporary",
    "VETRO_DUCKDB_THREADS": "1",
    "VETRO_DUCKDB_MEMORY": "1GB",
}


@dataclass(frozen=True)
class NodeOutcome:
    """One model or test as dbt left it. `message` carries no value of any row."""

    name: str
    status: str
    seconds: float
    failures: int = 0
    message: str = ""

    @property
    def succeeded(self) -> bool:
        """Whether the model was built, or the test held or only warned."""
        return self.status in {"success", "pass", "warn"}

    @property
    def was_judged(self) -> bool:
        """Whether a test came to a verdict, whichever it was."""
        return self.status in {"pass", "fail", "warn"}


@dataclass(frozen=True)
class BuildReport:
    """What a build did: one outcome per model, and how many corrections of erased persons it took out.

    `unchanged`: there was nothing to build, because nothing changed since the last build.
    """

    models: list[NodeOutcome] = field(default_factory=list)
    dropped_corrections: int = 0
    unchanged: bool = False

    @property
    def failures(self) -> list[NodeOutcome]:
        """The models that failed, or were skipped because one before them failed."""
        return [model for model in self.models if not model.succeeded]

    @property
    def built(self) -> int:
        """How many models were built."""
        return len(self.models) - len(self.failures)

    @property
    def succeeded(self) -> bool:
        """Whether every model was built."""
        return self.unchanged or (bool(self.models) and not self.failures)


class Warehouse:
    """The dbt project on one home. A process parses the project once, for every home and every call."""

    # By fingerprint of the models: what dbt read, and the files in which it wrote that down, by their names.
    # Neither depends on a home.
    _parsed: ClassVar[dict[str, tuple[Any, dict[str, bytes]]]] = {}

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.home: VetroHome = settings.vetro_home
        self._manifest: Any = None

    @property
    def manifest_path(self) -> Path:
        """Where dbt keeps the parsed project."""
        return self.home.dbt / "target" / MANIFEST

    def parse(self) -> Path:
        """Parse the project, quickly when nothing changed, and return the manifest's path."""
        if self._manifest is None:
            models = build_state.models_fingerprint()
            if models not in self._parsed:
                read = self.invoke(["parse"], variables=ANYWHERE).result
                target = self.manifest_path.parent
                self._parsed[models] = read, {name: (target / name).read_bytes() for name in WRITTEN_DOWN}
            self._manifest, written = self._parsed[models]
            if not self.has_manifest_of(models):
                self.manifest_path.parent.mkdir(parents=True, exist_ok=True)
                for name, content in written.items():
                    self.manifest_path.with_name(name).write_bytes(content)
                self._parsed_from.write_text(models, encoding="utf-8")
        return self.manifest_path

    def manifest(self) -> Path:
        """Return the path of an up-to-date manifest, without importing dbt when it is there already."""
        fresh = self.has_manifest_of(build_state.models_fingerprint())
        return self.manifest_path if fresh else self.parse()

    def has_manifest_of(self, models: str) -> bool:
        """Whether the manifest is there and is of the models with this fingerprint."""
        stamp = self._parsed_from
        return (
            self.manifest_path.is_file() and stamp.is_file() and stamp.read_text(encoding="utf-8") == models
        )

    @property
    def _parsed_from(self) -> Path:
        return self.home.dbt / "parsed-from"

    def renew_file(self) -> None:
        """Put a copy of the warehouse in its place: bytes of rows that are gone are not copied."""
        warehouse = self.home.warehouse
        fresh = warehouse.with_name(f"{warehouse.name}.new")
        leftover = warehouse.parent.glob
        discard(leftover(f"{fresh.name}*"))
        try:
            with connect(threads=self.settings.threads, spill=self.home.temporary) as connection:
                connection.execute(f"attach {literal(warehouse)} as warehouse (read_only)")
                connection.execute(f"attach {literal(fresh)} as fresh")
                connection.execute("copy from database warehouse to fresh")
            sync(fresh)
            fresh.replace(warehouse)
            sync(warehouse.parent)
        finally:
            discard(leftover(f"{fresh.name}*"))

    def _require_as_loaded(self, plan: build_state.Plan) -> None:
        """Hash what the build is going to read. VetroError where it is not what was loaded."""
        folders = sorted(
            folder
            for folder in self.home.raw.glob("instance=*/export=*")
            if plan.reads(folder.parent.name.removeprefix("instance="), folder.name.removeprefix("export="))
        )
        if changed := changed_exports(folders):
            raise VetroError(
                f"{', '.join(changed[:3])} in raw ({len(changed)} in all) are not as they were loaded: put "
                "them back from a backup, 'vetro doctor' names them / non sono come sono stati caricati: "
                "rimetterli da una copia di sicurezza, 'vetro doctor' li nomina"
            )

    def build(self, progress: Progress | None = None, *, as_of: date | None = None) -> BuildReport:
        """Build every model, computing again only what changed exports can change.

        `as_of` is the last day the build may know of; None: the last day the exports cover. Needs the
        reference data and the empty schemas, which it writes first. A change of the models or of the
        reference data, or a build that did not come to its end, makes the next one full.
        """
        self.home.ensure()
        write_schemas(self.home)
        write_reference(self.home)
        write_ats_comuni(self.home)
        if unfinished_transactions(self.home) or is_of_earlier_form(self.home):
            with locked(self.home):
                finish_transactions(self.home)
                upgrade_raw(self.home)
        if build_state.is_outdated(self.home):
            discard_warehouse(self.home)
        asked = as_of.isoformat() if as_of else ""
        resolved = build_state.resolve(self.home)
        on_spark = self.settings.engine == "spark"
        if on_spark:
            spark_engine.require_spark()
        spark_engine.clear(self.home)
        plan = build_state.plan(self.home, resolved, as_of=asked, engine=self.settings.engine)
        if plan.is_unchanged:
            return BuildReport(unchanged=True, dropped_corrections=resolved.dropped_corrections)
        self._require_as_loaded(plan)
        if not on_spark:
            self.parse()
        build_state.begin(self.home)
        command = ["run"]
        # What comes from reference data alone stands as long as a build is not full, and so does a view.
        standing = ["--exclude", "tag:reference", "config.materialized:view"]
        command += ["--full-refresh"] if plan.is_full else standing
        variables = {}
        if plan.changed is not None:
            variables["VETRO_CHANGED_INSTANCES"] = ",".join(plan.changed)
            variables["VETRO_REWRITTEN_INSTANCES"] = ",".join(plan.rewritten)
            variables["VETRO_NEW_EXPORTS"] = ",".join(
                f"instance={instance}/export={export}" for instance, export in plan.new_exports
            )
        if asked:
            variables["VETRO_AS_OF"] = asked
        run = self._run_on_spark if on_spark else self.invoke
        outcome = run(command, progress=progress, label="Building models", variables=variables)
        report = BuildReport(
            [_outcome(result) for result in outcome.result.results], resolved.dropped_corrections
        )
        if report.succeeded:
            if plan.holds_erased:
                self.renew_file()
            build_state.complete(self.home, plan)
        return report

    def _run_on_spark(self, command: Sequence[str], **told: Any) -> Any:
        """Run the models on Spark and, where all of them were built, put their tables into the warehouse."""
        with spark_engine.spark_session(self.settings) as session:
            outcome = self.invoke(command, target="spark", **told)
            results = outcome.result.results
            if all(result.status == "success" for result in results):
                spark_engine.take_over(session, self.home, [result.node for result in results])
            return outcome

    def test(self, progress: Progress | None = None) -> list[NodeOutcome]:
        """Run every data test; unit tests belong to the tests of the code."""
        self.parse()
        outcome = self.invoke(
            ["test", "--exclude-resource-type", "unit_test"], progress=progress, label="Data tests"
        )
        return [_outcome(result) for result in outcome.result.results]

    def document(self) -> Path:
        """Write dbt's documentation as one page and return its path. The warehouse must have been built."""
        self.parse()
        # Compiled SQL would carry the paths of this machine.
        outcome = self.invoke(["docs", "generate", "--static", "--no-compile"])
        # Without the tables dbt writes a page all the same, which lacks them.
        for error in outcome.result.errors or ():
            raise VetroError(file_in_use(Exception(error)) or f"dbt docs: {without_values(error)}")
        return self.home.dbt / "target" / "static_index.html"

    def invoke(
        self,
        command: Sequence[str],
        *,
        progress: Progress | None = None,
        label: str = "",
        manifest: Any = None,
        variables: Mapping[str, str] | None = None,
        target: Literal["duckdb", "spark"] = "duckdb",
    ) -> Any:
        """Run one command of dbt on this home and return what dbt returns: `success` and `result`.

        `command` -- as typed after `dbt`, without its places. `manifest` -- the parsed project to run on;
        None: that of `parse`, or, before it, the project as it is now. `variables` -- environment variables
        for this command alone. `target` -- the engine; the parsed project is that of DuckDB, another engine
        reads it anew. A node that fails is told by its result; VetroError when dbt could not run.
        """
        # dbt takes five seconds to import.
        from dbt.cli.main import dbtRunner

        def on_event(event: Any) -> None:
            # dbt makes an error of the node out of whatever a callback raises.
            with contextlib.suppress(Exception):
                if progress and event.info.name in TOTALS:
                    progress(label, event.data.index, getattr(event.data, TOTALS[event.info.name]))

        self.home.ensure()
        places = {
            "--project-dir": DBT_PROJECT,
            "--profiles-dir": DBT_PROJECT,
            "--target": target,
            "--target-path": self.home.dbt / ("target" if target == "duckdb" else target),
            "--log-path": self.home.dbt / "logs",
            "--log-level": "none",
            # An engine's message may repeat a value. Outcomes tell what is wrong, without it.
            "--log-level-file": "none",
        }
        arguments = [*command, *(str(part) for pair in places.items() for part in pair), "--no-version-check"]
        if command[0] in {"run", "test"}:
            arguments += ["--threads", str(self.settings.threads)]
        if command[0] in {"run", "test", "compile"}:
            # The manifest that is kept is the project as it was read: a compiled one holds paths.
            arguments.append("--no-write-json")
        known = manifest or (self._manifest if target == "duckdb" else None)
        runner = dbtRunner(manifest=known, callbacks=[on_event])
        with environment(self.settings.dbt_environment() | dict(variables or {})):
            try:
                outcome = runner.invoke(arguments)
            finally:
                _let_go_of_the_file()
        if isinstance(outcome.exception, KeyboardInterrupt) or stopping.received():
            raise KeyboardInterrupt
        if outcome.exception is not None:
            if sentence := file_in_use(outcome.exception):
                raise VetroError(sentence) from outcome.exception
            cause = without_values(str(outcome.exception))
            raise VetroError(
                f"dbt {command[0]} could not run on {DBT_PROJECT.name}/: {cause}"
            ) from outcome.exception
        return outcome


def discard_warehouse(home: VetroHome) -> None:
    """Remove the warehouse, and what was spilled while it was built; the next build makes a new one.

    A table that loses a row keeps its bytes in the file: only a new file is without them. VetroError while
    somebody has it open.
    """

    if home.warehouse.exists():
        try:
            connect(home.warehouse).close()
        except duckdb.IOException as error:
            raise VetroError(
                file_in_use(error) or f"{home.warehouse.name} cannot be opened: {reason(error)}"
            ) from error
    discard(home.root.glob(f"{home.warehouse.name}*"))
    if home.temporary.is_dir():
        discard(home.temporary.iterdir())


def as_check_results(outcomes: Sequence[NodeOutcome]) -> list[CheckResult]:
    """Return data tests as the results the gate expects; a test that could not run has not passed."""
    return [
        CheckResult(
            gate="data_tests",
            check_name=outcome.name,
            passed=outcome.status == "pass",
            observed_count=outcome.failures,
            total_count=max(outcome.failures, 0),
            severity=WARNING if outcome.status == "warn" else CRITICAL,
            detail_it=f"righe che non rispettano la regola: {outcome.failures}",
            detail_en=f"rows that break the rule: {outcome.failures}",
        )
        if outcome.was_judged
        else could_not_run("data_tests", outcome.name, outcome.message or outcome.status)
        for outcome in outcomes
    ]


def without_values(message: str) -> str:
    """Return the first lines of an engine's message without what may be a value: all between quotes, numbers,
    codes. Of a broken contract the rows that name its columns stay.
    """
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    said = [line for line in lines if not line.startswith("|")]
    columns = [line for line in lines if line.startswith("|") and "---" not in line]
    told = " ".join([QUOTED.sub("'…'", " ".join(said[:4])), *columns[:6]])
    return VALUES.sub("…", told)[:600]


def _let_go_of_the_file() -> None:
    """Close dbt's connection, also where the profile keeps it open: the gates open the file next."""
    # As dbt itself: imported by whoever has called it.
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    held: Any = DuckDBConnectionManager._ENV
    if held is not None:
        held.close()
        DuckDBConnectionManager.close_all_connections()


def _outcome(result: Any) -> NodeOutcome:
    return NodeOutcome(
        name=result.node.name,
        status=str(result.status),
        seconds=round(result.execution_time, 3),
        failures=int(result.failures or 0),
        message="" if str(result.status) in {"success", "pass"} else without_values(result.message or ""),
    )


def rows_of_tables(home: VetroHome) -> int:
    """Return how many rows the tables of the marts hold, as DuckDB keeps count of them."""
    with connect(home.warehouse, read_only=True) as connection:
        [(rows,)] = connection.execute(
            "select coalesce(sum(estimated_size), 0)::bigint from duckdb_tables() where schema_name = 'marts'"
        ).fetchall()
    return int(rows)
