"""The report of the gates for people (HTML, in Italian and English) and for machines (JSON).

Check results arrive, two files leave. They hold rule, verdict and counts, never a value, and call no other
host. What closes the gate stands first, then the warnings; what passed is one line per gate, to be opened.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from core.presentation.bilingual import Said, said
from core.presentation.rendering import Head, render
from quality.check_result import CRITICAL, CheckResult, GateReport

GATES = {
    "landed": Said("Ciò che è arrivato", "What landed"),
    "marts": Said("Le tabelle", "The tables"),
    "data_tests": Said("Le regole delle tabelle", "The rules of the tables"),
}
# Not every home has such rules.
OF_SUITES = {"expectations": Said("Le regole di questa installazione", "The rules of this deployment")}
TEMPLATES = Path(__file__).parent / "templates"
ROME = ZoneInfo("Europe/Rome")

_FAILED = Said("Non superato", "Failed")
_NOT_RUN = Said("Non eseguito", "Could not run")
_WARNED = Said("Avviso", "Warning")


@dataclass(frozen=True)
class _Verdict:
    """A check as it is written: its word, its rule, how many rows broke it, and what did."""

    kind: str
    word: Said
    name: str
    rule: Said
    count: Said | None
    found: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class _Passed:
    """The checks of a gate that passed."""

    told: Said
    checks: Sequence[_Verdict]


def write_report(folder: Path, report: GateReport, simulated: Sequence[str] = ()) -> None:
    """Write report.html and report.json into `folder`; each file is replaced in one step.

    simulated -- the instances whose data are simulated: both files name them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    machine = {
        "green": report.green,
        "checked_at": report.checked_at.isoformat(timespec="seconds"),
        "results": [result.as_record() for result in report.results],
    }
    if simulated:
        machine["simulated_instances"] = list(simulated)
    _replace(folder / "report.json", json.dumps(machine, ensure_ascii=False, indent=2, sort_keys=True) + "\n")
    _replace(folder / "report.html", _page(report, simulated))


def _replace(path: Path, text: str) -> None:
    incoming = path.with_name(f".{path.name}")
    incoming.write_text(text, encoding="utf-8")
    incoming.replace(path)


def _page(report: GateReport, simulated: Sequence[str]) -> str:
    checked = report.checked_at.astimezone(ROME)
    gates = dict.fromkeys([*GATES, *(result.gate for result in report.results)])
    ordered = sorted(
        report.results, key=lambda result: (not result.could_not_run, result.gate, result.check_name)
    )
    names = ", ".join(simulated)
    return render(
        "report.html.j2",
        TEMPLATES,
        head=Head("it", "I controlli · Casa di Vetro", is_indexed=False),
        language="it",
        green=report.green,
        simulated=Said(names, names) if simulated else None,
        checked=said("{day}, ore {time}", "{day}, {time}", day=checked.date(), time=f"{checked:%H:%M}"),
        failed=[_verdict(result) for result in ordered if result in report.failed],
        warned=[_verdict(result) for result in ordered if result in report.warnings],
        passed=[found for gate in gates if (found := _passed(gate, report))],
        silent=[_gate(gate) for gate in gates if all(result.gate != gate for result in report.results)],
        counts=[
            (Said("Non superati", "Failed"), _number(len(report.failed))),
            (Said("Avvisi", "Warnings"), _number(len(report.warnings))),
            (Said("Superati", "Passed"), _number(sum(result.passed for result in report.results))),
        ],
    )


def _gate(gate: str) -> Said:
    return (GATES | OF_SUITES).get(gate, Said(gate, gate))


def _number(number: int) -> Said:
    return said("{n}", "{n}", n=number)


def _passed(gate: str, report: GateReport) -> _Passed | None:
    passed = sorted(
        (result for result in report.results if result.gate == gate and result.passed),
        key=lambda result: result.check_name,
    )
    if not passed:
        return None
    told = said("{gate}: {n} {n:superato|superati}", "{gate}: {n} passed", gate=_gate(gate), n=len(passed))
    return _Passed(told, [_verdict(result) for result in passed])


def _verdict(result: CheckResult) -> _Verdict:
    if result.passed:
        kind, word = "ok", Said("Superato", "Passed")
    elif result.severity != CRITICAL:
        kind, word = "attention", _WARNED
    else:
        kind, word = "error", _NOT_RUN if result.could_not_run else _FAILED
    return _Verdict(
        kind,
        word,
        f"{result.gate}.{result.check_name}",
        Said(result.detail_it or result.check_name, result.detail_en or result.check_name),
        _count(result),
        [
            (f"{finding.instance}: {finding.subject}", entry)
            for finding, entry in zip(result.findings, result.entries, strict=True)
        ],
    )


def _count(result: CheckResult) -> Said | None:
    """How many of the rows looked at broke the rule; nothing where there is no verdict."""
    if result.could_not_run:
        return None
    broken, seen = result.observed_count, result.total_count
    if not seen:
        return said("{n} {n:riga|righe}", "{n} {n:row|rows}", n=broken)
    return said("{n} di {m} {m:riga|righe}", "{n} of {m} {m:row|rows}", n=broken, m=seen)
