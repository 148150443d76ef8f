{%- set bands = disclosure_policy().wait_bands -%}

with requests as (

    select
        instance_id,
        case
            when is_served
                then
                    case
                        when days_to_service <= {{ bands[0] }} then 'up_to_{{ bands[0] }}'
                        when days_to_service <= {{ bands[1] }} then '{{ bands[0] + 1 }}_to_{{ bands[1] }}'
                        when days_to_service <= {{ bands[2] }} then '{{ bands[1] + 1 }}_to_{{ bands[2] }}'
                        else 'over_{{ bands[2] }}'
                    end
            when status = 'ACCEPTED' then 'waiting'
            when status = 'REJECTED' and reject_reason in ('NO_FUNDS', 'NO_CAPACITY') then 'refused_resources'
            when status = 'REJECTED' then 'refused_other'
            when status in ('OPEN', 'ASSESSED') then 'open'
        end as member,
        received_on as day,
        person_key,
        record_id
    from {{ ref('contribution_request') }}

),

applications as (

    select
        staged.*,
        -- A sole trader is a person, and so is an organisation of which nobody knows that it is none.
        coalesce(
            staged.person_key,
            case
                when facts.organisation_id is not null
                    then md5(concat_ws('|', 'organisation', facts.instance_id, facts.organisation_id))
            end
        ) as applicant_key
    from {{ ref('contribution_application') }} as staged
    inner join {{ ref('fct_application') }} as facts
        on staged.instance_id = facts.instance_id and staged.record_id = facts.record_id
    where facts.organisation_tax_code is null

),

spent_vouchers as (

    select
        timed.*,
        -- What is redeemed beyond a voucher's value is flagged, and no part of what was issued.
        greatest(0, least(redeemed, issued)) as spent
    from {{ ref('contribution_voucher') }} as timed

),

vouchers as (

    select
        spent_vouchers.*,
        least(lapsed, issued - spent) as lapsed_of_issued
    from spent_vouchers

),

pairs as (

    select * from {{ ref('contribution_outcome') }}
    where is_paired and grant_key is not null

),

deliveries as (

    select
        facts.*,
        coalesce(facts.provider_tax_code, 'other') as member,
        case when facts.provider_tax_code is null then facts.provider_key end as payee_key
    from {{ ref('fct_service_delivery') }} as facts

),

contributions as (

    select
        'persons_asking' as measure,
        instance_id,
        cast(null as varchar) as subject,
        member,
        day,
        person_key,
        record_id,
        cast(null as varchar) as payee_key,
        0 as is_high,
        0 as amount
    from requests
    where member is not null

    union all

    select
        'call_applicants' as measure,
        instance_id,
        call_key as subject,
        case when is_paid then 'paid' when reached_funded then 'funded' when reached_admitted then 'admitted' else 'submitted' end as member,
        submitted_on as day,
        applicant_key as person_key,
        record_id,
        cast(null as varchar) as payee_key,
        0 as is_high,
        0 as amount
    from applications

    {%- for stage in stage_list('call') if not stage.exit %}

    union all

    select
        'call_amount' as measure,
        instance_id,
        call_key as subject,
        '{{ stage.name }}' as member,
        submitted_on as day,
        applicant_key as person_key,
        record_id,
        cast(null as varchar) as payee_key,
        0 as is_high,
        coalesce({{ stage.amount }}, 0) as amount
    from applications
    where {{ stage.reached }}
    {%- endfor %}

    {%- for member, amount in {'spent': 'spent', 'lapsed': 'lapsed_of_issued', 'outstanding': 'issued - spent - lapsed_of_issued'}.items() %}

    union all

    select
        'voucher_money' as measure,
        instance_id,
        scheme_key as subject,
        '{{ member }}' as member,
        issued_on as day,
        person_key,
        record_id,
        cast(null as varchar) as payee_key,
        0 as is_high,
        {{ amount }} as amount
    from vouchers
    where scheme_key is not null and {{ amount }} <> 0
    {%- endfor %}

    union all

    select
        'outcome_pairs' as measure,
        instance_id,
        grant_key as subject,
        case when change > 0 then 'improved' else 'not_improved' end as member,
        last_measured_on as day,
        person_key,
        outcome_indicator_key as record_id,
        cast(null as varchar) as payee_key,
        0 as is_high,
        0 as amount
    from pairs

    union all

    select
        'spend_delivered' as measure,
        instance_id,
        cast(null as varchar) as subject,
        member,
        start_date as day,
        person_key,
        record_id,
        payee_key,
        case when sensitivity = '{{ disclosure_policy().high.sensitivity }}' then 1 else 0 end as is_high,
        amount_total as amount
    from deliveries

)

select
    measure,
    instance_id,
    subject,
    member,
    {{ period_start('year', 'day') }} as period_start,
    person_key,
    -- Whoever was erased, or was never known, still contributes alone.
    coalesce(person_key, concat_ws(' ', instance_id, record_id)) as contributor_key,
    payee_key,
    min(is_high) = 1 as is_high,
    count(*) as n,
    cast(sum(amount) as decimal(18, 2)) as amount,
    cast(sum(abs(amount)) as decimal(18, 2)) as gross
from contributions
where day <= (select as_of from {{ ref('int_calendar__as_of') }})
group by
    measure, instance_id, subject, member, {{ period_start('year', 'day') }}, person_key,
    coalesce(person_key, concat_ws(' ', instance_id, record_id)), payee_key
