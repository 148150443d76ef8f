with organisations as (

    select * from {{ ref('stg_organisation') }}
    where tax_code is not null

),

latest as (

    select
        organisations.*,
        row_number() over (partition by tax_code order by updated_at desc, instance_id, record_id) as rank_latest
    from organisations

),

aliases as (

    select
        tax_code,
        {{ list_distinct("instance_id || ':' || record_id") }} as aliases,
        {{ list_distinct('name', ' | ') }} as names,
        count(distinct instance_id) as n_instances
    from organisations
    group by tax_code

),

-- Where it pays, and where it is at work: not where it is only registered.
paying as (

    select funder_tax_code as tax_code, instance_id from {{ ref('fct_allocation') }}
    union
    select funder_tax_code as tax_code, instance_id from {{ ref('fct_grant_line') }}
    union
    select payer_tax_code as tax_code, instance_id from {{ ref('fct_payment') }}
    union
    select funder_tax_code as tax_code, instance_id from {{ ref('contribution_grant') }}

),

working as (

    select provider_tax_code as tax_code, instance_id from {{ ref('fct_service_delivery') }}
    union
    select merchant_tax_code as tax_code, instance_id from {{ ref('fct_voucher_event') }}
    union
    select payee_tax_code as tax_code, instance_id from {{ ref('fct_payment') }}

),

funders as (

    select tax_code, {{ list_distinct('instance_id', ' | ') }} as instances
    from paying
    group by tax_code

),

providers as (

    select tax_code, {{ list_distinct('instance_id', ' | ') }} as instances
    from working
    group by tax_code

)

select
    latest.tax_code,
    latest.name as organisation_name,
    latest.kind,
    latest.is_public_body,
    latest.istat_comune,
    latest.vat_number,
    latest.runts_number,
    latest.ipa_code,
    parent.tax_code as parent_tax_code,
    parent.name as parent_name,
    parent.kind as parent_kind,
    aliases.aliases,
    aliases.names,
    aliases.n_instances,
    funders.tax_code is not null as is_funder,
    providers.tax_code is not null as is_provider,
    {{ provider_group('latest') }} as provider_group,
    funders.instances as funder_in,
    providers.instances as provider_in
from latest
inner join aliases on latest.tax_code = aliases.tax_code
left join {{ ref('stg_organisation') }} as parent
    on latest.instance_id = parent.instance_id and latest.parent_organisation_id = parent.record_id
left join funders on latest.tax_code = funders.tax_code
left join providers on latest.tax_code = providers.tax_code
where latest.rank_latest = 1
