"""Which entities a figure is made of: an instance that never sends them has none."""

from __future__ import annotations

from collections.abc import Iterator

from tests.second_computation.calendar_days import periods_between
from tests.second_computation.cells import PERIODS, Figure, Key
from tests.second_computation.network_facts import Network
from tests.second_computation.not_collected import NEEDED as FIRST_NEEDED

# Those that every instance sends (services, deliveries, allocations, people, organisations) are not named.
NEEDED = {
    **dict.fromkeys(
        ["rejected", "unmet_share", "open_share", "waiting_persons", "waiting_over_90", "linkage_rate"],
        "request",
    ),
    **dict.fromkeys(
        ["wait_to_decision_p50", "wait_to_decision_p90", "wait_to_payment_p50", "wait_to_payment_p90"],
        "application",
    ),
    "decided_in_term": "application call",
    "award_to_first_payment_p50": "grant grant_line",
    "claim_to_admission_p50": "grant_line",
    "voucher_first_use_p50": "voucher voucher_event",
    "voucher_never_used": "voucher voucher_event",
    "time_elapsed": "grant",
    "budget_reported": "grant_line",
    "schedule_gap": "grant grant_line",
    "residual_at_risk": "grant grant_line",
    "budget_variance": "grant_line",
    "out_of_window": "grant grant_line",
    "double_claimed": "grant grant_line",
    "without_receipt": "grant_line",
    "target_progress": "grant grant_target",
    "cofunding_seen": "grant",
    "corporate_active_share": "corporate_plan plan_movement",
    "corporate_social_share": "plan_movement",
    "corporate_expired": "plan_movement",
    "active_plans": "assessment",
    "caseload": "assessment",
    "response_rate": "measurement",
    "outcome_coverage": "grant measurement",
    "merchants_active": "voucher_event",
    "merchant_top3_share": "voucher_event",
}


def needed(indicator: str) -> frozenset[str]:
    """Return the entities that an instance must send to stand behind a figure."""
    for entities, indicators in FIRST_NEEDED.items():
        if indicator in indicators:
            return frozenset(entities)
    return frozenset(NEEDED.get(indicator, "").split())


# Of these an instance has figures of its own.
OF_INSTANCES = NEEDED.keys() - {
    "award_to_first_payment_p50",
    "claim_to_admission_p50",
    "time_elapsed",
    "budget_reported",
    "schedule_gap",
    "residual_at_risk",
    "budget_variance",
    "out_of_window",
    "double_claimed",
    "without_receipt",
    "target_progress",
    "cofunding_seen",
}


OF_YEARS = {"corporate_active_share"}


def not_collected(network: Network) -> Iterator[tuple[Key, Figure]]:
    """Yield the rows that stand for what an instance never sends, of the measures beyond the first."""
    for instance in network.territories:
        exports = [each.export for each in network.loading.accepted if each.export.instance == instance]
        if not exports:
            continue
        listed = {entity for export in exports for entity in export.listed}
        first = min(export.period_from for export in exports)
        for indicator in sorted(OF_INSTANCES):
            if needed(indicator) <= listed:
                continue
            for period in PERIODS if indicator not in OF_YEARS else ["year"]:
                for start in periods_between(period, first, network.as_of):
                    key = (indicator, "instance", instance, "ALL", "ALL", period, start)
                    yield key, Figure(None, None, None, None, "not_collected")
