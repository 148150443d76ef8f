{{ config(
    materialized='incremental',
    incremental_strategy='replace_touched',
    unique_key=['scope_type', 'scope_id', 'period_type', 'period_start'],
) }}

with requests as (

    select
        instance_id,
        region_code,
        province_code,
        received_on,
        person_key,
        status,
        reject_reason
    from {{ ref('int_request__placed') }}

),

grouped as (

    {{ by_population_group('requests', 'received_on') }}

)

{% call cube(
    relation='grouped',
    day='received_on',
    extra_keys={'population_group': 'population_group'},
    scopes=group_scopes(),
) %}
    sum(case when status = 'ACCEPTED' then 1 else 0 end) as accepted,
    sum(case when status in ('ACCEPTED', 'REJECTED') then 1 else 0 end) as decided,
    count(distinct case when status in ('ACCEPTED', 'REJECTED') then person end) as decided_persons,
    sum(case when status = 'REJECTED' and reject_reason in ('NO_FUNDS', 'NO_CAPACITY') then 1 else 0 end) as unmet,
    sum(case when status = 'ACCEPTED' or (status = 'REJECTED' and reject_reason in ('NO_FUNDS', 'NO_CAPACITY')) then 1 else 0 end) as met_or_unmet,
    count(distinct case when status = 'ACCEPTED' or (status = 'REJECTED' and reject_reason in ('NO_FUNDS', 'NO_CAPACITY')) then person end) as met_or_unmet_persons,
    count(distinct person) as n_persons
{% endcall %}
