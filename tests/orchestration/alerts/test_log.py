"""An alert is told once, again after some days or when worse, and once more when it ends."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.home import VetroHome
from core.presentation.bilingual import Said
from orchestration.alerts.alert import Alert
from orchestration.alerts.log import AlertLog

NOW = datetime(2026, 11, 30, 6, tzinfo=UTC)
WEEK = timedelta(days=7)
CHANNELS = ("mail", "webhook")


def disk(level: int = 1) -> Alert:
    return Alert("disk", "", level, Said("x", "x"), "disk", {"free": "1", "limit": "5"})


def told(
    home: VetroHome, standing: list[Alert], now: datetime, *, by: tuple[str, ...] = CHANNELS
) -> list[tuple]:
    """What the channels `by` are told in one run; the others fail."""
    log = AlertLog.read(home)
    log.see(standing, CHANNELS, now)
    found = []
    for channel in CHANNELS:
        notices = log.due(standing, channel, now, WEEK)
        if channel in by:
            log.note(notices, channel, now)
            found += [(channel, notice.key, notice.state) for notice in notices]
    log.write()
    return found


def test_once_then_again_after_a_week_then_over_once(tmp_path: Path) -> None:
    home = VetroHome.at(tmp_path)
    both = [(channel, "disk") for channel in CHANNELS]
    assert told(home, [disk()], NOW) == [(*each, "new") for each in both]
    assert told(home, [disk()], NOW + timedelta(days=6)) == []
    assert told(home, [disk()], NOW + WEEK) == [(*each, "again") for each in both]
    assert told(home, [disk()], NOW + WEEK + timedelta(days=1)) == []
    assert told(home, [], NOW + timedelta(days=9)) == [(*each, "over") for each in both]
    assert told(home, [], NOW + timedelta(days=10)) == []
    assert told(home, [disk()], NOW + timedelta(days=11)) == [(*each, "new") for each in both]


def test_worse_is_told_at_once_and_better_is_not(tmp_path: Path) -> None:
    home = VetroHome.at(tmp_path)
    told(home, [disk(2)], NOW)
    assert told(home, [disk(1)], NOW + timedelta(hours=1)) == []
    assert {state for *_, state in told(home, [disk(3)], NOW + timedelta(hours=2))} == {"worse"}


def test_a_channel_that_failed_is_tried_again_and_the_other_is_left_alone(tmp_path: Path) -> None:
    home, later = VetroHome.at(tmp_path), NOW + timedelta(hours=1)
    assert told(home, [disk()], NOW, by=("webhook",)) == [("webhook", "disk", "new")]
    assert told(home, [disk()], later) == [("mail", "disk", "new")]
    # Its end too: whoever could not be told yet is told next time.
    assert told(home, [], later, by=("mail",)) == [("mail", "disk", "over")]
    assert told(home, [], later) == [("webhook", "disk", "over")]


def test_what_nobody_was_told_ends_without_a_word(tmp_path: Path) -> None:
    home = VetroHome.at(tmp_path)
    told(home, [disk()], NOW, by=())
    assert told(home, [], NOW + timedelta(hours=1)) == []
    assert AlertLog.read(home).entries == {}


def test_it_is_known_since_when_it_stands_and_a_spoilt_log_tells_all_anew(tmp_path: Path) -> None:
    home = VetroHome.at(tmp_path)
    told(home, [disk()], NOW)
    told(home, [disk(2)], NOW + timedelta(days=3))
    assert AlertLog.read(home).entries["disk"].since == NOW
    home.alert_log.write_text("{", "utf-8")
    assert {state for *_, state in told(home, [disk()], NOW)} == {"new"}
