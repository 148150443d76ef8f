"""Data that are new and corrections are told apart by what arrived: exports, corrections, persons that are
said to be one."""

import pytest

from publication.arrivals import Arrivals

RHO_2024 = {"territory": "instance:rho", "period": "2024"}
NETWORK_2024 = {"territory": "network", "period": "2024"}
OPEN_FIGURE = {
    "scope_type": "grant",
    "scope": "rho:GR-1",
    "period_type": "month",
    "period_start": "2025-01-01",
}


def export(instance: str, n: int, to: str, content: str = "a") -> dict:
    return {
        "instance_id": instance, "export_id": f"{instance}-{n}", "content_sha256": content, "period_to": to
    }  # fmt: skip


BEFORE = {"exports": [export("rho", 1, "2024-12-31"), export("bari", 1, "2024-11-30")], "merges_told": None}


def after(*more: dict, **other: object) -> dict:
    return {**BEFORE, "exports": [*BEFORE["exports"], *more], **other}


AGAIN = {**BEFORE, "exports": [export("rho", 1, "2024-12-31", "b"), BEFORE["exports"][1]]}
LATER = after(export("rho", 2, "2025-01-31"))


@pytest.mark.parametrize(
    ("record", "place", "reason"),
    [
        # Its year was covered to the end: what came later corrects it; January is new.
        (LATER, RHO_2024, "correction"),
        (LATER, NETWORK_2024, "correction"),
        (LATER, {"territory": "instance:rho", "period": "2025-Q1"}, "new_data"),
        (LATER, {"territory": "instance:rho", "period": "2025-01"}, "new_data"),
        (LATER, OPEN_FIGURE, "new_data"),
        (LATER, {"call": "rho:CA-1", "stage": "paid"}, "new_data"),
        (after(export("rho", 2, "2024-12-31")), {"call": "rho:CA-1", "stage": "paid"}, "correction"),
        # Nothing came from this territory, and nothing came at all.
        (LATER, {"territory": "instance:bari", "period": "2024"}, None),
        (after(), RHO_2024, None),
        # December of one territory was missing from the whole.
        (after(export("bari", 2, "2024-12-31")), NETWORK_2024, "new_data"),
        # A territory that nothing was known of.
        (after(export("lecce", 1, "2024-12-31")), NETWORK_2024, "new_data"),
        # An export that was sent again, one that is gone.
        (AGAIN, RHO_2024, "correction"),
        ({**BEFORE, "exports": BEFORE["exports"][1:]}, RHO_2024, "correction"),
        (after(corrections={"instances": {"rho": "01"}}), RHO_2024, "correction"),
        (after(corrections={"instances": {"bari": "01"}}), RHO_2024, None),
        (after(merges_told="2025-03-01T00:00:00"), RHO_2024, "correction"),
    ],
)  # fmt: skip
def test_the_reason_is_what_arrived(record: dict, place: dict, reason: str | None) -> None:
    assert Arrivals.between(BEFORE, record, ()).reason(place) == reason


def test_what_was_known_and_not_told_corrects_the_year_that_is_issued_again() -> None:
    again = Arrivals.between(BEFORE, BEFORE, ("2024",))
    assert again.reason(RHO_2024) == "correction"
    assert again.reason(RHO_2024 | {"period": "2023"}) is None


def test_a_figure_of_a_period_that_has_closed_since_is_new_whenever_its_data_came() -> None:
    quarter = {"territory": "instance:bari", "period": "2024-Q4"}
    assert Arrivals.between(BEFORE, after(as_of="2025-01-31"), ()).reason(quarter, is_new=True) == "new_data"
    assert Arrivals.between(BEFORE, LATER, ()).reason(RHO_2024, is_new=True) == "new_data"
    assert Arrivals.between(BEFORE, after(), ()).reason(quarter, is_new=True) is None


def test_what_stands_at_a_funder_is_of_all_territories() -> None:
    place = {"award": "funder:99000000994", "outcome": "ALL", "period": "2024"}
    assert Arrivals.between(BEFORE, LATER, ()).reason(place) == "correction"
    assert Arrivals.between(BEFORE, LATER, ()).reason(place | {"award": "grant:bari:GR-1"}) is None
