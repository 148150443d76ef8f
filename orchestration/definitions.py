"""What Dagster loads: assets, checks, jobs, sensors on landing and the sources, schedules.

Settings arrive, `Definitions` leave. Bodies of assets stand in `assets.py`. Nothing is read when this module
is imported; `dagster-webserver -m orchestration.definitions` calls `defs`.
"""

from typing import Any

import dagster as dg

from core.errors import Kind, VetroError
from core.home import keep_private
from core.progress import Progress
from core.settings import Settings
from orchestration import assets, change_detection, dagster_home, model_assets

JOB = "refresh_release"
INSTANCE_JOB = "refresh_instance"
WAREHOUSE_JOB = "refresh_warehouse"
FETCH_JOB = "fetch_sources"
ROME = "Europe/Rome"
# Every step may be done again, and none reads what another left in Dagster: what was interrupted begins anew.
FROM_THE_START = {"dagster/retry_strategy": "ALL_STEPS"}
# What a run does is in Dagster's history; the log of the service tells what went wrong.
QUIET = {"loggers": {"console": {"config": {"log_level": "WARNING"}}}}
LOOK_AT_SOURCES_SECONDS = 15 * 60


def build_defs(settings: Settings, *, progress: Progress | None = None, alone: bool = True) -> dg.Definitions:
    """Return the definitions on one home. The models are read from dbt only when the code has changed.

    `alone` is False for a caller that has already fetched from the sources, and tells the alerts afterwards.
    """
    models, data_tests = model_assets.specs(settings)
    model_checks = assets.model_checks(settings, data_tests, progress)
    everything = dg.AssetSelection.all() - dg.AssetSelection.checks(model_checks)
    from_landing = everything - dg.AssetSelection.assets(assets.EXPORTS)
    job = dg.define_asset_job(
        JOB,
        from_landing,
        description="From what has landed to a current release.",
        tags=FROM_THE_START,
        config=QUIET,
    )
    # Where releases come out on a calendar, what lands is built and judged at once, and waits for its day.
    warehouse_job = dg.define_asset_job(
        WAREHOUSE_JOB,
        from_landing - dg.AssetSelection.assets(assets.RELEASE),
        description="From what has landed to judged tables; no release.",
        tags=FROM_THE_START,
        config=QUIET,
    )
    instance_job = dg.define_asset_job(
        INSTANCE_JOB,
        everything,
        description="What one territory has in landing, and what follows from it.",
        tags=FROM_THE_START,
        config=QUIET,
    )
    fetch_job, calendar = fetch_sources(settings), settings.release_calendar
    on_arrival = warehouse_job if calendar else job
    return dg.Definitions(
        assets=[
            assets.exports(settings, progress),
            assets.raw_entities(settings, progress, fetch=alone),
            assets.models(settings, models, progress),
            assets.current_release(settings, progress),
        ],
        asset_checks=[assets.gates(settings, data_tests, progress), model_checks],
        jobs=[job, warehouse_job, instance_job, fetch_job],
        resources={assets.TURN: assets.turn(settings, alerts=alone)},
        sensors=[landing_sensor(settings, on_arrival), source_sensor(settings, fetch_job)],
        schedules=[
            # A source that falls silent changes no file: only looking again each night finds it.
            schedule("nightly", on_arrival, "0 4 * * *"),
            *([schedule("release_calendar", job, calendar)] if calendar else []),
        ],
        # One process: a process per step would import everything again, and DuckDB has one writer anyway.
        executor=dg.in_process_executor,
    )


def schedule(name: str, job: Any, cron: str) -> dg.ScheduleDefinition:
    """Return a schedule that is on from the start, by the clock of Rome. VetroError for what is no cron."""
    try:
        return dg.ScheduleDefinition(
            name=name,
            job=job,
            cron_schedule=cron,
            execution_timezone=ROME,
            default_status=dg.DefaultScheduleStatus.RUNNING,
        )
    except dg.DagsterInvalidDefinitionError:
        raise VetroError(
            f"the schedule {name} is no line of cron: {cron!r}. The tenth of every third month at six: "
            "VETRO_RELEASE_CALENDAR='0 6 10 2,5,8,11 *'.",
            kind=Kind.USAGE,
        ) from None


def fetch_sources(settings: Settings) -> dg.JobDefinition:
    """The job that looks at the sources. Each is tried three times within it; nothing else would be mended by
    trying again at once.
    """

    @dg.op(name="fetch")
    def fetch(context: dg.OpExecutionContext) -> None:
        with assets.told_without_values():
            found = assets.steps().fetch(settings)
        for source in found:
            if source.needs_somebody:
                context.log.warning(f"{source.source}: {source.failure or 'something was left there'}")

    @dg.job(name=FETCH_JOB, executor_def=dg.in_process_executor, config=QUIET)
    def fetch_sources() -> None:
        fetch()

    return fetch_sources


def source_sensor(settings: Settings, job: Any) -> dg.SensorDefinition:
    """Look at the declared sources, SFTP and S3 too, every quarter of an hour. What is fetched changes
    landing, once, and the sensor on landing sees to the rest.
    """

    @dg.sensor(
        name="sources",
        job=job,
        minimum_interval_seconds=LOOK_AT_SOURCES_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def sources(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        if not settings.vetro_home.sources_file.exists():
            return dg.SkipReason("No source is declared in sources.yaml.")
        return dg.RunRequest()

    return sources


def landing_sensor(settings: Settings, job: Any) -> dg.SensorDefinition:
    """Ask for a run of `job` (its kind has no public name) when landing has changed and is still again, and
    no run is at work, which might take it in.
    """

    @dg.sensor(
        name="landing_changed",
        job=job,
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def landing_changed(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        home = settings.vetro_home
        # Those that a stopped machine left are made again by Dagster, once it knows that they are over.
        at_work = dagster_home.close_dead_runs(home, context.instance)
        now = change_detection.fingerprint(home)
        if change_detection.is_settled(home, now):
            return dg.SkipReason("Nothing new has landed.")
        # An upload in progress looks different at each tick; a run starts when two ticks see the same.
        if context.cursor != now.landed:
            context.update_cursor(now.landed)
            return dg.SkipReason("Landing has changed since the last look; waiting until it is still.")
        if at_work:
            return dg.SkipReason("A run is at work; what it leaves is looked at after it.")
        return dg.RunRequest(run_key=f"{now.landed}:{now.code}:{now.day}")

    return landing_changed


@dg.definitions
def defs() -> dg.Definitions:
    """The definitions of the home that the environment names."""
    keep_private()
    return build_defs(Settings())
