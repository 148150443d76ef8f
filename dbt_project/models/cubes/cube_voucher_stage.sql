with balances as (

    select
        timed.*,
        -- Cents left over by rounding do not make a voucher half used.
        issued > 0 and redeemed >= {{ measure_policy().voucher_full_share }} * issued as is_full
    from {{ ref('int_voucher__timed') }} as timed

),

vouchers as (

    select
        balances.*,
        is_full as is_fully_used,
        first_used_on is not null or is_full as reached_first_used,
        {{ days_between('issued_on', 'first_used_on') }} as days_to_first_used,
        {{ days_between('first_used_on', 'last_used_on') }} as days_to_fully_used
    from balances

)

{% call cube(relation='vouchers', day='issued_on', scopes=['network', 'instance', 'scheme']) %}
    {{ stage_measures('voucher') }}
{% endcall %}
