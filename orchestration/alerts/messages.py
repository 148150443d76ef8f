"""What a channel says: notices arrive, the text of a mail or the document of a webhook leaves.

Both languages stand in each, that of the house first. How it is sent does not belong here.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, get_args

from core.presentation.bilingual import Lang, Said
from core.presentation.formatting import rome_day
from orchestration.alerts.log import Notice
from orchestration.alerts.words import told


def subject(notices: Sequence[Notice], lang: Lang) -> str:
    """Return the subject of a mail: the one alert, or how many there are, and the first."""
    first = _of(notices[0].title, lang)
    if len(notices) == 1:
        return f"{_of(told('parts', notices[0].state), lang)}: {first}"
    return f"{_of(told('parts', 'subject', n=len(notices)), lang)}: {first} …"


def text(notices: Sequence[Notice], lang: Lang) -> str:
    """Return the text of a mail: every notice in the language of the house, then in the other."""
    return "\n\n- - -\n\n".join(
        "\n\n".join(
            [*(_paragraph(notice, each) for notice in notices), _of(told("parts", "counts_only"), each)]
        )
        for each in sorted(get_args(Lang), key=lambda one: one != lang)
    )


def _paragraph(notice: Notice, lang: Lang) -> str:
    state = _of(told("parts", notice.state), lang).upper()
    since = _of(told("parts", "since", day=rome_day(notice.since)), lang)
    lines = [f"{state} ({since}) {_of(notice.title, lang)}"]
    if notice.alert:
        lines += [
            _of(notice.alert.said("what"), lang),
            f"{_of(told('parts', 'do'), lang)}: {_of(notice.alert.said('do'), lang)}",
            f"{_of(told('parts', 'owner'), lang)}: {_of(notice.alert.owner, lang)}",
        ]
    return "\n".join(lines)


def document(notices: Sequence[Notice], now: datetime) -> dict[str, Any]:
    """Return what a webhook is sent: `event`, `sent_at` (UTC), and one entry per alert."""
    return {
        "event": "alerts",
        "sent_at": now.isoformat(timespec="seconds"),
        "alerts": [_entry(notice) for notice in notices],
    }


def _entry(notice: Notice) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "key": notice.key,
        "state": notice.state,
        "since": notice.since.isoformat(timespec="seconds"),
        "instance": notice.instance,
        "title": notice.title._asdict(),
    }
    alert = notice.alert
    if alert:
        entry |= {
            "kind": alert.kind,
            "level": alert.level,
            "what": alert.said("what")._asdict(),
            "do": alert.said("do")._asdict(),
            "owner": alert.owner._asdict(),
        }
    return entry


def _of(words: Said, lang: Lang) -> str:
    return words.it if lang == "it" else words.en
