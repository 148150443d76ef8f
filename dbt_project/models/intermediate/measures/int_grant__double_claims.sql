with claims as (

    select
        receipt_key,
        grant_key,
        max(funder_tax_code) as funder_tax_code,
        max(entry_date) as last_entry_date,
        max(doc_amount) as doc_amount,
        sum(amount) as claimed
    from {{ ref('int_grant__expenses') }}
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
    claims.receipt_key,
    claims.grant_key,
    claims.funder_tax_code,
    receipts.claimed_on,
    receipts.double_claimed
from claims
inner join receipts on claims.receipt_key = receipts.receipt_key
where receipts.double_claimed > 0
