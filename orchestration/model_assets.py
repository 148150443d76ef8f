"""The models and their data tests as Dagster knows them, kept beside the manifest they were read from.

Settings arrive, specs of assets and of checks leave. Reading them out of dbt's manifest takes dbt and
seconds, which a code server that is waited for has not: it is done when the code has changed, and kept. How
dbt's words become Dagster's stands in `translator`.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg

from core.locks import exclusive
from core.settings import Settings
from ingestion.contract.schema import load_contract
from orchestration.change_detection import code_version


def specs(settings: Settings) -> tuple[list[dg.AssetSpec], list[dg.AssetCheckSpec]]:
    """Return one spec per model (key, dependencies, group and description), and one per data test of dbt,
    each a check of the model it is written for.
    """
    kept = settings.vetro_home.dbt / "assets.json"
    code = code_version()
    found = _read(kept, code)
    if found is None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        with exclusive(kept.with_name(".assets.lock"), "reading the models"):
            found = _read(kept, code)
            if found is None:
                found = _from_manifest(settings)
                fresh = kept.with_suffix(".new")
                fresh.write_text(json.dumps({"code": code, **found}), encoding="utf-8")
                fresh.replace(kept)
    models = [
        # Skippable: a build computes only what changed.
        dg.AssetSpec(
            model["key"],
            deps=[dg.AssetKey(dep) for dep in model["deps"]],
            group_name=model["group"],
            description=model["description"],
            skippable=True,
        )
        for model in found["models"]
    ]
    tests = [dg.AssetCheckSpec(test["name"], asset=dg.AssetKey(test["key"])) for test in found["tests"]]
    return models, tests


def _read(kept: Path, code: str) -> dict[str, list[dict[str, Any]]] | None:
    try:
        content = json.loads(kept.read_text(encoding="utf-8"))
        return {name: content[name] for name in ("models", "tests")} if content["code"] == code else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _from_manifest(settings: Settings) -> dict[str, list[dict[str, Any]]]:
    # dbt takes seconds to import, which a code server that is waited for has not.
    from dagster_dbt import build_dbt_asset_specs

    from orchestration.translator import WarehouseTranslator
    from orchestration.warehouse import Warehouse

    translator = WarehouseTranslator(frozenset(load_contract().entities))
    manifest = Warehouse(settings).manifest()
    found = build_dbt_asset_specs(manifest=manifest, dagster_dbt_translator=translator)
    models = [
        {
            "key": list(spec.key.path),
            "deps": sorted(list(dep.asset_key.path) for dep in spec.deps),
            "group": spec.group_name,
            "description": spec.description,
        }
        for spec in found
    ]
    return {"models": models, "tests": _tests(json.loads(manifest.read_bytes())["nodes"])}


def _tests(nodes: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The data tests, each with the key of the model it is written for, or of the first that it reads."""
    found = []
    for node in nodes.values():
        if node["resource_type"] == "test":
            model = nodes[node.get("attached_node") or node["depends_on"]["nodes"][0]]
            found.append({"name": node["name"], "key": [model["schema"], model["name"]]})
    return sorted(found, key=lambda test: test["name"])
