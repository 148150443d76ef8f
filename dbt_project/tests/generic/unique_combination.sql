{# The grain of a model: no two rows share the columns. #}
{% test unique_combination(model, columns) %}
select
    {% for column in columns %}{{ adapter.quote(column) }}, {% endfor %}
    count(*) as n_rows
from {{ model }}
group by {% for column in columns %}{{ adapter.quote(column) }}{{ ', ' if not loop.last }}{% endfor %}
having count(*) > 1
{% endtest %}
