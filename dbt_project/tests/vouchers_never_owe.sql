-- Of a voucher nothing below 0 is left, unless more was redeemed than issued; and no part of what was issued is below 0.
select
    instance_id,
    voucher_id as subject
from {{ ref('contribution_voucher_event') }}
group by instance_id, voucher_id
having (sum(issued - redeemed - lapsed) < 0 and sum(redeemed) <= sum(issued)) or sum(lapsed) < 0

union all

select
    instance_id,
    subject
from {{ ref('person_contribution') }}
where measure = 'voucher_money' and amount < 0
