"""The commands of the pipeline: simulate, ingest, build, check, publish, run; and prepare, demo, waive.

Arguments arrive, one call to a step is made, its result is shown. Logic does not belong here.
"""

from pathlib import Path
from typing import Annotated, Literal

import typer

from core.progress import progress_bar
from orchestration import pipeline, render, serving, steps
from orchestration.demo import demonstrate
from orchestration.invocation import AsJson, settings_of


def simulate(
    context: typer.Context,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where to write; default: the landing folder.")
    ] = None,
    scale: Annotated[float, typer.Option(min=0.01, max=1000, help="Size; 1 is about 130,000 users.")] = 1.0,
    seed: Annotated[int, typer.Option(help="The same seed and scale give the same bytes.")] = 1,
    months: Annotated[
        int, typer.Option(min=12, max=120, help="How many months, the last of them September 2026.")
    ] = 36,
    as_json: AsJson = False,
) -> None:
    """Write the exports of an invented network of 13 territories, and register them."""
    settings = settings_of(context)
    with progress_bar(quiet=as_json) as progress:
        report = steps.simulate(settings, out=out, scale=scale, seed=seed, months=months, progress=progress)
    render.simulation(report, out or settings.vetro_home.landing, as_json=as_json)


def ingest(
    context: typer.Context,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[PATH]...",
            exists=True,
            help="Export folders, zips, or folders of exports, mixed, in any order; default: all in landing.",
        ),
    ] = None,
    instance: Annotated[
        str | None,
        typer.Option(
            metavar="ID",
            help="Whose foreign files the PATHs are: they are read by the mapping of this instance.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Ingest exports: check, pseudonymise, commit, answer with receipts. Without PATH the
    declared sources are fetched from first. At the end landing is cleared of what is old.

    Exit code: 0 all accepted or already known, 1 any refused or held, or a source to look after, 2 usage.
    """
    if instance and not paths:
        raise typer.BadParameter("--instance says whose files the PATHs are: name at least one PATH.")
    settings = settings_of(context)
    with progress_bar(quiet=as_json) as progress:
        sources = [] if paths else steps.fetch(settings, progress=progress)
        receipts = steps.ingest(settings, paths or (), instance=instance, progress=progress)
        aged_out = steps.age_landing(settings)
    render.receipts(receipts, settings.vetro_home, as_json=as_json, fetched=sources, aged_out=aged_out)
    stopped = any(receipt.status in ("refused", "held") for receipt in receipts)
    raise typer.Exit(1 if stopped or any(source.needs_somebody for source in sources) else 0)


def build(
    context: typer.Context,
    engine: Annotated[
        Literal["duckdb", "spark"] | None,
        typer.Option(
            help="What computes the tables; default: VETRO_ENGINE, or duckdb. docs/how-to/build-on-spark.md"
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Build the warehouse from everything accepted so far.

    Exit code: 0 built, 1 a model failed, 3 a line of corrections.csv or ats.csv does not apply.
    """
    settings = settings_of(context)
    if engine:
        settings = settings.model_copy(update={"engine": engine})
    with progress_bar(quiet=as_json) as progress:
        report = steps.build(settings, progress=progress)
    render.build(report, settings.vetro_home, as_json=as_json)
    raise typer.Exit(0 if report.succeeded else 1)


def check(context: typer.Context, as_json: AsJson = False) -> None:
    """Judge the landed exports and the tables at the two gates, and write the report.

    Exit code: 0 green, 3 red, or nothing has been built.
    """
    settings = settings_of(context)
    with progress_bar(quiet=as_json) as progress:
        report = steps.check(settings, progress=progress)
    render.gates(report, settings.vetro_home, as_json=as_json)
    raise typer.Exit(0 if report.green else 3)


def publish(
    context: typer.Context,
    revise_year: Annotated[
        list[int] | None,
        typer.Option(
            metavar="YEAR",
            min=1900,
            max=2999,
            help="Issue all tables of a published year again, with what was told since. May be repeated.",
        ),
    ] = None,
    reason: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT",
            help="Why, in one public sentence that stands beside the figures; default: late data.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a protected, immutable release of what was judged green, and make it current.

    What was ever public stays as it was printed; data told late show in the next month of public money, and
    elsewhere only in a year that is issued again. Old and new figures of such a year are attacked together.

    Exit code: 0 a release is current, 2 usage, publisher.yaml cannot be used, or nothing of that year was
    published, 3 the gate is red or has not judged this build, or the attack found something: the last
    release stays.
    """
    settings = settings_of(context)
    if reason and not revise_year:
        raise typer.BadParameter(
            "only with --revise-year: it says why that year is issued again", param_hint="--reason"
        )
    years = [str(year) for year in revise_year or ()]
    with progress_bar(quiet=as_json) as progress:
        release = steps.publish(settings, revised_years=years, why=reason, progress=progress)
    render.release(release, settings.vetro_home, as_json=as_json)


def run(context: typer.Context, as_json: AsJson = False) -> None:
    """Ingest what has landed, build, check and publish, in one process. Nothing new is quickly said.

    Exit code: 0 a release is current, 1 an export was refused or held, or a source needs somebody, 3 red or
    failed (the last one stays).
    """
    settings = settings_of(context)
    with progress_bar(quiet=as_json) as progress:
        outcome = pipeline.run(settings, progress=progress)
    render.pipeline(outcome, settings.vetro_home, as_json=as_json)
    raise typer.Exit(outcome.exit_code)


def prepare(context: typer.Context) -> None:
    """Make the folders of a home, and what Dagster's daemon and web server must find: once, before them.

    After an update of the product too: the models are then read anew. Where two processes made Dagster's
    storage at once and it cannot be opened, it is mended.

    Exit code: 0 all is there, 3 could not run.
    """
    # Dagster takes a second to import, and the other commands do without it.
    from orchestration import preparation

    settings = settings_of(context)
    preparation.prepare(settings)
    render.sentence(f"Prepared: {settings.vetro_home.root}. DAGSTER_HOME is {settings.vetro_home.dagster}")


def demo(
    context: typer.Context,
    scale: Annotated[float, typer.Option(min=0.01, max=1000, help="Size of the invented network.")] = 1.0,
    seed: Annotated[int, typer.Option(help="The same seed and scale give the same bytes.")] = 1,
    months: Annotated[
        int, typer.Option(min=12, max=120, help="How many months, the last of them September 2026.")
    ] = 36,
    pages: Annotated[bool, typer.Option("--serve/--no-serve", help="Open the pages at the end.")] = True,
) -> None:
    """Simulate a network, run everything, say what was found, open the pages.

    They are for this machine only, and nobody signs in.

    Exit code: that of 'vetro run', then that of 'vetro serve'.
    """
    settings = settings_of(context)
    exit_code = demonstrate(settings, scale=scale, seed=seed, months=months)
    if pages and not exit_code:
        exit_code = serving.serve(
            settings.model_copy(update={"auth": "off"}), settings.port, settings.public_port
        )
    raise typer.Exit(exit_code)


def waive(
    context: typer.Context,
    instance: Annotated[str, typer.Argument(help="Instance id, as in instances.yaml.")],
    sequence: Annotated[int, typer.Argument(min=1, help="Sequence number that will not come.")],
) -> None:
    """Go on without one export that will never arrive, so that those held behind it can load.

    Exit code: 0 waived, 2 no such territory, or the export was accepted.
    """
    steps.waive(settings_of(context), instance, sequence)
    render.sentence(
        f"Sequence {sequence} of {instance} is waived. Run 'vetro ingest' to load what waited for it."
    )
