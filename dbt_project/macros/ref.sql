{# A relation of this project, named without its database.

   DuckDB names a database after its file, and keeps the query of a view as it is written: a view that named the database
   could not be read once the file is copied, renamed or attached under another name. Without it, a view's names are
   looked up in the database that holds the view. #}
{% macro ref() %}
    {{ return(builtins.ref(*varargs, **kwargs).include(database=false)) }}
{% endmacro %}
