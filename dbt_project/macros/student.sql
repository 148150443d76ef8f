{# Student's t at 97.5%, exact to the last digit or two of a double: from a table to 29 degrees of freedom, beyond by the
   expansion in their inverse around the normal quantile, of which Abramowitz and Stegun (26.7.5) give the first four terms.
   The next term would be less than 1e-16 of the value. #}
{% macro student_t_975(degrees_of_freedom) %}
{%- set table = [
        12.706204736174705, 4.302652729749464, 3.1824463052837095, 2.7764451051977943, 2.5705818356363155,
        2.44691185114497, 2.3646242515927853, 2.3060041352041667, 2.2621571627982053, 2.228138851986275,
        2.2009851600916397, 2.178812829667229, 2.1603686564627926, 2.144786687917804, 2.1314495455597755,
        2.1199052992212546, 2.109815577833317, 2.1009220402410387, 2.0930240544083096, 2.085963447265865,
        2.0796138447276804, 2.0738730679040263, 2.0686576104190486, 2.063898561628026, 2.0595385527532977,
        2.055529438642873, 2.0518305164802855, 2.048407141795245, 2.0452296421327043
    ] -%}
{%- set terms = [
        1.959963984540054, 2.372271230298563, 2.822498615739612, 2.555849679507723, 1.5895340533938235, 0.7328982119816057,
        0.6274804609510736, 0.12881285359619748, -1.7139281826235218, 1.9425213869838953, 14.200505962072492
    ] -%}
case
    {%- for value in table %}
    {{- '\n    ' if loop.index0 % 6 == 0 else ' ' }}when {{ degrees_of_freedom }} = {{ loop.index }} then {{ value }}e0
    {%- endfor %}
    else
        {% for term in terms[:-1] %}{{ term }}e0 + ({% endfor %}{{ terms[-1] }}e0
        {%- for term in terms[:-1] %}) / {{ degrees_of_freedom }}{% endfor %}
end
{% endmacro %}

{# Standard deviation of more than one value, from their sum and the sum of their squares. Both are decimals: the difference
   is exact, and values that are all alike have none. #}
{% macro standard_deviation(total, squares, values) -%}
    sqrt(cast({{ values }} * {{ squares }} - {{ total }} * {{ total }} as double) / ({{ values }} * ({{ values }} - 1)))
{%- endmacro %}

{# Half of the 95% interval of a mean, after Student; null under two values. #}
{% macro mean_half_width(total, squares, values) -%}
    case
        when {{ values }} > 1
            then {{ student_t_975('(' ~ values ~ ' - 1)') }}
                * {{ standard_deviation(total, squares, values) }} / sqrt({{ values }})
    end
{%- endmacro %}
