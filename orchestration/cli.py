"""The `vetro` command: its list, the options before a command, and what is said when one fails.

What is typed arrives; the module of the command that was asked for is imported, and the command run. Exit
codes are part of the interface. `vetro --help` imports no command, so that it answers at once.
"""

import gc
import sys
from pathlib import Path
from typing import Annotated

import typer

from core.home import keep_private
from orchestration import stopping
from orchestration.failures import explain
from orchestration.lazy_group import LazyCommand, LazyGroup

WALK = "The walk, in order"
WATCH = "Look and serve"
INGESTION = "Ingestion"
SENDERS = "For whoever sends exports"
RELEASES = "Releases, held to their word"
PERSONS = "Persons and their secrecy"


class Commands(LazyGroup):
    """Every command, in the order of the list."""

    lazy_commands = (
        LazyCommand(
            "orchestration.pipeline_commands",
            "simulate",
            WALK,
            "Write the exports of an invented network of 13 territories, and register them.",
        ),
        LazyCommand(
            "orchestration.pipeline_commands",
            "ingest",
            WALK,
            "Ingest exports: check, pseudonymise, commit, answer with receipts. Without PATH "
            "the\ndeclared sources are fetched from first. At the end landing is cleared of what is old.",
        ),
        LazyCommand(
            "orchestration.pipeline_commands",
            "build",
            WALK,
            "Build the warehouse from everything accepted so far.",
        ),
        LazyCommand(
            "orchestration.pipeline_commands",
            "check",
            WALK,
            "Judge the landed exports and the tables at the two gates, and write the report.",
        ),
        LazyCommand(
            "orchestration.pipeline_commands",
            "publish",
            WALK,
            "Make a protected, immutable release of what was judged green, and make it current.",
        ),
        LazyCommand(
            "orchestration.pipeline_commands",
            "run",
            WALK,
            "Ingest what has landed, build, check and publish, in one process. Nothing new is quickly said.",
        ),
        LazyCommand(
            "orchestration.pipeline_commands",
            "prepare",
            WALK,
            "Make the folders of a home, and what Dagster's daemon and web server must find: once, "
            "before them.",
        ),
        LazyCommand(
            "orchestration.serving_commands",
            "up",
            WATCH,
            "Run everything that one machine needs, until Ctrl-C: Dagster's daemon and pages, and all pages "
            "of ours.",
        ),
        LazyCommand(
            "orchestration.serving_commands",
            "deployment",
            WATCH,
            "Write the files with which a machine runs all this: units of systemd, settings, what nginx must "
            "know.",
        ),
        LazyCommand(
            "orchestration.serving_commands",
            "serve",
            WATCH,
            "Open the pages of the current release, for signed-in readers and for everybody, until Ctrl-C.",
        ),
        LazyCommand(
            "orchestration.pipeline_commands",
            "demo",
            WATCH,
            "Simulate a network, run everything, say what was found, open the pages.",
        ),
        LazyCommand(
            "orchestration.serving_commands",
            "status",
            WATCH,
            "Say in at most ten lines what is fresh, missing and red, and what to do about it.",
        ),
        LazyCommand(
            "orchestration.backup_commands",
            "backup",
            WATCH,
            "Copy what a home cannot make again into a folder, with checksums; without landing and "
            "without secrets.",
        ),
        LazyCommand(
            "orchestration.backup_commands",
            "restore",
            WATCH,
            "Make a home from a backup, checked file by file; whoever was erased since then is erased again.",
        ),
        LazyCommand(
            "orchestration.alert_commands",
            "alerts",
            WATCH,
            "Say what is wrong, since when, whose it is and what to do. 'vetro run' tells it by mail and "
            "webhook.",
        ),
        LazyCommand(
            "orchestration.doctor_commands",
            "doctor",
            WATCH,
            "Check an installation and its home, and say what to mend. Nothing is changed.",
        ),
        LazyCommand(
            "orchestration.pipeline_commands",
            "waive",
            INGESTION,
            "Go on without one export that will never arrive, so that those held behind it can load.",
        ),
        LazyCommand(
            "orchestration.contract_commands",
            "contract",
            SENDERS,
            "Write what a vendor needs: a page, the contract as JSON, schemas, templates, a complete "
            "example.",
        ),
        LazyCommand(
            "orchestration.contract_commands",
            "validate",
            SENDERS,
            "Check exports without loading them, and tell every error at once. Nothing is kept.",
        ),
        LazyCommand(
            "orchestration.documentation_commands",
            "docs",
            WATCH,
            "Write the documentation of the tables as one page, from the built warehouse, and open it.",
        ),
        LazyCommand(
            "orchestration.reference_commands",
            "residents",
            INGESTION,
            "Divide by newer residents: of every comune in the file, by sex and age. The next build "
            "uses them.",
        ),
        LazyCommand(
            "orchestration.release_commands",
            "verify",
            RELEASES,
            "Hash every file of a release again.",
        ),
        LazyCommand(
            "orchestration.release_commands",
            "attack",
            RELEASES,
            "Try to find out what a release hides.",
        ),
        LazyCommand(
            "orchestration.release_commands",
            "rebuild",
            RELEASES,
            "Make a release again from raw, aside, and compare bytes; with --as-of, the figures as "
            "known then.",
        ),
        LazyCommand(
            "orchestration.release_commands",
            "diff",
            RELEASES,
            "Every public figure that changed, with its reason, and the years issued again in between.",
        ),
        LazyCommand(
            "orchestration.release_commands",
            "trace",
            RELEASES,
            "From a published figure to what is behind it.",
        ),
        LazyCommand(
            "orchestration.pack_commands",
            "pack",
            RELEASES,
            "Write the reporting pack of a grant, a territory's year or a provider's year: PDF, XLSX, JSON.",
        ),
        LazyCommand(
            "orchestration.release_commands",
            "rollback",
            RELEASES,
            "Make an earlier release current again; nothing is removed.",
        ),
        LazyCommand(
            "orchestration.privacy_commands",
            "forget",
            PERSONS,
            "Forget persons everywhere, and refuse them when they come again; money and releases "
            "stay as they are.",
        ),
        LazyCommand(
            "orchestration.privacy_commands",
            "merge_person",
            PERSONS,
            "Say that two identifiers are one person, as when a temporary code was replaced; for all "
            "instances.",
        ),
        LazyCommand(
            "orchestration.privacy_commands",
            "rotate_key",
            PERSONS,
            "Make a new key, and carry every pseudonym over to it; the old key alone is then worth nothing.",
        ),
        LazyCommand(
            "orchestration.privacy_commands",
            "processing_register",
            PERSONS,
            "Write the register of processing, retention and erasures, and the inputs of a DPIA, in two "
            "languages.",
        ),
        LazyCommand(
            "orchestration.source_commands",
            "fetch",
            INGESTION,
            "Copy what is whole and new from the sources into landing. 'vetro ingest' and 'vetro "
            "run' do it first.",
        ),
    )


app = typer.Typer(
    name="vetro",
    cls=Commands,
    no_args_is_help=True,
    rich_markup_mode="rich",
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=(
        "[bold]Casa di Vetro[/bold]: exports of territorial welfare are ingested, become tables, "
        "are judged, protected, and leave as a release that pages only read.\n\n"
        "First time: [cyan]vetro simulate[/cyan] (or put exports in landing/), then [cyan]vetro run[/cyan], "
        "then [cyan]vetro serve[/cyan]. [cyan]vetro run[/cyan] does ingest, build, check and publish at once."
    ),
    epilog=(
        "Everything is under VETRO_HOME (default ./data): instances.yaml the territories, landing/ what "
        "arrives, outbox/ the receipts, warehouse.duckdb the tables, quality/report.html the last verdict, "
        "releases/current what readers see."
    ),
)


@app.callback()
def invocation(
    context: typer.Context,
    home: Annotated[
        Path | None, typer.Option("--home", metavar="DIR", help="Use this folder instead of VETRO_HOME.")
    ] = None,
    debug: Annotated[
        bool,
        typer.Option(
            "--debug", metavar="", help="Show the traceback of an unexpected error; it may quote data."
        ),
    ] = False,
) -> None:
    """Keep what holds for every command."""
    context.obj = home


def main() -> None:
    """Run the command; say what went wrong in a sentence, and leave with its exit code."""
    stopping.watch()
    keep_private()
    # The build tools make millions of objects that stay. To look through all of them for circles, as often as
    # Python does by itself, takes a quarter of the time of importing them.
    gc.set_threshold(50_000, 20, 20)
    try:
        app(standalone_mode=True)
    except KeyboardInterrupt:
        stopping.leave()
    except SystemExit:
        # Typer makes a code of its own out of Ctrl-C.
        if stopping.received():
            stopping.leave()
        raise
    except Exception as error:
        if stopping.received():
            stopping.leave()
        if "--debug" in sys.argv:
            raise
        failure = explain(error)
        typer.echo(failure.sentence, err=True)
        sys.exit(failure.exit_code)
