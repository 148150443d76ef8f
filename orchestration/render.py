"""What people and machines read after a command: tables on stdout, or one JSON document.

Results of steps arrive, text leaves. Counts, names, paths, sentences: a value of an export does not belong.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from core.home import VetroHome
from orchestration.status import Status, Step
from quality.check_result import CRITICAL

if TYPE_CHECKING:
    from ingestion.loading.ingest import Receipt
    from ingestion.loading.landing_retention import AgedOut
    from ingestion.sources.fetching import SourceOutcome
    from orchestration.alerting import StandingAlert
    from orchestration.alerts.telling import Told
    from orchestration.doctor import Finding
    from orchestration.overview import Overview
    from orchestration.pipeline import PipelineOutcome
    from orchestration.warehouse import BuildReport
    from publication.release import Release
    from quality.check_result import CheckResult
    from quality.gate import GateReport
    from simulation.network import SimulationReport

FIRST = 10
# Of each of them, so many entries for accepted-findings.yaml.
FIRST_ENTRIES = 3
OUTCOME_COLOUR = {"ok": "green", "unchanged": "dim", "refused": "yellow", "red": "red", "failed": "red"}

console = Console(highlight=False, soft_wrap=True)


def sentence(text: str) -> None:
    """Print one sentence."""
    console.print(text)


def simulation(report: "SimulationReport", out: Path, *, as_json: bool) -> None:
    """Print what was simulated, and where."""
    if as_json:
        return _json({"out": out, **_plain(report)})
    table = Table("simulated", "count", box=None)
    for name, count in _plain(report).items():
        if isinstance(count, int) and not isinstance(count, bool):
            table.add_row(name.replace("_", " "), f"{count:,}")
    console.print(table)
    console.print(f"Written to {out}. Next: vetro run")
    return None


def sources(found: Sequence["SourceOutcome"], *, as_json: bool) -> None:
    """Print a line for each source, then what waits there, was left, or went wrong."""
    if as_json:
        return _json({"sources": [asdict(source) for source in found]})
    if not found:
        console.print("No source is declared in sources.yaml.")
    for source in found:
        counts = ((source.count(outcome), outcome) for outcome in ("fetched", "unchanged", "waiting", "left"))
        summary = ", ".join(f"{count} {outcome}" for count, outcome in counts if count)
        nothing = "could not be used" if source.failure else "nothing there"
        console.print(f"{source.source} ({source.instance}): {summary or nothing}", markup=False)
        stopped = [delivery for delivery in source.deliveries if delivery.reason]
        for one in stopped[:FIRST]:
            # A stranger chose the name: nothing in it may steer a terminal.
            place = one.place if one.place.isprintable() else ascii(one.place)[1:-1]
            console.print(f"  {one.outcome} {place}: {one.sentence}", markup=False)
        if len(stopped) > FIRST:
            console.print(f"  ... and {len(stopped) - FIRST} more.")
        if source.failure:
            console.print(f"  {source.failure}", markup=False)
    return None


def receipts(
    found: Sequence["Receipt"],
    home: VetroHome,
    *,
    as_json: bool,
    fetched: Sequence["SourceOutcome"] = (),
    aged_out: "AgedOut | None" = None,
) -> None:
    """Print what the sources gave, one row per instance, the first errors, and what aged out of landing."""
    if as_json:
        return _json(
            {
                "sources": [asdict(source) for source in fetched],
                "receipts": [_receipt(receipt) for receipt in found],
                "aged_out": asdict(aged_out) if aged_out else {},
            }
        )
    if fetched:
        sources(fetched, as_json=False)
    if aged_out and aged_out.total:
        console.print(f"Aged out of landing: {aged_out.total} exports; their receipts stay.")
    if not found:
        console.print(f"Nothing has landed in {home.landing}.")
        return None
    statuses = ("accepted", "known", "held", "refused")
    columns = ("received", "loaded", "known", "quarantined")
    table = Table("instance", *statuses, *(f"rows {column}" for column in columns), box=None)
    by_instance: dict[str, list[Receipt]] = defaultdict(list)
    for receipt in found:
        by_instance[receipt.instance or "(unknown)"].append(receipt)
    for instance, group in sorted(by_instance.items()):
        exports = [sum(receipt.status == status for receipt in group) for status in statuses]
        rows = [
            sum(count.get(column, 0) for receipt in group for count in receipt.counts.values())
            for column in columns
        ]
        table.add_row(escape(instance), *(f"{number:,}" for number in [*exports, *rows]))
    for column in table.columns[1:]:
        column.justify = "right"
    console.print(table)
    stopped = [receipt for receipt in found if receipt.status in ("refused", "held")]
    for receipt in stopped[:FIRST]:
        codes = sorted({error["code"] for error in map(_plain, receipt.errors)})
        console.print(f"[yellow]{receipt.status}[/yellow] {escape(receipt.export_id)}: {', '.join(codes)}")
    if len(stopped) > FIRST:
        console.print(f"... and {len(stopped) - FIRST} more.")
    console.print(f"Receipts: {home.outbox}")
    return None


def build(report: "BuildReport", home: VetroHome, *, as_json: bool) -> None:
    """Print how many models were built, and what failed."""
    if as_json:
        failures = [asdict(model) for model in report.failures]
        document = {"built": report.built, "failures": failures, "warehouse": home.warehouse}
        document |= {"unchanged": report.unchanged}
        return _json(document | {"dropped_corrections": report.dropped_corrections})
    for model in report.failures:
        console.print(f"[red]{model.status}[/red] {model.name}: {escape(model.message)}")
    if report.dropped_corrections:
        console.print(
            f"{report.dropped_corrections} lines of corrections.csv named persons who were erased: taken out."
        )
    if report.unchanged:
        console.print(f"Nothing changed since the last build. Warehouse: {home.warehouse}")
    else:
        counts = f"{report.built} models built, {len(report.failures)} failed"
        console.print(f"{counts}. Warehouse: {home.warehouse}")
    return None


def gates(report: "GateReport", home: VetroHome, *, as_json: bool) -> None:
    """Print one row per gate, then what failed."""
    page = home.quality_report / "report.html"
    if as_json:
        results = [result.as_record() for result in report.results]
        return _json({"green": report.green, "results": results, "report": page})
    table = Table("gate", "checks", "passed", "failed", box=None)
    for gate in dict.fromkeys(result.gate for result in report.results):
        verdicts = [result.passed for result in report.results if result.gate == gate]
        table.add_row(gate, str(len(verdicts)), str(sum(verdicts)), str(len(verdicts) - sum(verdicts)))
    console.print(table)
    not_passed = [result for result in report.results if not result.passed]
    _checks(sorted(not_passed, key=lambda result: (result.severity != CRITICAL, not result.could_not_run)))
    console.print(
        f"The gate is {'[green]green[/green]' if report.green else '[red]red[/red]'}. Report: {page}"
    )
    return None


def release(made: "Release", home: VetroHome, *, as_json: bool) -> None:
    """Print which release is current."""
    if as_json:
        return _json(
            {
                "release_id": made.release_id,
                "new": made.new,
                "path": home.releases / made.release_id,
                "told_before": len(made.told_before),
            }
        )
    word = "New release" if made.new else "Nothing new; still current:"
    console.print(f"{word} {made.release_id} in {home.releases / made.release_id}")
    if made.told_before:
        console.print(
            f"{len(made.told_before)} protected values were told by earlier releases, to whoever knows which "
            "provider works where or which marks stand for small counts, or compares the stages of a call; "
            "no release can take that back: told_before in release.json names their places / "
            f"{len(made.told_before)} valori protetti si ricavano già da rilasci precedenti, sapendo quale "
            "ente lavora dove o quali segni stanno per numeri piccoli, o confrontando le fasi di un bando, e "
            "nessun rilascio può rimediare: i posti stanno in told_before di release.json"
        )
    return None


def finding(document: Mapping[str, Any], lines: Sequence[str], *, as_json: bool) -> None:
    """Print what was found about a release, line by line, as it is."""
    if as_json:
        return _json(document)
    for line in lines:
        console.print(line, markup=False)
    return None


def pipeline(outcome: "PipelineOutcome", home: VetroHome, *, as_json: bool) -> None:
    """Print the steps of a run, how long each took, and how it ended."""
    if as_json:
        return _json(
            {
                "exit_code": outcome.exit_code,
                "sentence": outcome.sentence,
                "release_id": outcome.release_id,
                "steps": [asdict(step) for step in outcome.steps],
                "failed_checks": [result.as_record() for result in outcome.failed_checks],
            }
        )
    if outcome.steps:
        console.print(_steps(outcome.steps))
    _checks(outcome.failed_checks)
    console.print(outcome.sentence, markup=False)
    if outcome.release_id:
        console.print(f"Release: {home.releases / outcome.release_id}. To look at it: vetro serve")
    return None


def status(found: Status, said: "Overview", *, as_json: bool) -> None:
    """Print how the home is and what to do, in at most ten lines; JSON has the steps and every territory."""
    if as_json:
        by_status: dict[str, int] = defaultdict(int)
        for row in found.export:
            by_status[row[2]] += 1
        return _json(
            {
                "release_id": found.release[0][0] if found.release else None,
                "gate": ("green" if found.gate[0][0] else "red") if found.gate else None,
                "exports": by_status,
                "steps": [asdict(step) for step in found.steps()],
                "territories": [asdict(one) for one in said.territories],
                "to_do": said.tasks,
            }
        )
    for line in said.lines:
        console.print(line, markup=False)
    return None


def alerts(standing: Sequence["StandingAlert"], done: "Told | None", *, as_json: bool) -> None:
    """Print the alerts that stand, each with what is the case, what to do and whose it is, then what was told
    just now.
    """
    if as_json:
        entries = [
            {
                "key": each.alert.key,
                "kind": each.alert.kind,
                "instance": each.alert.instance,
                "level": each.alert.level,
                "since": each.since,
                "told": each.told,
                "title": each.alert.said("title")._asdict(),
                "what": each.alert.said("what")._asdict(),
                "do": each.alert.said("do")._asdict(),
                "owner": each.alert.owner._asdict(),
            }
            for each in standing
        ]
        return _json({"alerts": entries, "told": asdict(done) if done else None})
    if not standing:
        console.print("No alert stands.")
    for each in standing:
        alert = each.alert
        since = f" since {each.since:%Y-%m-%d}" if each.since else ""
        by = f", told by {', '.join(each.told)}" if each.told else ", not told"
        console.print(f"[red]{escape(alert.key)}[/red]{since}{by}")
        for words in (alert.said("title"), alert.said("what"), alert.said("do"), alert.owner):
            console.print(f"  {words.en}", markup=False)
    if done:
        told(done, as_json=False)
    return None


def told(done: "Told", *, as_json: bool) -> None:
    """Print what was told by which channel, and what was not."""
    if as_json:
        return _json(asdict(done))
    counts = [f"{count} by {channel}" for channel, count in done.notices.items()]
    counts += [f"{done.receipts} receipts by mail"] if done.receipts else []
    console.print(f"Told: {', '.join(counts) or 'nothing was due'}.")
    for sentence in done.sentences():
        console.print(sentence, markup=False)
    return None


def findings(found: Sequence["Finding"], *, as_json: bool) -> None:
    """Print what the checks of an installation saw, and what to do about those that do not hold."""
    to_mend = [finding for finding in found if not finding.holds]
    if as_json:
        return _json({"holds": not to_mend, "findings": [asdict(finding) for finding in found]})
    for finding in found:
        mark = "[green]ok[/green]  " if finding.holds else "[red]mend[/red]"
        console.print(f"{mark} {finding.check}: {escape(finding.sentence)}")
        if finding.mend:
            console.print(f"     {escape(finding.mend)}")
    count = "Nothing is" if not to_mend else f"{len(to_mend)} of {len(found)} are"
    console.print(f"{count} to be mended.")
    return None


def _checks(not_passed: Sequence["CheckResult"]) -> None:
    """A line for each of the first checks that did not pass, how its first findings are accepted, and how
    many more there are.
    """
    for result in not_passed[:FIRST]:
        colour = "red" if result.severity == CRITICAL else "yellow"
        console.print(f"[{colour}]{result.severity}[/{colour}] {escape(result.sentence)}")
        for entry in result.entries[:FIRST_ENTRIES]:
            console.print(f"  {escape(entry)}", soft_wrap=True)
    if len(not_passed) > FIRST:
        console.print(f"... and {len(not_passed) - FIRST} more: all of them are in the report.")


def _steps(steps: Sequence[Step]) -> Table:
    table = Table("step", "seconds", "outcome", "detail", box=None)
    for step in steps:
        colour = OUTCOME_COLOUR.get(step.outcome, "white")
        # Why a step failed is a sentence, too long for a column.
        detail = "" if step.outcome == "failed" else escape(step.detail)
        table.add_row(step.name, f"{step.seconds:.1f}", f"[{colour}]{step.outcome}[/{colour}]", detail)
    table.columns[1].justify = "right"
    return table


def _receipt(receipt: "Receipt") -> dict[str, Any]:
    """The keys of a receipt file, and where it lies."""
    names = ("export_id", "instance", "status", "errors", "counts", "path")
    told = {name: getattr(receipt, name) for name in names}
    more = ("changed", "files", "simulated")
    return told | {name: getattr(receipt, name) for name in more if getattr(receipt, name)}


def _plain(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else asdict(value)


def _json(document: Mapping[str, Any]) -> None:
    print(json.dumps(document, default=_json_value, ensure_ascii=False, indent=1))


def _json_value(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, tuple | set):
        return list(value)
    if hasattr(value, "__dataclass_fields__"):
        return asdict(value)
    return str(value)
