"""The steps of the pipeline, each as one call: simulate, ingest, build, check, publish.

Settings arrive, the packages do the work, the operations status leaves. How a package does its work, and how
a result is shown, does not belong here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from pathlib import Path

from core.progress import Progress
from core.settings import Settings
from ingestion.data_subjects.erasure_register import note_erasures
from ingestion.instances import register_instances
from ingestion.loading import ingest as loading
from ingestion.loading.ingest import Receipt
from ingestion.loading.landing_retention import AgedOut, LandingPolicy, age_out
from ingestion.raw.layer import locked
from ingestion.reference.ats import register_ats
from ingestion.sources import fetching
from ingestion.sources.fetching import SourceOutcome
from orchestration import change_detection, lineage, status, turns, warehouse
from orchestration.warehouse import BuildReport
from publication import release
from publication.release import Release
from publication.release_record import rows_of_tables
from publication.revision import LATE_DATA
from quality import gate
from quality.check_result import CheckResult
from quality.gate import GateReport
from simulation import network, territories
from simulation.network import SimulationReport


def simulate(
    settings: Settings,
    *,
    out: Path | None,
    scale: float,
    seed: int,
    months: int,
    progress: Progress | None = None,
) -> SimulationReport:
    """Write the simulated network's exports of `months` months to `out` (default: landing), and register its
    instances and the ATS of their comuni.
    """
    home = settings.vetro_home.ensure()
    with lineage.step(settings, "simulate") as step:
        report = network.simulate(
            out or home.landing, scale=scale, seed=seed, months=months, progress=progress
        )
        step.rows = sum(report.rows.values())
        register_instances(home, network.instances(scale))
        register_ats(home, territories.ats_memberships())
    return report


def fetch(
    settings: Settings, names: Sequence[str] = (), *, progress: Progress | None = None
) -> list[SourceOutcome]:
    """Copy what is whole and new from the sources into landing; nothing where no source is declared."""
    home = settings.vetro_home.ensure()
    if not names and not home.sources_file.exists():
        return []
    with lineage.step(settings, "fetch") as step:
        found = fetching.fetch(home, names, credentials=settings.credentials(), progress=progress)
        outcomes = (fetching.FETCHED, fetching.UNCHANGED, fetching.WAITING, fetching.LEFT)
        counts = {name: sum(source.count(name) for source in found) for name in outcomes}
        counts["sources failed"] = sum(source.failure is not None for source in found)
        if any(source.needs_somebody for source in found):
            step.outcome = "refused"
        elif not counts[fetching.FETCHED]:
            step.outcome = "unchanged"
        step.detail = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    return found


def ingest(
    settings: Settings,
    paths: Sequence[Path] = (),
    *,
    instance: str | None = None,
    progress: Progress | None = None,
) -> list[Receipt]:
    """Ingest exports; with no path, everything in landing. `instance` says whose foreign
    files the paths are.
    """
    home = settings.vetro_home.ensure()
    with lineage.step(settings, "ingest") as step:
        receipts = loading.ingest(home, paths, instance=instance, progress=progress)
        by_status = {name: sum(r.status == name for r in receipts) for name in RECEIPT_STATUSES}
        if by_status["refused"] or by_status["held"]:
            step.outcome = "refused"
        elif not by_status["accepted"]:
            step.outcome = "unchanged"
        step.detail = ", ".join(f"{count} {name}" for name, count in by_status.items() if count)
        if settings.backups and by_status["accepted"]:
            # An export can erase too: what an older backup still tells of must not come back.
            with locked(home):
                noted = note_erasures(home, settings.backups)
            if not noted:
                step.detail += "; the register of erasures in VETRO_BACKUPS could not be written"
        step.rows = sum(
            count["loaded"] for r in receipts if r.status == "accepted" for count in r.counts.values()
        )
    status.record_exports(home)
    return receipts


def age_landing(settings: Settings) -> AgedOut:
    """Remove from landing what has been in, or was refused, for longer than the settings say."""
    policy = LandingPolicy(settings.landing_days, settings.refused_days)
    return age_out(settings.vetro_home.ensure(), policy)


RECEIPT_STATUSES = ("accepted", "known", "held", "refused")


def build(settings: Settings, *, progress: Progress | None = None) -> BuildReport:
    """Build the warehouse from everything committed in raw. A new build has not been judged by any gate."""
    home = settings.vetro_home.ensure()
    with turns.turn(home, "building the warehouse"), lineage.step(settings, "build") as step:
        before = change_detection.fingerprint(home)
        report = warehouse.Warehouse(settings).build(progress)
        step.outcome = "unchanged" if report.unchanged else "ok" if report.succeeded else "failed"
        step.detail = f"{report.built} models built, {len(report.failures)} failed"
        if report.failures:
            first = report.failures[0]
            step.detail += f"; the first is {first.name}: {first.message or first.status}"
        if report.dropped_corrections:
            step.detail += f", {report.dropped_corrections} corrections of erased persons taken out"
        if report.succeeded:
            change_detection.note_built(home, before)
            step.rows = warehouse.rows_of_tables(home)
    return report


def check(settings: Settings, *, progress: Progress | None = None) -> GateReport:
    """Run the data tests and both gates on the warehouse as it stands. VetroError without one."""
    home = settings.vetro_home
    # Before dbt, which would make an empty one.
    gate.require_warehouse(home)
    with turns.turn(home.ensure(), "judging the tables"), lineage.step(settings, "check") as step:
        data_tests = warehouse.as_check_results(warehouse.Warehouse(settings).test(progress))
        report = gate.run_gates(home, data_tests, progress=progress)
        step.outcome = "ok" if report.green else "red"
        not_run = sum(result.could_not_run for result in report.failed)
        step.detail = f"{len(report.results)} checks, {len(report.failed) - not_run} failed"
        if not_run:
            step.detail += f", {not_run} could not run"
        warnings = len(report.warnings)
        step.detail += f", {warnings} warning{'' if warnings == 1 else 's'}"
        findings = [
            (result.gate, result.check_name, finding.instance, finding.subject)
            for result in report.results
            for finding in result.findings
        ]
        status.record_gate(home, report.green, [check_row(result) for result in report.results], findings)
    return report


def check_row(result: CheckResult) -> tuple:
    """Return one check result as a row of `check_result`."""
    values = {column: getattr(result, column) for column in CHECK_COLUMNS}
    values["checked_at"] = values["checked_at"].astimezone(UTC).replace(tzinfo=None, microsecond=0)
    return tuple(values.values())


CHECK_COLUMNS = (
    "gate", "check_name", "passed", "observed_count", "total_count", "severity", "checked_at", "detail_it",
    "detail_en", "could_not_run",
)  # fmt: skip


def publish(
    settings: Settings,
    *,
    revised_years: Sequence[str] = (),
    why: str | None = None,
    progress: Progress | None = None,
) -> Release:
    """Make the judged warehouse a release and make it current; when nothing is new the current one stays.
    `revised_years` are issued again as a whole, and readers are told `why`.
    """
    home = settings.vetro_home.ensure()
    with turns.turn(home, "publishing"), lineage.step(settings, "publish") as step:
        code = change_detection.code_version()
        made = release.publish(
            home,
            gate=gate.read_gate(home),
            code_version=code,
            progress=progress,
            revised_years=revised_years,
            why=why or LATE_DATA,
            write_pages=_write_for_readers,
        )
        step.outcome = "ok" if made.new else "unchanged"
        step.detail = made.release_id
        step.rows = rows_of_tables(made.path)
        status.record_release(home, made.release_id, made.created_at)
        change_detection.note_published(home)
    return made


def _write_for_readers(public: Path, before: Path | None) -> None:
    """Write into a release that is being made what both kinds of readers open: the site, and beside the
    private database those of the viewers who see all."""
    # The pages bring their words and templates with them, which no other step needs.
    from dashboards.access.scoped_copy import lay_down
    from dashboards.release import DATABASE
    from dashboards.site.writing import write_site

    write_site(public, before)
    lay_down(public.with_name("private") / DATABASE)


def waive(settings: Settings, instance: str, sequence: int) -> None:
    """Let an instance's exports go on without the export of one sequence number."""
    loading.waive(settings.vetro_home.ensure(), instance, sequence)
