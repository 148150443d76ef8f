-- Persons served that an instance would have if it reached its residents, by sex and age, as the others together reach theirs.
with deliveries as (

    select
        deliveries.instance_id,
        {{ period_start('year', 'deliveries.start_date') }} as period_start,
        deliveries.istat_area,
        deliveries.person_key,
        {{ age_band('cast(year(deliveries.start_date) as bigint) - persons.birth_year') }} as age_band,
        case when persons.sex in ('F', 'M') then persons.sex else 'unknown' end as sex
    from {{ ref('fct_service_delivery') }} as deliveries
    left join {{ ref('dim_person') }} as persons on deliveries.person_key = persons.person_key
    where deliveries.is_effective and deliveries.person_key is not null

),

-- Without age or sex nobody belongs to a group of residents: such persons are expected by all residents alike.
grouped as (

    select
        deliveries.*,
        case when age_band = 'unknown' or sex = 'unknown' then 'unknown' else sex || ':' || age_band end as population_group
    from deliveries

),

served as (

    select instance_id, period_start, 'ALL' as area, population_group, count(distinct person_key) as persons
    from grouped
    group by instance_id, period_start, population_group

    union all

    select instance_id, period_start, istat_area as area, population_group, count(distinct person_key) as persons
    from grouped
    where istat_area is not null
    group by instance_id, period_start, istat_area, population_group

),

-- All residents, in the proportions of those whose sex and age are known: whole numbers, so that their sum is exact.
known as (

    select scope_id as instance_id, sum(residents) as residents
    from {{ ref('int_residents__by_group') }}
    where scope_type = 'instance'
    group by scope_id

),

totals as (

    select scope_id as instance_id, cast(residents as double) as residents
    from {{ ref('int_residents__by_scope') }}
    where scope_type = 'instance'

),

residents as (

    select
        living.scope_id as instance_id,
        living.sex || ':' || living.age_band as population_group,
        totals.residents * living.residents / known.residents as residents
    from {{ ref('int_residents__by_group') }} as living
    inner join known on living.scope_id = known.instance_id
    inner join totals on living.scope_id = totals.instance_id
    where living.scope_type = 'instance'

    union all

    select instance_id, 'unknown' as population_group, residents
    from totals

),

-- Whoever delivers anything in a year is compared in every area in which somebody does: none reached is a count too.
compared as (

    select
        active.instance_id,
        active.period_start,
        areas.area
    from (select distinct instance_id, period_start from served) as active
    inner join (select distinct period_start, area from served) as areas on active.period_start = areas.period_start

),

exposed as (

    select
        compared.period_start,
        compared.area,
        compared.instance_id,
        residents.population_group,
        residents.residents,
        coalesce(served.persons, 0) as persons
    from compared
    inner join residents on compared.instance_id = residents.instance_id
    left join served
        on compared.instance_id = served.instance_id
        and compared.period_start = served.period_start
        and compared.area = served.area
        and residents.population_group = served.population_group

),

of_all as (

    select
        period_start,
        area,
        population_group,
        sum(persons) as persons,
        {{ ordered_sum('residents', by='instance_id') }} as residents
    from exposed
    group by period_start, area, population_group

),

rates as (

    select
        exposed.*,
        of_all.persons - exposed.persons as other_persons,
        of_all.residents - exposed.residents as other_residents
    from exposed
    inner join of_all
        on exposed.period_start = of_all.period_start
        and exposed.area = of_all.area
        and exposed.population_group = of_all.population_group

)

select
    instance_id,
    period_start,
    area,
    -- A group that lives nowhere else cannot be standardised.
    case
        when min(case when residents > 0 then other_residents else 1 end) > 0
            then {{ ordered_sum('case when residents > 0 then residents * other_persons / other_residents else 0 end', by='population_group') }}
    end as expected
from rates
group by instance_id, period_start, area
