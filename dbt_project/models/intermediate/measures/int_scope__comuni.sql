with instance_comuni as (

    select
        instances.instance_id,
        instances.region_code,
        instances.province_code,
        coalesce(comuni.istat_comune_today, instance_comuni.istat_comune) as istat_comune
    from {{ ref('dim_instance') }} as instances
    inner join {{ reference('instance_comune') }} as instance_comuni on instances.instance_id = instance_comuni.instance_id
    left join {{ ref('stg_comune') }} as comuni on instance_comuni.istat_comune = comuni.istat_comune

)

select 'network' as scope_type, 'network' as scope_id, istat_comune
from instance_comuni
union
select 'region' as scope_type, region_code as scope_id, istat_comune
from instance_comuni
where region_code is not null
union
select 'province' as scope_type, province_code as scope_id, istat_comune
from instance_comuni
where province_code is not null
union
select 'instance' as scope_type, instance_id as scope_id, istat_comune
from instance_comuni
