with collecting as (

    select distinct instance_id
    from {{ ref('stg_export_entity') }}
    where entity = 'request'

),

-- Of each record the fields that are expected without being required, and those of them that are filled.
records as (

    select
        deliveries.instance_id,
        'service_delivery' as entity,
        deliveries.record_id,
        deliveries.start_date as own_date,
        deliveries.provider_tax_code,
        case when staged.person_id is null then 1 else 3 end as fields,
        case when deliveries.is_coded then 1 else 0 end
        + case when persons.sex <> 'ND' then 1 else 0 end
        + case when persons.citizenship <> 'ND' then 1 else 0 end as filled,
        case when collecting.instance_id is not null then 1 else 0 end as to_link,
        case when collecting.instance_id is not null and deliveries.is_linked then 1 else 0 end as linked
    from {{ ref('contribution_delivery') }} as deliveries
    inner join {{ ref('stg_service_delivery') }} as staged
        on deliveries.instance_id = staged.instance_id and deliveries.record_id = staged.record_id
    left join {{ ref('stg_person') }} as persons
        on staged.instance_id = persons.instance_id and staged.person_id = persons.record_id
    left join collecting on deliveries.instance_id = collecting.instance_id
    where deliveries.is_effective
    {%- for entity, own_date, field, is_asked in [
        ('payment', 'value_date', 'spending_type', 'true'),
        ('plan_movement', 'event_date', 'provider_id', "event_kind = 'SPEND'"),
        ('measurement', 'measured_on', 'respondent', 'true'),
        ('voucher_event', 'event_on', none, none),
        ('grant_line', 'entry_date', none, none),
    ] %}

    union all

    select
        instance_id,
        '{{ entity }}' as entity,
        record_id,
        {{ own_date }} as own_date,
        cast(null as varchar) as provider_tax_code,
        {{ 'case when ' ~ is_asked ~ ' then 1 else 0 end' if field else 0 }} as fields,
        {{ 'case when ' ~ is_asked ~ ' and ' ~ field ~ ' is not null then 1 else 0 end' if field else 0 }} as filled,
        0 as to_link,
        0 as linked
    from {{ ref('fct_' ~ entity) }}
    where is_effective
    {%- endfor %}

),

-- Late is judged by itself, and what another instance tells as well is nobody's error alone.
flagged as (

    select distinct instance_id, entity, record_id
    from {{ ref('flag') }}
    where code not in ('late', 'told_elsewhere')

),

judged as (

    select
        records.*,
        {{ period_start('month', 'records.own_date') }} as month_start,
        case when records.fields > 0 then 1 else 0 end as is_described,
        case when flagged.record_id is null then 1 else 0 end as is_consistent
    from records
    left join flagged
        on records.instance_id = flagged.instance_id
        and records.entity = flagged.entity
        and records.record_id = flagged.record_id

)
{%- for scope_type, scope_id in {'instance': 'instance_id', 'provider': 'provider_tax_code'}.items() %}
{{ 'union all' if not loop.first }}
select
    '{{ scope_type }}' as scope_type,
    {{ scope_id }} as scope_id,
    month_start,
    count(*) as records,
    sum(is_consistent) as consistent,
    sum(is_described) as described,
    sum(fields) as fields,
    sum(filled) as filled,
    sum(to_link) as to_link,
    sum(linked) as linked
from judged
where {{ scope_id }} is not null
group by {{ scope_id }}, month_start
{%- endfor %}
