select * from (
{% call running_cube(
    relation=ref('int_voucher_event__balanced'),
    day='event_on',
    scopes=['network', 'instance', 'scheme'],
    distinct={'n_persons': 'person_key'},
) %}
    issued - redeemed - lapsed as outstanding
{% endcall %}
) as cumulated
