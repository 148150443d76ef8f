-- The euro of the facts are the euro that the exports loaded, to the cent. Reversals are negative rows of their own,
-- and an erasure takes the person from a row, never the money.
{%- set facts = {
    ('service_delivery', 'amount_total'): 'fct_service_delivery',
    ('service_delivery', 'amount_user'): 'fct_service_delivery',
    ('service_delivery', 'amount_municipality'): 'fct_service_delivery',
    ('service_delivery', 'amount_ssn'): 'fct_service_delivery',
    ('service_delivery', 'amount_other'): 'fct_service_delivery',
    ('voucher_event', 'amount'): 'fct_voucher_event',
    ('payment', 'amount'): 'fct_payment',
    ('grant_line', 'amount'): 'fct_grant_line',
    ('plan_movement', 'amount'): 'fct_plan_movement',
    ('allocation', 'amount'): 'fct_allocation',
} %}
with facts as (
    {%- for (entity, column), fact in facts.items() %}
    {{ 'union all' if not loop.first }}
    select instance_id, '{{ entity }}' as entity, '{{ column }}' as number_column, sum({{ column }}) as amount
    from {{ ref(fact) }}
    group by instance_id
    {%- endfor %}
),

loaded as (

    select instance_id, entity, {{ quoted('column') }} as number_column, sum(loaded) as amount
    from {{ ref('reconciliation') }}
    group by instance_id, entity, {{ quoted('column') }}

)

select facts.*, loaded.amount as loaded_amount
from facts
left join loaded
    on facts.instance_id = loaded.instance_id
    and facts.entity = loaded.entity
    and facts.number_column = loaded.number_column
where facts.amount <> coalesce(loaded.amount, 0)
