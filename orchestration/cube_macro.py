"""What cubes declare to count as a dbt macro, since Jinja reads no files and no properties while it compiles.

`config.meta.cube` in the .yml of each model arrives, the text of `macros/cube_declarations.sql` leaves. What
a declaration means does not belong here.
"""

from core.settings import DBT_PROJECT
from orchestration.registry_macro import literal
from publication.cubes import read_declarations

MACRO = DBT_PROJECT / "macros" / "cube_declarations.sql"
HEAD = (
    "{# Generated from config.meta.cube in the .yml files by `make docs`; a test fails when the two differ. "
    "Every declaration as {model: entry}. #}\n"
    "{% macro cube_declarations() %}\n"
    "{%- set declarations = {\n"
)
FOOT = "\n} -%}\n{{ return(declarations) }}\n{% endmacro %}\n"


def cube_macro() -> str:
    """Return the macro's text: every model's declaration, in the order of their names."""
    lines = [f"    {literal(model)}: {literal(entry)}" for model, entry in read_declarations().items()]
    return HEAD + ",\n".join(lines) + FOOT
