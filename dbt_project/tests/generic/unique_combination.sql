{# The grain of a model: no two rows share the columns, and none of them is null but those that say so. #}
{% test unique_combination(model, columns, nullable=[]) %}
select
    {% for column in columns %}{{ adapter.quote(column) }}, {% endfor %}
    count(*) as n_rows
from {{ model }}
group by {% for column in columns %}{{ adapter.quote(column) }}{{ ', ' if not loop.last }}{% endfor %}
having count(*) > 1{% for column in columns if column not in nullable %} or {{ adapter.quote(column) }} is null{% endfor %}
{% endtest %}
