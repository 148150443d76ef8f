{%- set policy = measure_policy() -%}

with lines as (

    select
        *,
        -- A reference of signs alone tells no receipt from another: it is none.
        {{ comparable_text('doc_ref') }} as receipt_reference
    from {{ ref('fct_grant_line') }}
    where is_effective and line_type = 'EXPENSE_REPORTED'

),

grants as (

    select * from {{ ref('stg_grant') }}

),

organisations as (

    select
        instance_id,
        record_id,
        -- Who is not known by a tax code is told apart by the instance's own id.
        coalesce(tax_code, tax_code_pseudonym, {{ record_key('instance_id', 'record_id') }}) as organisation_code
    from {{ ref('stg_organisation') }}

),

expenses as (

    select
        lines.instance_id,
        lines.record_id,
        lines.grant_key,
        lines.funder_tax_code,
        lines.entry_date,
        lines.amount,
        lines.doc_amount,
        lines.receipt_reference is null as is_without_receipt,
        md5(organisations.organisation_code || '|' || lines.receipt_reference) as receipt_key,
        lines.entry_date < grants.starts_on as is_before_start,
        lines.entry_date > {{ add_days('grants.ends_on', policy.expense_grace_days) }} as is_after_end
    from lines
    left join grants on lines.instance_id = grants.instance_id and lines.grant_id = grants.record_id
    left join organisations
        on lines.instance_id = organisations.instance_id
        and coalesce(lines.partner_id, grants.lead_id) = organisations.record_id

),

claims as (

    select
        receipt_key,
        grant_key,
        max(entry_date) as last_entry_date,
        max(doc_amount) as doc_amount,
        sum(amount) as claimed
    from expenses
    where receipt_key is not null
    group by receipt_key, grant_key

),

receipts as (

    select
        receipt_key,
        max(last_entry_date) as claimed_on,
        case
            -- Within its whole amount a receipt may be shared by several funders: that is co-funding.
            when max(doc_amount) is not null then greatest(0, sum(claimed) - max(doc_amount))
            else sum(claimed) - max(claimed)
        end as double_claimed
    from claims
    group by receipt_key
    having count(*) > 1

)

select
    expenses.*,
    receipts.claimed_on as receipt_claimed_on,
    coalesce(receipts.double_claimed, 0) as double_claimed
from expenses
left join receipts on expenses.receipt_key = receipts.receipt_key
