{# A funnel: what is counted at each stage, over a relation of one row per subject.

   A stage is {name, reached, amount, days, exit}: reached is a boolean expression of the subject; amount (euro) and days
   (since the stage before) are expressions or absent. The stages that are no exits each imply the ones before, so their
   counts never grow; the exits are what became of the subjects that did not reach the last one. #}

{% macro stage_list(funnel) %}
{%- set reasons = ['NOT_ELIGIBLE', 'NO_FUNDS', 'NO_CAPACITY', 'INCOMPLETE', 'OTHER', 'NOT_STATED'] -%}
{%- set stages = [] -%}
{%- if funnel == 'request' -%}
    {%- do stages.append({'name': 'received', 'reached': 'true'}) -%}
    {%- do stages.append({'name': 'assessed', 'reached': 'reached_assessed', 'days': 'days_to_assessed'}) -%}
    {%- do stages.append({'name': 'accepted', 'reached': 'reached_accepted', 'days': 'days_to_accepted'}) -%}
    {%- do stages.append({'name': 'served', 'reached': 'is_served', 'days': 'days_to_served'}) -%}
    {%- for reason in reasons -%}
        {%- do stages.append({'name': 'rejected_' ~ reason | lower, 'exit': true,
            'reached': "not is_served and status = 'REJECTED' and coalesce(reject_reason, 'NOT_STATED') = '" ~ reason ~ "'"}) -%}
    {%- endfor -%}
    {%- do stages.append({'name': 'withdrawn', 'exit': true, 'reached': "not is_served and status = 'WITHDRAWN'"}) -%}
    {%- do stages.append({'name': 'waiting', 'exit': true, 'reached': "not is_served and status = 'ACCEPTED'"}) -%}
    {%- do stages.append({'name': 'open', 'exit': true, 'reached': "not is_served and status in ('OPEN', 'ASSESSED')"}) -%}
{%- elif funnel == 'call' -%}
    {%- do stages.append({'name': 'submitted', 'reached': 'true', 'amount': 'amount_requested'}) -%}
    {%- do stages.append({'name': 'admitted', 'reached': 'reached_admitted', 'amount': 'amount_requested', 'days': 'days_to_admitted'}) -%}
    {%- do stages.append({'name': 'funded', 'reached': 'reached_funded', 'amount': 'amount_granted', 'days': 'days_to_funded'}) -%}
    {%- do stages.append({'name': 'paid', 'reached': 'is_paid', 'amount': 'amount_paid', 'days': 'days_to_paid'}) -%}
    {%- for reason in reasons -%}
        {%- do stages.append({'name': 'rejected_' ~ reason | lower, 'exit': true, 'amount': 'amount_requested',
            'reached': "not is_paid and status = 'REJECTED' and coalesce(reject_reason, 'NOT_STATED') = '" ~ reason ~ "'"}) -%}
    {%- endfor -%}
    {%- do stages.append({'name': 'withdrawn', 'exit': true, 'amount': 'amount_requested', 'reached': "not is_paid and status = 'WITHDRAWN'"}) -%}
    {%- do stages.append({'name': 'revoked', 'exit': true, 'amount': 'amount_granted', 'reached': "not is_paid and status = 'REVOKED'"}) -%}
    {%- do stages.append({'name': 'waitlist', 'exit': true, 'amount': 'amount_requested', 'reached': "not is_paid and status = 'WAITLIST'"}) -%}
    {%- do stages.append({'name': 'unpaid', 'exit': true, 'amount': 'amount_granted', 'reached': "not is_paid and status = 'FUNDED'"}) -%}
    {%- do stages.append({'name': 'open', 'exit': true, 'amount': 'amount_requested', 'reached': "not is_paid and status in ('SUBMITTED', 'ADMITTED')"}) -%}
{%- else -%}
    {%- do stages.append({'name': 'issued', 'reached': 'true', 'amount': 'issued'}) -%}
    {%- do stages.append({'name': 'first_used', 'reached': 'reached_first_used', 'amount': 'redeemed', 'days': 'days_to_first_used'}) -%}
    {%- do stages.append({'name': 'fully_used', 'reached': 'is_fully_used', 'amount': 'redeemed', 'days': 'days_to_fully_used'}) -%}
    {%- do stages.append({'name': 'expired', 'exit': true, 'amount': 'lapsed', 'reached': "not is_fully_used and derived_status = 'EXPIRED'"}) -%}
    {%- do stages.append({'name': 'cancelled', 'exit': true, 'amount': 'lapsed', 'reached': "not is_fully_used and derived_status = 'CANCELLED'"}) -%}
    {%- do stages.append({'name': 'open', 'exit': true, 'amount': 'issued - redeemed - lapsed',
        'reached': "not is_fully_used and coalesce(derived_status, 'ACTIVE') not in ('EXPIRED', 'CANCELLED')"}) -%}
{%- endif -%}
{{ return(stages) }}
{% endmacro %}

{# Every stage of one contribution of a funnel, for unnested(): whether it was reached, with what amount, after how many days. #}
{% macro stages_of_contribution(funnel) %}
{%- set rows = [] -%}
{%- for stage in stage_list(funnel) -%}
    {%- do rows.append({
        'stage': text_literal(stage.name),
        'is_reached': stage.reached,
        'amount': 'cast(' ~ (stage.amount or 'null') ~ ' as decimal(24, 2))',
        'days': 'cast(' ~ (stage.days or 'null') ~ ' as bigint)',
    }) -%}
{%- endfor -%}
{{ return(rows) }}
{% endmacro %}

{# The stages of a funnel themselves, for unnested(). The first one is reached by whoever is in the funnel. #}
{% macro stages_of_funnel(funnel) %}
{%- set rows = [] -%}
{%- for stage in stage_list(funnel) -%}
    {%- do rows.append({
        'stage': text_literal(stage.name),
        'stage_order': 'cast(' ~ loop.index ~ ' as bigint)',
        'is_exit': 'true' if stage.exit else 'false',
        'has_amount': 'true' if stage.amount else 'false',
    }) -%}
{%- endfor -%}
{{ return(rows) }}
{% endmacro %}
