"""The generated half of docs/reference: commands, settings, the data dictionary.

The command line, the settings class and the parsed dbt project arrive; Markdown leaves. Words are written
where the thing itself is defined, never here; a test says when a page is stale.
"""

import json
import tempfile
from pathlib import Path
from typing import Any

from typer.core import TyperArgument, TyperOption

from core.settings import PRODUCT, Settings
from orchestration import contract_macro, cube_macro, policy_macro, registry_macro, wide_marts
from orchestration.cli import Commands
from orchestration.warehouse import Warehouse

REFERENCE = PRODUCT / "docs" / "reference"
GENERATED = "<!-- Written by `make docs`. Change the source, not this page. -->\n"
LAYERS = {
    "marts": "Facts, dimensions, indicators: what the pages, the gates and the releases read.",
    "quality": "What came in, what was kept out, what balances.",
    "intermediate": "Steps between the mirror and the marts.",
    "staging": "A typed mirror of the raw layer, one view per entity.",
}


def write_pages(folder: Path, *, scratch: Path) -> list[Path]:
    """Write the generated pages to `folder`, return their paths; `scratch` is a home for dbt to parse in."""
    folder.mkdir(parents=True, exist_ok=True)
    manifest = json.loads(Warehouse(Settings(home=scratch)).parse().read_text(encoding="utf-8"))
    pages = {
        "commands.md": commands(),
        "settings.md": settings(),
        "data-dictionary.md": data_dictionary(manifest),
    }
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in pages]


def commands() -> str:
    """The `vetro` command, from its own help."""
    lines = [GENERATED, "# The `vetro` command\n"]
    for listed in Commands.lazy_commands:
        command = listed.loaded()
        lines.append(f"## vetro {listed.name}\n")
        lines.append(f"{' '.join((command.help or '').split())}\n")
        rows = [
            _parameter(parameter)
            for parameter in command.params
            if isinstance(parameter, TyperArgument | TyperOption)
        ]
        if rows:
            lines += ["| argument or option | meaning |", "|---|---|", *rows, ""]
    return _page(lines)


def settings() -> str:
    """The settings of a deployment, from the class that reads them."""
    lines = [
        GENERATED,
        "# Settings\n",
        "Read once from the environment. Each has a default that works on a laptop.\n",
        "| variable | default | meaning |",
        "|---|---|---|",
    ]
    for name, field in Settings.model_fields.items():
        default = "every core" if name == "threads" else f"`{field.default}`"
        lines.append(f"| `VETRO_{name.upper()}` | {default} | {field.description} |")
    return _page(lines)


def data_dictionary(manifest: dict[str, Any]) -> str:
    """Every table of the warehouse with its grain, and every column of the marts with type and meaning."""
    models = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    lines = [GENERATED, "# Data dictionary\n", "Every table of the warehouse, from the dbt project.\n"]
    for layer, what in LAYERS.items():
        tables = sorted((node for node in models if node["schema"] == layer), key=lambda node: node["name"])
        lines += [f"## {layer}\n", f"{what}\n"]
        if layer in {"staging", "intermediate"}:
            lines += ["| table | grain |", "|---|---|"]
            lines += [*(f"| `{node['name']}` | {_line(node['description'])} |" for node in tables), ""]
            continue
        for node in tables:
            lines += [f"### {layer}.{node['name']}\n", f"{_line(node['description'])}\n"]
            if node["columns"]:
                lines += ["| column | type | meaning |", "|---|---|---|"]
                for column in node["columns"].values():
                    meaning = _line(column["description"])
                    lines.append(f"| `{column['name']}` | {column.get('data_type') or ''} | {meaning} |")
                lines.append("")
    return _page(lines)


def _parameter(parameter: TyperArgument | TyperOption) -> str:
    names = ", ".join([*parameter.opts, *parameter.secondary_opts])
    if isinstance(parameter, TyperArgument):
        names = parameter.metavar or names
    return f"| `{names}` | {_line(parameter.help or '')} |"


def _line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _page(lines: list[str]) -> str:
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    for path, text in {
        registry_macro.MACRO: registry_macro.registry_macro(),
        cube_macro.MACRO: cube_macro.cube_macro(),
        policy_macro.MACRO: policy_macro.policy_macro(),
        contract_macro.MACRO: contract_macro.contract_macro(),
        **wide_marts.wide_mart_contracts(registry_macro.read_registry()),
    }.items():
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(PRODUCT))
    with tempfile.TemporaryDirectory() as home:
        for page in write_pages(REFERENCE, scratch=Path(home)):
            print(page.relative_to(PRODUCT))
