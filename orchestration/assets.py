"""The pipeline as Dagster assets and checks: raw entities, models, gates, the release.

Settings arrive, asset definitions leave; each body calls one step and carries its counts. No rule is written
here, and no value of any export is carried.
"""

from collections.abc import Iterator, Sequence
from types import ModuleType

import dagster as dg

from core.progress import Progress
from core.settings import Settings
from ingestion.contract.schema import load_contract
from orchestration import change_detection, dagster_home, turns

RAW = "raw"
# DuckDB has one writer, and what is judged must be what is published: a run has one turn from its first step
# to its last.
TURN = "turn"
INDICATORS = dg.AssetKey(["marts", "indicator_value"])
RELEASE = dg.AssetKey(["release", "current"])
GATES = {
    "landed": "Landed exports: volume, shares, freshness, drift.",
    "data_tests": "Keys, relations and accounting identities of the tables.",
    "marts": "Indicators: ranges, reconciliation to the cent, sudden change.",
}


def steps() -> ModuleType:
    """Return the module of the steps."""
    # Numpy and pyarrow come with it, and the server that loads the definitions is waited for.
    from orchestration import steps

    return steps


def raw_entities(
    settings: Settings, progress: Progress | None = None, *, fetch: bool = True
) -> dg.AssetsDefinition:
    """One asset per entity of the contract. When nothing is new nothing leaves, and nothing after it runs.

    Sources are fetched from first, but for a caller that just did so (`fetch`).
    """
    specs = [
        dg.AssetSpec([RAW, entity.name], description=entity.description, group_name=RAW, skippable=True)
        for entity in load_contract().entities.values()
    ]

    @dg.multi_asset(name="ingest", specs=specs, required_resource_keys={TURN})
    def ingest() -> Iterator[dg.MaterializeResult]:
        if fetch:
            steps().fetch(settings, progress=progress)
        receipts = steps().ingest(settings, progress=progress)
        steps().age_landing(settings)
        home = settings.vetro_home
        nothing_committed = next(home.raw.glob("instance=*/export=*"), None) is None
        if nothing_committed or change_detection.is_published(home, change_detection.fingerprint(home)):
            return
        for spec in specs:
            loaded = sum(receipt.counts.get(spec.key.path[-1], {}).get("loaded", 0) for receipt in receipts)
            yield dg.MaterializeResult(asset_key=spec.key, metadata={"loaded": loaded})

    return ingest


def models(
    settings: Settings, specs: Sequence[dg.AssetSpec], progress: Progress | None = None
) -> dg.AssetsDefinition:
    """One asset per dbt model, built by dbt in this process."""

    @dg.multi_asset(name="build", specs=specs, can_subset=True, required_resource_keys={TURN})
    def build(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
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


def gates(settings: Settings, progress: Progress | None = None) -> dg.AssetChecksDefinition:
    """Three blocking checks: a red one keeps the release from being made."""
    specs = [
        dg.AssetCheckSpec(name, asset=INDICATORS, description=description, blocking=True)
        for name, description in GATES.items()
    ]

    @dg.multi_asset_check(name="check", specs=specs, required_resource_keys={TURN})
    def check() -> Iterator[dg.AssetCheckResult]:
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

    return check


def current_release(settings: Settings, progress: Progress | None = None) -> dg.AssetsDefinition:
    """The release that readers see."""

    @dg.asset(key=RELEASE, deps=[INDICATORS], group_name="release", required_resource_keys={TURN})
    def publish() -> dg.MaterializeResult:
        """A protected, immutable release, made current in one switch."""
        made = steps().publish(settings, progress=progress)
        return dg.MaterializeResult(metadata={"release_id": made.release_id, "new": made.new})

    return publish


def turn(settings: Settings) -> dg.ResourceDefinition:
    """The turn of a run: it waits for whoever else is at work on the home, and shows that it lives.

    Runs whose process ended without a word are closed before.
    """
    home = settings.vetro_home

    @dg.resource(description="One process at a time builds, judges and publishes.")
    def turn(context: dg.InitResourceContext) -> Iterator[None]:
        if context.run is None or context.instance is None:
            raise RuntimeError("only a run has a turn")
        run_id, instance = context.run.run_id, context.instance
        with dagster_home.alive(home, run_id):
            dagster_home.close_dead_runs(home, instance, but=run_id)
            with turns.turn(home, f"Dagster's run {run_id}"):
                yield

    return turn
