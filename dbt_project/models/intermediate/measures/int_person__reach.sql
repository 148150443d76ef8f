with deliveries as (

    select
        deliveries.instance_id,
        deliveries.region_code,
        deliveries.province_code,
        deliveries.person_key,
        deliveries.istat_area,
        deliveries.macro_area,
        {{ period_start('year', 'deliveries.start_date') }} as year_start,
        cast(year(deliveries.start_date) as bigint) - persons.birth_year as age,
        persons.sex,
        coalesce(residences.istat_comune_today, persons.istat_residence) as istat_residence
    from {{ ref('contribution_delivery') }} as deliveries
    inner join {{ ref('dim_person') }} as persons on deliveries.person_key = persons.person_key
    left join {{ ref('stg_comune') }} as residences on persons.istat_residence = residences.istat_comune
    where
        deliveries.is_effective
        and {{ period_start('year', 'deliveries.start_date') }} <= (select as_of from {{ ref('int_calendar__as_of') }})

),

{% set scopes = {'network': "'network'", 'region': 'region_code', 'province': 'province_code', 'instance': 'instance_id'} %}

scoped as (
    {%- for scope_type, scope_id in scopes.items() %}
    {{ 'union all' if not loop.first }}
    select '{{ scope_type }}' as scope_type, {{ scope_id }} as scope_id, deliveries.*
    from deliveries
    {%- endfor %}
)

-- Only who lives in a comune of the scope whose residents by age are known: the denominators are its residents.
select distinct
    scoped.scope_type,
    scoped.scope_id,
    scoped.year_start,
    scoped.person_key,
    scoped.istat_area,
    scoped.macro_area,
    scoped.age,
    {{ age_band('scoped.age') }} as age_band,
    scoped.sex
from scoped
inner join {{ ref('int_scope__comuni') }} as comuni
    on scoped.scope_type = comuni.scope_type
    and scoped.scope_id = comuni.scope_id
    and scoped.istat_residence = comuni.istat_comune
inner join (select distinct istat_comune from {{ reference('residents_by_group') }}) as known
    on comuni.istat_comune = known.istat_comune
