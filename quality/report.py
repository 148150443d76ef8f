"""The report of the gates for people (HTML, Italian with English beside) and for machines (JSON).

Check results arrive, two files leave. They hold rule, verdict and counts, never a value, and call
no other host.
"""

import json
from collections.abc import Sequence
from html import escape
from pathlib import Path
from string import Template

from quality.check_result import CRITICAL, CheckResult, GateReport

GATES = {
    "landed": ("Ciò che è arrivato", "What landed"),
    "marts": ("Le tabelle", "The tables"),
    "data_tests": ("Le regole delle tabelle", "The rules of the tables"),
}
TEMPLATE = Template(Path(__file__).with_name("report.html").read_text(encoding="utf-8"))


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
    failed, warned = len(report.failed), len(report.warnings)
    passed = sum(result.passed for result in report.results)
    state = "open" if report.green else "closed"
    headline_it = (
        "La porta è aperta: si può pubblicare"
        if report.green
        else "La porta è chiusa: resta l'ultimo rilascio"
    )
    headline_en = (
        "The gate is open: a release may leave"
        if report.green
        else "The gate is closed: the last release stays"
    )
    return TEMPLATE.substitute(
        state=state,
        headline_it=escape(headline_it),
        headline_en=escape(headline_en),
        checked_at=report.checked_at.strftime("%d/%m/%Y %H:%M UTC"),
        passed=passed,
        failed=failed,
        warned=warned,
        simulated=_simulated(simulated),
        sections="\n".join(
            _section(gate, [result for result in report.results if result.gate == gate])
            for gate in dict.fromkeys([*GATES, *(result.gate for result in report.results)])
        ),
    )


def _simulated(instances: Sequence[str]) -> str:
    if not instances:
        return ""
    names = escape(", ".join(instances))
    return (
        f'<p class="simulated"><strong>Dati simulati</strong>: {names}. '
        f'<span lang="en">Simulated data: {names}.</span></p>'
    )


def _section(gate: str, results: Sequence[CheckResult]) -> str:
    it, en = GATES.get(gate, (gate, gate))
    if not results:
        return (
            f'<section><h2>{escape(it)} <span lang="en">{escape(en)}</span></h2>'
            '<p class="empty">Nessun controllo eseguito. <span lang="en">No check was run.</span></p>'
            "</section>"
        )
    rows = "\n".join(map(_row, sorted(results, key=_urgency)))
    return f"""<section><h2>{escape(it)} <span lang="en">{escape(en)}</span></h2>
<div class="scroll"><table>
<thead><tr><th scope="col">Esito</th><th scope="col">Regola</th><th scope="col" class="number">Fuori
regola</th> <th scope="col" class="number">Righe viste</th></tr></thead>
<tbody>{rows}</tbody></table></div></section>"""


def _urgency(result: CheckResult) -> tuple[bool, bool, str]:
    return (result.passed, result.severity != CRITICAL, result.check_name)


def _row(result: CheckResult) -> str:
    if result.passed:
        mark, word = "passed", "Superato"
    elif result.could_not_run:
        mark, word = "failed", "Non eseguito"
    elif result.severity == CRITICAL:
        mark, word = "failed", "Non superato"
    else:
        mark, word = "warned", "Avviso"
    return (
        f'<tr><td class="{mark}">{word}</td>'
        f'<td><span class="rule">{escape(result.detail_it or result.check_name)}</span>'
        f'<span lang="en">{escape(result.detail_en)}</span><code>{escape(result.check_name)}</code>'
        f"{_found(result)}</td>"
        f'<td class="number">{_count(result, result.observed_count)}</td>'
        f'<td class="number">{_count(result, result.total_count)}</td></tr>'
    )


def _found(result: CheckResult) -> str:
    if not result.findings:
        return ""
    items = "".join(
        f"<li>{escape(finding.instance)}: {escape(finding.subject)} <code>{escape(entry)}</code></li>"
        for finding, entry in zip(result.findings, result.entries, strict=True)
    )
    return (
        "<details open><summary>Che cosa, e come si accetta"
        f' <span lang="en">What, and how it is accepted</span></summary><ul>{items}</ul></details>'
    )


def _count(result: CheckResult, number: int) -> str:
    if result.could_not_run:
        return "–"
    return f"{number:,}".replace(",", ".")
