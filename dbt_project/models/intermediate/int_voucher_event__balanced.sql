with events as (

    select * from {{ ref('fct_voucher_event') }}

)

select
    events.*,
    case when event_kind in ('ISSUE', 'EXTEND') then signed_amount else 0 end as issued,
    case when event_kind = 'REDEEM' then signed_amount when event_kind = 'REFUND' then -signed_amount else 0 end as redeemed,
    case when event_kind in ('EXPIRE', 'CANCEL') then signed_amount else 0 end as lapsed,
    event_kind in ('ISSUE', 'EXTEND') as is_issue,
    event_kind in ('REDEEM', 'REFUND') as is_redemption,
    event_kind in ('EXPIRE', 'CANCEL') as is_lapse
from events
