{#- What makes records alike, of each entity: within an instance, and across instances. Who is named is told apart by its code,
   from the column that names it. -#}
{%- set alike = {
    'service_delivery': {
        'named': {'provider': 'provider_id'},
        'within': ['record.person_key', 'record.service_id', 'record.provider_id', 'record.start_date', 'record.amount_total'],
        'across': ['record.person_key', 'record.macro_area', 'services.unit', "coalesce(provider.code, '')", 'record.start_date',
            'record.quantity', 'record.amount_total'],
    },
    'payment': {
        'named': {'payer': 'payer_id', 'payee': 'organisation_id'},
        'within': ['payer.code', 'coalesce(record.person_key, payee.code)', 'record.reason', 'record.value_date', 'record.amount',
            "coalesce(record.application_id, '')", "coalesce(record.grant_id, '')", "coalesce(record.cup, '')",
            "coalesce(record.cig, '')"],
        'across': ['payer.code', 'coalesce(record.person_key, payee.code)', 'record.reason', 'record.value_date', 'record.amount',
            "coalesce(record.cup, '')", "coalesce(record.cig, '')"],
    },
    'voucher_event': {
        'named': {'merchant': 'merchant_id'},
        'across': ['record.person_key', 'record.event', 'record.event_at', 'record.amount', "coalesce(merchant.code, '')"],
    },
    'plan_movement': {
        'named': {'provider': 'provider_id'},
        'across': ['record.person_key', 'sponsor.code', 'record.event', 'record.event_date', 'record.amount',
            "coalesce(provider.code, '')"],
    },
} -%}

with organisations as (

    select
        instance_id,
        record_id,
        -- By a code it is the same body wherever it is told of; without one it is known in its instance only.
        coalesce(tax_code, tax_code_pseudonym, {{ record_key('instance_id', 'record_id') }}) as code
    from {{ ref('stg_organisation') }}

),

records as (
    {%- for entity, rule in alike.items() %}
    select
        record.instance_id,
        '{{ entity }}' as entity,
        record.record_id,
        staged.updated_at,
        {{ likeness(rule.within) if rule.within else 'cast(null as varchar)' }} as within_key,
        {{ likeness(rule.across) }} as across_key
    from {{ ref('fct_' ~ entity) }} as record
    inner join {{ ref('stg_' ~ entity) }} as staged
        on record.instance_id = staged.instance_id and record.record_id = staged.record_id
    {%- for body, column in rule.named.items() %}
    left join organisations as {{ body }}
        on record.instance_id = {{ body }}.instance_id and record.{{ column }} = {{ body }}.record_id
    {%- endfor %}
    {%- if entity == 'service_delivery' %}
    left join {{ ref('stg_service') }} as services
        on record.instance_id = services.instance_id and record.service_id = services.record_id
    {%- elif entity == 'plan_movement' %}
    left join {{ ref('stg_corporate_plan') }} as plans
        on record.instance_id = plans.instance_id and record.plan_id = plans.record_id
    left join organisations as sponsor
        on plans.instance_id = sponsor.instance_id and plans.sponsor_id = sponsor.record_id
    {%- endif %}
    where record.is_effective

    union all
    {% endfor %}
    select
        record.instance_id,
        'grant' as entity,
        record.record_id,
        record.updated_at,
        cast(null as varchar) as within_key,
        {{ likeness(['funder.code', 'lead.code', 'record.deliberated_on', 'record.amount_deliberated',
            comparable_text('record.title')]) }} as across_key
    from {{ ref('stg_grant') }} as record
    left join organisations as funder
        on record.instance_id = funder.instance_id and record.funder_id = funder.record_id
    left join organisations as lead
        on record.instance_id = lead.instance_id and record.lead_id = lead.record_id
    where not record.is_removed

)

select
    instance_id,
    entity,
    record_id,
    within_key is not null and row_number() over (
        partition by entity, instance_id, within_key order by updated_at, record_id
    ) > 1 as is_told_again,
    across_key is not null and first_value(instance_id) over (
        partition by entity, across_key order by updated_at, instance_id, record_id
    ) <> instance_id as is_told_elsewhere
from records
