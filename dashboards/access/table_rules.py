"""Which rows of each table of a release each role holds, and how figures about persons are protected in them.

This table is the whole of it: a table that is not named here is in nobody's database, and a role that a table
does not name has none of it. What is here becomes SQL that copies a viewer's rows; how a connection is made
does not belong here.

The rows are written as conditions on `t`, the table, and on the lists of what is the viewer's own:
`{funders}`, `{grants}`, `{instances}`, `{ats}`, `{comuni}`, `{providers}`, `{consortia}`; and on `{public}`,
the organisations of which the public side has a figure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

ALL = "true"
EVERYBODY = dict.fromkeys(("foundation", "municipality", "network", "provider", "operations"), ALL)

_MY_INSTANCE = "t.instance_id in {instances}"
_MY_GRANT = "t.grant_key in {grants}"


def _in_my_instance(key: str) -> str:
    return f"split_part(t.{key}, ':', 1) in {{instances}}"


# How a table is protected for viewers for whom figures about persons are: `none` where it says nothing about
# persons; `cells`, every row has its own mark; `wide`, a column is named as the indicator whose mark it has;
# `comparison`, what is computed from all territories; `withheld`, it has no marks, so no figure is there.
Protection = Literal["none", "cells", "wide", "comparison", "withheld"]


@dataclass(frozen=True)
class TableRule:
    """The rows of a table by role, and its protection.

    scope_type, scope_id -- of a `wide` table: whose figures its columns are; `scope_id` is its column.
    facts -- of a `wide` or `withheld` table: the columns that are no figures; a `withheld` table without any
    has no row. others, told -- rows that are not the viewer's, by role, and the columns told of them.
    """

    rows: Mapping[str, str]
    protection: Protection = "none"
    scope_type: str = ""
    scope_id: str = ""
    facts: frozenset[str] = frozenset()
    others: Mapping[str, str] = field(default_factory=dict)
    told: frozenset[str] = frozenset()


def _wide(rows: Mapping[str, str], scope_type: str, scope_id: str, *facts: str) -> TableRule:
    periods = ("month_start", "period_type", "period_start")
    return TableRule(rows, "wide", scope_type, scope_id, frozenset({scope_id, *periods, *facts}))


# Whose a figure is. The rest of what a viewer finds in the table is what the public side prints.
FIGURES_OF = {
    "foundation": """(t.scope_type = 'funder' and t.scope_id in {funders})
        or (t.scope_type = 'grant' and t.scope_id in {grants})""",
    "municipality": """(t.scope_type = 'instance' and t.scope_id in {instances})
        or (t.scope_type in ('grant', 'service', 'call', 'scheme', 'plan', 'social_point')
            and split_part(t.scope_id, ':', 1) in {instances})
        or (t.scope_type = 'ats' and t.scope_id in {ats})
        or (t.scope_type = 'comune' and t.scope_id in {comuni})""",
    "provider": """(t.scope_type = 'provider' and t.scope_id in {providers})
        or (t.scope_type = 'consortium' and t.scope_id in {consortia})""",
    "network": ALL,
    "operations": ALL,
}

# Figures of the whole network that a role holds besides what is public, protected, where no territory's is
# hidden: whoever knows a hidden one, their own, would subtract it.
OF_THE_NETWORK = {
    "municipality": "t.scope_type = 'network' and t.period_type = 'year' and t.population_group = 'ALL'"
}

# An organisation is known to those it works with, and by its public figures to all.
_ORGANISATION = """t.tax_code in {public}
    or t.tax_code in {funders} or t.tax_code in {providers} or t.tax_code in {consortia}
    or t.parent_tax_code in {consortia}
    or list_has_any(string_split(concat_ws(' | ', t.funder_in, t.provider_in), ' | '),
        list_value{instances})"""

TABLES: dict[str, TableRule] = {
    # The words and the calendar of everything, and the places.
    "marts.dim_indicator": TableRule(EVERYBODY),
    "marts.dim_month": TableRule(EVERYBODY),
    "marts.dim_territory": TableRule(EVERYBODY),
    "marts.dim_ats": TableRule(EVERYBODY),
    "marts.bridge_ats_comune": TableRule(EVERYBODY),
    "marts.dim_instance": TableRule(EVERYBODY),
    # Organisations, and what they do: acts and registers, nothing about persons.
    "marts.dim_organisation": TableRule(
        {
            "foundation": _ORGANISATION,
            "municipality": _ORGANISATION,
            "provider": _ORGANISATION,
            "network": ALL,
            "operations": ALL,
        }
    ),
    "marts.dim_grant": TableRule(
        {
            "foundation": _MY_GRANT,
            "municipality": _MY_INSTANCE,
            "provider": "t.lead_tax_code in {providers}",
            "network": ALL,
            "operations": ALL,
        }
    ),
    "marts.dim_grant_target": TableRule(
        {"foundation": _MY_GRANT, "municipality": _MY_INSTANCE, "network": ALL, "operations": ALL}
    ),
    "marts.grant_cost_category": TableRule(
        {"foundation": _MY_GRANT, "municipality": _MY_INSTANCE, "network": ALL, "operations": ALL}
    ),
    "marts.dim_call": TableRule(
        {
            "foundation": "t.promoter_tax_code in {funders}",
            "municipality": _MY_INSTANCE,
            "network": ALL,
            "operations": ALL,
        }
    ),
    "marts.dim_service": TableRule({"municipality": _MY_INSTANCE, "network": ALL, "operations": ALL}),
    "marts.grant_warning": TableRule(
        {
            "foundation": "t.funder_tax_code in {funders}",
            "municipality": _MY_INSTANCE,
            "network": ALL,
            "operations": ALL,
        }
    ),
    "marts.organisation_application": TableRule(
        {"municipality": _in_my_instance("call_key"), "network": ALL, "operations": ALL}
    ),
    # Figures.
    "marts.indicator_value": TableRule(FIGURES_OF, "cells"),
    "marts.comparison": TableRule({"municipality": ALL, "network": ALL}, "comparison"),
    "marts.funder_overview": _wide(
        {"foundation": "t.funder_tax_code in {funders}", "network": ALL},
        "funder",
        "funder_tax_code",
        "funder_name",
        "funder_kind",
    ),
    "marts.grant_overview": _wide(
        {"foundation": _MY_GRANT, "municipality": _in_my_instance("grant_key"), "network": ALL},
        "grant",
        "grant_key",
        "title",
        "funder_tax_code",
        "funder_name",
        "lead_name",
        "grant_status",
    ),
    "marts.territory_overview": _wide(
        {"municipality": _MY_INSTANCE, "network": ALL},
        "instance",
        "instance_id",
        "instance_name",
        "region_code",
        "province_code",
    ),
    "marts.provider_overview": _wide(
        {"provider": "t.provider_tax_code in {providers}", "network": ALL},
        "provider",
        "provider_tax_code",
        "provider_name",
        "provider_kind",
    ),
    "marts.consortium_overview": _wide(
        {
            "provider": "t.consortium_tax_code in {consortia} or t.member_tax_code in {providers}",
            "network": ALL,
        },
        "provider",
        "member_tax_code",
        "consortium_tax_code",
        "consortium_name",
        "member_name",
        "is_consortium_itself",
    ),
    "marts.comune_overview": _wide(
        {"municipality": "t.istat_comune in {comuni}", "network": ALL},
        "comune",
        "istat_comune",
        "comune_name",
        "province_code",
        "ats_id",
        "ats_name",
        "region_code",
        "is_current",
        "istat_places",
        "residents",
    ),
    "marts.call_overview": _wide(
        {"municipality": _in_my_instance("call_key"), "network": ALL},
        "call",
        "call_key",
        "title",
        "call_kind",
        "promoter_name",
    ),
    "marts.voucher_scheme_overview": _wide(
        {"municipality": _in_my_instance("scheme_key"), "network": ALL}, "scheme", "scheme_key"
    ),
    "marts.corporate_plan_overview": _wide(
        {"municipality": _in_my_instance("plan_key"), "network": ALL},
        "plan",
        "plan_key",
        "plan_name",
        "plan_source",
        "population",
    ),
    # A Welfare Manager is a person too, so whoever has no right to persons sees Social Points alone.
    "marts.access_overview": _wide(
        {
            "municipality": _in_my_instance("subject_key"),
            "network": "t.subject_type = 'social_point'",
        },
        "social_point",
        "subject_key",
        "subject_type",
    ),
    # Figures about persons without a mark of their own.
    "marts.outcome_overview": TableRule(
        {"municipality": _MY_INSTANCE, "foundation": _MY_GRANT, "network": ALL},
        "withheld",
        facts=frozenset(
            (
                "grant_key",
                "outcome_indicator_key",
                "instance_id",
                "outcome_code",
                "outcome_name",
                "outcome_unit",
                "direction",
                "scale_min",
                "scale_max",
                "meaningful_change",
            )
        ),
    ),
    "marts.persons_by_target_group": TableRule({"network": ALL}, "withheld"),
    "marts.stage_count": TableRule({"municipality": FIGURES_OF["municipality"], "network": ALL}, "withheld"),
    "marts.survival_curve": TableRule(
        {"municipality": FIGURES_OF["municipality"], "network": ALL}, "withheld"
    ),
    # What came, and what was wrong with it.
    "quality.export_log": TableRule(
        {"municipality": _MY_INSTANCE, "network": ALL, "operations": ALL},
        others=dict.fromkeys(("foundation", "municipality", "provider"), "t.status = 'accepted'"),
        # The days on which exports came are part of where every figure comes from.
        told=frozenset(
            (
                "instance_id",
                "export_id",
                "attempt",
                "status",
                "sequence",
                "period_from",
                "period_to",
                "created",
                "attempted_at",
            )
        ),
    ),
    "quality.reconciliation": TableRule({"municipality": _MY_INSTANCE, "network": ALL, "operations": ALL}),
    "quality.quarantine": TableRule({"municipality": _MY_INSTANCE, "network": ALL, "operations": ALL}),
    "quality.flag": TableRule({"municipality": _MY_INSTANCE, "network": ALL, "operations": ALL}),
    "quality.finding": TableRule({"municipality": _MY_INSTANCE, "network": ALL, "operations": ALL}),
    # A score is a whole percentage of no fewer records than the policy asks for; the counts behind it are of
    # records about persons, and told to those alone whose they are.
    "marts.quality_score": TableRule(
        {
            "municipality": "t.scope_type = 'instance' and t.scope_id in {instances}",
            "provider": "t.scope_type = 'provider' and t.scope_id in {providers}",
        },
        others={"network": ALL, "operations": ALL},
        told=frozenset(("scope_type", "scope_id", "month_start", "dimension", "score", "status")),
    ),
    "quality.check_result": TableRule(EVERYBODY),
    "quality.gate": TableRule(EVERYBODY),
}
