with vouchers as (

    select * from {{ ref('stg_voucher') }}
    where not is_removed and expires_on < (select as_of from {{ ref('int_calendar__as_of') }})

),

balances as (

    select
        instance_id,
        voucher_id,
        max(person_key) as person_key,
        sum(issued) as issued,
        sum(redeemed) as redeemed
    from {{ ref('int_voucher_event__balanced') }}
    -- Of a voucher that was only ever cancelled or expired no row feeds the rate.
    where is_issue or is_redemption
    group by instance_id, voucher_id

),

cohort as (

    select
        vouchers.instance_id,
        {{ record_key('vouchers.instance_id', 'vouchers.scheme') }} as scheme_key,
        vouchers.issued_on,
        balances.person_key,
        balances.issued,
        balances.redeemed
    from vouchers
    inner join balances on vouchers.instance_id = balances.instance_id and vouchers.record_id = balances.voucher_id

)

{% call cube(relation='cohort', day='issued_on', scopes=['network', 'instance', 'scheme']) %}
    sum(redeemed) as redeemed,
    sum(issued) as issued,
    count(distinct person) as n_persons
{% endcall %}
