"""What an instance never sends: a row that says so, for every period since it began."""

from __future__ import annotations

from collections.abc import Iterator

from tests.second_computation.calendar_days import periods_between
from tests.second_computation.cells import PERIODS, Figure, Key
from tests.second_computation.network_facts import Network

NEEDED = {
    ("payment",): ["paid"],
    ("grant",): ["deliberated", "deliberated_net", "cofunding_share"],
    ("grant_line",): [
        "disbursed",
        "reported",
        "admitted",
        "disbursement_rate",
        "eligible_cost_rate",
        "residual",
    ],
    ("request",): [
        "requests",
        "acceptance_rate",
        "autonomy_rate",
        "wait_to_service_p50",
        "wait_to_service_p90",
    ],
    ("request", "assessment"): ["wait_to_assessment_p50"],
    ("booking",): ["no_show_rate"],
    ("voucher_event",): [
        "voucher_issued",
        "voucher_redeemed",
        "voucher_lapsed",
        "voucher_outstanding",
        "voucher_redemption_rate",
    ],
    ("application",): ["applications", "application_success", "granted_to_applicants"],
    ("plan_movement",): ["corporate_credit", "corporate_use_rate"],
    ("measurement",): ["satisfaction", "outcome_improved", "outcome_change", "followup_rate"],
    ("measurement", "outcome_indicator"): ["cost_per_improved"],
}


def figures(network: Network) -> Iterator[tuple[Key, Figure]]:
    """Yield the rows that stand for what is not collected."""
    for instance in network.territories:
        exports = [
            accepted.export for accepted in network.loading.accepted if accepted.export.instance == instance
        ]
        if not exports:
            continue
        listed = {entity for export in exports for entity in export.listed}
        first = min(export.period_from for export in exports)
        for entities, indicators in NEEDED.items():
            if listed.issuperset(entities):
                continue
            for indicator in indicators:
                for period in PERIODS:
                    for start in periods_between(period, first, network.as_of):
                        key = (indicator, "instance", instance, "ALL", "ALL", period, start)
                        yield key, Figure(None, None, None, None, "not_collected")
