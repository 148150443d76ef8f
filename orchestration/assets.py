"""The pipeline as Dagster assets and checks: exports, raw entities, models, gates, the release.

Settings arrive, asset definitions leave; each body calls one step and carries its counts. No rule is written
here, and no value of any export is carried.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import dagster as dg

from core.progress import Progress
from core.settings import Settings
from ingestion.contract.schema import load_contract
from ingestion.instances import read_instances
from orchestration import change_detection, dagster_home, turns
from orchestration.failures import reason
from quality.check_result import CRITICAL

if TYPE_CHECKING:
    from ingestion.loading.ingest import Receipt
    from quality.gate import GateReport

ON_TIME = "on_time"
# What each territory sent and was accepted; the territories are its partitions.
EXPORTS = dg.AssetKey(["landing", "exports"])
PARTITIONS = "instance"
INSTANCES = dg.DynamicPartitionsDefinition(name=PARTITIONS)
RAW = "raw"
# DuckDB has one writer, and what is judged must be what is published: a run has one turn from its first step
# to its last.
TURN = "turn"
INDICATORS = dg.AssetKey(["marts", "indicator_value"])
RELEASE = dg.AssetKey(["release", "current"])
DATA_TESTS = "data_tests"
GATES = {
    "landed": "Landed exports: volume, shares, freshness, drift.",
    "expectations": "Rules of this deployment: its suites in VETRO_HOME/expectations.",
    DATA_TESTS: "Keys, relations and accounting identities of the tables.",
    "marts": "Indicators: ranges, reconciliation to the cent, sudden change.",
}


@contextmanager
def told_without_values() -> Iterator[None]:
    """Raise what the body raises as a failure of Dagster that says our own sentence or the kind of error.

    Dagster keeps and prints the whole text of an exception, which may quote data.
    """
    try:
        yield
    except dg.Failure:
        raise
    except Exception as error:
        raise dg.Failure(reason(error)) from None


def steps() -> ModuleType:
    """Return the module of the steps."""
    # Numpy and pyarrow come with it, and the server that loads the definitions is waited for.
    from orchestration import steps

    return steps


def exports(settings: Settings, progress: Progress | None = None) -> dg.AssetsDefinition:
    """The exports that were accepted, by territory. A run for one of them takes in what it has in landing; a
    run for all begins at `raw_entities`, which then says here whose exports came.
    """

    @dg.asset(
        key=EXPORTS,
        group_name="landing",
        partitions_def=INSTANCES,
        required_resource_keys={TURN},
        description="Accepted exports, by territory.",
        check_specs=[
            dg.AssetCheckSpec(
                ON_TIME,
                asset=EXPORTS,
                description="What was expected of each territory by its own calendar has come.",
            )
        ],
    )
    def take_in(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        landed = settings.vetro_home.landing / context.partition_key
        with told_without_values():
            receipts = steps().ingest(settings, [landed], progress=progress) if _has_content(landed) else []
            on_time = _on_time(settings)
        accepted = [receipt for receipt in receipts if receipt.status == "accepted"]
        return dg.MaterializeResult(
            metadata=_counts(accepted), check_results=[dg.AssetCheckResult(**on_time)]
        )

    return take_in


def raw_entities(
    settings: Settings, progress: Progress | None = None, *, fetch: bool = True
) -> dg.AssetsDefinition:
    """One asset per entity of the contract. When nothing is new nothing leaves, and nothing after it runs.

    Sources are fetched from first, but for a caller that just did so (`fetch`). In a run for one territory
    nothing is fetched, and its exports are in already.
    """
    specs = [
        dg.AssetSpec(
            [RAW, entity.name],
            deps=[EXPORTS],
            description=entity.description,
            group_name=RAW,
            skippable=True,
        )
        for entity in load_contract().entities.values()
    ]

    @dg.multi_asset(name="ingest", specs=specs, required_resource_keys={TURN})
    def ingest(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
        home = settings.vetro_home
        receipts: list[Receipt] = []
        if not context.has_partition_key:
            with told_without_values():
                if fetch:
                    steps().fetch(settings, progress=progress)
                receipts = steps().ingest(settings, progress=progress)
                steps().age_landing(settings)
                context.instance.add_dynamic_partitions(PARTITIONS, sorted(read_instances(home)))
                on_time = _on_time(settings)
            for instance, accepted in _accepted_by_instance(receipts):
                context.log_event(
                    dg.AssetMaterialization(EXPORTS, partition=instance, metadata=_counts(accepted))
                )
            context.log_event(dg.AssetCheckEvaluation(**on_time))
        nothing_committed = next(home.raw.glob("instance=*/export=*"), None) is None
        if nothing_committed or change_detection.is_published(home, change_detection.fingerprint(home)):
            return
        for spec in specs:
            loaded = sum(receipt.counts.get(spec.key.path[-1], {}).get("loaded", 0) for receipt in receipts)
            yield dg.MaterializeResult(asset_key=spec.key, metadata={"loaded": loaded})

    return ingest


def _has_content(folder: Path) -> bool:
    """Tell whether anything but hidden files stands in a folder that may not exist."""
    return folder.is_dir() and any(not path.name.startswith(".") for path in folder.iterdir())


def _accepted_by_instance(receipts: Sequence["Receipt"]) -> list[tuple[str, list["Receipt"]]]:
    found: dict[str, list[Receipt]] = defaultdict(list)
    for receipt in receipts:
        if receipt.status == "accepted":
            found[receipt.instance].append(receipt)
    return sorted(found.items())


def _on_time(settings: Settings) -> dict[str, Any]:
    """Whether every territory that sends today is on time by its own calendar, and who is late."""
    # The words of alerts come with them, and the server that loads the definitions is waited for.
    from orchestration import alerting, overview, status
    from orchestration.alerts.settings import AlertSettings

    found, today = status.read(settings.vetro_home), datetime.now(alerting.ROME).date()
    # How alerts are told, and whether that can be read, is nothing to a run.
    alerts = alerting.look(settings, AlertSettings())
    known = overview.territories(settings.vetro_home, found, alerts, today)
    late = {one.instance: str(one.data_to) for one in known if one.state == "late"}
    return {
        "asset_key": EXPORTS,
        "check_name": ON_TIME,
        "passed": not late,
        "severity": dg.AssetCheckSeverity.WARN,
        "metadata": {"territories": len(known), "late": late},
    }


def _counts(accepted: Sequence["Receipt"]) -> dict[str, int | str]:
    """How many exports were accepted, which was the last, and their rows."""
    counts = [count for receipt in accepted for count in receipt.counts.values()]
    rows = {
        name: sum(count.get(name, 0) for count in counts)
        for name in ("received", "loaded", "known", "quarantined")
    }
    last = {"last": accepted[-1].export_id} if accepted else {}
    return {"exports": len(accepted), **last, **rows}


def models(
    settings: Settings, specs: Sequence[dg.AssetSpec], progress: Progress | None = None
) -> dg.AssetsDefinition:
    """One asset per dbt model, built by dbt in this process."""

    @dg.multi_asset(name="build", specs=specs, can_subset=True, required_resource_keys={TURN})
    def build(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
        with told_without_values():
            report = steps().build(settings, progress=progress)
        keys = {key.path[-1]: key for key in context.selected_asset_keys}
        for model in report.models:
            if model.succeeded and model.name in keys:
                yield dg.MaterializeResult(asset_key=keys[model.name], metadata={"seconds": model.seconds})
        if report.unchanged:
            # The gates judge it all the same: that nothing came is a finding too.
            yield dg.MaterializeResult(asset_key=INDICATORS, metadata={"unchanged": True})
        if not report.succeeded:
            raise dg.Failure(
                f"{len(report.failures)} models failed",
                metadata={"models": [m.name for m in report.failures]},
            )

    return build


def gates(
    settings: Settings, data_tests: Sequence[dg.AssetCheckSpec], progress: Progress | None = None
) -> dg.AssetChecksDefinition:
    """Three blocking checks: a red one keeps the release from being made. Beside them the verdict of each of
    `data_tests` is noted, which blocks nothing by itself.
    """
    specs = [
        dg.AssetCheckSpec(name, asset=INDICATORS, description=description, blocking=True)
        for name, description in GATES.items()
    ]

    @dg.multi_asset_check(name="check", specs=specs, required_resource_keys={TURN})
    def check(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        with told_without_values():
            report = steps().check(settings, progress=progress)
        for name in GATES:
            failed = [result.check_name for result in report.failed if result.gate == name]
            count = sum(result.gate == name for result in report.results)
            yield dg.AssetCheckResult(
                asset_key=INDICATORS,
                check_name=name,
                passed=not failed,
                metadata={"checks": count, "failed": failed},
            )
        for verdict in _verdicts(report, data_tests):
            evaluation = dg.AssetCheckEvaluation(**verdict)
            # It takes these too, but for the words of its type.
            context.op_execution_context.log_event(evaluation)  # type: ignore[arg-type]

    return check


def model_checks(
    settings: Settings, data_tests: Sequence[dg.AssetCheckSpec], progress: Progress | None = None
) -> dg.AssetChecksDefinition:
    """The data tests of dbt, each a check of its model, to be judged again by hand. No job selects them: they
    would be skipped with every model that a build leaves as it is. In a job, `gates` notes their verdicts.
    """

    @dg.multi_asset_check(name="test", specs=data_tests, required_resource_keys={TURN})
    def test() -> Iterator[dg.AssetCheckResult]:
        with told_without_values():
            report = steps().check(settings, progress=progress)
        for verdict in _verdicts(report, data_tests):
            yield dg.AssetCheckResult(**verdict)

    return test


def _verdicts(report: "GateReport", data_tests: Sequence[dg.AssetCheckSpec]) -> Iterator[dict[str, Any]]:
    """What a report says of each data test: how many rows break it, or that it could not run."""
    told = {result.check_name: result for result in report.results if result.gate == DATA_TESTS}
    for spec in data_tests:
        result = told.get(spec.name)
        is_warning = result is not None and result.severity != CRITICAL
        yield {
            "asset_key": spec.asset_key,
            "check_name": spec.name,
            "passed": result is not None and result.passed,
            "severity": dg.AssetCheckSeverity.WARN if is_warning else dg.AssetCheckSeverity.ERROR,
            "metadata": {
                "rows": result.observed_count if result else 0,
                "could_not_run": result is None or result.could_not_run,
            },
        }


def current_release(settings: Settings, progress: Progress | None = None) -> dg.AssetsDefinition:
    """The release that readers see."""

    @dg.asset(key=RELEASE, deps=[INDICATORS], group_name="release", required_resource_keys={TURN})
    def publish() -> dg.MaterializeResult:
        """A protected, immutable release, made current in one switch."""
        with told_without_values():
            made = steps().publish(settings, progress=progress)
        return dg.MaterializeResult(metadata={"release_id": made.release_id, "new": made.new})

    return publish


def turn(settings: Settings, *, alerts: bool = True) -> dg.ResourceDefinition:
    """The turn of a run: it waits for whoever else is at work on the home, and shows that it lives.

    Runs whose process ended without a word are closed before. After it, however the run ended, the alerts
    that are due are told, but for a caller that does so itself (`alerts`).
    """
    home = settings.vetro_home

    @dg.resource(description="One process at a time builds, judges and publishes.")
    def turn(context: dg.InitResourceContext) -> Iterator[None]:
        if context.run is None or context.instance is None:
            raise RuntimeError("only a run has a turn")
        run_id, instance = context.run.run_id, context.instance
        try:
            with dagster_home.alive(home, run_id):
                dagster_home.close_dead_runs(home, instance, but=run_id)
                with turns.turn(home, f"Dagster's run {run_id}"):
                    yield
        finally:
            if alerts:
                # What it needs takes a while to import, and the server that loads the definitions is waited
                # for.
                from orchestration import alerting

                alerting.tell_at_the_end(settings)

    return turn
