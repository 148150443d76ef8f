"""The models as Dagster knows them, kept beside the manifest they were read from.

Settings arrive, asset specs leave. Reading them out of dbt's manifest takes dbt and seconds, which a code
server that is waited for has not: it is done when the code has changed, and kept. How dbt's words become
Dagster's stands in `translator`.
"""

import json
from pathlib import Path
from typing import Any

import dagster as dg

from core.locks import exclusive
from core.settings import Settings
from ingestion.contract.schema import load_contract
from orchestration.change_detection import code_version


def specs(settings: Settings) -> list[dg.AssetSpec]:
    """Return one spec per model: key, dependencies, group and description."""
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
                fresh.write_text(json.dumps({"code": code, "models": found}), encoding="utf-8")
                fresh.replace(kept)
    return [
        # Skippable: a build computes only what changed.
        dg.AssetSpec(
            model["key"],
            deps=[dg.AssetKey(dep) for dep in model["deps"]],
            group_name=model["group"],
            description=model["description"],
            skippable=True,
        )
        for model in found
    ]


def _read(kept: Path, code: str) -> list[dict[str, Any]] | None:
    try:
        content = json.loads(kept.read_text(encoding="utf-8"))
        return content["models"] if content["code"] == code else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _from_manifest(settings: Settings) -> list[dict[str, Any]]:
    # dbt takes seconds to import, which a code server that is waited for has not.
    from dagster_dbt import build_dbt_asset_specs

    from orchestration.translator import WarehouseTranslator
    from orchestration.warehouse import Warehouse

    translator = WarehouseTranslator(frozenset(load_contract().entities))
    found = build_dbt_asset_specs(manifest=Warehouse(settings).manifest(), dagster_dbt_translator=translator)
    return [
        {
            "key": list(spec.key.path),
            "deps": sorted(list(dep.asset_key.path) for dep in spec.deps),
            "group": spec.group_name,
            "description": spec.description,
        }
        for spec in found
    ]
