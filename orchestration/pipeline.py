"""`vetro run`: the job from what has landed to a current release, in one process.

Settings arrive, an exit code and what each step did leave. When nothing is new Dagster is not even imported.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from core.errors import VetroError
from core.home import VetroHome
from core.progress import Progress
from core.settings import Settings, environment
from orchestration import alerting, change_detection, status, stopping, turns
from orchestration.steps import fetch
from publication import release
from quality.check_result import CheckResult

if TYPE_CHECKING:
    import dagster as dg

DONE, REFUSED, KEPT = 0, 1, 3


@dataclass(frozen=True)
class PipelineOutcome:
    """What a run did. `steps` holds only the steps of this run."""

    exit_code: int
    sentence: str
    release_id: str | None
    steps: list[status.Step] = field(default_factory=list)
    failed_checks: list[CheckResult] = field(default_factory=list)


def run(settings: Settings, *, progress: Progress | None = None) -> PipelineOutcome:
    """Run the job. Exit code 0: a release is current; 1: some refused, held, or left at a source; 3: the last
    one was kept. At the end the alerts that are due are told, whatever happened.
    """
    try:
        return _run(settings, progress)
    finally:
        if not stopping.received():
            alerting.tell_at_the_end(settings)


def _run(settings: Settings, progress: Progress | None) -> PipelineOutcome:
    with turns.turn(settings.vetro_home.ensure(), "vetro run"):
        started = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
        troubled = [source.source for source in fetch(settings, progress=progress) if source.needs_somebody]
        outcome = refresh(settings, started, progress)
    if not troubled:
        return outcome
    sentence = f"{outcome.sentence} Sources to look after: {', '.join(troubled)}; 'vetro fetch' says why."
    return replace(outcome, exit_code=outcome.exit_code or REFUSED, sentence=sentence)


def refresh(settings: Settings, started: datetime, progress: Progress | None) -> PipelineOutcome:
    """From what stands in landing to a current release."""
    home = settings.vetro_home
    landed = change_detection.landing_listing(home)
    if change_detection.is_settled(home, change_detection.fingerprint(home)):
        return PipelineOutcome(DONE, "Nothing new has landed; the release stays current.", _release_id(home))

    result = _execute(settings, progress)
    if stopping.received():
        raise KeyboardInterrupt
    found = status.read(home)
    steps = [step for step in found.steps() if step.started_at >= started]
    _raise_what_no_step_recorded(result, steps, home)
    outcomes = {step.name: step.outcome for step in steps}
    current = _release_id(home)
    kept = "the last release is kept" if current else "there is no release yet"
    if "failed" in outcomes.values():
        failed = next(step for step in steps if step.outcome == "failed")
        sentence = f"The step '{failed.name}' failed; {kept}. {failed.detail}"
        return PipelineOutcome(KEPT, sentence, current, steps)
    if outcomes.get("check") == "red":
        sentence = f"The gate is red; {kept}. Report: {home.quality_report / 'report.html'}"
        return PipelineOutcome(KEPT, sentence, current, steps, found.failed_checks())
    if outcomes.get("ingest") == "refused":
        sentence = f"Some exports were refused or held: the receipts in {home.outbox} say why."
        return PipelineOutcome(REFUSED, sentence, current, steps)
    if current is None:
        sentence = f"No release yet: nothing has landed in {home.landing}. Try 'vetro simulate'."
        return PipelineOutcome(KEPT, sentence, None, steps)
    change_detection.note_landed(home, landed)
    new = outcomes.get("publish") == "ok"
    sentence = "A new release is current." if new else "Nothing new; the release stays current."
    return PipelineOutcome(DONE, sentence, current, steps)


def _execute(settings: Settings, progress: Progress | None) -> dg.ExecuteInProcessResult:
    """Execute the Dagster job here and now; the steps record how they ended."""
    variables = settings.dagster_environment()
    with environment(variables):
        # Dagster takes a second to import, and where nothing is new nothing needs it.
        import dagster as dg

        from orchestration import dagster_home
        from orchestration.definitions import JOB, build_defs

        dagster_home.prepare(settings.vetro_home, in_postgresql="DAGSTER_STORAGE_URL" in variables)
        job = build_defs(settings, progress=progress, alone=False).resolve_job_def(JOB)
        # Where nothing is new the gates have nothing to judge, and the release is skipped all the same.
        logging.getLogger("dagster._core.execution.plan.active").setLevel(logging.ERROR)
        quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
        run_id = str(uuid4())
        with dg.DagsterInstance.get() as instance:
            try:
                # From before Dagster knows of it: killed between the two, it would stay as one yet to start.
                with dagster_home.alive(settings.vetro_home, run_id):
                    return job.execute_in_process(
                        run_config=quiet, instance=instance, raise_on_error=False, run_id=run_id
                    )
            finally:
                run = instance.get_run_by_id(run_id) if stopping.received() else None
                if run and not run.is_finished:
                    instance.report_run_canceled(run, "The command was told to stop.")


def _raise_what_no_step_recorded(
    result: dg.ExecuteInProcessResult, steps: list[status.Step], home: VetroHome
) -> None:
    """Raise when the job failed outside our steps, so that no failure goes by in silence."""
    if result.success or any(step.outcome in {"failed", "red"} for step in steps):
        return
    failed = ", ".join(
        f"{event.step_key}: {_why(event.step_failure_data)}" for event in result.get_step_failure_events()
    )
    raise VetroError(
        f"the job stopped outside its steps ({failed or 'job'}). Dagster keeps the run in {home.dagster}."
    )


def _why(failure: Any) -> str:
    """What a step said of its failure, which holds no value; of any other only the kind of error."""
    if failure.user_failure_data:
        return failure.user_failure_data.description
    return _innermost(failure.error).cls_name


def _innermost(error: Any) -> Any:
    while error.cause is not None:
        error = error.cause
    return error


def _release_id(home: VetroHome) -> str | None:
    current = release.current(home)
    return current.release_id if current else None
