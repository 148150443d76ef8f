"""What Dagster loads: assets, checks, one job, a sensor on landing, a daily schedule.

Settings arrive, `Definitions` leave. Bodies of assets stand in `assets.py`. Nothing is read when this module
is imported; `dagster-webserver -m orchestration.definitions` calls `defs`.
"""

from typing import Any

import dagster as dg

from core.progress import Progress
from core.settings import Settings
from orchestration import assets, change_detection, model_assets

JOB = "refresh_release"
FETCH_JOB = "fetch_sources"


def build_defs(settings: Settings, *, progress: Progress | None = None, fetch: bool = True) -> dg.Definitions:
    """Return the definitions on one home. The models are read from dbt only when the code has changed.

    `fetch` is False for a caller that has already fetched from the sources.
    """
    everything = dg.AssetSelection.all()
    job = dg.define_asset_job(JOB, everything, description="From what has landed to a current release.")
    return dg.Definitions(
        assets=[
            assets.raw_entities(settings, progress, fetch=fetch),
            assets.models(settings, model_assets.specs(settings), progress),
            assets.current_release(settings, progress),
        ],
        asset_checks=[assets.gates(settings, progress)],
        jobs=[job],
        resources={assets.TURN: assets.turn(settings)},
        sensors=[landing_sensor(settings, job)],
        schedules=[
            # A source that falls silent changes no file: only looking again each day finds it.
            dg.ScheduleDefinition(
                name=f"{JOB}_daily",
                job=job,
                cron_schedule="0 6 * * *",
                execution_timezone="Europe/Rome",
                default_status=dg.DefaultScheduleStatus.RUNNING,
            ),
            *([fetch_schedule(settings)] if settings.vetro_home.sources_file.exists() else []),
        ],
        # One process: a process per step would import everything again, and DuckDB has one writer anyway.
        executor=dg.in_process_executor,
    )


def fetch_schedule(settings: Settings) -> dg.ScheduleDefinition:
    """Look at the sources often; what is fetched changes landing, and the sensor sees to the rest."""

    @dg.op(name="fetch")
    def fetch(context: dg.OpExecutionContext) -> None:
        for source in assets.steps().fetch(settings):
            if source.needs_somebody:
                context.log.warning(f"{source.source}: {source.failure or 'something was left there'}")

    @dg.job(name=FETCH_JOB, executor_def=dg.in_process_executor)
    def fetch_sources() -> None:
        fetch()

    return dg.ScheduleDefinition(
        name=FETCH_JOB,
        job=fetch_sources,
        cron_schedule="*/15 * * * *",
        execution_timezone="Europe/Rome",
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )


def landing_sensor(settings: Settings, job: Any) -> dg.SensorDefinition:
    """Ask for a run of `job` (its kind has no public name) when landing has changed and is still again."""

    @dg.sensor(
        name="landing_changed",
        job=job,
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def landing_changed(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        home = settings.vetro_home
        now = change_detection.fingerprint(home)
        if change_detection.is_settled(home, now):
            return dg.SkipReason("Nothing new has landed.")
        # An upload in progress looks different at each tick; a run starts when two ticks see the same.
        if context.cursor != now.landed:
            context.update_cursor(now.landed)
            return dg.SkipReason("Landing has changed since the last look; waiting until it is still.")
        return dg.RunRequest(run_key=f"{now.landed}:{now.code}:{now.day}")

    return landing_changed


@dg.definitions
def defs() -> dg.Definitions:
    """The definitions of the home that the environment names."""
    return build_defs(Settings())
