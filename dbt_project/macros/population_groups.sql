{# The contributing rows of a relation once for each group of the person they are about: the age band at the end of the
   year of `day`, the sex and the citizenship. Rows of an unknown attribute are in no group of its kind.

   relation   columns person_key and whatever the caller aggregates
   day        the day whose year gives the age
   Adds population_group and group_kind (age, sex, citizenship). scopes_of_groups says which
   of its scopes the rows keep. #}
{% macro by_population_group(relation, day) %}
{%- set groups = {
    'age': age_band('cast(year(' ~ day ~ ') as bigint) - persons.birth_year'),
    'sex': "case when persons.sex in ('F', 'M') then persons.sex else 'unknown' end",
    'citizenship': "case when persons.citizenship in ('IT', 'EU', 'NON_EU') then persons.citizenship else 'unknown' end",
} -%}
select * from (
{%- for kind, expression in groups.items() %}
    {{ 'union all' if not loop.first }}
    select
        contributions.*,
        {{ expression }} as population_group,
        '{{ kind }}' as group_kind
    from {{ relation }} as contributions
    inner join {{ ref('dim_person') }} as persons on contributions.person_key = persons.person_key
{%- endfor %}
) as grouped
where population_group <> 'unknown'
{% endmacro %}

{# The kind of a group from its name. #}
{% macro group_kind(population_group) -%}
    case
        when {{ population_group }} in ('F', 'M') then 'sex'
        when {{ population_group }} in ('IT', 'EU', 'NON_EU') then 'citizenship'
        else 'age'
    end
{%- endmacro %}

{# The columns of a grouped relation that carry its scopes: small numbers of foreign citizens stay at network and region. #}
{% macro scopes_of_groups(columns) %}
{%- for column in columns -%}
{{ column if column == 'region_code' else "case when group_kind <> 'citizenship' then " ~ column ~ ' end as ' ~ column }}{{ ', ' if not loop.last }}
{%- endfor -%}
{% endmacro %}
