{% call cube(relation=ref('int_application__staged'), day='submitted_on', scopes=['network', 'instance', 'call']) %}
    {{ stage_measures('call') }}
{% endcall %}
