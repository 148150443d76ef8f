"""Kaplan-Meier, from its definition: the share still waiting after each day."""

from __future__ import annotations

from collections.abc import Sequence

TOLERANCE = 1e-9


def waiting_days(waits: Sequence[tuple[int, bool]], share_still_waiting: float) -> int | None:
    """Return the first day at which the curve falls to `share_still_waiting`; None if it never does.

    `waits` are (days, whether what was waited for came). On one day those to whom it came are counted before
    those who left.
    """
    share = 1.0
    for day in sorted({days for days, came in waits if came}):
        at_risk = sum(1 for days, _ in waits if days >= day)
        came_today = sum(1 for days, came in waits if came and days == day)
        share *= 1 - came_today / at_risk
        if share <= share_still_waiting + TOLERANCE:
            return day
    return None
