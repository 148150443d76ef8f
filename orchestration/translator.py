"""How dbt's words become Dagster's: the key is [schema, model], the group is the schema.

A parsed dbt project arrives, asset specs leave. Staging models read raw entities through a macro, which dbt's
manifest cannot see, so the line from `raw/<entity>` to `staging/stg_<entity>` is drawn here.
"""

from collections.abc import Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings

from orchestration.assets import RAW

STAGING_PREFIX = "stg_"


class WarehouseTranslator(DagsterDbtTranslator):
    """Keys, groups and the line back to the raw layer."""

    def __init__(self, entities: frozenset[str]) -> None:
        # Data tests run at the gates, after the build, and are declared there.
        super().__init__(DagsterDbtTranslatorSettings(enable_asset_checks=False))
        self.entities = entities

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """[schema, model]: the same two words as in SQL."""
        return dg.AssetKey([dbt_resource_props["schema"], dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """The layer."""
        return dbt_resource_props["schema"]

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: Any) -> dg.AssetSpec:
        """The spec of dagster-dbt, with the raw entity a staging model reads as its dependency."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        name = spec.key.path[-1]
        entity = name.removeprefix(STAGING_PREFIX)
        if name.startswith(STAGING_PREFIX) and entity in self.entities:
            raw = dg.AssetKey([RAW, entity])
            if raw not in {dependency.asset_key for dependency in spec.deps}:
                spec = spec.replace_attributes(deps=[*spec.deps, raw])
        return spec
