{%- set policy = measure_policy() -%}

with expenses as (

    select * from {{ ref('contribution_grant_line') }}

),

double_claims as (

    select
        grant_key,
        receipt_key,
        max(double_claimed) as amount,
        {{ list_distinct('record_id') }} as record_ids
    from expenses
    where double_claimed > 0
    group by grant_key, receipt_key

),

out_of_window as (

    select
        grant_key,
        case when is_before_start then 'before_start' else 'after_end' end as detail,
        sum(amount) as amount,
        {{ list_distinct('record_id') }} as record_ids
    from expenses
    where is_before_start or is_after_end
    group by grant_key, case when is_before_start then 'before_start' else 'after_end' end

),

without_receipt as (

    select
        grant_key,
        sum(amount) as amount,
        {{ list_distinct('record_id') }} as record_ids
    from expenses
    where is_without_receipt
    group by grant_key

),

latest_month as (

    select max(period_start) as period_start
    from {{ ref('int_calendar__periods') }}
    where period_type = 'month'

),

variances as (

    select
        cells.scope_id as grant_key,
        cells.item as detail,
        cells.reported - cells.budget as amount
    from {{ ref('cube_grant_variance') }} as cells
    inner join latest_month on cells.period_start = latest_month.period_start
    where cells.scope_type = 'grant' and cells.period_type = 'month'
        and cells.reported - cells.budget > {{ policy.variance_warning }} * cells.budget

),

warnings as (

    select grant_key, 'double_claimed' as kind, amount, 'claimed_elsewhere' as detail, record_ids
    from double_claims

    union all

    select grant_key, 'out_of_window' as kind, amount, detail, record_ids
    from out_of_window

    union all

    select grant_key, 'without_receipt' as kind, amount, 'no_doc_ref' as detail, record_ids
    from without_receipt

    union all

    select grant_key, 'over_budget' as kind, amount, detail, cast(null as varchar) as record_ids
    from variances

)

select
    warnings.grant_key as grant_id,
    warnings.kind,
    cast(warnings.amount as decimal(24, 2)) as amount,
    warnings.detail,
    warnings.record_ids,
    grants.instance_id,
    grants.funder_tax_code
from warnings
inner join {{ ref('dim_grant') }} as grants on warnings.grant_key = grants.grant_key
