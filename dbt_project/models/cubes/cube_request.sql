{{ config(materialized='incremental') }}

{%- set lacks_means = "status = 'REJECTED' and reject_reason in ('NO_FUNDS', 'NO_CAPACITY')" -%}

-- All requests; those refused, by reason; and those of each population group.
with requests as (

    select
        instance_id,
        region_code,
        province_code,
        social_point_key,
        need_area,
        received_on,
        person_key,
        channel,
        status,
        reject_reason
    from {{ ref('contribution_request') }}

),

grouped as (

    {{ by_population_group('requests', 'received_on') }}

),

contributions as (

    select requests.*, 'all' as part, 'ALL' as item, 'ALL' as population_group
    from requests

    union all

    select requests.*, 'reason' as part, coalesce(reject_reason, 'NOT_STATED') as item, 'ALL' as population_group
    from requests
    where status = 'REJECTED'

    union all

    select
        {{ scopes_of_groups(['instance_id', 'region_code', 'province_code']) }},
        null as social_point_key,
        null as need_area,
        received_on,
        person_key,
        channel,
        status,
        reject_reason,
        'group' as part,
        'ALL' as item,
        population_group
    from grouped

)

{% call cube(
    relation='contributions',
    day='received_on',
    area='need_area',
    extra_keys={'part': 'part', 'item': 'item', 'population_group': 'population_group'},
    scopes=['network', 'region', 'province', 'instance', 'social_point'],
    persons={
        'n_persons': 'true',
        'rejected_persons': "status = 'REJECTED'",
        'decided_persons': "status in ('ACCEPTED', 'REJECTED')",
        'met_or_unmet_persons': "status = 'ACCEPTED' or (" ~ lacks_means ~ ')',
    },
) %}
    count(*) as requests,
    sum(case when status = 'ACCEPTED' then 1 else 0 end) as accepted,
    sum(case when status = 'REJECTED' then 1 else 0 end) as rejected,
    sum(case when status in ('ACCEPTED', 'REJECTED') then 1 else 0 end) as decided,
    sum(case when {{ lacks_means }} then 1 else 0 end) as unmet,
    sum(case when status = 'ACCEPTED' or ({{ lacks_means }}) then 1 else 0 end) as met_or_unmet,
    sum(case when status in ('OPEN', 'ASSESSED') then 1 else 0 end) as still_open,
    sum(case when channel in ('WEB', 'APP') then 1 else 0 end) as autonomous
{% endcall %}
