"""What an entry of the indicator registry (`dbt_project/indicators.yaml`) may say.

The parsed file arrives; it leaves as it is written, or an error says where it cannot be right. What an entry
means stands in the head of the file; what is made of it does not belong here.
"""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from core.yaml_models import Several, YamlModel, problem

Text = Annotated[str, Field(min_length=1)]
Texts = Annotated[Several[Text], Field(min_length=1)]


class _Figures(YamlModel):
    """Which cells of which cube are an indicator's figures, as SQL over a cell."""

    cube: Text
    part: Text | None = None
    scopes: Texts | None = None
    numerator: Text | None = None
    denominator: Text | None = None
    persons: Text | None = None
    join: Text | None = None
    filter: Text | None = None
    by_group: bool = False
    value: Text | None = None
    missing: Text | None = None
    item: Text | None = None
    interval: dict[str, Any] | None = None
    applicable: Text | None = None
    status: Text | None = None


class _Entry(YamlModel):
    """One indicator: its words in both languages, where it has figures, and from what."""

    id: Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$")]
    version: int
    unit: Text
    kind: Literal["sum", "distinct", "ratio", "stock", "cumulative ratio", "stock ratio", "survival", "index"]
    it: Text
    en: Text
    definition_it: Text
    definition_en: Text
    numerator: Text
    denominator: Text | None = None
    example: Text
    scopes: Texts
    area: bool
    protect: Text
    figures: Annotated[Several[_Figures], Field(min_length=1)]
    periods: Texts | None = None
    entities: Several[Text] | None = None
    by: Text | None = None
    item: Text | None = None
    also: Text | None = None
    note: Text | None = None
    source: Text | None = None
    mark_not_collected: bool = False


def _is_an_entry(entry: Any) -> dict[str, Any]:
    _Entry.model_validate(entry)
    return entry


def _each_once(domains: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    seen: set[str] = set()
    for domain, listed in domains.items():
        for number, entry in enumerate(listed):
            if entry["id"] in seen:
                raise problem("questo id sta due volte", "this id stands twice", domain, number, "id")
            seen.add(entry["id"])
    return domains


Domains = Annotated[
    dict[str, list[Annotated[dict[str, Any], AfterValidator(_is_an_entry)]]], AfterValidator(_each_once)
]
