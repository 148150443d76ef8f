-- Who is compared with whom: classes of residents and macro-regions. A reviewed list; until data on need exist, size and
-- place stand for them. Changing it changes peer_median, never a limit.
{%- set classes = {'small': [0, 50000], 'medium': [50000, 250000], 'large': [250000, 1000000000]} -%}
{%- set macro_regions = {
    'north': ['01', '02', '03', '04', '05', '06', '07', '08'],
    'centre': ['09', '10', '11', '12'],
    'south': ['13', '14', '15', '16', '17', '18', '19', '20'],
} -%}
{%- for macro_region, regions in macro_regions.items() %}
{%- set outer = loop.first %}
{%- for size, limits in classes.items() %}
{%- set middle = loop.first %}
{%- for region_code in regions %}
{{ 'union all' if not (outer and middle and loop.first) }}
select
    '{{ size }}-{{ macro_region }}' as peer_group,
    '{{ region_code }}' as region_code,
    {{ limits[0] }} as residents_from,
    {{ limits[1] }} as residents_below
{%- endfor %}
{%- endfor %}
{%- endfor %}
