"""What was told of which alert, by which channel and when, so that each is told once.

Alerts that stand arrive, and what a channel was told; what is to be told leaves. Kept in
`operations/alerts.json`. How a channel tells does not belong here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ValidationError

from core.atomic_files import replacing
from core.home import VetroHome
from core.presentation.bilingual import Said
from orchestration.alerts.alert import Alert

State = Literal["new", "worse", "again", "over"]


class Sent(BaseModel):
    """When a channel was last told of an alert (UTC), and how bad it was."""

    at: datetime
    level: int


class Entry(BaseModel):
    """An alert that stands, or whose end is still to be told: since when (UTC), and who was told."""

    since: datetime
    title: Said
    instance: str | None = None
    sent: dict[str, Sent] = {}


class _File(BaseModel):
    alerts: dict[str, Entry] = {}


@dataclass(frozen=True)
class Notice:
    """What is to be told of an alert. `alert` is None where it is over."""

    key: str
    state: State
    since: datetime
    title: Said
    instance: str | None
    alert: Alert | None = None


@dataclass
class AlertLog:
    """The alerts that stand or whose end is still to be told, by key."""

    home: VetroHome
    entries: dict[str, Entry] = field(default_factory=dict)

    @classmethod
    def read(cls, home: VetroHome) -> "AlertLog":
        """Return the log; an empty one where there is none or it cannot be read: all is then told anew."""
        try:
            return cls(home, _File.model_validate_json(home.alert_log.read_bytes()).alerts)
        except (OSError, ValidationError):
            return cls(home)

    def write(self) -> None:
        """Replace the file in one step."""
        self.home.operations.mkdir(parents=True, exist_ok=True)
        with replacing(self.home.alert_log) as written:
            written.write_text(_File(alerts=self.entries).model_dump_json(indent=1) + "\n", encoding="utf-8")

    def see(self, standing: Sequence[Alert], channels: Sequence[str], now: datetime) -> None:
        """Note what stands, under what it says now, and drop what ended and nobody waits to hear of.

        `channels` are those that there are: what others were told is forgotten.
        """
        for entry in self.entries.values():
            entry.sent = {name: sent for name, sent in entry.sent.items() if name in channels}
        seen = {alert.key: alert for alert in standing}
        for key, alert in seen.items():
            entry = self.entries.setdefault(key, Entry(since=now, title=alert.said("title")))
            entry.title, entry.instance = alert.said("title"), alert.instance
        self.entries = {key: entry for key, entry in self.entries.items() if key in seen or entry.sent}

    def due(
        self, standing: Sequence[Alert], channel: str, now: datetime, again_after: timedelta
    ) -> list[Notice]:
        """Return what a channel has to be told now: what is new, worse, still open after so long, or over."""
        seen = {alert.key: alert for alert in standing}
        found = []
        for key, entry in self.entries.items():
            alert, sent = seen.get(key), entry.sent.get(channel)
            state: State | None = None
            if alert is None:
                state = "over" if sent else None
            elif sent is None:
                state = "new"
            elif alert.level > sent.level:
                state = "worse"
            elif now - sent.at >= again_after:
                state = "again"
            if state:
                found.append(Notice(key, state, entry.since, entry.title, entry.instance, alert))
        return found

    def note(self, notices: Sequence[Notice], channel: str, now: datetime) -> None:
        """Keep that a channel was told."""
        for notice in notices:
            entry = self.entries[notice.key]
            if notice.alert is None:
                entry.sent.pop(channel, None)
                if not entry.sent:
                    del self.entries[notice.key]
            else:
                entry.sent[channel] = Sent(at=now, level=notice.alert.level)
