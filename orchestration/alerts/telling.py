"""Telling the alerts that stand by every channel there is: once, again when worse or after some days, and
when they end.

Alerts and the settings of channels arrive; mails and posts leave, and `Told`, what went and what did not. A
channel that fails is said and tried again next time; it stops nobody.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.home import VetroHome
from core.locks import exclusive
from core.presentation.bilingual import Said
from ingestion.instances import Instance
from orchestration.alerts import channels, messages, receipts_by_mail
from orchestration.alerts.alert import Alert
from orchestration.alerts.channels import MAIL, WEBHOOK, ChannelError
from orchestration.alerts.log import AlertLog, Notice
from orchestration.alerts.settings import AlertSettings, Credentials
from orchestration.alerts.words import told

# Hands notices over; what it returns is said although they went.
_Way = Callable[[Sequence[Notice]], Said | None]


@dataclass
class Told:
    """How many notices each channel was given, how many receipts were mailed, and what failed, by channel."""

    notices: dict[str, int] = field(default_factory=dict)
    receipts: int = 0
    failures: list[tuple[str, Said]] = field(default_factory=list)

    @property
    def is_nothing(self) -> bool:
        """True where nothing was to be told."""
        return not (any(self.notices.values()) or self.receipts or self.failures)

    def sentences(self) -> list[str]:
        """Return what failed, a sentence for each, in both languages."""
        return [f"{channel}: {said.it} / {said.en}" for channel, said in dict.fromkeys(self.failures)]


def tell(
    home: VetroHome,
    standing: Sequence[Alert],
    registered: Mapping[str, Instance],
    settings: AlertSettings,
    credentials: Credentials,
    now: datetime,
) -> Told:
    """Tell what is due, and mail the receipts that wait. `now` is UTC. No channel that fails raises."""
    done = Told()
    ways = _ways(settings, credentials, now)
    with exclusive(home.root / ".alerts.lock", "telling alerts"):
        log = AlertLog.read(home)
        log.see(standing, list(ways), now)
        for channel, way in ways.items():
            notices = log.due(standing, channel, now, timedelta(days=settings.again_after_days))
            if not notices:
                continue
            try:
                said = way(notices)
            except ChannelError as error:
                done.failures.append((channel, error.said))
                continue
            done.failures += [(channel, said)] if said else []
            done.notices[channel] = len(notices)
            log.note(notices, channel, now)
            log.write()
        log.write()
        if settings.mail:
            done.receipts, failed = receipts_by_mail.send(home, registered, settings.mail, credentials, now)
            done.failures += [(f"{MAIL} (outbox)", said) for said in failed]
    return done


def test(settings: AlertSettings, credentials: Credentials, now: datetime) -> Told:
    """Send a word by every channel, and keep nothing of it."""
    done = Told()
    title = told("parts", "test")
    for channel, way in _ways(settings, credentials, now).items():
        try:
            said = way([Notice("test", "new", now, title, None)])
        except ChannelError as error:
            done.failures.append((channel, error.said))
            continue
        done.failures += [(channel, said)] if said else []
        done.notices[channel] = 1
    return done


def _ways(settings: AlertSettings, credentials: Credentials, now: datetime) -> dict[str, _Way]:
    found: dict[str, _Way] = {}
    mail, webhook, lang = settings.mail, settings.webhook, settings.language
    if mail:

        def by_mail(notices: Sequence[Notice]) -> Said | None:
            made = channels.message(
                mail, mail.to, messages.subject(notices, lang), messages.text(notices, lang)
            )
            with channels.connected(mail, credentials) as server:
                return channels.deliver(server, made)

        found[MAIL] = by_mail
    if webhook:

        def by_webhook(notices: Sequence[Notice]) -> None:
            channels.post(webhook, credentials, messages.document(notices, now))

        found[WEBHOOK] = by_webhook
    return found
