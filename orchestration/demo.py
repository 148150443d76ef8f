"""The demonstration: an invented network walked through everything, told as it happens.

Settings and a scale arrive; a release, and the story of how it came about, leave. Nothing happens here that
`vetro simulate`, `vetro run` and `vetro serve` do not do.
"""

import time
from pathlib import Path

from core.progress import progress_bar
from core.settings import Settings
from orchestration import pipeline, render, status, steps


def demonstrate(settings: Settings, *, scale: float, seed: int, months: int) -> int:
    """Simulate unless exports are there, run the pipeline, say what was found; return the exit code."""
    home = settings.vetro_home
    clock = time.perf_counter()
    render.sentence(f"[bold]Casa di Vetro[/bold]: a demonstration, in {home.root}\n")
    if _has_exports(home.landing):
        render.sentence(f"1. Exports are in {home.landing} already; nothing is simulated again.")
    else:
        render.sentence(f"1. Simulating 13 invented territories over {months} months, at scale {scale:g} ...")
        with progress_bar() as progress:
            steps.simulate(settings, out=None, scale=scale, seed=seed, months=months, progress=progress)
        render.sentence(f"   done in {time.perf_counter() - clock:.0f} s: {home.landing}")
    render.sentence("2. Ingest, build, check, publish: what 'vetro run' does ...")
    walk = time.perf_counter()
    with progress_bar() as progress:
        outcome = pipeline.run(settings, progress=progress)
    render.sentence(f"   done in {time.perf_counter() - walk:.0f} s\n")
    render.pipeline(outcome, home, as_json=False)
    _print_findings(status.read(home), home.root)
    render.sentence(f"\nAll of it took {time.perf_counter() - clock:.0f} s.")
    return outcome.exit_code


def _has_exports(landing: Path) -> bool:
    return next(landing.glob("*/*/datapackage.json"), None) is not None


def _print_findings(found: status.Status, root: Path) -> None:
    accepted = [row for row in found.export if row[2] == "accepted"]
    received, loaded, known, quarantined = (sum(row[column] for row in accepted) for column in range(4, 8))
    not_run = sum(result.could_not_run for result in found.failed_checks())
    failed = sum(not row[2] for row in found.check_result) - not_run
    render.sentence("\nWhat was found")
    render.sentence(f"  {len(accepted)} exports of {len({row[0] for row in accepted})} territories")
    render.sentence(
        f"  {received:,} rows received = {loaded:,} loaded + {known:,} known + {quarantined:,} quarantined"
    )
    could_not = f", {not_run} could not run" if not_run else ""
    render.sentence(f"  {len(found.check_result)} checks, {failed} not passed{could_not}")
    render.sentence("\nWhere to look")
    for place, what in (
        ("outbox/", "the receipt of every export"),
        ("quality/report.html", "what the gates found"),
        ("releases/current/public/", "what everybody may have"),
        ("warehouse.duckdb", "every table, for whoever runs the house"),
    ):
        if (root / place).exists():
            render.sentence(f"  {root / place}: {what}")
