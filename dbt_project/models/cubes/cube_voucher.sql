-- Vouchers whose term has passed, in the period of their issue. Of one that was only ever cancelled or expired no row feeds the
-- rate of redemption.
with past_their_term as (

    select *
    from {{ ref('contribution_voucher') }}
    where expires_on < (select as_of from {{ ref('int_calendar__as_of') }})

),

expired as (

    {% call cube(
        relation='past_their_term',
        day='issued_on',
        scopes=['network', 'instance', 'scheme'],
        persons={'n_persons': 'true', 'issued_or_used_persons': 'is_issued_or_used'},
    ) %}
        count(*) as vouchers,
        sum(case when redeemed <= 0 then 1 else 0 end) as never_used,
        sum(issued) as issued,
        sum(redeemed) as redeemed,
        sum(case when is_issued_or_used then 1 else 0 end) as issued_or_used
    {% endcall %}

),

outstanding as (

    select * from (
    {% call running_cube(
        relation=ref('contribution_voucher_event'),
        day='event_on',
        scopes=['network', 'instance', 'scheme'],
        distinct={'n_persons': 'person_key'},
    ) %}
        issued - redeemed - lapsed as outstanding
    {% endcall %}
    ) as cumulated

)

{{ parts_of_cube({
    'expired': ['vouchers', 'n_persons', 'never_used', 'issued', 'redeemed', 'issued_or_used', 'issued_or_used_persons'],
    'outstanding': ['outstanding', 'n_persons'],
}) }}
