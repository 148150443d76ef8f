{%- set policy = measure_policy() -%}

with no_need as (

    select
        instance_id,
        request_id,
        min(assessed_on) as no_need_on
    from {{ ref('fct_assessment') }}
    where is_effective and outcome = 'NO_NEED'
    group by instance_id, request_id

),

requests as (

    select
        request.instance_id,
        request.need_area,
        request.person_key,
        request.received_on,
        -- The first day on which nobody waits any more: served, refused, withdrawn, or found in no need. Nulls are passed over.
        least(
            request.first_served_on,
            case when request.status in ('REJECTED', 'WITHDRAWN') then request.status_on end,
            no_need.no_need_on
        ) as left_on
    from {{ ref('contribution_request') }} as request
    left join no_need on request.instance_id = no_need.instance_id and request.record_id = no_need.request_id

),

waiting as (

    select
        requests.*,
        ends.period_type,
        ends.period_start,
        {{ days_from('requests.received_on', 'ends.period_end') }} > {{ policy.long_wait_days }} as is_long
    from requests
    inner join {{ ref('int_calendar__periods') }} as ends
        on requests.received_on <= ends.period_end
        and (requests.left_on is null or requests.left_on > ends.period_end)

),

{% set scopes = {'network': "'network'", 'instance': 'instance_id'} %}

counted as (
    {%- for scope_type, scope_id in scopes.items() %}
    {%- set outer = loop.first %}
    {%- for area in ["'ALL'", 'need_area'] %}
    {{ 'union all' if not (outer and loop.first) }}
    select
        '{{ scope_type }}' as scope_type,
        {{ scope_id }} as scope_id,
        {{ area }} as area,
        period_type,
        period_start,
        count(distinct person_key) as waiting_persons,
        count(distinct case when is_long then person_key end) as long_waiting_persons
    from waiting
    group by {{ scope_id ~ ', ' if scope_type == 'instance' }}{{ area ~ ', ' if area == 'need_area' }}period_type, period_start
    {%- endfor %}
    {%- endfor %}
),

first_days as (
    {%- for scope_type, scope_id in scopes.items() %}
    {%- set outer = loop.first %}
    {%- for area in ["'ALL'", 'need_area'] %}
    {{ 'union all' if not (outer and loop.first) }}
    select
        '{{ scope_type }}' as scope_type,
        {{ scope_id }} as scope_id,
        {{ area }} as area,
        min(received_on) as first_day
    from requests
    group by {{ scope_id ~ ', ' if scope_type == 'instance' else "'network', " }}{{ area }}
    {%- endfor %}
    {%- endfor %}
),

linkage as (

    select
        cells.scope_type,
        cells.scope_id,
        ends.period_type,
        ends.period_start,
        cast(sum(cells.linked) as double) / sum(cells.deliveries) as linkage_rate
    from {{ ref('cube_delivery') }} as cells
    inner join {{ ref('int_calendar__periods') }} as ends
        on cells.period_start <= ends.last_month
        and cells.period_start > {{ add_months('ends.last_month', -policy.linkage_months) }}
    where cells.period_type = 'month' and cells.scope_type in ('network', 'instance') and cells.area = 'ALL' and cells.deliveries > 0
    group by cells.scope_type, cells.scope_id, ends.period_type, ends.period_start

)

select
    first_days.scope_type,
    first_days.scope_id,
    first_days.area,
    ends.period_type,
    ends.period_start,
    coalesce(counted.waiting_persons, 0) as waiting_persons,
    coalesce(counted.long_waiting_persons, 0) as long_waiting_persons,
    -- Where deliveries seldom name their request, people already served would be counted as waiting.
    coalesce(linkage.linkage_rate, 1) >= {{ policy.linkage_floor }} as is_applicable
from first_days
inner join {{ ref('int_calendar__periods') }} as ends on first_days.first_day <= ends.period_end
left join counted
    on first_days.scope_type = counted.scope_type
    and first_days.scope_id = counted.scope_id
    and first_days.area = counted.area
    and ends.period_type = counted.period_type
    and ends.period_start = counted.period_start
left join linkage
    on first_days.scope_type = linkage.scope_type
    and first_days.scope_id = linkage.scope_id
    and ends.period_type = linkage.period_type
    and ends.period_start = linkage.period_start
