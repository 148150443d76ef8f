"""When something is an alert: below the limit none, beyond it one, and worse where it is."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from ingestion.instances import Instance
from orchestration.alerts.alert import Alert
from orchestration.alerts.conditions import GIGABYTE, Facts, FailedCheck, SentExport, standing
from orchestration.alerts.words import book

RHO = Instance(name="Rho", seat="015182", comuni=("015182",), contact="Ufficio di piano")
ENDS = [date(2026, month, day) for month, day in ((1, 31), (2, 28), (3, 31), (4, 30), (5, 31), (6, 30))]
TODAY = date(2026, 7, 20)


def accepted(end: date, sequence: int, made: date | None = None) -> SentExport:
    made = made or end + timedelta(days=5)
    at = datetime.combine(made, datetime.min.time())
    return SentExport("rho", f"rho-{sequence}", "accepted", sequence, end, made, at, 0, ())


def attempt(status: str, sequence: int | None, *, day: date = TODAY, times: int = 1) -> SentExport:
    at = datetime.combine(day, datetime.min.time())
    codes = ("checksum_mismatch",) if status == "refused" else ("sequence_gap",)
    return SentExport("rho", f"rho-{sequence}", status, sequence, None, None, at, times, codes)


MONTHLY = [accepted(end, number) for number, end in enumerate(ENDS, 1)]
ORDINARY = Facts(
    today=TODAY,
    registered={"rho": RHO},
    exports=MONTHLY,
    checks=[],
    is_red=False,
    released_on=date(2026, 7, 1),
    failed_steps=[],
    fetch="",
    free_bytes=100 * GIGABYTE,
    days_at_most=75,
    refused_days=30,
    free_at_least=5,
    owner="Ufficio dati",
)


def found(facts: Facts = ORDINARY, **changes: object) -> list[Alert]:
    return standing(replace(facts, **changes))


def only(facts: Facts = ORDINARY, **changes: object) -> Alert:
    (alert,) = found(facts, **changes)
    # Every part is said in both languages, with all its places filled.
    for part in ("title", "what", "do"):
        said = alert.said(part)
        assert said.it and said.en and "{" not in said.it + said.en
    return alert


def test_nothing_wrong_is_no_alert() -> None:
    assert found() == []


def test_silent_is_who_has_not_sent_what_its_own_calendar_expected() -> None:
    # It sends within five days: July is due by 5 August.
    assert found(today=date(2026, 8, 5)) == []
    alert = only(today=date(2026, 8, 6))
    assert (alert.key, alert.level, alert.instance) == ("silent:rho", 1, "rho")
    assert alert.owner.it == "Ufficio di piano"
    assert "31 luglio 2026" in alert.said("what").it and "5 August 2026" in alert.said("what").en
    assert only(today=date(2026, 9, 10)).level == 2


def test_a_quarterly_sender_is_not_silent_after_a_month() -> None:
    quarterly = [
        accepted(date(2025, 9, 30), 1),
        accepted(date(2025, 12, 31), 2),
        accepted(date(2026, 3, 31), 3),
    ]
    assert found(exports=quarterly, today=date(2026, 7, 5)) == []
    assert only(exports=quarterly, today=date(2026, 7, 6)).key == "silent:rho"


def test_without_a_calendar_of_its_own_the_limit_of_the_gate_holds() -> None:
    assert found(exports=MONTHLY[:2], today=ENDS[1] + timedelta(days=75)) == []
    alert = only(exports=MONTHLY[:2], today=ENDS[1] + timedelta(days=76))
    assert (alert.key, alert.level, alert.condition) == ("silent:rho", 1, "silent_few")


@pytest.mark.parametrize(("active_from", "expected"), [(None, []), (date(2026, 1, 1), ["silent:rho"])])
def test_who_never_sent_is_silent_from_the_day_it_joined(
    active_from: date | None, expected: list[str]
) -> None:
    registered = {"rho": RHO.model_copy(update={"active_from": active_from})}
    assert [alert.key for alert in found(registered=registered, exports=[])] == expected


def test_who_left_is_not_silent_once_all_of_its_time_is_in() -> None:
    left = {"rho": RHO.model_copy(update={"active_to": date(2026, 6, 30)})}
    assert found(registered=left, today=date(2026, 12, 1)) == []
    later = {"rho": RHO.model_copy(update={"active_to": date(2026, 7, 31)})}
    assert only(registered=later, today=date(2026, 12, 1)).key == "silent:rho"


def test_a_refused_export_stands_until_one_at_its_place_or_later_is_in() -> None:
    alert = only(exports=[*MONTHLY, attempt("refused", 7, times=2)])
    assert (alert.key, alert.level) == ("refused:rho/rho-7", 2)
    assert "checksum_mismatch" in alert.said("what").it
    mended = [*MONTHLY, attempt("refused", 7), accepted(date(2026, 7, 31), 8)]
    assert found(exports=mended) == []


def test_one_whose_place_cannot_be_read_stands_until_something_came_later_or_it_left_landing() -> None:
    unread = attempt("refused", None, day=date(2026, 7, 10))
    assert only(exports=[*MONTHLY, unread]).key == "refused:rho/rho-None"
    assert found(exports=[*MONTHLY, unread, accepted(date(2026, 7, 11), 7)]) == []
    assert found(exports=[*MONTHLY, attempt("refused", 7, day=TODAY - timedelta(days=31))]) == []


def test_an_export_of_nobody_known_is_for_the_house() -> None:
    stranger = replace(attempt("refused", None), instance="_unknown")
    alert = only(exports=[*MONTHLY, stranger])
    assert (alert.instance, alert.owner.it) == (None, "Ufficio dati")


def test_exports_that_wait_for_one_are_one_alert_and_more_of_them_are_worse() -> None:
    alert = only(exports=[*MONTHLY, attempt("held", 8)])
    assert (alert.key, alert.level) == ("gap:rho", 1)
    assert "number 6" in alert.said("what").en and "number 8" in alert.said("what").en
    assert only(exports=[*MONTHLY, attempt("held", 8), attempt("held", 9)]).level == 2


def test_rows_that_collapsed_and_columns_that_changed_are_told_of_their_territory() -> None:
    checks = [
        FailedCheck("landed", "volume", True, False, (("rho", "booking"), ("rho", "ALL"))),
        FailedCheck("landed", "silent_entity", True, False, (("rho", "voucher"),)),
        FailedCheck("landed", "schema_drift", True, False, (("rho", "person"),)),
        FailedCheck("landed", "status_mix", True, False, (("rho", "request"),)),
    ]
    alerts = {alert.key: alert for alert in found(checks=checks)}
    assert {key: alert.level for key, alert in alerts.items()} == {"volume:rho": 3, "schema_drift:rho": 1}
    assert "ALL, booking, voucher" in alerts["volume:rho"].said("what").it


def test_a_red_gate_tells_what_is_broken_apart_from_what_could_not_run() -> None:
    checks = [
        FailedCheck("marts", "sudden_change", True, False),
        FailedCheck("marts", "measured", True, True),
        FailedCheck("marts", "persons_per_resident", False, False),
    ]
    alert = only(is_red=True, checks=checks)
    assert (alert.key, alert.level) == ("red_gate", 2)
    said = alert.said("what").en
    assert "Rules broken: 1. Checks that could not run: 1." in said and "persons_per_resident" not in said
    assert "of 1 July 2026, stays online" in said
    assert "There is no release yet" in only(is_red=True, checks=checks, released_on=None).said("what").en


def test_a_failed_step_a_source_and_a_full_disk_are_the_house_s() -> None:
    assert only(failed_steps=["build"]).key == "step_failed:build"
    assert only(fetch="1 sources failed").key == "source"
    assert found(free_bytes=5 * GIGABYTE) == []
    levels = [only(free_bytes=int(free * GIGABYTE)).level for free in (4.9, 2.4, 1.2, 0)]
    assert levels == [1, 2, 3, 20]
    assert only(free_bytes=1, owner=None).owner.en == "nobody written in alerts.yaml (owner)"


def test_every_condition_of_the_catalogue_is_used() -> None:
    """What `standing` names has words, by the tests above; here, that no words are left over."""
    used = {
        "silent", "silent_few", "silent_never", "refused", "gap", "volume", "schema_drift", "red_gate",
        "step_failed", "source", "disk",
    }  # fmt: skip
    assert set(book()["conditions"]) == used
