"""The alerts of a home: what its status, register and disk say arrives, the alerts that stand are told.

At the end of every run, and by `vetro alerts`. Whatever goes wrong while telling is said on standard error
and tried again next time: it never ends a run. What is an alert, and how it is told, does not belong here.
"""

import contextlib
import shutil
import sys
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from core.errors import Kind, VetroError
from core.home import VetroHome
from core.settings import Settings
from ingestion.instances import read_instances
from orchestration import status
from orchestration.alerts import telling
from orchestration.alerts.alert import Alert
from orchestration.alerts.conditions import Facts, FailedCheck, SentExport, standing
from orchestration.alerts.log import AlertLog
from orchestration.alerts.settings import AlertSettings, read_alert_settings, read_credentials
from orchestration.alerts.telling import Told
from orchestration.failures import reason
from orchestration.status import Status
from quality.check_result import CRITICAL
from quality.policy import load_policy

ROME = ZoneInfo("Europe/Rome")
STEP = "alerts"


@dataclass(frozen=True)
class StandingAlert:
    """An alert that stands, since when (UTC; None where nobody noted it), and which channels were told."""

    alert: Alert
    since: datetime | None
    told: tuple[str, ...]


def look(settings: Settings, declared: AlertSettings | None = None) -> list[StandingAlert]:
    """Return the alerts that stand now, with what was told of them. `declared`: what holds in the place of
    `alerts.yaml`, whose AlertsError a caller who tells nobody may pass over.
    """
    home = settings.vetro_home
    declared = declared or read_alert_settings(home) or AlertSettings()
    noted = AlertLog.read(home).entries
    found = []
    for alert in standing(_facts(settings, declared, _now())):
        entry = noted.get(alert.key)
        told = tuple(sorted(entry.sent)) if entry else ()
        found.append(StandingAlert(alert, entry.since if entry else None, told))
    return found


def tell(settings: Settings) -> Told:
    """Tell what is due by every channel, mail the receipts that wait, and note in the status what went.

    AlertsError where `alerts.yaml` or its secrets cannot be used; VetroError where there is none.
    """
    home, now = settings.vetro_home.ensure(), _now()
    declared = _declared(home)
    credentials = read_credentials(home, declared, settings.alert_credentials_told())
    alerts = standing(_facts(settings, declared, now))
    done = telling.tell(home, alerts, read_instances(home), declared, credentials, now)
    if not done.is_nothing:
        with status.step(home, STEP) as step:
            step.outcome = "failed" if done.failures else "ok"
            parts = [f"{count} by {channel}" for channel, count in done.notices.items() if count]
            parts += [f"{done.receipts} receipts by mail"] if done.receipts else []
            step.detail = "; ".join([", ".join(parts), *done.sentences()]).strip("; ")
    return done


def test(settings: Settings) -> Told:
    """Send a word by every channel. Errors as for `tell`."""
    home = settings.vetro_home
    declared = _declared(home)
    credentials = read_credentials(home, declared, settings.alert_credentials_told())
    return telling.test(declared, credentials, _now())


def tell_at_the_end(settings: Settings) -> None:
    """Do the same at the end of a run, which it never ends otherwise: what goes wrong is said on standard
    error. Nothing where there is no `alerts.yaml`.
    """
    try:
        if not settings.vetro_home.alerts_file.exists():
            return
        sentences = tell(settings).sentences()
    except Exception as error:
        sentences = [reason(error)]
    for sentence in sentences:
        with contextlib.suppress(OSError, ValueError):
            print(
                f"vetro: an alert was not told and is tried again next time: {sentence}",
                file=sys.stderr,
                flush=True,
            )


def _declared(home: VetroHome) -> AlertSettings:
    declared = read_alert_settings(home)
    if declared is None or (declared.mail is None and declared.webhook is None):
        raise VetroError(
            f"{home.alerts_file.name}: no mail and no webhook: copy orchestration/alerts/alerts.example.yaml "
            "and change it / né mail né webhook: copiare orchestration/alerts/alerts.example.yaml e "
            "cambiarlo",
            kind=Kind.USAGE,
        )
    return declared


def _facts(settings: Settings, declared: AlertSettings, now: datetime) -> Facts:
    home = settings.vetro_home
    found = status.read(home)
    steps = {step.name: step for step in found.steps()}
    fetched = steps.get("fetch")
    return Facts(
        today=now.astimezone(ROME).date(),
        registered=read_instances(home),
        exports=[_export(row) for row in found.export],
        checks=_failed_checks(found),
        is_red=bool(found.gate) and not found.gate[0][0],
        released_on=_rome(found.release[0][1]) if found.release else None,
        failed_steps=[name for name, step in steps.items() if step.outcome == "failed" and name != STEP],
        fetch=fetched.detail if fetched and fetched.outcome == "refused" else "",
        free_bytes=shutil.disk_usage(home.root if home.root.is_dir() else home.root.parent).free,
        days_at_most=load_policy().landed["freshness"]["days_at_most"],
        refused_days=settings.refused_days,
        free_at_least=declared.free_gigabytes_at_least,
        owner=declared.owner,
    )


def _export(row: tuple) -> SentExport:
    instance, export_id, outcome, period_to, *_, sequence, created, answered_at, attempts, codes = row
    made = _rome(created) if created else None
    told = tuple(code for code in (codes or "").split(",") if code)
    return SentExport(
        instance, export_id, outcome, sequence, period_to, made, answered_at, attempts or 0, told
    )


def _failed_checks(found: Status) -> list[FailedCheck]:
    broken: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for gate, name, instance, subject in found.finding:
        broken[gate, name].append((instance, subject))
    return [
        FailedCheck(gate, name, severity == CRITICAL, bool(not_run), tuple(broken[gate, name]))
        for gate, name, passed, _, _, severity, *_, not_run in found.check_result
        if not passed
    ]


def _rome(moment: datetime) -> date:
    return moment.replace(tzinfo=UTC).astimezone(ROME).date()


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
