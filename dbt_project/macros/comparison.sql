{# Fair comparison of instances: what chance alone would let each one show, if it were like all the others.

   relation   one row per measure (keys) and instance:
              numerator, denominator   observed
              expected                 what the instance would count at the others' rate (counts; null: crude)
              family                   'count' (events of an exposure), 'share' (successes of trials), 'mean'
              variance                 of the value itself, for means; null otherwise
   keys       the columns that name one comparison; instance_id tells its rows apart

   The target is the rate of all the others together. Because it is itself an estimate, the limits are prediction limits,
   exact given the others: negative binomial quantiles for counts (a Poisson count of which only another one is known),
   beta-binomial ones for shares (the inversion of Fisher's exact test), normal ones for means. So instances that differ
   by chance alone fall outside no more often than the limits say, however few or unequal they are. Where an instance
   expects fewer than 5, or all the others have fewer, there is nothing to judge by: too_small.
   docs/explanation/comparison.md defines every column. #}

{# z at 97.5% and at 99.9%. #}
{% macro comparison_levels() %}
{{ return({'95': {'tail': '0.025e0', 'z': '1.959963984540054e0'}, '998': {'tail': '0.001e0', 'z': '3.090232306167813e0'}}) }}
{% endmacro %}

{# Whether two relations speak of the same comparison. #}
{% macro same_comparison(keys, one, other) -%}
    {%- for key in keys %}{{ ' and ' if not loop.first }}{{ one }}.{{ key }} = {{ other }}.{{ key }}{% endfor -%}
{%- endmacro %}

{# Where the adjusted value stands against a pair of limits; on a limit is inside it. #}
{% macro comparison_position(lo95, hi95, lo998, hi998) -%}
    case
        when {{ lo998 }} is null or (family <> 'mean' and expected < {{ measure_policy().comparison_expected }}) then 'too_small'
        when adjusted > {{ hi998 }} + 1e-9 * abs({{ hi998 }}) then 'above998'
        when adjusted < {{ lo998 }} - 1e-9 * abs({{ lo998 }}) then 'below998'
        when adjusted > {{ hi95 }} + 1e-9 * abs({{ hi95 }}) then 'above95'
        when adjusted < {{ lo95 }} - 1e-9 * abs({{ lo95 }}) then 'below95'
        else 'inside'
    end
{%- endmacro %}

{% macro comparison(relation, keys) %}
{%- set by = keys | join(', ') -%}
{%- set levels = comparison_levels() -%}
{%- set winsorised = measure_policy().comparison_winsorised -%}
{%- set smallest = measure_policy().comparison_expected -%}
with observed as (

    select
        {{ by }},
        instance_id,
        family,
        -- Of statistics, doubles; what was observed is told as it is.
        numerator as exact_numerator,
        denominator as exact_denominator,
        cast(numerator as double) as numerator,
        cast(denominator as double) as denominator,
        cast(expected as double) as standardised,
        cast(variance as double) as variance
    from {{ relation }}
    where denominator > 0

),

compared as (

    select
        {{ by }},
        count(*) as n_compared,
        {{ ordered_sum('numerator', by='instance_id') }} as total_numerator,
        {{ ordered_sum('denominator', by='instance_id') }} as total_denominator,
        {{ ordered_sum('coalesce(variance, 0e0) * denominator * denominator', by='instance_id') }} as total_variance
    from observed
    group by {{ by }}

),

others as (

    select
        observed.*,
        compared.n_compared,
        total_numerator - numerator as other_numerator,
        total_denominator - denominator as other_denominator,
        total_variance - coalesce(variance, 0) * denominator * denominator as other_total_variance
    from observed
    inner join compared on {{ same_comparison(keys, 'observed', 'compared') }}

),

targets as (

    select
        others.*,
        numerator / denominator as value,
        other_numerator / other_denominator as target,
        coalesce(standardised, denominator * other_numerator / other_denominator) as expected
    from others
    where n_compared > 1 and other_denominator > 0

),

scored as (

    select
        targets.*,
        case when expected > 0 then target * numerator / expected else value end as adjusted,
        -- How far chance carries the adjusted value from the target, the target's own chance included.
        case family
            when 'count' then target * sqrt(1 / nullif(expected, 0) + 1 / nullif(other_numerator, 0))
            when 'share' then sqrt(target * (1 - target) * (1 / denominator + 1 / other_denominator))
            else sqrt(variance + other_total_variance / (other_denominator * other_denominator))
        end as deviation,
        -- The instance's own part of it.
        case family
            when 'count' then target * target / nullif(expected, 0)
            when 'share' then target * (1 - target) / denominator
            else variance
        end as sampling_variance
    from targets

),

ranked as (

    select
        scored.*,
        (adjusted - target) / nullif(deviation, 0) as z,
        case when deviation > 0 then row_number() over (partition by {{ by }}, deviation > 0 order by (adjusted - target) / nullif(deviation, 0)) end as rank_z,
        sum(case when deviation > 0 then 1 else 0 end) over (partition by {{ by }}) as n_scored
    from scored

),

trimmed as (

    select
        ranked.*,
        floor({{ winsorised }} * n_scored) as n_trimmed
    from ranked

),

bounds as (

    select
        trimmed.*,
        min(case when rank_z > n_trimmed then z end) over (partition by {{ by }}) as z_low,
        max(case when rank_z <= n_scored - n_trimmed then z end) over (partition by {{ by }}) as z_high
    from trimmed

),

-- Winsorised: the farthest tenth on each side counts as far as the next one, so that real outliers do not widen the limits
-- that should show them.
drawn_in as (

    select
        bounds.*,
        -- Guarded: least and greatest would pass over what has no score and count it as the lowest one.
        case when z is not null then power(least(greatest(z, z_low), z_high), 2) end as squared_distance,
        1 / nullif(sampling_variance, 0) as weight
    from bounds

),

dispersed as (

    select
        {{ by }},
        {{ ordered_sum('squared_distance', by='instance_id') }} as dispersion_sum,
        {{ ordered_sum('weight', by='instance_id') }} as weights,
        {{ ordered_sum('weight * weight', by='instance_id') }} as squared_weights,
        {{ ordered_sum('weight * adjusted', by='instance_id') }} as weighted_values,
        {{ ordered_sum('weight * adjusted * adjusted', by='instance_id') }} as weighted_squares,
        count(weight) as n_weighted
    from drawn_in
    group by {{ by }}

),

spread as (

    select
        drawn_in.*,
        dispersed.dispersion_sum,
        dispersion_sum / nullif(n_scored, 0) as overdispersion,
        -- DerSimonian and Laird's moment estimate of the variance between instances; of one nothing can be said.
        case
            when n_weighted > 1
                then greatest(0e0, (weighted_squares - weighted_values * weighted_values / weights - (n_weighted - 1))
                    / nullif(weights - squared_weights / weights, 0))
        end as between_variance
    from drawn_in
    inner join dispersed on {{ same_comparison(keys, 'drawn_in', 'dispersed') }}

),

-- Exact quantiles: the probabilities of the whole numbers around the expected one, by their ratio to the one before, in
-- logarithms. Beyond `reach` lies less than 1e-9 of them.
discrete as (

    select
        {{ by }},
        instance_id,
        family,
        denominator,
        other_numerator,
        other_denominator,
        expected,
        case family
            when 'count' then expected
            else denominator * other_numerator / other_denominator
        end as center,
        8 * case family
            when 'count' then sqrt(expected + expected * (expected + 1) / greatest(other_numerator, 1e0) + 1)
            else sqrt(denominator * (target * (1 - target)) * (1 + denominator / other_denominator) + 1)
        end + 30 as reach
    from spread
    where family in ('count', 'share') and expected > 0 and other_numerator >= {{ smallest }}

),

sides as (

    -- The lower limit asks what the others' count could be at most, the upper one at least: hence one more event there.
    select discrete.*, 'low' as side, other_numerator as successes, other_denominator - other_numerator + 1 as failures
    from discrete
    union all
    select discrete.*, 'high' as side, other_numerator + 1 as successes, other_denominator - other_numerator as failures
    from discrete

),

numbered as (

    {{ integer_spine(
        'sides',
        'greatest(0, floor(center - reach))',
        "case family when 'count' then ceil(center + reach * (1 + 20 / successes)) else least(denominator, ceil(center + reach * (1 + 20 / successes))) end"
    ) }}

),

logged as (

    select
        numbered.*,
        sum(
            case
                when position <= greatest(0, floor(center - reach)) then 0e0
                when family = 'count'
                    then ln((position - 1 + successes) / position) + ln(expected / (expected + other_numerator))
                when failures <= 0 then 0e0
                else ln((denominator - position + 1) * (position - 1 + successes))
                    - ln(position * (denominator - position + failures))
            end
        ) over (
            partition by {{ by }}, instance_id, side order by position rows between unbounded preceding and current row
        ) as log_weight
    from numbered

),

weighted as (

    select
        logged.*,
        exp(log_weight - max(log_weight) over (partition by {{ by }}, instance_id, side)) as weight
    from logged

),

cumulated as (

    select
        weighted.*,
        sum(weight) over (
            partition by {{ by }}, instance_id, side order by position rows between unbounded preceding and current row
        ) / sum(weight) over (partition by {{ by }}, instance_id, side) as probability
    from weighted

),

quantiles as (

    select
        {{ by }},
        instance_id
        {%- for name, level in levels.items() %},
        min(case when side = 'low' and probability >= {{ level.tail }} then position end) as low_{{ name }},
        -- Where no other one failed, or all did, one side has no limit but the end of the scale.
        case
            when family = 'share' and min(case when side = 'high' then failures end) <= 0 then max(denominator)
            else min(case when side = 'high' and probability >= 1 - {{ level.tail }} then position end)
        end as high_{{ name }}
        {%- endfor %}
    from cumulated
    group by {{ by }}, instance_id, family

),

limited as (

    select
        spread.*,
        sqrt(greatest(1e0, coalesce(overdispersion, 1e0))) as widening
        {%- for name, level in levels.items() %},
        case
            when spread.family = 'mean' then target - {{ level.z }} * deviation
            else target * quantiles.low_{{ name }} / spread.expected
        end as exact_low_{{ name }},
        case
            when spread.family = 'mean' then target + {{ level.z }} * deviation
            else target * quantiles.high_{{ name }} / spread.expected
        end as exact_high_{{ name }}
        {%- endfor %}
    from spread
    left join quantiles on {{ same_comparison(keys, 'spread', 'quantiles') }} and spread.instance_id = quantiles.instance_id

),

widened as (

    select
        limited.*
        {%- for name in levels %},
        -- What chance alone explains, before anything is widened; no limit lies beyond the end of the scale.
        case when exact_low_{{ name }} is not null then greatest(0e0, exact_low_{{ name }}) end as chance_lo{{ name }},
        case
            when family = 'share' and exact_high_{{ name }} is not null then least(1e0, exact_high_{{ name }})
            else exact_high_{{ name }}
        end as chance_hi{{ name }},
        -- Outwards only: so near to nothing the exact limit may lie on the near side of the target. And guarded: the
        -- functions would pass over an unknown limit and answer with the end of the scale.
        case
            when exact_low_{{ name }} is not null
                then greatest(0e0, exact_low_{{ name }} - greatest(0e0, target - exact_low_{{ name }}) * (widening - 1))
        end as lo{{ name }},
        case
            when exact_high_{{ name }} is null then null
            when family = 'share'
                then least(1e0, exact_high_{{ name }} + greatest(0e0, exact_high_{{ name }} - target) * (widening - 1))
            else exact_high_{{ name }} + greatest(0e0, exact_high_{{ name }} - target) * (widening - 1)
        end as hi{{ name }}
        {%- endfor %}
    from limited

)

select
    {{ by }},
    instance_id,
    family,
    exact_numerator as numerator,
    exact_denominator as denominator,
    value,
    target,
    expected,
    adjusted,
    lo95,
    hi95,
    lo998,
    hi998,
    overdispersion,
    dispersion_sum / ({{ chi_square_quantile('n_scored', 'high') }}) as overdispersion_low,
    dispersion_sum / ({{ chi_square_quantile('n_scored', 'low') }}) as overdispersion_high,
    between_variance / nullif(between_variance + sampling_variance, 0) as reliability,
    {{ comparison_position('lo95', 'hi95', 'lo998', 'hi998') }} as position,
    widening,
    chance_lo95,
    chance_hi95,
    chance_lo998,
    chance_hi998,
    {{ comparison_position('chance_lo95', 'chance_hi95', 'chance_lo998', 'chance_hi998') }} as chance_position
from widened
{% endmacro %}
