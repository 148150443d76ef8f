"""Both gates in one call: measure, judge, write down, say whether the way out is open.

A home with a built warehouse and the results of the data tests arrive; `quality.check_result` in the
warehouse, the report and a `GateReport` leave. Which limits hold stands in `policy.yaml`; how the marts come
about does not belong here.
"""

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from core.duckdb_sessions import connect
from core.errors import VetroError
from core.home import VetroHome
from core.progress import Progress
from core.sql import literal
from quality.check import LANDED, MARTS, Check
from quality.check_result import CheckResult, Finding, GateReport, could_not_run
from quality.landed import measure_landed
from quality.marts import measure_marts
from quality.policy import AcceptedFinding, accepted_findings, load_policy
from quality.report import write_report
from quality.rules import Verdict, judge
from quality.suites import judge_suites, read_suites

__all__ = ["CheckResult", "GateReport", "read_gate", "run_gates"]

WAREHOUSE = "warehouse"
FINGERPRINT = """
    select count(*) || ' ' || coalesce(bit_xor(hash(figure)), 0) from marts.indicator_value as figure"""


def require_warehouse(home: VetroHome) -> None:
    """Raise VetroError where nothing has been built."""
    if not home.warehouse.exists():
        raise VetroError(
            f"there is no warehouse to judge in {home.root}: run `vetro build` first / "
            f"in {home.root} non c'è un archivio da controllare: prima `vetro build`"
        )


def run_gates(
    home: VetroHome,
    data_tests: Sequence[CheckResult] = (),
    *,
    today: date | None = None,
    progress: Progress | None = None,
) -> GateReport:
    """Run the gates `landed` and `marts` and the suites of the home, add the data tests, write results and
    report, return the report.

    `progress(label, done, total)` is called as work goes on. Raises VetroError when there is no warehouse,
    and FileUnusable for a suite that cannot be used. Anything else that goes wrong inside a gate is a failed
    check of that gate, never a skipped one.
    """
    require_warehouse(home)
    today = today or datetime.now(UTC).date()
    policy, suites = load_policy(), read_suites(home)
    steps = _step_progress(progress)
    with _scratch(home) as scratch:
        checks, broken = _measure(home, scratch, policy.landed, policy.marts, today, steps)
        verdicts = judge(scratch, [check.rule for check in checks], steps("rules"))
        findings = _findings(scratch, checks, verdicts)
    with _scratch(home) as scratch:
        of_suites = judge_suites(home, suites, scratch)
    results = (*broken, *map(_result, checks, verdicts, findings), *of_suites, *data_tests)
    report = GateReport(results, datetime.now(UTC))
    _write_results(home, report)
    write_report(home.quality_report, report, _simulated_instances(home))
    return report


def _simulated_instances(home: VetroHome) -> list[str]:
    """The instances of which an export says that its data are simulated; none where no export can say so."""
    with connect(home.warehouse, read_only=True) as connection:
        said = connection.execute("""
            select 1 from information_schema.columns
            where table_schema = 'staging' and table_name = 'stg_export' and column_name = 'simulated'""")
        if said.fetchone() is None:
            return []
        return [
            instance
            for (instance,) in connection.execute(
                "select distinct instance_id from staging.stg_export where simulated order by 1"
            ).fetchall()
        ]


def read_gate(home: VetroHome) -> GateReport | None:
    """Return the gate that was last run over the marts as they are now; None when they were never judged.

    A gate that judged other marts than those in the warehouse counts as none.
    """
    if not home.warehouse.exists():
        return None
    with connect(home.warehouse, read_only=True) as connection:
        recorded = connection.execute("""
            select 1 from information_schema.tables
            where table_schema = 'quality' and table_name = 'gate_state'""").fetchone()
        if recorded is None:
            return None
        [(checked_at, judged_these_marts)] = connection.execute(
            "select checked_at, judged_these_marts from quality.gate_state"
        ).fetchall()
        if not judged_these_marts:
            return None
        try:
            rows = connection.execute("""
                select gate, check_name, passed, observed_count, total_count, severity, checked_at,
                       detail_it, detail_en, could_not_run
                from quality.check_result""").fetchall()
        except duckdb.BinderException:
            # Judged by an earlier version, which did not say all that this one has to know.
            return None
    results = tuple(replace(CheckResult(*row), checked_at=row[6].replace(tzinfo=UTC)) for row in rows)
    return GateReport(results, checked_at.replace(tzinfo=UTC))


def _step_progress(progress: Progress | None) -> Callable[[str], Callable[[int, int], None] | None]:
    def of_step(label: str) -> Callable[[int, int], None] | None:
        return None if progress is None else lambda done, total: progress(label, done, total)

    return of_step


@contextmanager
def _scratch(home: VetroHome) -> Iterator[Path]:
    home.temporary.mkdir(parents=True, exist_ok=True)
    path = home.temporary / f"gate-{uuid.uuid4().hex}.duckdb"
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)
        path.with_suffix(".duckdb.wal").unlink(missing_ok=True)


def _measure(
    home: VetroHome,
    scratch: Path,
    landed: dict,
    marts: dict,
    today: date,
    steps: Callable[[str], Callable[[int, int], None] | None],
) -> tuple[list[Check], list[CheckResult]]:
    checks: list[Check] = []
    broken: list[CheckResult] = []
    accepted = accepted_findings(home, today)
    with connect(scratch, spill=home.temporary) as connection:
        connection.execute(f"attach {literal(home.warehouse)} as {WAREHOUSE} (read_only)")
        for gate, measure in (
            (
                LANDED,
                lambda: measure_landed(
                    connection, home, landed, today=today, warehouse=WAREHOUSE, progress=steps(LANDED)
                ),
            ),
            (
                MARTS,
                lambda: measure_marts(connection, home, marts, warehouse=WAREHOUSE, progress=steps(MARTS)),
            ),
        ):
            try:
                checks += measure()
            except Exception as error:
                broken.append(_not_measured(gate, error))
        for finding in accepted:
            _accept(connection, checks, finding)
        connection.execute(f"detach {WAREHOUSE}")
    return checks, broken


def _not_measured(gate: str, error: Exception) -> CheckResult:
    return could_not_run(
        gate,
        "measured",
        type(error).__name__,
        it="Le osservazioni di questo controllo",
        en="The observations of this gate",
    )


def _accept(connection: duckdb.DuckDBPyConnection, checks: Sequence[Check], finding: AcceptedFinding) -> None:
    for check in checks:
        if finding.check == f"{check.gate}.{check.name}":
            connection.execute(
                f"delete from {check.rule.table} where instance_id = $instance "
                "and coalesce(subject = $subject, true) and ($export is null or $export in ("
                "select export_id from landed_export where instance_id = $instance and recency = 1))",
                {"instance": finding.instance, "subject": finding.subject, "export": finding.export},
            )


def _findings(
    scratch: Path, checks: Sequence[Check], verdicts: Sequence[Verdict]
) -> list[tuple[Finding, ...]]:
    """Return who and what broke each rule, in the words that accepted-findings.yaml asks for."""
    found: list[tuple[Finding, ...]] = []
    with connect(scratch) as connection:
        for check, verdict in zip(checks, verdicts, strict=True):
            if verdict.holds or verdict.error:
                found.append(())
                continue
            export = "landed.export_id" if check.gate == LANDED else "null"
            rows = connection.execute(f"""
                select distinct seen.instance_id, seen.subject, {export}
                from {check.rule.table} as seen
                left join landed_export as landed on landed.instance_id = seen.instance_id and recency = 1
                where not ({check.rule.sql}) order by all""").fetchall()
            found.append(tuple(Finding(*row) for row in rows))
    return found


def _result(check: Check, verdict: Verdict, findings: tuple[Finding, ...]) -> CheckResult:
    if verdict.error:
        return could_not_run(check.gate, check.name, verdict.error, it=check.it, en=check.en)
    return CheckResult(
        check.gate,
        check.name,
        verdict.holds,
        verdict.broken,
        verdict.examined,
        check.severity,
        detail_it=check.it,
        detail_en=check.en,
        findings=findings,
    )


def _write_results(home: VetroHome, report: GateReport) -> None:
    with connect(home.warehouse) as connection:
        connection.execute("begin")
        connection.execute("create schema if not exists quality")
        connection.execute("""
            create or replace table quality.check_result (
                gate varchar not null, check_name varchar not null, passed boolean not null,
                observed_count bigint not null, total_count bigint not null, severity varchar not null,
                checked_at timestamp not null, detail_it varchar not null, detail_en varchar not null,
                could_not_run boolean not null)""")
        if report.results:
            connection.executemany(
                "insert into quality.check_result values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        result.gate,
                        result.check_name,
                        result.passed,
                        result.observed_count,
                        result.total_count,
                        result.severity,
                        result.checked_at.astimezone(UTC).replace(tzinfo=None),
                        result.detail_it,
                        result.detail_en,
                        result.could_not_run,
                    )
                    for result in report.results
                ],
            )
        connection.execute("""
            create or replace table quality.finding (
                gate varchar not null, check_name varchar not null, instance_id varchar not null,
                subject varchar not null, export_id varchar)""")
        findings = [
            (result.gate, result.check_name, finding.instance, finding.subject, finding.export_id)
            for result in report.results
            for finding in result.findings
        ]
        if findings:
            connection.executemany("insert into quality.finding values (?, ?, ?, ?, ?)", findings)
        connection.execute(
            f"""
            create or replace table quality.gate as
            select $green as green, $checked_at as checked_at, ({FINGERPRINT}) as fingerprint""",
            {"green": report.green, "checked_at": report.checked_at.replace(tzinfo=None)},
        )
        # The view compares with the marts as they are when it is read: a later build has not been judged.
        connection.execute(f"""
            create or replace view quality.gate_state as
            select green, checked_at, fingerprint = ({FINGERPRINT}) as judged_these_marts from
                quality.gate""")
        connection.execute("commit")
