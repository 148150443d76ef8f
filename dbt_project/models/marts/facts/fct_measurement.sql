with measurements as (

    {{ effective_rows('measurement') }}

),

persons as (

    select * from {{ ref('int_person__keyed') }}

),

indicators as (

    select * from {{ ref('stg_outcome_indicator') }}

),

grants as (

    select * from {{ ref('stg_grant') }}

),

organisations as (

    select * from {{ ref('stg_organisation') }}

)

select
    measurements.instance_id,
    measurements.record_id,
    measurements.indicator_id,
    {{ record_key('measurements.instance_id', 'measurements.indicator_id') }} as outcome_indicator_key,
    indicators.kind as indicator_kind,
    indicators.direction,
    indicators.scale_min,
    indicators.scale_max,
    indicators.meaningful_change,
    {{ fact_person_key('measurements', 'persons') }} as person_key,
    measurements.grant_id,
    case
        when measurements.grant_id is not null then {{ record_key('measurements.instance_id', 'measurements.grant_id') }}
    end as grant_key,
    funder.tax_code as funder_tax_code,
    measurements.service_id,
    case
        when measurements.service_id is not null
            then {{ record_key('measurements.instance_id', 'measurements.service_id') }}
    end as service_key,
    measurements.provider_id,
    provider.tax_code as provider_tax_code,
    measurements.wave,
    measurements.measured_on,
    measurements.value,
    measurements.respondent,
    measurements.reverses_id,
    measurements.is_effective,
    measurements.export_id,
    measurements.file,
    measurements.line
from measurements
left join persons on measurements.instance_id = persons.instance_id and measurements.person_id = persons.record_id
left join indicators
    on measurements.instance_id = indicators.instance_id and measurements.indicator_id = indicators.record_id
left join grants on measurements.instance_id = grants.instance_id and measurements.grant_id = grants.record_id
left join organisations as funder on grants.instance_id = funder.instance_id and grants.funder_id = funder.record_id
left join organisations as provider
    on measurements.instance_id = provider.instance_id and measurements.provider_id = provider.record_id
