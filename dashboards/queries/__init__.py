"""The SQL of the signed-in pages: what a viewer holds of a release and parameters arrive, records leave.

The first argument of every query is the `ViewerDatabase` of the page (`context.database`): the real path of a
release, which never changes its content, and whose eyes it is for. It is the key of every cache, and the
connection behind it holds that viewer's rows alone: a query needs no condition on who asks. Everything is one
SELECT, parameterised. Money and counts stay decimal. Nothing here decides what a figure means or how it
looks; with `protected`, numbers that publication hides are left out also for a viewer who may see them.
"""

from dashboards.access.viewer import ViewerDatabase
from dashboards.queries.callers import quarantine_by_territory
from dashboards.queries.calls import calls, organisations_of_call
from dashboards.queries.exports import (
    checks,
    coverage,
    export_months,
    exports_behind,
    freshness,
    last_run,
    not_collected,
    quarantine,
    reconciliation,
    row_counts,
)
from dashboards.queries.indicator_values import by_key, consortium_shares, figures, indicators, periods
from dashboards.queries.intervention_details import (
    cost_categories,
    grant_facts,
    grant_targets,
    grant_warnings,
    known_grants,
    measured_by_state,
    measured_grants,
    outcome_changes,
)
from dashboards.queries.interventions import grants, grants_past_change, grants_to_look_at, ledger_by
from dashboards.queries.opened_pages import opened_pages
from dashboards.queries.quality_scores import latest_quality_scores, quality_scores
from dashboards.queries.release_database import Row, columns, rows
from dashboards.queries.services import (
    coded_services,
    consortia,
    consortium_members,
    corporate_plans,
    social_points,
)
from dashboards.queries.sources import source_sums
from dashboards.queries.subjects import at_work_in, funders, instances, is_own, providers, territories
from dashboards.queries.territory_comparison import compared
from dashboards.queries.vouchers import voucher_ledger
from dashboards.queries.waits import stages, waiting_at, waiting_curve, waiting_ended, waiting_reached

__all__ = [
    "Row",
    "ViewerDatabase",
    "at_work_in",
    "by_key",
    "calls",
    "checks",
    "coded_services",
    "columns",
    "compared",
    "consortia",
    "consortium_members",
    "consortium_shares",
    "corporate_plans",
    "cost_categories",
    "coverage",
    "export_months",
    "exports_behind",
    "figures",
    "freshness",
    "funders",
    "grant_facts",
    "grant_targets",
    "grant_warnings",
    "grants",
    "grants_past_change",
    "grants_to_look_at",
    "indicators",
    "instances",
    "is_own",
    "known_grants",
    "last_run",
    "latest_quality_scores",
    "ledger_by",
    "measured_by_state",
    "measured_grants",
    "not_collected",
    "opened_pages",
    "organisations_of_call",
    "outcome_changes",
    "periods",
    "providers",
    "quality_scores",
    "quarantine",
    "quarantine_by_territory",
    "reconciliation",
    "row_counts",
    "rows",
    "social_points",
    "source_sums",
    "stages",
    "territories",
    "voucher_ledger",
    "waiting_at",
    "waiting_curve",
    "waiting_ended",
    "waiting_reached",
]
