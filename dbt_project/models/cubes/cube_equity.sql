with rates as (

    select * from {{ ref('int_person__equity_rates') }}

),

compared as (

    select
        rates.*,
        sum(successes) over (partition by rate, scope_type, scope_id, period_start, group_kind) - successes as rest_successes,
        sum(trials) over (partition by rate, scope_type, scope_id, period_start, group_kind) - trials as rest_trials
    from rates

),

limits as (

    select
        compared.*,
        successes / nullif(trials, 0e0) as share,
        rest_successes / nullif(rest_trials, 0e0) as rest_share,
        {{ wilson_limit('successes', 'trials', 'low') }} as low,
        {{ wilson_limit('successes', 'trials', 'high') }} as high,
        {{ wilson_limit('rest_successes', 'rest_trials', 'low') }} as rest_low,
        {{ wilson_limit('rest_successes', 'rest_trials', 'high') }} as rest_high
    from compared

)

select
    scope_type,
    scope_id,
    'ALL' as area,
    rate || ':' || population_group as item,
    'year' as period_type,
    period_start,
    n_persons,
    100 * (share - rest_share) as gap,
    100 * (share - rest_share - sqrt(power(share - low, 2) + power(rest_high - rest_share, 2))) as gap_low,
    100 * (share - rest_share + sqrt(power(high - share, 2) + power(rest_share - rest_low, 2))) as gap_high
from limits
