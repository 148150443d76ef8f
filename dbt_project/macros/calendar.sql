{# The local day in Europe/Rome of a UTC timestamp: the day on which a datetime counts. #}
{% macro rome_date(timestamp) %}{{ return(adapter.dispatch('rome_date')(timestamp)) }}{% endmacro %}

{% macro duckdb__rome_date(timestamp) -%}
    cast(timezone('Europe/Rome', timezone('UTC', {{ timestamp }})) as date)
{%- endmacro %}

{% macro spark__rome_date(timestamp) -%}
    to_date(from_utc_timestamp({{ timestamp }}, 'Europe/Rome'))
{%- endmacro %}

{# First day of the month, quarter or year of a day. #}
{% macro period_start(period_type, day) -%}
    cast(date_trunc('{{ period_type }}', {{ day }}) as date)
{%- endmacro %}

{# One row per month from `first_day` to `last_day`, both expressions over the relation in `from_clause`. #}
{% macro month_spine(first_day, last_day, from_clause) %}{{ return(adapter.dispatch('month_spine')(first_day, last_day, from_clause)) }}{% endmacro %}

{% macro duckdb__month_spine(first_day, last_day, from_clause) -%}
    select cast(unnest(generate_series(date_trunc('month', {{ first_day }}), {{ last_day }}, interval 1 month)) as date) as month_start
    from {{ from_clause }}
{%- endmacro %}

{% macro spark__month_spine(first_day, last_day, from_clause) -%}
    select explode(sequence(cast(date_trunc('month', {{ first_day }}) as date), {{ last_day }}, interval 1 month)) as month_start
    from {{ from_clause }}
{%- endmacro %}

{# Day plus a whole number of months. #}
{% macro add_months(day, months) -%}
    cast({{ dbt.dateadd('month', months, day) }} as date)
{%- endmacro %}

{# Day plus a whole number of days. #}
{% macro add_days(day, days) -%}
    cast({{ dbt.dateadd('day', days, day) }} as date)
{%- endmacro %}

{# Whole days from one date to another; below 0 where the other is earlier. #}
{% macro days_from(first_day, last_day) -%}
    {{ modules.re.sub('\\s+', ' ', dbt.datediff(first_day, last_day, 'day')) | trim }}
{%- endmacro %}

{# The first day on which a fact is plausible: ingestion's own bound (ingestion/contract/bounds.yaml). #}
{% macro first_plausible_day() -%}
    cast('2000-01-01' as date)
{%- endmacro %}

{# The last day of the month of a day. #}
{% macro month_end(day) -%}
    {{ add_days(add_months(period_start('month', day), 1), -1) }}
{%- endmacro %}

{# The number of the month of a day: the next month has the next number, also in the next year. #}
{% macro month_number(day) -%}
    cast(12 * year({{ day }}) + month({{ day }}) as integer)
{%- endmacro %}
